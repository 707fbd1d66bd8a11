# SPDX-License-Identifier: LGPL-3.0-or-later
"""Option ROMs: one of our own that checks what it is given, QEMU's, and iPXE's."""
from __future__ import annotations

import shutil
import struct
from pathlib import Path

import pytest

import kernels
from harness import GUESTS, LOGS, PASSED, Drive, Machine, finish_guest
from kernels import Report
from test_kernel import KernelMachine, boot

QEMU_ROMS = Path("/usr/share/qemu")
# Debian's ipxe-qemu, Fedora's ipxe-roms-qemu
IPXE = next((path for path in map(Path, ("/usr/lib/ipxe/qemu/pxe-virtio.rom",
                                         "/usr/share/ipxe.pxe/1af41000.rom",
                                         "/usr/share/ipxe/1af41000.rom")) if path.exists()),
            Path("pxe-virtio.rom"))
HELLO = Drive(GUESTS / "hello.img")


def rom(kind: str, name: str | None = None, *, damage: int = 0) -> Path:
    """The test ROM of a kind, with its checksum right, or off by `damage`."""
    data = bytearray((GUESTS / f"optrom_{kind}.bin").read_bytes())
    data[-1] = (damage - sum(data)) & 0xFF
    LOGS.mkdir(parents=True, exist_ok=True)
    path = LOGS / f"{name or kind}.rom"
    path.write_bytes(data)
    return path


def option(path: Path, bootindex: int | None = None) -> list[str]:
    index = "" if bootindex is None else f",bootindex={bootindex}"
    return ["-option-rom", f"{path}{index}"]


def machine_with(name: str, *options: list[str], drives: list[Drive] | None = None,
                 **more: object) -> Machine:
    args = ["-S", *(word for words in options for word in words)]
    return KernelMachine(name, drives or [], args=args, **more)  # type: ignore[arg-type]


def check(machine: Machine, *steps: str) -> list[str]:
    """No expectation of the ROM failed; the steps were reported in this order."""
    lines = machine.results().splitlines()
    failed = [line for line in lines if line.startswith("FAIL")]
    assert not failed, machine.failure("\n".join(["the option ROM found:", *failed]))
    assert sum(line.startswith("ok ") for line in lines) >= 29, lines
    reported = [line for line in lines if line and not line.startswith("ok ")]
    assert [line for line in reported if line in steps] == list(steps), reported
    return lines


def test_bootstrap_entry_first_by_bootindex() -> None:
    """The ROM gives up, and the disk is next."""
    with machine_with("rom-bev", option(rom("bev"), 0), drives=[HELLO]) as machine:
        assert machine.wait_exit() == PASSED
        check(machine, "init", "bev", "hello, console")
        assert "!" in machine.console()


def test_bootstrap_entry_behind_disks_without_bootindex() -> None:
    with machine_with("rom-bev-last", option(rom("bev")), drives=[HELLO]) as machine:
        assert machine.wait_exit() == PASSED
        assert "bev" not in check(machine, "init", "hello, console")


@pytest.mark.parametrize("kind", ["bcv", "hook13"])
@pytest.mark.parametrize("disks", [0, 1])
def test_drive_of_a_rom(kind: str, disks: int) -> None:
    """It counts after our own disks, and boots where the user has put it."""
    with machine_with(f"rom-{kind}-{disks}", option(rom(kind), 0), drives=[HELLO][:disks]
                      ) as machine:
        assert machine.wait_exit() == PASSED
        check(machine, "init", *(["bcv"] if kind == "bcv" else []), f"b8{disks}")


def test_hook_of_int18() -> None:
    with machine_with("rom-hook18", option(rom("hook18"))) as machine:
        assert machine.wait_exit() == PASSED
        check(machine, "init", "int18")


def test_hook_of_int19() -> None:
    with machine_with("rom-hook19", option(rom("hook19")), drives=[HELLO]) as machine:
        assert machine.wait_exit() == PASSED
        check(machine, "init", "int19", "hello, console")


def test_rom_in_memory() -> None:
    args = ["-device", f"loader,file={rom('hook19')},addr=0xd0000,force-raw=on"]
    with machine_with("rom-memory", args, drives=[HELLO]) as machine:
        assert machine.wait_exit() == PASSED
        check(machine, "init", "int19", "hello, console")


def test_many_roms_and_resets() -> None:
    """Each runs once a boot; a copy that the last boot made does not count."""
    roms = [option(rom("bev", f"many{n}")) for n in range(3)]
    memory = ["-device", f"loader,file={rom('bev')},addr=0xc1000,force-raw=on"]
    with machine_with("rom-many", *roms, memory) as machine:
        for boots in range(1, 4):
            machine.expect("No bootable device: tried")
            assert machine.results().count("init\n") == 4 * boots
            assert machine.results().count("bev\n") == 4 * boots
            assert "FAIL" not in machine.results()
            machine.monitor("system_reset")


def test_wrong_checksum() -> None:
    bad = rom("bev", "bad", damage=1)
    with machine_with("rom-checksum", option(bad), drives=[HELLO]) as machine:
        machine.expect(r"(?m)^Option ROM genroms/bad.rom: wrong checksum")
        assert machine.wait_exit() == PASSED
        assert "init" not in machine.results()
    tolerant = LOGS / "no-checksum"
    tolerant.write_bytes(struct.pack("<Q", 0))
    with machine_with("rom-tolerant", option(bad), drives=[HELLO],
                      fw_cfg={"etc/optionroms-checksum": tolerant}) as machine:
        assert machine.wait_exit() == PASSED
        check(machine, "init", "hello, console")


@pytest.mark.parametrize("what, data, line", [
    ("short", b"\x55", "no signature"),
    ("text", b"hello" * 200, "no signature"),
    ("zero", b"\x55\xaa\0" + bytes(509), "no signature .* or a length that does not fit"),
    ("huge", bytes(200 << 10), "no room for its 204800 bytes"),
], ids=["short", "text", "zero", "huge"])
def test_damaged_rom(what: str, data: bytes, line: str) -> None:
    path = LOGS / f"{what}.rom"
    LOGS.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    with machine_with(f"rom-{what}", option(path), drives=[HELLO]) as machine:
        machine.expect(rf"(?m)^Option ROM genroms/{what}.rom: {line}")
        assert machine.wait_exit() == PASSED


def small_rom(name: str, code: bytes) -> Path:
    """A ROM of this code."""
    data = bytearray((b"\x55\xaa\x04" + code).ljust(2048, b"\0"))
    data[-1] = -sum(data) & 0xFF
    LOGS.mkdir(parents=True, exist_ok=True)
    path = LOGS / f"{name}.rom"
    path.write_bytes(data)
    return path


# 1,024 ns pass with each instruction.
FAST_CLOCK = {"icount": True, "icount_shift": 10}
GIVEN_UP = r"(?m)^Option ROM genroms/{}.rom: has not returned within 60 s, given up"


@pytest.mark.parametrize("chips", [{}, {"pit": "off", "pic": "off"}], ids=["pit", "apic"])
@pytest.mark.parametrize("name,code", [
    ("spins", b"\xeb\xfe"),
    ("halts", b"\xf4\xeb\xfd"),
    ("calls", b"\xb4\x00\xcd\x1a\xeb\xfa"),      # INT 1Ah for ever
], ids=["spins", "halts", "calls"])
def test_rom_that_hangs(name: str, code: bytes, chips: dict[str, str]) -> None:
    """It is named and left; the tick goes on after that, and the disk boots."""
    with machine_with(f"rom-{name}-{len(chips)}", option(small_rom(name, code)),
                      drives=[Drive(GUESTS / "waits.img")], machine=chips, **FAST_CLOCK
                      ) as machine:
        machine.expect(GIVEN_UP.format(name))
        finish_guest(machine)


def test_rom_that_asks_its_user() -> None:
    """A ROM that looks for a key may take its time: here a minute and a half."""
    code = bytes([
        0x1E,                               # push ds
        0xB4, 0x00, 0xCD, 0x1A,             # mov ah, 0; int 1Ah: sets the count of ticks
        0x6A, 0x40, 0x1F,                   # push 40h; pop ds
        0x8B, 0x1E, 0x6C, 0x00,             # mov bx, [6Ch]
        0xB4, 0x01, 0xCD, 0x16,             # look: mov ah, 1; int 16h
        0xA1, 0x6C, 0x00,                   # mov ax, [6Ch]
        0x29, 0xD8,                         # sub ax, bx
        0x3D, 0x66, 0x06,                   # cmp ax, 1638
        0x72, 0xF2,                         # jb look
        0x1F, 0xCB,                         # pop ds; retf
    ])
    with machine_with("rom-asks", option(small_rom("asks", code)), drives=[HELLO], **FAST_CLOCK
                      ) as machine:
        assert machine.wait_exit() == PASSED
        assert "given up" not in machine.console()
        assert "hello, console" in machine.console()


# --- other people's ROMs ---------------------------------------------------

def test_kvmvapic() -> None:
    """It only talks to a port that is not there."""
    with machine_with("rom-kvmvapic", option(QEMU_ROMS / "kvmvapic.bin"), drives=[HELLO]
                      ) as machine:
        assert machine.wait_exit() == PASSED
        assert "option ROM genroms/kvmvapic.bin" in machine.debug_log()


def test_ipxe() -> None:
    """It uses PMM, shrinks, starts, finds no network card, and gives up."""
    with machine_with("rom-ipxe", option(IPXE, 0), drives=[HELLO]) as machine:
        machine.expect(r"PnP PMM\+[0-9A-F]{8}\+[0-9A-F]{8}")
        machine.expect("iPXE initialising devices...ok")
        machine.expect("No more network devices")
        assert machine.wait_exit() == PASSED


def loader_rom(name: str) -> list[str]:
    """A copy of a loader of QEMU's, by another name: else it would not be run, since
    we load kernels without it. It gets those that we refuse."""
    path = LOGS / f"own-{name}"
    LOGS.mkdir(parents=True, exist_ok=True)
    shutil.copy(QEMU_ROMS / name, path)
    return option(path, 1)      # QEMU's own has 0


def test_linuxboot_dma() -> None:
    kernel = bytearray(kernels.bzimage(setup=kernels.setup16(), code=bytes(1024)))
    struct.pack_into("<I", kernel, 0x1F4, 1000)     # says it is larger
    with boot("rom-linuxboot", bytes(kernel), args=loader_rom("linuxboot_dma.bin")) as machine:
        assert machine.wait_exit() == PASSED
        assert "Kernel: truncated" in machine.console()
        assert Report(machine.results()).text("cmdline") == "first=1 second"


def test_pvh() -> None:
    kernel = kernels.pvh(extra=[(0x60000, b"x", 1)])
    with boot("rom-pvh", kernel, args=loader_rom("pvh.bin")) as machine:
        assert machine.wait_exit() == PASSED
        assert "Kernel: an ELF segment at 60000" in machine.console()
        found = Report(machine.results())
        assert found.text("kind") == "pvh" and found.text("rsdp") == "good"


def test_multiboot_dma() -> None:
    kernel = kernels.multiboot(before=0x1000)       # where the ROM is read-only
    with boot("rom-multiboot", kernel, args=loader_rom("multiboot_dma.bin")) as machine:
        assert machine.wait_exit() == PASSED
        assert "Kernel: the multiboot image at ff000" in machine.console()
        assert Report(machine.results()).text("kind") == "multiboot"
