# SPDX-License-Identifier: LGPL-3.0-or-later
"""Resets that a program makes: each boots again, and as the first time.

tests/guest/reset.c resets in all ways in turn, for as long as one lets it. RESETS
says how many boots are enough: 50, and 1000 in `make soak`.
"""
from __future__ import annotations

import os
import re
from typing import Any

import pytest

from harness import GUESTS, Drive, Machine, finish_guest

RESETS = int(os.environ.get("RESETS", "50"))
CTRL_ALT_DEL = b"\x1b[3;7~"
WAYS = 14
CODES = ["05", "0A", "0B", "0C"]

MACHINES: dict[str, dict[str, Any]] = {
    "default": {},
    "modern-smp": {"modern": True, "cpus": 2},
    "bare": {"machine": {"rtc": "off", "pit": "off", "pic": "off"}},
    "8042": {"args": ["-device", "i8042"]},
}


def boots(machine: Machine, count: int) -> None:
    """Wait until the program has been booted so often after the first time, typing
    where it waits for the keyboard; the next line must come each time."""
    number = -1
    while number < count:
        found = machine.expect_result(r"^(boot (\d+)|ready|FAIL|.* after ).*\n")
        if found[1] == b"ready":
            machine.send(CTRL_ALT_DEL)
        elif found[2]:
            number = int(found[2])
        else:
            raise machine.failure(found[0].decode())


@pytest.mark.parametrize("machine", [{}, {"pic": "off", "pit": "off"}], ids=["pic", "apic"])
def test_jump_resets_the_machine(machine: dict[str, str]) -> None:
    """With the local APIC, in which an interrupt is pending and another in service."""
    with Machine(f"reset-stale-{len(machine)}", [Drive(GUESTS / "stale.img")], machine=machine
                 ) as run:
        finish_guest(run)
        assert run.results().count("ticks\n") == 2


@pytest.mark.parametrize("name", MACHINES)
def test_resets(name: str) -> None:
    options = MACHINES[name]
    with Machine(f"reset-{name}", [Drive(GUESTS / "reset.img")], **options) as machine:
        boots(machine, RESETS)
        results = machine.results()
    # One boot has gone to each way, but for those that the machine lacks.
    without_rtc = options.get("machine", {}).get("rtc") == "off"
    came_back = {"port CF9", "port 92"}
    came_back |= set() if name == "8042" else {"8042"}
    came_back |= {f"resume by {code}" for code in CODES if without_rtc}
    lines = re.findall(r"^boot (\d+): (.*)$", results, re.MULTILINE)
    for (boot, way), (next_boot, _) in zip(lines, lines[1:]):
        assert int(next_boot) == int(boot) + (way not in came_back), way
    assert len({way for _, way in lines}) == WAYS
    for code in CODES:
        assert (f"resumed: {code:0>8}\n" in results) == (not without_rtc)
