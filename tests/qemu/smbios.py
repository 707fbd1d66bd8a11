# SPDX-License-Identifier: LGPL-3.0-or-later
"""SMBIOS files as QEMU's larger machines offer them: DMTF DSP0134 3.7."""
from __future__ import annotations

import struct
from pathlib import Path

VENDOR, PRODUCT = "Petrel tests", "SMBIOS microvm"
ANCHOR_FILE, TABLES_FILE = "etc/smbios/smbios-anchor", "etc/smbios/smbios-tables"


def tables() -> bytes:
    """The system (type 1) and the end (type 127), with their strings."""
    system = struct.pack("<BBH4B16sBBB", 1, 27, 0x100, 1, 2, 0, 0, bytes(range(16)), 6, 0, 0)
    strings = f"{VENDOR}\0{PRODUCT}\0\0".encode()
    return system + strings + struct.pack("<BBH", 127, 4, 0x7F00) + b"\0\0"


def old_anchor(size: int) -> bytes:
    """The 32-bit entry point, without address and checksums."""
    return struct.pack("<4sBBBBHB5s5sBHIHB", b"_SM_", 0, 31, 2, 8, 64, 0, b"", b"_DMI_", 0, size,
                       0, 2, 0x28)


def new_anchor(size: int) -> bytes:
    """The 64-bit one."""
    return struct.pack("<5sBBBBBBBIQ", b"_SM3_", 0, 24, 3, 0, 0, 1, 0, size, 0)


def files(directory: Path, anchor: bytes) -> dict[str, Path | str]:
    """The fw_cfg files of harness.Machine."""
    (directory / "anchor").write_bytes(anchor)
    (directory / "tables").write_bytes(tables())
    return {ANCHOR_FILE: directory / "anchor", TABLES_FILE: directory / "tables"}
