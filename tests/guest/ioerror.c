// SPDX-License-Identifier: LGPL-3.0-or-later
/*
 * INT 13h on a disk whose host reports errors: test_failures.py lets reads of
 * sector 300 and writes of sector 310 fail. The caller must hear of it, and
 * sectors beside the bad ones must stay usable.
 *
 * References: Ralf Brown's Interrupt List (RBIL), table 00234; T13 1572D (EDD),
 * functions 42h and 43h.
 */

#include "guest.h"
#include "sectors.h"

#define BUFFER 0x20000

static struct regs edd(u16 ax, u32 lba, u16 count)
{
	fill(BUFFER, 0xee, count * 512);
	return sectors_transfer(ax, lba, count, BUFFER);
}

/* RBIL: 01-04 are the caller's mistakes, which this is not */
static bool device_error(const struct regs *r)
{
	return carry(r) && r->ah >= 0x05;
}

void test(void)
{
	struct regs r = edd(0x4200, 299, 1);

	ok(!carry(&r) && peek32(BUFFER) == 299);
	r = edd(0x4200, 300, 1);
	ok(device_error(&r));
	ok(sectors_packet.count == 0);
	ok(peek8(0x474) == r.ah);
	/* EDD: the count says how many blocks were done before the error */
	r = edd(0x4200, 296, 8);
	ok(device_error(&r));
	ok(sectors_packet.count <= 4);
	ok(sectors_packet.count == 0 ||
	   peek32(BUFFER + (sectors_packet.count - 1) * 512) == 296u + sectors_packet.count - 1);
	/* the neighbours, alone and after a reset */
	r = edd(0x4200, 301, 1);
	ok(!carry(&r) && peek32(BUFFER) == 301);
	r = intr_ax_dx(0x13, 0x0000, entry.edx);
	ok(!carry(&r));
	r = edd(0x4200, 299, 1);
	ok(!carry(&r) && peek32(BUFFER) == 299);

	r = edd(0x4300, 309, 1);
	ok(!carry(&r));
	r = edd(0x4300, 310, 1);
	ok(device_error(&r));
	r = edd(0x4300, 311, 1);
	ok(!carry(&r));
}
