/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * format() against what C's printf writes, and its limits.
 */
#include "print.h"

#include <limits.h>
#include <string.h>

#include "unit.h"

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

int main(void)
{
	numbers();
	widths();
	strings();
	limits();
	banner();
	saying();
	return done();
}
