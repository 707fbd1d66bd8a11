# SPDX-License-Identifier: LGPL-3.0-or-later
"""The numbers of DESIGN section 4, as far as they are counts that a test holds.

Trapped accesses come from QEMU's memory_region_ops_* trace, requests from
virtio_blk_handle_read, instructions from -d exec. Each holds on any machine.
"""
from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from harness import (BIOS, DEBUG_PORT, GUESTS, QEMU, Access, Drive, Machine, Request, Trace,
                     by_region, run_guest, without)

TRACE = ["memory_region_ops_read", "memory_region_ops_write", "virtio_blk_handle_read",
         "virtio_blk_handle_write"]

# DESIGN section 4, "Petrel must"
RESET_INSTRUCTIONS = 60_000
RESET_ACCESSES = 60                 # and one per character of the banner
MODERN_MORE = 13                    # what the modern transport's registers take more
MEMORY_KEPT = 1024                  # KiB
MEMORY_MIB = 128                    # of the machine
# Workloads of tests/guest/bench.c: accesses, but for those of ticks, and requests.
CALLS = {
    "read-63+1": (300, 270),        # 64 MiB
    "read-127": (320, 270),
    "read-8": (300, 270),
    "read-1": (110, 75),            # 16 MiB
    "read-backward": (4096 + 10, 4096),
    "read-random": (4096 + 10, 4096),
    "write-63+1": (4096 + 10, 4096),
    "write-127": (1033 + 10, 1033),
    "write-8": (16384 + 10, 16384),
    "write-1": (32768 + 10, 32768),
    "write-backward": (4096 + 10, 4096),
    "write-random": (4096 + 10, 4096),
    # A character, and a look for 16 of them; more looks while the host is slow to
    # take them, but always fewer than one for each.
    "teletype": (20250 * 2, 0),
}
# "10 screens by teletype", 20,250 calls. A look at the line's status for
# 16 characters is in it; what a slow reader makes us look beyond that is not.
TELETYPE_INSTRUCTIONS = 5_000_000
TELETYPE_ACCESSES = 20250 + 20250 // 16 + 8
INSTRUCTIONS_A_LOOK = 100
# Other disks, more of them, processors: at most these accesses, and one per character of
# the banner.
MORE_MACHINES = {
    "virtio-scsi": (68, {"drives": [Drive(GUESTS / "hello_c.img", device="scsi-hd")],
                         "args": ["-device", "virtio-scsi-device"]}),
    "24-disks": (471, {"drives": [Drive(GUESTS / "hello_c.img")] * 24}),
    "64-cpus": (71, {"cpus": 64}),
    # The controller alone: its registers, each of 16 ports. The clock is looked at in the
    # waits for a device; how often depends on the host.
    "usb": (104, {"machine": {"usb": "on"}}),
    "usb-storage": (160, {"machine": {"usb": "on"}, "drives": [], "args": [
        "-drive", f"if=none,id=usb,format=raw,snapshot=on,file={GUESTS / 'hello_c.img'}",
        "-device", "usb-storage,drive=usb"]}),
}

COM1_DATA = 0x3F8
# A tick ends its interrupt and looks for a key. The longer the host takes for a disk, the
# more of them there are, and looks at the disk's status, 70h in its registers.
TICK = {0x20, 0x3FD}
STATUS = 0x70
VIRTIO = range(0xFEB00000, 0xFEB04000)
BENCH_DEADLINE = 1800.0
# -d exec: where the instruction is. A queue's notification, 50h in each device's registers
# (virtio 1.2, 4.2.2 and 4.2.4).
EXECUTED = re.compile(rb"^Trace \d+: \S+ \[[0-9a-f]+/([0-9a-f]+)/")
NOTIFIED = re.compile(rb"memory_region_ops_write .* addr 0xfeb[0-9a-f]{2}[02468ace]50 ")
BOOT_SECTOR = 0x7C00


def traced(name: str, guest: str, **options: Any) -> tuple[Machine, Trace]:
    """Boot a program with everything counted."""
    machine = run_guest(name, guest, trace=TRACE, icount=True, **options)
    return machine, machine.trace()


def check_accesses(what: str, accesses: list[Access], limit: int) -> None:
    count = len(accesses)
    print(f"{what}: {count} accesses, limit {limit}")
    assert count <= limit, f"{what}: {count} accesses: {by_region(accesses)}"


def check_reset_accesses(what: str, trace: Trace, limit: int) -> None:
    """The limit is without the banner, whose length depends on the version."""
    accesses = without(trace.until_boot_sector(), DEBUG_PORT)
    banner = [access for access in accesses if access.write and access.address == COM1_DATA]
    check_accesses(what, accesses, limit + len(banner))


@pytest.mark.parametrize("modern", [
    pytest.param(False, id="legacy"),
    pytest.param(True, id="modern"),
])
def test_reset_to_boot_sector(modern: bool) -> None:
    _, trace = traced(f"count-reset-{modern}", "hello_c", modern=modern, debug=False)
    check_reset_accesses("reset to boot sector", trace,
                         RESET_ACCESSES + (MODERN_MORE if modern else 0))


def one_instruction_a_line() -> dict[str, Any]:
    """Makes -d exec log each instruction; QEMU 8.1 has named it anew."""
    known = subprocess.run([QEMU, "-help"], check=True, capture_output=True, text=True).stdout
    if "one-insn-per-tb" in known:
        return {"accel": "tcg,one-insn-per-tb=on", "args": ["-d", "exec,nochain"]}
    return {"accel": "tcg", "args": ["-singlestep", "-d", "exec,nochain"]}


def instructions_to_boot_sector(log: Path) -> int:
    """Those up to the boot sector's first, but for those from a request to a disk to its
    answer: how often a BIOS looks for that depends on the host. None of what it does
    after the answer is left out."""
    count, waits = 0, False
    with log.open("rb") as file:
        for line in file:
            executed = EXECUTED.match(line)
            if executed and int(executed[1], 16) == BOOT_SECTOR:
                return count
            if executed:
                count += not waits
            elif NOTIFIED.search(line):
                waits = True
            elif b"virtio_notify " in line:
                waits = False
    raise AssertionError("the boot sector does not run")


@pytest.mark.parametrize("modern", [
    pytest.param(False, id="legacy"),
    pytest.param(True, id="modern"),
])
def test_instructions_to_boot_sector(modern: bool) -> None:
    with Machine(f"count-instructions-{modern}", [Drive(GUESTS / "hello.img")], modern=modern,
                 debug=False, trace=["memory_region_ops_write", "virtio_notify"],
                 **one_instruction_a_line()) as machine:
        machine.wait_exit()
    count = instructions_to_boot_sector(machine.trace_path)
    print(f"reset to boot sector: {count} instructions, limit {RESET_INSTRUCTIONS}")
    assert count <= RESET_INSTRUCTIONS


@pytest.mark.parametrize("name", MORE_MACHINES)
def test_reset_of_other_machines(name: str) -> None:
    limit, options = MORE_MACHINES[name]
    _, trace = traced(f"count-{name}", "hello_c", **options)
    check_reset_accesses(name, trace, limit)


def test_boot_reads_one_sector() -> None:
    """What is read before the boot sector runs is the boot sector, once a disk."""
    _, trace = traced("count-boot-read", "hello_c")
    program = trace.requests[1:]
    assert trace.requests[0].sector == 0
    assert all(request.sector != 0 for request in program), trace.requests


def test_debug_port_is_silent_where_it_is_not_there() -> None:
    """A debug log costs an access a character, only where a device takes it."""
    with Machine("count-no-debug", [Drive(GUESTS / "hello.img")], debug=False, trace=TRACE
                 ) as machine:
        machine.wait_exit()
    writes = [access for access in machine.trace().accesses
              if access.write and access.address == DEBUG_PORT]
    assert not writes, f"{len(writes)} characters written to port {DEBUG_PORT:#x}"


def is_of_the_hosts_time(access: Access, workload: str) -> bool:
    """Does the number of these depend on how long a disk takes? What looks for room in
    the UART counts with the characters."""
    if access.address in VIRTIO:
        return not access.write and access.address % 0x200 == STATUS
    return access.address in (TICK - {0x3FD} if "teletype" in workload else TICK)


class TestCalls:
    """INT 13h and INT 10h. One run for all, the first test that asks pays for it."""

    result: dict[str, tuple[list[Access], list[Request]]] = {}
    report = ""

    @pytest.fixture
    def counts(self) -> dict[str, tuple[list[Access], list[Request]]]:
        if not TestCalls.result:
            machine, trace = traced("count-calls", "bench", timeout=BENCH_DEADLINE)
            TestCalls.report = machine.results()
            for line, events in trace.lines():
                if line.startswith("end "):
                    TestCalls.result[line.split()[1]] = (
                        [event for event in events if isinstance(event, Access)
                         and not is_of_the_hosts_time(event, line)],
                        [event for event in events if isinstance(event, Request)])
        return TestCalls.result

    @pytest.mark.parametrize("workload", CALLS)
    def test_accesses(self, counts: dict[str, tuple[list[Access], list[Request]]],
                      workload: str) -> None:
        check_accesses(workload, counts[workload][0], CALLS[workload][0])

    @pytest.mark.parametrize("workload", CALLS)
    def test_requests(self, counts: dict[str, tuple[list[Access], list[Request]]],
                      workload: str) -> None:
        count = len(counts[workload][1])
        assert count <= CALLS[workload][1], f"{workload}: {count} requests"

    def test_teletype_instructions(
            self, counts: dict[str, tuple[list[Access], list[Request]]]) -> None:
        found = re.search(r"^end teletype (\w+) (\w+) ", self.report, re.MULTILINE)
        assert found
        looks = max(0, len(counts["teletype"][0]) - TELETYPE_ACCESSES)
        instructions = int(found[1], 16) - int(found[2], 16)
        print(f"teletype: {instructions} instructions, {looks} looks too many")
        assert instructions <= TELETYPE_INSTRUCTIONS + looks * INSTRUCTIONS_A_LOOK

    def test_memory_kept_from_the_system(
            self, counts: dict[str, tuple[list[Access], list[Request]]]) -> None:
        found = re.search(r"^usable (\d+)$", self.report, re.MULTILINE)
        assert found
        kept = (MEMORY_MIB - 1) * 1024 - int(found[1])
        print(f"{kept} KiB above 1 MiB are kept from the system")
        assert kept <= MEMORY_KEPT


def test_size_of_the_rom() -> None:
    assert Path(BIOS).stat().st_size == 448 << 10
