# SPDX-License-Identifier: LGPL-3.0-or-later
"""The AML reader against other readers: the devices that amldump finds must be
those in iasl's disassembly, and in ACPICA's namespace, for the corpus and for
the tables of QEMU's machines, taken out of running guests."""
from __future__ import annotations

import json
import os
import re
import shutil
import socket
import struct
import subprocess
import time
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("BUILD", "build"))
BUILD = BUILD if BUILD.is_absolute() else TOP / BUILD
AMLDUMP = BUILD / "amldump"
CORPUS = sorted((TOP / "tests/unit/asl").glob("*.asl"))
QEMU = os.environ.get("QEMU", "qemu-system-x86_64")
MICROVM_BIOS = "/usr/share/seabios/bios-microvm.bin"
QEMU_DEADLINE = 600.0

DISK = ["-drive", "if=none,id=d,format=raw,readonly=on,file=null-co://,file.size=1M",
        "-device", "virtio-blk-device,drive=d"]
MICROVM = {
    "microvm": ["-M", "microvm,acpi=on"],
    "microvm-disk": ["-M", "microvm,acpi=on", *DISK],
    "microvm-full": ["-M", "microvm,acpi=on,rtc=on,usb=on,pcie=on,isa-serial=on", *DISK],
    "microvm-bare": ["-M", "microvm,acpi=on,rtc=off,pit=off,pic=off,isa-serial=off", *DISK],
    "microvm-ioapic1": ["-M", "microvm,acpi=on,ioapic2=off", *DISK],
    "microvm-pcie": ["-M", "microvm,acpi=on,pcie=on", *DISK],
    "microvm-usb": ["-M", "microvm,acpi=on,usb=on"],
    "microvm-smp": ["-M", "microvm,acpi=on", "-smp", "4", "-device", "virtio-rng-device",
                    "-device", "virtio-serial-device", *DISK],
}
PC = {
    "pc": ["-M", "pc"],
    "pc-cpus": ["-M", "pc", "-smp", "2,maxcpus=8"],
    "pc-memory": ["-M", "pc", "-m", "64,maxmem=1G,slots=4"],
    "pc-numa": ["-M", "pc", "-object", "memory-backend-ram,id=m,size=64M",
                "-numa", "node,memdev=m"],
    "pc-bridge": ["-M", "pc", "-device", "pci-bridge,chassis_nr=1",
                  "-device", "ipmi-bmc-sim,id=b", "-device", "isa-ipmi-kcs,bmc=b"],
    "pc-nvdimm": ["-M", "pc,nvdimm=on", "-m", "64,maxmem=1G,slots=4"],
    "q35": ["-M", "q35"],
    "q35-ports": ["-M", "q35", "-device", "pcie-root-port,id=p,chassis=1",
                  "-device", "pcie-pci-bridge,bus=p", "-device", "pvpanic",
                  "-device", "qemu-xhci"],
    "q35-pxb": ["-M", "q35", "-device", "pxb-pcie,bus_nr=64,id=x",
                "-device", "pcie-root-port,bus=x,chassis=2"],
    "q35-memory": ["-M", "q35", "-m", "64,maxmem=1G,slots=4", "-smp", "2,maxcpus=4"],
    "pc-old": [],    # oldest_pc()
    "q35-bare": ["-M", "q35,sata=off,smbus=off,hpet=off"],
}


def run(*command: str | Path) -> str:
    """What a command prints; whether it succeeds is not looked at."""
    result = subprocess.run([str(c) for c in command], capture_output=True, timeout=600,
                            check=False)
    return result.stdout.decode("ascii", "replace")


def amldump(*tables: Path) -> set[str]:
    """The devices in the tables, as our reader sees them."""
    lines = run(AMLDUMP, *tables).splitlines()
    paths = [line.split()[0] for line in lines if line.startswith("\\")]
    assert len(paths) == len(set(paths)), "a device is reported twice"
    return set(paths)


# --- iasl's disassembly ----------------------------------------------------

OPENING = re.compile(
    r"^\s*(?P<word>Scope|Device|Processor|PowerResource|ThermalZone|Method|If|Else|ElseIf|While)\b"
    r"(?:\s*\((?P<argument>.*)\))?")
NAME = re.compile(r"[\\^]*[A-Z_][A-Z0-9_.]*|\\")


def resolve(scope: list[str], name: str, known: set[str], search: bool) -> list[str]:
    """A name's path, by ACPI's rules; of a definition if search is False."""
    base = [] if name.startswith("\\") else list(scope)
    rest = name.lstrip("\\")
    while rest.startswith("^"):
        base = base[:-1]
        rest = rest[1:]
    segments = [s for s in rest.split(".") if s]
    if search and re.match(r"^[A-Z_0-9]+$", name):
        for depth in range(len(base), -1, -1):
            if ".".join(base[:depth] + segments) in known:
                return base[:depth] + segments
    return base + segments


def constant(predicate: str) -> bool | None:
    """What a predicate is, if it is a constant."""
    if predicate in ("Zero", "One", "Ones"):
        return predicate != "Zero"
    return bool(int(predicate, 0)) if re.match(r"^(0x)?[0-9A-F]+$", predicate) else None


def disassembly(table: Path, *others: Path) -> set[str]:
    """The devices in a table as iasl disassembles it, less what is never reached."""
    text = table.parent / (table.stem + "-text")
    command = ["iasl", "-dl", "-p", text]
    if others:
        command += ["-e", ",".join(str(o) for o in others)]
    run(*command, table)
    known = {"_SB", "_TZ", "_PR", "_GPE", "_SI"}
    devices: set[str] = set()
    # For each open brace: its scope, and whether what is in it counts.
    stack: list[tuple[list[str], bool]] = [([], True)]
    taken: dict[int, bool | None] = {}
    following: tuple[list[str], bool] | None = None
    for line in text.with_suffix(".dsl").read_text(errors="replace").splitlines():
        line = re.sub(r'"(\\.|[^"\\])*"', '""', line.split("//")[0])
        line = re.sub(r"/\*.*?\*/", "", line)
        opening = OPENING.match(line)
        if opening:
            following = open_block(opening, stack, known, devices, taken)
        for brace in re.findall(r"[{}]", line):
            if brace == "{":
                stack.append(following or stack[-1])
                following = None
            else:
                stack.pop()
    return devices


def open_block(opening: re.Match[str], stack: list[tuple[list[str], bool]], known: set[str],
               devices: set[str], taken: dict[int, bool | None]) -> tuple[list[str], bool]:
    """What a line that opens a block makes of the scope."""
    scope, counts = stack[-1]
    word, argument = opening["word"], (opening["argument"] or "").strip()
    if word in ("If", "While"):
        taken[len(stack)] = constant(argument)
        return scope, counts and taken[len(stack)] is not False
    if word in ("Else", "ElseIf"):
        return scope, counts and taken.get(len(stack)) is not True
    if word == "Method":
        return scope, False
    name = NAME.match(argument)
    assert name, argument
    path = resolve(scope, name[0], known, word == "Scope")
    if counts:
        known.add(".".join(path))
        if word == "Device":
            devices.add("\\" + ".".join(path))
    return path, counts


# --- ACPICA's namespace ----------------------------------------------------

OBJECT = re.compile(r"^ ?(?P<level>\d+) +(?P<name>\S{4}) (?P<type>\S+)")


def namespace(*tables: Path) -> set[str]:
    """The devices that ACPICA has after it has loaded, and run, the tables."""
    path: list[str] = []
    devices = set()
    for line in run("acpiexec", "-b", "namespace", *tables).splitlines():
        match = OBJECT.match(line)
        if not match:
            continue
        path = path[:int(match["level"])] + [match["name"].rstrip("_") or "_"]
        if match["type"] == "Device" and path not in (["_SB"], ["_TZ"]):
            devices.add("\\" + ".".join(path))
    return devices


# --- the corpus ------------------------------------------------------------


def corpus(name: str) -> Path:
    return BUILD / "aml" / f"{name}.aml"


needs_iasl = pytest.mark.skipif(not shutil.which("iasl"), reason="no iasl")
needs_acpiexec = pytest.mark.skipif(not shutil.which("acpiexec"), reason="no acpiexec")
# iasl 20200925 crashes when it disassembles forward references in fields.asl, calls.asl; it
# shows what is behind an alias where it is defined, not where it belongs, in names.asl; and
# refuses what an If and its Else both define, in conditional.asl.
NOT_DISASSEMBLED = {"fields", "calls", "names", "conditional"}


@needs_iasl
@pytest.mark.parametrize("name", [a.stem for a in CORPUS if a.stem not in NOT_DISASSEMBLED])
def test_corpus_like_iasl(name: str) -> None:
    assert amldump(corpus(name)) == disassembly(corpus(name))


@needs_acpiexec
@pytest.mark.parametrize("name", ["data", "resources", "revision1", "values"])
def test_corpus_like_acpica(name: str) -> None:
    assert amldump(corpus(name)) == namespace(corpus(name))


@pytest.mark.parametrize("name", ["values", "names"])
def test_acpidump_format(name: str, tmp_path: Path) -> None:
    """Text as acpidump prints it gives the same as the binary table."""
    data = corpus(name).read_bytes()
    text = tmp_path / "tables.txt"
    lines = [f"{data[:4].decode()} @ 0x0000000000000000"]
    for offset in range(0, len(data), 16):
        chunk = data[offset:offset + 16]
        shown = "".join(chr(b) if 32 <= b < 127 else "." for b in chunk)
        dump = " ".join(f"{b:02X}" for b in chunk)
        lines.append(f"    {offset:04X}: {dump:<48} {shown}")
    text.write_text("\n".join(["APIC @ 0x0", "    0000: 41 50 49 43", "", *lines, ""]))
    assert run(AMLDUMP, text) == run(AMLDUMP, corpus(name))


def test_bad_tables_are_named(tmp_path: Path) -> None:
    data = bytearray(corpus("values").read_bytes())
    data[40] ^= 1
    bad = tmp_path / "bad.aml"
    bad.write_bytes(data)
    result = subprocess.run([AMLDUMP, bad], capture_output=True, text=True, check=False)
    assert result.returncode == 1
    assert "bad.aml: wrong checksum" in result.stderr


def test_alias_to_nothing() -> None:
    """A vendor's alias whose source is in no table is no error of the tool."""
    result = subprocess.run([AMLDUMP, corpus("stores")], capture_output=True, text=True, check=False)
    assert (result.returncode, result.stderr) == (0, "")
    assert "\\IDS0 _HID=PNP0C14 _CID=PNP0C15" in result.stdout.splitlines()


# --- QEMU's machines -------------------------------------------------------


class Monitor:
    """A QMP connection."""

    def __init__(self, path: Path, qemu: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + QEMU_DEADLINE
        self.socket = socket.socket(socket.AF_UNIX)
        while True:
            try:
                self.socket.connect(str(path))
                break
            except OSError:
                assert qemu.poll() is None and time.monotonic() < deadline, "QEMU did not start"
                time.sleep(0.05)
        self.file = self.socket.makefile("rw")
        self.file.readline()
        self.command("qmp_capabilities")

    def command(self, execute: str, **arguments: object) -> object:
        self.file.write(json.dumps({"execute": execute, "arguments": arguments}) + "\n")
        self.file.flush()
        while True:
            answer = json.loads(self.file.readline())
            assert "error" not in answer, answer
            if "return" in answer:
                return answer["return"]


def find_tables(memory: bytes) -> list[bytes]:
    """DSDT and SSDTs, through the RSDP; none if it is not there yet."""
    def table(address: int) -> bytes:
        return memory[address:address + struct.unpack_from("<I", memory, address + 4)[0]]

    for at in range(0, 1 << 20, 16):
        if memory[at:at + 8] != b"RSD PTR " or sum(memory[at:at + 20]) & 0xFF:
            continue
        root = table(struct.unpack_from("<I", memory, at + 16)[0])
        size = 4
        if root[:4] != b"RSDT":
            root = table(struct.unpack_from("<Q", memory, at + 24)[0])
            size = 8
        entries = [table(int.from_bytes(root[i:i + size], "little"))
                   for i in range(36, len(root), size)]
        facp = next(e for e in entries if e[:4] == b"FACP")
        dsdt = struct.unpack_from("<I", facp, 40)[0] or struct.unpack_from("<Q", facp, 140)[0]
        return [table(dsdt)] + [e for e in entries if e[:4] == b"SSDT"]
    return []


def oldest_pc() -> str:
    """Which one that is depends on QEMU's version."""
    versions = re.findall(r"^pc-i440fx-(\d+)\.(\d+)", run(QEMU, "-M", "help"), re.MULTILINE)
    return "pc-i440fx-%d.%d" % min((int(major), int(minor)) for major, minor in versions)


def qemu_tables(name: str, arguments: list[str]) -> list[Path]:
    """Boots a machine until its firmware has placed the tables; takes them out."""
    directory = BUILD / "aml" / "qemu"
    directory.mkdir(parents=True, exist_ok=True)
    monitor_path, image = directory / f"{name}.qmp", directory / f"{name}.mem"
    memory = [] if "-m" in arguments else ["-m", "64"]
    firmware = ["-bios", MICROVM_BIOS] if name.startswith("microvm") else []
    if name == "pc-old":
        arguments = ["-M", oldest_pc()]
    log = (directory / f"{name}.log").open("w")
    qemu = subprocess.Popen(
        [QEMU, "-accel", "tcg", "-display", "none", "-nodefaults", "-no-user-config",
         "-qmp", f"unix:{monitor_path},server=on,wait=off", *memory, *firmware, *arguments],
        stderr=log)
    try:
        monitor = Monitor(monitor_path, qemu)
        deadline = time.monotonic() + QEMU_DEADLINE
        tables: list[bytes] = []
        while not tables:
            assert time.monotonic() < deadline, "no tables in memory"
            time.sleep(0.5)
            monitor.command("pmemsave", val=0, size=64 << 20, filename=str(image))
            tables = find_tables(image.read_bytes())
    finally:
        qemu.kill()
        qemu.wait()
        log.close()
        image.unlink(missing_ok=True)
        monitor_path.unlink(missing_ok=True)
    paths = []
    for index, table in enumerate(tables):
        path = directory / f"{name}-{index}.aml"
        path.write_bytes(table)
        paths.append(path)
    return paths


MACHINES = {**MICROVM, **PC}


@needs_iasl
@needs_acpiexec
@pytest.mark.skipif(not shutil.which(QEMU), reason="no QEMU")
@pytest.mark.parametrize("name", MACHINES)
def test_qemu_machine(name: str) -> None:
    if name.startswith("microvm") and not Path(MICROVM_BIOS).exists():
        pytest.skip("no SeaBIOS for microvm")
    tables = qemu_tables(name, MACHINES[name])
    devices = amldump(*tables)
    assert devices
    assert devices == namespace(*tables)
    if len(tables) == 1:
        assert devices == disassembly(tables[0])
    if name == "microvm-disk":
        assert "0xfeb02e00 length 0x200" in run(AMLDUMP, *tables)
        check_damaged(tables[0])


def check_damaged(table: Path) -> None:
    """Every prefix and every change of one byte ends cleanly."""
    test = BUILD / "unit" / "test_aml"
    result = subprocess.run([test, table], capture_output=True, text=True, timeout=600, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
