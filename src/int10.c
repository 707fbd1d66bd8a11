/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * INT 10h: teletype output on the console.
 */
#include "bda.h"
#include "console.h"
#include "hw/legacy.h"
#include "interrupt.h"
#include "service.h"

void int10_video(struct regs *regs)
{
	char c = regs->al;

	tick_resume();
	if (regs->ah == 0x0e)
		console_write(&c, 1);
}
