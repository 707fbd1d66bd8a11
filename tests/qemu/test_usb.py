# SPDX-License-Identifier: LGPL-3.0-or-later
"""Disks, CDs and keyboards behind -M microvm,usb=on. The specification of what is typed:
Ralf Brown's Interrupt List, INT 16, table 00006."""
from __future__ import annotations

from pathlib import Path

from harness import GUESTS, PASSED, Machine, finish_guest
from test_boot_order import GIVES_UP, HELLO, hello_cd

USB = {"usb": "on"}


def drive(number: int, image: Path, device: str, cd: bool = False) -> list[str]:
    """An image and what it is plugged in as, `{}` in which is the drive."""
    kind = "media=cdrom" if cd else "snapshot=on"
    return ["-drive", f"if=none,id=u{number},format=raw,file={image},{kind}",
            "-device", device.format(f"drive=u{number}")]


def test_storage() -> None:
    """Reads and writes of every kind, of a stick at the root and of one behind hubs."""
    guest = GUESTS / "int13.img"
    for name, args in {"root": drive(0, guest, "usb-storage,{}"),
                       "hubs": ["-device", "usb-hub,port=1", "-device", "usb-hub,port=1.2",
                                *drive(0, guest, "usb-storage,{},port=1.2.8")]}.items():
        with Machine(f"usb-storage-{name}", machine=USB, args=args) as machine:
            finish_guest(machine)


def test_order_of_all_kinds(tmp_path: Path) -> None:
    """QEMU's paths, through hubs and by logical unit; and what is no disk in between."""
    args = ["-device", "usb-tablet", "-device", "usb-hub,port=2", "-device", "usb-hub,port=2.1",
            *drive(0, GIVES_UP, "usb-storage,{},port=2.1.3,bootindex=1"),
            *drive(1, GIVES_UP, "usb-storage,{},port=3,bootindex=4"),
            "-device", "usb-bot,id=bot,port=4",
            *drive(2, GIVES_UP, "scsi-hd,bus=bot.0,lun=0,{},bootindex=3"),
            *drive(3, GIVES_UP, "scsi-hd,bus=bot.0,lun=1,{},bootindex=2"),
            *drive(4, hello_cd(tmp_path / "hello.iso"), "scsi-cd,bus=bot.0,lun=2,{}", cd=True)]
    with Machine("usb-order", machine=USB, args=args) as machine:
        machine.expect(r"^usb-storage fe900000-2\.1\.3 0:0: its boot sector gave up")
        machine.expect(r"^usb-storage fe900000-4 0:1: its boot sector gave up")
        machine.expect(r"^usb-storage fe900000-4 0:0: its boot sector gave up")
        machine.expect(r"^usb-storage fe900000-3 0:0: its boot sector gave up")
        assert machine.wait_exit() == PASSED
        assert "usb-storage fe900000-4 0:2: booting as drive e0h" in machine.debug_log()


def test_block_of_4096_bytes() -> None:
    options = "usb-storage,{},logical_block_size=4096,physical_block_size=4096"
    with Machine("usb-4096", machine=USB, args=drive(0, HELLO, options)) as machine:
        assert machine.wait_exit() == PASSED
