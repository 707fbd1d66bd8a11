/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * The clock that tells date and time of day, and the calendar that KVM's count
 * of seconds needs.
 */
#include "bios/wallclock.h"

#include <stddef.h>

#include "hw/clock.h"
#include "lib/error.h"

enum { SECONDS_PER_DAY = 86400, EPOCH_YEAR = 1970 };

static const struct wallclock_ops *clock_ops;

void wallclock_register(const struct wallclock_ops *ops)
{
	clock_ops = ops;
}

const struct wallclock_ops *wallclock_chip(void)
{
	return clock_ops;
}

static bool leap_year(unsigned year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static unsigned days_in_month(unsigned year, unsigned month)
{
	static const uint8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

	return days[month - 1] + (month == 2 && leap_year(year));
}

/* From seconds since 1970, which 32 bits hold until 2106. */
static void from_epoch(uint32_t seconds, struct date_time *now)
{
	uint32_t days = seconds / SECONDS_PER_DAY;
	uint32_t rest = seconds % SECONDS_PER_DAY;
	unsigned year = EPOCH_YEAR, month = 1;

	for (; days >= 365u + leap_year(year); year++)
		days -= 365 + leap_year(year);
	for (; days >= days_in_month(year, month); month++)
		days -= days_in_month(year, month);
	*now = (struct date_time){
		.year = year,
		.month = month,
		.day = days + 1,
		.hour = rest / 3600,
		.minute = rest / 60 % 60,
		.second = rest % 60,
	};
}

int wallclock_get(struct date_time *now)
{
	uint32_t seconds;

	if (clock_ops)
		return clock_ops->get(now);
	if (!clock_epoch_seconds(&seconds))
		return ERR_NOENT;
	from_epoch(seconds, now);
	return 0;
}

int wallclock_set(const struct date_time *now)
{
	return clock_ops ? clock_ops->set(now) : ERR_NOENT;
}
