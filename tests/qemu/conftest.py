# SPDX-License-Identifier: LGPL-3.0-or-later
"""What every boot test needs before it starts: a ROM, QEMU, boot programs."""
from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import harness


def pytest_report_header() -> list[str]:
    return [f"ROM: {harness.BIOS}", f"QEMU: {harness.QEMU}, accelerator {harness.ACCEL}"]


def pytest_ignore_collect(collection_path: Path) -> bool | None:
    """KVM is used where it works; the summary (../conftest.py) says whether it did."""
    return True if collection_path.name == "test_kvm.py" and harness.kvm_problem() else None


def pytest_sessionstart(session: pytest.Session) -> None:
    """A missing part is an error of the run, not a reason to skip tests."""
    if not Path(harness.BIOS).is_file():
        raise pytest.UsageError(f"no ROM at {harness.BIOS}: run make, or set BIOS")
    if not shutil.which(harness.QEMU):
        raise pytest.UsageError(f"no {harness.QEMU}: run scripts/setup, or set QEMU")
    if not (harness.GUESTS / "hello.img").is_file():
        raise pytest.UsageError(f"no boot programs in {harness.GUESTS}: run make guests")
