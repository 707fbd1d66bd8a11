// SPDX-License-Identifier: LGPL-3.0-or-later
/*
 * The read workloads of DESIGN section 4: the first 64 MiB of the disk, as GRUB
 * reads it (63 + 1 sectors a call) and in 4 KiB calls. A newline on the result
 * port before and after each lets test_counts.py count what lies between: line 0
 * is the boot sector's, line 1 the runtime's.
 */

#include "guest.h"

#define BUFFER		0x20000
#define SECTORS		(64u * 1024 * 1024 / 512)
#define PATTERN_FROM	256u			/* tests/guest/mkimage.py */
#define PATTERN_TO	65536u

static struct {
	u8 size, reserved;
	u16 count, offset, segment;
	u64 lba;
} PACKED dap = { 16, 0, 0, 0, BUFFER >> 4, 0 };

static u32 errors, wrong;

static void read(u32 lba, u16 count)
{
	struct regs r = regs();

	dap.count = count;
	dap.lba = lba;
	r.ax = 0x4200;
	r.dl = entry.edx;
	r.si = (u32)&dap;
	intr(0x13, &r);
	errors += carry(&r);
	if (lba < PATTERN_FROM || lba + count > PATTERN_TO)
		return;
	wrong += peek32(BUFFER) != lba;
	wrong += peek32(BUFFER + 512 * count - 4) != lba + count - 1;
}

void test(void)
{
	u64 start = rdtsc();
	u32 lba;

	say("63+1\n");			/* newlines 2 and 3 of the result port */
	for (lba = 0; lba < SECTORS; lba += 64) {
		read(lba, 63);
		read(lba + 63, 1);
	}
	say("63+1 took %q\n", rdtsc() - start);
	start = rdtsc();
	say("8\n");			/* newlines 4 and 5 */
	for (lba = 0; lba < SECTORS; lba += 8)
		read(lba, 8);
	say("8 took %q\n", rdtsc() - start);
	ok(errors == 0);
	ok(wrong == 0);
}
