# SPDX-License-Identifier: LGPL-3.0-or-later
"""Boot programs on microvms without the PC's old chips (see machines.py)."""
from __future__ import annotations

import re
from itertools import combinations, product

import pytest

from harness import (GUESTS, PASSED, Access, Drive, Machine, by_region, finish_guest, run_guest)
from machines import COVERING, MATRIX, Chips
from test_guest import KEYS

TRACE = ["memory_region_ops_read", "memory_region_ops_write"]

# Up to the boot sector: what the machine with everything takes beside its banner, and
# three reads of each of eight slots where no table lists the devices.
ACCESSES = 60
MODERN_MORE = 14
NO_TABLES_MORE = 3 * 8

# The ports of each chip, and the accesses that it takes to see that it is not there.
# A serial port is looked for once more when there is no other console.
ABSENT = {
    "pit": (range(0x40, 0x44), 2),
    "pic": ([0x20, 0x21, 0xA0, 0xA1], 6),
    "rtc": ([0x70, 0x71], 3),
    "serial": (range(0x3F8, 0x400), 4),
}


def test_matrix_covers() -> None:
    """Each three of the seven are in every mix in some machine."""
    rows = [(m.acpi, m.pic, m.pit, m.rtc, m.serial, m.ioapic2, m.modern) for m in COVERING]
    for places in combinations(range(7), 3):
        seen = {tuple(row[place] for place in places) for row in rows}
        assert seen == set(product((True, False), repeat=3)), places


def check_absent(chips: Chips, accesses: list[Access]) -> None:
    """An absent chip is looked for, and never waited on."""
    for chip, (ports, limit) in ABSENT.items():
        found = [access for access in accesses if access.address in ports]
        if not getattr(chips, chip):
            assert len(found) <= limit, f"{chip}: {found}"


@pytest.mark.parametrize("chips", MATRIX, ids=str)
def test_chips(chips: Chips) -> None:
    """The disk boots, time passes as it should, and nothing absent is waited on."""
    machine = run_guest(f"chips-{chips}", "chips", icount=True, trace=TRACE, debug=False,
                        **chips.options())
    results = machine.results()
    assert f"rtc: {int(chips.rtc)}\n" in results
    assert ("com1: 000003F8" if chips.serial else "com1: 00000000") in results
    banner = machine.console()
    assert bool(banner) == chips.serial

    trace = machine.trace()
    check_absent(chips, trace.accesses)
    accesses = trace.until_boot_sector()
    limit = ACCESSES + len(banner) + MODERN_MORE * chips.modern
    limit += NO_TABLES_MORE * (not chips.acpi)
    print(f"{chips}: {len(accesses)} accesses, limit {limit}")
    assert len(accesses) <= limit, by_region(accesses)


@pytest.mark.parametrize("acpi", ["on", "off"])
def test_console_on_virtio(acpi: str) -> None:
    """Without a UART the console is the virtconsole, with tables or without."""
    args = ["-device", "virtio-serial-device", "-device", "virtconsole,chardev=serial"]
    with Machine(f"virtconsole-acpi-{acpi}", [Drive(GUESTS / "hello.img")],
                 machine={"acpi": acpi}, serial=False, args=args) as machine:
        machine.expect("hello, console")
        assert machine.wait_exit() == PASSED


@pytest.mark.parametrize("machine", [{"pic": "off", "pit": "off"}, {"acpi": "off"}],
                         ids=["no-chips", "no-tables"])
def test_keys(machine: dict[str, str]) -> None:
    """What is typed is collected on the tick, whatever gives that."""
    with Machine(f"keys-{'-'.join(machine)}", [Drive(GUESTS / "int16.img")],
                 machine=machine) as guest:
        for name, keys in KEYS.items():
            guest.expect_result(f"^ready: {name}$")
            guest.send(b"." + keys)
        finish_guest(guest)


@pytest.mark.parametrize("acpi", ["on", "off"])
def test_first_device_first(acpi: str) -> None:
    """The order of disks is the same without tables: the first -device boots."""
    drives = [Drive(GUESTS / name) for name in ("boot18.img", "hello_c.img", "hello.img")]
    with Machine(f"order-acpi-{acpi}", drives, machine={"acpi": acpi}) as machine:
        machine.expect(r"virtio-blk feb0(\w+): its boot sector gave up")
        finish_guest(machine)


@pytest.mark.parametrize("drive", [
    Drive(GUESTS / "hello_c.img", "scsi-hd"),
    Drive(GUESTS / "hello_c.img", options={"bootindex": 0}),
], ids=["scsi", "bootindex"])
@pytest.mark.parametrize("modern", [False, True], ids=["legacy", "modern"])
def test_disks_without_tables(drive: Drive, modern: bool) -> None:
    drives = [drive] if drive.device == "scsi-hd" else [Drive(GUESTS / "boot19.img"), drive]
    args = ["-device", "virtio-scsi-device"] if drive.device == "scsi-hd" else []
    name = f"no-tables-{drive.device}-{modern}"
    with Machine(name, machine={"acpi": "off"}, modern=modern,
                 args=args + [a for n, d in enumerate(drives) for a in d.arguments(n)]) as machine:
        finish_guest(machine)


def test_eight_disks_without_tables() -> None:
    """All slots that such a machine has."""
    machine = run_guest("no-tables-8", "int13", machine={"acpi": "off"},
                        drives=[Drive(GUESTS / "int13.img")] + [Drive(GUESTS / "hello.img")] * 7)
    assert re.search("disks: 8$", machine.results(), re.MULTILINE)
