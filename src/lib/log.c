/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * Messages. What is said goes to the user's screen by a sink that the console
 * registers, and to the debug log. The log goes to a second sink, where there is a
 * device for it, and to a ring in memory that stays reserved when an operating system
 * runs and that a reset does not clear. scripts/dumplog finds it by its signature.
 */
#include "lib/log.h"

#include <stdarg.h>
#include <stdbool.h>
#include <string.h>

#include "lib/format.h"
#include "lib/section.h"

enum {
	LINE_MAX = 160,
	EARLY_SIZE = 512,
};

/* scripts/dumplog knows this layout. */
struct ring {
	char signature[8];
	uint32_t size;    /* of text */
	uint32_t written; /* bytes in all; the next goes to text[written % size] */
	char text[LOG_RING_SIZE - 16];
};

_Static_assert(sizeof(struct ring) == LOG_RING_SIZE, "log ring");

static const char signature[8] = "PetrLog"; /* with its NUL */

static const char *banner; /* NULL once it has been said */
static log_sink *user_sink, *debug_sink;
static unsigned highest_level;
static struct ring *ring;
/* What comes before there is a ring. */
static char early[EARLY_SIZE] NOINIT;
static uint32_t early_length;

void log_init(const char *text, log_sink *user)
{
	banner = text;
	user_sink = user;
	highest_level = CONFIG_LOG_LEVEL;
}

void log_set_debug_sink(log_sink *debug)
{
	debug_sink = debug;
}

void log_set_level(unsigned level)
{
	highest_level = level;
}

static void put_in_ring(const char *s, size_t length)
{
	uint32_t at = ring->written % sizeof(ring->text);
	uint32_t first = sizeof(ring->text) - at; /* bytes up to the ring's end */

	if (first > length)
		first = length;
	memcpy(ring->text + at, s, first);
	memcpy(ring->text, s + first, length - first);
	ring->written += length;
}

static void put_early(const char *s, size_t length)
{
	uint32_t room = sizeof(early) - early_length;

	if (length > room)
		length = room;
	memcpy(early + early_length, s, length);
	early_length += length;
}

void log_set_ring(void *memory)
{
	ring = memory;
	if (memcmp(ring->signature, signature, sizeof(signature)) ||
	    ring->size != sizeof(ring->text)) {
		memcpy(ring->signature, signature, sizeof(signature));
		ring->size = sizeof(ring->text);
		ring->written = 0;
	}
	put_in_ring(early, early_length);
}

/* `length` is at most LINE_MAX. */
static void put_in_log(const char *s, size_t length)
{
	if (ring)
		put_in_ring(s, length);
	else
		put_early(s, length);
	if (debug_sink)
		debug_sink(s, length);
}

void log_line(enum log_level level, const char *format, ...)
{
	char line[LINE_MAX];
	va_list args;
	size_t length;

	if (level > highest_level)
		return;
	va_start(args, format);
	length = format_args(line, sizeof(line) - 1, format, args);
	va_end(args);
	line[length++] = '\n';
	put_in_log(line, length);
}

void say_banner(void)
{
	const char *text = banner;

	banner = NULL;
	if (text)
		say("%s\n", text);
}

void say(const char *format, ...)
{
	char line[LINE_MAX];
	va_list args;
	size_t length;

	say_banner();
	va_start(args, format);
	length = format_args(line, sizeof(line), format, args);
	va_end(args);
	if (user_sink)
		user_sink(line, length);
	if (highest_level)
		put_in_log(line, length);
}
