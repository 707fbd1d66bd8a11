/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * A user's terminal, made to show what the screen shows.
 */
#ifndef PETREL_CONSOLE_TERMINAL_H
#define PETREL_CONSOLE_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>

struct console;

/* How bytes get to a terminal: functions of the device that it is connected to. */
struct terminal_output {
	/* Sends all of the bytes. While the device takes none, it waits, but not for long:
	 * false if some bytes were dropped. */
	bool (*write)(struct console *console, const char *s, size_t length);
	/* Asked after bytes were dropped: true if the device has taken all the others, so
	 * that it is worth trying again. Never waits. */
	bool (*ready)(struct console *console);
};

/* Lets all terminals that come have the nearest ASCII in place of UTF-8, or not. */
void terminal_set_ascii(bool ascii);

/* Adds the terminal of a console, as a viewer of the screen, and shows it what is there.
 * Nothing happens if there is no memory. */
void terminal_add(struct console *console, const struct terminal_output *output);

#endif
