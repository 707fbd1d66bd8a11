# SPDX-License-Identifier: LGPL-3.0-or-later
"""`make bench`: Petrel beside other ROMs, by counts that hold on any machine.

Every workload runs on every ROM with the same QEMU, under TCG. The table has

    instructions    of the guest, by its TSC under -icount shift=0,sleep=off (one
                    instruction is one nanosecond; time in HLT passes too)
    accesses        to ports and registers that left the guest, from QEMU's
                    memory_region_ops_* trace, without debug port and marks
    requests        to disks, and the data that they moved

and how many times Petrel's instructions and accesses a ROM takes. docs/performance.md
says more. The environment: QEMU, BIOS (Petrel), BENCH_ROMS ("name=path ..."), BENCH_DEADLINE
(seconds a run may take), JSON (a file to write the results to as well). Arguments
are names of workloads to run, of all by default.
"""
from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "qemu"))

import kernels  # noqa: E402
from harness import BIOS, BUILD, DEBUG_PORT, GUESTS, QEMU, RESULT_PORT  # noqa: E402
from harness import Access, Drive, Machine, MachineError, Request, Trace  # noqa: E402
from test_kernel import KernelMachine, boot, pattern  # noqa: E402

DEADLINE = float(os.environ.get("BENCH_DEADLINE", "600"))
SHORT = min(DEADLINE, 120)   # for what takes seconds: a ROM that hangs does so in each of them
ACCESSES = ["memory_region_ops_read", "memory_region_ops_write"]
REQUESTS = ["virtio_blk_handle_read", "virtio_blk_handle_write", "virtio_scsi_cmd_req",
            "scsi_disk_dma_command_READ", "scsi_disk_dma_command_WRITE",
            "pci_nvme_read", "pci_nvme_write", "ide_dma_cb"]
SECTOR = 512
MIB = 1 << 20
MEMORY = 128            # MiB, the microvm's default
UART_DATA = 0x3F8
CLOUD_IMAGE = BUILD / "images/debian-cloud.img"

# Where distributions put the others. In QEMU's directory some have a link to qboot by the
# name that SeaBIOS has in others.
SEABIOS = ["/usr/share/seabios/bios-microvm.bin", "/usr/share/qemu/bios-microvm.bin"]
QBOOT = ["/usr/share/qemu/qboot.rom", "/usr/share/qboot/bios.bin"]


@dataclass(frozen=True)
class Rom:
    name: str
    path: str
    disks: bool = True  # qboot has no INT 13h


@dataclass
class Result:
    """One workload on one ROM; what was not counted is None."""

    accesses: Counter[str] = field(default_factory=Counter)     # by device
    requests: int = 0
    bytes: int = 0
    instructions: int | None = None
    seconds: float | None = None
    why: str = ""       # there is no result

    @property
    def total(self) -> int:
        return sum(self.accesses.values())


Results = dict[str, Result]     # by workload


def counted(events: Sequence[Event]) -> Result:
    """Accesses and requests; a disk's bytes are those of its reads and writes."""
    accesses = [event for event in events if isinstance(event, Access)
                and event.address not in (DEBUG_PORT, RESULT_PORT)]
    requests = [event for event in events if isinstance(event, Request)]
    return Result(Counter(access.region for access in accesses), len(requests),
                  sum(request.count for request in requests) * SECTOR)


def reason(error: MachineError) -> str:
    return str(error).splitlines()[0]


# --- reset to boot sector --------------------------------------------------

def scsi_disk(image: Path) -> list[str]:
    return ["-device", "virtio-scsi-device,id=scsi",
            "-drive", f"if=none,id=disk,format=raw,snapshot=on,file={image}",
            "-device", "scsi-hd,bus=scsi.0,drive=disk"]


RESET_RUNS = 3
HELLO = GUESTS / "hello_c.img"
RESETS: dict[str, dict[str, Any]] = {
    "reset, virtio-blk": {"drives": [Drive(HELLO)]},
    "reset, virtio-scsi": {"args": scsi_disk(HELLO)},
    "reset, 24 disks": {"drives": [Drive(HELLO)] * 24},
    "reset, 64 CPUs": {"drives": [Drive(HELLO)], "cpus": 64},
    "reset, pic=off,pit=off": {"drives": [Drive(HELLO)], "machine": {"pic": "off", "pit": "off"}},
}


def reset_once(rom: Rom, name: str, *, drives: Sequence[Drive] = (), args: Sequence[str] = (),
               cpus: int = 1, machine: dict[str, Any] | None = None) -> Result:
    with KernelMachine(f"bench-{rom.name}-{name}", drives, args=["-S", *args], cpus=cpus,
                       machine=machine, trace=ACCESSES + REQUESTS, icount=True, debug=False,
                       bios=rom.path, memory=f"{MEMORY}M") as run:
        run.expect_result(r"^done:", SHORT)
        report = run.results()
    found = re.search(r"^start: \w+ tsc ([0-9A-F]+)$", report, re.MULTILINE)
    assert found
    result = counted(run.trace().before_first_line())
    result.instructions = int(found[1], 16)
    return result


def reset(rom: Rom, name: str) -> Results:
    """To the first instructions of a boot sector, which mark it by an empty line. The
    least of some runs: while the BIOS waits for the disk, it counts the host's time."""
    runs = [reset_once(rom, name, **RESETS[name]) for _ in range(RESET_RUNS)]
    least = min(runs, key=lambda result: (result.instructions, result.total))
    if "cpus" in RESETS[name]:
        least.instructions = None   # QEMU counts what waiting processors do not execute
    return {name: least}


# --- INT 13h and INT 10h ---------------------------------------------------

# The name in tests/guest/bench.c, and the name in the table.
CALLS = {
    "read-63+1": "read 64 MiB, 63+1 sectors",
    "read-127": "read 64 MiB, 127 sectors",
    "read-8": "read 64 MiB, 8 sectors",
    "read-1": "read 16 MiB, 1 sector",
    "read-backward": "read 16 MiB backwards, 8 sectors",
    "read-random": "read 16 MiB randomly, 8 sectors",
    "write-63+1": "write 64 MiB, 63+1 sectors",
    "write-127": "write 64 MiB, 127 sectors",
    "write-8": "write 64 MiB, 8 sectors",
    "write-1": "write 16 MiB, 1 sector",
    "write-backward": "write 16 MiB backwards, 8 sectors",
    "write-random": "write 16 MiB randomly, 8 sectors",
    "teletype": "10 screens of 80x25, teletype",
}


def workloads(rom: Rom, guest: str, names: dict[str, str], *, name: str = "",
              until: str = "", **options: Any) -> tuple[Results, str]:
    """What a boot program comes to before the deadline, by the names of its workloads, and
    all that it has said. `until`: the last of them that is waited for."""
    why = "the boot program ended early"
    with Machine(f"bench-{rom.name}-{name or guest}", [Drive(GUESTS / f"{guest}.img")], icount=True,
                 debug=False, bios=rom.path, memory=f"{MEMORY}M",
                 trace=ACCESSES + REQUESTS, **options) as machine:
        try:
            if until:
                machine.expect_result(rf"^end {until} .*\n", DEADLINE)
            else:
                machine.wait_exit(DEADLINE)
        except MachineError as error:
            why = reason(error)
        machine.quit()
        report = machine.results()
    results = {title: Result(why=why) for title in names.values()}
    for line, events in machine.trace().lines():
        match = re.match(r"end (\S+) ([0-9A-F]+) ([0-9A-F]+) \d+$", line)
        if match and match[1] in names:
            result = results[names[match[1]]] = counted(events)
            result.instructions = int(match[2], 16) - int(match[3], 16)
    if "\nFAIL" in report:
        failed = re.findall(r"^FAIL .*$", report, re.MULTILINE)
        print(f"{rom.name}: " + "; ".join(failed), file=sys.stderr)
    return results, report


def calls(rom: Rom) -> tuple[Results, int | None]:
    """INT 13h and INT 10h; the memory above 1 MiB, in KiB, that the memory map keeps from
    the system."""
    results, report = workloads(rom, "bench", CALLS)
    found = re.search(r"^usable (\d+)$", report, re.MULTILINE)
    return results, (MEMORY - 1) * 1024 - int(found[1]) if found else None


# --- the display -----------------------------------------------------------

# The name in tests/guest/vgabench.c, and the name in the table.
DISPLAY = {
    "vga-teletype": "VGA: 10 screens, teletype",
    "vga-scroll": "VGA: 250 times scrolled",
    "vga-window": "VGA: 100 times a window scrolled",
    "vga-mode-3": "VGA: 10 times mode 3",
    "vga-mode-12": "VGA: 10 times mode 12h",
    "vga-mode-13": "VGA: 10 times mode 13h",
    "vga-vesa": "VGA: 10 times mode 118h",
    "vga-teletype-12": "VGA: 35 lines in mode 12h",
    "vga-teletype-13": "VGA: 30 lines of 81 in mode 13h",
    "vga-dots": "VGA: 2,000 dots in mode 12h",
}


def display(rom: Rom) -> Results:
    """isa-vga: Petrel with the VGA BIOS of this tree, others with the one that QEMU has.
    With graphics=off SeaBIOS would write to the serial line as well."""
    roms = ["-L", str(BUILD)] if rom.name == "petrel" else []
    return workloads(rom, "vgabench", DISPLAY, args=["-device", "isa-vga", *roms],
                     machine={"graphics": "on"})[0]


# By the names in vgabench.c, as above, of each display that SeaVGABIOS has a ROM for here.
FRAMEBUFFERS = {
    f"{display}: {title}": (display, workload)
    for display in ("ramfb",)
    for workload, title in (("text-teletype", "10 screens, teletype, and a look for a key"),
                            ("text-scroll", "250 times scrolled"))
}


def framebuffer(rom: Rom, display: str) -> Results:
    """Petrel shows the screen by itself, SeaBIOS by the ROM of the display. Neither has a
    serial line."""
    names = {workload: title for title, (of, workload) in FRAMEBUFFERS.items() if of == display}
    return workloads(rom, "vgabench", names, name=display, until=list(names)[-1],
                     args=["-device", display], serial=False, machine={"graphics": "on"})[0]


# --- the same read on every kind of disk -----------------------------------

# Arguments for a drive called "disk". Petrel has them on a microvm with PCIe, where its
# peer has nothing: that one runs on a q35.
KINDS: dict[str, list[str]] = {
    "read 64 MiB, 63+1 sectors, virtio-blk-pci": ["-device", "virtio-blk-pci,drive=disk"],
    "read 64 MiB, 63+1 sectors, virtio-scsi-pci": [
        "-device", "virtio-scsi-pci,id=scsi", "-device", "scsi-hd,bus=scsi.0,drive=disk"],
    "read 64 MiB, 63+1 sectors, NVMe": ["-device", "nvme,serial=1,drive=disk"],
    "read 64 MiB, 63+1 sectors, AHCI": [
        "-device", "ich9-ahci,id=ahci", "-device", "ide-hd,bus=ahci.0,drive=disk"],
    "read 64 MiB, 63+1 sectors, usb-storage": [
        "-device", "qemu-xhci", "-device", "usb-storage,drive=disk"],
    "read 64 MiB, 63+1 sectors, usb-uas": [
        "-device", "qemu-xhci", "-device", "usb-uas,id=uas",
        "-device", "scsi-hd,bus=uas.0,drive=disk"],
}
Q35_BIOS = ["/usr/share/seabios/bios-256k.bin", "/usr/share/qemu/bios-256k.bin"]


def kind(rom: Rom, name: str) -> Results:
    """The boot program's first workload, by which GRUB reads."""
    board, machine, bios = "microvm", {"pcie": "on"}, rom.path
    if rom.name == "seabios":
        board, machine = "q35", {}
        bios = next((path for path in Q35_BIOS if Path(path).is_file()), "")
        if not bios:
            raise MachineError("no BIOS for q35 is installed")
    drive = ["-drive", f"if=none,id=disk,format=raw,snapshot=on,file={GUESTS / 'bench.img'}"]
    with Machine(f"bench-{rom.name}-{name}", board=board, machine=machine, icount=True,
                 debug=False, bios=bios, memory=f"{MEMORY}M", trace=ACCESSES + REQUESTS,
                 args=[*drive, *KINDS[name]]) as run:
        run.expect_result(r"^end read-63\+1 .*\n", DEADLINE)
        run.quit()
    for line, events in run.trace().lines():
        match = re.match(r"end read-63\+1 ([0-9A-F]+) ([0-9A-F]+) \d+$", line)
        if match:
            result = counted(events)
            result.instructions = int(match[1], 16) - int(match[2], 16)
            return {name: result}
    raise MachineError("the boot program did not read")


# --- reset to kernel -------------------------------------------------------

KERNELS: dict[str, Callable[[], bytes]] = {
    "kernel (bzImage), 64 MiB initrd": lambda: kernels.bzimage(
        setup=(GUESTS / "setup32.bin").read_bytes()),
    "kernel (PVH), 64 MiB initrd": kernels.pvh,
}


def kernel(rom: Rom, name: str) -> Results:
    """To the first instructions of the 32-bit kernel."""
    initrd = pattern("bench", 64 * MIB)
    try:
        with boot(f"bench-{rom.name}-{name}", KERNELS[name](), initrd=initrd, icount=True,
                          trace=ACCESSES + REQUESTS, debug=False, bios=rom.path,
                          memory=f"{MEMORY}M") as machine:
            machine.wait_exit(SHORT)
            report = kernels.Report(machine.results())
    finally:
        initrd.unlink()
    result = counted(machine.trace().before_first_line())
    if not report.complete:
        raise MachineError("the kernel has not come to its end")
    result.instructions = report.numbers("tsc")[0]
    return {name: result}


# --- the cloud image -------------------------------------------------------

CLOUD = "cloud image to the kernel's first line"
FIRST_LINE = "Linux version"
TIMED_RUNS = 3


def cloud_machine(rom: Rom, trace: Sequence[str], fw_cfg: dict[str, Path | str] | None = None
                  ) -> Machine:
    return Machine(f"bench-{rom.name}-cloud", [Drive(CLOUD_IMAGE)], memory="256M",
                   bios=rom.path, debug=False, trace=trace, fw_cfg=fw_cfg)


def cloud(rom: Rom) -> Results:
    """From reset to the kernel's first line on the serial line. Counted in one run, timed
    in others, because a trace takes time; the shortest counts. The counts end at the last
    disk request, the firmware's and the boot loader's: what comes then is the kernel
    calibrating clocks."""
    with cloud_machine(rom, ACCESSES + REQUESTS) as machine:
        machine.expect(FIRST_LINE, DEADLINE)
    events = list(until_printed(machine.trace(), FIRST_LINE))
    last = max(i for i, event in enumerate(events) if isinstance(event, Request))
    result = counted(events[:last + 1])
    result.seconds = seconds_to_first_line(rom)
    return {CLOUD: result}


def seconds_to_first_line(rom: Rom, fw_cfg: dict[str, Path | str] | None = None) -> float:
    times = []
    for _ in range(TIMED_RUNS):
        start = time.monotonic()
        with cloud_machine(rom, (), fw_cfg) as machine:
            machine.expect(FIRST_LINE, DEADLINE)
            times.append(time.monotonic() - start)
    return round(min(times), 1)


# The same image by its grub.cfg: Petrel reads that itself, others run GRUB.
DIRECT = "cloud image to the kernel's first instruction"
CLOUD_BOOT = f"{CLOUD_IMAGE}?offset={262144 * SECTOR}"    # tests/image/build-cloud-image


def with_test_kernel(work: Path) -> Path:
    """The image with a kernel as large as its own that reports when it was entered."""
    def debugfs(commands: str, *options: str, image: str = CLOUD_BOOT) -> str:
        (work / "commands").write_text(commands)
        return subprocess.run(["/sbin/debugfs", *options, "-f", work / "commands", image],
                              capture_output=True, text=True, check=True).stdout

    found = re.search(r"/(vmlinuz-[^/]+)/(\d+)/", debugfs("ls -p /boot\n"))
    assert found, "the image has no kernel"
    code = kernels.payload()
    head = kernels.bzimage(setup=(GUESTS / "setup32.bin").read_bytes())
    kernel = work / "kernel"
    kernel.write_bytes(kernels.bzimage(setup=(GUESTS / "setup32.bin").read_bytes(),
                                       code=code.ljust(int(found[2]) - len(head) + len(code)),
                                       init_size=64 * MIB))
    image = work / CLOUD_IMAGE.name
    subprocess.run(["cp", "--sparse=always", "--reflink=auto", CLOUD_IMAGE, image], check=True)
    debugfs(f"cd /boot\nrm {found[1]}\nwrite {kernel} {found[1]}\n", "-w",
            image=CLOUD_BOOT.replace(str(CLOUD_IMAGE), str(image)))
    return image


def direct(rom: Rom) -> Results:
    fw_cfg: dict[str, Path | str] = {"opt/org.petrel/direct": "on"} if rom.name == "petrel" else {}
    with tempfile.TemporaryDirectory() as work:
        with Machine(f"bench-{rom.name}-direct", [Drive(with_test_kernel(Path(work)))],
                     memory="256M", bios=rom.path, debug=False, fw_cfg=fw_cfg, icount=True,
                     trace=ACCESSES + REQUESTS) as machine:
            machine.wait_exit(DEADLINE)
            report = kernels.Report(machine.results())
    result = counted(machine.trace().before_first_line())
    if not report.complete:
        raise MachineError("the kernel has not come to its end")
    result.instructions = report.numbers("tsc")[0]
    result.seconds = seconds_to_first_line(rom, fw_cfg)
    return {DIRECT: result}


def until_printed(trace: Trace, text: str) -> Iterator[Event]:
    """What happened until the UART had been given this text."""
    last = ""
    for event in trace.events:
        yield event
        if isinstance(event, Access) and event.write and event.address == UART_DATA:
            last = (last + chr(event.value & 0xFF))[-len(text):]
            if last == text:
                return


# --- everything ------------------------------------------------------------

def installed(name: str, paths: list[str], disks: bool = True) -> list[Rom]:
    """The first of these files that is there; none that is qboot where disks are asked for."""
    for path in map(Path, paths):
        if path.is_file() and not (disks and "qboot" in str(path.resolve())):
            return [Rom(name, str(path), disks)]
    print(f"{name} is not installed: {' '.join(paths)}", file=sys.stderr)
    return []


def all_roms() -> list[Rom]:
    roms = [Rom("petrel", BIOS), *installed("seabios", SEABIOS),
            *installed("qboot", QBOOT, disks=False)]
    for word in os.environ.get("BENCH_ROMS", "").split():
        name, _, path = word.partition("=")
        if not Path(path).is_file():
            raise SystemExit(f"BENCH_ROMS: {word!r} is not name=path of a file")
        roms.append(Rom(name, path))
    return roms


def attempt(name: str, run: Callable[..., Results], *args: Any) -> Results:
    try:
        return run(*args)
    except MachineError as error:
        return {name: Result(why=reason(error))}


def run_all(rom: Rom, wanted: Callable[[str], bool]) -> tuple[Results, int | None]:
    results: Results = {}
    kept = None
    if rom.disks:
        for name in filter(wanted, RESETS):
            results |= attempt(name, reset, rom, name)
    for name in filter(wanted, KERNELS):
        results |= attempt(name, kernel, rom, name)
    for name in filter(wanted, KINDS if rom.disks else ()):
        results |= attempt(name, kind, rom, name)
    if rom.disks and any(map(wanted, CALLS.values())):
        some, kept = calls(rom)
        results |= {name: result for name, result in some.items() if wanted(name)}
    if rom.disks and any(map(wanted, DISPLAY.values())):
        results |= {name: result for name, result in display(rom).items() if wanted(name)}
    for of in {of for title, (of, _) in FRAMEBUFFERS.items() if rom.disks and wanted(title)}:
        results |= {name: result for name, result in framebuffer(rom, of).items()
                    if wanted(name)}
    if rom.disks and wanted(CLOUD):
        results |= attempt(CLOUD, cloud, rom) if CLOUD_IMAGE.is_file() else \
            {CLOUD: Result(why="no image: make check-image builds it")}
    if rom.disks and wanted(DIRECT) and CLOUD_IMAGE.is_file():
        results |= attempt(DIRECT, direct, rom)
    return results, kept


COLUMNS = ["workload", "ROM", "instructions", "ratio", "accesses", "ratio", "requests", "MiB",
           "seconds", "accesses by device"]


def ratio(value: int | None, base: int | None) -> str:
    if value is None or base is None:
        return "-"
    return f"{value / base:.3g}" if base else ("1" if not value else "-")


def row(name: str, rom: str, result: Result, base: Result) -> list[str]:
    if result.why:
        return [name, rom] + ["-"] * 7 + [result.why]
    if base.why:
        base = Result()
    devices = ", ".join(f"{device} {count:,}" for device, count in result.accesses.most_common())
    return [name, rom,
            "-" if result.instructions is None else f"{result.instructions:,}",
            ratio(result.instructions, base.instructions),
            f"{result.total:,}", ratio(result.total, base.total), f"{result.requests:,}",
            f"{result.bytes / MIB:.3g}", "-" if result.seconds is None else f"{result.seconds}",
            devices]


def table(results: dict[str, Results]) -> str:
    """A Markdown table that can be read as it is."""
    rows = [COLUMNS]
    for name in [*RESETS, *KERNELS, *CALLS.values(), *KINDS, *DISPLAY.values(), *FRAMEBUFFERS,
                 CLOUD, DIRECT]:
        base = results["petrel"].get(name)
        rows += [row(name, rom, some[name], base) for rom, some in results.items()
                 if base and name in some]
    widths = [max(len(cells[i]) for cells in rows) for i in range(len(COLUMNS) - 1)]
    lines = []
    for cells in rows:
        padded = [cell.ljust(width) if i < 2 else cell.rjust(width)
                  for i, (cell, width) in enumerate(zip(cells, widths))]
        lines.append(f"| {' | '.join(padded)} | {cells[-1]} |")
    lines.insert(1, "|" + "|".join("-" * (width + 1) + ("-" if i < 2 else ":")
                                   for i, width in enumerate(widths)) + "|---|")
    return "\n".join(lines)


def main(arguments: list[str]) -> None:
    def wanted(name: str) -> bool:
        return not arguments or any(word in name for word in arguments)

    version = subprocess.run([QEMU, "--version"], capture_output=True, text=True,
                             check=True).stdout.splitlines()[0]
    results: dict[str, Results] = {}
    kept: dict[str, int | None] = {}
    for rom in all_roms():
        print(f"running {rom.name}: {rom.path}", file=sys.stderr)
        results[rom.name], kept[rom.name] = run_all(rom, wanted)
    print(version)
    print(table(results))
    for name, kib in kept.items():
        if kib is not None:
            print(f"memory above 1 MiB kept from the system by {name}: {kib} KiB")
    if os.environ.get("JSON"):
        rows = {name: {title: vars(result) for title, result in some.items()}
                for name, some in results.items()}
        Path(os.environ["JSON"]).write_text(json.dumps(
            {"qemu": version, "kept_kib": kept, "results": rows}, indent=1) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
