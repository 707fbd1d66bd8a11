# SPDX-License-Identifier: LGPL-3.0-or-later
"""Memory that the firmware takes for itself, of machines with all that they can have: one
piece, of at most 1 MiB, that nobody else gets and that ends with RAM.

The memmap program reads all hard disks from end to end, and then says what the memory
map is.
"""
from __future__ import annotations

import re
import struct
from pathlib import Path

import pytest

import kernels
from harness import GUESTS, PASSED, Drive, Machine, finish_guest
from kernels import Report
from test_kernel import MEMDISK, boot, pattern
from test_memory import RESERVED, Ranges, check_map, reported_map
from test_optionrom import option, rom

KIB = 1 << 10
MIB = 1 << 20
TRANSPORTS = 24         # of a microvm with ACPI tables and two I/O APICs
IMAGE = GUESTS / "memmap.img"
PERMANENT = struct.pack("<I", 0x7E12ED0D) * 1024    # tests/guest/optrom.S
VGA = ["-device", "isa-vga"]


def mib(memory: str) -> int:
    return int(memory[:-1]) * MIB


def check_kept(ranges: Ranges, memory: str) -> tuple[int, int]:
    """What is kept from the system above 1 MiB: one piece at the end."""
    check_map(ranges, mib(memory))
    kept = [(first, last) for first, last, kind in ranges if kind == RESERVED and first >= MIB
            and last <= mib(memory)]
    assert len(kept) == 1, kept
    return kept[0]


def finish_map(machine: Machine, memory: str) -> int:
    """The end of a memmap program's run; how many bytes are kept."""
    first, last = check_kept(reported_map(machine), memory)
    machine.send(b".")
    finish_guest(machine)
    print(f"{(last - first) // KIB} KiB are kept")
    return last - first


# --- many devices ----------------------------------------------------------

def scsi(number: int, image: Path | None) -> list[str]:
    controller = ["-device", f"virtio-scsi-device,id=scsi{number}"]
    if not image:
        return controller
    return [*controller,
            "-drive", f"if=none,id=disk{number},format=raw,snapshot=on,file={image}",
            "-device", f"scsi-hd,bus=scsi{number}.0,drive=disk{number}"]


@pytest.mark.parametrize("memory", ["16M", "128M"])
@pytest.mark.parametrize("where", [0, TRANSPORTS - 1], ids=["first", "last"])
def test_controllers_with_one_disk(where: int, memory: str) -> None:
    args = [word for number in range(TRANSPORTS)
            for word in scsi(number, IMAGE if number == where else None)]
    with Machine(f"arena-controllers-{where}-{memory}", memory=memory, args=args) as machine:
        finish_map(machine, memory)
        assert "disks: 1\n" in machine.results()


@pytest.mark.parametrize("memory", ["16M", "128M"])
@pytest.mark.parametrize("modern", [False, True], ids=["legacy", "modern"])
@pytest.mark.parametrize("kind", ["blk", "scsi"])
def test_every_transport_has_a_disk(kind: str, modern: bool, memory: str) -> None:
    """Which all work, and the first of them boots."""
    drives = [Drive(IMAGE)] * TRANSPORTS if kind == "blk" else []
    args = [] if kind == "blk" else [word for number in range(TRANSPORTS)
                                     for word in scsi(number, IMAGE)]
    with Machine(f"arena-all-{kind}-{modern}-{memory}", drives, memory=memory, modern=modern,
                 args=args) as machine:
        finish_map(machine, memory)
        assert f"disks: {TRANSPORTS}\n" in machine.results()


@pytest.mark.parametrize("memory", ["16M", "128M"])
def test_every_disk_is_tried(tmp_path: Path, memory: str) -> None:
    """In the order of their boot indices, which is not that of the transports."""
    zeros = tmp_path / "zeros"
    zeros.write_bytes(bytes(MIB))
    last = 7
    drives = [Drive(IMAGE if number == last else zeros,
                    options={"bootindex": TRANSPORTS if number == last else number})
              for number in range(TRANSPORTS)]
    with Machine(f"arena-tried-{memory}", drives, memory=memory) as machine:
        machine.expect_result("^start: memmap")
        tried = re.findall(r"^virtio-blk (\w+): no boot signature", machine.console(), re.MULTILINE)
        slots = [0xFEB00000 + 0x200 * (TRANSPORTS - 1 - number) for number in range(TRANSPORTS)
                 if number != last]
        assert [int(slot, 16) for slot in tried] == slots


# --- option ROMs -----------------------------------------------------------

@pytest.mark.parametrize("memory", ["16M", "128M", "511M", "512M", "513M"])
def test_permanent_memory_of_a_rom(memory: str) -> None:
    """What it has written there stays while a disk is read."""
    args = option(rom("bev", f"arena-{memory}"))
    with Machine(f"arena-rom-{memory}", [Drive(IMAGE)], memory=memory, args=args,
                 fw_cfg={"opt/org.petrel/loglevel": "3"}) as machine:
        first, last = check_kept(reported_map(machine), memory)
        found = re.findall(r"^PMM: 4096 bytes, handle ffffffff, flags a: (\w+)$",
                           machine.debug_log(), re.MULTILINE)
        assert len(found) == 1
        address = int(found[0], 16)
        assert first <= address and address + len(PERMANENT) <= last
        file = machine.directory / "memory"
        machine.qmp("pmemsave", val=address, size=len(PERMANENT), filename=str(file))
        assert file.read_bytes() == PERMANENT


# --- kernels that are started late -----------------------------------------

LATE = pytest.mark.parametrize("display", [[], VGA], ids=["serial", "vga"])


@pytest.mark.parametrize("version, display", [(0x203, []), (0x203, VGA), (0x20F, VGA)],
                         ids=["old", "old-vga", "new-vga"])
def test_initrd_of_a_late_kernel(version: int, display: list[str]) -> None:
    """After the disks have been found, the initrd has its place below what they need."""
    initrd = pattern("late", 700_000)
    kernel = kernels.bzimage(version, setup=kernels.setup16(), code=bytes(1000), cmdline_size=255)
    with boot(f"arena-late-{version:x}-{bool(display)}", kernel, initrd=initrd, memory="32M",
              drives=[Drive(IMAGE)] * 3, args=display) as machine:
        assert machine.wait_exit() == PASSED
        found = Report(machine.results())
    (high,), (low,) = found.numbers("ramdisk"), found.numbers("ramdisk", 1)
    start = high << 16 | low
    end = MIB + found.numbers("extended")[0] * KIB
    assert end - MIB < start <= end - initrd.stat().st_size


@LATE
@pytest.mark.parametrize("memory", ["32M", "511M"])
def test_memdisk_beside_a_disk(display: list[str], memory: str) -> None:
    """The disk in memory and the other one are read in turns, and each stays what it is."""
    file = next(path for path in map(Path, MEMDISK) if path.exists())
    with boot(f"arena-memdisk-{memory}-{bool(display)}", file.read_bytes(), initrd=IMAGE,
              append="harddisk", drives=[Drive(IMAGE)], args=display, memory=memory) as machine:
        ranges = reported_map(machine)
        assert "disks: 2\n" in machine.results()
        # Of the firmware's memory memdisk has taken nothing.
        assert any(first < mib(memory) <= last for first, last, kind in ranges if kind == RESERVED)
        machine.send(b".")
        finish_guest(machine)
