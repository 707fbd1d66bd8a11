# SPDX-License-Identifier: LGPL-3.0-or-later
"""Trees of files whose contents are kept, because tests change them: for ext4 and XFS."""
from __future__ import annotations

import io
import tarfile
from pathlib import Path

from images import MIB, Result, contents, lsfs

# A file's contents, where a link leads (a str), or None for a directory; by its path.
Tree = dict[str, "bytes | str | None"]

SIZES = (0, 1, 59, 60, 61, 100, 150, 160, 511, 512, 513, 1023, 1024, 1025, 4095, 4096, 4097,
         65535, 65536, 100_000, 3 << 20)


def make_tree(files: int = 2000, links: tuple[int, ...] = (1, 10, 59, 60, 61, 100, 500)) -> Tree:
    """Files of sizes where formats change how they keep them, a large directory, deep paths,
    long names, links of many lengths."""
    tree: Tree = {f"sizes/{size}": contents(str(size), size) for size in SIZES}
    tree |= {f"many/file-{i:05}-{'x' * (i % 60)}": b"%d\n" % i for i in range(files)}
    tree["deep/" + "/".join(f"level{i}" for i in range(40)) + "/file"] = b"deep\n"
    tree["long/" + "n" * 255] = b"long\n"
    tree["long/" + "ä" * 127] = b"UTF-8\n"
    tree["empty"] = None
    tree["only-a-hole"] = bytes(MIB)
    tree["link-to-directory"] = "deep/level0"
    tree |= {f"link{length}": ("t" * 49 + "/") * (length // 50) + "e" * (length % 50)
             for length in links}
    for path in list(tree):
        while path := path.rpartition("/")[0]:
            tree.setdefault(path)
    return tree


def write_tree(tree: Tree, top: Path) -> None:
    for path in sorted(tree):
        content, place = tree[path], top / path
        if content is None:
            place.mkdir(parents=True)
        elif isinstance(content, str):
            place.symlink_to(content)
        else:
            with place.open("wb") as file:
                if any(content):
                    file.write(content)
                file.truncate(len(content))


def read_image(image: Path) -> Tree:
    """All that lsfs finds, without what mke2fs adds."""
    result = lsfs("-t", image, "/")
    assert result.status == 0, result.messages
    tree: Tree = {}
    with tarfile.open(fileobj=io.BytesIO(result.output)) as archive:
        for member in archive:
            file = archive.extractfile(member) if member.isreg() else None
            tree[member.name] = file.read() if file else member.linkname if member.issym() else None
    if tree.get("lost+found", "") is None:
        del tree["lost+found"]
    return tree


def assert_refused(result: Result, *words: str) -> None:
    """One line with these words, and what lsfs makes of it."""
    lines = [line for line in result.messages.splitlines() if not line.startswith("lsfs: ")]
    assert result.status == 1, result.messages
    assert len(lines) == 1, result.messages
    assert all(word in lines[0] for word in words), result.messages
