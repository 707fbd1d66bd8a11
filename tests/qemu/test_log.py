# SPDX-License-Identifier: LGPL-3.0-or-later
"""The debug log: its ring in memory, its level, and the script that shows it."""
from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from harness import GUESTS, TOP, Drive, Machine

DUMPLOG = [sys.executable, str(TOP / "scripts/dumplog")]
CHOSEN, CONSOLE = "booting as drive 80h", "serial console at port 3f8"


def dumplog(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*DUMPLOG, *arguments], capture_output=True, text=True, check=False)


def waiting_machine(name: str, **options: object) -> Machine:
    """One that stays at the first question of a boot program."""
    return Machine(name, [Drive(GUESTS / "keys.img")], **options)   # type: ignore[arg-type]


def save_memory(machine: Machine, file: Path) -> None:
    """As a user would do it in the human monitor."""
    answer = machine.monitor(f'pmemsave 0xe0000 0x10000 "{file}"')
    assert not answer, answer


def test_dumplog(tmp_path: Path) -> None:
    """The ring by QMP and by a file of the monitor's, without a debug port."""
    # a socket's name is short
    path = f"petrel-{tmp_path.name}.qmp"
    args = ["-qmp", f"unix:{TOP / 'build' / path},server=on,wait=off"]
    with waiting_machine("dumplog", args=args, debug=False) as machine:
        machine.expect_result("^ready")
        by_qmp = dumplog(str(TOP / "build" / path))
        save_memory(machine, tmp_path / "memory")
        by_file = dumplog("--file", str(tmp_path / "memory"))
    (TOP / "build" / path).unlink(missing_ok=True)
    assert by_qmp.returncode == 0 and by_qmp.stdout == by_file.stdout
    assert CONSOLE in by_qmp.stdout and CHOSEN in by_qmp.stdout


def test_ring_goes_round(tmp_path: Path) -> None:
    """More lines than it holds: the last ones are there, and the first of them is cut."""
    with waiting_machine("ring-goes-round", fw_cfg={"opt/org.petrel/loglevel": "3"}) as machine:
        machine.expect_result("^ready")
        for _ in range(60):
            machine.qmp("system_reset")
            machine.expect_result("^ready")
        save_memory(machine, tmp_path / "memory")
        log = machine.debug_log()
    kept = dumplog("--file", str(tmp_path / "memory")).stdout
    assert 4000 < len(kept) <= 4096 < len(log)
    assert log.endswith(kept)


@pytest.mark.parametrize("text", [b"", b"PetrLog", bytes(65536),
                                  b"PetrLog\0\xff\xff\xff\xff\0\0\0\0"],
                         ids=["nothing", "half a signature", "zeros", "a bad size"])
def test_dumplog_of_something_else(tmp_path: Path, text: bytes) -> None:
    (tmp_path / "memory").write_bytes(text)
    result = dumplog("--file", str(tmp_path / "memory"))
    assert result.returncode == 1 and not result.stdout
    assert result.stderr.startswith("dumplog: ") and result.stderr.count("\n") == 1


def test_levels() -> None:
    """0 is silence, and 3 says no less than 2."""
    lines = {}
    for level in "0123":
        with waiting_machine(f"level-{level}", fw_cfg={"opt/org.petrel/loglevel": level}
                             ) as machine:
            machine.expect_result("^ready")
            lines[level] = machine.debug_log().splitlines()
    assert lines["0"] == []
    assert CONSOLE not in lines["1"] and CONSOLE in lines["2"]
    assert set(lines["1"]) <= set(lines["2"]) <= set(lines["3"])
