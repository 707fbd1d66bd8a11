/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * INT 11h and INT 12h: two words of the BIOS data area. And INT 05h, which has
 * no printer to print the screen on.
 */
#include "bda.h"
#include "interrupt.h"
#include "service.h"

void int11_equipment(struct regs *regs)
{
	regs->ax = bda()->equipment;
}

void int12_memory_size(struct regs *regs)
{
	regs->ax = bda()->memory_kib;
}

/* 0050:0000 is the status: FF, an error. */
void int05_print_screen(struct regs *regs)
{
	(void)regs;
	*(uint8_t *)phys_ptr(0x500) = 0xff;
}
