# SPDX-License-Identifier: LGPL-3.0-or-later
"""Disks on NVMe controllers: namespaces, block sizes, boot order, errors, and a program that
takes the controller over in the middle."""
from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest

import media
from harness import GUESTS, PASSED, Drive, Machine, finish_guest, run_guest
from test_disks import MIB, TIB, large

PCIE = {"pcie": "on"}
HELLO = GUESTS / "hello.img"


def nvme(image: Path, **options: Any) -> Drive:
    """A controller with one namespace."""
    return Drive(image, "nvme", options={"serial": "S1", **options})


def namespace(image: Path, bus: str, **options: Any) -> Drive:
    return Drive(image, "nvme-ns", options={"bus": bus, **options})


def blocks(size: int) -> dict[str, int]:
    return {"logical_block_size": size, "physical_block_size": size}


def test_int13() -> None:
    machine = run_guest("nvme-int13", "int13", drives=[nvme(GUESTS / "int13.img")], machine=PCIE)
    assert "nvme 00:01.0 ns 1: 20001 blocks of 512 bytes" in machine.debug_log()


@pytest.mark.parametrize("size,length", [(512, 64 * MIB), (4096, 3 * TIB)])
def test_last_block(tmp_path: Path, size: int, length: int) -> None:
    """Read and written, in an image with tables of its own, which must be written, too; QEMU is
    killed as soon as INT 13h has returned."""
    raw, image = large(tmp_path / "raw", "last_block", length), tmp_path / "image.qcow2"
    subprocess.run(["qemu-img", "convert", "-O", "qcow2", raw, image], check=True)
    args = ["-drive", f"if=none,id=d,format=qcow2,file={image}", "-device",
            f"nvme,drive=d,serial=1,logical_block_size={size},physical_block_size={size}"]
    with Machine(f"nvme-last-{size}", args=args, machine=PCIE) as machine:
        machine.expect_result("^ready: written")
        assert machine.process
        machine.process.kill()
        machine.process.wait()
        assert "FAIL" not in machine.results(), machine.results()
    block = subprocess.run(
        ["qemu-io", "-r", "-c", f"read -P 0xa7 {length - size} {size}", image],
        capture_output=True, text=True, check=True).stdout
    assert "verification failed" not in block and f"read {size}/{size}" in block, block


def test_namespaces(tmp_path: Path) -> None:
    """GRUB from the first namespace of 512 bytes, beside one of 4096; those that are not
    supported are said, and harm nobody. The menu has model and serial number."""
    grub = media.grub_disk(tmp_path / "grub.img", 512)
    data = media.blank(tmp_path / "data.img", MIB)
    buses = ["-device", "nvme,id=nvme,serial=Serial7,mdts=1"]
    drives = [namespace(grub, "nvme", nsid=3), namespace(data, "nvme", nsid=7, **blocks(4096)),
              namespace(data, "nvme", nsid=9, ms=8)]
    with Machine("nvme-namespaces", drives, machine=PCIE, buses=buses,
                 args=["-boot", "menu=on,splash-time=60000"]) as machine:
        machine.expect("ns 9: blocks with metadata are not supported")
        machine.expect("^Press ESC for the boot menu")
        machine.send(b"\x1b")
        machine.expect("1  nvme 00:01.0 ns 3  QEMU NVMe Ctrl +Serial7, ")
        machine.send(b"\x1b")
        machine.expect("GRUB loading")
        machine.expect("Petrel")    # its configuration is: reboot
        log = machine.debug_log()
    assert "nvme 00:01.0 ns 7: 256 blocks of 4096 bytes" in log
    assert "nvme 00:01.0 ns 3: booting as drive 80h" in log


def test_grub_on_4096(tmp_path: Path) -> None:
    image = media.grub_disk(tmp_path / "grub.img", 4096)
    with Machine("nvme-grub-4096", [nvme(image, **blocks(4096))], machine=PCIE) as machine:
        machine.expect("GRUB loading")
        machine.expect("Petrel")


def test_bootindex() -> None:
    """By QEMU's path for a controller with a drive, and by what it makes of a namespace's."""
    other = GUESTS / "ioerror.img"
    drives = [nvme(other), nvme(HELLO, bootindex=1)]
    with Machine("nvme-bootindex", drives, machine=PCIE) as machine:
        assert machine.wait_exit() == PASSED
    assert "nvme 00:02.0 ns 1: booting as drive 80h" in machine.debug_log()
    drives = [Drive(other, "virtio-blk-pci"), namespace(HELLO, "nvme", nsid=2, bootindex=1)]
    with Machine("nvme-ns-bootindex", drives, machine=PCIE,
                 buses=["-device", "nvme,id=nvme,serial=1,addr=9"]) as machine:
        assert machine.wait_exit() == PASSED
    assert "nvme 00:09.0 ns 2: booting as drive 80h" in machine.debug_log()


def test_errors() -> None:
    """By the status of the command."""
    bad = [{"event": event, "sector": sector, "errno": 5}
           for event, sector in (("read_aio", 300), ("write_aio", 310))]
    drive = Drive(GUESTS / "ioerror.img", "nvme", options={"serial": "1"}, persist=True, inject=bad)
    with Machine("nvme-errors", [drive], machine=PCIE) as machine:
        finish_guest(machine)
        assert "nvme 00:01.0 ns 1: read error, sector 300, 1 sectors" in machine.console()


def test_takeover() -> None:
    machine = run_guest("nvme-takeover", "stolen", drives=[nvme(GUESTS / "stolen.img")],
                        machine=PCIE)
    assert "stopped: nvme" in machine.results()
    assert "nvme 00:01.0: the controller was reset\n" in machine.debug_log()
    assert "nvme 00:01.0: the controller reports a fatal error\n" in machine.debug_log()
