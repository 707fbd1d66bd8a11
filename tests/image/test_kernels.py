# SPDX-License-Identifier: LGPL-3.0-or-later
"""Real kernels given with -kernel: each gets as far as TCG carries it."""
from __future__ import annotations

from pathlib import Path

import pytest

from harness import BUILD, Drive, Machine
from picture import Display, Picture, vga_font

KERNELS = BUILD / "images/kernels"
VGA_ROM = Path("/usr/share/seabios/vgabios-stdvga.bin")
DEADLINE = 600.0
# TCG has no clock that Linux could calibrate the TSC by: DESIGN section 5.
LINUX = "console=ttyS0 panic=-1 tsc_early_khz=2000000"
SHELL = r"Petrel demo: Linux (\S+), (\d+) CPU\(s\), (\d+) MiB"

pytestmark = pytest.mark.skipif(not (KERNELS / "xen").exists(),
                                reason="no real kernels; tests/image/build-kernels has none here")


def kernel(name: str, file: str, append: str, *, initrd: str | None = None,
           **options: object) -> Machine:
    args = ["-kernel", str(KERNELS / file), "-append", append,
            *options.pop("args", [])]  # type: ignore[misc]
    if initrd:
        args += ["-initrd", initrd]
    return Machine(name, options.pop("drives", []), args=args, **options)  # type: ignore[arg-type]


INITRAMFS = str(KERNELS / "initramfs")


@pytest.mark.parametrize("file, cpus, acpi, roms", [
    ("vmlinuz", 1, "on", "on"),
    ("vmlinuz", 4, "off", "off"),
    ("vmlinux", 4, "on", "off"),
    ("vmlinux", 1, "off", "on"),
    ("vmlinuz-generic", 2, "on", "off"),
])
def test_linux_to_a_shell(file: str, cpus: int, acpi: str, roms: str) -> None:
    with kernel(f"real-{file}-{cpus}-{acpi}", file, LINUX, initrd=INITRAMFS, cpus=cpus,
                memory="512M", machine={"acpi": acpi, "x-option-roms": roms}) as machine:
        found = machine.expect(SHELL, DEADLINE)
        # Without ACPI tables nothing tells Linux about more than one processor.
        assert int(found[2]) == (cpus if acpi == "on" else 1)
        assert int(found[3]) > 400
        log = machine.console()
        assert f"Command line: {LINUX}" in log
        assert ("ACPI: RSDP" in log) == (acpi == "on")
        assert machine.alive()


def test_linux_finds_its_disk_and_reboots() -> None:
    """The DSDT is found without a BIOS call; a reset leads to the kernel again."""
    with kernel("real-disk", "vmlinuz", LINUX, initrd=INITRAMFS, memory="256M",
                drives=[Drive(BUILD / "images/demo.img")]) as machine:
        machine.expect(r"Petrel demo: /dev/vda\d is mounted", DEADLINE)
        machine.expect("[/~] # ", DEADLINE)
        machine.send(b"reboot -f\n")
        machine.expect(r"Petrel demo: /dev/vda\d is mounted", DEADLINE)


def test_cloud_image_without_its_boot_loader() -> None:
    """Debian's own initramfs, and its root file system, to the login prompt."""
    root = "root=/dev/vda1 ro"
    with kernel("real-cloud", "vmlinuz", f"{root} {LINUX}",
                initrd=str(KERNELS / "initramfs-cloud"), memory="512M", cpus=2,
                drives=[Drive(BUILD / "images/debian-cloud.img")]) as machine:
        machine.expect("petrel login: ", DEADLINE)


@pytest.mark.parametrize("option, line, roms", [
    ("", r"Console: colour VGA\+ 80x25", []),
    ("vga=791", "vesafb: mode is 1024x768x16", ["-L", str(BUILD)]),
], ids=["text", "vga=791"])
def test_display(option: str, line: str, roms: list[str]) -> None:
    """Linux's real-mode part sets the mode, and tells Linux, by the VGA's option ROM: QEMU's,
    and that of this tree."""
    with kernel(f"real-display-{option}", "vmlinuz-generic", f"console=tty0 {LINUX} {option}",
                initrd=INITRAMFS, memory="256M", args=["-device", "isa-vga", *roms]) as machine:
        machine.expect(line, DEADLINE)


@pytest.mark.parametrize("option, size", [("", (1280, 800)), ("vga=791", (1024, 768))],
                         ids=["text", "vga=791"])
def test_framebuffer(option: str, size: tuple[int, int]) -> None:
    """Linux is entered in protected mode, and shows its console on a ramfb: in the mode that
    the text had, or that vga= names; what it says last, since it finds no root file system,
    is read from the picture."""
    font = vga_font(VGA_ROM)
    with kernel(f"real-framebuffer-{option}", "vmlinuz-generic",
                f"{LINUX} panic=0 console=tty0 {option}", memory="256M",
                args=["-device", "ramfb"]) as machine:
        machine.expect("vesafb: framebuffer at", DEADLINE)
        machine.expect(rf"colour frame buffer device {size[0] // 8}x{size[1] // 16}\b", DEADLINE)
        machine.expect("Kernel panic", DEADLINE)

        def complaint(picture: Picture) -> str | None:
            shown = str(picture.whole_text(font))
            return None if "---[ end Kernel panic - not syncing:" in shown else shown
        Display(machine, size).wait(complaint, DEADLINE)


def test_memtest86() -> None:
    with kernel("real-memtest", "memtest", "console=ttyS0,115200", memory="32M") as machine:
        machine.expect(r"Memtest86\+ v\d", DEADLINE)
        machine.expect(r"Memory  :\s+\d+MB", DEADLINE)


def test_xen() -> None:
    """Under TCG, Xen ends where it finds no timer that it knows; that is after its
    real-mode part has called the BIOS, and after it has read tables and modules."""
    modules = f"{KERNELS / 'vmlinuz'} console=hvc0"
    with kernel("real-xen", "xen", "console=com1 com1=115200", initrd=modules, memory="512M",
                cpus=2) as machine:
        machine.expect(r"Xen version \d", DEADLINE)
        machine.expect(r"Command line: console=com1", DEADLINE)
        machine.expect(r"Xen-e820 RAM map:", DEADLINE)
        machine.expect(r"ACPI: RSDP", DEADLINE)
        machine.expect(r"Initializing Credit2 scheduler", DEADLINE)
