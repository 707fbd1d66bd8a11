# SPDX-License-Identifier: LGPL-3.0-or-later
"""Kernels to give to QEMU with -kernel, sound and damaged, made from the test
kernel's payload; and what the test kernel reports."""
from __future__ import annotations

import struct
from collections import defaultdict
from pathlib import Path

from harness import GUESTS

ADDRESS = 0x100000              # where the payload is linked to run
ENTRY_PVH = ADDRESS + 16
ENTRY_MULTIBOOT = ADDRESS + 32
BSS = 0x110000                  # the payload checks that this page is zero
BSS_SIZE = 0x1000

SETUP_SECTORS = 4
LOADED_HIGH = 1


def payload() -> bytes:
    return (GUESTS / "kernel.bin").read_bytes()


def setup16() -> bytes:
    return (GUESTS / "setup16.bin").read_bytes()


def bzimage(version: int = 0x20F, *, setup: bytes = b"", code: bytes | None = None,
            init_size: int = 0x200000, pref_address: int = ADDRESS, flags: int = LOADED_HIGH,
            initrd_max: int = 0x7FFFFFFF, cmdline_size: int = 2047, xloadflags: int = 0,
            boot_flag: int = 0xAA55, magic: bytes = b"HdrS", code32: int = ADDRESS,
            sectors: int = SETUP_SECTORS) -> bytes:
    """A kernel by Linux's boot protocol (Documentation/arch/x86/boot.rst)."""
    code = payload() if code is None else code
    code += bytes(-len(code) % 16)
    head = bytearray(setup.ljust((sectors + 1) * 512, b"\0"))
    struct.pack_into("<BHIHHHH", head, 0x1F1, sectors, 0, len(code) // 16, 0, 0, 0, boot_flag)
    head[0x200:0x202] = b"\xeb\x6a"
    struct.pack_into("<4sHIHHBBHI", head, 0x202, magic, version, 0, 0, 0, 0, flags, 0, code32)
    struct.pack_into("<II", head, 0x22C, initrd_max, 0x200000)
    struct.pack_into("<BBHI", head, 0x234, 1, 21, xloadflags, cmdline_size)
    struct.pack_into("<QI", head, 0x258, pref_address, init_size)
    if setup:   # the header is data of the assembler's file elsewhere
        head[0x200:0x202] = b"\xeb\x7e"
    return bytes(head) + code


def with_setup_data(kernel: bytes, data: bytes) -> bytes:
    """The kernel of bzimage() with a node of type 2 (a device tree) at its end."""
    head = bytearray(kernel)
    struct.pack_into("<Q", head, 0x250, ADDRESS + len(kernel) - (SETUP_SECTORS + 1) * 512)
    return bytes(head) + struct.pack("<QII", 0, 2, len(data)) + data


def elf(segments: list[tuple[int, bytes, int]], entry: int = ENTRY_PVH, wide: bool = True,
        note: bool = True) -> bytes:
    """An ELF kernel with Xen's note PHYS32_ENTRY. Segments: address, bytes, memory size."""
    text = struct.pack("<III4sI", 4, 8 if wide else 4, 18, b"Xen\0", entry)
    text += bytes(4) if wide else b""
    count = len(segments) + note
    header, entry_size = (64, 56) if wide else (52, 32)
    offset = header + count * entry_size
    headers, body = b"", b""
    loads = [(1, address, data, size) for address, data, size in segments]
    for kind, address, data, size in ([(4, 0, text, len(text))] if note else []) + loads:
        where = offset + len(body)
        if wide:
            headers += struct.pack("<IIQQQQQQ", kind, 7, where, address, address, len(data), size,
                                   4)
        else:
            headers += struct.pack("<IIIIIIII", kind, where, address, address, len(data), size, 7,
                                   4)
        body += data
    ident = b"\x7fELF" + bytes([2 if wide else 1, 1, 1]) + bytes(9)
    head = struct.pack("<HHIQQQIHHHHHH" if wide else "<HHIIIIIHHHHHH", 2, 62 if wide else 3, 1,
                       ADDRESS, header, 0, 0, header, entry_size, count, 0, 0, 0)
    return (ident + head + headers + body).ljust(8192, b"\0")


def pvh(wide: bool = True, extra: list[tuple[int, bytes, int]] | None = None,
        entry: int = ENTRY_PVH) -> bytes:
    return elf([(ADDRESS, payload(), BSS + BSS_SIZE - ADDRESS), *(extra or [])], entry, wide)


def multiboot(address: int = ADDRESS, entry: int = ENTRY_MULTIBOOT, before: int = 0) -> bytes:
    """A flat image with a header behind its code that gives its addresses; `before`
    bytes of nothing come first, at addresses below."""
    data, flags = bytes(before) + payload(), 0x00010003
    data += bytes(-len(data) % 4)
    address -= before
    head = struct.pack("<IIIIIIII", 0x1BADB002, flags, -(0x1BADB002 + flags) & 0xFFFFFFFF,
                       address + len(data), address, address + len(data) + 32,
                       BSS + BSS_SIZE + address + before - ADDRESS, entry)
    return data + head


def write(name: str, data: bytes) -> Path:
    path = GUESTS / name
    path.write_bytes(data)
    return path


def checksum(data: bytes) -> int:
    total = 0
    for byte in data:
        total = (total * 31 + byte) & 0xFFFFFFFF
    return total


class Report:
    """The lines of the test kernel: name to a list of lists of words."""

    def __init__(self, results: str) -> None:
        self.lines: dict[str, list[list[str]]] = defaultdict(list)
        self.complete = results.endswith("end\n")
        for line in results.splitlines():
            name, *words = line.split(" ")
            self.lines[name].append(words)

    def numbers(self, name: str, index: int = 0) -> list[int]:
        return [int(word, 16) for word in self.lines[name][index]]

    def text(self, name: str) -> str:
        return " ".join(self.lines[name][0])

    def e820(self) -> list[tuple[int, int, int]]:
        return [tuple(int(word, 16) for word in words)  # type: ignore[misc]
                for words in self.lines["e820"]]
