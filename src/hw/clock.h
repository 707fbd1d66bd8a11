/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * Time: one monotonic clock, and deadlines for waits.
 */
#ifndef PETREL_HW_CLOCK_H
#define PETREL_HW_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#define NS_PER_US     1000ull
#define NS_PER_MS     1000000ull
#define NS_PER_SECOND 1000000000ull

/* Nanoseconds since the clock was first asked. */
uint64_t clock_ns(void);

/* The local APIC's timer was set to 0. If it was still the clock, that begins again
 * at 0 too. */
void clock_lapic_was_reset(void);

/* Seconds since 1970, where the hypervisor tells them; else false. */
bool clock_epoch_seconds(uint32_t *seconds);

/* Leaves the local APIC's timer to the tick, which lets it count down over and
 * over. Takes some milliseconds if the clock runs by it; else that is put off until
 * the clock is asked, and never needed under KVM. */
void clock_release_lapic(void);

/*
 * A deadline for a polling loop. Looking at the clock may cost an access to a
 * device, so the first polls are free: most waits are over by then.
 *
 * Time in which the machine was paused does not count, since whoever we wait for was
 * paused, too. Nobody tells of a pause; but between two looks at the clock next to no
 * time passes otherwise, so a long step is taken for a short one.
 */
struct deadline {
	uint64_t last;   /* ns: the last look at the clock; 0: there was none yet */
	uint64_t waited; /* ns */
	uint32_t duration_ms;
	uint32_t polls;
};

static inline struct deadline deadline_in_ms(uint32_t duration)
{
	return (struct deadline){.duration_ms = duration};
}

/* Call once per poll; true when the time is over. */
bool deadline_passed(struct deadline *deadline);

/* Waits so long, doing nothing else. */
void clock_wait_us(uint64_t microseconds);

#endif
