// SPDX-License-Identifier: LGPL-3.0-or-later
/*
 * What BIOS programs expect of time, whichever of the PC's chips the machine has:
 * INT 08h and INT 1Ch at 18.2 Hz, a HLT that ends, a count at 40:6C that is always
 * right, and a tick that is silent once an OS may have taken over. Says which
 * chips the BIOS has found, for test_machines.py to judge.
 *
 * Run it with -icount shift=0, where the TSC counts virtual nanoseconds.
 *
 * References: Ralf Brown's Interrupt List (RBIL), INTERRUP.B and D, INT 08, 1A, 1C;
 * IBM PC AT Technical Reference for the rate, 1193180 / 65536 Hz.
 */

#include "guest.h"

#define TICK        54925439u /* nanoseconds: 65536 / 1193182 s */
#define HALTS       50
#define DARK_TICKS  2
#define SILENT_TIME (TICK + TICK / 2)

/* Used by the hooks. */
volatile u32 ticks_08, ticks_1c, bios_08;

/* The hooks: INT 08h's chains to the BIOS. */
void hook_08(void);
void hook_1c(void);
__asm__(".code16\n"
	"hook_08:\n\t"
	"incl %cs:ticks_08\n\t"
	"ljmpw *%cs:bios_08\n"
	"hook_1c:\n\t"
	"incl %cs:ticks_1c\n\t"
	"iretw\n\t"
	".code16gcc\n");

static u32 count(void)
{
	struct regs r = intr_ax(0x1a, 0x0000);

	return (u32)r.cx << 16 | r.dx;
}

static void spin(u32 counts)
{
	u64 start = rdtsc();

	while (rdtsc() - start < counts)
		;
}

static bool near(u32 value, u32 wanted, u32 tolerance)
{
	return value + tolerance >= wanted && value <= wanted + tolerance;
}

static void chips(void)
{
	struct regs time = intr_ax(0x1a, 0x0200);

	say("rtc: %u\n", !carry(&time));
	say("com1: %x\n", peek16(0x400));
	/* RBIL INT 11: bits 9 to 11 of the equipment word count the serial ports */
	ok((peek16(0x410) >> 9 & 7) == (peek16(0x400) != 0));
}

static void hook(void)
{
	__asm__ volatile("cli");
	bios_08 = peek32(8 * 4);
	poke32(8 * 4, (u32)hook_08);
	poke32(0x1c * 4, (u32)hook_1c);
	__asm__ volatile("sti");
}

static void wait_tick(void)
{
	u32 before = ticks_08;

	while (ticks_08 == before)
		__asm__ volatile("hlt");
}

/* A program that waits in HLT is woken 18.2 times a second. */
static void halts(void)
{
	u32 i, elapsed, before;
	u64 start;

	wait_tick(); /* QEMU's 8254 gives the first one half a period early */
	wait_tick();
	start = rdtsc();
	before = peek32(0x46c);
	ticks_08 = ticks_1c = 0;
	for (i = 0; i < HALTS; i++)
		__asm__ volatile("hlt");
	elapsed = rdtsc() - start;
	say("%u halts: %u ns, %u of INT 08h, %u of INT 1Ch\n", HALTS, elapsed, ticks_08, ticks_1c);
	/* the tick and nothing else wakes it, each time once */
	ok(near(ticks_08, HALTS, 1));
	ok(ticks_1c == ticks_08);
	/* 40:6C went with them, and all of it with time, within 1 % */
	ok(near(peek32(0x46c) - before, HALTS, 1));
	ok(near(elapsed, HALTS * TICK, HALTS * (TICK / 100)));
}

/* While interrupts are off no tick comes; the count is right nevertheless. */
static void dark(void)
{
	u32 before, after;

	wait_tick();
	__asm__ volatile("cli");
	before = count();
	spin(DARK_TICKS * TICK);
	after = count();
	__asm__ volatile("sti");
	ok(near(after - before, DARK_TICKS, 1));
	/* INT 1Ah and 40:6C agree */
	ok(near(peek32(0x46c) - after, 0, 1));
}

/* A boot loader asks for the memory map, and then Linux may not find a tick. */
static void silent(void)
{
	u32 before;

	ok(ask_for_memory_map());
	before = ticks_08;
	spin(SILENT_TIME);
	ok(ticks_08 == before);
	/* a program that waits by HLT nevertheless has it again after a second */
	halts();
	/* a program that goes on to ask the BIOS has it again, and has lost nothing */
	intr_ax(0x16, 0x0100);
	wait_tick();
	ok(near(peek32(0x46c), count(), 1));
}

void test(void)
{
	chips();
	hook();
	halts();
	dark();
	silent();
}
