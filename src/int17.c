/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * INT 17h: printers. There is no parallel port: every call reports a time-out.
 */
#include "interrupt.h"
#include "service.h"

enum { PRINTER_TIMEOUT = 0x01 };

void int17_printer(struct regs *regs)
{
	regs->ah = PRINTER_TIMEOUT;
}
