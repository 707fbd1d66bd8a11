// SPDX-License-Identifier: LGPL-3.0-or-later
/*
 * VESA BIOS Extension, INT 10h AH=4Fh, for framebuffers: every mode that it lists, all
 * functions, good and bad arguments; and the text screen behind it.
 *
 * References: VESA BIOS Extension (VBE) Core Functions Standard 3.0 (VBE); VBE/DDC 1.1;
 * Ralf Brown's Interrupt List (RBIL), INT 10 AX=4F00h and following.
 */

#include "guest.h"

#define BUFFER      0x20000 /* of the calls, by segment 2000h */
#define INFO        0x30000
#define STATE       0x40000
#define TEXT        (0xb8000 + 19 * 160) /* a row that nobody types to */
#define OK          0x004f
#define FAILED      0x014f
#define NOT_HERE    0x024f
#define INVALID     0x034f
#define NO_FUNCTION 0x0100
#define LINEAR      0x4000
#define KEEP        0x8000

static struct regs vbe(u16 function, u16 bx, u16 cx, u16 dx)
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

static u16 status(u16 function, u16 bx, u16 cx, u16 dx)
{
	return vbe(function, bx, cx, dx).ax;
}

static u32 far(u32 at)
{
	return peek16(at) + peek16(at + 2) * 16u;
}

static u32 memory, listed, framebuffer;
static u16 list[112];

struct mode {
	u16 number, width, height, pitch;
	u8 bits;
};

static u16 information_of(u16 number)
{
	struct regs r = regs();

	r.ax = 0x4f01;
	r.cx = number;
	r.es = INFO >> 4;
	fill(INFO, 0xcc, 512);
	intr(0x10, &r);
	return r.ax;
}

static struct mode mode_of(u16 number)
{
	struct mode m = {number, 0, 0, 0, 0};

	ok(information_of(number) == OK && filled_with(INFO + 256, 0xcc, 256));
	m.pitch = peek16(INFO + 0x10);
	m.width = peek16(INFO + 0x12);
	m.height = peek16(INFO + 0x14);
	m.bits = peek8(INFO + 0x19);
	return m;
}

/* --- 00h and 01h ------------------------------------------------------------------- */

static void information(void)
{
	u32 at;

	/* VBE 3.0, 4.3: 256 bytes, or 512 for who says VBE2 */
	fill(BUFFER, 0xcc, 1024);
	ok(status(0x00, 0, 0, 0) == OK);
	ok(peek32(BUFFER) == 0x41534556 && peek16(BUFFER + 4) == 0x0300);
	ok(filled_with(BUFFER + 256, 0xcc, 768));
	fill(BUFFER, 0xcc, 1024);
	poke32(BUFFER, 0x32454256);
	ok(status(0x00, 0, 0, 0) == OK && filled_with(BUFFER + 512, 0xcc, 512));
	ok(peek32(BUFFER) == 0x41534556 && peek16(BUFFER + 0x14));
	ok(peek8(far(BUFFER + 6)) && peek8(far(BUFFER + 0x16)) && peek8(far(BUFFER + 0x1a)) &&
	   peek8(far(BUFFER + 0x1e)));
	ok(peek32(BUFFER + 10) & 2); /* not VGA compatible */
	memory = peek16(BUFFER + 0x12) * 65536u;
	for (at = far(BUFFER + 14); peek16(at) != 0xffff && listed < ARRAY_SIZE(list); at += 2)
		list[listed++] = peek16(at);
	ok(listed >= 3 && listed < ARRAY_SIZE(list));
	/* RBIL 10/4F00: a buffer that is not the caller's */
	{
		struct regs r = regs();

		r.ax = 0x4f00;
		r.es = 0xe000;
		intr(0x10, &r);
		ok(r.ax == FAILED);
	}
}

static bool masks_are(u32 at, u32 red, u32 green, u32 blue)
{
	return peek16(at) == red && peek16(at + 2) == green && peek16(at + 4) == blue;
}

static void mode_information(u16 number)
{
	struct mode m = mode_of(number);

	say("mode %x: %u x %u x %u\n", number, m.width, m.height, m.bits);
	/* VBE 3.0, 4.4: supported, colour, graphics, no VGA, no window, linear */
	ok(peek16(INFO) == 0xfb);
	ok(!peek16(INFO + 2) && !peek16(INFO + 4) && !peek16(INFO + 6) && !peek32(INFO + 8) &&
	   !peek32(INFO + 0x0c));
	ok(m.width >= 640 && m.height >= 400 && m.pitch >= m.width * (m.bits / 8));
	ok((u32)m.pitch * m.height <= memory + 65535);
	ok(peek8(INFO + 0x18) == 1 && peek8(INFO + 0x1a) == 1);
	ok(peek8(INFO + 0x1b) == (m.bits == 8 ? 4 : 6));
	/* VBE 3.0: sizes in the low bytes, positions in the high ones */
	if (m.bits == 32 || m.bits == 24)
		ok(masks_are(INFO + 0x1f, 0x1008, 0x0808, 0x0008) &&
		   masks_are(INFO + 0x36, 0x1008, 0x0808, 0x0008));
	if (m.bits == 16)
		ok(masks_are(INFO + 0x1f, 0x0b05, 0x0506, 0x0005));
	if (m.bits == 15)
		ok(masks_are(INFO + 0x1f, 0x0a05, 0x0505, 0x0005));
	if (!framebuffer)
		framebuffer = peek32(INFO + 0x28);
	ok(framebuffer >= 0x100000 && peek32(INFO + 0x28) == framebuffer);
	ok(peek16(INFO + 0x32) == m.pitch && !peek8(INFO + 0x34));
	ok(peek8(INFO + 0x35) == peek8(INFO + 0x1d));
	ok((u32)m.pitch * m.height * (peek8(INFO + 0x1d) + 1) <= memory + 65535);
}

/* --- 02h and 03h ------------------------------------------------------------------- */

static volatile u32 *pixels(u32 offset)
{
	return (volatile u32 *)(framebuffer + offset);
}

static void set_mode(u16 number)
{
	struct mode m = mode_of(number);
	u32 last = (u32)m.pitch * m.height - 4;

	*pixels(0) = *pixels(last) = 0x12345678;
	ok(status(0x02, number | LINEAR, 0, 0) == OK);
	ok(vbe(0x03, 0, 0, 0).bx == (number | LINEAR));
	ok(!*pixels(0) && !*pixels(last)); /* VBE 3.0, 4.5: cleared */
	*pixels(0) = *pixels(last) = 0x12345678;
	ok(status(0x02, number | LINEAR | KEEP, 0, 0) == OK);
	ok(vbe(0x03, 0, 0, 0).bx == (number | LINEAR | KEEP));
	ok(*pixels(0) == 0x12345678 && *pixels(last) == 0x12345678);
	/* RBIL 10/4F02: D11 says that ES:DI has timings */
	ok(status(0x02, number | LINEAR | 0x0800, 0, 0) == OK);
	ok(vbe(0x03, 0, 0, 0).bx == (number | LINEAR));
	/* VBE 3.0, 4.9: lines and what is shown */
	ok(status(0x06, 0x0001, 0, 0) == OK);
	ok(vbe(0x06, 0x0001, 0, 0).bx == m.pitch && vbe(0x06, 0x0001, 0, 0).dx >= m.height);
	ok(status(0x06, 0x0000, m.width, 0) == OK && status(0x06, 0x0002, m.pitch, 0) == OK);
	ok(status(0x06, 0x0000, 0xfff0, 0) == NOT_HERE);
	ok(vbe(0x06, 0x0003, 0, 0).bx >= m.pitch && status(0x06, 0x0004, 0, 0) == FAILED);
	ok(status(0x07, 0x0000, 0, 0) == OK && status(0x07, 0x0080, 0, 0) == OK);
	ok(status(0x07, 0x0000, 8, 0) == NOT_HERE && status(0x07, 0x0003, 0, 0) == FAILED);
	ok(status(0x07, 0x0000, 0, 0xffff) == FAILED);
	{
		u16 line = peek8(INFO + 0x1d) ? m.height : 0;
		struct regs r;

		ok(status(0x07, 0x0080, 0, line) == OK);
		r = vbe(0x07, 0x0001, 7, 7);
		ok(r.ax == OK && !r.cx && r.dx == line && !r.bh);
		r = regs();
		r.ax = 0x4f07;
		r.bx = 0x0002;
		intr(0x10, &r);
		ok(r.ax == OK && !vbe(0x07, 0x0001, 7, 7).dx);
	}
	/* VBE 3.0, 4.8: no window where memory is linear */
	ok(status(0x05, 0x0000, 0, 0) == INVALID && status(0x05, 0x0100, 0, 0) == INVALID);
}

static void refusals(void)
{
	u16 number = list[0];

	ok(status(0x02, number, 0, 0) == FAILED);                   /* by a window */
	ok(status(0x02, number | LINEAR | 0x0200, 0, 0) == FAILED); /* reserved */
	ok(status(0x02, 0x1fe | LINEAR, 0, 0) == FAILED);
	ok(status(0x02, 0x0013, 0, 0) == FAILED);
	ok(information_of(0x1fe) == FAILED && filled_with(INFO, 0xcc, 512));
	ok(information_of(0x0003) == FAILED);
	ok(status(0x0a, 0, 0, 0) == NO_FUNCTION && status(0x0b, 0, 0, 0) == NO_FUNCTION);
	ok(status(0xff, 0, 0, 0) == NO_FUNCTION);
	ok(vbe(0x03, 0, 0, 0).bx == 3);
	/* of modes of graphics only */
	ok(status(0x06, 0x0001, 0, 0) == INVALID && status(0x07, 0x0001, 0, 0) == INVALID);
	ok(status(0x08, 0x0001, 0, 0) == INVALID && status(0x09, 0x0001, 1, 0) == INVALID);
}

/* --- 08h and 09h ------------------------------------------------------------------- */

static void colours(u16 number)
{
	struct regs r;

	ok(status(0x02, number | LINEAR, 0, 0) == OK);
	ok(vbe(0x08, 0x0001, 0, 0).bh == 6);
	fill(BUFFER, 0xcc, 1024);
	ok(status(0x09, 0x0001, 256, 0) == OK);
	/* the default palette: blue, then red, then white */
	ok(peek16(BUFFER + 4) == 0x002a && peek8(BUFFER + 18) == 0x2a);
	ok((peek32(BUFFER + 60) & 0xffffff) == 0x3f3f3f);
	r = vbe(0x08, 0x0800, 0, 0);
	ok(r.ax == OK && r.bh == 8);
	poke32(BUFFER, 0x00abcdef);
	ok(status(0x09, 0x0000, 1, 7) == OK);
	poke32(BUFFER, 0);
	ok(status(0x09, 0x0001, 1, 7) == OK && (peek32(BUFFER) & 0xffffff) == 0xabcdef);
	ok(status(0x09, 0x0000, 2, 255) == FAILED && status(0x09, 0x0000, 1, 256) == FAILED);
	ok(status(0x09, 0x0002, 1, 0) == NOT_HERE && status(0x08, 0x0002, 0, 0) == FAILED);
	ok(vbe(0x08, 0x0600, 0, 0).bh == 6);
}

/* --- 04h, 15h ---------------------------------------------------------------------- */

static struct regs state(u8 dl, u16 cx)
{
	struct regs r = regs();

	r.ax = 0x4f04;
	r.dl = dl;
	r.cx = cx;
	r.es = STATE >> 4;
	intr(0x10, &r);
	return r;
}

static void states(u16 number)
{
	struct regs r = state(0, 0x0f);

	ok(r.ax == OK && r.bx > 0 && r.bx < 64);
	ok(status(0x02, number | LINEAR, 0, 0) == OK);
	fill(STATE, 0xcc, 0x2000);
	ok(state(1, 0x0f).ax == OK && filled_with(STATE + r.bx * 64u, 0xcc, 256));
	*pixels(0) = 0x87654321;
	ok(status(0x02, 0x0003, 0, 0) == OK && vbe(0x03, 0, 0, 0).bx == 3);
	ok(state(2, 0x0f).ax == OK);
	ok(vbe(0x03, 0, 0, 0).bx == (number | LINEAR));
	ok(state(0, 0).ax == FAILED && state(3, 0x0f).ax == FAILED && state(0, 0x10).ax == FAILED);
}

static void monitor(void)
{
	struct regs r = vbe(0x15, 0, 0, 0);
	u32 sum = 0, i;

	say("edid: %u\n", r.ax == OK);
	if (r.ax != OK) {
		ok(r.ax == FAILED && status(0x15, 1, 0, 0) == FAILED);
		return;
	}
	ok(r.bl & 3);
	fill(BUFFER, 0xcc, 256);
	ok(status(0x15, 0x0001, 0, 0) == OK && filled_with(BUFFER + 128, 0xcc, 128));
	for (i = 0; i < 128; i++)
		sum += peek8(BUFFER + i);
	/* EDID 1.4: header and checksum */
	ok(peek32(BUFFER) == 0xffffff00 && peek32(BUFFER + 4) == 0x00ffffff && !(sum & 0xff));
	ok(status(0x15, 0x0001, 0, 1) == FAILED && status(0x15, 0x0002, 0, 0) == FAILED);
}

/* --- the text screen --------------------------------------------------------------- */

/* Four columns, white, red, green and blue, for who looks at the picture. */
static void draw(u16 number)
{
	static const u32 parts[] = {0xffffff, 0xff0000, 0x00ff00, 0x0000ff};
	struct mode m = mode_of(number);
	u32 x, y;

	ok(status(0x02, number | LINEAR, 0, 0) == OK);
	for (y = 0; y < m.height; y++)
		for (x = 0; x < m.width; x++)
			*pixels(y * m.pitch + x * 4) = parts[x * 4 / m.width];
	say("drawn: %u x %u\n", m.width, m.height);
	/* a tick passes, for a device that must be told */
	intr_ax(0x16, 0x0000);
}

static void text(u16 number)
{
	poke16(TEXT + 160, 0x1e41);
	ok(status(0x02, number | LINEAR, 0, 0) == OK);
	ok(peek16(TEXT + 160) == 0x1e41);
	/* INT 10h types on the text screen, which consoles show */
	intr_ax(0x10, 0x0e42);
	ok((u8)intr_ax(0x10, 0x0f00).ax == 3);
	ok(status(0x02, 0x0003 | KEEP, 0, 0) == OK && peek16(TEXT + 160) == 0x1e41);
	ok(vbe(0x03, 0, 0, 0).bx == (0x0003 | KEEP));
	ok(status(0x02, number | LINEAR, 0, 0) == OK);
	intr_ax(0x10, 0x0003);
	ok(vbe(0x03, 0, 0, 0).bx == 3 && peek16(TEXT + 160) == 0x0720);
}

void test(void)
{
	u16 deep = 0, indexed = 0, number;
	u32 i;

	enter_unreal();
	information();
	refusals();
	for (i = 0; i < listed; i++) {
		mode_information(list[i]);
		set_mode(list[i]);
		if (peek8(INFO + 0x19) == 32 && peek16(INFO + 0x12) == 640)
			deep = list[i];
		if (peek8(INFO + 0x19) == 8)
			indexed = list[i];
	}
	ok(deep);
	/* VESA's numbers of 640x480 to 1024x768, which users know, listed or not */
	for (number = 0x110; number <= 0x118; number++) {
		ok(information_of(number) == OK && peek8(INFO + 0x19) >= 15);
		ok(status(0x02, number | LINEAR, 0, 0) == OK);
	}
	if (indexed)
		colours(indexed);
	states(deep);
	monitor();
	text(deep);
	draw(deep);
	intr_ax(0x10, 0x0003);
}
