/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * Interrupts of the PIC that no service handles: a program has opened one and not
 * hooked it, or it is spurious. All there is to do is to end it, so that others come.
 *
 * Specification: Intel 8259A data sheet, "End of Interrupt".
 */
#include "bios/irq.h"

#include "bios/regs.h"
#include "hw/pic.h"

void irq_unhandled(struct regs *regs)
{
	uint8_t vector = regs->vector;

	pic_end_of_irq(vector < PIC2_VECTOR ? vector - PIC1_VECTOR : 8 + vector - PIC2_VECTOR);
}
