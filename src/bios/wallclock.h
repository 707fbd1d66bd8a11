/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * Date and time of day: from a real-time clock whose driver has registered, else
 * from KVM, which tells the time of day but does not let it be set.
 */
#ifndef PETREL_BIOS_WALLCLOCK_H
#define PETREL_BIOS_WALLCLOCK_H

#include <stdbool.h>
#include <stdint.h>

struct date_time {
	uint16_t year;      /* 1980 and on */
	uint8_t month, day; /* from 1 */
	uint8_t hour, minute, second;
	bool daylight_saving;
};

struct wallclock_ops {
	/* Reads and sets the clock. Both return 0, or ERR_TIMEOUT when it does not answer. */
	int (*get)(struct date_time *now);
	int (*set)(const struct date_time *now);
	/* Asks for an IRQ 8 at this time of every day. The values are BCD; one from C0h on
	 * stands for any hour, minute or second. Returns 0, or ERR_INVAL if one is set already
	 * or the chip does not count 24 hours in BCD. */
	int (*set_alarm)(uint8_t hour, uint8_t minute, uint8_t second);
	void (*cancel_alarm)(void);
	/* After IRQ 8: acknowledges it; true if it was the alarm. */
	bool (*take_alarm)(void);
	/* What a program wants done after a reset, a byte that the chip keeps
	 * (shutdown status, CMOS 0Fh); 0 from then on. */
	uint8_t (*take_reset_code)(void);
};

/* Makes a driver's clock the one that is used. `ops` must stay. */
void wallclock_register(const struct wallclock_ops *ops);

/* The real-time clock, for what KVM does not offer; NULL if there is none. */
const struct wallclock_ops *wallclock_chip(void);

/* Returns 0, ERR_NOENT if there is no clock, or the driver's error. */
int wallclock_get(struct date_time *now);

/* Returns 0, ERR_NOENT if there is no clock that can be set, or the driver's
 * error. */
int wallclock_set(const struct date_time *now);

#endif
