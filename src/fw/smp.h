/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * The other processors.
 */
#ifndef PETREL_FW_SMP_H
#define PETREL_FW_SMP_H

#include <stdint.h>

#include "hw/cpu.h"
#include "layout.h"

/* In entry.S: what a starting processor reads, and how many have. */
extern struct smp_msr smp_msrs[SMP_MSRS];
extern uint32_t smp_msr_count;
extern volatile uint32_t smp_running;

/* Starts all processors, gives them the MSRs of this one, and leaves them
 * halted, waiting for the OS. */
void smp_init(void);

#endif
