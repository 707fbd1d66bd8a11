# SPDX-License-Identifier: LGPL-3.0-or-later
"""Lets the tests in this directory use the harness of tests/qemu."""
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "qemu"))
