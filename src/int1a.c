/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * INT 1Ah: time of day; and INT 08h, the tick that counts it.
 *
 * Reference: IBM PS/2 and PC BIOS Interface Technical Reference, "INT 1AH" and
 * "INT 08H".
 */
#include "bda.h"
#include "hw/legacy.h"
#include "interrupt.h"
#include "service.h"

enum { TICKS_PER_DAY = 0x1800b0 };

void int08_timer(struct regs *regs)
{
	struct bda *b = bda();

	if (++b->ticks >= TICKS_PER_DAY) {
		b->ticks = 0;
		b->midnight++;
	}
	legacy_end_of_tick();
	interrupt_continue(regs, call_user_tick);
}

void int1a_time(struct regs *regs)
{
	struct bda *b = bda();

	switch (regs->ah) {
	case 0x00:
		regs->cx = b->ticks >> 16;
		regs->dx = b->ticks;
		regs->al = b->midnight;
		b->midnight = 0;
		regs->ah = 0;
		set_cf(regs, false);
		break;
	case 0x01:
		b->ticks = (uint32_t)regs->cx << 16 | regs->dx;
		b->midnight = 0;
		regs->ah = 0;
		set_cf(regs, false);
		break;
	default:	/* 02h-07h: there is no real-time clock; B1h: no PCI BIOS */
		set_cf(regs, true);
	}
}
