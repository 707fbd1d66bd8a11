# SPDX-License-Identifier: LGPL-3.0-or-later
"""Disks, CDs and keyboards behind -M microvm,usb=on, controllers on PCI Express, and the other
keyboards. What
keys type: Ralf Brown's Interrupt List, INT 16, table 00006."""
from __future__ import annotations

from pathlib import Path

import pytest

import media
from harness import GUESTS, PASSED, Drive, Machine, finish_guest
from test_boot_order import GIVES_UP, HELLO, hello_cd
from test_keys import PC_KEYS

USB = {"usb": "on"}


def drive(number: int, image: Path, device: str, cd: bool = False) -> list[str]:
    """An image and what it is plugged in as, `{}` in which is the drive."""
    kind = "media=cdrom" if cd else "snapshot=on"
    return ["-drive", f"if=none,id=u{number},format=raw,file={image},{kind}",
            "-device", device.format(f"drive=u{number}")]


@pytest.mark.parametrize("name", ["stick", "uas"])
def test_storage(name: str) -> None:
    """Reads and writes of every kind; by UAS with streams."""
    guest = GUESTS / "int13.img"
    args = {"stick": drive(0, guest, "usb-storage,{}"),
            "uas": ["-device", "usb-uas,id=uas", *drive(0, guest, "scsi-hd,bus=uas.0,{}")]}
    with Machine(f"usb-{name}", machine=USB, args=args[name]) as machine:
        finish_guest(machine)


@pytest.mark.parametrize("controller", ["qemu-xhci", "nec-usb-xhci", "qemu-xhci,p3=0"])
def test_controllers_on_pci(controller: str) -> None:
    """A keyboard, a disk, and UAS: with streams, without what they need, by high speed."""
    args = ["-device", controller, "-device", "usb-kbd", "-device", "usb-uas,id=uas",
            *drive(0, GIVES_UP, "scsi-hd,bus=uas.0,{},bootindex=1"),
            *drive(1, HELLO, "usb-storage,{},bootindex=2")]
    with Machine(f"usb-{controller}", machine={"pcie": "on"}, args=args) as machine:
        # QEMU 7.2's NEC controller has no streams, later ones have.
        machine.expect(r"^usb-uas 00:01\.0-2( 0:0: its boot sector gave up|: needs streams)")
        assert machine.wait_exit() == PASSED
        assert "usb-keyboard 00:01.0-1: keyboard" in machine.debug_log()


def test_order_of_all_kinds(tmp_path: Path) -> None:
    """QEMU's paths, through hubs and by logical unit; and what is no disk in between."""
    args = ["-device", "usb-tablet", "-device", "usb-hub,port=2", "-device", "usb-hub,port=2.1",
            *drive(0, GIVES_UP, "usb-storage,{},port=2.1.3,bootindex=1"),
            *drive(1, GIVES_UP, "usb-storage,{},port=3,bootindex=4"),
            "-device", "usb-uas,id=uas,port=5",
            *drive(5, GIVES_UP, "scsi-hd,bus=uas.0,scsi-id=0,lun=77,{},bootindex=5"),
            "-device", "usb-bot,id=bot,port=4",
            *drive(2, GIVES_UP, "scsi-hd,bus=bot.0,lun=0,{},bootindex=3"),
            *drive(3, GIVES_UP, "scsi-hd,bus=bot.0,lun=1,{},bootindex=2"),
            *drive(4, hello_cd(tmp_path / "hello.iso"), "scsi-cd,bus=bot.0,lun=2,{}", cd=True)]
    with Machine("usb-order", machine=USB, args=args) as machine:
        machine.expect(r"^usb-storage fe900000-2\.1\.3 0:0: its boot sector gave up")
        machine.expect(r"^usb-storage fe900000-4 0:1: its boot sector gave up")
        machine.expect(r"^usb-storage fe900000-4 0:0: its boot sector gave up")
        machine.expect(r"^usb-storage fe900000-3 0:0: its boot sector gave up")
        machine.expect(r"^usb-uas fe900000-5 0:77: its boot sector gave up")
        assert machine.wait_exit() == PASSED
        assert "usb-storage fe900000-4 0:2: booting as drive e0h" in machine.debug_log()


def test_blocks_of_4096_bytes(tmp_path: Path) -> None:
    """QEMU 7.2's usb-storage has 512 whatever it is told, what is behind usb-bot has not."""
    disk = media.grub_disk(tmp_path / "grub", 4096)
    args = ["-device", "usb-bot,id=b",
            *drive(0, disk, "scsi-hd,bus=b.0,lun=0,{},logical_block_size=4096,"
                            "physical_block_size=4096")]
    with Machine("usb-4096", machine=USB, args=args) as machine:
        machine.expect("GRUB loading")
        machine.expect("Petrel")    # its configuration is: reboot
        assert "blocks of 4096 bytes" in machine.debug_log()


# How an ISO is plugged in, and the letters by which ISOLINUX says that it is a disk or a CD.
PLUGGED = {"stick": ("EHDD", [], "usb-storage,{},removable=on", False),
           "cd": ("ETCD", [], "usb-storage,{}", True),
           "cd-bot": ("ETCD", ["-device", "usb-bot,id=b"], "scsi-cd,bus=b.0,lun=0,{}", True),
           "cd-uas": ("ETCD", ["-device", "usb-uas,id=b"], "scsi-cd,bus=b.0,lun=0,{}", True)}


@pytest.fixture(scope="module")
def stick(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return media.isolinux_stick(tmp_path_factory.mktemp("stick") / "stick.iso", HELLO)


@pytest.mark.parametrize("name", PLUGGED)
def test_isolinux_prompt(stick: Path, name: str) -> None:
    """A hybrid image as a stick and as a CD; what is to be booted is typed."""
    keyboard = "i8042" if name == "cd" else "usb-kbd"
    kind, bus, device, cd = PLUGGED[name]
    args = ["-device", keyboard, *bus, *drive(0, stick, device, cd)]
    with Machine(f"usb-isolinux-{name}", machine=USB, args=args) as machine:
        machine.expect(f"ISOLINUX .*{kind}")
        machine.expect("boot: ")
        for key in [*"second", "ret"]:
            press(machine, key)
        machine.expect("second")
        assert machine.wait_exit() == PASSED


# --- keyboards ---------------------------------------------------------------

# What QEMU calls the keys of a row, and what it types, alone and with Shift, from the scan
# code on.
NAMED = {"minus": "-_", "equal": "=+", "bracket_left": "[{", "bracket_right": "]}",
         "semicolon": ";:", "apostrophe": "'\"", "grave_accent": "`~", "backslash": "\\|",
         "comma": ",<", "dot": ".>", "slash": "/?"}
ROWS = [(0x02, [*"1234567890", "minus", "equal"], "1234567890-=", "!@#$%^&*()_+"),
        (0x10, [*"qwertyuiop", "bracket_left", "bracket_right"], "qwertyuiop[]", "QWERTYUIOP{}"),
        (0x1E, [*"asdfghjkl", "semicolon", "apostrophe", "grave_accent"],
         "asdfghjkl;'`", 'ASDFGHJKL:"~'),
        (0x2B, ["backslash", *"zxcvbnm", "comma", "dot", "slash"], "\\zxcvbnm,./", "|ZXCVBNM<>?")]
# Ctrl with a key that is no letter.
CTRL = {"2": 0x0300, "6": 0x071E, "minus": 0x0C1F, "bracket_left": 0x1A1B,
        "bracket_right": 0x1B1D, "backslash": 0x2B1C}
# Alone, with Shift, Ctrl, Alt; 0 is nothing.
OTHERS = {
    "spc": (0x3920, 0x3920, 0x3920, 0x3920), "esc": (0x011B, 0x011B, 0x011B, 0x0100),
    "backspace": (0x0E08, 0x0E08, 0x0E7F, 0x0E00), "tab": (0x0F09, 0x0F00, 0x9400, 0xA500),
    "ret": (0x1C0D, 0x1C0D, 0x1C0A, 0x1C00), "less": (0x565C, 0x567C, 0, 0),
    "kp_7": (0x4700, 0x4737, 0x7700, 0), "kp_8": (0x4800, 0x4838, 0x8D00, 0),
    "kp_9": (0x4900, 0x4939, 0x8400, 0), "kp_4": (0x4B00, 0x4B34, 0x7300, 0),
    "kp_5": (0x4CF0, 0x4C35, 0x8F00, 0), "kp_6": (0x4D00, 0x4D36, 0x7400, 0),
    "kp_1": (0x4F00, 0x4F31, 0x7500, 0), "kp_2": (0x5000, 0x5032, 0x9100, 0),
    "kp_3": (0x5100, 0x5133, 0x7600, 0), "kp_0": (0x5200, 0x5230, 0x9200, 0),
    "kp_decimal": (0x5300, 0x532E, 0x9300, 0), "kp_subtract": (0x4A2D, 0x4A2D, 0x8E00, 0x4A00),
    "kp_add": (0x4E2B, 0x4E2B, 0x9000, 0x4E00), "kp_enter": (0xE00D, 0xE00D, 0xE00A, 0xA600),
    "kp_divide": (0xE02F, 0xE02F, 0x9500, 0xA400), "kp_multiply": (0x372A, 0x372A, 0x9600, 0x3700),
}
QCODES = {"ins": "insert", "del": "delete"}
HELD = {"": 0, "shift": 0x02, "ctrl": 0x04, "alt": 0x08}
LOCKS = {"scroll_lock": 0x10, "num_lock": 0x20, "caps_lock": 0x40}
# '.' would end the program's loop; Alt and the numbers of the keypad are a character.
LEFT_OUT = {("dot", ""), ("kp_decimal", "shift")} | {
    (f"kp_{n}", "alt") for n in range(10)}


def keyboard_table() -> dict[str, tuple[int, int, int, int]]:
    table = dict(OTHERS)
    for first, names, alone, shifted in ROWS:
        for n, name in enumerate(names):
            scan = first + n
            ctrl = scan << 8 | ord(name) & 0x1F if name.isalpha() and len(name) == 1 else \
                CTRL.get(name, 0)
            alt = scan + 0x76 if first == 0x02 else scan
            table[name] = (scan << 8 | ord(alone[n]), scan << 8 | ord(shifted[n]), ctrl, alt << 8)
    return table | {QCODES.get(name, name): keys for name, keys in PC_KEYS.items()}


def hold(machine: Machine, key: str, down: bool) -> None:
    machine.qmp("input-send-event", events=[{"type": "key", "data": {
        "down": down, "key": {"type": "qcode", "data": key}}}])


def press(machine: Machine, *keys: str) -> None:
    """A key for a moment, of which the guest may see press and release at once; before
    it, keys that are held until it has come."""
    for key in keys[:-1]:
        hold(machine, key, True)
    machine.qmp("send-key", keys=[{"type": "qcode", "data": keys[-1]}])


def expect_key(machine: Machine) -> tuple[int, int]:
    found = machine.expect_result(r"^key: (\w+) (\w+)\n")
    return int(found[1], 16), int(found[2], 16)


KEYBOARDS = pytest.mark.parametrize("device", ["usb-kbd", "i8042", "virtio-keyboard-device"])


@KEYBOARDS
def test_every_key(device: str) -> None:
    """Alone, with Shift, with Ctrl and with Alt, and the shift flags at that moment."""
    insert = 0x80   # switched by that key, and no matter here
    with Machine(f"every-key-{device}", [Drive(GUESTS / "keys.img")], machine=USB, icount=True,
                 args=["-device", device]) as machine:
        machine.expect_result("^ready\n")
        wrong = []
        for column, (modifier, flag) in enumerate(HELD.items()):
            if modifier:
                hold(machine, modifier, True)
            for name, keys in keyboard_table().items():
                if (name, modifier) in LEFT_OUT:
                    continue
                press(machine, name)
                if not keys[column]:
                    continue
                key, flags = expect_key(machine)
                if (key, flags & ~insert) != (keys[column], flag):
                    wrong.append(f"{modifier}-{name}: {key:04X} {flags:02X}, "
                                 f"not {keys[column]:04X} {flag:02X}")
            if modifier:
                hold(machine, modifier, False)
        assert not wrong, "\n".join(wrong)


@KEYBOARDS
def test_locks_and_held_keys(device: str) -> None:
    """Locks, a character by its number, Print Screen, Pause, a key that repeats, and
    Ctrl-Alt-Del."""
    with Machine(f"locks-{device}", [Drive(GUESTS / "keys.img")], machine=USB,
                 args=["-device", device]) as machine:
        machine.expect_result("^ready\n")
        flags = 0
        for name, flag in LOCKS.items():
            flags |= flag
            press(machine, name)
            press(machine, "1")
            assert expect_key(machine) == (0x0231, flags)
        for modifier, key, code in (("", "a", 0x1E41), ("shift", "a", 0x1E61),
                                    ("ctrl_r", "a", 0x1E01), ("alt_r", "a", 0x1E00),
                                    ("", "kp_8", 0x4838), ("shift_r", "kp_8", 0x4800)):
            if modifier:
                hold(machine, modifier, True)
            press(machine, key)
            assert expect_key(machine)[0] == code
            if modifier:
                hold(machine, modifier, False)
        hold(machine, "alt", True)
        for name in ("kp_2", "kp_2", "kp_5"):
            press(machine, name)
        press(machine, "f1")    # so that the numbers have come before Alt is released
        assert expect_key(machine)[0] == 0x6800
        hold(machine, "alt", False)
        assert expect_key(machine)[0] == 225
        press(machine, "pause")
        press(machine, "x")     # which only ends the pause
        press(machine, "print") # printed by nobody
        press(machine, "y")
        assert expect_key(machine)[0] == 0x1559
        if device != "i8042":       # which repeats by itself, but for QEMU's
            hold(machine, "z", True)
            assert [expect_key(machine)[0] for _ in range(8)] == [0x2C5A] * 8
            hold(machine, "z", False)
        press(machine, "ctrl", "alt", "delete")
        machine.wait_event("RESET")


def test_hooked_keyboard_interrupt() -> None:
    """Programs that get each byte of a PS/2 keyboard by INT 09h, and pass it on or not."""
    with Machine("int09", [Drive(GUESTS / "int09.img")], args=["-device", "i8042"]) as machine:
        machine.expect_result("^type a\n")
        press(machine, "a")
        machine.expect_result("^ready: press b\n")
        hold(machine, "b", True)
        machine.send(b"x")
        machine.expect_result("^release b\n")
        hold(machine, "b", False)
        for letter in "cd":
            machine.expect_result(f"^type {letter}\n")
            press(machine, letter)
        finish_guest(machine)


def test_keys_in_the_boot_menu_and_grub(tmp_path: Path) -> None:
    """A keyboard behind a hub, of which there is one more that nobody uses."""
    disk = media.grub_menu(tmp_path / "grub", HELLO)
    args = ["-device", "usb-kbd,port=2", "-device", "usb-hub,port=1",
            "-device", "usb-kbd,port=1.4", "-device", "usb-tablet",
            *drive(0, GIVES_UP, "usb-storage,{}"), *drive(1, disk, "usb-storage,{}"),
            "-boot", "menu=on,splash-time=60000"]
    with Machine("usb-menus", machine=USB, args=args) as machine:
        machine.expect("^Press ESC for the boot menu")
        press(machine, "esc")
        machine.expect(r"^  2  usb-storage")
        press(machine, "2")
        machine.expect("The second entry")
        press(machine, "down")
        press(machine, "ret")
        assert machine.wait_exit() == PASSED


@pytest.mark.parametrize("port", ["port=1", "port=2.1"])
def test_removed_while_in_use(tmp_path: Path, port: str) -> None:
    """A stick that GRUB has booted from is pulled out: an error, and GRUB goes on."""
    disk = media.grub_menu(tmp_path / "grub", HELLO)
    args = ["-device", "usb-hub,port=2", *drive(0, disk, f"usb-storage,{{}},id=stick,{port}")]
    with Machine(f"usb-removed-{port}", machine=USB, args=args) as machine:
        machine.expect("The second entry")
        machine.monitor("device_del stick")
        machine.wait_event("DEVICE_DELETED")
        # What GRUB has not read, nor the firmware ahead of it.
        machine.send(b"c")
        machine.expect("grub> ")
        machine.send(b"cat (hd0)60000+1\r")
        machine.expect(r"usb-storage fe900000-[0-9.]+ 0:0: read error")
        machine.expect(r"(?i)error: ")
