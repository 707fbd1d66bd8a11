# SPDX-License-Identifier: LGPL-3.0-or-later
"""The microvms that a user can make by leaving out the PC's old chips.

Seven things are on or off. Sixteen machines, in which each three of them occur in
every mix, stand for all 128; MATRIX=all (make check-matrix) takes those.
"""
from __future__ import annotations

import os
from dataclasses import dataclass, fields
from itertools import product
from typing import Any

ALL = os.environ.get("MATRIX") == "all"


@dataclass(frozen=True)
class Chips:
    """One machine."""

    acpi: bool
    pic: bool
    pit: bool
    rtc: bool
    serial: bool
    ioapic2: bool
    modern: bool

    def __str__(self) -> str:
        """What differs from the machine that has everything and legacy virtio."""
        off = [f"no-{field.name}" for field in fields(self)
               if field.name != "modern" and not getattr(self, field.name)]
        return "-".join([*off, *(["modern"] if self.modern else [])]) or "plain"

    def options(self) -> dict[str, Any]:
        """Arguments of harness.Machine."""
        parts = ("acpi", "pic", "pit", "rtc", "ioapic2")
        return {"machine": {part: "on" if getattr(self, part) else "off" for part in parts},
                "serial": self.serial, "modern": self.modern}


def _covering() -> list[Chips]:
    """An orthogonal array of strength 3: the even-weight extended Hamming code."""
    rows = []
    for a, b, c, d in product((True, False), repeat=4):
        rows.append(Chips(a, b, c, d, a ^ b ^ c, a ^ b ^ d, a ^ c ^ d))
    return rows


COVERING = _covering()
MATRIX = [Chips(*row) for row in product((True, False), repeat=7)] if ALL else COVERING
