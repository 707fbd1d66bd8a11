/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * The text screen: cells, cursors, scrolling, what viewers are told, and messages; and the
 * character set. What terminals make of it is test_terminal.py's.
 */
#include "console/screen.h"

#include <string.h>

#include "bda.h"
#include "lib/charset.h"
#include "unit.h"

static struct {
	unsigned typed, updates, line_feeds, bells, blinks, ticks, leaves;
	unsigned cursor, cell, row, from, to;
	bool drawn;
	char below[64];
} told;

static void typed(struct screen_viewer *viewer, unsigned cursor, unsigned cell)
{
	(void)viewer;
	told.typed++;
	told.cursor = cursor;
	told.cell = cell;
}

static void update(struct screen_viewer *viewer, unsigned row, unsigned from, unsigned to)
{
	(void)viewer;
	told.updates++;
	told.row = row;
	told.from = from;
	told.to = to;
}

static void update_from(struct screen_viewer *viewer, unsigned row)
{
	update(viewer, row, 0, SCREEN_COLUMNS - 1);
}

static void line_feed(struct screen_viewer *viewer)
{
	(void)viewer;
	told.line_feeds++;
}

static void nothing(struct screen_viewer *viewer)
{
	(void)viewer;
}

static void bell(struct screen_viewer *viewer)
{
	(void)viewer;
	told.bells++;
}

static void blink_changed(struct screen_viewer *viewer)
{
	(void)viewer;
	told.blinks++;
}

static void tick(struct screen_viewer *viewer)
{
	(void)viewer;
	told.ticks++;
}

static void leave(struct screen_viewer *viewer)
{
	(void)viewer;
	told.leaves++;
}

static bool is_drawn(const struct screen_viewer *viewer)
{
	(void)viewer;
	return told.drawn;
}

static void print_below(struct screen_viewer *viewer, const char *s, size_t length)
{
	(void)viewer;
	memcpy(told.below, s, length);
	told.below[length] = '\0';
}

static const struct screen_viewer_ops ops = {
	.typed = typed,
	.update = update,
	.update_from = update_from,
	.line_feed = line_feed,
	.follow_cursor = nothing,
	.bell = bell,
	.blink_changed = blink_changed,
	.tick = tick,
	.leave = leave,
	.is_drawn = is_drawn,
	.print_below = print_below,
};
static struct screen_viewer viewer = {.ops = &ops};

static uint16_t cell(unsigned row, unsigned column)
{
	return screen_page(0)[row * screen_columns() + column];
}

static void begin(void)
{
	screen_set_mode(MODE_80X25, true);
	memset(&told, 0, sizeof(told));
}

static void type_text(const char *s)
{
	for (; *s; s++)
		screen_type(0, *s, KEEP_ATTRIBUTE);
}

/* What is said before there is a screen is on it when there is one. */
static void test_early_messages(void)
{
	ok(!screen_is_ours());
	screen_print("too little\n", 11);
	screen_init();
	ok(screen_is_ours() && cell(0, 0) == (0x0700 | 't') && bda()->cursor[0] == 0x0100);
	screen_init(); /* once is enough */
	ok(cell(0, 0) == (0x0700 | 't'));
	screen_add_viewer(&viewer);
}

static void test_type(void)
{
	begin();
	type_text("ab");
	ok(cell(0, 0) == 0x0761 && cell(0, 1) == 0x0762 && bda()->cursor[0] == 2);
	ok(told.typed == 2 && told.cursor == 1 && told.cell == 0x0762);
	screen_type(0, 'c', 0x1f);
	ok(cell(0, 2) == 0x1f63);
	screen_type(0, 1, KEEP_ATTRIBUTE);
	ok(cell(0, 3) == 0x0701);
	type_text("\b\a\r\n");
	ok(told.bells == 1 && bda()->cursor[0] == 0x0100);
	bda()->cursor[0] = 0x014f;
	type_text("x");
	ok(cell(1, 79) == 0x0778 && bda()->cursor[0] == 0x0200);
	/* another page, of which no viewer hears */
	memset(&told, 0, sizeof(told));
	screen_type(2, 'z', KEEP_ATTRIBUTE);
	ok((screen_page(2)[0] & 0xff) == 'z' && !told.typed && !told.updates);
	/* a cursor that a program has put outside */
	bda()->cursor[0] = 0x1900;
	screen_type(0, 'o', KEEP_ATTRIBUTE);
	ok(bda()->cursor[0] >> 8 == 24);
}

static void test_line_feed(void)
{
	begin();
	type_text("first");
	bda()->cursor[0] = 0x1805;
	screen_fill(0, 24, 0, 80, 'e', 0x2f);
	type_text("\n");
	ok(told.line_feeds == 1 && bda()->cursor[0] == 0x1805);
	ok(cell(23, 0) == 0x2f65 && cell(24, 0) == 0x2f20 && cell(0, 0) == 0x0720);
}

static void test_fill_and_scroll(void)
{
	struct screen_window window = {5, 10, 7, 12};

	begin();
	screen_fill(0, 24, 78, 100, 'f', 0x31); /* not beyond the page */
	ok(cell(24, 79) == 0x3166 && told.row == 24 && told.from == 78 && told.to == 79);
	screen_fill(0, 3, 79, 3, 'g', KEEP_ATTRIBUTE);
	ok(cell(3, 79) == 0x0767 && cell(4, 1) == 0x0767 && told.updates == 3);
	for (unsigned row = 0; row < SCREEN_ROWS; row++)
		screen_fill(0, row, 0, 80, 'a' + row, 0x07);
	screen_scroll(0, window, 1, 0x40);
	ok(cell(5, 10) == (0x0700 | 'g') && cell(7, 12) == 0x4020 && cell(7, 13) == 0x0768);
	screen_scroll(0, window, -2, 0x50);
	ok(cell(7, 10) == (0x0700 | 'g') && cell(6, 11) == 0x5020);
	window = (struct screen_window){2, 0, 20, 79};
	screen_scroll(0, window, 3, 0x60);
	ok(cell(2, 0) == 0x0766 && cell(17, 79) == 0x0775 && cell(18, 0) == 0x6020);
	ok(cell(1, 0) == 0x0762 && cell(21, 0) == 0x0776);
	screen_scroll(0, window, 0, 0x70);
	ok(cell(2, 0) == 0x7020 && cell(20, 79) == 0x7020 && cell(21, 0) == 0x0776);
	window = (struct screen_window){9, 9, 8, 8};
	memset(&told, 0, sizeof(told));
	screen_scroll(0, window, 1, 0);
	ok(!told.updates);
}

static void test_40_columns(void)
{
	begin();
	screen_set_mode(1, true);
	ok(screen_columns() == 40 &&
	   (uint8_t *)screen_page(1) - (uint8_t *)screen_page(0) == 0x800);
	bda()->cursor[0] = 0x0027;
	type_text("xy");
	ok(cell(0, 39) == 0x0778 && cell(1, 0) == 0x0779 && bda()->cursor[0] == 0x0101);
}

static void test_telling(void)
{
	begin();
	screen_set_blink(false);
	ok(told.blinks == 1 && !(bda()->crt_mode & CRT_MODE_BLINK));
	screen_set_mode(MODE_80X25, false); /* which blinks again */
	ok(told.blinks == 2);
	screen_tick();
	screen_leave();
	ok(told.ticks == 1 && told.leaves == 1);
}

static void test_messages(void)
{
	begin();
	type_text("C:\\>");
	screen_print("said\n", 5);
	ok(cell(1, 0) == 0x0773 && bda()->cursor[0] == 0x0200);
	told.drawn = true;
	screen_print("below\n", 6);
	ok(!strcmp(told.below, "below\n") && cell(2, 0) == 0x0720);
	/* a display's BIOS has taken INT 10h over */
	told.drawn = false;
	*(uint32_t *)phys_ptr(0x10 * 4) = 0xc0001234;
	ok(!screen_is_ours());
	screen_print("raw\n", 4);
	screen_tick();
	ok(!strcmp(told.below, "raw\n") && !told.ticks);
	*(uint32_t *)phys_ptr(0x10 * 4) = 0xf000f065;
	ok(screen_is_ours());
}

static void test_charset(void)
{
	for (unsigned c = 0; c < 256; c++) {
		ok(charset_to_unicode(c) >= ' ');
		ok(charset_to_ascii(c) >= ' ' && charset_to_ascii(c) < 0x7f);
		if (c >= ' ' && c < 0x7f)
			ok(charset_to_unicode(c) == c && charset_to_ascii(c) == (char)c);
		if (c >= 0x80 && c < 0xff)
			ok(charset_from_unicode(charset_to_unicode(c)) == (int)c);
	}
	ok(charset_to_unicode(0x82) == 0xe9 && charset_to_unicode(0xdb) == 0x2588);
	ok(charset_to_unicode(0x01) == 0x263a && charset_to_unicode(0x7f) == 0x2302);
	ok(charset_from_unicode(0x20ac) == -1 && charset_from_unicode(0x10ffff) == -1);
}

int main(void)
{
	fake_console_reset();
	test_early_messages();
	test_type();
	test_line_feed();
	test_fill_and_scroll();
	test_40_columns();
	test_telling();
	test_messages();
	test_charset();
	return done();
}
