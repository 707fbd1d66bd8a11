/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * Starting the other processors: one broadcast of INIT and STARTUP wakes all of
 * them at F000:0000 (entry.S), whatever their APIC ids; each loads the MSRs,
 * counts itself and halts, and so is ready for the OS to start it again.
 *
 * Specification: Intel SDM volume 3, 9.4.4 "MP Initialization Example".
 */
#include "fw/smp.h"

#include "fw/fw_cfg.h"
#include "hw/clock.h"
#include "hw/cpu.h"
#include "hw/lapic.h"
#include "print.h"

enum { START_TIMEOUT_MS = 2000 };

void smp_init(void)
{
	struct deadline deadline = deadline_in_ms(START_TIMEOUT_MS);
	uint16_t count = 1;

	fw_cfg_read(FW_CFG_CPU_COUNT, &count, sizeof(count));
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
