// SPDX-License-Identifier: LGPL-3.0-or-later
/*
 * A caller in VM86 mode: real-mode code under EMM386 or Windows 3.x. The BIOS cannot
 * switch modes there. Each service must come back, by itself, and either answer or
 * fail in its own way; none may execute what the monitor does not let it.
 *
 * References:
 *   RBIL    Ralf Brown's Interrupt List, release 61, for how each call fails
 *   DESIGN  section 1: a caller with CR0.PE set gets the service's error status
 */

#include "guest.h"

#define BUFFER 0x20000
#define STACK  0x30000
#define TOP    0x800

/* vm86_monitor.S */
extern struct regs vm86_frame;
extern u8 vm86_vector, vm86_failed, vm86_outs[256];
void vm86_run(void);

static u8 dap[16] = {16, 0, 1, 0, 0, 0, BUFFER >> 4 & 0xff, BUFFER >> 12, 0x2c, 1};

/* What is in the registers: a mark in each, or what a call would need. */
static struct regs call(u16 ax)
{
	struct regs r = regs();

	r.eax = 0xa1a10000 | ax;
	r.ebx = 0xb1b155aa;
	r.ecx = 0xc1c10001;
	r.edx = 0xd1d10080;
	r.esi = 0x51510000 | (u32)dap;
	r.edi = 0x71717171;
	r.ebp = 0x61616161;
	r.es = BUFFER >> 4;
	r.eflags = 0;
	r.ss = STACK >> 4;
	r.esp = TOP;
	return r;
}

static bool came_back(u8 vector, const struct regs *in, struct regs *out, u32 changes)
{
	vm86_frame = *in;
	vm86_vector = vector;
	vm86_failed = 0;
	memset(vm86_outs, 0, sizeof(vm86_outs));
	vm86_run();
	*out = vm86_frame;
	out->fs = in->fs; /* the monitor does not tell */
	out->gs = in->gs;
	if (!vm86_failed && out->ss == in->ss && out->esp == in->esp && out->eax >> 16 == 0xa1a1 &&
	    same_but(in, out, changes))
		return true;
	say("INT %x AX %x in VM86 mode: %s, AX %x SP %x\n", vector, in->ax,
	    vm86_failed ? "monitor called" : "registers", out->eax, out->esp);
	return false;
}

static bool unchanged(u8 vector, u16 ax)
{
	struct regs in = call(ax), out;

	return came_back(vector, &in, &out, 0) && !carry(&out);
}

/* The call changes only AH, to this, and flags. */
static bool fails(u8 vector, u16 ax, u8 ah, u32 flags)
{
	struct regs in = call(ax), out;

	return came_back(vector, &in, &out, R_EAX) && out.ah == ah && out.al == in.al &&
	       (out.eflags & (CF | ZF)) == flags;
}

static void answers(void)
{
	struct regs in = call(0), out;

	/* RBIL 11, 12: AX = equipment, KiB of memory */
	ok(came_back(0x11, &in, &out, R_EAX) && out.ax == peek16(0x410));
	ok(came_back(0x12, &in, &out, R_EAX) && out.ax == 639);
}

static void disks(void)
{
	static const u16 functions[] = {0x0000, 0x0201, 0x0301, 0x0401, 0x0800, 0x1500,
					0x4100, 0x4200, 0x4300, 0x4b01, 0xfe00};
	u32 i;

	fill(BUFFER, 0x5a, 512);
	/* RBIL 13/01, status 01: invalid function in AH or invalid parameter; CF set */
	for (i = 0; i < ARRAY_SIZE(functions); i++) {
		ok(fails(0x13, functions[i], 0x01, CF));
		ok(fails(0x40, functions[i], 0x01, CF));
	}
	ok(filled_with(BUFFER, 0x5a, 512));
}

static void others(void)
{
	/* RBIL 15, head: CF set and AH = 86; E820 and 88 are no exception */
	ok(fails(0x15, 0x2401, 0x86, CF));
	ok(fails(0x15, 0x8300, 0x86, CF));
	ok(fails(0x15, 0x8600, 0x86, CF));
	ok(fails(0x15, 0x8800, 0x86, CF));
	ok(fails(0x15, 0xe820, 0x86, CF));
	/* RBIL 16/01, 11: ZF set: no key. 00 cannot wait, and must not give a key */
	ok(fails(0x16, 0x0000, 0x00, ZF));
	ok(fails(0x16, 0x0100, 0x00, ZF));
	ok(fails(0x16, 0x1100, 0x00, ZF));
	/* RBIL 14/00-03: AH bit 7: time-out; 17/00-02: bit 0 */
	ok(fails(0x14, 0x0141, 0x80, 0));
	ok(fails(0x14, 0x0300, 0x80, 0));
	ok(fails(0x17, 0x0041, 0x01, 0));
	/* RBIL 1A/02: CF set; PCI BIOS: AH = 81, unsupported function */
	ok(fails(0x1a, 0x0200, 0x81, CF));
	ok(fails(0x1a, 0xb101, 0x81, CF));
	/* RBIL 10: no call of it reports an error */
	ok(unchanged(0x10, 0x0e41));
	ok(unchanged(0x10, 0x0300));
	ok(unchanged(0x10, 0x0f00));
	ok(unchanged(0x10, 0x0003));
	ok(unchanged(0x05, 0));
	/* what nothing can be done for returns */
	ok(unchanged(0x18, 0x1234));
	ok(unchanged(0x19, 0x1234));
	ok(unchanged(0x1b, 0x1234));
	ok(unchanged(0x4a, 0x1234));
	ok(unchanged(0x02, 0x1234));
}

static volatile u32 user_ticks;

void user_tick(void);
__asm__("user_tick:\n\tincl %cs:user_ticks\n\tiretw");

static void hardware(void)
{
	u32 before, old = peek32(0x1c * 4);

	/* RBIL 08: counts at 40:6C, calls INT 1C, acknowledges IRQ 0. The machine's own
	 * tick, which does so, too, must not come in between. */
	__asm__ volatile("cli" : : : "memory");
	before = peek32(0x46c);
	poke32(0x1c * 4, (u32)user_tick);
	ok(unchanged(0x08, 0x1234));
	ok(peek32(0x46c) == before + 1);
	ok(user_ticks == 1);
	ok(vm86_outs[0x20] == 1 && vm86_outs[0xa0] == 0);
	poke32(0x1c * 4, old);
	__asm__ volatile("sti" : : : "memory");
	/* RBIL 70: IRQ 8 comes by both controllers */
	ok(unchanged(0x70, 0x1234));
	ok(vm86_outs[0x20] == 1 && vm86_outs[0xa0] == 1);
	ok(unchanged(0x09, 0x1234));
	ok(unchanged(0x0e, 0x1234));
	ok(unchanged(0x0f, 0x1234));
	ok(unchanged(0x77, 0x1234));
}

/* Less than 64 bytes are free, and what lies below is somebody else's. */
static void small_stack(void)
{
	struct regs in = call(0x4200), out;

	fill(STACK, 0xee, TOP);
	ok(came_back(0x13, &in, &out, R_EAX));
	ok(filled_with(STACK, 0xee, TOP - 63));
}

/* Real mode afterwards is what it was. */
static void real_mode_again(void)
{
	struct regs r = regs();

	fill(BUFFER, 0, 512);
	r.ax = 0x4200;
	r.dl = entry.edx;
	r.si = (u32)dap;
	intr(0x13, &r);
	ok(!carry(&r) && peek32(BUFFER) == 300);
}

void test(void)
{
	answers();
	disks();
	others();
	hardware();
	small_stack();
	real_mode_again();
}
