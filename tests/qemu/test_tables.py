# SPDX-License-Identifier: LGPL-3.0-or-later
"""The tables that Petrel makes itself, read by others: SMBIOS by dmidecode and SYSLINUX's
programs, the MP table by Linux without ACPI; where both are, as DSP0134 and MP 1.4 say."""
from __future__ import annotations

import re
import struct
import subprocess
from pathlib import Path

import pytest

import media
from harness import BIOS, GUESTS, Drive, Machine, finish_guest
from test_memory import Memory, Ranges, reported_map

UUID = "12345678-9abc-def0-1122-334455667788"
SEGMENT = 0xF0000
RESERVED = 2
COMMAND_LINE = "console=ttyS0 acpi=off"
KERNEL_DEADLINE = 900.0


def find(segment: bytes, anchor: bytes, size: int) -> bytes:
    """The one table of that anchor on a paragraph whose bytes add up to 0."""
    found = [segment[i:i + size] for i in range(0, len(segment), 16)
             if segment.startswith(anchor, i) and sum(segment[i:i + size]) % 256 == 0]
    assert len(found) == 1, f"{len(found)} of {anchor!r}"
    return found[0]


def is_reserved(ranges: Ranges, start: int, size: int) -> bool:
    return any(first <= start and start + size <= last and kind == RESERVED
               for first, last, kind in ranges)


# --- SMBIOS ------------------------------------------------------------------


def dmidecode(machine: Machine, directory: Path, ranges: Ranges) -> str:
    memory = Memory(machine)
    entry = bytearray(find(memory.read(SEGMENT, 0x10000), b"_SM_", 31))
    assert sum(entry[16:]) % 256 == 0
    size, start = struct.unpack("<HI", entry[0x16:0x1C])
    assert is_reserved(ranges, start, size)
    # A dump as dmidecode makes it: the entry point, which leads to offset 32.
    entry[0x18:0x1C] = struct.pack("<I", 32)
    for at, end in ((0x15, slice(0x10, 31)), (0x04, slice(0, 31))):
        entry[at] = (entry[at] - sum(entry[end])) % 256
    dump = directory / "dump"
    dump.write_bytes(bytes(entry).ljust(32, b"\0") + memory.read(start, size))
    result = subprocess.run(["dmidecode", "--from-dump", dump], check=True, capture_output=True,
                            text=True)
    assert "wrong" not in result.stdout.lower() and "truncated" not in result.stdout.lower()
    return result.stdout


@pytest.mark.parametrize("acpi", ["on", "off"])
def test_dmidecode(tmp_path: Path, acpi: str) -> None:
    with Machine(f"dmidecode-{acpi}", [Drive(GUESTS / "memmap.img")], cpus=1, memory="5G",
                 machine={"acpi": acpi, "memory-backend": "ram"},
                 args=["-uuid", UUID, "-smp", "4,sockets=2,cores=2",
                       "-object", "memory-backend-ram,id=ram,size=5G,reserve=off"]) as machine:
        text = dmidecode(machine, tmp_path, reported_map(machine))
        machine.send(b".")
        finish_guest(machine)
    types = [int(number) for number in re.findall(r"^Handle .*DMI type (\d+),", text, re.MULTILINE)]
    assert sorted(types) == [0, 1, 3, 4, 4, 16, 17, 19, 19, 32, 127]
    for line in ("SMBIOS 2.8 present.", "Vendor: Petrel", f"ROM Size: {Path(BIOS).stat().st_size >> 10} kB", "Manufacturer: QEMU",
                 "Product Name: microvm", f"UUID: {UUID}", "System is a virtual machine",
                 "Core Count: 2", "Thread Count: 2", "Socket Designation: CPU 1", "Size: 5 GB",
                 "Maximum Capacity: 5 GB", "Range Size: 3 GB", "Range Size: 2 GB"):
        assert line in text, f"{line}\n{text}"
    assert ("ACPI is supported" in text) == (acpi == "on")


def syslinux_with(directory: Path, program: str, arguments: str = "") -> Path:
    modules = [media.SYSLINUX / "modules/bios" / name
               for name in (program, "libcom32.c32", "libutil.c32", "libgpl.c32", "libmenu.c32")]
    config = f"SERIAL 0\nDEFAULT it\nLABEL it\nCOM32 {program}\nAPPEND {arguments}\n"
    return media.syslinux_floppy(directory / "image", config, modules)


def test_dmitest(tmp_path: Path) -> None:
    with Machine("dmitest", [Drive(syslinux_with(tmp_path, "dmitest.c32"))]) as machine:
        machine.expect(r"DMI 2\.8 present")
        machine.expect("dmi:")
        machine.send(b"system\r")
        machine.expect("microvm")


def test_hdt(tmp_path: Path) -> None:
    """SYSLINUX's Hardware Detection Tool, which is not asked for its menu."""
    image = syslinux_with(tmp_path, "hdt.c32", "nomenu quiet")
    with Machine("hdt", [Drive(image)]) as machine:
        machine.expect("hdt>")
        machine.send(b"show dmi\r")
        machine.expect(r"DMI Table version 2\.8 found")


def test_cpuidtest(tmp_path: Path) -> None:
    with Machine("cpuidtest", [Drive(syslinux_with(tmp_path, "cpuidtest.c32"))], cpus=2) as machine:
        machine.expect(r"SMP +=[^\n]*yes")


# --- the MP table ------------------------------------------------------------


def mp_entries(memory: Memory, ranges: Ranges) -> dict[int, list[bytes]]:
    """The table's entries by their types: 4.3."""
    pointer = find(memory.read(SEGMENT, 0x10000), b"_MP_", 16)
    start, = struct.unpack("<I", pointer[4:8])
    length, = struct.unpack("<H", memory.read(start + 4, 2))
    table = memory.read(start, length)
    assert table[:4] == b"PCMP" and sum(table) % 256 == 0 and is_reserved(ranges, start, length)
    entries: dict[int, list[bytes]] = {}
    at = 44
    while at < length:
        size = 8 if table[at] else 20
        entries.setdefault(table[at], []).append(table[at:at + size])
        at += size
    assert sum(map(len, entries.values())) == int.from_bytes(table[34:36], "little")
    return entries


@pytest.mark.parametrize("acpi, ioapic2, apics", [("on", "on", 2), ("on", "off", 1), ("off", "off", 1)])
def test_mp_table(acpi: str, ioapic2: str, apics: int) -> None:
    """Three cores of a socket have three of four APIC ids."""
    with Machine(f"mp-{acpi}-{ioapic2}", [Drive(GUESTS / "memmap.img")],
                 machine={"acpi": acpi, "ioapic2": ioapic2},
                 args=["-smp", "6,sockets=2,cores=3"]) as machine:
        ranges = reported_map(machine)
        entries = mp_entries(Memory(machine), ranges)
        machine.send(b".")
        finish_guest(machine)
    assert [entry[1] for entry in entries[0]] == [0, 1, 2, 4, 5, 6]
    assert [entry[3] for entry in entries[0]] == [3, 1, 1, 1, 1, 1]
    assert [int.from_bytes(entry[4:], "little") for entry in entries[2]] == \
        [0xFEC00000, 0xFEC10000][:apics]
    assert {entry[5] for entry in entries[3]} == set(range(16)) - {2}


@pytest.mark.parametrize("acpi", ["on", "off"])
def test_linux_without_acpi_starts_all_processors(acpi: str) -> None:
    """Of two sockets; without an MP table it is one. Debian's cloud kernel reads none."""
    args = ["-kernel", str(media.installer() / "linux"), "-append", COMMAND_LINE]
    with Machine(f"linux-mp-{acpi}", machine={"acpi": acpi}, memory="256M",
                 args=[*args, "-smp", "2,sockets=2"]) as machine:
        machine.expect("found SMP MP-table", KERNEL_DEADLINE)
        machine.expect(r"Brought up 1 node, 2 CPUs", KERNEL_DEADLINE)
