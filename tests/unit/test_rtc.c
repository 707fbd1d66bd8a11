/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * The real-time clock's driver against an MC146818 behind its two ports, in each of the
 * four ways in which that can count.
 */
#include <string.h>

#include "bios/wallclock.h"
#include "fake_io.h"
#include "hw/clock.h"
#include "hw/driver.h"
#include "lib/error.h"
#include "unit.h"

enum {
	BINARY = 0x04,
	HOURS_24 = 0x02,
	DAYLIGHT_SAVING = 0x01,
	ALARM = 0x20,
	SET = 0x80,
	UPDATING = 0x80,
	NMI_OFF = 0x80,
};

/* --- the chip ------------------------------------------------------------------ */

static struct {
	bool absent;
	uint8_t index;
	uint8_t reg[128];
	unsigned updating; /* so many looks at register A see an update; none other may be */
	bool was_set;      /* register B's SET, while the time was written */
	uint8_t written[128];
} chip;

void outb(uint16_t port, uint8_t value)
{
	ok(port == 0x70 || port == 0x71);
	if (port == 0x70) {
		chip.index = value;
		return;
	}
	value &= 0xff;
	chip.written[chip.index & 0x7f]++;
	if ((chip.index & 0x7f) < 0x0a && !(chip.index & 1)) /* seconds, minutes, hours */
		chip.was_set &= chip.reg[0x0b] >> 7;
	chip.reg[chip.index & 0x7f] = value;
}

uint8_t inb(uint16_t port)
{
	uint8_t index = chip.index & 0x7f, value = chip.reg[index];

	ok(port == 0x71);
	if (chip.absent)
		return 0xff;
	if (index == 0x0a && chip.updating) {
		chip.updating--;
		return value | UPDATING;
	}
	ok(index >= 0x0a || !chip.updating);
	if (index == 0x0c)
		chip.reg[index] = 0; /* reading acknowledges */
	return value;
}

/* --- what the driver leans on ---------------------------------------------------- */

static unsigned polls;

bool deadline_passed(struct deadline *deadline)
{
	ok(deadline->duration_ms >= 2 && deadline->duration_ms <= 100);
	return ++polls > 50;
}

static const struct wallclock_ops *rtc;

void wallclock_register(const struct wallclock_ops *ops)
{
	rtc = ops;
}

/* --- the tests --------------------------------------------------------------------- */

static void begin(uint8_t mode)
{
	memset(&chip, 0, sizeof(chip));
	chip.reg[0x0b] = mode;
	chip.reg[0x0d] = 0x80;
	chip.was_set = true;
	polls = 0;
}

static uint8_t coded(uint8_t value, uint8_t mode)
{
	return mode & BINARY ? value : value / 10 << 4 | value % 10;
}

static uint8_t coded_hour(uint8_t hour, uint8_t mode)
{
	if (mode & HOURS_24)
		return coded(hour, mode);
	return coded(hour % 12 ? hour % 12 : 12, mode) | (hour < 12 ? 0 : 0x80);
}

static void set_chip(uint8_t hour, uint8_t mode)
{
	chip.reg[0x00] = coded(59, mode);
	chip.reg[0x02] = coded(38, mode);
	chip.reg[0x04] = coded_hour(hour, mode);
	chip.reg[0x07] = coded(31, mode);
	chip.reg[0x08] = coded(12, mode);
	chip.reg[0x09] = coded(99, mode);
	chip.reg[0x32] = coded(19, mode);
}

/* The index is left where an NMI gets through and the clock's time is not touched. */
static bool released(void)
{
	return chip.index == 0x0d;
}

static void reading(void)
{
	for (uint8_t mode = 0; mode < 8; mode++)
		for (uint8_t hour = 0; hour < 24; hour++) {
			struct date_time now;

			begin(mode);
			set_chip(hour, mode);
			ok(!rtc->get(&now) && released());
			ok(now.year == 1999 && now.month == 12 && now.day == 31);
			ok(now.hour == hour && now.minute == 38 && now.second == 59);
			ok(now.daylight_saving == (mode & DAYLIGHT_SAVING));
		}
}

/* Nothing is read before the update is over; one that does not end is given up. */
static void updates(void)
{
	struct date_time now;

	begin(HOURS_24);
	set_chip(7, HOURS_24);
	chip.updating = 20;
	ok(!rtc->get(&now) && now.hour == 7 && !chip.updating);
	chip.updating = 100000;
	ok(rtc->get(&now) == ERR_TIMEOUT && polls < 100 && released());
}

static void setting(void)
{
	static const struct date_time time = {2026, 11, 21, 13, 5, 9, true};

	for (uint8_t mode = 0; mode < 8; mode++) {
		begin(mode | ALARM);
		ok(!rtc->set(&time) && released());
		ok(chip.reg[0x00] == coded(9, mode) && chip.reg[0x02] == coded(5, mode));
		ok(chip.reg[0x04] == coded(13, mode)); /* of 24, from now on */
		ok(chip.reg[0x07] == coded(21, mode) && chip.reg[0x08] == coded(11, mode));
		ok(chip.reg[0x09] == coded(26, mode) && chip.reg[0x32] == coded(20, mode));
		ok(chip.reg[0x0b] == ((mode & BINARY) | HOURS_24 | DAYLIGHT_SAVING | ALARM));
		ok(chip.was_set);
	}
	begin(DAYLIGHT_SAVING);
	ok(!rtc->set(&(struct date_time){.year = 1980, .month = 1, .day = 1}));
	ok(chip.reg[0x0b] == HOURS_24);
}

static void alarms(void)
{
	begin(HOURS_24);
	chip.reg[0x0c] = ALARM; /* an old one, which must not count */
	ok(!rtc->set_alarm(0x23, 0x59, 0xff) && released());
	ok(chip.reg[0x05] == 0x23 && chip.reg[0x03] == 0x59 && chip.reg[0x01] == 0xff);
	ok(chip.reg[0x0b] == (HOURS_24 | ALARM) && !chip.reg[0x0c]);
	ok(rtc->set_alarm(1, 2, 3) == ERR_INVAL && released()); /* there is one */
	ok(chip.reg[0x05] == 0x23);
	ok(!rtc->take_alarm());
	chip.reg[0x0c] = 0x90; /* another cause */
	ok(!rtc->take_alarm() && !chip.reg[0x0c]);
	chip.reg[0x0c] = 0x80 | ALARM;
	ok(rtc->take_alarm() && !chip.reg[0x0c] && released());
	rtc->cancel_alarm();
	ok(chip.reg[0x0b] == HOURS_24 && released());
	chip.reg[0x0c] = ALARM; /* the bit is set whether it interrupts or not */
	ok(!rtc->take_alarm());
	for (uint8_t mode = 0; mode < 8; mode++) {
		begin(mode);
		ok(rtc->set_alarm(1, 2, 3) ==
		   ((mode & (BINARY | HOURS_24)) == HOURS_24 ? 0 : ERR_INVAL));
		ok((mode & (BINARY | HOURS_24)) == HOURS_24 || !chip.reg[0x05]);
	}
}

static void reset_code(void)
{
	begin(HOURS_24);
	chip.reg[0x0f] = 0x0a;
	ok(rtc->take_reset_code() == 0x0a && !chip.reg[0x0f] && released());
	ok(!rtc->take_reset_code() && chip.written[0x0f] == 1);
}

/* By the DSDT, or where a PC has it if something like it answers. */
static void finding(void)
{
	ok(!strcmp(acpi_drivers_start->ids[0], "PNP0B00"));
	rtc = NULL;
	begin(0);
	ok(!acpi_drivers_start->probe(NULL, NULL) && rtc);
	rtc = NULL;
	acpi_drivers_start->search();
	ok(rtc && released());
	rtc = NULL;
	chip.absent = true;
	acpi_drivers_start->search();
	ok(!rtc);
	chip.absent = false;
	chip.reg[0x0d] = 0; /* the battery is empty, or there is something else */
	acpi_drivers_start->search();
	ok(!rtc);
	ok(!acpi_drivers_start->probe(NULL, NULL) && rtc);
}

int main(void)
{
	finding();
	reading();
	updates();
	setting();
	alarms();
	reset_code();
	return done();
}
