# SPDX-License-Identifier: LGPL-3.0-or-later
"""Runs the unit tests that are written in C: each test_*.c here is a program."""
from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]
BINARIES = TOP / os.environ.get("BUILD", "build") / "unit"
NAMES = sorted(source.stem for source in Path(__file__).parent.glob("test_*.c"))
TIMEOUT = 900.0


@pytest.mark.parametrize("name", NAMES)
def test_unit(name: str) -> None:
    binary = BINARIES / name
    assert binary.exists(), f"{binary} is not there: run `make check-unit`"
    result = subprocess.run([binary], cwd=TOP, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                            text=True, errors="replace", timeout=TIMEOUT, check=False)
    assert result.returncode == 0, f"{name} exits with {result.returncode}\n{result.stdout}"
