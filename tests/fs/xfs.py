# SPDX-License-Identifier: LGPL-3.0-or-later
"""What mkfs.xfs makes an XFS file system of, and those that Linux has made."""
from __future__ import annotations

import lzma
import os
from pathlib import Path

from trees import Tree

HERE = Path(__file__).resolve().parent
# mkfs.xfs makes file systems below 300 MiB for those who test only.
ENVIRONMENT = {**os.environ, "PATH": f"{os.environ['PATH']}:/usr/sbin:/sbin", "TEST_DIR": "1",
               "TEST_DEV": "1", "QA_CHECK_FS": "1"}


def prototype(tree: Tree, top: Path) -> str:
    """mkfs.xfs -p: a line for each file, `$` behind those of a directory."""
    lines = ["/dev/null", "0 0", "d--755 0 0"]

    def add(directory: str) -> None:
        for path in sorted(path for path in tree if path.rpartition("/")[0] == directory):
            name, content = path.rpartition("/")[2], tree[path]
            if content is None:
                lines.append(f"{name} d--755 0 0")
                add(path)
                lines.append("$")
            elif isinstance(content, str):
                lines.append(f"{name} l--777 0 0 {content}")
            else:
                lines.append(f"{name} ---644 0 0 {top / path}")

    add("")
    return "\n".join([*lines, "$", ""])


def fixture(name: str, to: Path) -> Path:
    to.write_bytes(lzma.decompress((HERE / "fixtures" / name).read_bytes()))
    return to
