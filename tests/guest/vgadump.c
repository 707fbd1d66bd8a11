// SPDX-License-Identifier: LGPL-3.0-or-later
/*
 * What a VGA BIOS leaves after each mode is set: all registers of the VGA, the palette, the
 * BIOS data area; and the modes that VESA's functions list. test_vga.py compares two ROMs.
 *
 * Reference: IBM PS/2 Hardware Interface Technical Reference, "Video Subsystem".
 */

#include "guest.h"

#define BUFFER 0x20000

static u8 indexed(u16 port, u8 index)
{
	outb(port, index);
	return inb(port + 1);
}

static void hex8(u8 value)
{
	static const char digits[] = "0123456789abcdef";

	say("%c%c", digits[value >> 4], digits[value & 15]);
}

static u16 crtc(void)
{
	return inb(0x3cc) & 1 ? 0x3d4 : 0x3b4;
}

static void dump_registers(void)
{
	u32 i;

	say(" misc ");
	hex8(inb(0x3cc));
	say(" seq ");
	for (i = 0; i < 5; i++)
		hex8(indexed(0x3c4, i));
	say(" crtc ");
	for (i = 0; i < 25; i++)
		hex8(indexed(crtc(), i));
	say(" gfx ");
	for (i = 0; i < 9; i++)
		hex8(indexed(0x3ce, i));
	say(" attr ");
	for (i = 0; i < 21; i++) {
		inb(crtc() + 6);
		outb(0x3c0, i | 0x20);
		hex8(inb(0x3c1));
	}
	inb(crtc() + 6);
	outb(0x3c0, 0x20);
}

static void dump_dac(void)
{
	u32 i;

	say(" mask ");
	hex8(inb(0x3c6));
	say(" dac ");
	outb(0x3c7, 0);
	for (i = 0; i < 768; i++)
		hex8(inb(0x3c9));
}

static void dump_data_area(void)
{
	u32 i;

	say(" bda ");
	for (i = 0x449; i <= 0x466; i++)
		hex8(peek8(i));
	for (i = 0x484; i <= 0x48a; i++)
		hex8(peek8(i));
	say(" equipment ");
	hex8(peek8(0x410));
}

static void dump_modes(void)
{
	u8 mode;

	for (mode = 0; mode <= 0x13; mode++) {
		struct regs r;

		if (mode > 7 && mode < 0x0d)
			continue;
		r = intr_ax(0x10, mode);
		say("mode ");
		hex8(mode);
		say(" al ");
		hex8(r.al);
		dump_registers();
		dump_data_area();
		dump_dac();
		say("\n");
	}
}

static void dump_vesa(void)
{
	struct regs r = regs();
	u32 list, i;

	fill(BUFFER, 0, 512);
	poke32(BUFFER, 0x32454256); /* VBE2 */
	r.ax = 0x4f00;
	r.es = BUFFER >> 4;
	intr(0x10, &r);
	say("vesa %x version %x capabilities %x memory %x\n", r.ax, peek16(BUFFER + 4),
	    peek32(BUFFER + 10), peek16(BUFFER + 18));
	list = peek16(BUFFER + 16) * 16 + peek16(BUFFER + 14);
	for (i = 0; i < 200 && peek16(list + 2 * i) != 0xffff; i++) {
		u32 j;

		r = regs();
		r.ax = 0x4f01;
		r.cx = peek16(list + 2 * i);
		r.es = 0x3000;
		fill(0x30000, 0, 256);
		intr(0x10, &r);
		say("vmode %x %u %u %u info ", r.cx, peek16(0x30012), peek16(0x30014),
		    peek8(0x30019));
		for (j = 0; j < 0x42; j++)
			hex8(peek8(0x30000 + j));
		say("\n");
	}
}

void test(void)
{
	dump_modes();
	dump_vesa();
	intr_ax(0x10, 0x0003);
	ok(peek8(0x449) == 3);
}
