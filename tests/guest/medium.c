// SPDX-License-Identifier: LGPL-3.0-or-later
/*
 * The disc in drive E0h is changed between calls, at each "ready: change": what is read then
 * is the new disc's, and AH=49h tells of the change at once. All bytes of the first disc are
 * 11h, of the second, which is smaller, 22h.
 *
 * Reference: T13 2132D (EDD-4), AH=42h, 48h, 49h; RBIL INT 13/49.
 */

#include "guest.h"

#define DRIVE   0xe0
#define BUFFER  0x20000
#define BLOCK   2048u
#define LARGE   512u /* blocks */
#define SMALL   256u
#define CHANGED 0x06

static u8 dap[16] = {16, 0, 1, 0, 0, 0, BUFFER >> 4 & 0xff, BUFFER >> 12};

static struct regs call(u16 ax, const void *packet)
{
	struct regs r = regs();

	r.ax = ax;
	r.dl = DRIVE;
	r.si = (u32)packet;
	intr(0x13, &r);
	return r;
}

static bool reads(u32 lba, u8 content)
{
	struct regs r;

	dap[2] = 1; /* it is returned, too */
	*(u32 *)(dap + 8) = lba;
	fill(BUFFER, 0, BLOCK);
	r = call(0x4200, dap);
	return !carry(&r) && filled_with(BUFFER, content, BLOCK);
}

/* In order, so that what follows is read ahead. */
static bool reads_all(u32 from, u32 to, u8 content)
{
	bool all = true;

	for (; from < to; from++)
		all &= reads(from, content);
	return all;
}

static u32 blocks(void)
{
	static u32 parameters[8];

	memset(parameters, 0, sizeof(parameters));
	parameters[0] = 26;
	call(0x4800, parameters);
	return parameters[4];
}

static u8 changed(void)
{
	struct regs r = call(0x4900, NULL);

	ok(carry(&r) == (r.ah != 0));
	return r.ah;
}

void test(void)
{
	changed(); /* whatever has been since the reset */
	ok(blocks() == LARGE && reads_all(0, 20, 0x11) && changed() == 0);
	rendezvous("change");
	ok(reads(20, 0x22));
	ok(changed() == CHANGED && changed() == 0);
	ok(reads_all(21, 40, 0x22));
	rendezvous("change");
	ok(changed() == CHANGED && changed() == 0); /* and before any other call */
	ok(reads_all(40, 60, 0x11) && reads(SMALL, 0x11));
	rendezvous("change");
	ok(blocks() == SMALL);
	ok(!reads(SMALL, 0) && reads_all(60, 70, 0x22));
}
