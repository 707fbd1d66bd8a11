# SPDX-License-Identifier: LGPL-3.0-or-later
"""Reading ahead on each kind of disk: how many requests it takes, and that none is left
when an OS takes the machine over."""
from __future__ import annotations

from collections import Counter

import pytest

from harness import GUESTS, Completion, Request, run_guest

TRACE = ["memory_region_ops_write", "virtio_blk_handle_read", "virtio_blk_req_complete",
         "virtio_scsi_cmd_req", "virtio_scsi_cmd_resp", "scsi_disk_dma_command_READ",
         "pci_nvme_read", "pci_nvme_rw_cb", "ide_dma_cb", "ide_*exec_cmd", "ahci_cmd_done"]

# 1 MiB in requests of 256 KiB, and what comes before a sequence is taken for one.
MOST_REQUESTS = 1024 // 256 + 8
# So slow that a request that was sent before the map was asked for ends after that.
REQUESTS_PER_SECOND = 1

DISKS = {
    "virtio-blk": ["-device", "virtio-blk-device,drive=disk"],
    "virtio-scsi": ["-device", "virtio-scsi-device,id=scsi",
                    "-device", "scsi-hd,bus=scsi.0,drive=disk"],
    "virtio-blk-pci": ["-device", "virtio-blk-pci,drive=disk"],
    "nvme": ["-device", "nvme,drive=disk,serial=1"],
    "ahci": ["-device", "ich9-ahci,id=ahci", "-device", "ide-hd,bus=ahci.0,drive=disk"],
}
CASES = [(disk, modern) for disk in DISKS for modern in (False, True)
         if not modern or disk in ("virtio-blk", "virtio-scsi")]


@pytest.mark.parametrize("disk,modern", CASES)
def test_hand_over(disk: str, modern: bool) -> None:
    """After INT 15h E820 no device writes to memory, though it had been told to."""
    drive = (f"if=none,id=disk,format=raw,snapshot=on,file={GUESTS / 'handover.img'},"
             f"throttling.iops-total={REQUESTS_PER_SECOND}")
    machine = run_guest(f"hand-over-{disk}-{modern}", "handover", drives=[], modern=modern,
                        machine={"pcie": "off" if disk in ("virtio-blk", "virtio-scsi") else "on"},
                        trace=TRACE, args=["-drive", drive, *DISKS[disk]])
    seen: Counter[type] = Counter()
    stages: dict[str, Counter[type]] = {}
    for line, events in machine.trace().lines():
        seen.update(map(type, events))
        stages[line.partition(":")[0]] = Counter(seen)
    reading, handed_over = stages["reading ahead"], stages["handed over"]
    assert reading[Completion] < reading[Request], "nothing was in flight: this proves nothing"
    assert handed_over[Completion] == handed_over[Request]
    assert seen[Completion] == handed_over[Completion], "a disk was at work after the hand-over"
    assert seen[Request] == handed_over[Request]
    reads = [event for _, events in machine.trace().lines() for event in events
             if isinstance(event, Request) and event.count]
    assert len(reads) <= MOST_REQUESTS, f"{len(reads)} requests for 1 MiB"
