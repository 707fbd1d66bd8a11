#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-3.0-or-later
"""Puts functions and constants into the gaps between the ROM's fixed addresses.

fillgaps.py object...: prints, for src/rom.lds.S, which sections follow each fixed
entry point or table. What fits depends on the compiler and the configuration,
so it is found out anew for each link: the largest section that fits goes first,
into the gap that it fills best. The same objects give the same answer.
"""

import subprocess
import sys
from collections.abc import Iterator

END = 0x10000
FIXED = ".fixed."
MOVABLE = (".text.", ".rodata.")


def read_sections(path: str) -> Iterator[tuple[str, int, int]]:
    """Name, size and alignment of an object's sections."""
    output = subprocess.run(["objdump", "-h", path], check=True, capture_output=True,
                            text=True).stdout
    for line in output.splitlines():
        fields = line.split()
        if len(fields) == 7 and fields[0].isdigit():
            yield fields[1], int(fields[2], 16), 1 << int(fields[6].removeprefix("2**"))


def main() -> int:
    fixed: dict[int, int] = {}                  # size by address
    movable: dict[tuple[str, str], int] = {}    # size, at most, by object and section
    for path in sys.argv[1:]:
        for name, size, alignment in read_sections(path):
            if name.startswith(FIXED):
                fixed[int(name.removeprefix(FIXED), 16)] = size
            elif name.startswith(MOVABLE) and size:
                movable[path, name] = size + alignment - 1
    starts = sorted(fixed)
    gaps = {start: end - start - fixed[start] for start, end in zip(starts, [*starts[1:], END])}
    placed: dict[int, str] = dict.fromkeys(starts, "")
    for path, name in sorted(movable, key=lambda item: (-movable[item], item)):
        size = movable[path, name]
        fitting = [start for start in starts if gaps[start] >= size]
        if fitting:
            start = min(fitting, key=lambda start: gaps[start])
            gaps[start] -= size
            placed[start] += f" *{path}({name})"
    for start in starts:
        print(f"#define GAP_{start:04x}{placed[start]}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
