# SPDX-License-Identifier: LGPL-3.0-or-later
"""PCI Express: microvm with pcie=on, its bridges, virtio over PCI, the PCI BIOS, option
ROMs of devices, and a boot over the network."""
from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

import kernels
import media
from harness import GUESTS, PASSED, Drive, Machine, run_guest

PCIE = {"pcie": "on"}
HELLO = GUESTS / "hello.img"
BLK = "virtio-blk-pci"
# A root port, a bus of 32 slots behind it, and a port that has nothing.
BRIDGES = ["-device", "pcie-root-port,id=root,chassis=1",
           "-device", "pcie-pci-bridge,id=slots,bus=root",
           "-device", "ioh3420,id=other,chassis=2"]
MODERN = {"disable-legacy": "on", "packed": True, "iommu_platform": True}


def boot(name: str, drives: list[Drive], *, machine: dict[str, Any] | None = None,
         **options: Any) -> Machine:
    """Boots to the end of hello; the ended machine."""
    with Machine(f"pci-{name}", drives, machine={**PCIE, **(machine or {})}, **options) as running:
        assert running.wait_exit() == PASSED
    return running


@pytest.mark.parametrize("name,device,options,buses", [
    ("transitional", BLK, {}, []),
    ("packed-iommu", BLK, MODERN, []),
    ("behind-bridges", BLK, {"bus": "slots", "addr": "7.0"}, BRIDGES),
    ("in-a-port", BLK, {"bus": "other"}, BRIDGES),
    ("scsi", "scsi-hd", {"bus": "scsi.0"}, ["-device", "virtio-scsi-pci,id=scsi"]),
], ids=lambda value: value if isinstance(value, str) else "")
def test_virtio(name: str, device: str, options: dict[str, Any], buses: list[str]) -> None:
    machine = boot(name, [Drive(HELLO, device, options=options)], buses=buses)
    assert "hello, console" in machine.console()


def test_console() -> None:
    """A virtconsole of a virtio-serial-pci is the only one."""
    args = ["-device", "virtio-serial-pci", "-device", "virtconsole,chardev=serial"]
    assert "hello, console" in boot("console", [Drive(HELLO)], serial=False, args=args).console()


def test_legacy_device_is_named() -> None:
    """Its registers are ports, which the machine does not pass on."""
    drives = [Drive(HELLO, BLK, options={"disable-modern": True, "disable-legacy": "off"}),
              Drive(HELLO)]
    log = boot("legacy", drives).debug_log()
    assert "virtio-pci 00:01.0: a legacy device, whose registers are ports" in log


@pytest.mark.parametrize("memory", ["256M", "5G"])
def test_order_of_30_devices(memory: str) -> None:
    """virtio-mmio first, then PCI by its addresses; all have their drive numbers. 1 GiB of
    one device's memory goes above 4 GiB, and the rest works."""
    drives = [Drive(HELLO, BLK, options={"addr": f"{4 + n // 8}.{n % 8}",
                                         "multifunction": True}) for n in range(27)]
    drives.append(Drive(HELLO))
    shared = ["-object", "memory-backend-ram,id=shared,size=1G,share=on",
              "-device", "ivshmem-plain,memdev=shared,addr=2", "-device", "virtio-rng-pci,addr=3"]
    log = boot(f"30-{memory}", drives, memory=memory, args=shared).debug_log()
    order = re.findall(r"^virtio-blk (\S+): \d+ blocks", log, re.MULTILINE)
    assert len(order) == 28 and "booting as drive 80h" in log
    booted = re.search(r"^virtio-blk (\S+): booting", log, re.MULTILINE)
    assert booted and booted[1].startswith("feb")
    assert [place for place in order if ":" in place] == sorted(
        place for place in order if ":" in place)


def test_bootindex() -> None:
    """By the paths that QEMU gives for what is behind bridges."""
    zeros = GUESTS / "ioerror.img"
    drives = [Drive(zeros, options={"bootindex": 2}),
              Drive(HELLO, BLK, options={"bus": "slots", "addr": "3.0", "bootindex": 1})]
    log = boot("bootindex", drives, buses=BRIDGES).debug_log()
    assert "virtio-blk 02:03.0: booting as drive 80h" in log


def test_interface() -> None:
    run_guest("pci-bios", "pci", drives=[Drive(GUESTS / "pci.img", BLK)], machine=PCIE)


def test_empty_bus_costs_little() -> None:
    """One access for each empty slot, and some for the host bridge."""
    counts = []
    for pcie in ("off", "on"):
        machine = boot(f"empty-{pcie}", [Drive(HELLO)], machine={"pcie": pcie}, debug=False,
                       icount=True, trace=["memory_region_ops_*"])
        counts.append(len(machine.trace().until_boot_sector()))
    assert counts[0] + 32 <= counts[1] <= counts[0] + 32 + 40, counts


# --- over the network ---------------------------------------------------------------

PXELINUX = next((path for path in map(Path, ("/usr/lib/PXELINUX/pxelinux.0",
                                             "/usr/share/syslinux/pxelinux.0"))
                 if path.exists()), Path("pxelinux.0"))


def test_network(tmp_path: Path) -> None:
    """The card's own ROM (iPXE) gets an address, and pxelinux and a kernel by TFTP."""
    assert PXELINUX.exists(), "pxelinux.0 is missing: install the package pxelinux"
    (tmp_path / "pxelinux.cfg").mkdir()
    (tmp_path / "pxelinux.cfg/default").write_text("DEFAULT test\nLABEL test\nKERNEL kernel\n")
    (tmp_path / "pxelinux.0").write_bytes(PXELINUX.read_bytes())
    (tmp_path / "ldlinux.c32").write_bytes((media.SYSLINUX / "modules/bios/ldlinux.c32").read_bytes())
    (tmp_path / "kernel").write_bytes(kernels.bzimage(setup=kernels.setup16(), code=bytes(1024)))
    args = ["-netdev", f"user,id=net,tftp={tmp_path},bootfile=pxelinux.0",
            "-device", "virtio-net-pci,netdev=net,bootindex=1,addr=3"]
    machine = boot("network", [Drive(HELLO)], args=args)
    assert "iPXE (PCI 00:03.0): starting at" in machine.debug_log()
    assert "PXELINUX" in machine.console()


def test_rom_without_a_bar() -> None:
    """rombar=0: QEMU hands the ROM over as a file; romfile=: there is none."""
    nic = ["-netdev", "user,id=net", "-device"]
    log = boot("rombar", [Drive(HELLO)],
               args=[*nic, "virtio-net-pci,netdev=net,rombar=0"]).debug_log()
    assert re.search(r"^option ROM genroms/\S+ at", log, re.MULTILINE)
    log = boot("romfile", [Drive(HELLO)],
               args=[*nic, "virtio-net-pci,netdev=net,romfile="]).debug_log()
    assert "option ROM" not in log
