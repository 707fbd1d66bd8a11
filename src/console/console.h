/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * A console is a device with a terminal at its other end: a serial line, a virtio console.
 * Drivers register one; what the terminal shows and what its keys are is none of their
 * concern.
 */
#ifndef PETREL_CONSOLE_CONSOLE_H
#define PETREL_CONSOLE_CONSOLE_H

#include <stdbool.h>
#include <stddef.h>

#include "console/decoder.h"
#include "console/keyboard.h"
#include "console/terminal.h"

enum { CONSOLE_BREAK = 0x100 };

struct console_ops {
	struct terminal_output output;
	/* The next byte that has come in, CONSOLE_BREAK for a break of the line,
	 * or -1. Never waits. */
	int (*read)(struct console *console);
};

struct console {
	const struct console_ops *ops;
	/* The rest is console_register()'s. */
	struct keyboard_input input;
	struct decoder decoder;
};

/* Adds a console, whose other fields are zero: shows the screen there, and takes keys from
 * there. */
void console_register(struct console *console);

/* True if there is one. */
bool console_present(void);

#endif
