# SPDX-License-Identifier: LGPL-3.0-or-later
"""Static checks of what git tracks: shellcheck on shell scripts."""
from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]
SHELLS = (b"#!/bin/sh", b"#!/bin/bash", b"#!/usr/bin/env bash", b"#!/usr/bin/env sh")


def tracked(*patterns: str) -> list[str]:
    if not (TOP / ".git").exists():
        pytest.skip("not a git checkout")
    result = subprocess.run(["git", "ls-files", "-z", "--", *patterns], cwd=TOP,
                            capture_output=True, text=True, check=True)
    return [name for name in result.stdout.split("\0") if name and (TOP / name).is_file()]


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
