#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-3.0-or-later
"""Makes src/lib/font.c, the glyphs of code page 437 in cells of 8x8, 8x14 and 8x16 dots.

usage: scripts/genfont.py [DIRECTORY] > src/lib/font.c

The glyphs are those of the X Window System's 8x13 and 5x8 fonts (font-misc-misc, which
its COPYING calls "Public domain font. Share and enjoy."), as Debian's xfonts-base has
them in /usr/share/fonts/X11/misc. Cells are higher than these glyphs: a letter gets empty
rows, lines of boxes and integral signs are drawn on to the cell's edges, blocks and
shades are made anew. Codes 00-7F of 8x8 are Petrel's own, in src/console/font.c.

The file that this prints is in the tree, so that a build needs no fonts.
"""
from __future__ import annotations

import gzip
import re
import struct
import sys
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
FONTS = Path("/usr/share/fonts/X11/misc")

HEAD = """\
/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * The glyphs of code page 437, made by scripts/genfont.py from the X Window System's
 * public domain fonts 8x13 and 5x8.
 */
#include "lib/font.h"

/* clang-format off */
"""

# Portable Compiled Format: tables by type, each with a format of its own.
METRICS, BITMAPS, ENCODINGS = 1 << 2, 1 << 3, 1 << 5
BIG_ENDIAN, BIG_ENDIAN_BITS, COMPRESSED_METRICS, PADDING = 1 << 2, 1 << 3, 1 << 8, 3
NO_GLYPH = 0xFFFF

Rows = list[int]  # a byte each, the highest bit is the left dot


def code_page() -> list[int]:
    """Unicode of the 256 codes, from the tables of src/lib/charset.c."""
    source = (TOP / "src/lib/charset.c").read_text()
    values = [int(value, 16) for value in re.findall(r"(0x[0-9a-f]{4}),", source)]
    assert len(values) == 0x20 + 0x80
    return values[:0x20] + list(range(0x20, 0x7F)) + [0x2302] + values[0x20:]


class Font:
    """A PCF font whose glyphs are put into cells of one size."""

    def __init__(self, path: Path, ascent: int, height: int) -> None:
        self.data = gzip.decompress(path.read_bytes())
        self.ascent, self.height = ascent, height
        count, = struct.unpack_from("<I", self.data, 4)
        self.tables = {}
        for i in range(count):
            kind, _, _, offset = struct.unpack_from("<4I", self.data, 8 + 16 * i)
            self.tables[kind] = offset
        self.index = self._encodings()

    def _table(self, kind: int) -> tuple[int, str, int]:
        """The format, the byte order, and where the table's contents begin."""
        at = self.tables[kind]
        form, = struct.unpack_from("<I", self.data, at)
        return form, ">" if form & BIG_ENDIAN else "<", at + 4

    def _encodings(self) -> dict[int, int]:
        _, order, at = self._table(ENCODINGS)
        low, high, first, last, _ = struct.unpack_from(order + "5H", self.data, at)
        width = high - low + 1
        numbers = struct.unpack_from(f"{order}{width * (last - first + 1)}H", self.data, at + 10)
        return {(first + i // width) << 8 | low + i % width: number
                for i, number in enumerate(numbers) if number != NO_GLYPH}

    def glyph(self, code: int) -> Rows:
        number = self.index[code]
        form, order, at = self._table(METRICS)
        if form & COMPRESSED_METRICS:
            values = struct.unpack_from("5B", self.data, at + 2 + 5 * number)
            left, right, _, up, down = (value - 0x80 for value in values)
        else:
            left, right, _, up, down, _ = struct.unpack_from(order + "6h", self.data,
                                                             at + 4 + 12 * number)
        form, order, at = self._table(BITMAPS)
        assert form & BIG_ENDIAN_BITS
        glyphs, = struct.unpack_from(order + "I", self.data, at)
        start, = struct.unpack_from(order + "I", self.data, at + 4 + 4 * number)
        start += at + 4 + 4 * glyphs + 16
        pad = 1 << (form & PADDING)
        stride = ((right - left + 7) // 8 + pad - 1) // pad * pad
        rows = [0] * self.height
        for y in range(up + down):
            # The unit in which bytes are swapped is one byte where a row has one.
            row = self.data[start + y * stride]
            rows[self.ascent - up + y] = row >> left if left >= 0 else row << -left & 0xFF
        return rows


def shade(code: int, height: int) -> Rows:
    """B0-B2: a quarter, a half, three quarters of the dots."""
    pattern = {0xB0: (0x22, 0x88), 0xB1: (0x55, 0xAA), 0xB2: (0xDD, 0x77)}[code]
    return [pattern[y % 2] for y in range(height)]


def block(code: int, height: int) -> Rows:
    """DB-DF: all, the lower half, the left, the right, the upper half."""
    half = height // 2
    return {0xDB: [0xFF] * height, 0xDC: [0] * half + [0xFF] * (height - half),
            0xDD: [0xF0] * height, 0xDE: [0x0F] * height,
            0xDF: [0xFF] * half + [0] * (height - half)}[code]


def cell(code: int, character: int, tall: Font, height: int) -> Rows:
    """The glyph of 13 rows in a cell of 8, 14 or 16."""
    if code in range(0xB0, 0xB3):
        return shade(code, height)
    if code in range(0xDB, 0xE0):
        return block(code, height)
    rows = tall.glyph(character)
    # Lines go on to the edges of the cell: boxes both ways, the halves of the integral one.
    box = code in range(0xB3, 0xDB)
    above = rows[0] if box or code == 0xF5 else 0
    below = rows[-1] if box or code == 0xF4 else 0
    if height < len(rows):
        return rows[3:3 + height]
    return [above] + rows + [below] * (height - len(rows) - 1)


def print_table(name: str, glyphs: list[Rows], first: int) -> None:
    print(f"const uint8_t {name}[{len(glyphs)} * {len(glyphs[0])}] = {{")
    for code, rows in enumerate(glyphs, first):
        print(f"\t{', '.join(f'{row:#04x}' for row in rows)},\t/* {code:02x} */")
    print("};")


def main(arguments: list[str]) -> None:
    fonts = Path(arguments[0]) if arguments else FONTS
    tall = Font(fonts / "8x13.pcf.gz", 11, 13)
    small = Font(fonts / "5x8.pcf.gz", 7, 8)
    page = list(enumerate(code_page()))
    print(HEAD, end="")
    for height in (16, 14):
        print_table(f"font_8x{height}", [cell(code, c, tall, height) for code, c in page], 0)
        print()
    drawn = range(0xB0, 0xE0)
    print_table("font_8x8_high",
                [cell(code, c, tall, 8) if code in drawn else [row >> 1 for row in small.glyph(c)]
                 for code, c in page[0x80:]], 0x80)


if __name__ == "__main__":
    main(sys.argv[1:])
