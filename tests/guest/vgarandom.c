// SPDX-License-Identifier: LGPL-3.0-or-later
/*
 * Random calls of INT 10h, and random values in the part of the BIOS data area that is
 * about the display: a VGA BIOS writes to video memory, to that area, to its vectors and
 * to the buffers that it is given, and to nothing else.
 *
 * The memory from 10000 to 8FFFF is a pattern. Buffers lie in one part of it.
 */

#include "guest.h"

#define CALLS     1500
#define ARENA     0x10000u
#define GIVEN     0x20000u /* to 2FFFF: what calls may write to, and 4000 beyond */
#define GIVEN_END 0x34000u
#define ARENA_END 0x90000u
#define ROM       0xc0000u
#define ROM_SIZE  0x8000u
#define PATTERN   0x5aa5c33cu

static u32 state = 1;

static u32 random(void)
{
	state ^= state << 13;
	state ^= state >> 17;
	state ^= state << 5;
	return state;
}

static u32 below(u32 limit)
{
	return (random() >> 8) % limit;
}

static bool one_in(u32 n)
{
	return !below(n);
}

static u32 sum_of(u32 start, u32 end)
{
	u32 sum = 0;

	for (; start < end; start += 4)
		sum = (sum << 1 | sum >> 31) ^ peek32(start);
	return sum;
}

static u32 sum_outside(void)
{
	/* Vectors but 10h, 15h, 1Fh, 43h; the ROM; what lies between 500 and 600 */
	return sum_of(0, 0x10 * 4) ^ sum_of(0x20 * 4, 0x42 * 4) ^ sum_of(0x44 * 4, 0x400) ^
	       sum_of(ROM, ROM + ROM_SIZE) ^ sum_of(0x500, 0x600);
}

static const u8 functions[] = {0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08,
			       0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0x0e, 0x0f, 0x10, 0x11,
			       0x12, 0x13, 0x1a, 0x1b, 0x1c, 0x4f, 0x4f, 0x4f};
static const u8 mode_numbers[] = {0,   1,   2,    3,    4,    5,    6,    7,   0xd,
				  0xe, 0xf, 0x10, 0x11, 0x12, 0x13, 0x93, 0x83};

static void prepare(struct regs *r)
{
	*r = regs();
	r->eax = random();
	r->ebx = random();
	r->ecx = random();
	r->edx = random();
	r->esi = random();
	r->edi = random() & 0xffff0fff;
	r->ebp = random();
	r->es = GIVEN >> 4;
	r->eflags = IF | (random() & 0xcd5);
	r->ah = one_in(16) ? random() : functions[below(ARRAY_SIZE(functions))];
	switch (r->ah) {
	case 0x00:
		r->al = one_in(8) ? random() : mode_numbers[below(ARRAY_SIZE(mode_numbers))];
		break;
	case 0x02:
		if (!one_in(4))
			r->dx = below(30) << 8 | below(90);
		break;
	case 0x09:
	case 0x0a:
	case 0x13: /* 64 Ki characters take their time */
		r->cx &= 0x3f;
		break;
	case 0x10:
		r->al = below(0x20);
		r->dx &= 0x0fff;
		break;
	case 0x11:
		r->al = below(0x38);
		if (r->al == 0x21 || r->al == 0x20) /* fonts are read at any place */
			r->es = random();
		break;
	case 0x12:
		r->bl = 0x30 + below(8);
		break;
	case 0x1c:
		r->al = below(4);
		r->bx &= 0x0fff;
		if (r->al == 2) /* restores what was never saved: any registers */
			r->cx &= ~1;
		break;
	case 0x4f:
		r->al = one_in(16) ? random() : below(0x16);
		if (r->al == 0x02 || r->al == 0x01) {
			r->cx = 0x100 + below(0xa0);
			r->bx = r->cx | (random() & 0xc000);
		}
		if (r->al == 0x04) {
			r->dl = below(2);
			r->bx &= 0x0fff;
		}
		if (!one_in(4))
			r->bx &= 0xff01;
		if (r->al == 0x02)
			r->bx |= 0x100;
		break;
	}
}

/* A program may write anything there: sizes, pages, the mode. */
static void spoil(void)
{
	static const u16 places[] = {0x449, 0x44a, 0x44b, 0x44c, 0x44d, 0x44e, 0x450,
				     0x451, 0x462, 0x484, 0x485, 0x487, 0x489};

	poke8(places[below(ARRAY_SIZE(places))], random());
}

void test(void)
{
	u32 i, before, at = 0;
	struct regs r;

	for (i = ARENA; i < ARENA_END; i += 4)
		poke32(i, PATTERN);
	before = sum_outside();
	for (i = 0; i < CALLS && !at; i++) {
		if (one_in(8))
			spoil();
		if (one_in(64)) /* and then it sets a mode again */
			intr_ax(0x10, 0x0003);
		prepare(&r);
		intr(0x10, &r);
		if (i % 100 == 99)
			for (u32 j = ARENA; j < ARENA_END && !at; j += 4)
				if ((j < GIVEN || j >= GIVEN_END) && peek32(j) != PATTERN)
					at = j;
	}
	if (at)
		say("# call %u or up to 100 before it has changed %x\n", i, at);
	ok(!at);
	ok(sum_outside() == before);
	r = regs();
	r.ax = 0x1200;
	r.bx = 0x32; /* reach the display again */
	intr(0x10, &r);
	poke8(0x489, 0x11);
	intr_ax(0x10, 0x0003);
	intr_ax(0x10, 0x0e41);
	ok(peek16(0xb8000) == 0x0741);
}
