// SPDX-License-Identifier: LGPL-3.0-or-later
/*
 * Reports everything that the BIOS says of memory, and waits so that the harness
 * can look at the tables in it; test_memory.py judges.
 *
 * References: Ralf Brown's Interrupt List (RBIL), INTERRUP.B: INT 12, INT 15/88,
 * 15/DA88, 15/E801, 15/E820, 15/E881; ACPI 6.5, 15.1.
 */

#include "guest.h"
#include "sectors.h"

#define SMAP      0x534d4150u
#define BUFFER    0x20000
#define SECTORS   32u
#define PATTERN   256u
#define HARD_DISK 0x80

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

/* All hard disks, each like the first, from end to end, so that whoever has memory for
 * that makes use of it; and once more, for what the others may have done to one. */
static void read_disks(void)
{
	u32 drive = entry.edx, disks = peek8(0x475), bad = 0, i, lba;

	for (i = 0; i < 2 * disks; i++) {
		entry.edx = HARD_DISK + i % disks; /* what sectors.h reads */
		for (lba = PATTERN; lba + SECTORS <= DISK_SECTORS; lba += SECTORS) {
			struct regs r = sectors_transfer(0x4200, lba, SECTORS, BUFFER);

			bad += carry(&r) || !sectors_hold(BUFFER, lba, SECTORS);
		}
	}
	entry.edx = drive;
	ok(!bad);
	say("disks: %u\n", disks);
}

void test(void)
{
	read_disks();
	say("12: %u\n", intr_ax(0x12, 0).ax);
	map();
	report(0x8800);
	report(0xda88);
	report(0xe801);
	report(0xe881);
	rendezvous("memory");
}
