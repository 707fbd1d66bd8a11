# SPDX-License-Identifier: LGPL-3.0-or-later
"""What the run as a whole says. It is here because this file is read by the process that
writes the summary, too, when other processes run the tests."""
from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent / "qemu"))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Was KVM used? Boot programs are there if a test of them has run."""
    reports = [report for reports in terminalreporter.stats.values() for report in reports]
    if not any("tests/qemu/" in getattr(report, "nodeid", "") for report in reports):
        return
    from harness import kvm_problem

    problem = kvm_problem()
    terminalreporter.write_line(f"KVM: not used, because: {problem}" if problem else
                                "KVM: works, used by test_kvm.py")
