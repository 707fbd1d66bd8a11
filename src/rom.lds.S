/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * Where everything lies (the table is in docs/architecture.md): 32-bit code and its
 * constants at the start of the image, below 4 GiB, where they are executed in
 * place; variables at E0000; at F0000 what a guest finds by address or by segment.
 * The last two are the image's last 128 KiB, which a PC shows below 1 MiB as well.
 * Nothing is moved at run time. scripts/check_rom.py verifies what this file promises.
 */
#include "layout.h"

#define AT_FIXED(offset)                                                                           \
	ASSERT(. <= 0x##offset - FIXED_OFFSET, "something does not fit before a fixed address");   \
	. = 0x##offset - FIXED_OFFSET;                                                             \
	KEEP(*(.fixed.offset))

OUTPUT_FORMAT(elf32-i386)
ENTRY(fixed_fff0)

SECTIONS
{
	/* FFF90000: what runs in flat protected mode. */
	.code CODE_BASE : {
		rom_code_mark = .;
		KEEP(*(.code_mark))		/* entry.S compares it: the A20 gate */
		*(.text .text.*)
		*(.rodata .rodata.*)
		. = ALIGN(4);
		acpi_drivers_start = .;
		KEEP(*(.drivers.acpi))
		acpi_drivers_end = .;
		acpi_table_drivers_start = .;
		KEEP(*(.drivers.acpi_table))
		acpi_table_drivers_end = .;
		. = ALIGN(4);
		fw_cfg_drivers_start = .;
		KEEP(*(.drivers.fw_cfg))
		fw_cfg_drivers_end = .;
		pci_drivers_start = .;
		KEEP(*(.drivers.pci))
		pci_drivers_end = .;
		usb_drivers_start = .;
		KEEP(*(.drivers.usb))
		usb_drivers_end = .;
		virtio_drivers_start = .;
		KEEP(*(.drivers.virtio))
		virtio_drivers_end = .;
		fs_drivers_start = .;
		KEEP(*(.drivers.fs))
		fs_drivers_end = .;
		rom_code_end = .;
	}
	ASSERT(rom_code_end <= CODE_END, "the code reaches the variables' place in the image")

	/* E0000: the 55AA header, the private stack, then variables. */
	.bss STACK_TOP (NOLOAD) : {
		bss_start = .;
		KEEP(*(.bss.entry))
		*(.bss .bss.* COMMON)
		. = ALIGN(4);
		bss_end = .;
		*(.noinit .noinit.*)		/* not cleared by POST */
		data_end = .;
	}
	ASSERT(data_end <= FSEG_BASE, "the variables reach segment F000")

	/* F0000: 16-bit code, and tables that are found through this segment. */
	.fseg FSEG_BASE : AT(CODE_BASE + IMAGE_SIZE - SEGMENT_SIZE) {
		KEEP(*(.entry))			/* F000:0000, a STARTUP IPI's page */
		*(.fseg .fseg.*)
		. = ALIGN(16);
		fseg_tables_start = .;		/* from here on POST makes tables */
	}
	fseg_tables_end = FSEG_BASE + FIXED_OFFSET;
	ASSERT(fseg_tables_start <= fseg_tables_end, "segment F000 is full")

	.fixed FSEG_BASE + FIXED_OFFSET : AT(CODE_BASE + IMAGE_SIZE - SEGMENT_SIZE + FIXED_OFFSET) {
		AT_FIXED(e05b)
		AT_FIXED(e2c3)
		AT_FIXED(e3fe)
		AT_FIXED(e401)
		AT_FIXED(e6f2)
		AT_FIXED(e6f5)
		AT_FIXED(e729)
		AT_FIXED(e739)
		AT_FIXED(e82e)
		AT_FIXED(e987)
		AT_FIXED(ec59)
		AT_FIXED(ef57)
		AT_FIXED(efc7)
		AT_FIXED(efd2)
		AT_FIXED(f045)
		AT_FIXED(f065)
		AT_FIXED(f0a4)
		AT_FIXED(f841)
		AT_FIXED(f84d)
		AT_FIXED(f859)
		AT_FIXED(fa6e)
		AT_FIXED(fe6e)
		AT_FIXED(fea5)
		AT_FIXED(fef3)
		AT_FIXED(ff53)
		AT_FIXED(ff54)
		AT_FIXED(fff0)
		AT_FIXED(fff5)
		AT_FIXED(fffe)
		. = SEGMENT_SIZE - FIXED_OFFSET;
	}

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
