# SPDX-License-Identifier: LGPL-3.0-or-later
"""Which device is booted: bootindex, -boot strict=on, the order on the command
line, the boot menu; and that every candidate is tried."""
from __future__ import annotations

from pathlib import Path

import pytest

import media
from harness import GUESTS, PASSED, Drive, Machine

HELLO = GUESTS / "hello.img"
GIVES_UP = GUESTS / "boot18.img"
SCSI = "virtio-scsi-device,id=scsi"
MENU_PROMPT = "^Press ESC for the boot menu"
MENU = "^Boot from:"


def blk(number: int, image: Path, options: str = "") -> list[str]:
    return ["-drive", f"if=none,id=b{number},format=raw,snapshot=on,file={image}",
            "-device", f"virtio-blk-device,drive=b{number}{options}"]


def scsi(number: int, image: Path, options: str = "", device: str = "scsi-hd") -> list[str]:
    kind = "media=cdrom" if device == "scsi-cd" else "snapshot=on"
    return ["-drive", f"if=none,id=s{number},format=raw,file={image},{kind}",
            "-device", f"{device},bus=scsi.0,drive=s{number}{options}"]


def hello_cd(path: Path) -> Path:
    """hello as a CD's boot image, without emulation."""
    boot = path.parent / "hello.bin"
    boot.write_bytes(HELLO.read_bytes()[:2048])
    return media.iso(path, {"hello.bin": boot}, "-b", "hello.bin", "-c", "boot.cat",
                     "-no-emul-boot", "-boot-load-size", "4")


def test_bootindex(tmp_path: Path) -> None:
    """The user's order over all buses, LUNs included, whatever the slots."""
    args = ["-device", SCSI, *blk(0, GIVES_UP, ",bootindex=3"),
            *scsi(0, GIVES_UP, ",scsi-id=3,lun=5,bootindex=1"),
            *scsi(1, GIVES_UP, ",scsi-id=3,lun=4,bootindex=2"),
            *blk(1, HELLO, ",bootindex=4")]
    with Machine("bootindex", args=args) as machine:
        machine.expect(r"^virtio-scsi \w+ 3:5: its boot sector gave up")
        machine.expect(r"^virtio-scsi \w+ 3:4: its boot sector gave up")
        machine.expect(r"^virtio-blk \w+: its boot sector gave up")
        assert machine.wait_exit() == PASSED


def test_strict(tmp_path: Path) -> None:
    """With -boot strict=on nothing else is tried."""
    args = [*blk(0, HELLO), *blk(1, GIVES_UP, ",bootindex=1"), "-boot", "strict=on"]
    with Machine("strict", args=args) as machine:
        tried = machine.expect(r"^No bootable device: tried (.*)\r$")
        assert tried[1].count(b"virtio-blk") == 1
        assert "hello" not in machine.console()


def test_not_strict() -> None:
    """Without it, what has no bootindex comes last."""
    args = [*blk(0, HELLO), *blk(1, GIVES_UP, ",bootindex=1")]
    with Machine("not-strict", args=args) as machine:
        machine.expect("gave up")
        assert machine.wait_exit() == PASSED


def test_disks_before_cds(tmp_path: Path) -> None:
    """A CD waits until the disks have been tried, wherever it is plugged in."""
    cd = hello_cd(tmp_path / "hello.iso")
    args = ["-device", SCSI, *scsi(0, cd, device="scsi-cd"), *blk(0, GIVES_UP)]
    with Machine("disk-then-cd", args=args) as machine:
        machine.expect(r"^virtio-blk \w+: its boot sector gave up")
        machine.expect("hello, console")
        assert machine.wait_exit() == PASSED


def test_cd_image_on_disk(tmp_path: Path) -> None:
    """A CD's image without a boot sector, given as a disk, boots as a CD."""
    with Machine("cd-on-blk", args=blk(0, hello_cd(tmp_path / "hello.iso"))) as machine:
        assert machine.wait_exit() == PASSED


def test_first_x86_entry(tmp_path: Path) -> None:
    """Of several sections of the boot catalogue, the one for a PC."""
    boot, efi = tmp_path / "hello.bin", tmp_path / "efi.img"
    boot.write_bytes(HELLO.read_bytes()[:2048])
    efi.write_bytes(bytes(2048))
    cd = media.iso(tmp_path / "sections.iso", {"hello.bin": boot, "efi.img": efi},
                   "-c", "boot.cat", "-e", "efi.img", "-no-emul-boot",
                   "-eltorito-alt-boot", "-b", "hello.bin", "-no-emul-boot",
                   "-boot-load-size", "4")
    args = ["-device", SCSI, *scsi(0, cd, device="scsi-cd")]
    with Machine("el-torito-sections", args=args) as machine:
        assert machine.wait_exit() == PASSED


def test_empty_drive_and_bad_cds(tmp_path: Path) -> None:
    """No medium, no boot record, a damaged catalogue: a line each."""
    plain = media.cidata_iso(tmp_path / "plain.iso")
    bad = hello_cd(tmp_path / "bad.iso")
    sector = int.from_bytes(bad.read_bytes()[17 * 2048 + 0x47:][:4], "little")
    media.overlay(bad, sector * 2048 + 4, b"\1")
    args = ["-device", SCSI, "-device", "scsi-cd,bus=scsi.0",
            *scsi(0, plain, device="scsi-cd"), *scsi(1, bad, device="scsi-cd"),
            *scsi(2, hello_cd(tmp_path / "good.iso"), device="scsi-cd")]
    with Machine("bad-cds", args=args) as machine:
        machine.expect(r"^virtio-scsi \w+ \d:\d: no medium")
        machine.expect(r"^virtio-scsi \w+ \d:\d: no boot record \(El Torito\) on the CD")
        machine.expect(r"^virtio-scsi \w+ \d:\d: the boot catalogue in sector \d+ is damaged")
        assert machine.wait_exit() == PASSED


def test_24_disks(tmp_path: Path) -> None:
    """All slots of the machine; the last one boots."""
    nothing = media.blank(tmp_path / "nothing", 1 << 20)
    args = [word for i in range(23) for word in blk(i, nothing)] + blk(23, HELLO)
    with Machine("disks-24", args=args) as machine:
        for _ in range(23):
            machine.expect(r"^virtio-blk \w+: no boot signature")
        assert machine.wait_exit() == PASSED


def test_many_units(tmp_path: Path) -> None:
    """Twelve targets and units behind one controller, the last one boots."""
    nothing = media.blank(tmp_path / "nothing", 1 << 20)
    args = ["-device", SCSI]
    for i in range(11):
        args += scsi(i, nothing, f",scsi-id={i // 2 * 40},lun={i % 2 * 200}")
    args += scsi(11, HELLO, ",scsi-id=255,lun=16383")
    with Machine("units-12", args=args) as machine:
        for _ in range(11):
            machine.expect(r"^virtio-scsi \w+ \d+:\d+: no boot signature")
        assert machine.wait_exit() == PASSED


@pytest.mark.parametrize("empty", [True, False])
def test_kicks_of_the_scan(empty: bool) -> None:
    """8 notifications for 256 targets, at most 3 for each that is there; then the
    boot sector's."""
    args = ["-device", SCSI, *([] if empty else scsi(0, HELLO, ",scsi-id=77"))]
    with Machine(f"kicks-{empty}", args=args, trace=["virtio_queue_notify"]) as machine:
        if empty:
            machine.expect("^No bootable device")
        else:
            assert machine.wait_exit() == PASSED
        machine.quit()
        kicks = machine.trace_path.read_text().count("virtio_queue_notify ")
    assert kicks <= (8 if empty else 8 + 3 + 1)


def test_menu(tmp_path: Path) -> None:
    """ESC opens it; it lists bus, serial number or model, and size; a key boots."""
    args = [*blk(0, GIVES_UP, ",serial=first-disk"), "-device", SCSI,
            *scsi(0, HELLO), "-boot", "menu=on,splash-time=60000"]
    with Machine("menu", args=args) as machine:
        machine.expect(MENU_PROMPT)
        machine.send(b"\x1b")
        machine.expect(MENU)
        machine.expect(r"^  1  virtio-blk \w+  first-disk, \d+ KiB")
        machine.expect(r"^  2  virtio-scsi \w+ 0:0  QEMU +QEMU HARDDISK, \d+ KiB")
        machine.send(b"2")
        assert machine.wait_exit() == PASSED
        assert "gave up" not in machine.console()


def test_menu_of_24(tmp_path: Path) -> None:
    """Entries behind the ninth have letters; a failed choice is followed by the rest."""
    nothing = media.blank(tmp_path / "nothing", 1 << 20)
    args = [word for i in range(23) for word in blk(i, nothing)] + blk(23, HELLO)
    key = tmp_path / "key"
    key.write_bytes(b"\x86")           # the scan code of F12
    files: dict[str, Path | str] = {"etc/boot-menu-message": "Which one?",
                                    "etc/boot-menu-key": key}
    with Machine("menu-24", args=[*args, "-boot", "menu=on,splash-time=60000"],
                 fw_cfg=files) as machine:
        machine.expect("^Which one")
        machine.send(b"x\x1b[24~")      # F12, as a terminal sends it
        machine.expect(r"^  p  virtio-blk")     # e is for editing
        machine.send(b"p")
        assert machine.wait_exit() == PASSED
        assert "signature" not in machine.console()


def test_menu_wait_ends(tmp_path: Path) -> None:
    """Nobody presses a key."""
    with Machine("menu-wait", args=[*blk(0, HELLO), "-boot", "menu=on,splash-time=300"],
                 machine={"pit": "off", "rtc": "off"}) as machine:
        machine.expect(MENU_PROMPT)
        assert machine.wait_exit() == PASSED
