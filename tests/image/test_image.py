# SPDX-License-Identifier: LGPL-3.0-or-later
"""Boots a Debian image in the shape of the official cloud image.

It must reach its login prompt and find there all that the machine has. A
boot takes a while under TCG, so the six boots are chosen such that every pair
of transport, format, number of CPUs and amount of memory occurs.
"""
from __future__ import annotations

import re
from dataclasses import dataclass

import pytest

from harness import BUILD, GUESTS, Drive, Machine

# A boot takes a quarter of a minute on a machine that does nothing else.
BOOT_DEADLINE = 900.0
COMMAND_DEADLINE = 300.0
MIB = 1 << 20


@dataclass(frozen=True)
class Setup:
    """One machine of the matrix."""

    modern: bool
    format: str
    cpus: int
    memory: int    # in MiB
    reboot: bool = False
    power_button: bool = False

    def __str__(self) -> str:
        transport = "modern" if self.modern else "legacy"
        return f"{transport}-{self.format}-{self.cpus}cpu-{self.memory}M"


SETUPS = [
    Setup(modern=False, format="raw", cpus=1, memory=256),
    Setup(modern=True, format="qcow2", cpus=4, memory=256),
    Setup(modern=False, format="qcow2", cpus=4, memory=1024, reboot=True),
    Setup(modern=True, format="raw", cpus=1, memory=1024, power_button=True),
    Setup(modern=False, format="raw", cpus=4, memory=5120),
    Setup(modern=True, format="qcow2", cpus=1, memory=5120),
]


class Guest:
    """A shell in the booted image."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine

    def log_in(self) -> None:
        self.machine.expect("petrel login: ", BOOT_DEADLINE)
        self.machine.send(b"root\n")
        self.machine.expect(r"root@petrel:.*# ", COMMAND_DEADLINE)
        # A late message of the kernel must not fall into a command's output.
        self.run("dmesg -n 1")

    def run(self, command: str) -> str:
        """Runs a command that must succeed; its output.

        The quotes in the marks keep the echo of what is typed from matching.
        """
        self.machine.send(f"echo BE''GIN; {command}; echo E''ND $?\n".encode())
        found = self.machine.expect(r"BEGIN\r\n((?s:.*?))END (\d+)\r\n", COMMAND_DEADLINE)
        if found[2] != b"0":
            raise self.machine.failure(f"in the guest, {command!r} ended with {found[2]!r}")
        return found[1].decode().replace("\r\n", "\n")


def boot(setup: Setup) -> Machine:
    image = BUILD / f"images/debian-cloud.{'img' if setup.format == 'raw' else setup.format}"
    return Machine(f"image-{setup}", [Drive(image, format=setup.format)],
                   memory=f"{setup.memory}M", cpus=setup.cpus, modern=setup.modern)


def check_acpi(guest: Guest) -> None:
    log = guest.run("dmesg")
    for table in ("RSDP", "XSDT", "FACP", "DSDT", "APIC"):
        assert re.search(rf"ACPI: {table} 0x", log), f"the kernel reports no {table}"
    bad = [line for line in log.splitlines()
           if re.search(r"ACPI.*(Error|Warning)|Firmware Bug|bad checksum", line, re.I)]
    assert not bad, "the kernel complains about the firmware"
    tables = "/sys/firmware/acpi/tables"
    assert {"APIC", "DSDT", "FACP"} <= set(guest.run(f"ls {tables}").split())
    assert guest.run(f"head -c 4 {tables}/DSDT; echo") == "DSDT\n"


def memory_map(guest: Guest) -> list[tuple[int, int, str]]:
    """The E820 map as the kernel got it: first and last address, type."""
    lines = guest.run("for e in /sys/firmware/memmap/*; do "
                      "echo $(cat $e/start $e/end $e/type); done").splitlines()
    entries = [line.split(maxsplit=2) for line in lines]
    return sorted((int(first, 16), int(last, 16), kind) for first, last, kind in entries)


def check_memory(guest: Guest, setup: Setup) -> None:
    entries = memory_map(guest)
    for (_, last, _), (first, _, _) in zip(entries, entries[1:]):
        assert last < first, "E820 entries overlap"
    ram = [(first, last) for first, last, kind in entries if kind == "System RAM"]
    assert not [r for r in ram if r[0] < 0x100000 and r[1] >= 0x9FC00], \
        "the EBDA or what is above it is given away as memory"
    # The first MiB has holes, and the firmware keeps tables and buffers.
    total = sum(last + 1 - first for first, last in ram)
    assert (setup.memory - 4) * MIB < total <= setup.memory * MIB
    assert bool([r for r in ram if r[0] >= 1 << 32]) == (setup.memory > 3072)
    # Linux's own image and page structures are not in MemTotal.
    found = re.search(r"MemTotal: +(\d+) kB", guest.run("cat /proc/meminfo"))
    assert found and int(found[1]) / 1024 > setup.memory * 0.95 - 64


def check_devices(guest: Guest, setup: Setup) -> None:
    assert guest.run("nproc") == f"{setup.cpus}\n"
    # Bit 32 is VIRTIO_F_VERSION_1: was it the transport that was asked for?
    features = guest.run("cat /sys/block/vda/device/features").strip()
    assert features[32] == ("1" if setup.modern else "0")
    assert guest.run("findmnt -n -o SOURCE /") == "/dev/vda1\n"


def power_button(guest: Guest) -> None:
    """The image has no daemon that listens to the button: a shell does."""
    guest.run("exec 3< /dev/input/event0")
    guest.machine.send(b"dd bs=24 count=1 <&3 of=/dev/null && poweroff\n")
    guest.machine.qmp("system_powerdown")


@pytest.mark.parametrize("setup", SETUPS, ids=str)
def test_boot(setup: Setup) -> None:
    with boot(setup) as machine:
        guest = Guest(machine)
        guest.log_in()
        check_acpi(guest)
        check_memory(guest, setup)
        check_devices(guest, setup)
        if setup.reboot:
            machine.send(b"reboot\n")
            guest.log_in()
            # Linux jumps to F000:FFF0, and the firmware makes that a reset.
            machine.wait_event("RESET", COMMAND_DEADLINE)
            check_devices(guest, setup)
        if setup.power_button:
            power_button(guest)
        else:
            machine.send(b"poweroff\n")
        assert machine.wait_exit(COMMAND_DEADLINE) == 0


# A port that is taken, one that is free, memory that fits below 4 GiB only in part.
PCIE_BUSES = ["-device", "pcie-root-port,id=root,chassis=1",
              "-device", "pcie-pci-bridge,id=slots,bus=root",
              "-device", "pcie-root-port,id=free,chassis=2"]
PCIE_ARGS = ["-drive", f"if=none,id=second,format=raw,snapshot=on,file={GUESTS / 'hello.img'}",
             "-device", "virtio-blk-pci,bus=slots,addr=2,drive=second",
             "-object", "memory-backend-ram,id=shared,size=1G,share=on",
             "-device", "ivshmem-plain,memdev=shared",
             "-device", "virtio-net-pci,netdev=net", "-netdev", "user,id=net",
             "-device", "qemu-xhci"]


def test_pcie() -> None:
    """The kernel keeps the addresses that it finds, and its own drivers work at them."""
    image = BUILD / "images/debian-cloud.img"
    drives = [Drive(image, "virtio-blk-pci", options={"bootindex": 1})]
    with Machine("image-pcie", drives, machine={"pcie": "on"},
                 memory="1G", buses=PCIE_BUSES, args=PCIE_ARGS) as machine:
        guest = Guest(machine)
        guest.log_in()
        log = guest.run("dmesg")
        assigned = [line for line in log.splitlines() if "pci" in line and re.search(
            r": assigned|can't claim|failed to assign", line) and "[io" not in line]
        assert not assigned, "the kernel has placed devices by itself:\n" + "\n".join(assigned)
        assert guest.run("lsblk -d -n -o NAME").split() == ["vda", "vdb"]
        assert guest.run("cmp -n 512 /dev/vdb /dev/vdb && ls /sys/bus/pci/devices | wc -l") == "9\n"
        machine.send(b"poweroff\n")
        assert machine.wait_exit(BOOT_DEADLINE) == 0


def test_nvme() -> None:
    """The kernel's driver takes over a controller that the firmware has used."""
    drives = [Drive(BUILD / "images/debian-cloud.img", "nvme", options={"serial": "1"})]
    with Machine("image-nvme", drives, machine={"pcie": "on"}, memory="1G") as machine:
        guest = Guest(machine)
        guest.log_in()
        assert guest.run("lsblk -d -n -o NAME").split() == ["nvme0n1"]
        machine.send(b"poweroff\n")
        assert machine.wait_exit(BOOT_DEADLINE) == 0


def test_ahci() -> None:
    """Up to the kernel, which is one of Debian's for clouds and has no driver for AHCI."""
    drives = [Drive(BUILD / "images/debian-cloud.img", "ide-hd", options={"bus": "ahci.2"})]
    with Machine("image-ahci", drives, machine={"pcie": "on"}, memory="1G",
                 buses=["-device", "ich9-ahci,id=ahci"]) as machine:
        machine.expect("Linux version")
