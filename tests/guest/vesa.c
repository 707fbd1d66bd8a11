// SPDX-License-Identifier: LGPL-3.0-or-later
/*
 * VESA BIOS Extension, INT 10h AH=4Fh, of a VGA BIOS: every mode that it lists, all
 * functions, good and bad arguments.
 *
 * References: VESA BIOS Extension (VBE) Core Functions Standard 3.0; VBE/DDC 1.1; QEMU,
 * docs/specs/standard-vga for the display interface behind it.
 */

#include "guest.h"

#define BUFFER 0x20000 /* of the calls, by segment 2000h */
#define INFO   0x30000
#define WINDOW 0xa0000
#define OK     0x004f
#define LINEAR 0x4000
#define KEEP   0x8000
#define ENABLE 4
#define BANK   5
#define X      8
#define Y      9

static struct regs vesa(u16 function, u16 bx, u16 cx, u16 dx)
{
	struct regs r = regs();

	r.ax = 0x4f00 | function;
	r.bx = bx;
	r.cx = cx;
	r.dx = dx;
	r.es = BUFFER >> 4;
	intr(0x10, &r);
	return r;
}

static u16 inw(u16 port)
{
	u16 value;

	__asm__ volatile("inw %1, %0" : "=a"(value) : "Nd"(port));
	return value;
}

static u16 dispi(u16 index)
{
	outw(0x1ce, index);
	return inw(0x1cf);
}

static u32 dac(u8 index)
{
	u32 value;

	outb(0x3c7, index);
	value = inb(0x3c9) << 16;
	value |= inb(0x3c9) << 8;
	return value | inb(0x3c9);
}

static u32 far(u32 at)
{
	return peek16(at) + peek16(at + 2) * 16u;
}

/* A mode's information, at INFO. */
static bool mode_information(u16 mode)
{
	struct regs r = regs();

	r.ax = 0x4f01;
	r.cx = mode;
	r.es = INFO >> 4;
	fill(INFO, 0xcc, 512);
	intr(0x10, &r);
	return r.ax == OK && filled_with(INFO + 256, 0xcc, 256);
}

struct mode {
	u16 number, width, height, pitch;
	u8 bits;
	bool linear;
};

static struct mode mode_of(u16 number)
{
	struct mode m = {number, 0, 0, 0, 0, false};

	ok(mode_information(number));
	m.width = peek16(INFO + 0x12);
	m.height = peek16(INFO + 0x14);
	m.pitch = peek16(INFO + 0x10);
	m.bits = peek8(INFO + 0x19);
	m.linear = peek8(INFO) & 0x80;
	return m;
}

/* --- 00h and 01h ------------------------------------------------------------------- */

static u32 memory, listed;
static u16 list[128];

static void information(void)
{
	u32 at, i;

	/* VBE 3.0, 4.3: 256 bytes, or 512 for who says VBE2 */
	fill(BUFFER, 0xcc, 1024);
	ok(vesa(0x00, 0, 0, 0).ax == OK);
	ok(peek32(BUFFER) == 0x41534556 && peek16(BUFFER + 4) == 0x0300);
	ok(filled_with(BUFFER + 256, 0xcc, 768));
	poke32(BUFFER, 0x32454256);
	fill(BUFFER + 4, 0xcc, 1020);
	ok(vesa(0x00, 0, 0, 0).ax == OK && filled_with(BUFFER + 512, 0xcc, 512));
	ok(peek8(far(BUFFER + 6)) && peek8(far(BUFFER + 0x16)) && peek8(far(BUFFER + 0x1a)));
	memory = peek16(BUFFER + 0x12);
	ok(memory >= 16);
	at = far(BUFFER + 14);
	for (i = 0; i < ARRAY_SIZE(list) && peek16(at) != 0xffff; i++, at += 2)
		list[i] = peek16(at);
	listed = i;
	say("modes: %u of %u KiB\n", listed, memory * 64);
	ok(listed > 20 && listed < ARRAY_SIZE(list));
}

static void mode_informations(void)
{
	u32 i, wrong = 0;

	for (i = 0; i < listed; i++) {
		struct mode m;
		u32 needed;

		if (!mode_information(list[i])) {
			wrong++;
			continue;
		}
		m.width = peek16(INFO + 0x12);
		m.height = peek16(INFO + 0x14);
		m.pitch = peek16(INFO + 0x10);
		m.bits = peek8(INFO + 0x19);
		needed = m.pitch * m.height;
		/* 4.4: supported, in colour, graphics; the window; the lines fit */
		wrong += (peek16(INFO) & 0x19) != 0x19 || peek8(INFO + 2) != 7;
		wrong += peek16(INFO + 4) != 64 || peek16(INFO + 6) != 64;
		wrong += peek16(INFO + 8) != 0xa000 || !peek32(INFO + 12);
		wrong += needed > memory << 16 || m.width % 8;
		wrong += m.pitch != m.width * ((m.bits + 7) / 8);
		wrong += peek8(INFO + 0x1b) != (m.bits == 8 ? 4 : 6);
		wrong += (peek8(INFO) & 0x80) && !peek32(INFO + 0x28);
		wrong += peek16(INFO + 0x32) != m.pitch;
		/* red, green, blue and what is left are the dot */
		if (m.bits > 8)
			wrong += peek8(INFO + 0x1f) + peek8(INFO + 0x21) + peek8(INFO + 0x23) +
					 peek8(INFO + 0x25) !=
				 (m.bits == 15 ? 16 : m.bits);
		if (wrong) {
			say("# mode %x\n", list[i]);
			break;
		}
	}
	ok(!wrong);
	ok(vesa(0x01, 0, 0x1ff, 0).ax != OK);
	ok(vesa(0x01, 0, 0xffff, 0).ax != OK);
}

/* --- 02h to 05h -------------------------------------------------------------------- */

static void every_mode(void)
{
	u32 i, wrong = 0;

	for (i = 0; i < listed && !wrong; i++) {
		struct regs r;
		u16 flags = i & 1 ? LINEAR : 0;

		mode_information(list[i]);
		if (!(peek8(INFO) & 0x80))
			flags = 0;
		wrong += vesa(0x02, list[i] | flags, 0, 0).ax != OK;
		r = vesa(0x03, 0, 0, 0);
		wrong += r.ax != OK || r.bx != (list[i] | flags);
		wrong += dispi(1) != peek16(INFO + 0x12) || dispi(2) != peek16(INFO + 0x14);
		wrong += dispi(3) != peek8(INFO + 0x19);
		wrong += peek16(0x44a) != peek16(INFO + 0x12) / 8;
		if (wrong)
			say("# mode %x: %x\n", list[i], r.bx);
	}
	ok(!wrong);
}

static void bad_modes(void)
{
	vesa(0x02, 0x03, 0, 0);
	ok(vesa(0x03, 0, 0, 0).bx == 3 && peek8(0x449) == 3);
	ok(vesa(0x02, 0x1fe, 0, 0).ax == 0x014f && vesa(0x03, 0, 0, 0).bx == 3);
	ok(vesa(0x02, 0x0a, 0, 0).ax == 0x014f);
	ok(vesa(0x02, KEEP | 0x13, 0, 0).ax == OK && vesa(0x03, 0, 0, 0).bx == (KEEP | 0x13));
	ok(vesa(0x02, 0x03, 0, 0).ax == OK);
	/* What needs a mode of VESA's says that this is none. */
	ok(vesa(0x05, 0, 0, 0).ax == 0x034f && vesa(0x06, 1, 0, 0).ax == 0x034f);
	ok(vesa(0x07, 0, 0, 0).ax == 0x034f && vesa(0x08, 0x0800, 0, 0).ax == 0x034f);
	/* And what there is not, that. */
	ok(vesa(0x7f, 0, 0, 0).ax == 0x0100);
}

static void window(void)
{
	u32 i, wrong = 0, banks;
	struct regs r;

	ok(vesa(0x02, 0x103, 0, 0).ax == OK);
	banks = 800u * 600 / 0x10000;
	for (i = 0; i <= banks; i++) {
		wrong += vesa(0x05, 0, 0, i).ax != OK;
		poke8(WINDOW + 100, i + 1);
	}
	for (i = 0; i <= banks; i++) {
		vesa(0x05, 0, 0, i);
		r = vesa(0x05, 0x0100, 0, 0);
		wrong += r.ax != OK || r.dx != i || peek8(WINDOW + 100) != i + 1;
	}
	ok(!wrong);
	ok(vesa(0x05, 0x0001, 0, 0).ax == 0x014f); /* no second window */
	ok(vesa(0x05, 0x0200, 0, 0).ax == 0x014f);
	ok(vesa(0x05, 0, 0, memory).ax == 0x014f && vesa(0x05, 0, 0, 0xffff).ax == 0x014f);
	/* Memory is cleared by setting a mode, unless bit 15 is set. */
	vesa(0x05, 0, 0, 0);
	ok(vesa(0x02, KEEP | 0x103, 0, 0).ax == OK && peek8(WINDOW + 100) == 1);
	ok(vesa(0x03, 0, 0, 0).bx == (KEEP | 0x103));
	ok(vesa(0x02, 0x103, 0, 0).ax == OK && peek8(WINDOW + 100) == 0);
}

/* 4.4: the same by a far call, which need not keep AX and DX. */
static void window_function(void)
{
	static u32 function;
	u16 bx = 0, dx = 3;

	mode_information(0x103);
	function = peek32(INFO + 12);
	__asm__ volatile("lcallw *%2" : "+b"(bx), "+d"(dx) : "m"(function) : "eax", "memory", "cc");
	ok(dispi(BANK) == 3);
}

/* --- 06h to 09h -------------------------------------------------------------------- */

static void scan_lines(void)
{
	struct regs r;

	ok(vesa(0x02, 0x101, 0, 0).ax == OK);
	r = vesa(0x06, 0x01, 0, 0);
	ok(r.ax == OK && r.bx == 640 && r.cx == 640 && r.dx >= 480);
	r = vesa(0x06, 0x00, 1000, 0);
	ok(r.ax == OK && r.cx >= 1000 && r.bx == r.cx && r.cx < 1010 && dispi(6) == r.cx);
	r = vesa(0x06, 0x02, 2048, 0);
	ok(r.ax == OK && r.bx == 2048 && r.cx == 2048);
	r = vesa(0x06, 0x00, 100, 0); /* not less than what is shown */
	ok(r.ax == OK && r.cx == 640);
	r = vesa(0x06, 0x03, 0, 0);
	ok(r.ax == OK && r.cx > 2048 && (u32)r.bx * r.dx <= memory << 16);
	ok(vesa(0x06, 0x00, 0xfff0, 0).ax == 0x024f || memory > 480);
	ok(vesa(0x06, 0x09, 0, 0).ax == 0x014f);
}

static void display_start(void)
{
	struct regs r;

	ok(vesa(0x02, 0x101, 0, 0).ax == OK);
	vesa(0x06, 0x00, 1024, 0);
	ok(vesa(0x07, 0x00, 8, 16).ax == OK && dispi(X) == 8 && dispi(Y) == 16);
	r = vesa(0x07, 0x01, 0, 0);
	ok(r.ax == OK && r.cx == 8 && r.dx == 16 && r.bh == 0);
	ok(vesa(0x07, 0x80, 0, 480).ax == OK && dispi(Y) == 480 && dispi(X) == 0);
	/* by the address */
	r = regs();
	r.ax = 0x4f07;
	r.bx = 0x0002;
	r.ecx = 1024 * 5 + 32;
	intr(0x10, &r);
	ok(r.ax == OK && dispi(X) == 32 && dispi(Y) == 5);
	ok(vesa(0x07, 0x04, 0, 0).ax == OK && vesa(0x07, 0x04, 0, 0).cx == 1);
	/* not beyond the line, nor beyond memory */
	ok(vesa(0x07, 0x00, 1000, 0).ax == 0x014f && vesa(0x07, 0x00, 0, 0xffff).ax == 0x014f);
	ok(vesa(0x07, 0x33, 0, 0).ax == 0x014f);
	ok(dispi(X) == 32 && dispi(Y) == 5);
}

static void colours(void)
{
	u32 i;

	ok(vesa(0x02, 0x101, 0, 0).ax == OK);
	ok(vesa(0x08, 0x0001, 0, 0).bh == 6);
	ok(vesa(0x08, 0x0800, 0, 0).bh == 8 && vesa(0x08, 0x0001, 0, 0).bh == 8);
	for (i = 0; i < 8; i++)
		poke8(BUFFER + i, 0xf0 + i); /* blue, green, red, nothing */
	ok(vesa(0x09, 0x00, 2, 0x40).ax == OK);
	ok(dac(0x40) == 0xf2f1f0 && dac(0x41) == 0xf6f5f4);
	fill(BUFFER, 0xcc, 16);
	ok(vesa(0x09, 0x01, 2, 0x40).ax == OK && (peek32(BUFFER) & 0xffffff) == 0xf2f1f0);
	ok((peek32(BUFFER + 4) & 0xffffff) == 0xf6f5f4 && peek8(BUFFER + 8) == 0xcc);
	ok(vesa(0x08, 0x0600, 0, 0).bh == 6);
	ok(vesa(0x09, 0x80, 1, 255).ax == OK);
	ok(vesa(0x09, 0x00, 2, 255).ax == 0x014f && vesa(0x09, 0x00, 1, 256).ax == 0x014f);
	ok(vesa(0x09, 0x02, 1, 0).ax == 0x024f);
	ok(vesa(0x02, 0x111, 0, 0).ax == OK && vesa(0x08, 0x0800, 0, 0).ax == 0x034f);
}

/* --- text on dots ------------------------------------------------------------------ */

static void write(u16 position, u8 c, u8 colour)
{
	struct regs r = regs();

	r.ax = 0x0200;
	r.dx = position;
	intr(0x10, &r);
	r = regs();
	r.ax = 0x0900 | c;
	r.bx = colour;
	r.cx = 1;
	intr(0x10, &r);
}

static u8 character_at(u16 position)
{
	struct regs r = regs();

	r.ax = 0x0200;
	r.dx = position;
	intr(0x10, &r);
	return intr_ax(0x10, 0x0800).al;
}

static u8 dot_at(u16 x, u16 y)
{
	struct regs r = regs();

	r.ax = 0x0d00;
	r.cx = x;
	r.dx = y;
	intr(0x10, &r);
	return r.al;
}

static void text(u16 number)
{
	struct mode m = mode_of(number);
	u8 columns = m.width / 8, rows = m.height / 16, i;
	struct regs r;

	say("# text in mode %x\n", number);
	ok(vesa(0x02, number, 0, 0).ax == OK);
	ok(vesa(0x05, 0, 0, 2).ax == OK);
	ok(peek16(0x44a) == columns && peek8(0x484) <= rows - 1);
	rows = peek8(0x484) + 1;
	write(0x0503, 'K', 14);
	write(0x0504, 0xcd, 9);
	ok(character_at(0x0503) == 'K' && character_at(0x0504) == 0xcd);
	ok(dot_at(4 * 8 + 1, 5 * 16 + 6) == 9 || dot_at(4 * 8 + 1, 5 * 16 + 7) == 9);
	write((rows - 1) << 8 | (columns - 1), 'z', 7);
	ok(character_at((rows - 1) << 8 | (columns - 1)) == 'z');
	/* teletype at the end of the last line: all moves up */
	for (i = 0; i < 2; i++)
		intr_ax(0x10, 0x0e0a);
	ok(character_at(0x0403) == ' ' || character_at(0x0303) == 'K');
	ok(intr_ax(0x10, 0x0300).dh == rows - 1 || rows > 25);
	/* dots: at both ends, and none outside */
	r = regs();
	r.ax = 0x0c0c;
	r.cx = m.width - 1;
	r.dx = 100;
	intr(0x10, &r);
	ok(dot_at(m.width - 1, 100) == 12);
	r = regs();
	r.ax = 0x0c0c;
	r.cx = r.dx = 0xffff;
	intr(0x10, &r);
	ok(dot_at(0xffff, 0xffff) == 0);
	ok(dispi(BANK) == 2); /* the window is where it was */
}

/* --- the rest ---------------------------------------------------------------------- */

static void state(void)
{
	u16 blocks = vesa(0x04, 0, 0x0f, 0x00).bx;

	ok(blocks && blocks <= 64);
	ok(vesa(0x02, LINEAR | 0x101, 0, 0).ax == OK || vesa(0x02, 0x101, 0, 0).ax == OK);
	vesa(0x06, 0, 800, 0);
	vesa(0x07, 0, 4, 5);
	fill(BUFFER, 0xcc, 8192);
	ok(vesa(0x04, 0, 0x0f, 0x01).ax == OK);
	ok(filled_with(BUFFER + blocks * 64, 0xcc, 8192 - blocks * 64));
	vesa(0x02, 0x03, 0, 0);
	ok(vesa(0x04, 0, 0x0f, 0x02).ax == OK);
	ok((vesa(0x03, 0, 0, 0).bx & 0x1ff) == 0x101);
	ok(dispi(6) == 800 && dispi(X) == 4 && dispi(Y) == 5 && peek16(0x44a) == 80);
	ok(vesa(0x04, 0, 0x0f, 0x03).ax == 0x014f);
	vesa(0x02, 0x03, 0, 0);
}

static void other(void)
{
	struct regs r;
	u32 at, i;

	/* 4.12: the protected mode interface: four offsets into what is copied */
	r = vesa(0x0a, 0, 0, 0);
	at = r.es * 16u + r.di;
	ok(r.ax == OK && r.cx > 8 && r.cx < 1024);
	for (i = 0; i < 4; i++)
		ok(peek16(at + 2 * i) >= 8 && peek16(at + 2 * i) < r.cx);
	ok(vesa(0x0a, 1, 0, 0).ax == 0x014f);
	/* 4.13: a pixel clock */
	r = regs();
	r.ax = 0x4f0b;
	r.ecx = 65000000;
	r.dx = 0x105;
	intr(0x10, &r);
	ok(r.ax == OK && r.ecx == 65000000);
	ok(vesa(0x0b, 1, 0, 0).ax == 0x014f);
	/* VBE/PM: on, off, and asking */
	r = vesa(0x10, 0, 0, 0);
	ok(r.ax == OK && r.bl == 0x10);
	ok(vesa(0x10, 0x0401, 0, 0).ax == OK && vesa(0x10, 0x0002, 0, 0).bh == 4);
	ok(vesa(0x10, 0x0001, 0, 0).ax == OK && vesa(0x10, 0x0002, 0, 0).bh == 0);
	/* VBE/DDC: what the monitor says of itself, where the adapter has one */
	r = vesa(0x15, 0, 0, 0);
	say("edid: %u\n", r.ax == OK);
	fill(BUFFER, 0xcc, 256);
	if (r.ax == OK) {
		u8 sum = 0;

		ok(vesa(0x15, 1, 0, 0).ax == OK && peek32(BUFFER) == 0xffffff00);
		for (i = 0; i < 128; i++)
			sum += peek8(BUFFER + i);
		ok(!sum && filled_with(BUFFER + 128, 0xcc, 128));
	} else {
		ok(vesa(0x15, 1, 0, 0).ax == 0x014f && filled_with(BUFFER, 0xcc, 256));
	}
	ok(vesa(0x15, 1, 0, 9).ax == 0x014f && vesa(0x15, 7, 0, 0).ax == 0x014f);
}

void test(void)
{
	static const u16 texts[] = {0x101, 0x110, 0x111, 0x115, 0x144};
	u32 i;

	information();
	mode_informations();
	every_mode();
	bad_modes();
	window();
	window_function();
	scan_lines();
	display_start();
	colours();
	for (i = 0; i < ARRAY_SIZE(texts); i++)
		text(texts[i]);
	state();
	other();
	intr_ax(0x10, 0x0003);
	ok(peek8(0x449) == 3 && !(dispi(ENABLE) & 1));
}
