# SPDX-License-Identifier: LGPL-3.0-or-later
"""Machines with several processors: an OS can start all of them."""
from __future__ import annotations

from pathlib import Path

import pytest

from harness import run_guest


@pytest.mark.parametrize("cpus", [1, 2, 3, 64])
def test_os_starts_them(cpus: int) -> None:
    machine = run_guest(f"cpus-{cpus}", "cpus", cpus=cpus)
    assert f"cpus: {cpus}\n" in machine.results()
    assert "processors started" not in machine.console()


def test_feature_control(tmp_path: Path) -> None:
    """TCG has no such MSR and takes everything; test_kvm.py has a processor that refuses."""
    value = tmp_path / "value"
    value.write_bytes((5).to_bytes(8, "little"))
    run_guest("feature-control", "cpus", cpus=4, fw_cfg={"etc/msr_feature_control": value})
