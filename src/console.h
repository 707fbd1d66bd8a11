/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * A console is output and input of characters. Drivers (the UART, a virtio
 * console) register one; everything above is written once.
 */
#ifndef PETREL_CONSOLE_H
#define PETREL_CONSOLE_H

#include <stdbool.h>
#include <stddef.h>

struct console;

enum { CONSOLE_BREAK = 0x100 };

struct console_ops {
	/* Sends all of the bytes, or drops the rest when the device takes none
	 * before its deadline. */
	void (*write)(struct console *console, const char *s, size_t length);
	/* The next byte that has come in, CONSOLE_BREAK for a break of the line,
	 * or -1. Never waits. */
	int (*read)(struct console *console);
};

struct console {
	const struct console_ops *ops;
	struct console *next;
};

/* Adds a console, and sends it what has been written to the others so far. */
void console_register(struct console *console);

/* True if there is one. */
bool console_present(void);

/* Sends bytes to every console; for those that come later the first of them are
 * kept. */
void console_send(const char *s, size_t length);

/* The next byte from any console, CONSOLE_BREAK, or -1. */
int console_read(void);

#endif
