# SPDX-License-Identifier: LGPL-3.0-or-later
"""Make the raw disk image of a boot program.

    mkimage.py PROGRAM IMAGE [SECTORS] [START,COUNT]

The program goes to the start of the image. From sector 256 on every sector
holds its own number, 128 times, as 32-bit little-endian words; that is how a
program knows what it has read. Sectors from 65536 on are a hole. START,COUNT
adds an active MBR partition, which may lie beyond the end of the disk.
"""
import struct
import sys

SECTOR = 512
PATTERN_FROM = 256
PATTERN_TO = 65536


def pattern(first: int, count: int) -> bytes:
    """Sectors first..first+count-1 as they are on the image."""
    return b"".join(struct.pack("<I", lba) * (SECTOR // 4)
                    for lba in range(first, first + count))


def partition(start: int, count: int) -> bytes:
    """An active partition table entry, type 83h, addressed by LBA only."""
    return struct.pack("<B3sB3sII", 0x80, b"\xfe\xff\xff", 0x83, b"\xfe\xff\xff", start, count)


def make(program: bytes, sectors: int, part: tuple[int, int] | None = None
         ) -> tuple[bytes, int]:
    """The image up to its hole, and its size; 0 sectors means what the program needs."""
    needed = -(-len(program) // SECTOR)
    sectors = sectors or needed
    if needed > min(sectors, PATTERN_FROM):
        raise SystemExit(f"the program needs {needed} sectors, the image has room for less")
    image = bytearray(program.ljust(min(sectors, PATTERN_FROM) * SECTOR, b"\0"))
    if part:
        image[446:462] = partition(*part)
    if sectors > PATTERN_FROM:
        image += pattern(PATTERN_FROM, min(sectors, PATTERN_TO) - PATTERN_FROM)
    return bytes(image), sectors * SECTOR


def main(args: list[str]) -> None:
    program, image = args[:2]
    sectors = int(args[2]) if len(args) > 2 else 0
    part = None
    if len(args) > 3:
        start, count = args[3].split(",")
        part = (int(start), int(count))
    with open(program, "rb") as source:
        content, size = make(source.read(), sectors, part)
    with open(image, "wb") as target:
        target.write(content)
        target.truncate(size)


if __name__ == "__main__":
    main(sys.argv[1:])
