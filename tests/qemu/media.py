# SPDX-License-Identifier: LGPL-3.0-or-later
"""Media made from the distribution's own boot loaders: GRUB, SYSLINUX, ISOLINUX.

Each function makes one image at the path it is given and returns that path. No
root is needed.
"""
from __future__ import annotations

import platform
import shutil
import struct
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

SECTOR = 512
GRUB = Path("/usr/lib/grub/i386-pc")
ISOLINUX = Path("/usr/lib/ISOLINUX")
SYSLINUX = Path("/usr/lib/syslinux")
# Debian's package is of its own release; other distributions have none.
INSTALLERS = Path("/usr/lib/debian-installer/images")

# SYSLINUX writes to the serial line itself too, and leaves its prompt by the tick.
SYSLINUX_CFG = "SERIAL 0\nPROMPT 1\n"
# Seen on any console: the machine starts again.
GRUB_CFG = "reboot\n"
# Menus whose second entry is a boot sector, SECOND_SECTOR in the same directory.
SECOND_SECTOR = "second.bs"
GRUB_MENU = f"""terminal_input console
terminal_output console
menuentry "The first entry" {{ reboot }}
menuentry "The second entry" {{ chainloader (hd0,msdos1)/{SECOND_SECTOR} }}
"""
SYSLINUX_MENU = f"""MENU TITLE Petrel's test menu
LABEL first
MENU LABEL The first entry
COM32 reboot.c32
LABEL second
MENU LABEL The second entry
BOOT {SECOND_SECTOR}
"""


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


def written(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


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


def first_sector(path: Path, of: Path) -> Path:
    path.write_bytes(of.read_bytes()[:SECTOR])
    return path


def syslinux_floppy(path: Path, config: str = SYSLINUX_CFG, files: Sequence[Path] = ()) -> Path:
    config_file = path.parent / "syslinux.cfg"
    config_file.write_text(config)
    blank(path, 1440 << 10)
    run("mformat", "-i", path, "-f", "1440", "::")
    run("syslinux", "--install", path)
    run("mcopy", "-i", path, config_file, *files, "::")
    return path


def syslinux_menu(path: Path, menu: str, second: Path) -> Path:
    """SYSLINUX with menu.c32 or vesamenu.c32, and the first sector of `second`."""
    modules = [SYSLINUX / "modules/bios" / f"{name}.c32"
               for name in (menu, "libutil", "libcom32", "reboot")]
    sector = first_sector(path.parent / SECOND_SECTOR, second)
    return syslinux_floppy(path, f"UI {menu}.c32\n{SYSLINUX_MENU}", [*modules, sector])


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


def grub_disk(path: Path, block_size: int = SECTOR, config: str = GRUB_CFG,
              modules: Sequence[str] = (), files: Sequence[Path] = ()) -> Path:
    """An MBR whose partition table counts in blocks of the given size, GRUB's core
    behind it, and a FAT partition with its configuration."""
    size, start = 32 << 20, 2 << 20
    config_file, core_file = path.parent / "grub.cfg", path.parent / "core.img"
    config_file.write_text(config)
    run("grub-mkimage", "-O", "i386-pc", "-d", GRUB, "-p", "(,msdos1)/", "-o", core_file,
        "biosdisk", "part_msdos", "fat", "reboot", "normal", *modules)
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
    run("mcopy", "-i", where, config_file, *files, "::")
    return path


def grub_menu(path: Path, second: Path) -> Path:
    """GRUB's menu on the BIOS's console, and the first sector of `second`."""
    sector = first_sector(path.parent / SECOND_SECTOR, second)
    return grub_disk(path, config=GRUB_MENU, modules=["terminal", "chain", "minicmd"],
                     files=[sector])


def isolinux_installer(path: Path) -> Path:
    """Debian's installer, booted by ISOLINUX from a CD or, as a hybrid, from a disk."""
    tree = path.parent / "isolinux-tree"
    (tree / "isolinux").mkdir(parents=True)
    shutil.copy(ISOLINUX / "isolinux.bin", tree / "isolinux")
    shutil.copy(SYSLINUX / "modules/bios/ldlinux.c32", tree / "isolinux")
    for name in ("linux", "initrd.gz"):
        shutil.copy(installer() / name, tree / "isolinux")
    (tree / "isolinux/isolinux.cfg").write_text(
        "SERIAL 0\nPROMPT 1\nTIMEOUT 10\nDEFAULT install\nLABEL install\n"
        "KERNEL linux\nAPPEND initrd=initrd.gz console=ttyS0 earlyprintk=ttyS0\n")
    run("xorriso", "-as", "mkisofs", "-o", path, "-b", "isolinux/isolinux.bin",
        "-c", "isolinux/boot.cat", "-no-emul-boot", "-boot-load-size", "4",
        "-boot-info-table", "-isohybrid-mbr", ISOLINUX / "isohdpfx.bin", tree)
    shutil.rmtree(tree)
    return path


def isolinux_cd(path: Path, start: Path) -> Path:
    """A CD without an MBR, whose ISOLINUX starts the first sector of a boot program."""
    config = path.parent / "isolinux.cfg"
    config.write_text("SERIAL 0\nDEFAULT start\nLABEL start\nBOOT start.bs\n")
    sector = first_sector(path.parent / "start.bs", start)
    return iso(path, {"isolinux.bin": ISOLINUX / "isolinux.bin", "isolinux.cfg": config,
                      "ldlinux.c32": SYSLINUX / "modules/bios/ldlinux.c32", "start.bs": sector},
               "-b", "isolinux.bin", "-c", "boot.cat", "-no-emul-boot", "-boot-load-size", "4",
               "-boot-info-table")


def isolinux_stick(path: Path, second: Path) -> Path:
    """A CD that is a disk as well (isohybrid), whose ISOLINUX waits at its prompt; "second"
    is the first sector of a boot program."""
    config = path.parent / "isolinux.cfg"
    config.write_text(f"PROMPT 1\nLABEL second\nBOOT {SECOND_SECTOR}\n")
    sector = first_sector(path.parent / SECOND_SECTOR, second)
    return iso(path, {"isolinux.bin": ISOLINUX / "isolinux.bin", "isolinux.cfg": config,
                      "ldlinux.c32": SYSLINUX / "modules/bios/ldlinux.c32",
                      SECOND_SECTOR: sector},
               "-b", "isolinux.bin", "-c", "boot.cat", "-no-emul-boot", "-boot-load-size", "4",
               "-boot-info-table", "-isohybrid-mbr", ISOLINUX / "isohdpfx.bin")


def grub_installer(path: Path) -> Path:
    """The same by grub-mkrescue."""
    tree = path.parent / "grub-tree"
    (tree / "boot/grub").mkdir(parents=True)
    for name in ("linux", "initrd.gz"):
        shutil.copy(installer() / name, tree / "boot")
    (tree / "boot/grub/grub.cfg").write_text(
        "linux /boot/linux console=ttyS0 earlyprintk=ttyS0\ninitrd /boot/initrd.gz\nboot\n")
    run("grub-mkrescue", "-d", GRUB, "-o", path, tree)
    shutil.rmtree(tree)
    return path


def iso(path: Path, tree: dict[str, Path], *options: str | Path) -> Path:
    """An ISO 9660 image of some files, with options of mkisofs."""
    root = path.parent / (path.name + "-tree")
    root.mkdir()
    for name, source in tree.items():
        shutil.copy(source, root / name)
    run("xorriso", "-as", "mkisofs", "-o", path, *options, root)
    shutil.rmtree(root)
    return path


def installer() -> Path:
    """Where Debian's installer is, with its kernel and boot screens."""
    found = list(INSTALLERS.glob("*/amd64/text/*/amd64"))
    if not found and platform.freedesktop_os_release()["ID"] != "debian":
        pytest.skip("Debian's installer is a package of Debian only: debian-installer-netboot")
    assert found, "the package debian-installer-12-netboot-amd64 is missing"
    return found[0]


def installer_menu(path: Path) -> Path:
    """Debian's installer with the boot menu that it comes with, on a CD."""
    root = path.parent / "installer-menu-tree"
    home = root / "debian-installer/amd64"
    home.mkdir(parents=True)
    shutil.copytree(installer() / "boot-screens", home / "boot-screens")
    for name in ("linux", "initrd.gz"):
        shutil.copy(installer() / name, home)
    shutil.copy(installer() / "boot-screens/syslinux.cfg", root / "isolinux.cfg")
    shutil.copy(installer() / "boot-screens/ldlinux.c32", root)
    shutil.copy(ISOLINUX / "isolinux.bin", root)
    run("xorriso", "-as", "mkisofs", "-r", "-o", path, "-b", "isolinux.bin", "-c", "boot.cat",
        "-no-emul-boot", "-boot-load-size", "4", "-boot-info-table", root)
    shutil.rmtree(root)
    return path
