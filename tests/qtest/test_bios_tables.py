# SPDX-License-Identifier: LGPL-3.0-or-later
"""QEMU's own bios-tables-test, its cases for a microvm: what a firmware must leave in
memory for a guest, by the judgment of those who make the tables.

`make bios-tables-test` gets the source of the QEMU that is installed; without it, or with
another QEMU, the cases are skipped.
"""
from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
TOP = HERE.parents[1]
BUILD = TOP / os.environ.get("BUILD", "build")
BIOS = Path(os.environ.get("BIOS", BUILD / "bios-microvm.bin"))
QEMU = shutil.which(os.environ.get("QEMU", "qemu-system-x86_64"))
WORK = BUILD / "qtest"
PROGRAM = WORK / "bios-tables-test"
CASES = "/x86_64/acpi/microvm"
DEADLINE = 1200

# Finds our ROM by its name. Distributions' QEMU has no accelerator named qtest, of which
# the program asks nothing where there is tcg.
WRAPPER = """#!/bin/bash
arguments=()
while (($#)); do
    if [[ $1 == -accel && ${{2-}} == qtest ]]; then shift 2; continue; fi
    arguments+=("$1")
    shift
done
exec {qemu} -L {roms} "${{arguments[@]}}"
"""


def release(version: str) -> str:
    found = re.search(r"\b(\d+\.\d+)\.\d+", version)
    assert found, version
    return found[1]


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """The directory to start it in, and its environment."""
    if not (WORK / "version").exists():
        pytest.skip("QEMU's source is not there: make bios-tables-test gets it")
    assert QEMU
    text = subprocess.run([QEMU, "--version"], check=True, capture_output=True, text=True).stdout
    source = (WORK / "source/VERSION").read_text()
    if release(text) != release(source):
        pytest.skip(f"QEMU is {release(text)}, the source is that of {release(source)}")
    if not PROGRAM.exists() or PROGRAM.stat().st_mtime < (HERE / "build").stat().st_mtime:
        built = subprocess.run([HERE / "build", WORK], capture_output=True, text=True, check=False)
        assert built.returncode == 0, built.stderr
    directory = tmp_path_factory.mktemp("qtest")
    (directory / "roms").mkdir()
    shutil.copy(BIOS, directory / "roms/bios-microvm.bin")
    (directory / "tests").symlink_to(WORK / "source/tests")
    wrapper = directory / "qemu-system-x86_64"
    wrapper.write_text(WRAPPER.format(qemu=QEMU, roms=directory / "roms"))
    wrapper.chmod(0o755)
    return directory, {**os.environ, "QTEST_QEMU_BINARY": str(wrapper), "TMPDIR": str(directory)}


def run(program: tuple[Path, dict[str, str]], *arguments: str) -> str:
    directory, environment = program
    result = subprocess.run([PROGRAM, *arguments], cwd=directory, env=environment, timeout=DEADLINE,
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    assert result.returncode == 0, result.stdout
    return result.stdout


def test_microvm(program: tuple[Path, dict[str, str]]) -> None:
    cases = [line for line in run(program, "-l").splitlines() if line.startswith(CASES)]
    assert len(cases) >= 7, cases
    passed = re.findall(r"^ok \d+ (\S+)$", run(program, "--tap", "-p", CASES), re.MULTILINE)
    assert sorted(passed) == sorted(cases)
