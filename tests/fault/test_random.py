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

from faults import CODE, CODE_SIZE, DATA, DATA_SIZE, ROM_SIZE, Variables, symbols
from harness import GUESTS, Drive, Machine, finish_guest

CALLS = 10_000
SEED = int(os.environ.get("RANDOM_SEED", "1"))
SETTINGS = 255                      # the sector from which the program takes them
DEADLINE = 900.0

STACK = (0xE0040, 0xE3000)
# Variables that calls change; all others are after them what they were before.
MUTABLE = {"cache", "clock", "counted_ns", "counting", "delay", "early", "early_length", "in_line",
           "keyboard", "probing", "rate", "table", "ticking", "typematic_set"}
# struct device, and struct disk up to its pointer to that; the operations are in the ROM.
NAME_IN_DEVICE, DEVICE_IN_DISK = 20, 32
NAME_OF_DISK = re.compile(rb"virtio-(?:blk [0-9a-f]{8}|scsi [0-9a-f]{8} \d+:\d+)\0")


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


def disks_of(firmware: Variables) -> dict[str, tuple[int, int]]:
    """Where the arena has disks and their devices, as much of them as never changes."""
    start = firmware.range("arena")[0]
    arena = firmware.part(start)
    parts: dict[str, tuple[int, int]] = {}
    for name in NAME_OF_DISK.finditer(arena):
        device = start + name.start() - NAME_IN_DEVICE
        parts[f"device {name[0]!r}"] = device, start + name.end()
        pointer = struct.pack("<I", device)
        for found in re.finditer(re.escape(pointer), arena):
            disk = found.start() - DEVICE_IN_DISK
            if disk >= 0 and struct.unpack_from("<I", arena, disk)[0] >= CODE:
                parts[f"disk {name[0]!r}"] = start + disk, start + found.end()
    return parts


def check_firmware(machine: Machine, before: Variables, after: Variables) -> None:
    """Code, header, constant variables, drivers' disks and what is free are the same."""
    free = next(before.range(name) for name in symbols() if name.rstrip("'") == "low"
                and before.range(name)[1] == DATA + DATA_SIZE)
    assert STACK[1] < free[0] < DATA + DATA_SIZE
    parts = {"the header of the data segment": (DATA, STACK[0]),
             "the free part of the data segment": free,
             "segment F000": (DATA + DATA_SIZE, DATA + DATA_SIZE + ROM_SIZE),
             "the code": (CODE, CODE + CODE_SIZE)}
    for name, (start, size) in symbols().items():
        if name.rstrip("'").split(".")[0] not in MUTABLE:
            parts[name] = start, start + size
    disks = disks_of(before)
    assert len(disks) >= 6, f"disks are not found in the firmware's memory: {disks}"
    parts |= disks
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
