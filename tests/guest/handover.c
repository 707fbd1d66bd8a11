// SPDX-License-Identifier: LGPL-3.0-or-later
/*
 * What a boot loader does last: it reads a file, asks for the memory map and starts
 * a kernel, which takes all memory and the processor for its own. The harness looks
 * at what a slow disk still does after "handed over".
 */

#include "guest.h"

#define BUFFER  0x20000
#define READS   32 /* 1 MiB */
#define SECTORS 64u

static struct {
	u8 size, reserved;
	u16 count, offset, segment;
	u64 lba;
} PACKED dap = {16, 0, SECTORS, 0, BUFFER >> 4, 256};

static u32 ticks;

static void read_on(void)
{
	struct regs r;
	u32 i;

	for (i = 0; i < READS; i++, dap.lba += SECTORS) {
		r = regs();
		r.ax = 0x4200;
		r.dl = entry.edx;
		r.si = (u32)&dap;
		intr(0x13, &r);
		ok(!carry(&r) && peek32(BUFFER) == (u32)dap.lba);
	}
}

static void ask_for_memory_map(void)
{
	struct regs r = regs();

	r.eax = 0xe820;
	r.ecx = 20;
	r.edx = 0x534d4150;
	r.es = BUFFER >> 4;
	intr(0x15, &r);
	ok(!carry(&r));
}

void test(void)
{
	u64 start;

	read_on();
	say("reading ahead\n");
	ask_for_memory_map();
	say("handed over\n");
	ticks = peek32(0x46c);
	for (start = rdtsc(); rdtsc() - start < 4000000000ull;)
		;
	ok(peek32(0x46c) == ticks);
}
