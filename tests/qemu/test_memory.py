# SPDX-License-Identifier: LGPL-3.0-or-later
"""Memory of every size: what the BIOS says of it, and where it puts the host's tables.

A microvm has its memory from 0 and, above 3 GiB of it, the rest from 4 GiB on. MATRIX=all
(make check-matrix) takes many sizes, by default those where something changes.
"""
from __future__ import annotations

import re
import struct
from pathlib import Path

import pytest

import smbios
from harness import BIOS, GUESTS, Drive, Machine, finish_guest
from machines import ALL

KIB = 1 << 10
MIB = 1 << 20
GIB = 1 << 30
SPLIT = 3 * GIB
RAM, RESERVED = 1, 2
EBDA, ROM_DATA = 0x9FC00, 0xE0000
# What Petrel keeps at most, and how near to the end of memory below 4 GiB; and with one
# disk of a machine with little memory, no more than SeaBIOS.
KEPT = MIB
KEPT_OF_LITTLE, LITTLE = 24 * KIB, 32 * MIB
KEPT_WITHIN = 2 * MIB

SIZES = [16, 17, 63, 65, 128, 3071, 3072, 3073, 4096, 65536]
MORE_SIZES = [8, 15, 18, 24, 31, 32, 33, 62, 64, 66, 96, 100, 127, 129, 255, 256, 511, 512, 1000,
              1023, 1024, 1025, 2047, 2048, 2049, 2815, 3000, 3070, 3074, 3328, 3583, 3584, 3585,
              4095, 4097, 5120, 6144, 7168, 8192, 16384, 32768, 65535]

Ranges = list[tuple[int, int, int]]  # first byte, end, type


def ram_of(size: int) -> list[tuple[int, int]]:
    """What QEMU has of so much memory: first bytes and ends."""
    above = [(4 * GIB, 4 * GIB + size - SPLIT)] if size > SPLIT else []
    return [(0, min(size, SPLIT)), *above]


class Memory:
    """Physical memory of a machine, and the ACPI tables in it."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.tables: list[tuple[str, int, int]] = []  # name, first byte, end

    def read(self, address: int, size: int) -> bytes:
        file = self.machine.directory / "memory"
        self.machine.qmp("pmemsave", val=address, size=size, filename=str(file))
        return Path(file).read_bytes()

    def _table(self, address: int) -> bytes:
        """A table with its header; noted, and its checksum right (a FACS has none)."""
        name, length = struct.unpack("<4sI", self.read(address, 8))
        table = self.read(address, length)
        assert name == b"FACS" or sum(table) % 256 == 0, f"{name!r} at {address:#x}"
        self.tables.append((name.decode(), address, address + length))
        return table

    def find_tables(self) -> None:
        """All tables, from the RSDP on."""
        area = self.read(ROM_DATA, MIB - ROM_DATA)
        # By the checksum, as OSes do: the ROM's own text may lie on a paragraph, too.
        places = [i for i in range(0, len(area), 16)
                  if area[i:i + 8] == b"RSD PTR " and sum(area[i:i + 20]) % 256 == 0]
        assert len(places) == 1, "one RSDP, on a paragraph"
        rsdp = area[places[0]:places[0] + 36]
        size = 36 if rsdp[15] >= 2 else 20
        assert sum(rsdp[:size]) % 256 == 0
        self.tables.append(("RSDP", ROM_DATA + places[0], ROM_DATA + places[0] + size))
        wide = size == 36 and rsdp[24:32] != bytes(8)
        root = self._table(int.from_bytes(rsdp[24:32] if wide else rsdp[16:20], "little"))
        for (address,) in struct.iter_unpack("<Q" if wide else "<I", root[36:]):
            table = self._table(address)
            if table[:4] == b"FACP":
                facs, dsdt = struct.unpack("<II", table[36:44])
                if len(table) >= 148:
                    facs = int.from_bytes(table[132:140], "little") or facs
                    dsdt = int.from_bytes(table[140:148], "little") or dsdt
                for other in filter(None, (facs, dsdt)):
                    self._table(other)


def check_tables(memory: Memory, ranges: Ranges) -> None:
    """Each in one reserved range, and none over another."""
    memory.find_tables()
    names = {name for name, _, _ in memory.tables}
    assert {"RSDP", "FACP", "DSDT", "APIC"} <= names
    for name, start, end in memory.tables:
        assert any(first <= start and end <= last and kind != RAM for first, last, kind in ranges), \
            f"{name} at {start:#x} is not in reserved memory"
    by_address = sorted(memory.tables, key=lambda table: table[1])
    for one, other in zip(by_address, by_address[1:]):
        assert one[2] <= other[1], f"{one} and {other} overlap"


def check_map(ranges: Ranges, size: int) -> None:
    """What QEMU has, less what the firmware keeps, and nothing else."""
    for one, other in zip(ranges, ranges[1:]):
        assert one[0] < one[1] <= other[0] < other[1], "not sorted, or overlapping"
    low = min(size, SPLIT)
    assert (4 * GIB - Path(BIOS).stat().st_size, 4 * GIB, RESERVED) in ranges, "the ROM"
    usable = [(first, last) for first, last, kind in ranges if kind == RAM]
    assert all(any(first <= start and end <= last for first, last in ram_of(size))
               for start, end in usable)
    assert usable[0] == (0, EBDA) and usable[1][0] == MIB
    kept = [(first, last) for first, last, kind in ranges if kind == RESERVED and MIB <= first < low]
    assert kept[-1][1] == low and kept[0][0] >= low - KEPT_WITHIN
    assert sum(last - first for first, last in kept) <= KEPT
    assert sum(last - first for first, last in usable + kept) == size - MIB + EBDA


def kept_of(ranges: Ranges, size: int) -> int:
    return sum(last - first for first, last, kind in ranges
               if kind == RESERVED and MIB <= first < min(size, SPLIT))


def check_sizes(results: str, ranges: Ranges) -> None:
    """INT 12h, 15/88, 15/DA88, 15/E801 and 15/E881, as RBIL has them, agree with the map."""
    found = {name: [int(word, 16) for word in words.split()] for name, words in re.findall(
        r"^0000(88|DA88|E801|E881)(?:00)?: 0 ((?:\w{8} ?){4})$", results, re.MULTILINE)}
    assert "\n12: 639\n" in results
    end = next(last for first, last, kind in ranges if kind == RAM and first == MIB)
    ax, _, _, _ = found["88"]
    assert ax & 0xFFFF == min(end - MIB, 63 * MIB) // KIB
    _, bx, cx, _ = found["DA88"]
    assert (cx & 0xFF) << 16 | bx & 0xFFFF == (end - MIB) // KIB
    low, high = (min(end, 16 * MIB) - MIB) // KIB, max(end - 16 * MIB, 0) // (64 * KIB)
    assert [word & 0xFFFF for word in found["E801"]] == [low, high, low, high]
    assert found["E881"] == [low, high, low, high]


def reported_map(machine: Machine) -> Ranges:
    """What the memmap program says of E820, as soon as it waits."""
    machine.expect_result("^ready: memory")
    return [(int(base, 16), int(base, 16) + int(length, 16), int(kind)) for base, length, kind in
            re.findall(r"^e820: (\w+) (\w+) (\d+)$", machine.results(), re.MULTILINE)]


@pytest.mark.parametrize("mib", sorted(SIZES + MORE_SIZES) if ALL else SIZES)
def test_size(mib: int) -> None:
    # The host need not have that much: nobody touches it.
    args = ["-object", f"memory-backend-ram,id=ram,size={mib}M,reserve=off"]
    with Machine(f"memory-{mib}M", [Drive(GUESTS / "memmap.img")], memory=f"{mib}M",
                 machine={"memory-backend": "ram"}, args=args) as machine:
        ranges = reported_map(machine)
        print(*(f"{first:#x}-{last:#x} {kind}" for first, last, kind in ranges), sep="\n")
        check_map(ranges, mib * MIB)
        if mib * MIB < LITTLE:
            assert kept_of(ranges, mib * MIB) <= KEPT_OF_LITTLE
        check_sizes(machine.results(), ranges)
        check_tables(Memory(machine), ranges)
        machine.send(b".")
        finish_guest(machine)


TABLES = smbios.tables()
PLACE = 0xFF60


@pytest.mark.parametrize("anchor, size, address", [
    (smbios.old_anchor(len(TABLES)), 31, slice(0x18, 0x1C)),
    (smbios.new_anchor(len(TABLES)), 24, slice(0x10, 0x18)),
], ids=["old", "new"])
@pytest.mark.parametrize("acpi", ["on", "off"])
def test_smbios(tmp_path: Path, anchor: bytes, size: int, address: slice, acpi: str) -> None:
    """The host's entry point is on a paragraph in F000, its structures in reserved memory."""
    with Machine(f"smbios-{size}-{acpi}", [Drive(GUESTS / "memmap.img")], machine={"acpi": acpi},
                 fw_cfg=smbios.files(tmp_path, anchor)) as machine:
        ranges, memory = reported_map(machine), Memory(machine)
        segment = memory.read(0xF0000, 0x10000)
        places = [i for i in range(0, len(segment), 16) if segment[i:i + 4] == anchor[:4] and
                  sum(segment[i:i + size]) % 256 == 0]
        assert len(places) == 1
        found = segment[places[0]:places[0] + size]
        if size == 31:
            assert sum(found[16:]) % 256 == 0
        start = int.from_bytes(found[address], "little")
        assert memory.read(start, len(TABLES)) == TABLES
        assert any(first <= start and start + len(TABLES) <= last and kind == RESERVED
                   for first, last, kind in ranges)
        if acpi == "on":
            other = Memory(machine)
            other.tables.append(("SMBIOS", start, start + len(TABLES)))
            check_tables(other, ranges)
        assert "SMBIOS" not in machine.console()
        machine.send(b".")
        finish_guest(machine)


@pytest.mark.parametrize("anchor", [
    b"", b"_SM_", smbios.old_anchor(len(TABLES) + 1), smbios.new_anchor(1 << 31),
    smbios.new_anchor(8)[:6] + b"\x40", b"_SM2_" + smbios.new_anchor(8)[5:],
], ids=["empty", "cut", "old-too-long", "new-too-long", "wrong-length", "wrong-name"])
def test_wrong_smbios(tmp_path: Path, anchor: bytes) -> None:
    """An entry point that is none is not shown; the machine boots."""
    with Machine("smbios-wrong", [Drive(GUESTS / "memmap.img")],
                 fw_cfg=smbios.files(tmp_path, anchor)) as machine:
        machine.expect("^SMBIOS: ")
        reported_map(machine)
        segment = Memory(machine).read(0xF0000, 0x10000)
        assert segment[PLACE:PLACE + 3] != b"_SM"
        machine.send(b".")
        finish_guest(machine)
