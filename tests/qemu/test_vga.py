# SPDX-License-Identifier: LGPL-3.0-or-later
"""The VGA BIOS: its functions, on each adapter and machine that has one of its ROMs; what
it leaves in the registers, beside SeaVGABIOS; boot loaders that draw by it."""
from __future__ import annotations

import re
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from harness import DEADLINE, GUESTS, Drive, finish_guest
from vga import ADAPTERS, OURS, THEIRS, PC, machine_with, screen

ISOLINUX = [Path("/usr/lib/ISOLINUX/isolinux.bin"), Path("/usr/share/syslinux/isolinux.bin")]
MODULES = [Path("/usr/lib/syslinux/modules/bios"), Path("/usr/share/syslinux")]


def results(name: str, guest: str, adapter: str, **options: object) -> str:
    drives = [Drive(GUESTS / f"{guest}.img")]
    with machine_with(f"vga-{name}", adapter, drives, **options) as machine:
        finish_guest(machine)
        return machine.results()


@pytest.mark.parametrize("guest", ["vga", "vesa"])
@pytest.mark.parametrize("adapter, model", [("isa-vga", "microvm"), ("VGA", "pc")])
def test_functions(adapter: str, model: str, guest: str) -> None:
    report = results(f"{guest}-{adapter}", guest, adapter, model=model)
    if guest == "vesa":
        # Of QEMU's adapters this one says what monitor it has.
        assert f"edid: {int(adapter == 'VGA')}" in report


def test_random_calls() -> None:
    """On a microvm the ROM is in memory that can be written to."""
    results("random", "vgarandom", "isa-vga")


# --- the registers -----------------------------------------------------------------

# What vgadump says of a mode: the part, and the byte in it.
Difference = tuple[str, int]

# Where SeaVGABIOS leaves other values than IBM's table of parameters. In all modes: the
# colours that a comparison heeds, which a mode without planes does not use; the CGA's
# mode and colour registers as 40:65 and 40:66 keep them.
ALWAYS: set[Difference] = {("gfx", 7), ("bda", 0x1C), ("bda", 0x1D)}
DIFFERENT: dict[str, set[Difference]] = {
    # MDA's cursor; lines of nine dots and character cells by the VGA's monochrome entry
    "07": {("bda", 0x17), ("bda", 0x18), ("attr", 0),
           *(("crtc", i) for i in (4, 5, 9, 0x0A, 0x0B, 0x14, 0x17))},
    # 320 dots a line, clocked as such, and not 640 that are doubled; colours in order
    "0d": {*(("crtc", i) for i in (0, 1, 2, 3, 4, 9, 0x13, 0x17)),
           *(("attr", i) for i in range(21))},
    # monochrome: CRTC at 3B4, two planes
    "0f": {("misc", 0), ("attr", 0x10), ("attr", 0x12), ("bda", 0x1A)},
    # two colours: the address wraps as in mode 06
    "11": {("crtc", 0x17)},
}
MONOCHROME = {"07", "0f"}   # of whose 64 colours the third quarter is black, theirs is grey


def dump(name: str, roms: tuple[str, ...], adapter: str = "VGA", model: str = "pc") -> str:
    return results(f"dump-{name}", "vgadump", adapter, roms=roms, model=model)


def modes_of(report: str) -> dict[str, dict[str, bytes]]:
    """The parts of each mode's line, by the mode's number."""
    modes = {}
    for line in re.findall(r"^mode (.*)$", report, re.MULTILINE):
        number, *words = line.split()
        modes[number] = {name: bytes.fromhex(value)
                         for name, value in zip(words[::2], words[1::2])}
    return modes


def differences(mode: str, ours: dict[str, bytes], theirs: dict[str, bytes]) -> set[Difference]:
    """Where two lines differ; of the palette of monochrome modes, the part that should not."""
    found = {(part, i) for part in ours for i, byte in enumerate(ours[part])
             if byte != theirs[part][i]}
    if mode in MONOCHROME:
        found = {(part, i) for part, i in found if part != "dac" or not i // 3 & 0x10}
    return found


def test_registers_as_seavgabios() -> None:
    ours, theirs = modes_of(dump("ours", OURS)), modes_of(dump("theirs", THEIRS))
    assert len(ours) == 15 and ours.keys() == theirs.keys()
    for mode, parts in ours.items():
        unexpected = (differences(mode, parts, theirs[mode]) - ALWAYS
                      - DIFFERENT.get(mode, set()))
        assert not unexpected, f"mode {mode}: {unexpected}"


def vesa_modes(report: str) -> dict[int, tuple[str, bytes]]:
    """Size and bits, and the information block, of each mode beyond a VGA's."""
    found = re.findall(r"^vmode (\w+) (\d+ \d+ \d+) info (\w+)$", report, re.MULTILINE)
    return {int(number, 16): (size, bytes.fromhex(info)) for number, size, info in found
            if int(number, 16) >= 0x100}


@pytest.mark.parametrize("adapter", ADAPTERS)
def test_modes_as_seavgabios(adapter: str) -> None:
    """The same numbers mean the same modes, at the same address: SeaVGABIOS has some more,
    of four planes, which QEMU cannot draw in."""
    ours = vesa_modes(dump(f"ours-{adapter}", OURS, adapter, "q35"))
    theirs = vesa_modes(dump(f"theirs-{adapter}", THEIRS, adapter, "q35"))
    planes = {number for number, (size, _) in theirs.items() if size.endswith(" 4")}
    assert theirs.keys() - planes <= ours.keys() and len(ours) > 60
    for number in theirs.keys() - planes:
        size, info = ours[number]
        assert size == theirs[number][0]
        # from the pitch on: size, planes, bits; the masks; the framebuffer
        for start, end in [(0x10, 0x16), (0x18, 0x1C), (0x1F, 0x27), (0x28, 0x2C)]:
            assert info[start:end] == theirs[number][1][start:end], hex(number)


# --- programs that draw ------------------------------------------------------------

def make(*command: str | Path) -> None:
    subprocess.run(command, check=True, capture_output=True)


def grub(tmp_path: Path) -> Path:
    tree, image = tmp_path / "tree", tmp_path / "grub.iso"
    (tree / "boot/grub").mkdir(parents=True)
    (tree / "boot/grub/grub.cfg").write_text(
        "set gfxmode=1024x768x32\ninsmod vbe\ninsmod gfxterm\nloadfont unicode\n"
        "serial --unit=0\nterminal_output gfxterm serial\necho drawn\nset timeout=-1\n"
        "menuentry one { true }\n")
    make(shutil.which("grub-mkrescue") or "grub2-mkrescue", "-o", image, tree,
         "--install-modules=vbe gfxterm font serial normal iso9660 biosdisk echo true",
         "--modules=vbe gfxterm font serial", "--fonts=unicode", "--locales=", "--themes=")
    return image


def isolinux(tmp_path: Path) -> Path:
    tree, image = tmp_path / "tree/isolinux", tmp_path / "isolinux.iso"
    tree.mkdir(parents=True)
    shutil.copy(next(path for path in ISOLINUX if path.is_file()), tree)
    for module in ("vesamenu", "libcom32", "libutil", "ldlinux"):
        shutil.copy(next(path for path in MODULES if path.is_dir()) / f"{module}.c32", tree)
    (tree / "isolinux.cfg").write_text(
        "SERIAL 0\nUI vesamenu.c32\nMENU TITLE Petrel\nLABEL one\n KERNEL /one\n")
    make("xorriso", "-as", "mkisofs", "-quiet", "-o", image, "-b", "isolinux/isolinux.bin",
         "-c", "isolinux/boot.cat", "-no-emul-boot", "-boot-load-size", "4", "-boot-info-table",
         tree.parent)
    return image


def drawn(name: str, image: Path, roms: tuple[str, ...], size: tuple[int, int]) -> bytes:
    """The dots on the screen, once it has this size and no longer changes."""
    args = ["-cdrom", str(image), "-device", "VGA", *roms]
    with PC(f"vga-{name}", args=args) as machine:
        last, end = b"", time.monotonic() + DEADLINE
        while time.monotonic() < end:
            time.sleep(1)
            width, height, dots = screen(machine)
            if (width, height) == size and any(dots) and dots == last:
                return dots
            last = dots
    raise AssertionError(f"no picture of {size}")


def test_grub_draws_the_same(tmp_path: Path) -> None:
    """gfxterm draws with a font of its own."""
    image = grub(tmp_path)
    args = ["-cdrom", str(image), "-device", "VGA"]
    with PC("vga-grub-ours", args=[*args, *OURS]) as ours, \
            PC("vga-grub-theirs", args=[*args, *THEIRS]) as theirs:
        last, same, end = b"", 0, time.monotonic() + DEADLINE
        while same < 3:
            assert time.monotonic() < end, "the pictures are not the same"
            time.sleep(1)
            width, height, dots = screen(ours)
            same = same + 1 if ((width, height) == (1024, 768) and any(dots) and dots == last
                                and (width, height, dots) == screen(theirs)) else 0
            last = dots


def test_isolinux_draws(tmp_path: Path) -> None:
    """vesamenu.c32 draws with the ROM's font over a picture of its own: what differs from
    SeaVGABIOS's is text only, less than a tenth of the screen."""
    image = isolinux(tmp_path)
    ours, theirs = (drawn(f"isolinux-{name}", image, roms, (640, 480))
                    for name, roms in (("ours", OURS), ("theirs", THEIRS)))
    different = sum(ours[i:i + 3] != theirs[i:i + 3] for i in range(0, len(ours), 3))
    assert 0 < different < 640 * 480 / 10
