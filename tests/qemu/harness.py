# SPDX-License-Identifier: LGPL-3.0-or-later
"""Run a QEMU machine with the ROM under test and watch it.

A Machine is described by keyword arguments, started as a context manager and
then driven: expect() what it prints on the serial line, results() of the boot
program on its own port, qmp() and monitor() commands, wait_exit().

    with Machine("name", drives=[Drive("build/guest/hello.img")]) as machine:
        machine.expect("hello")
        assert machine.wait_exit() == PASSED

Everything a run leaves is under build/test/NAME/: the command line, the serial
log, the debug port's log, the results, QEMU's own messages and the trace.

The clock is read for deadlines only. They are long, because test machines are
shared and slow; nothing else may depend on time.
"""
from __future__ import annotations

import fcntl
import functools
import json
import os
import re
import select
import shlex
import socket
import subprocess
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

TOP = Path(__file__).resolve().parents[2]
BUILD = TOP / "build"
GUESTS = BUILD / "guest"
LOGS = BUILD / "test"

QEMU = os.environ.get("QEMU", "qemu-system-x86_64")
BIOS = os.environ.get("BIOS", str(BUILD / "bios-microvm.bin"))
ACCEL = os.environ.get("ACCEL", "tcg")
# "host" without an MSR that some nested KVMs list and do not take.
KVM_CPU = "host,arch-capabilities=off"
# Seconds until something that should happen counts as not happening: on a host that has
# many other things to do, too.
DEADLINE = float(os.environ.get("TEST_DEADLINE", "600"))

RESULT_PORT = 0xE9
DEBUG_PORT = 0x402
EXIT_PORT = 0xF4
# What QEMU returns when a boot program writes 0x10 or 0x11 to isa-debug-exit.
PASSED = 2 * 0x10 + 1
FAILED = 2 * 0x11 + 1


class MachineError(AssertionError):
    """Something that was expected of the machine did not happen."""


@dataclass
class Drive:
    """A disk and how it is attached. The image is never written unless persist."""

    file: str | Path
    device: str = "virtio-blk-device"
    format: str = "raw"
    options: dict[str, Any] = field(default_factory=dict)
    persist: bool = False
    # blkdebug rules, each like {"event": "read_aio", "sector": 0, "errno": 5}
    inject: Sequence[dict[str, Any]] = ()

    def _blockdev(self, number: int) -> dict[str, Any]:
        node: dict[str, Any] = {"driver": "file", "filename": str(self.file),
                                "locking": "off"}
        if self.inject:
            node = {"driver": "blkdebug", "image": node, "inject-error": list(self.inject)}
        return {"driver": self.format, "node-name": f"disk{number}", "file": node,
                "read-only": not self.persist}

    def arguments(self, number: int) -> list[str]:
        device = {"driver": self.device, "id": f"dev{number}", **self.options}
        if self.persist or self.inject:
            return ["-blockdev", json.dumps(self._blockdev(number)),
                    "-device", json.dumps({**device, "drive": f"disk{number}"})]
        # snapshot=on: writable for the guest, the file stays as it is
        path = str(self.file).replace(",", ",,")
        return ["-drive", f"if=none,id=disk{number},format={self.format},snapshot=on,file={path}",
                "-device", json.dumps({**device, "drive": f"disk{number}"})]


@dataclass(frozen=True)
class Access:
    """One access that left the guest: a line of -trace memory_region_ops_*."""

    write: bool
    address: int
    value: int
    size: int
    region: str


@dataclass(frozen=True)
class Request:
    """One request to a disk. A SCSI command that moves no sectors has a count of 0."""

    sector: int
    count: int
    write: bool


@dataclass(frozen=True)
class Completion:
    """A disk has finished a request, and writes to memory for it no more."""


Event = Access | Request | Completion

_COMPLETION = re.compile(rb"virtio_blk_req_complete|virtio_scsi_cmd_resp|pci_nvme_rw_cb|"
                         rb"ahci_cmd_done")
_REQUEST = re.compile(rb"(?:virtio_blk_handle|scsi_disk_dma_command)_(read|write) .*sector (\d+),? "
                      rb"(?:nsectors|count) (\d+)", re.IGNORECASE)
_NVME_REQUEST = re.compile(rb"pci_nvme_(read|write) .* nlb (\d+) .* lba 0x([0-9a-f]+)")
_IDE_REQUEST = re.compile(rb"ide_dma_cb .*sector_num=(\d+) n=(\d+) cmd=DMA (READ|WRITE)")
_IDE_COMMAND = re.compile(rb"ide_(?:bus_)?exec_cmd .*cmd 0x([0-9a-f]+)")
_IDE_TRANSFERS = {0x25, 0x35}
_SCSI_COMMAND = re.compile(rb"virtio_scsi_cmd_req .*cmd=0x([0-9a-f]+)")
_SCSI_TRANSFERS = {0x08, 0x0A, 0x28, 0x2A, 0x88, 0x8A, 0xA8, 0xAA}
_ACCESS = re.compile(rb"memory_region_ops_(read|write) cpu -?\d+ mr \S+ addr 0x([0-9a-f]+) "
                     rb"value 0x([0-9a-f]+) size (\d+)(?: name '([^']*)')?")


class Trace:
    """The accesses and the disk requests of a run and their ends, in order."""

    def __init__(self, path: Path) -> None:
        self.events: list[Event] = []
        with path.open("rb") as file:
            self.events = [event for event in map(self._event, file) if event]
        self.accesses = [event for event in self.events if isinstance(event, Access)]
        self.requests = [event for event in self.events if isinstance(event, Request)]

    @staticmethod
    def _event(line: bytes) -> Event | None:
        found = _ACCESS.search(line)
        if found:
            return Access(found[1] == b"write", int(found[2], 16), int(found[3], 16),
                          int(found[4]), (found[5] or b"").decode())
        found = _REQUEST.search(line)
        if found:
            return Request(int(found[2]), int(found[3]), found[1].lower() == b"write")
        found = _NVME_REQUEST.search(line)
        if found:
            return Request(int(found[3], 16), int(found[2]), found[1] == b"write")
        found = _IDE_REQUEST.search(line)
        if found:
            return Request(int(found[1]), int(found[2]), found[3] == b"WRITE")
        found = _IDE_COMMAND.search(line)
        if found and int(found[1], 16) not in _IDE_TRANSFERS:
            return Request(0, 0, False)
        found = _SCSI_COMMAND.search(line)
        if found and int(found[1], 16) not in _SCSI_TRANSFERS:
            return Request(0, 0, False)
        return Completion() if _COMPLETION.search(line) else None

    def lines(self) -> Iterator[tuple[str, list[Event]]]:
        """Each line on the result port, with what happened after the line before it but
        for the writing of it."""
        text, since = "", list[Event]()
        for event in self.events:
            if not isinstance(event, Access) or not event.write or event.address != RESULT_PORT:
                since.append(event)
            elif event.value == 0x0A:
                yield text, since
                text, since = "", []
            else:
                text += chr(event.value)

    def before_first_line(self) -> list[Event]:
        """What happened from reset up to the first line on the result port, which boot
        sectors and kernels for tests write at once."""
        for _, events in self.lines():
            return events
        raise MachineError("nothing was reported")

    def until_boot_sector(self) -> list[Access]:
        """The accesses of these."""
        return [event for event in self.before_first_line() if isinstance(event, Access)]


def without(accesses: Sequence[Access], *ports: int) -> list[Access]:
    """The accesses but those to these addresses."""
    return [access for access in accesses if access.address not in ports]


def by_region(accesses: Sequence[Access]) -> str:
    """A summary for messages: accesses per region, most first."""
    count = Counter(access.region for access in accesses)
    return ", ".join(f"{region} {number}" for region, number in count.most_common())


class _Stream:
    """One end of a socket pair; the other is a character device of QEMU."""

    def __init__(self, log: Path | None) -> None:
        self.ours, self.theirs = socket.socketpair()
        self.ours.setblocking(False)
        self.data = bytearray()
        self.closed = False
        self.paused = False     # a reader that does not read
        self._log = log.open("wb", buffering=0) if log else None

    def pump(self) -> None:
        while not self.closed and not self.paused:
            try:
                chunk = self.ours.recv(65536)
            except (BlockingIOError, InterruptedError):
                return
            except ConnectionResetError:
                chunk = b""
            if not chunk:
                self.closed = True
                return
            self.data += chunk
            if self._log:
                self._log.write(chunk)

    def chardev(self, name: str) -> list[str]:
        return ["-chardev", f"socket,id={name},fd={self.theirs.fileno()}"]

    def inherited(self) -> list[int]:
        return [self.theirs.fileno()]

    def started(self) -> None:
        """QEMU has its end now."""
        self.theirs.close()

    def readable(self) -> list[socket.socket]:
        """What select() can wait for."""
        return [] if self.closed or self.paused else [self.ours]

    def send(self, data: bytes) -> None:
        self.ours.setblocking(True)
        try:
            self.ours.sendall(data)
        finally:
            self.ours.setblocking(False)

    def close(self) -> None:
        self.ours.close()
        self.theirs.close()
        if self._log:
            self._log.close()


class _Files:
    """A character device that never refuses output: QEMU drops what a virtconsole's reader
    does not take at once, and a socket is full when this process does not run for a
    while. What QEMU writes goes to a file, what it reads comes from a pipe."""

    def __init__(self, log: Path) -> None:
        self.data = bytearray()
        self.paused = False
        self._path = log.with_suffix("")
        output, pipe = f"{self._path}.out", f"{self._path}.in"
        os.mkfifo(pipe)
        self._pipe = os.open(pipe, os.O_RDWR)
        self._output = open(output, "w+b", buffering=0)
        log.symlink_to(Path(output).name)

    def pump(self) -> None:
        if not self._output.closed:
            self.data += self._output.read()

    def chardev(self, name: str) -> list[str]:
        return ["-chardev", f"pipe,id={name},path={self._path}"]

    def inherited(self) -> list[int]:
        return []

    def started(self) -> None:
        pass

    def readable(self) -> list[socket.socket]:
        return []

    def send(self, data: bytes) -> None:
        while data:
            data = data[os.write(self._pipe, data):]

    def close(self) -> None:
        os.close(self._pipe)
        self._output.close()


class Machine:
    """A running QEMU."""

    def __init__(
        self,
        name: str,
        drives: Sequence[Drive] = (),
        *,
        machine: dict[str, Any] | None = None,
        memory: str = "128M",
        cpus: int = 1,
        modern: bool = False,
        trace: Sequence[str] = (),
        icount: bool = False,
        icount_shift: int = 0,
        serial: bool = True,
        debug: bool = True,
        fw_cfg: dict[str, Path | str] | None = None,
        args: Sequence[str] = (),
        buses: Sequence[str] = (),
        board: str = "microvm",
        bios: str | Path | None = None,
        accel: str = ACCEL,
    ) -> None:
        """Describe the machine; entering the context starts it.

        machine: options of -M microvm beside acpi=on,rtc=on,graphics=off; modern: virtio-mmio
        version 2; trace: event patterns; icount: count instructions, one per
        nanosecond, or every 2 ** icount_shift of them; serial: on COM1; without, args may
        attach the chardev "serial"; buses: arguments in front of the drives, which name
        what these define; board: another machine, without these defaults; debug: a device on the debug port; fw_cfg: file name
        to a path or a string.
        """
        self.name = re.sub(r"[^\w.=-]+", "_", name)
        self.directory = LOGS / self.name
        self.directory.mkdir(parents=True, exist_ok=True)
        # Tests that run at the same time must not have machines of one name.
        self._lock = os.open(self.directory, os.O_RDONLY)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self._lock)
            raise MachineError(f"there is a machine named {self.name} already") from None
        for old in self.directory.iterdir():
            if not old.is_dir():
                old.unlink()
        log = self.directory / "serial.log"
        self.serial = _Stream(log) if serial else _Files(log)
        self.result = _Stream(self.directory / "result.log")
        self._qmp = _Stream(None)
        self._qmp_parsed = 0
        self._seen = 0
        self._result_seen = 0
        self.events: list[dict[str, Any]] = []
        self.process: subprocess.Popen[bytes] | None = None
        self.trace_path = self.directory / "trace.log"
        self.command = self._command_line(drives, machine or {}, memory, cpus, modern, trace,
                                          icount_shift if icount else None, serial, debug,
                                          fw_cfg or {}, args, buses, board, bios or BIOS, accel)
        self._starts = "-S" not in args

    def _command_line(self, drives: Sequence[Drive], machine: dict[str, Any], memory: str,
                      cpus: int, modern: bool, trace: Sequence[str], icount: int | None,
                      serial: bool, debug: bool, fw_cfg: dict[str, Path | str],
                      args: Sequence[str], buses: Sequence[str], board: str,
                      bios: str | Path, accel: str) -> list[str]:
        options = dict(machine)
        if board == "microvm":
            options = {"acpi": "on", "rtc": "on", "graphics": "off", **machine}
            if not serial:
                options["isa-serial"] = "off"
        accel = accel if icount is None else "tcg"
        command = [QEMU, "-M", ",".join([board, *(f"{k}={v}" for k, v in options.items())]),
                   "-accel", accel, "-m", memory, "-smp", str(cpus), "-bios", str(bios),
                   "-nodefaults", "-no-user-config", "-display", "none"]
        if not accel.startswith("tcg"):
            command += ["-cpu", KVM_CPU]
        if icount is not None:
            command += ["-icount", f"shift={icount},sleep=off"]
        if modern:
            command += ["-global", "virtio-mmio.force-legacy=false"]
        command += self._qmp.chardev("qmp") + ["-mon", "chardev=qmp,mode=control"]
        command += self.serial.chardev("serial")
        if serial:
            command += ["-serial", "chardev:serial"]
        command += self.result.chardev("result")
        command += ["-device", f"isa-debugcon,iobase={RESULT_PORT:#x},chardev=result"]
        if debug:
            command += ["-chardev", f"file,id=debug,path={self.directory / 'debug.log'}"]
            command += ["-device", f"isa-debugcon,iobase={DEBUG_PORT:#x},chardev=debug"]
        command += ["-device", f"isa-debug-exit,iobase={EXIT_PORT:#x},iosize=4"]
        for event in trace:
            command += ["-trace", event]
        if trace:
            # From QEMU 9 on a notification goes to an ioeventfd under TCG too, and past
            # memory_region_ops_write; and QEMU kicks each queue once by itself.
            command += ["-D", str(self.trace_path)]
            for transport in ("virtio-mmio", "virtio-blk-pci", "virtio-scsi-pci"):
                command += ["-global", f"{transport}.ioeventfd=off"]
        for file, content in fw_cfg.items():
            if isinstance(content, Path):
                command += ["-fw_cfg", f"name={file},file={content}"]
            else:
                command += ["-fw_cfg", f"name={file},string={content}"]
        command += buses
        for number, drive in enumerate(drives):
            command += drive.arguments(number)
        return [*command, *([] if "-S" in args else ["-S"]), *args]

    # Life of the process

    def __enter__(self) -> Machine:
        (self.directory / "command").write_text(shlex.join(self.command) + "\n")
        streams = (self.serial, self.result, self._qmp)
        with (self.directory / "qemu.log").open("wb") as log:
            self.process = subprocess.Popen(
                self.command, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                pass_fds=[fd for stream in streams for fd in stream.inherited()], cwd=TOP)
        for stream in streams:
            stream.started()
        self._handshake()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 traceback: TracebackType | None) -> None:
        self.quit()
        for stream in (self.serial, self.result, self._qmp):
            stream.close()
        os.close(self._lock)

    def quit(self) -> None:
        """End QEMU if it still runs. Buffers of its files are written first."""
        if self.process is None or self.process.poll() is not None:
            return
        self.process.terminate()
        try:
            self.process.wait(DEADLINE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def wait_exit(self, timeout: float = DEADLINE) -> int:
        """Wait until QEMU ends by itself; its exit status."""
        assert self.process is not None
        for _ in self._wait(timeout):
            if self.process.poll() is not None:
                self._pump_all()
                return self.process.returncode
        raise self.failure(f"QEMU still runs after {timeout:.0f} s")

    def alive(self) -> bool:
        """Does QEMU run?"""
        return self.process is not None and self.process.poll() is None

    def _pump_all(self) -> None:
        for stream in (self.serial, self.result, self._qmp):
            stream.pump()

    def _wait(self, timeout: float) -> Iterator[None]:
        """Yield each time something may have happened, until the deadline."""
        end = time.monotonic() + timeout
        while True:
            self._pump_all()
            yield
            left = end - time.monotonic()
            if left <= 0:
                return
            open_streams = [end for stream in (self.serial, self.result, self._qmp)
                            for end in stream.readable()]
            # 0.2 s: the end of the process is no readable stream, nor is a file
            select.select(open_streams, [], [], min(left, 0.2))

    def failure(self, what: str) -> MachineError:
        """An error that says all that one needs to see, as an exception to raise."""
        self._pump_all()
        lines = [what, f"command: {shlex.join(self.command)}", f"logs: {self.directory}"]
        for title, data in (
            ("serial", bytes(self.serial.data)),
            ("result", bytes(self.result.data)),
            ("debug port", self._read("debug.log")),
            ("qemu", self._read("qemu.log")),
        ):
            lines.append(f"--- last lines: {title}")
            lines += [repr(line.decode("latin-1"))[1:-1] for line in data.splitlines()[-15:]]
        return MachineError("\n".join(lines))

    def _read(self, name: str) -> bytes:
        path = self.directory / name
        return path.read_bytes() if path.exists() else b""

    # Serial line

    def expect(self, pattern: str, timeout: float = DEADLINE) -> re.Match[bytes]:
        """Wait for a regular expression on the serial line, after the last one found."""
        return self._expect(self.serial, "_seen", "serial", pattern, timeout)

    def expect_result(self, pattern: str, timeout: float = DEADLINE) -> re.Match[bytes]:
        """The same on the boot program's result port."""
        return self._expect(self.result, "_result_seen", "result", pattern, timeout)

    def _expect(self, stream: _Stream | _Files, position: str, title: str, pattern: str,
                timeout: float) -> re.Match[bytes]:
        assert self.process is not None
        expression = re.compile(pattern.encode("latin-1"), re.MULTILINE)
        for _ in self._wait(timeout):
            ended = self.process.poll() is not None
            if ended:
                self._pump_all()
            found = expression.search(stream.data, getattr(self, position))
            if found:
                setattr(self, position, found.end())
                return found
            if ended:
                raise self.failure(f"QEMU ended ({self.process.returncode}) without "
                                   f"{pattern!r} on the {title} port")
        raise self.failure(f"no {pattern!r} on the {title} port within {timeout:.0f} s")

    def send(self, data: bytes) -> None:
        """Type on the serial line."""
        self.serial.send(data)

    def console(self) -> str:
        """All that came on the serial line so far."""
        self.serial.pump()
        return self.serial.data.decode("latin-1")

    def results(self) -> str:
        """All that the boot program has reported so far."""
        self.result.pump()
        return self.result.data.decode("latin-1")

    def debug_log(self) -> str:
        """All that came on the debug port so far."""
        return self._read("debug.log").decode("latin-1")

    def trace(self) -> Trace:
        """The trace; complete only after the end of QEMU."""
        return Trace(self.trace_path)

    # Monitor

    def _handshake(self) -> None:
        try:
            self._next_message(lambda message: "QMP" in message)
        except MachineError:
            self.quit()
            raise
        self.qmp("qmp_capabilities")
        # Only now, and nobody waits for the answer: a short program ends QEMU first.
        if self._starts:
            self._qmp.ours.sendall(b'{"execute": "cont", "id": "start"}\n')

    def _next_message(self, wanted: Any, timeout: float = DEADLINE) -> dict[str, Any]:
        assert self.process is not None
        for _ in self._wait(timeout):
            while (end := self._qmp.data.find(b"\n", self._qmp_parsed)) >= 0:
                message = json.loads(self._qmp.data[self._qmp_parsed:end])
                self._qmp_parsed = end + 1
                if "event" in message:
                    self.events.append(message)
                if wanted(message):
                    return message
            if self._qmp.closed:
                break
        raise self.failure("QEMU has ended" if self._qmp.closed else
                           "QEMU's monitor does not answer, or not with what is waited for")

    def qmp(self, command: str, **arguments: Any) -> Any:
        """A QMP command; what it returns."""
        request = {"execute": command, "arguments": arguments}
        self._qmp.ours.setblocking(True)
        self._qmp.ours.sendall(json.dumps(request).encode() + b"\n")
        self._qmp.ours.setblocking(False)
        answer = self._next_message(lambda message: ("return" in message or "error" in message)
                                    and "id" not in message)
        if "error" in answer:
            raise self.failure(f"{command}: {answer['error']}")
        return answer["return"]

    def monitor(self, command: str) -> str:
        """A command of the human monitor; what it prints."""
        return str(self.qmp("human-monitor-command", **{"command-line": command}))

    def wait_event(self, name: str, timeout: float = DEADLINE) -> dict[str, Any]:
        """Wait for a QMP event that has not been waited for yet."""
        for event in self.events:
            if event["event"] == name:
                self.events.remove(event)
                return event
        event = self._next_message(lambda message: message.get("event") == name, timeout)
        self.events.remove(event)
        return event

    # Resources

    def cpu_ticks(self) -> int:
        """Processor time that QEMU has used so far, in the kernel's clock ticks."""
        assert self.process is not None
        stat = Path(f"/proc/{self.process.pid}/stat").read_text()
        fields = stat.rpartition(")")[2].split()
        return int(fields[11]) + int(fields[12])  # utime, stime


def run_guest(name: str, guest: str, **options: Any) -> Machine:
    """Boot a program to its end; fail with the lines that failed. The ended machine."""
    drives = options.pop("drives", [Drive(GUESTS / f"{guest}.img")])
    timeout = options.pop("timeout", DEADLINE)
    with Machine(name, drives, **options) as machine:
        finish_guest(machine, timeout)
    return machine


@functools.cache
def kvm_problem() -> str:
    """Why KVM cannot be used; empty if a boot program runs on it. A device that opens
    proves little: some nested ones stop in the middle."""
    if not os.access("/dev/kvm", os.R_OK | os.W_OK):
        return "/dev/kvm cannot be opened"
    # Two processes of pytest may ask at the same time.
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    try:
        with Machine(f"kvm-probe{worker}", [Drive(GUESTS / "hello_c.img")], accel="kvm"
                     ) as machine:
            status = machine.wait_exit()
    except MachineError as error:
        return str(error).splitlines()[0]
    return "" if status == PASSED else f"a boot program ended with status {status}"


def results_of(name: str, guest: str, **options: Any) -> str:
    """What a boot program reports, whether it has passed or not."""
    with Machine(name, [Drive(GUESTS / f"{guest}.img")], **options) as machine:
        if machine.wait_exit() not in (PASSED, FAILED):
            raise machine.failure("QEMU ended, but not by the boot program")
        return machine.results()


def finish_guest(machine: Machine, timeout: float = DEADLINE) -> None:
    """Wait for the end of a boot program's run, which must have passed."""
    status = machine.wait_exit(timeout)
    results = machine.results()
    lines = results.splitlines()
    failed = [line for line in lines if line.startswith("FAIL")]
    if failed:
        raise machine.failure("\n".join(["the boot program found:", *failed]))
    done = re.search(r"^done: (\d+) passed, 0 failed$", results, re.MULTILINE)
    if status != PASSED or not done or int(done[1]) == 0:
        raise machine.failure(f"the boot program ended with status {status} "
                              "and without saying that all passed")
