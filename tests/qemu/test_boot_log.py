# SPDX-License-Identifier: LGPL-3.0-or-later
"""The boot log: what a user sees of it, and what whoever looks for a cause finds in it."""
from __future__ import annotations

import re

from harness import GUESTS, PASSED, Drive, Machine

HELLO = GUESTS / "hello.img"
ARGS = ["-device", "virtio-serial-device", "-chardev", "null,id=vc",
        "-device", "virtconsole,chardev=vc", "-device", "virtio-rng-device",
        "-device", "virtio-scsi-device", "-drive", "if=none,id=cd,media=cdrom",
        "-device", "scsi-cd,drive=cd"]
FOUND = [r"serial console at port 3f8", r"virtio-mmio [0-9a-f]{8}: console",
         r"virtio-blk [0-9a-f]{8}: \d+ blocks of 512 bytes",
         r"virtio-mmio [0-9a-f]{8}: device type 4 has no driver", r"2 processors"]
CHOSEN = [r"tick from the interval timer", r"virtio-blk [0-9a-f]{8}: booting as drive 80h"]


def log_of(level: int) -> str:
    with Machine(f"log-{level}", [Drive(HELLO)], cpus=2, args=ARGS,
                 fw_cfg={"opt/org.petrel/loglevel": str(level)}) as machine:
        assert machine.wait_exit() == PASSED
        assert len(re.findall(r"^Petrel ", machine.console(), re.MULTILINE)) == 1
        return machine.debug_log()


def missing(log: str, lines: list[str]) -> list[str]:
    return [line for line in lines if not re.search(rf"^{line}", log, re.MULTILINE)]


def test_levels() -> None:
    """0 is silence, 2 and more name what was found and what was chosen."""
    assert log_of(0) == ""
    assert missing(log_of(1), FOUND + CHOSEN) == FOUND + CHOSEN
    assert missing(log_of(2), FOUND + CHOSEN) == []
    assert missing(log_of(3), FOUND + CHOSEN) == []
