/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * The real-time clock's alarm: INT 1Ah AH=06h and 07h set and cancel it, INT 70h
 * (IRQ 8) passes it on to the program's INT 4Ah. Without the clock or without an
 * interrupt controller there is no alarm, and the carry flag says so.
 *
 * Reference: Ralf Brown's Interrupt List, INT 1A/06, INT 4A and INT 70.
 */
#include "hw/legacy.h"
#include "interrupt.h"
#include "service.h"
#include "wallclock.h"

enum { CANCEL_ALARM = 0x07 };

/* The time goes to the clock as it comes: a program may ask for any hour or minute
 * by values that are no digits. */
bool int1a_alarm(const struct regs *regs)
{
	const struct wallclock_ops *chip = wallclock_chip();

	if (!chip)
		return false;
	if (regs->ah == CANCEL_ALARM) {
		chip->cancel_alarm();
		return true;
	}
	return legacy_open_irq8() && !chip->set_alarm(regs->ch, regs->cl, regs->dh);
}

void int70_clock(struct regs *regs)
{
	const struct wallclock_ops *chip = wallclock_chip();

	if (chip && chip->take_alarm())
		interrupt_continue(regs, call_alarm);
	legacy_end_of_irq(regs);
}
