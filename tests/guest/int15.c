// SPDX-License-Identifier: LGPL-3.0-or-later
/*
 * INT 15h: memory maps and sizes, the system's description, A20, waiting,
 * moving blocks, and what a machine of today has not.
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

static bool pic_is_there(void)
{
	u8 mask = inb(0x21), read;

	outb(0x21, mask ^ 0x80);
	read = inb(0x21);
	outb(0x21, mask);
	return read == (mask ^ 0x80);
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

/*
 * A tick that has come but was not let in yet when E820 silences the tick: as soon as
 * interrupts are on, it comes or does not, but nothing else happens. QEMU's TCG makes
 * a #GP of an interrupt that was taken back behind its back, which runtime reports.
 */
static void tick_pending(void)
{
	struct range to;
	struct regs r;

	if (!pic_is_there())
		return;
	intr_ax(0x1a, 0); /* the tick is on */
	__asm__ volatile("cli");
	do
		outb(0x20, 0x0a); /* 8259A, OCW3: read the request register */
	while (!(inb(0x20) & 1));
	r = regs();
	r.eax = 0xe820;
	r.ecx = 20;
	r.edx = SMAP;
	r.di = (u32)&to;
	r.eflags = 0;
	intr(0x15, &r);
	ok(!carry(&r));
	__asm__ volatile("sti; nop; nop; cli");
	ok(!carry(&r));
	__asm__ volatile("sti");
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

	/* RBIL 15/8A (Phoenix): DX:AX = the same KiB without a limit */
	r = intr_ax(0x15, 0x8a00);
	ok(!carry(&r) && ((u32)r.dx << 16 | r.ax) == (u32)(all >> 10));
	/* RBIL 15/DA88: CL:BX = these KiB */
	r = intr_ax(0x15, 0xda88);
	ok(!carry(&r) && ((u32)r.cl << 16 | r.bx) == (u32)(all >> 10));
	/* RBIL 15/E881: as E801, in 32 bits */
	r = intr_ax(0x15, 0xe881);
	ok(!carry(&r) && r.eax == r.ecx && r.ebx == r.edx);
	ok(r.eax == (u32)(below_16m >> 10) && r.ebx == (u32)((all - below_16m) >> 16));
}

static void configuration(void)
{
	struct regs r = intr_ax(0x15, 0xc000), time = intr_ax(0x1a, 0x0200);
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
	/* bits 6 and 5: second 8259, real-time clock, where they are; under KVM
	 * there is a time of day without the clock */
	ok(!(peek8(table + 5) & 0x40) == !pic_is_there());
	ok(!(peek8(table + 5) & 0x20) || !carry(&time));
	say("features: %x\n", peek8(table + 5));
	/* bits 4 and 3: 15/4F is not called by INT 09h, 15/41 is not there */
	ok(!(peek8(table + 5) & 0x18));
	/* feature byte 2, bit 6: 16/09 is there; bit 2: no 8042 keyboard controller;
	 * bits 5-3: no 15/C6-C8 */
	ok((peek8(table + 6) & 0x7c) == 0x44);
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
	/* 2403: BX bit 0 = by keyboard controller, bit 1 = by port 92. A microvm
	 * has neither: nothing switches the line off */
	r = intr_ax(0x15, 0x2403);
	ok(!carry(&r) && r.ah == 0 && r.bx == 0);
	r = intr_ax(0x15, 0x2400);
	ok(unsupported(&r));
	r = intr_ax(0x15, 0x2402);
	ok(!carry(&r) && r.al == 1);
	poke32(0x500, 0x11111111);
	poke32(0x100500, 0x22222222);
	ok(peek32(0x500) == 0x11111111);
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

#define FLAG      0x20000 /* the byte of an event wait, in a segment of its own */
#define FLAG_MARK 0x15

/* With interrupts off, so that none ends a wait before it is looked at, however slow
 * the host is. */
static struct regs event_wait(u8 al, u32 microseconds)
{
	struct regs r = regs();

	r.eflags &= ~IF;
	r.ah = 0x83;
	r.al = al;
	r.cx = microseconds >> 16;
	r.dx = microseconds;
	r.es = (FLAG >> 4) - 1;
	r.bx = 16;
	intr(0x15, &r);
	return r;
}

static u32 ticks(void)
{
	return peek32(0x46c);
}

static void pass(u32 count)
{
	u32 start = ticks();

	while (ticks() - start < count)
		__asm__ volatile("sti; hlt");
}

/* The tick is the only interrupt that all machines have, so it is what ends the
 * wait: never too early, and with the first tick that is late enough. */
static void event_waits(void)
{
	struct regs r;
	u32 start;

	/* RBIL 15/83: CF clear; the byte's high bit is set at the end */
	intr_ax(0x1a, 0); /* the first question sets the count of ticks */
	poke8(FLAG, FLAG_MARK);
	start = ticks();
	r = event_wait(0, 200000); /* 3.64 ticks */
	ok(!carry(&r));
	/* RBIL MEMORY.LST 40:98, 9C, A0: pointer, count, bit 0 = in progress */
	ok(peek32(0x498) == (((FLAG >> 4) - 1) << 16 | 16));
	ok(peek32(0x49c) && peek32(0x49c) <= 200000);
	ok(peek8(0x4a0) & 1);
	/* RBIL: CF set if already busy; not "no such function" */
	r = event_wait(0, 1000);
	ok(carry(&r) && r.ah != UNSUPPORTED);
	ok(peek8(FLAG) == FLAG_MARK);
	while (!(peek8(FLAG) & 0x80) && ticks() - start < 100)
		__asm__ volatile("sti; hlt");
	ok(peek8(FLAG) == (FLAG_MARK | 0x80));
	ok(ticks() - start >= 3);
	ok(!(peek8(0x4a0) & 1));

	/* the byte may be 40:A0 itself; an AT's BIOS waits so */
	r = regs();
	r.ax = 0x8300;
	r.dx = 1000;
	r.es = 0x40;
	r.bx = 0xa0;
	intr(0x15, &r);
	ok(!carry(&r));
	start = ticks();
	while (!(peek8(0x4a0) & 0x80) && ticks() - start < 100)
		__asm__ volatile("sti; hlt");
	ok(peek8(0x4a0) == 0x80);

	/* 8301: cancelled, the byte stays as it is */
	poke8(FLAG, FLAG_MARK);
	r = event_wait(0, 100000);
	ok(!carry(&r));
	r = event_wait(1, 0);
	ok(!carry(&r));
	pass(6);
	ok(peek8(FLAG) == FLAG_MARK);
	/* and the next may begin */
	r = event_wait(0, 0xffffffff);
	ok(!carry(&r));
	r = event_wait(1, 0);
	ok(!carry(&r));
	r = event_wait(2, 0);
	ok(carry(&r));
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

/* Calls that a program may make on any machine and that must leave no trace. */
static void hooks(void)
{
	static const u16 functions[] = {0x8000, 0x8100, 0x8200, 0x8500, 0x8501, 0x9000,
					0x9002, 0x9080, 0x90fd, 0x9100, 0x9180};
	struct regs in, r;
	u32 i;

	/* RBIL 15/80, 81, 82, 85, 90, 91: the BIOS's own only returns CF clear, AH = 0 */
	for (i = 0; i < ARRAY_SIZE(functions); i++) {
		in = regs();
		in.eax = functions[i];
		in.ebx = 0x11112222;
		r = in;
		intr(0x15, &r);
		ok(!carry(&r) && r.ah == 0);
		ok(same_but(&in, &r, R_EAX));
	}
	/* RBIL 15/4F: CF set and AL as it was: the key is to be processed */
	in = regs();
	in.eax = 0x4f1e;
	r = in;
	intr(0x15, &r);
	ok(carry(&r) && r.al == 0x1e);
	ok(same_but(&in, &r, R_EAX));
}

/* What a microvm does not have, and how the reference says that. */
static void absent(void)
{
	struct regs r;
	u32 i;

	/* RBIL 15/84, note: without a game port switches are 0, positions are 0 */
	r = intr_ax_dx(0x15, 0x84ff, 0);
	ok(!carry(&r) && r.al == 0);
	r = regs();
	r.ax = 0x8400;
	r.bx = r.cx = 0x1234;
	r.dx = 1;
	intr(0x15, &r);
	ok(!carry(&r) && !r.ax && !r.bx && !r.cx && !r.dx);
	r = intr_ax_dx(0x15, 0x8400, 2);
	ok(carry(&r));

	/* RBIL 15/89: CF set, AH = FF: not in protected mode */
	r = intr_ax(0x15, 0x8900);
	ok(carry(&r) && r.ah == 0xff && !(read_cr0() & 1));

	/* RBIL 15/C200-C208, #00522: 03 interface error; 01 invalid function */
	for (i = 0; i <= 8; i++) {
		r = regs();
		r.ax = 0xc200 | i;
		r.bh = i == 5 ? 3 : 0;
		intr(0x15, &r);
		ok(carry(&r) && r.ah == 3);
	}
	r = intr_ax(0x15, 0xc280);
	ok(carry(&r) && r.ah == 1);

	/* RBIL 15/5300, #00473: 86 = no APM; BX is not "PM" */
	r = intr_ax(0x15, 0x5300);
	ok(unsupported(&r) && r.bx != 0x504d);
}

static void unknown(void)
{
	/* cassette, 21 POST, 41 wait for an external event, 53xx APM, C3 watchdog, C4
	 * POS, C5-C9 of a PS/2, D8 EISA, E802 */
	static const u16 functions[] = {0x0000, 0x0100, 0x1234, 0x2100, 0x4100, 0x5301,
					0x530e, 0x7f00, 0xc300, 0xc400, 0xc500, 0xc600,
					0xc700, 0xc800, 0xc900, 0xd800, 0xd804, 0xda00,
					0xe802, 0xe8ff, 0xfe00, 0x2404, 0x24ff};
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
	tick_pending();
	sizes();
	configuration();
	a20();
	wait();
	event_waits();
	move_block();
	hooks();
	absent();
	unknown();
}
