// SPDX-License-Identifier: LGPL-3.0-or-later
/*
 * What the BIOS leaves in memory, and that a service gives the caller back what
 * it had: registers, flags, tables, segment limits, and every stack however
 * small or odd.
 *
 * References:
 *   RBIL  Ralf Brown's Interrupt List, release 61; MEMORY.LST for segment 40
 *   PS/2  IBM PS/2 and PC BIOS Interface Technical Reference
 *   CBT   Phoenix, Compatibility of the BIOS's fixed entry points (System BIOS
 *         for IBM PCs, Compatibles and EISA Computers, chapter 3)
 */

#include "guest.h"

#define BUFFER 0x20000
#define STACK  0x30000

static u8 drive;
static u8 dap[16] = {16, 0, 1, 0, 0, 0, BUFFER >> 4 & 0xff, BUFFER >> 12, 0x2c, 1};

/* CBT, and RBIL MEMORY.LST F000:E05B and following */
static const struct {
	u8 vector;
	u16 offset;
} fixed[] = {
	{0x02, 0xe2c3}, {0x05, 0xff54}, {0x08, 0xfea5}, {0x09, 0xe987}, {0x0e, 0xef57},
	{0x10, 0xf065}, {0x11, 0xf84d}, {0x12, 0xf841}, {0x13, 0xe3fe}, {0x14, 0xe739},
	{0x15, 0xf859}, {0x16, 0xe82e}, {0x17, 0xefd2}, {0x19, 0xe6f2}, {0x1a, 0xfe6e},
};

static void vectors(void)
{
	bool all = true;
	u32 i, missing = 0;

	for (i = 0; i < ARRAY_SIZE(fixed); i++) {
		u32 is = peek32(fixed[i].vector * 4);

		if (is == (0xf0000000u | fixed[i].offset))
			continue;
		say("INT %x is %x\n", fixed[i].vector, is);
		all = false;
	}
	ok(all);
	/* 1E is no code: the diskette parameter table */
	ok(peek32(0x1e * 4) == 0xf000efc7);
	for (i = 0; i < 0x1d; i++)
		missing += peek32(i * 4) == 0;
	ok(missing == 0);
	/* RBIL INT 60-67: 0 until a program takes them; drivers test for that */
	for (i = 0x60; i < 0x67; i++)
		missing += peek32(i * 4) != 0;
	ok(missing == 0);
}

static bool digits(u32 at)
{
	return peek8(at) >= '0' && peek8(at) <= '9' && peek8(at + 1) >= '0' && peek8(at + 1) <= '9';
}

static void rom(void)
{
	/* RBIL MEMORY.LST F000:FFF0: jump to E05B; FFF5: date; FFFE: model */
	ok(peek8(0xffff0) == 0xea);
	ok(peek32(0xffff1) == 0xf000e05b);
	ok(digits(0xffff5) && digits(0xffff8) && digits(0xffffb));
	ok(peek8(0xffff7) == '/' && peek8(0xffffa) == '/');
	ok(peek8(0xffffe) == 0xfc);
	/* CBT: an IRET at FF53 */
	ok(peek8(0xfff53) == 0xcf);
	/* CBT: the 8x8 font at FA6E: code 00 is blank, code 01 is not */
	ok(filled_with(0xffa6e, 0, 8));
	ok(!filled_with(0xffa76, 0, 8));
}

static void data_area(void)
{
	/* RBIL MEMORY.LST */
	ok(peek16(0x400) == 0x3f8);
	ok(peek16(0x408) == 0);
	ok(peek16(0x40e) == 0x9fc0);
	ok(peek16(0x413) == 639);
	ok(peek16(0x41a) >= 0x1e && peek16(0x41a) < 0x3e);
	ok(peek16(0x480) == 0x1e && peek16(0x482) == 0x3e);
	ok(peek16(0x463) == 0x3d4);
	ok(peek8(0x475) >= 1);
	ok(peek32(0x46c) < 0x1800b0);
}

/* A call, and the registers that its reference says it may change. */
static const struct call {
	u8 vector;
	u16 ax, bx, cx;
	u32 changes;
} calls[] = {
	{0x10, 0x0e2e, 0x0007, 0, R_EAX | R_EBP}, /* RBIL: BP where it scrolls */
	{0x10, 0x0300, 0, 0, R_EAX | R_ECX | R_EDX},
	{0x10, 0x0f00, 0, 0, R_EAX | R_EBX},
	{0x11, 0, 0, 0, R_EAX},
	{0x12, 0, 0, 0, R_EAX},
	{0x13, 0x0000, 0, 0, R_EAX},
	{0x13, 0x0100, 0, 0, R_EAX},
	{0x13, 0x0201, 0, 0x0001, R_EAX},
	{0x13, 0x0800, 0, 0, R_EAX | R_EBX | R_ECX | R_EDX | R_EDI | R_ES},
	{0x13, 0x1500, 0, 0, R_EAX | R_ECX | R_EDX},
	{0x13, 0x4100, 0x55aa, 0, R_EAX | R_EBX | R_ECX},
	{0x13, 0x4200, 0, 0, R_EAX},
	{0x13, 0xfe00, 0, 0, R_EAX},
	{0x14, 0x0300, 0, 0, R_EAX},
	{0x15, 0x8800, 0, 0, R_EAX},
	{0x15, 0xc000, 0, 0, R_EAX | R_EBX | R_ES},
	{0x15, 0xfe00, 0, 0, R_EAX},
	{0x16, 0x0100, 0, 0, R_EAX},
	{0x16, 0x0200, 0, 0, R_EAX},
	{0x17, 0x0200, 0, 0, R_EAX},
	{0x1a, 0x0000, 0, 0, R_EAX | R_ECX | R_EDX},
	{0x1a, 0x0200, 0, 0, R_EAX | R_ECX | R_EDX},
};

static struct regs marked(const struct call *c, u32 eflags)
{
	struct regs r = regs();

	r.eax = 0xa1a10000 | c->ax;
	r.ebx = 0xb1b10000 | c->bx;
	r.ecx = 0xc1c10000 | c->cx;
	r.edx = 0xd1d10000 | drive;
	r.esi = 0x51510000 | (u32)dap;
	r.edi = 0x71717171;
	r.ebp = 0x61616161;
	r.es = BUFFER >> 4;
	r.fs = 0x1234;
	r.gs = 0x4321;
	r.eflags = eflags;
	return r;
}

static bool keeps(const struct call *c, u32 eflags)
{
	struct regs in = marked(c, eflags), out = in;

	if (c->vector == 0x14 || c->vector == 0x17)
		in.dx = out.dx = 0; /* the first port */
	intr(c->vector, &out);
	/* the upper halves are nobody's result, in EAX neither */
	if (!same_but(&in, &out, c->changes) || out.eax >> 16 != 0xa1a1)
		return false;
	return !((out.eflags ^ eflags) & (IF | DF));
}

/* With every mix of IF and DF, which must come back as they were. */
static void preserves(void)
{
	static const u32 flags[] = {IF, 0, DF, DF | IF};
	u32 i, j, bad = 0;

	for (i = 0; i < ARRAY_SIZE(calls); i++) {
		for (j = 0; j < ARRAY_SIZE(flags); j++) {
			if (keeps(&calls[i], flags[j]))
				continue;
			say("INT %x AX %x EFLAGS %x changes more than it may\n", calls[i].vector,
			    calls[i].ax, flags[j]);
			bad++;
		}
	}
	ok(bad == 0);
}

/* Two calls that use 32-bit registers leave the others alone. */
static void preserves_e820(void)
{
	static u8 range[24];
	struct regs in = regs(), out;

	in.eax = 0xe820;
	in.ecx = 20;
	in.edx = 0x534d4150;
	in.esi = 0x51515151;
	in.edi = 0x71710000 | (u32)range;
	in.ebp = 0x61616161;
	in.gs = 0x4321;
	in.eflags = 0;
	out = in;
	intr(0x15, &out);
	ok(same_but(&in, &out, R_EAX | R_EBX | R_ECX | R_EDX));
	ok(!carry(&out) && !(out.eflags & IF));
}

/* One EDD read on a given stack. The 256 bytes below its 32 are not touched. */
static bool reads_on_stack(u16 ss, u32 esp)
{
	u32 top = ((u32)ss << 4) + (esp & 0xffff), used = 0;
	static const struct call read = {0x13, 0x4200, 0, 0, R_EAX};
	struct regs in = marked(&read, 0), out;

	fill(STACK, 0xee, 0x1000);
	fill(BUFFER, 0, 512);
	in.ss = ss;
	in.esp = esp;
	out = in;
	intr(0x13, &out);
	if (carry(&out) || peek32(BUFFER) != 300 || !same_but(&in, &out, R_EAX))
		return false;
	if (out.ss != ss || out.esp != esp)
		return false;
	if (filled_with(top, 0xee, 16) && filled_with(top - 32 - 256, 0xee, 256))
		return true;
	while (used < 256 && peek8(top - 256 + used) == 0xee)
		used++;
	say("%u bytes of the caller's stack used\n", 256 - used);
	return false;
}

static void stacks(void)
{
	/* DESIGN section 1: all that a service needs is on a stack of its own */
	ok(reads_on_stack(STACK >> 4, 0x800));
	ok(reads_on_stack(STACK >> 4, 0x801));       /* odd */
	ok(reads_on_stack((STACK >> 4) + 1, 0x7f3)); /* odd and not aligned */
	/* real mode knows SP only; the upper half is the caller's */
	ok(reads_on_stack(STACK >> 4, 0xabcd0800));
}

/* SP = 0 is a full 64 KiB stack: the first push goes to FFFE. */
static void wrapping_stack(void)
{
	static const struct call read = {0x13, 0x4200, 0, 0, R_EAX};
	struct regs in = marked(&read, IF), out;

	in.ss = STACK >> 4;
	in.esp = 0;
	out = in;
	fill(BUFFER, 0, 512);
	intr(0x13, &out);
	ok(!carry(&out) && peek32(BUFFER) == 300);
	ok(out.ss == in.ss && out.esp == 0 && same_but(&in, &out, R_EAX));
}

/* Not a constant at its use, which the assembler would cut to 16 bits. */
static u32 *volatile high_memory = (u32 *)0x300000;

/*
 * The caller's own tables and limits. TCG does not check limits, so the harness
 * looks at DS itself when this is "ready".
 */
static void tables_and_limits(void)
{
	static const struct call read = {0x13, 0x4200, 0, 0, R_EAX};
	struct table_register gdt, idt = sidt();
	volatile u32 *high = high_memory;
	struct regs r = marked(&read, IF);

	enter_unreal();
	gdt = sgdt();
	intr(0x13, &r);
	ok(!carry(&r));
	ok(sgdt().base == gdt.base && sgdt().limit == gdt.limit);
	ok(sidt().base == idt.base && sidt().limit == idt.limit);
	ok(!(read_cr0() & 0x80000001u));
	rendezvous("unreal");
	/* above 1 MiB through DS, which only unreal mode can */
	*high = 0x55667788;
	ok(*high == 0x55667788);
}

/*
 * A program that has hooked a vector chains to the BIOS by PUSHF and a far CALL,
 * often with interrupts on. INT 11h, for so long that ticks fall into it.
 */
static void chained(void)
{
	u32 start = peek32(0x46c), calls = 0;
	u16 equipment = peek16(0x410), ax = equipment;

	asm volatile("sti");
	while (peek32(0x46c) - start < 10 && ax == equipment) {
		asm volatile("pushfw\n\tlcallw *0x44" : "=a"(ax) : : "memory", "cc");
		calls++;
	}
	ok(ax == equipment);
	ok(calls > 10);
}

void test(void)
{
	chained();
	drive = entry.edx;
	vectors();
	rom();
	data_area();
	preserves();
	preserves_e820();
	stacks();
	wrapping_stack();
	tables_and_limits();
}
