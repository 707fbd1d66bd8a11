/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * A line editor in one row of the console, with the keys of GRUB's and the shell's: cursor
 * keys, Home and End, Backspace and Delete, Ctrl-A, Ctrl-E, Ctrl-K and Ctrl-U. A line that
 * is longer than the row is shown in part, around the cursor.
 */
#include "boot/lineedit.h"

#include <string.h>

#include "console/keyboard.h"
#include "console/screen.h"
#include "lib/util.h"

enum { CTRL_A = 1, CTRL_E = 5, BACKSPACE = 8, CTRL_K = 11, CTRL_U = 21, DELETE = 0x7f };

struct line {
	char *text;
	uint32_t size, length;
	uint32_t cursor;
	uint32_t start; /* of what is shown */
};

/* The last column stays free, where the cursor goes on to the next row. */
static uint32_t width(void)
{
	return screen_columns() - 1;
}

void lineedit_show(const char *text, uint32_t start, uint32_t cursor)
{
	char row[SCREEN_COLUMNS + 1];
	uint32_t length = strlen(text), columns = min_u32(width(), SCREEN_COLUMNS);

	row[0] = '\r';
	for (uint32_t i = 0; i < columns; i++) {
		char c = start + i < length ? text[start + i] : ' ';

		row[1 + i] = (uint8_t)c < ' ' || c == DELETE ? '?' : c;
	}
	screen_print(row, 1 + columns);
	screen_print(row, 1 + min_u32(cursor - start, columns));
}

static void show(struct line *l)
{
	if (l->cursor < l->start)
		l->start = l->cursor;
	if (l->cursor - l->start >= width())
		l->start = l->cursor - width() + 1;
	lineedit_show(l->text, l->start, l->cursor);
}

/* Takes `count` bytes out, from the cursor on. */
static void cut(struct line *l, uint32_t count)
{
	memmove(l->text + l->cursor, l->text + l->cursor + count,
		l->length - l->cursor - count + 1);
	l->length -= count;
}

static void insert(struct line *l, char c)
{
	if (l->length + 1 >= l->size)
		return;
	memmove(l->text + l->cursor + 1, l->text + l->cursor, l->length - l->cursor + 1);
	l->text[l->cursor++] = c;
	l->length++;
}

static void move_back(struct line *l, uint32_t count, bool cuts)
{
	l->cursor -= count;
	if (cuts)
		cut(l, count);
}

static void edit_by_scan_code(struct line *l, uint8_t scan_code)
{
	if (scan_code == SCAN_LEFT)
		move_back(l, l->cursor > 0, false);
	else if (scan_code == SCAN_RIGHT)
		l->cursor += l->cursor < l->length;
	else if (scan_code == SCAN_HOME)
		l->cursor = 0;
	else if (scan_code == SCAN_END)
		l->cursor = l->length;
	else if (scan_code == SCAN_DELETE)
		cut(l, l->cursor < l->length);
}

static void edit(struct line *l, uint16_t key)
{
	uint8_t c = key;

	switch (c) {
	case CTRL_A:
		l->cursor = 0;
		break;
	case CTRL_E:
		l->cursor = l->length;
		break;
	case BACKSPACE:
	case DELETE:
		move_back(l, l->cursor > 0, true);
		break;
	case CTRL_K:
		cut(l, l->length - l->cursor);
		break;
	case CTRL_U:
		move_back(l, l->cursor, true);
		break;
	default:
		if (c >= ' ' && c < DELETE)
			insert(l, c);
		else
			edit_by_scan_code(l, key >> 8);
	}
}

bool lineedit(char *text, uint32_t size)
{
	struct line line = {.text = text, .size = size, .length = strlen(text)};
	uint16_t key;

	line.cursor = line.length;
	for (;;) {
		show(&line);
		keyboard_wait(&key, KEYBOARD_NO_END);
		if ((key & 0xff) == CHARACTER_ENTER)
			return true;
		if (key >> 8 == SCAN_ESC)
			return false;
		edit(&line, key);
	}
}
