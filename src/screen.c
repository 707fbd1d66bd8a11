/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * The text screen: plain memory at B800:0000 on a machine without a display, the
 * same on every program's account. What the terminal makes of it is terminal.c's
 * affair.
 *
 * Reference: IBM PS/2 and PC BIOS Interface Technical Reference, "INT 10H";
 * Ralf Brown's Interrupt List, INT 10 and MEMORY.LST 40:49-40:8A.
 */
#include "screen.h"

#include <string.h>

#include "bda.h"
#include "console.h"
#include "memory.h"
#include "terminal.h"

enum {
	TEXT_MEMORY = 0xb8000,
	TEXT_MEMORY_SIZE = 0x8000,
	PAGE_BYTES_80 = 0x1000,
	PAGE_BYTES_40 = 0x800,
	CURSOR_LINES_6_7 = 0x0607,
	CHARACTER_HEIGHT = 16,
	CRTC_PORT = 0x3d4,
	PALETTE = 0x30,
	VIDEO_256K = 0x60, /* 40:87 */
	VIDEO_NOT_CLEARED = 0x80,
	VIDEO_SWITCHES = 0xf9,      /* 40:88 */
	VIDEO_VGA_400_LINES = 0x11, /* 40:89 */
	VIDEO_DISPLAY_CODE = 0x0b,  /* 40:8A: VGA with colour display */

	BEL = 7,
	BS = 8,
	LF = 10,
	CR = 13,
};

static bool ready; /* POST has come so far */

unsigned screen_columns(void)
{
	return bda()->video_mode < 2 ? 40 : SCREEN_COLUMNS;
}

static unsigned page_bytes(void)
{
	return bda()->video_mode < 2 ? PAGE_BYTES_40 : PAGE_BYTES_80;
}

uint16_t *screen_page(unsigned page)
{
	return phys_ptr(TEXT_MEMORY + page % SCREEN_PAGES * page_bytes());
}

const uint16_t *screen_visible(void)
{
	unsigned last = TEXT_MEMORY_SIZE - SCREEN_ROWS * SCREEN_COLUMNS * 2;
	unsigned start = bda()->video_page_start & ~1u;

	return phys_ptr(TEXT_MEMORY + (start < last ? start : last));
}

bool screen_is_ours(void)
{
	const uint16_t *vector = phys_ptr(0x10 * 4);

	return ready && (vector[1] < 0xc000 || vector[1] >= 0xe000);
}

static void fill_cells(uint16_t *to, unsigned count, uint8_t c, int attribute)
{
	if (attribute >= 0) {
		memset16(to, attribute << 8 | c, count);
		return;
	}
	for (; count; count--, to++)
		*to = (*to & 0xff00) | c;
}

static void describe_mode(uint8_t mode, bool clear)
{
	static const uint8_t crt_modes[] = {0x2c, 0x28, 0x2d, 0x29};
	static const uint8_t vga[] = {
		SCREEN_ROWS - 1,    CHARACTER_HEIGHT, 0, /* 40:84 */
		VIDEO_256K,         VIDEO_SWITCHES,   VIDEO_VGA_400_LINES,
		VIDEO_DISPLAY_CODE,
	};
	struct bda *b = bda();

	memset(&b->video_mode, 0,
	       offsetof(struct bda, reset_vector) - offsetof(struct bda, video_mode));
	b->video_mode = mode;
	b->video_columns = screen_columns();
	b->video_page_size = page_bytes();
	b->cursor_shape = CURSOR_LINES_6_7;
	b->crtc_port = CRTC_PORT;
	b->crt_mode = crt_modes[mode];
	b->crt_palette = PALETTE;
	memcpy(&b->video_rows, vga, sizeof(vga));
	if (!clear)
		b->video_control[0] |= VIDEO_NOT_CLEARED;
}

void screen_init(void)
{
	ready = true;
	describe_mode(MODE_80X25, true);
	fill_cells(screen_page(0), SCREEN_ROWS * SCREEN_COLUMNS, ' ', ATTRIBUTE_PLAIN);
	terminal_init();
}

void screen_set_mode(uint8_t mode, bool clear)
{
	describe_mode(mode, clear);
	if (clear)
		fill_cells(phys_ptr(TEXT_MEMORY), TEXT_MEMORY_SIZE / 2, ' ', ATTRIBUTE_PLAIN);
	terminal_update_from(0);
}

void screen_show_page(unsigned page)
{
	bda()->video_page = page;
	bda()->video_page_start = page * page_bytes();
	terminal_update_from(0);
}

static bool is_visible(unsigned page)
{
	return screen_page(page) == screen_visible();
}

static void scroll_cells(unsigned page, struct screen_window w, int lines, uint8_t attribute)
{
	unsigned columns = screen_columns(), width = w.right - w.left + 1;
	unsigned height = w.bottom - w.top + 1, distance = lines < 0 ? -lines : lines;
	uint16_t *cells = screen_page(page) + w.left;

	if (!distance || distance > height)
		distance = height;
	for (unsigned i = 0; i < height; i++) {
		unsigned row = lines < 0 ? w.bottom - i : w.top + i;
		unsigned from = lines < 0 ? row - distance : row + distance;

		if (i < height - distance)
			memcpy(cells + row * columns, cells + from * columns, width * 2);
		else
			fill_cells(cells + row * columns, width, ' ', attribute);
	}
}

void screen_scroll(unsigned page, struct screen_window w, int lines, uint8_t attribute)
{
	unsigned columns = screen_columns();

	if (w.bottom >= SCREEN_ROWS)
		w.bottom = SCREEN_ROWS - 1;
	if (w.right >= columns)
		w.right = columns - 1;
	if (w.top > w.bottom || w.left > w.right)
		return;
	scroll_cells(page, w, lines, attribute);
	if (is_visible(page))
		terminal_update_from(0);
}

void screen_fill(unsigned page, unsigned row, unsigned column, unsigned count, uint8_t c,
		 int attribute)
{
	unsigned columns = screen_columns(), start = row * columns + column;
	unsigned size = SCREEN_ROWS * columns;

	if (start >= size || !count)
		return;
	if (count > size - start)
		count = size - start;
	fill_cells(screen_page(page) + start, count, c, attribute);
	if (!is_visible(page))
		return;
	column = start % columns;
	for (row = start / columns; count; row++) {
		unsigned in_row = columns - column;

		if (in_row > count)
			in_row = count;
		terminal_update(row, column, column + in_row - 1);
		count -= in_row;
		column = 0;
	}
}

/* The page moves up by a line. The new one looks like the cursor's cell. */
static void line_feed(unsigned page, unsigned column, int attribute)
{
	unsigned columns = screen_columns();
	struct screen_window all = {0, 0, SCREEN_ROWS - 1, columns - 1};

	if (attribute < 0)
		attribute = screen_page(page)[(SCREEN_ROWS - 1) * columns + column] >> 8;
	scroll_cells(page, all, 1, attribute);
	if (!is_visible(page))
		return;
	terminal_line_feed();
	terminal_update_from(SCREEN_ROWS - 1);
}

void screen_type(unsigned page, uint8_t c, int attribute)
{
	uint16_t cursor = bda()->cursor[page % SCREEN_PAGES];
	unsigned row = cursor >> 8, column = cursor & 0xff;

	switch (c) {
	case BEL:
		terminal_bell();
		return;
	case BS:
		column -= column > 0;
		break;
	case LF:
		row++;
		break;
	case CR:
		column = 0;
		break;
	default:
		screen_fill(page, row, column, 1, c, attribute);
		column++;
	}
	if (column >= screen_columns()) {
		column = 0;
		row++;
	}
	if (row >= SCREEN_ROWS) {
		row = SCREEN_ROWS - 1;
		line_feed(page, column, attribute);
	}
	bda()->cursor[page % SCREEN_PAGES] = row << 8 | column;
	if (is_visible(page))
		terminal_follow_cursor();
}

static void print_raw(const char *s, size_t length)
{
	for (; length; length--, s++) {
		if (*s == '\n')
			console_send("\r", 1);
		console_send(s, 1);
	}
}

void screen_print(const char *s, size_t length)
{
	static bool in_line; /* the last message did not end its line */
	unsigned page = bda()->video_page;

	if (!screen_is_ours()) {
		print_raw(s, length);
		return;
	}
	if (terminal_is_drawn()) {
		terminal_print_below(s, length);
		return;
	}
	if (!in_line && bda()->cursor[page % SCREEN_PAGES] & 0xff) {
		screen_type(page, CR, KEEP_ATTRIBUTE);
		screen_type(page, LF, KEEP_ATTRIBUTE);
	}
	for (; length; length--, s++) {
		if (*s == '\n')
			screen_type(page, CR, KEEP_ATTRIBUTE);
		screen_type(page, *s, KEEP_ATTRIBUTE);
		in_line = *s != '\n';
	}
}
