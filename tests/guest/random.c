// SPDX-License-Identifier: LGPL-3.0-or-later
/*
 * Services called with random registers, as a caller that does everything wrong
 * would: no call may hang, write to memory that it was not given, or spoil what
 * the BIOS needs itself. Sector 255 of the disk says how many calls, from which
 * seed, and after how many calls to look at memory: 1 finds the one that did it.
 *
 * The caller's memory, 10000-8FFFF, is full of one pattern; what a call may write
 * to is filled again after it, and all of it is looked at now and then. A third of
 * the pointers lead into the BIOS's own memory, E0000-FFFFF, which the harness
 * compares before and after.
 */

#include "guest.h"
#include "sectors.h"

#define ARENA        0x10000
#define ARENA_END    0x90000
#define PATTERN      0x5ac3a53cu
#define SETTINGS     255 /* sector */
#define CALLS        10000
#define CALLS_A_LOOK 64
#define SMAP         0x534d4150
#define BDA          0x400
#define MAX_RANGES   2

static u32 state;

static struct {
	u32 start, length;
} given[MAX_RANGES];
static u32 given_count;

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

/* Fills whole and broken dwords alike, in step with the pattern. */
static void fill_pattern(u32 start, u32 end)
{
	for (; start < end && start & 3; start++)
		poke8(start, PATTERN >> 8 * (start & 3));
	for (; start + 4 <= end; start += 4)
		poke32(start, PATTERN);
	for (; start < end; start++)
		poke8(start, PATTERN >> 8 * (start & 3));
}

/* How many dwords of a segment are the pattern, from its start: 16384 if all are. */
static u32 pattern_length(u16 segment)
{
	u32 left = 0x4000, offset = 0, value = PATTERN;

	__asm__ volatile("pushw %%es\n\tmovw %w3, %%es\n\tcld\n\trepe scasl\n\tsetne %%al\n\t"
			 "movzbl %%al, %%eax\n\tpopw %%es"
			 : "+c"(left), "+D"(offset), "+a"(value)
			 : "r"(segment)
			 : "cc", "memory");
	return 0x4000 - left - value; /* the last one looked at differs if AL is 1 */
}

static bool arena_is_whole(u32 *at)
{
	for (u32 start = ARENA; start < ARENA_END; start += 0x10000) {
		u32 length = pattern_length(start >> 4);

		if (length < 0x4000) {
			*at = start + 4 * length;
			return false;
		}
	}
	return true;
}

/* A call may write here; of it, what is the caller's is filled again. */
static void give(u32 start, u32 length)
{
	u32 end = start + length;

	if (start < ARENA)
		start = ARENA;
	if (end > ARENA_END)
		end = ARENA_END;
	if (start >= end || given_count == MAX_RANGES)
		return;
	given[given_count].start = start;
	given[given_count++].length = end - start;
}

static bool in_arena(u32 address, u32 size)
{
	return address >= ARENA && address + size <= ARENA_END;
}

/* A segment of which every offset is the caller's, or the BIOS's. */
static u16 segment(void)
{
	return one_in(3) ? 0xe000 + below(0x1f00) : 0x1000 + below(0x7000);
}

static u32 linear(u16 seg, u16 offset)
{
	return ((u32)seg << 4) + offset;
}

/* A 32-bit address for those that take one: also the end of memory, where the
 * tables and the read-ahead are, and what is no memory. Not this program. */
static u32 flat(void)
{
	static const u32 bases[] = {ARENA,     0x40000,   0xe0000,   0xf0000,
				    0x7f00000, 0x7ff0000, 0x8000000, 0xfeb00000};

	return bases[below(ARRAY_SIZE(bases))] + below(0x10000);
}

/* --- what each service is asked ------------------------------------------------ */

struct service {
	u8 vector, weight;
	void (*prepare)(struct regs *r);
	const u8 *functions; /* in AH; 0 ends them, and is one itself */
};

static void video(struct regs *r)
{
	if (r->ah == 0x10 && r->al == 0x09)
		give(linear(r->es, r->dx), 17);
	if (r->ah == 0x1b) {
		r->bx = one_in(2) ? 0 : r->bx;
		give(linear(r->es, r->di), 64);
	}
	if (r->ah == 0x13) /* 64 KiB of characters take their time on a serial line */
		r->cx %= 300;
}

static void put_dap(struct regs *r)
{
	u32 at = linear(r->ds, r->si), i;
	u16 count = one_in(16) ? random() : below(40);
	u32 where = flat();

	give(at, 32);
	if (!in_arena(at, 32))
		return;
	for (i = 0; i < 32; i += 4)
		poke32(at + i, random());
	poke8(at, one_in(4) ? random() : 16 + 8 * below(3));
	count = one_in(8) ? 0xff : count;
	poke16(at + 2, count);
	poke16(at + 4, random());
	poke16(at + 6, one_in(4) ? 0xffff : segment());
	if (peek16(at + 6) == 0xffff)
		poke16(at + 4, 0xffff);
	if (!one_in(8)) {
		poke32(at + 8, below(DISK_SECTORS + 50));
		poke32(at + 12, 0);
	}
	poke32(at + 16, where);
	poke32(at + 20, one_in(8) ? random() : 0);
	poke32(at + 24, below(200));
	/* EDD-4: a flat address by FFFF:FFFF, or with a count of its own by FFh */
	if ((peek16(at + 6) != 0xffff || peek8(at) < 24) && (count != 0xff || peek8(at) < 32))
		where = linear(peek16(at + 6), peek16(at + 4));
	give(where, count < 0xff ? count * 2048 : 0x80000);
}

static void disk(struct regs *r)
{
	static const u8 drives[] = {0x80, 0x80, 0x80, 0x00, 0xe0, 0x81, 0x7f, 0x01};

	if (!one_in(8))
		r->dl = drives[below(ARRAY_SIZE(drives))];
	/* Emulating a disk renumbers the drives, and booting it does not return. */
	if (r->ah == 0x4a || r->ah == 0x4c)
		r->ah = 0x4b;
	if (r->ah == 0x4d && !in_arena(linear(r->ds, r->si), 8))
		r->ah = 0x4b; /* what lies there could be the address of this program */
	switch (r->ah) {
	case 0x02:
	case 0x03:
	case 0x04:
	case 0x05:
		if (!one_in(4)) {
			r->cx = below(3) << 8 | below(64);
			r->dh = below(20);
			r->al = below(80);
		}
		if (r->ah == 0x02)
			give(linear(r->es, r->bx), r->al * 512);
		break;
	case 0x41:
		r->bx = one_in(4) ? r->bx : 0x55aa;
		break;
	case 0x42:
	case 0x43:
	case 0x44:
	case 0x47:
		put_dap(r);
		break;
	case 0x48:
		if (in_arena(linear(r->ds, r->si), 2))
			poke16(linear(r->ds, r->si), one_in(2) ? 0x42 : random());
		give(linear(r->ds, r->si), 0x4a);
		break;
	case 0x4b:
		give(linear(r->ds, r->si), 0x13);
		break;
	case 0x4d:
		poke8(linear(r->ds, r->si), 8);
		poke16(linear(r->ds, r->si) + 4, segment());
		give(linear(r->ds, r->si), 8);
		break;
	}
}

static void serial(struct regs *r)
{
	r->dx = one_in(4) ? r->dx : below(4);
	if (r->ah == 0x00)
		r->al |= 0xe0; /* at 110 baud, the rest would take minutes */
	if (r->ah == 0x04)
		r->cl = 8;
	if (r->ah == 0x05)
		r->bl &= ~0x10; /* loop-back would cut off the harness, and the console */
}

/* Descriptors of INT 15h 87h: always the caller's, since those that the BIOS's
 * memory happens to hold could name this program. */
static void put_descriptors(struct regs *r)
{
	u32 at, i, to = flat();

	r->es = 0x1000 + below(0x6000);
	at = linear(r->es, r->si);
	give(at, 0x30);
	for (i = 0; i < 0x30; i += 4)
		poke32(at + i, random());
	/* device registers are for the caller to spoil, who knows what it does there */
	if (to >= 0x8000000)
		to = ARENA;
	for (i = 0x10; i <= 0x18; i += 8) {
		poke16(at + i, one_in(4) ? random() : 0xffff);
		poke32(at + i + 2, i == 0x18 ? to : below(0x8000000));
		poke16(at + i + 6, 0);
		poke8(at + i + 5, 0x93);
	}
	poke8(at + 0x18 + 7, to >> 24);
	poke8(at + 0x10 + 7, 0);
	if (!one_in(4))
		r->cx = below(0x1000);
	if (r->cx <= 0x8000)
		give(to, r->cx * 2);
}

static void system(struct regs *r)
{
	static const u16 wide[] = {0xe801, 0xe820, 0xe820, 0xe820, 0xe881, 0xda88};

	if (one_in(3))
		r->ax = wide[below(ARRAY_SIZE(wide))];
	if (r->ax == 0xe820) {
		r->edx = one_in(8) ? r->edx : SMAP;
		r->ecx = one_in(4) ? r->ecx : 20 + below(8);
		r->ebx = one_in(8) ? r->ebx : below(12);
		give(linear(r->es, r->di), 24);
	}
	if (r->ah == 0x86) { /* up to 71 minutes otherwise */
		r->cx = 0;
		r->dx &= 0x3ff;
	}
	if (r->ah == 0x87)
		put_descriptors(r);
}

static void keyboard(struct regs *r)
{
	struct regs key = regs();

	if ((r->ah & 0xf) || r->ah > 0x20)
		return;
	/* 00h, 10h and 20h wait for a key: here is one that all of them know. */
	poke16(BDA + 0x1a, peek16(BDA + 0x1c));
	key.ah = 0x05;
	key.cx = 0x1e61;
	intr(0x16, &key);
}

static void any(struct regs *r)
{
	(void)r;
}

static const u8 video_functions[] = {1,  2,  3,  4,  5,    6,    7,    8,    9,    10,   11,
				     14, 15, 16, 17, 0x12, 0x13, 0x1a, 0x1b, 0x4f, 0x10, 0};
static const u8 disk_functions[] = {1,    2,    2,    3,    4,    5,    8,    9,    0x0c,
				    0x0d, 0x10, 0x11, 0x14, 0x15, 0x16, 0x17, 0x18, 0x41,
				    0x42, 0x42, 0x42, 0x43, 0x43, 0x44, 0x45, 0x46, 0x47,
				    0x48, 0x48, 0x49, 0x4b, 0x4d, 0x4e, 0};
static const u8 serial_functions[] = {1, 2, 3, 4, 5, 0};
static const u8 system_functions[] = {0x24, 0x4f, 0x80, 0x81, 0x82, 0x85, 0x86, 0x87,
				      0x87, 0x88, 0x89, 0x90, 0x91, 0xc0, 0xc1, 0};
static const u8 key_functions[] = {1, 2, 3, 5, 9, 0x0a, 0x10, 0x11, 0x12, 0x20, 0x21, 0x22, 0};
static const u8 printer_functions[] = {1, 2, 0};
static const u8 time_functions[] = {1, 2, 3, 4, 5, 6, 7, 0xb1, 0};
static const u8 no_functions[] = {0};

static const struct service services[] = {
	{0x10, 6, video, video_functions},   {0x11, 1, any, no_functions},
	{0x12, 1, any, no_functions},        {0x13, 12, disk, disk_functions},
	{0x14, 1, serial, serial_functions}, {0x15, 6, system, system_functions},
	{0x16, 4, keyboard, key_functions},  {0x17, 1, any, printer_functions},
	{0x1a, 3, any, time_functions},      {0x40, 2, disk, disk_functions},
};

static const struct service *choose(void)
{
	u32 sum = 0, i, n;

	for (i = 0; i < ARRAY_SIZE(services); i++)
		sum += services[i].weight;
	n = below(sum);
	for (i = 0; n >= services[i].weight; i++)
		n -= services[i].weight;
	return &services[i];
}

static void prepare(const struct service *s, struct regs *r)
{
	u32 functions = 1;

	r->eax = random();
	r->ebx = random();
	r->ecx = random();
	r->edx = random();
	r->esi = random();
	r->edi = random();
	r->ebp = random();
	r->ds = segment();
	r->es = segment();
	r->fs = random();
	r->gs = random();
	/* any of the flags that a program has: carry to overflow, direction */
	r->eflags = IF | (random() & 0xcd5);
	while (s->functions[functions - 1])
		functions++;
	if (!one_in(8))
		r->ah = s->functions[below(functions)];
	given_count = 0;
	s->prepare(r);
}

/* --- before and after ----------------------------------------------------------- */

static u32 sum_of(u32 start, u32 end, u32 sum)
{
	for (; start < end; start += 4)
		sum = (sum << 1 | sum >> 31) ^ peek32(start);
	return sum;
}

/* What the BIOS tells of itself. */
static u32 answers(void)
{
	static u8 entry[24];
	u32 sum = 0, i, j;
	struct regs r = regs();

	do {
		r.eax = 0xe820;
		r.edx = SMAP;
		r.ecx = 20;
		r.di = (u32)entry;
		intr(0x15, &r);
		for (i = 0; i < 20; i += 4)
			sum = sum_of((u32)entry + i, (u32)entry + i + 4, sum);
	} while (!carry(&r) && r.ebx);
	for (i = 0; i < 2; i++) {
		static const u8 drives[] = {0x80, 0x00};

		for (j = 0; j < 2; j++) {
			r = intr_ax_dx(0x13, j ? 0x0800 : 0x1500, drives[i]);
			sum = sum * 31 + r.eax + r.ecx + r.edx;
		}
	}
	sum = sum * 31 + intr_ax(0x11, 0).ax;
	sum = sum * 31 + intr_ax(0x12, 0).ax;
	sum = sum * 31 + peek8(BDA + 0x75);
	return sum_of(0, BDA, sum); /* vectors */
}

static void still_works(void)
{
	u32 ticks = peek32(BDA + 0x6c), i;
	struct regs r;

	fill(0x20000, 0xa7, 512);
	r = sectors_transfer(0x4300, 700, 1, 0x20000);
	ok(!carry(&r));
	fill(0x20000, 0, 512);
	r = sectors_transfer(0x4200, 700, 1, 0x20000);
	ok(!carry(&r) && filled_with(0x20000, 0xa7, 512));
	r = regs();
	r.ah = 0x86;
	r.cx = 3; /* 200 ms: three ticks */
	intr(0x15, &r);
	intr_ax(0x1a, 0x0000);
	ok(peek32(BDA + 0x6c) != ticks);
	intr_ax(0x10, 0x0003);
	for (i = 0; "still alive\r\n"[i]; i++)
		intr_ax(0x10, 0x0e00 | (u8) "still alive\r\n"[i]);
}

static u32 setting(u32 index, u32 otherwise)
{
	u32 value = peek32(0x20000 + 4 * index);

	return value ? value : otherwise;
}

void test(void)
{
	u32 calls, seed, calls_a_look, before, i, j, at = 0;
	bool whole = true;
	struct regs r = sectors_transfer(0x4200, SETTINGS, 1, 0x20000);

	ok(!carry(&r));
	calls = setting(0, CALLS);
	seed = setting(1, 1);
	calls_a_look = setting(2, CALLS_A_LOOK);
	say("seed %u, %u calls\n", seed, calls);
	state = seed;
	fill(BDA + 0x7c, 0, 4); /* INT 14h would wait a second for each byte */
	before = answers();
	fill_pattern(ARENA, ARENA_END);
	rendezvous("before");
	for (i = 0; i < calls && whole; i++) {
		const struct service *s = choose();

		prepare(s, &r);
		intr(s->vector, &r);
		for (j = 0; j < given_count; j++)
			fill_pattern(given[j].start, given[j].start + given[j].length);
		if (i % calls_a_look == calls_a_look - 1 || i + 1 == calls)
			whole = arena_is_whole(&at);
	}
	if (!whole)
		say("# call %u or up to %u before it has changed %x\n", i, calls_a_look, at);
	ok(whole);
	ok(answers() == before);
	still_works();
	rendezvous("after");
}
