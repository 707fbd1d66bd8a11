# SPDX-License-Identifier: LGPL-3.0-or-later
"""Services called with random registers (tests/guest/random.c). None may hang, write
where it was not asked to, or change what the firmware works with.

RANDOM_SEED=n repeats a run, with RANDOM_LOOK=1 it ends at the call that did it. `make soak` runs more seeds (test_soak.py).
"""
from __future__ import annotations

import os
import re
import struct
from pathlib import Path

import pytest

from faults import DATA, DATA_SIZE, ROM_SIZE, Variables, symbols
from harness import GUESTS, Drive, Machine, finish_guest

CALLS = 10_000
SEED = int(os.environ.get("RANDOM_SEED", "1"))
SETTINGS = 255                      # the sector from which the program takes them
DEADLINE = 900.0

STACK = (0xE0040, 0xE3000)
# Variables that calls change; all others are after them what they were before.
MUTABLE = {"cache", "clock", "counted_ns", "counting", "early", "early_length", "in_line",
           "keyboard", "output", "ring", "shadow", "table", "terminal",
           "ticking"}
HEADER_OF_DISK = 36                 # struct disk, up to its name
NAME_OF_DISK = re.compile(rb"virtio-(?:blk|scsi) [0-9a-f]{8}(?: \d+:\d+)?\0")


def program(path: Path, seed: int, calls: int = CALLS) -> Path:
    image = bytearray((GUESTS / "random.img").read_bytes())
    struct.pack_into("<III", image, SETTINGS * 512, calls, seed,
                     int(os.environ.get("RANDOM_LOOK", "64")))
    path.write_bytes(image)
    return path


def blank(path: Path, size: int) -> Path:
    with path.open("wb") as file:
        file.truncate(size)
    return path


def check_firmware(machine: Machine, before: Variables, after: Variables) -> None:
    """ROM, header, constant variables, drivers' disks and unused heap are the same."""
    unused = before["heap_next"]
    assert STACK[1] < unused < DATA + DATA_SIZE
    parts = {"the header of the data segment": (DATA, STACK[0]),
             "unused heap": (unused, DATA + DATA_SIZE),
             "the ROM": (DATA + DATA_SIZE, DATA + DATA_SIZE + ROM_SIZE)}
    for name, (start, size) in symbols().items():
        if name.rstrip("'").split(".")[0] not in MUTABLE:
            parts[name] = start, start + size
    disks = list(NAME_OF_DISK.finditer(before.memory, 0, DATA_SIZE))
    assert len(disks) >= 3, "disks are not found in the firmware's memory"
    for disk in disks:
        parts[repr(disk[0])] = DATA + disk.start() - HEADER_OF_DISK, DATA + disk.end()
    wrong = [name for name, (start, end) in parts.items()
             if before.bytes(start, end) != after.bytes(start, end)]
    if wrong:
        raise machine.failure("calls have changed " + ", ".join(wrong))


def run_random(name: str, directory: Path, seed: int, modern: bool) -> None:
    drives = [Drive(program(directory / "random.img", seed)),
              Drive(blank(directory / "diskette", 2880 * 512)),
              Drive(blank(directory / "cd", 1 << 20), device="scsi-cd")]
    with Machine(name, drives, modern=modern, args=["-device", "virtio-scsi-device"]) as machine:
        machine.expect_result("^ready: before$", DEADLINE)
        before = Variables(machine, "before")
        machine.send(b".")
        machine.expect_result("^ready: after$", DEADLINE)
        after = Variables(machine, "after")
        machine.send(b".")
        finish_guest(machine)
        machine.expect("still alive")
    check_firmware(machine, before, after)


@pytest.mark.parametrize("modern", [False, True], ids=["legacy", "modern"])
def test_random_calls(modern: bool, tmp_path: Path) -> None:
    """Two different runs."""
    seed = SEED + modern
    run_random(f"random-{seed}", tmp_path, seed, modern)
