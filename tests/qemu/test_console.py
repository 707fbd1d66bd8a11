# SPDX-License-Identifier: LGPL-3.0-or-later
"""The console through a terminal emulator: what it shows is the PC's screen, what
is typed on it are the PC's keys."""
from __future__ import annotations

import re
import struct
from pathlib import Path
from typing import Any

import pytest

from harness import GUESTS, PASSED, Drive, Machine, finish_guest, run_guest
from terminal import Emulator, Screen, Terminal

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
                terminal.wait(lambda: terminal.differs_now(top=3))
                assert b"\x1b" not in machine.serial.data
                assert terminal.text.startswith(BEFORE.replace("\r", "").rstrip("\n"))
            elif scene == AFTER_LINES:
                terminal.wait(lambda: terminal.differs_now())
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
                terminal.wait(lambda: terminal.differs_now(cursor=rows > 24) if rows > 24 else None)
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


def test_reader_that_stops() -> None:
    """For longer than any deadline, while more is printed than buffers hold: the program
    goes on, and when the reader does, the terminal is drawn anew and its keys arrive.

    A serial line: QEMU's virtconsole takes what its reader does not, and drops it without
    a word. tests/unit/test_vconsole.c has a device that does better."""
    with Machine("stall", [Drive(GUESTS / "stall.img")]) as machine:
        terminal = Terminal(machine, before=BEFORE)
        machine.expect_result("^ready\n")
        machine.serial.paused = True
        machine.send(b" ")
        machine.expect_result("^drawn\n")
        machine.serial.paused = False
        terminal.wait_until_equal()
        assert b"\x18" in machine.serial.data      # something was lost, or this tests nothing
        machine.send(b"\x1b[Ba.")
        for key in ("50E0", "1E61", "342E"):
            machine.expect_result(f"^key: 0000{key}\n")
        finish_guest(machine)
        terminal.update()
        assert "novel" in terminal.scrollback


def test_one_reader_of_two_stops(tmp_path: Path) -> None:
    """The other one sees all of it, meanwhile and afterwards."""
    args = ["-chardev", f"file,id=other,path={tmp_path / 'hvc0'}", "-device",
            "virtio-serial-device", "-device", "virtconsole,chardev=other"]
    with Machine("stall-one-of-two", [Drive(GUESTS / "stall.img")], args=args) as machine:
        terminal = Terminal(machine)
        machine.expect_result("^ready\n")
        machine.serial.paused = True
        machine.send(b" ")
        machine.expect_result("^drawn\n")
        machine.serial.paused = False
        terminal.wait_until_equal()
        screen = Screen.of(machine)
        machine.send(b".")
        finish_guest(machine)
    assert b"\x18" in machine.serial.data
    other = (tmp_path / "hvc0").read_bytes()
    assert other.count(b"a line that nobody reads") == 400 and b"\x18" not in other
    emulator = Emulator()
    emulator.stream.feed(other)
    assert not emulator.differs(screen, cursor=False)


# --- which device is the console ---------------------------------------------

HELLO = b"hello, console\r\n"


def second_uart(output: Path) -> list[str]:
    """COM2, whose output goes to a file."""
    return ["-chardev", f"file,id=com2,path={output}",
            "-device", "isa-serial,iobase=0x2f8,irq=3,chardev=com2"]


def shown(name: str, tmp_path: Path, sercon_port: int | None = None,
          machine: dict[str, Any] | None = None, serial: bool = True,
          args: list[str] | None = None) -> bytes:
    """What a boot sector's line and all before it look like on COM1, or on the chardev
    "serial"."""
    files: dict[str, Path | str] = {}
    if sercon_port is not None:
        files["etc/sercon-port"] = tmp_path / "sercon-port"
        (tmp_path / "sercon-port").write_bytes(struct.pack("<Q", sercon_port))
    with Machine(name, [Drive(GUESTS / "hello.img")], fw_cfg=files, machine=machine,
                 serial=serial, args=args or []) as running:
        assert running.wait_exit() == PASSED
        assert HELLO in running.results().encode()
        return bytes(running.serial.data)


def test_first_uart_is_the_console(tmp_path: Path) -> None:
    other = tmp_path / "com2"
    assert shown("two-uarts", tmp_path, args=second_uart(other)).endswith(HELLO)
    assert not other.read_bytes()


def test_only_uart_is_the_console(tmp_path: Path) -> None:
    other = tmp_path / "com2"
    assert not shown("com2-only", tmp_path, serial=False, args=second_uart(other))
    assert other.read_bytes().endswith(HELLO)


def test_sercon_port(tmp_path: Path) -> None:
    """As for SeaBIOS: the console at this port, and nothing at others."""
    other = tmp_path / "com2"
    assert not shown("sercon-2f8", tmp_path, 0x2F8, args=second_uart(other))
    assert other.read_bytes().endswith(HELLO)


@pytest.mark.parametrize("port", [0, 1, 0x40, 0x1000, 0x10000, 0xFFFF_FFFF_FFFF_FFFF])
def test_sercon_port_that_is_none(tmp_path: Path, port: int) -> None:
    """It switches the serial console off, and the machine boots."""
    assert not shown(f"sercon-{port:x}", tmp_path, port)


def test_uart_and_virtconsole(tmp_path: Path) -> None:
    """Both show all, without etc/sercon-port's UART the other alone."""
    other = tmp_path / "hvc0"
    both = ["-chardev", f"file,id=hvc,path={other}", "-device", "virtio-serial-device",
            "-device", "virtconsole,chardev=hvc"]
    on_uart = shown("uart-and-virtconsole", tmp_path, args=both)
    assert on_uart.endswith(HELLO) and other.read_bytes() == on_uart
    assert not shown("virtconsole-beside-no-uart", tmp_path, 0, args=both)
    assert other.read_bytes() == on_uart


def test_no_console(tmp_path: Path) -> None:
    assert not shown("no-console", tmp_path, serial=False)


@pytest.mark.parametrize("ports", [[], ["2f8"], ["2e8", "2f8", "3e8"]], ids=len)
def test_int14(ports: list[str]) -> None:
    """INT 14h counts the UARTs from COM1, in whatever order they are given."""
    args = []
    for number, port in enumerate(ports):
        args += ["-chardev", f"null,id=com{number}",
                 "-device", f"isa-serial,iobase=0x{port},irq={number + 5},chardev=com{number}"]
    machine = run_guest(f"int14-{len(ports)}", "int14", args=args)
    found = re.findall(r"^port: 0000(\w+)$", machine.results(), re.MULTILINE)
    assert [port.lower() for port in found if port != "0000"] == [
        f"0{port}" for port in ["3f8", "2f8", "3e8", "2e8"][:len(ports) + 1]]
