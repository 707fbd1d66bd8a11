# SPDX-License-Identifier: LGPL-3.0-or-later
"""Static checks of the sources, in a clone or in an unpacked tarball: shellcheck on scripts,
clang-format, cppcheck and gcc's analyzer on C."""
from __future__ import annotations

import fnmatch
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]
BUILD = os.environ.get("BUILD", "build")
CLANG_FORMAT = 14
SHELLS = (b"#!/bin/sh", b"#!/bin/bash", b"#!/usr/bin/env bash", b"#!/usr/bin/env sh")


def tracked(*patterns: str) -> list[str]:
    """The sources' names, relative to TOP; those that one of the patterns matches."""
    names = subprocess.run([TOP / "scripts/dist", "--list"], capture_output=True, text=True,
                           check=True).stdout.splitlines()
    return [name for name in names
            if not patterns or any(fnmatch.fnmatch(name, pattern) for pattern in patterns)]


def is_shell(name: str) -> bool:
    with open(TOP / name, "rb") as file:
        return name.endswith(".sh") or file.readline().strip().startswith(SHELLS)


def check(tool: str, package: str, arguments: list[str], files: list[str]) -> None:
    assert files
    assert shutil.which(tool), f"{tool} is missing: install the package {package}"
    result = subprocess.run([tool, *arguments, *files], cwd=TOP, capture_output=True,
                            text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr


def test_shell_scripts() -> None:
    check("shellcheck", "shellcheck", [], [name for name in tracked() if is_shell(name)])


def test_format() -> None:
    """Each version of clang-format has its own mind; the tree follows Debian 12's."""
    assert shutil.which("clang-format"), "clang-format is missing: install the package clang-format"
    version = subprocess.run(["clang-format", "--version"], capture_output=True, text=True,
                             check=True).stdout
    if not re.search(rf"version {CLANG_FORMAT}\.", version):
        pytest.skip(f"needs clang-format {CLANG_FORMAT}, here is {version.strip()}")
    check("clang-format", "clang-format", ["--dry-run", "-Werror"], tracked("*.c", "*.h"))


def test_cppcheck() -> None:
    """comparePointers: the linker's symbols. The interrupt vectors are at address 0."""
    check("cppcheck", "cppcheck",
          ["--quiet", "--error-exitcode=1", "--enable=warning,performance,portability",
           "--suppress=comparePointers", "--suppress=nullPointer:src/bios/vectors.c",
           "--std=c11", "--platform=unix32", f"--include={BUILD}/config.h", "-I", "src"],
          tracked("src/*.c"))


def test_analyzer() -> None:
    """The ROM's sources through gcc -fanalyzer, whose warnings are errors."""
    result = subprocess.run(["make", "objects", "ANALYZE=1", f"BUILD={BUILD}/analyzer"], cwd=TOP,
                            capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
