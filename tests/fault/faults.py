# SPDX-License-Identifier: LGPL-3.0-or-later
"""The firmware's memory, looked at from outside: E0000-EFFFF, and the ROM behind it."""
from __future__ import annotations

import functools
import re
import struct
import subprocess

from harness import BUILD, Machine

DATA, DATA_SIZE, ROM_SIZE = 0xE0000, 0x10000, 0x10000


@functools.cache
def symbols() -> dict[str, tuple[int, int]]:
    """Address and size of each variable of the ROM; static ones of a function have
    a number behind their names, and two of one name are told apart by "'"."""
    lines = subprocess.run(["nm", "-n", "-S", str(BUILD / "petrel.elf")], check=True,
                           capture_output=True, text=True).stdout.splitlines()
    found: dict[str, tuple[int, int]] = {}
    for line in lines:
        match = re.match(r"([0-9a-f]+) ([0-9a-f]+) [bB] (\S+)$", line)
        if match:
            name = match[3]
            while name in found:
                name += "'"
            found[name] = int(match[1], 16), int(match[2], 16)
    return found


class Variables:
    """A snapshot, of the machine as it is at this moment."""

    def __init__(self, machine: Machine, name: str) -> None:
        path = machine.directory / name
        machine.qmp("pmemsave", val=DATA, size=DATA_SIZE + ROM_SIZE, filename=str(path))
        self.memory = path.read_bytes()

    def bytes(self, start: int, end: int) -> bytes:
        """What is at these physical addresses."""
        return self.memory[start - DATA:end - DATA]

    def __getitem__(self, name: str) -> int:
        """A variable of four bytes."""
        address, size = symbols()[name]
        assert size == 4, f"{name} has {size} bytes"
        return int(struct.unpack("<I", self.bytes(address, address + 4))[0])
