// SPDX-License-Identifier: LGPL-3.0-or-later
/*
 * Reports everything that the BIOS says of memory, and waits so that the harness
 * can look at the tables in it; test_memory.py judges.
 *
 * References: Ralf Brown's Interrupt List (RBIL), INTERRUP.B: INT 12, INT 15/88,
 * 15/DA88, 15/E801, 15/E820, 15/E881; ACPI 6.5, 15.1.
 */

#include "guest.h"

#define SMAP 0x534d4150u

static void map(void)
{
	static struct {
		u64 base, length;
		u32 type;
	} PACKED range;
	struct regs r = regs();

	do {
		r.eax = 0xe820;
		r.ecx = sizeof(range);
		r.edx = SMAP;
		r.es = 0;
		r.di = (u32)&range;
		intr(0x15, &r);
		ok(!carry(&r) && r.eax == SMAP);
		say("e820: %q %q %u\n", range.base, range.length, range.type);
	} while (!carry(&r) && r.ebx);
}

static void report(u16 function)
{
	struct regs r = intr_ax(0x15, function);

	say("%x: %u %x %x %x %x\n", function, carry(&r), r.eax, r.ebx, r.ecx, r.edx);
}

void test(void)
{
	say("12: %u\n", intr_ax(0x12, 0).ax);
	map();
	report(0x8800);
	report(0xda88);
	report(0xe801);
	report(0xe881);
	rendezvous("memory");
}
