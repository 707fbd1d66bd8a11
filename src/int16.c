/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * INT 16h: the keyboard.
 */
#include "bda.h"
#include "console.h"
#include "hw/legacy.h"
#include "interrupt.h"
#include "service.h"

void int16_keyboard(struct regs *regs)
{
	static int key;		/* plus one: 0 is none */
	int pending = key - 1;

	tick_resume();
	if (pending < 0)
		pending = console_read();
	key = pending + 1;
	switch (regs->ah) {
	case 0x00:
	case 0x10:
		if (pending < 0) {
			interrupt_continue(regs, wait_key_hlt);
			return;
		}
		regs->ax = pending | 0x1c00;
		key = 0;
		break;
	case 0x01:
	case 0x11:
		set_flag(regs, FLAG_ZF, pending < 0);
		if (pending >= 0)
			regs->ax = pending | 0x1c00;
		break;
	}
}
