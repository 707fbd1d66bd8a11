/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * Cursor, pages, scrolling and characters: INT 10h AH=01h to 0Ah, 0Eh and 13h. In text
 * modes a cell is a word of the page; graphics.c has the others.
 *
 * A program may have written anything to the BIOS data area: what is written here stays
 * within the 32 KiB of text whatever is found there.
 *
 * References: IBM PS/2 and PC BIOS Interface Technical Reference, INT 10h; RBIL, INT 10.
 */
#include "vgasrc/text.h"

#include "vgasrc/graphics.h"
#include "vgasrc/modes.h"

enum {
	TEXT_SIZE = 0x8000,
	BEL = 7,
	BS = 8,
	LF = 10,
	CR = 13,
	CURSOR_OFF = 0x20, /* of the first line */
	CGA_LINES = 8,
};

/* --- the cursor ------------------------------------------------------------------ */

/*
 * A shape for the eight lines of a CGA in a cell of `height` lines: a bar at the foot keeps
 * its thickness and leaves one line below it; any other shape is stretched.
 */
static unsigned scale_shape(unsigned shape, unsigned height)
{
	unsigned start = shape >> 8 & 0x1f, end = shape & 0x1f, last;

	if (start >= CGA_LINES || end >= CGA_LINES || start > end || height <= CGA_LINES)
		return shape;
	last = (end + 1) * height / CGA_LINES - 1;
	if (end - start <= 2 && end >= CGA_LINES - 2) {
		last = height - 2 - (CGA_LINES - 1 - end);
		start = last - (end - start);
	} else {
		start = start * height / CGA_LINES;
	}
	return start << 8 | last;
}

void text_cursor_shape(unsigned shape)
{
	unsigned scaled = shape & 0x3f1f;

	BDA->cursor_shape = scaled;
	if (!(BDA->video_control[0] & CONTROL_CURSOR_AS_IS) && !(shape >> 8 & CURSOR_OFF))
		scaled = scale_shape(scaled, BDA->char_height);
	crtc_write(CRTC_CURSOR_START, scaled >> 8);
	crtc_write(CRTC_CURSOR_END, scaled);
}

/* A register of 16 bits, of which the high half comes first. */
static void crtc_write16(unsigned index, unsigned value)
{
	unsigned crtc = BDA->crtc_port;

	outw(crtc, (value & 0xff00) | index);
	outw(crtc, (uint16_t)(value << 8) | (index + 1));
}

void text_cursor_move(unsigned page, unsigned position)
{
	BDA->cursor[page] = position;
	if (page == BDA->video_page && mode_layout() == LAYOUT_TEXT)
		crtc_write16(CRTC_CURSOR_HIGH, BDA->video_page_start / 2 +
						       (position >> 8) * BDA->video_columns +
						       (position & 0xff));
}

void text_select_page(unsigned page)
{
	unsigned start = page * BDA->video_page_size;

	if (page >= TEXT_PAGES || mode_layout() == LAYOUT_VESA)
		return;
	BDA->video_page = page;
	BDA->video_page_start = start;
	/* The CRTC counts characters in text modes, and bytes of a plane in others. */
	crtc_write16(CRTC_START_HIGH, mode_layout() == LAYOUT_TEXT ? start / 2 : start);
	text_cursor_move(page, BDA->cursor[page]);
}

/* --- cells of text --------------------------------------------------------------- */

static unsigned cell_offset(unsigned page, unsigned row, unsigned column)
{
	unsigned offset = (row * BDA->video_columns + column) * 2;

	return (page * BDA->video_page_size + offset) & (TEXT_SIZE - 2);
}

/* How many cells there are from an offset on, but `count` at most. */
static unsigned limit(unsigned offset, unsigned count)
{
	unsigned left = (TEXT_SIZE - offset) / 2;

	return count < left ? count : left;
}

static void fill_cells(unsigned offset, unsigned cell, unsigned count)
{
	if (offset < TEXT_SIZE)
		far_fill16(mode_segment(), offset, cell, limit(offset, count));
}

static void copy_cells(unsigned to, unsigned from, unsigned count)
{
	unsigned segment = mode_segment(), last = to > from ? to : from;

	if (last >= TEXT_SIZE)
		return;
	count = limit(last, count);
	if (count & 1)
		far_copy16(segment, to, segment, from, count);
	else
		far_copy32(segment, to, segment, from, count / 2);
}

/* --- scrolling ------------------------------------------------------------------- */

static void scroll_text(const struct scroll *s)
{
	unsigned left = s->window.left, width = s->window.right - left + 1;
	unsigned columns = BDA->video_columns, pitch = columns * 2, distance = s->lines * pitch;
	unsigned to = cell_offset(s->page, s->window.top, left), step = pitch;
	unsigned moved = s->window.bottom - s->window.top + 1 - s->lines, blank = s->lines;

	if (width == columns && !s->down) { /* in one piece */
		copy_cells(to, to + distance, moved * width);
		fill_cells(to + moved * pitch, s->attribute << 8 | ' ', blank * width);
		return;
	}
	if (s->down) { /* from the last line on */
		to += (moved + blank - 1) * pitch;
		step = -pitch;
		distance = -distance;
	}
	for (; moved; moved--, to += step)
		copy_cells(to, to + distance, width);
	for (; blank; blank--, to += step)
		fill_cells(to, s->attribute << 8 | ' ', width);
}

void text_scroll(struct scroll *s)
{
	struct window *w = &s->window;
	unsigned height;

	if (w->bottom > BDA->video_rows)
		w->bottom = BDA->video_rows;
	if (w->right >= BDA->video_columns)
		w->right = BDA->video_columns - 1;
	if (w->top > w->bottom || w->left > w->right)
		return;
	height = w->bottom - w->top + 1;
	if (!s->lines || s->lines > height)
		s->lines = height;
	if (mode_layout() == LAYOUT_TEXT)
		scroll_text(s);
	else
		graphics_scroll(s);
}

/* --- characters ------------------------------------------------------------------ */

unsigned text_read(unsigned page)
{
	unsigned at = BDA->cursor[page];

	if (mode_layout() == LAYOUT_TEXT)
		return far_read16(mode_segment(), cell_offset(page, at >> 8, at & 0xff));
	return graphics_recognise(page, at >> 8, at & 0xff);
}

static void draw(unsigned page, unsigned at, unsigned character, unsigned colour, unsigned count)
{
	unsigned row = at >> 8;
	unsigned column = at & 0xff;

	for (; count && row <= BDA->video_rows; count--) {
		graphics_draw(page, row, column, character, colour);
		if (++column >= BDA->video_columns) {
			column = 0;
			row++;
		}
	}
}

void text_write(unsigned page, unsigned character, unsigned attribute, unsigned count,
		bool recolour)
{
	unsigned at = BDA->cursor[page], offset, segment;

	if (mode_layout() != LAYOUT_TEXT) {
		draw(page, at, character, attribute, count);
		return;
	}
	offset = cell_offset(page, at >> 8, at & 0xff);
	if (recolour) {
		fill_cells(offset, attribute << 8 | character, count);
		return;
	}
	segment = mode_segment();
	for (; count && offset < TEXT_SIZE; count--, offset += 2)
		far_write8(segment, offset, character);
}

/* One line, of the whole page. */
static void scroll_up(unsigned page, unsigned bottom, unsigned right, unsigned attribute)
{
	struct scroll s = {{0, 0, bottom, right}, page, 1, attribute, false};

	text_scroll(&s);
}

/* Writes a character, or does what it says, at the cursor's place; returns the next one. */
static unsigned put(unsigned page, unsigned character, unsigned attribute, bool recolour)
{
	unsigned at = BDA->cursor[page];
	unsigned row = at >> 8, column = at & 0xff, columns = BDA->video_columns, blank = 0;

	switch (character) {
	case BEL:
		return at;
	case BS:
		if (column)
			column--;
		break;
	case LF:
		row++;
		break;
	case CR:
		column = 0;
		break;
	default:
		text_write(page, character, attribute, 1, recolour);
		if (++column >= columns) {
			column = 0;
			row++;
		}
	}
	if (row > BDA->video_rows) {
		row = BDA->video_rows;
		if (mode_layout() == LAYOUT_TEXT) /* the new line is like the last one */
			blank = far_read8(mode_segment(), cell_offset(page, row, column) + 1);
		scroll_up(page, row, columns - 1, blank);
	}
	return row << 8 | column;
}

void text_teletype(unsigned page, unsigned character, unsigned colour)
{
	text_cursor_move(page, put(page, character, colour, false));
}

enum { STRING_MOVES = 1, STRING_HAS_ATTRIBUTES = 2 };

void text_string(const struct frame *r)
{
	unsigned page = r->bh & (TEXT_PAGES - 1);
	unsigned before = BDA->cursor[page], from = r->bp;

	text_cursor_move(page, r->dx);
	for (unsigned i = 0; i < r->cx; i++) {
		unsigned character = far_read8(r->es, from++);
		unsigned attribute = r->bl;

		if (r->al & STRING_HAS_ATTRIBUTES)
			attribute = far_read8(r->es, from++);
		BDA->cursor[page] = put(page, character, attribute, true);
	}
	text_cursor_move(page, r->al & STRING_MOVES ? BDA->cursor[page] : before);
}
