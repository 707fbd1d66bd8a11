// SPDX-License-Identifier: LGPL-3.0-or-later
/*
 * The end of a disk of any size and any block size: its last block is written
 * and read back, the block behind it does not exist. The harness then looks at
 * the image.
 *
 * Reference: EDD, T13 1572D, functions 42h, 43h, 48h; RBIL, INT 13, for 08h.
 */

#include "guest.h"

#define BUFFER      0x20000
#define SEG(linear) ((linear) >> 4)

struct dap {
	u8 size, reserved;
	u16 count, offset, segment;
	u64 lba;
} PACKED;

struct parameters {
	u16 size, flags;
	u32 cylinders, heads, sectors;
	u64 total;
	u16 block_size;
} PACKED;

static struct regs edd(u16 ax, u64 lba)
{
	struct dap d = {16, 0, 1, 0, SEG(BUFFER), lba};
	struct regs r = regs();

	r.ax = ax;
	r.dl = entry.edx;
	r.si = (u32)&d;
	intr(0x13, &r);
	return r;
}

static bool fine(const struct regs *r)
{
	return !carry(r) && r->ah == 0;
}

void test(void)
{
	struct parameters p = {.size = sizeof(p)};
	struct regs r = regs();

	/* Who has not asked for the block size gets 512 bytes: the whole of this
	 * program was loaded so. */
	r = edd(0x4200, 0);
	ok(fine(&r) && peek16(BUFFER + 510) == 0xaa55);

	r = regs();
	r.ax = 0x4800;
	r.dl = entry.edx;
	r.si = (u32)&p;
	intr(0x13, &r);
	ok(fine(&r));
	say("blocks: %q of %u\n", p.total, p.block_size);
	/* EDD: above 15,482,880 sectors, or other blocks, no geometry is valid */
	ok(!(p.flags & 2) || (p.total <= 15482880 && p.block_size == 512));

	r = intr_ax_dx(0x13, 0x0800, entry.edx);
	if (p.block_size == 512) {
		ok(fine(&r) && (r.cl & 0x3f) == 63);
	} else {
		/* RBIL: CF set, AH = 01 or 07; cylinders are for 512 bytes only */
		ok(carry(&r) && (r.ah == 1 || r.ah == 7));
		r = regs();
		r.ax = 0x0201;
		r.cx = 1;
		r.dl = entry.edx;
		r.es = SEG(BUFFER);
		intr(0x13, &r);
		ok(carry(&r) && r.ah == 1);
	}

	fill(BUFFER, 0xee, p.block_size + 512);
	r = edd(0x4200, p.total - 1);
	ok(fine(&r));
	ok(filled_with(BUFFER, 0, p.block_size));
	ok(filled_with(BUFFER + p.block_size, 0xee, 512));
	r = edd(0x4200, p.total);
	ok(carry(&r) && (r.ah == 1 || r.ah == 4));

	fill(BUFFER, 0xa7, p.block_size);
	r = edd(0x4300, p.total - 1);
	ok(fine(&r));
	r = edd(0x4300, p.total);
	ok(carry(&r) && (r.ah == 1 || r.ah == 4));
	fill(BUFFER, 0, p.block_size);
	r = edd(0x4200, p.total - 1);
	ok(fine(&r));
	ok(filled_with(BUFFER, 0xa7, p.block_size));
	rendezvous("written");
}
