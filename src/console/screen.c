/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * The text screen: plain memory at B800:0000 on a machine without a display, the
 * same on every program's account. What terminals and displays make of it is their
 * affair: they are viewers, which are told what has changed.
 *
 * Reference: IBM PS/2 and PC BIOS Interface Technical Reference, "INT 10H";
 * Ralf Brown's Interrupt List, INT 10 and MEMORY.LST 40:49-40:8A.
 */
#include "console/screen.h"

#include <string.h>

#include "bda.h"
#include "lib/memory.h"
#include "lib/section.h"

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
	VIDEO_INT = 0x10,
	ROMS_SEG = ROMS_BASE >> 4, /* of a display's BIOS */

	EARLY_SIZE = 1024,
	TICKS_OF_DISPLAY = 4,

	BEL = 7,
	BS = 8,
	LF = 10,
	CR = 13,
};

/* Calls one of the functions of each viewer. */
#define TELL_VIEWERS(function, ...)                                                                \
	for (struct screen_viewer *viewer = viewers; viewer; viewer = viewer->next)                \
	viewer->ops->function(viewer, ##__VA_ARGS__)

static bool ready; /* POST has come so far */
static struct screen_viewer *viewers;
static void (*teletype)(uint8_t c); /* of a display's own BIOS; NULL: INT 10h is ours */
/* What was printed before that. */
static char early[EARLY_SIZE] NOINIT;
static size_t early_length;

void screen_add_viewer(struct screen_viewer *viewer)
{
	viewer->next = viewers;
	viewers = viewer;
}

unsigned screen_columns(void)
{
	return bda()->video_mode < MODE_80X25_GREY ? 40 : SCREEN_COLUMNS;
}

static unsigned page_bytes(void)
{
	return bda()->video_mode < MODE_80X25_GREY ? PAGE_BYTES_40 : PAGE_BYTES_80;
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

bool screen_is_viewed(void)
{
	return viewers;
}

/* A display's own BIOS keeps the BIOS data area as we do; in graphics modes and with smaller
 * characters there is nothing at B800:0000 that we could show. */
bool screen_is_ours(void)
{
	const uint16_t *vector = phys_ptr(VIDEO_INT * 4);
	const struct bda *b = bda();

	if (!ready || (vector[1] >= ROMS_SEG && vector[1] < DATA_SEG))
		return false;
	return !teletype || (b->video_mode <= MODE_80X25 && b->video_rows == SCREEN_ROWS - 1);
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

static void start(void)
{
	ready = true;
	screen_print(early, early_length);
}

void screen_init(void)
{
	if (ready)
		return;
	describe_mode(MODE_80X25, true);
	fill_cells(screen_page(0), SCREEN_ROWS * SCREEN_COLUMNS, ' ', ATTRIBUTE_PLAIN);
	start();
}

void screen_use_teletype(void (*type)(uint8_t c))
{
	teletype = type;
	start();
}

void screen_set_mode(uint8_t mode, bool clear)
{
	uint8_t before = bda()->crt_mode;

	describe_mode(mode, clear);
	if (clear)
		fill_cells(phys_ptr(TEXT_MEMORY), TEXT_MEMORY_SIZE / 2, ' ', ATTRIBUTE_PLAIN);
	if ((before ^ bda()->crt_mode) & CRT_MODE_BLINK)
		TELL_VIEWERS(blink_changed);
	else
		TELL_VIEWERS(update_from, 0);
}

void screen_show_page(unsigned page)
{
	bda()->video_page = page;
	bda()->video_page_start = page * page_bytes();
	TELL_VIEWERS(update_from, 0);
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
	if (width == columns && lines > 0) { /* mostly: all in one piece */
		cells += w.top * columns;
		memmove(cells, cells + distance * columns, (height - distance) * columns * 2);
		fill_cells(cells + (height - distance) * columns, distance * columns, ' ',
			   attribute);
		return;
	}
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
		TELL_VIEWERS(update_from, 0);
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
		TELL_VIEWERS(update, row, column, column + in_row - 1);
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
	TELL_VIEWERS(line_feed);
	TELL_VIEWERS(update_from, SCREEN_ROWS - 1);
}

static void __attribute__((noinline)) type(unsigned page, uint8_t c, int attribute)
{
	uint16_t cursor = bda()->cursor[page];
	unsigned row = cursor >> 8, column = cursor & 0xff;

	switch (c) {
	case BEL:
		TELL_VIEWERS(bell);
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
	bda()->cursor[page] = row << 8 | column;
	if (is_visible(page))
		TELL_VIEWERS(follow_cursor);
}

/*
 * A character that is not special, and not the last of its row of 80, is nearly all that
 * comes: this is the short way for it. type() stays apart, that this needs few registers.
 */
void screen_type(unsigned page, uint8_t c, int attribute)
{
	unsigned number = page % SCREEN_PAGES, start = number * PAGE_BYTES_80;
	unsigned cursor = bda()->cursor[number];
	uint16_t *cell;

	if (c < ' ' || bda()->video_mode < MODE_80X25_GREY || cursor >= SCREEN_ROWS << 8 ||
	    (uint8_t)cursor >= SCREEN_COLUMNS - 1) {
		type(number, c, attribute);
		return;
	}
	cell = phys_ptr(TEXT_MEMORY + start);
	cell += (cursor >> 8) * SCREEN_COLUMNS + (uint8_t)cursor;
	*(uint8_t *)cell = c;
	if (attribute >= 0)
		*cell = attribute << 8 | c;
	bda()->cursor[number] = cursor + 1;
	if ((bda()->video_page_start & ~1u) == start)
		TELL_VIEWERS(typed, cursor, *cell);
}

void screen_set_blink(bool blink)
{
	uint8_t *mode = &bda()->crt_mode;

	*mode = blink ? *mode | CRT_MODE_BLINK : *mode & ~CRT_MODE_BLINK;
	TELL_VIEWERS(blink_changed);
}

/* A display's memory is slow to read where each access is trapped: it is looked at less
 * often. */
void screen_tick(void)
{
	static unsigned ticks;

	if (teletype && ++ticks % TICKS_OF_DISPLAY)
		return;
	if (screen_is_ours())
		TELL_VIEWERS(tick);
}

void screen_leave(void)
{
	if (screen_is_ours())
		TELL_VIEWERS(leave);
}

bool screen_cursor(unsigned *row, unsigned *column)
{
	uint16_t cursor = bda()->cursor[bda()->video_page % SCREEN_PAGES];

	*row = cursor >> 8;
	*column = cursor & 0xff;
	return *row < SCREEN_ROWS && *column < screen_columns();
}

/* --- messages -------------------------------------------------------------- */

static void keep(const char *s, size_t length)
{
	if (length > EARLY_SIZE - early_length)
		length = EARLY_SIZE - early_length;
	memcpy(early + early_length, s, length);
	early_length += length;
}

static bool is_drawn(void)
{
	for (struct screen_viewer *viewer = viewers; viewer; viewer = viewer->next)
		if (viewer->ops->is_drawn(viewer))
			return true;
	return false;
}

static void type_here(uint8_t c)
{
	screen_type(bda()->video_page, c, KEEP_ATTRIBUTE);
}

static void print_here(const char *s, size_t length, void (*type)(uint8_t c))
{
	static bool in_line; /* the last message did not end its line */

	if (!in_line && bda()->cursor[bda()->video_page % SCREEN_PAGES] & 0xff) {
		type(CR);
		type(LF);
	}
	for (; length; length--, s++) {
		if (*s == '\n')
			type(CR);
		type(*s);
		in_line = *s != '\n';
	}
}

/* A display's BIOS also prints in graphics modes, where terminals show nothing. */
void screen_print(const char *s, size_t length)
{
	if (!ready) {
		keep(s, length);
		return;
	}
	if (teletype)
		print_here(s, length, teletype);
	if (!screen_is_ours() || (!teletype && is_drawn()))
		TELL_VIEWERS(print_below, s, length);
	else if (!teletype)
		print_here(s, length, type_here);
}

/* --- what a display's own BIOS has done ------------------------------------ */

void screen_was_typed(uint16_t before, uint8_t c)
{
	unsigned page = bda()->video_page % SCREEN_PAGES, columns = screen_columns();
	unsigned row = before >> 8, column = before & 0xff;
	bool wrapped = c != CR && c != BS && c != LF && column == columns - 1;

	if (!screen_is_ours() || row >= SCREEN_ROWS || column >= columns)
		return;
	if (c == BEL) {
		TELL_VIEWERS(bell);
		return;
	}
	if (c >= ' ' && bda()->cursor[page] == before + 1 && columns == SCREEN_COLUMNS) {
		TELL_VIEWERS(typed, before, screen_visible()[row * columns + column]);
		return;
	}
	if (row == SCREEN_ROWS - 1 && (wrapped || c == LF)) {
		TELL_VIEWERS(line_feed);
		TELL_VIEWERS(update_from, SCREEN_ROWS - 1 - wrapped);
	} else if (c != CR && c != BS && c != LF) {
		TELL_VIEWERS(update, row, column, column);
	}
	TELL_VIEWERS(follow_cursor);
}

void screen_was_filled(uint16_t from, unsigned count)
{
	unsigned row = from >> 8, column = from & 0xff, columns = screen_columns();

	if (!screen_is_ours() || row >= SCREEN_ROWS || column >= columns || !count)
		return;
	if (count <= columns - column)
		TELL_VIEWERS(update, row, column, column + count - 1);
	else
		TELL_VIEWERS(update_from, row);
}

void screen_was_drawn(void)
{
	if (screen_is_ours())
		TELL_VIEWERS(update_from, 0);
}
