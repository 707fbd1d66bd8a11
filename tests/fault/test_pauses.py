# SPDX-License-Identifier: LGPL-3.0-or-later
"""Machines that are paused while a disk request is under way: rerror=stop pauses them at an
error of the host's, and `cont` makes QEMU try again. What the firmware waits for then comes,
whatever has happened to the processor meanwhile."""
from __future__ import annotations

import re

import pytest

from harness import GUESTS, Drive, Machine, finish_guest

SCSI = ["-device", "virtio-scsi-device"]


def disk(guest: str, device: str, *sectors: int) -> Drive:
    """A disk, of which each of these sectors cannot be read once."""
    return Drive(GUESTS / f"{guest}.img", device, options={"rerror": "stop"},
                 inject=[{"event": "read_aio", "sector": sector, "errno": 5, "once": True}
                         for sector in sectors])


@pytest.mark.parametrize("device", ["virtio-blk-device", "scsi-hd"])
def test_pause(device: str) -> None:
    """A program, a read and what is read ahead: nobody is told of an error."""
    drive = disk("handover", device, 1, 256, 1000)
    with Machine(f"pause-{device}", [drive], args=SCSI) as machine:
        for _ in range(3):
            machine.wait_event("STOP")
            machine.qmp("cont")
        finish_guest(machine)
        assert "error" not in machine.console() and "no answer" not in machine.console()


def test_nmi_in_a_call() -> None:
    """The call goes on, and the program's handler, or ours, is called after it."""
    with Machine("nmi", [disk("nmi", "virtio-blk-device", 300, 600)]) as machine:
        for _ in range(2):
            machine.wait_event("STOP")
            cr0 = re.search(r"CR0=([0-9a-f]+)", machine.monitor("info registers"))
            assert cr0 and int(cr0[1], 16) & 1      # protected mode: it waits in the call
            machine.qmp("inject-nmi")
            machine.qmp("cont")
        finish_guest(machine)
        machine.expect(r"Petrel: non-maskable interrupt at [0-9a-f]{4}:[0-9a-f]{4}")
