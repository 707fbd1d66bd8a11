#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-3.0-or-later
"""Checks what the linked firmware promises, and prints how full it is.

check_rom.py petrel.elf [bios.bin]: entry points and tables at their addresses, each
part in its place, no relocations, no initialised writable data, the switch of mode's
code in segment F000; with the image given, also its size and the bytes that a machine
looks at first. Ends with one sentence that says what is off.
"""

import subprocess
import sys

CODE_BASE, CODE_END = 0xFFF90000, 0xFFFE0000
DATA_BASE, DATA_END = 0xE0000, 0xF0000
FSEG_BASE = 0xF0000
IMAGE_SIZE, SEGMENT_SIZE = 0x70000, 0x10000
FIRST_FIXED = 0xE05B
MODEL_OFFSET, DATE_OFFSET, RESET_OFFSET = 0xFFFE, 0xFFF5, 0xFFF0

# Entry points have a symbol fixed_ADDRESS (entry.S); tables have names.
ENTRIES = ("e05b e2c3 e3fe e6f2 e739 e82e e987 ec59 ef57 efd2 f045 f065 f841 f84d f859 "
           "fe6e fea5 ff53 ff54 fff0").split()
TABLES = {"fixed_disk_table": 0xE401, "config_table": 0xE6F5, "baud_table": 0xE729,
          "diskette_table": 0xEFC7, "video_table": 0xF0A4, "font_8x8": 0xFA6E,
          "vector_table": 0xFEF3, "bios_date": DATE_OFFSET, "model_byte": MODEL_OFFSET}


class RomError(Exception):
    """What is off."""


def run(*command: str) -> str:
    """The output of a binutils command."""
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def read_symbols(elf: str) -> dict[str, int]:
    """Symbol names and addresses."""
    symbols = {}
    for line in run("nm", elf).splitlines():
        fields = line.split()
        if len(fields) == 3:
            symbols[fields[2]] = int(fields[0], 16)
    return symbols


def read_sections(elf: str) -> dict[str, int]:
    """Section names and sizes."""
    sections = {}
    for line in run("objdump", "-h", elf).splitlines():
        fields = line.split()
        if len(fields) == 7 and fields[0].isdigit():
            sections[fields[1]] = int(fields[2], 16)
    return sections


def check_fixed(symbols: dict[str, int]) -> None:
    """Every entry point and table is where old software looks for it."""
    wanted = {f"fixed_{name}": int(name, 16) for name in ENTRIES} | TABLES
    for name, offset in wanted.items():
        if name not in symbols:
            raise RomError(f"{name}, wanted at F000:{offset:04X}, is not in the ROM")
        if symbols[name] != FSEG_BASE + offset:
            raise RomError(f"{name} is at {symbols[name]:05X}, not at F000:{offset:04X}")
    if symbols["ap_entry"] != FSEG_BASE:
        raise RomError("ap_entry, where other processors start, is not at F000:0000")
    if symbols["rom_code_mark"] != CODE_BASE:
        raise RomError(f"the mark by which A20 is seen is not at {CODE_BASE:X}")


def check_sections(elf: str, sections: dict[str, int]) -> None:
    """Nothing needs to be moved, copied or patched at run time."""
    if sections.get(".data", 0):
        raise RomError(f"{sections['.data']} bytes of initialised writable data in .data: "
                       "make them const, or set them in POST")
    if sections.get(".fixed") != SEGMENT_SIZE - FIRST_FIXED:
        raise RomError(f"the part from F000:{FIRST_FIXED:04X} on has {sections.get('.fixed', 0)} "
                       f"bytes, not {SEGMENT_SIZE - FIRST_FIXED}")
    if sections.get(".dynamic_linking", 0):
        raise RomError("the linker made a GOT, a PLT or relocations: some code is not fixed")
    if "no relocations" not in run("readelf", "-r", elf):
        raise RomError("relocations are left")


def check_parts(symbols: dict[str, int]) -> None:
    """32-bit code runs below 4 GiB, variables lie at E0000, what 16-bit code needs at F0000."""
    parts = {"post": (CODE_BASE, CODE_END), "interrupt": (CODE_BASE, CODE_END),
             "bss_start": (DATA_BASE, DATA_END), "data_end": (DATA_BASE, DATA_END),
             "gdt_pointer": (FSEG_BASE, FSEG_BASE + FIRST_FIXED),
             "pnp_structure": (FSEG_BASE, FSEG_BASE + FIRST_FIXED)}
    for name, (start, end) in parts.items():
        if not start <= symbols[name] < end:
            raise RomError(f"{name} is at {symbols[name]:X}, outside {start:X}-{end - 1:X}")


def check_image(path: str) -> None:
    """The file is what QEMU maps."""
    with open(path, "rb") as image:
        data = image.read()
    if len(data) != IMAGE_SIZE:
        raise RomError(f"{path} has {len(data)} bytes, not {IMAGE_SIZE}")
    fseg, variables = data[-SEGMENT_SIZE:], data[-2 * SEGMENT_SIZE:-SEGMENT_SIZE]
    if fseg[RESET_OFFSET] != 0xEA:
        raise RomError("there is no far jump at F000:FFF0, where the processor starts")
    if fseg[MODEL_OFFSET] != 0xFC:
        raise RomError("the model byte at F000:FFFE is not FC")
    if any(variables):
        raise RomError("the variables' part of the image is not zero")


def print_usage(symbols: dict[str, int]) -> None:
    """Used and free bytes of each part."""
    parts = (("code", CODE_BASE, symbols["rom_code_end"], CODE_END),
             ("variables and stack", DATA_BASE, symbols["data_end"], DATA_END),
             ("segment F000", FSEG_BASE, symbols["fseg_tables_start"], FSEG_BASE + FIRST_FIXED))
    for name, start, used, end in parts:
        print(f"  {name}: {used - start} bytes used, {end - used} free")


def main() -> int:
    elf = sys.argv[1]
    try:
        symbols = read_symbols(elf)
        check_fixed(symbols)
        check_sections(elf, read_sections(elf))
        check_parts(symbols)
        if len(sys.argv) > 2:
            check_image(sys.argv[2])
            print_usage(symbols)
    except RomError as error:
        print(f"{sys.argv[-1]}: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
