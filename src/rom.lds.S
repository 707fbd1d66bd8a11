/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * Where everything lies: data in RAM at E0000, the ROM at F0000, and in its
 * upper part the entry points and tables that old software finds by address.
 * Nothing is moved at run time, so load and link addresses are the same.
 * scripts/check_rom.py verifies what this file promises.
 */
#define ADDRESS(offset) (0x##offset - 0xe05b)
#define AT(offset)                                                                                 \
	ASSERT(. <= ADDRESS(offset), "a module does not fit in the gap that rom.lds.S puts it in");\
	. = ADDRESS(offset);                                                                       \
	KEEP(*(.fixed.offset))
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
	 * The upper part, first so that it takes the modules named here: what is
	 * small and rarely changes fills the gaps between the fixed addresses.
	 */
	.fixed 0xfe05b : {
		AT(e05b)
			MODULE(*/src/int40.o)
		AT(e2c3)
			MODULE(*/src/hw/lapic.o)
			MODULE(*/src/console.o)
		AT(e3fe)
		AT(e401)
			MODULE(*/src/print.o)
			MODULE(*/src/int17.o)
		AT(e6f2)
		AT(e6f5)
		AT(e729)
		AT(e739)
			MODULE(*/src/floppy.o)
		AT(e82e)
			MODULE(*/src/string.o)
			MODULE(*/src/checksum.o)
		AT(e987)
			MODULE(*/src/hw/cpu.o)
			MODULE(*/src/fw/smp.o)
		AT(ec59)
			MODULE(*/src/hw/virtio_mmio.o)
		AT(ef57)
			MODULE(*/src/hw/reset.o)
		AT(efc7)
		AT(efd2)
		AT(f045)
		AT(f065)
		AT(f0a4)
			MODULE(*/src/fw/linux.o)
		AT(f841)
		AT(f84d)
		AT(f859)
			MODULE(*/src/hw/virtio_console.o)
		AT(fa6e)
		AT(fe6e)
		AT(fea5)
		AT(fef3)
		AT(ff53)
		AT(ff54)
			MODULE(*/src/alarm.o)
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
