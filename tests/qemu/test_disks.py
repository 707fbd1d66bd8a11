# SPDX-License-Identifier: LGPL-3.0-or-later
"""Disks of every kind that QEMU can attach: sizes, block sizes, queues, write
protection, durability, geometry."""
from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

import media
from harness import GUESTS, PASSED, Drive, Machine, finish_guest, run_guest

SCSI = ["-device", "virtio-scsi-device,id=scsi"]
TIB = 1 << 40
MIB = 1 << 20


def attach(image: Path, bus: str, blocks: int = 512, options: str = "") -> list[str]:
    """Arguments for a disk that is written for good."""
    device = "virtio-blk-device" if bus == "blk" else "scsi-hd,bus=scsi.0"
    controller = [] if bus == "blk" else SCSI
    return [*controller, "-drive", f"if=none,id=d,format=raw,file={image}",
            "-device", f"{device},drive=d,logical_block_size={blocks},"
                       f"physical_block_size={blocks}{options}"]


def large(path: Path, program: str, size: int) -> Path:
    """A sparse image that begins with a boot program's."""
    shutil.copy(GUESTS / f"{program}.img", path)
    with path.open("r+b") as file:
        file.truncate(size)
    return path


@pytest.mark.parametrize("bus", ["blk", "scsi"])
@pytest.mark.parametrize("blocks", [512, 4096])
@pytest.mark.parametrize("size", [64 * MIB, 3 * TIB], ids=["64M", "3T"])
def test_last_block(tmp_path: Path, bus: str, blocks: int, size: int) -> None:
    """Read and written; QEMU is killed as soon as INT 13h has returned."""
    image = large(tmp_path / "disk", "last_block", size)
    with Machine(f"last-{bus}-{blocks}-{size}", args=attach(image, bus, blocks)) as machine:
        machine.expect_result("^ready: written")
        assert machine.process
        machine.process.kill()
        machine.process.wait()
        results = machine.results()
    assert "FAIL" not in results, results
    with image.open("rb") as file:
        file.seek(size - blocks)
        assert file.read() == b"\xa7" * blocks


@pytest.mark.parametrize("options", [
    "queue-size=4", "queue-size=4,indirect_desc=off", "queue-size=8,indirect_desc=off",
    "queue-size=1024", "queue-size=1024,indirect_desc=off", "num-queues=4"])
@pytest.mark.parametrize("modern", [False, True], ids=["legacy", "modern"])
def test_queues(options: str, modern: bool) -> None:
    drive = ["-drive", f"if=none,id=d,format=raw,snapshot=on,file={GUESTS / 'int13.img'}",
             "-device", f"virtio-blk-device,drive=d,{options}"]
    with Machine(f"queue-{options}-{modern}", args=drive, modern=modern) as machine:
        finish_guest(machine)


@pytest.mark.parametrize("options", ["virtqueue_size=4", "virtqueue_size=1024", "num_queues=4",
                                     "max_sectors=8", "indirect_desc=off"])
def test_scsi_controllers(options: str) -> None:
    args = ["-device", f"virtio-scsi-device,id=scsi,{options}",
            "-drive", f"if=none,id=d,format=raw,snapshot=on,file={GUESTS / 'int13.img'}",
            "-device", "scsi-hd,bus=scsi.0,drive=d"]
    with Machine(f"scsi-{options}", args=args) as machine:
        finish_guest(machine)


def test_int13_on_scsi() -> None:
    args = [*SCSI, "-drive", f"if=none,id=d,format=raw,snapshot=on,file={GUESTS / 'int13.img'}",
            "-device", "scsi-hd,bus=scsi.0,drive=d"]
    with Machine("int13-scsi", args=args, modern=True) as machine:
        finish_guest(machine)


def test_diskette() -> None:
    """A disk of a diskette's size is drive 00h."""
    machine = run_guest("diskette", "diskette")
    assert "drive: 00000000\n" in machine.results()


def test_diskette_from_cd(tmp_path: Path) -> None:
    """The same image as El Torito emulates it."""
    cd = media.iso(tmp_path / "cd.iso", {"f.img": GUESTS / "diskette.img"}, "-b", "f.img",
                   "-c", "boot.cat")
    args = [*SCSI, "-drive", f"if=none,id=c,format=raw,media=cdrom,file={cd}",
            "-device", "scsi-cd,bus=scsi.0,drive=c"]
    with Machine("diskette-cd", args=args) as machine:
        finish_guest(machine)
        assert "emulated: 1" in machine.results()


@pytest.mark.parametrize("size", [512, 1024, 512 + 100, 368640 - 300, 368640 + 40])
def test_odd_sizes(tmp_path: Path, size: int) -> None:
    """A bare boot sector, tails that fill no sector, images a little too long."""
    image = tmp_path / "image"
    image.write_bytes((GUESTS / "hello.img").read_bytes()[:512].ljust(size, b"\0")[:size])
    with Machine(f"size-{size}", [Drive(image)]) as machine:
        assert machine.wait_exit() == PASSED


@pytest.mark.parametrize("bus", ["blk", "scsi"])
def test_geometry_of_the_user(bus: str) -> None:
    """lcyls= and its sisters come by fw_cfg's bios-geometry."""
    image = GUESTS / "int13.img"
    controller, device = ([], "virtio-blk-device") if bus == "blk" else (SCSI, "scsi-hd")
    args = [*controller, "-drive", f"if=none,id=d,format=raw,snapshot=on,file={image}",
            "-device", f"{device},drive=d,lcyls=39,lheads=16,lsecs=32"]
    with Machine(f"lchs-{bus}", args=args) as machine:
        finish_guest(machine)
        assert "geometry: 39 cylinders, 16 heads, 32 sectors" in machine.results()


def test_qcow2_is_flushed(tmp_path: Path) -> None:
    """Not only the data: what makes them part of the image, too."""
    raw, image = tmp_path / "raw", tmp_path / "image.qcow2"
    large(raw, "last_block", 64 * MIB)
    subprocess.run(["qemu-img", "convert", "-O", "qcow2", raw, image], check=True)
    args = ["-drive", f"if=none,id=d,format=qcow2,file={image}",
            "-device", "virtio-blk-device,drive=d"]
    with Machine("qcow2-flushed", args=args) as machine:
        machine.expect_result("^ready: written")
        assert machine.process
        machine.process.kill()
        machine.process.wait()
    subprocess.run(["qemu-img", "convert", "-O", "raw", image, raw], check=True)
    assert raw.read_bytes()[-512:] == b"\xa7" * 512
