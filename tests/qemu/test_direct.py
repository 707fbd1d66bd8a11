# SPDX-License-Identifier: LGPL-3.0-or-later
"""Entries of disks, started without a boot loader: what their kernels are handed, when they
are started, what the menu does with them, and what is said of those that cannot be."""
from __future__ import annotations

import os
import re
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

import kernels
from harness import DEBUG_PORT, GUESTS, PASSED, Access, Drive, Machine, Request, without
from kernels import Report
from test_kernel import check_state

MIB = 1 << 20
DISK_SIZE = 64 * MIB
ESP_START = 2048
TYPE_EFI = "C12A7328-F81F-11D2-BA4B-00A0C93EC93B"
TYPE_ROOT = "4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709"
ROOT_UUID = "0b1e5a0c-5d1c-4f39-8c0e-0a3c4d5e0002"
NO_LOADER = "^virtio-blk feb02e00: no boot code in sector 0"
ENVIRONMENT = {**os.environ, "PATH": f"{os.environ['PATH']}:/usr/sbin:/sbin",
               "MTOOLS_SKIP_CHECK": "1"}
LINE = "first=1 second"
UP, DOWN, LEFT, HOME, END, DELETE = (f"\x1b[{key}".encode() for key in ("A", "B", "D", "H", "F", "3~"))


@dataclass
class Entry:
    """A type 1 entry of the Boot Loader Specification, and its files."""

    kernel: bytes | None = None
    initrds: list[bytes | None] = field(default_factory=list)   # None: listed, but not there
    options: str = LINE


def run(*command: str | Path, stdin: str | None = None) -> None:
    done = subprocess.run(command, input=stdin, text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, env=ENVIRONMENT, check=False)
    assert done.returncode == 0, f"{command}: {done.stdout}"


def disk(path: Path, entries: dict[str, Entry], *, conf: str = "", root: bool = False,
         boot_sector: Path | None = None, size: int = DISK_SIZE) -> Path:
    """A GPT disk whose ESP has these entries; with a partition for the root, or a boot loader.
    The first one is the default."""
    with path.open("wb") as file:
        file.truncate(size)
    esp_sectors = (size >> 9) - ESP_START - 8192
    lines = ["label: gpt", f"start={ESP_START}, size={esp_sectors}, type={TYPE_EFI}"]
    if root:
        lines.append(f"size=2048, type={TYPE_ROOT}, uuid={ROOT_UUID}")
    run("sfdisk", "--quiet", path, stdin="\n".join(lines) + "\n")
    image = f"{path}@@{ESP_START * 512}"
    run("mformat", "-i", image, "-F", "-T", str(esp_sectors), "-h", "64", "-s", "32", "::")
    run("mmd", "-i", image, "::loader", "::loader/entries")
    conf = conf or f"default {next(iter(entries))}.conf\n"

    def write(name: str, data: bytes) -> None:
        local = path.with_suffix(".file")
        local.write_bytes(data)
        run("mcopy", "-o", "-i", image, local, f"::{name}")

    write("loader/loader.conf", conf.encode())
    for name, entry in entries.items():
        text = f"title Title of {name}\noptions {entry.options}\nlinux /{name}.krn\n"
        if entry.kernel is not None:
            write(f"{name}.krn", entry.kernel)
        for number, initrd in enumerate(entry.initrds):
            text += f"initrd /{name}.{number}\n"
            if initrd is not None:
                write(f"{name}.{number}", initrd)
        write(f"loader/entries/{name}.conf", text.encode())
    if boot_sector:
        with path.open("r+b") as file:
            file.write(boot_sector.read_bytes()[:440])
    return path


def sound(**options: Any) -> Entry:
    return Entry(kernels.bzimage(), **options)


def finish(machine: Machine) -> Report:
    """The test kernel's report, when it has come to its end."""
    status = machine.wait_exit()
    found = Report(machine.results())
    if status != PASSED or not found.complete:
        raise machine.failure("the test kernel has not come to its end")
    return found


# --- what a kernel is handed ---------------------------------------------------

def test_handover(tmp_path: Path) -> None:
    """As with -kernel; the initrds lie one behind the other."""
    initrds = [os.urandom(5000), os.urandom(7001)]
    image = disk(tmp_path / "disk", {"one": sound(initrds=initrds)})
    with Machine("direct-handover", [Drive(image)]) as machine:
        machine.expect(r"^Booting Title of one \(/one.krn\) from virtio-blk feb02e00 partition 1")
        found = finish(machine)
    check_state(found)
    ram = [(start, start + length) for start, length, kind in found.e820() if kind == 1]
    assert ram[0] == (0, 0x9FC00) and ram[1][0] == MIB and 127 * MIB <= ram[1][1] < 128 * MIB
    assert found.text("cmdline") == LINE and found.text("rsdp") == "good"
    assert found.numbers("smbios") == [1]
    padded = b"".join(initrd + bytes(-len(initrd) % 16) for initrd in initrds)
    address, size, first, last = found.numbers("initrd")
    assert size == len(padded) and address % 4096 == 0
    assert (first, last) == (kernels.checksum(padded[:4096]), kernels.checksum(padded[-4096:]))
    loader, flags, _, sentinel = found.numbers("header")
    assert loader == 0xFF and flags & 1 and sentinel == 0


def test_nothing_of_ours_stays(tmp_path: Path) -> None:
    """What is used while the entries are read is free memory again."""
    image = disk(tmp_path / "disk", {"one": sound()})
    maps = []
    for direct in ("on", "off"):
        args = [] if direct == "on" else ["-kernel", str(kernels.write("direct.kernel",
                                                                      kernels.bzimage()))]
        with Machine(f"direct-stays-{direct}", [Drive(image)], args=args) as machine:
            maps.append(sum(length for _, length, kind in finish(machine).e820() if kind == 1))
    assert maps[1] - maps[0] <= MIB     # what disks take: tests/qemu/test_arena.py


def test_kernel_at_its_address(tmp_path: Path) -> None:
    """A relocatable one lies where it wants to be; the payload is linked to run at 1 MiB."""
    kernel = kernels.bzimage(pref_address=kernels.ADDRESS)
    with Machine("direct-address", [Drive(disk(tmp_path / "disk", {"one": Entry(kernel)}))]
                 ) as machine:
        assert finish(machine).text("kind") == "linux"


@pytest.mark.parametrize("version, high", [(0x200, True), (0x201, False), (0x202, True),
                                           (0x206, True), (0x209, True)])
def test_real_mode_entry(version: int, high: bool, tmp_path: Path) -> None:
    """Kernels that want their own real-mode part to run."""
    kernel = kernels.bzimage(version, setup=kernels.setup16(), flags=int(high), code=bytes(1000),
                             cmdline_size=255)
    image = disk(tmp_path / "disk", {"old": Entry(kernel, [bytes(3000)])})
    with Machine(f"direct-real-{version:x}-{high}", [Drive(image)]) as machine:
        if machine.wait_exit() != PASSED:
            raise machine.failure("the setup code has not come to its end")
        found = Report(machine.results())
    segment = found.numbers("ds")[0]
    assert segment == (0x1000 if high and version >= 0x202 else 0x9000)
    assert found.numbers("cs")[0] == segment + 0x20
    assert found.text("cmdline") == LINE
    assert found.numbers("kib") == [639]
    assert 0x100 <= found.numbers("ramdisk")[0] < 0x800


def test_vga_option_reaches_the_header(tmp_path: Path) -> None:
    image = disk(tmp_path / "disk", {"one": sound(options="quiet vga=0x317 ro")})
    with Machine("direct-vga", [Drive(image)]) as machine:
        assert finish(machine).numbers("header")[2] == 0x317


PCIE = {"machine": {"pcie": "on"}}
BUSES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "virtio-scsi": ({"device": "scsi-hd"}, {"buses": ["-device", "virtio-scsi-device"]}),
    "modern": ({}, {"modern": True}),
    "virtio-blk-pci": ({"device": "virtio-blk-pci"}, PCIE),
    "nvme": ({"device": "nvme", "options": {"serial": "1"}}, PCIE),
    "ahci": ({"device": "ide-hd", "options": {"bus": "ahci.0"}},
             {**PCIE, "buses": ["-device", "ich9-ahci,id=ahci"]}),
    "usb": ({"device": "usb-storage"}, {"machine": {"usb": "on"}}),
}


@pytest.mark.parametrize("bus", BUSES)
def test_bus(bus: str, tmp_path: Path) -> None:
    """From any kind of disk, which is quiet afterwards."""
    drive, options = BUSES[bus]
    initrd = os.urandom(3 * MIB + 1)
    image = disk(tmp_path / "disk", {"one": sound(initrds=[initrd])})
    with Machine(f"direct-bus-{bus}", [Drive(image, **drive)], **options) as machine:
        machine.expect("^Booting Title of one")
        found = finish(machine)
    padded = initrd + bytes(15)
    assert found.numbers("initrd")[1:] == [len(padded), kernels.checksum(padded[:4096]),
                                           kernels.checksum(padded[-4096:])]


def test_blocks_of_4096_bytes(tmp_path: Path) -> None:
    """Parts of a kernel begin in the middle of such a block. The disk's file system is all
    there is, for its table would count in other units."""
    image = tmp_path / "disk"
    with image.open("wb") as file:
        file.truncate(DISK_SIZE)
    tree = tmp_path / "tree/boot/extlinux"
    tree.mkdir(parents=True)
    (tree / "extlinux.conf").write_text(
        f"default one\nlabel one\nkernel /boot/k\ninitrd /boot/i\nappend {LINE}\n")
    initrd = os.urandom(100_001)
    (tree.parent / "k").write_bytes(kernels.bzimage())
    (tree.parent / "i").write_bytes(initrd)
    run("mke2fs", "-q", "-t", "ext4", "-b", "4096", "-d", tmp_path / "tree", image)
    block = {"logical_block_size": 4096, "physical_block_size": 4096}
    with Machine("direct-4k", [Drive(image, options=block)]) as machine:
        found = finish(machine)
    assert found.text("cmdline").endswith(LINE)
    assert found.numbers("initrd")[2] == kernels.checksum(initrd[:4096])


def test_cd(tmp_path: Path) -> None:
    """An ISO for UEFI only, by its grub.cfg."""
    files = {"kernel": kernels.bzimage(), "initrd": os.urandom(70_000),
             "grub.cfg": f"menuentry 'Live' {{ linux /live/kernel {LINE}\n"
                         f"initrd /live/initrd\n}}\n".encode()}
    for name, data in files.items():
        file = tmp_path / "tree" / ("boot/grub" if name == "grub.cfg" else "live") / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
    image = tmp_path / "iso"
    run("xorriso", "-as", "mkisofs", "-o", image, "-R", tmp_path / "tree")
    with Machine("direct-cd", buses=["-device", "virtio-scsi-device"], args=[
            "-drive", f"if=none,id=cd,format=raw,media=cdrom,file={image}",
            "-device", "scsi-cd,drive=cd"]) as machine:
        machine.expect("^Booting Live ")
        found = finish(machine)
    assert found.text("cmdline").endswith(LINE) and found.numbers("initrd")[1] >= 70_000


# --- root= -----------------------------------------------------------------------

@pytest.mark.parametrize("options, line", [
    ("quiet", f"quiet root=PARTUUID={ROOT_UUID}"),
    ("quiet root=/dev/vda9", "quiet root=/dev/vda9"),
    ("rootflags=x", f"rootflags=x root=PARTUUID={ROOT_UUID}"),
    ("roothash=12 ro", "roothash=12 ro"),
    ("root=gpt-auto", f"root=gpt-auto root=PARTUUID={ROOT_UUID}"),
])
def test_root(options: str, line: str, tmp_path: Path) -> None:
    image = disk(tmp_path / "disk", {"one": sound(options=options)}, root=True)
    with Machine("direct-root", [Drive(image)], fw_cfg={"opt/org.petrel/append": "more=1"}
                 ) as machine:
        found = finish(machine)
        assert ("Adding root=PARTUUID=" in machine.console()) == ("PARTUUID" in line)
    assert found.text("cmdline") == f"{line} more=1"


# --- when ---------------------------------------------------------------------------

@pytest.mark.parametrize("direct, loader, booted", [
    (None, False, "entry"), (None, True, "loader"), ("on", True, "entry"), ("on", False, "entry"),
    ("off", True, "loader"), ("off", False, "nothing"),
])
def test_when(direct: str | None, loader: bool, booted: str, tmp_path: Path) -> None:
    """A boot loader comes first, unless the user says otherwise."""
    hello = GUESTS / "hello.img"
    image = disk(tmp_path / "disk", {"one": sound()}, boot_sector=hello if loader else None)
    with Machine(f"direct-when-{direct}-{loader}", [Drive(image)],
                 fw_cfg={"opt/org.petrel/direct": direct} if direct else None) as machine:
        if booted == "nothing":
            machine.expect(NO_LOADER)
            machine.expect("No bootable device")
            assert "Booting" not in machine.console()
            return
        status = machine.wait_exit()
        assert status == PASSED
        assert ("kind linux" in machine.results()) == (booted == "entry")
        assert ("hello" in machine.console()) == (booted == "loader")


def test_named_entry(tmp_path: Path) -> None:
    """On whichever disk, by a pattern, before boot loaders; with more arguments."""
    first = disk(tmp_path / "first", {"one": sound()}, boot_sector=GUESTS / "hello.img")
    second = disk(tmp_path / "second", {"two": sound(), "three": sound(options="third")})
    with Machine("direct-named", [Drive(first), Drive(second)],
                 fw_cfg={"opt/org.petrel/entry": "thr*", "opt/org.petrel/append": "x=1 y"}
                 ) as machine:
        machine.expect(r"^Booting Title of three \(/three.krn\) from virtio-blk feb02c00")
        assert finish(machine).text("cmdline") == "third x=1 y"


def test_named_entry_that_is_not_there(tmp_path: Path) -> None:
    image = disk(tmp_path / "disk", {"one": sound()})
    with Machine("direct-unnamed", [Drive(image)], fw_cfg={"opt/org.petrel/entry": "nine"}
                 ) as machine:
        machine.expect("^No boot entry is called 'nine'")
        machine.expect("^Booting Title of one")
        finish(machine)


def test_entries_after_a_boot_sector_that_gives_up(tmp_path: Path) -> None:
    """INT 18h leads to the next disk, whose entries are read only then."""
    image = disk(tmp_path / "disk", {"one": sound()})
    with Machine("direct-int18", [Drive(GUESTS / "boot18.img"), Drive(image)]) as machine:
        machine.expect(r"gave up \(INT 18h\)")
        machine.expect("^Booting Title of one")
        finish(machine)


# --- damaged ------------------------------------------------------------------------

def damaged() -> dict[str, tuple[Entry, str]]:
    whole = kernels.bzimage()
    arm = bytearray(whole[:65536].ljust(65536, b"\0"))
    arm[0:2] = b"MZ"
    arm[0x38:0x3C] = b"ARMd"
    arm[0x202:0x206] = bytes(4)
    return {
        "truncated": (Entry(whole[:-64]), r"^Kernel: truncated: \d+ bytes of \d+ are there"),
        "short": (Entry(whole[:700]), "^Kernel: not a Linux kernel"),
        "empty": (Entry(b""), "^Kernel: not a Linux kernel"),
        "other-architecture": (Entry(bytes(arm)), "^Kernel: not a Linux kernel"),
        "too-large": (Entry(kernels.bzimage(init_size=0x20000000)),
                      "^Kernel: its memory at 100000-[0-9a-f]+ is outside memory"),
        "too-high": (Entry(kernels.bzimage(pref_address=0xF0000000)),
                     r"^Kernel: \d+ bytes do not fit in memory from f0000000 on"),
        "line": (Entry(kernels.bzimage(cmdline_size=5)),
                 "^Kernel: the command line is too long: 14 characters, it takes 5"),
        "large-initrd": (Entry(kernels.bzimage(init_size=100 * MIB), [bytes(24 * MIB)]),
                         r"^Kernel: the initrd of \d+ bytes does not fit between"),
        "large-setup": (Entry(kernels.bzimage(0x206, sectors=100)),
                        "^Kernel: its real-mode part is too large: 51712 bytes"),
    }


DAMAGES = ["truncated", "short", "empty", "other-architecture", "too-large", "too-high", "line",
           "large-initrd", "large-setup"]


@pytest.mark.parametrize("what", DAMAGES)
def test_damaged(what: str, tmp_path: Path) -> None:
    """One line, and the next entry boots."""
    entry, line = damaged()[what]
    image = disk(tmp_path / "disk", {what: entry, "sound": sound()})
    with Machine(f"direct-{what}", [Drive(image)]) as machine:
        machine.expect(f"^Booting Title of {what} ")
        machine.expect(line)
        machine.expect("^Booting Title of sound")
        finish(machine)
        lines = machine.console().splitlines()
    assert len(lines) <= 5, lines   # the banner, three lines of which one may be folded


@pytest.mark.parametrize("entry", [Entry(kernels.bzimage(), [b"there", None]), Entry(None)],
                         ids=["initrd", "kernel"])
def test_missing_file(entry: Entry, tmp_path: Path) -> None:
    """Such an entry is left out, which the log has."""
    image = disk(tmp_path / "disk", {"gone": entry, "sound": sound()})
    with Machine("direct-missing", [Drive(image)]) as machine:
        finish(machine)
        assert "Title of gone" not in machine.console()
        assert re.search(r"/loader/entries/gone.conf: left out: there is no /gone\.",
                         machine.debug_log())


def test_no_entry_can_be_started(tmp_path: Path) -> None:
    """The boot loader comes next, or the next disk."""
    broken = {"one": Entry(b"text"), "two": Entry(kernels.bzimage(magic=b"HdrX"))}
    image = disk(tmp_path / "disk", broken)
    with Machine("direct-none", [Drive(image), Drive(GUESTS / "hello.img")]) as machine:
        machine.expect("^Booting Title of one")
        machine.expect("^Booting Title of two")
        machine.expect(NO_LOADER)
        machine.expect("hello")
        assert machine.wait_exit() == PASSED


def test_read_error(tmp_path: Path) -> None:
    """In the middle of a kernel."""
    image = disk(tmp_path / "disk", {"one": sound(initrds=[os.urandom(8 * MIB)]), "two": sound()})
    data = image.read_bytes()
    start = data.index(kernels.bzimage()[:512])
    broken = {"event": "read_aio", "sector": start // 512 + 4000, "errno": 5}
    with Machine("direct-error", [Drive(image, inject=[broken])]) as machine:
        machine.expect("^virtio-blk feb02e00: read error, sector")
        machine.expect("^Booting Title of two")
        finish(machine)


def test_little_memory(tmp_path: Path) -> None:
    image = disk(tmp_path / "disk", {"one": sound()})
    with Machine("direct-8M", [Drive(image)], memory="8M") as machine:
        machine.expect(NO_LOADER)
    with Machine("direct-16M", [Drive(image)], memory="16M") as machine:
        finish(machine)


# --- the menu -----------------------------------------------------------------------

MENU = ["-boot", "menu=on"]
ESC = b"\x1b"


def test_menu_lists_entries(tmp_path: Path) -> None:
    image = disk(tmp_path / "disk", {"one": sound(), "two": sound(options="chosen")},
                 boot_sector=GUESTS / "hello.img")
    with Machine("direct-menu", [Drive(image)], args=MENU) as machine:
        machine.expect("^Press ESC")
        machine.send(ESC)
        machine.expect("^  1  virtio-blk feb02e00")
        titles = machine.expect(r"^  2    Title of (\w+)\r\n  3    Title of (\w+)\r\n")
        machine.expect("Press a key of the list")
        machine.send(b"23"[titles.groups().index(b"two"):][:1])
        assert finish(machine).text("cmdline") == "chosen"


def test_menu_by_arrows(tmp_path: Path) -> None:
    image = disk(tmp_path / "disk", {"one": sound(options="the only one")},
                 boot_sector=GUESTS / "hello.img")
    with Machine("direct-arrows", [Drive(image)], args=MENU) as machine:
        machine.expect("^Press ESC")
        machine.send(ESC)
        machine.expect("> 1  virtio-blk")
        machine.send(DOWN)
        machine.expect("> 2  Title of one")
        machine.send(DOWN + UP + DOWN + b"\r")
        assert finish(machine).text("cmdline") == "the only one"


def test_command_line_is_edited(tmp_path: Path) -> None:
    """One that is longer than a row, at both ends and in the middle."""
    long = "start=1 " + " ".join(f"argument{i}={i}" for i in range(20)) + " end=1"
    image = disk(tmp_path / "disk", {"one": sound(options=long)})
    with Machine("direct-edit", [Drive(image)], args=MENU) as machine:
        machine.expect("^Press ESC")
        machine.send(ESC)
        machine.expect("> 1  virtio-blk")
        machine.send(DOWN + b"e")
        machine.expect("Command line: Enter boots")
        machine.expect("end=1")
        machine.send(b"\x7f2 more")             # backspace
        machine.send(HOME + DELETE + b"S" + END + LEFT * 5)
        machine.send(b"\x0b")                   # Ctrl-K: " more"
        machine.send(b" last\r")
        line = "S" + long[1:-1] + "2 last"
        assert finish(machine).text("cmdline") == line


def test_editing_is_cancelled(tmp_path: Path) -> None:
    image = disk(tmp_path / "disk", {"one": sound()})
    with Machine("direct-cancel", [Drive(image)], args=MENU) as machine:
        machine.expect("^Press ESC")
        machine.send(ESC)
        machine.expect("> 1  virtio-blk")
        machine.send(DOWN + b"e")
        machine.expect("Command line: Enter boots")
        machine.send(b"\x15wrong")              # Ctrl-U
        machine.expect("wrong")
        machine.send(ESC)
        machine.expect("> 2  Title of one")
        machine.send(b"\r")
        assert finish(machine).text("cmdline") == LINE


def test_timeout(tmp_path: Path) -> None:
    """What loader.conf says: a key opens the menu, nothing typed boots the default."""
    image = disk(tmp_path / "disk", {"one": sound(), "two": sound(options="other")},
                 conf="default one.conf\ntimeout 2\n")
    with Machine("direct-timeout", [Drive(image)]) as machine:
        machine.expect(r"^Booting Title of one in 2 s; any key for the menu")
        assert finish(machine).text("cmdline") == LINE
    with Machine("direct-timeout-key", [Drive(image)]) as machine:
        machine.expect(r"in 2 s; any key for the menu")
        machine.send(b" ")
        found = machine.expect(r"^  (\d)    Title of two")
        machine.expect(r"> \d  Title of one")
        machine.send(found[1])
        assert finish(machine).text("cmdline") == "other"


def test_timeout_that_the_user_overrides(tmp_path: Path) -> None:
    image = disk(tmp_path / "disk", {"one": sound()}, conf="timeout 3000\n")
    for name, args, files in (("splash", ["-boot", "splash-time=0"], {}),
                              ("named", [], {"opt/org.petrel/entry": "one*"})):
        with Machine(f"direct-now-{name}", [Drive(image)], args=args, fw_cfg=files) as machine:
            finish(machine)
            assert "any key" not in machine.console()


# --- what it costs -------------------------------------------------------------------

TRACE = ["memory_region_ops_read", "memory_region_ops_write", "virtio_blk_handle_read"]


def test_requests(tmp_path: Path) -> None:
    """DESIGN section 4: one request for each 256 KiB of kernel and initrd, and 60; 250
    accesses, but for the characters of messages."""
    initrd = os.urandom(20 * MIB)
    kernel = kernels.bzimage(code=kernels.payload().ljust(8 * MIB, b"x"), init_size=16 * MIB)
    image = disk(tmp_path / "disk", {"one": Entry(kernel, [initrd])})
    with Machine("direct-requests", [Drive(image)], trace=TRACE) as machine:
        finish(machine)
        said = len(machine.console())
    events = machine.trace().until_boot_sector()
    requests = [event for event in events if isinstance(event, Request)]
    accesses = without([event for event in events if isinstance(event, Access)], DEBUG_PORT)
    print(f"{len(requests)} requests, {len(accesses)} accesses, {said} characters")
    assert len(requests) <= (len(initrd) + len(kernel)) // (256 << 10) + 60
    assert len(accesses) <= 250 + said * 2
