# SPDX-License-Identifier: LGPL-3.0-or-later
"""The firmware builds with each option of Kconfig the other way round, and with all of
them off: what a driver offers must not be missed by what stays."""
from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]
BUILD = os.environ.get("BUILD", "build")


def bool_options() -> dict[str, bool]:
    """Kconfig's options that are on or off, and their defaults."""
    options: dict[str, bool] = {}
    name = ""
    for line in (TOP / "Kconfig").read_text().splitlines():
        words = line.split()
        if line.startswith("config "):
            name = words[1]
        elif words[:1] == ["bool"]:
            options[name] = False
        elif words == ["default", "y"]:
            options[name] = True
    return options


OPTIONS = bool_options()
CONFIGS = {name: {name: not on} for name, on in OPTIONS.items()}
CONFIGS["all off"] = dict.fromkeys(OPTIONS, False)
CONFIGS["all on"] = dict.fromkeys(OPTIONS, True)


def symbols(*arguments: str | Path) -> set[str]:
    output = subprocess.run(["nm", "--format=just-symbols", *arguments], capture_output=True,
                            text=True, check=True).stdout
    return {line for line in output.splitlines() if line and not line.endswith(":")}


def undefined(directory: Path) -> set[str]:
    """What objects need and nobody has. The linker does not look at what is never called."""
    objects = sorted((directory / "rom").rglob("*.o"))
    return (symbols("--undefined-only", *objects) - symbols("--defined-only", *objects) -
            symbols(directory / "petrel.elf"))


@pytest.mark.parametrize("name", CONFIGS)
def test_config(name: str) -> None:
    directory = TOP / BUILD / "configs" / name.replace(" ", "-")
    directory.mkdir(parents=True, exist_ok=True)
    config = directory / "config"
    config.write_text("".join(f"CONFIG_{option}=y\n" if on else f"# CONFIG_{option} is not set\n"
                              for option, on in CONFIGS[name].items()))
    result = subprocess.run(["make", f"BUILD={directory}", f"KCONFIG_CONFIG={config}"], cwd=TOP,
                            capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    assert not undefined(directory)
