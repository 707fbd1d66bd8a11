/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * The consoles that drivers have registered, as one. POST finds its console
 * only after fw_cfg and the ACPI tables were read; what must be said before
 * that (a damaged table, too little memory) waits in a buffer.
 */
#include "console.h"

#include <string.h>

enum { EARLY_SIZE = 512 };

static struct console *consoles;
static size_t early_length;
static char __attribute__((section(".noinit"))) early[EARLY_SIZE];

void console_send(const char *s, size_t length)
{
	if (consoles) {
		for (struct console *c = consoles; c; c = c->next)
			c->ops->write(c, s, length);
		return;
	}
	if (length > EARLY_SIZE - early_length)
		length = EARLY_SIZE - early_length;
	memcpy(early + early_length, s, length);
	early_length += length;
}

void console_register(struct console *console)
{
	size_t length = early_length;

	console->next = consoles;
	consoles = console;
	early_length = 0;
	console_send(early, length);
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
