/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * What every processor must be told before an OS runs on it.
 */
#ifndef PETREL_HW_CPU_H
#define PETREL_HW_CPU_H

#include <stdbool.h>
#include <stdint.h>

enum {
	CPUID_1_ECX_HYPERVISOR = 1u << 31,
	CPUID_1_EDX_APIC = 1 << 9,
	CPUID_1_EDX_MTRR = 1 << 12,
};

/* Sets memory types (MTRR) on this processor and notes them for the others. */
void cpu_init(void);

/* Sets IA32_FEATURE_CONTROL likewise. */
void cpu_set_feature_control(uint64_t value);

/* Whether cpu_init() has been here since the machine was reset. */
bool cpu_is_set_up(void);

#endif
