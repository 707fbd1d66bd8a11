# SPDX-License-Identifier: LGPL-3.0-or-later
"""The firmware's memory, looked at from outside: its code below 4 GiB, variables and tables
at E0000-FFFFF, and the arena at the end of RAM."""
from __future__ import annotations

import functools
import re
import struct
import subprocess

from harness import BUILD, Machine

CODE, CODE_SIZE = 0xFFF90000, 0x50000
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
        self._parts = {DATA: path.read_bytes()}
        start, end = self.range("arena")
        for address, size in ((start, end - start), (CODE, CODE_SIZE)):
            machine.qmp("pmemsave", val=address, size=size, filename=str(path))
            self._parts[address] = path.read_bytes()

    def part(self, start: int) -> bytes:
        """All of a part: from CODE, DATA or the arena's start on."""
        return self._parts[start]

    def bytes(self, start: int, end: int) -> bytes:
        """What is at these physical addresses."""
        for address, memory in self._parts.items():
            if address <= start and end <= address + len(memory):
                return memory[start - address:end - address]
        raise KeyError(f"{start:x}-{end:x} was not saved")

    def raw(self, name: str) -> bytes:
        """All of a variable."""
        address, size = symbols()[name]
        return self.bytes(address, address + size)

    def range(self, name: str) -> tuple[int, int]:
        """A variable of type struct memory_range."""
        start, end = struct.unpack("<II", self.raw(name))
        return start, end

    def __getitem__(self, name: str) -> int:
        """A variable of four bytes."""
        address, size = symbols()[name]
        assert size == 4, f"{name} has {size} bytes"
        return int(struct.unpack("<I", self.bytes(address, address + 4))[0])
