// SPDX-License-Identifier: LGPL-3.0-or-later
/*
 * What a boot sector finds when the BIOS enters it.
 *
 * References: BIOS Boot Specification 1.01 (BBS), section 6 and appendix D;
 * Ralf Brown's Interrupt List (RBIL), INT 19; DESIGN section 2.
 */

#include "guest.h"

static void registers(void)
{
	u32 stack = ((u32)entry.ss << 4) + (entry.esp & 0xffff);

	/* DESIGN: entered with CS = 0, so IP = 7C00 */
	ok(entry.cs == 0);
	ok(entry.ip == (u16)(u32)entry_ip);
	/* RBIL INT 19: DL = drive; the first hard disk is 80h */
	ok((entry.edx & 0xff) == 0x80);
	/* every boot sector since the PC's may use the stack before setting one up */
	ok(stack >= 0x500 + 512);
	ok(stack <= 0x7c00 || stack >= 0x7e00 + 512);
	ok(stack <= 0x9fc00);
	/* string instructions go up; interrupts are on, as after the PC's INT 19h */
	ok(!(entry.eflags & DF));
	ok(entry.eflags & IF);
}

static void processor(void)
{
	struct table_register idt = sidt();

	/* real mode, no paging */
	ok(!(read_cr0() & 0x80000001u));
	/* the interrupt table where real mode programs write it */
	ok(idt.base == 0 && idt.limit >= 0x3ff);
}

static void memory(void)
{
	/* the whole sector is there */
	ok(peek16(0x7dfe) == 0xaa55);
	/* A20 is on: 1 MiB + 600 is not 600 */
	poke32(0x600, 0x12345678);
	poke32(0x100600, 0x9abcdef0);
	ok(peek32(0x600) == 0x12345678);
	ok(peek32(0x100600) == 0x9abcdef0);
	/* what the map calls RAM can be written at both ends */
	poke8(0x500, 0x5a);
	poke8(0x9fbff, 0xa5);
	ok(peek8(0x500) == 0x5a && peek8(0x9fbff) == 0xa5);
}

void test(void)
{
	registers();
	processor();
	memory();
	say("cpus: %u\n", fw_cfg_u32(FW_CFG_NB_CPUS));
}
