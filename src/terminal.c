/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * What the terminal shows, and the difference to what the screen at B800:0000
 * shows. There is one way to send anything: the cells that differ from the
 * shadow, a copy of what was sent before.
 *
 * The terminal belongs to the user, and a serial line may be a log file. So as
 * long as the program at the other end prints lines, we send lines: characters,
 * CR, LF, BS. Which of its lines the terminal's cursor is in we do not know then,
 * and only the cursor's own line and those below can change. When something above
 * changes, the screen gets drawn: what the terminal shows is scrolled away, into
 * its scrollback, and from then on the screen's first line is the terminal's.
 * A line feed that scrolls ends that, for a terminal may have more than 25 lines.
 *
 * Nothing else of the terminal's state is touched, and between bursts of output
 * attributes are plain, since nobody tells us when an operating system takes over.
 *
 * Specification: ECMA-48, 8.3 "Definition of control functions"; what xterm,
 * VT220, the Linux console, tmux and PuTTY all know.
 */
#include "terminal.h"

#include <string.h>

#include "bda.h"
#include "charset.h"
#include "console.h"
#include "fw/fw_cfg.h"
#include "screen.h"

enum {
	OUTPUT_SIZE = 64,
	TICK_BYTES = 1024, /* to send in one tick */
	NO_LIMIT = 0x7fffffff,
	TALLEST = 60,   /* lines of the terminals whose content scrolls away whole */
	SHORT_MOVE = 4, /* columns that are not worth a control sequence */
	FAR_BELOW = 64, /* a line that is below all of the screen's */
	LAST_ROW = SCREEN_ROWS - 1,
	BACKGROUND = 0xf000, /* the bit that blinks included */
	BLANK = ATTRIBUTE_PLAIN << 8 | ' ',
};

static struct {
	int row;        /* the cursor's place, as a place of the screen */
	uint8_t column; /* 80: behind the last one, where terminals differ */
	uint8_t attribute;
	bool drawn; /* the first line is the terminal's first line */
	bool ours;  /* nothing of the user's is shown any more */
	bool cursor_hidden;
	bool ascii;
	uint16_t last_cursor; /* the program's, at the last tick */
	int budget;           /* bytes that may still be sent */
	uint8_t length;       /* of output */
} terminal;

static char __attribute__((section(".noinit"))) output[OUTPUT_SIZE];
static uint16_t __attribute__((section(".noinit"))) shadow[SCREEN_ROWS][SCREEN_COLUMNS];

static uint16_t *first_shadow(void)
{
	return (uint16_t *)shadow;
}

static uint16_t *end_of_shadow(void)
{
	return (uint16_t *)(shadow + SCREEN_ROWS);
}

static void fill_shadow(void)
{
	memset16(first_shadow(), BLANK, end_of_shadow() - first_shadow());
}

void terminal_init(void)
{
	memset(&terminal, 0, sizeof(terminal));
	terminal.attribute = ATTRIBUTE_PLAIN;
	terminal.ascii = CONFIG_CONSOLE_ASCII;
	fill_shadow();
}

void terminal_configure(void)
{
	const char *charset = fw_cfg_load("opt/org.petrel/charset", NULL);

	if (charset)
		terminal.ascii = !strcmp(charset, "ascii");
}

/* --- bytes ----------------------------------------------------------------- */

static void flush(void)
{
	if (!terminal.length)
		return;
	console_send(output, terminal.length);
	terminal.length = 0;
}

static void emit(char c)
{
	if (terminal.length == OUTPUT_SIZE)
		flush();
	output[terminal.length++] = c;
	terminal.budget--;
}

static void emit_string(const char *s)
{
	while (*s)
		emit(*s++);
}

/* At most 99. */
static void emit_number(unsigned n)
{
	if (n >= 10)
		emit('0' + n / 10);
	emit('0' + n % 10);
}

static void emit_character(uint8_t c)
{
	uint16_t u = charset_to_unicode(c);

	if (u >= 0x80 && terminal.ascii)
		u = charset_to_ascii(c);
	if (u < 0x80) {
		emit(u);
	} else if (u < 0x800) {
		emit(0xc0 | u >> 6);
		emit(0x80 | (u & 0x3f));
	} else {
		emit(0xe0 | u >> 12);
		emit(0x80 | (u >> 6 & 0x3f));
		emit(0x80 | (u & 0x3f));
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

static void set_attribute(uint8_t attribute)
{
	static const char ansi[8] = "04261537"; /* the PC's order is blue, green, red */
	bool blinks = bda()->crt_mode & CRT_MODE_BLINK && attribute & 0x80;
	bool bright = attribute & 0x80 && !blinks;

	if (attribute == terminal.attribute)
		return;
	terminal.attribute = attribute;
	emit_string("\e[0");
	if (attribute != ATTRIBUTE_PLAIN) {
		emit_string(attribute & 0x08 ? ";1;3" : ";3");
		emit(ansi[attribute & 7]);
		if (blinks)
			emit_string(";5");
		/* The terminal's own background is what its user likes for black,
		 * unless the text would be as black. */
		if (attribute & 0x70 || !(attribute & 0x0f) || bright) {
			emit_string(bright ? ";10" : ";4");
			emit(ansi[attribute >> 4 & 7]);
		}
	}
	emit('m');
}

static void put_cell(unsigned row, unsigned column, uint16_t cell)
{
	uint8_t attribute = cell >> 8;

	if (!is_blank(cell) || (attribute ^ terminal.attribute) & (BACKGROUND >> 8))
		set_attribute(attribute);
	emit_character(cell);
	shadow[row][column] = cell;
	terminal.column++;
}

/* --- the cursor ------------------------------------------------------------ */

static bool is_at(int row, int column)
{
	return row == terminal.row && column == terminal.column;
}

static bool reachable(int row)
{
	return terminal.drawn || row >= terminal.row;
}

/* Goes to the right by sending again what is there, if that is short and in the
 * attribute of the moment. */
static bool resend_until(int column)
{
	unsigned row = terminal.row;

	if (column - terminal.column > (terminal.drawn ? SHORT_MOVE : SCREEN_COLUMNS))
		return false;
	for (int i = terminal.column; i < column; i++)
		if (shadow[row][i] >> 8 != terminal.attribute)
			return false;
	while (terminal.column < column)
		put_cell(row, terminal.column, shadow[row][terminal.column]);
	return true;
}

static void move_in_row(int column)
{
	int left = terminal.column - column;

	if (!left)
		return;
	if (!column) {
		emit('\r');
	} else if (left > 0 && left <= SHORT_MOVE && terminal.column < SCREEN_COLUMNS) {
		for (; left; left--)
			emit('\b');
	} else if (left > 0 || !resend_until(column)) {
		emit_string("\e[");
		emit_number(column + 1);
		emit('G');
	}
	terminal.column = column;
}

/* To a place that is reachable(). In a drawn screen the last line is never gone
 * to by a line feed, which would scroll a terminal of only 24 lines. */
static void move_to(int row, int column)
{
	int down = row - terminal.row;

	if (down > 0 && (!terminal.drawn || (down == 1 && !column && row < LAST_ROW))) {
		if (terminal.column != column) {
			emit('\r');
			terminal.column = 0;
		}
		for (; down; down--)
			emit('\n');
		terminal.row = row;
	}
	if (row == terminal.row) {
		move_in_row(column);
		return;
	}
	emit_string("\e[");
	emit_number(row + 1);
	emit(';');
	emit_number(column + 1);
	emit('H');
	terminal.row = row;
	terminal.column = column;
}

/* Clears the terminal to draw the screen, keeping what the user had on it. */
static void begin_drawing(void)
{
	if (!terminal.ours)
		for (unsigned i = 0; i < TALLEST; i++)
			emit('\n');
	emit_string("\e[0m\e[H\e[J");
	terminal.attribute = ATTRIBUTE_PLAIN;
	terminal.row = terminal.column = 0;
	terminal.drawn = terminal.ours = true;
	fill_shadow();
}

static void show_cursor(bool show)
{
	if (show != terminal.cursor_hidden)
		return;
	emit_string(show ? "\e[?25h" : "\e[?25l");
	terminal.cursor_hidden = !show;
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

static void erase_to_end(unsigned row, unsigned column)
{
	move_to(row, column);
	set_attribute(ATTRIBUTE_PLAIN);
	emit_string("\e[K");
	for (; column < SCREEN_COLUMNS; column++)
		shadow[row][column] = wanted(row, column);
}

static void update_row(unsigned row, unsigned from, unsigned to)
{
	unsigned end = SCREEN_COLUMNS;

	if (to - from >= SHORT_MOVE)
		end = end_of_text(row);
	for (unsigned column = from; column <= to; column++) {
		uint16_t cell = wanted(row, column);

		if (look_alike(cell, shadow[row][column])) {
			shadow[row][column] = cell;
			continue;
		}
		if (column >= end && to == SCREEN_COLUMNS - 1) {
			erase_to_end(row, column);
			return;
		}
		move_to(row, column);
		put_cell(row, column, cell);
	}
}

static bool row_differs(unsigned row)
{
	const uint32_t *a = (const void *)shadow[row];
	const uint32_t *b = (const void *)(screen_visible() + row * SCREEN_COLUMNS);

	if (screen_columns() != SCREEN_COLUMNS)
		return true;
	for (unsigned i = 0; i < sizeof(shadow[row]) / sizeof(*a); i++)
		if (a[i] != b[i])
			return true;
	return false;
}

/* True if a change in the row can be seen and is out of reach. */
static bool needs_drawing(unsigned row, unsigned from, unsigned to)
{
	if (reachable(row))
		return false;
	for (unsigned column = from; column <= to; column++) {
		uint16_t cell = wanted(row, column);

		if (!look_alike(cell, shadow[row][column]))
			return true;
		shadow[row][column] = cell;
	}
	return false;
}

static void update_rows(unsigned first)
{
	for (unsigned row = first; row < SCREEN_ROWS && terminal.budget > 0; row++) {
		if (!row_differs(row))
			continue;
		if (needs_drawing(row, 0, SCREEN_COLUMNS - 1)) {
			begin_drawing();
			row = 0;
		}
		if (reachable(row))
			update_row(row, 0, SCREEN_COLUMNS - 1);
	}
}

void terminal_update(unsigned row, unsigned from, unsigned to)
{
	terminal.budget = NO_LIMIT;
	if (from == to && is_at(row, from)) { /* as it mostly is */
		put_cell(row, from, wanted(row, from));
	} else if (needs_drawing(row, from, to)) {
		begin_drawing();
		/* This row last, that what comes next can follow it directly. */
		for (unsigned other = 0; other < SCREEN_ROWS; other++)
			if (other != row)
				update_row(other, 0, SCREEN_COLUMNS - 1);
		update_row(row, 0, SCREEN_COLUMNS - 1);
	} else if (reachable(row)) {
		update_row(row, from, to);
	}
	flush();
}

void terminal_update_from(unsigned row)
{
	terminal.budget = NO_LIMIT;
	update_rows(row);
	flush();
}

void terminal_line_feed(void)
{
	if (terminal.drawn) {
		move_to(LAST_ROW, 0);
		show_cursor(true);
		terminal.drawn = false;
	}
	set_attribute(ATTRIBUTE_PLAIN); /* some terminals fill new lines with it */
	terminal.row--;
	memmove(shadow[0], shadow[1], sizeof(shadow) - sizeof(shadow[0]));
	memset16(shadow[LAST_ROW], BLANK, SCREEN_COLUMNS);
}

/* Where the program has put the cursor; false if out of sight. */
static bool find_cursor(int *row, int *column)
{
	uint16_t cursor = bda()->cursor[bda()->video_page % SCREEN_PAGES];

	*row = cursor >> 8;
	*column = cursor & 0xff;
	return *row < SCREEN_ROWS && *column < (int)screen_columns();
}

void terminal_follow_cursor(void)
{
	int row, column;

	if (find_cursor(&row, &column) && !is_at(row, column) && reachable(row))
		move_to(row, column);
	flush();
}

static void settle(void)
{
	int row, column;
	bool seen = find_cursor(&row, &column);

	if (seen && reachable(row))
		move_to(row, column);
	if (terminal.drawn)
		show_cursor(seen && !(bda()->cursor_shape & CURSOR_HIDDEN));
}

static bool text_below(unsigned row)
{
	while (++row < SCREEN_ROWS)
		if (end_of_text(row))
			return true;
	return false;
}

void terminal_leave(void)
{
	if (!screen_is_ours())
		return;
	set_attribute(ATTRIBUTE_PLAIN);
	settle();
	show_cursor(true);
	flush();
	/* A menu may have left the cursor anywhere. */
	if (terminal.drawn && text_below(terminal.row))
		terminal_print_below("", 0);
}

void terminal_tick(void)
{
	uint16_t cursor = bda()->cursor[bda()->video_page % SCREEN_PAGES];

	if (!screen_is_ours())
		return;
	terminal.budget = TICK_BYTES;
	update_rows(0);
	set_attribute(ATTRIBUTE_PLAIN);
	/* A cursor that moves does so because the program draws. */
	if (cursor == terminal.last_cursor)
		settle();
	terminal.last_cursor = cursor;
	flush();
}

void terminal_bell(void)
{
	emit('\a');
	flush();
}

void terminal_blink_changed(void)
{
	set_attribute(ATTRIBUTE_PLAIN);
	for (uint16_t *cell = first_shadow(); cell < end_of_shadow(); cell++)
		if (*cell & 0x8000)
			*cell = ~*cell;
	terminal_update_from(0);
}

bool terminal_is_drawn(void)
{
	return terminal.drawn || terminal.row > LAST_ROW;
}

void terminal_print_below(const char *s, size_t length)
{
	if (terminal.drawn) {
		set_attribute(ATTRIBUTE_PLAIN);
		move_to(LAST_ROW, 0);
		show_cursor(true);
		emit('\n');
	}
	for (; length; length--, s++) {
		if (*s == '\n')
			emit('\r');
		emit(*s);
	}
	flush();
	terminal.drawn = terminal.ours = false;
	terminal.row = FAR_BELOW;
	terminal.column = SCREEN_COLUMNS;
}
