# SPDX-License-Identifier: LGPL-3.0-or-later
"""The console through a terminal emulator: what it shows is the PC's screen, what
is typed on it are the PC's keys."""
from __future__ import annotations

import re
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

import media
from harness import BUILD, GUESTS, TOP, Drive, Machine, finish_guest
from terminal import Terminal

VIRTCONSOLE = ["-device", "virtio-serial-device", "-device", "virtconsole,chardev=serial"]
CONSOLES: dict[str, dict[str, Any]] = {
    "serial": {},
    "virtconsole": {"serial": False, "args": VIRTCONSOLE},
    "virtconsole-modern": {"serial": False, "args": VIRTCONSOLE, "modern": True},
}
console = pytest.mark.parametrize("console", CONSOLES)

BEFORE = "user@host:~$ ls\r\nletters   novel\r\nuser@host:~$ qemu\r\n"


def next_scene(machine: Machine) -> str:
    return machine.expect_result(r"^(?:scene: ([^\n]*)|done: [^\n]*)\n")[1].decode()


# Scenes that are lines of text: no control sequence has been sent.
LINES = ["lines"]
AFTER_LINES = "lines after a drawn screen"


def assert_left_to_an_os(terminal: Terminal) -> None:
    """What an OS prints will come below the last line, plain, at a cursor that is seen."""
    cursor, lines = terminal.screen.cursor, terminal.screen.display
    assert "the last line" in "".join(lines[:cursor.y]), terminal.text
    assert not "".join(lines[cursor.y:]).strip() and not cursor.x, terminal.text
    assert not cursor.hidden
    attributes = cursor.attrs
    assert (attributes.fg, attributes.bg, attributes.bold) == ("default", "default", False)


@console
def test_screen(console: str) -> None:
    """Each scene of the program, cell by cell, with colours and cursor."""
    with Machine(f"screen-{console}", [Drive(GUESTS / "screen.img")],
                 **CONSOLES[console]) as machine:
        terminal = Terminal(machine, before=BEFORE)
        scenes = []
        while not scenes or scenes[-1] != "direct clear":
            scene = next_scene(machine)
            scenes.append(scene)
            if scene in LINES:
                terminal.wait_for("as lines")
                terminal.wait(lambda: terminal.differs(top=3))
                assert b"\x1b" not in machine.serial.data
                assert terminal.text.startswith(BEFORE.replace("\r", "").rstrip("\n"))
            elif scene == AFTER_LINES:
                terminal.wait(lambda: terminal.differs())
                assert machine.serial.data.endswith(5 * b"teletype scrolls\r\n" + b"teletype scrolls")
            else:
                terminal.wait_until_equal()
            machine.send(b" ")
        finish_guest(machine)
        assert len(scenes) == 23
        terminal.update()
        assert_left_to_an_os(terminal)
        # nothing that was there before is lost, and the terminal is as it was
        assert "novel" in terminal.scrollback and "spinning: done" in terminal.scrollback
        assert b"\x1bc" not in machine.serial.data and b"\x1b[?7" not in machine.serial.data
        assert b"[3J" not in machine.serial.data


@pytest.mark.parametrize("rows,columns", [(24, 80), (50, 132)])
def test_other_sizes(rows: int, columns: int) -> None:
    """On a taller or wider terminal the screen is in the corner; one of 24 lines
    lacks the last line only."""
    with Machine(f"size-{rows}", [Drive(GUESTS / "screen.img")]) as machine:
        terminal = Terminal(machine, rows, columns, before=BEFORE)
        scene = ""
        while scene != "scroll all":
            scene = next_scene(machine)
            if scene not in LINES:
                terminal.wait(lambda: terminal.differs(cursor=rows > 24) if rows > 24 else None)
            if scene != "scroll all":
                machine.send(b" ")
        if rows == 24:
            terminal.wait_for("xxxx")
            lines = terminal.screen.display
            assert [line[0] for line in lines[:23]] == [chr(ord("b") + i) for i in range(23)]
        assert "novel" in terminal.scrollback


def test_ascii() -> None:
    """opt/org.petrel/charset=ascii."""
    with Machine("ascii", [Drive(GUESTS / "screen.img")],
                 fw_cfg={"opt/org.petrel/charset": "ascii"}) as machine:
        terminal = Terminal(machine)
        for _ in range(2):
            next_scene(machine)
            machine.send(b" ")
        next_scene(machine)
        terminal.wait_for("|   it   |")
        terminal.wait_for("+--------+")
        assert all(byte < 0x80 for byte in machine.serial.data)
