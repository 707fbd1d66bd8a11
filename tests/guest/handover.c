// SPDX-License-Identifier: LGPL-3.0-or-later
/*
 * What a boot loader does last: it reads a file, asks for the memory map and starts
 * a kernel, which takes all memory and the processor for its own. The harness looks
 * at what a slow disk still does after "handed over".
 */

#include "guest.h"
#include "sectors.h"

#define BUFFER  0x20000
#define READS   32 /* 1 MiB */
#define SECTORS 64u

static void read_on(void)
{
	u32 lba, i;
	struct regs r;

	for (i = 0, lba = 256; i < READS; i++, lba += SECTORS) {
		r = sectors_transfer(0x4200, lba, SECTORS, BUFFER);
		ok(!carry(&r) && sectors_hold(BUFFER, lba, 1));
	}
}

void test(void)
{
	u64 start;
	u32 ticks;

	read_on();
	say("reading ahead\n");
	enter_unreal(); /* a loader has a descriptor table of its own: bios/tick.c */
	ok(ask_for_memory_map());
	say("handed over\n");
	ticks = peek32(0x46c);
	for (start = rdtsc(); rdtsc() - start < 4000000000ull;)
		;
	ok(peek32(0x46c) == ticks);
}
