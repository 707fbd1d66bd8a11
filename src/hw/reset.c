/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * Resetting the machine: the ACPI reset register where there is one, which is
 * all that a microvm has; a triple fault, which resets any PC, otherwise.
 *
 * Specification: ACPI 6.5, 4.8.3.6 "Reset Register".
 */
#include "hw/reset.h"

#include <stdint.h>

#include "fw/acpi.h"
#include "hw/clock.h"
#include "hw/io.h"
#include "memory.h"

enum { SPACE_MEMORY = 0, SPACE_IO = 1, RESET_TAKES_MS = 10 };

void reset_by_triple_fault(void)
{
	static const uint8_t no_idt[6];

	/* Not INT3, at which a KVM that emulates stops without a reset. */
	for (;;)
		asm volatile("lidt %0; ud2" : : "m"(no_idt));
}

void reset_machine(void)
{
	struct acpi_address where;
	uint8_t value;

	if (acpi_reset_register(&where, &value)) {
		if (where.space == SPACE_MEMORY)
			*(volatile uint8_t *)phys_ptr(where.address) = value;
		else if (where.space == SPACE_IO)
			outb(where.address, value);
		clock_wait_us(RESET_TAKES_MS * 1000);
	}
	reset_by_triple_fault();
}
