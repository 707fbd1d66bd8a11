// SPDX-License-Identifier: LGPL-3.0-or-later
/*
 * A disk of which the host takes the second half away while the machine runs:
 * test_disk_faults.py shrinks it to half of its sectors at "ready: shrink". What is gone
 * gives an error, also to reads that run into it in sequence, as read-ahead sees
 * them; what is left is read as before.
 *
 * Reference: EDD, T13 1572D, function 42h.
 */

#include "guest.h"
#include "sectors.h"

#define BUFFER 0x20000
#define HALF   (DISK_SECTORS / 2)

static bool reads(u32 lba, u16 count)
{
	struct regs r = sectors_read(lba, count, BUFFER);

	return !carry(&r) && r.ah == 0 && sectors_hold(BUFFER, lba, count);
}

/* RBIL: an error, in whatever words */
static bool fails(u32 lba, u16 count)
{
	struct regs r = sectors_read(lba, count, BUFFER);

	return carry(&r) && r.ah && (!sectors_packet.count || sectors_packet.count < count);
}

void test(void)
{
	u32 lba;
	bool all = true;

	/* a sequence has started that the device reads ahead of */
	for (lba = HALF - 128; lba < HALF - 64; lba += 8)
		all &= reads(lba, 8);
	ok(all);
	rendezvous("shrink");
	for (; lba < HALF; lba += 8)
		all &= reads(lba, 8);
	ok(all);
	/* some of it may have been read in time */
	for (; lba < HALF + 640; lba += 8) {
		struct regs r = sectors_read(lba, 8, BUFFER);

		all &= carry(&r) ? r.ah != 0 : sectors_hold(BUFFER, lba, 8);
	}
	ok(all);
	ok(fails(HALF + 900, 1));
	ok(fails(DISK_SECTORS - 1, 1));
	ok(fails(HALF + 900, 100));
	ok(reads(300, 8));
	ok(reads(HALF - 1, 1));
	ok(fails(HALF + 900, 1));
	ok(reads(HALF - 8, 8));
}
