# SPDX-License-Identifier: LGPL-3.0-or-later
"""The debug log: its ring in memory, its level, and the script that shows it."""
from __future__ import annotations

import struct
import subprocess
import sys
from pathlib import Path

import pytest

from harness import GUESTS, TOP, Drive, Machine

MIB = 1 << 20
MEMORY = 128 * MIB     # of a machine, unless told
RING_TEXT = 4080
EBDA_LOG = 0x9FC60
DUMPLOG = [sys.executable, str(TOP / "scripts/dumplog")]
CHOSEN, CONSOLE = "booting as drive 80h", "serial console at port 3f8"


def dumplog(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*DUMPLOG, *arguments], capture_output=True, text=True, check=False)


def waiting_machine(name: str, **options: object) -> Machine:
    """One that stays at the first question of a boot program."""
    return Machine(name, [Drive(GUESTS / "keys.img")], **options)   # type: ignore[arg-type]


def monitor_of(tmp_path: Path) -> Path:
    """Where a second monitor's socket can be: a short name."""
    path = TOP / "build" / f"petrel-{tmp_path.name}.qmp"
    path.unlink(missing_ok=True)
    return path


def save_memory(machine: Machine, file: Path, start: int = 0, size: int = MEMORY) -> None:
    """As a user would do it in the human monitor."""
    answer = machine.monitor(f'pmemsave {start:#x} {size:#x} "{file}"')
    assert not answer, answer


def test_dumplog(tmp_path: Path) -> None:
    """The ring by QMP and by files of the monitor's, without a debug port."""
    path = monitor_of(tmp_path)
    args = ["-qmp", f"unix:{path},server=on,wait=off"]
    with waiting_machine("dumplog", args=args, debug=False) as machine:
        machine.expect_result("^ready")
        by_qmp = dumplog(str(path))
        save_memory(machine, tmp_path / "all")
        save_memory(machine, tmp_path / "end", MEMORY - MIB, MIB)
        by_file = [dumplog("--file", str(tmp_path / name)) for name in ("all", "end")]
    path.unlink(missing_ok=True)
    assert by_qmp.returncode == 0
    assert [result.stdout for result in by_file] == [by_qmp.stdout] * 2
    assert CONSOLE in by_qmp.stdout and CHOSEN in by_qmp.stdout


@pytest.mark.parametrize("memory", ["16M", "128M", "5G"])
def test_log_outlives_a_reset(tmp_path: Path, memory: str) -> None:
    """What the last boot has said is there, then what this one has."""
    path = monitor_of(tmp_path)
    args = ["-qmp", f"unix:{path},server=on,wait=off"]
    with waiting_machine(f"log-reset-{memory}", args=args, memory=memory) as machine:
        machine.expect_result("^ready")
        first = dumplog(str(path)).stdout
        machine.qmp("system_reset")
        machine.expect_result("^ready")
        both = dumplog(str(path)).stdout
        log = machine.debug_log()
    path.unlink(missing_ok=True)
    assert first.count(CHOSEN) == 1 and both.count(CHOSEN) == 2
    assert both.startswith(first) and both == log


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


def ring(size: int = RING_TEXT, text: bytes = b"a line\n", room: int = RING_TEXT) -> bytes:
    return struct.pack("<8sII", b"PetrLog\0", size, len(text)) + text.ljust(room, b"\0")


def test_dumplog_finds_the_ring(tmp_path: Path) -> None:
    """Behind signatures that begin no ring: the first of them overlaps it."""
    (tmp_path / "memory").write_bytes(bytes(5) + ring(1, room=0) + b"PetrLog\0" + ring() + b"x")
    result = dumplog("--file", str(tmp_path / "memory"))
    assert (result.returncode, result.stdout) == (0, "a line\n")


@pytest.mark.parametrize("memory", [b"", b"PetrLog", bytes(65536), ring(0xFFFFFFFF),
                                    ring(RING_TEXT - 1), ring(room=RING_TEXT - 1)],
                         ids=["nothing", "half-a-signature", "zeros", "a-huge-size", "a-wrong-size",
                              "cut"])
def test_dumplog_of_something_else(tmp_path: Path, memory: bytes) -> None:
    (tmp_path / "memory").write_bytes(memory)
    result = dumplog("--file", str(tmp_path / "memory"))
    assert result.returncode == 1 and not result.stdout
    assert result.stderr.startswith("dumplog: ") and result.stderr.count("\n") == 1


@pytest.mark.parametrize("area", [bytes(12), struct.pack("<8sI", b"PetrLog\0", 0x200000)],
                         ids=["no-signature", "no-ring"])
def test_dumplog_of_another_machine(tmp_path: Path, area: bytes) -> None:
    """One that has not begun: what is in its EBDA is what the test puts there."""
    path, file = monitor_of(tmp_path), tmp_path / "area"
    file.write_bytes(area)
    args = ["-S", "-qmp", f"unix:{path},server=on,wait=off",
            "-device", f"loader,file={file},addr={EBDA_LOG:#x},force-raw=on"]
    with waiting_machine("no-log", args=args) as machine:
        result = dumplog(str(path))
        assert machine.alive()
    path.unlink(missing_ok=True)
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
