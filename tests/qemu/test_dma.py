# SPDX-License-Identifier: LGPL-3.0-or-later
"""What the firmware lets devices read and write is RAM: the piece at its end that the
memory map reserves, or the caller's.

The virtqueues' addresses are taken from the trace of the devices' registers, what they
describe from the machine's memory.
"""
from __future__ import annotations

import struct
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from harness import GUESTS, Machine, Trace, finish_guest
from test_memory import RAM, RESERVED, Ranges, reported_map

MIB = 1 << 20
MEMORY = 32 * MIB

# virtio 1.2, 4.2.2 "MMIO Device Register Layout" and 4.2.4 "Legacy interface"
SLOTS, SLOT_SIZE, SLOTS_END = 0xFEB00000, 0x200, 0xFEB03000
PAGE_SIZE, SELECT, SIZE, ALIGN, PAGE = 0x28, 0x30, 0x38, 0x3C, 0x40
DESCRIPTORS, DRIVER, DEVICE = 0x80, 0x90, 0xA0
# 2.7.5 "The Virtqueue Descriptor Table"
DESCRIPTOR = struct.Struct("<QIHH")
NEXT, INDIRECT = 1, 4


@dataclass(frozen=True)
class Piece:
    """Memory that a device has been told of."""

    what: str
    start: int
    size: int


@dataclass(frozen=True)
class Queue:
    """Where a virtqueue is, and for how many descriptors."""

    name: str
    size: int
    descriptors: int
    driver: int
    device: int

    def pieces(self) -> list[Piece]:
        return [Piece(f"{self.name}: descriptors", self.descriptors, 16 * self.size),
                Piece(f"{self.name}: available ring", self.driver, 6 + 2 * self.size),
                Piece(f"{self.name}: used ring", self.device, 6 + 8 * self.size)]


def queues(trace: Trace) -> Iterator[Queue]:
    """As the firmware has announced them."""
    written: dict[int, dict[int, int]] = defaultdict(dict)
    for access in trace.accesses:
        if not access.write or not SLOTS <= access.address < SLOTS_END:
            continue
        base, register = access.address & -SLOT_SIZE, access.address % SLOT_SIZE
        values = written[base]
        values[register] = access.value
        name = f"{base:x}.{values.get(SELECT, 0)}"
        if register == PAGE and access.value:
            start, size, align = access.value * values[PAGE_SIZE], values[SIZE], values[ALIGN]
            driver = start + 16 * size
            yield Queue(name, size, start, driver, (driver + 6 + 2 * size + align - 1) & -align)
        elif register == DEVICE + 4:
            places = [values[low] | values[low + 4] << 32 for low in (DESCRIPTORS, DRIVER, DEVICE)]
            yield Queue(name, values[SIZE], *places)


def requests(queue: Queue, memory: bytes) -> Iterator[list[Piece]]:
    """The chains that the descriptors tell of, those of requests long done, too. An
    indirect table is a piece of its chain."""
    table = list(DESCRIPTOR.iter_unpack(memory[queue.descriptors:][:16 * queue.size]))
    inner = {link for _, _, flags, link in table if flags & NEXT}
    for number, (address, length, flags, _) in enumerate(table):
        if number in inner or not length:
            continue
        name, chain = f"{queue.name}: request {number}", list[Piece]()
        links = table
        if flags & INDIRECT:
            chain.append(Piece(f"{name}: table", address, length))
            links, number = list(DESCRIPTOR.iter_unpack(memory[address:address + length])), 0
        while True:
            address, length, flags, link = links[number]
            chain.append(Piece(name, address, length))
            if not flags & NEXT:
                break
            number = link
        yield chain


def inside(piece: Piece, ranges: Ranges, kind: int) -> bool:
    """In RAM of the caller's, or in the reserved RAM at the end: what is reserved below
    1 MiB is no place for a device."""
    return any(first <= piece.start and piece.start + piece.size <= last
               for first, last, this in ranges if this == kind and (kind == RAM or first >= MIB))


def check(trace: Trace, memory: bytes, ranges: Ranges) -> tuple[int, int]:
    """How many queues and requests there were, none of which was elsewhere."""
    wrong, count = list[Piece](), 0
    found = list(queues(trace))
    for queue in found:
        wrong += [piece for piece in queue.pieces() if not inside(piece, ranges, RESERVED)]
        for chain in requests(queue, memory):
            count += 1
            # Of what is in a request, only the data can be the caller's.
            theirs = [piece for piece in chain if not inside(piece, ranges, RESERVED)]
            if len(theirs) > 1 or not all(inside(piece, ranges, RAM) for piece in theirs):
                wrong += theirs
    assert not wrong, "\n".join(f"{p.what} at {p.start:#x}, {p.size} bytes" for p in wrong)
    return len(found), count


@pytest.mark.parametrize("indirect", ["on", "off"])
@pytest.mark.parametrize("modern", [False, True], ids=["legacy", "modern"])
@pytest.mark.parametrize("kind", ["blk", "scsi"])
def test_devices_stay_in_ram(kind: str, modern: bool, indirect: str) -> None:
    """With a disk, whose read-ahead is at work, and a console; started anew once."""
    option = f"indirect_desc={indirect}"
    disk = ["-drive", f"if=none,id=disk,format=raw,snapshot=on,file={GUESTS / 'memmap.img'}"]
    disk += ["-device", f"virtio-blk-device,drive=disk,{option}"] if kind == "blk" else [
        "-device", f"virtio-scsi-device,{option}", "-device", "scsi-hd,drive=disk"]
    console = ["-chardev", "null,id=hvc", "-device", "virtio-serial-device",
               "-device", "virtconsole,chardev=hvc"]
    with Machine(f"dma-{kind}-{modern}-{indirect}", memory=f"{MEMORY // MIB}M", modern=modern,
                 trace=["memory_region_ops_write"],
                 args=[*disk, *console]) as machine:
        ranges = reported_map(machine)
        machine.qmp("system_reset")
        assert reported_map(machine) == ranges * 2, "the map differs after a reset"
        file = machine.directory / "memory"
        machine.qmp("pmemsave", val=0, size=MEMORY, filename=str(file))
        machine.send(b".")
        finish_guest(machine)
    memory = Path(file).read_bytes()
    file.unlink()
    number, count = check(machine.trace(), memory, ranges)
    print(f"{number} queues, {count} requests")
    assert number >= 2 * 3 and count >= 2 * 4
