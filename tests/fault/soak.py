# SPDX-License-Identifier: LGPL-3.0-or-later
"""What takes too long for `make check`: `make soak` runs it, in an hour or so.

SOAK_RESETS, SOAK_BOOTS and SOAK_SEEDS change how much.
"""
from __future__ import annotations

import os
from pathlib import Path

import pytest

from harness import BUILD, Drive, Machine
from test_random import run_random
from test_resets import reset_often

RESETS = int(os.environ.get("SOAK_RESETS", "1000"))
BOOTS = int(os.environ.get("SOAK_BOOTS", "50"))
SEEDS = int(os.environ.get("SOAK_SEEDS", "20"))
BOOT_DEADLINE = 900.0


@pytest.mark.parametrize("modern", [False, True], ids=["legacy", "modern"])
def test_resets(modern: bool) -> None:
    reset_often(f"soak-resets-{modern}", RESETS, modern)


@pytest.mark.parametrize("seed", range(101, 101 + SEEDS))
def test_random_calls(seed: int, tmp_path: Path) -> None:
    run_random(f"soak-random-{seed}", tmp_path, seed, modern=bool(seed % 2))


@pytest.mark.parametrize("number", range(BOOTS))
def test_boot(number: int) -> None:
    """A distribution's image to its login prompt, by either transport, with one CPU or two."""
    image = Drive(BUILD / "images/debian-cloud.qcow2", format="qcow2")
    with Machine("soak-boot", [image], memory="512M", modern=bool(number % 2),
                 cpus=1 + number // 2 % 2) as machine:
        machine.expect("petrel login: ", BOOT_DEADLINE)
