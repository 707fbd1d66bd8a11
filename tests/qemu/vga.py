# SPDX-License-Identifier: LGPL-3.0-or-later
"""Machines with a display: microvms with isa-vga under Petrel, and PCs under SeaBIOS, with
the VGA BIOS of this tree or with SeaVGABIOS."""
from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from harness import BUILD, Drive, Machine

# QEMU takes the ROMs of this tree where -L names their directory; otherwise its own.
OURS = ("-L", str(BUILD))
THEIRS: tuple[str, ...] = ()
SEABIOS = "/usr/share/seabios/bios-256k.bin"

# The ROM that QEMU loads for an adapter, and the BAR of its framebuffer.
ADAPTERS = {"VGA": 0, "virtio-vga": 0, "qxl-vga": 0, "vmware-svga": 1}


class PC(Machine):
    """A PC: the machine that is named, with SeaBIOS and an IDE disk."""

    def __init__(self, name: str, drives: Sequence[Drive] = (), *, model: str = "pc",
                 **options: Any) -> None:
        self.model = model
        drives = [Drive(drive.file, device="ide-hd") for drive in drives]
        super().__init__(name, drives, bios=SEABIOS, debug=False, **options)

    def _command_line(self, *arguments: Any) -> list[str]:
        command = super()._command_line(*arguments)
        command[command.index("-M") + 1] = self.model
        return command


def machine_with(name: str, adapter: str, drives: Sequence[Drive] = (), *, model: str = "pc",
                 roms: Sequence[str] = OURS, args: Sequence[str] = (), **options: Any) -> Machine:
    """A microvm for isa-vga, else a PC of the model."""
    args = ["-device", adapter, *roms, *args]
    if adapter == "isa-vga":
        return Machine(name, drives, args=args, **options)
    return PC(name, drives, model=model, args=args, **options)


def screen(machine: Machine) -> tuple[int, int, bytes]:
    """Width, height, and the dots that are shown, three bytes each."""
    path: Path = machine.directory / "screen.ppm"
    machine.qmp("screendump", filename=str(path))
    _, size, _, dots = path.read_bytes().split(b"\n", 3)
    width, height = map(int, size.split())
    return width, height, dots
