# SPDX-License-Identifier: LGPL-3.0-or-later
"""What terminals send for each key, and that it arrives as the PC's key: at once, byte by
byte, in a flood, before the machine runs.

Encodings: terminfo(5)'s entries xterm, vt220, linux, tmux, screen, putty, putty-vt100,
putty-sco; xterm's "Control Sequences". Keys: Ralf Brown's Interrupt List, INT 16, table
00006. The machines count instructions, so that time in them does not depend on the host.
"""
from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import pytest

from harness import GUESTS, Drive, Machine, finish_guest
from test_console import CONSOLES

SHIFT, ALT, CTRL = 1, 2, 4      # as xterm's modifiers, less 1
FLAGS = {SHIFT: 0x02, ALT: 0x08, CTRL: 0x04}    # at 0040:0017
# A spare UART, by whose scratch register the harness talks to the boot program.
SPARE = ["-chardev", "null,id=spare", "-device", "isa-serial,iobase=0x2e8,irq=5,chardev=spare"]
SCRATCH = 0x2E8 + 7
END, END_KEY = b".", 0x342E

# Alone, with Shift, Ctrl, Alt.
PC_KEYS = {
    "home": (0x47E0, 0x47E0, 0x77E0, 0x9700), "up": (0x48E0, 0x48E0, 0x8DE0, 0x9800),
    "pgup": (0x49E0, 0x49E0, 0x84E0, 0x9900), "left": (0x4BE0, 0x4BE0, 0x73E0, 0x9B00),
    "right": (0x4DE0, 0x4DE0, 0x74E0, 0x9D00), "end": (0x4FE0, 0x4FE0, 0x75E0, 0x9F00),
    "down": (0x50E0, 0x50E0, 0x91E0, 0xA000), "pgdn": (0x51E0, 0x51E0, 0x76E0, 0xA100),
    "ins": (0x52E0, 0x52E0, 0x92E0, 0xA200), "del": (0x53E0, 0x53E0, 0x93E0, 0xA300),
    **{f"f{n}": (0x3A00 + n * 256, 0x5300 + n * 256, 0x5D00 + n * 256, 0x6700 + n * 256)
       for n in range(1, 11)},
    "f11": (0x8500, 0x8700, 0x8900, 0x8B00), "f12": (0x8600, 0x8800, 0x8A00, 0x8C00),
}


@dataclass(frozen=True)
class Typed:
    """Bytes of a terminal, and the key that they are: INT 16h's AX, its modifiers."""

    sent: bytes
    key: int
    modifiers: int = 0

    def report(self) -> tuple[int, int]:
        return self.key, sum(FLAGS[one] for one in FLAGS if self.modifiers & one)


def special(sent: str, name: str, modifiers: int = 0) -> Typed:
    column = 3 if modifiers & ALT else 2 if modifiers & CTRL else modifiers & SHIFT
    return Typed(sent.encode("latin-1"), PC_KEYS[name][column], modifiers)


ARROWS = {"up": "A", "down": "B", "right": "C", "left": "D"}
CURSOR = {**ARROWS, "home": "H", "end": "F"}
EDITING = {"home": 1, "ins": 2, "del": 3, "end": 4, "pgup": 5, "pgdn": 6}
NUMBERED = {f"f{n}": number for n, number in
            enumerate((11, 12, 13, 14, 15, 17, 18, 19, 20, 21, 23, 24), 1)}


def xterm() -> list[Typed]:
    """xterm, tmux, and those that do as they do. The cursor keys in both modes."""
    keys = [special(f"\x1b{mode}{final}", key) for mode in "[O" for key, final in CURSOR.items()]
    keys += [special(f"\x1b[{number}~", key) for key, number in EDITING.items()]
    keys += [special(f"\x1bO{final}", f"f{n}") for n, final in enumerate("PQRS", 1)]
    keys += [special(f"\x1b[{NUMBERED[f'f{n}']}~", f"f{n}") for n in range(5, 13)]
    for modifiers in range(1, 8):
        number = modifiers + 1
        keys += [special(f"\x1b[1;{number}{final}", key, modifiers)
                 for key, final in CURSOR.items()]
        keys += [special(f"\x1b[{which};{number}~", key, modifiers)
                 for key, which in EDITING.items()
                 if (key, modifiers & (ALT | CTRL)) != ("del", ALT | CTRL)]
        keys += [special(f"\x1b[1;{number}{final}", f"f{n}", modifiers)
                 for n, final in enumerate("PQRS", 1)]
        keys += [special(f"\x1b[{NUMBERED[f'f{n}']};{number}~", f"f{n}", modifiers)
                 for n in range(5, 13)]
    keys += [special("\x1b[1;9A", "up"), special("\x1b[1;13A", "up", CTRL)]    # Meta
    return keys + [special(f"\x1bO5{final}", f"f{n}", CTRL) for n, final in enumerate("PQRS", 1)]


def vt220() -> list[Typed]:
    """Its F13-F20 are a PC's Shift-F1 to -F8; also with 8-bit controls."""
    keys = [special(f"\x1b[{number}~", f"f{n}", SHIFT)
            for n, number in enumerate((25, 26, 28, 29, 31, 32, 33, 34), 1)]
    keys += [special(f"\x9b{final}", key) for key, final in ARROWS.items()]
    keys += [special(f"\x9b{number}~", key) for key, number in EDITING.items()]
    keys += [special(f"\x8f{final}", f"f{n}") for n, final in enumerate("PQRS", 1)]
    return keys + [Typed(b"\x1bOM", 0x1C0D)]


def linux() -> list[Typed]:
    """The Linux console's own: F1-F5 and Shift-Tab."""
    keys = [special(f"\x1b[[{final}", f"f{n}") for n, final in enumerate("ABCDE", 1)]
    return keys + [Typed(b"\x1b\t", 0x0F00, SHIFT)]


def putty() -> list[Typed]:
    """PuTTY's settings for the function keys, rxvt's Home and End, Alt before a sequence."""
    keys = [special(f"\x1b[{number}~", key) for key, number in NUMBERED.items()]
    keys += [special(f"\x1bO{chr(ord('P') + n - 1)}", f"f{n}") for n in range(1, 13)]
    keys += [special("\x1b[7~", "home"), special("\x1b[8~", "end"), special("\x1bOw", "end")]
    keys += [special(f"\x1b\x1b{mode}{final}", key, ALT) for mode in "[O"
             for key, final in ARROWS.items()]
    keys += [special(f"\x1b\x1b[{number}~", key, ALT)
             for key, number in (EDITING | NUMBERED).items()]
    sco = {"ins": "L", "pgup": "I", "pgdn": "G"}
    keys += [special(f"\x1b[{final}", key) for key, final in sco.items()]
    finals = [(0, "MNOPQRSTUVWX"), (SHIFT, "Y abcdefghij"), (CTRL, "klmnopqrstuv")]
    return keys + [special(f"\x1b[{final}", f"f{n}", modifiers) for modifiers, row in finals
                   for n, final in enumerate(row, 1) if final != " "]


# The US keyboard: the scan code of a row's first key, its characters, those with Shift.
ROWS = [(0x02, "1234567890-=", "!@#$%^&*()_+"), (0x10, "qwertyuiop[]", "QWERTYUIOP{}"),
        (0x1E, "asdfghjkl;'`", 'ASDFGHJKL:"~'), (0x2B, "\\zxcvbnm,./", "|ZXCVBNM<>?"),
        (0x39, " ", "")]
SCAN = {character: first + n for first, *rows in ROWS for row in rows
        for n, character in enumerate(row)}
SHIFTED = {character for _, _, row in ROWS for character in row}


def characters() -> list[Typed]:
    """The US keyboard's, with Shift, Ctrl, and Alt as an ESC before."""
    keys = [Typed(character.encode(), scan << 8 | ord(character), SHIFT * (character in SHIFTED))
            for character, scan in SCAN.items() if character != END.decode()]
    for code in sorted(set(range(0x20)) - {0x08, 0x09, 0x0D, 0x1B}):
        character = chr(code | 0x60) if 0 < code <= 26 else chr(code | 0x40)
        keys.append(Typed(bytes([code]), SCAN[character] << 8 | code, CTRL))
    for character, scan in SCAN.items():
        if character in " [O.":     # not Alt's, a sequence's beginning, or the end of all
            continue
        scan += 0x76 * (0x02 <= scan <= 0x0D)
        keys.append(Typed(b"\x1b" + character.encode(), scan << 8,
                          ALT | SHIFT * (character in SHIFTED)))
    return keys + [Typed(b"\x08", 0x0E08), Typed(b"\x7f", 0x0E08), Typed(b"\r", 0x1C0D),
                   Typed(b"\t", 0x0F09), Typed(b"\x1b[Z", 0x0F00, SHIFT),
                   Typed(b"\x1b\x7f", 0x0E00, ALT), Typed(b"\x1b\r", 0x1C00, ALT)]


def utf8() -> list[Typed]:
    """CP437's upper half, as if it were entered by Alt and the numeric pad."""
    return [Typed(bytes([code]).decode("cp437").encode(), code) for code in range(0x80, 0xFF)]


TERMINALS = [xterm, vt220, linux, putty, characters, utf8]
# What is no key, or cut short: nothing, and the next key is not lost.
NOTHING = ["\x1b[?1;2c", "\x1b[200~", "\x1b[99;5~", "€", "\x1bOc", "\x1b[<0;10;20M",
           "\x1b[27;5;9~", "\x1b[3\x1b[99~"]
# By AH=00h: no E0, and none of the keys that the first PC's keyboard had not.
OLD_KEYS: list[tuple[bytes, list[int]]] = [
    (b"a", [0x1E61]), (b"\x1b[A", [0x4800]), (b"\x1b[3~", [0x5300]), (b"\x1b[23~", []),
    (b"\x1b[1;3A", []), (b"\x1bOP", [0x3B00]), (b"\xc3\xa9", [0x0082]), (END, [END_KEY]),
]

TICK_MS = 55
ESC_MS, SEQUENCE_MS = 500, 2000     # the decoder's deadlines

Keys = list[tuple[int, int]]        # AX and shift flags


def pieces() -> list[tuple[bytes, int, Keys]]:
    """What is sent, the ticks after it, and the keys that come of it by then. Each byte of
    each sequence has 110 ms to itself: on a line of 115200 baud it takes 0.09 ms."""
    steps: list[tuple[bytes, int, Keys]] = [
        (typed.sent[n:n + 1], 2, [typed.report()] if n + 1 == len(typed.sent) else [])
        for terminal in TERMINALS for typed in terminal() for n in range(len(typed.sent))]
    esc, alt = (0x011B, 0), FLAGS[ALT]
    # an ESC alone, and what begins like a sequence
    for alone, deadline, keys in [
        (b"\x1b", ESC_MS, [esc]), (b"\x1b\x1b", ESC_MS, [esc, esc]),
        (b"\x1b[", SEQUENCE_MS, [(0x1A00, alt)]),
        (b"\x1bO", SEQUENCE_MS, [(0x1800, alt | FLAGS[SHIFT])]),
    ]:
        steps.append((alone, deadline // TICK_MS + 4, keys))
    # shortly before the deadline, and for what can be nothing else long after it
    for pause, start, end, key in [
        (ESC_MS * 3 // 4, b"\x1b", b"[A", (0x48E0, 0)),
        (ESC_MS * 3 // 4, b"\x1b\x1b", b"[A", (0x9800, alt)),
        (ESC_MS * 3 // 4, b"\x1b", b"a", (0x1E00, alt)),
        (SEQUENCE_MS * 3 // 4, b"\x1b[", b"A", (0x48E0, 0)),
        (SEQUENCE_MS * 5, b"\x1b[1", b"5~", (0x3F00, 0)),
        (SEQUENCE_MS * 5, b"\x1b[1;", b"5A", (0x8DE0, FLAGS[CTRL])),
        (SEQUENCE_MS * 5, b"\xc3", b"\xa9", (0x0082, 0)),
    ]:
        steps += [(start, pause // TICK_MS, []), (end, 2, [key])]
    return steps + [(END, 2, [(END_KEY, 0)])]


def reported(machine: Machine, until: str = "") -> Keys:
    """The keys up to another line on the result port, or to the one that ends them all."""
    keys: Keys = []
    while not keys or until or keys[-1][0] != END_KEY:
        found = machine.expect_result(r"^(?:key: (\w+) (\w+)|(next|paste))\n")
        if found[3]:
            assert found[3].decode() == until
            break
        keys.append((int(found[1], 16), int(found[2], 16) & 0x0F))
    return keys


def check(machine: Machine, wanted: list[tuple[bytes, Keys]], got: Keys) -> None:
    """Fails with the first of what was sent that is not the keys that it should be."""
    at = 0
    for sent, keys in wanted:
        following = got[at:at + len(keys)]
        if following != keys:
            words = [" ".join(f"{key:04X}/{flags:X}" for key, flags in some)
                     for some in (keys, following)]
            raise machine.failure(f"{sent!r} is {words[1]}, and not {words[0]}")
        at += len(keys)
    assert got[at:] == []


def type_at_once(machine: Machine) -> None:
    wanted: list[tuple[bytes, Keys]] = [(typed.sent, [typed.report()])
                                        for terminal in TERMINALS for typed in terminal()]
    wanted += [(nothing.encode() + b"q", [(0x1071, 0)]) for nothing in NOTHING]
    wanted.append((END, [(END_KEY, 0)]))
    machine.send(b"".join(sent for sent, _ in wanted))
    check(machine, wanted, reported(machine))


def type_for_old_programs(machine: Machine) -> None:
    machine.send(b"".join(sent for sent, _ in OLD_KEYS))
    got = [key for key, _ in reported(machine)]
    assert got == [key for _, keys in OLD_KEYS for key in keys]


def type_slowly(machine: Machine) -> None:
    reported(machine, "next")
    for sent, ticks, keys in pieces():
        machine.send(sent)
        machine.monitor(f"o /b {SCRATCH:#x} {ticks}")
        check(machine, [(sent, keys)], reported(machine, "paste" if sent == END else "next"))


def paste(machine: Machine) -> None:
    """4 KiB to a program that has better things to do."""
    machine.send(bytes(0x21 + (n * 7 + n // 94) % 94 for n in range(4096)))
    machine.expect_result("^pasted: 0 wrong")


@pytest.mark.parametrize("console", CONSOLES)
def test_keys(console: str) -> None:
    """Every key in every encoding, at once and in pieces of a byte; none is lost."""
    options: dict[str, Any] = dict(CONSOLES[console])
    options["args"] = [*options.get("args", []), *SPARE]
    with Machine(f"keys-{console}", [Drive(GUESTS / "keys.img")], icount=True, **options
                 ) as machine:
        machine.expect_result("^ready\n")
        type_at_once(machine)
        type_for_old_programs(machine)
        type_slowly(machine)
        paste(machine)
        finish_guest(machine)


@pytest.mark.parametrize("console", CONSOLES)
def test_typed_before_the_machine_runs(console: str) -> None:
    """Nothing is lost of what comes before and while the firmware sets the console up."""
    options: dict[str, Any] = dict(CONSOLES[console])
    options["args"] = [*options.get("args", []), "-S"]
    with Machine(f"early-{console}", [Drive(GUESTS / "keys.img")], **options) as machine:
        machine.send(b"early bird" + END)
        for _ in range(10):     # QEMU has seen it by then, and offered it to the UART
            assert not machine.qmp("query-status")["running"]
        machine.qmp("cont")
        keys = reported(machine)
        assert bytes(key & 0xFF for key, _ in keys) == b"early bird" + END
