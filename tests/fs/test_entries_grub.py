# SPDX-License-Identifier: LGPL-3.0-or-later
"""grub.cfg of distributions, the language, damage.

fixtures/grub-debian*.cfg are what grub-mkconfig of Debian 12 and 13 writes: two kernels, the
first with /boot on the root file system, the second with a /boot of its own, with
GRUB_DEFAULT=saved, GRUB_SAVEDEFAULT=true and microcode. The others are written here as these
distributions' templates write them."""
from __future__ import annotations

import random
from pathlib import Path

import pytest

from entries import ESP, LINUX, XBOOTLDR, Files, Found, Part, find, make_disk, make_pe, os_release

FIXTURES = Path(__file__).with_name("fixtures")
UUID = "0ac47838-f589-47d5-ae09-ac8f0ba7f477"
KERNELS = ("6.1.0-32-cloud-amd64", "6.1.0-28-cloud-amd64")


def environment(**variables: str) -> str:
    lines = "".join(f"{name}={value}\n" for name, value in variables.items())
    return ("# GRUB Environment Block\n" + lines).ljust(1024, "#")


def debian_files(top: str) -> list[str]:
    return [f"{top}{name}-{release}" for release in KERNELS for name in ("vmlinuz", "initrd.img")]


def test_debian_12(tmp_path: Path) -> None:
    """With the ESP of cloud images, whose stub must not count twice."""
    stub = (f"search.fs_uuid {UUID} root \nset prefix=($root)'/boot/grub'\n"
            "configfile $prefix/grub.cfg\n")
    root = Part({"boot/grub/grub.cfg": (FIXTURES / "grub-debian12.cfg").read_text()},
                empty=debian_files("boot/"), uuid=UUID)
    disk = make_disk(tmp_path / "disk", root, Part({"EFI/debian/grub.cfg": stub}, "vfat", ESP))
    found = find(disk)
    assert found.titles == ["GNU/Linux", *(f"GNU/Linux, with Linux {release}{mode}"
                                           for release in KERNELS
                                           for mode in ("", " (recovery mode)"))]
    assert found.timeout == 5000 and found.requests < 40, found.requests
    entry = found.chosen
    assert (entry.id, entry.kind) == (f"gnulinux-simple-{UUID}", "grub")
    assert entry.kernel == f"1:/boot/vmlinuz-{KERNELS[0]}"
    assert entry.initrd == [f"1:/boot/initrd.img-{KERNELS[0]}"]
    assert entry.options == f"BOOT_IMAGE=/boot/vmlinuz-{KERNELS[0]} root=/dev/vda1 ro"
    assert not found.note("unknown") and not found.note("left out"), found.notes


SUBMENU = f"gnulinux-advanced-{UUID}"
OLD = f"gnulinux-{KERNELS[1]}-advanced-{UUID}"


@pytest.mark.parametrize("saved, wanted", [
    ({}, 0), ({"saved_entry": "1>2"}, 3), ({"saved_entry": f"{SUBMENU}>{OLD}"}, 3),
    ({"saved_entry": "0", "next_entry": f"{SUBMENU}>{OLD}"}, 3), ({"saved_entry": SUBMENU}, 1),
    ({"saved_entry": f"Advanced options for Debian GNU/Linux>Debian GNU/Linux, with Linux {KERNELS[1]}"}, 3),
    ({"saved_entry": "gone"}, 0), ({"saved_entry": "1>99"}, 1), ({"saved_entry": "77777777777777"}, 0),
])
def test_debian_13_default(tmp_path: Path, saved: dict[str, str], wanted: int) -> None:
    boot = Part({"grub/grub.cfg": (FIXTURES / "grub-debian13.cfg").read_text(),
                 "grub/grubenv": environment(**saved)},
                empty=[*debian_files(""), "ucode.img"], uuid=UUID)
    found = find(make_disk(tmp_path / "disk", boot))
    assert len(found.entries) == 5 and found.entries[wanted].chosen
    assert found.entries[1].initrd == ["1:/ucode.img", f"1:/initrd.img-{KERNELS[0]}"]
    assert found.entries[1].options.endswith("earlyprintk=ttyS0,115200 consoleblank=0 quiet")
    assert not found.note("unknown") and not found.note("left out"), found.notes


# What Fedora's and RHEL's grub2-mkconfig write.
FEDORA_CFG = """
set pager=1

if [ -f ${config_directory}/grubenv ]; then
  load_env -f ${config_directory}/grubenv
elif [ -s $prefix/grubenv ]; then
  load_env
fi
if [ "${next_entry}" ] ; then
   set default="${next_entry}"
   set next_entry=
   save_env next_entry
   set boot_once=true
else
   set default="${saved_entry}"
fi

if [ x"${feature_menuentry_id}" = xy ]; then
  menuentry_id_option="--id"
else
  menuentry_id_option=""
fi

export menuentry_id_option

if [ "${prev_saved_entry}" ]; then
  set saved_entry="${prev_saved_entry}"
  save_env saved_entry
  set prev_saved_entry=
  save_env prev_saved_entry
  set boot_once=true
fi

terminal_output console
if [ x$feature_timeout_style = xy ] ; then
  set timeout_style=menu
  set timeout=5
# Fallback normal timeout code in case the timeout_style feature is
# unavailable.
else
  set timeout=5
fi

if [ -f ${prefix}/user.cfg ]; then
  source ${prefix}/user.cfg
  if [ -n "${GRUB2_PASSWORD}" ]; then
    set superusers="root"
    export superusers
    password_pbkdf2 root ${GRUB2_PASSWORD}
  fi
fi

insmod increment
if [ -n "${boot_counter}" -a "${boot_success}" = "0" ]; then
  if  [ "${boot_counter}" -eq 0 -o "${boot_counter}" -eq -1 ]; then
    set default=1
    set boot_counter=-1
  else
    decrement boot_counter
  fi
  save_env boot_counter
fi

insmod part_gpt
insmod xfs
search --no-floppy --fs-uuid --set=root {uuid}
insmod part_gpt
insmod xfs
search --no-floppy --fs-uuid --set=boot {uuid}

# This section was generated by a script. Do not modify the generated file - all changes
if [ -z "${kernelopts}" ]; then
  set kernelopts="root=UUID={uuid} ro quiet "
fi

insmod blscfg
blscfg

if [ "${boot_success}" = "1" -o "${boot_indeterminate}" = "1" ]; then
  set menu_hide_ok=1
else
  set menu_hide_ok=0
fi
if [ x$feature_timeout_style = xy ] ; then
  if [ "${menu_show_once}" ]; then
    unset menu_show_once
    save_env menu_show_once
    set timeout_style=menu
    set timeout=60
  elif [ "${menu_auto_hide}" -a "${menu_hide_ok}" = "1" ]; then
    set orig_timeout_style=${timeout_style}
    set orig_timeout=${timeout}
    if [ "${fastboot}" = "1" ]; then
      # timeout_style=menu + timeout=0 avoids the countdown code keypress check
      set timeout_style=menu
      set timeout=0
    else
      set timeout_style=hidden
      set timeout=1
    fi
  fi
fi
if [ "$grub_platform" = "efi" ]; then
	fwsetup --is-supported
	if [ "$?" = 0 ]; then
		menuentry 'UEFI Firmware Settings' $menuentry_id_option 'uefi-firmware' {
			fwsetup
		}
	fi
fi
if [ -f  ${config_directory}/custom.cfg ]; then
  source ${config_directory}/custom.cfg
elif [ -z "${config_directory}" -a -f  $prefix/custom.cfg ]; then
  source $prefix/custom.cfg
fi
"""
FEDORA_STUB = """search --no-floppy --root-dev-only --fs-uuid --set=dev {uuid}
set prefix=($dev){top}/grub2

export $prefix
configfile $prefix/grub.cfg
"""
MACHINE = "5f8ab5f6d6a94b4b8b8a5a8b2d6d0f3a"


def bls(release: str, options: str, top: str = "") -> str:
    return (f"title Fedora Linux ({release}) 41 (Cloud Edition)\nversion {release}\n"
            f"linux {top}/vmlinuz-{release}\ninitrd {top}/initramfs-{release}.img $tuned_initrd\n"
            f"options {options} $tuned_params\ngrub_users $grub_users\ngrub_arg --unrestricted\n"
            "grub_class fedora\n")


def fedora_boot(top: str, in_entries: str, options: str, env: dict[str, str],
                user: str = "") -> tuple[Files, list[str]]:
    """The files of /boot: on a partition of its own, or (top "boot/") on the root file system."""
    releases = ("6.11.4-301.fc41.x86_64", "6.11.10-300.fc41.x86_64", "0-rescue-" + MACHINE)
    files: Files = {f"{top}grub2/grub.cfg": FEDORA_CFG.replace("{uuid}", UUID),
                    f"{top}grub2/grubenv": environment(**env)}
    if user:
        files[f"{top}grub2/user.cfg"] = user
    for release in releases:
        files[f"{top}loader/entries/{MACHINE}-{release}.conf"] = bls(release, options, in_entries)
    return files, [top + name for release in releases
                   for name in (f"vmlinuz-{release}", f"initramfs-{release}.img")]


@pytest.mark.parametrize("kind", [LINUX, XBOOTLDR])
def test_fedora(tmp_path: Path, kind: str) -> None:
    """GPT, ESP, ext4 /boot with BLS, and a root that is not read."""
    env = {"saved_entry": f"{MACHINE}-6.11.10-300.fc41.x86_64", "menu_auto_hide": "1",
           "boot_success": "1", "tuned_params": "isolcpus=2", "tuned_initrd": ""}
    files, empty = fedora_boot("", "", "root=UUID=1234 ro rootflags=subvol=root", env)
    stub = FEDORA_STUB.format(uuid=UUID, top="")
    disk = make_disk(tmp_path / "disk", Part({"EFI/fedora/grub.cfg": stub}, "vfat", ESP),
                     Part(files, "ext4", kind, empty=empty, uuid=UUID), Part({}, "none"))
    found = find(disk)
    assert found.ids == [f"{MACHINE}-{release}" for release in
                         ("6.11.10-300.fc41.x86_64", "6.11.4-301.fc41.x86_64",
                          "0-rescue-" + MACHINE)]
    entry = found.chosen
    assert entry is found.entries[0] and found.timeout == 1000 and entry.kind == "bls"
    assert entry.options == "root=UUID=1234 ro rootflags=subvol=root isolcpus=2"
    assert entry.initrd == ["2:/initramfs-6.11.10-300.fc41.x86_64.img"]
    assert found.requests < 45, found.requests
    assert not found.note("unknown"), found.notes


@pytest.mark.parametrize("top, in_entries", [("", ""), ("boot/", "/boot"), ("boot/", "")])
def test_rhel(tmp_path: Path, top: str, in_entries: str) -> None:
    """XFS: a /boot (RHEL 9), or all on the root file system (RHEL 10); kernelopts."""
    env = {"saved_entry": f"{MACHINE}-6.11.4-301.fc41.x86_64", "boot_counter": "2",
           "boot_success": "0"}
    files, empty = fedora_boot(top, in_entries, "$kernelopts", env)
    disk = make_disk(tmp_path / "disk", Part({}, "vfat", ESP),
                     Part(files, "xfs", empty=empty, uuid=UUID))
    found = find(disk)
    assert len(found.entries) == 3 and found.chosen is found.entries[1]
    assert found.chosen.kernel == f"2:/{top}vmlinuz-6.11.4-301.fc41.x86_64"
    assert found.chosen.options == f"root=UUID={UUID} ro quiet"
    assert found.timeout == 5000 and found.requests < 60, found.requests


@pytest.mark.parametrize("users, refused", [("", False), ("root", True)])
def test_password(tmp_path: Path, users: str, refused: bool) -> None:
    files, empty = fedora_boot("", "", "ro", {"grub_users": users}, "GRUB2_PASSWORD=grub.pbkdf2.x\n")
    found = find(make_disk(tmp_path / "disk", Part(files, empty=empty, uuid=UUID)))
    assert [bool(entry.refused) for entry in found.entries] == [refused] * 3
    assert not any(entry.chosen for entry in found.entries) == refused


UBUNTU = """
set menu_color_normal=white/black
function gfxmode {
	set gfxpayload="${1}"
	if [ "${1}" = "keep" ]; then
		set vt_handoff=vt.handoff=7
	else
		set vt_handoff=
	fi
}
function recordfail {
  set recordfail=1
  if [ -n "${have_grubenv}" ]; then if [ -z "${boot_once}" ]; then save_env recordfail; fi; fi
}
if [ "${recordfail}" != 1 ]; then
  if [ -e ${prefix}/gfxblacklist.txt ]; then
    if [ ${grub_platform} != pc ]; then
      set linux_gfx_mode=keep
    elif hwmatch ${prefix}/gfxblacklist.txt 3; then
      if [ ${match} = 0 ]; then
        set linux_gfx_mode=keep
      else
        set linux_gfx_mode=text
      fi
    else
      set linux_gfx_mode=text
    fi
  else
    set linux_gfx_mode=keep
  fi
else
  set linux_gfx_mode=text
fi
export linux_gfx_mode
# set partuuid to empty
set partuuid=6d1b
if [ "${initrdfail}" = 1 ]; then
  set initrdfail=2
fi
menuentry 'Ubuntu' --class ubuntu --class os $menuentry_id_option 'gnulinux-simple' {
	recordfail
	load_video
	gfxmode $linux_gfx_mode
	insmod gzio
	if [ x$grub_platform = xxen ]; then insmod xzio; insmod lzopio; fi
	search --no-floppy --label --set=root cloudimg-rootfs
	if [ "${initrdfail}" = 1 ]; then
	  echo	'GRUB_FORCE_PARTUUID set, initrdless boot failed. Attempting with initrd.'
	  linux	/boot/vmlinuz-6.8.0 root=LABEL=cloudimg-rootfs ro  console=tty1 console=ttyS0
	  initrd	/boot/initrd.img-6.8.0
	else
	  echo	'GRUB_FORCE_PARTUUID set, attempting initrdless boot.'
	  linux	/boot/vmlinuz-6.8.0 root=PARTUUID=$partuuid ro  console=tty1 console=ttyS0 $vt_handoff panic=-1
	fi
	initrdfail
}
"""


def test_ubuntu(tmp_path: Path) -> None:
    root = Part({"boot/grub/grub.cfg": UBUNTU}, empty=["boot/vmlinuz-6.8.0", "boot/initrd.img-6.8.0"],
                label="cloudimg-rootfs")
    found = find(make_disk(tmp_path / "disk", Part({}, "vfat", ESP), root))
    assert found.chosen.options == ("BOOT_IMAGE=/boot/vmlinuz-6.8.0 root=PARTUUID=6d1b ro console=tty1 "
                                    "console=ttyS0 vt.handoff=7 panic=-1")
    assert not found.chosen.initrd and found.chosen.kernel.startswith("2:")


OPENSUSE = """
if [ -f ${config_directory}/grubenv ]; then
  load_env -f ${config_directory}/grubenv
elif [ -s $prefix/grubenv ]; then
  load_env
fi
if [ "${env_block}" ] ; then
  set env_block="(${root})${env_block}"
  export env_block
  load_env -f "${env_block}"
fi
if [ "${next_entry}" ] ; then
   set default="${next_entry}"
   set next_entry=
   save_env next_entry
   if [ "${env_block}" ] ; then
     save_env -f "${env_block}" next_entry
   fi
   set boot_once=true
else
   set default="${saved_entry}"
fi
if [ x"${feature_menuentry_id}" = xy ]; then menuentry_id_option="--id"; else menuentry_id_option=""; fi
if loadfont unicode ; then
  set gfxmode=auto
  load_video
  insmod gfxterm
  set locale_dir=$prefix/locale
  set lang=en_US
  insmod gettext
fi
terminal_output gfxterm
set theme=($root)/boot/grub2/themes/openSUSE/theme.txt
export theme
if [ -n "$extra_cmdline" ]; then
  submenu "Bootable snapshot #$snapshot_num" {
    menuentry "If OK, run 'snapper rollback' and reboot." { true; }
  }
fi
set linux=linux
set initrd=initrd
if [ "${grub_cpu}" = "x86_64" -o "${grub_cpu}" = "i386" ]; then
    if [ "${grub_platform}" = "efi" ]; then
        set linux=linuxefi
        set initrd=initrdefi
    fi
fi
export linux initrd
menuentry 'openSUSE Leap 15.6'  --class opensuse --class gnu-linux --class gnu --class os $menuentry_id_option 'gnulinux-simple-UUID' {
	load_video
	set gfxpayload=keep
	insmod gzio
	insmod part_gpt
	insmod ext2
	set root='hd0,gpt2'
	if [ x$feature_platform_search_hint = xy ]; then
	  search --no-floppy --fs-uuid --set=root --hint='hd0,gpt2'  UUID
	else
	  search --no-floppy --fs-uuid --set=root UUID
	fi
	echo	'Loading Linux 6.4.0-150600.21-default ...'
	$linux	/boot/vmlinuz-6.4.0-150600.21-default root=UUID=UUID  ${extra_cmdline} splash=silent mitigations=auto quiet security=apparmor
	echo	'Loading initial ramdisk ...'
	$initrd	/boot/initrd-6.4.0-150600.21-default
}
if [ -f "/.snapshots/grub-snapshot.cfg" ]; then
  source "/.snapshots/grub-snapshot.cfg"
fi
"""


def test_opensuse(tmp_path: Path) -> None:
    name = "6.4.0-150600.21-default"
    root = Part({"boot/grub2/grub.cfg": OPENSUSE.replace("UUID", UUID).replace(f"root={UUID}={UUID}", "root=UUID=x"),
                 "boot/grub2/grubenv": environment(saved_entry="openSUSE Leap 15.6")},
                empty=[f"boot/vmlinuz-{name}", f"boot/initrd-{name}"], uuid=UUID)
    found = find(make_disk(tmp_path / "disk", Part({}, "vfat", ESP), root))
    assert found.chosen.title == "openSUSE Leap 15.6"
    assert found.chosen.options.endswith("root=UUID=x splash=silent mitigations=auto quiet "
                                         "security=apparmor")
    assert found.chosen.initrd == [f"2:/boot/initrd-{name}"] and found.timeout is None


ALPINE = """
set default="0"
set timeout=2
menuentry 'Alpine Linux v3.20, with Linux virt' --class alpine $menuentry_id_option 'gnulinux-virt' {
	insmod ext2
	set root='hd0,msdos1'
	search --no-floppy --fs-uuid --set=root UUID
	linux	/vmlinuz-virt root=UUID=x ro modules=sd-mod,usb-storage,ext4 quiet rootfstype=ext4
	initrd	/initramfs-virt
}
"""
ARCH = """
menuentry 'Arch Linux' --class arch $menuentry_id_option 'gnulinux-simple' {
	search --no-floppy --fs-uuid --set=root UUID
	echo	'Loading Linux linux ...'
	linux	/vmlinuz-linux root=UUID=x rw  loglevel=3 quiet
	initrd	/intel-ucode.img /initramfs-linux.img
}
menuentry 'Windows Boot Manager' --class windows {
	chainloader /EFI/Microsoft/Boot/bootmgfw.efi
}
menuentry "Memory Tester" --class memtest86 { linux16 /memtest.bin }
menuentry 'Elsewhere' { search --fs-uuid --set=root 1234; set root=lvm/vg-root; linux /vmlinuz }
menuentry 'Xen' { multiboot2 /xen.gz; module2 /vmlinuz-linux }
menuentry 'Nothing' { insmod ext2 }
menuentry 'Restart' { reboot }
"""


@pytest.mark.parametrize("table", ["dos", "gpt"])
def test_alpine(tmp_path: Path, table: str) -> None:
    boot = Part({"grub/grub.cfg": ALPINE.replace("UUID ", "x ").replace(" UUID\n", f" {UUID}\n")},
                empty=["vmlinuz-virt", "initramfs-virt"], uuid=UUID,
                type="83" if table == "dos" else LINUX)
    found = find(make_disk(tmp_path / "disk", boot, table=table))
    assert found.chosen.kernel == "1:/vmlinuz-virt" and found.timeout == 2000


def test_arch_and_what_is_left_out(tmp_path: Path) -> None:
    esp = Part({"grub/grub.cfg": ARCH.replace("UUID", "ABCD-1234")}, "vfat", ESP, uuid="ABCD1234",
               empty=["vmlinuz-linux", "intel-ucode.img", "initramfs-linux.img", "memtest.bin"])
    found = find(make_disk(tmp_path / "disk", esp))
    assert found.titles == ["Arch Linux", "Memory Tester"]
    assert found.chosen.initrd == ["1:/intel-ucode.img", "1:/initramfs-linux.img"]
    for words in (("grub.cfg:8:", "Windows Boot Manager", "chainloader"),
                  ("grub.cfg:12:", "Elsewhere", "not read"), ("lvm/vg-root",), ("1234", "not found"),
                  ("grub.cfg:13:", "Xen", "multiboot2"), ("grub.cfg:14:", "Nothing"),
                  ("grub.cfg:15:", "Restart", "reboot")):
        assert found.note(*words), (words, found.notes)


# --- the language -----------------------------------------------------------------------

def run_script(tmp_path: Path, script: str, **files: str) -> Found:
    """Scripts that make entries "k ARGUMENTS"."""
    more: Files = {f"boot/grub/{name.replace('_', '.')}": text for name, text in files.items()}
    part = Part({"boot/grub/grub.cfg": script, **more}, empty=["k", "i"], label="root")
    return find(make_disk(tmp_path / "disk", part))


def options_of(tmp_path: Path, body: str, before: str = "") -> str:
    found = run_script(tmp_path, f"{before}\nmenuentry x {{\n{body}\n}}\n")
    assert len(found.entries) == 1, found.notes
    return found.entries[0].options.removeprefix("BOOT_IMAGE=/k").strip()


@pytest.mark.parametrize("body, options", [
    ("linux /k a  b\tc", "a b c"),
    ("linux /k 'a  $b' \"c d\" e\\ f", '"a  $b" "c d" "e f"'),
    ("linux /k a\\\n b # c\n", "a b"),
    ("linux /k a#b", "a#b"),
    ("set v='1 2'; linux /k $v \"$v\" ${v}3 x${none}y $none \"$none\" z", '1 2 "1 2" 1 23 xy  z'),
    ("set v=\"\\$a \\\"b\\\" \\c\"; linux /k \"$v\"", '"$a "b" \\c"'),
    ("v=3; unset v; linux /k [$v]", "[]"),
    ("linux /k a; linux /k b", "b"),
    ("if true; then linux /k a; else linux /k b; fi", "a"),
    ("if false; then linux /k a; elif true; then linux /k b; else linux /k c; fi", "b"),
    ("if ! true; then linux /k a; else linux /k b; fi", "b"),
    ("if [ 1 ]; then if [ -z \"$x\" ]\nthen\nlinux /k a\nelse\nlinux /k b\nfi\nfi", "a"),
    ("for x in 1 2 3; do set y=$y$x; done; linux /k $y", "123"),
    ("for x in 1 2 3; do if [ $x = 2 ]; then continue; fi; set y=$y$x; done; linux /k $y", "13"),
    ("for x in 1 2 3; do if [ $x = 2 ]; then break; fi; set y=$y$x; done; linux /k $y", "1"),
    ("for x in a b; do for z in 1 2; do set y=$y$x$z; done; done; linux /k $y", "a1a2b1b2"),
    ("for x in 1 2; done; linux /k $x", ""),
    ("for x in; do linux /k bad; done; linux /k good", "good"),
    ("f 1 '2 3'; linux /k $r", "1,2 3,"),
    ("if nothing; then linux /k a; else linux /k b$?; fi", "b1"),
    ("while true; do linux /k a; done; linux /k b", "b"),
    ("set n=9; increment n; linux /k $n", "10"),
    ("linux ($root)/k a", "a"),
    ("echo $\"translated\"; linux /k a", "a"),
], ids=str)
def test_language(tmp_path: Path, body: str, options: str) -> None:
    before = 'function f {\n set r="$1,$2,$3"\n return\n set r=bad\n}'
    assert options_of(tmp_path, body, before).replace("($root)", "").split("BOOT_IMAGE=(hd0,gpt1)/k ")[-1] == options


@pytest.mark.parametrize("condition, holds", [
    ("a = a", True), ("a == b", False), ("a != b", True), ("-n ''", False), ("-z ''", True),
    ("10 -gt 9", True), ("10 -lt 9", False), ("-1 -eq -1", True), ("3 -le 3", True), ("3 -ge 4", False),
    ("3 -ne 4", True), ("a < b", True), ("-f /k", True), ("-e /boot", True), ("-f /boot", False),
    ("-d /boot", True), ("-s /k", False), ("-s $prefix/grub.cfg", True), ("-f (hd0,gpt1)/k", True),
    ("-f (hd0,gpt9)/k", False), ("! -f /k", False), ("a = a -a b = c", False),
    ("a = b -o c = c", True), ("a = b -a c = c -o d = d", True), ("", False), ("x", True), ("''", False),
    ("x$feature_menuentry_id = xy", True), ("$grub_platform = pc", True), ("-n", True),
])
def test_conditions(tmp_path: Path, condition: str, holds: bool) -> None:
    text = f"if [ {condition} ]; then linux /k yes; else linux /k no; fi"
    assert options_of(tmp_path, text) == ("yes" if holds else "no")


def test_search(tmp_path: Path) -> None:
    script = """
search --label --set=a root
search --set b -l root
search.fs_label root c hd0,gpt7
search --file /k --set=d
search --no-floppy --hint hd9,gpt9 -f -s e /k
if search --fs-uuid --set=f 1234; then set f=found; else set f=none; fi
menuentry x { linux /k $a $b $c $d $e $f }
"""
    found = run_script(tmp_path, script)
    assert found.chosen.options.split()[1:] == ["hd0,gpt1"] * 5 + ["none"]


def test_menus(tmp_path: Path) -> None:
    """Blocks are carried out behind all else, each with variables of its own."""
    script = """
menuentry first --id=one { linux /k $late; set late=changed }
submenu outer --id s1 {
  set inner=seen
  submenu "in it" --id s2 { menuentry deep --hotkey=d { linux /k $inner } }
  menuentry second { linux /k $inner $late }
}
menuentry last { linux /k $inner$late }
set late=set
set default="s1>s2>deep"
source $prefix/custom.cfg
configfile /none
set timeout=-1
"""
    found = run_script(tmp_path, script, custom_cfg="menuentry custom { linux /k }\n")
    assert {entry.title: entry.options[len("BOOT_IMAGE=/k"):].strip() for entry in found.entries} == {
        "first": "set", "deep": "seen", "second": "seen set", "last": "set", "custom": ""}
    assert found.titles == ["first", "deep", "second", "last", "custom"]
    assert found.chosen.title == "deep" and found.timeout is None
    assert found.note("grub.cfg:12:", "/none")


def test_configfile_takes_the_place(tmp_path: Path) -> None:
    script = "if true; then\nconfigfile /boot/grub/other.cfg\nfi\nmenuentry not { linux /k }\n"
    found = run_script(tmp_path, script, other_cfg="menuentry x { linux /k $config_directory }\n")
    assert found.titles == ["x"] and found.chosen.options.endswith("/boot/grub")


def test_esp_alone(tmp_path: Path) -> None:
    """The stub finds grub.cfg where no usual place has it."""
    stub = "search.file /elsewhere/menu.cfg root\nset prefix=($root)/elsewhere\nconfigfile $prefix/menu.cfg\n"
    root = Part({"elsewhere/menu.cfg": "menuentry x { linux /k }"}, empty=["k"])
    found = find(make_disk(tmp_path / "disk", Part({"EFI/vendor/grub.cfg": stub}, "vfat", ESP), root))
    assert found.chosen.kernel == "2:/k" and found.chosen.source == "2:/elsewhere/menu.cfg"


def test_order_between_kinds(tmp_path: Path) -> None:
    """systemd-boot's entries come first if it is there, which its loader.conf tells."""
    image = make_pe([(".osrel", os_release("Image")), (".linux", b"k")])
    root = Part({"boot/grub/grub.cfg": "menuentry grub { linux /k }"}, empty=["k"])
    esp: Files = {"EFI/Linux/a.efi": image}
    found = find(make_disk(tmp_path / "a", Part(esp, "vfat", ESP), root))
    assert found.titles == ["grub", "Image"] and found.chosen.title == "grub"
    esp["loader/loader.conf"] = "timeout 1\n"
    found = find(make_disk(tmp_path / "b", Part(esp, "vfat", ESP), root))
    assert found.titles == ["Image", "grub"] and found.chosen.title == "Image"


@pytest.mark.parametrize("script, why", [
    ("menuentry x { linux /k", "has no end"), ("} fi done", "out of place"),
    ("function f { f; }\nf", "too deep"), ("source /boot/grub/grub.cfg", "too deep"),
    ("for a in 1 2 3 4 5 6 7 8 9; do " * 12 + "true; " + "done; " * 12, "too many commands"),
    ("set x=" + "y" * 20_000, "too long"), ("submenu a { " * 60, "too deep"),
    ("frobnicate", "unknown command"), ("menuentry x { linux /none }", "there is no /none"),
    ("menuentry x { linux /k; initrd /none }", "there is no /none"), ("if true; then", "has no end"),
], ids=["block", "places", "function", "file", "loops", "word", "nesting", "command", "kernel", "initrd",
        "if"])
def test_bounds(tmp_path: Path, script: str, why: str) -> None:
    found = run_script(tmp_path, script + "\n")
    assert not found.entries or script.startswith("if")
    assert found.note(why), found.notes[-5:]


def test_memory_ends(tmp_path: Path) -> None:
    """What was found so far stays."""
    script = "menuentry a { linux /k }\n" + "".join(
        f"menuentry '{i} {'x' * 900}' {{ linux /k {'y' * 900} }}\n" for i in range(70))
    found = run_script(tmp_path, script + f"set x={'z' * 8000}\n" * 5)
    assert found.titles[0] == "a" and len(found.entries) > 20


def test_random_damage(tmp_path: Path) -> None:
    rng = random.Random(5)
    text = (FIXTURES / "grub-debian12.cfg").read_bytes()
    for turn in range(12):
        damaged = bytearray(text)
        for _ in range(20):
            at = rng.randrange(len(damaged))
            damaged[at:at + rng.randrange(3)] = rng.choice([b"{", b"}", b"\n", b"'", b'"', b"$", b";", b"\0"])
        root = Part({"boot/grub/grub.cfg": bytes(damaged)}, empty=debian_files("boot/"), uuid=UUID)
        find(make_disk(tmp_path / f"disk{turn}", root))
