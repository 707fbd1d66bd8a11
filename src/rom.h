/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * Symbols that the linker script and entry.S define.
 */
#ifndef PETREL_ROM_H
#define PETREL_ROM_H

#include <stdint.h>

/* rom.lds.S */
extern uint8_t bss_start[], bss_end[], heap_start[], heap_end[];

/* entry.S: interrupt stubs; as functions they have an address and no more. */
void fixed_e2c3(void), fixed_e3fe(void), fixed_e6f2(void), fixed_ff53(void);
void int_05(void), int_08(void), int_09(void), int_0e(void), int_10(void), int_11(void);
void int_12(void), int_14(void), int_15(void), int_16(void), int_17(void);
void int_18(void), int_1a(void), int_40(void), int_70(void);
void int_apic_tick(void), int_irq_master(void), int_irq_slave(void);

/* entry.S: where the next interrupt's frame ends, offset and segment. */
extern uint32_t private_stack[2];

/* entry.S: the Plug and Play BIOS's installation structure. */
extern const uint8_t pnp_structure[];

/* entry.S: what LGDT loads. */
extern const struct table_register gdt_pointer;

/* Puts a table at an address in segment F000 that old software knows; the
 * address counts, not the alignment that the compiler would like. */
#define FIXED(address) __attribute__((used, aligned(1), section(".fixed." #address)))

/* tables.c and font.c: tables at fixed addresses that vectors point to. */
extern const uint8_t fixed_disk_table[], video_table[], diskette_table[], font_8x8[];

/* What INT 15h C0h tells, and the bits of its byte 5. */
enum {
	CONFIG_TABLE_SIZE = 10,
	FEATURES_AT = 5,
	FEATURE_PIC2 = 0x40,
	FEATURE_RTC = 0x20,
	FEATURE_EBDA = 0x04,
};
extern const uint8_t config_table[CONFIG_TABLE_SIZE];

#endif
