// SPDX-License-Identifier: LGPL-3.0-or-later
/*
 * INT 1Ah: the tick count, measured against the TSC, and the date and time. Run
 * it with -icount shift=0, where the TSC counts virtual nanoseconds, and with
 * -rtc base=, whose date test_guest.py looks for.
 *
 * References: Ralf Brown's Interrupt List (RBIL), INTERRUP.D, INT 1A; IBM PC AT
 * Technical Reference for the rate, 1193180 / 65536 Hz; PCI BIOS Specification
 * 2.1, section 4.2 for B101h.
 */

#include "guest.h"

#define TICK          54925439u /* nanoseconds: 65536 / 1193182 s */
#define TICKS_PER_DAY 0x1800b0u

static u32 ticks(void)
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

/*
 * The TSC at the next tick, to half a millisecond; gives up after three times as
 * long. It spins between its questions, because TCG switches modes slowly.
 */
static u64 next_tick(void)
{
	u64 start = rdtsc();
	u32 before = ticks();

	while (ticks() == before && rdtsc() - start < 3ull * TICK)
		spin(500000);
	return rdtsc();
}

static bool tick_rate(void)
{
	u32 before, after;
	u64 start, end;
	int i;

	ok(ticks() < TICKS_PER_DAY);
	before = ticks();
	start = next_tick();
	ok(ticks() != before);
	if (ticks() == before)
		return false;
	before = ticks();
	for (i = 0; i < 4; i++)
		end = next_tick();
	after = ticks();
	say("4 ticks: %u TSC counts, expected %u\n", (u32)(end - start), 4 * TICK);
	ok(after - before == 4);
	/* within 2 %, the loop's own length included */
	ok((u32)(end - start) > 4 * (TICK - TICK / 50));
	ok((u32)(end - start) < 4 * (TICK + TICK / 50));
	/* the same count is at 40:6C */
	ok(ticks() - peek32(0x46c) <= 1);
	return true;
}

static void set_ticks(void)
{
	struct regs r = regs();

	/* RBIL 1A/01: CX:DX = new count */
	r.ax = 0x0100;
	r.cx = 0x0010;
	r.dx = 0x0000;
	intr(0x1a, &r);
	ok(ticks() - 0x100000 < 4);

	/* RBIL 1A/00: AL = nonzero if midnight has passed, once */
	r = regs();
	r.ax = 0x0100;
	r.cx = 0x0018;
	r.dx = 0x00af;
	intr(0x1a, &r);
	next_tick();
	next_tick();
	ok(ticks() < 4);
}

static bool bcd(u8 value, u8 from, u8 to)
{
	return (value & 15) <= 9 && value >= from && value <= to;
}

static void date_and_time(void)
{
	struct regs time = intr_ax(0x1a, 0x0200), date = intr_ax(0x1a, 0x0400);

	/* RBIL 1A/02, 1A/04: CF set where there is no clock */
	ok(carry(&time) == carry(&date));
	if (carry(&time)) {
		say("rtc: none\n");
		return;
	}
	/* CH hour, CL minute, DH second; CH century, CL year, DH month, DL day */
	ok(bcd(time.ch, 0, 0x23) && bcd(time.cl, 0, 0x59) && bcd(time.dh, 0, 0x59));
	ok(bcd(date.ch, 0x19, 0x20) && bcd(date.cl, 0, 0x99));
	ok(bcd(date.dh, 1, 0x12) && bcd(date.dl, 1, 0x31));
	say("rtc: %x %x %x\n", (u32)date.cx << 16 | date.dx, time.cx, time.dh);
}

static void no_pci(void)
{
	struct regs r = intr_ax(0x1a, 0xb101);

	/* PCI BIOS B101h: present only with CF clear, AH = 00 and EDX = "PCI " */
	ok(carry(&r) || r.ah != 0 || r.edx != 0x20494350);
	r = intr_ax(0x1a, 0xb102);
	ok(carry(&r));
	/* a function that does not exist */
	r = intr_ax(0x1a, 0x7f00);
	ok(carry(&r));
}

void test(void)
{
	date_and_time();
	no_pci();
	if (tick_rate())
		set_ticks();
}
