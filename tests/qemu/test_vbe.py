# SPDX-License-Identifier: LGPL-3.0-or-later
"""VESA's functions on framebuffers, and what draws by them."""
from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

import media
from harness import GUESTS, PASSED, Drive, Machine, finish_guest
from picture import Display, Picture
from test_vga import grub
from vga import OURS

DISPLAYS: dict[str, dict[str, Any]] = {
    "ramfb": {}, "VGA": {"pcie": "on"}, "bochs-display": {"pcie": "on"},
    "virtio-gpu-device": {}}
WHITE, RED, GREEN, BLUE = (bytes.fromhex(c) for c in ("ffffff", "ff0000", "00ff00", "0000ff"))


@pytest.mark.parametrize("display", DISPLAYS)
def test_functions(display: str) -> None:
    """All of them in every mode; then four columns of colours are drawn by the program, and
    at last there is text again."""
    with Machine(f"vbe-{display}", [Drive(GUESTS / "vbe.img")], machine=DISPLAYS[display],
                 args=["-device", display]) as machine:
        machine.expect_result(r"drawn: 640 x 480\n")

        def columns(picture: Picture) -> str | None:
            for y in (0, 479):
                row = picture.row(y)
                for i, colour in enumerate((WHITE, RED, GREEN, BLUE)):
                    if row[i * 480:i * 480 + 480] != colour * 160:
                        return f"line {y}, part {i} has another colour"
            return None
        Display(machine, (640, 480)).wait(columns)
        machine.send(b"x")
        finish_guest(machine)
        modes = re.findall(r"^mode \w+: (\d+ x \d+ x 32)$", machine.results(), re.M)
        assert {"640 x 480 x 32", "800 x 600 x 32", "1024 x 768 x 32", "1280 x 720 x 32",
                "1280 x 800 x 32"} <= set(modes)
        assert f"edid: {int(display != 'ramfb')}" in machine.results()


def test_users_size() -> None:
    """It is a mode, too, whatever the size."""
    with Machine("vbe-size", [Drive(GUESTS / "vbe.img")], args=["-device", "ramfb"], fw_cfg={
            "opt/org.petrel/xres": "1366", "opt/org.petrel/yres": "770"}) as machine:
        machine.expect_result(r"mode 000001F0: 1366 x 770 x 32\n")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("vbe")


def test_without_a_display() -> None:
    """No VBE: AL is not 4Fh."""
    with Machine("vbe-none", [Drive(GUESTS / "vbe.img")]) as machine:
        machine.expect_result("out eax 00000100")


def test_grub_draws_as_on_a_vga(made: Path) -> None:
    """GRUB's gfxterm: the same dots as by the VGA BIOS. It flips pages where there is room
    for two, and on a virtio-gpu the tick shows what it has drawn."""
    image = grub(made)
    seen: Picture | None = None
    for display, machine_options, roms in (
            ("isa-vga", {}, OURS), ("bochs-display", {"pcie": "on"}, ()),
            ("virtio-gpu-device", {}, ())):
        with Machine(f"vbe-grub-{display}", [Drive(image)], args=["-device", display, *roms],
                     machine={"graphics": "on", **machine_options}) as machine:
            shown = Display(machine, (1024, 768))

            def menu(picture: Picture) -> str | None:
                """The menu's frame and bar, at rest; or the dots that were there before."""
                if seen:
                    return None if picture.data == seen.data else "not as on a VGA"
                lit = sum(any(picture.row(y)) for y in range(picture.height))
                return None if lit > 600 else f"{lit} lines are not black"
            picture = shown.wait(menu)
            seen = seen or picture


def test_vesainfo(made: Path) -> None:
    """SYSLINUX's list of the modes."""
    modules = media.SYSLINUX / "modules/bios"
    names = [f"{name}.c32" for name in ("ldlinux", "vesainfo", "libcom32")]
    image = media.iso(made / "vesainfo.iso", {
        "isolinux.bin": media.ISOLINUX / "isolinux.bin",
        "isolinux.cfg": media.written(made / "isolinux.cfg", "DEFAULT vesainfo.c32\n"),
        **{name: modules / name for name in names}},
        "-b", "isolinux.bin", "-c", "boot.cat", "-no-emul-boot", "-boot-load-size", "4",
        "-boot-info-table")
    with Machine("vbe-vesainfo", [Drive(image)], args=["-device", "ramfb"]) as machine:
        machine.expect(r"0x0144 0x00fb +1024 +768 +32 ")
        machine.expect(r"0x018f 0x00fb +1280 +720 +32 ")


def test_keys_of_a_virtio_keyboard_in_the_menu() -> None:
    """With neither a serial line nor USB; a tablet is left alone."""
    with Machine("vbe-keyboard", [Drive(GUESTS / "hello.img")], serial=False,
                 args=["-device", "ramfb", "-device", "virtio-tablet-device",
                       "-device", "virtio-keyboard-device"],
                 fw_cfg={"etc/show-boot-menu": "\x01", "etc/boot-menu-wait": "\xff\xff\xff"},
                 ) as machine:
        shown = Display(machine)
        shown.wait_for("Press ESC for the boot menu")
        machine.monitor("sendkey esc")
        shown.wait_for("Press a key of the list")
        machine.monitor("sendkey 1")
        assert machine.wait_exit() == PASSED
