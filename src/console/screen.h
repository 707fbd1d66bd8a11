/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * The 80x25 text screen of the PC: cells at B800:0000, pages, cursors, and the
 * part of the BIOS data area that describes them. A cell is a character of code
 * page 437 with its attribute in the high byte.
 */
#ifndef PETREL_CONSOLE_SCREEN_H
#define PETREL_CONSOLE_SCREEN_H

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
	MODE_80X25_GREY = 2,
	MODE_80X25 = 3,

	CURSOR_HIDDEN = 0x2000, /* in bda.cursor_shape */
	CRT_MODE_BLINK = 0x20,  /* in bda.crt_mode: attribute bit 7 blinks */
};

/* Rows and columns from 0, both ends included. */
struct screen_window {
	uint8_t top, left, bottom, right;
};

/*
 * What shows the screen: a terminal, a framebuffer. A viewer is told what may look
 * different now, and reads the cells and the BIOS data area by itself. It is told of the
 * visible page only, after the change, and every function is there.
 */
struct screen_viewer {
	const struct screen_viewer_ops *ops;
	struct screen_viewer *next;
};

struct screen_viewer_ops {
	/* `cell` was typed where the cursor was (row in the high byte, as in the BIOS data
	 * area), and the cursor is right behind it, in the same row: of all that happens
	 * the most frequent. */
	void (*typed)(struct screen_viewer *viewer, unsigned cursor, unsigned cell);
	/* The columns from-to (both included) of a row, or this row and all below it. */
	void (*update)(struct screen_viewer *viewer, unsigned row, unsigned from, unsigned to);
	void (*update_from)(struct screen_viewer *viewer, unsigned row);
	/* The whole page has moved up by a line because of a line feed. */
	void (*line_feed)(struct screen_viewer *viewer);
	/* The cursor has moved by typing. */
	void (*follow_cursor)(struct screen_viewer *viewer);
	void (*bell)(struct screen_viewer *viewer);
	/* All cells that can blink look different now. */
	void (*blink_changed)(struct screen_viewer *viewer);
	/* The timer tick, and while INT 16h waits: anything may have changed. Bounded; the
	 * next tick goes on. */
	void (*tick)(struct screen_viewer *viewer);
	/* An operating system is about to take over. */
	void (*leave)(struct screen_viewer *viewer);
	/* True while a program draws on it, so that messages do not belong on the screen
	 * but below it; and prints one there. LF ends a line. */
	bool (*is_drawn)(const struct screen_viewer *viewer);
	void (*print_below)(struct screen_viewer *viewer, const char *s, size_t length);
};

/* Adds a viewer; it may show what there is at once. */
void screen_add_viewer(struct screen_viewer *viewer);

/* Mode 3, cleared but for the messages that were printed before: the start of POST. Once
 * only, but it may be called again. */
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

/* Lets bit 7 of attributes blink, or be a bright background. */
void screen_set_blink(bool blink);

/* The timer tick: shows what a program has written to the screen's memory by itself. */
void screen_tick(void);

/* Leaves what shows the screen to an operating system. */
void screen_leave(void);

/* Where the program has put the cursor of the visible page; false if out of sight. */
bool screen_cursor(unsigned *row, unsigned *column);

/* Prints a message of ours: where the cursor is, as teletype; below everything, on the
 * viewers only, if a program has drawn a screen. LF ends a line. Before screen_init()
 * the beginning of it is kept. */
void screen_print(const char *s, size_t length);

/* Whether there are cells at B800:0000 that can be shown. False before screen_init(), while
 * a display's own BIOS has a mode that is not of 25 lines of text, and if one has taken
 * INT 10h over without our knowing. */
bool screen_is_ours(void);

/* True if something shows the screen. */
bool screen_is_viewed(void);

/* Instead of screen_init(): the screen is that of a display with a BIOS of its own, in mode
 * 3. Messages are shown by `type`, a character at the cursor, as INT 10h AH=0Eh; first
 * those that were printed before. */
void screen_use_teletype(void (*type)(uint8_t c));

/* What that BIOS has done on the visible page, for viewers: typed a character where the
 * cursor was `before`; written `count` characters from a place on (a cursor, row in the
 * high byte); or anything. */
void screen_was_typed(uint16_t before, uint8_t c);
void screen_was_filled(uint16_t from, unsigned count);
void screen_was_drawn(void);

#endif
