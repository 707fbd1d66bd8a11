# SPDX-License-Identifier: LGPL-3.0-or-later
"""Media made from the distribution's own boot loaders: GRUB, SYSLINUX, ISOLINUX.

Each function makes one image at the path it is given and returns that path. No
root is needed.
"""
from __future__ import annotations

import shutil
import struct
import subprocess
from pathlib import Path

SECTOR = 512
GRUB = Path("/usr/lib/grub/i386-pc")
ISOLINUX = Path("/usr/lib/ISOLINUX")
SYSLINUX = Path("/usr/lib/syslinux")
# Debian's package is of its own release.
INSTALLER = next(Path("/usr/lib/debian-installer/images").glob("*/amd64/text/*/amd64"),
                 Path("debian-installer-12-netboot-amd64"))

# SYSLINUX writes to the serial line itself too, and leaves its prompt by the tick.
SYSLINUX_CFG = "SERIAL 0\nPROMPT 1\n"
# Seen on any console: the machine starts again.
GRUB_CFG = "reboot\n"


def run(*command: str | Path) -> None:
    subprocess.run([str(word) for word in command], check=True, stdout=subprocess.DEVNULL,
                   stderr=subprocess.PIPE)


def blank(path: Path, size: int) -> Path:
    with path.open("wb") as file:
        file.truncate(size)
    return path


def overlay(path: Path, offset: int, data: bytes) -> None:
    with path.open("r+b") as file:
        file.seek(offset)
        file.write(data)


def mbr_table(start: int, count: int, block_type: int = 0x0C) -> bytes:
    """A partition table with one active partition, by LBA only, and the signature."""
    entry = struct.pack("<B3sB3sII", 0x80, b"\xfe\xff\xff", block_type, b"\xfe\xff\xff",
                        start, count)
    return entry + bytes(48) + b"\x55\xaa"


def cidata_vfat(path: Path) -> Path:
    """A cloud-init seed as cloud-localds makes it; its boot sector only says that
    it is none, and waits for a key."""
    run("mkfs.vfat", "-C", "-n", "CIDATA", path, "2048")
    return path


def cidata_mtools(path: Path) -> Path:
    """The same by mtools, whose boot sector loads the first sector of drive 80h."""
    blank(path, 2 << 20)
    run("mformat", "-i", path, "-v", "CIDATA", "-h", "16", "-s", "32", "-t", "8", "::")
    return path


def cidata_iso(path: Path) -> Path:
    tree = path.parent / "seed"
    tree.mkdir(exist_ok=True)
    (tree / "user-data").write_text("#cloud-config\n")
    run("xorriso", "-as", "mkisofs", "-V", "cidata", "-J", "-r", "-o", path, tree)
    return path


def syslinux_floppy(path: Path) -> Path:
    config = path.parent / "syslinux.cfg"
    config.write_text(SYSLINUX_CFG)
    blank(path, 1440 << 10)
    run("mformat", "-i", path, "-f", "1440", "::")
    run("syslinux", "--install", path)
    run("mcopy", "-i", path, config, "::")
    return path


def syslinux_disk(path: Path, start: int = 2048, heads: int = 255, track: int = 63) -> Path:
    """An MBR, and an active FAT16 partition that SYSLINUX boots."""
    size = 32 << 20
    config = path.parent / "syslinux.cfg"
    config.write_text(SYSLINUX_CFG)
    blank(path, size)
    overlay(path, 0, (SYSLINUX / "mbr/mbr.bin").read_bytes())
    count = size // SECTOR - start
    overlay(path, 446, mbr_table(start, count, 0x0E))
    where = f"{path}@@{start * SECTOR}"
    run("mformat", "-i", where, "-T", str(count), "-h", str(heads), "-s", str(track),
        "-H", str(start), "-c", "4", "::")
    run("syslinux", "--install", "--offset", str(start * SECTOR), path)
    run("mcopy", "-i", where, config, "::")
    return path


def grub_disk(path: Path, block_size: int = SECTOR) -> Path:
    """An MBR whose partition table counts in blocks of the given size, GRUB's core
    behind it, and a FAT partition with its configuration."""
    size, start = 32 << 20, 2 << 20
    config, core_file = path.parent / "grub.cfg", path.parent / "core.img"
    config.write_text(GRUB_CFG)
    run("grub-mkimage", "-O", "i386-pc", "-d", GRUB, "-p", "(,msdos1)/", "-o", core_file,
        "biosdisk", "part_msdos", "fat", "reboot", "normal")
    boot = bytearray((GRUB / "boot.img").read_bytes())
    core = bytearray(core_file.read_bytes())
    # GRUB counts in 512 bytes here, whatever the disk does: see scripts/diskimage.py
    first = 8
    struct.pack_into("<Q", boot, 0x5C, first)
    boot[0x66:0x68] = b"\x90\x90"
    struct.pack_into("<Q", core, 0x1F4, first + 1)
    blank(path, size)
    overlay(path, 0, bytes(boot[:446]) + mbr_table(start // block_size,
                                                   (size - start) // block_size))
    overlay(path, first * SECTOR, bytes(core))
    where = f"{path}@@{start}"
    run("mformat", "-i", where, "-T", str((size - start) // SECTOR), "-h", "16", "-s", "63",
        "-c", "4", "::")
    run("mcopy", "-i", where, config, "::")
    return path


def isolinux_installer(path: Path) -> Path:
    """Debian's installer, booted by ISOLINUX from a CD or, as a hybrid, from a disk."""
    tree = path.parent / "isolinux-tree"
    (tree / "isolinux").mkdir(parents=True)
    shutil.copy(ISOLINUX / "isolinux.bin", tree / "isolinux")
    shutil.copy(SYSLINUX / "modules/bios/ldlinux.c32", tree / "isolinux")
    for name in ("linux", "initrd.gz"):
        shutil.copy(INSTALLER / name, tree / "isolinux")
    (tree / "isolinux/isolinux.cfg").write_text(
        "SERIAL 0\nPROMPT 1\nTIMEOUT 10\nDEFAULT install\nLABEL install\n"
        "KERNEL linux\nAPPEND initrd=initrd.gz console=ttyS0 earlyprintk=ttyS0\n")
    run("xorriso", "-as", "mkisofs", "-o", path, "-b", "isolinux/isolinux.bin",
        "-c", "isolinux/boot.cat", "-no-emul-boot", "-boot-load-size", "4",
        "-boot-info-table", "-isohybrid-mbr", ISOLINUX / "isohdpfx.bin", tree)
    shutil.rmtree(tree)
    return path


def grub_installer(path: Path) -> Path:
    """The same by grub-mkrescue."""
    tree = path.parent / "grub-tree"
    (tree / "boot/grub").mkdir(parents=True)
    for name in ("linux", "initrd.gz"):
        shutil.copy(INSTALLER / name, tree / "boot")
    (tree / "boot/grub/grub.cfg").write_text(
        "linux /boot/linux console=ttyS0 earlyprintk=ttyS0\ninitrd /boot/initrd.gz\nboot\n")
    run("grub-mkrescue", "-d", GRUB, "-o", path, tree)
    shutil.rmtree(tree)
    return path


def iso(path: Path, tree: dict[str, Path], *options: str) -> Path:
    """An ISO 9660 image of some files, with options of mkisofs."""
    root = path.parent / (path.name + "-tree")
    root.mkdir()
    for name, source in tree.items():
        shutil.copy(source, root / name)
    run("xorriso", "-as", "mkisofs", "-o", path, *options, root)
    shutil.rmtree(root)
    return path
