# SPDX-License-Identifier: LGPL-3.0-or-later
"""Disks that become slow or small, and discs that are changed, while the machine runs. (Disks with errors are in
tests/qemu/test_failures.py.)"""
from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from harness import GUESTS, Drive, Machine, finish_guest

DISK = r"virtio-(?:blk|scsi) [0-9a-f]{8}(?: \d+:\d+)?"
DEVICE = "virtio-mmio [0-9a-f]{8}"
SECTORS = 2048
FAST_CLOCK = 8          # the shift of -icount: 256 ns pass with each instruction
DEVICES = {"blk": ("virtio-blk-device", []), "scsi": ("scsi-hd", ["-device", "virtio-scsi-device"])}


def machine_with(name: str, image: Path, device: str, limits: dict[str, int] | None = None,
                 **options: Any) -> Machine:
    """A disk with names that QMP knows it by, behind a throttle."""
    driver, args = DEVICES[device]
    group = {"qom-type": "throttle-group", "id": "throttle", "limits": limits or {}}
    node = {"driver": "throttle", "node-name": "slow", "throttle-group": "throttle", "file": {
        "driver": "raw", "node-name": "disk", "file": {
            "driver": "file", "filename": str(image)}}}
    return Machine(name, args=["-object", json.dumps(group), *args, "-blockdev", json.dumps(node),
                               "-device", json.dumps({"driver": driver, "drive": "slow"})],
                   **options)


def limit(machine: Machine, limits: dict[str, int]) -> None:
    machine.qmp("qom-set", path="/objects/throttle", property="limits", value=limits)


def copy_of(name: str, directory: Path) -> Path:
    image = directory / f"{name}.img"
    image.write_bytes((GUESTS / f"{name}.img").read_bytes())
    return image


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("modern", [False, True], ids=["legacy", "modern"])
def test_slow_disk(device: str, modern: bool, tmp_path: Path) -> None:
    """Ten requests a second are enough to boot."""
    with machine_with(f"slow-{device}-{modern}", copy_of("hello_c", tmp_path), device,
                      {"iops-total": 10}, modern=modern) as machine:
        finish_guest(machine)


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("modern", [False, True], ids=["legacy", "modern"])
def test_answer_after_the_deadline(device: str, modern: bool, tmp_path: Path) -> None:
    """The guest's clock runs fast, so that half a minute of it is soon over; the disk, which
    is slow by the host's clock, has not answered by then. The caller gets an error, and its
    buffer is not written to after that (tests/guest/slow.c)."""
    with machine_with(f"late-{device}-{modern}", copy_of("slow", tmp_path), device, modern=modern,
                      icount=True, icount_shift=FAST_CLOCK) as machine:
        machine.expect_result("^ready: slow$")
        limit(machine, {"bps-total": 1})    # hours for each of the reads, until it is lifted
        machine.send(b".")
        machine.expect_result("^ready: fast$")
        limit(machine, {"bps-total": 0})
        machine.send(b".")
        finish_guest(machine)
        machine.expect(rf"{DEVICE}: no answer within 30000 ms")
        machine.expect(rf"^{DISK}: read error, sector \d+")


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("modern", [False, True], ids=["legacy", "modern"])
def test_shrunk_disk(device: str, modern: bool, tmp_path: Path) -> None:
    """What is no more there is an error, what is there is still read."""
    with machine_with(f"shrunk-{device}-{modern}", copy_of("shrunk", tmp_path), device,
                      modern=modern) as machine:
        machine.expect_result("^ready: shrink$")
        machine.qmp("block_resize", **{"node-name": "slow", "size": SECTORS // 2 * 512})
        machine.send(b".")
        finish_guest(machine)
        machine.expect(rf"^{DISK}: read error, sector \d+")


@pytest.mark.parametrize("modern", [False, True], ids=["legacy", "modern"])
def test_changed_medium(modern: bool, tmp_path: Path) -> None:
    """What was read ahead of the old disc is not the new one's (tests/guest/medium.c)."""
    discs = [tmp_path / "first.iso", tmp_path / "second.iso"]
    discs[0].write_bytes(b"\x11" * (1 << 20))
    discs[1].write_bytes(b"\x22" * (1 << 19))
    args = ["-device", "virtio-scsi-device", "-device", "scsi-cd,id=cd,drive=disc",
            "-drive", f"if=none,id=disc,format=raw,media=cdrom,file={discs[0]}"]
    with Machine(f"medium-{modern}", [Drive(GUESTS / "medium.img")], args=args, modern=modern
                 ) as machine:
        for disc in (discs[1], discs[0], discs[1]):
            machine.expect_result("^ready: change$")
            machine.qmp("blockdev-change-medium", id="cd", filename=str(disc), format="raw",
                        **{"read-only-mode": "read-only"})
            machine.send(b".")
        finish_guest(machine)
