# SPDX-License-Identifier: LGPL-3.0-or-later
"""FAT volumes as mkfs.vfat and mtools make them, and damaged ones."""
from __future__ import annotations

import random
import re
import struct
from pathlib import Path

import pytest

from fat import Volume, fragment
from images import (GIB, KIB, MIB, assert_same, cat, contents, damage, large_tree, lsfs,
                    lsfs_tree, patch, read_tree, run, small_tree, sparse, write_file)


@pytest.fixture(name="small", scope="module")
def small_tree_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    top = tmp_path_factory.mktemp("small")
    small_tree(top, fat=True)
    return top


def format_volume(image: Path, size: int, *options: str) -> Path:
    sparse(image, size)
    run("mkfs.vfat", *options, image)
    return image


def fill(image: Path, top: Path) -> Path:
    run("mcopy", "-s", "-Q", "-i", image, *sorted(top.iterdir()), "::/")
    return image


# Size and mkfs.vfat's options; -F 12, 16 and 32, sectors of 512 to 4096, clusters of 512 bytes
# to 128 KiB, tables of different numbers.
VOLUMES: dict[str, tuple[int, tuple[str, ...]]] = {
    "fat12 3.8M": (3800 * KIB, ("-F", "12")),
    "fat12 clusters of 16K": (40 * MIB, ("-F", "12", "-s", "32")),
    "fat12 one FAT": (8 * MIB, ("-F", "12", "-f", "1")),
    "fat16 20M": (20 * MIB, ("-F", "16")),
    "fat16 clusters of 512": (16 * MIB, ("-F", "16", "-s", "1")),
    "fat16 clusters of 64K": (512 * MIB, ("-F", "16", "-s", "128")),
    "fat16 4 FATs, large root": (64 * MIB, ("-F", "16", "-f", "4", "-r", "4096")),
    "fat32 40M": (40 * MIB, ("-F", "32")),
    "fat32 clusters of 512": (64 * MIB, ("-F", "32", "-s", "1")),
    "fat32 clusters of 64K": (8 * GIB, ("-F", "32", "-s", "128")),
    "fat32 1000 reserved": (64 * MIB, ("-F", "32", "-R", "1000")),
    "sectors of 1024": (80 * MIB, ("-F", "32", "-S", "1024", "-s", "1")),
    "sectors of 2048": (64 * MIB, ("-F", "16", "-S", "2048")),
    "sectors of 4096": (300 * MIB, ("-F", "32", "-S", "4096")),
    "sectors of 4096, fat12": (32 * MIB, ("-F", "12", "-S", "4096")),
}


@pytest.mark.parametrize("name", VOLUMES)
def test_volumes(tmp_path: Path, small: Path, name: str) -> None:
    size, options = VOLUMES[name]
    image = fill(format_volume(tmp_path / "fat", size, "-n", "PETREL", *options), small)
    assert_same(lsfs_tree(image), read_tree(small))
    blkid = run("blkid", "-p", "-o", "export", image)
    uuid, label = (re.search(rf"^{key}=(.*)$", blkid, re.MULTILINE) for key in ("UUID", "LABEL"))
    assert uuid and label
    assert lsfs(image).text == (f'0: start=0 blocks={size // 512} fs=vfat label="{label[1]}" '
                                f'uuid={uuid[1]}\n')
    if "4096" in name:
        assert_same(lsfs_tree(image, "/", "-b", "4096"), read_tree(small))


def test_diskette(tmp_path: Path) -> None:
    """As mformat makes one."""
    image = tmp_path / "diskette"
    run("mformat", "-C", "-f", "1440", "-v", "FLOPPY", "-i", image, "::")
    write_file(tmp_path / "tree/IO.SYS", 40_000)
    fill(image, tmp_path / "tree")
    assert cat(image, "io.sys") == contents("IO.SYS", 40_000)
    assert re.search(r' blocks=2880 .*fs=vfat label="FLOPPY"', lsfs(image).text)


def test_thousands_of_files(tmp_path: Path) -> None:
    """Not that many in one directory: mtools needs the square of their number."""
    large_tree(tmp_path / "tree", in_one=300)
    image = fill(format_volume(tmp_path / "fat", 64 * MIB, "-F", "32"), tmp_path / "tree")
    assert_same(lsfs_tree(image), read_tree(tmp_path / "tree"))
    assert cat(image, "/MANY/File Number 000299 OF them") == contents(
        "file number 000299 of them", 299 % 31)


def test_largest_directory(tmp_path: Path) -> None:
    """65536 entries of 32 bytes are the most there can be."""
    volume = Volume(format_volume(tmp_path / "fat", 64 * MIB, "-F", "32", "-s", "8"))
    entries = b"".join(struct.pack("<11s21x", f"F{i:07}TXT".encode()) for i in range(65536))
    chain = [1000 + 3 * i for i in range(2 * MIB // volume.cluster)]
    volume.set_chain(chain)
    volume.write(2, struct.pack("<11sB14xHI", b"D          ", 0x10, chain[0], 0))
    for i, cluster in enumerate(chain):
        volume.write(cluster, entries[volume.cluster * i:][:volume.cluster])
    assert len(lsfs(volume.image, "/D").lines) == 65536
    assert lsfs(volume.image, "/d/f0065535.txt").status == 0
    assert lsfs(volume.image, "/d/f0065536.txt").status == 1


# --- names ------------------------------------------------------------------------------------

def long_entries(name: str, short: bytes, cluster: int, size: int, **wrong: int) -> bytes:
    """A name's entries: Microsoft's specification, 7."""
    total = 0
    for byte in short:
        total = ((total << 7 | total >> 1) + byte) & 0xFF
    units = name.encode("utf-16le")
    parts = [units[i:i + 26] for i in range(0, len(units), 26)]
    entries = b""
    for number, part in reversed(list(enumerate(parts, 1))):
        part = part if len(part) == 26 else (part + b"\0\0").ljust(26, b"\xff")
        order = wrong.get("order", number) | (0x40 if number == len(parts) else 0)
        entries += struct.pack("<B10sBBB12sH4s", order, part[:10], 0x0F, 0,
                               wrong.get("sum", total), part[10:22], 0, part[22:])
    return entries + struct.pack("<11sB8xH4xHI", short, 0x20, cluster >> 16, cluster & 0xFFFF, size)


@pytest.fixture(name="volume")
def volume_with_root(tmp_path: Path) -> Volume:
    image = format_volume(tmp_path / "fat", 64 * MIB, "-F", "32", "-s", "8")
    volume = Volume(image)
    volume.set_next(5, 0x0FFFFFFF)
    volume.write(5, b"contents")
    return volume


def listing(image: Path, path: str = "/") -> list[str]:
    return [line[15:] for line in lsfs(image, path).lines]


def test_short_names(volume: Volume) -> None:
    """Case bits, E5 as 05, code page 437, no extension."""
    names = {(b"README  TXT", 0): "README.TXT", (b"LOWER   TXT", 0x08): "lower.TXT",
             (b"LOWER   EXT", 0x18): "lower.ext", (b"UPPER   EXT", 0x10): "UPPER.ext",
             (b"\x05IGMA      ", 0): "σIGMA", (b"\x9aBER    \x8ex ", 0x18): "über.äx",
             (b"NOTHING    ", 0): "NOTHING", (b"A B     C D", 0): "A B.C D"}
    volume.write(2, b"".join(struct.pack("<11sBB7xH4xHI", short, 0x20, case, 0, 5, 8)
                             for short, case in names))
    assert listing(volume.image) == list(names.values())
    for name in names.values():
        assert cat(volume.image, name) == cat(volume.image, name.swapcase()) == b"contents"


def test_long_names_and_aliases(volume: Volume) -> None:
    names = {"a name.with dots": b"ANAME~1 WIT", "x" * 255: b"XXXXXX~1   ",
             "Ελληνικά ΚΑΙ кириллица": b"~1         ", "🐧" * 100: b"PINGUI~1   "}
    volume.write(2, b"".join(long_entries(name, short, 5, 8) for name, short in names.items()))
    assert listing(volume.image) == list(names)
    for name in [*names, "ANAME~1.WIT", "aname~1.wit", "ελληνικά και КИРИЛЛИЦА"]:
        assert cat(volume.image, name) == b"contents"


@pytest.mark.parametrize("entries, name", [
    (long_entries("orphan of another", b"NAME    TXT", 5, 8, sum=1), "NAME.TXT"),
    (long_entries("out of order, and long", b"NAME    TXT", 5, 8, order=3), "NAME.TXT"),
    (long_entries("cut short, and long", b"NAME    TXT", 5, 8)[32:], "NAME.TXT"),
    (long_entries("orphan", b"\xe5AME    TXT", 5, 8) + struct.pack("<11s21x", b"NAME    TXT"),
     "NAME.TXT"),
    (long_entries("n" * 260, b"NAME    TXT", 5, 8, order=0x3F), "NAME.TXT"),
])
def test_long_names_that_are_none(volume: Volume, entries: bytes, name: str) -> None:
    volume.write(2, entries)
    assert listing(volume.image) == [name]


def test_label(tmp_path: Path) -> None:
    """The root directory's, else the boot sector's, else none."""
    image = format_volume(tmp_path / "fat", 8 * MIB, "-n", "FROM MKFS")
    run("mlabel", "-i", image, "::FROM ROOT")
    assert 'label="FROM ROOT"' in lsfs(image).text
    run("mlabel", "-c", "-i", image, "::")
    assert "label" not in lsfs(image).text


# --- where files are --------------------------------------------------------------------------

@pytest.mark.parametrize("kind, size, cluster", [
    ("12", 8 * MIB, 4 * KIB), ("16", 8 * MIB, 1 * KIB), ("32", 34 * MIB, 512)])
def test_fragmented(tmp_path: Path, kind: str, size: int, cluster: int) -> None:
    """Half of the clusters are taken, so that a file gets single ones."""
    image = format_volume(tmp_path / "fat", size, "-F", kind, "-s", str(cluster // 512))
    fragment(image, random.Random(kind))
    write_file(tmp_path / "tree/in pieces", size // 4 + 123)
    fill(image, tmp_path / "tree")
    assert cat(image, "in pieces") == contents("in pieces", size // 4 + 123)


def test_beyond_4_gib(tmp_path: Path, small: Path) -> None:
    """Clusters that mtools takes from where FSInfo says that some are free."""
    image = format_volume(tmp_path / "fat", 16 * GIB, "-F", "32", "-s", "64")
    patch(image, 512 + 492, (400_000).to_bytes(4, "little"))
    fill(image, small)
    assert_same(lsfs_tree(image), read_tree(small))
    assert Volume(image).read(400_001 + 1).strip(b"\0")


def test_one_active_fat(tmp_path: Path, small: Path) -> None:
    """FAT32 may use the second FAT alone."""
    image = fill(format_volume(tmp_path / "fat", 64 * MIB, "-F", "32"), small)
    volume = Volume(image)
    damage(image, volume.fats[0], 4000, "first")
    assert lsfs_tree_fails(image)
    patch(image, 40, b"\x81\x00")
    assert_same(lsfs_tree(image), read_tree(small))


def lsfs_tree_fails(image: Path) -> bool:
    return lsfs("-r", image, "/").status != 0 or lsfs("-t", image, "/").status != 0


# --- damage -----------------------------------------------------------------------------------

def message(image: Path, path: str) -> str:
    """The one line that is said about it, besides lsfs's own."""
    result = lsfs(image, path)
    said = [line for line in result.messages.splitlines() if not line.startswith("lsfs: ")]
    assert result.status == 1 and len(said) == 1, result.messages
    return said[0]


@pytest.mark.parametrize("clusters, size, what", [
    ([5, 6], 20_000, "a file is larger than its clusters"),
    ([5, 6, 5], 64 * MIB, "a file is larger than its clusters"),
    ([5, 0], 20_000, "the FAT names a cluster that there is not"),
    ([5, 1], 20_000, "the FAT names a cluster that there is not"),
    ([5, 0x0FFFFFF7], 20_000, "the FAT names a cluster that there is not"),
    ([5, 0x00FFFFFF], 20_000, "the FAT names a cluster that there is not"),
    ([0], 10, "a file is larger than its clusters"),
    ([0x0ABCDEF0], 10, "a file is larger than its clusters"),
])
def test_damaged_chains(volume: Volume, clusters: list[int], size: int, what: str) -> None:
    volume.write(2, struct.pack("<11sB8xH4xHI", b"FILE       ", 0x20, clusters[0] >> 16,
                                clusters[0] & 0xFFFF, size))
    for cluster, after in zip(clusters, clusters[1:]):
        volume.set_next(cluster, after)
    if len(clusters) == 2 and clusters[1] == 6:
        volume.set_next(6, 0x0FFFFFFF)
    line = message(volume.image, "/FILE")
    assert re.fullmatch(rf"fat: vfat: block \d+: {what}", line)


@pytest.mark.parametrize("cluster, what", [
    (0, "a directory has no cluster"), (1, "a directory has no cluster"),
    (0x0ABCDEF0, "a directory has no cluster"), (7, "a directory has no end")])
def test_damaged_directories(volume: Volume, cluster: int, what: str) -> None:
    volume.write(2, struct.pack("<11sB8xH4xHI", b"DIR        ", 0x10, cluster >> 16,
                                cluster & 0xFFFF, 0))
    volume.set_next(7, 7)
    volume.write(7, b"\xe5" * 4096)
    assert what in message(volume.image, "/DIR/FILE")


def test_directory_within_itself(volume: Volume) -> None:
    volume.write(2, struct.pack("<11sB8xH4xHI", b"DIR        ", 0x10, 0, 2, 0))
    result = lsfs("-r", volume.image, "/")
    assert result.status == 1 and "directories without an end" in result.messages


@pytest.mark.parametrize("offset, value, what", [
    (22, b"\0\0", ""), (36, b"\0\0\0\0", "more sectors than there are"),
    (36, b"\xff\xff\xff\xff", "more sectors than there are"),
    (44, b"\0\0\0\0", "the root directory has no cluster"),
    (44, b"\xff\xff\xff\x0f", "the root directory has no cluster"),
    (40, b"\x8f\0", "names a FAT that there is not"), (42, b"\1\0", "a version of FAT32"),
    (32, b"\1\0\0\0", "more sectors than there are")])
def test_damaged_boot_sector(volume: Volume, offset: int, value: bytes, what: str) -> None:
    patch(volume.image, offset, value)
    result = lsfs(volume.image)
    assert what in result.messages and ("cannot be read" in result.text) == bool(what)


@pytest.mark.parametrize("offset, value", [
    (0, b"\0"), (11, b"\0\0"), (11, b"\x01\x02"), (11, b"\0\x20"), (13, b"\0"), (13, b"\3"),
    (14, b"\0\0"), (16, b"\0"), (21, b"\xf1")])
def test_what_is_no_fat(volume: Volume, offset: int, value: bytes) -> None:
    patch(volume.image, offset, value)
    result = lsfs(volume.image)
    assert "fs=none" in result.text and not result.messages


def test_truncated_image(tmp_path: Path) -> None:
    write_file(tmp_path / "tree/file", 3 * MIB)
    image = fill(format_volume(tmp_path / "fat", 8 * MIB), tmp_path / "tree")
    with open(image, "r+b") as file:
        file.truncate(2 * MIB)
    assert re.fullmatch(r"fat: vfat: byte \d+: outside of the partition",
                        message(image, "/file"))


@pytest.mark.parametrize("seed", range(20))
def test_random_damage(tmp_path: Path, seed: int) -> None:
    """No crash, no hang, and what is said is one line for each time that it is mounted."""
    image = tmp_path / "fat"
    format_volume(image, (2, 10)[seed % 2] * MIB, "-F", ("12", "16")[seed % 2], "-s", "2")
    top = tmp_path / "tree"
    for i in range(30):
        write_file(top / f"directory {i % 5}" / f"a file of some length {i}", 1000 * i)
    fill(image, top)
    dice = random.Random(seed)
    for _ in range(20):
        damage(image, dice.randrange(100 * KIB), dice.choice([1, 1, 2, 4, 100]), dice.random())
    for options in (["-r"], ["-t"]):
        result = lsfs(*options, image, "/")
        said = [line for line in result.messages.splitlines() if not line.startswith("lsfs: ")]
        assert len(said) <= 1, result.messages
