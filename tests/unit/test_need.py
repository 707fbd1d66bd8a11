# SPDX-License-Identifier: LGPL-3.0-or-later
"""What is not installed is one line of make's, with the package that has it."""
from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]
OTHERS = "or run scripts/setup"


def program(path: Path, text: str) -> str:
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return str(path)


def make(goal: str, *variables: str, path: str | None = None) -> subprocess.CompletedProcess[str]:
    """A dry run, by a make that no other one has called."""
    environment = {name: value for name, value in os.environ.items()
                   if name not in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS")}
    if path:
        environment["PATH"] = path
    return subprocess.run(["make", "-n", *variables, goal], cwd=TOP, env=environment, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)


def check_missing(result: subprocess.CompletedProcess[str], what: str, packages: str) -> None:
    assert result.returncode == 2
    lines = result.stderr.splitlines()
    assert len(lines) == 1, result.stderr
    assert f"no {what}: install {packages}, {OTHERS}" in lines[0]
    assert not result.stdout


def python_without(directory: Path, module: str) -> str:
    """make's PYTHON, which has all but one module."""
    text = f'case "$*" in *{module}*) echo Traceback >&2; exit 1 ;; esac\nexec {sys.executable} "$@"'
    return f"PYTHON={program(directory / 'python', text)}"


@pytest.mark.parametrize("goal", ["all", "check", "run"])
def test_compiler(goal: str) -> None:
    check_missing(make(goal, "CC=no-such-gcc -pipe"), "C compiler (no-such-gcc -pipe)",
                  "gcc (Debian), gcc (Fedora)")


def test_python() -> None:
    check_missing(make("all", "PYTHON=no-such-python"), "no-such-python",
                  "python3 (Debian), python3 (Fedora)")


@pytest.mark.parametrize("goal", ["all", "menuconfig"])
def test_kconfiglib(tmp_path: Path, goal: str) -> None:
    check_missing(make(goal, python_without(tmp_path, "kconfiglib")), "kconfiglib",
                  "python3-kconfiglib (Debian), python3-kconfiglib (Fedora)")


def test_pytest(tmp_path: Path) -> None:
    check_missing(make("check-qemu", python_without(tmp_path, "pytest")), "pytest",
                  "python3-pytest (Debian), python3-pytest (Fedora)")


@pytest.mark.parametrize("goal", ["check", "check-unit", "check-fs", "tools"])
def test_library_for_32_bits(tmp_path: Path, goal: str) -> None:
    compiler = program(tmp_path / "gcc", 'case "$*" in *limits.h*) exit 1 ;; esac\nexec gcc "$@"')
    check_missing(make(goal, f"CC={compiler}"), "C library for 32 bits",
                  "gcc-multilib (Debian), glibc-devel.i686 libgcc.i686 (Fedora)")


def path_without(directory: Path, name: str) -> str:
    """A PATH on which all programs are but one."""
    for place in reversed(os.environ["PATH"].split(":")):
        for file in Path(place).glob("*"):
            link = directory / file.name
            link.unlink(missing_ok=True)
            if file.name != name:
                link.symlink_to(file)
    return str(directory)


def test_iasl(tmp_path: Path) -> None:
    path = path_without(tmp_path, "iasl")
    check_missing(make("check-unit", path=path), "iasl", "acpica-tools (Debian), acpica-tools (Fedora)")
    # What a package's build runs.
    assert make("check-unit", "UNIT_TESTS=tests/unit/test_unit.py", path=path).returncode == 0


@pytest.mark.parametrize("goal", ["check", "check-fs", "bench"])
def test_tools_of_file_systems(tmp_path: Path, goal: str) -> None:
    check_missing(make(goal, path=path_without(tmp_path, "mcopy")), "mcopy",
                  "mtools (Debian), mtools (Fedora)")


@pytest.mark.parametrize("goal", ["check", "check-fuzz"])
def test_clang(goal: str) -> None:
    check_missing(make(goal, "CLANG=no-such-clang"), "clang (no-such-clang)",
                  "clang libclang-rt-dev (Debian), clang compiler-rt (Fedora)")


@pytest.mark.parametrize("goal", ["help", "clean", "dist"])
def test_nothing_is_needed(goal: str) -> None:
    result = make(goal, "CC=no-such-gcc", "PYTHON=no-such-python", "CLANG=no-such-clang")
    assert result.returncode == 0, result.stderr
