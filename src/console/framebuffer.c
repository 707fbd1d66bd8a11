/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * The text screen on a framebuffer: each cell is a glyph of 8 by 16 dots, each dot a square
 * of pixels, as large as the display has room for 80 by 25 of them; around that it is black.
 * In modes of 40 columns dots are twice as wide.
 *
 * Drawing costs far more than what is drawn, so nothing is while text is typed. When the
 * tick comes, or a program asks for a key, what should be seen is compared with what was
 * drawn last, and the cells that differ are drawn. However often the screen has scrolled
 * meanwhile, no cell is drawn twice.
 *
 * A message that does not belong on the screen, since a program has drawn one, covers the
 * last row until something changes there.
 *
 * Reference: IBM VGA Technical Reference: attributes, palette, cursor, blinking.
 */
#include "console/framebuffer.h"

#include <stddef.h>
#include <string.h>

#include "bda.h"
#include "console/screen.h"
#include "lib/device.h"
#include "lib/error.h"
#include "lib/font.h"
#include "lib/log.h"
#include "lib/memory.h"
#include "lib/util.h"

enum {
	GLYPH_WIDTH = 8,
	GLYPH_HEIGHT = 16,
	TEXT_WIDTH = SCREEN_COLUMNS * GLYPH_WIDTH,
	TEXT_HEIGHT = SCREEN_ROWS * GLYPH_HEIGHT,
	CELLS = SCREEN_ROWS * SCREEN_COLUMNS,
	LAST_ROW = SCREEN_ROWS - 1,

	ATTRIBUTE_BLINKS = 0x80,
	ATTRIBUTE_MESSAGE = 0x4f,
	BACKGROUND = 0xf000, /* of a cell */
	BLANK = ' ',         /* black on black */

	/* In ticks: the cursor is shown for 4 and hidden for 4, text twice as long. */
	CURSOR_PHASE = 4,
	BLINK_PHASE = 8,

	CURSOR_LINE = 0x1f,
	CGA_LINES = 8, /* cursors are given as if characters had so many */
	NO_CURSOR = 0xffff,
};

/* Where the cursor is shown. */
struct cursor {
	uint16_t cell;       /* its number, or NO_CURSOR */
	uint8_t first, last; /* lines of the glyph, both included */
};

/* Cells that were drawn and are not flushed yet: rows and columns, ends not included. */
struct changes {
	unsigned top, left, bottom, right;
};

struct text_display {
	struct screen_viewer viewer;
	struct text_display *next;
	struct framebuffer *framebuffer;
	struct framebuffer_mode mode; /* the text's */
	bool taken;                   /* a program has a mode of its own */
	bool covered;                 /* the message is shown */
	bool message_ended;           /* by LF: what comes next is another one */
	bool blinks;                  /* bit 15 of the cells that were drawn last */
	uint8_t columns;
	uint8_t message_length;
	uint16_t dot_width, dot_height; /* pixels */
	uint8_t *origin;                /* the first cell's first pixel */
	struct cursor cursor;           /* as drawn */
	struct changes changes;
	uint32_t colours[16]; /* as pixels */
	char message[SCREEN_COLUMNS];
	uint16_t under_message[SCREEN_COLUMNS]; /* the last row as it was then */
	/* What is drawn; bit 15 is a bright background, and blinking text is in one of
	 * its two states. */
	uint16_t shadow[CELLS];
};

/* Where the preferred size cannot be: the first that can. */
static const struct {
	uint16_t width, height;
} sizes[] = {{1280, 800}, {1024, 768}, {800, 600}, {640, 480}, {640, 400}};

static struct framebuffer *framebuffers;
static struct text_display *displays; /* one for each */

static struct text_display *display_of(struct screen_viewer *viewer)
{
	return container_of(viewer, struct text_display, viewer);
}

/* --- pixels ------------------------------------------------------------------ */

static uint32_t to_pixel(uint32_t rgb, unsigned bits)
{
	switch (bits) {
	case 16:
		return (rgb >> 8 & 0xf800) | (rgb >> 5 & 0x07e0) | (rgb >> 3 & 0x001f);
	case 15:
		return (rgb >> 9 & 0x7c00) | (rgb >> 6 & 0x03e0) | (rgb >> 3 & 0x001f);
	default:
		return rgb;
	}
}

static unsigned pixel_bytes(const struct text_display *display)
{
	return (display->mode.bits + 7) / 8;
}

/* `count` pixels of one colour; returns the place behind them. */
static uint8_t *put_pixels(uint8_t *to, unsigned bytes, uint32_t pixel, unsigned count)
{
	if (bytes == 4) {
		for (; count; count--, to += 4)
			*(uint32_t *)to = pixel;
		return to;
	}
	for (; count; count--, to += bytes) {
		to[0] = pixel;
		to[1] = pixel >> 8;
		if (bytes == 3)
			to[2] = pixel >> 16;
	}
	return to;
}

static void put_glyph_line(const struct text_display *display, uint8_t *to, uint8_t dots,
			   uint32_t foreground, uint32_t background)
{
	unsigned bytes = pixel_bytes(display), width = display->dot_width;

	if (!dots || dots == 0xff) {
		put_pixels(to, bytes, dots ? foreground : background, GLYPH_WIDTH * width);
		return;
	}
	for (unsigned dot = 0x80; dot; dot >>= 1)
		to = put_pixels(to, bytes, dots & dot ? foreground : background, width);
}

static void put_cell(const struct text_display *display, unsigned row, unsigned column,
		     uint16_t cell, const struct cursor *cursor)
{
	unsigned length = GLYPH_WIDTH * display->dot_width * pixel_bytes(display);
	uint32_t pitch = display->mode.pitch;
	uint32_t foreground = display->colours[cell >> 8 & 0x0f];
	uint32_t background = display->colours[cell >> 12];
	const uint8_t *glyph = font_8x16 + (uint8_t)cell * GLYPH_HEIGHT;
	uint8_t *to = display->origin + row * GLYPH_HEIGHT * display->dot_height * pitch;

	to += column * length;
	for (unsigned line = 0; line < GLYPH_HEIGHT; line++) {
		bool in_cursor = cursor && line >= cursor->first && line <= cursor->last;
		const uint8_t *drawn = to;

		put_glyph_line(display, to, in_cursor ? 0xff : glyph[line], foreground, background);
		to += pitch;
		for (unsigned i = 1; i < display->dot_height; i++, to += pitch)
			memcpy(to, drawn, length);
	}
}

static void flush(const struct text_display *display, unsigned x, unsigned y, unsigned width,
		  unsigned height)
{
	struct framebuffer *framebuffer = display->framebuffer;

	if (framebuffer->ops->flush)
		framebuffer->ops->flush(framebuffer, x, y, width, height);
}

/* --- what should be seen ------------------------------------------------------ */

static bool is_blank(uint16_t cell)
{
	uint8_t c = cell;

	return !c || c == ' ' || c == 0xff;
}

static bool look_alike(uint16_t a, uint16_t b)
{
	return a == b || (is_blank(a) && is_blank(b) && !((a ^ b) & BACKGROUND));
}

/* Whether what blinks is seen now, where it is seen for `phase` ticks and then not. */
static bool is_shown(unsigned phase)
{
	return !(bda()->ticks / phase % 2);
}

/* A cell as the shadow has it. */
static uint16_t resolve(uint16_t cell)
{
	uint8_t attribute = cell >> 8;

	if (!(attribute & ATTRIBUTE_BLINKS) || !(bda()->crt_mode & CRT_MODE_BLINK))
		return cell;
	attribute &= ~ATTRIBUTE_BLINKS;
	if (!is_shown(BLINK_PHASE))
		attribute = (attribute & 0x70) | attribute >> 4;
	return attribute << 8 | (uint8_t)cell;
}

static uint16_t message_cell(const struct text_display *display, unsigned column)
{
	bool inside = column < display->message_length;

	return ATTRIBUTE_MESSAGE << 8 | (uint8_t)(inside ? display->message[column] : ' ');
}

/*
 * A shape as for the eight lines of a CGA's characters: a bar at the foot keeps its thickness
 * and has a line below it, as a VGA's has; others are stretched.
 */
static void scale_cursor(struct cursor *cursor)
{
	unsigned thickness = cursor->last - cursor->first;

	if (thickness <= 2 && cursor->last >= CGA_LINES - 2) {
		cursor->last += GLYPH_HEIGHT - 1 - CGA_LINES;
		cursor->first = cursor->last - thickness;
	} else {
		cursor->first *= GLYPH_HEIGHT / CGA_LINES;
		cursor->last = (cursor->last + 1) * (GLYPH_HEIGHT / CGA_LINES) - 1;
	}
}

static struct cursor wanted_cursor(const struct text_display *display)
{
	uint16_t shape = bda()->cursor_shape;
	struct cursor cursor = {NO_CURSOR, shape >> 8 & CURSOR_LINE, shape & CURSOR_LINE};
	unsigned row, column;

	if (shape & CURSOR_HIDDEN || cursor.first > cursor.last || !is_shown(CURSOR_PHASE) ||
	    !screen_cursor(&row, &column) || (display->covered && row == LAST_ROW))
		return (struct cursor){.cell = NO_CURSOR};
	if (cursor.last < CGA_LINES)
		scale_cursor(&cursor);
	cursor.cell = row * display->columns + column;
	return cursor;
}

/* --- differences --------------------------------------------------------------- */

static void add_change(struct changes *changes, unsigned row, unsigned column)
{
	if (row < changes->top)
		changes->top = row;
	if (row >= changes->bottom)
		changes->bottom = row + 1;
	if (column < changes->left)
		changes->left = column;
	if (column >= changes->right)
		changes->right = column + 1;
}

/* Draws what the shadow has at a place. */
static void draw_cell(struct text_display *display, unsigned number)
{
	unsigned row = number / display->columns, column = number % display->columns;
	bool at_cursor = number == display->cursor.cell;

	put_cell(display, row, column, display->shadow[number],
		 at_cursor ? &display->cursor : NULL);
	add_change(&display->changes, row, column);
}

/* `as_before`: cells mean what they meant when they were drawn last. */
static void draw_row(struct text_display *display, unsigned row, const uint16_t *cells,
		     bool as_before)
{
	unsigned columns = display->columns;
	uint16_t *shadow = display->shadow + row * columns;
	bool covered = display->covered && row == LAST_ROW;

	if (as_before && !covered && !memcmp(shadow, cells, columns * sizeof(*cells)))
		return;
	for (unsigned column = 0; column < columns; column++) {
		uint16_t cell = covered ? message_cell(display, column) : resolve(cells[column]);
		bool alike = look_alike(cell, shadow[column]);

		shadow[column] = cell;
		if (!alike)
			draw_cell(display, row * columns + column);
	}
}

static void move_cursor(struct text_display *display)
{
	struct cursor before = display->cursor, cursor = wanted_cursor(display);

	if (!memcmp(&before, &cursor, sizeof(cursor)))
		return;
	display->cursor = cursor;
	if (before.cell != NO_CURSOR)
		draw_cell(display, before.cell);
	if (cursor.cell != NO_CURSOR)
		draw_cell(display, cursor.cell);
}

static void flush_changes(struct text_display *display)
{
	struct changes *c = &display->changes;
	unsigned width = GLYPH_WIDTH * display->dot_width;
	unsigned height = GLYPH_HEIGHT * display->dot_height;
	unsigned x = (display->mode.width - width * display->columns) / 2;
	unsigned y = (display->mode.height - height * SCREEN_ROWS) / 2;

	if (c->bottom)
		flush(display, x + c->left * width, y + c->top * height,
		      (c->right - c->left) * width, (c->bottom - c->top) * height);
	*c = (struct changes){.top = SCREEN_ROWS, .left = SCREEN_COLUMNS};
}

/* Begins with nothing but black, in the mode's number of columns. */
static void clear(struct text_display *display)
{
	const struct framebuffer_mode *mode = &display->mode;
	unsigned scale = min_u32(mode->width / TEXT_WIDTH, mode->height / TEXT_HEIGHT);
	uint8_t *pixels = phys_ptr(display->framebuffer->address);

	display->columns = screen_columns();
	display->dot_height = scale;
	display->dot_width = scale * SCREEN_COLUMNS / display->columns;
	display->origin = pixels + (mode->height - scale * TEXT_HEIGHT) / 2 * mode->pitch +
			  (mode->width - scale * TEXT_WIDTH) / 2 * pixel_bytes(display);
	display->cursor = (struct cursor){.cell = NO_CURSOR};
	memset16(display->shadow, BLANK, CELLS);
	memset(pixels, 0, mode->height * mode->pitch);
	flush(display, 0, 0, mode->width, mode->height);
}

static void draw(struct text_display *display)
{
	const uint16_t *cells = screen_visible();
	bool blinks = bda()->crt_mode & CRT_MODE_BLINK, as_before = blinks == display->blinks;
	unsigned columns = screen_columns();

	if (display->taken)
		return;
	display->blinks = blinks;
	if (columns != display->columns)
		clear(display);
	if (memcmp(display->under_message, cells + LAST_ROW * columns, columns * sizeof(*cells)))
		display->covered = false;
	for (unsigned row = 0; row < SCREEN_ROWS; row++)
		draw_row(display, row, cells + row * columns, as_before);
	move_cursor(display);
	flush_changes(display);
}

/* --- what the screen tells ------------------------------------------------------ */

static void framebuffer_typed(struct screen_viewer *viewer, unsigned cursor, unsigned cell)
{
	(void)viewer;
	(void)cursor;
	(void)cell;
}

static void framebuffer_update(struct screen_viewer *viewer, unsigned row, unsigned from,
			       unsigned to)
{
	(void)viewer;
	(void)row;
	(void)from;
	(void)to;
}

static void framebuffer_update_from(struct screen_viewer *viewer, unsigned row)
{
	(void)viewer;
	(void)row;
}

static void framebuffer_later(struct screen_viewer *viewer)
{
	(void)viewer;
}

static void framebuffer_draw(struct screen_viewer *viewer)
{
	draw(display_of(viewer));
}

/* Who prints lines has nothing below the line of the cursor. */
static bool framebuffer_is_drawn(const struct screen_viewer *viewer)
{
	const uint16_t *cells = screen_visible();
	unsigned columns = screen_columns(), row, column;

	(void)viewer;
	if (!screen_cursor(&row, &column))
		return true;
	for (unsigned i = (row + 1) * columns; i < SCREEN_ROWS * columns; i++)
		if (!look_alike(cells[i], ATTRIBUTE_PLAIN << 8 | ' '))
			return true;
	return false;
}

static void framebuffer_print_below(struct screen_viewer *viewer, const char *s, size_t length)
{
	struct text_display *display = display_of(viewer);
	unsigned columns = screen_columns();

	for (; length; length--, s++) {
		if (display->message_ended)
			display->message_length = 0;
		display->message_ended = *s == '\n';
		if (*s != '\n' && display->message_length < columns)
			display->message[display->message_length++] = *s;
	}
	memcpy(display->under_message, screen_visible() + LAST_ROW * columns,
	       columns * sizeof(*display->under_message));
	display->covered = true;
}

static const struct screen_viewer_ops framebuffer_viewer_ops = {
	.typed = framebuffer_typed,
	.update = framebuffer_update,
	.update_from = framebuffer_update_from,
	.line_feed = framebuffer_later,
	.follow_cursor = framebuffer_later,
	.bell = framebuffer_later,
	.blink_changed = framebuffer_later,
	.tick = framebuffer_draw,
	.leave = framebuffer_draw,
	.is_drawn = framebuffer_is_drawn,
	.print_below = framebuffer_print_below,
};

/* --- modes ---------------------------------------------------------------------- */

static bool try_size(struct framebuffer *framebuffer, unsigned width, unsigned height,
		     struct framebuffer_mode *mode)
{
	static const uint8_t depths[] = {32, 24, 16, 15};

	if (width < TEXT_WIDTH || height < TEXT_HEIGHT)
		return false;
	for (unsigned i = 0; i < ARRAY_SIZE(depths); i++) {
		*mode = (struct framebuffer_mode){width, height, depths[i], 0};
		if (framebuffer->ops->fits(framebuffer, mode) &&
		    !framebuffer->ops->set_mode(framebuffer, mode)) {
			framebuffer->mode = *mode;
			return true;
		}
	}
	return false;
}

/* Sets a mode for text. */
static int set_text_mode(struct framebuffer *framebuffer, struct framebuffer_mode *mode)
{
	if (try_size(framebuffer, framebuffer->preferred_width, framebuffer->preferred_height,
		     mode))
		return 0;
	for (unsigned i = 0; i < ARRAY_SIZE(sizes); i++)
		if (try_size(framebuffer, sizes[i].width, sizes[i].height, mode))
			return 0;
	return ERR_UNSUPPORTED;
}

static void set_colours(struct text_display *display)
{
	static const uint32_t palette[] = {
		0x000000, 0x0000aa, 0x00aa00, 0x00aaaa, 0xaa0000, 0xaa00aa, 0xaa5500, 0xaaaaaa,
		0x555555, 0x5555ff, 0x55ff55, 0x55ffff, 0xff5555, 0xff55ff, 0xffff55, 0xffffff,
	};

	for (unsigned i = 0; i < ARRAY_SIZE(palette); i++)
		display->colours[i] = to_pixel(palette[i], display->mode.bits);
}

int framebuffer_register(struct framebuffer *framebuffer)
{
	struct text_display *display = memory_alloc(sizeof(*display), sizeof(uint32_t));
	struct framebuffer **end = &framebuffers;
	int error;

	if (!display)
		return ERR_NOMEM;
	error = set_text_mode(framebuffer, &display->mode);
	if (error)
		return error;
	log_line(LOG_INFO, "%s: display, %ux%u, %u bits", framebuffer->device->name,
		 display->mode.width, display->mode.height, display->mode.bits);
	while (*end)
		end = &(*end)->next;
	*end = framebuffer;
	display->framebuffer = framebuffer;
	display->next = displays;
	displays = display;
	display->viewer.ops = &framebuffer_viewer_ops;
	set_colours(display);
	screen_add_viewer(&display->viewer);
	clear(display);
	flush_changes(display);
	if (screen_is_ours())
		draw(display);
	return 0;
}

struct framebuffer *framebuffer_first(void)
{
	return framebuffers;
}

static struct text_display *display_on(const struct framebuffer *framebuffer)
{
	struct text_display *display = displays;

	while (display->framebuffer != framebuffer)
		display = display->next;
	return display;
}

int framebuffer_take(struct framebuffer *framebuffer, const struct framebuffer_mode *mode)
{
	int error = framebuffer->ops->set_mode(framebuffer, mode);

	if (error)
		return error;
	framebuffer->mode = *mode;
	display_on(framebuffer)->taken = true;
	return 0;
}

void framebuffer_give_back(struct framebuffer *framebuffer)
{
	struct text_display *display = display_on(framebuffer);

	if (!display->taken || framebuffer->ops->set_mode(framebuffer, &display->mode))
		return;
	framebuffer->mode = display->mode;
	display->taken = false;
	clear(display);
	draw(display);
}
