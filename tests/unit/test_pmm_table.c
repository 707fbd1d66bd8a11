/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * The structure by which option ROMs find the memory manager: Phoenix, POST Memory Manager
 * Specification 1.01, 3.1. Included as source, because nothing but its signature leads to it.
 */
#include <string.h>

#include "unit.h"

#include "../../src/bios/pmm.c"

void pmm_entry(void)
{
}

int main(void)
{
	const uint8_t *bytes = (const void *)&structure;
	uint16_t entry[2];
	uint8_t sum = 0;

	machine_reset();
	ok(sizeof(structure) == 16 && (uintptr_t)bytes % 16 == 0);
	for (unsigned round = 0; round < 2; round++) { /* again, after a reset */
		pmm_init(true);
		ok(!memcmp(bytes, "$PMM\1\x10", 6));
		sum = 0;
		for (unsigned i = 0; i < 16; i++)
			sum += bytes[i];
		ok(!sum);
		memcpy(entry, bytes + 7, 4);
		ok(entry[0] == fseg_offset(pmm_entry) && entry[1] == ROM_SEG);
		ok(!bytes[11] && !bytes[12] && !bytes[13] && !bytes[14] && !bytes[15]);
		pmm_end();
		for (unsigned i = 0; i < 16; i++)
			ok(!bytes[i]);
	}
	return done();
}
