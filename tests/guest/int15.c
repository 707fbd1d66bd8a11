// SPDX-License-Identifier: LGPL-3.0-or-later
/*
 * INT 15h: memory maps and sizes, the system's description, A20, waiting and
 * moving blocks.
 *
 * References:
 *   ACPI  ACPI 6.5, section 15.1, INT 15H E820H - Query System Address Map
 *   RBIL  Ralf Brown's Interrupt List, release 61, INTERRUP.B, INT 15
 *   PS/2  IBM PS/2 and PC BIOS Interface Technical Reference, INT 15h
 */

#include "guest.h"

#define SMAP        0x534d4150u
#define UNSUPPORTED 0x86
#define MAX_RANGES  64

#define RAM         1
#define RESERVED    2

struct range {
	u64 base, length;
	u32 type, attributes;
} PACKED;

static struct range map[MAX_RANGES];
static u32 ranges;

static struct regs e820(u32 continuation, u32 size, struct range *to)
{
	struct regs r = regs();

	r.eax = 0xe820;
	r.ebx = continuation;
	r.ecx = size;
	r.edx = SMAP;
	r.di = (u32)to;
	intr(0x15, &r);
	return r;
}

static bool unsupported(const struct regs *r)
{
	return carry(r) && r->ah == UNSUPPORTED;
}

/* The whole walk; every call must have its form right. */
static void walk(void)
{
	u32 continuation = 0;
	struct regs r;

	do {
		struct range *to = &map[ranges];

		memset(to, 0xee, sizeof(*to));
		r = e820(continuation, 20, to);
		if (carry(&r) || r.eax != SMAP || r.ecx != 20 || r.di != (u32)to)
			break;
		if (to->attributes != 0xeeeeeeee)
			break;
		say("e820: %q %q %u\n", to->base, to->length, to->type);
		continuation = r.ebx;
		ranges++;
	} while (continuation && ranges < MAX_RANGES);
	/* ACPI: CF clear, EAX = 'SMAP', ECX = bytes stored, ES:DI unchanged */
	ok(!carry(&r));
	ok(r.eax == SMAP);
	ok(r.ecx == 20);
	/* nothing behind the 20 bytes that were asked for */
	ok(ranges && map[ranges - 1].attributes == 0xeeeeeeee);
	/* EBX = 0 with the last one */
	ok(continuation == 0);
	ok(ranges >= 3);
}

static u32 type_at(u64 address)
{
	u32 i;

	for (i = 0; i < ranges; i++)
		if (address >= map[i].base && address - map[i].base < map[i].length)
			return map[i].type;
	return 0;
}

static void map_makes_sense(void)
{
	bool sorted = true, wraps = false, empty = false, odd_type = false;
	u32 i;

	for (i = 0; i < ranges; i++) {
		empty |= map[i].length == 0;
		wraps |= map[i].base + map[i].length < map[i].base;
		odd_type |= map[i].type < 1 || map[i].type > 5;
		if (i && map[i].base < map[i - 1].base + map[i - 1].length)
			sorted = false;
	}
	ok(!empty);
	ok(!wraps);
	ok(!odd_type);
	/* sorted and not overlapping: not ACPI's demand, but all loaders' hope */
	ok(sorted);

	/* DESIGN section 2: conventional memory ends at the EBDA, the ROM is no RAM */
	ok(map[0].base == 0 && map[0].length == 0x9fc00 && map[0].type == RAM);
	ok(type_at(0x9fc00) == RESERVED);
	ok(type_at(0x9ffff) == RESERVED);
	ok(type_at(0xa0000) != RAM);
	ok(type_at(0xe0000) != RAM);
	ok(type_at(0xf0000) == RESERVED);
	ok(type_at(0xfffff) == RESERVED);
	ok(type_at(0x100000) == RAM);
}

static void e820_forms(void)
{
	struct range to;
	struct regs r;
	struct regs in;

	/* ACPI 3.0: 24 bytes have the extended attributes, bit 0 = "not ignored" */
	memset(&to, 0xee, sizeof(to));
	r = e820(0, 24, &to);
	ok(!carry(&r) && r.eax == SMAP);
	ok(r.ecx == 20 || r.ecx == 24);
	ok(to.base == map[0].base && to.length == map[0].length && to.type == map[0].type);
	ok(r.ecx == 20 ? to.attributes == 0xeeeeeeee : to.attributes == 1);
	/* larger buffers get no more than one range */
	r = e820(0, 0x100, &to);
	ok(!carry(&r) && (r.ecx == 20 || r.ecx == 24));

	/* the walk can start again, and again at any range that it gave */
	r = e820(0, 20, &to);
	ok(to.base == map[0].base);
	r = e820(r.ebx, 20, &to);
	ok(to.base == map[1].base);

	/* wrong signature, too small a buffer, no such continuation: CF set */
	memset(&to, 0xee, sizeof(to));
	in = regs();
	in.eax = 0xe820;
	in.ecx = 20;
	in.edx = SMAP + 1;
	in.di = (u32)&to;
	r = in;
	intr(0x15, &r);
	ok(unsupported(&r));
	r = e820(0, 19, &to);
	ok(carry(&r));
	r = e820(0, 0, &to);
	ok(carry(&r));
	r = e820(0xfffffff0, 20, &to);
	ok(carry(&r));
	ok(filled_with((u32)&to, 0xee, sizeof(to)));
}

/* Bytes of RAM from 1 MiB up to a hole or to the limit. */
static u64 ram_from_1m(u64 limit)
{
	u64 at = 0x100000;
	u32 i;

	for (i = 0; i < ranges; i++)
		if (map[i].type == RAM && map[i].base <= at && map[i].base + map[i].length > at)
			at = map[i].base + map[i].length;
	if (at > limit)
		at = limit;
	return at - 0x100000;
}

static void sizes(void)
{
	struct regs r = intr_ax(0x15, 0xe801);
	u64 below_16m = ram_from_1m(0x1000000), all = ram_from_1m(0x100000000ull);

	/* RBIL 15/E801: AX = CX = KiB from 1 to 16 MiB, BX = DX = 64 KiB above */
	ok(!carry(&r));
	ok(r.ax == r.cx && r.bx == r.dx);
	ok(r.ax <= 0x3c00);
	ok(r.ax == (u32)(below_16m >> 10));
	ok(r.bx == (u32)((all - below_16m) >> 16));
	say("e801: %u KiB, %u * 64 KiB\n", r.ax, r.bx);

	/* RBIL 15/88: AX = KiB from 1 MiB, as far as 16 bits reach; CF clear */
	r = intr_ax(0x15, 0x8800);
	ok(!carry(&r));
	ok(r.ax <= (u32)(all >> 10));
	ok(r.ax >= (all >> 10 < 0x3c00 ? (u32)(all >> 10) : 0x3c00));
}

static void configuration(void)
{
	struct regs r = intr_ax(0x15, 0xc000);
	u32 table = ((u32)r.es << 4) + r.bx;

	/* RBIL 15/C0: CF clear, AH = 00, ES:BX -> table of at least 8 bytes */
	ok(!carry(&r) && r.ah == 0);
	ok(peek16(table) >= 8);
	/* model FC, and the same as at F000:FFFE */
	ok(peek8(table + 2) == 0xfc);
	ok(peek8(0xffffe) == 0xfc);
	/* feature byte 1: no wait for external events unless 15/41 is there,
	 * EBDA allocated (bit 2): 15/C1 then tells where */
	ok(peek8(table + 5) & 0x04);
	ok(!(peek8(table + 5) & 0x02)); /* not Micro Channel */
	/* RBIL 15/C1: ES = segment of the EBDA */
	r = intr_ax(0x15, 0xc100);
	ok(!carry(&r) && r.es == peek16(0x40e));
}

static void a20(void)
{
	struct regs r = intr_ax(0x15, 0x2402);

	/* RBIL 15/2400-2403: CF clear and AH = 00, or 86h unsupported */
	if (!carry(&r)) {
		ok(r.ah == 0);
		/* AL = 1: enabled. On at boot, and nothing else touched it. */
		ok(r.al == 1);
	} else {
		ok(r.ah == UNSUPPORTED);
	}
	/* to switch it on when it is on cannot fail */
	r = intr_ax(0x15, 0x2401);
	ok(!carry(&r) && r.ah == 0);
	/* 2403: BX bit 0 = by keyboard controller, bit 1 = by port 92 */
	r = intr_ax(0x15, 0x2403);
	ok(unsupported(&r) || (!carry(&r) && r.ah == 0 && !(r.bx & ~3u)));
	/* 2400: off, or an honest error; memory tells which */
	r = intr_ax(0x15, 0x2400);
	if (!carry(&r)) {
		r = intr_ax(0x15, 0x2402);
		ok(!carry(&r) && r.al == 0);
		r = intr_ax(0x15, 0x2401);
		ok(!carry(&r));
	} else {
		ok(r.ah == UNSUPPORTED || r.ah == 0x01 || r.ah == 0x02);
	}
	r = intr_ax(0x15, 0x2402);
	ok(unsupported(&r) || r.al == 1);
}

static void wait(void)
{
	struct regs r = regs();

	/* RBIL 15/86: CX:DX microseconds; CF clear when the time is over */
	r.ax = 0x8600;
	r.cx = 0;
	r.dx = 20000;
	intr(0x15, &r);
	ok(!carry(&r));
}

/* RBIL 15/87: a descriptor table of six, the third is the source, the fourth
 * the target. */
static void describe(u8 *descriptor, u32 address)
{
	u8 filled[8] = {0xff, 0xff, address, address >> 8, address >> 16, 0x93, 0, address >> 24};

	memcpy(descriptor, filled, 8);
}

static struct regs move(u32 from, u32 to, u16 words)
{
	static u8 gdt[6 * 8];
	struct regs r = regs();

	memset(gdt, 0, sizeof(gdt));
	describe(gdt + 16, from);
	describe(gdt + 24, to);
	r.ax = 0x8700;
	r.cx = words;
	r.si = (u32)gdt;
	intr(0x15, &r);
	return r;
}

static void move_block(void)
{
	u32 high = 0x300000, i;
	struct regs r;
	bool same = true;

	for (i = 0; i < 0x4000; i++)
		poke32(0x20000 + 4 * i, i * 0x01010101u + 7);
	/* CF clear, AH = 00 */
	r = move(0x20000, high, 0x8000); /* 8000h words: 64 KiB, the most */
	ok(!carry(&r) && r.ah == 0);
	fill(0x30000, 0, 0x200);
	r = move(high + 0x100, 0x30001, 0x80);
	ok(!carry(&r) && r.ah == 0);
	for (i = 0; i < 0x100; i++)
		same &= peek8(0x30001 + i) == peek8(0x20100 + i);
	ok(same);
	ok(peek8(0x30000) == 0 && peek8(0x30101) == 0);
	/* the far end of the 64 KiB arrived too */
	r = move(high + 0xfffe, 0x30000, 1);
	ok(!carry(&r) && peek16(0x30000) == peek16(0x2fffe));
	/* nothing to do is no error */
	r = move(high, 0x30000, 0);
	ok(!carry(&r));
}

static void unknown(void)
{
	static const u16 functions[] = {0x0000, 0x1234, 0x7f00, 0xfe00, 0x24ff};
	struct regs in, r;
	u32 i;

	/* RBIL, note at the head of INT 15: CF set, AH = 86h */
	for (i = 0; i < ARRAY_SIZE(functions); i++) {
		in = regs();
		in.ebx = 0x11112222;
		in.eax = functions[i];
		r = in;
		intr(0x15, &r);
		ok(unsupported(&r));
		ok(same_but(&in, &r, R_EAX));
	}
}

void test(void)
{
	walk();
	map_makes_sense();
	e820_forms();
	sizes();
	configuration();
	a20();
	wait();
	move_block();
	unknown();
}
