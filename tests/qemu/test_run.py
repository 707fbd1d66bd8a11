# SPDX-License-Identifier: LGPL-3.0-or-later
"""scripts/run: which accelerator it takes, what it does when KVM fails, and that QEMU
has the terminal, or none.

Where KVM fails QEMU is a shell script that says what QEMU would, and stays.
"""
from __future__ import annotations

import fcntl
import importlib.machinery
import importlib.util
import os
import pty
import re
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType, TracebackType

import pytest

from harness import BIOS, DEADLINE, EXIT_PORT, GUESTS, PASSED, QEMU, RESULT_PORT, TOP

RUN = TOP / "scripts/run"
EXIT_DEVICE = f"-device isa-debug-exit,iobase={EXIT_PORT:#x},iosize=4"


@pytest.fixture(scope="module")
def run() -> ModuleType:
    """The script, as a module."""
    loader = importlib.machinery.SourceFileLoader("run", str(RUN))
    spec = importlib.util.spec_from_loader("run", loader)
    assert spec
    module = importlib.util.module_from_spec(spec)
    # No file beside a script without a suffix.
    sys.dont_write_bytecode, before = True, sys.dont_write_bytecode
    loader.exec_module(module)
    sys.dont_write_bytecode = before
    return module


def write_script(path: Path, text: str) -> str:
    path.write_text(f"#!/bin/sh\n{text}")
    path.chmod(0o755)
    return str(path)


# --- the accelerator ---------------------------------------------------------

INTEL = "processor\t: 0\nflags\t\t: fpu sse2 vmx ssse3\nvmx flags\t: vnmi\n"
AMD = "processor\t: 0\nflags\t\t: fpu sse2 svm\n"
NONE = "processor\t: 0\nvmx flags\t: vmx\nflags\t\t: fpu sse2 hypervisor\n"
MSR = "qemu-system-x86_64: error: failed to set MSR 0x10a to 0x69"


@pytest.mark.parametrize("wanted, cpuinfo, device, qemu, accel, why", [
    ("", INTEL, True, "read line", "kvm", r"works, and the processor has vmx"),
    ("", AMD, True, "read line", "kvm", r"works, and the processor has svm"),
    ("", NONE, True, "exit 0", "tcg", r"no vmx or svm: .*/kvm would be emulated"),
    ("", NONE, False, "exit 0", "tcg", r"no vmx or svm$"),
    ("", "", True, "exit 0", "tcg", r"no vmx or svm"),
    ("", INTEL, False, "exit 0", "tcg", r"there is no .*/kvm$"),
    ("", INTEL, True, f"echo '{MSR}' >&2; echo more >&2; kill -ABRT $$", "tcg",
     rf"is unfit: {MSR}$"),
    ("", INTEL, True, "exit 3", "tcg", "is unfit: QEMU ends with status 3$"),
    ("kvm", NONE, False, "exit 1", "kvm", "ACCEL"),
    ("tcg,thread=single", INTEL, True, "exit 0", "tcg,thread=single", "ACCEL"),
])
def test_accelerator(run: ModuleType, tmp_path: Path, wanted: str, cpuinfo: str, device: bool,
                     qemu: str, accel: str, why: str) -> None:
    if device:
        (tmp_path / "kvm").touch()
    fake = write_script(tmp_path / "qemu", qemu)
    chosen, reason = run.choose_accelerator(wanted, cpuinfo, tmp_path / "kvm", fake)
    assert chosen == accel and re.search(why, reason), (chosen, reason)


def test_accelerator_of_a_device_that_is_closed(run: ModuleType, tmp_path: Path,
                                                monkeypatch: pytest.MonkeyPatch) -> None:
    """os.access() says so, since root, who may run this, opens every file."""
    (tmp_path / "kvm").touch(0)
    monkeypatch.setattr(run.os, "access", lambda *_: False)
    assert run.choose_accelerator("", INTEL, tmp_path / "kvm", "false") == \
        ("tcg", f"{tmp_path}/kvm cannot be opened by this user")


# --- on a terminal -----------------------------------------------------------

def end_all(process: subprocess.Popen[bytes]) -> None:
    """The script, which leads a process group, and what it has started."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.wait()


class OnTerminal:
    """A program on a pseudoterminal of its own."""

    def __init__(self, command: list[str], **environment: str) -> None:
        self.command = command
        self.environment = {**os.environ, **environment}
        self.output = b""
        self.status: int | None = None

    def __enter__(self) -> OnTerminal:
        # The slave stays open here, so that its state can be looked at after the end.
        self.master, self.slave = pty.openpty()
        self.state = termios.tcgetattr(self.slave)
        self.process = subprocess.Popen(
            ["setsid", "--ctty", "--wait", *self.command], env=self.environment,
            stdin=self.slave, stdout=self.slave, stderr=self.slave, cwd=TOP)
        os.set_blocking(self.master, False)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 traceback: TracebackType | None) -> None:
        end_all(self.process)
        os.close(self.master)
        os.close(self.slave)

    def wait(self, condition: Callable[[], object], what: str) -> None:
        end = time.monotonic() + DEADLINE
        while True:
            ended = self.process.poll() is not None
            try:
                while chunk := os.read(self.master, 65536):
                    self.output += chunk
            except BlockingIOError:
                pass
            if condition():
                return
            assert not ended and time.monotonic() < end, \
                f"{what}: {self.output.decode('latin-1')}"
            time.sleep(0.02)

    def expect(self, text: str) -> None:
        """Waits for a text, after which the next one is looked for."""
        wanted = text.encode()
        self.wait(lambda: wanted in self.output, f"no {text!r}")
        self.output = self.output.partition(wanted)[2]

    def type(self, data: bytes) -> None:
        os.write(self.master, data)

    def wait_exit(self) -> int:
        self.wait(lambda: self.process.poll() is not None, "still runs")
        return int(self.process.returncode)

    def is_as_before(self) -> bool:
        """Is the terminal in the state of the beginning?"""
        return termios.tcgetattr(self.slave) == self.state and \
            not fcntl.fcntl(self.slave, fcntl.F_GETFL) & os.O_NONBLOCK


def blank(path: Path) -> str:
    path.write_bytes(bytes(1 << 20))
    return str(path)


def on_terminal(image: str | Path, **environment: str) -> OnTerminal:
    return OnTerminal([sys.executable, str(RUN), str(image)],
                      **{"ACCEL": "tcg", "QEMU": QEMU, "BIOS": BIOS, **environment})


def test_resized_terminal(tmp_path: Path) -> None:
    """QEMU goes on, takes what is typed, and leaves the terminal as it was."""
    with on_terminal(blank(tmp_path / "blank")) as terminal:
        terminal.expect("Accelerator: tcg (ACCEL says so)")
        terminal.expect("no boot signature")
        for rows, columns in ((50, 132), (10, 40), (24, 80)):
            fcntl.ioctl(terminal.master, termios.TIOCSWINSZ,
                        struct.pack("HHHH", rows, columns, 0, 0))
        terminal.type(b"\x01c")
        terminal.expect("(qemu) ")
        assert not terminal.is_as_before()      # raw: each key is the guest's
        terminal.type(b"info status\r")
        terminal.expect("VM status: running")
        terminal.type(b"quit\r")
        assert terminal.wait_exit() == 0
        assert terminal.is_as_before()


def test_interrupt_key_is_the_guests(tmp_path: Path) -> None:
    results = tmp_path / "results"
    results.touch()
    options = (f"{EXIT_DEVICE} -chardev file,id=results,path={results} "
               f"-device isa-debugcon,iobase={RESULT_PORT:#x},chardev=results")
    with on_terminal(GUESTS / "keys.img", QEMU_OPTS=options) as terminal:
        terminal.wait(lambda: "ready\n" in results.read_text(), "the program does not start")
        terminal.type(b"\x03")
        terminal.wait(lambda: "key: 00002E03" in results.read_text(), "no Ctrl-C")
        terminal.type(b"\x01x")
        assert terminal.wait_exit() == 0


# --- without a terminal ------------------------------------------------------

def take_signals() -> None:
    """Whatever started the tests may ignore these: nohup, a shell's &."""
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)


class Without:
    """The script without a terminal. What it says goes to a file."""

    def __init__(self, tmp_path: Path, image: str | Path, stdin: int = subprocess.DEVNULL,
                 **environment: str) -> None:
        self.said = tmp_path / "said"
        with self.said.open("wb") as file:
            self.process = subprocess.Popen(
                [sys.executable, RUN, image], stdin=stdin, stdout=file, stderr=file, cwd=TOP,
                start_new_session=True, preexec_fn=take_signals,
                env={**os.environ, "ACCEL": "tcg", "QEMU": QEMU, "BIOS": BIOS, **environment})

    def __enter__(self) -> Without:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 traceback: TracebackType | None) -> None:
        end_all(self.process)

    @property
    def output(self) -> str:
        return self.said.read_text(errors="replace")

    def expect(self, text: str, file: Path | None = None) -> None:
        """Waits until it has said this, or until this is in a file."""
        end = time.monotonic() + DEADLINE
        while text not in (file or self.said).read_text(errors="replace"):
            assert self.process.poll() is None and time.monotonic() < end, \
                f"no {text!r}: {self.output}"
            time.sleep(0.02)

    def wait_exit(self) -> int:
        return self.process.wait(DEADLINE)


@pytest.mark.parametrize("stdin", [subprocess.DEVNULL, subprocess.PIPE], ids=["null", "pipe"])
def test_ends_with_the_guest(tmp_path: Path, stdin: int) -> None:
    """Its status is QEMU's. The pipe is open all the time."""
    with Without(tmp_path, GUESTS / "hello.img", stdin, QEMU_OPTS=EXIT_DEVICE) as script:
        assert script.wait_exit() == PASSED, script.output
        assert "hello, console" in script.output
        assert "Standard input is no terminal" in script.output


def test_end_of_input_is_no_end(tmp_path: Path) -> None:
    """What was in a pipe that is closed arrives, and then the guest goes on alone. QEMU
    ends by a signal to the script."""
    results = tmp_path / "results"
    results.touch()
    options = (f"-chardev file,id=results,path={results} "
               f"-device isa-debugcon,iobase={RESULT_PORT:#x},chardev=results")
    with Without(tmp_path, GUESTS / "keys.img", subprocess.PIPE, QEMU_OPTS=options) as script:
        assert script.process.stdin
        script.process.stdin.write(b"a")
        script.process.stdin.close()
        script.expect("key: 00001E61", results)
        assert script.process.poll() is None
        script.process.terminate()
        assert script.wait_exit() == 0
        assert "terminating on signal 15" in script.output


# --- when KVM fails ----------------------------------------------------------

# As QEMU 7.2 says it.
FAILURE = """\
cat >&2 <<'END'
qemu-system-x86_64: warning: of something else
KVM internal error. Suberror: 1
extra data[0]: 0x0000000000000000
emulation failure
RAX=0000000000000000 RBX=0000000000000000 RCX=0000000000000000 RDX=0000000000000000
Code=00 00 <f0> 48 0f c7 4d 00 0f 94 c0 c3
END
"""
# QEMU's -accel, and what it does to its terminal.
FAKE = """\
echo $$ > {pid}
case "$*" in
    *"-accel tcg"*) echo "this is tcg"; exit 7 ;;
esac
[ ! -t 0 ] || stty raw -echo
echo "this is kvm"
"""
STAYS = "exec sleep 1000\n"


def fake_qemu(tmp_path: Path, text: str, before: str = "") -> str:
    return write_script(tmp_path / "qemu", before + FAKE.format(pid=tmp_path / "pid") + text)


def is_gone(tmp_path: Path) -> bool:
    try:
        os.kill(int((tmp_path / "pid").read_text()), 0)
    except ProcessLookupError:
        return True
    return False


def demo(image: str) -> list[str]:
    """The script with this image in place of its demo disk."""
    return [sys.executable, "-c", f"""if True:
        import importlib.machinery, sys
        from pathlib import Path
        sys.dont_write_bytecode = True
        sys.argv = ["run"]
        run = importlib.machinery.SourceFileLoader("run", {str(RUN)!r}).load_module()
        run.DEMO = Path({image!r})
        run.make_demo = lambda: None
        run.main()"""]


@pytest.mark.parametrize("before", ["", "trap '' TERM\n"],
                         ids=["ends-when-told", "ends-when-killed"])
def test_kvm_fails_with_the_demo(tmp_path: Path, before: str) -> None:
    """One line in place of the registers, a terminal that is as before, and tcg."""
    environment = {"ACCEL": "kvm", "BIOS": BIOS, "IMAGE": "",
                   "QEMU": fake_qemu(tmp_path, FAILURE + STAYS, before)}
    with OnTerminal(demo(blank(tmp_path / "demo.img")), **environment) as terminal:
        terminal.expect("Accelerator: kvm (ACCEL says so)")
        terminal.expect("this is kvm")
        terminal.expect("warning: of something else")
        terminal.expect("KVM has stopped the guest (KVM internal error. Suberror: 1). "
                        "Once more without it:")
        shown = terminal.output
        terminal.expect("this is tcg")
        assert terminal.wait_exit() == 7
        assert terminal.is_as_before()
        assert b"RAX" not in shown + terminal.output and b"Code" not in shown + terminal.output


@pytest.mark.parametrize("persist", ["0", "1"])
def test_kvm_fails_with_an_image(tmp_path: Path, persist: str) -> None:
    """Nothing is started again: says how to, and leaves no QEMU behind."""
    with Without(tmp_path, blank(tmp_path / "disk"), ACCEL="kvm", PERSIST=persist,
                 QEMU=fake_qemu(tmp_path, FAILURE + STAYS)) as script:
        assert script.wait_exit() == 1
        output = script.output
    assert "KVM has stopped the guest (KVM internal error. Suberror: 1)." in output
    assert "ACCEL=tcg runs it without KVM." in output
    assert ("What it wrote is kept." in output) == (persist == "1")
    assert "this is tcg" not in output and "RAX" not in output
    assert is_gone(tmp_path)


def test_kvm_with_the_persistent_demo(tmp_path: Path) -> None:
    environment = {"ACCEL": "kvm", "QEMU": fake_qemu(tmp_path, FAILURE + STAYS), "BIOS": BIOS,
                   "IMAGE": "", "PERSIST": "1"}
    with OnTerminal(demo(blank(tmp_path / "demo.img")), **environment) as terminal:
        terminal.expect("What it wrote is kept. ACCEL=tcg runs it without KVM.")
        assert terminal.wait_exit() == 1


@pytest.mark.parametrize("ending, status", [("exit 33\n", 33), ("kill -SEGV $$\n", 128 + 11)])
def test_status_under_kvm(tmp_path: Path, ending: str, status: int) -> None:
    """An end of QEMU's own is passed on as it is, and so is what it says."""
    with Without(tmp_path, blank(tmp_path / "disk"), ACCEL="kvm",
                 QEMU=fake_qemu(tmp_path, "echo complaint >&2\n" + ending)) as script:
        assert script.wait_exit() == status
        assert "complaint\n" in script.output


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_signals_reach_qemu_under_kvm(tmp_path: Path, number: signal.Signals) -> None:
    with Without(tmp_path, blank(tmp_path / "disk"), ACCEL="kvm",
                 QEMU=fake_qemu(tmp_path, STAYS)) as script:
        script.expect("this is kvm")
        script.process.send_signal(signal.SIGWINCH)
        script.process.send_signal(number)
        assert script.wait_exit() == 128 + number
    assert is_gone(tmp_path)
