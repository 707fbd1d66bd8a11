# SPDX-License-Identifier: LGPL-3.0-or-later
"""The boot programs of tests/guest on the machines that matter to them.

Every program runs on the default machine with legacy virtio-mmio; those that
the disk's transport, the CPUs or the memory make a difference to run on more.
"""
from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from harness import GUESTS, PASSED, Drive, Machine, finish_guest, results_of, run_guest

MIB = 1 << 20
GIB = 1 << 30

PLAIN = ["hello_c", "hello_chs", "entry", "int11_12", "int13", "int15", "vm86"]

VARIANTS: list[tuple[str, str, dict[str, Any]]] = [
    ("int13", "modern", {"modern": True}),
    ("hello_chs", "modern", {"modern": True}),
    ("entry", "smp4", {"cpus": 4}),
    ("entry", "16M", {"memory": "16M"}),
    ("int13", "smp4-modern", {"cpus": 4, "modern": True}),
    ("int13", "5G", {"memory": "5G"}),
    ("int13", "graphics", {"machine": {"graphics": "on"}}),
    ("int15", "16M", {"memory": "16M"}),
    ("int15", "64M", {"memory": "64M"}),
    ("int15", "3G", {"memory": "3G"}),
    ("int15", "5G", {"memory": "5G"}),
    ("int15", "modern-smp4", {"modern": True, "cpus": 4}),
    ("int15", "bare", {"machine": {"rtc": "off", "pit": "off", "pic": "off"}}),
]


@pytest.mark.parametrize("guest", PLAIN)
def test_guest(guest: str) -> None:
    run_guest(guest, guest)


@pytest.mark.parametrize("guest,name,options", VARIANTS,
                         ids=[f"{guest}-{name}" for guest, name, _ in VARIANTS])
def test_variant(guest: str, name: str, options: dict[str, Any]) -> None:
    run_guest(f"{guest}-{name}", guest, **options)


@pytest.mark.parametrize("chips", [{}, {"rtc": "off", "pit": "off", "pic": "off"}],
                         ids=["legacy chips", "bare"])
def test_nested(chips: dict[str, str]) -> None:
    """Calls from hooks; what INT 1Ch writes during INT 13h is all there."""
    with Machine(f"nested-{len(chips)}", [Drive(GUESTS / "nested.img")],
                 machine=chips) as machine:
        finish_guest(machine)
        found = re.search(r"^dots: (\d+)$", machine.results(), re.MULTILINE)
        assert found and "." * int(found[1]) in machine.console()


@pytest.mark.parametrize("chips", [{}, {"rtc": "off", "pit": "off", "pic": "off"}],
                         ids=["legacy chips", "bare"])
def test_waits(chips: dict[str, str]) -> None:
    """By HLT and 40:6C after E820, by INT 15h 86h; and an OS finds no interrupt."""
    run_guest(f"waits-{len(chips)}", "waits", machine=chips)
    run_guest(f"takeover-{len(chips)}", "takeover", machine=chips, icount=True, icount_shift=4)


@pytest.mark.parametrize("modern", [False, True], ids=["legacy", "modern"])
def test_hello(modern: bool) -> None:
    """The console shows what a boot sector says by INT 10h, the result port too."""
    with Machine(f"hello-{modern}", [Drive(GUESTS / "hello.img")], modern=modern) as machine:
        machine.expect("hello, console")
        assert machine.wait_exit() == PASSED
        assert "hello, console\r\n" in machine.results()


def test_qcow2(tmp_path: Path) -> None:
    """What the host keeps the disk in makes no difference."""
    image = tmp_path / "hello.qcow2"
    subprocess.run(["qemu-img", "convert", "-O", "qcow2", str(GUESTS / "int13.img"), str(image)],
                   check=True)
    run_guest("int13-qcow2", "int13", drives=[Drive(image, format="qcow2")])


@pytest.mark.parametrize("modern", [False, True], ids=["legacy", "modern"])
def test_state(modern: bool) -> None:
    """TCG does not check segment limits, so they are read from the monitor."""
    with Machine(f"state-{modern}", [Drive(GUESTS / "state.img")], modern=modern) as machine:
        machine.expect_result("^ready: unreal")
        registers = machine.monitor("info registers")
        machine.send(b".")
        finish_guest(machine)
    limits = dict(re.findall(r"^([DE]S) =[0-9a-f]{4} [0-9a-f]{8} ([0-9a-f]{8})", registers,
                             re.MULTILINE))
    assert limits == {"DS": "ffffffff", "ES": "ffffffff"}, registers


def test_int10() -> None:
    """Teletype lines arrive as lines, and the last character without a successor."""
    with Machine("int10", [Drive(GUESTS / "int10.img")]) as machine:
        machine.expect("teletype line\r\n")
        machine.expect("last character:")
        machine.expect_result("^ready: last character")
        machine.expect("X")
        machine.send(b".")
        finish_guest(machine)
        assert "string of INT 10h/13h" in machine.console()


# What is typed when the int16 program is ready for it.
KEYS = {
    "a": b"a",
    "b": b"b",
    "characters": b"Az10! \r\t\b/-`\\\x03",
    "arrows": b"\x1b[A\x1b[B\x1b[C\x1b[D\x1bOA\x1bOB",
    "enhanced arrow": b"\x1b[A",
    "escape": b"\x1b",
    "after escape": b"q",
    "burst": bytes(ord("a") + i % 26 for i in range(256)),
}


@pytest.mark.parametrize("modern", [False, True], ids=["legacy", "modern"])
def test_int16(modern: bool) -> None:
    with Machine(f"int16-{modern}", [Drive(GUESTS / "int16.img")], modern=modern) as machine:
        for name, keys in KEYS.items():
            machine.expect_result(f"^ready: {name}$")
            machine.send(b"." + keys)
        finish_guest(machine)


@pytest.mark.parametrize("chips,features", [({}, 0x64), ({"rtc": "off"}, 0x44),
                                            ({"pic": "off"}, 0x24)])
def test_configuration(chips: dict[str, str], features: int) -> None:
    """INT 15h C0h tells of the chips that are there."""
    machine = run_guest(f"int15-{chips}", "int15", machine=chips)
    assert f"features: {features:08X}\n" in machine.results()


def int1a(name: str, **chips: str) -> str:
    machine = run_guest(name, "int1a", icount=True, machine=chips,
                        args=["-rtc", "base=2031-05-06T07:08:09,clock=vm"])
    return machine.results()


def test_int1a() -> None:
    results = int1a("int1a")
    assert re.search(r"^rtc: 20310506 00000708 ", results, re.MULTILINE)
    assert "alarm: set\n" in results


def test_int1a_without_rtc() -> None:
    """The documented error, not a wait for a clock that is not there."""
    results = int1a("int1a-no-rtc", rtc="off")
    assert "rtc: none\n" in results and "alarm: none\n" in results


def test_int1a_without_pic() -> None:
    """The time is there, but nothing brings the alarm."""
    results = int1a("int1a-no-pic", pic="off")
    assert "rtc: 20310506" in results and "alarm: none\n" in results


def test_int18() -> None:
    """INT 18h goes on with the next candidate. The first -device has the highest
    slot and is the first to be tried."""
    with Machine("int18", [Drive(GUESTS / "boot18.img"), Drive(GUESTS / "hello.img")]) as machine:
        assert machine.wait_exit() == PASSED
        assert machine.results() == "no\nhello, console\r\n"


def test_int19() -> None:
    """INT 19h boots again and leaves memory as it is."""
    with Machine("int19", [Drive(GUESTS / "boot19.img")]) as machine:
        assert machine.wait_exit() == PASSED
        assert machine.results() == "1\n2\n"


def test_first_device_first() -> None:
    """With several disks and no bootindex the first -device boots."""
    drives = [Drive(GUESTS / "int13.img"), Drive(GUESTS / "boot18.img"),
              Drive(GUESTS / "hello.img")]
    machine = run_guest("three-disks", "int13", drives=drives)
    assert "disks: 3" in machine.results()


@pytest.mark.parametrize("memory,size", [("16M", 16 * MIB), ("128M", 128 * MIB),
                                         ("1G", GIB), ("3G", 3 * GIB), ("5G", 5 * GIB)])
def test_memory_map(memory: str, size: int) -> None:
    """What INT 15h E820h gives is what QEMU has, less at most 1 MiB + 1 MiB below
    1 MiB that the firmware keeps; none of it is missing without being reserved."""
    results = results_of(f"e820-{memory}", "int15", memory=memory)
    ranges = [(int(base, 16), int(length, 16), int(kind)) for base, length, kind in
              re.findall(r"^e820: (\w+) (\w+) (\d+)$", results, re.MULTILINE)]
    usable = sum(length for _, length, kind in ranges if kind == 1)
    assert size - 2 * MIB <= usable <= size - MIB + 0x9FC00
    # The installed memory above 1 MiB, each byte of it in exactly one range.
    low = min(size, 3 * GIB)
    parts = [(MIB, low)] + ([(4 * GIB, 4 * GIB + size - low)] if size > low else [])
    for start, end in parts:
        covered = sum(min(base + length, end) - max(base, start)
                      for base, length, _ in ranges if base < end and base + length > start)
        assert covered == end - start, ranges


def test_cpus_are_seen() -> None:
    machine = run_guest("cpus", "entry", cpus=4)
    assert "cpus: 4" in machine.results()
