# SPDX-License-Identifier: LGPL-3.0-or-later
"""Kernels given with -kernel: what they are handed, what it costs to get there,
and what is said of a damaged one before the disks are tried."""
from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

import kernels
from harness import DEBUG_PORT, GUESTS, LOGS, PASSED, Drive, Machine, by_region, without
from kernels import Report

TRACE = ["memory_region_ops_read", "memory_region_ops_write"]
# DESIGN section 4, "Petrel must"
INSTRUCTIONS = 12_000
# A multiboot kernel always gets an MP table.
MULTIBOOT_INSTRUCTIONS = 12_500
ACCESSES = 30

MAKERS: dict[str, Callable[[], bytes]] = {
    "linux": kernels.bzimage,
    "pvh": kernels.pvh,
    "pvh32": lambda: kernels.pvh(wide=False),
    "multiboot": kernels.multiboot,
}
COMMAND_LINE = "first=1 second"
# Debian's and Fedora's syslinux
MEMDISK = ("/usr/lib/syslinux/memdisk", "/usr/share/syslinux/memdisk")


def pattern(name: str, size: int) -> Path:
    """A file that is no repetition of anything."""
    path = LOGS / f"{name}.initrd"
    LOGS.mkdir(parents=True, exist_ok=True)
    path.write_bytes(os.urandom(min(size, 65536)).ljust(size - 4096, b"\0") + os.urandom(4096))
    return path


class KernelMachine(Machine):
    """Starts stopped, and nobody waits for the monitor's answer to `cont`: a test
    kernel may end QEMU before it comes."""

    def __enter__(self) -> KernelMachine:
        super().__enter__()
        self._qmp.ours.sendall(b'{"execute": "cont"}\n')
        return self


def boot(name: str, kernel: bytes, *, initrd: Path | None = None, append: str | None = None,
         args: list[str] | None = None, **options: object) -> KernelMachine:
    path = kernels.write(f"{name}.kernel", kernel)
    arguments = ["-S", "-kernel", str(path), "-append", COMMAND_LINE if append is None else append]
    if initrd:
        arguments += ["-initrd", str(initrd)]
    return KernelMachine(name, options.pop("drives", []),  # type: ignore[arg-type]
                         args=arguments + (args or []), **options)  # type: ignore[arg-type]


def report(name: str, kernel: bytes, **options: object) -> Report:
    """Runs a test kernel to its end."""
    with boot(name, kernel, **options) as machine:  # type: ignore[arg-type]
        status = machine.wait_exit()
        found = Report(machine.results())
        if status != PASSED or not found.complete:
            raise machine.failure("the test kernel has not come to its end")
    return found


def check_state(found: Report) -> None:
    """Flat segments, protected mode without paging, interrupts off."""
    flags, cr0, cr4 = found.numbers("state")
    assert not flags & 0x20300, "VM, IF or TF is set"
    assert cr0 & 1 and not cr0 & 0x60000000 and not cr0 & 0x80000000
    assert cr4 == 0
    for name, rights in (("cs", 0xC09A00), ("ds", 0xC09200), ("es", 0xC09200), ("ss", 0xC09200)):
        assert found.numbers(name)[1:] == [0xFFFFFFFF, rights], name
    assert found.numbers("bss") == [0]


def check_map(found: Report, memory: int) -> None:
    entries = found.e820()
    assert entries == sorted(entries)
    ram = [(start, start + length) for start, length, kind in entries if kind == 1]
    assert ram[0] == (0, 0x9FC00)
    assert ram[1][0] == 0x100000 and memory - 0x40000 <= ram[1][1] <= memory


def check_initrd(found: Report, name: str, path: Path) -> None:
    data = path.read_bytes()
    address, size, first, last = found.numbers(name)
    assert size == len(data)
    assert (first, last) == (kernels.checksum(data[:4096]), kernels.checksum(data[-4096:]))
    assert any(start <= address and address + size <= start + length
               for start, length, kind in found.e820() if kind == 1), "not in usable memory"


@pytest.mark.parametrize("acpi", ["on", "off"])
@pytest.mark.parametrize("roms", ["on", "off"])
@pytest.mark.parametrize("kind", list(MAKERS))
def test_handover(kind: str, roms: str, acpi: str) -> None:
    initrd = pattern("handover", 300_000)
    found = report(f"kernel-{kind}-{roms}-{acpi}", MAKERS[kind](), initrd=initrd,
                   machine={"x-option-roms": roms, "acpi": acpi})
    assert found.text("kind") == kind.rstrip("32")
    check_state(found)
    check_map(found, 128 << 20)
    check_initrd(found, "module" if kind == "multiboot" else "initrd", initrd)
    assert found.numbers("smbios") == [1]
    assert found.numbers("mp") == [1 if kind == "multiboot" or acpi == "off" else 0]
    if kind == "multiboot":
        assert found.text("cmdline").endswith(f"{kind}-{roms}-{acpi}.kernel {COMMAND_LINE}")
        magic, flags, low, high = found.numbers("info")
        assert magic == 0x2BADB002 and flags & 0x49 == 0x49
        assert low == 639 and (128 << 10) - 1024 - 256 <= high <= (128 << 10) - 1024
        assert found.text("module_cmdline") == str(initrd)
        return
    if kind != "linux":
        assert found.numbers("task") == [0x67, 0x8B]    # Xen, pvh.pandoc: TR
    assert found.text("cmdline") == COMMAND_LINE
    assert found.text("rsdp") == ("good" if acpi == "on" else "none")


@pytest.mark.parametrize("append, tables", [
    ("acpi=off", 1), ("a acp quiet acpi=off last", 1), ("acpi=strict " * 100 + "acpi=off", 1),
    ("acpi=strict acpi=of", 0),
], ids=["alone", "among", "late", "not"])
@pytest.mark.parametrize("kind", ["linux", "pvh"])
def test_kernel_without_acpi_gets_an_mp_table(kind: str, append: str, tables: int) -> None:
    found = report(f"kernel-acpi-off-{kind}", MAKERS[kind](), append=append)
    assert found.numbers("mp") == [tables] and found.text("cmdline") == append


def test_linux_selectors_and_registers() -> None:
    """Documentation/arch/x86/boot.rst, "32-bit boot protocol"."""
    found = report("kernel-linux-regs", kernels.bzimage())
    assert [found.numbers(name)[0] for name in ("cs", "ds", "es", "ss")] == [0x10, 0x18, 0x18, 0x18]
    assert found.numbers("regs") == [0, 0, 0]
    loader, flags, _, sentinel = found.numbers("header")
    assert loader == 0xB0 and flags & 1 and sentinel == 0


@pytest.mark.parametrize("kind", ["linux", "pvh", "multiboot"])
def test_counts(kind: str) -> None:
    with boot(f"kernel-count-{kind}", MAKERS[kind](), initrd=pattern("count", 100_000),
              icount=True, trace=TRACE) as machine:
        machine.wait_exit()
        instructions = Report(machine.results()).numbers("tsc")[0]
    accesses = without(machine.trace().until_boot_sector(), DEBUG_PORT)
    print(f"{kind}: {instructions} instructions, {len(accesses)} accesses")
    assert len(accesses) <= ACCESSES, by_region(accesses)
    assert instructions <= (MULTIBOOT_INSTRUCTIONS if kind == "multiboot" else INSTRUCTIONS)


@pytest.mark.parametrize("kind", ["linux", "pvh"])
def test_initrd_costs_one_access(kind: str) -> None:
    counts = []
    for size in (0, 100 << 20):
        initrd = pattern("large", size) if size else None
        with boot(f"kernel-large-{kind}", MAKERS[kind](), initrd=initrd, icount=True, trace=TRACE,
                  memory="256M") as machine:
            machine.wait_exit()
            found = Report(machine.results())
            if initrd:
                check_initrd(found, "initrd", initrd)
                initrd.unlink()
        counts.append((len(machine.trace().until_boot_sector()), found.numbers("tsc")[0]))
    assert counts[1][0] - counts[0][0] == 1
    assert counts[1][1] - counts[0][1] < 1000


def test_initrd_stays_below_its_limit() -> None:
    initrd = pattern("limit", 5000)
    found = report("kernel-limit", kernels.bzimage(initrd_max=0x01FFFFFF), initrd=initrd)
    assert found.numbers("initrd")[0] + 5000 <= 0x02000000
    check_initrd(found, "initrd", initrd)
    # XLF_CAN_BE_LOADED_ABOVE_4G: the limit is only for old boot loaders
    found = report("kernel-limit", kernels.bzimage(initrd_max=0x01FFFFFF, xloadflags=2),
                   initrd=initrd)
    assert found.numbers("initrd")[0] > 0x02000000


def test_more_than_4_gib() -> None:
    initrd = pattern("big", 5000)
    found = report("kernel-big", kernels.bzimage(), initrd=initrd, memory="5G")
    assert found.numbers("initrd")[0] + 5000 <= 0x80000000
    assert sum(length for _, length, kind in found.e820() if kind == 1) > (5 << 30) - (1 << 20)


def test_setup_data() -> None:
    """A node behind the kernel is moved out of the kernel's way."""
    blob = bytes(range(200))
    # The kernel unpacks itself over all of where QEMU has put it.
    kernel = kernels.with_setup_data(kernels.bzimage(init_size=0x1000000), blob)
    found = report("kernel-setup-data", kernel)
    nodes = [[int(word, 16) for word in words] for words in found.lines["setup_data"]]
    assert [2, 200, kernels.checksum(blob)] in [node[1:] for node in nodes]
    assert all(address < kernels.ADDRESS for address, *_ in nodes)


def test_dtb_reaches_the_header() -> None:
    """What -dtb says. Of the node itself nothing is expected: QEMU 10 and 11 give it an
    address that is too high by the size of the setup part."""
    blob = LOGS / "some.dtb"
    blob.write_bytes(bytes(range(200)))
    found = report("kernel-dtb", kernels.bzimage(), args=["-dtb", str(blob)])
    assert int(found.lines["setup_data"][0][0], 16) != 0


@pytest.mark.parametrize("kind", ["pvh", "multiboot"])
def test_display_is_initialised_first(kind: str) -> None:
    with boot(f"kernel-display-{kind}", MAKERS[kind](), args=["-device", "isa-vga"]) as machine:
        assert machine.wait_exit() == PASSED
        assert Report(machine.results()).text("kind") == kind
        assert "option ROM vgaroms/" in machine.debug_log()


def test_vga_option_reaches_the_header() -> None:
    found = report("kernel-vga", kernels.bzimage(), append="vga=0x317")
    assert found.numbers("header")[2] == 0x317


def test_second_run_finds_zeroed_memory() -> None:
    """What an ELF file does not fill is zeroed, though a reset keeps memory."""
    dirty = kernels.write("dirty.bin", b"\xff" * 4096)
    found = report("kernel-bss", kernels.pvh(),
                   args=["-device", f"loader,file={dirty},addr={kernels.BSS:#x},force-raw=on"])
    assert found.numbers("bss") == [0]


# --- kernels that are entered in real mode ---------------------------------

@pytest.mark.parametrize("version", [0x200, 0x201, 0x202, 0x203, 0x206, 0x209])
@pytest.mark.parametrize("high", [True, False], ids=["high", "low"])
def test_real_mode_entry(version: int, high: bool) -> None:
    kernel = kernels.bzimage(version, setup=kernels.setup16(), flags=int(high), code=bytes(1000),
                             cmdline_size=255)
    initrd = pattern("real", 10_000)
    with boot(f"kernel-real-{version:x}-{high}", kernel, initrd=initrd) as machine:
        if machine.wait_exit() != PASSED:
            raise machine.failure("the setup code has not come to its end")
        found = Report(machine.results())
        console = machine.console()
    segment = found.numbers("ds")[0]
    assert segment == (0x1000 if high and version >= 0x202 else 0x9000)
    assert found.numbers("cs")[0] == segment + 0x20
    assert found.numbers("es")[0] == found.numbers("ss")[0] == segment
    assert found.numbers("sp")[0] >= 5 * 512 + 256
    assert not found.numbers("flags")[0] & 0x600, "interrupts on or direction down"
    assert found.text("cmdline") == COMMAND_LINE
    assert found.numbers("kib") == [639]
    assert found.numbers("extended")[0] > 0x7000
    high_word, low_word = found.numbers("ramdisk"), found.numbers("ramdisk", 1)
    assert 0x100 <= high_word[0] < 0x800 and low_word[0] % 4096 == 0
    assert console.rstrip().endswith("!")


def test_memdisk() -> None:
    """A BIOS program in the guise of a kernel: hooks INT 13h and 15h, boots a disk image."""
    file = next(path for path in map(Path, MEMDISK) if path.exists())
    with boot("kernel-memdisk", file.read_bytes(), initrd=GUESTS / "hello.img",
              append="harddisk") as machine:
        machine.expect("MEMDISK")
        machine.expect("hello")
        assert machine.wait_exit() == PASSED


# --- damaged kernels -------------------------------------------------------

def damaged() -> dict[str, tuple[bytes, str]]:
    sound = kernels.bzimage()
    beyond = [(0x40000000, b"x", 4096)]
    return {
        "truncated": (sound[:-32], r"^Kernel: truncated: \d+ bytes of \d+ are there"),
        "no-magic": (kernels.bzimage(magic=b"HdrX"), "^Kernel: not a Linux kernel"),
        "no-boot-flag": (kernels.bzimage(boot_flag=0), "^Kernel: not a Linux kernel"),
        "text": (b"#!/bin/sh\n" * 10000, "^Kernel: not a Linux kernel"),
        "too-large": (kernels.bzimage(init_size=0x20000000),
                      "^Kernel: its memory at 100000-[0-9a-f]+ is outside memory"),
        "wild-entry": (kernels.bzimage(code32=0xFEE00000), "^Kernel: its entry point at fee00000"),
        "line": (kernels.bzimage(cmdline_size=5),
                 "^Kernel: the command line is too long: 14 characters, it takes 5"),
        "elf-beyond": (kernels.pvh(extra=beyond),
                       "^Kernel: an ELF segment at 40000000-40000fff is outside memory"),
        "elf-above": (kernels.pvh(extra=[(0x100000000, b"x", 4096)]),
                      "^Kernel: an ELF segment at 100000000-100000fff is outside memory"),
        "elf-firmware": (kernels.pvh(extra=[(0xE0000, b"x", 4096)]),
                         "^Kernel: an ELF segment at e0000-e0fff .* over the firmware"),
        "elf-low": (kernels.pvh(extra=[(0x10000, b"x", 4096)]),
                    "^Kernel: an ELF segment at 10000-10fff .* over the firmware"),
        "elf-entry": (kernels.pvh(entry=0xF0000), "^Kernel: the ELF entry point at f0000"),
        "multiboot-entry": (kernels.multiboot(entry=0xE0000000),
                            "^Kernel: the multiboot entry point at e0000000"),
        "multiboot-beyond": (kernels.multiboot(address=0x40000000),
                             "^Kernel: the multiboot image at 40000000"),
    }


DAMAGES = ["truncated", "no-magic", "no-boot-flag", "text", "too-large", "wild-entry", "line",
           "elf-beyond", "elf-above", "elf-firmware", "elf-low", "elf-entry", "multiboot-entry",
           "multiboot-beyond"]


def assert_disk_boots_after(machine: Machine, line: str) -> None:
    machine.expect(f"(?m){line}")
    machine.expect("hello")
    assert machine.wait_exit() == PASSED


@pytest.mark.parametrize("what", DAMAGES)
def test_damaged(what: str) -> None:
    kernel, line = damaged()[what]
    with boot(f"kernel-{what}", kernel, drives=[Drive(GUESTS / "hello.img")],
              memory="5G" if what == "elf-above" else "128M") as machine:
        assert_disk_boots_after(machine, line)


@pytest.mark.parametrize("kind", ["linux", "pvh"])
def test_initrd_does_not_fit(kind: str) -> None:
    initrd = pattern("unfit", 100 << 20)
    kernel = kernels.bzimage(init_size=60 << 20) if kind == "linux" else \
        kernels.pvh(extra=[(0x1000000, b"x", 20 << 20)])
    with boot(f"kernel-unfit-{kind}", kernel, initrd=initrd,
              drives=[Drive(GUESTS / "hello.img")]) as machine:
        assert_disk_boots_after(
            machine, r"^Kernel: the initrd of \d+ bytes does not fit between [0-9a-f]+ and")
    initrd.unlink()
