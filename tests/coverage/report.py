# SPDX-License-Identifier: LGPL-3.0-or-later
"""Runs the programs that coverage.mk has built, and prints which part of the lines and
branches of src they have reached, by folder and in all.

    report.py DIRECTORY UNIT-TEST... -- FUZZ-TARGET...

The ROM's objects in DIRECTORY/rom are never run: they say which lines there are. Branches
of a line are told apart by their order, which is the source's in every build."""
from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
CORPUS = TOP / "tests/fuzz/corpus"
SOURCES = "src/"
TIMEOUT = 900.0
AT_A_TIME = 2
OBJECTS_AT_ONCE = 50

Place = tuple[str, int]  # file, line


class Counts:
    """How often each line was run, and each branch taken."""

    def __init__(self) -> None:
        self.lines: dict[Place, int] = defaultdict(int)
        self.branches: dict[Place, list[int]] = {}

    def add_line(self, place: Place, count: int, branches: list[int]) -> None:
        self.lines[place] += count
        old = self.branches.get(place, [])
        if len(old) < len(branches):
            old = old + [0] * (len(branches) - len(old))
        for i, taken in enumerate(branches):
            old[i] += taken
        if old:
            self.branches[place] = old

    def add(self, document: dict) -> None:
        for file in document["files"]:
            path = os.path.normpath(os.path.join(document["current_working_directory"],
                                                 file["file"]))
            name = os.path.relpath(path, TOP)
            if not name.startswith(SOURCES):
                continue
            for line in file["lines"]:
                self.add_line((name, line["line_number"]), line["count"],
                              [branch["count"] for branch in line["branches"]])


def run(directory: Path, name: str, arguments: list[str]) -> None:
    for old in (directory / name).rglob("*.gcda"):
        old.unlink()
    result = subprocess.run([directory / name / "run", *arguments], cwd=TOP, text=True,
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, errors="replace",
                            timeout=TIMEOUT, check=False)
    if result.returncode:
        sys.exit(f"{name} exits with {result.returncode}\n{result.stdout}")


def documents(objects: list[Path]) -> Iterator[dict]:
    """What gcov says of these objects: a line of JSON for each."""
    for i in range(0, len(objects), OBJECTS_AT_ONCE):
        output = subprocess.run(["gcov", "--json-format", "--stdout", "--branch-probabilities",
                                 *objects[i:i + OBJECTS_AT_ONCE]], cwd=TOP, text=True,
                                stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                check=True).stdout
        yield from map(json.loads, filter(None, output.splitlines()))


def percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:5.1f} %" if whole else "      -"


def table(counts: Counts, group: dict[str, str]) -> None:
    """A row for each group of files, by the file's name."""
    rows: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for (name, _), count in counts.lines.items():
        for row in (rows[group[name]], rows["all"]):
            row[0] += count > 0
            row[1] += 1
    for (name, _), taken in counts.branches.items():
        for row in (rows[group[name]], rows["all"]):
            row[2] += sum(count > 0 for count in taken)
            row[3] += len(taken)
    total = rows.pop("all")
    print(f"{'':32}{'lines':>18}{'branches':>20}")
    for name, row in [*sorted(rows.items()), ("all", total)]:
        print(f"{name:32}{row[0]:5} of {row[1]:5} {percent(row[0], row[1])}"
              f"{row[2]:6} of {row[3]:5} {percent(row[2], row[3])}")


def main() -> None:
    directory = Path(sys.argv[1]).resolve()
    split = sys.argv.index("--")
    jobs = [(name, list[str]()) for name in sys.argv[2:split]]
    jobs += [(name, [str(seed) for seed in sorted((CORPUS / name.removeprefix("fuzz_")).iterdir())])
             for name in sys.argv[split + 1:]]
    with ThreadPoolExecutor(AT_A_TIME) as pool:
        list(pool.map(lambda job: run(directory, *job), jobs))
    counts = Counts()
    for document in documents(sorted(directory.rglob("*.o"))):
        counts.add(document)
    names = {name for name, _ in counts.lines}
    if os.environ.get("FILES"):
        table(counts, {name: name for name in names})
        print()
    table(counts, {name: os.path.dirname(name) for name in names})


if __name__ == "__main__":
    main()
