# SPDX-License-Identifier: LGPL-3.0-or-later
"""Static checks of the sources, in a clone or in an unpacked tarball: shellcheck on scripts."""
from __future__ import annotations

import fnmatch
import shutil
import subprocess
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
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
    result = subprocess.run([tool, *arguments, "--", *files], cwd=TOP, capture_output=True,
                            text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr


def test_shell_scripts() -> None:
    check("shellcheck", "shellcheck", [], [name for name in tracked() if is_shell(name)])
