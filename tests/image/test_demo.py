# SPDX-License-Identifier: LGPL-3.0-or-later
"""Boots the demo disk, a distribution's GRUB and kernel, on machines with little or much
memory and without some of the PC's chips. Linux's view of memory is QEMU's.

MATRIX=all (make check-matrix) takes many more.
"""
from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

import smbios
from harness import BUILD, Drive, Machine
from machines import ALL, MATRIX, Chips
from test_image import Guest, memory_map

# A boot takes a quarter of a minute on a machine that does nothing else.
DEADLINE = 900.0
MIB = 1 << 20
SPLIT = 3072 * MIB
HIGH = 4096 * MIB
EBDA = 0x9FC00
KEPT = 2 * MIB      # what the firmware keeps of memory above 1 MiB, at most

PLAIN = Chips(*(True,) * 6, modern=False)
BARE = Chips(True, False, False, False, True, False, modern=True)
NO_TABLES = replace(PLAIN, acpi=False, rtc=False, modern=True)
BOOTS = [(PLAIN, 96), (BARE, 3072), (replace(PLAIN, pit=False), 3584),
         (replace(BARE, pic=True, ioapic2=True), 5120), (NO_TABLES, 256)]
SIZES = [127, 128, 129, 160, 255, 512, 1000, 1024, 2047, 2048, 2049, 2815, 3071, 3073, 3328, 4095, 4096,
         4097, 6144, 7168, 8192, 16384, 65536]
if ALL:
    BOOTS += [(PLAIN, size) for size in SIZES]
    BOOTS += [(chips, 256) for chips in MATRIX if chips.serial]

Ranges = list[tuple[int, int]]  # first and last byte


def check_map(entries: list[tuple[int, int, str]], size: int) -> Ranges:
    """All of QEMU's memory is in it, once, and nothing else as RAM; the RAM."""
    for one, other in zip(entries, entries[1:]):
        assert one[1] < other[0], "entries overlap"
    ram = [(first, last) for first, last, kind in entries if kind == "System RAM"]
    low = min(size, SPLIT)
    assert ram[0] == (0, EBDA - 1) and ram[1][0] == MIB
    assert [r for r in ram if r[0] >= low] == ([(HIGH, HIGH + size - SPLIT - 1)]
                                               if size > SPLIT else [])
    covered = sum(last + 1 - first for first, last, _ in entries if MIB <= first < low)
    assert covered == low - MIB and max(last for _, last in ram if last < HIGH) < low
    assert low - MIB - sum(last + 1 - first for first, last in ram if MIB <= first < low) <= KEPT
    return ram


def check_iomem(guest: Guest, ram: Ranges) -> None:
    """/proc/iomem: Linux keeps the first page for itself, and changes nothing else."""
    found = re.findall(r"^(\w+)-(\w+) : System RAM$", guest.run("cat /proc/iomem"), re.MULTILINE)
    assert [(int(first, 16), int(last, 16)) for first, last in found] == \
        [(0x1000, EBDA - 1), *ram[1:]]


@pytest.mark.parametrize("chips, mib", BOOTS,
                         ids=[f"{chips}-{mib}M" for chips, mib in BOOTS])
def test_demo(chips: Chips, mib: int, tmp_path: Path) -> None:
    """The machine gets a description, too, that Linux must find."""
    options = chips.options()
    options["machine"]["memory-backend"] = "ram"
    args = ["-object", f"memory-backend-ram,id=ram,size={mib}M,reserve=off"]
    with Machine(f"demo-{chips}-{mib}M", [Drive(BUILD / "images/demo.img")], memory=f"{mib}M",
                 fw_cfg=smbios.files(tmp_path, smbios.old_anchor(len(smbios.tables()))),
                 args=args, **options) as machine:
        machine.expect(r"Linux version \d", DEADLINE)
        if not chips.acpi and not (chips.pic and chips.pit):
            return      # this kernel reads no MP table: it has no interrupt to wait for
        # Without tables nobody tells Linux of virtio-mmio: the guest says that it lacks its disk.
        machine.expect(r"Petrel demo: /dev/vda2 is mounted" if chips.acpi else
                       r"Petrel demo: no disk with the label", DEADLINE)
        machine.expect("[/~] # ", DEADLINE)
        guest = Guest(machine)
        check_iomem(guest, check_map(memory_map(guest), mib * MIB))
        assert guest.run("cat /sys/class/dmi/id/product_name") == f"{smbios.PRODUCT}\n"
