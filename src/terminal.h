/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * The user's terminal, made to show what the screen shows.
 */
#ifndef PETREL_TERMINAL_H
#define PETREL_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>

/* Forgets the terminal: the start of POST. */
void terminal_init(void);

/* Reads the character set to send from fw_cfg's opt/org.petrel/charset. */
void terminal_configure(void);

/* Sends what differs in the columns from-to (both included) of a row, or in this
 * row and all below it. */
void terminal_update(unsigned row, unsigned from, unsigned to);
void terminal_update_from(unsigned row);

/* The whole visible page has moved up by a line because of a line feed. */
void terminal_line_feed(void);

/* Takes the terminal's cursor to the screen's, if that needs no redrawing. */
void terminal_follow_cursor(void);

/* Leaves the terminal to an operating system, with a cursor to be seen. */
void terminal_leave(void);

/* What the timer tick does: finds what a program has written to the screen's
 * memory by itself. Sends a bounded amount; the next tick goes on. */
void terminal_tick(void);

/* Rings the bell. */
void terminal_bell(void);

/* All cells that can blink look different now. */
void terminal_blink_changed(void);

/* True while the screen is drawn by cursor addressing; false while it is lines
 * of text like those of any program. */
bool terminal_is_drawn(void);

/* Prints lines below a drawn screen, which is drawn anew when it next changes. */
void terminal_print_below(const char *s, size_t length);

#endif
