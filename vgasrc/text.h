/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * Cursor, pages, scrolling and characters, in text and graphics modes.
 */
#ifndef VGASRC_TEXT_H
#define VGASRC_TEXT_H

#include <stdbool.h>
#include <stdint.h>

#include "vgasrc/frame.h"

enum { TEXT_PAGES = 8 };

/* A rectangle of characters, its edges included. */
struct window {
	unsigned top, left, bottom, right;
};

/* The cursor's first and last line, in the high and the low byte, of a cell of eight lines
 * unless emulation is off. */
void text_cursor_shape(unsigned shape);

/* Row and column, in the high and the low byte. */
void text_cursor_move(unsigned page, unsigned position);

void text_select_page(unsigned page);

/* What moves: a window of a page, by so many lines, up or down; 0 blanks it. What it leaves
 * gets the attribute, or a colour in graphics modes. */
struct scroll {
	struct window window;
	unsigned page, lines, attribute;
	bool down;
};

void text_scroll(struct scroll *s);

/* The character at a page's cursor, and its attribute in the high byte. */
unsigned text_read(unsigned page);

/* `count` times from the cursor on; `attribute` is a colour in graphics modes. Without
 * `recolour` attributes of text stay. */
void text_write(unsigned page, unsigned character, unsigned attribute, unsigned count,
		bool recolour);

/* Writes and moves the cursor; in text modes attributes stay. */
void text_teletype(unsigned page, unsigned character, unsigned colour);

/* INT 10h AH=13h. */
void text_string(const struct frame *r);

#endif
