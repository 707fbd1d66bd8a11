/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * INT 15h AH=87h, by which the BIOS copies between any two addresses below 4 GiB. It enters
 * protected mode, and so is not asked by a processor that is there, in VM86 mode.
 *
 * Reference: IBM PS/2 and PC BIOS Interface Technical Reference, INT 15h AH=87h.
 */
#include "vgasrc/highcopy.h"

struct descriptor {
	uint16_t limit, base_low;
	uint8_t base_middle, access;
	uint8_t flags, base_high;
};

enum { FROM = 2, TO = 3, DESCRIPTORS = 6, DATA = 0x93, PROTECTED = 1 };

static void describe(struct descriptor *d, uint32_t address)
{
	d->limit = 0xffff;
	d->base_low = address;
	d->base_middle = address >> 16;
	d->access = DATA;
	d->base_high = address >> 24;
}

bool high_copy(uint32_t to, uint32_t from, uint16_t words)
{
	struct descriptor table[DESCRIPTORS] = {0};
	uint32_t eax = 0x8700;
	uint16_t machine_status;
	bool failed;

	asm volatile("smsw %0" : "=r"(machine_status));
	if (machine_status & PROTECTED)
		return false;
	describe(&table[FROM], from);
	describe(&table[TO], to);
	asm volatile("int $0x15" : "+a"(eax), "=@ccc"(failed) : "c"(words), "S"(table) : "memory");
	return !failed;
}
