/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * Which vector leads where. Vectors without a service lead to a bare IRET; those that
 * programs or nobody may use are zero.
 *
 * Reference: IBM PS/2 and PC BIOS Interface Technical Reference, "Interrupts".
 */
#include "bios/vectors.h"

#include <stddef.h>
#include <string.h>

#include "bios/regs.h"
#include "bios/tables.h"
#include "block/floppy.h"
#include "console/font.h"
#include "entry.h"
#include "lib/util.h"

enum {
	VECTORS = 256,
	FIRST_USER = 0x60,
	USERS = 8,
	FIRST_UNUSED = 0x78,
};

/* The vectors that are not a bare IRET. Entries that are tables have their
 * address in the same form. */
static const struct {
	uint8_t vector;
	const void *target;
} vectors[] = {
	/* clang-format off */
	{0x02, fixed_e2c3}, {0x05, int_05}, {0x08, int_08}, {0x09, int_09},
	{0x0a, int_irq_master}, {0x0b, int_irq_master}, {0x0c, int_irq_master},
	{0x0d, int_irq_master}, {0x0e, int_0e}, {0x0f, int_irq_master},
	{0x10, int_10}, {0x11, int_11}, {0x12, int_12}, {0x13, fixed_e3fe}, {0x14, int_14},
	{0x15, int_15}, {0x16, int_16}, {0x17, int_17}, {0x18, int_18}, {0x19, fixed_e6f2},
	{0x1a, int_1a}, {0x1d, &video_table}, {0x1e, &diskette_table}, {0x1f, font_8x8 + 1024},
	{0x40, int_40}, {0x41, NULL}, {0x43, font_8x8}, {0x46, NULL},
	{0x70, int_70}, {0x71, int_irq_slave}, {0x72, int_irq_slave},
	{0x73, int_irq_slave}, {0x74, int_irq_slave}, {0x75, int_irq_slave},
	{0x76, int_irq_slave}, {0x77, int_irq_slave},
	/* clang-format on */
	{VECTOR_APIC_TICK, int_apic_tick},
};

static uint32_t far_pointer(const void *target)
{
	return target ? fseg_pointer(target) : 0;
}

void vectors_init(void)
{
	uint32_t *ivt = phys_ptr(0);

	for (unsigned i = 0; i < FIRST_UNUSED; i++)
		ivt[i] = fseg_pointer(fixed_ff53);
	/* Zero tells programs that look that a vector is free. */
	memset(&ivt[FIRST_USER], 0, USERS * sizeof(ivt[0]));
	memset(&ivt[FIRST_UNUSED], 0, (VECTORS - FIRST_UNUSED) * sizeof(ivt[0]));
	for (size_t i = 0; i < ARRAY_SIZE(vectors); i++)
		ivt[vectors[i].vector] = far_pointer(vectors[i].target);
}
