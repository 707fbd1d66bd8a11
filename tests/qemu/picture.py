# SPDX-License-Identifier: LGPL-3.0-or-later
"""What a machine's display shows: the picture, and the text that is in it.

    display = Display(machine)
    display.wait_for("GNU GRUB")            # the last picture is display.picture
    display.wait_until_equal()              # to the text screen in the machine's memory

Each picture that is looked at is left as build/test/NAME/picture.png. Glyphs are those of
lib/font.c, or of another font of 8 by 16 dots.
"""
from __future__ import annotations

import re
import struct
import time
import zlib
from collections import Counter
from collections.abc import Callable
from functools import cached_property
from pathlib import Path

from harness import DEADLINE, TOP, Machine, MachineError
from terminal import Screen, character

GLYPH_WIDTH, GLYPH_HEIGHT = 8, 16
ROWS, COLUMNS = 25, 80
BYTES = 3       # of a pixel
Colour = bytes  # red, green, blue

# The colours of attributes, of a VGA after its modes are set.
PALETTE = [bytes.fromhex(colour) for colour in (
    "000000 0000aa 00aa00 00aaaa aa0000 aa00aa aa5500 aaaaaa "
    "555555 5555ff 55ff55 55ffff ff5555 ff55ff ffff55 ffffff").split()]
BLACK = PALETTE[0]
UNKNOWN = "\N{REPLACEMENT CHARACTER}"


def load_font(path: Path = TOP / "src/lib/font.c", name: str = "font_8x16") -> list[bytes]:
    """Glyphs from an array of C, one after the other."""
    array = path.read_text().split(f"{name}[", 1)[1].split("};", 1)[0]
    data = bytes(int(byte, 16) for byte in re.findall(r"0x([0-9a-f]{2})\b", array))
    return [data[i:i + GLYPH_HEIGHT] for i in range(0, len(data), GLYPH_HEIGHT)]


FONT = load_font()


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


class Picture:
    """Width, height, and rows of pixels of three bytes each."""

    def __init__(self, width: int, height: int, data: bytes) -> None:
        assert len(data) == width * height * BYTES
        self.width, self.height, self.data = width, height, data

    @classmethod
    def of(cls, machine: Machine, device: str = "") -> Picture:
        """What the machine's first display shows now, or that with this id."""
        path = machine.directory / "screen.ppm"
        machine.qmp("screendump", filename=str(path), **({"device": device} if device else {}))
        kind, size, largest, data = path.read_bytes().split(b"\n", 3)
        assert (kind, largest) == (b"P6", b"255")
        width, height = map(int, size.split())
        path.unlink()
        return cls(width, height, data)

    def save(self, path: Path) -> None:
        """As PNG (ISO/IEC 15948)."""
        rows = b"".join(b"\0" + self.row(y) for y in range(self.height))
        header = struct.pack(">IIBBBBB", self.width, self.height, 8, 2, 0, 0, 0)
        path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) +
                         chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))

    def row(self, y: int) -> bytes:
        return self.data[y * self.width * BYTES:(y + 1) * self.width * BYTES]

    def text(self, columns: int = COLUMNS, rows: int = ROWS,
             font: list[bytes] | None = None) -> Text:
        """The text that fills the picture, as large as it can be and in the middle."""
        across = self.width // (columns * GLYPH_WIDTH)
        down = self.height // (rows * GLYPH_HEIGHT)
        scale = min(across * columns // COLUMNS, down) or 1
        return Text(self, columns, rows, scale * COLUMNS // columns or 1, scale, font or FONT)

    def whole_text(self, font: list[bytes] | None = None) -> Text:
        """The text of a console that begins in the picture's corner, as Linux' does."""
        return Text(self, self.width // GLYPH_WIDTH, self.height // GLYPH_HEIGHT, 1, 1,
                    font or FONT, corner=True)


def vga_font(rom: Path) -> list[bytes]:
    """The 8x16 glyphs of a VGA BIOS, IBM's, of which Linux's console has all but a dozen."""
    capital_a = bytes.fromhex("000010386cc6c6fec6c6c6c600000000")
    data = rom.read_bytes()
    start = data.index(capital_a) - ord("A") * GLYPH_HEIGHT
    return [data[at:at + GLYPH_HEIGHT]
            for at in range(start, start + 256 * GLYPH_HEIGHT, GLYPH_HEIGHT)]


class Cell:
    """Dots of a cell, rows of colours."""

    def __init__(self, dots: list[list[Colour]]) -> None:
        self.dots = dots
        self.colours = {colour for row in dots for colour in row}

    def glyph(self, foreground: Colour) -> bytes:
        """The dots of this colour as a font has them."""
        return bytes(sum(0x80 >> i for i, dot in enumerate(row) if dot == foreground)
                     for row in self.dots)


def rendered(code: int, foreground: Colour, background: Colour,
             cursor: range = range(0)) -> list[list[Colour]]:
    """The dots of a character."""
    rows = [0xFF if y in cursor else byte for y, byte in enumerate(FONT[code])]
    return [[foreground if row & 0x80 >> x else background for x in range(GLYPH_WIDTH)]
            for row in rows]


class Text:
    """A picture as cells of a font."""

    def __init__(self, picture: Picture, columns: int, rows: int, dot_width: int,
                 dot_height: int, font: list[bytes], corner: bool = False) -> None:
        self.picture, self.columns, self.rows = picture, columns, rows
        self.dot_width, self.dot_height = dot_width, dot_height
        self.width = columns * GLYPH_WIDTH * dot_width
        self.height = rows * GLYPH_HEIGHT * dot_height
        self.x = 0 if corner else (picture.width - self.width) // 2
        self.y = 0 if corner else (picture.height - self.height) // 2
        self.codes: dict[bytes, int] = {}
        for code, glyph in enumerate(font):
            self.codes.setdefault(glyph, code)
        self.codes[bytes(GLYPH_HEIGHT)] = 0x20

    def complaint(self) -> str | None:
        """Why this is no text of this size with black around it, or None."""
        margin = self.picture.width - self.x - self.width
        if self.x < 0 or self.y < 0:
            return f"{self.picture.width}x{self.picture.height} is too small"
        for y in range(self.picture.height):
            row = self.picture.row(y)
            if not self.y <= y < self.y + self.height:
                if any(row):
                    return f"line {y} is not black"
                continue
            if any(row[:self.x * BYTES]) or any(row[(self.picture.width - margin) * BYTES:]):
                return f"line {y} is not black at its ends"
            inside = row[self.x * BYTES:(self.x + self.width) * BYTES]
            dots = self._dots((y - self.y) // self.dot_height)
            if inside != b"".join(dot * self.dot_width for dot in dots):
                return f"line {y} is not made of dots of {self.dot_width}x{self.dot_height}"
        return None

    def _dots(self, line: int) -> list[Colour]:
        """A line of dots, by their first pixels."""
        row = self.picture.row(self.y + line * self.dot_height)
        step = self.dot_width * BYTES
        return [row[i:i + BYTES] for i in
                range(self.x * BYTES, self.x * BYTES + self.columns * GLYPH_WIDTH * step, step)]

    @cached_property
    def cells(self) -> list[list[Cell]]:
        found = []
        for row in range(self.rows):
            lines = [self._dots(row * GLYPH_HEIGHT + i) for i in range(GLYPH_HEIGHT)]
            found.append([Cell([line[i:i + GLYPH_WIDTH] for line in lines])
                          for i in range(0, self.columns * GLYPH_WIDTH, GLYPH_WIDTH)])
        return found

    def _code(self, cell: Cell) -> int | None:
        """The character, under the cursor or not; None: no character looks so."""
        if len(cell.colours) == 1:
            return 0x20
        # The background is more often dark, and black is the darkest.
        for foreground in sorted(cell.colours, reverse=True):
            glyph = cell.glyph(foreground)
            if glyph in self.codes:
                return self.codes[glyph]
            bars = [i for i, byte in enumerate(glyph) if byte == 0xFF]
            rest = bytes(0 if i in bars else byte for i, byte in enumerate(glyph))
            for other, code in self.codes.items():
                if bars and rest == bytes(0 if i in bars else byte
                                          for i, byte in enumerate(other)):
                    return code
        return None

    @cached_property
    def lines(self) -> list[str]:
        """Each row without the blanks at its end; UNKNOWN for what is no character."""
        rows = [[self._code(cell) for cell in row] for row in self.cells]
        return ["".join(UNKNOWN if code is None else character(code) for code in row).rstrip()
                for row in rows]

    def __str__(self) -> str:
        return "\n".join(self.lines)

    def colours(self, text: str) -> tuple[Colour, Colour]:
        """Foreground and background of the first place where this text stands: more dots are
        background."""
        for row, line in zip(self.cells, self.lines):
            at = line.find(text)
            if at >= 0:
                count = Counter(dot for cell in row[at:at + len(text)]
                                for dots in cell.dots for dot in dots)
                (background, _), (foreground, _) = count.most_common(2)
                return foreground, background
        raise AssertionError(f"{text!r} is not shown")

    def differs(self, screen: Screen, cursor: range = range(13, 15)) -> str | None:
        """Where it shows something else than the machine's screen, or None. What blinks may
        be shown or not, all of it alike."""
        phases = set()
        for row in range(self.rows):
            for column in range(self.columns):
                code, attribute = screen.cell(row, column)
                blinks = bool(attribute & 0x80) and screen.blinks
                background = PALETTE[attribute >> 4 & (7 if screen.blinks else 15)]
                here = not screen.hidden and (row, column) == (screen.row, screen.column)
                dots = self.cells[row][column].dots
                foreground = PALETTE[attribute & 15]
                shapes = [range(0), cursor] if here else [range(0)]
                if any(dots == rendered(code, foreground, background, shape) for shape in shapes):
                    if blinks and len(self.cells[row][column].colours) > 1:
                        phases.add(True)
                elif blinks and dots == rendered(code, background, background):
                    phases.add(False)
                else:
                    return (f"row {row}, column {column}: not {character(code)!r} with "
                            f"attribute {attribute:02x}")
        return "some text is blinked off, some is not" if len(phases) > 1 else None


class Display:
    """A machine's display, looked at again and again."""

    def __init__(self, machine: Machine, size: tuple[int, int] = (1280, 800),
                 device: str = "") -> None:
        """size: of the picture that is waited for; device: the id of one of several."""
        self.machine, self.size, self.device = machine, size, device
        self.picture = Picture(1, 1, bytes(BYTES))

    def look(self) -> Picture:
        self.picture = Picture.of(self.machine, self.device)
        self.picture.save(self.machine.directory / "picture.png")
        return self.picture

    def wait(self, complaint: Callable[[Picture], str | None],
             timeout: float = DEADLINE) -> Picture:
        """Waits until it returns None for what is shown."""
        end = time.monotonic() + timeout
        while True:
            picture = self.look()
            why = f"a picture of {picture.width}x{picture.height}, not {self.size}"
            if (picture.width, picture.height) == self.size:
                found = complaint(picture)
                if not found:
                    return picture
                why = found
            if time.monotonic() > end:
                raise MachineError(f"{self.machine.name}: {why}; "
                                   f"{self.machine.directory / 'picture.png'}")
            if not self.machine.alive():
                raise self.machine.failure(why)
            time.sleep(0.1)

    def wait_for(self, text: str, timeout: float = DEADLINE) -> Text:
        """Waits until a line of the text screen has this text."""
        def complaint(picture: Picture) -> str | None:
            shown = picture.text()
            return None if text in str(shown) else f"no {text!r} in:\n{shown}"
        return self.wait(complaint, timeout).text()

    def wait_until_equal(self, columns: int = COLUMNS, cursor: range = range(13, 15)) -> Text:
        """Waits until it shows what the machine's memory holds."""
        def complaint(picture: Picture) -> str | None:
            shown = picture.text(columns)
            return shown.complaint() or shown.differs(Screen.of(self.machine), cursor)
        return self.wait(complaint).text(columns)
