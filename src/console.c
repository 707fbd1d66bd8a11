/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * The consoles that drivers have registered, as one. POST finds them only after
 * fw_cfg and the ACPI tables were read; what is said before that (a damaged table,
 * too little memory) is kept for them in a buffer.
 */
#include "console.h"

#include <string.h>

enum { EARLY_SIZE = 1024 };

static struct console *consoles;
static size_t early_length;
static char __attribute__((section(".noinit"))) early[EARLY_SIZE];

void console_send(const char *s, size_t length)
{
	size_t room = EARLY_SIZE - early_length;

	for (struct console *c = consoles; c; c = c->next)
		c->ops->write(c, s, length);
	if (room > length)
		room = length;
	memcpy(early + early_length, s, room);
	early_length += room;
}

void console_register(struct console *console)
{
	console->next = consoles;
	consoles = console;
	console->ops->write(console, early, early_length);
}

bool console_present(void)
{
	return consoles;
}

int console_read(void)
{
	for (struct console *c = consoles; c; c = c->next) {
		int byte = c->ops->read(c);

		if (byte >= 0)
			return byte;
	}
	return -1;
}
