/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * INT 17h: printers, and INT 05h, which prints the screen. There is no parallel
 * port: every call reports a time-out.
 */
#include "bios/regs.h"
#include "bios/service.h"

enum { PRINTER_TIMEOUT = 0x01 };

void int17_printer(struct regs *regs)
{
	regs->ah = PRINTER_TIMEOUT;
}

/* 0050:0000 is the status: FF, an error. */
void int05_print_screen(struct regs *regs)
{
	(void)regs;
	*(uint8_t *)phys_ptr(0x500) = 0xff;
}
