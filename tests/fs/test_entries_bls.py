# SPDX-License-Identifier: LGPL-3.0-or-later
"""Entries of the Boot Loader Specification: as kernel-install writes them, with all keys,
damaged."""
from __future__ import annotations

import os
import random
import shutil
import subprocess
from pathlib import Path

import pytest

from entries import ESP, LINUX, XBOOTLDR, Part, find, make_disk, make_pe, os_release

TOKEN = "6a9857a393724b7a981ebb5b8495b9ea"


def kernel_install(top: Path, version: str, tries: str = "") -> None:
    """systemd's own tool, told by a configuration of its own that all is below `top`."""
    tool = shutil.which("kernel-install")
    assert tool, "kernel-install is missing: install the package systemd"
    conf = top / "conf"
    conf.mkdir(exist_ok=True)
    (conf / "cmdline").write_text("root=UUID=1234 ro\nquiet\n")
    (conf / "install.conf").write_text(f"layout=bls\nBOOT_ROOT={top}/boot\n"
                                       f"MACHINE_ID={TOKEN}\n")
    (conf / "entry-token").write_text(TOKEN + "\n")
    if tries:
        (conf / "tries").write_text(tries + "\n")
    kernel, initrd = top / "vmlinuz", top / "initrd.img"
    kernel.write_bytes(b"kernel")
    initrd.write_bytes(b"initrd")
    (top / "boot" / TOKEN / version).mkdir(parents=True)
    plugins = ["/usr/lib/kernel/install.d/90-loaderentry.install"]
    subprocess.run([tool, "add", version, kernel, initrd], check=True,
                   env={**os.environ, "KERNEL_INSTALL_CONF_ROOT": str(conf),
                        "KERNEL_INSTALL_PLUGINS": " ".join(plugins), "MACHINE_ID": TOKEN,
                        "BOOT_ROOT": f"{top}/boot", "KERNEL_INSTALL_BYPASS": "0"})


def files_below(top: Path) -> dict[str, str | bytes]:
    """Paths in them begin where kernel-install saw a mount, which `top` is none of."""
    return {str(path.relative_to(top)): path.read_bytes().replace(f"{top}/".encode(), b"/")
            for path in top.rglob("*") if path.is_file()}


@pytest.mark.parametrize("where", ["esp", "xbootldr"])
def test_kernel_install(tmp_path: Path, where: str) -> None:
    kernel_install(tmp_path, "6.1.0-9-amd64")
    kernel_install(tmp_path, "6.1.0-10-amd64", "3")
    (tmp_path / "boot/loader/loader.conf").write_text("#timeout 9\ntimeout 3\n")
    files = files_below(tmp_path / "boot")
    esp = Part(files if where == "esp" else {}, "vfat", ESP)
    other = Part(files if where == "xbootldr" else {}, "ext4", XBOOTLDR)
    found = find(make_disk(tmp_path / "disk", esp, other))
    assert found.ids == [f"{TOKEN}-6.1.0-10-amd64.conf", f"{TOKEN}-6.1.0-9-amd64.conf"]
    assert found.timeout == 3000
    entry, number = found.chosen, 1 if where == "esp" else 2
    assert entry.id == found.ids[0] and "+3" in entry.source
    assert entry.title.endswith("(6.1.0-10-amd64)") and entry.kind == "bls"
    assert entry.kernel == f"{number}:/{TOKEN}/6.1.0-10-amd64/linux"
    assert entry.initrd == [f"{number}:/{TOKEN}/6.1.0-10-amd64/initrd.img"]
    assert entry.options.startswith("root=UUID=1234 ro quiet")
    assert found.requests < 40


ALL_KEYS = """# a comment
title   My  system
version 1.2
machine-id 6a9857a393724b7a981ebb5b8495b9ea
sort-key my
linux a/linux
initrd /a/one
initrd\t/a/two
options first \t
options "second third"
architecture X64
devicetree x.dtb
devicetree-overlay y.dtbo
grub_users $grub_users
grub_class kernel
grub_arg --unrestricted
grub_hotkey a
id my-id
nonsense 1
"""


def test_all_keys(tmp_path: Path) -> None:
    part = Part({"loader/entries/my.conf": ALL_KEYS.replace("\n", "\r\n")}, "vfat", ESP,
                empty=["a/linux", "a/one", "a/two"])
    found = find(make_disk(tmp_path / "disk", part))
    entry = found.chosen
    assert (entry.title, entry.id) == ("My  system", "my.conf")
    assert entry.kernel == "1:a/linux" and entry.initrd == ["1:/a/one", "1:/a/two"]
    assert entry.options == 'first "second third"'
    assert found.note("my.conf:19:", "unknown key 'nonsense'")


@pytest.mark.parametrize("text, why", [
    ("title x\n", "names no kernel"),
    ("linux /k\narchitecture aa64\n", "another architecture: aa64"),
    ("linux /none\n", "there is no /none"),
    ("linux /k\ninitrd /none\n", "there is no /none"),
    ("linux /" + "x/" * 3000 + "\n", "there is no"),
    ("linux /k\noptions " + "x" * 300_000, "bytes"),
    ("\0\0\n\xff", "names no kernel"),
    ("uki /k\n", "no unified kernel image: /k"),
], ids=["no kernel", "architecture", "kernel", "initrd", "path", "size", "binary", "uki"])
def test_left_out(tmp_path: Path, text: str, why: str) -> None:
    files: dict[str, str | bytes] = {"loader/entries/bad.conf": text,
                                     "loader/entries/good.conf": "linux /k\n"}
    found = find(make_disk(tmp_path / "disk", Part(files, "vfat", ESP, empty=["k"])))
    assert found.titles == ["good.conf"]
    assert found.note("/loader/entries/bad.conf", why), found.notes


def test_order_and_default(tmp_path: Path) -> None:
    """UAPI.1, "Sorting"; `default` is a pattern for names."""
    def entry(**keys: str) -> str:
        return "".join(f"{key.replace('_', '-')} {value}\n" for key, value in keys.items()) + "linux k"

    names = {"no-key": entry(title="A"), "key-b": entry(sort_key="b", version="1"),
             "old": entry(sort_key="a", version="5.9"), "new": entry(sort_key="a", version="5.10"),
             "other+0": entry(sort_key="a", version="9"), "no-key-2": entry(title="B")}
    files: dict[str, str | bytes] = {f"loader/entries/{name}.conf": text
                                     for name, text in names.items()}
    files["loader/loader.conf"] = "default no-k*-[0-9].conf\ntimeout menu-hidden\n"
    found = find(make_disk(tmp_path / "disk", Part(files, "vfat", ESP, empty=["k"])))
    assert found.ids == ["new.conf", "old.conf", "key-b.conf", "no-key.conf", "no-key-2.conf",
                         "other.conf"]
    assert found.chosen.id == "no-key-2.conf" and found.timeout == 0


def test_images(tmp_path: Path) -> None:
    """Both types are one list; `uki` and `efi` may name an image, `efi` also anything else."""
    image = make_pe([(".osrel", os_release("Image")), (".cmdline", b"own"), (".linux", b"k")])
    files: dict[str, str | bytes] = {
        "loader/entries/a.conf": "title A\nuki /other/image.efi\noptions mine\n",
        "loader/entries/b.conf": "title B\nefi \\other\\image.efi\n",
        "loader/entries/c.conf": "title C\nefi /shell.efi\n",
        "loader/entries/d.conf": "title D\nsort-key debian\nlinux /k\n",
        "EFI/Linux/e.efi": image, "other/image.efi": image, "shell.efi": make_pe([(".text", b"x")])}
    found = find(make_disk(tmp_path / "disk", Part(files, "vfat", ESP, empty=["k"])))
    assert {entry.title: (entry.options, entry.refused) for entry in found.entries} == {
        "A": ("mine", ""), "B": ("own", ""), "C": ("", "needs EFI"), "D": ("", ""),
        "Image": ("own", "")}
    assert found.chosen.title != "C"


def test_what_a_terminal_obeys(tmp_path: Path) -> None:
    """lsfs shows it as it is in memory, but for '?' in place of what is left of it."""
    part = Part({"loader/entries/a.conf": "title A\x1b[2JB\x07\nlinux k\noptions a\x1bb\n"}, "vfat", ESP,
                empty=["k"])
    entry = find(make_disk(tmp_path / "disk", part)).chosen
    assert entry.title == "A [2JB " and entry.options == "a b"


def test_random_damage(tmp_path: Path) -> None:
    rng = random.Random(3)
    files: dict[str, str | bytes] = {}
    for i in range(60):
        text = bytearray(ALL_KEYS.encode())
        for _ in range(8):
            text[rng.randrange(len(text))] = rng.choice(b"\n\0 \t#$\\\xff")
        files[f"loader/entries/{i}.conf"] = bytes(text)
    find(make_disk(tmp_path / "disk", Part(files, "vfat", ESP, empty=["a/linux", "a/one"])))


GRUBENV = ("# GRUB Environment Block\n# Warning\nsaved_entry=b-5.14.0-70\n"
           "kernelopts=root=/dev/vda2 ro a\\\\b\ntuned_params=isolcpus=1\n"
           "tuned_initrd=/tuned.img\n").ljust(1024, "#")


@pytest.mark.parametrize("top", ["", "boot/"])
def test_grubs_dialect(tmp_path: Path, top: str) -> None:
    """A /boot partition, or /boot of a root file system, of RHEL 8 and its like."""
    files: dict[str, str | bytes] = {
        f"{top}grub2/grubenv": GRUBENV,
        f"{top}loader/entries/a-5.14.0-362.conf":
            "title A $kernelopts\nlinux /vmlinuz\ninitrd /initrd.img $tuned_initrd\n"
            "options root=/dev/vda3 $tuned_params ${none}x $\nsort-key z",
        f"{top}loader/entries/a-5.14.0-70.conf": "linux /vmlinuz\nversion 9\nsort-key a",
        f"{top}loader/entries/b-5.14.0-70.conf": f"linux /{top}vmlinuz\noptions $kernelopts b\n"}
    part = Part(files, "ext4", LINUX, empty=[top + n for n in ("vmlinuz", "initrd.img", "tuned.img")])
    found = find(make_disk(tmp_path / "disk", Part({}, "vfat", ESP), part))
    assert found.ids == ["b-5.14.0-70", "a-5.14.0-362", "a-5.14.0-70"]
    assert [entry.options for entry in found.entries] == \
        ["root=/dev/vda2 ro a\\b b", "root=/dev/vda3 isolcpus=1 x $", "root=/dev/vda2 ro a\\b"]
    assert found.chosen.id == "b-5.14.0-70"
    assert found.entries[1].initrd == [f"2:/{top}initrd.img", f"2:/{top}tuned.img"]
    assert found.entries[1].title == "A root=/dev/vda2 ro a\\b"


def test_boot_partition_without_grub(tmp_path: Path) -> None:
    part = Part({"loader/entries/a.conf": "title A\nlinux /k\n"}, "ext4", LINUX, empty=["k"])
    assert find(make_disk(tmp_path / "disk", part)).chosen.id == "a.conf"
