# SPDX-License-Identifier: LGPL-3.0-or-later
"""Failures that a user can meet: each has its line on the console, and the
machine then goes on, waits without using the host's CPU, or reboots."""
from __future__ import annotations

import os
import re
import struct
import time
from pathlib import Path

import pytest

from harness import GUESTS, PASSED, Drive, Machine, finish_guest

# Petrel's messages. They are written here and nowhere else in the tests.
BANNER = r"^Petrel \S+"
DISK = r"virtio-blk [0-9a-f]{8}"
NO_SIGNATURE = rf"^{DISK}: no boot signature \(55AA\) in sector 0"
EMPTY_DISK = rf"^{DISK}: the disk is empty"
GAVE_UP = rf"^{DISK}: its boot sector gave up \(INT 18h\)"
NO_DISK = r"^No bootable device: no disk found"
NOTHING_BOOTS = r"^No bootable device"
NO_DSDT = r"^ACPI: no usable DSDT"
HALF_AN_ENTRY = r"^ACPI: table-loader: \d+ bytes are no whole number of entries"
LITTLE_MEMORY = r"only \d+ KiB of memory, \d+ KiB are needed"


def tried(*disks: str) -> str:
    return rf"{NOTHING_BOOTS}: tried {', '.join(disks)}"


def read_error(sector: int) -> str:
    return rf"^{DISK}: read error, sector {sector}\b"


def short_disk(end: int, size: int) -> str:
    return rf"^{DISK}: partition 1 ends at sector {end}, the disk has only {size}\b"


def loader_line(entry: int, what: str) -> str:
    """Entries of the script count from 0."""
    return rf"^ACPI: table-loader entry {entry}: .*{what}"


# Processor time in seconds: of the test, and what a machine that waits may use meanwhile.
BUSY_SECONDS = 0.5
QUIET_SECONDS = 0.1


def assert_waits_quietly(machine: Machine) -> None:
    """The machine is there, has not been reset, and uses no CPU time. It has as long as
    this process takes to use some: one that spins would get as much, on any host."""
    before = machine.cpu_ticks()
    end = time.process_time() + BUSY_SECONDS
    while time.process_time() < end:
        pass
    used = (machine.cpu_ticks() - before) / os.sysconf("SC_CLK_TCK")
    if used >= QUIET_SECONDS:
        raise machine.failure(f"{used} s of CPU time while the test used {BUSY_SECONDS} s")
    assert machine.alive()
    assert machine.qmp("query-status")["status"] == "running"
    machine.qmp("query-name")
    assert not [event for event in machine.events if event["event"] == "RESET"]


def zeros(path: Path, sectors: int) -> Path:
    with path.open("wb") as file:
        file.truncate(sectors * 512)
    return path


def test_banner() -> None:
    """One line, before anything else, on a line of its own."""
    with Machine("banner") as machine:
        machine.expect(BANNER)
        assert len(machine.console().split("Petrel")) == 2


@pytest.mark.parametrize("modern", [False, True], ids=["legacy", "modern"])
def test_no_disk(modern: bool) -> None:
    with Machine(f"no-disk-{modern}", modern=modern) as machine:
        machine.expect(NO_DISK)
        assert_waits_quietly(machine)


@pytest.mark.parametrize("modern", [False, True], ids=["legacy", "modern"])
def test_no_signature(tmp_path: Path, modern: bool) -> None:
    disk = zeros(tmp_path / "zeros", 2048)
    with Machine(f"no-signature-{modern}", [Drive(disk)], modern=modern) as machine:
        machine.expect(NO_SIGNATURE)
        machine.expect(tried(DISK))
        assert_waits_quietly(machine)


def test_two_disks_that_do_not_boot(tmp_path: Path) -> None:
    """A line for each, and both in the last line."""
    disks = [Drive(zeros(tmp_path / name, 2048)) for name in ("one", "two")]
    with Machine("two-zeros", disks) as machine:
        machine.expect(NO_SIGNATURE)
        machine.expect(NO_SIGNATURE)
        machine.expect(tried(DISK, DISK))


def test_next_disk_boots(tmp_path: Path) -> None:
    """What does not boot is said, and the next candidate is tried."""
    drives = [Drive(zeros(tmp_path / "zeros", 2048)), Drive(GUESTS / "hello.img")]
    with Machine("zeros-then-hello", drives) as machine:
        machine.expect(NO_SIGNATURE)
        machine.expect("hello, console")
        assert machine.wait_exit() == PASSED


def test_disk_without_sectors(tmp_path: Path) -> None:
    with Machine("empty-disk", [Drive(zeros(tmp_path / "empty", 0))]) as machine:
        machine.expect(EMPTY_DISK)
        machine.expect(tried(DISK))
        assert_waits_quietly(machine)


def test_partition_beyond_the_end() -> None:
    """The user is told, and the boot record gets an error that it can act on. (The
    partition of mbr.img starts at sector 4096 and has 1000, the disk has 2048.)"""
    with Machine("short-disk", [Drive(GUESTS / "mbr.img")]) as machine:
        machine.expect(short_disk(5096, 2048))
        code = machine.expect_result(r"^read ([0-9A-F]{2})\n")[1]
        if code not in (b"01", b"04"):
            raise machine.failure(f"INT 13h says {code!r} for a sector beyond the end")
        machine.expect(GAVE_UP)
        machine.expect(tried(DISK))
        assert_waits_quietly(machine)


def failing(image: str, *rules: dict[str, object]) -> Drive:
    """A disk of which the host cannot read or write some sectors."""
    return Drive(GUESTS / image, persist=True, inject=rules,
                 options={"rerror": "report", "werror": "report"})


def bad(event: str, sector: int) -> dict[str, object]:
    return {"event": event, "sector": sector, "errno": 5}


@pytest.mark.parametrize("modern", [False, True], ids=["legacy", "modern"])
def test_error_in_boot_sector(modern: bool) -> None:
    with Machine(f"error-boot-sector-{modern}", [failing("hello.img", bad("read_aio", 0))],
                 modern=modern) as machine:
        machine.expect(read_error(0))
        machine.expect(tried(DISK))
        assert_waits_quietly(machine)


def test_error_in_boot_sector_then_next_disk() -> None:
    drives = [failing("int13.img", bad("read_aio", 0)), Drive(GUESTS / "hello.img")]
    with Machine("error-then-hello", drives) as machine:
        machine.expect(read_error(0))
        machine.expect("hello, console")
        assert machine.wait_exit() == PASSED


@pytest.mark.parametrize("modern", [False, True], ids=["legacy", "modern"])
def test_error_while_loading(tmp_path: Path, modern: bool) -> None:
    """INT 13h reports the error to its caller, and the console to the user."""
    image = tmp_path / "ioerror.img"
    image.write_bytes((GUESTS / "ioerror.img").read_bytes())
    drive = failing(str(image), bad("read_aio", 300), bad("write_aio", 310))
    with Machine(f"error-int13-{modern}", [drive], modern=modern) as machine:
        finish_guest(machine)
        machine.expect(read_error(300))


# Linker-loader scripts: entries of 128 bytes, as QEMU's hw/acpi/bios-linker-loader.c
# describes them. With acpi=off QEMU adds no script of its own.

def allocate(file: str, align: int = 16, zone: int = 1) -> bytes:
    return struct.pack("<I56sIB63x", 1, file.encode(), align, zone)


def add_pointer(file: str, points_to: str, offset: int, size: int) -> bytes:
    return struct.pack("<I56s56sIB7x", 2, file.encode(), points_to.encode(), offset, size)


def add_checksum(file: str, offset: int, start: int, length: int) -> bytes:
    return struct.pack("<I56sIII56x", 3, file.encode(), offset, start, length)


def write_pointer(file: str, points_to: str, offset: int, source: int, size: int) -> bytes:
    return struct.pack("<I56s56sIIB3x", 4, file.encode(), points_to.encode(), offset, source, size)


RSDP = "etc/acpi/rsdp"
TABLES = "etc/acpi/tables"


def table(signature: bytes, body: bytes) -> bytes:
    """A table of revision 1 whose checksum is still 0."""
    return struct.pack("<4sIBB6s8sI4sI", signature, 36 + len(body), 1, 0, b"PETREL",
                       b"TESTTEST", 1, b"TEST", 1) + body


def small_tables() -> tuple[bytes, bytes, bytes]:
    """RSDP, tables and the script for an RSDT with a FADT that names no DSDT."""
    fadt = table(b"FACP", bytes(116 - 36))
    rsdt = table(b"RSDT", struct.pack("<I", 0))
    rsdp = struct.pack("<8sB6sBI", b"RSD PTR ", 0, b"PETREL", 0, len(fadt))
    script = b"".join([
        allocate(RSDP, zone=2),
        allocate(TABLES, 64),
        add_checksum(TABLES, 9, 0, len(fadt)),
        add_pointer(TABLES, TABLES, len(fadt) + 36, 4),
        add_checksum(TABLES, len(fadt) + 9, len(fadt), len(rsdt)),
        add_pointer(RSDP, TABLES, 16, 4),
        add_checksum(RSDP, 8, 0, 20),
    ])
    return rsdp, fadt + rsdt, script


def machine_with_script(name: str, tmp_path: Path, script: bytes) -> Machine:
    rsdp, tables, _ = small_tables()
    files: dict[str, Path | str] = {}
    for file, content in ((RSDP, rsdp), (TABLES, tables), ("etc/table-loader", script)):
        path = tmp_path / file.rpartition("/")[2]
        path.write_bytes(content)
        files[file] = path
    return Machine(name, [Drive(GUESTS / "hello.img")], machine={"acpi": "off"}, fw_cfg=files)


SCRIPTS = {
    "missing-file": ([allocate("etc/no-such-file")], 0, "etc/no-such-file"),
    "missing-file-later": ([allocate(TABLES), allocate("etc/no-such-file")], 1,
                           "etc/no-such-file"),
    "pointer-in-unknown-file": ([allocate(TABLES), add_pointer("etc/other", TABLES, 0, 4)], 1,
                                "etc/other"),
    "pointer-to-unknown-file": ([allocate(TABLES), add_pointer(TABLES, "etc/other", 0, 4)], 1,
                                "etc/other"),
    "pointer-outside": ([allocate(TABLES), add_pointer(TABLES, TABLES, 1 << 20, 4)], 1, TABLES),
    "pointer-across-the-end": ([allocate(RSDP, zone=2), add_pointer(RSDP, RSDP, 17, 4)], 1, RSDP),
    "pointer-offset-wraps": ([allocate(TABLES), add_pointer(TABLES, TABLES, 0xFFFFFFFE, 4)], 1,
                             TABLES),
    "pointer-of-3-bytes": ([allocate(TABLES), add_pointer(TABLES, TABLES, 0, 3)], 1, TABLES),
    "checksum-outside": ([allocate(TABLES), add_checksum(TABLES, 1 << 20, 0, 36)], 1, TABLES),
    "checksum-range-outside": ([allocate(TABLES), add_checksum(TABLES, 9, 0, 1 << 20)], 1, TABLES),
    "checksum-range-wraps": ([allocate(TABLES), add_checksum(TABLES, 9, 16, 0xFFFFFFF8)], 1,
                             TABLES),
    "write-pointer-to-missing": ([allocate(TABLES), write_pointer("etc/other", TABLES, 0, 0, 4)],
                                 1, "etc/other"),
    "write-pointer-source-outside": (
        [allocate(TABLES), write_pointer(RSDP, TABLES, 0, 1 << 20, 4)], 1, TABLES),
    "unknown-command": ([allocate(TABLES), struct.pack("<I124x", 0x77)], 1, "command"),
    "alignment-not-a-power": ([allocate(TABLES, align=48)], 0, TABLES),
    "unknown-zone": ([allocate(TABLES, zone=9)], 0, TABLES),
    "allocated-twice": ([allocate(TABLES), allocate(TABLES)], 1, TABLES),
}


@pytest.mark.parametrize("name", SCRIPTS)
def test_bad_script(name: str, tmp_path: Path) -> None:
    """The entry and the file are named; the firmware goes on and says what it finds."""
    commands, entry, what = SCRIPTS[name]
    with machine_with_script(f"script-{name}", tmp_path, b"".join(commands)) as machine:
        machine.expect(BANNER)                  # before what went wrong before it
        machine.expect(loader_line(entry, what))
        machine.expect(NOTHING_BOOTS)
        assert machine.alive()


def test_half_an_entry(tmp_path: Path) -> None:
    script = allocate(TABLES) + b"\x01\0\0\0etc"
    with machine_with_script("script-half", tmp_path, script) as machine:
        machine.expect(HALF_AN_ENTRY)
        machine.expect(NOTHING_BOOTS)


def test_tables_without_dsdt(tmp_path: Path) -> None:
    _, _, script = small_tables()
    with machine_with_script("no-dsdt", tmp_path, script) as machine:
        machine.expect(NO_DSDT)
        machine.expect(NOTHING_BOOTS)
        assert "table-loader" not in machine.console()
        assert_waits_quietly(machine)


def test_too_little_memory() -> None:
    with Machine("4M", [Drive(GUESTS / "hello.img")], memory="4M") as machine:
        machine.expect(LITTLE_MEMORY)
        assert_waits_quietly(machine)


# What follows the last candidate: etc/boot-fail-wait is 4 bytes, milliseconds,
# little-endian, FFFFFFFF for never; -boot reboot-timeout sets it.

def test_reboots_after_boot_fail_wait() -> None:
    with Machine("boot-fail-wait", args=["-boot", "reboot-timeout=500"]) as machine:
        machine.expect(NO_DISK)
        machine.wait_event("RESET")
        machine.expect(BANNER)
        machine.expect(NO_DISK)
        machine.wait_event("RESET")


def test_boot_fail_wait_of_zero() -> None:
    """No wait at all is a reboot at once, here the end of QEMU."""
    with Machine("boot-fail-wait-0", args=["-boot", "reboot-timeout=0", "-no-reboot"]) as machine:
        machine.expect(NO_DISK)
        assert machine.wait_exit() == 0


def test_waits_for_ever_by_default() -> None:
    with Machine("boot-fail-wait-never", args=["-boot", "reboot-timeout=-1"]) as machine:
        machine.expect(NO_DISK)
        assert_waits_quietly(machine)


def test_waits_without_pit_and_pic() -> None:
    """HLT needs no chip to wait for ever."""
    with Machine("no-disk-no-chips", machine={"pit": "off", "pic": "off", "rtc": "off"}
                 ) as machine:
        machine.expect(NO_DISK)
        assert_waits_quietly(machine)


def test_no_message_when_all_is_well() -> None:
    """A boot that works says its banner and nothing that looks like trouble."""
    with Machine("no-trouble", [Drive(GUESTS / "hello.img")]) as machine:
        assert machine.wait_exit() == PASSED
        assert not re.search(r"error|fail|No bootable|virtio-blk", machine.console())
