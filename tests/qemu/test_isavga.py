# SPDX-License-Identifier: LGPL-3.0-or-later
"""isa-vga: its option ROM has the screen, and consoles show the same where they are asked
for."""
from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import media
from harness import GUESTS, PASSED, Drive, Machine
from picture import BYTES, Display, Picture
from terminal import Terminal
from vga import OURS

SIZE = (720, 400)
GIVES_UP = GUESTS / "boot18.img"


class Window(Display):
    """A VGA's text, whose characters are nine dots wide: the ninth is left out, which line
    drawing alone needs."""

    def __init__(self, machine: Machine) -> None:
        super().__init__(machine, SIZE)

    def wait(self, complaint: Callable[[Picture], str | None], *args: Any) -> Picture:
        def narrow(picture: Picture) -> str | None:
            return complaint(self.narrow(picture))
        return self.narrow(super().wait(narrow, *args))

    @staticmethod
    def narrow(picture: Picture) -> Picture:
        cell = 9 * BYTES
        data = b"".join(picture.data[i:i + 8 * BYTES] for i in range(0, len(picture.data), cell))
        return Picture(640, 400, data)


def port(number: int) -> Path:
    """etc/sercon-port, 8 bytes as QEMU's own would be."""
    path = GUESTS / f"sercon-{number}"
    path.write_bytes(struct.pack("<Q", number))
    return path


@pytest.mark.parametrize("graphics,sercon,serial", [
    ("on", None, False), ("off", None, True), ("on", 0x3F8, True), ("off", 0, False)])
def test_who_shows_what_is_said(graphics: str, sercon: int | None, serial: bool) -> None:
    """The VGA always: the banner, and what goes wrong; the serial line as with SeaBIOS."""
    files: dict[str, Path | str] = {"etc/sercon-port": port(sercon)} if sercon is not None else {}
    with Machine(f"isavga-{graphics}-{sercon}", [Drive(GIVES_UP)], fw_cfg=files,
                 machine={"graphics": graphics}, args=["-device", "isa-vga", *OURS]) as machine:
        shown = Window(machine).wait_for("No bootable device: tried virtio-blk feb02e00").lines
        assert shown[0].startswith("Petrel ")
        assert shown[1] == "virtio-blk feb02e00: its boot sector gave up (INT 18h)"
        if serial:
            machine.expect(r"^Petrel .*\n.*gave up \(INT 18h\)\r\nNo bootable device: tried")
        else:
            assert not machine.console()


def test_qemus_own_rom() -> None:
    """Its font is another one; the picture is of text."""
    with Machine("isavga-seavgabios", [Drive(GIVES_UP)], args=["-device", "isa-vga"]) as machine:
        machine.expect("No bootable device: tried")

        def written(picture: Picture) -> str | None:
            lit = [any(any(picture.row(row * 16 + i)) for i in range(12)) for row in range(5)]
            return None if lit == [True, True, True, False, False] else f"lines: {lit}"
        Display(machine, SIZE).wait(written)


def test_menus_on_both(tmp_path: Path) -> None:
    """The boot menu and GRUB's, typed by a keyboard, on the VGA and on the terminal."""
    disk = media.grub_menu(tmp_path / "grub", GUESTS / "hello.img")
    with Machine("isavga-menus", [Drive(GIVES_UP), Drive(disk)],
                 args=["-device", "isa-vga", *OURS, "-device", "virtio-keyboard-device",
                       "-boot", "menu=on,splash-time=60000"]) as machine:
        window, terminal = Window(machine), Terminal(machine)
        window.wait_for("Press ESC for the boot menu")
        machine.monitor("sendkey esc")
        window.wait_for("Press a key of the list")
        terminal.wait_for("  2  virtio-blk feb0")
        machine.monitor("sendkey 2")
        text = window.wait_for("The second entry")
        terminal.wait_for("The second entry")
        assert "GNU GRUB" in terminal.text
        before = text.colours("The second entry")
        machine.monitor("sendkey down")

        def moved(picture: Picture) -> str | None:
            text = picture.text()
            return None if "The second entry" in str(text) and \
                text.colours("The second entry") != before else "the bar has not moved"
        window.wait(moved)
        machine.monitor("sendkey ret")
        assert machine.wait_exit() == PASSED


def test_scenes_on_both() -> None:
    """What programs type and draw by INT 10h is the same in the window and on the terminal."""
    with Machine("isavga-scenes", [Drive(GUESTS / "screen.img")],
                 args=["-device", "isa-vga", *OURS]) as machine:
        window, terminal = Window(machine), Terminal(machine)
        for scene in ("lines", "clear"):
            machine.expect_result(rf"scene: {scene}\n")

            def same(picture: Picture) -> str | None:
                terminal.update()
                shown, other = str(picture.text()), terminal.text
                return None if shown == other else f"window:\n{shown}\nterminal:\n{other}"
            window.wait(same)
            assert len(terminal.text.strip()) > 10
            machine.send(b" ")


def test_pcie_is_covered() -> None:
    """QEMU has the VGA's memory where PCI's configuration space is."""
    with Machine("isavga-pcie", [Drive(GUESTS / "hello.img")], machine={"pcie": "on"},
                 args=["-device", "isa-vga", *OURS, "-device", "virtio-rng-pci"]) as machine:
        machine.expect(r"^PCI: another device's memory \(an isa-vga's\?\) hides all functions")
        assert machine.wait_exit() == PASSED
