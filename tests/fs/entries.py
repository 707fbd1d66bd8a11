# SPDX-License-Identifier: LGPL-3.0-or-later
"""Disks with boot entries, and what lsfs --entries finds on them."""
from __future__ import annotations

import re
import struct
from dataclasses import dataclass, field
from pathlib import Path

from images import BUILD, MIB, lsfs, run, sparse

ESP = "c12a7328-f81f-11d2-ba4b-00a0c93ec93b"
XBOOTLDR = "bc13c2ff-59e6-4262-a352-b275fd6f7172"
LINUX = "0fc63daf-8483-4772-8e79-3d69d8477de4"
START = 1 * MIB     # of the first partition

# Of a file its contents, by its path.
Files = dict[str, "str | bytes"]


@dataclass
class Part:
    """A partition: what it has, how, and where kernels and initrds of no contents go."""
    files: Files
    fs: str = "ext4"
    type: str = LINUX
    empty: list[str] = field(default_factory=list)
    uuid: str = ""
    label: str = ""
    size: int = 48 * MIB


@dataclass
class Entry:
    title: str
    chosen: bool
    id: str = ""
    kind: str = ""
    source: str = ""
    kernel: str = ""
    initrd: list[str] = field(default_factory=list)
    options: str = ""
    refused: str = ""


@dataclass
class Found:
    entries: list[Entry]
    timeout: int | None
    notes: list[str]
    requests: int
    status: int

    @property
    def titles(self) -> list[str]:
        return [entry.title for entry in self.entries]

    @property
    def ids(self) -> list[str]:
        return [entry.id for entry in self.entries]

    @property
    def chosen(self) -> Entry:
        found = [entry for entry in self.entries if entry.chosen]
        assert len(found) == 1, f"{len(found)} entries are the default"
        return found[0]

    def by_id(self, name: str) -> Entry:
        return next(entry for entry in self.entries if entry.id == name)

    def note(self, *words: str) -> bool:
        """Whether a line of the log has these words."""
        return any(all(word in line for word in words) for line in self.notes)


def write_files(top: Path, part: Part) -> None:
    for name, content in [*part.files.items(), *((name, b"") for name in part.empty)]:
        path = top / name.lstrip("/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)


def prototype(top: Path) -> str:
    """For mkfs.xfs."""
    lines = ["/", "0 0", "d--755 0 0"]

    def add(directory: Path) -> None:
        for path in sorted(directory.iterdir()):
            if path.is_dir():
                lines.append(f"{path.name} d--755 0 0")
                add(path)
                lines.append("$")
            else:
                lines.append(f"{path.name} ---644 0 0 {path}")

    add(top)
    return "\n".join([*lines, "$", ""])


def make_volume(image: Path, part: Part, top: Path) -> Path:
    """The file system of one partition, in a file of its own."""
    top.mkdir(parents=True)
    write_files(top, part)
    size = max(part.size, 320 * MIB) if part.fs == "xfs" else part.size
    sparse(image, size)
    if part.fs == "vfat":
        label = ("-n", part.label) if part.label else ()
        uuid = ("-i", part.uuid) if part.uuid else ()
        run("mkfs.vfat", "-F", "32", "-s", "1", *label, *uuid, image)
        if any(top.iterdir()):
            run("mcopy", "-s", "-Q", "-i", image, *sorted(top.iterdir()), "::/")
    elif part.fs == "ext4":
        uuid = ("-U", part.uuid) if part.uuid else ()
        run("mke2fs", "-q", "-t", "ext4", "-L", part.label, *uuid, "-d", top, image)
    elif part.fs == "xfs":
        proto = image.with_suffix(".proto")
        proto.write_text(prototype(top))
        uuid = ("-m", f"uuid={part.uuid}") if part.uuid else ()
        run("mkfs.xfs", "-q", *uuid, "-L", part.label, "-p", proto, image)
    else:
        assert part.fs == "none"
    return image


def make_disk(path: Path, *parts: Part, table: str = "gpt") -> Path:
    """A disk of these partitions; of one without a table if `table` is "none"."""
    volumes = [make_volume(path.with_name(f"{path.name}.{i}"), part,
                           path.with_name(f"{path.name}.tree{i}"))
               for i, part in enumerate(parts, 1)]
    if table == "none":
        return volumes[0].rename(path)
    at, lines = START, [f"label: {table}"]
    for volume, part in zip(volumes, parts):
        size = volume.stat().st_size
        lines.append(f"start={at >> 9}, size={size >> 9}, type={part.type}")
        at += size
    sparse(path, at + MIB)
    run("sfdisk", path, stdin="\n".join(lines) + "\n")
    at = START
    for volume in volumes:
        run("dd", f"if={volume}", f"of={path}", "bs=1M", f"seek={at // MIB}", "conv=notrunc,sparse",
            "status=none")
        at += volume.stat().st_size
        volume.unlink()
    return path


def parse(text: str) -> tuple[list[Entry], int | None]:
    timeout = re.match(r"timeout=(\d+) ms\n", text)
    entries: list[Entry] = []
    for line in text.splitlines():
        if line[0] in "*-":
            entries.append(Entry(line[2:], line[0] == "*"))
        elif line.startswith("  "):
            name, _, value = line.strip().partition("=")
            if name == "initrd":
                entries[-1].initrd.append(value)
            else:
                setattr(entries[-1], name, value)
    return entries, int(timeout[1]) if timeout else None


def find(image: Path) -> Found:
    """What lsfs with sanitizers finds, of the same sources as the firmware's."""
    result = lsfs("--entries", "-s", image)
    entries, timeout = parse(result.text)
    requests = re.search(r"^entries: (\d+) requests", result.messages, re.MULTILINE)
    return Found(entries, timeout, result.messages.splitlines(),
                 int(requests[1]) if requests else 0, result.status)


# --- unified kernel images ---------------------------------------------------------------

def section_header(name: str, data: bytes, offset: int) -> bytes:
    return struct.pack("<8sIIIIIIHHI", name.encode(), len(data), offset, -(-len(data) // 512) * 512,
                       offset, 0, 0, 0, 0, 0x40000040)


def make_pe(sections: list[tuple[str, bytes]], machine: int = 0x8664, headers: int = 4096) -> bytes:
    """A PE file of these sections, in their order, and no program."""
    optional = struct.pack("<H110x", 0x20B)
    table, body = b"", b""
    for name, data in sections:
        table += section_header(name, data, headers + len(body))
        body += data + bytes(-len(data) % 512)
    pe = struct.pack("<4sHHIIIHH", b"PE\0\0", machine, len(sections), 0, 0, 0, len(optional), 0x22E)
    start = b"MZ".ljust(0x3C, b"\0") + struct.pack("<I", 0x80)
    return (start.ljust(0x80, b"\0") + pe + optional + table).ljust(headers, b"\0") + body


def os_release(name: str = "Debian GNU/Linux 13 (trixie)", **fields: str) -> bytes:
    lines = [f'PRETTY_NAME="{name}"', 'NAME="Debian GNU/Linux"', "ID=debian",
             *(f"{key}={value}" for key, value in fields.items())]
    return ("\n".join(lines) + "\n").encode()


__all__ = ["BUILD", "ESP", "LINUX", "XBOOTLDR", "Entry", "Files", "Found", "Part", "find",
           "make_disk", "make_pe", "os_release"]
