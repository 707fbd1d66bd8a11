/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * The calendar from KVM's seconds, against the host's C library; and which
 * clock is asked.
 */
#include "bios/wallclock.h"

#include <string.h>
#include <time.h>

#include "lib/error.h"
#include "hw/clock.h"
#include "unit.h"

static bool have_epoch;
static uint32_t epoch;

bool clock_epoch_seconds(uint32_t *seconds)
{
	*seconds = epoch;
	return have_epoch;
}

static bool shows(uint32_t seconds, unsigned year, unsigned month, unsigned day, unsigned hour,
		  unsigned minute, unsigned second)
{
	struct date_time now;

	memset(&now, 0xff, sizeof(now));
	epoch = seconds;
	if (wallclock_get(&now))
		return false;
	return now.year == year && now.month == month && now.day == day && now.hour == hour &&
	       now.minute == minute && now.second == second && !now.daylight_saving;
}

static bool agrees_with_c(uint32_t seconds)
{
	long long long_seconds = seconds;
	time_t t = long_seconds;
	struct tm tm;

	if (t != long_seconds || !gmtime_r(&t, &tm))
		return true; /* a host whose time_t ends in 2038 */
	return shows(seconds, tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min,
		     tm.tm_sec);
}

static void calendar(void)
{
	bool all = true;

	ok(shows(0, 1970, 1, 1, 0, 0, 0));
	ok(shows(86399, 1970, 1, 1, 23, 59, 59));
	ok(shows(951782400, 2000, 2, 29, 0, 0, 0)); /* a century, and leap */
	ok(shows(951868800, 2000, 3, 1, 0, 0, 0));
	ok(shows(1709164799, 2024, 2, 28, 23, 59, 59));
	ok(shows(1709164800, 2024, 2, 29, 0, 0, 0));
	ok(shows(1735689599, 2024, 12, 31, 23, 59, 59));
	ok(shows(1735689600, 2025, 1, 1, 0, 0, 0));
	ok(shows(2147483647, 2038, 1, 19, 3, 14, 7));
	ok(shows(2147483648, 2038, 1, 19, 3, 14, 8));
	ok(shows(4107542399, 2100, 2, 28, 23, 59, 59)); /* a century, not leap */
	ok(shows(4107542400, 2100, 3, 1, 0, 0, 0));
	ok(shows(4294967295, 2106, 2, 7, 6, 28, 15));
	for (uint32_t day = 0; day <= UINT32_MAX / 86400; day++)
		all &= agrees_with_c(day * 86400u) && (!day || agrees_with_c(day * 86400u - 1));
	ok(all);
}

static struct date_time rtc_time;
static int rtc_error;

static int rtc_get(struct date_time *now)
{
	*now = rtc_time;
	return rtc_error;
}

static int rtc_set(const struct date_time *now)
{
	rtc_time = *now;
	return rtc_error;
}

static void sources(void)
{
	static const struct wallclock_ops ops = {.get = rtc_get, .set = rtc_set};
	struct date_time now = {.year = 1999, .month = 12, .day = 31};

	have_epoch = false;
	ok(wallclock_get(&now) == ERR_NOENT);
	ok(wallclock_set(&now) == ERR_NOENT);
	have_epoch = true;
	ok(wallclock_set(&now) == ERR_NOENT);
	ok(!wallclock_chip());
	wallclock_register(&ops);
	ok(wallclock_chip() == &ops);
	ok(!wallclock_set(&now) && rtc_time.year == 1999);
	ok(!wallclock_get(&now) && now.year == 1999 && now.month == 12 && now.day == 31);
	rtc_error = ERR_TIMEOUT;
	ok(wallclock_get(&now) == ERR_TIMEOUT);
	ok(wallclock_set(&now) == ERR_TIMEOUT);
}

int main(void)
{
	have_epoch = true;
	calendar();
	sources();
	return done();
}
