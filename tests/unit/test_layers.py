# SPDX-License-Identifier: LGPL-3.0-or-later
"""Which folder of src includes which: one direction, no circles."""
from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path

SRC = Path(__file__).resolve().parents[2] / "src"

# A folder may include itself, what is named here, and what lies below it.
MAY_INCLUDE = {
    "lib": {"lib"},
    "block": {"block", "lib"},
    "fs": {"fs", "block", "lib"},
    "console": {"console", "lib", "hw"},
    "bios": {"bios", "block", "console", "lib", "hw"},
    "boot": {"boot", "fs", "block", "console", "bios", "fw", "lib"},
    # Chips, and the interfaces that drivers of chips implement.
    "hw": {"hw", "lib", "console/console.h", "console/keyboard.h",
           "console/scancode.h", "block/disk.h", "block/disks.h", "bios/wallclock.h",
           "console/framebuffer.h", "fw/aml.h", "fw/fw_cfg.h"},
    # The host's tables, which also tell which drivers there are to be found.
    "fw": {"fw", "lib", "hw/io.h", "hw/driver.h"},
}
# The memory layout, which everybody shares but who knows nothing of a PC.
LAYOUT = {"layout.h", "bda.h", "entry.h"}
KNOWS_NO_PC = {"lib"}

INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"', re.MULTILINE)


def sources() -> dict[str, list[str]]:
    """What each source includes, by names relative to src."""
    paths = sorted(path for pattern in ("*.c", "*.h", "*.S") for path in SRC.rglob(pattern))
    return {str(path.relative_to(SRC)): INCLUDE.findall(path.read_text()) for path in paths}


def may_include(folder: str, header: str) -> bool:
    if header in LAYOUT:
        return folder not in KNOWS_NO_PC
    return header in MAY_INCLUDE[folder] or header.partition("/")[0] in MAY_INCLUDE[folder]


def test_headers_exist() -> None:
    """By their names from src on, so that the rules below see all of them."""
    files = sources()
    missing = [f"{name} includes {header}" for name, headers in files.items()
               for header in headers if header not in files]
    assert not missing, "\n".join(missing)


def test_folders() -> None:
    wrong = []
    for name, headers in sources().items():
        folder, slash, _ = name.partition("/")
        if not slash:  # src itself may include everything
            continue
        assert folder in MAY_INCLUDE, f"{name}: a folder that has no rule here"
        wrong += [f"{name} includes {header}" for header in headers
                  if not may_include(folder, header)]
    assert not wrong, "\n".join(wrong)


def module(name: str) -> str:
    return name.rpartition(".")[0]


def circles(graph: dict[str, set[str]]) -> list[list[str]]:
    """Tarjan's strongly connected components of more than one module."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found: list[list[str]] = []

    def visit(node: str) -> None:
        index[node] = low[node] = len(index)
        stack.append(node)
        for other in sorted(graph[node]):
            if other not in index:
                visit(other)
                low[node] = min(low[node], low[other])
            elif other in stack:
                low[node] = min(low[node], index[other])
        if low[node] == index[node]:
            at = stack.index(node)
            if len(stack) - at > 1:
                found.append(sorted(stack[at:]))
            del stack[at:]

    for node in sorted(graph):
        if node not in index:
            visit(node)
    return found


def test_circles_are_found() -> None:
    graph = {"a": {"b"}, "b": {"c", "d"}, "c": {"a"}, "d": {"e"}, "e": set()}
    assert circles(graph) == [["a", "b", "c"]]


def test_no_circles() -> None:
    """A module is a source and its header."""
    graph: dict[str, set[str]] = defaultdict(set)
    for name, headers in sources().items():
        graph[module(name)] |= {module(header) for header in headers} - {module(name)}
    for headers in list(graph.values()):
        for other in headers:
            graph.setdefault(other, set())
    found = circles(dict(graph))
    assert not found, "\n".join(" <-> ".join(circle) for circle in found)
