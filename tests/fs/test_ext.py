# SPDX-License-Identifier: LGPL-3.0-or-later
"""ext2, ext3 and ext4 as mke2fs makes them, journals as debugfs writes them."""
from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from images import MIB, assert_same, contents, lsfs, patch, run, sparse
from trees import Tree, assert_refused, make_tree, read_image, write_tree

SUPERBLOCK = 1024

# What mke2fs.conf has for ext4: that of Debian 12 is upstream's of 1.43 to 1.46, which RHEL 8
# and 9 have; that of Debian 13 is upstream's of 1.47, which Fedora has. RHEL 6 and 7 had their
# own. Images of a time between have one of the two new features only.
BASE = "sparse_super,filetype,resize_inode,dir_index,ext_attr"
COMMON = f"none,{BASE},has_journal,extent,huge_file,flex_bg,dir_nlink,extra_isize"
DISTRIBUTIONS = {
    "debian-12": f"{COMMON},large_file,64bit,metadata_csum",
    "rhel-6": f"{COMMON},uninit_bg",
    "rhel-7": f"{COMMON},64bit,uninit_bg",
    "debian-13": f"{COMMON},large_file,64bit,metadata_csum,metadata_csum_seed,orphan_file",
    "orphan-file": f"{COMMON},large_file,64bit,metadata_csum,orphan_file",
}
VARIANTS: dict[str, tuple[str, ...]] = {
    **{name: ("-t", "ext4", "-O", features, "-b", "4096")
       for name, features in DISTRIBUTIONS.items()},
    "ext2": ("-t", "ext2"),
    "ext2-first-revision": ("-t", "ext2", "-r", "0"),
    "ext2-nothing": ("-t", "ext2", "-O", "none"),
    "ext3": ("-t", "ext3"),
    **{f"ext4-{size}": ("-t", "ext4", "-b", str(size)) for size in (1024, 2048, 8192, 65536)},
    **{f"ext2-{size}": ("-t", "ext2", "-b", str(size)) for size in (2048, 65536)},
    "inline-data": ("-t", "ext4", "-O", "inline_data"),
    "inline-data-1024": ("-t", "ext4", "-O", "inline_data", "-I", "1024"),
    "small-inodes": ("-t", "ext4", "-I", "128"),
    "meta-bg": ("-t", "ext4", "-O", "meta_bg,^resize_inode", "-b", "1024", "-g", "1024"),
    "meta-bg-all-supers": ("-t", "ext2", "-O", "meta_bg,^resize_inode,^sparse_super", "-b", "1024",
                           "-g", "512"),
    "sparse-super2": ("-t", "ext4", "-O", "sparse_super2,meta_bg,^resize_inode", "-b", "1024"),
    "bigalloc": ("-t", "ext4", "-O", "bigalloc", "-C", "16384"),
}


def debugfs(image: Path, *commands: str) -> str:
    said = run("debugfs", "-w", "-f", "-", image, stdin="\n".join(commands) + "\n")
    wrong = [line for line in said.splitlines()[1:] if not line.startswith("debugfs: ")
             and "error" in line.lower()]
    assert not wrong, said
    return said


# Pieces of a file, with 64 KiB, 3 MiB and 20 MiB between them.
PIECES = {at: contents(str(at), 5000) for at in (0, 64 << 10, 3 * MIB, 23 * MIB)}


def with_holes() -> bytes:
    end = 0
    data = b""
    for at, piece in PIECES.items():
        data += bytes(at - end) + piece
        end = at + len(piece)
    return data


@pytest.fixture(scope="module")
def tree() -> Tree:
    return make_tree() | {"holes": with_holes()}


@pytest.fixture(scope="module")
def top(tree: Tree, tmp_path_factory: pytest.TempPathFactory) -> Path:
    top = tmp_path_factory.mktemp("ext") / "tree"
    write_tree(tree, top)
    with (top / "holes").open("wb") as file:
        for at, piece in PIECES.items():
            file.seek(at)
            file.write(piece)
    return top


def make_image(path: Path, top: Path, *options: str) -> Path:
    size = 256 * MIB if "65536" in options else 96 * MIB
    run("mke2fs", "-q", "-F", "-N", "4096", "-d", top, *options, sparse(path, size))
    return path


@pytest.mark.parametrize("variant", VARIANTS)
def test_tree(variant: str, tree: Tree, top: Path, tmp_path: Path) -> None:
    image = make_image(tmp_path / "image", top, "-L", "a label", *VARIANTS[variant])
    assert_same(read_image(image), tree)
    listing = lsfs(image).text
    uuid = run("blkid", "-p", "-o", "value", "-s", "UUID", image).strip()
    assert f'fs=ext4 label="a label" uuid={uuid}' in listing


# --- journals ------------------------------------------------------------------------------

JBD2_MAGIC = b"\xc0\x3b\x39\x98"

def block_size(image: Path) -> int:
    line = next(line for line in run("dumpe2fs", "-h", image).splitlines()
                if line.startswith("Block size"))
    return int(line.split()[-1])


def differing_blocks(a: Path, b: Path, size: int) -> list[int]:
    with a.open("rb") as old, b.open("rb") as new:
        return [block for block in range(a.stat().st_size // size)
                if old.read(size) != new.read(size)]


def blocks_of(image: Path, path: str) -> list[int]:
    said = run("debugfs", "-R", f"blocks {path}", image)
    return [int(block) for block in said.splitlines()[-1].split()]


def copy_blocks(source: Path, target: Path, blocks: list[int], size: int) -> None:
    with source.open("rb") as old, target.open("r+b") as new:
        for block in blocks:
            old.seek(block * size)
            new.seek(block * size)
            new.write(old.read(size))


class Journal:
    """Writes transactions into an image's journal, which is then as after a crash."""

    def __init__(self, image: Path, size: int, version: int) -> None:
        self.image, self.size = image, size
        self.commands = [f"jo -c -v {version}" if version else "jo"]

    def write(self, source: Path, blocks: list[int], options: str = "") -> None:
        """A transaction with these blocks as they are in `source`."""
        name = self.image.with_name(f"transaction-{len(self.commands)}")
        with source.open("rb") as old, name.open("wb") as data:
            for block in blocks:
                old.seek(block * self.size)
                data.write(old.read(self.size))
        self.commands.append(f"jw {options} -b {','.join(map(str, blocks))} {name}")

    def revoke(self, blocks: list[int]) -> None:
        self.commands.append(f"jw -r {','.join(map(str, blocks))}")

    def close(self) -> None:
        debugfs(self.image, *self.commands, "jc")


def change(image: Path, content: Path) -> None:
    """What the installation of a kernel does."""
    debugfs(image, "mkdir /boot", f"write {content} /boot/vmlinuz", "symlink /vmlinuz boot/vmlinuz",
            "rm /sizes/4096", "rm /many/file-00007-xxxxxxx", "ln /sizes/100 /many/hard",
            "rm /link-to-directory", *(f"mkdir /boot/new{i}" for i in range(100)))


def changed(tree: Tree, kernel: bytes) -> Tree:
    tree = {path: content for path, content in tree.items()
            if path not in ("sizes/4096", "many/file-00007-xxxxxxx", "link-to-directory")}
    return tree | {"boot": None, "boot/vmlinuz": kernel, "vmlinuz": "boot/vmlinuz",
                   "many/hard": tree["sizes/100"]} | {f"boot/new{i}": None for i in range(100)}


# What mke2fs is told, and the version of the journal's checksums, on which its tags' size
# depends.
JOURNALS = {
    "ext3": (("-t", "ext3", "-b", "4096"), 0),
    "64bit": (("-t", "ext4", "-b", "4096", "-O", "64bit,^metadata_csum"), 0),
    "csum-v2": (("-t", "ext4", "-b", "4096", "-O", "^64bit,metadata_csum"), 2),
    "64bit-csum-v2": (("-t", "ext4", "-b", "4096"), 2),
    "64bit-csum-v3": (("-t", "ext4", "-b", "4096"), 3),
    "small-blocks": (("-t", "ext4", "-b", "1024"), 3),
}


@pytest.mark.parametrize("kind, data", [
    *((kind, "ordered") for kind in JOURNALS), ("ext3", "journal"), ("64bit-csum-v3", "journal")])
def test_journal(kind: str, data: str, tree: Tree, top: Path, tmp_path: Path) -> None:
    """What was committed is found, what was not is not, a revoked copy is none; e2fsck, which
    writes all of it to its place, makes the same of it."""
    options, version = JOURNALS[kind]
    before = make_image(tmp_path / "before", top, *options, "-J", "size=16")
    size = block_size(before)
    after = shutil.copy(before, tmp_path / "after")
    content = tmp_path / "kernel"
    # Blocks that begin as the journal's own do are escaped there.
    kernel = JBD2_MAGIC + contents("kernel", MIB) + JBD2_MAGIC * 2000
    content.write_bytes(kernel)
    change(after, content)
    in_place = set(blocks_of(after, "/boot/vmlinuz")) if data == "ordered" else set()
    journaled = [block for block in differing_blocks(before, after, size)
                 if block not in in_place]
    image = shutil.copy(before, tmp_path / "image")
    copy_blocks(after, image, sorted(in_place), size)
    victims = blocks_of(before, "/sizes/65536")[:2]
    now = contents("what the revoked blocks have now", 2 * size)

    journal = Journal(image, size, version)
    journal.write(before, journaled[::2] + victims[1:])
    journal.write(before, victims[:1])
    journal.write(after, journaled)
    journal.revoke(victims)
    journal.write(before, journaled, "-c")
    journal.close()
    patch(image, victims[0] * size, now)
    wanted = changed(tree, kernel)
    wanted["sizes/65536"] = now + tree["sizes/65536"][2 * size:]

    assert_same(read_image(image), wanted)
    result = lsfs(image, "/vmlinuz")
    assert result.output == kernel
    assert result.messages.count("was not unmounted: read as its journal has it") == 1
    run("sh", "-c", f"e2fsck -fy -E journal_only {image} || [ $? = 1 ]")
    assert "unmounted" not in lsfs(image).messages
    assert_same(read_image(image), wanted)


def test_journal_is_needed(tree: Tree, top: Path, tmp_path: Path) -> None:
    """A transaction without its commit block changes nothing."""
    before = make_image(tmp_path / "before", top, "-t", "ext4", "-b", "4096")
    after = shutil.copy(before, tmp_path / "after")
    content = tmp_path / "kernel"
    content.write_bytes(b"kernel")
    change(after, content)
    journal = Journal(before, 4096, 3)
    journal.write(after, differing_blocks(before, after, 4096), "-c")
    journal.close()
    assert_same(read_image(before), tree)


def test_journal_elsewhere(tree: Tree, top: Path, tmp_path: Path) -> None:
    """An external journal is not looked for."""
    image = make_image(tmp_path / "image", top, "-t", "ext4")
    patch(image, SUPERBLOCK + 0x60, b"\xc6")  # needs_recovery
    patch(image, SUPERBLOCK + 0xe0, bytes(4))  # s_journal_inum
    assert "its journal is on another device" in lsfs(image).messages
    assert_same(read_image(image), tree)


# --- what is refused -----------------------------------------------------------------------

# Of the superblock, the inode, and a directory's entry.
INODES_PER_GROUP, INODE_SIZE, INCOMPAT = 0x28, 0x58, 0x60
I_BLOCK, REC_LEN, NAME_LEN = 0x28, 4, 6


@pytest.fixture
def small(tmp_path: Path) -> Path:
    write_tree({"": None, "file": contents("file", 20000), "directory": None,
                **{f"directory/{i:03}": b"" for i in range(60)}}, tmp_path / "tree")
    return make_image(tmp_path / "image", tmp_path / "tree", "-t", "ext4", "-b", "4096")


@pytest.mark.parametrize("offset, data, words", [
    (INCOMPAT + 3, b"\x80", ["features that are not known", "80000000"]),
    (INCOMPAT, b"\x08", ["a journal of another file system"]),
    (INODE_SIZE, b"\x03\x01", ["inode size"]),
    (INODES_PER_GROUP, bytes(4), ["numbers of blocks"]),
    (0, b"\xff\xff\xff\x7f", ["number of inodes"]),
    (0xfe, b"\x20\x00", ["descriptor size"]),
])
def test_superblock(offset: int, data: bytes, words: list[str], small: Path) -> None:
    patch(small, SUPERBLOCK + offset, data)
    assert_refused(lsfs(small, "/"), "ext4: block 0: ", *words)


@pytest.mark.parametrize("flags, word", [(0x80800, "encrypted"), (0x80204, "compressed")])
def test_unreadable_files(flags: int, word: str, small: Path) -> None:
    debugfs(small, f"sif /file flags {flags:#x}", f"sif /directory flags {flags:#x}")
    for path in "/file", "/directory/001":
        assert_refused(lsfs(small, path), "ext4: block ", f"the inode of a{'n' * (word[0] == 'e')} "
                       f"{word} file, which cannot be read")
    assert lsfs(small, "/").status == 0


def test_wish_for_compression(small: Path) -> None:
    """chattr +c has no effect on ext4."""
    debugfs(small, "sif /file flags 0x80004")
    assert lsfs(small, "/file").output == contents("file", 20000)


def inode_place(image: Path, path: str) -> int:
    found = re.search(r"at block (\d+), offset 0x(\w+)",
                      run("debugfs", "-R", f"imap {path}", image))
    assert found
    return int(found[1]) * block_size(image) + int(found[2], 16)


def test_damaged_files(small: Path) -> None:
    inode = inode_place(small, "/file")
    image = small.read_bytes()
    for offset, data, words in (
            (I_BLOCK, b"XX", "not a node of a file's extent tree"),
            (I_BLOCK + 2, b"\xff\xff", "not a node of a file's extent tree"),
            (I_BLOCK + 6, b"\x02\x00", "not in the file system"),
            (I_BLOCK + 12 + 8, b"\xff\xff\xff\x7f", "a block that is not in the file system"),
            (0, b"\0\0", "an inode that is not in use"),
            (0x6c, b"\xff\xff\xff\xff", "larger than the format allows")):
        patch(small, inode + offset, data)
        assert_refused(lsfs(small, "/file"), "ext4: block ", words)
        small.write_bytes(image)


@pytest.mark.parametrize("path, field, words", [
    ("/", "mode 0100644", "block 0: the root is not a directory"),
    ("/directory", "size 8192", "a directory with a hole"),
    ("/directory", "size 0x10000000", "a directory larger than the partition"),
    # The header of its extents taken for the first block of a block map.
    ("/file", "flags 0", "a block that is not in the file system"),
])
def test_damaged_inodes(path: str, field: str, words: str, small: Path) -> None:
    debugfs(small, f"sif {path} {field}")
    assert_refused(lsfs("-r", small, "/") if path == "/directory" else lsfs(small, path),
                   "ext4: block ", words)


def test_damaged_block_map(small: Path) -> None:
    debugfs(small, "sif /file flags 0", "sif /file size 60000",
            *(f"sif /file block[{i}] 0" for i in range(12)))
    block = inode_place(small, "/file") // 4096
    for tree, number in ("IND", 0x7FFFFFFF), ("IND", 0x1000000):
        debugfs(small, f"sif /file block[{tree}] {number}")
        assert_refused(lsfs(small, "/file"),
                       f"ext4: block {block}: it points to a block that is not in the file system")


def test_damaged_inline_data(tmp_path: Path) -> None:
    write_tree({"": None, "file": contents("file", 100)}, tmp_path / "tree")
    image = make_image(tmp_path / "image", tmp_path / "tree", *VARIANTS["inline-data"])
    inode = inode_place(image, "/file")
    attribute = image.read_bytes().index(b"data", inode) - 16   # its name is behind the rest
    patch(image, attribute + 8, b"\xff\x0f")   # the size of its value
    assert_refused(lsfs(image, "/file"), "ext4: block ", "inline data that is not in the inode")


def test_damaged_directory(small: Path) -> None:
    block = blocks_of(small, "/directory")[0]
    image = small.read_bytes()
    for offset, data in (REC_LEN, b"\x00\x00"), (REC_LEN, b"\xfc\xff"), (12 + NAME_LEN, b"\xff"):
        patch(small, block * 4096 + offset, data)
        assert_refused(lsfs(small, "/directory/059"),
                       f"ext4: block {block}: a directory entry of a wrong length")
        small.write_bytes(image)
    patch(small, block * 4096 + 24, b"\xff\xff\xff\xff")
    assert_refused(lsfs(small, "/directory"), f"ext4: block {block}: an inode number")


def test_damaged_journal(small: Path, tmp_path: Path) -> None:
    journal = blocks_of(small, "<8>")[0]
    patch(small, SUPERBLOCK + INCOMPAT, b"\xc6\x02")  # needs_recovery
    assert lsfs(small, "/file").status == 0, "a journal that is empty"
    for offset, data, words in ((0x1c, b"\xff", "numbers of blocks are wrong"),
                                (0, b"XX", "not the superblock of a journal")):
        patch(small, journal * 4096 + offset, data)
        result = lsfs(small, "/file")
        assert result.output == contents("file", 20000), "what is in its place"
        assert f"ext4: block {journal}: " in result.messages and words in result.messages
        assert result.messages.count("\n") == 1
