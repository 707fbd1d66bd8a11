/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * The MC146818 real-time clock, where the DSDT lists one (PNP0B00) or, without
 * tables, one answers.
 *
 * Specification: Motorola MC146818A data sheet, "Registers"; the century is in
 * byte 32h, as QEMU and the FADTs of PCs have it.
 */
#include "bios/wallclock.h"
#include "hw/clock.h"
#include "hw/driver.h"
#include "hw/io.h"
#include "lib/error.h"

enum {
	PORT_INDEX = 0x70,
	PORT_DATA = 0x71,
	NMI_OFF = 0x80,

	SECONDS = 0x00,
	SECONDS_ALARM = 0x01,
	MINUTES = 0x02,
	MINUTES_ALARM = 0x03,
	HOURS = 0x04,
	HOURS_ALARM = 0x05,
	DAY = 0x07,
	MONTH = 0x08,
	YEAR = 0x09,
	REGISTER_A = 0x0a,
	REGISTER_B = 0x0b,
	REGISTER_C = 0x0c, /* what has raised the interrupt; reading it acknowledges */
	REGISTER_D = 0x0d,
	RESET_CODE = 0x0f,
	CENTURY = 0x32,

	A_UPDATE_IN_PROGRESS = 0x80,
	B_DAYLIGHT_SAVING = 0x01,
	B_24_HOURS = 0x02,
	B_BINARY = 0x04,
	B_ALARM = 0x20, /* interrupt at it; the same bit in C says that it was it */
	B_SET = 0x80,   /* no updates while it is set */
	D_VALID = 0x80, /* and the other bits are 0 */
	HOURS_PM = 0x80,

	UPDATE_TIMEOUT_MS = 20, /* an update takes 2 ms */
};

static uint8_t read_register(uint8_t index)
{
	outb(PORT_INDEX, index | NMI_OFF);
	return inb(PORT_DATA);
}

static void write_register(uint8_t index, uint8_t value)
{
	outb(PORT_INDEX, index | NMI_OFF);
	outb(PORT_DATA, value);
}

/* Leaves the index where firmware leaves it, with the NMI let through. */
static void release(void)
{
	outb(PORT_INDEX, REGISTER_D);
}

static uint8_t from_register(uint8_t value, uint8_t mode)
{
	return mode & B_BINARY ? value : (value >> 4) * 10 + (value & 0xf);
}

static uint8_t to_register(uint8_t value, uint8_t mode)
{
	return mode & B_BINARY ? value : value / 10 << 4 | value % 10;
}

static uint8_t hours_from_register(uint8_t value, uint8_t mode)
{
	uint8_t hours = from_register(value & ~HOURS_PM, mode);

	if (mode & B_24_HOURS)
		return from_register(value, mode);
	return hours % 12 + (value & HOURS_PM ? 12 : 0);
}

static int wait_stable(void)
{
	struct deadline deadline = deadline_in_ms(UPDATE_TIMEOUT_MS);

	while (read_register(REGISTER_A) & A_UPDATE_IN_PROGRESS)
		if (deadline_passed(&deadline))
			return ERR_TIMEOUT;
	return 0;
}

static void read_all(struct date_time *now)
{
	uint8_t mode = read_register(REGISTER_B);

	now->second = from_register(read_register(SECONDS), mode);
	now->minute = from_register(read_register(MINUTES), mode);
	now->hour = hours_from_register(read_register(HOURS), mode);
	now->day = from_register(read_register(DAY), mode);
	now->month = from_register(read_register(MONTH), mode);
	now->year = from_register(read_register(YEAR), mode) +
		    100 * from_register(read_register(CENTURY), mode);
	now->daylight_saving = mode & B_DAYLIGHT_SAVING;
}

static int rtc_get(struct date_time *now)
{
	int error = wait_stable();

	if (!error)
		read_all(now);
	release();
	return error;
}

/* Sets the clock in its own format, but to 24 hours. */
static int rtc_set(const struct date_time *now)
{
	uint8_t mode = (read_register(REGISTER_B) & ~B_DAYLIGHT_SAVING) | B_24_HOURS;

	if (now->daylight_saving)
		mode |= B_DAYLIGHT_SAVING;
	write_register(REGISTER_B, mode | B_SET);
	write_register(SECONDS, to_register(now->second, mode));
	write_register(MINUTES, to_register(now->minute, mode));
	write_register(HOURS, to_register(now->hour, mode));
	write_register(DAY, to_register(now->day, mode));
	write_register(MONTH, to_register(now->month, mode));
	write_register(YEAR, to_register(now->year % 100, mode));
	write_register(CENTURY, to_register(now->year / 100, mode));
	write_register(REGISTER_B, mode & ~B_SET);
	release();
	return 0;
}

static int rtc_set_alarm(uint8_t hour, uint8_t minute, uint8_t second)
{
	uint8_t mode = read_register(REGISTER_B);
	bool possible = (mode & (B_ALARM | B_BINARY | B_24_HOURS)) == B_24_HOURS;

	if (possible) {
		write_register(SECONDS_ALARM, second);
		write_register(MINUTES_ALARM, minute);
		write_register(HOURS_ALARM, hour);
		read_register(REGISTER_C);
		write_register(REGISTER_B, mode | B_ALARM);
	}
	release();
	return possible ? 0 : ERR_INVAL;
}

static void rtc_cancel_alarm(void)
{
	write_register(REGISTER_B, read_register(REGISTER_B) & ~B_ALARM);
	release();
}

static bool rtc_take_alarm(void)
{
	bool alarm = read_register(REGISTER_C) & read_register(REGISTER_B) & B_ALARM;

	release();
	return alarm;
}

static uint8_t rtc_take_reset_code(void)
{
	uint8_t code = read_register(RESET_CODE);

	if (code)
		write_register(RESET_CODE, 0);
	release();
	return code;
}

static const struct wallclock_ops rtc_ops = {
	.get = rtc_get,
	.set = rtc_set,
	.set_alarm = rtc_set_alarm,
	.cancel_alarm = rtc_cancel_alarm,
	.take_alarm = rtc_take_alarm,
	.take_reset_code = rtc_take_reset_code,
};

static int rtc_probe(struct aml *aml, const struct aml_device *device)
{
	(void)aml;
	(void)device;
	wallclock_register(&rtc_ops);
	return 0;
}

static void rtc_search(void)
{
	if (read_register(REGISTER_D) == D_VALID)
		wallclock_register(&rtc_ops);
	release();
}

ACPI_DRIVER(rtc) = {
	.ids = {"PNP0B00", "PNP0B01", "PNP0B02"},
	.probe = rtc_probe,
	.search = rtc_search,
};
