# SPDX-License-Identifier: LGPL-3.0-or-later
"""Disks without a boot loader, in the shapes of distributions' images, to a login prompt: the
entries that those maintain are enough. And Debian's cloud image without its GRUB."""
from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from harness import BUILD, Drive, Machine
from test_image import Guest

ENTRIES = BUILD / "images/entries"
CLOUD = BUILD / "images/debian-cloud.img"
DEADLINE = 900.0
# TCG has no clock that Linux could calibrate the TSC by.
APPEND = "console=ttyS0 tsc_early_khz=2000000"
PCIE: dict[str, Any] = {"machine": {"pcie": "on"}}

pytestmark = pytest.mark.skipif(not (BUILD / "images/kernels/xen").exists(),
                                reason="no real kernels; tests/image/build-kernels has none here")


@dataclass(frozen=True)
class Shape:
    """An image, how it is attached, and what must be said and done."""

    drive: dict[str, Any]
    said: str           # on the way
    line: str           # the kernel's command line, before what is appended
    root: str           # the type of the root file system
    options: dict[str, Any] = field(default_factory=dict)


UUID = "5d1f0c1e-2f35-4a3d-9e4b-0a3c4d5e0001"
SHAPES = {
    "fedora": Shape({}, r"Booting Debian GNU/Linux .*/debian/6.1.0-petrel/linux",
                    f"root=UUID={UUID} ro", "btrfs"),
    "rhel9": Shape({"device": "scsi-hd"}, r"Booting Enterprise Linux \(6.1.0-petrel\)",
                   f"root=UUID={UUID} ro", "xfs", {"buses": ["-device", "virtio-scsi-device"]}),
    "rhel10": Shape({"device": "nvme", "options": {"serial": "1"}},
                    r"Booting Enterprise Linux \(6.1.0-petrel\)", f"root=UUID={UUID} ro", "xfs",
                    PCIE),
    "uki": Shape({"device": "virtio-blk-pci"}, r"Booting .*/EFI/Linux/debian.efi", "panic=-1",
                 "rootfs", PCIE),
    "uki-root": Shape({}, r"Adding root=PARTUUID=\S+ \(partition 2\)",
                      "ro root=PARTUUID=0b1e5a0c-5d1c-4f39-8c0e-0a3c4d5e0002", "ext4",
                      {"modern": True}),
}


def log_in(machine: Machine) -> Guest:
    machine.expect("petrel login: ", DEADLINE)
    machine.send(b"root\n")
    machine.expect("# ", DEADLINE)
    return Guest(machine)


@pytest.mark.parametrize("name", SHAPES)
def test_shape(name: str) -> None:
    shape = SHAPES[name]
    drive = Drive(ENTRIES / f"{name}.img", **shape.drive)
    with Machine(f"entries-{name}", [drive], memory="512M",
                 fw_cfg={"opt/org.petrel/append": APPEND}, **shape.options) as machine:
        machine.expect(shape.said)
        guest = log_in(machine)
        assert guest.run("cat /proc/cmdline").strip() == f"{shape.line} {APPEND}"
        mounts = [line.split() for line in guest.run("cat /proc/mounts").splitlines()]
        assert [kind for _, place, kind, *_ in mounts if place == "/"][-1] == shape.root


def test_cloud_image_without_grub() -> None:
    """By its grub.cfg, which GRUB itself does not get to see."""
    with Machine("entries-cloud", [Drive(CLOUD)], memory="512M",
                 fw_cfg={"opt/org.petrel/direct": "on"}) as machine:
        machine.expect(r"Booting Debian GNU/Linux \(/boot/vmlinuz-", DEADLINE)
        machine.expect("Linux version", DEADLINE)
        guest = Guest(machine)
        guest.log_in()
        assert "GRUB" not in machine.console()
        assert guest.run("findmnt -n -o SOURCE /") == "/dev/vda1\n"
        machine.send(b"poweroff\n")
        assert machine.wait_exit(DEADLINE) == 0
