/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * Starting the other processors: the host's count, and processors that do not
 * answer. What lies below smp.c is made up here.
 */
#include "hw/smp.h"

#include "entry.h"
#include "hw/clock.h"
#include "hw/lapic.h"
#include "unit.h"

enum { POLLS = 100, NEVER = 1000 };

struct smp_msr smp_msrs[SMP_MSRS];
uint32_t smp_msr_count;
volatile uint32_t smp_running;

static unsigned answering; /* processors that start, one with each poll */
static unsigned starts, polls;

void lapic_start_others(void)
{
	starts++;
}

bool deadline_passed(struct deadline *deadline)
{
	ok(deadline->duration_ms >= 100 && deadline->duration_ms <= 10000);
	if (starts && smp_running < answering)
		smp_running++;
	return ++polls >= POLLS + answering;
}

/* On a machine with `count` processors, of which some start. */
static void run(uint16_t count, unsigned others)
{
	machine_reset();
	smp_running = starts = polls = 0;
	answering = others;
	smp_init(count);
	ok(polls < NEVER);
}

static void all_answer(void)
{
	static const uint16_t counts[] = {2, 3, 64, 254, 255, 256, 257, 288, 511};

	for (unsigned i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		run(counts[i], counts[i] - 1);
		ok(starts == 1 && smp_running == counts[i] - 1u && polls == counts[i] - 1u);
		ok(machine_was_silent());
	}
}

static void one_processor(void)
{
	run(1, 0);
	ok(!starts && !polls && machine_was_silent());
	run(0, 0); /* a host that does not tell */
	ok(!starts && !polls && machine_was_silent());
}

static void some_do_not_answer(void)
{
	run(2, 0);
	ok(starts == 1 && machine_said("Petrel: only 1 of 2 processors started\n"));
	run(300, 298);
	ok(starts == 1 && machine_said("Petrel: only 299 of 300 processors started\n"));
}

/* More than were announced, as with a wrong count: no harm. */
static void more_answer(void)
{
	run(4, 7);
	ok(starts == 1 && polls == 3 && machine_was_silent());
}

int main(void)
{
	all_answer();
	one_processor();
	some_do_not_answer();
	more_answer();
	return done();
}
