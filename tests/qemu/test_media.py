# SPDX-License-Identifier: LGPL-3.0-or-later
"""Real boot loaders and media, each from the buses that it can be on."""
from __future__ import annotations

from pathlib import Path

import pytest

import media
from harness import BUILD, GUESTS, PASSED, Drive, Machine

SCSI = ["-device", "virtio-scsi-device,id=scsi"]
# Once from SYSLINUX and once from INT 10h, letter by letter.
SYSLINUX = r"S+Y+S+L+I+N+U+X+ +6+[\s\S]*b+o+t+:"
ISOLINUX = "I+S+O+L+I+N+U+X+ +6+"
KERNEL = "Linux version"
DEMO = BUILD / "images/demo.img"


def scsi(image: Path, device: str = "scsi-hd") -> list[str]:
    """Arguments for a drive on a controller of its own."""
    media_type = ",media=cdrom" if device == "scsi-cd" else ",snapshot=on"
    return SCSI + ["-drive", f"if=none,id=scsi0,format=raw,file={image}{media_type}",
                   "-device", f"{device},bus=scsi.0,drive=scsi0"]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("media")


@pytest.mark.parametrize("blocks", [512, 4096])
def test_grub_on_disk(made: Path, blocks: int) -> None:
    """GRUB's first stages read 512 bytes whatever the blocks, its core asks; the
    partition table counts in blocks."""
    image = media.grub_disk(made / f"grub-{blocks}.img", blocks)
    options = {"logical_block_size": blocks, "physical_block_size": blocks}
    with Machine(f"grub-{blocks}", [Drive(image, options=options)]) as machine:
        machine.expect("GRUB loading")
        machine.expect("Petrel")    # its configuration is: reboot


@pytest.mark.parametrize("heads,track", [(255, 63), (64, 32)])
def test_syslinux_on_partition(made: Path, heads: int, track: int) -> None:
    image = media.syslinux_disk(made / f"syslinux-{heads}.img", 2048, heads, track)
    with Machine(f"syslinux-disk-{heads}", args=scsi(image)) as machine:
        machine.expect(SYSLINUX)


def test_syslinux_on_diskette(made: Path) -> None:
    image = media.syslinux_floppy(made / "floppy.img")
    with Machine("syslinux-floppy", [Drive(image)]) as machine:
        machine.expect(SYSLINUX)


@pytest.mark.parametrize("kind", ["diskette", "hard disk"])
def test_syslinux_emulated_from_cd(made: Path, kind: str) -> None:
    """El Torito shows an image on the CD as a drive."""
    if kind == "diskette":
        inner, options = media.syslinux_floppy(made / "inner.img"), []
    else:
        inner, options = media.syslinux_disk(made / "inner-hd.img"), ["-hard-disk-boot"]
    image = media.iso(made / f"{kind[:4]}.iso", {"boot.img": inner}, "-b", "boot.img",
                      "-c", "boot.cat", *options)
    with Machine(f"cd-emulates-{kind}", args=scsi(image, "scsi-cd")) as machine:
        machine.expect(SYSLINUX)


@pytest.fixture(scope="module")
def isolinux(made: Path) -> Path:
    return media.isolinux_installer(made / "isolinux.iso")


@pytest.fixture(scope="module")
def grub(made: Path) -> Path:
    return media.grub_installer(made / "grub.iso")


@pytest.mark.parametrize("blocks", [512, 2048])
def test_isolinux_cd_on_disk(made: Path, blocks: int) -> None:
    """The image of a CD on a virtio disk is drive E0h to the ISOLINUX on it, though there is
    a CD drive with another disc."""
    image = media.isolinux_cd(made / f"cd-{blocks}.iso", GUESTS / "hello.img")
    other = media.cidata_iso(made / f"other-{blocks}.iso")
    drive = Drive(image, options={"logical_block_size": blocks, "physical_block_size": blocks})
    with Machine(f"isolinux-on-disk-{blocks}", [drive], args=scsi(other, "scsi-cd")) as machine:
        machine.expect(ISOLINUX)
        machine.expect("hello, console")
        assert machine.wait_exit() == PASSED


@pytest.mark.parametrize("bus", ["scsi-cd", "scsi-hd", "virtio-blk"])
def test_isolinux_installer(isolinux: Path, bus: str) -> None:
    drives = [Drive(isolinux)] if bus == "virtio-blk" else []
    args = [] if drives else scsi(isolinux, bus)
    with Machine(f"isolinux-{bus}", drives, args=args, memory="1G") as machine:
        machine.expect(ISOLINUX)
        machine.expect(KERNEL)


@pytest.mark.parametrize("bus", ["scsi-cd", "scsi-hd", "virtio-blk"])
def test_grub_installer(grub: Path, bus: str) -> None:
    drives = [Drive(grub)] if bus == "virtio-blk" else []
    args = [] if drives else scsi(grub, bus)
    with Machine(f"grub-iso-{bus}", drives, args=args, memory="1G") as machine:
        machine.expect(KERNEL)


@pytest.fixture(scope="module")
def demo() -> Path:
    """The disk of a whole system, which a bare pytest does not build."""
    assert DEMO.exists(), f"no demo disk: run make {DEMO}, or the tests by make check-qemu"
    return DEMO


@pytest.mark.parametrize("seed", ["cidata_vfat", "cidata_mtools", "cidata_iso"])
@pytest.mark.parametrize("first", ["os", "seed"])
def test_seed_disk(made: Path, demo: Path, seed: str, first: str) -> None:
    """A disk of data, in front of or behind the disk with the system."""
    image = made / f"{seed}-{first}"
    getattr(media, seed)(image)
    drives = [Drive(demo), Drive(image)]
    with Machine(f"seed-{seed}-{first}", drives if first == "os" else drives[::-1],
                 memory="512M") as machine:
        machine.expect(KERNEL)


def test_demo_on_scsi(demo: Path) -> None:
    with Machine("demo-scsi", args=scsi(demo), memory="512M") as machine:
        machine.expect(KERNEL)
