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
	unsigned typed, updates, line_feeds, follows, bells, blinks, ticks, leaves;
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

static void follow_cursor(struct screen_viewer *viewer)
{
	(void)viewer;
	told.follows++;
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
	.follow_cursor = follow_cursor,
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

/* Code page 437 as Unicode's own table has it (CP437.TXT), 80h to FFh; that of FFh
 * is a blank that a terminal need not know. */
static void test_code_page(void)
{
	static const uint16_t table[128] = {
		0x00c7, 0x00fc, 0x00e9, 0x00e2, 0x00e4, 0x00e0, 0x00e5, 0x00e7, 0x00ea, 0x00eb,
		0x00e8, 0x00ef, 0x00ee, 0x00ec, 0x00c4, 0x00c5, 0x00c9, 0x00e6, 0x00c6, 0x00f4,
		0x00f6, 0x00f2, 0x00fb, 0x00f9, 0x00ff, 0x00d6, 0x00dc, 0x00a2, 0x00a3, 0x00a5,
		0x20a7, 0x0192, 0x00e1, 0x00ed, 0x00f3, 0x00fa, 0x00f1, 0x00d1, 0x00aa, 0x00ba,
		0x00bf, 0x2310, 0x00ac, 0x00bd, 0x00bc, 0x00a1, 0x00ab, 0x00bb, 0x2591, 0x2592,
		0x2593, 0x2502, 0x2524, 0x2561, 0x2562, 0x2556, 0x2555, 0x2563, 0x2551, 0x2557,
		0x255d, 0x255c, 0x255b, 0x2510, 0x2514, 0x2534, 0x252c, 0x251c, 0x2500, 0x253c,
		0x255e, 0x255f, 0x255a, 0x2554, 0x2569, 0x2566, 0x2560, 0x2550, 0x256c, 0x2567,
		0x2568, 0x2564, 0x2565, 0x2559, 0x2558, 0x2552, 0x2553, 0x256b, 0x256a, 0x2518,
		0x250c, 0x2588, 0x2584, 0x258c, 0x2590, 0x2580, 0x03b1, 0x00df, 0x0393, 0x03c0,
		0x03a3, 0x03c3, 0x00b5, 0x03c4, 0x03a6, 0x0398, 0x03a9, 0x03b4, 0x221e, 0x03c6,
		0x03b5, 0x2229, 0x2261, 0x00b1, 0x2265, 0x2264, 0x2320, 0x2321, 0x00f7, 0x2248,
		0x00b0, 0x2219, 0x00b7, 0x221a, 0x207f, 0x00b2, 0x25a0, 0x00a0,
	};

	for (unsigned i = 0; i < 127; i++) {
		ok(charset_to_unicode(0x80 + i) == table[i]);
		ok(charset_from_unicode(table[i]) == (int)(0x80 + i));
	}
}

/* What a program finds in the BIOS data area after a mode was set. */
static void test_mode_state(void)
{
	static const uint8_t crt_modes[] = {0x2c, 0x28, 0x2d, 0x29};
	struct bda *b = bda();

	for (unsigned mode = 0; mode < 4; mode++) {
		memset(&b->video_mode, 0xee, 29);
		b->reset_vector = 0x12345678;
		screen_page(0)[5] = 0x4142;
		screen_set_mode(mode, mode & 1);
		ok(b->video_mode == mode && b->video_columns == (mode < 2 ? 40 : 80));
		ok(b->video_page_size == (mode < 2 ? 0x800 : 0x1000) && !b->video_page_start);
		ok(!b->cursor[0] && !b->cursor[7] && b->cursor_shape == 0x0607 && !b->video_page);
		ok(b->crtc_port == 0x3d4 && b->crt_mode == crt_modes[mode] &&
		   b->crt_palette == 0x30);
		ok(b->video_rows == 24 && b->char_height == 16 && b->reset_vector == 0x12345678);
		ok(b->video_control[0] == (mode & 1 ? 0x60 : 0xe0) && b->video_control[1] == 0xf9 &&
		   b->video_control[2] == 0x11 && b->video_control[3] == 0x0b);
		ok(screen_page(0)[5] == (mode & 1 ? 0x0720 : 0x4142));
	}
	screen_page(7)[1999] = 0x4142; /* all pages are cleared */
	begin();
	ok(screen_page(7)[1999] == 0x0720 && screen_page(7) == screen_page(0) + 7 * 0x800);
	ok(screen_page(8) == screen_page(0));
	screen_set_mode(MODE_80X25, true);
	ok(told.updates == 1 && !told.row && !told.blinks);
}

/* Viewers hear of the page that is shown and of no other. */
static void test_visible_page(void)
{
	const struct screen_window all = {0, 0, 24, 79};
	unsigned row, column;

	begin();
	screen_show_page(3);
	ok(told.updates == 1 && told.row == 0 && bda()->video_page == 3 &&
	   bda()->video_page_start == 0x3000 && screen_visible() == screen_page(3));
	memset(&told, 0, sizeof(told));
	screen_scroll(0, all, 1, 7);
	screen_fill(0, 1, 1, 1, 'x', 7);
	screen_type(0, '\r', KEEP_ATTRIBUTE);
	screen_type(0, 'y', KEEP_ATTRIBUTE);
	bda()->cursor[0] = 0x1800;
	screen_type(0, '\n', KEEP_ATTRIBUTE);
	ok(!told.updates && !told.typed && !told.line_feeds && !told.follows);
	screen_scroll(3, all, 1, 7);
	ok(told.updates == 1 && told.row == 0);
	screen_fill(3, 2, 5, 3, 'x', 7);
	ok(told.updates == 2 && told.row == 2 && told.from == 5 && told.to == 7);
	screen_type(3, 'y', KEEP_ATTRIBUTE);
	ok(told.typed == 1 && told.cursor == 0);
	screen_type(3, '\r', KEEP_ATTRIBUTE);
	ok(told.follows == 1);
	bda()->cursor[3] = 0x1803;
	screen_type(3, '\n', KEEP_ATTRIBUTE);
	ok(told.line_feeds == 1 && told.row == 24 && told.follows == 2);
	bda()->cursor[3] = 0x0a14;
	ok(screen_cursor(&row, &column) && row == 10 && column == 20);
	bda()->cursor[3] = 0x1850;
	ok(!screen_cursor(&row, &column));
	bda()->cursor[3] = 0x1900;
	ok(!screen_cursor(&row, &column));
	bda()->cursor[3] = 0x184f;
	ok(screen_cursor(&row, &column));
	bda()->video_page_start = 0xffff; /* by a program: within the memory all the same */
	ok((const uint8_t *)screen_visible() == (uint8_t *)screen_page(0) + 0x8000 - 4000);
	bda()->video_page_start = 0x0a01;
	ok((const uint8_t *)screen_visible() == (uint8_t *)screen_page(0) + 0xa00);
}

/* The short way of a character ends where the long one must be taken. */
static void test_ends_of_rows(void)
{
	begin();
	bda()->cursor[0] = 0x034e;
	screen_type(0, 'a', 0x1e);
	ok(told.typed == 1 && bda()->cursor[0] == 0x034f);
	screen_type(0, 'b', KEEP_ATTRIBUTE);
	ok(told.typed == 1 && told.updates == 1 && bda()->cursor[0] == 0x0400);
	ok(cell(3, 78) == 0x1e61 && cell(3, 79) == 0x0762);
	bda()->cursor[0] = 0x184f; /* the last place of all */
	screen_fill(0, 24, 79, 1, ' ', 0x5f);
	screen_fill(0, 24, 0, 1, ' ', 0x3f); /* where the cursor will be */
	screen_type(0, 'c', KEEP_ATTRIBUTE);
	ok(told.line_feeds == 1 && bda()->cursor[0] == 0x1800 && cell(23, 79) == 0x5f63);
	ok(cell(24, 79) == 0x3f20 && cell(24, 0) == 0x3f20);
	bda()->cursor[0] = 0x0500; /* nothing to the left of that */
	screen_type(0, '\b', KEEP_ATTRIBUTE);
	ok(bda()->cursor[0] == 0x0500);
	bda()->cursor[0] = 0x0505;
	screen_type(0, '\b', KEEP_ATTRIBUTE);
	ok(bda()->cursor[0] == 0x0504);
	screen_type(0, '\a', KEEP_ATTRIBUTE);
	ok(told.bells == 1 && bda()->cursor[0] == 0x0504);
	bda()->cursor[0] = 0x1805; /* a line feed in a colour of its own */
	screen_type(0, '\n', 0x6e);
	ok(cell(24, 0) == 0x6e20);
}

/* Windows that reach beyond the screen are cut; more lines than there are clear it. */
static void test_windows(void)
{
	begin();
	for (unsigned row = 0; row < SCREEN_ROWS; row++)
		screen_fill(0, row, 0, 80, 'a' + row, 0x07);
	screen_scroll(0, (struct screen_window){22, 78, 200, 200}, 1, 0x20);
	ok(cell(22, 78) == 0x0778 && cell(23, 79) == 0x0779 && cell(24, 78) == 0x2020);
	ok(cell(22, 77) == 0x0777);
	screen_scroll(0, (struct screen_window){3, 5, 5, 6}, 3, 0x21);
	ok(cell(3, 5) == 0x2120 && cell(5, 6) == 0x2120 && cell(6, 5) == 0x0767);
	screen_scroll(0, (struct screen_window){8, 5, 10, 6}, 4, 0x22);
	ok(cell(8, 5) == 0x2220 && cell(10, 6) == 0x2220 && cell(11, 5) == 0x076c);
	screen_scroll(0, (struct screen_window){12, 0, 14, 79}, 3, 0x23);
	ok(cell(12, 0) == 0x2320 && cell(14, 79) == 0x2320 && cell(15, 0) == 0x0770);
	screen_scroll(0, (struct screen_window){15, 0, 18, 79}, -1, 0x24);
	ok(cell(15, 0) == 0x2420 && cell(16, 0) == 0x0770 && cell(18, 79) == 0x0772 &&
	   cell(19, 0) == 0x0774);
	screen_scroll(0, (struct screen_window){20, 7, 20, 7}, 1, 0x25);
	ok(cell(20, 7) == 0x2520 && cell(20, 6) == 0x0775 && cell(20, 8) == 0x0775);
	memset(&told, 0, sizeof(told));
	screen_scroll(0, (struct screen_window){5, 9, 5, 8}, 1, 0);
	screen_scroll(0, (struct screen_window){25, 0, 26, 8}, 1, 0);
	screen_fill(0, 25, 0, 1, 'x', 7);
	screen_fill(0, 3, 0, 0, 'x', 7);
	ok(!told.updates);
	screen_fill(0, 24, 79, 5, 'x', 7);
	ok(told.updates == 1 && told.from == 79 && told.to == 79);
}

/* Messages begin in a line of their own, and go on in it. */
static void test_lines_of_messages(void)
{
	begin();
	screen_print("one ", 4);
	screen_print("two\n", 4);
	ok(cell(0, 0) == 0x076f && cell(0, 4) == 0x0774 && bda()->cursor[0] == 0x0100);
	screen_print("x", 1);
	type_text("y");
	screen_print("z\n", 2);
	ok(cell(1, 0) == 0x0778 && cell(1, 2) == 0x077a && bda()->cursor[0] == 0x0200);
	/* vectors of displays' BIOSes, and the places next to theirs */
	for (unsigned i = 0; i < 4; i++) {
		static const uint16_t segments[] = {0xbfff, 0xc000, 0xdfff, 0xe000};

		*(uint32_t *)phys_ptr(0x10 * 4) = (uint32_t)segments[i] << 16;
		ok(screen_is_ours() == (i == 0 || i == 3));
		told.leaves = 0;
		screen_leave();
		ok(told.leaves == (i == 0 || i == 3));
	}
	*(uint32_t *)phys_ptr(0x10 * 4) = 0xf000f065;
}

static char display_text[64];

static void display_type(uint8_t c)
{
	strncat(display_text, (const char[]){c, 0}, 1);
}

/* As a VGA's BIOS has typed it. */
static void was_typed(uint16_t before, uint8_t c, uint16_t after)
{
	bda()->cursor[0] = after;
	screen_was_typed(before, c);
}

/* The last test: from here on the screen is a display's. */
static void test_display(void)
{
	ok(screen_is_viewed());
	begin();
	screen_use_teletype(display_type);
	ok(!strcmp(display_text, "too little\r\n")); /* again, from the beginning */
	bda()->cursor[0] = 0x0304;
	screen_print("said\n", 5);
	ok(!strcmp(display_text, "too little\r\n\r\nsaid\r\n") && !told.typed);
	bda()->cursor[0] = 0;
	memset(&told, 0, sizeof(told));
	screen_page(0)[0] = 0x1241;
	was_typed(0x0000, 'A', 0x0001);
	ok(told.typed == 1 && told.cursor == 0 && told.cell == 0x1241);
	was_typed(0x0001, '\a', 0x0001);
	was_typed(0x0001, '\r', 0x0000);
	ok(told.bells == 1 && told.follows == 1 && !told.updates && told.typed == 1);
	was_typed(0x004f, 'x', 0x0100);
	ok(told.updates == 1 && told.row == 0 && told.from == 79 && told.follows == 2);
	was_typed(0x0100, '\n', 0x0200);
	ok(told.updates == 1 && !told.line_feeds && told.follows == 3);
	was_typed(0x1800, '\n', 0x1800);
	ok(told.line_feeds == 1 && told.row == 24 && told.updates == 2);
	was_typed(0x184f, 'x', 0x1800); /* the end of the last row, which is above now */
	ok(told.line_feeds == 2 && told.row == 23 && told.updates == 3);
	screen_was_filled(0x0510, 3);
	ok(told.row == 5 && told.from == 16 && told.to == 18);
	screen_was_filled(0x0540, 17);
	ok(told.row == 5 && told.from == 0);
	screen_was_drawn();
	ok(told.updates == 6 && told.row == 0);
	for (unsigned i = 0; i < 8; i++)
		screen_tick();
	ok(told.ticks == 2);
	/* Graphics, and more lines than 25: consoles get messages below what they show. */
	told.updates = 0;
	for (unsigned i = 0; i < 2; i++) {
		bda()->video_mode = i ? MODE_80X25 : 0x12;
		bda()->video_rows = i ? 49 : 24;
		display_text[0] = '\0';
		ok(!screen_is_ours());
		screen_print(i ? "two\n" : "one\n", 4);
		ok(strstr(display_text, i ? "two\r\n" : "one\r\n"));
		ok(!strcmp(told.below, i ? "two\n" : "one\n"));
		was_typed(0, 'A', 1);
		screen_was_filled(0, 1);
		screen_was_drawn();
		ok(!told.updates && told.typed == 1);
	}
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
	test_code_page();
	test_mode_state();
	test_visible_page();
	test_ends_of_rows();
	test_windows();
	test_lines_of_messages();
	test_display();
	return done();
}
