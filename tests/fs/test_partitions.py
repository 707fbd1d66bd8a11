# SPDX-License-Identifier: LGPL-3.0-or-later
"""Partitions as sfdisk and sgdisk make them, and damaged ones."""
from __future__ import annotations

import re
import struct
import zlib
from pathlib import Path

import pytest

from images import GIB, MIB, SECTOR, damage, lsfs, patch, run, sparse

ESP = "c12a7328-f81f-11d2-ba4b-00a0c93ec93b"
LINUX = "0fc63daf-8483-4772-8e79-3d69d8477de4"
GUIDS = [f"6d1b5f2c-4c0e-4b57-8f0e-{i:012x}" for i in range(1, 200)]
GPT_SCRIPT = f"""label: gpt
size=4MiB, type={ESP}, uuid={GUIDS[0]}, name="EFI system partition", attrs="RequiredPartition"
size=8MiB, type={LINUX}, uuid={GUIDS[1]}, name="Größe ist 8 MiB"
type={LINUX}, uuid={GUIDS[2]}
"""
LINE = re.compile(r'(\d+): start=(\d+) blocks=(\d+)(.*)')


def partitions(image: Path, *options: str) -> list[tuple[int, int, int]]:
    """Number, start, blocks."""
    return parse(lsfs(*options, image).lines)


def parse(lines: list[str]) -> list[tuple[int, int, int]]:
    matches = [LINE.match(line) for line in lines]
    assert all(matches), lines
    return [(int(m[1]), int(m[2]), int(m[3])) for m in matches if m]


def sfdisk_partitions(image: Path) -> list[tuple[int, int, int]]:
    found = []
    for line in run("sfdisk", "-d", image).splitlines():
        match = re.search(r"(\d+) : start= *(\d+), size= *(\d+), type=(\w+)", line)
        if match and match[4] not in ("5", "f", "85"):
            found.append((int(match[1]), int(match[2]), int(match[3])))
    return found


@pytest.fixture(name="gpt")
def gpt_image(tmp_path: Path) -> Path:
    image = sparse(tmp_path / "gpt", 64 * MIB)
    run("sfdisk", image, stdin=GPT_SCRIPT)
    return image


def test_gpt(gpt: Path) -> None:
    result = lsfs(gpt)
    assert parse(result.lines) == sfdisk_partitions(gpt) and len(result.lines) == 3
    assert not result.messages
    assert result.lines[0] == (f'1: start=2048 blocks=8192 table=gpt type={ESP} guid={GUIDS[0]} '
                               'attributes=1 name="EFI system partition" fs=none')
    assert result.lines[1] == (f'2: start=10240 blocks=16384 table=gpt type={LINUX} '
                               f'guid={GUIDS[1]} name="Größe ist 8 MiB" fs=none')


@pytest.mark.parametrize("where", ["signature", "header", "entries", "own address"])
def test_gpt_first_copy_damaged(gpt: Path, where: str) -> None:
    whole = lsfs(gpt)
    damage(gpt, {"signature": 512, "header": 512 + 40, "entries": 1024 + 300,
                 "own address": 512 + 24}[where], 4, where)
    result = lsfs(gpt)
    assert result.output == whole.output
    assert result.messages == "gpt: the GPT is damaged, using its copy (block 131071)\n"


@pytest.mark.parametrize("where", [-512, -33 * 512])
def test_gpt_second_copy_damaged(gpt: Path, where: int) -> None:
    """Nobody looks at it."""
    whole = lsfs(gpt)
    damage(gpt, 64 * MIB + where, 4, where)
    result = lsfs(gpt)
    assert result.output == whole.output and not result.messages


def test_gpt_both_copies_damaged(gpt: Path) -> None:
    damage(gpt, 512, 4, 1)
    damage(gpt, 64 * MIB - 512, 4, 2)
    result = lsfs(gpt)
    assert not result.output
    assert result.messages == "gpt: the GPT and its copy are damaged (block 131071)\n"


def test_gpt_copy_of_a_disk_that_has_grown(gpt: Path) -> None:
    """The entries are damaged, the header tells where the other copy is."""
    whole = lsfs(gpt)
    with open(gpt, "r+b") as file:
        file.truncate(100 * MIB)
    damage(gpt, 1024, 4, 1)
    result = lsfs(gpt)
    assert result.output == whole.output and "using its copy (block 131071)" in result.messages


def make_gpt(path: Path, block_size: int, entry_size: int, count: int, partitions_: int,
             size: int = 64 * MIB) -> Path:
    """A GPT with entries of another size than sgdisk makes: UEFI 2.10, 5.3."""
    blocks = size // block_size
    table_blocks = -(-entry_size * count // block_size)
    first = 2 + table_blocks
    entries = bytearray(entry_size * count)
    for i in range(partitions_):
        guid = bytes(range(16))
        struct.pack_into("<16s16sQQQ72s", entries, i * entry_size, guid, guid, first + i * 10,
                         first + i * 10 + 9, 0, f"number {i + 1}".encode("utf-16le"))
    sparse(path, size)
    pmbr = bytearray(block_size)
    struct.pack_into("<B3sB3sII", pmbr, 446, 0, b"", 0xEE, b"", 1, blocks - 1)
    pmbr[510:512] = b"\x55\xaa"
    patch(path, 0, pmbr)
    for lba, other, table in ((1, blocks - 1, 2), (blocks - 1, 1, blocks - 1 - table_blocks)):
        header = bytearray(struct.pack("<8sIIIIQQQQ16sQIII", b"EFI PART", 0x10000, 92, 0, 0, lba,
                                       other, first, blocks - first - 1, b"", table, count,
                                       entry_size, zlib.crc32(entries)))
        struct.pack_into("<I", header, 16, zlib.crc32(header))
        patch(path, lba * block_size, header)
        patch(path, table * block_size, entries)
    return path


@pytest.mark.parametrize("block_size", [512, 4096])
@pytest.mark.parametrize("entry_size, count, used", [
    (128, 128, 128), (128, 4, 2), (128, 1000, 1000), (256, 128, 100), (512, 128, 128),
    (1024, 50, 50), (4096, 20, 20), (8192, 10, 10)])
def test_gpt_entries(tmp_path: Path, block_size: int, entry_size: int, count: int,
                     used: int) -> None:
    image = make_gpt(tmp_path / "gpt", block_size, entry_size, count, used)
    first = partitions(image)
    assert [number for number, _, _ in first] == list(range(1, used + 1))
    assert [start for _, start, _ in first] == [first[0][1] + 10 * i for i in range(used)]
    damage(image, block_size, 100, "first copy")
    assert partitions(image, "-b", str(block_size)) == first


def test_gpt_sgdisk_many(tmp_path: Path) -> None:
    image = sparse(tmp_path / "gpt", 2 * GIB)
    run("sgdisk", "-S", "200", *[arg for i in range(1, 201) for arg in ("-n", f"{i}:0:+1M")],
        image)
    found = partitions(image)
    assert len(found) == 200 and found == sfdisk_partitions(image)


@pytest.mark.parametrize("offset, value", [
    (80, 0xFFFFFFFF), (84, 0), (84, 100), (84, 0xFFFFFF80), (72, 0xFFFFFFFFFFFF), (12, 0xFFFF),
    (12, 10), (24, 7)])
def test_gpt_lies(tmp_path: Path, offset: int, value: int) -> None:
    """Headers with right checksums and wrong numbers, in both copies."""
    image = make_gpt(tmp_path / "gpt", 512, 128, 128, 5)
    for lba in (1, 64 * MIB // 512 - 1):
        with open(image, "r+b") as file:
            file.seek(lba * 512)
            header = bytearray(file.read(92))
        header[offset:offset + (6 if offset == 72 else 4)] = value.to_bytes(
            6 if offset == 72 else 4, "little")
        header[16:20] = bytes(4)
        header[16:20] = zlib.crc32(header).to_bytes(4, "little")
        patch(image, lba * 512, header)
    result = lsfs(image)
    assert not result.output and "the GPT and its copy are damaged" in result.messages


def test_gpt_partition_off_the_disk(tmp_path: Path) -> None:
    image = make_gpt(tmp_path / "gpt", 512, 128, 128, 5)
    with open(image, "r+b") as file:
        file.truncate(54 * 512)
    result = lsfs(image)
    assert parse(result.lines) == [(1, 34, 10), (2, 44, 10)]
    assert result.messages.splitlines() == [
        f"gpt partition {i}: begins at block {start} and has 10 blocks, the disk has 54"
        for i, start in ((3, 54), (4, 64), (5, 74))]


def test_gpt_beyond_2_tib(tmp_path: Path) -> None:
    image = sparse(tmp_path / "gpt", 5 << 40)
    run("sgdisk", "-n", "1:2048:+1M", "-n", f"2:{4 << 31}:0", image)
    assert partitions(image) == sfdisk_partitions(image)
    volume = sparse(tmp_path / "volume", MIB)
    run("mkfs.vfat", "-n", "FAR", volume)
    run("mmd", "-i", volume, "::/there")
    patch(image, (4 << 31) * SECTOR, volume.read_bytes())
    assert 'label="FAR"' in lsfs(image).lines[1]
    assert lsfs(image, "2:/").text == f"d {0:12} there\n"


# --- MBR --------------------------------------------------------------------------------------

def mbr(image: Path, script: str) -> Path:
    run("sfdisk", image, stdin="label: dos\nlabel-id: 0x12345678\n" + script)
    return image


def test_mbr(tmp_path: Path) -> None:
    image = mbr(sparse(tmp_path / "mbr", 64 * MIB), "size=4MiB, type=ef, bootable\n"
                "size=1MiB, type=83\nsize=2MiB, type=7\n")
    result = lsfs(image)
    assert not result.messages and parse(result.lines) == sfdisk_partitions(image)
    assert result.lines[0] == "1: start=2048 blocks=8192 table=mbr type=ef id=12345678-01 fs=none"


@pytest.mark.parametrize("kind", ["5", "f", "85"])
@pytest.mark.parametrize("logical", [1, 2, 50])
def test_mbr_extended(tmp_path: Path, kind: str, logical: int) -> None:
    image = mbr(sparse(tmp_path / "mbr", 256 * MIB), f"size=4MiB\nsize=200MiB, type={kind}\n"
                + "".join(f"x{5 + i} : size=1MiB\n" for i in range(logical)))
    found = partitions(image)
    assert found == sfdisk_partitions(image) and found[-1][0] == 4 + logical


def logical_chain(image: Path, links: list[int], last: int | None) -> None:
    """Tables at these MiB of an extended partition at 1 MiB, each with a partition of 100
    blocks; the last one leads to `last`."""
    mib = MIB // SECTOR
    table = bytearray(SECTOR)
    struct.pack_into("<B3sB3sII", table, 446, 0, b"", 5, b"", mib, 63 * mib)
    table[510:512] = b"\x55\xaa"
    patch(image, 0, table)
    for i, link in enumerate(links):
        after = links[i + 1] if i + 1 < len(links) else last
        table = bytearray(SECTOR)
        struct.pack_into("<B3sB3sII", table, 446, 0, b"", 0x83, b"", 63, 100)
        if after is not None:
            struct.pack_into("<B3sB3sII", table, 462, 0, b"", 5, b"", after * mib, mib)
        table[510:512] = b"\x55\xaa"
        patch(image, (1 + link) * MIB, table)


@pytest.mark.parametrize("links, last, message", [
    ([0, 1, 2], None, ""),
    ([0, 5, 2], None, ""),
    ([0], 0, "has no end (block 2048)"),
    ([0, 1, 2], 1, "has no end (block 4096)"),
    ([0, 3, 1, 2], 0, "has no end (block 2048)"),
    ([0, 1], 70, "leaves the disk (block 145408)"),
    ([0, 1], 40, "is broken (block 83968)"),
])
def test_mbr_chains(tmp_path: Path, links: list[int], last: int | None, message: str) -> None:
    image = sparse(tmp_path / "mbr", 64 * MIB)
    logical_chain(image, links, last)
    result = lsfs(image)
    assert parse(result.lines) == [(5 + i, (1 + link) * 2048 + 63, 100)
                                   for i, link in enumerate(links)]
    assert result.messages == (f"mbr: the chain of logical partitions {message}\n"
                               if message else "")


def test_mbr_4k_blocks(tmp_path: Path) -> None:
    """Addresses count in the disk's blocks."""
    image = sparse(tmp_path / "mbr", 64 * MIB)
    table = bytearray(SECTOR)
    struct.pack_into("<B3sB3sII", table, 446, 0x80, b"", 0x83, b"", 256, 1024)
    table[510:512] = b"\x55\xaa"
    patch(image, 0, table)
    assert partitions(image, "-b", "4096") == [(1, 256, 1024)]


def test_mbr_truncated_disk(tmp_path: Path) -> None:
    image = mbr(sparse(tmp_path / "mbr", 64 * MIB), "size=4MiB\nsize=50MiB\nsize=1MiB\n")
    with open(image, "r+b") as file:
        file.truncate(10 * MIB)
    result = lsfs(image)
    assert parse(result.lines) == [(1, 2048, 8192), (2, 10240, 10240)]
    assert result.messages == (
        "mbr partition 2: begins at block 10240 and has 102400 blocks, the disk has 20480\n"
        "mbr partition 3: begins at block 112640 and has 2048 blocks, the disk has 20480\n")


# --- no table ---------------------------------------------------------------------------------

def test_no_table(tmp_path: Path) -> None:
    image = sparse(tmp_path / "none", MIB)
    assert lsfs(image).lines == ["0: start=0 blocks=2048 fs=none"]
    patch(image, 510, b"\x55\xaa")
    assert partitions(image) == [(0, 0, 2048)]


@pytest.mark.parametrize("status", [0, 0x80])
def test_volume_whose_boot_code_looks_like_a_table(tmp_path: Path, status: int) -> None:
    image = sparse(tmp_path / "fat", 4 * MIB)
    run("mkfs.vfat", "-n", "WHOLE", image)
    patch(image, 446 + 48, bytes([status, 1, 2, 3, 0x41, 5, 6, 7]) + b"\xac\xcb\xd8\x10" * 2)
    result = lsfs(image)
    assert parse(result.lines) == [(0, 0, 8192)] and 'label="WHOLE"' in result.text


def test_volume_with_a_table_of_itself(tmp_path: Path) -> None:
    """mkfs.vfat --mbr: one partition that begins in block 0."""
    image = sparse(tmp_path / "fat", 40 * MIB)
    run("mkfs.vfat", "--mbr=yes", "-n", "WHOLE", image)
    result = lsfs(image)
    assert parse(result.lines) == [(1, 0, 81920)] and 'label="WHOLE"' in result.text


@pytest.mark.parametrize("offset, magic, name", [
    (0, b"LUKS\xba\xbe", "LUKS"), (512, b"LABELONE", "LVM2"), (0x10040, b"_BHRfS_M", "btrfs"),
    (4086, b"SWAPSPACE2", "swap"), (3, b"NTFS    ", "ntfs")])
def test_formats_that_are_not_read(tmp_path: Path, offset: int, magic: bytes, name: str) -> None:
    image = mbr(sparse(tmp_path / "mbr", 8 * MIB), "size=4MiB\n")
    patch(image, MIB + offset, magic)
    assert lsfs(image).text.endswith(f" fs=none ({name}, which is not read)\n")


# --- lsfs itself ------------------------------------------------------------------------------

@pytest.mark.parametrize("arguments, message", [
    (["nothing"], "nothing: No such file or directory"),
    (["empty"], "empty is empty"),
    (["qcow2"], "is a qcow2 image: qemu-img convert -O raw"),
    (["zeros", "/boot"], "/boot: not found, no file system is known here"),
    (["zeros", "0:/boot"], "partition 0 has no file system that is known"),
    (["zeros", "7:/boot"], "there is no partition 7"),
    (["-b", "1000", "zeros"], "1000 is no block size"),
    ([], "usage: lsfs"),
])
def test_lsfs_says_what_is_wrong(tmp_path: Path, arguments: list[str], message: str,
                                 monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    sparse(tmp_path / "zeros", MIB)
    sparse(tmp_path / "empty", 0)
    (tmp_path / "qcow2").write_bytes(b"QFI\xfb" + bytes(1000))
    result = lsfs(*arguments)
    assert result.status and message in result.messages and not result.output
