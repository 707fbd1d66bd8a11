/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * The sum of many bytes, four at a time: the tables of a machine are most of
 * what POST has to look at before it can start a kernel.
 */
#include "checksum.h"

enum {
	EVEN_BYTES = 0x00ff00ff,
	WORDS_AT_ONCE = 0xffff / 0xff, /* then a sum of 16 bits could overflow */
};

/* Four bytes of anything, at any address. */
typedef uint32_t __attribute__((aligned(1), may_alias)) any_word;

uint8_t byte_sum(const void *memory, size_t size)
{
	const any_word *word = memory;
	const uint8_t *byte;
	uint32_t total = 0;

	while (size >= 4) {
		uint32_t all = 0, even = 0, odd;
		size_t n = size / 4 < WORDS_AT_ONCE ? size / 4 : WORDS_AT_ONCE;

		size -= n * 4;
		for (; n; n--, word++) {
			all += *word;
			even += *word & EVEN_BYTES;
		}
		odd = (all - even) >> 8;
		total += even + (even >> 16) + odd + (odd >> 16);
	}
	for (byte = (const uint8_t *)word; size; size--)
		total += *byte++;
	return total;
}
