// SPDX-License-Identifier: LGPL-3.0-or-later
/*
 * INT 10h of a VGA BIOS: all functions but VESA's, with good and bad arguments, on the
 * adapter's own registers and memory.
 *
 * References: Ralf Brown's Interrupt List (RBIL), INTERRUP.A, INT 10, and MEMORY.LST; IBM
 * PS/2 Hardware Interface Technical Reference, "Video Subsystem" (VGA).
 */

#include "guest.h"

#define TEXT       0xb8000
#define BUFFER     0x20000 /* of the calls, by segment 2000h */
#define STACK      0x40000
#define STACK_SIZE 0x1000u

static struct regs video(u16 ax, u16 bx, u16 cx, u16 dx)
{
	struct regs r = regs();

	r.ax = ax;
	r.bx = bx;
	r.cx = cx;
	r.dx = dx;
	r.es = BUFFER >> 4;
	intr(0x10, &r);
	return r;
}

static u8 indexed(u16 port, u8 index)
{
	outb(port, index);
	return inb(port + 1);
}

static u16 crtc_start(u8 index)
{
	return indexed(0x3d4, index) << 8 | indexed(0x3d4, index + 1);
}

static u8 attribute(u8 index)
{
	u8 value;

	inb(0x3da);
	outb(0x3c0, index | 0x20);
	value = inb(0x3c1);
	inb(0x3da);
	return value;
}

static u32 dac(u8 index)
{
	u32 value;

	outb(0x3c7, index);
	value = inb(0x3c9) << 16;
	value |= inb(0x3c9) << 8;
	return value | inb(0x3c9);
}

static u16 cell(u8 row, u8 column)
{
	return peek16(TEXT + (row * peek16(0x44a) + column) * 2);
}

static u16 cursor(u8 page)
{
	return video(0x0300, page << 8, 0, 0).dx;
}

static void move(u16 position)
{
	video(0x0200, 0, 0, position);
}

static void teletype(u8 c)
{
	video(0x0e00 | c, 7, 0, 0);
}

static void mode(u8 number)
{
	video(number, 0, 0, 0);
}

/* --- text -------------------------------------------------------------------------- */

static void text(void)
{
	u32 i;
	struct regs r;

	mode(3);
	/* MEMORY.LST: 40:49 on */
	ok(peek8(0x449) == 3 && peek16(0x44a) == 80 && peek16(0x44c) == 0x1000);
	ok(peek16(0x463) == 0x3d4 && peek8(0x484) == 24 && peek16(0x485) == 16);
	ok(cell(0, 0) == 0x0720 && cell(24, 79) == 0x0720);
	/* RBIL 10/0E: the character at the cursor, which moves; the attribute stays */
	poke16(TEXT, 0x1e20);
	teletype('A');
	ok(cell(0, 0) == 0x1e41 && cursor(0) == 1);
	ok(crtc_start(0x0e) == 1);
	teletype('\b');
	ok(cursor(0) == 0);
	teletype('\b');
	ok(cursor(0) == 0);
	teletype('\a');
	ok(cursor(0) == 0);
	move(0x054f);
	teletype('B');
	ok(cell(5, 79) == 0x0742 && cursor(0) == 0x0600);
	/* The last line scrolls; what is new has the attribute at the cursor's place. */
	move(0x1800);
	poke16(TEXT + 24 * 160, 0x2f43);
	teletype('\n');
	ok(cursor(0) == 0x1800 && cell(23, 0) == 0x2f43 && cell(24, 0) == 0x2f20);
	ok(cell(4, 79) == 0x0742);
	/* RBIL 10/09, 0A, 08 */
	move(0x0a02);
	video(0x0958, 0x001c, 3, 0);
	ok(cell(10, 2) == 0x1c58 && cell(10, 4) == 0x1c58 && cell(10, 5) == 0x0720);
	ok(cursor(0) == 0x0a02);
	video(0x0a59, 0x0000, 1, 0);
	ok(cell(10, 2) == 0x1c59);
	ok(video(0x0800, 0, 0, 0).ax == 0x1c59);
	/* RBIL 10/06, 07: a window */
	for (i = 0; i < 25 * 80; i++)
		poke16(TEXT + 2 * i, 0x0700 | (i / 80 + 'a'));
	video(0x0602, 0x3000, 0x0305, 0x0808);
	ok(cell(3, 5) == (0x0700 | ('f')) && cell(6, 8) == (0x0700 | 'i'));
	ok(cell(7, 5) == 0x3020 && cell(8, 8) == 0x3020);
	ok(cell(3, 4) == (0x0700 | 'd') && cell(8, 9) == (0x0700 | 'i'));
	video(0x0701, 0x4000, 0x0a00, 0x0c4f);
	ok(cell(10, 0) == 0x4020 && cell(11, 79) == (0x0700 | 'k') &&
	   cell(12, 0) == (0x0700 | 'l'));
	ok(cell(13, 0) == (0x0700 | 'n'));
	/* AL = 0 blanks; a window that is too large is as large as the screen; one that is
	 * the wrong way round is none. */
	video(0x0600, 0x1700, 0x0000, 0x0101);
	ok(cell(0, 0) == 0x1720 && cell(1, 1) == 0x1720 && cell(1, 2) == (0x0700 | 'b'));
	video(0x0600, 0x1700, 0x0505, 0x0404);
	ok(cell(4, 4) == (0x0700 | 'e'));
	video(0x06ff, 0x0700, 0x0000, 0xffff);
	ok(cell(0, 0) == 0x0720 && cell(24, 79) == 0x0720);
	/* RBIL 10/13: with and without attributes, the cursor moving or not */
	for (i = 0; "s\x1et\x2e"[i]; i++)
		poke8(BUFFER + i, "s\x1et\x2e"[i]);
	move(0);
	r = video(0x1303, 0x0000, 2, 0x0210);
	ok(cell(2, 0x10) == 0x1e73 && cell(2, 0x11) == 0x2e74 && cursor(0) == 0x0212);
	r = video(0x1300, 0x004f, 1, 0x0300);
	ok(cell(3, 0) == 0x4f73 && cursor(0) == 0x0212 && r.ax == 0x1300);
	/* RBIL 10/04: no light pen */
	ok(video(0x0400, 0, 0, 0).ah == 0);
	/* RBIL 10/0F, 00: bit 7 leaves memory as it is */
	poke16(TEXT + 100, 0x1234);
	mode(0x83);
	ok(peek16(TEXT + 100) == 0x1234);
	ok(video(0x0f00, 0, 0, 0).ax == 0x5083 && peek8(0x487) & 0x80);
	mode(3);
	ok(peek16(TEXT + 100) == 0x0720 && video(0x0f00, 0, 0, 0).ax == 0x5003);
	/* Modes that do not exist change nothing. */
	mode(0x0a);
	mode(0x55);
	ok(peek8(0x449) == 3);
}

static void pages(void)
{
	u32 i;

	mode(3);
	/* RBIL 10/05, 02, 03: eight pages, each with a cursor */
	for (i = 0; i < 8; i++)
		video(0x0200, i << 8, 0, i << 8 | i * 2);
	video(0x0502, 0, 0, 0);
	ok(peek8(0x462) == 2 && peek16(0x44e) == 0x2000);
	ok(crtc_start(0x0c) == 0x1000 && crtc_start(0x0e) == 0x1000 + 2 * 80 + 4);
	video(0x0e5a, 0x0300, 0, 0); /* on another one */
	ok(peek8(TEXT + 0x3000 + 3 * 160 + 12) == 'Z' && cursor(3) == 0x0307);
	ok(crtc_start(0x0e) == 0x1000 + 2 * 80 + 4);
	video(0x0600, 0x5000, 0, 0x184f);
	ok(peek16(TEXT + 0x2000) == 0x5020 && cell(0, 0) == 0x0720);
	video(0x0509, 0, 0, 0); /* none */
	ok(peek8(0x462) == 2);
	mode(7);
	ok(peek16(0x463) == 0x3b4 && peek16(0xb0000) == 0x0720);
	teletype('m');
	ok(peek16(0xb0000) == 0x076d);
	mode(1);
	ok(peek16(0x44a) == 40 && peek16(0x44c) == 0x800 && peek8(0x484) == 24);
}

static void cursor_shapes(void)
{
	mode(3);
	/* RBIL 10/01, 03: as it was given; of eight lines, scaled to the cell's 16 */
	video(0x0100, 0, 0x0607, 0);
	ok(video(0x0300, 0, 0, 0).cx == 0x0607);
	ok(indexed(0x3d4, 0x0a) == 0x0d && indexed(0x3d4, 0x0b) == 0x0e);
	video(0x0100, 0, 0x0007, 0);
	ok(indexed(0x3d4, 0x0a) == 0x00 && indexed(0x3d4, 0x0b) == 0x0f);
	video(0x0100, 0, 0x0407, 0);
	ok(indexed(0x3d4, 0x0a) == 0x08 && indexed(0x3d4, 0x0b) == 0x0f);
	video(0x0100, 0, 0x2000, 0); /* off */
	ok(indexed(0x3d4, 0x0a) & 0x20);
	/* RBIL 10/12/34: emulation off: as it is */
	ok(video(0x1201, 0x34, 0, 0).al == 0x12);
	video(0x0100, 0, 0x0607, 0);
	ok(indexed(0x3d4, 0x0a) == 0x06 && indexed(0x3d4, 0x0b) == 0x07);
	video(0x1200, 0x34, 0, 0);
}

/* --- fonts ------------------------------------------------------------------------- */

/* A byte of plane 2. */
static u8 plane_2(u32 offset)
{
	u8 value;

	outw(0x3c4, 0x0402);
	outw(0x3c4, 0x0604);
	outw(0x3ce, 0x0204);
	outw(0x3ce, 0x0005);
	outw(0x3ce, 0x0406);
	value = peek8(0xa0000 + offset);
	outw(0x3c4, 0x0302);
	outw(0x3c4, 0x0204);
	outw(0x3ce, 0x0004);
	outw(0x3ce, 0x1005);
	outw(0x3ce, 0x0e06);
	return value;
}

static u32 font(u8 which)
{
	struct regs r = video(0x1130, which << 8, 0, 0);

	return r.es * 16u + r.bp;
}

static bool plane_has(u32 offset, u32 from, u32 count)
{
	u32 i;

	for (i = 0; i < count; i++)
		if (plane_2(offset + i) != peek8(from + i))
			return false;
	return true;
}

static void fonts(void)
{
	struct regs r;
	u32 i;

	mode(3);
	/* RBIL 10/1130: what is in the ROM; 'A' is no blank in any of it */
	ok(peek8(font(6) + 'A' * 16 + 5) && peek8(font(2) + 'A' * 14 + 5));
	ok(peek8(font(3) + 'A' * 8 + 3) && font(4) == font(3) + 128 * 8);
	ok(plane_has('A' * 32, font(6) + 'A' * 16, 16));
	r = video(0x1130, 0x0600, 0, 0);
	ok(r.cx == 16 && r.dl == 24);
	ok(font(0) == peek16(0x1f * 4) + peek16(0x1f * 4 + 2) * 16u);
	ok(font(1) == peek16(0x43 * 4) + peek16(0x43 * 4 + 2) * 16u);
	/* RBIL 10/1112: 50 lines of 8x8 */
	video(0x1112, 0, 0, 0);
	ok(peek8(0x484) == 49 && peek16(0x485) == 8 && peek16(0x44c) == 0x2000);
	ok((indexed(0x3d4, 9) & 0x1f) == 7 && indexed(0x3d4, 0x12) == 0x8f);
	ok(plane_has('B' * 32, font(3) + 'B' * 8, 8));
	move(0x3100);
	teletype('x');
	ok(cell(49, 0) == 0x0778);
	/* RBIL 10/1111: 28 lines of 8x14 */
	mode(3);
	video(0x1111, 0, 0, 0);
	ok(peek8(0x484) == 27 && peek16(0x485) == 14 && indexed(0x3d4, 0x12) == (u8)(28 * 14 - 1));
	ok(plane_has('C' * 32, font(2) + 'C' * 14, 14));
	/* RBIL 10/1114 */
	video(0x1114, 0, 0, 0);
	ok(peek8(0x484) == 23 || peek8(0x484) == 24); /* what is left of the lines */
	/* RBIL 10/1100: two characters of the caller's, in block 1; 1103 selects blocks */
	mode(3);
	for (i = 0; i < 32; i++)
		poke8(BUFFER + i, i ^ 0xa5);
	video(0x1100, 0x1001, 2, 0xfe);
	ok(plane_has(0x4000 + 0xfe * 32, BUFFER, 16) &&
	   plane_has(0x4000 + 0xff * 32, BUFFER + 16, 16));
	ok(peek8(0x484) == 24);
	video(0x1103, 0x05, 0, 0);
	ok(indexed(0x3c4, 3) == 5);
	/* Not beyond the last character, and no height that is none. */
	video(0x1100, 0x1001, 200, 0xff);
	ok(plane_2(0x6000) != 0xa5);
	video(0x1110, 0x0000, 1, 0);
	video(0x1110, 0xff00, 1, 0);
	ok(peek8(0x484) == 24 && peek16(0x485) == 16);
	/* RBIL 10/1120-1124: where characters of graphics come from */
	mode(0x12);
	video(0x1123, 0x02, 0, 0);
	ok(font(1) == font(3) && peek16(0x485) == 8 && peek8(0x484) == 24);
	video(0x1122, 0x00, 0, 34);
	ok(font(1) == font(2) && peek16(0x485) == 14 && peek8(0x484) == 33);
	video(0x1124, 0x03, 0, 0);
	ok(font(1) == font(6) && peek8(0x484) == 42);
	video(0x1121, 0x01, 16, 0);
	ok(font(1) == BUFFER && peek8(0x484) == 13);
	video(0x1120, 0, 0, 0);
	ok(font(0) == BUFFER);
	/* RBIL 10/1202/30 and 1200/30: lines of text from the next mode on */
	ok(video(0x1201, 0x30, 0, 0).al == 0x12);
	mode(3);
	ok(peek16(0x485) == 14 && peek8(0x484) == 24 && indexed(0x3d4, 0x12) == 0x5d);
	ok(video(0x1200, 0x30, 0, 0).al == 0x12);
	mode(3);
	ok(peek16(0x485) == 8 && peek8(0x484) == 24 && indexed(0x3d4, 9) == 0xc7);
	ok(video(0x1203, 0x30, 0, 0).al == 0x03);
	ok(video(0x1202, 0x30, 0, 0).al == 0x12);
	mode(3);
	ok(peek16(0x485) == 16);
}

/* --- colours ----------------------------------------------------------------------- */

static void colours(void)
{
	u32 i, before;
	struct regs r;

	mode(3);
	/* RBIL 10/1000, 1007, 1001, 1008 */
	video(0x1000, 0x2a05, 0, 0);
	ok(attribute(5) == 0x2a && video(0x1007, 0x0005, 0, 0).bh == 0x2a);
	video(0x1001, 0x3100, 0, 0);
	ok(attribute(0x11) == 0x31 && video(0x1008, 0, 0, 0).bh == 0x31);
	r = video(0x1007, 0x12ff, 0, 0); /* none */
	ok(r.bh == 0x12);
	/* RBIL 10/1002, 1009: 17 bytes */
	for (i = 0; i < 17; i++)
		poke8(BUFFER + i, 16 - i);
	video(0x1002, 0, 0, 0);
	ok(attribute(0) == 16 && attribute(15) == 1 && attribute(0x11) == 0);
	video(0x1009, 0, 0, 0x100);
	for (i = 0; i < 17 && peek8(BUFFER + 0x100 + i) == 16 - i; i++)
		;
	ok(i == 17);
	/* RBIL 10/1003: blinking or 16 colours behind */
	video(0x1003, 0x00, 0, 0);
	ok(!(attribute(0x10) & 8) && !(peek8(0x465) & 0x20));
	video(0x1003, 0x01, 0, 0);
	ok(attribute(0x10) & 8 && peek8(0x465) & 0x20);
	/* RBIL 10/1010, 1015: DH, CH, CL */
	video(0x1010, 0x0020, 0x1526, 0x3700);
	ok(dac(0x20) == 0x371526);
	r = video(0x1015, 0x0020, 0, 0);
	ok(r.dh == 0x37 && r.cx == 0x1526);
	/* RBIL 10/1012, 1017 */
	for (i = 0; i < 6; i++)
		poke8(BUFFER + i, i + 1);
	video(0x1012, 0x0030, 2, 0);
	ok(dac(0x30) == 0x010203 && dac(0x31) == 0x040506);
	video(0x1017, 0x0030, 2, 0x40);
	ok(peek32(BUFFER + 0x40) == 0x04030201 && peek16(BUFFER + 0x44) == 0x0605);
	/* RBIL 10/101B: by brightness */
	video(0x1010, 0x0040, 0x0000, 0x3f00);
	video(0x101b, 0x0040, 1, 0);
	ok(dac(0x40) == 0x131313);
	/* RBIL 10/1013, 101A: pages of colours */
	video(0x1013, 0x0100, 0, 0);
	video(0x1013, 0x0501, 0, 0);
	r = video(0x101a, 0, 0, 0);
	ok(r.bx == 0x0501 && attribute(0x14) == 5 && attribute(0x10) & 0x80);
	video(0x1013, 0x0000, 0, 0);
	video(0x1013, 0x0201, 0, 0);
	r = video(0x101a, 0, 0, 0);
	ok(r.bx == 0x0200 && attribute(0x14) == 8);
	/* RBIL 10/1018, 1019 */
	video(0x1018, 0x0f, 0, 0);
	ok(video(0x1019, 0, 0, 0).bl == inb(0x3c6)); /* which QEMU's VGA does not keep */
	/* RBIL 10/12/31, 33: the palette of the next mode; a mode's own is back after 3 */
	ok(video(0x1201, 0x31, 0, 0).al == 0x12);
	video(0x1010, 0x0001, 0x0102, 0x0300);
	mode(3);
	ok(dac(1) == 0x030102);
	video(0x1200, 0x31, 0, 0);
	ok(video(0x1200, 0x33, 0, 0).al == 0x12);
	mode(3);
	before = dac(2);
	ok((before & 0xff) == (before >> 8 & 0xff) && (before & 0xff) == before >> 16);
	video(0x1201, 0x33, 0, 0);
	mode(3);
	ok(dac(1) == 0x00002a && dac(0x14) == 0x2a1500 && dac(0x3f) == 0x3f3f3f);
	mode(0x13);
	ok(dac(1) == 0x00002a && dac(6) == 0x2a1500 && dac(15) == 0x3f3f3f);
	ok(dac(32) == 0x00003f && dac(40) == 0x3f0000 && dac(48) == 0x003f00);
	ok(dac(36) == 0x3f003f && dac(55) == 0x00103f && dac(247) == 0x0b0c10 && !dac(255));
	/* RBIL 10/0B: a CGA's palettes and background */
	mode(4);
	ok(attribute(1) == 0x13 && attribute(3) == 0x17);
	video(0x0b00, 0x0100, 0, 0);
	ok(attribute(1) == 0x12 && attribute(2) == 0x14 && attribute(3) == 0x16);
	video(0x0b00, 0x0009, 0, 0);
	ok(attribute(0) == 0x11 && attribute(0x11) == 0x11);
	video(0x0b00, 0x0101, 0, 0);
	ok((attribute(1) & 7) == 3 && (attribute(3) & 7) == 7);
}

/* --- graphics ---------------------------------------------------------------------- */

struct graphics {
	u8 mode, colours;
	u16 width, height;
	u8 rows;
};

static const struct graphics modes[] = {
	{0x04, 3, 320, 200, 25},   {0x05, 3, 320, 200, 25},  {0x06, 1, 640, 200, 25},
	{0x0d, 15, 320, 200, 25},  {0x0e, 15, 640, 200, 25}, {0x0f, 5, 640, 350, 25},
	{0x10, 15, 640, 350, 25},  {0x11, 15, 640, 480, 30}, {0x12, 15, 640, 480, 30},
	{0x13, 255, 320, 200, 25},
};

static void dot(u16 x, u16 y, u8 colour)
{
	video(0x0c00 | colour, 0, x, y);
}

static u8 dot_at(u16 x, u16 y)
{
	return video(0x0d00, 0, x, y).al;
}

static void dots(const struct graphics *g)
{
	u16 right = g->width - 1, bottom = g->height - 1;
	u32 i, wrong = 0;

	ok(dot_at(0, 0) == 0 && dot_at(right, bottom) == 0);
	for (i = 0; i < 20; i++)
		dot(i * 13, i * 7, i & g->colours);
	for (i = 0; i < 20; i++)
		wrong += dot_at(i * 13, i * 7) != (i & g->colours) || dot_at(i * 13 + 1, i * 7);
	ok(!wrong);
	dot(right, bottom, g->colours);
	ok(dot_at(right, bottom) == g->colours && !dot_at(right - 1, bottom));
	/* Outside of the screen there is nothing. */
	dot(g->width, 0, g->colours);
	dot(0, g->height, g->colours);
	dot(0xffff, 0xffff, g->colours);
	ok(dot_at(0, 1) == 0 && dot_at(g->width, 0) == 0 && dot_at(0xffff, 0xffff) == 0);
	if (g->mode == 0x13)
		return;
	/* RBIL 10/0C: bit 7: exclusive or */
	dot(right, bottom, 0x80 | (g->colours & 1));
	ok(dot_at(right, bottom) == (g->colours & ~1));
}

static u8 character_at(u8 row, u8 column)
{
	move(row << 8 | column);
	return video(0x0800, 0, 0, 0).al;
}

static void write(u8 row, u8 column, u8 c, u8 colour, u16 count)
{
	move(row << 8 | column);
	video(0x0900 | c, colour, count, 0);
}

static void characters(const struct graphics *g)
{
	u8 height = peek8(0x485), columns = peek16(0x44a), colour = g->colours;
	u16 y = 5 * height;
	u32 rom = font(1), i, j, wrong = 0;

	ok(peek8(0x484) == g->rows - 1 && columns == g->width / 8);
	write(5, 3, 'R', colour, 2);
	for (i = 0; i < height; i++)
		for (j = 0; j < 8; j++) {
			u8 want = peek8(rom + 'R' * height + i) & 0x80 >> j ? colour : 0;

			wrong += dot_at(24 + j, y + i) != want || dot_at(32 + j, y + i) != want;
		}
	ok(!wrong);
	ok(character_at(5, 3) == 'R' && character_at(5, 4) == 'R' && character_at(5, 5) == ' ');
	write(5, 3, 0xc9, colour, 1);
	ok(character_at(5, 3) == 0xc9);
	if (g->mode != 0x13) { /* twice exclusive or is what was there */
		write(5, 4, 'x', colour | 0x80, 1);
		ok(character_at(5, 4) != 'R');
		write(5, 4, 'x', colour | 0x80, 1);
		ok(character_at(5, 4) == 'R');
	}
	/* The end of a line, the end of the screen, and teletype with its scrolling. */
	write(2, columns - 1, 'e', colour, 2);
	ok(character_at(2, columns - 1) == 'e' && character_at(3, 0) == 'e');
	write(g->rows - 1, columns - 1, 'z', colour, 60000);
	ok(character_at(g->rows - 1, columns - 1) == 'z' && character_at(0, 0) == ' ');
	move((g->rows - 1) << 8);
	video(0x0e00 | 't', colour, 0, 0);
	video(0x0e0a, colour, 0, 0);
	ok(cursor(0) == ((g->rows - 1) << 8 | 1));
	ok(character_at(g->rows - 2, 0) == 't' && character_at(g->rows - 1, 0) == ' ');
	ok(character_at(1, columns - 1) == 'e' && character_at(4, 4) == 'R');
	/* A window up, and down, and blank in a colour */
	video(0x0601, 0, 0x0204, 0x0604);
	ok(character_at(3, 4) == 'R' && character_at(4, 3) == 0xc9);
	video(0x0701, 0, 0x0204, 0x0604);
	ok(character_at(4, 4) == 'R' && character_at(2, 4) == ' ');
	video(0x0600, colour << 8, 0x0a01, 0x0a01);
	ok(dot_at(8, 10 * height) == colour && dot_at(7, 10 * height) == 0 &&
	   dot_at(15, 11 * height - 1) == colour && dot_at(16, 10 * height) == 0);
}

static void graphics(void)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(modes); i++) {
		say("# mode %x\n", modes[i].mode);
		mode(modes[i].mode);
		ok(peek8(0x449) == modes[i].mode);
		dots(&modes[i]);
		mode(modes[i].mode);
		characters(&modes[i]);
	}
	/* Pages of a mode with planes */
	mode(0x0d);
	video(0x0502, 0, 0, 0);
	ok(crtc_start(0x0c) == 0x4000);
	video(0x0c05, 0x0200, 7, 9);
	ok(video(0x0d00, 0x0200, 7, 9).al == 5 && video(0x0d00, 0, 7, 9).al == 0);
	/* In text modes there are no dots. */
	mode(3);
	dot(0, 0, 1);
	ok(cell(0, 0) == 0x0720);
}

/* --- what the BIOS tells ------------------------------------------------------------- */

static void information(void)
{
	struct regs r;
	u32 table, i;

	mode(3);
	/* RBIL 10/12/10: colour, 256 KiB */
	r = video(0x1200, 0xff10, 0, 0);
	ok(r.bx == 0x0003 && r.cl == 9);
	/* RBIL 10/1A: VGA with a colour display, alone */
	r = video(0x1a00, 0, 0, 0);
	ok(r.al == 0x1a && r.bx == 0x0008);
	r = video(0x1a01, 0x0007, 0, 0);
	ok(r.al == 0x1a && video(0x1a00, 0, 0, 0).bx == 0x0007);
	video(0x1a01, 0x0008, 0, 0);
	/* RBIL 10/1B */
	fill(BUFFER, 0xcc, 80);
	r = video(0x1b00, 0, 0, 0);
	ok(r.al == 0x1b);
	ok(peek8(BUFFER + 4) == 3 && peek16(BUFFER + 5) == 80 && peek8(BUFFER + 0x22) == 25);
	ok(peek16(BUFFER + 0x23) == 16 && peek8(BUFFER + 0x25) == 8 && peek16(BUFFER + 0x27) == 16);
	ok(peek8(BUFFER + 0x29) == 8 && peek8(BUFFER + 0x2a) == 2 && peek8(BUFFER + 0x31) == 3);
	ok(peek8(BUFFER + 0x40) == 0xcc);
	table = peek16(BUFFER) + peek16(BUFFER + 2) * 16u;
	ok(peek8(table) == 0xff && peek8(table + 1) == 0xe0 && peek8(table + 2) == 0x0f);
	ok(peek8(table + 7) == 7);
	r = video(0x1b00, 1, 0, 0);
	ok(r.al == 0);
	/* MEMORY.LST 40:A8: the video parameter table; mode 3 of 400 lines is 18h */
	table = peek16(0x4a8) + peek16(0x4aa) * 16u;
	table = peek16(table) + peek16(table + 2) * 16u + 0x18 * 64;
	ok(peek8(table) == 80 && peek8(table + 1) == 24 && peek8(table + 2) == 16);
	ok(peek8(table + 9) == 0x67 && peek8(table + 10) == 0x5f);
	for (i = 1; i < 9 && peek8(table + 55 + i) == indexed(0x3ce, i); i++)
		;
	ok(i == 9);
	/* RBIL 10/12/32, 36: on and off */
	ok(video(0x1201, 0x36, 0, 0).al == 0x12 && indexed(0x3c4, 1) & 0x20);
	ok(video(0x1200, 0x36, 0, 0).al == 0x12 && !(indexed(0x3c4, 1) & 0x20));
	ok(video(0x1201, 0x32, 0, 0).al == 0x12 && !(inb(0x3cc) & 2));
	ok(video(0x1200, 0x32, 0, 0).al == 0x12 && inb(0x3cc) & 2);
	/* What there is not leaves the registers as they are. */
	r = video(0x1234, 0x5677, 0x9abc, 0xdef0);
	ok(r.ax == 0x1234 && r.bx == 0x5677 && r.cx == 0x9abc && r.dx == 0xdef0);
	r = video(0xff34, 0x5678, 0x9abc, 0xdef0);
	ok(r.ax == 0xff34 && r.bx == 0x5678 && r.cx == 0x9abc && r.dx == 0xdef0);
}

static void state(void)
{
	struct regs r;
	u16 blocks, i;

	/* RBIL 10/1C: hardware, data area, DAC */
	mode(3);
	video(0x1112, 0, 0, 0);
	video(0x1010, 0x0003, 0x1112, 0x1300);
	move(0x0305);
	r = video(0x1c00, 0, 7, 0);
	blocks = r.bx;
	ok(r.al == 0x1c && blocks && blocks < 32);
	fill(BUFFER, 0xcc, 4096);
	r = video(0x1c01, 0, 7, 0);
	ok(r.al == 0x1c && filled_with(BUFFER + blocks * 64, 0xcc, 4096 - blocks * 64));
	mode(0x13);
	r = video(0x1c02, 0, 7, 0);
	ok(r.al == 0x1c && peek8(0x449) == 3 && peek8(0x484) == 49 && cursor(0) == 0x0305);
	ok(dac(3) == 0x131112 && (indexed(0x3d4, 9) & 0x1f) == 7 && indexed(0x3c4, 4) == 2);
	ok(indexed(0x3ce, 6) == 0x0e && attribute(0x10) == 0x0c && inb(0x3cc) == 0x67);
	/* One at a time, and none */
	for (i = 1; i <= 4; i *= 2) {
		r = video(0x1c00, 0, i, 0);
		ok(r.al == 0x1c && r.bx && r.bx < blocks);
	}
	ok(video(0x1c00, 0, 0, 0).al == 0);
	ok(video(0x1c03, 0, 7, 0).al == 3);
	mode(3);
}

/* How much of the caller's stack a call takes; what is above 16 bits of ESP stays. */
static u32 depth(u16 ax, u16 bx, u16 cx)
{
	struct regs r = regs();
	u32 at = STACK;

	fill(STACK, 0xcc, STACK_SIZE);
	r.ax = ax;
	r.bx = bx;
	r.cx = cx;
	r.es = BUFFER >> 4;
	r.ss = STACK >> 4;
	r.esp = 0xabcd0000 | STACK_SIZE;
	intr(0x10, &r);
	ok(r.esp == (0xabcd0000 | STACK_SIZE) && r.ss == STACK >> 4);
	while (peek8(at) == 0xcc)
		at++;
	return STACK + STACK_SIZE - at;
}

static void stack(void)
{
	static const struct {
		u16 ax, bx, cx;
	} deep[] = {
		{0x0003, 0, 0},     {0x0e0a, 7, 0}, {0x1301, 7, 3}, {0x1112, 0, 0},
		{0x1b00, 0, 0},     {0x1c01, 0, 7}, {0x0012, 0, 0}, {0x0941, 0x87, 2},
		{0x0e0a, 7, 0},     {0x0800, 0, 0}, {0x4f00, 0, 0}, {0x4f01, 0, 0x101},
		{0x4f02, 0x101, 0}, {0x0941, 7, 2}, {0x0c01, 0, 1}, {0x0800, 0, 0},
		{0x0003, 0, 0},
	};
	u32 i, most = 0;

	mode(3);
	for (i = 0; i < ARRAY_SIZE(deep); i++) {
		u32 taken = depth(deep[i].ax, deep[i].bx, deep[i].cx);

		if (taken > most)
			most = taken;
	}
	say("stack: %u\n", most);
	ok(most <= 512);
}

void test(void)
{
	struct regs a = regs(), b;

	/* Every register is the caller's, and what is above 16 bits in ESP. */
	a.eax = 0x11110200;
	a.ebx = 0x22220000;
	a.ecx = 0x33334444;
	a.edx = 0x55550101;
	a.esi = 0x66667777;
	a.edi = 0x88889999;
	a.ebp = 0xaaaabbbb;
	a.ds = 0x1234;
	a.es = 0x5678;
	a.fs = 0x9abc;
	a.gs = 0xdef0;
	a.eflags = IF | DF | CF;
	b = a;
	intr(0x10, &b);
	ok(same_but(&a, &b, 0) && (b.eflags & (DF | CF | IF)) == (DF | CF | IF));
	text();
	pages();
	cursor_shapes();
	fonts();
	colours();
	graphics();
	information();
	state();
	stack();
}
