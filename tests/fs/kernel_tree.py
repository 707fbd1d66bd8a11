#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-3.0-or-later
"""What only Linux makes of an XFS file system: files in pieces, shared and preallocated
extents, directories with free blocks, links that do not fit into their inode. The images in
tests/fs/fixtures are of `kernel_tree.py [-log | -aged] IMAGE MOUNT_POINT [MKFS OPTIONS]`, as
root, because CI cannot mount; test_xfs.py compares them with the trees that are returned here.
With -log, all that was done is in the log only, as after a machine was switched off. With -aged,
half of the space was taken in pieces of one to three blocks before the files were written."""
from __future__ import annotations

import ctypes
import errno
import os
import random
import subprocess
import sys
from pathlib import Path

from trees import Tree

BLOCK = 4096
PIECES = 700
NAMES = 2500
PUNCH_HOLE = 3  # and keep the size: fallocate(2)


def text(name: str, size: int) -> bytes:
    """Contents that xz makes small, and that tell where they belong."""
    lines = b"".join(f"{name} {i:08}\n".encode() for i in range(size // (len(name) + 10) + 1))
    return lines[:size]


def kernel_tree() -> Tree:
    pieces = b"".join(text(f"piece {i}", BLOCK) + bytes(BLOCK) for i in range(PIECES))
    shared = text("shared", 40 * BLOCK)
    tree: Tree = {
        "kernel": text("kernel", 1 << 20),
        "pieces": pieces[:-BLOCK],
        "preallocated": text("preallocated", 5000) + bytes((1 << 20) - 5000),
        "shared": shared,
        "shared-changed": shared[:8 * BLOCK] + text("changed", BLOCK) + shared[9 * BLOCK:],
        "attributes": text("attributes", 300),
        "empty": b"",
        "names": None,
        "few-names": None,
        "no-names": None,
    }
    tree |= {f"link{n}": ("t" * 49 + "/") * (n // 50) + "e" * (n % 50)
             for n in (10, 300, 336, 337, 500, 1010, 1023)}
    tree |= {f"names/name-{i:05}": b"" for i in range(NAMES)}
    tree |= {f"few-names/name-{i:05}": b"" for i in range(0, NAMES, 300)}
    return tree


def populate(top: Path, tree: Tree) -> None:
    def write(path: str) -> None:
        content = tree[path]
        assert isinstance(content, bytes)
        (top / path).write_bytes(content)

    write("empty")
    (top / "names").mkdir()
    # In turn, so that the directory is in pieces, too.
    with (top / "pieces").open("wb") as file:
        content = tree["pieces"]
        assert isinstance(content, bytes)
        for i in range(max(PIECES, NAMES)):
            if i < PIECES:
                file.seek(2 * i * BLOCK)
                file.write(content[2 * i * BLOCK:(2 * i + 1) * BLOCK])
                file.flush()
                os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
                if i % 10 == 0:
                    os.fdatasync(file.fileno())
            os.link(top / "empty", top / f"names/name-{i:05}")
    write("kernel")
    with (top / "preallocated").open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, 1 << 20)
        file.write(text("preallocated", 5000))
    write("shared")
    subprocess.run(["cp", "--reflink=always", top / "shared", top / "shared-changed"], check=True)
    with (top / "shared-changed").open("r+b") as file:
        file.seek(8 * BLOCK)
        file.write(text("changed", BLOCK))
    write("attributes")
    os.setxattr(top / "attributes", "user.large", b"a" * 200)
    for path, content in tree.items():
        if isinstance(content, str):
            (top / path).symlink_to(content)
    for path in ("few-names", "no-names"):
        (top / path).mkdir()
        for i in range(NAMES):
            os.link(top / "empty", top / f"{path}/name-{i:05}")
        for i in range(NAMES):
            if f"{path}/name-{i:05}" not in tree:
                (top / f"{path}/name-{i:05}").unlink()


def log_tree() -> Tree:
    """A directory of several blocks, one from which was removed, links, a file in pieces."""
    tree: Tree = {"kernel": text("kernel", 100_000), "names": None, "empty": b"", "moved": None,
                  "link": "kernel", "long-link": "t/" * 250,
                  "pieces": b"".join(text(f"piece {i}", BLOCK) + bytes(BLOCK) for i in range(40))}
    tree |= {f"names/name-{i:05}": b"" for i in range(0, 400, 2)} | {"moved/name": b""}
    # More inodes than one record of the log has room for.
    return tree | {"files": None} | {f"files/{i:03}": b"file\n" for i in range(300)}


def populate_log(top: Path, tree: Tree) -> None:
    populate_file(top / "kernel", tree["kernel"])
    populate_file(top / "pieces", tree["pieces"])
    for path in "empty", "removed":
        (top / path).touch()
    for path in "names", "moved":
        (top / path).mkdir()
    for i in range(400):
        os.link(top / "empty", top / f"names/name-{i:05}")
    for i in range(1, 400, 2):
        (top / f"names/name-{i:05}").unlink()
    (top / "removed").unlink()
    for path in "link", "long-link":
        (top / path).symlink_to(str(tree[path]))
    (top / "files").mkdir()
    for i in range(300):
        (top / f"files/{i:03}").write_bytes(b"file\n")
    os.link(top / "empty", top / "name")
    (top / "name").rename(top / "moved/name")


def aged_tree() -> Tree:
    """Contents of which xz makes nothing: thousands of extents are in the image, too."""
    return {"boot": None, "boot/vmlinuz": b"\x55" * (10 << 20),
            "boot/initramfs.img": b"\x55" * (30 << 20)}


def populate_aged(top: Path, tree: Tree) -> None:
    """A file takes nearly all there is, another one the rest; of the first, holes are given
    back."""
    dice = random.Random(1)
    fallocate = ctypes.CDLL(None, use_errno=True).fallocate64
    (top / "boot").mkdir()
    with (top / "taken").open("wb") as taken, (top / "rest").open("wb", buffering=0) as rest:
        size = os.statvfs(top).f_bavail * 9 // 10 * BLOCK
        os.posix_fallocate(taken.fileno(), 0, size)
        try:
            while rest.write(bytes(BLOCK)):
                os.fdatasync(rest.fileno())
        except OSError as error:
            assert error.errno == errno.ENOSPC
        at = 0
        while at < size:
            hole = dice.randrange(1, 4) * BLOCK
            if fallocate(taken.fileno(), PUNCH_HOLE, ctypes.c_int64(at), ctypes.c_int64(hole)):
                raise OSError(ctypes.get_errno(), "fallocate")
            at += hole + dice.randrange(1, 4) * BLOCK
    for path in tree:
        if path != "boot":
            populate_file(top / path, tree[path])


def populate_file(path: Path, content: bytes | str | None) -> None:
    """Block by block, without those that are zeroes."""
    assert isinstance(content, bytes)
    with path.open("wb") as file:
        for at in range(0, len(content), BLOCK):
            if any(content[at:at + BLOCK]):
                file.seek(at)
                file.write(content[at:at + BLOCK])
        file.truncate(len(content))


def main() -> None:
    log, aged = sys.argv[1] == "-log", sys.argv[1] == "-aged"
    del sys.argv[1:1 + (log or aged)]
    image, mount_point = Path(sys.argv[1]), Path(sys.argv[2])
    with image.open("wb") as file:
        file.truncate(128 << 20 if aged else 48 << 20)
    # mkfs.xfs makes file systems below 300 MiB for those who test only.
    testing = {"TEST_DIR": "1", "TEST_DEV": "1", "QA_CHECK_FS": "1"}
    subprocess.run(["mkfs.xfs", "-q", *sys.argv[3:], image], check=True,
                   env={**os.environ, **testing})
    subprocess.run(["mount", "-o", "loop", image, mount_point], check=True)
    try:
        if log:
            populate_log(mount_point, log_tree())
            subprocess.run(["sync", "-f", mount_point], check=True)
            running = image.read_bytes()
        elif aged:
            populate_aged(mount_point, aged_tree())
        else:
            populate(mount_point, kernel_tree())
    finally:
        subprocess.run(["umount", mount_point], check=True)
    if log:
        image.write_bytes(running)
    else:  # the log is empty, and what was in it only makes the image large
        subprocess.run(["xfs_repair", "-L", image], check=True, capture_output=True)
    subprocess.run(["xz", "-f", "-9e", image], check=True)


if __name__ == "__main__":
    main()
