# SPDX-License-Identifier: LGPL-3.0-or-later
"""Unified kernel images: with systemd's stub by objcopy, with several profiles, damaged."""
from __future__ import annotations

import random
import struct
from pathlib import Path

import pytest

from entries import ESP, LINUX, XBOOTLDR, Part, find, make_disk, make_pe, os_release
from images import run

STUB = Path("/usr/lib/systemd/boot/efi/linuxx64.efi.stub")
KERNEL = b"MZ kernel" + bytes(100_000)
INITRD = b"070701" + bytes(50_001)


def with_stub(path: Path, **sections: bytes) -> bytes:
    """As ukify and the manual of systemd-stub do it: behind the stub's own sections."""
    assert STUB.exists(), f"{STUB} is missing: install systemd-boot-efi"
    headers = run("objdump", "-h", STUB).splitlines()
    last = [line.split() for line in headers if line.strip()[:1].isdigit()][-1]
    address = int(last[3], 16) + int(last[2], 16)
    options: list[str] = []
    for name, data in sections.items():
        address = -(-address // 4096) * 4096
        file = path.with_name(f"{path.name}.{name}")
        file.write_bytes(data)
        options += ["--add-section", f".{name}={file}", "--change-section-vma",
                    f".{name}={address:#x}"]
        address += len(data)
    run("objcopy", *options, STUB, path)
    return path.read_bytes()


def section(text: str) -> tuple[int, int]:
    """Offset and size of a part that lsfs shows."""
    _, offset, size = text.split(" ")
    return int(offset.removeprefix("offset=")), int(size.removeprefix("size="))


def test_systemd_stub(tmp_path: Path) -> None:
    image = with_stub(tmp_path / "image.efi", osrel=os_release(), uname=b"6.12.1-amd64\n",
                      cmdline=b"root=/dev/vda2 quiet\n\0", ucode=b"microcode",
                      initrd=INITRD, linux=KERNEL)
    disk = make_disk(tmp_path / "disk", Part({"EFI/Linux/debian-6.12.1+3-0.efi": image}, "vfat", ESP))
    found = find(disk)
    entry = found.chosen
    assert (entry.title, entry.id, entry.kind) == ("Debian GNU/Linux 13 (trixie)",
                                                   "debian-6.12.1.efi", "uki")
    assert entry.source == "1:/EFI/Linux/debian-6.12.1+3-0.efi"
    assert entry.options == "root=/dev/vda2 quiet"
    for part, wanted in zip([entry.kernel, *entry.initrd], [KERNEL, b"microcode", INITRD]):
        offset, size = section(part)
        assert image[offset:offset + size] == wanted
    assert len(entry.initrd) == 2 and found.timeout is None
    assert found.requests < 20


def test_profiles(tmp_path: Path) -> None:
    """Each is an entry; its sections stand for those of the first part."""
    image = make_pe([(".osrel", os_release()), (".cmdline", b"quiet"), (".initrd", INITRD),
                     (".dtbauto", b"x"), (".hwids", b"x"), (".linux", KERNEL),
                     (".profile", b'ID=regular\nTITLE="Regular boot"\n'),
                     (".profile", b"ID=factory-reset\nTITLE='Factory reset'\n"),
                     (".cmdline", b"quiet systemd.unit=factory-reset.target"),
                     (".profile", b"ID=tm"), (".cmdline", b"storage"), (".initrd", b"other")])
    found = find(make_disk(tmp_path / "disk", Part({"EFI/Linux/a.efi": image}, "vfat", ESP)))
    assert sorted((entry.id, entry.title, entry.options) for entry in found.entries) == [
        ("a.efi", "Debian GNU/Linux 13 (trixie) (Regular boot)", "quiet"),
        ("a.efi@1", "Debian GNU/Linux 13 (trixie) (Factory reset)",
         "quiet systemd.unit=factory-reset.target"),
        ("a.efi@2", "Debian GNU/Linux 13 (trixie)", "storage")]
    assert found.chosen.id == "a.efi"
    assert [section(found.by_id(f"a.efi{n}").initrd[0])[1] for n in ("", "@1", "@2")] == \
        [len(INITRD), len(INITRD), 5]


def test_addons(tmp_path: Path) -> None:
    """In the order of their names; microcode in front."""
    image = make_pe([(".osrel", os_release()), (".cmdline", b"quiet"), (".linux", KERNEL),
                     (".initrd", b"i")])
    files = {"EFI/Linux/a.efi": image,
             "EFI/Linux/a.efi.extra.d/b.addon.efi": make_pe([(".cmdline", b"second")]),
             "EFI/Linux/a.efi.extra.d/a.addon.efi": make_pe([(".cmdline", b"first\n"),
                                                             (".ucode", b"uc")]),
             "EFI/Linux/a.efi.extra.d/c.addon.efi": make_pe([(".linux", b"no")]),
             "loader/addons/all.addon.efi": make_pe([(".cmdline", b"console=ttyS0"),
                                                     (".initrd", b"ini")])}
    entry = find(make_disk(tmp_path / "disk", Part(dict(files), "vfat", ESP))).chosen
    assert entry.options == "quiet console=ttyS0 first second"
    assert [section(part)[1] for part in entry.initrd] == [2, 1, 3]


@pytest.mark.parametrize("where", ["esp", "xbootldr", "mbr", "none", "removable", "linux"])
def test_places(tmp_path: Path, where: str) -> None:
    image = make_pe([(".osrel", os_release("A")), (".linux", KERNEL)])
    name = "EFI/BOOT/BOOTX64.EFI" if where == "removable" else "EFI/Linux/a.efi"
    kind = {"xbootldr": XBOOTLDR, "mbr": "ef", "linux": LINUX}.get(where, ESP)
    table = where if where in ("mbr", "none") else "gpt"
    table = "dos" if table == "mbr" else table
    found = find(make_disk(tmp_path / "disk", Part({name: image}, "vfat", kind), table=table))
    if where == "linux":
        assert found.status == 1 and not found.entries
    else:
        assert found.chosen.title == "A" and found.chosen.source.endswith(name)


def test_order(tmp_path: Path) -> None:
    """By sort key and version, what was tried too often last; titles tell them apart."""
    def image(uname: str, name: str = "OS") -> bytes:
        return make_pe([(".osrel", os_release(name)), (".uname", uname.encode()), (".linux", KERNEL)])

    files = {"EFI/Linux/a.efi": image("6.1.9"), "EFI/Linux/b.efi": image("6.1.10"),
             "EFI/Linux/c+0-3.efi": image("6.2"), "EFI/Linux/d+2.efi": image("6.1.10~rc1"),
             "EFI/Linux/e.efi": image("1", "Other")}
    found = find(make_disk(tmp_path / "disk", Part(dict(files), "vfat", ESP)))
    assert found.ids == ["b.efi", "d.efi", "a.efi", "e.efi", "c.efi"]
    assert found.titles == ["OS (6.1.10)", "OS (6.1.10~rc1)", "OS (6.1.9)", "Other", "OS (6.2)"]
    assert found.chosen.id == "b.efi"


def patched(image: bytes, offset: int, data: bytes) -> bytes:
    return image[:offset] + data + image[offset + len(data):]


GOOD = make_pe([(".osrel", os_release()), (".linux", KERNEL)])
TABLE = 0x80 + 24 + 112     # of its sections


@pytest.mark.parametrize("image, why", [
    (b"", "no PE file"),
    (b"#!/bin/sh\n", "no PE file"),
    (GOOD[:200], "sections"),
    (patched(GOOD, 0x3C, b"\xff\xff\xff\xff"), "elsewhere"),
    (patched(GOOD, 0x80, b"PX"), "no PE file"),
    (patched(GOOD, 0x84, struct.pack("<H", 0xAA64)), "another kind of processor"),
    (patched(GOOD, 0x86, b"\xff\xff"), "sections"),
    (patched(GOOD, TABLE + 40 + 20, b"\xff\xff\xff\xff"), "beyond the file's end"),
    (patched(GOOD, TABLE + 40 + 8, b"\xff" * 4 + b"\0" * 4 + b"\xff" * 4), "beyond the file's end"),
    (patched(GOOD, TABLE + 8, struct.pack("<III", 50_000, 0, 50_000)), "too long"),
    (make_pe([(".osrel", os_release())]), "has no kernel"),
], ids=["empty", "script", "short", "offset", "signature", "machine", "count", "range", "size",
        "text", "no kernel"])
def test_damaged(tmp_path: Path, image: bytes, why: str) -> None:
    """Is left out with its reason; the next one is there."""
    good = make_pe([(".osrel", os_release("Good")), (".linux", KERNEL)])
    disk = make_disk(tmp_path / "disk", Part({"EFI/Linux/bad.efi": image,
                                              "EFI/Linux/good.efi": good}, "vfat", ESP))
    found = find(disk)
    assert found.titles == ["Good"]
    assert found.note("/EFI/Linux/bad.efi", why), found.notes


def test_random_damage(tmp_path: Path) -> None:
    """Whatever headers say, lsfs with sanitizers comes to its end."""
    rng = random.Random(7)
    files: dict[str, str | bytes] = {}
    for i in range(40):
        image = bytearray(make_pe([(".osrel", os_release()), (".cmdline", b"x"), (".linux", b"k")]))
        for _ in range(rng.randint(1, 6)):
            image[rng.randrange(0x3C, TABLE + 120)] = rng.randrange(256)
        files[f"EFI/Linux/{i}.efi"] = bytes(image)
    find(make_disk(tmp_path / "disk", Part(files, "vfat", ESP)))
