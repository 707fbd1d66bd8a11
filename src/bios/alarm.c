/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * The real-time clock's alarm: INT 1Ah AH=06h and 07h set and cancel it, INT 70h
 * (IRQ 8) passes it on to the program's INT 4Ah. Without the clock or without an
 * interrupt controller there is no alarm, and the carry flag says so.
 *
 * Reference: Ralf Brown's Interrupt List, INT 1A/06, INT 4A and INT 70.
 */
#include "bios/realmode.h"
#include "bios/service.h"
#include "bios/wallclock.h"
#include "hw/pic.h"

enum { CANCEL_ALARM = 0x07 };

/* The time is not checked: values from C0h on, which are not BCD, stand for any hour, minute
 * or second. */
bool int1a_alarm(const struct regs *regs)
{
	const struct wallclock_ops *chip = wallclock_chip();

	if (!chip)
		return false;
	if (regs->ah == CANCEL_ALARM) {
		chip->cancel_alarm();
		return true;
	}
	return pic_open_irq8() && !chip->set_alarm(regs->ch, regs->cl, regs->dh);
}

void int70_clock(struct regs *regs)
{
	const struct wallclock_ops *chip = wallclock_chip();

	if (chip && chip->take_alarm())
		realmode_continue(regs, call_alarm);
	pic_end_of_irq(8);
}
