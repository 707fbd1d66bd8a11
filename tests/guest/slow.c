// SPDX-License-Identifier: LGPL-3.0-or-later
/*
 * A disk that answers after the BIOS has lost its patience: test_disk_faults.py makes it
 * slow at "ready: slow", and the guest's clock fast. Each read ends with an error or
 * with all of its data; after an error the buffer is the caller's, and nobody
 * writes to it any more. When the disk is fast again, it is read as before.
 *
 * Reference: RBIL, INT 13/42, and table 00234.
 */

#include "guest.h"
#include "sectors.h"

#define BUFFER 0x20000
#define COUNT  64

/* A read of a disk that is slow; whether it has failed. */
static bool slow_read(u32 lba)
{
	struct regs r = sectors_read(lba, COUNT, BUFFER);

	if (!carry(&r)) {
		ok(sectors_hold(BUFFER, lba, COUNT));
		return false;
	}
	ok(r.ah == 0x80); /* time-out */
	fill(BUFFER, 0x77, COUNT * 512);
	return true;
}

void test(void)
{
	struct regs r = sectors_read(300, COUNT, BUFFER);
	u32 lba, failed = 0, tries;

	ok(!carry(&r) && sectors_hold(BUFFER, 300, COUNT));
	rendezvous("slow");
	failed = slow_read(300 + COUNT);
	failed += slow_read(1500);
	ok(failed);
	r.eflags |= CF;
	rendezvous("fast"); /* by now all that was still to come has come */
	ok(failed < 2 || filled_with(BUFFER, 0x77, COUNT * 512));
	/* the guest's clock is still fast, so that a busy host may be late again */
	for (lba = 300; lba < 300 + 16 * COUNT; lba += COUNT) {
		for (tries = 0; tries < 50 && carry(&r); tries++)
			r = sectors_read(lba, COUNT, BUFFER);
		ok(!carry(&r) && sectors_hold(BUFFER, lba, COUNT));
		r.eflags |= CF;
	}
}
