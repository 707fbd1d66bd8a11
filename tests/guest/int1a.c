// SPDX-License-Identifier: LGPL-3.0-or-later
/*
 * INT 1Ah: the tick count, measured against the TSC, the date and time, and the
 * alarm. Run it with -icount shift=0, where the TSC counts virtual nanoseconds, and with
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

#define SECOND_TICKS 18

static volatile u32 alarms;

void alarm_hook(void);
/* INT 4Ah: count it, in segment 0 where the program is. */
__asm__("alarm_hook:\n\tincl %cs:alarms\n\tiretw");

static struct regs set_alarm(u8 hour, u8 minute, u8 second)
{
	struct regs r = regs();

	r.ax = 0x0600;
	r.ch = hour;
	r.cl = minute;
	r.dh = second;
	intr(0x1a, &r);
	return r;
}

static u8 bcd_next(u8 value)
{
	u8 next = (value & 15) == 9 ? value + 7 : value + 1;

	return next == 0x60 ? 0 : next;
}

/* Until the alarm comes, or for so many seconds. */
static u32 alarms_within(u32 seconds)
{
	u32 start = peek32(0x46c);

	alarms = 0;
	while (!alarms && peek32(0x46c) - start < seconds * SECOND_TICKS)
		__asm__ volatile("sti; hlt");
	return alarms;
}

static void alarm(void)
{
	struct regs now, r;

	poke32(0x4a * 4, (u32)alarm_hook);
	now = intr_ax(0x1a, 0x0200);
	r = set_alarm(now.ch, now.cl, bcd_next(bcd_next(now.dh)));
	if (carry(&r)) {
		/* RBIL 1A/06: CF set where there is no clock that could */
		say("alarm: none\n");
		ok(!alarms_within(3));
		return;
	}
	say("alarm: set\n");
	/* RBIL 1A/06: CF set if an alarm is set already */
	r = set_alarm(0xff, 0xff, 0xff);
	ok(carry(&r));
	/* at its time, not in the second that was read: the next or the one after */
	ok(alarms_within(3) == 1);
	r = intr_ax(0x1a, 0x0200);
	ok(r.dh == bcd_next(bcd_next(now.dh)));
	/* RBIL 1A/06: every 24 hours, and no more often */
	ok(!alarms_within(2));
	/* RBIL 1A/07: off; a new one may be set. FF stands for any value: each second */
	r = intr_ax(0x1a, 0x0700);
	ok(!carry(&r));
	r = set_alarm(0xff, 0xff, 0xff);
	ok(!carry(&r));
	ok(alarms_within(2) == 1);
	ok(alarms_within(2) == 1);
	r = intr_ax(0x1a, 0x0700);
	ok(!carry(&r));
	ok(!alarms_within(3));
	/* an INT 70h that is no alarm of the clock is none */
	__asm__ volatile("int $0x70" ::: "memory");
	ok(!alarms);
}

static void no_clock_no_alarm(void)
{
	struct regs r = intr_ax(0x1a, 0x0200);

	if (!carry(&r))
		return;
	r = intr_ax(0x1a, 0x0700);
	ok(carry(&r));
	/* RBIL 1A/03, 1A/05: to set what is not there fails */
	r = intr_ax(0x1a, 0x0300);
	ok(carry(&r));
	r = intr_ax(0x1a, 0x0500);
	ok(carry(&r));
}

static bool time_is(u16 hour_minute, u8 second)
{
	struct regs r = intr_ax(0x1a, 0x0200);

	/* a second may have passed */
	return !carry(&r) && r.cx == hour_minute && (u8)(r.dh - second) <= 1;
}

static bool sets(u16 ax, u16 cx, u16 dx)
{
	struct regs r = regs();

	r.ax = ax;
	r.cx = cx;
	r.dx = dx;
	intr(0x1a, &r);
	return !carry(&r);
}

/* RBIL 1A/03, 1A/05: sets them; what is no time or date is refused. */
static void set_clock(void)
{
	struct regs r = intr_ax(0x1a, 0x0200);

	if (carry(&r))
		return;
	ok(sets(0x0300, 0x2158, 0x3000));
	ok(time_is(0x2158, 0x30));
	ok(!sets(0x0300, 0x2460, 0));
	ok(!sets(0x0300, 0x1a00, 0));
	ok(time_is(0x2158, 0x30));
	ok(sets(0x0500, 0x1999, 0x1231));
	r = intr_ax(0x1a, 0x0400);
	ok(!carry(&r) && r.cx == 0x1999 && r.dx == 0x1231);
	ok(!sets(0x0500, 0x2024, 0x1301));
}

static void no_pci(void)
{
	struct regs r = intr_ax(0x1a, 0xb101);

	/* PCI BIOS B101h: present only with CF clear, AH = 00 and EDX = "PCI " */
	ok(carry(&r) || r.ah != 0 || r.edx != 0x20494350);
	r = intr_ax(0x1a, 0xb102);
	ok(carry(&r));
	/* functions that do not exist: of a PS/2 and of a PC Convertible, and nobody's */
	r = intr_ax(0x1a, 0x0800);
	ok(carry(&r));
	r = intr_ax(0x1a, 0x0b00);
	ok(carry(&r));
	r = intr_ax(0x1a, 0x7f00);
	ok(carry(&r));
}

void test(void)
{
	ticks(); /* the first question sets the count to the time of day */
	date_and_time();
	no_pci();
	no_clock_no_alarm();
	alarm();
	set_clock();
	if (tick_rate())
		set_ticks();
}
