# SPDX-License-Identifier: LGPL-3.0-or-later
"""The numbers of DESIGN section 4, as far as they are counts that a test holds.

Trapped accesses come from QEMU's memory_region_ops_* trace, requests from
virtio_blk_handle_read, instructions from the TSC under -icount shift=0, where
one instruction is one nanosecond. Each holds on any machine.
"""
from __future__ import annotations

import re
from typing import Any

import pytest

from harness import (DEBUG_PORT, GUESTS, RESULT_PORT, Access, Drive, Machine, Trace, by_region,
                     run_guest, without)

TRACE = ["memory_region_ops_read", "memory_region_ops_write", "virtio_blk_handle_read"]

# DESIGN section 4, "Petrel must"
RESET_INSTRUCTIONS = 100_000
RESET_ACCESSES = 60                 # and one per character of the banner
MODERN_MORE = 13                    # what the modern transport's registers take more
GRUB_READ_ACCESSES = 300            # 64 MiB in calls of 63 + 1 sectors
GRUB_READ_REQUESTS = 270
SMALL_READ_ACCESSES = 300           # 64 MiB in calls of 4 KiB

COM1_DATA = 0x3F8


def traced(name: str, guest: str, **options: Any) -> tuple[Machine, Trace]:
    """Boot a program with everything counted."""
    machine = run_guest(name, guest, trace=TRACE, icount=True, **options)
    return machine, machine.trace()


def check_accesses(what: str, accesses: list[Access], limit: int) -> None:
    count = len(accesses)
    print(f"{what}: {count} accesses, limit {limit}")
    assert count <= limit, f"{what}: {count} accesses: {by_region(accesses)}"


@pytest.mark.parametrize("modern", [
    pytest.param(False, id="legacy"),
    pytest.param(True, id="modern"),
])
def test_reset_to_boot_sector(modern: bool) -> None:
    machine, trace = traced(f"count-reset-{modern}", "hello_c", modern=modern)
    accesses = without(trace.until_boot_sector(), DEBUG_PORT)
    banner = [access for access in accesses if access.write and access.address == COM1_DATA]
    limit = RESET_ACCESSES + (MODERN_MORE if modern else 0)
    check_accesses("reset to boot sector", accesses, limit + len(banner))
    found = re.search(r"^start: hello_c tsc ([0-9A-F]+)$", machine.results(), re.MULTILINE)
    assert found
    instructions = int(found[1], 16)
    print(f"reset to boot sector: {instructions} instructions, limit {RESET_INSTRUCTIONS}")
    assert instructions <= RESET_INSTRUCTIONS


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


class TestRead64:
    """64 MiB by INT 13h. One run for all, the first test that asks pays for it."""

    result: Trace | None = None

    @pytest.fixture
    def trace(self) -> Trace:
        if TestRead64.result is None:
            TestRead64.result = traced("count-read64", "read64")[1]
        return TestRead64.result

    def test_as_grub_reads(self, trace: Trace) -> None:
        check_accesses("64 MiB in 63+1", without(trace.between_marks(2, 3), RESULT_PORT),
                       GRUB_READ_ACCESSES)

    def test_in_4k(self, trace: Trace) -> None:
        check_accesses("64 MiB in 8", without(trace.between_marks(4, 5), RESULT_PORT),
                       SMALL_READ_ACCESSES)

    def test_requests(self, trace: Trace) -> None:
        """Both workloads, so twice the limit of one, and the boot's few."""
        assert len(trace.requests) <= 2 * GRUB_READ_REQUESTS + 4
