/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * format() against what C's printf writes, and its limits; what is said, and the log.
 */
#include "lib/format.h"

#include <limits.h>
#include <string.h>

#include "alone.h"
#include "lib/log.h"

static char text[64];

/* The format is the same for both, and so must be the result. */
#define same_as_c(...)                                                                             \
	do {                                                                                       \
		char expected[64];                                                                 \
		int length = snprintf(expected, sizeof(expected), __VA_ARGS__);                    \
		ok(format(text, sizeof(text), __VA_ARGS__) == (size_t)length);                     \
		ok(!strcmp(text, expected));                                                       \
	} while (0)

static void numbers(void)
{
	same_as_c("%d %d %d", 0, 1, -1);
	same_as_c("%d %d", INT_MAX, INT_MIN);
	same_as_c("%u %u", 0u, UINT_MAX);
	same_as_c("%x %x", 0u, 0xdeadbeefu);
	same_as_c("%llu %llx", ULLONG_MAX, ULLONG_MAX);
	same_as_c("%lld %lld", LLONG_MIN, LLONG_MAX);
	same_as_c("%llu", 10000000000000000000ull);
	same_as_c("%llu", 1ull << 32);
	same_as_c("%llu", (1ull << 32) - 1);
	for (unsigned long long n = 1, i = 0; i < 20; i++, n *= 10)
		same_as_c("%llu %llu", n, n - 1);
}

static void widths(void)
{
	same_as_c("[%4d] [%4d] [%4d]", 7, -7, 12345);
	same_as_c("[%04d] [%04x] [%02x]", 7, 0xabc, 0x12345);
	same_as_c("[%04d] [%04d]", -7, -12345);
	same_as_c("[%016llx] [%20lld]", 0x123456789abcull, -5ll);
	same_as_c("[%12u]", 1u);
	same_as_c("[%030d]", 1);
}

static void strings(void)
{
	same_as_c("%s|%s|%c|%%", "abc", "", 'x');
	/* Unlike C's, a width fills a string up on its right: columns of names. */
	format(text, sizeof(text), "[%6s]", "abc");
	ok(!strcmp(text, "[abc   ]"));
	same_as_c("[%2s]", "abc");
	same_as_c("no specification");
}

static void limits(void)
{
	memset(text, '#', sizeof(text));
	ok(format(text, 5, "%s", "abcdefgh") == 4);
	ok(!strcmp(text, "abcd") && text[5] == '#');
	memset(text, '#', sizeof(text));
	ok(format(text, 5, "%x%x", 0x12345678u, 0x9u) == 4);
	ok(!strcmp(text, "1234") && text[5] == '#');
	memset(text, '#', sizeof(text));
	ok(format(text, 1, "%040d", 5) == 0);
	ok(!text[0] && text[1] == '#');
	memset(text, '#', sizeof(text));
	ok(format(text, 4, "abc") == 3);
	ok(!strcmp(text, "abc") && text[4] == '#');
}

/* Whatever is said first comes after the banner. */
static void banner(void)
{
	machine_reset();
	say("too early\n");
	say_banner();
	say("later\n");
	ok(machine_said("Petrel\ntoo early\nlater\n"));
}

static void saying(void)
{
	machine_reset();
	say("%s: %u blocks\n", "disk", 7u);
	ok(machine_said("disk: 7 blocks\n"));
	ok(machine_was_silent());
	say("%400s|", "long"); /* longer than a line may be */
	ok(machine_said("long   "));
	ok(machine_was_silent());
	log_line(LOG_ERROR, "not for the console");
	ok(machine_was_silent());
}

/* --- the log --- */

/* As log.c and scripts/dumplog have it. */
struct ring {
	char signature[8];
	uint32_t size, written;
	char text[LOG_RING_SIZE - 16];
};

static struct ring ring;
static char debug[8192];
static size_t debug_length;

static void debug_sink(const char *s, size_t length)
{
	memcpy(debug + debug_length, s, length);
	debug_length += length;
	debug[debug_length] = '\0';
}

static bool ring_is(const char *expected)
{
	return ring.written == strlen(expected) && !memcmp(ring.text, expected, ring.written);
}

/* What was logged before there was memory for it comes first. */
static void early_lines(void)
{
	memset(&ring, 0xee, sizeof(ring));
	machine_reset();
	log_line(LOG_INFO, "one %u", 1u);
	say("two\n");
	log_set_debug_sink(debug_sink);
	log_set_ring(&ring);
	log_line(LOG_DEBUG, "three");
	ok(!memcmp(ring.signature, "PetrLog", 8) && ring.size == sizeof(ring.text));
	ok(ring_is("one 1\nPetrel\ntwo\nthree\n"));
	ok(!strcmp(debug, "three\n"));
	ok(machine_said_only("Petrel\ntwo\n"));
}

static void too_many_early_lines(void)
{
	memset(&ring, 0, sizeof(ring));
	machine_reset();
	for (unsigned i = 0; i < 1000; i++)
		log_line(LOG_INFO, "line %03u", i);
	log_set_ring(&ring);
	ok(ring.written == 512 && !memcmp(ring.text, "line 000\nline 001\n", 18));
}

/* What an earlier run has left stays in front, unless it is something else. */
static void kept_over_a_reset(void)
{
	memset(&ring, 0, sizeof(ring));
	memcpy(ring.signature, "PetrLog", 8);
	ring.size = sizeof(ring.text);
	memcpy(ring.text, "before\n", 7);
	ring.written = 7;
	machine_reset();
	log_line(LOG_ERROR, "after");
	log_set_ring(&ring);
	ok(ring_is("before\nafter\n"));
	ring.size--;
	log_set_ring(&ring);
	ok(ring_is("after\n"));
}

/* The end of the ring is where its start is. */
static void going_round(void)
{
	char expected[10];
	bool all = true;

	memset(&ring, 0, sizeof(ring));
	machine_reset();
	log_set_ring(&ring);
	for (unsigned i = 0; i < 2000; i++) {
		log_line(LOG_INFO, "line %04u", i % 10000);
		snprintf(expected, sizeof(expected), "line %04u", i % 10000);
		for (unsigned n = 0; n < 9; n++)
			all &= ring.text[(i * 10 + n) % sizeof(ring.text)] == expected[n];
	}
	ok(all && ring.written == 20000 && ring.size == sizeof(ring.text));
}

static void levels(void)
{
	memset(&ring, 0, sizeof(ring));
	machine_reset();
	log_set_ring(&ring);
	log_set_level(LOG_ERROR);
	log_line(LOG_INFO, "info");
	log_line(LOG_ERROR, "error");
	say("said\n");
	ok(ring_is("error\nPetrel\nsaid\n"));
	log_set_level(0);
	log_line(LOG_ERROR, "error");
	say("said\n");
	ok(ring.written == 18);
	ok(machine_said_only("Petrel\nsaid\nsaid\n"));
}

int main(void)
{
	alone(early_lines);
	alone(too_many_early_lines);
	alone(kept_over_a_reset);
	alone(going_round);
	alone(levels);
	numbers();
	widths();
	strings();
	limits();
	banner();
	saying();
	return done();
}
