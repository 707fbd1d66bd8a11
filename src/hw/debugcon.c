/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * QEMU's debug port, as firmware has used it since Bochs: a byte written there is a
 * character of the log, and a read tells whether the device exists.
 *
 * Reference: QEMU, hw/char/debugcon.c, `-device isa-debugcon,iobase=0x402`.
 */
#include "hw/debugcon.h"

#include <stdbool.h>

#include "hw/io.h"

enum {
	DEBUG_PORT = 0x402,
	DEBUG_PORT_HERE = 0xe9, /* what a read of it returns where it exists */
};

/* Asked once, when there is something to write. */
static bool debug_port_is_here(void)
{
	static enum { UNKNOWN, ABSENT, PRESENT } state;

	if (state == UNKNOWN)
		state = inb(DEBUG_PORT) == DEBUG_PORT_HERE ? PRESENT : ABSENT;
	return state == PRESENT;
}

void debugcon_write(const char *s, size_t length)
{
	if (!debug_port_is_here())
		return;
	for (; length; length--)
		outb(DEBUG_PORT, *s++);
}
