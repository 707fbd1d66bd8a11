# SPDX-License-Identifier: LGPL-3.0-or-later
"""How many single changes of the sources the tests notice.

A mutant is one line of src with one change (operators.py). Lines are drawn uniformly from
all lines of code, by a hash of the seed and of what they hold: a line somewhere else that
comes or goes leaves the sample as it is. What does not compile, or makes the same code, is no
mutant. Of the unit tests those run that are built with the mutated file; with --boot, what
they let live is built into a ROM that boot tests run (BOOT_TESTS). The survivors are
printed. equivalent.txt lists those that no test can notice, each with its reason; they
don't count."""
from __future__ import annotations

import argparse
import hashlib
import os
import resource
import shlex
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import NoReturn

import operators

TOP = Path(__file__).resolve().parents[2]
EQUIVALENT = Path(__file__).with_name("equivalent.txt")
CC = shlex.split(os.environ.get("CC", "gcc"))
OBJCOPY = os.environ.get("OBJCOPY", "objcopy")

# Programs that a script runs, which knows what is right.
SCRIPTS = {"terminal_driver": "tests/unit/test_terminal.py",
           "amldump": "tests/unit/test_aml_tables.py"}

# Where the boot tests are that see most of a file, by the start of its path.
BOOT_TESTS = (
    ("src/boot/optionrom", ["tests/qemu/test_optionrom.py"]),
    ("src/boot/boot", ["tests/qemu/test_boot_order.py", "tests/qemu/test_failures.py"]),
    ("src/boot/menu", ["tests/qemu/test_boot_order.py", "tests/qemu/test_menus.py"]),
    ("src/boot/candidate", ["tests/qemu/test_boot_order.py", "tests/qemu/test_failures.py"]),
    ("src/boot/", ["tests/qemu/test_kernel.py"]),
    ("src/console/", ["tests/qemu/test_console.py", "tests/qemu/test_keys.py"]),
    ("src/hw/uart", ["tests/qemu/test_console.py", "tests/qemu/test_keys.py"]),
    ("src/hw/virtio/console", ["tests/qemu/test_console.py", "tests/qemu/test_keys.py"]),
    ("src/hw/debugcon", ["tests/qemu/test_log.py"]),
    ("src/hw/reset", ["tests/qemu/test_reset.py", "tests/qemu/test_failures.py"]),
    ("src/hw/storage/", ["tests/qemu/test_disks.py", "tests/qemu/test_media.py"]),
    ("src/hw/virtio/scsi", ["tests/qemu/test_disks.py", "tests/qemu/test_media.py"]),
    ("src/hw/virtio/", ["tests/qemu/test_disks.py", "tests/qemu/test_dma.py",
                        "tests/qemu/test_failures.py"]),
    ("src/hw/", ["tests/qemu/test_cpus.py", "tests/qemu/test_counts.py",
                 "tests/qemu/test_machines.py"]),
    ("src/fw/", ["tests/qemu/test_memory.py", "tests/qemu/test_failures.py"]),
    ("src/block/", ["tests/qemu/test_disks.py", "tests/qemu/test_readahead.py",
                    "tests/qemu/test_media.py"]),
    ("src/bios/", []),
    ("src/lib/", ["tests/qemu/test_log.py", "tests/qemu/test_arena.py"]),
    ("src/", ["tests/qemu/test_reset.py", "tests/qemu/test_counts.py",
              "tests/qemu/test_boot_order.py"]),
)
BOOT_ALWAYS = ["tests/qemu/test_guest.py"]
BOOT_DEADLINE = 60  # what a boot test waits for is there in seconds

# What hangs is known by the processor's time that it uses, which no other work on the host
# makes longer; in all, only what waits for ever takes so long as TIMEOUT.
TIMEOUT = 1800.0
TEST_CPU = 10       # seconds of processor time at least, ...
TEST_SLOWER = 5     # ... or so many times what the test takes when all is well
SCRIPT_CPU = 120    # of each process
SCRIPT_MEMORY = 4 << 30  # bytes, of a script and of the program whose output it collects


@dataclass(frozen=True)
class Program:
    name: str
    flags: tuple[str, ...]
    sources: tuple[str, ...]

    def compile_flags(self) -> list[str]:
        return [flag for flag in self.flags if not flag.startswith("-Wl,")]


@dataclass
class Plan:
    rom: Program
    link: Program
    programs: list[Program] = field(default_factory=list)


@dataclass
class Mutant:
    path: str
    line: int  # from 1
    old: str
    new: str
    kind: str
    verdict: str = ""
    killed_by: str = ""

    def key(self) -> tuple[str, str, str]:
        return self.path, self.old.strip(), self.new.strip()

    def text(self) -> str:
        lines = (TOP / self.path).read_text().split("\n")
        lines[self.line - 1] = self.new
        return "\n".join(lines)

    def show(self) -> str:
        return f"{self.path}:{self.line}\n-{self.old}\n+{self.new}"


def read_plan(path: Path) -> Plan:
    fields = [line.strip().split("\t") for line in path.read_text().splitlines() if line.strip()]
    found: dict[str, list[Program]] = {"rom": [], "link": [], "test": [], "tool": []}
    for what, name, flags, sources in fields:
        found[what].append(Program(name, tuple(shlex.split(flags)), tuple(sources.split())))
    return Plan(found["rom"][0], found["link"][0],
                found["test"] + [tool for tool in found["tool"] if tool.name in SCRIPTS])


running: set[int] = set()  # sessions that run() has started


def run(command: list[str], timeout: float, quiet: bool = False,
        **more: object) -> subprocess.CompletedProcess[str]:
    """With all that it has started ended, if it takes too long: then its result is -9. Quiet,
    because a mutant may print without end."""
    with subprocess.Popen(command, cwd=TOP, stderr=subprocess.STDOUT,
                          stdout=subprocess.DEVNULL if quiet else subprocess.PIPE,
                          text=True, errors="replace", start_new_session=True,
                          stdin=subprocess.DEVNULL, **more) as process:  # type: ignore
        running.add(process.pid)
        try:
            output, _ = process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            output, _ = process.communicate()
        running.discard(process.pid)
        return subprocess.CompletedProcess(command, process.returncode, output)


def end(*_: object) -> NoReturn:
    """A mutant may hang for long: nothing that was started goes on alone."""
    for session in list(running):
        os.killpg(session, signal.SIGKILL)
    os._exit(1)


# --- choosing -------------------------------------------------------------------------------

def number(*what: object) -> int:
    return int.from_bytes(hashlib.sha256(repr(what).encode()).digest()[:8], "big")


def draw(paths: list[str], seed: int) -> Iterator[Mutant]:
    """Mutants of all lines of code in the order of the seed, one for each line."""
    lines = []
    for path in paths:
        original = (TOP / path).read_text()
        texts = original.split("\n")
        code = operators.blanked(original).split("\n")
        seen: dict[str, int] = {}
        for i, text in enumerate(texts):
            if not operators.is_code(code[i]):
                continue
            seen[text] = seen.get(text, 0) + 1
            lines.append((number(seed, path, text, seen[text]), path, i, text, code[i],
                          code[i - 1] if i else ""))
    for order, path, i, text, code_line, before in sorted(lines):
        found = list(operators.changes(code_line.rstrip(), before.rstrip()))
        if not found:
            continue
        kinds = sorted({change[0] for change in found})
        kind = kinds[number(order, "kind") % len(kinds)]
        of_kind = [change for change in found if change[0] == kind]
        _, start, end, instead = of_kind[number(order, "change") % len(of_kind)]
        # What is changed around is taken from the text, which still has its strings.
        inner, outer = code_line[start:end], text[start:end]
        if instead != inner and inner in instead:
            instead = instead.replace(inner, outer)
        yield Mutant(path, i + 1, text, text[:start] + instead + text[end:], kind)


def equivalents() -> dict[tuple[str, str, str], str]:
    """Of each entry: path, the line with -, the mutated one with +, the reason."""
    found = {}
    for entry in EQUIVALENT.read_text().split("\n\n"):
        lines = [line for line in entry.strip().splitlines() if not line.startswith("#")]
        if not lines:
            continue
        if len(lines) < 4 or lines[1][0] != "-" or lines[2][0] != "+":
            sys.exit(f"{EQUIVALENT}: path, -line, +line and a reason are wanted:\n{entry}")
        found[lines[0], lines[1][1:].strip(), lines[2][1:].strip()] = " ".join(lines[3:])
    return found


# --- building and running -------------------------------------------------------------------

class Workshop:
    """Objects of the sources as they are, by which a mutant costs one compilation for each
    set of flags and a link for each program."""

    def __init__(self, directory: Path, plan: Plan) -> None:
        self.directory = directory
        self.plan = plan
        self.times: dict[str, float] = {}
        self.uses: dict[tuple[str, str], set[str]] = {}
        self.locks: dict[Path, threading.Lock] = {}
        self.originals: set[Path] = set()
        self.lock = threading.Lock()

    def base_object(self, program: Program, source: str) -> Path:
        flags = hashlib.sha256(repr(program.compile_flags()).encode()).hexdigest()[:12]
        return self.directory / "base" / flags / f"{source}.o"

    def make_base(self, program: Program, source: str) -> Path:
        """An object and the list of what it includes, if they are older than any of it."""
        path = self.base_object(program, source)
        with self.lock:
            lock = self.locks.setdefault(path, threading.Lock())
        with lock:
            depends = path.with_suffix(".d")
            if not self.is_new(path, depends):
                path.parent.mkdir(parents=True, exist_ok=True)
                result = run([*CC, *program.compile_flags(), "-MMD", "-MF", str(depends),
                              "-c", "-o", str(path), source], TIMEOUT)
                if result.returncode:
                    sys.exit(result.stdout)
        return path

    @staticmethod
    def includes(depends: Path) -> list[str]:
        names = depends.read_text().replace("\\\n", " ").split()[1:]
        return [os.path.relpath(TOP / name, TOP) for name in names]

    def is_new(self, path: Path, depends: Path) -> bool:
        if not path.exists() or not depends.exists():
            return False
        made = path.stat().st_mtime
        return all((TOP / name).exists() and (TOP / name).stat().st_mtime < made
                   for name in self.includes(depends))

    def prepare(self, jobs: int) -> None:
        parts = [(program, source) for program in self.plan.programs for source in program.sources]
        parts += [(self.plan.rom, source) for source in self.plan.rom.sources]
        with ThreadPoolExecutor(jobs) as pool:
            list(pool.map(lambda part: self.make_base(*part), parts))
        for program, source in parts:
            depends = self.base_object(program, source).with_suffix(".d")
            self.uses[program.name, source] = set(self.includes(depends))

    def time_of(self, name: str) -> float:
        """Seconds of processor time that a test takes when all is well; nothing else runs."""
        if name not in self.times:
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            result = run([str(self.directory.parent / "unit" / name)], TIMEOUT)
            if result.returncode:
                sys.exit(f"{name} fails without a mutation:\n{result.stdout}")
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            self.times[name] = after.ru_utime - before.ru_utime
        return self.times[name]

    def compile_rom(self, source: Path, to: Path) -> bool:
        """Without what a debugger wants, which tells more than the code does."""
        flags = [flag for flag in self.plan.rom.flags if flag != "-g"]
        return not run([*CC, *flags, "-c", "-o", str(to), str(source)], TIMEOUT).returncode

    def make_original(self, path: str) -> Path:
        """The ROM's object of a source as it is; made anew in each run."""
        to = self.directory / "original" / f"{path}.o"
        with self.lock:
            lock = self.locks.setdefault(to, threading.Lock())
        with lock:
            if to not in self.originals:
                to.parent.mkdir(parents=True, exist_ok=True)
                if not self.compile_rom(TOP / path, to):
                    sys.exit(f"{path} does not compile")
                self.originals.add(to)
        return to

    def is_mutant(self, mutant: Mutant, work: Path) -> bool:
        """Whether it compiles, to other code than before."""
        source = work / "tree" / mutant.path
        source.parent.mkdir(parents=True, exist_ok=True)
        source.write_text(mutant.text())
        original = self.make_original(mutant.path)
        if not self.compile_rom(source, work / "mutant.o"):
            return False
        return original.read_bytes() != (work / "mutant.o").read_bytes()

    def build(self, program: Program, mutant: Mutant, work: Path) -> Path | None:
        """The program with the mutant; None if that does not compile."""
        tree = work / "tree"
        objects = []
        for source in program.sources:
            if mutant.path not in self.uses[program.name, source]:
                objects.append(self.base_object(program, source))
                continue
            path = work / "objects" / program.name / f"{source}.o"
            path.parent.mkdir(parents=True, exist_ok=True)
            from_tree = tree / source
            if source != mutant.path:  # a test that includes the source itself
                from_tree.parent.mkdir(parents=True, exist_ok=True)
                from_tree.write_text((TOP / source).read_text())
                for header in (TOP / "src/lib").glob("*.h"):
                    (tree / "src/lib").mkdir(parents=True, exist_ok=True)
                    shutil.copy(header, tree / "src/lib")
            result = run([*CC, *program.compile_flags(), "-c", "-o", str(path), str(from_tree)],
                         TIMEOUT)
            if result.returncode:
                return None
            objects.append(path)
        to = work / "unit" / program.name if program.name not in SCRIPTS else \
            work / ("" if program.name == "amldump" else "unit") / program.name
        to.parent.mkdir(parents=True, exist_ok=True)
        result = run([*CC, *program.flags, "-o", str(to), *map(str, objects)], TIMEOUT)
        return to if not result.returncode else None

    def passes(self, program: Program, mutant: Mutant, work: Path) -> bool:
        binary = self.build(program, mutant, work)
        if not binary:
            return False
        if program.name in SCRIPTS:
            if not (work / "aml").exists():
                (work / "aml").symlink_to(self.directory.parent.resolve() / "aml")
            environment = {**os.environ, "BUILD": str(work)}
            limits = [f"--cpu={SCRIPT_CPU}"]
            if "-m32" in program.flags:  # AddressSanitizer in 64 bits reserves far more
                limits.append(f"--as={SCRIPT_MEMORY}")
            command = ["prlimit", *limits, sys.executable, "-m", "pytest", "-q", "-x", "-p",
                       "no:cacheprovider", SCRIPTS[program.name]]
            return not run(command, TIMEOUT, quiet=True, env=environment).returncode
        seconds = max(TEST_CPU, int(TEST_SLOWER * self.time_of(program.name)))
        command = ["prlimit", f"--cpu={seconds}", str(binary)]
        return not run(command, TIMEOUT, quiet=True).returncode

    def concerned(self, mutant: Mutant) -> list[Program]:
        found = [program for program in self.plan.programs
                 if any(mutant.path in self.uses[program.name, source]
                        for source in program.sources)]
        return sorted(found, key=lambda program: (program.name in SCRIPTS,
                                                  self.times.get(program.name, 0)))

    def judge(self, mutant: Mutant) -> Mutant:
        work = self.directory / f"work-{number(*mutant.key()):016x}"
        shutil.rmtree(work, ignore_errors=True)
        work.mkdir(parents=True)
        if not self.is_mutant(mutant, work):
            mutant.verdict = "none"
        else:
            mutant.verdict = "lives"
            for program in self.concerned(mutant):
                if not self.passes(program, mutant, work):
                    mutant.verdict, mutant.killed_by = "killed", program.name
                    break
        shutil.rmtree(work)
        return mutant

    def boot(self, mutant: Mutant) -> None:
        """Boot tests with a ROM of the mutant, until one fails."""
        work = self.directory / "boot"
        shutil.rmtree(work, ignore_errors=True)
        work.mkdir(parents=True)
        self.is_mutant(mutant, work)
        build = self.directory.parent
        replaced = str(build / "rom" / Path(mutant.path).with_suffix(".o"))
        objects = [str(work / "mutant.o") if name == replaced else name
                   for name in self.plan.link.sources]
        elf, rom = work / "petrel.elf", work / "mutant.bin"
        for command in ([*CC, *self.plan.link.flags, "-o", str(elf), *objects],
                        [sys.executable, "scripts/check_rom.py", str(elf)],
                        [OBJCOPY, "-O", "binary", "-j", ".code", "-j", ".fseg", "-j", ".fixed",
                         "--gap-fill", "0", str(elf), str(rom)],
                        [sys.executable, "scripts/check_rom.py", str(elf), str(rom)]):
            if run(command, TIMEOUT).returncode:
                mutant.verdict, mutant.killed_by = "killed", "link"
                return
        tests = next(tests for start, tests in BOOT_TESTS if mutant.path.startswith(start))
        result = run([sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider",
                      *tests, *BOOT_ALWAYS], TIMEOUT,
                     env={**os.environ, "BIOS": str(rom), "TEST_DEADLINE": str(BOOT_DEADLINE)})
        if result.returncode:
            failed = [line for line in result.stdout.splitlines() if line.startswith("FAILED")]
            mutant.verdict = "killed"
            mutant.killed_by = failed[0] if failed else "boot tests"


# --- the whole ------------------------------------------------------------------------------

def judge_all(workshop: Workshop, drawn: Iterator[Mutant], known: dict[tuple[str, str, str], str],
              wanted: int, jobs: int) -> list[Mutant]:
    """The first mutants of those that are drawn, judged; of equivalent ones as many more."""
    judged: list[Mutant] = []
    counted = 0
    with ThreadPoolExecutor(jobs) as pool:
        while counted < wanted:
            batch = list(islice(drawn, wanted - counted))
            if not batch:
                break
            new = [mutant for mutant in batch if mutant.key() not in known]
            for mutant in pool.map(workshop.judge, new):
                if mutant.verdict == "none":
                    continue
                judged.append(mutant)
                counted += 1
                print(f"{counted}: {mutant.verdict} {mutant.killed_by}: {mutant.show()}",
                      flush=True)
            for mutant in batch:
                if mutant.key() in known:
                    mutant.verdict = "equivalent"
                    judged.append(mutant)
    return judged


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--directory", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--mutants", type=int, default=150)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--only", default="src/", help="start of the path of what is mutated")
    parser.add_argument("--boot", action="store_true", help="boot tests for survivors")
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    plan = read_plan(arguments.directory / "plan")
    workshop = Workshop(arguments.directory, plan)
    workshop.prepare(arguments.jobs)
    for program in plan.programs:
        if program.name not in SCRIPTS:
            workshop.time_of(program.name)
    paths = [path for path in plan.rom.sources if path.startswith(arguments.only)]
    judged = judge_all(workshop, draw(paths, arguments.seed), equivalents(), arguments.mutants,
                       arguments.jobs)
    survivors = [mutant for mutant in judged if mutant.verdict == "lives"]
    if arguments.boot:
        for mutant in survivors:
            workshop.boot(mutant)
            print(f"{mutant.show()}\n  {mutant.killed_by or 'lives on'}", flush=True)
    counts = {verdict: sum(mutant.verdict == verdict for mutant in judged)
              for verdict in ("killed", "lives", "equivalent")}
    total = counts["killed"] + counts["lives"]
    print(f"seed {arguments.seed}: {total} mutants of {len({m.path for m in judged})} files, "
          f"{counts['killed']} killed ({100 * counts['killed'] / max(total, 1):.1f} %), "
          f"{counts['equivalent']} equivalent left out")
    return 0


if __name__ == "__main__":
    sys.exit(main())
