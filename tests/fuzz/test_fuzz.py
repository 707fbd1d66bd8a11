# SPDX-License-Identifier: LGPL-3.0-or-later
"""Runs each fuzz_*.c here for FUZZ_SECONDS, from a copy of its corpus, which is
tests/fuzz/corpus/NAME for fuzz_NAME."""
from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
TOP = HERE.parents[1]
BINARIES = TOP / os.environ.get("BUILD", "build") / "fuzz"
SECONDS = int(os.environ.get("FUZZ_SECONDS", "60"))
GRACE = 120.0  # for reading the corpus, and a slow last input
NAMES = sorted(source.stem for source in HERE.glob("fuzz_*.c"))


def scratch_corpus(name: str) -> Path:
    """A fresh directory with the seeds; libFuzzer adds what it finds."""
    work = BINARIES / "work" / name
    shutil.rmtree(work, ignore_errors=True)
    shutil.copytree(HERE / "corpus" / name.removeprefix("fuzz_"), work / "corpus")
    return work


@pytest.mark.parametrize("name", NAMES)
def test_fuzz(name: str) -> None:
    binary = BINARIES / name
    assert binary.exists(), f"{binary} is not there: run `make check-fuzz`"
    work = scratch_corpus(name)
    result = subprocess.run(
        [binary, f"-max_total_time={SECONDS}", "-timeout=10", "-rss_limit_mb=2048",
         "-max_len=8192", "-print_final_stats=1", f"-artifact_prefix={work}/", work / "corpus"],
        cwd=TOP, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
        timeout=SECONDS + GRACE, check=False)
    tail = result.stdout[-8000:]
    assert result.returncode == 0, f"{name} found an input, see {work}\n{tail}"
    assert "stat::number_of_executed_units" in result.stdout, tail
