/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * The debug log: a ring in our own memory, which stays reserved when an operating
 * system runs, and QEMU's debug port where a device answers there. The ring is
 * found by its signature (scripts/dumplog); a reset does not clear it, so that it
 * tells what happened before one as well.
 */
#include "log.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "fw/fw_cfg.h"
#include "hw/io.h"
#include "print.h"

enum {
	DEBUG_PORT = 0x402,
	DEBUG_PORT_HERE = 0xe9, /* what a read of it returns where it exists */
	RING_SIZE = 4096 - 16,
	LINE_MAX = 160,
};

/* scripts/dumplog knows this layout. */
static struct {
	char signature[8];
	uint32_t size;    /* of text */
	uint32_t written; /* bytes in all; the next goes to text[written % size] */
	char text[RING_SIZE];
} ring __attribute__((section(".noinit"), aligned(16)));

static const char signature[8] = "PetrLog"; /* with its NUL */

static bool configured;
static uint64_t configured_level;

void log_configure(void)
{
	if (fw_cfg_integer("opt/org.petrel/loglevel", &configured_level))
		return;
	configured = true;
	if (configured_level >= '0' && configured_level <= '9')
		configured_level -= '0';
}

static bool is_on(enum log_level level)
{
	return level <= (configured ? configured_level : CONFIG_LOG_LEVEL);
}

/* Reading the port tells whether anything listens there; asked once. */
static bool debug_port_here(void)
{
	static enum { UNKNOWN, ABSENT, PRESENT } state;

	if (state == UNKNOWN)
		state = inb(DEBUG_PORT) == DEBUG_PORT_HERE ? PRESENT : ABSENT;
	return state == PRESENT;
}

static void put_in_ring(const char *s, size_t length)
{
	if (memcmp(ring.signature, signature, sizeof(signature)) || ring.size != RING_SIZE) {
		memcpy(ring.signature, signature, sizeof(signature));
		ring.size = RING_SIZE;
		ring.written = 0;
	}
	for (; length; length--)
		ring.text[ring.written++ % RING_SIZE] = *s++;
}

void log_text(const char *s, size_t length)
{
	if (!is_on(LOG_ERROR))
		return;
	put_in_ring(s, length);
	if (!debug_port_here())
		return;
	for (; length; length--)
		outb(DEBUG_PORT, *s++);
}

void log_line(enum log_level level, const char *format, ...)
{
	char line[LINE_MAX];
	va_list args;
	size_t length;

	if (!is_on(level))
		return;
	va_start(args, format);
	length = format_args(line, sizeof(line) - 1, format, args);
	va_end(args);
	line[length++] = '\n';
	log_text(line, length);
}
