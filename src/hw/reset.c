/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * Resetting the machine: the ACPI reset register where there is one, which is
 * all that a microvm has; a triple fault, which resets any PC, otherwise.
 *
 * Specification: ACPI 6.5, 4.8.3.6 "Reset Register".
 */
#include "hw/reset.h"

#include <stddef.h>

#include "hw/clock.h"
#include "hw/io.h"
#include "lib/memory.h"

enum { RESET_TAKES_US = 10000 };

static struct reset_register reg;
static bool have_register;

void reset_use(const struct reset_register *reset)
{
	have_register = reset != NULL;
	if (reset)
		reg = *reset;
}

void reset_by_triple_fault(void)
{
	static const uint8_t no_idt[6];

	/* UD2 and not INT3: a KVM that emulates the instruction stops at INT3 without a
	 * reset. */
	for (;;)
		asm volatile("lidt %0; ud2" : : "m"(no_idt));
}

void reset_machine(void)
{
	if (have_register) {
		if (reg.is_port)
			outb(reg.address, reg.value);
		else
			*(volatile uint8_t *)phys_ptr(reg.address) = reg.value;
		clock_wait_us(RESET_TAKES_US);
	}
	reset_by_triple_fault();
}
