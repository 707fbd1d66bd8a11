/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * What a terminal shows, and the difference to what the screen at B800:0000
 * shows. There is one way to send anything: the cells that differ from the
 * shadow, a copy of what was sent before. Each terminal has its own.
 *
 * The terminal belongs to the user, and a serial line may be a log file. So as
 * long as the program at the other end prints lines, we send lines: characters,
 * CR, LF, BS. Which of its lines the terminal's cursor is in we do not know then,
 * and only the cursor's own line and those below can change. When something above
 * changes, the screen gets drawn: what the terminal shows is scrolled away, into
 * its scrollback, and from then on the screen's first line is the terminal's.
 * A line feed that scrolls ends that, for a terminal may have more than 25 lines.
 *
 * A device may take no output for a while: a user's Ctrl-S, a busy host. What is
 * sent meanwhile is lost, and nobody knows then what the terminal shows. When the
 * device takes output again the screen is drawn, whatever it was before.
 *
 * Nothing else of the terminal's state is touched, and between bursts of output
 * attributes are plain, since nobody tells us when an operating system takes over.
 *
 * Specification: ECMA-48, 8.3 "Definition of control functions"; what xterm,
 * VT220, the Linux console, tmux and PuTTY all know.
 */
#include "console/terminal.h"

#include <stdint.h>
#include <string.h>

#include "bda.h"
#include "lib/charset.h"
#include "console/screen.h"
#include "lib/memory.h"
#include "lib/util.h"

enum {
	OUTPUT_SIZE = 512,
	TICK_BYTES = 1024, /* to send in one tick */
	NO_LIMIT = 0x7fffffff,
	TALLEST = 60,   /* lines of the terminals whose content scrolls away whole */
	SHORT_MOVE = 4, /* columns that are not worth a control sequence */
	FAR_BELOW = 64, /* a line that is below all of the screen's */
	LAST_ROW = SCREEN_ROWS - 1,
	BACKGROUND = 0xf000, /* the bit that blinks included */
	BLINK = 0x8000,
	BLANK = ATTRIBUTE_PLAIN << 8 | ' ',
	NO_KEY = -1,
	CANCEL = 0x18, /* ends whatever sequence the terminal is in */
};

struct terminal {
	struct screen_viewer viewer;
	struct console *console;
	const struct terminal_output *output;
	int row;        /* the cursor's place, as a place of the screen */
	uint8_t column; /* 80: behind the last one, where terminals differ */
	uint8_t attribute;
	bool drawn; /* the first line is the terminal's first line */
	bool ours;  /* nothing of the user's is shown any more */
	bool cursor_hidden;
	bool ascii;
	bool lost;            /* bytes were dropped: what is shown is not known */
	uint16_t last_cursor; /* the program's, at the last tick */
	int budget;           /* bytes that may still be sent */
	/* The character that can be sent as it is, because it continues what was sent last:
	 * its attribute and place as typed_key() has them, and its place in the shadow. */
	uint32_t next_key;
	uint16_t *next_cell;
	unsigned length; /* of what waits in the buffer */
	char buffer[OUTPUT_SIZE];
	unsigned first; /* where in the shadow the first row is, which scrolls by moving */
	uint16_t shadow[SCREEN_ROWS][SCREEN_COLUMNS];
};

static bool charset_chosen, ascii_chosen;

void terminal_set_ascii(bool ascii)
{
	charset_chosen = true;
	ascii_chosen = ascii;
}

static struct terminal *terminal_of(struct screen_viewer *viewer)
{
	return container_of(viewer, struct terminal, viewer);
}

static uint16_t *shadow_row(struct terminal *t, unsigned row)
{
	row += t->first;
	return t->shadow[row < SCREEN_ROWS ? row : row - SCREEN_ROWS];
}

static void clear_shadow(struct terminal *t)
{
	memset16(t->shadow, BLANK, SCREEN_ROWS * SCREEN_COLUMNS);
}

/* --- bytes ----------------------------------------------------------------- */

static void send_buffer(struct terminal *t)
{
	if (t->length && !t->lost)
		t->lost = !t->output->write(t->console, t->buffer, t->length);
	t->length = 0;
}

/* A place as the BIOS data area has cursors. */
static uint32_t typed_key(uint8_t attribute, unsigned cursor)
{
	return attribute << 16 | cursor;
}

/* The end of each burst: everything is on its way, and what comes may continue it. */
static void flush(struct terminal *t)
{
	send_buffer(t);
	t->next_key = NO_KEY;
	if (t->lost || t->row < 0 || t->row > LAST_ROW)
		return;
	t->next_key = typed_key(t->attribute, t->row << 8 | t->column);
	t->next_cell = shadow_row(t, t->row) + t->column;
}

static void emit(struct terminal *t, char c)
{
	if (t->length == OUTPUT_SIZE)
		send_buffer(t);
	t->buffer[t->length++] = c;
	t->budget--;
}

static void emit_string(struct terminal *t, const char *s)
{
	while (*s)
		emit(t, *s++);
}

/* At most 99. */
static void emit_number(struct terminal *t, unsigned n)
{
	if (n >= 10)
		emit(t, '0' + n / 10);
	emit(t, '0' + n % 10);
}

static void emit_character(struct terminal *t, uint8_t c)
{
	uint16_t u = charset_to_unicode(c);

	if (u >= 0x80 && t->ascii)
		u = charset_to_ascii(c);
	if (u < 0x80) {
		emit(t, u);
	} else if (u < 0x800) {
		emit(t, 0xc0 | u >> 6);
		emit(t, 0x80 | (u & 0x3f));
	} else {
		emit(t, 0xe0 | u >> 12);
		emit(t, 0x80 | (u >> 6 & 0x3f));
		emit(t, 0x80 | (u & 0x3f));
	}
}

/* --- cells ----------------------------------------------------------------- */

/* What the terminal should show at a place. */
static uint16_t wanted(unsigned row, unsigned column)
{
	unsigned columns = screen_columns();

	return column < columns ? screen_visible()[row * columns + column] : BLANK;
}

static bool is_blank(uint16_t cell)
{
	uint8_t c = cell;

	return !c || c == ' ' || c == 0xff;
}

/* Of a blank, only the background is seen. */
static bool look_alike(uint16_t a, uint16_t b)
{
	return a == b || (is_blank(a) && is_blank(b) && !((a ^ b) & BACKGROUND));
}

static void set_attribute(struct terminal *t, uint8_t attribute)
{
	static const char ansi[8] = "04261537"; /* the PC's order is blue, green, red */
	bool blinks = bda()->crt_mode & CRT_MODE_BLINK && attribute & 0x80;
	bool bright = attribute & 0x80 && !blinks;

	if (attribute == t->attribute)
		return;
	t->attribute = attribute;
	emit_string(t, "\e[0");
	if (attribute != ATTRIBUTE_PLAIN) {
		emit_string(t, attribute & 0x08 ? ";1;3" : ";3");
		emit(t, ansi[attribute & 7]);
		if (blinks)
			emit_string(t, ";5");
		/* The terminal's own background is what its user likes for black,
		 * unless the text would be as black. */
		if (attribute & 0x70 || !(attribute & 0x0f) || bright) {
			emit_string(t, bright ? ";10" : ";4");
			emit(t, ansi[attribute >> 4 & 7]);
		}
	}
	emit(t, 'm');
}

static void put_cell(struct terminal *t, unsigned row, unsigned column, uint16_t cell)
{
	uint8_t attribute = cell >> 8;

	if (!is_blank(cell) || (attribute ^ t->attribute) & (BACKGROUND >> 8))
		set_attribute(t, attribute);
	emit_character(t, cell);
	shadow_row(t, row)[column] = cell;
	t->column++;
}

/* --- the cursor ------------------------------------------------------------ */

static bool is_at(const struct terminal *t, int row, int column)
{
	return row == t->row && column == t->column;
}

static bool reachable(const struct terminal *t, int row)
{
	return t->drawn || row >= t->row;
}

/* Goes to the right by sending again what is there, if that is short and in the
 * attribute of the moment. */
static bool resend_until(struct terminal *t, int column)
{
	unsigned row = t->row;
	const uint16_t *shadow = shadow_row(t, row);

	if (column - t->column > (t->drawn ? SHORT_MOVE : SCREEN_COLUMNS))
		return false;
	for (int i = t->column; i < column; i++)
		if (shadow[i] >> 8 != t->attribute)
			return false;
	while (t->column < column)
		put_cell(t, row, t->column, shadow[t->column]);
	return true;
}

static void move_in_row(struct terminal *t, int column)
{
	int left = t->column - column;

	if (!left)
		return;
	if (!column) {
		emit(t, '\r');
	} else if (left > 0 && left <= SHORT_MOVE && t->column < SCREEN_COLUMNS) {
		for (; left; left--)
			emit(t, '\b');
	} else if (left > 0 || !resend_until(t, column)) {
		emit_string(t, "\e[");
		emit_number(t, column + 1);
		emit(t, 'G');
	}
	t->column = column;
}

/* To a place that is reachable(). In a drawn screen the last line is never gone
 * to by a line feed, which would scroll a terminal of only 24 lines. */
static void move_to(struct terminal *t, int row, int column)
{
	int down = row - t->row;

	if (down > 0 && (!t->drawn || (down == 1 && !column && row < LAST_ROW))) {
		if (t->column != column) {
			emit(t, '\r');
			t->column = 0;
		}
		for (; down; down--)
			emit(t, '\n');
		t->row = row;
	}
	if (row == t->row) {
		move_in_row(t, column);
		return;
	}
	emit_string(t, "\e[");
	emit_number(t, row + 1);
	emit(t, ';');
	emit_number(t, column + 1);
	emit(t, 'H');
	t->row = row;
	t->column = column;
}

/* Clears the terminal to draw the screen, keeping what the user had on it. */
static void begin_drawing(struct terminal *t)
{
	if (!t->ours)
		for (unsigned i = 0; i < TALLEST; i++)
			emit(t, '\n');
	emit_string(t, "\e[0m\e[H\e[J");
	t->attribute = ATTRIBUTE_PLAIN;
	t->row = t->column = 0;
	t->drawn = t->ours = true;
	clear_shadow(t);
}

static void show_cursor(struct terminal *t, bool show)
{
	if (show != t->cursor_hidden)
		return;
	emit_string(t, show ? "\e[?25h" : "\e[?25l");
	t->cursor_hidden = !show;
}

/* --- differences ----------------------------------------------------------- */

/* The first column from which on a row is nothing but plain blanks. */
static unsigned end_of_text(unsigned row)
{
	unsigned column = SCREEN_COLUMNS;

	while (column && look_alike(wanted(row, column - 1), BLANK))
		column--;
	return column;
}

static void erase_to_end(struct terminal *t, unsigned row, unsigned column)
{
	uint16_t *shadow = shadow_row(t, row);

	move_to(t, row, column);
	set_attribute(t, ATTRIBUTE_PLAIN);
	emit_string(t, "\e[K");
	for (; column < SCREEN_COLUMNS; column++)
		shadow[column] = wanted(row, column);
}

static void update_row(struct terminal *t, unsigned row, unsigned from, unsigned to)
{
	uint16_t *shadow = shadow_row(t, row);
	unsigned end = SCREEN_COLUMNS;

	if (to - from >= SHORT_MOVE)
		end = end_of_text(row);
	for (unsigned column = from; column <= to; column++) {
		uint16_t cell = wanted(row, column);

		if (look_alike(cell, shadow[column])) {
			shadow[column] = cell;
			continue;
		}
		if (column >= end && to == SCREEN_COLUMNS - 1) {
			erase_to_end(t, row, column);
			return;
		}
		move_to(t, row, column);
		put_cell(t, row, column, cell);
	}
}

static bool row_differs(struct terminal *t, unsigned row)
{
	const uint16_t *shown = screen_visible() + row * SCREEN_COLUMNS;

	if (screen_columns() != SCREEN_COLUMNS)
		return true;
	return memcmp(shadow_row(t, row), shown, SCREEN_COLUMNS * sizeof(*shown)) != 0;
}

/* True if a change in the row can be seen and is out of reach. */
static bool needs_drawing(struct terminal *t, unsigned row, unsigned from, unsigned to)
{
	uint16_t *shadow = shadow_row(t, row);

	if (reachable(t, row))
		return false;
	for (unsigned column = from; column <= to; column++) {
		uint16_t cell = wanted(row, column);

		if (!look_alike(cell, shadow[column]))
			return true;
		shadow[column] = cell;
	}
	return false;
}

static void update_rows(struct terminal *t, unsigned first)
{
	for (unsigned row = first; row < SCREEN_ROWS && t->budget > 0; row++) {
		if (!row_differs(t, row))
			continue;
		if (needs_drawing(t, row, 0, SCREEN_COLUMNS - 1)) {
			begin_drawing(t);
			row = 0;
		}
		if (reachable(t, row))
			update_row(t, row, 0, SCREEN_COLUMNS - 1);
	}
}

/* --- what the screen tells --------------------------------------------------- */

static void terminal_update(struct screen_viewer *viewer, unsigned row, unsigned from, unsigned to)
{
	struct terminal *t = terminal_of(viewer);

	if (t->lost)
		return;
	t->budget = NO_LIMIT;
	if (needs_drawing(t, row, from, to)) {
		begin_drawing(t);
		/* This row last, that what comes next can follow it directly. */
		for (unsigned other = 0; other < SCREEN_ROWS; other++)
			if (other != row)
				update_row(t, other, 0, SCREEN_COLUMNS - 1);
		update_row(t, row, 0, SCREEN_COLUMNS - 1);
	} else if (reachable(t, row)) {
		update_row(t, row, from, to);
	}
	flush(t);
}

static void terminal_update_from(struct screen_viewer *viewer, unsigned row)
{
	struct terminal *t = terminal_of(viewer);

	if (t->lost)
		return;
	t->budget = NO_LIMIT;
	update_rows(t, row);
	flush(t);
}

static void terminal_line_feed(struct screen_viewer *viewer)
{
	struct terminal *t = terminal_of(viewer);

	if (t->lost)
		return;
	if (t->drawn) {
		move_to(t, LAST_ROW, 0);
		show_cursor(t, true);
		t->drawn = false;
	}
	set_attribute(t, ATTRIBUTE_PLAIN); /* some terminals fill new lines with it */
	t->row--;
	memset16(shadow_row(t, 0), BLANK, SCREEN_COLUMNS); /* which becomes the last row */
	t->first = (t->first + 1) % SCREEN_ROWS;
	flush(t);
}

static void terminal_follow_cursor(struct screen_viewer *viewer)
{
	struct terminal *t = terminal_of(viewer);
	unsigned row, column;

	if (t->lost)
		return;
	if (screen_cursor(&row, &column) && !is_at(t, row, column) && reachable(t, row))
		move_to(t, row, column);
	flush(t);
}

static void __attribute__((noinline)) typed_elsewhere(struct terminal *t, unsigned cursor)
{
	terminal_update(&t->viewer, cursor >> 8, cursor & 0xff, cursor & 0xff);
	terminal_follow_cursor(&t->viewer);
}

static void terminal_typed(struct screen_viewer *viewer, unsigned cursor, unsigned cell)
{
	struct terminal *t = terminal_of(viewer);
	char c = cell;

	if (typed_key(cell >> 8, cursor) != t->next_key || c < ' ' || c > '~') {
		typed_elsewhere(t, cursor);
		return;
	}
	*t->next_cell++ = cell;
	t->next_key++;
	t->column++;
	if (t->output->write(t->console, &c, 1))
		return;
	t->lost = true;
	t->next_key = NO_KEY;
}

static void settle(struct terminal *t)
{
	unsigned row, column;
	bool seen = screen_cursor(&row, &column);

	if (seen && reachable(t, row))
		move_to(t, row, column);
	if (t->drawn)
		show_cursor(t, seen && !(bda()->cursor_shape & CURSOR_HIDDEN));
}

/* True if what the terminal shows is known. If bytes were lost, all of it is drawn anew,
 * from now on, when the device takes some again. */
static bool recover(struct terminal *t)
{
	if (!t->lost)
		return true;
	if (!t->output->ready(t->console))
		return false;
	t->lost = false;
	t->length = 0;
	emit(t, CANCEL);
	begin_drawing(t);
	t->cursor_hidden = true; /* perhaps */
	show_cursor(t, true);
	return true;
}

static void terminal_tick(struct screen_viewer *viewer)
{
	struct terminal *t = terminal_of(viewer);
	uint16_t cursor = bda()->cursor[bda()->video_page % SCREEN_PAGES];

	t->budget = TICK_BYTES;
	if (!recover(t))
		return;
	update_rows(t, 0);
	set_attribute(t, ATTRIBUTE_PLAIN);
	/* A cursor that moves does so because the program draws. */
	if (cursor == t->last_cursor)
		settle(t);
	t->last_cursor = cursor;
	flush(t);
}

static void terminal_bell(struct screen_viewer *viewer)
{
	struct terminal *t = terminal_of(viewer);

	emit(t, '\a');
	flush(t);
}

static void terminal_blink_changed(struct screen_viewer *viewer)
{
	struct terminal *t = terminal_of(viewer);

	set_attribute(t, ATTRIBUTE_PLAIN);
	for (unsigned row = 0; row < SCREEN_ROWS; row++) {
		uint16_t *shadow = shadow_row(t, row);

		for (unsigned column = 0; column < SCREEN_COLUMNS; column++)
			if (shadow[column] & BLINK) /* then it is like nothing that is wanted */
				shadow[column] = wanted(row, column) ^ BLINK;
	}
	terminal_update_from(viewer, 0);
}

static bool terminal_is_drawn(const struct screen_viewer *viewer)
{
	const struct terminal *t = container_of(viewer, struct terminal, viewer);

	return !t->lost && (t->drawn || t->row > LAST_ROW);
}

/* The screen is drawn anew when it next changes. */
static void terminal_print_below(struct screen_viewer *viewer, const char *s, size_t length)
{
	struct terminal *t = terminal_of(viewer);

	if (t->drawn) {
		set_attribute(t, ATTRIBUTE_PLAIN);
		move_to(t, LAST_ROW, 0);
		show_cursor(t, true);
		emit(t, '\n');
	}
	for (; length; length--, s++) {
		if (*s == '\n')
			emit(t, '\r');
		emit(t, *s);
	}
	flush(t);
	t->drawn = t->ours = false;
	t->row = FAR_BELOW;
	t->column = SCREEN_COLUMNS;
}

static bool text_below(unsigned row)
{
	while (++row < SCREEN_ROWS)
		if (end_of_text(row))
			return true;
	return false;
}

static void terminal_leave(struct screen_viewer *viewer)
{
	struct terminal *t = terminal_of(viewer);

	t->budget = NO_LIMIT;
	if (t->lost && recover(t))
		update_rows(t, 0);
	set_attribute(t, ATTRIBUTE_PLAIN);
	settle(t);
	show_cursor(t, true);
	flush(t);
	/* A menu may have left the cursor anywhere. */
	if (t->drawn && text_below(t->row))
		terminal_print_below(viewer, "", 0);
}

static const struct screen_viewer_ops terminal_ops = {
	.typed = terminal_typed,
	.update = terminal_update,
	.update_from = terminal_update_from,
	.line_feed = terminal_line_feed,
	.follow_cursor = terminal_follow_cursor,
	.bell = terminal_bell,
	.blink_changed = terminal_blink_changed,
	.tick = terminal_tick,
	.leave = terminal_leave,
	.is_drawn = terminal_is_drawn,
	.print_below = terminal_print_below,
};

/* No device reads a terminal's memory. Where POST ends before it knows what RAM there is,
 * low memory has room for one. */
static struct terminal *allocate(void)
{
	struct terminal *t = memory_alloc_raw(sizeof(*t), sizeof(uint32_t));

	return t ? t : memory_alloc_low(sizeof(*t), sizeof(uint32_t));
}

void terminal_add(struct console *console, const struct terminal_output *output)
{
	struct terminal *t = allocate();
	unsigned last, column;

	if (!t)
		return;
	memset(t, 0, offsetof(struct terminal, shadow));
	t->viewer.ops = &terminal_ops;
	t->console = console;
	t->output = output;
	t->attribute = ATTRIBUTE_PLAIN;
	t->ascii = charset_chosen ? ascii_chosen : CONFIG_CONSOLE_ASCII;
	clear_shadow(t);
	screen_add_viewer(&t->viewer);
	if (!screen_is_ours() || !screen_cursor(&last, &column))
		return;
	/* What there is are lines down to the cursor: the rest need not be looked at. */
	t->budget = NO_LIMIT;
	for (unsigned row = 0; row <= last; row++)
		if (row_differs(t, row))
			update_row(t, row, 0, SCREEN_COLUMNS - 1);
	terminal_follow_cursor(&t->viewer);
}
