// SPDX-License-Identifier: LGPL-3.0-or-later
/*
 * Resets the machine in every way that a program has, one after the other, and
 * counts in memory how often it was booted: it never ends by itself, test_reset.py
 * stops it after as many boots as it wants. Whatever differs from the first boot is
 * a failure: what is kept from the program must not grow.
 *
 * References:
 *   RBIL  Ralf Brown's Interrupt List, release 61: INT 19; MEMORY.LST 40:67, 40:72 and
 *         F000:E05B; CMOS.LST, 0Fh
 *   SDM   Intel 64 and IA-32 Architectures Software Developer's Manual
 *   ACPI  ACPI 6.5, 4.8.3.6 "Reset Register", 5.2.5 "RSDP", 5.2.9 "FADT"
 */

#include "guest.h"

#define MAGIC      0x52534554
#define SMAP       0x534d4150
#define WARM       0x1234

#define READ_AHEAD 3 /* so many reads in a row start it */

enum way {
	INT_19,
	JUMP_FFF0,
	JUMP_E05B,
	TRIPLE_FAULT,
	RESET_REGISTER,
	CTRL_ALT_DEL,
	KEYBOARD_CONTROLLER,
	PORT_CF9,
	PORT_92,
	INIT_IPI,
	RESUME_05,
	RESUME_0A,
	RESUME_0B,
	RESUME_0C,
	WAYS,
};

static const char *const names[WAYS] = {
	[INT_19] = "INT 19h",
	[JUMP_FFF0] = "jump to F000:FFF0",
	[JUMP_E05B] = "jump to F000:E05B",
	[TRIPLE_FAULT] = "triple fault",
	[RESET_REGISTER] = "reset register",
	[CTRL_ALT_DEL] = "Ctrl-Alt-Del",
	[KEYBOARD_CONTROLLER] = "8042",
	[PORT_CF9] = "port CF9",
	[PORT_92] = "port 92",
	[INIT_IPI] = "INIT",
	[RESUME_05] = "resume by 05",
	[RESUME_0A] = "resume by 0A",
	[RESUME_0B] = "resume by 0B",
	[RESUME_0C] = "resume by 0C",
};

/* What outlives a boot, at STATE where POST does not write. */
#define STATE 0x98000
static struct state {
	u32 magic, boots, way, resumed;
	u32 usable_kib, low_kib, ebda;
	u32 flag; /* put at 40:72 before the reset */
} state;

static void load(void)
{
	u32 i;

	for (i = 0; i < sizeof(state) / 4; i++)
		((u32 *)&state)[i] = peek32(STATE + 4 * i);
}

static void save(void)
{
	u32 i;

	for (i = 0; i < sizeof(state) / 4; i++)
		poke32(STATE + 4 * i, ((u32 *)&state)[i]);
}

void resumed_here(void);
void resume_entry(void);

/* After a resume: real mode, nothing but CS:IP and for two of the ways SS:SP known. */
__asm__("resume_entry:\n\t"
	"movw $0, %ax\n\t"
	"movw %ax, %ds\n\t"
	"movw %ax, %es\n\t"
	"movw %ax, %ss\n\t"
	"movl $0x7c00, %esp\n\t"
	"calll resumed_here");

static u32 usable_kib(void)
{
	static u64 range[3];
	struct regs r = regs();
	u32 kib = 0;

	do {
		u32 continuation = r.ebx;

		r = regs();
		r.eax = 0xe820;
		r.ebx = continuation;
		r.ecx = 20;
		r.edx = SMAP;
		r.di = (u32)range;
		intr(0x15, &r);
		if (!carry(&r) && (u32)range[2] == 1)
			kib += range[1] >> 10;
	} while (!carry(&r) && r.ebx);
	return kib;
}

/* RBIL 15/C0: feature byte 1, bit 5. The time alone may come from KVM. */
static bool has_clock(void)
{
	struct regs r = intr_ax(0x15, 0xc000);

	return peek8(((u32)r.es << 4) + r.bx + 5) & 0x20;
}

static void write_cmos(u8 index, u8 value)
{
	outb(0x70, index | 0x80);
	outb(0x71, value);
	outb(0x70, 0x0d);
}

/* Not ok(), which takes a line each time: 1000 boots are many. */
static void must(bool holds, const char *what, u32 is, u32 should_be)
{
	if (holds)
		return;
	say("boot %u, after %s: %s is %x, should be %x\n", state.boots, names[state.way], what, is,
	    should_be);
	ok(holds);
	finish();
}

static void same(const char *what, u32 is, u32 was)
{
	must(is == was, what, is, was);
}

static void sequential_reads(void)
{
	static u8 dap[16] = {16, 0, 64, 0, 0, 0, 0, 0x20};
	u32 i;

	for (i = 0; i < READ_AHEAD; i++) {
		struct regs r = regs();

		*(u32 *)(dap + 8) = 256 + 64 * i;
		r.ax = 0x4200;
		r.dl = entry.edx;
		r.si = (u32)dap;
		intr(0x13, &r);
		must(!carry(&r) && peek32(0x20000) == 256 + 64 * i, "sector", peek32(0x20000),
		     256 + 64 * i);
	}
}

static bool matches(const volatile u8 *at, const char *with, u32 length)
{
	while (length--)
		if (*at++ != (u8)*with++)
			return false;
	return true;
}

/* Not a constant at its use, which the assembler would cut to 16 bits. */
static const volatile u8 *volatile segment_e = (const volatile u8 *)0xe0000;

/* ACPI: RSDP on a paragraph in E0000-FFFFF, XSDT at 24, 64-bit entries from 36 on. */
static const volatile u8 *find_fadt(void)
{
	const volatile u8 *rsdp = segment_e, *xsdt;
	u32 i;

	for (i = 0; i < 0x2000 && !matches(rsdp, "RSD PTR ", 8); i++)
		rsdp += 16;
	if (i == 0x2000)
		return NULL;
	xsdt = *(const volatile u8 *const volatile *)(rsdp + 24);
	for (i = 36; i < *(const volatile u32 *)(xsdt + 4); i += 8) {
		const volatile u8 *table = *(const volatile u8 *const volatile *)(xsdt + i);

		if (matches(table, "FACP", 4))
			return table;
	}
	return NULL;
}

/* ACPI, FADT: register at 116 (space, ..., address at + 4), value at 128. */
static void reset_by_register(void)
{
	const volatile u8 *fadt;
	u32 address;
	u8 value;

	enter_unreal();
	fadt = find_fadt();
	must(fadt, "FADT", 0, 1);
	address = *(const volatile u32 *)(fadt + 120);
	value = fadt[128];
	if (fadt[116] == 0)
		*(volatile u8 *)address = value;
	else
		outb(address, value);
}

/* In protected mode: not all virtual machines know of a table's limit in real mode. */
static void triple_fault(void)
{
	static struct table_register none;

	__asm__ volatile("cli\n\t"
			 "lidtl %0\n\t"
			 "movl %1, %%cr0\n\t"
			 "ud2" ::"m"(none),
			 "r"(read_cr0() | 1));
}

/* QEMU resets the machine a moment later. */
static void wait_for_it(void)
{
	for (;;)
		__asm__ volatile("hlt");
}

/* SDM volume 3, 11.4 and 11.6: the local APIC, and an INIT to this processor. */
static void init_ipi(void)
{
	volatile u32 *volatile lapic = (volatile u32 *)0xfee00000;
	u32 id;

	enter_unreal();
	id = lapic[0x20 / 4];
	lapic[0x310 / 4] = id;
	lapic[0x300 / 4] = 0x4500;
	wait_for_it();
}

/* RBIL: the code in the clock's byte 0F, where to go in 40:67; then an INIT, since
 * QEMU clears the code when it resets the machine. */
static void resume_by(u8 code)
{
	static u16 frame[3];
	u32 target = (u32)resume_entry;

	frame[0] = target;
	frame[1] = 0;
	frame[2] = 2;
	write_cmos(0x0f, code);
	poke32(0x467, code >= 0x0b ? (u32)frame : target);
	state.resumed = code;
	save();
	init_ipi();
}

void resumed_here(void)
{
	u32 start, loops = 0;

	say("resumed: %x\n", state.resumed);
	state.resumed = 0;
	save();
	/* the tick is there again, and the time is right */
	start = intr_ax(0x1a, 0x0000).dx;
	while (intr_ax(0x1a, 0x0000).dx == start && ++loops < 0x10000000)
		;
	must(intr_ax(0x1a, 0x0000).dx != start, "tick", start, start + 1);
	/* and so are interrupts for a HLT and the disks */
	intr_ax(0x16, 0x0100);
	__asm__ volatile("sti; hlt");
	sequential_reads();
	__asm__ volatile("ljmpw $0xf000, $0xfff0");
}

/* Ways that this machine lacks come back. */
static void go(enum way way)
{
	switch (way) {
	case INT_19:
		__asm__ volatile("int $0x19");
		break;
	case JUMP_FFF0:
		__asm__ volatile("ljmpw $0xf000, $0xfff0");
		break;
	case JUMP_E05B:
		__asm__ volatile("ljmpw $0xf000, $0xe05b");
		break;
	case TRIPLE_FAULT: /* with a code, which does not survive it */
		write_cmos(0x0f, 0x0a);
		triple_fault();
		break;
	case RESET_REGISTER:
		reset_by_register();
		wait_for_it();
		break;
	case CTRL_ALT_DEL:
		say("ready: ctrl-alt-del\n");
		intr_ax(0x16, 0x0000);
		must(false, "key", 1, 0);
		break;
	case KEYBOARD_CONTROLLER:
		if (inb(0x64) == 0xff)
			return;
		outb(0x64, 0xfe);
		wait_for_it();
		break;
	case PORT_CF9: /* no microvm has these two: nothing happens */
		outb(0xcf9, 0x06);
		return;
	case PORT_92:
		outb(0x92, 0x01);
		return;
	case INIT_IPI:
		init_ipi();
		break;
	case RESUME_05:
	case RESUME_0A:
	case RESUME_0B:
	case RESUME_0C:
		if (has_clock())
			resume_by(way == RESUME_05 ? 0x05 : 0x0a + way - RESUME_0A);
		return;
	case WAYS:
		break;
	}
	must(false, "way", way, way);
}

static void first_boot(void)
{
	state.magic = MAGIC;
	state.boots = 0;
	state.way = WAYS - 1;
	state.usable_kib = usable_kib();
	state.low_kib = intr_ax(0x12, 0).ax;
	state.ebda = peek16(0x40e);
	same("40:72", peek16(0x472), 0);
}

static void next_boot(void)
{
	state.boots++;
	same("code to resume by", state.resumed, 0);
	same("usable memory", usable_kib(), state.usable_kib);
	same("conventional memory", intr_ax(0x12, 0).ax, state.low_kib);
	same("EBDA", peek16(0x40e), state.ebda);
	/* RBIL 40:72: 1234 is a warm start, and Ctrl-Alt-Del makes one; else a cold
	 * one. INT 19h starts nothing at all. */
	if (state.way == CTRL_ALT_DEL)
		same("40:72", peek16(0x472), WARM);
	else if (state.way != INT_19)
		same("40:72", peek16(0x472), state.flag == WARM ? WARM : 0);
	/* the code is taken once */
	if (has_clock()) {
		outb(0x70, 0x8f);
		same("CMOS 0F", inb(0x71), 0);
	}
}

void test(void)
{
	load();
	if (state.magic == MAGIC)
		next_boot();
	else
		first_boot();
	sequential_reads();
	for (;;) {
		state.way = (state.way + 1) % WAYS;
		say("boot %u: %s\n", state.boots, names[state.way]);
		state.flag = state.boots % 3 == 0 ? WARM : state.boots % 3 == 1 ? 0 : 0x4321;
		poke16(0x472, state.flag);
		save();
		go(state.way);
	}
}
