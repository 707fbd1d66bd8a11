# SPDX-License-Identifier: LGPL-3.0-or-later
"""CDs as xorriso makes them, and damaged ones."""
from __future__ import annotations

import os
import random
import re
import struct
from pathlib import Path

import pytest

from images import (MIB, Tree, assert_same, cat, contents, damage, digest, large_tree, lsfs,
                    lsfs_tree, patch, read_tree, run, small_tree, sparse, write_file)

SECTOR = 2048


@pytest.fixture(name="small", scope="module")
def small_tree_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    top = tmp_path_factory.mktemp("small")
    small_tree(top)
    return top


def make_cd(image: Path, top: Path, *options: str, program: str = "mkisofs") -> Path:
    run("xorriso", "-as", program, "-quiet", "-o", image, *options, top)
    return image


def make_native(image: Path, top: Path, *commands: str) -> Path:
    run("xorriso", *commands, "-outdev", f"stdio:{image}", "-map", top, "/", "-commit")
    return image


# --- Rock Ridge -------------------------------------------------------------------------------

@pytest.mark.parametrize("options", [["-R"], ["-R", "-J", "-joliet-long"],
                                     ["-R", "-iso-level", "1"], ["-R", "-iso-level", "4"]])
def test_rock_ridge(tmp_path: Path, small: Path, options: list[str]) -> None:
    image = make_cd(tmp_path / "cd", small, "-V", "PETREL 1.0", *options)
    assert_same(lsfs_tree(image), read_tree(small))
    assert lsfs_tree(image, "/", "-b", "2048") == lsfs_tree(image)
    uuid = re.search("^UUID=(.*)$", run("blkid", "-p", "-o", "export", image), re.MULTILINE)
    assert uuid and lsfs(image).text == (f"0: start=0 blocks={image.stat().st_size // 512} "
                                         f'fs=iso9660 label="PETREL 1.0" uuid={uuid[1]}\n')


def test_moved_directories(tmp_path: Path, small: Path) -> None:
    """Those below the eighth level, in a place that is not shown where they are not."""
    image = make_native(tmp_path / "cd", small, "-compliance", "deep_paths_off",
                        "-rr_reloc_dir", "elsewhere")
    tree = lsfs_tree(image)
    assert b"elsewhere" in image.read_bytes() and b"CL\x0c\x01" in image.read_bytes()
    assert_same({name: what for name, what in tree.items() if name != "elsewhere"},
                read_tree(small))


def test_other_kinds_of_files(tmp_path: Path) -> None:
    top = tmp_path / "tree"
    top.mkdir()
    os.mkfifo(top / "fifo")
    image = make_cd(tmp_path / "cd", top, "-R")
    assert lsfs(image, "/").lines == [f"? {0:12} fifo"]


def test_thousands_of_files(tmp_path: Path) -> None:
    large_tree(tmp_path / "tree")
    image = make_cd(tmp_path / "cd", tmp_path / "tree", "-R")
    assert_same(lsfs_tree(image), read_tree(tmp_path / "tree"))


def test_paths_and_links(tmp_path: Path, small: Path) -> None:
    image = make_cd(tmp_path / "cd", small, "-R")
    boot = contents("BOOTX64.EFI", 70_000)
    for path in ("EFI/BOOT/BOOTX64.EFI", "/EFI/BOOT/BOOTX64.EFI", "//EFI/./BOOT/.//BOOTX64.EFI/",
                 "/to a file", "/to a directory/BOOT/BOOTX64.EFI", "/absolute/BOOTX64.EFI",
                 "/absolute/../BOOT/BOOTX64.EFI", "/EFI/BOOT/../../EFI/BOOT/BOOTX64.EFI",
                 "/../../EFI/BOOT/BOOTX64.EFI", "/to a link",
                 "/names/../to a directory/../EFI/BOOT/BOOTX64.EFI",
                 "/" + "/".join(f"level {i} of the deep path" for i in range(30)) +
                 "/far up/BOOT/BOOTX64.EFI"):
        assert cat(image, path) == boot, path
    for path in ("/nothing", "/EFI/BOOT/BOOTX64.EFI/x", "/EFI/BOOT/BOOTX64.EFI/..", "/efi",
                 "/to nothing", "/long", "/names/nothing/.."):
        result = lsfs(image, path)
        assert result.status == 1 and result.messages == f"lsfs: {path}: not found\n"
    for path in ("/loop", "/loop/x", "/" + "x" * 5000):
        assert "too long a path, or too many links" in lsfs(image, path).messages
    assert lsfs(image, "/EFI/").text == f"d {SECTOR:12} BOOT\n"


# --- Joliet, neither ----------------------------------------------------------------------------

def files_of(tree: Tree) -> Tree:
    return {name: what for name, what in tree.items() if isinstance(what, tuple)}


def test_joliet(tmp_path: Path, small: Path) -> None:
    image = make_native(tmp_path / "cd", small, "-rockridge", "off", "-joliet", "on",
                        "-compliance", "joliet_long_names:joliet_long_paths:joliet_utf16")
    found, wanted = files_of(lsfs_tree(image)), files_of(read_tree(small))
    assert_same({name: what for name, what in found.items() if not name.startswith("a name")},
                {name: what for name, what in wanted.items() if not name.startswith("a name")})
    assert cat(image, "/efi/boot/bootx64.EFI") == contents("BOOTX64.EFI", 70_000)


def test_plain(tmp_path: Path) -> None:
    """Small letters, no versions, and whatever case is asked for."""
    top = tmp_path / "tree"
    for name in ("BOOT/VMLINUZ", "BOOT/INITRD.IMG", "README.TXT"):
        write_file(top / name, 5000)
    for options in (["-iso-level", "1"], ["-iso-level", "3", "-omit-version-number"]):
        image = make_native(tmp_path / f"cd{len(options)}", top, "-rockridge", "off")
        assert_same(files_of(lsfs_tree(image)), {name.lower(): digest(contents(
            name.rpartition("/")[2], 5000)) for name in ("BOOT/VMLINUZ", "BOOT/INITRD.IMG",
                                                         "README.TXT")})
        assert cat(image, "/BOOT/vmlinuz") == cat(image, "/boot/VMLINUZ")


# --- images that are disks, too -----------------------------------------------------------------

@pytest.mark.parametrize("gpt", [False, True])
def test_hybrid(tmp_path: Path, small: Path, gpt: bool) -> None:
    """As distributions' are: a partition table, and an EFI system partition on the CD."""
    run("mformat", "-C", "-T", "5760", "-v", "ESP", "-i", tmp_path / "esp", "::")
    options = ["-R", "-partition_offset", "16",
               "-append_partition", "2", "0xef", str(tmp_path / "esp")]
    image = make_cd(tmp_path / "cd", small, *options, *(["-appended_part_as_gpt"] * gpt))
    lines = lsfs(image).lines
    assert any("fs=iso9660" in line for line in lines), lines
    assert any('fs=vfat label="ESP"' in line for line in lines), lines
    number = next(line for line in lines if "iso9660" in line).partition(":")[0]
    assert_same(lsfs_tree(image, f"{number}:/"), read_tree(small))


def test_partition_that_begins_with_the_disk(tmp_path: Path, small: Path) -> None:
    """Of type 0, as Debian's images have it."""
    image = make_cd(tmp_path / "cd", small, "-R")
    blocks = image.stat().st_size // 512
    patch(image, 446, struct.pack("<B3xB3xII", 0x80, 0, 0, blocks))
    patch(image, 510, b"\x55\xaa")
    assert lsfs(image).text.startswith(f"1: start=0 blocks={blocks} table=mbr type=00 ")
    assert_same(lsfs_tree(image), read_tree(small))


# --- records ------------------------------------------------------------------------------------

def record_of(image: Path, name: bytes) -> int:
    """Where a directory's record is, by the name in it."""
    data = image.read_bytes()
    at = data.index(bytes([len(name)]) + name)
    return at - 32


@pytest.fixture(name="cd")
def cd_with_files(tmp_path: Path) -> Path:
    top = tmp_path / "tree"
    for name in ("A", "B", "C"):
        write_file(top / name, 3 * SECTOR)
    (top / "LINK").symlink_to("directory/" * 30 + "end")
    (top / "SUB").mkdir()
    return make_cd(tmp_path / "cd", top, "-R")


def test_file_in_extents(cd: Path) -> None:
    """One file, of which each record but the last says that there are more."""
    for name in (b"A", b"B"):
        patch(cd, record_of(cd, name + b".;1") + 25, b"\x80")
    assert [line[15:] for line in lsfs(cd, "/").lines][0] == "A"
    assert cat(cd, "/A") == b"".join(contents(name, 3 * SECTOR) for name in "ABC")
    assert len(lsfs(cd, "/").lines) == 3
    patch(cd, record_of(cd, b"A.;1") + 10, struct.pack("<I", 3 * SECTOR - 100))
    assert cat(cd, "/A") == (contents("A", 3 * SECTOR)[:-100] +
                             b"".join(contents(name, 3 * SECTOR) for name in "BC"))


def test_file_beyond_4_gib(cd: Path) -> None:
    """Extents of nearly 4 GiB, as mkisofs makes them."""
    size, first = 0xFFFFF800, 1000
    records = {name: record_of(cd, name + b".;1") for name in (b"A", b"B", b"C")}
    for i, (name, at) in enumerate(records.items()):
        patch(cd, at + 25, bytes([0x80 if name != b"C" else 0]))
        patch(cd, at + 2, struct.pack("<I", first + i * (size // SECTOR)))
        patch(cd, at + 10, struct.pack("<I", size if name != b"C" else 5000))
    assert lsfs(cd, "/").lines[0] == f"- {2 * size + 5000:12} A"


def message(image: Path, path: str) -> str:
    result = lsfs(image, path)
    said = [line for line in result.messages.splitlines() if not line.startswith("lsfs: ")]
    assert result.status == 1 and len(said) == 1, result.messages
    return re.sub(r"(block|byte) \d+", r"\1 N", said[0])


@pytest.mark.parametrize("name, offset, value, path, what", [
    (b"A.;1", 0, b"\x20", "/x", "block N: a directory's record is cut short"),
    (b"A.;1", 32, b"\xf0", "/x", "block N: a directory's record is cut short"),
    (b"A.;1", 2, b"\xff\xff\xff\x0f", "/A", "byte N: outside of the partition"),
    (b"A.;1", 2, b"\xff\xff\xff\xff", "/A", "byte N: outside of the partition"),
    (b"SUB", 2, b"\xff\xff\xff\xff", "/SUB/x", "byte N: outside of the partition"),
    (b"SUB", 10, b"\xff\xff\xff\xff", "/SUB/x", "block N: a directory's record is cut short"),
    (b"A.;1", 26, b"\x01\x01", "/A", "block N: a file is interleaved with others"),
    (b"C.;1", 25, b"\x80", "/x", None),
])
def test_damaged_records(cd: Path, name: bytes, offset: int, value: bytes, path: str,
                         what: str | None) -> None:
    patch(cd, record_of(cd, name) + offset, value)
    if what:
        assert message(cd, path) == f"cd: iso9660: {what}"
    else:
        lsfs(cd, path)


def test_last_record_missing(tmp_path: Path) -> None:
    write_file(tmp_path / "tree/A", 100)
    cd = make_cd(tmp_path / "cd", tmp_path / "tree", "-R")
    patch(cd, record_of(cd, b"A.;1") + 25, b"\x80")
    assert message(cd, "/x") == "cd: iso9660: block N: a file's last record is missing"


def test_component_in_two_parts(cd: Path) -> None:
    """RRIP, 4.1.3.1: the first one says that it goes on."""
    target = "directory/" * 30 + "end"
    assert f"LINK -> {target}" in lsfs(cd, "/").text
    patch(cd, cd.read_bytes().index(b"SL", record_of(cd, b"LINK.;1")) + 5, b"\x01")
    assert f"LINK -> directory{target.removeprefix('directory/')}" in lsfs(cd, "/").text


def test_continuation_without_end(cd: Path) -> None:
    """An area that goes on in itself."""
    data = cd.read_bytes()
    at = data.index(b"CE\x1c\x01", record_of(cd, b"LINK.;1"))
    block, offset = (struct.unpack_from("<I", data, at + i)[0] for i in (4, 12))
    patch(cd, block * SECTOR + offset, data[at:at + 28])
    assert message(cd, "/x") == "cd: iso9660: block N: a continuation area has no end"


def test_compressed(tmp_path: Path) -> None:
    """zisofs: what it was made of is not told by its size."""
    (tmp_path / "tree").mkdir()
    (tmp_path / "tree/file").write_bytes(b"compressible " * 100_000)
    cd = tmp_path / "cd"
    run("xorriso", "-outdev", f"stdio:{cd}", "-map", tmp_path / "tree", "/",
        "-set_filter", "--zisofs", "/file", "--", "-commit")
    assert b"ZF\x10\x01pz" in cd.read_bytes()
    assert message(cd, "/file") == "cd: iso9660: block N: a file is compressed (zisofs)"


@pytest.mark.parametrize("offset, value, what", [
    (16 * SECTOR + 128, b"\0\0", "no size that blocks can have"),
    (16 * SECTOR + 128, b"\x00\x10", "no size that blocks can have"),
    (16 * SECTOR + 156 + 2, b"\xff\xff\xff\x7f", "outside of the partition"),
    (16 * SECTOR + 156 + 2, b"\x00\x00\x00\x00", "the root has no records"),
])
def test_damaged_volume(cd: Path, offset: int, value: bytes, what: str) -> None:
    patch(cd, offset, value)
    result = lsfs(cd)
    assert what in result.messages and "fs=iso9660 (cannot be read)" in result.text


@pytest.mark.parametrize("seed", range(20))
def test_random_damage(tmp_path: Path, seed: int) -> None:
    """No crash, no hang, and one line at most."""
    top = tmp_path / "tree"
    for i in range(30):
        write_file(top / f"directory {i % 5}" / f"a file of some length {i}", 1000 * i)
        (top / f"directory {i % 5}" / f"link {i}").symlink_to(f"directory/with/{i}" * (i * 2 + 1))
    cd = make_cd(tmp_path / "cd", top, "-R", *["-J"] * (seed % 2))
    dice = random.Random(seed)
    for _ in range(20):
        damage(cd, dice.randrange(16 * SECTOR, 60 * SECTOR), dice.choice([1, 1, 2, 4]),
               dice.random())
    for options in (["-r"], ["-t"]):
        result = lsfs(*options, cd, "/")
        said = [line for line in result.messages.splitlines() if not line.startswith("lsfs: ")]
        assert len(said) <= 1, result.messages


def test_empty_descriptors(tmp_path: Path) -> None:
    """Volume descriptors up to the image's end."""
    cd = sparse(tmp_path / "cd", MIB)
    for i in range(16, MIB // SECTOR):
        patch(cd, i * SECTOR, b"\x03CD001\x01")
    assert lsfs(cd).lines == ["0: start=0 blocks=2048 fs=none"]
