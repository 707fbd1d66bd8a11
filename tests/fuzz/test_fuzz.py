# SPDX-License-Identifier: LGPL-3.0-or-later
"""Runs each fuzz_*.c here for FUZZ_SECONDS from a copy of its corpus, which is
tests/fuzz/corpus/NAME for fuzz_NAME: two at a time, or one beside other tests."""
from __future__ import annotations

import os
import shutil
import subprocess
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
TOP = HERE.parents[1]
BINARIES = TOP / os.environ.get("BUILD", "build") / "fuzz"
SECONDS = int(os.environ.get("FUZZ_SECONDS", "60"))
GRACE = 600.0  # for reading the corpus, and a slow last input
AT_A_TIME = 1 if "PYTEST_XDIST_WORKER" in os.environ else 2
NAMES = sorted(source.stem for source in HERE.glob("fuzz_*.c"))


def scratch_corpus(name: str) -> Path:
    """A fresh directory with the seeds; libFuzzer adds what it finds."""
    work = BINARIES / "work" / name
    shutil.rmtree(work, ignore_errors=True)
    shutil.copytree(HERE / "corpus" / name.removeprefix("fuzz_"), work / "corpus")
    return work


def run(name: str) -> subprocess.CompletedProcess[str]:
    work = scratch_corpus(name)
    return subprocess.run(
        [BINARIES / name, f"-max_total_time={SECONDS}", "-timeout=300", "-rss_limit_mb=2048",
         "-max_len=8192", "-print_final_stats=1", f"-artifact_prefix={work}/", work / "corpus"],
        cwd=TOP, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
        timeout=SECONDS + GRACE, check=False)


Runs = dict[str, "Future[subprocess.CompletedProcess[str]]"]


@pytest.fixture(scope="module")
def runs(request: pytest.FixtureRequest) -> Runs:
    """Those of the tests that were asked for, started before the first of them waits."""
    names = [item.callspec.params["name"] for item in request.session.items
             if isinstance(item, pytest.Function) and item.function is test_fuzz]
    missing = [name for name in names if not (BINARIES / name).exists()]
    assert not missing, f"{missing} are not there: run `make check-fuzz`"
    pool = ThreadPoolExecutor(AT_A_TIME)
    return {name: pool.submit(run, name) for name in names}


@pytest.mark.parametrize("name", NAMES)
def test_fuzz(name: str, runs: Runs) -> None:
    result = runs[name].result()
    tail = result.stdout[-8000:]
    assert result.returncode == 0, f"{name} found an input, see {BINARIES / 'work' / name}\n{tail}"
    assert "stat::number_of_executed_units" in result.stdout, tail
