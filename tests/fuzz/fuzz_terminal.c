/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * Any operations on the screen, and a terminal of a few lines of C that gets what is sent:
 * it shows what the screen holds. It knows the control sequences that docs/console.md
 * lists, and dies of any other.
 */
#include <stdlib.h>
#include <string.h>

#include "bda.h"
#include "lib/charset.h"
#include "console/screen.h"
#include "screen_ops.h"

enum {
	ROWS = SCREEN_ROWS,
	COLUMNS = SCREEN_COLUMNS,
	OPERATIONS_A_LOOK = 4,
	MAX_PARAMETERS = 8,
	CAN = 0x18,
	ESC = 0x1b,
};

struct look {
	uint8_t foreground, background;
	bool bold, blinks, bright;
};

struct place {
	uint32_t character;
	struct look look;
};

static const struct look plain = {.foreground = 7};

static struct {
	struct place places[ROWS][COLUMNS];
	struct look look;
	int row, column; /* 80: a character was put into the last one */
	bool hidden;
	enum { GROUND, ESCAPE, CSI } state;
	bool private;
	unsigned parameters[MAX_PARAMETERS], count;
	uint32_t utf8;
	unsigned utf8_left;
} model;

static const uint8_t *next_byte, *end;

static void must(bool condition)
{
	if (!condition)
		abort();
}

static void clear(int row, int column)
{
	for (; column < COLUMNS; column++)
		model.places[row][column] = (struct place){' ', model.look};
}

static void line_feed(void)
{
	if (model.row + 1 < ROWS) {
		model.row++;
		return;
	}
	memmove(model.places[0], model.places[1], sizeof(model.places[0]) * (ROWS - 1));
	clear(ROWS - 1, 0);
}

static void put(uint32_t character)
{
	if (model.column == COLUMNS) {
		model.column = 0;
		line_feed();
	}
	model.places[model.row][model.column++] = (struct place){character, model.look};
}

static void set_rendition(unsigned parameter)
{
	if (parameter == 0)
		model.look = plain;
	else if (parameter == 1)
		model.look.bold = true;
	else if (parameter == 5)
		model.look.blinks = true;
	else if (parameter >= 30 && parameter <= 37)
		model.look.foreground = parameter - 30;
	else if (parameter >= 40 && parameter <= 47)
		model.look.background = parameter - 40;
	else if (parameter >= 100 && parameter <= 107)
		model.look = (struct look){model.look.foreground, parameter - 100, model.look.bold,
					   model.look.blinks, true};
	else
		abort();
}

static void go_to(unsigned row, unsigned column)
{
	must(row < ROWS && column < COLUMNS);
	model.row = row;
	model.column = column;
}

static void end_sequence(uint8_t final)
{
	const unsigned *parameters = model.parameters;

	model.state = GROUND;
	if (model.private) {
		must(parameters[0] == 25 && (final == 'h' || final == 'l'));
		model.hidden = final == 'l';
		return;
	}
	switch (final) {
	case 'G':
		go_to(model.row, parameters[0] - 1);
		break;
	case 'H':
		go_to(parameters[0] ? parameters[0] - 1 : 0, parameters[1] ? parameters[1] - 1 : 0);
		break;
	case 'J':
		for (int row = model.row + 1; row < ROWS; row++)
			clear(row, 0);
		clear(model.row, model.column);
		break;
	case 'K':
		clear(model.row, model.column);
		break;
	case 'm':
		for (unsigned i = 0; i <= model.count; i++)
			set_rendition(parameters[i]);
		break;
	default:
		abort();
	}
}

static void in_sequence(uint8_t c)
{
	if (model.state == ESCAPE) {
		must(c == '[');
		model.state = CSI;
		model.private = false;
		model.count = 0;
		memset(model.parameters, 0, sizeof(model.parameters));
	} else if (c == '?') {
		model.private = true;
	} else if (c == ';') {
		must(++model.count < MAX_PARAMETERS);
	} else if (c >= '0' && c <= '9') {
		model.parameters[model.count] = model.parameters[model.count] * 10 + c - '0';
	} else {
		end_sequence(c);
	}
}

static void in_ground(uint8_t c)
{
	switch (c) {
	case '\a':
		break;
	case '\b':
		model.column -= model.column > 0;
		break;
	case '\r':
		model.column = 0;
		break;
	case '\n':
		line_feed();
		break;
	case ESC:
		model.state = ESCAPE;
		break;
	default:
		must(c >= ' ' && c != 0x7f);
		if (c < 0x80) {
			put(c);
			break;
		}
		model.utf8_left = c < 0xe0 ? 1 : 2;
		model.utf8 = c & (c < 0xe0 ? 0x1f : 0x0f);
	}
}

static void terminal(const char *s, size_t length)
{
	for (; length; length--, s++) {
		uint8_t c = *s;

		if (c == CAN) {
			model.state = GROUND;
			model.utf8_left = 0;
		} else if (model.utf8_left) {
			must((c & 0xc0) == 0x80);
			model.utf8 = model.utf8 << 6 | (c & 0x3f);
			if (!--model.utf8_left)
				put(model.utf8);
		} else if (model.state == GROUND) {
			in_ground(c);
		} else {
			in_sequence(c);
		}
	}
}

/* --- what it must show ------------------------------------------------------ */

static bool same(const struct place *place, uint16_t cell)
{
	static const uint8_t ansi[] = {0, 4, 2, 6, 1, 5, 3, 7};
	uint8_t attribute = cell >> 8;
	bool high = attribute & 0x80, blink = bda()->crt_mode & CRT_MODE_BLINK;
	uint16_t character = charset_to_unicode(cell);

	if (place->character != character || place->look.background != ansi[attribute >> 4 & 7] ||
	    place->look.bright != (high && !blink))
		return false;
	return character == ' ' ||
	       (place->look.foreground == ansi[attribute & 7] &&
		place->look.bold == !!(attribute & 8) && place->look.blinks == (high && blink));
}

static bool shows(int top)
{
	unsigned columns = screen_columns();

	for (int row = 0; row < ROWS; row++) {
		if (row + top < 0 || row + top >= ROWS)
			continue;
		for (unsigned column = 0; column < COLUMNS; column++) {
			uint16_t cell = ATTRIBUTE_PLAIN << 8 | ' ';

			if (column < columns)
				cell = screen_visible()[row * columns + column];
			if (!same(&model.places[row + top][column], cell))
				return false;
		}
	}
	return true;
}

static void look(void)
{
	unsigned row, column;
	bool seen;

	screen_ops_settle();
	must(!memcmp(&model.look, &plain, sizeof(plain)) && model.state == GROUND);
	seen = screen_cursor(&row, &column);
	if (screen_ops_drawn()) {
		must(shows(0));
		must(model.hidden == (!seen || bda()->cursor_shape & CURSOR_HIDDEN));
		must(!seen || (model.row == (int)row && model.column == (int)column));
		return;
	}
	/* Lines: where they begin on the terminal is nobody's business. */
	for (int top = -ROWS; top < ROWS; top++)
		if (shows(top))
			return;
	abort();
}

static unsigned choose_from_input(unsigned limit)
{
	unsigned number;

	if (!limit || next_byte == end)
		return 0;
	number = *next_byte++;
	if (limit > 256 && next_byte < end)
		number = number << 8 | *next_byte++;
	return number % limit;
}

extern uint8_t __start_firmware_bss[], __stop_firmware_bss[];

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	memset(__start_firmware_bss, 0, __stop_firmware_bss - __start_firmware_bss);
	next_byte = data;
	end = data + size;
	model.look = plain;
	for (int row = 0; row < ROWS; row++)
		clear(row, 0);
	screen_ops_begin(terminal);
	for (unsigned i = 1; next_byte < end; i++) {
		screen_op(choose_from_input);
		if (i % OPERATIONS_A_LOOK == 0)
			look();
	}
	look();
	screen_ops_end();
	return 0;
}
