/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * The string functions against byte-by-byte ones, at every small size and
 * offset. Included as source under other names, since the sanitizers need the
 * host's own.
 */
#include <stdint.h>
#include <string.h>

#include "unit.h"

#define memcpy  petrel_memcpy
#define memmove petrel_memmove
#define memset  petrel_memset
#define memchr  petrel_memchr
#define memcmp  petrel_memcmp
#define strlen  petrel_strlen
#define strcmp  petrel_strcmp
#define strncmp petrel_strncmp
#include "../../src/lib/string.h"
#include "../../src/lib/string.c"
#undef memcpy
#undef memmove
#undef memset
#undef memchr
#undef memcmp
#undef strlen
#undef strcmp
#undef strncmp

enum { SIZE = 48, SPAN = 20 };

static uint8_t memory[SIZE], expected[SIZE];

static void fill(void)
{
	for (unsigned i = 0; i < SIZE; i++)
		memory[i] = expected[i] = i + 1;
}

static bool equal(void)
{
	for (unsigned i = 0; i < SIZE; i++)
		if (memory[i] != expected[i])
			return false;
	return true;
}

static void copies(void)
{
	bool all = true;

	for (unsigned to = 0; to < SPAN; to++)
		for (unsigned from = 0; from < SPAN; from++)
			for (unsigned size = 0; size < SPAN; size++) {
				uint8_t old[SIZE];

				fill();
				for (unsigned i = 0; i < SIZE; i++)
					old[i] = memory[i];
				for (unsigned i = 0; i < size; i++)
					expected[to + i] = old[from + i];
				all &= petrel_memmove(memory + to, memory + from, size) ==
				       memory + to;
				all &= equal();
				if (to < from + size && from < to + size)
					continue;
				fill();
				for (unsigned i = 0; i < size; i++)
					expected[to + i] = old[from + i];
				all &= petrel_memcpy(memory + to, memory + from, size) ==
				       memory + to;
				all &= equal();
			}
	ok(all);
}

static void fills(void)
{
	bool all = true;

	for (unsigned to = 0; to < SPAN; to++)
		for (unsigned size = 0; size < SPAN; size++) {
			fill();
			for (unsigned i = 0; i < size; i++)
				expected[to + i] = 0xa5;
			all &= petrel_memset(memory + to, 0x7a5, size) == memory + to;
			all &= equal();
		}
	ok(all);
}

static void comparisons(void)
{
	ok(!petrel_memchr("abc", 'a', 0) && !petrel_memchr("abc", 'd', 3));
	ok(*(char *)petrel_memchr("abca", 'a', 4) == 'a' && !petrel_memchr("bca", 'a', 2));
	ok(!strcmp(petrel_memchr("xabc", 'b', 4), "bc") &&
	   !strcmp(petrel_memchr("c", 'c', 1), "c"));
	ok(petrel_memcmp("", "x", 0) == 0);
	ok(petrel_memcmp("abc", "abd", 2) == 0);
	ok(petrel_memcmp("abc", "abd", 3) < 0);
	ok(petrel_memcmp("b", "abc", 1) > 0);
	ok(petrel_memcmp("\x80", "\x7f", 1) > 0);
	ok(petrel_memcmp("a\0b", "a\0c", 3) < 0);
	ok(petrel_strcmp("", "") == 0);
	ok(petrel_strcmp("abc", "abc") == 0);
	ok(petrel_strcmp("abc", "abcd") < 0);
	ok(petrel_strcmp("abcd", "abc") > 0);
	ok(petrel_strcmp("\x80", "\x7f") > 0);
	ok(petrel_strncmp("abcX", "abcY", 3) == 0);
	ok(petrel_strncmp("abcX", "abcY", 4) < 0);
	ok(petrel_strncmp("abc", "abc", 100) == 0);
	ok(petrel_strncmp("a", "b", 0) == 0);
	ok(petrel_strlen("") == 0);
	ok(petrel_strlen("1234567") == 7);
}

int main(void)
{
	copies();
	fills();
	comparisons();
	return done();
}
