// SPDX-License-Identifier: LGPL-3.0-or-later
/*
 * Reports the keys that come, each with the shift flags at that moment:
 *
 * - by INT 16h AH=10h, until a '.', and then by AH=00h, until a '.';
 * - "next" and waits, with interrupts off and without a look at the keyboard, until
 *   the harness has put a number of ticks into a spare UART's scratch register; then
 *   polls for that time, and again, until a '.';
 * - 4096 keys of which it knows what they must be, read slowly.
 *
 * Reference: Ralf Brown's Interrupt List (RBIL), INTERRUP.B, INT 16.
 */

#include "guest.h"

enum { SCRATCH = 0x2e8 + 7, PASTED = 4096 };

static u16 report(u8 function)
{
	u16 key = intr_ax(0x16, function << 8).ax;

	/* RBIL 16/02: AL = shift flags; a '.' ends it */
	say("key: %x %x\n", key, intr_ax(0x16, 0x0200).al);
	return key;
}

static void report_all(u8 function)
{
	while ((report(function) & 0xff) != '.')
		;
}

static bool waiting(void)
{
	return !(intr_ax(0x16, 0x1100).eflags & ZF);
}

static void wait_tick(void)
{
	u16 before = peek16(0x46c);

	while (peek16(0x46c) == before)
		__asm__ volatile("sti; hlt");
}

/* Ticks that the harness wants, when it has sent what it wants. */
static u8 next(void)
{
	u8 ticks;

	__asm__ volatile("cli");
	outb(SCRATCH, 0);
	say("next\n");
	do
		ticks = inb(SCRATCH);
	while (!ticks);
	__asm__ volatile("sti");
	return ticks;
}

static void report_slowly(void)
{
	u16 key = 0;
	u8 ticks;

	while ((key & 0xff) != '.') {
		for (ticks = next(); ticks; ticks--) {
			while (waiting())
				key = report(0x10);
			wait_tick();
		}
	}
}

static void read_pasted(void)
{
	u32 i, wrong = 0;

	say("paste\n");
	for (i = 0; i < 30; i++)
		wait_tick();
	for (i = 0; i < PASTED; i++) {
		if ((u8)intr_ax(0x16, 0x0000).ax != '!' + (i * 7 + i / 94) % 94)
			wrong++;
		if (i % 256 == 0)
			wait_tick();
	}
	say("pasted: %u wrong\n", wrong);
	ok(!wrong && !waiting());
}

void test(void)
{
	say("ready\n");
	report_all(0x10);
	report_all(0x00);
	report_slowly();
	read_pasted();
}
