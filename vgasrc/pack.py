#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-3.0-or-later
"""Makes an option ROM of a linked image: its size in the headers, and a checksum.

usage: vgasrc/pack.py IMAGE ROM
"""
import struct
import sys
from pathlib import Path

UNIT = 512
MOST = 32 * 1024
SIZE, CHECKSUM, PCI_HEADER, PCI_SIZE = 2, 6, 0x18, 0x10


def pack(image: bytes) -> bytes:
    rom = bytearray(image.ljust((len(image) + UNIT - 1) // UNIT * UNIT, b"\0"))
    if len(rom) > MOST:
        raise SystemExit(f"{len(image)} bytes: an option ROM here has at most {MOST}")
    rom[SIZE] = len(rom) // UNIT
    header, = struct.unpack_from("<H", rom, PCI_HEADER)
    struct.pack_into("<H", rom, header + PCI_SIZE, len(rom) // UNIT)
    rom[CHECKSUM] = -sum(rom) & 0xFF
    return bytes(rom)


def main() -> None:
    image, rom = map(Path, sys.argv[1:])
    rom.write_bytes(pack(image.read_bytes()))


if __name__ == "__main__":
    main()
