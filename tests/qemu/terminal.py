# SPDX-License-Identifier: LGPL-3.0-or-later
"""A terminal (pyte's emulation of one) on a machine's console, and whether it
shows what the machine's text screen at B800:0000 holds.

    terminal = Terminal(machine)
    terminal.wait_for("GNU GRUB")
    terminal.wait_until_equal()
"""
from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pyte

from harness import DEADLINE, Machine, MachineError

ROWS, COLUMNS = 25, 80
SCREEN, BDA = 0xB8000, 0x400

# What the PC's font has in the places of ASCII's control codes.
LOW = " ☺☻♥♦♣♠•◘○◙♂♀♪♫☼►◄↕‼¶§▬↨↑↓→←∟↔▲▼"
# The PC's colours by pyte's names: SGR 33 is "brown" there.
COLOURS = ["black", "blue", "green", "cyan", "red", "magenta", "brown", "white"]


def character(byte: int) -> str:
    """What the PC's screen shows for a byte."""
    if byte < 0x20:
        return LOW[byte]
    if byte in (0x7F, 0xFF):
        return "⌂" if byte == 0x7F else " "
    return bytes([byte]).decode("cp437")


class Screen:
    """A copy of the screen memory and of what the BDA says of it."""

    def __init__(self, bda: bytes, cells: bytes) -> None:
        """cells: from the visible page's first on."""
        self.columns = bda[0x4A]
        page = bda[0x62] & 7
        self.column, self.row = bda[0x50 + 2 * page], bda[0x51 + 2 * page]
        self.hidden = bool(bda[0x61] & 0x20) or self.row >= ROWS
        self.blinks = bool(bda[0x65] & 0x20)
        self.cells = cells

    @classmethod
    def of(cls, machine: Machine) -> Screen:
        """The machine's, now."""
        bda = cls._read(machine, BDA, 0x100)
        start = bda[0x4E] | bda[0x4F] << 8
        return cls(bda, cls._read(machine, SCREEN + start, ROWS * bda[0x4A] * 2))

    @staticmethod
    def _read(machine: Machine, address: int, size: int) -> bytes:
        with tempfile.TemporaryDirectory() as directory:
            path = Path(directory) / "memory"
            machine.qmp("pmemsave", val=address, size=size, filename=str(path))
            return path.read_bytes()

    def cell(self, row: int, column: int) -> tuple[int, int]:
        """Character and attribute; plain blanks right of 40 columns."""
        if column >= self.columns:
            return 0x20, 0x07
        at = 2 * (row * self.columns + column)
        return self.cells[at], self.cells[at + 1]


class Emulator:
    """A terminal, and whether it shows what a screen holds."""

    def __init__(self, rows: int = ROWS, columns: int = COLUMNS) -> None:
        self.screen = pyte.HistoryScreen(columns, rows, history=1000, ratio=0.5)
        self.stream = pyte.ByteStream(self.screen)

    def differs(self, screen: Screen, cursor: bool = True, top: int = 0) -> str | None:
        """Where it shows something else than the screen, or None. `top`: which of its
        lines is the screen's first one, for what was printed as lines."""
        for row in range(ROWS):
            if not 0 <= row + top < self.screen.lines:
                continue
            for column in range(COLUMNS):
                complaint = self._compare(screen, row, column, top)
                if complaint:
                    return f"row {row}, column {column}: {complaint}"
        if cursor and self.screen.cursor.hidden != screen.hidden:
            return f"the cursor's hidden is {self.screen.cursor.hidden}"
        attributes = self.screen.cursor.attrs
        if (attributes.fg, attributes.bg, attributes.bold) != ("default", "default", False):
            return f"attributes are left as {attributes}"
        place = (self.screen.cursor.y - top, self.screen.cursor.x)
        if cursor and not screen.hidden and place != (screen.row, screen.column):
            return f"the cursor is at {place}, not {screen.row, screen.column}"
        return None

    def _compare(self, screen: Screen, row: int, column: int, top: int) -> str | None:
        byte, attribute = screen.cell(row, column)
        wanted, got = character(byte), self.screen.buffer[row + top][column]
        if got.data != wanted:
            return f"{got.data!r}, not {wanted!r}"
        # pyte 0.8.0 calls bright backgrounds as the dark ones, and makes the text bold
        background = "black" if got.bg == "default" else got.bg.removeprefix("bright")
        if background != COLOURS[attribute >> 4 & 7]:
            return f"background {got.bg}, attribute {attribute:02x}"
        if wanted == " ":
            return None
        colour = COLOURS[attribute & 7]
        foreground = "white" if got.fg == "default" else got.fg
        bold = bool(attribute & 8 or (attribute & 0x80 and not screen.blinks))
        if (foreground, got.bold) != (colour, bold):
            return f"{got}, attribute {attribute:02x}"
        return None

class Terminal(Emulator):
    """The user's terminal: all that the machine has sent, as it looks now."""

    def __init__(self, machine: Machine, rows: int = ROWS, columns: int = COLUMNS,
                 before: str = "") -> None:
        """before: what is on it already."""
        super().__init__(rows, columns)
        self.machine = machine
        self.stream.feed(before.encode())
        self._fed = 0

    def update(self) -> None:
        """Show what has arrived."""
        self.machine.serial.pump()
        data = bytes(self.machine.serial.data[self._fed:])
        self._fed += len(data)
        self.stream.feed(data)

    @property
    def text(self) -> str:
        return "\n".join(line.rstrip() for line in self.screen.display)

    @property
    def scrollback(self) -> str:
        lines = []
        for line in self.screen.history.top:
            width = max(line, default=-1) + 1
            lines.append("".join(line[x].data for x in range(width)).rstrip())
        return "\n".join(lines)

    def wait(self, condition: Callable[[], str | None], timeout: float = DEADLINE) -> None:
        """Until the condition finds nothing to complain about."""
        end = time.monotonic() + timeout
        while True:
            self.update()
            complaint = condition()
            if not complaint:
                return
            if time.monotonic() > end or not self.machine.alive():
                raise self.failure(complaint)
            time.sleep(0.02)

    def wait_for(self, text: str, timeout: float = DEADLINE) -> None:
        """Until it shows a text."""
        self.wait(lambda: None if text in self.text else f"no {text!r} on the terminal", timeout)

    def failure(self, complaint: str) -> MachineError:
        frame = "\n".join(f"|{line}|" for line in self.screen.display)
        return self.machine.failure(f"{complaint}; the terminal shows\n{frame}")

    def differs_now(self, cursor: bool = True, top: int = 0) -> str | None:
        """From the machine's screen, as differs()."""
        screen = Screen.of(self.machine)
        self.update()
        return self.differs(screen, cursor, top)

    def wait_until_equal(self, cursor: bool = True, timeout: float = DEADLINE) -> None:
        """Until it shows what the screen holds."""
        self.wait(lambda: self.differs_now(cursor), timeout)
