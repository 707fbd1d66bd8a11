/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * Starting the other processors: one broadcast of INIT and STARTUP wakes all of
 * them at F000:0000 (entry.S), whatever their APIC ids; each loads the MSRs,
 * counts itself and halts, and so is ready for the OS to start it again.
 *
 * Specification: Intel SDM volume 3, 9.4.4 "MP Initialization Example".
 */
#include "hw/smp.h"

#include "entry.h"
#include "hw/clock.h"
#include "hw/lapic.h"
#include "lib/log.h"

enum { START_TIMEOUT_MS = 2000 };

void smp_init(unsigned count)
{
	struct deadline deadline = deadline_in_ms(START_TIMEOUT_MS);

	if (count <= 1)
		return;
	lapic_start_others();
	while (smp_running < count - 1u) {
		if (!deadline_passed(&deadline))
			continue;
		say("Petrel: only %u of %u processors started\n", smp_running + 1, count);
		return;
	}
	log_line(LOG_INFO, "%u processors", count);
}
