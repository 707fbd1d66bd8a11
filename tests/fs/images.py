# SPDX-License-Identifier: LGPL-3.0-or-later
"""Trees of files, images of them, and what lsfs reads from these."""
from __future__ import annotations

import hashlib
import os
import random
import subprocess
import tarfile
from dataclasses import dataclass
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
BUILD = TOP / os.environ.get("BUILD", "build")
LSFS = BUILD / "unit/lsfs"      # with sanitizers
TIMEOUT = 900.0
KIB, MIB, GIB = 1 << 10, 1 << 20, 1 << 30
SECTOR = 512

# mtools and xorriso take names in the locale's character set; mtools keeps short ones in the
# code page of PCs, which is Linux's default, too.
os.environ["LC_ALL"] = "C.UTF-8"
# Where Debian has what makes file systems, for users other than root.
os.environ["PATH"] += ":/usr/sbin:/sbin"

# Of a file its size and a digest, of a link where it leads, of a directory nothing.
Tree = dict[str, "tuple[int, str] | str | None"]


def run(*command: str | Path, stdin: str | None = None) -> str:
    """The output of a command that must succeed."""
    result = subprocess.run(command, input=stdin, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                            text=True, errors="replace", timeout=TIMEOUT, check=False)
    assert result.returncode == 0, f"{command}: {result.stdout}"
    return result.stdout


@dataclass
class Result:
    output: bytes
    messages: str
    status: int

    @property
    def text(self) -> str:
        return self.output.decode(errors="replace")

    @property
    def lines(self) -> list[str]:
        return self.text.splitlines()


def lsfs(*arguments: str | Path) -> Result:
    """lsfs, which must come to its end and break no rule of C, whatever the image."""
    assert LSFS.exists(), f"{LSFS} is not there: run `make check-fs`"
    result = subprocess.run([LSFS, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                            timeout=TIMEOUT, check=False)
    messages = result.stderr.decode(errors="replace")
    assert "Sanitizer" not in messages and "runtime error" not in messages, messages
    assert result.returncode in (0, 1, 2), f"{result.returncode}\n{messages}"
    return Result(result.stdout, messages, result.returncode)


def cat(image: Path, path: str) -> bytes:
    """A file's contents; nothing may be said about it."""
    result = lsfs(image, path)
    assert result.status == 0 and not result.messages, result.messages
    return result.output


def contents(name: str, size: int) -> bytes:
    """Bytes that depend on the name, and in each place on the place."""
    return random.Random(name).randbytes(size)


def digest(data: bytes) -> tuple[int, str]:
    return len(data), hashlib.sha1(data).hexdigest()


def write_file(path: Path, size: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(contents(path.name, size))


def small_tree(top: Path, fat: bool = False) -> None:
    """What is special in one way or another, but for what mtools cannot put on a FAT."""
    for size in (0, 1, 511, 512, 513, 2047, 2048, 4096, 4097, 65536, 100_000, 1_000_003):
        write_file(top / f"sizes of files/{size} bytes", size)
    deep = top.joinpath(*[f"level {i} of the deep path" for i in range(30)])
    write_file(deep / "the end of the path", 1234)
    write_file(top / "EFI/BOOT/BOOTX64.EFI", 70_000)
    write_file(top / ("a name of 255 characters " * 11)[:255], 10)
    for name in ("blanks  and.dots.in.it", "Grüße aus Köln.text", "ядро и другие файлы",
                 "日本語の長い名前のファイル", "x" * 13, "y" * 26, "z.1.2.3.4"):
        write_file(top / "names" / name, 100)
    (top / "an empty directory").mkdir()
    if fat:
        return
    write_file(top / "names/emoji 🐧 in a name", 100)
    (top / "to a file").symlink_to("EFI/BOOT/BOOTX64.EFI")
    (top / "to a directory").symlink_to("EFI")
    (top / "absolute").symlink_to("/EFI/BOOT")
    (deep / "far up").symlink_to("../" * 30 + "EFI/BOOT/../../EFI")
    (top / "long").symlink_to("/".join(c * 200 for c in "abcd"))
    (top / "loop").symlink_to("loop2")
    (top / "loop2").symlink_to("loop")
    (top / "to nothing").symlink_to("nowhere")
    (top / "to a link").symlink_to("to a directory/BOOT/../../to a file")


def large_tree(top: Path, in_one: int = 2000, files: int = 4000) -> None:
    """Thousands of files, some of them in one directory."""
    for i in range(files):
        folder = "many" if i < in_one else f"folder {i % 97}/{i % 7}"
        write_file(top / folder / f"file number {i:06} of them", i % 31)


def read_tree(top: Path) -> Tree:
    tree: Tree = {}
    for folder, folders, files in os.walk(top):
        for name in folders + files:
            path = Path(folder) / name
            key = str(path.relative_to(top))
            if path.is_symlink():
                tree[key] = os.readlink(path)
            elif path.is_dir():
                tree[key] = None
            else:
                tree[key] = digest(path.read_bytes())
    return tree


def lsfs_tree(image: Path, path: str = "/", *options: str) -> Tree:
    """All of a directory, by lsfs -t; nothing may be said about it."""
    command = [LSFS, "-t", *options, image, path]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout and process.stderr
        tree: Tree = {}
        with tarfile.open(fileobj=process.stdout, mode="r|") as archive:
            for member in archive:
                file = archive.extractfile(member) if member.isreg() else None
                tree[member.name] = (digest(file.read()) if file else
                                     member.linkname if member.issym() else None)
        process.stdout.read()
        messages = process.stderr.read().decode()
    assert process.returncode == 0 and not messages, messages
    return tree


def assert_same(found: Tree, wanted: Tree) -> None:
    missing = sorted(wanted.keys() - found.keys())
    extra = sorted(found.keys() - wanted.keys())
    other = sorted(name for name in wanted.keys() & found.keys() if wanted[name] != found[name])
    assert not (missing or extra or other), \
        f"missing {missing[:5]}, too many {extra[:5]}, different {other[:5]}"


def sparse(path: Path, size: int) -> Path:
    with open(path, "wb") as file:
        file.truncate(size)
    return path


def patch(image: Path, offset: int, data: bytes) -> None:
    with open(image, "r+b") as file:
        file.seek(offset)
        file.write(data)


def damage(image: Path, offset: int, size: int, seed: object) -> None:
    patch(image, offset, random.Random(str(seed)).randbytes(size))
