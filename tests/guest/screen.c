// SPDX-License-Identifier: LGPL-3.0-or-later
/*
 * Scenes for the console: each is drawn, then "scene: NAME" is reported, and the
 * next comes with the next key. What the terminal shows in the meantime is compared
 * with the memory at B800:0000 by test_console.py; what INT 10h returns is checked
 * here.
 *
 * Reference: Ralf Brown's Interrupt List (RBIL), INTERRUP.A, INT 10.
 */

#include "guest.h"

#define SCREEN 0xb8000u

static void video(u16 ax, u16 bx, u16 cx, u16 dx)
{
	struct regs r = regs();

	r.ax = ax;
	r.bx = bx;
	r.cx = cx;
	r.dx = dx;
	intr(0x10, &r);
}

static void type(const char *s)
{
	for (; *s; s++)
		video(0x0e00 | (u8)*s, 0x0007, 0, 0);
}

static void go(u8 row, u8 column)
{
	video(0x0200, 0, 0, row << 8 | column);
}

static void put(u8 row, u8 column, const char *s, u8 attribute)
{
	for (; *s; s++) {
		go(row, column++);
		video(0x0900 | (u8)*s, attribute, 1, 0);
	}
}

static void string(u8 mode, u8 page, u16 position, u16 count, const void *text, u8 attribute)
{
	struct regs r = regs();

	r.ax = 0x1300 | mode;
	r.bx = page << 8 | attribute;
	r.cx = count;
	r.dx = position;
	r.bp = (u32)text;
	intr(0x10, &r);
}

static void shown(const char *name)
{
	say("scene: %s\n", name);
	intr_ax(0x16, 0x0000);
}

static void lines(void)
{
	type("a line\r\nanother one, longer than the one before\r\n");
	type("spinning: |\b/\b-\b\\\bdone\r\n");
	type("10%\r50%\r100%\r\n\r\n");
	type("\x83\x84 \xe1 \xc4\xb3 as lines\r\n");
	shown("lines");
}

static void clear(void)
{
	struct regs r = intr_ax(0x10, 0x0003);

	ok(filled_with(SCREEN + 1, 0x07, 1) && peek16(SCREEN) == 0x0720);
	ok(r.al != 0x4f);
	type("after the clear");
	shown("clear");
}

static void box(void)
{
	u8 row;

	put(3, 10, "\xda\xc4\xc4\xc4\xc4\xc4\xc4\xc4\xc4\xbf", 0x1f);
	for (row = 4; row < 8; row++) {
		put(row, 10, "\xb3        \xb3", 0x1f);
		put(row, 14, "it", 0x70 + row);
	}
	put(8, 10, "\xc0\xc4\xc4\xc4\xc4\xc4\xc4\xc4\xc4\xd9", 0x1f);
	go(12, 20);
	video(0x0a2a, 0x0000, 30, 0); /* RBIL 10/0A: attribute as it is */
	go(5, 12);
	video(0x0800, 0, 0, 0);
	ok(intr_ax(0x10, 0x0800).ax == 0x1f20);
	shown("box");
}

static void colours(void)
{
	u32 i;

	intr_ax(0x10, 0x0002);
	for (i = 0; i < 256; i++) {
		go(i / 16, i % 16 * 3);
		video(0x0941, i, 2, 0);
	}
	shown("colours");
	video(0x1003, 0x0000, 0, 0); /* RBIL 10/1003: intensity, not blinking */
	shown("bright backgrounds");
	video(0x1003, 0x0001, 0, 0);
	shown("blinking");
}

static void characters(void)
{
	u32 i;

	intr_ax(0x10, 0x0003);
	for (i = 0; i < 256; i++) {
		go(2 + i / 32, i % 32 * 2);
		video(0x0900 | i, 0x0007, 1, 0);
	}
	shown("characters");
}

static void fill_lines(void)
{
	u8 row, text[2] = {0, 0};

	intr_ax(0x10, 0x0003);
	for (row = 0; row < 25; row++) {
		go(row, 0);
		text[0] = 'a' + row;
		video(0x0900 | text[0], 0x07 + row, 80, 0);
	}
}

static void scroll(void)
{
	fill_lines();
	video(0x0602, 0x2000, 0x0505, 0x0a1e); /* 2 up in rows 5-10, columns 5-30 */
	video(0x0703, 0x3000, 0x0728, 0x1732);
	shown("scroll");
	video(0x0600, 0x1700, 0x0a0a, 0x0f46); /* clears */
	video(0x0601, 0x0700, 0x0f0f, 0x0a0a); /* upside down: nothing */
	video(0x06ff, 0x4700, 0x1214, 0xffff); /* clipped */
	shown("clear windows");
	video(0x0601, 0x0700, 0x0000, 0x184f);
	shown("scroll all");
	ok(peek16(SCREEN) == (0x0800 | 'b'));
}

static void strings(void)
{
	static const char pairs[] = "r\4g\2b\1y\x0e";

	intr_ax(0x10, 0x0003);
	go(20, 20);
	string(0, 0, 0x0105, 11, "cursor kept", 0x0a);
	ok(intr_ax(0x10, 0x0300).dx == 0x1414);
	string(1, 0, 0x0205, 12, "cursor moved", 0x0b);
	ok(intr_ax(0x10, 0x0300).dx == 0x0211);
	string(2, 0, 0x0305, 4, pairs, 0);
	string(3, 0, 0x0405, 4, pairs, 0);
	ok(intr_ax(0x10, 0x0300).dx == 0x0409);
	string(1, 0, 0x0546, 25, "over the end of the line\n", 0x4e);
	string(1, 0, 0x0700, 14, "with\r\nlines\b\r\n", 0x2f);
	ok(intr_ax(0x10, 0x0300).dx == 0x0900);
	shown("strings");
}

static void pages(void)
{
	string(1, 3, 0x0a0a, 20, "this is on page three", 0x1e);
	ok(peek16(SCREEN + 3 * 0x1000 + (10 * 80 + 10) * 2) == (0x1e00 | 't'));
	shown("page 0");
	video(0x0503, 0, 0, 0);
	ok(intr_ax(0x10, 0x0f00).bh == 3 && peek16(0x44e) == 0x3000);
	type("teletype");
	shown("page 3");
	video(0x0500, 0, 0, 0);
	shown("page 0 again");
}

static void cursors(void)
{
	struct regs r;

	go(17, 71);
	shown("cursor");
	video(0x0100, 0, 0x2000, 0);
	r = intr_ax(0x10, 0x0300);
	ok(r.cx == 0x2000 && r.dx == 0x1147);
	shown("cursor hidden");
	video(0x0100, 0, 0x0607, 0);
	shown("cursor back");
}

static void narrow(void)
{
	struct regs r;

	intr_ax(0x10, 0x0001);
	r = intr_ax(0x10, 0x0f00);
	ok(r.ah == 40 && (r.al & 0x7f) == 1);
	put(3, 35, "the end", 0x2e); /* each character in its own place */
	type("forty columns, where lines end early, and go on below");
	shown("40 columns");
}

static void bottom(void)
{
	u32 i;

	fill_lines();
	go(24, 0);
	video(0x0920, 0x07, 80, 0);
	for (i = 0; i < 6; i++)
		type("\r\nteletype scrolls");
	ok(peek8(SCREEN) == 'g');
	say("scene: lines after a drawn screen\n");
	intr_ax(0x16, 0x0000);
	put(2, 2, "and then it draws", 0x70);
	shown("drawn again");
}

/* No INT 10h, and no INT 16h: a key is seen in the ring. */
static void key_in_ring(const char *name)
{
	say("scene: %s\n", name);
	while (peek16(0x41a) == peek16(0x41c))
		__asm__ volatile("sti; hlt");
	poke16(0x41a, peek16(0x41c));
}

static void direct(void)
{
	u32 i;

	intr_ax(0x10, 0x0003);
	for (i = 0; i < 2000; i++)
		poke16(SCREEN + 2 * i, (i % 7 << 12 | i % 15 << 8 | 0x0800) + 'A' + i % 26);
	key_in_ring("direct");
	for (i = 0; i < 2000; i += 81)
		poke16(SCREEN + 2 * i, 0x0f23);
	poke16(0x450, 0x0c28);
	key_in_ring("direct changes");
	for (i = 0; i < 1000; i++)
		poke16(SCREEN + 2 * i, 0x1720);
	for (; i < 2000; i++)
		poke16(SCREEN + 2 * i, 0x0700);
	key_in_ring("direct clear");
}

static void queries(void)
{
	static u8 state[64];
	struct regs r;

	intr_ax(0x10, 0x0083); /* RBIL 10/00: bit 7, no clear */
	r = intr_ax(0x10, 0x0f00);
	ok(r.al == 0x83 && r.ah == 80 && r.bh == 0);
	/* a graphics mode that is not there leaves all as it is */
	intr_ax(0x10, 0x0013);
	ok((intr_ax(0x10, 0x0f00).al & 0x7f) == 3);
	r = intr_ax(0x10, 0x1a00);
	ok(r.al == 0x1a && r.bl == 8);
	r = regs();
	r.ax = 0x1200;
	r.bl = 0x10;
	intr(0x10, &r);
	ok(r.bh == 0 && r.bl == 3);
	r = intr_ax(0x10, 0x1130);
	ok(r.cx == 16 && r.dl == 24);
	r = regs();
	r.ax = 0x1b00;
	r.di = (u32)state;
	intr(0x10, &r);
	ok(r.al == 0x1b && state[4] == 3 && state[5] == 80 && state[0x22] == 25);
	ok(peek8(((u32)state[3] << 12) + ((u32)state[2] << 4) + (state[0] | state[1] << 8)) ==
	   0x0f);
	/* RBIL 10/4F00: AL is not 4F: there is no VESA BIOS */
	r = intr_ax(0x10, 0x4f00);
	ok(r.al != 0x4f);
	ok(intr_ax(0x10, 0x0400).ah == 0);
}

/* INT 15h E820h is the last that a boot loader asks before an OS takes over: then the
 * end, without another look at the keyboard. */
static void hand_over(void)
{
	struct regs r = regs();

	intr_ax(0x10, 0x0003);
	put(24, 30, "the last line", 0x1e);
	put(2, 2, "a menu", 0x70);
	go(2, 8);
	video(0x0100, 0, 0x2000, 0);
	r.eax = 0xe820;
	r.edx = 0x534d4150;
	r.ecx = 20;
	r.es = 0x1000;
	intr(0x15, &r);
	ok(!carry(&r));
}

void test(void)
{
	lines();
	clear();
	box();
	colours();
	characters();
	scroll();
	strings();
	pages();
	cursors();
	narrow();
	bottom();
	direct();
	queries();
	hand_over();
}
