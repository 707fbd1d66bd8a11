# SPDX-License-Identifier: LGPL-3.0-or-later
"""Bootable disk images, made as files: no root, no loop device, no mount.

Shared by scripts/demo-disk and tests/image/build-cloud-image: a GPT, an ext4
file system filled from a directory, GRUB for i386-pc in a BIOS boot
partition, the distribution's kernel package, and the cache of finished images.
"""

import hashlib
import os
import re
import shutil
import struct
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

SECTOR = 512
GRUB_MODULES = Path("/usr/lib/grub/i386-pc")
TYPE_BIOS_BOOT = "21686148-6449-6E6F-744E-656564454649"
TYPE_EFI = "C12A7328-F81F-11D2-BA4B-00A0C93EC93B"
TYPE_LINUX_ROOT = "4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709"  # x86-64


class ImageError(Exception):
    """What went wrong, in one line for the user."""


def run(*command: str | Path, **options: object) -> str:
    """Runs a command, returns its output; a failure shows what it said."""
    words = [str(word) for word in command]
    try:
        done = subprocess.run(words, check=True, text=True, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, **options)  # type: ignore[call-overload]
    except FileNotFoundError:
        raise ImageError(f"{words[0]} is not installed; scripts/setup installs it") from None
    except subprocess.CalledProcessError as error:
        said = (error.stderr or error.stdout).strip()
        raise ImageError(f"{words[0]} failed: {said or error.returncode}") from None
    return done.stdout


def tool(*names: str) -> str:
    """The first of these programs that exists; sbin is not in every user's PATH."""
    path = os.environ.get("PATH", os.defpath) + ":/usr/sbin:/sbin"
    for name in names:
        found = shutil.which(name, path=path)
        if found:
            return found
    raise ImageError(f"{names[0]} is not installed; scripts/setup installs it")


def main(build: object) -> None:
    """Calls build() and turns an ImageError into one line and a status."""
    try:
        build()  # type: ignore[operator]
    except ImageError as error:
        sys.exit(f"{Path(sys.argv[0]).name}: {error}")


# --- the cache -------------------------------------------------------------

def cache_key(*parts: str) -> str:
    """A key for what an image is made from: the scripts, and `parts`."""
    digest = hashlib.sha256()
    for source in (Path(__file__), Path(sys.argv[0])):
        digest.update(source.read_bytes())
    for part in parts:
        digest.update(part.encode() + b"\0")
    return digest.hexdigest()


def reuse(image: Path, key: str) -> bool:
    """Whether the image is there and current; it then looks new to make, too."""
    stamp = image.with_suffix(".key")
    if not (image.exists() and stamp.exists() and stamp.read_text() == key):
        return False
    image.touch()
    return True


def finish(work: Path, image: Path, key: str) -> None:
    """Moves a finished image to its place, so that no half-made one is ever there."""
    os.replace(work, image)
    image.with_suffix(".key").write_text(key)


# --- partitions and file systems -------------------------------------------

@dataclass(frozen=True)
class Partition:
    number: int
    start: int    # in sectors
    sectors: int
    type: str
    uuid: str

    @property
    def offset(self) -> int:
        return self.start * SECTOR


def make_gpt(image: Path, size: int, partitions: list[Partition]) -> None:
    """Makes a sparse image of `size` bytes with these partitions."""
    with open(image, "wb") as disk:
        disk.truncate(size)
    lines = ["label: gpt"]
    for part in partitions:
        lines.append(f"{image}{part.number} : start={part.start}, size={part.sectors}, "
                     f"type={part.type}, uuid={part.uuid}")
    run(tool("sfdisk"), "--quiet", image, input="\n".join(lines) + "\n")


def make_ext4(image: Path, part: Partition, tree: Path, label: str) -> None:
    """Makes an ext4 file system in a partition, with what is in `tree`.

    Without metadata_csum_seed: GRUB before 2.12 refuses to read it.
    """
    run(tool("mke2fs"), "-q", "-F", "-t", "ext4", "-b", "4096", "-L", label,
        "-O", "^metadata_csum_seed", "-E", f"offset={part.offset},root_owner=0:0",
        "-d", tree, image, f"{part.sectors * SECTOR // 1024}k")


# --- GRUB ------------------------------------------------------------------

def copy_grub_modules(tree: Path) -> None:
    """Puts GRUB's modules where its core image looks for them."""
    if not GRUB_MODULES.is_dir():
        raise ImageError(f"no GRUB for i386-pc in {GRUB_MODULES}; scripts/setup installs it")
    target = tree / "boot/grub/i386-pc"
    target.mkdir(parents=True)
    for pattern in ("*.mod", "*.lst"):
        for module in GRUB_MODULES.glob(pattern):
            shutil.copy(module, target)


def install_grub(image: Path, embed: Partition, root: Partition, work: Path) -> None:
    """Writes GRUB's boot.img to the MBR and its core.img to the BIOS boot partition.

    grub-install and grub-bios-setup insist on block devices, and so on root.
    All that they would patch is three values, at the places which GRUB's own
    grub/i386/pc/boot.h and grub/offsets.h give them:
      boot.img 0x5C   8 bytes: the sector where core.img starts
      boot.img 0x66   a jump over the code that distrusts DL; grub-install makes
                      it two NOPs on a hard disk, for BIOSes that pass a wrong DL
      core.img 0x1F4  8 bytes: the sector where the rest of core.img starts
    """
    core_file = work / "core.img"
    run(tool("grub-mkimage", "grub2-mkimage"), "-O", "i386-pc", "-d", GRUB_MODULES,
        "-p", f"(,gpt{root.number})/boot/grub", "-o", core_file, "biosdisk", "part_gpt", "ext2")
    boot = bytearray((GRUB_MODULES / "boot.img").read_bytes())
    core = bytearray(core_file.read_bytes())
    if len(core) > embed.sectors * SECTOR:
        raise ImageError("GRUB's core image does not fit in the BIOS boot partition")
    struct.pack_into("<Q", boot, 0x5C, embed.start)
    boot[0x66:0x68] = b"\x90\x90"
    struct.pack_into("<Q", core, 0x1F4, embed.start + 1)
    with open(image, "r+b") as disk:
        disk.write(boot[:440])    # the rest of the sector is the protective MBR
        disk.seek(embed.offset)
        disk.write(core)


def tsc_khz() -> int:
    """The rate of this host's TSC, as well as it can be known without a driver.

    It is for Linux's tsc_early_khz=: under TCG with acpi=on, Linux hangs after
    "tsc: Unable to calibrate against PIT". The ACPI tables say that the
    machine is hardware-reduced, so Linux uses no PIT, and TCG has no kvmclock
    to ask. A wrong rate does no more than make the guest's clock run fast or
    slow; TCG's TSC is the host's.
    """
    base = Path("/sys/devices/system/cpu/cpu0/cpufreq/base_frequency")
    if base.exists():
        return int(base.read_text())
    if not base.parent.exists():    # no frequency scaling: MHz is the TSC's
        found = re.search(r"^cpu MHz\s*:\s*([\d.]+)", Path("/proc/cpuinfo").read_text(), re.M)
        if found:
            return round(float(found[1]) * 1000)
    return 2000000


# --- the distribution's kernel ---------------------------------------------

def os_ids() -> list[str]:
    """What distribution this is: its ID, then those that it is like."""
    text = Path("/etc/os-release").read_text()
    ids: list[str] = []
    for key in ("ID", "ID_LIKE"):
        found = re.search(rf'^{key}="?([^"\n]*)', text, re.M)
        ids += found[1].split() if found else []
    return ids


def apt_dependency(package: str, pattern: str) -> str | None:
    """The first dependency of an apt package that matches."""
    text = run("apt-cache", "depends", "--important", package)
    found = re.search(rf"^\s*(?:Pre)?Depends: ({pattern})$", text, re.M)
    return found[1] if found else None


def kernel_meta_package() -> str:
    return "linux-image-virtual" if "ubuntu" in os_ids() else "linux-image-cloud-amd64"


def apt_kernel_packages() -> list[str]:
    """The packages, as name=version, that hold the kernel and its modules."""
    meta = kernel_meta_package()
    image = apt_dependency(meta, r"linux-image-\d\S*")
    if not image:
        raise ImageError(f"apt knows no {meta}; run apt-get update")
    modules = apt_dependency(image, r"linux-modules-\d\S*")    # Ubuntu keeps them apart
    packages = []
    for name in filter(None, (image, modules)):
        found = re.search(r"Candidate: (\S+)", run("apt-cache", "policy", name))
        packages.append(f"{name}={found[1]}" if found else name)
    return packages
