/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * The 80x25 text screen of the PC: cells at B800:0000, pages, cursors, and the
 * part of the BIOS data area that describes them. A cell is a character of code
 * page 437 with its attribute in the high byte.
 */
#ifndef PETREL_SCREEN_H
#define PETREL_SCREEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	SCREEN_ROWS = 25,
	SCREEN_COLUMNS = 80,
	SCREEN_PAGES = 8,
	ATTRIBUTE_PLAIN = 0x07,
	KEEP_ATTRIBUTE = -1,

	MODE_40X25_GREY = 0,
	MODE_80X25 = 3,

	CURSOR_HIDDEN = 0x2000, /* in bda.cursor_shape */
	CRT_MODE_BLINK = 0x20,  /* in bda.crt_mode: attribute bit 7 blinks */
};

/* Rows and columns from 0, both ends included. */
struct screen_window {
	uint8_t top, left, bottom, right;
};

/* Mode 3, cleared: the start of POST. */
void screen_init(void);

/* Sets text mode 0-3; `clear` fills all pages with spaces. */
void screen_set_mode(uint8_t mode, bool clear);

/* 80, or 40 in modes 0 and 1. */
unsigned screen_columns(void);

/* The cells of a page (0-7), and those of the page that is shown. */
uint16_t *screen_page(unsigned page);
const uint16_t *screen_visible(void);

/* Shows page 0-7. */
void screen_show_page(unsigned page);

/* Scrolls a window of a page up (lines > 0) or down by so many lines; 0, or more
 * than it has, clears it. New lines are spaces in `attribute`. */
void screen_scroll(unsigned page, struct screen_window window, int lines, uint8_t attribute);

/* Writes `count` equal characters from row, column on, over the ends of lines
 * but not beyond the page; no character is special. */
void screen_fill(unsigned page, unsigned row, unsigned column, unsigned count, uint8_t c,
		 int attribute);

/* Writes a character at the page's cursor and moves it; BEL, BS, LF and CR act,
 * and the page scrolls at its end. */
void screen_type(unsigned page, uint8_t c, int attribute);

/* Prints a message of ours: where the cursor is, as teletype; below everything,
 * on the terminal only, if a program has drawn a screen. LF ends a line. */
void screen_print(const char *s, size_t length);

/* False before screen_init(), and if a display with a BIOS of its own has taken
 * INT 10h over; then the memory at B800:0000 is not ours. */
bool screen_is_ours(void);

#endif
