/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * INT 1Ah: the count of ticks, date and time of day, the alarm, and the PCI BIOS.
 *
 * Reference: IBM PS/2 and PC BIOS Interface Technical Reference, "INT 1AH"; Ralf
 * Brown's Interrupt List.
 */
#include "bda.h"
#include "bios/pcibios.h"
#include "bios/regs.h"
#include "bios/service.h"
#include "bios/tick.h"
#include "bios/wallclock.h"

static uint8_t to_bcd(unsigned value)
{
	return value / 10 << 4 | value % 10;
}

/* False if it is not BCD: a digit is above 9. */
static bool from_bcd(uint8_t bcd, uint8_t *value)
{
	*value = (bcd >> 4) * 10 + (bcd & 0xf);
	return (bcd & 0xf) < 10 && bcd >> 4 < 10;
}

/* AH=00h */
static void get_ticks(struct regs *regs)
{
	struct bda *b = bda();

	tick_catch_up();
	regs->cx = b->ticks >> 16;
	regs->dx = b->ticks;
	regs->ax = b->midnight;
	b->midnight = 0;
	set_cf(regs, false);
}

/* AH=01h */
static void set_ticks(struct regs *regs)
{
	tick_catch_up();
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
	case 0xb1:
		regs->ah = PCIBIOS_UNSUPPORTED;
		set_cf(regs, !CONFIG_PCI || pcibios_call(regs));
		break;
	default:
		set_cf(regs, true);
	}
}
