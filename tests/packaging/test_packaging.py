# SPDX-License-Identifier: LGPL-3.0-or-later
"""What a distributor relies on: version, source tarball, installed files, the firmware
descriptor and libvirt's example."""
from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

TOP = Path(__file__).resolve().parents[2]
# `make` first: it must be what the tree makes now.
BIOS = TOP / os.environ.get("BUILD", "build") / "bios-microvm.bin"
# By the names that QEMU loads them by; the first is isa-vga's other one.
VGA = ["vgabios.bin", *(f"vgabios-{name}.bin" for name in
                        ("isavga", "stdvga", "virtio", "qxl", "vmware"))]
DESCRIPTOR = "50-petrel-microvm.json"

# QEMU's docs/interop/firmware.json: the members of each object, all of them required,
# and what libvirt 4.10 and later know of the enumerations.
FIRMWARE: dict[str, Any] = {
    "description": str,
    "interface-types": [{"bios", "openfirmware", "uboot", "uefi"}],
    "mapping": {"device": {"memory"}, "filename": str},
    "targets": [{"architecture": {"aarch64", "arm", "i386", "x86_64"}, "machines": [str]}],
    "features": [{"acpi-s3", "acpi-s4", "amd-sev", "enrolled-keys", "requires-smm", "secure-boot",
                  "verbose-dynamic", "verbose-static"}],
    "tags": [str],
}


def run(*command: str | Path, cwd: Path = TOP, **environment: str) -> str:
    """What a command prints; it must succeed."""
    inherited = {name: value for name, value in os.environ.items()
                 if name not in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS", "BUILD")}
    result = subprocess.run([str(c) for c in command], cwd=cwd, stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT, text=True, check=False,
                            env={**inherited, **environment})
    assert result.returncode == 0, f"{command}: {result.stdout}"
    return result.stdout


def check(value: Any, schema: Any, path: str = "") -> None:
    """The value has the type, is one of the words, or has these members and no others."""
    if isinstance(schema, type):
        assert isinstance(value, schema) and value, path
    elif isinstance(schema, set):
        assert value in schema, path
    elif isinstance(schema, list):
        assert isinstance(value, list), path
        for item in value:
            check(item, schema[0], f"{path}[]")
    else:
        assert isinstance(value, dict) and value.keys() == schema.keys(), path
        for name, part in schema.items():
            check(value[name], part, f"{path}.{name}")


# --- version ---------------------------------------------------------------

@pytest.fixture
def tree(tmp_path: Path) -> Path:
    (tmp_path / "scripts").mkdir()
    shutil.copy(TOP / "scripts/version", tmp_path / "scripts")
    return tmp_path


def git(tree: Path, *arguments: str) -> str:
    return run("git", "-c", "user.name=n", "-c", "user.email=e", *arguments, cwd=tree,
               GIT_CONFIG_GLOBAL="/dev/null").strip()


def version(tree: Path) -> str:
    return run(tree / "scripts/version").removesuffix("\n")


def test_version_from_git(tree: Path) -> None:
    git(tree, "init", "-q")
    git(tree, "add", ".")
    git(tree, "commit", "-q", "-m", "one")
    commit = git(tree, "rev-parse", "HEAD")[:8]
    without_tag = version(tree)
    assert without_tag.endswith(f"-g{commit}")
    git(tree, "tag", "v7.8.9")
    assert version(tree) == "7.8.9"
    git(tree, "commit", "-q", "--allow-empty", "-m", "two")
    assert version(tree) == f"7.8.9-1-g{git(tree, 'rev-parse', 'HEAD')[:8]}"
    with open(tree / "scripts/version", "a", encoding="ascii") as script:
        script.write("#\n")
    assert version(tree).endswith("-dirty")
    git(tree, "checkout", "-q", ".")
    # A shallow clone has no tags.
    git(tree, "clone", "-q", "--depth=1", "--no-tags", f"file://{tree}", str(tree / "clone"))
    release = without_tag.rpartition("-")[0]
    assert version(tree / "clone") == f"{release}-g{git(tree, 'rev-parse', 'HEAD')[:8]}"


def test_version_without_git(tree: Path) -> None:
    assert version(tree).endswith("-unknown")
    (tree / ".version").write_text("1.2-3-g45\n")
    assert version(tree) == "1.2-3-g45"


@pytest.mark.parametrize("text", ["", "1.0'", "../1", "next", "1 2"])
def test_bad_version_is_an_error(tree: Path, text: str) -> None:
    (tree / ".version").write_text(text)
    assert subprocess.run([tree / "scripts/version"], capture_output=True,
                          check=False).returncode == 1


# --- source tarball --------------------------------------------------------

def make_tarball(tree: Path, where: Path) -> tuple[Path, Path]:
    """The tarball of a tree, and the tree that is in it."""
    tarball = where / "petrel.tar.gz"
    run(tree / "scripts/dist", tarball)
    run("tar", "-xzf", tarball, "-C", where)
    return tarball, next(path for path in where.iterdir() if path.is_dir())


def test_tarball_builds_the_same_rom(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir()
    second.mkdir()
    tarball, tree = make_tarball(TOP, first)
    assert tree.name == f"petrel-{version(TOP)}" == f"petrel-{version(tree)}"
    run("make", cwd=tree, KCONFIG_CONFIG=str(TOP / ".config"))
    rom = (tree / "build/bios-microvm.bin").read_bytes()
    assert rom == BIOS.read_bytes()
    assert f"Petrel {version(TOP)}\0".encode() in rom
    for name in VGA:
        assert (tree / "build" / name).read_bytes() == (BIOS.parent / name).read_bytes()
    # What was built is not in its own tarball.
    assert make_tarball(tree, second)[0].read_bytes() == tarball.read_bytes()


# --- installed files -------------------------------------------------------

@pytest.mark.parametrize("prefix, descriptors", [
    ("/usr", "usr/share/qemu/firmware"),
    ("/usr/local", "etc/qemu/firmware"),
    ("/opt/petrel", "opt/petrel/share/qemu/firmware"),
])
def test_install(tmp_path: Path, prefix: str, descriptors: str) -> None:
    where = [f"DESTDIR={tmp_path}", f"PREFIX={prefix}"]
    run("make", "install", *where)
    directory = f"{prefix[1:]}/share/petrel"
    image = f"{directory}/bios-microvm.bin"
    files = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()}
    assert files == {image, f"{descriptors}/{DESCRIPTOR}", *(f"{directory}/{name}" for name in VGA)}
    assert (tmp_path / image).read_bytes() == BIOS.read_bytes()
    descriptor = json.loads((tmp_path / descriptors / DESCRIPTOR).read_text())
    check(descriptor, FIRMWARE)
    assert descriptor["interface-types"] == ["bios"]
    assert descriptor["mapping"]["filename"] == f"/{image}"
    assert {target["architecture"]: target["machines"] for target in descriptor["targets"]} == {
        "i386": ["microvm"], "x86_64": ["microvm"]}
    run("make", "uninstall", *where)
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


# --- the VGA BIOSes ------------------------------------------------------------

def test_vga_option_roms() -> None:
    """PCI Firmware Specification 3.0, 5.1: signature, size, PCI header; bytes that add up
    to 0; at most 32 KiB."""
    devices = {}
    for name in VGA:
        rom = (BIOS.parent / name).read_bytes()
        header = int.from_bytes(rom[0x18:0x1A], "little")
        assert rom[:2] == b"\x55\xaa" and rom[2] * 512 == len(rom) <= 32 * 1024
        assert sum(rom) % 256 == 0
        assert rom[header:header + 4] == b"PCIR" and rom[header + 0x10] == rom[2]
        assert rom[header + 0x0D:header + 0x10] == b"\0\0\x03" and rom[header + 0x15] & 0x80
        devices[name] = rom[header + 4:header + 8].hex()
    assert devices == {
        "vgabios.bin": "00000000", "vgabios-isavga.bin": "00000000",
        "vgabios-stdvga.bin": "34121111", "vgabios-virtio.bin": "f41a5010",
        "vgabios-qxl.bin": "361b0001", "vgabios-vmware.bin": "ad150504"}


def test_libvirt_example() -> None:
    assert shutil.which("virt-xml-validate"), "libvirt-clients is missing: scripts/setup"
    run("virt-xml-validate", "docs/libvirt-microvm.xml", "domain")
