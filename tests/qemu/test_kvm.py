# SPDX-License-Identifier: LGPL-3.0-or-later
"""Boot programs under KVM. Collected where a boot program runs on it (conftest.py)."""
from __future__ import annotations

import datetime
import re
from pathlib import Path
from typing import Any

import pytest

from harness import GUESTS, PASSED, Drive, Machine, results_of, run_guest

KVM = {"accel": "kvm"}
PROGRAMS = ["hello_chs", "entry", "int11_12", "int15", "diskette"]


@pytest.mark.parametrize("modern", [False, True], ids=["legacy", "modern"])
@pytest.mark.parametrize("program", PROGRAMS)
def test_program(program: str, modern: bool) -> None:
    run_guest(f"kvm-{program}-{modern}", program, modern=modern, **KVM)


@pytest.mark.parametrize("machine", [
    {"pic": "off", "pit": "off", "rtc": "off"},
    {"acpi": "off"},
], ids=["no-chips", "no-tables"])
def test_machine(machine: dict[str, Any]) -> None:
    run_guest("kvm-machine", "hello_chs", machine=machine, **KVM)


def test_cpus() -> None:
    """INIT leaves MSRs as they are under KVM, so an OS sees what the firmware has set."""
    results = results_of("kvm-cpus", "cpus", cpus=4, **KVM)
    assert "cpus: 4\n" in results and "differ: 0\n" in results


def test_feature_control_is_refused(tmp_path: Path) -> None:
    """Bits that no processor knows: the MSR is left alone, and all processors start."""
    value = tmp_path / "value"
    value.write_bytes(b"\xff" * 8)
    with Machine("kvm-feature-control", [Drive(GUESTS / "hello.img")], cpus=2,
                 fw_cfg={"etc/msr_feature_control": value}, **KVM) as machine:
        assert machine.wait_exit() == PASSED
        assert "processors started" not in machine.console()


def test_date_without_rtc() -> None:
    """KVM's wall clock tells the date: the host's, in UTC."""
    results = results_of("kvm-date", "int1a", machine={"rtc": "off"}, **KVM)
    found = re.search(r"^rtc: (\d{8}) ", results, re.MULTILINE)
    assert found
    date = datetime.datetime.strptime(found[1], "%Y%m%d").date()
    assert abs(date - datetime.datetime.now(datetime.timezone.utc).date()).days <= 1
