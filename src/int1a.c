/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * INT 1Ah, time of day, and INT 08h, the tick that counts it.
 *
 * The count of ticks at 0040:006C follows the monotonic clock, not the number
 * of interrupts: ticks that were lost while interrupts were off (a long disk
 * read, a program's own critical section) are caught up with at the next
 * interrupt or call, and a program that speeds up the interval timer and chains
 * every interrupt does not make the day shorter.
 *
 * Reference: IBM PS/2 and PC BIOS Interface Technical Reference, "INT 1AH" and
 * "INT 08H"; Ralf Brown's Interrupt List.
 */
#include "bda.h"
#include "hw/clock.h"
#include "hw/legacy.h"
#include "interrupt.h"
#include "service.h"
#include "wallclock.h"

enum {
	TICKS_PER_DAY = 0x1800b0,
	TICKS_PER_HOUR = 65543,
	TICKS_PER_MINUTE = 1092,
	STATUS_PCI_UNSUPPORTED = 0x81,
};

static uint64_t counted_ns; /* the clock when the count was last right */
static bool counting;       /* the count was set from the time of day */

static void start_counting(void)
{
	struct date_time now;

	counting = true;
	counted_ns = clock_ns();
	if (wallclock_get(&now))
		return;
	/* 18.2065 Hz: 1092 1/3 a minute and a little. */
	bda()->ticks = now.hour * TICKS_PER_HOUR + now.minute * TICKS_PER_MINUTE +
		       now.minute * 23 / 60 + now.second * 1820 / 100;
}

static void add_ticks(uint32_t count)
{
	struct bda *b = bda();

	b->ticks += count;
	while (b->ticks >= TICKS_PER_DAY) {
		b->ticks -= TICKS_PER_DAY;
		b->midnight++;
	}
}

/* Counts the ticks that are due; half of one early counts, since interrupts are
 * not exactly as far apart as ticks are. */
static void catch_up(void)
{
	uint64_t now = clock_ns();

	if (!counting || now + TICK_NS < counted_ns) /* the clock began again */
		start_counting();
	for (; now + TICK_NS / 2 >= counted_ns + TICK_NS; counted_ns += TICK_NS)
		add_ticks(1);
}

void int08_timer(struct regs *regs)
{
	catch_up();
	legacy_end_of_tick();
	int15_tick();
	interrupt_continue(regs, call_user_tick);
	int16_tick(regs);
}

static uint8_t to_bcd(unsigned value)
{
	return value / 10 << 4 | value % 10;
}

/* False if a digit is none. */
static bool from_bcd(uint8_t bcd, uint8_t *value)
{
	*value = (bcd >> 4) * 10 + (bcd & 0xf);
	return (bcd & 0xf) < 10 && bcd >> 4 < 10;
}

/* AH=00h */
static void get_ticks(struct regs *regs)
{
	struct bda *b = bda();

	catch_up();
	regs->cx = b->ticks >> 16;
	regs->dx = b->ticks;
	regs->ax = b->midnight;
	b->midnight = 0;
	set_cf(regs, false);
}

/* AH=01h */
static void set_ticks(struct regs *regs)
{
	catch_up();
	bda()->ticks = (uint32_t)regs->cx << 16 | regs->dx;
	bda()->midnight = 0;
	regs->ah = 0;
	set_cf(regs, false);
}

/* AH=02h */
static void get_time(struct regs *regs)
{
	struct date_time now;
	int error = wallclock_get(&now);

	set_cf(regs, error);
	if (error)
		return;
	regs->ah = 0;
	regs->ch = to_bcd(now.hour);
	regs->cl = to_bcd(now.minute);
	regs->dh = to_bcd(now.second);
	regs->dl = now.daylight_saving;
}

/* AH=04h */
static void get_date(struct regs *regs)
{
	struct date_time now;
	int error = wallclock_get(&now);

	set_cf(regs, error);
	if (error)
		return;
	regs->ah = 0;
	regs->ch = to_bcd(now.year / 100);
	regs->cl = to_bcd(now.year % 100);
	regs->dh = to_bcd(now.month);
	regs->dl = to_bcd(now.day);
}

/* AH=03h */
static bool set_time(const struct regs *regs)
{
	struct date_time now;

	if (wallclock_get(&now) || !from_bcd(regs->ch, &now.hour) ||
	    !from_bcd(regs->cl, &now.minute) || !from_bcd(regs->dh, &now.second))
		return false;
	now.daylight_saving = regs->dl & 1;
	return now.hour < 24 && now.minute < 60 && now.second < 60 && !wallclock_set(&now);
}

/* AH=05h */
static bool set_date(const struct regs *regs)
{
	struct date_time now;
	uint8_t century, year;

	if (wallclock_get(&now) || !from_bcd(regs->ch, &century) || !from_bcd(regs->cl, &year) ||
	    !from_bcd(regs->dh, &now.month) || !from_bcd(regs->dl, &now.day))
		return false;
	now.year = century * 100 + year;
	return now.month && now.month <= 12 && now.day && now.day <= 31 && !wallclock_set(&now);
}

void int1a_time(struct regs *regs)
{
	tick_resume();
	switch (regs->ah) {
	case 0x00:
		get_ticks(regs);
		break;
	case 0x01:
		set_ticks(regs);
		break;
	case 0x02:
		get_time(regs);
		break;
	case 0x03:
		set_cf(regs, !set_time(regs));
		break;
	case 0x04:
		get_date(regs);
		break;
	case 0x05:
		set_cf(regs, !set_date(regs));
		break;
	case 0x06:
	case 0x07:
		set_cf(regs, !int1a_alarm(regs));
		break;
	case 0xb1: /* PCI BIOS: there is none */
		regs->ah = STATUS_PCI_UNSUPPORTED;
		set_cf(regs, true);
		break;
	default:
		set_cf(regs, true);
	}
}
