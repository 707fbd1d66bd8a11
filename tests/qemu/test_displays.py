# SPDX-License-Identifier: LGPL-3.0-or-later
"""Displays: the picture in QEMU's window shows the text screen, on each kind of display."""
from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import media
from harness import GUESTS, PASSED, Drive, Machine
from picture import BLACK, PALETTE, Display

PCIE: dict[str, Any] = {"pcie": "on"}
SIZE = (1280, 800)

# What to give QEMU for each, and the options of the machine.
DISPLAYS: dict[str, tuple[list[str], dict[str, Any]]] = {
    "ramfb": (["-device", "ramfb"], {}),
    "bochs-display": (["-device", "bochs-display"], PCIE),
    "VGA": (["-device", "VGA"], PCIE),
    "secondary-vga": (["-device", "secondary-vga"], PCIE),
    "virtio-vga": (["-device", "virtio-vga"], PCIE),
    "virtio-gpu-device": (["-device", "virtio-gpu-device"], {}),
    "virtio-gpu-pci": (["-device", "virtio-gpu-pci"], PCIE),
}
# Each is told what changed, or looks for itself: all that happens is looked at on one of a kind.
ALL_SCENES = {"ramfb", "virtio-gpu-device"}
FIRST_SCENES = ["lines", "clear", "box"]
# Before the program asks what INT 10h is.
LAST_SCENE = "direct clear"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("displays")


def machine_with(display: str, name: str, drives: list[Drive], *, args: list[str] | None = None,
                 machine: dict[str, Any] | None = None, **options: Any) -> Machine:
    devices, board = DISPLAYS[display]
    return Machine(f"display-{display}-{name}", drives, args=[*devices, *(args or [])],
                   machine={**board, **(machine or {})}, **options)


def keep(machine: Machine, name: str) -> None:
    """Leaves the last picture under a name of its own."""
    shutil.copy(machine.directory / "picture.png", machine.directory / f"{name}.png")


@pytest.mark.parametrize("display", DISPLAYS)
def test_scenes(display: str) -> None:
    """What programs draw, by INT 10h and by themselves, and the serial line beside it."""
    with machine_with(display, "scenes", [Drive(GUESTS / "screen.img")]) as machine:
        shown = Display(machine)
        scenes = []
        while not scenes or scenes[-1] != LAST_SCENE:
            scenes.append(machine.expect_result(r"scene: (.*)\n")[1].decode())
            shown.wait_until_equal(40 if scenes[-1] == "40 columns" else 80)
            if scenes[-1] in ("colours", "characters"):
                keep(machine, scenes[-1])
            if display not in ALL_SCENES and scenes == FIRST_SCENES:
                break
            machine.send(b" ")
        assert len(scenes) == (23 if display in ALL_SCENES else 3)
        assert "another one, longer" in machine.console()


def test_colours_and_cursor() -> None:
    """The colours of attributes are those of a VGA; the cursor is at the foot and blinks."""
    with machine_with("bochs-display", "cursor", []) as machine:
        shown = Display(machine)
        text = shown.wait_for("No bootable device: no disk found")
        assert text.colours("No bootable") == (PALETTE[7], BLACK)
        looks = set()

        def both(_: Any) -> str | None:
            cell = shown.picture.text().cells[2][0]
            looks.add(tuple(row[0] != BLACK for row in cell.dots))
            return None if len(looks) == 2 else "the cursor does not blink"
        shown.wait(both)
    assert looks == {(False,) * 16, (False,) * 13 + (True, True, False)}


@pytest.mark.parametrize("display,options,size", [
    ("bochs-display", "xres=1024,yres=768", (1024, 768)),
    ("VGA", "xres=1366,yres=768", (1360, 768)),     # a VGA has multiples of 8
    ("VGA", "vgamem_mb=1", (800, 600)),             # 16 bits
    ("bochs-display", "edid=off", SIZE),
    ("bochs-display", "xres=320,yres=200", SIZE),   # too small for the text
    ("virtio-gpu-device", "xres=1920,yres=1080", (1920, 1080)),
    ("virtio-gpu-pci", "xres=640,yres=480", (640, 480)),
], ids=lambda value: value if isinstance(value, str) else "")
def test_size(display: str, options: str, size: tuple[int, int]) -> None:
    """The size that the device was given, with the largest whole dots that fit."""
    devices, board = DISPLAYS[display]
    name = re.sub(r"\W", "-", options)
    with Machine(f"display-{display}-{name}", machine=board,
                 args=["-device", f"{devices[1]},{options}"]) as machine:
        shown = Display(machine, size)
        text = shown.wait_for("No bootable device")
    scale = min(size[0] // 640, size[1] // 400)
    assert (text.dot_width, text.dot_height) == (scale, scale)


@pytest.mark.parametrize("display", ["ramfb", "VGA"])
def test_users_size(display: str) -> None:
    with machine_with(display, "users-size", [], fw_cfg={
            "opt/org.petrel/xres": "800", "opt/org.petrel/yres": "600"}) as machine:
        Display(machine, (800, 600)).wait_for("No bootable device")


def test_several() -> None:
    """Each display shows the screen, in its own size."""
    sizes = {"bochs-display": (1280, 800), "virtio-gpu-device": (1024, 768), "VGA": (640, 480)}
    args = [word for device, (width, height) in sizes.items()
            for word in ("-device", f"{device},id={device},xres={width},yres={height}")]
    with Machine("displays-three", machine=PCIE, args=args) as machine:
        for device, size in sizes.items():
            Display(machine, size, device).wait_for("No bootable device")


def test_boot_menu() -> None:
    """The menu, without a serial line; its key comes from a keyboard."""
    with machine_with("ramfb", "menu", [Drive(GUESTS / "hello.img"), Drive(GUESTS / "hello.img")],
                      serial=False, machine={"usb": "on"}, args=["-device", "usb-kbd"],
                      fw_cfg={"etc/show-boot-menu": "\x01", "etc/boot-menu-wait": "\xff\xff\xff"},
                      ) as machine:
        shown = Display(machine)
        shown.wait_for("Press ESC for the boot menu")
        machine.monitor("sendkey esc")
        text = shown.wait_for("Press a key of the list")
        assert "1  virtio-blk feb02e00" in str(text) and "2  virtio-blk feb02c00" in str(text)
        shown.wait_until_equal()
        machine.monitor("sendkey 2")
        assert machine.wait_exit() == PASSED


MENUS: dict[str, tuple[str, Callable[[Path], Path]]] = {
    "grub": ("The second entry", lambda path: media.grub_menu(path, GUESTS / "hello.img")),
    "menu.c32": ("The second entry",
                 lambda path: media.syslinux_menu(path, "menu", GUESTS / "hello.img")),
}


@pytest.mark.parametrize("display,menu", [("bochs-display", "grub"), ("ramfb", "menu.c32")])
def test_menu_of_a_boot_loader(made: Path, display: str, menu: str) -> None:
    """Drawn by the boot loader on the BIOS's console; an arrow key moves its bar."""
    wanted, make = MENUS[menu]
    with machine_with(display, menu, [Drive(make(made / menu))]) as machine:
        shown = Display(machine)
        shown.wait_for(wanted)
        before = shown.wait_until_equal().colours(wanted)
        assert before == (PALETTE[7], BLACK) or menu == "menu.c32"
        machine.send(b"\x1b[B")
        shown.wait(lambda picture: None if picture.text().colours(wanted) != before
                   else "the bar has not moved")
        shown.wait_until_equal()
        machine.send(b"\r")
        assert machine.wait_exit() == PASSED


def test_isolinux(made: Path) -> None:
    """From a CD, by its own messages."""
    image = media.iso(made / "prompt.iso", {
        "isolinux.bin": media.ISOLINUX / "isolinux.bin",
        "ldlinux.c32": media.SYSLINUX / "modules/bios/ldlinux.c32",
        "isolinux.cfg": media.written(made / "isolinux.cfg", "PROMPT 1\nDISPLAY colours.txt\n"),
        "colours.txt": media.written(made / "colours.txt",
                                     "\x0f1eYellow on blue\x0f07 and plain\n"),
    }, "-b", "isolinux.bin", "-c", "boot.cat", "-no-emul-boot", "-boot-load-size", "4",
        "-boot-info-table")
    with machine_with("virtio-gpu-pci", "isolinux", [], args=[
            "-device", "virtio-scsi-device,id=scsi", "-device", "scsi-cd,bus=scsi.0,drive=cd",
            "-drive", f"if=none,id=cd,format=raw,media=cdrom,file={image}"]) as machine:
        shown = Display(machine)
        text = shown.wait_for("boot:")
        assert "ISOLINUX 6" in str(text)
        assert text.colours("Yellow on blue") == (PALETTE[14], PALETTE[1])
        shown.wait_until_equal()


def test_option_rom_is_not_run() -> None:
    """What QEMU gives ramfb for other firmware, and what a VGA on PCI carries."""
    with Machine("display-roms", [Drive(GUESTS / "hello.img")], machine=PCIE,
                 args=["-device", "ramfb", "-device", "VGA"]) as machine:
        assert machine.wait_exit() == PASSED
    assert "Option ROM" not in machine.console()
    assert "VGABIOS" not in machine.debug_log()


def test_display_that_cannot_be_driven() -> None:
    """It wants ports, which the machine has not: a line in the log, and the boot goes on."""
    with Machine("display-cirrus", [Drive(GUESTS / "hello.img")], machine=PCIE,
                 args=["-device", "cirrus-vga"]) as machine:
        assert machine.wait_exit() == PASSED
    assert "a display's option ROM is not run without VGA ports" in machine.debug_log()


@pytest.mark.parametrize("memory,size", [("12M", SIZE), ("8M", (640, 480))])
def test_little_memory(memory: str, size: tuple[int, int]) -> None:
    """A picture takes a quarter of it at most: it has 24 bits a pixel, or is smaller."""
    with machine_with("ramfb", f"memory-{memory}", [], memory=memory) as machine:
        Display(machine, size).wait_for("No bootable device")
