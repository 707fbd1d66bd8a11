# SPDX-License-Identifier: LGPL-3.0-or-later
"""Boot menus on a terminal: what they draw is what the terminal shows, and its keys
choose."""
from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import media
from harness import GUESTS, PASSED, Drive, Machine
from terminal import Terminal
from test_console import BEFORE, CONSOLES

DOWN, ENTER, TAB = b"\x1b[B", b"\r", b"\t"
MENUS: dict[str, Callable[[Path], Path]] = {
    "grub": lambda path: media.grub_menu(path, GUESTS / "hello.img"),
    "menu.c32": lambda path: media.syslinux_menu(path, "menu", GUESTS / "hello.img"),
    # wants VESA, and takes a text screen when there is none
    "vesamenu.c32": lambda path: media.syslinux_menu(path, "vesamenu", GUESTS / "hello.img"),
}
INSTALLER_DEADLINE = 900    # a distribution's kernel and 40 MB of initrd


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("menus")


def selected(terminal: Terminal, text: str) -> bool:
    """Is a menu's line marked, with a star or by its colours?"""
    lines = [y for y, line in enumerate(terminal.screen.display) if text in line]
    if not lines:
        return False
    column = terminal.screen.display[lines[-1]].index(text)
    cells = terminal.screen.buffer[lines[-1]]
    return cells[column].bg == "white" and cells[column].fg == "black"


@pytest.mark.parametrize("console", CONSOLES)
@pytest.mark.parametrize("menu", MENUS)
def test_second_entry(made: Path, menu: str, console: str) -> None:
    """An arrow key, Enter, and the second entry boots."""
    image = made / menu
    if not image.exists():
        MENUS[menu](image)
    with Machine(f"menu-{menu}-{console}", [Drive(image)], **CONSOLES[console]) as machine:
        terminal = Terminal(machine, before=BEFORE)
        terminal.wait_for("The second entry")
        terminal.wait_until_equal()
        assert selected(terminal, "The first entry"), terminal.text
        machine.send(DOWN)
        terminal.wait(lambda: None if selected(terminal, "The second entry") else "not selected")
        terminal.wait_until_equal()
        machine.send(ENTER)
        assert machine.wait_exit() == PASSED
        terminal.update()
        assert "hello, console" in terminal.text
        assert "novel" in terminal.scrollback


@pytest.fixture(scope="module")
def installer(made: Path) -> Path:
    return media.installer_menu(made / "installer.iso")


@pytest.mark.parametrize("console", CONSOLES)
def test_debian_installer(installer: Path, console: str) -> None:
    """Its boot menu, whose first entry is edited by Tab. With the serial console, as far
    as its first question; its kernel knows no virtio console at that time."""
    options: dict[str, Any] = dict(CONSOLES[console])
    options["args"] = [
        *options.get("args", []), "-device", "virtio-scsi-device,id=scsi",
        "-drive", f"if=none,id=cd,format=raw,media=cdrom,file={installer}",
        "-device", "scsi-cd,bus=scsi.0,drive=cd"]
    with Machine(f"installer-{console}", memory="1G", **options) as machine:
        terminal = Terminal(machine, before=BEFORE)
        terminal.wait_for("Press ENTER to boot or TAB to edit")
        terminal.wait_until_equal()
        machine.send(TAB)
        terminal.wait_for("-- quiet")
        terminal.wait_until_equal()
        assert "novel" in terminal.scrollback
        machine.send(b"console=ttyS0 tsc_early_khz=2000000")
        terminal.wait_for("tsc_early_khz=2000000")
        terminal.wait_until_equal()
        if console != "serial":
            return
        machine.send(ENTER)
        terminal.wait_for("Select a language", INSTALLER_DEADLINE)
