# SPDX-License-Identifier: LGPL-3.0-or-later
"""Resets by the host while a boot program runs: each boot finds what the first one did,
and the memory that the firmware keeps does not grow. `make soak` has 1,000 of them."""
from __future__ import annotations

import pytest

from faults import Variables
from harness import GUESTS, Drive, Machine

RESETS = 25
# What is given out, and how many ranges the memory map has.
MEMORY = ["own", "arena", "arena_next", "arena_ours", "fseg", "scratch", "entry_count"]


def reset_often(name: str, resets: int, modern: bool) -> None:
    with Machine(name, [Drive(GUESTS / "slow.img"), Drive(GUESTS / "slow.img", "scsi-hd")],
                 modern=modern, cpus=2, args=["-device", "virtio-scsi-device"]) as machine:
        machine.expect_result("^ready: slow$")
        first = Variables(machine, "first")
        for number in range(resets):
            machine.qmp("system_reset")
            machine.expect_result("^ready: slow$")
            now = Variables(machine, "now")
            for variable in MEMORY:
                assert now.raw(variable) == first.raw(variable), \
                    f"{variable} after {number + 1} resets"


@pytest.mark.parametrize("modern", [False, True], ids=["legacy", "modern"])
def test_resets(modern: bool) -> None:
    reset_often(f"resets-{modern}", RESETS, modern)
