# SPDX-License-Identifier: LGPL-3.0-or-later
"""`make bench`, the part that needs no machine: how many requests to a disk find a kernel
of 10 MiB and an initramfs of 30 MiB, and read them, on each file system.

lsfs counts, which is the firmware's own sources. A request has 16 MiB at most, as
virtio-blk's. Each file is found by itself, from the partition table on. A fresh file system
has the two files and some others; an aged one has had half of its space taken in pieces of
one to three blocks before the files were written. Linux has aged that of XFS, which no tool
can (tests/fs/kernel_tree.py).
"""
from __future__ import annotations

import random
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "fs"))

from fat import fragment  # noqa: E402
from images import BUILD, MIB, SECTOR, patch, run, sparse, write_file  # noqa: E402
from xfs import ENVIRONMENT, fixture, prototype  # noqa: E402

LSFS = BUILD / "lsfs"
FILES = {"boot/vmlinuz": 10 * MIB, "boot/initramfs.img": 30 * MIB}
DISK, START = 300 * MIB, 1 * MIB    # the partition has what is between
BLOCK = 4096


def make_tree(top: Path) -> None:
    for name, size in FILES.items():
        write_file(top / name, size)
    for i in range(40):
        write_file(top / f"boot/grub/i386-pc/module-{i}.mod", 5000)
        write_file(top / f"EFI/vendor/a-file-with-a-long-name-{i}", 500)


def make_fat(volume: Path, top: Path, aged: bool) -> None:
    sparse(volume, DISK - START - MIB)
    run("mkfs.vfat", "-F", "32", volume)
    if aged:
        fragment(volume, random.Random(1))
    run("mcopy", "-s", "-i", volume, *sorted(top.iterdir()), "::/")


def make_iso9660(volume: Path, top: Path, aged: bool) -> None:
    assert not aged     # what is never written to does not age
    run("xorriso", "-as", "mkisofs", "-quiet", "-R", "-o", volume, top)


def make_ext4(volume: Path, top: Path, aged: bool) -> None:
    sparse(volume, DISK - START - MIB)
    if not aged:
        run("mke2fs", "-q", "-F", "-t", "ext4", "-b", str(BLOCK), "-d", top, volume)
        return
    run("mke2fs", "-q", "-F", "-t", "ext4", "-b", str(BLOCK), volume)
    dice, block = random.Random(1), 0
    commands = []
    while block < volume.stat().st_size // BLOCK - 8:
        commands.append(f"setb {block} {dice.randrange(1, 4)}")
        block += dice.randrange(2, 8)
    commands.append("mkdir boot")
    commands += [f"write {top / name} {name}" for name in FILES]
    run("debugfs", "-w", "-f", "-", volume, stdin="\n".join(commands) + "\n")


def make_xfs(volume: Path, top: Path, aged: bool) -> None:
    if aged:
        fixture("xfs-aged.img.xz", volume)
        return
    tree = {str(path.relative_to(top)): None if path.is_dir() else b""
            for path in top.rglob("*")}
    proto = volume.with_name("prototype")
    proto.write_text(prototype(tree, top))
    sparse(volume, DISK - START - MIB)
    subprocess.run(["mkfs.xfs", "-q", "-p", proto, volume], check=True, env=ENVIRONMENT,
                   stdout=subprocess.DEVNULL)


MAKERS: dict[str, tuple[Callable[[Path, Path, bool], None], bool]] = {
    "vfat": (make_fat, True),
    "ext4": (make_ext4, True),
    "xfs": (make_xfs, True),
    "iso9660": (make_iso9660, False),
}


def make_disk(disk: Path, volume: Path) -> None:
    sparse(disk, DISK)
    run("sfdisk", disk, stdin=f"label: gpt\nstart={START // SECTOR}\n")
    patch(disk, START, volume.read_bytes())


def counts(disk: Path, path: str) -> list[str]:
    """Requests and KiB to find the file, and to read it."""
    result = subprocess.run([LSFS, "-s", disk, path], stdout=subprocess.DEVNULL,
                            stderr=subprocess.PIPE, text=True, check=True)
    found = re.findall(r"(\d+) requests, (\d+) bytes", result.stderr)
    assert len(found) == 2, result.stderr
    return [f"{int(number):,}" for requests, size in found
            for number in (requests, int(size) // 1024)]


COLUMNS = ["file system", "file", "requests to find it", "KiB", "requests to read it", "KiB"]


def main() -> None:
    rows = [COLUMNS]
    with tempfile.TemporaryDirectory() as folder:
        top, disk, volume = (Path(folder) / name for name in ("tree", "disk", "volume"))
        make_tree(top)
        for name, (make, ages) in MAKERS.items():
            for aged in [False, True][:1 + ages]:
                volume.unlink(missing_ok=True)
                make(volume, top, aged)
                make_disk(disk, volume)
                rows += [[name + ", aged" * aged, file, *counts(disk, file)] for file in FILES]
    widths = [max(len(row[i]) for row in rows) for i in range(len(COLUMNS))]
    lines = ["| " + " | ".join(cell.ljust(width) if i < 2 else cell.rjust(width)
                               for i, (cell, width) in enumerate(zip(row, widths))) + " |"
             for row in rows]
    lines.insert(1, "|" + "|".join("-" * (width + 1) + ("-" if i < 2 else ":")
                                   for i, width in enumerate(widths)) + "|")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
