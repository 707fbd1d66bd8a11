# SPDX-License-Identifier: LGPL-3.0-or-later
"""What src/console/terminal.c sends, on a terminal that others wrote (pyte): it shows what
the screen holds, whatever was done to it."""
from __future__ import annotations

import io
import os
import struct
import subprocess
import sys
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP / "tests/qemu"))

from terminal import ROWS, Emulator, Screen  # noqa: E402

DRIVER = TOP / os.environ.get("BUILD", "build") / "unit/terminal_driver"
OPERATIONS = 2000
BDA_BYTES, CELL_BYTES = 256, 4000


def complaint(emulator: Emulator, screen: Screen, drawn: bool) -> str | None:
    """Of lines it is not known where on the terminal they begin, and the cursor may be
    out of reach above them."""
    if drawn:
        return emulator.differs(screen, cursor=screen.column < screen.columns)
    tops = [emulator.screen.cursor.y - screen.row, *range(-ROWS, ROWS)]
    found = [emulator.differs(screen, cursor=False, top=top) for top in tops]
    return None if None in found else found[0]


@pytest.mark.parametrize("seed", range(6))
def test_random_operations(seed: int) -> None:
    output = subprocess.run([DRIVER, str(seed), str(OPERATIONS)], stdout=subprocess.PIPE,
                            check=True).stdout
    stream, emulator, records = io.BytesIO(output), Emulator(), 0
    while header := stream.read(4):
        sent = stream.read(struct.unpack("<I", header)[0])
        drawn = stream.read(1) == b"\1"
        screen = Screen(stream.read(BDA_BYTES), stream.read(CELL_BYTES))
        emulator.stream.feed(sent)
        found = complaint(emulator, screen, drawn)
        assert not found, f"record {records}, {'drawn' if drawn else 'lines'}: {found}"
        records += 1
    assert records == OPERATIONS // 5
