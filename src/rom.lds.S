/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * Where everything lies: data in RAM at E0000, the ROM at F0000, and in its
 * upper part the entry points and tables that old software finds by address.
 * Nothing is moved at run time, so load and link addresses are the same.
 * scripts/check_rom.py verifies what this file promises.
 */
#include "gaps.h"

#define ADDRESS(offset) (0x##offset - 0xe05b)
#define AT(offset)                                                                                 \
	ASSERT(. <= ADDRESS(offset), "something does not fit in front of a fixed address");     \
	. = ADDRESS(offset);                                                                       \
	KEEP(*(.fixed.offset))                                                                     \
	GAP_##offset
#define MODULE(file) file(.text .text.* .rodata .rodata.*)

OUTPUT_FORMAT(elf32-i386)
ENTRY(fixed_fff0)

SECTIONS
{
	/* E0000: the 55AA header, the private stack, then variables and heap. */
	.bss 0xe3000 (NOLOAD) : {
		bss_start = .;
		KEEP(*(.bss.entry))
		*(.bss .bss.* COMMON)
		. = ALIGN(4);
		bss_end = .;
		*(.noinit .noinit.*)		/* not cleared by POST */
		. = ALIGN(16);
		heap_start = .;
	}
	heap_end = 0xf0000;

	/*
	 * The upper part, first so that it takes what fills the gaps
	 * between the fixed addresses (gaps.h, by scripts/fillgaps.py).
	 */
	.fixed 0xfe05b : {
		AT(e05b)
		AT(e2c3)
		AT(e3fe)
		AT(e401)
		AT(e6f2)
		AT(e6f5)
		AT(e729)
		AT(e739)
		AT(e82e)
		AT(e987)
		AT(ec59)
		AT(ef57)
		AT(efc7)
		AT(efd2)
		AT(f045)
		AT(f065)
		AT(f0a4)
		AT(f841)
		AT(f84d)
		AT(f859)
		AT(fa6e)
		AT(fe6e)
		AT(fea5)
		AT(fef3)
		AT(ff53)
		AT(ff54)
		AT(ff60)
		AT(fff0)
		AT(fff5)
		AT(fffe)
		. = 0x10000 - 0xe05b;
	}

	.rom 0xf0000 : {
		KEEP(*(.entry))			/* F000:0000, a STARTUP IPI's page */
		*(.text .text.*)
		*(.rodata .rodata.*)
		. = ALIGN(4);
		acpi_drivers_start = .;
		KEEP(*(.drivers.acpi))
		acpi_drivers_end = .;
		virtio_drivers_start = .;
		KEEP(*(.drivers.virtio))
		virtio_drivers_end = .;
		rom_code_end = .;
	}
	ASSERT(rom_code_end <= 0xfe05b, "the ROM is full: its code reaches the POST entry at F000:E05B")

	/* Initialised writable data would need a copy in RAM: there is none. */
	.data : { *(.data .data.*) }

	/* What the linker makes for code that is moved or shared: nothing here is. */
	.dynamic_linking : { *(.got*) *(.igot*) *(.iplt) *(.plt*) *(.rel*) }

	.debug_info 0 : { *(.debug_info) }
	.debug_abbrev 0 : { *(.debug_abbrev) }
	.debug_line 0 : { *(.debug_line) }
	.debug_line_str 0 : { *(.debug_line_str) }
	.debug_str 0 : { *(.debug_str) }
	.debug_frame 0 : { *(.debug_frame) }
	.debug_loclists 0 : { *(.debug_loclists) }
	.debug_rnglists 0 : { *(.debug_rnglists) }
	.debug_aranges 0 : { *(.debug_aranges) }
	/DISCARD/ : {
		*(.comment) *(.note .note.*) *(.eh_frame) *(.gnu.*)
	}
}
