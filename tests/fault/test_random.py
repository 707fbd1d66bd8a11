# SPDX-License-Identifier: LGPL-3.0-or-later
"""Services called with random registers (tests/guest/random.c). None may hang, write
where it was not asked to, or change what the firmware works with.

RANDOM_SEED=n repeats a run, with RANDOM_LOOK=1 it ends at the call that did it. `make soak` runs more seeds (test_soak.py).
"""
from __future__ import annotations

import os
import re
import struct
import subprocess
from pathlib import Path

import pytest

from harness import BUILD, GUESTS, Drive, Machine, finish_guest

CALLS = 10_000
SEED = int(os.environ.get("RANDOM_SEED", "1"))
SETTINGS = 255                      # the sector from which the program takes them
DEADLINE = 900.0

DATA, DATA_SIZE = 0xE0000, 0x10000  # the firmware's variables, and then the ROM
ROM_SIZE = 0x10000
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


def memory(machine: Machine, name: str) -> bytes:
    path = machine.directory / name
    machine.qmp("pmemsave", val=DATA, size=DATA_SIZE + ROM_SIZE, filename=str(path))
    return path.read_bytes()


def variables() -> list[tuple[int, int, str]]:
    """Address, size and name of each variable of the ROM, in order."""
    lines = subprocess.run(["nm", "-n", "-S", str(BUILD / "petrel.elf")], check=True,
                           capture_output=True, text=True).stdout.splitlines()
    found = [re.match(r"([0-9a-f]+) ([0-9a-f]+) [bB] (\S+)$", line) for line in lines]
    return [(int(m[1], 16), int(m[2], 16), m[3]) for m in found if m]


def changed(before: bytes, after: bytes, start: int, end: int) -> bool:
    return before[start - DATA:end - DATA] != after[start - DATA:end - DATA]


def check_firmware(machine: Machine, before: bytes, after: bytes) -> None:
    """ROM, header, constant variables, drivers' disks and unused heap are the same."""
    wrong = [f"{name} at {start:x}" for start, size, name in variables()
             if name.split(".")[0] not in MUTABLE and changed(before, after, start, start + size)]
    if changed(before, after, DATA, STACK[0]):
        wrong.append("the header of the data segment")
    if changed(before, after, DATA + DATA_SIZE, DATA + DATA_SIZE + ROM_SIZE):
        wrong.append("the ROM")
    heap_next = next(start for start, _, name in variables() if name == "heap_next")
    unused, = struct.unpack_from("<I", before, heap_next - DATA)
    assert STACK[1] < unused < DATA + DATA_SIZE
    if changed(before, after, unused, DATA + DATA_SIZE):
        wrong.append("unused heap")
    disks = list(NAME_OF_DISK.finditer(before, 0, DATA_SIZE))
    assert len(disks) >= 3, "disks are not found in the firmware's memory"
    wrong += [f"disk {disk[0]!r}" for disk in disks
              if changed(before, after, DATA + disk.start() - HEADER_OF_DISK, DATA + disk.end())]
    if wrong:
        raise machine.failure("calls have changed " + ", ".join(wrong))


def run_random(name: str, directory: Path, seed: int, modern: bool) -> None:
    drives = [Drive(program(directory / "random.img", seed)),
              Drive(blank(directory / "diskette", 2880 * 512)),
              Drive(blank(directory / "cd", 1 << 20), device="scsi-cd")]
    with Machine(name, drives, modern=modern, args=["-device", "virtio-scsi-device"]) as machine:
        machine.expect_result("^ready: before$", DEADLINE)
        before = memory(machine, "before")
        machine.send(b".")
        machine.expect_result("^ready: after$", DEADLINE)
        after = memory(machine, "after")
        machine.send(b".")
        finish_guest(machine)
        machine.expect("still alive")
    check_firmware(machine, before, after)


@pytest.mark.parametrize("modern", [False, True], ids=["legacy", "modern"])
def test_random_calls(modern: bool, tmp_path: Path) -> None:
    """Two different runs."""
    seed = SEED + modern
    run_random(f"random-{seed}", tmp_path, seed, modern)
