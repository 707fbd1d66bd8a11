/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * INT 10h: video, as a VGA in a text mode answers. A VGA's graphics modes, fonts and the
 * colours behind the palette do not exist: setting them does nothing, as on a
 * display that cannot, and what can be read is a VGA's default. VGA is what we
 * say we are, because programs that find a CGA wait for its retrace bit.
 *
 * References: Ralf Brown's Interrupt List, INT 10; IBM PS/2 and PC BIOS Interface
 * Technical Reference, "INT 10H - Video".
 */
#include <string.h>

#include "bda.h"
#include "bios/display.h"
#include "bios/regs.h"
#include "bios/service.h"
#include "bios/tick.h"
#include "bios/vbe.h"
#include "console/screen.h"
#include "lib/section.h"
#include "lib/util.h"

enum {
	MODE_NO_CLEAR = 0x80,
	MODE_SET_TEXT = 0x30, /* AL after AH=00h, modes 0-5 and 7 */
	DISPLAY_VGA_COLOUR = 8,
	PALETTE_REGISTERS = 16,
	STATE_SIZE = 64,
};

static unsigned active_page(void)
{
	return bda()->video_page % SCREEN_PAGES;
}

/* 00h */
static void set_mode(struct regs *regs)
{
	uint8_t mode = regs->al & ~MODE_NO_CLEAR;

	if (mode > MODE_80X25)
		return;
	screen_set_mode(mode, !(regs->al & MODE_NO_CLEAR));
	vbe_end();
	regs->al = MODE_SET_TEXT;
}

/* 01h */
static void set_cursor_shape(struct regs *regs)
{
	bda()->cursor_shape = regs->cx;
}

/* The page that BH names. */
static unsigned callers_page(const struct regs *regs)
{
	return regs->bh % SCREEN_PAGES;
}

/* 02h */
static void set_cursor(struct regs *regs)
{
	bda()->cursor[callers_page(regs)] = regs->dx;
}

/* 03h */
static void get_cursor(struct regs *regs)
{
	regs->cx = bda()->cursor_shape;
	regs->dx = bda()->cursor[callers_page(regs)];
}

/* 04h: there is none. */
static void get_light_pen(struct regs *regs)
{
	regs->ah = 0;
}

/* 05h */
static void show_page(struct regs *regs)
{
	if (regs->al < SCREEN_PAGES)
		screen_show_page(regs->al);
}

static void scroll(const struct regs *regs, int lines)
{
	struct screen_window window = {regs->ch, regs->cl, regs->dh, regs->dl};

	screen_scroll(active_page(), window, lines, regs->bh);
}

/* 06h */
static void scroll_up(struct regs *regs)
{
	scroll(regs, regs->al);
}

/* 07h */
static void scroll_down(struct regs *regs)
{
	scroll(regs, -regs->al);
}

/* 08h */
static void read_cell(struct regs *regs)
{
	unsigned page = callers_page(regs), columns = screen_columns();
	unsigned row = bda()->cursor[page] >> 8, column = bda()->cursor[page] & 0xff;

	if (row < SCREEN_ROWS && column < columns)
		regs->ax = screen_page(page)[row * columns + column];
}

static void write_cells(const struct regs *regs, int attribute)
{
	unsigned page = callers_page(regs);

	screen_fill(page, bda()->cursor[page] >> 8, bda()->cursor[page] & 0xff, regs->cx, regs->al,
		    attribute);
}

/* 09h */
static void write_with_attribute(struct regs *regs)
{
	write_cells(regs, regs->bl);
}

/* 0Ah */
static void write_characters(struct regs *regs)
{
	write_cells(regs, KEEP_ATTRIBUTE);
}

/* 0Bh: border and CGA palette, which only the BIOS data area remembers. */
static void set_border(struct regs *regs)
{
	uint8_t *palette = &bda()->crt_palette;

	if (regs->bh == 0)
		*palette = (*palette & ~0x1f) | (regs->bl & 0x1f);
	else if (regs->bh == 1)
		*palette = (*palette & ~0x20) | (regs->bl & 1) << 5;
}

/* 0Eh: the AT's BIOS ignores BH, and boot sectors leave it as it is. */
static void teletype(struct regs *regs)
{
	screen_type(active_page(), regs->al, KEEP_ATTRIBUTE);
}

/* 0Fh */
static void get_mode(struct regs *regs)
{
	regs->al = bda()->video_mode | (bda()->video_control[0] & MODE_NO_CLEAR);
	regs->ah = screen_columns();
	regs->bh = active_page();
}

/* The default palette: 6 is brown, and 8 to 15 are the bright ones. */
static uint8_t palette_register(unsigned index)
{
	if (index == 6)
		return 0x14;
	return index < 8 ? index : 0x38 + (index & 7);
}

/* 10h */
static void palette(struct regs *regs)
{
	uint8_t *to;

	switch (regs->al) {
	case 0x03:
		screen_set_blink(regs->bl & 1);
		break;
	case 0x07:
		regs->bh = palette_register(regs->bl & 0x0f);
		break;
	case 0x08:
		regs->bh = bda()->crt_palette & 0x0f;
		break;
	case 0x09:
		to = callers_ptr(regs->es, regs->dx, PALETTE_REGISTERS + 1);
		if (!to)
			break;
		for (unsigned i = 0; i < PALETTE_REGISTERS; i++)
			to[i] = palette_register(i);
		to[PALETTE_REGISTERS] = bda()->crt_palette & 0x0f;
		break;
	}
}

/* 11h AL=30h: the fonts, of which there is one of 8x8. */
static void font_information(struct regs *regs)
{
	const uint16_t *vector = phys_ptr((regs->bh ? 0x43 : 0x1f) * 4);

	if (regs->al != 0x30)
		return;
	regs->bp = vector[0];
	regs->es = vector[1];
	regs->cx = bda()->char_height;
	regs->dl = bda()->video_rows;
}

/* 12h */
static void alternate_select(struct regs *regs)
{
	switch (regs->bl) {
	case 0x10: /* colour, 256 KiB */
		regs->bx = 0x0003;
		regs->cx = 0x0009;
		break;
	case 0x30: /* scan lines, palette loading, video, grey, cursor, refresh */
	case 0x31:
	case 0x32:
	case 0x33:
	case 0x34:
	case 0x36:
		regs->al = 0x12;
		break;
	}
}

/* 13h: AL bit 0: the cursor moves; bit 1: each character has its attribute. */
static void write_string(struct regs *regs)
{
	unsigned page = callers_page(regs), at = regs->bp;
	uint16_t old = bda()->cursor[page];

	bda()->cursor[page] = regs->dx;
	for (unsigned i = 0; i < regs->cx; i++) {
		uint8_t c = *(uint8_t *)seg_ptr(regs->es, at++);
		uint8_t attribute = regs->bl;

		if (regs->al & 2)
			attribute = *(uint8_t *)seg_ptr(regs->es, at++);
		screen_type(page, c, attribute);
	}
	if (!(regs->al & 1))
		bda()->cursor[page] = old;
}

/* 1Bh: RBIL tables 00044 and 00045. */
static const struct {
	uint8_t modes[7];
	uint8_t scan_lines, character_blocks, active_blocks;
	uint16_t functions;
	uint16_t reserved;
	uint8_t save_pointer, unused;
} functionality IN_FSEG = {
	.modes = {0x0f}, /* modes 0-3 */
	.scan_lines = 4, /* 400 */
	.character_blocks = 1,
	.active_blocks = 1,
	.functions = 0x0c00, /* display codes; blinking can be switched off */
};

static void state_information(struct regs *regs)
{
	uint8_t *to = callers_ptr(regs->es, regs->di, STATE_SIZE);
	uint32_t table = fseg_pointer(&functionality);

	if (regs->bx || !to)
		return;
	memset(to, 0, STATE_SIZE);
	memcpy(to, &table, 4);
	memcpy(to + 0x04, &bda()->video_mode, 30); /* 40:49-40:66 are in this order */
	to[0x22] = SCREEN_ROWS;
	to[0x23] = bda()->char_height;
	to[0x25] = DISPLAY_VGA_COLOUR;
	to[0x27] = 16; /* colours */
	to[0x29] = SCREEN_PAGES;
	to[0x2a] = 2; /* 400 scan lines */
	to[0x2d] = bda()->crt_mode & CRT_MODE_BLINK;
	to[0x31] = 3; /* 256 KiB */
	regs->al = 0x1b;
}

/* 1Ah */
static void display_code(struct regs *regs)
{
	if (regs->al > 1)
		return;
	if (!regs->al)
		regs->bx = DISPLAY_VGA_COLOUR;
	regs->al = 0x1a;
}

static void (*const functions[])(struct regs *regs) = {
	/* clang-format off */
	[0x00] = set_mode,
	[0x01] = set_cursor_shape,
	[0x02] = set_cursor,
	[0x03] = get_cursor,
	[0x04] = get_light_pen,
	[0x05] = show_page,
	[0x06] = scroll_up,
	[0x07] = scroll_down,
	[0x08] = read_cell,
	[0x09] = write_with_attribute,
	[0x0a] = write_characters,
	[0x0b] = set_border,
	[0x0e] = teletype,
	[0x0f] = get_mode,
	[0x10] = palette,
	[0x11] = font_information,
	[0x12] = alternate_select,
	[0x13] = write_string,
	[0x1a] = display_code,
	[0x1b] = state_information,
	[0x4f] = vbe_call,
	/* clang-format on */
};

void int10_video(struct regs *regs)
{
	tick_resume();
	if (display_is_behind_us)
		display_call(regs);
	else if (regs->ah < ARRAY_SIZE(functions) && functions[regs->ah])
		functions[regs->ah](regs);
}
