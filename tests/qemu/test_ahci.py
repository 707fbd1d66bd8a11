# SPDX-License-Identifier: LGPL-3.0-or-later
"""Disks and CDs on AHCI controllers: all ports, El Torito, boot order, errors, and a program
that takes the controller over in the middle."""
from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import media
from harness import GUESTS, PASSED, Drive, Machine, finish_guest, run_guest
from test_disks import MIB, large

PCIE = {"pcie": "on"}
AHCI = ["-device", "ich9-ahci,id=ahci,addr=4"]
HELLO = GUESTS / "hello.img"
PORTS = 6


def disk(image: Path, port: int, **options: Any) -> Drive:
    return Drive(image, "ide-hd", options={"bus": f"ahci.{port}", **options})


def cd(image: Path, port: int, *, bootindex: int | None = None) -> list[str]:
    """Arguments for a drive with a medium."""
    index = "" if bootindex is None else f",bootindex={bootindex}"
    return ["-drive", f"if=none,id=cd{port},format=raw,media=cdrom,file={image}",
            "-device", f"ide-cd,bus=ahci.{port},drive=cd{port}{index}"]


def test_int13() -> None:
    machine = run_guest("ahci-int13", "int13", drives=[disk(GUESTS / "int13.img", 0)],
                        machine=PCIE, buses=AHCI)
    assert "ahci 00:04.0 port 0: 20001 blocks of 512 bytes" in machine.debug_log()


def test_last_block(tmp_path: Path) -> None:
    """As on other disks: what was written is there when QEMU is killed."""
    raw, image = large(tmp_path / "raw", "last_block", 64 * MIB), tmp_path / "image.qcow2"
    subprocess.run(["qemu-img", "convert", "-O", "qcow2", raw, image], check=True)
    args = ["-drive", f"if=none,id=d,format=qcow2,file={image}", "-device",
            "ide-hd,bus=ahci.0,drive=d"]
    with Machine("ahci-last", args=args, machine=PCIE, buses=AHCI) as machine:
        machine.expect_result("^ready: written")
        assert machine.process
        machine.process.kill()
        machine.process.wait()
        assert "FAIL" not in machine.results(), machine.results()
    subprocess.run(["qemu-img", "convert", "-O", "raw", image, raw], check=True)
    assert raw.read_bytes()[-512:] == b"\xa7" * 512


def test_all_ports(tmp_path: Path) -> None:
    """El Torito's emulation of a diskette on one of two drives, in front of four disks; the
    menu has their models and serial numbers."""
    image = media.iso(tmp_path / "cd.iso", {"f.img": GUESTS / "diskette.img"}, "-b", "f.img",
                      "-c", "boot.cat")
    disks = [disk(HELLO, port, serial=f"Serial{port}") for port in (0, 2, 4, 5)]
    args = [*cd(image, 1, bootindex=1), "-device", "ide-cd,bus=ahci.3",
            "-boot", "menu=on,splash-time=60000"]
    with Machine("ahci-ports", disks, machine=PCIE, buses=AHCI, args=args) as machine:
        machine.expect("^Press ESC for the boot menu")
        machine.send(b"\x1b")
        machine.expect("1  ahci 00:04.0 port 1  QEMU    QEMU DVD-ROM, ")
        machine.expect("ahci 00:04.0 port 5  QEMU HARDDISK Serial5, ")
        machine.send(b"\x1b")
        finish_guest(machine)
        assert "emulated: 1" in machine.results()
        log = machine.debug_log()
    for port in range(PORTS):
        kind = "0 blocks of 2048" if port == 3 else "blocks of 2048" if port == 1 else "2048 blocks"
        assert any(kind in line for line in log.splitlines()
                   if line.startswith(f"ahci 00:04.0 port {port}: ")), (port, log)
    assert "ahci 00:04.0 port 1: booting" in log


def test_isolinux(tmp_path: Path) -> None:
    """An installer's loader and its kernel, without emulation."""
    image = media.isolinux_installer(tmp_path / "isolinux.iso")
    with Machine("ahci-isolinux", machine=PCIE, buses=AHCI, args=cd(image, 2),
                 memory="1G") as machine:
        machine.expect("Linux version")


def test_grub(tmp_path: Path) -> None:
    image = media.grub_disk(tmp_path / "grub.img", 512)
    with Machine("ahci-grub", [disk(image, 3)], machine=PCIE, buses=AHCI) as machine:
        machine.expect("GRUB loading")
        machine.expect("Petrel")    # its configuration is: reboot


def test_bootindex() -> None:
    drives = [disk(GUESTS / "ioerror.img", 0), disk(HELLO, 5, bootindex=1)]
    with Machine("ahci-bootindex", drives, machine=PCIE, buses=AHCI) as machine:
        assert machine.wait_exit() == PASSED
    assert "ahci 00:04.0 port 5: booting as drive 80h" in machine.debug_log()


def test_errors() -> None:
    """By the task file; the port is stopped and started."""
    bad = [{"event": event, "sector": sector, "errno": 5}
           for event, sector in (("read_aio", 300), ("write_aio", 310))]
    drive = Drive(GUESTS / "ioerror.img", "ide-hd", persist=True, inject=bad,
                  options={"bus": "ahci.1", "rerror": "report", "werror": "report"})
    with Machine("ahci-errors", [drive], machine=PCIE, buses=AHCI) as machine:
        finish_guest(machine)
        assert "ahci 00:04.0 port 1: read error, sector 300, 1 sectors" in machine.console()


def test_takeover() -> None:
    machine = run_guest("ahci-takeover", "stolen", drives=[disk(GUESTS / "stolen.img", 2)],
                        machine=PCIE, buses=AHCI)
    assert "stopped: ahci" in machine.results()
    assert "ahci 00:04.0 port 2: the port was stopped\n" in machine.debug_log()
