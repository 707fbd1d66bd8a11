# SPDX-License-Identifier: LGPL-3.0-or-later
"""XFS as mkfs.xfs makes it from a prototype file, and as Linux leaves it (kernel_tree.py)."""
from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

from images import MIB, assert_same, lsfs, patch, sparse
from kernel_tree import aged_tree, kernel_tree, log_tree
from trees import Tree, assert_refused, make_tree, read_image, write_tree
from xfs import ENVIRONMENT, fixture, prototype

VARIANTS = {
    "v5": "",
    "v5-everything": "-m rmapbt=1,reflink=1,bigtime=1,inobtcount=1 -i sparse=1,nrext64=1",
    "v5-nothing": "-m reflink=0,rmapbt=0,bigtime=0,finobt=0,inobtcount=0 -i sparse=0,nrext64=0",
    "v5-1k": "-b size=1k",
    "v5-2k": "-b size=2k -i size=1024 -n size=8k",
    "v5-16k": "-b size=16k -i size=1024",
    "v5-64k": "-b size=64k",
    "v5-inodes-2k": "-i size=2048",
    "v5-directories-64k": "-n size=64k",
    "v5-small-groups": "-d agcount=5",
    "v5-4k-sectors": "-s size=4k",
    "v5-ignores-case": "-n version=ci",
    "v4": "-m crc=0",
    "v4-no-types": "-m crc=0 -n ftype=0",
    "v4-512": "-m crc=0 -b size=512 -i size=256",
    "v4-512-directories-16k": "-m crc=0 -b size=512 -n size=16k",
}


@pytest.fixture(scope="module")
def trees(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Tree, Path]]:
    """By the version: mkfs.xfs writes long links without the header that version 5 wants."""
    made = {}
    for version, links in ("v4", (1, 59, 156, 157, 500, 1000)), ("v5", (1, 59, 156, 157, 336)):
        tree, top = make_tree(2000, links), tmp_path_factory.mktemp(version)
        write_tree(tree, top / "tree")
        (top / "prototype").write_text(prototype(tree, top / "tree"))
        made[version] = tree, top / "prototype"
    return made


def make_image(path: Path, proto: Path | None, options: str) -> Path:
    image = sparse(path, (256 if "size=64k" in options else 128) * MIB)
    subprocess.run(["mkfs.xfs", "-q", "-L", "a label", *(["-p", proto] if proto else []),
                    *options.split(), image], check=True, capture_output=True, env=ENVIRONMENT)
    return image


@pytest.mark.parametrize("variant", VARIANTS)
def test_tree(variant: str, trees: dict[str, tuple[Tree, Path]], tmp_path: Path) -> None:
    tree, proto = trees[variant[:2]]
    image = make_image(tmp_path / "image", proto, VARIANTS[variant])
    assert_same(read_image(image), tree)
    uuid = subprocess.run(["blkid", "-p", "-o", "value", "-s", "UUID", image], check=True,
                          env=ENVIRONMENT, stdout=subprocess.PIPE, text=True).stdout.strip()
    assert f'fs=xfs label="a label" uuid={uuid}' in lsfs(image).text


def test_as_linux_leaves_it(tmp_path: Path) -> None:
    image = fixture("xfs-linux.img.xz", tmp_path / "image")
    assert_same(read_image(image), kernel_tree())
    # What was allocated and not written yet reads as zeroes, whatever is there.
    extents = re.findall(r"\((\d+)/(\d+)\) count (\d+) flag 1",
                         xfs_db(image, "path /preallocated", "bmap"))
    assert extents
    group = int(xfs_db(image, "sb 0", "p agblocks").split()[-1])
    for ag, block, count in extents:
        patch(image, (int(ag) * group + int(block)) * 1024, b"X" * 1024 * int(count))
    assert_same(read_image(image), kernel_tree())


def test_aged(tmp_path: Path) -> None:
    """Thousands of extents, in a B+tree of two levels below its root."""
    image = fixture("xfs-aged.img.xz", tmp_path / "image")
    for path, content in aged_tree().items():
        assert content is None or lsfs(image, f"/{path}").output == content
    assert "level = 2" in xfs_db(image, "path /boot/initramfs.img", "p u3")


def test_log(tmp_path: Path) -> None:
    """What Linux had not written to its place when the machine was switched off."""
    image = fixture("xfs-log.img.xz", tmp_path / "image")
    assert_same(read_image(image), log_tree())
    said = lsfs(image, "/kernel").messages
    assert said.count("was not unmounted: read as its log has it") == 1
    # Without it nothing is there: the log is cleared, so that what is on the disk counts.
    start, blocks = log_place(image)
    patch(image, start, bytes(blocks))
    assert read_image(image) == {}
    assert "unmounted" not in lsfs(image, "/").messages


def test_log_of_another_turn(tmp_path: Path) -> None:
    """A record that is not whole, and one that is none, end the log."""
    image = fixture("xfs-log.img.xz", tmp_path / "image")
    start, size = log_place(image)
    log = image.read_bytes()[start:start + size]
    records = [at for at in range(0, size, 512) if log[at:at + 4] == b"\xfe\xed\xba\xbe"
               and log[at + 4:at + 8] == b"\0\0\0\1"]
    patch(image, start + records[-1], b"XXXX")
    result = lsfs("-t", image, "/")
    assert result.status in (0, 1) and "read as its log has it" in result.messages
    patch(image, start + records[1], b"\0\0\0\1")
    assert lsfs(image, "/").status == 0


# --- what is refused ---------------------------------------------------------------------------


@pytest.fixture
def small(tmp_path: Path) -> Path:
    tree: Tree = {"file": b"file\n", "directory": None, "link": "file",
                  **{f"directory/{i:03}": b"" for i in range(60)}}
    top = tmp_path / "tree"
    write_tree({"": None, **tree}, top)
    (tmp_path / "prototype").write_text(prototype(tree, top))
    return make_image(tmp_path / "image", tmp_path / "prototype", "")


def xfs_db(image: Path, *commands: str) -> str:
    return subprocess.run(["xfs_db", "-r", *(f"-c{command}" for command in commands), image],
                          check=True, env=ENVIRONMENT, stdout=subprocess.PIPE, text=True).stdout


def log_place(image: Path) -> tuple[int, int]:
    """Where the log is, in bytes, and its size."""
    said = xfs_db(image, "sb 0", "p logblocks blocksize", "convert fsblock "
                  + xfs_db(image, "sb 0", "p logstart").split()[-1] + " daddr")
    blocks, size, start = (int(n) for n in re.findall(r"(?:= |\()(\d+)", said))
    return start * 512, blocks * size


def place_of(image: Path, path: str, *commands: str) -> int:
    """In bytes, of an inode or what else xfs_db goes to from there."""
    said = xfs_db(image, f"path {path}", *commands, "daddr")
    return int(said.split()[-1]) * 512


INODE_MODE, INODE_SIZE, INODE_NEXTENTS, INODE_FLAGS, INODE_FORK = 2, 56, 76, 90, 176
SB_DIRECTORY_LOG = 192
SB_BLOCK_LOG, SB_IN_PROGRESS, SB_AG_COUNT, SB_INCOMPAT = 120, 126, 88, 216


@pytest.mark.parametrize("offset, data, words", [
    (SB_INCOMPAT, b"\x80", ["features that are not known", "80000"]),
    (SB_IN_PROGRESS, b"\x01", ["mkfs.xfs was not finished"]),
    (SB_BLOCK_LOG, b"\x0d", ["block size"]),
    (SB_AG_COUNT, bytes(4), ["numbers of blocks"]),
    (100, b"\xb4\xa2", ["a version before 4"]),
])
def test_superblock(offset: int, data: bytes, words: list[str], small: Path) -> None:
    patch(small, offset, data)
    assert_refused(lsfs(small, "/"), "xfs: block 0: ", *words)


def test_damaged_files(small: Path) -> None:
    inode = place_of(small, "/file")
    patch(small, inode + INODE_FLAGS, b"\x00\x01")
    assert_refused(lsfs(small, "/file"), "xfs: block", "realtime")
    patch(small, inode + INODE_FLAGS, b"\x00\x00")
    assert lsfs(small, "/file").output == b"file\n"
    patch(small, inode + INODE_FORK, b"\x00\xff\xff\xff\xff\xff\xff\xff" * 2)
    assert lsfs(small, "/file").output == bytes(5), "the extent is elsewhere: a hole"
    patch(small, inode + INODE_FORK, bytes(8) + b"\xff\xff\xff\xff\xff\xff\xff\xff")
    assert_refused(lsfs(small, "/file"), f"xfs: block {inode // 4096}: ",
                   "an extent that is not in the file system")
    patch(small, inode + INODE_NEXTENTS, b"\xff\xff\xff\xff")
    patch(small, inode + 24, b"\xff" * 8)
    assert_refused(lsfs(small, "/file"), f"xfs: block {inode // 4096}: ", "unknown format")
    patch(small, inode, b"XX")
    assert_refused(lsfs(small, "/file"), f"xfs: block {inode // 4096}: ", "no inode")


def test_damaged_trees_of_extents(tmp_path: Path) -> None:
    image = fixture("xfs-aged.img.xz", tmp_path / "image")
    path = "/boot/initramfs.img"
    root = place_of(image, path) + INODE_FORK
    node = place_of(image, path, "addr u3.bmbt.ptrs[1]")
    whole = image.read_bytes()
    for at, data, words in (
            (root, b"\0\0", "an inode whose tree of extents has no levels"),
            (root + 2, b"\xff\xff", "a node with too many extents"),
            (node, b"XXXX", "not a node of a file's tree of extents"),
            (node + 4, b"\0\7", "not a node of a file's tree of extents"),
            (node + 6, b"\xff\xff", "a node with too many extents")):
        patch(image, at, data)
        assert_refused(lsfs(image, path), f"xfs: block {at // 4096}: ", words)
        patch(image, at, whole[at:at + len(data)])
    child = int(xfs_db(image, f"path {path}", "p u3.bmbt.ptrs[1]").split()[-1])
    patch(image, whole.index(child.to_bytes(8, "big"), root), b"\xff" * 8)
    assert_refused(lsfs(image, path), f"xfs: block {root // 4096}: ", "a pointer to no block")


def test_damaged_inodes(small: Path) -> None:
    root, file = place_of(small, "/"), place_of(small, "/file")
    patch(small, file + INODE_SIZE, b"\xff")
    assert_refused(lsfs(small, "/file"), f"xfs: block {file // 4096}: ", "an impossible file size")
    patch(small, root + INODE_MODE, b"\x81")
    assert_refused(lsfs(small, "/"), "xfs: block 0: ", "the root is not a directory")
    patch(small, root + INODE_MODE, b"\x41")
    patch(small, SB_DIRECTORY_LOG, b"\x20")
    assert_refused(lsfs(small, "/"), "xfs: block 0: ", "directory block size")


def test_damaged_directory(small: Path) -> None:
    block = place_of(small, "/directory", "dblock 0")
    image = small.read_bytes()
    for offset, data in (0, b"XXXX"), (64, b"\xff\xff\x00\x03"), (4096 - 8, b"\xff\xff\xff\xff"):
        patch(small, block + offset, data)
        found = lsfs(small, "/directory/059")
        assert_refused(found, f"xfs: block {block // 4096}: ", "a wrong directory block")
        small.write_bytes(image)
    assert lsfs(small, "/directory/059").status == 0


def test_truncated_image(small: Path) -> None:
    """The superblock is whole: what can be read is, and the rest is an error of the image."""
    os.truncate(small, 1 << 20)
    assert lsfs(small, "/file").status == 0
    os.truncate(small, 16 << 10)
    assert lsfs(small, "/file").status == 1
