/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * The sum of many bytes, four at a time: the tables of a machine are most of
 * what POST has to look at before it can start a kernel.
 */
#include "lib/checksum.h"

enum {
	EVEN_BYTES = 0x00ff00ff,
	STEP = 8, /* words: one turn of the loop */
	/* The two bytes of every word that are added up in 16 bits of a sum must not
	 * overflow it. */
	STEPS_AT_ONCE = 0xffff / 0xff / STEP,
};

/* Four bytes of anything, at any address. */
typedef uint32_t __attribute__((aligned(1), may_alias)) any_word;

/* The sum of so many words, of which `count` is a multiple of STEP. */
static uint32_t sum_words(const any_word *word, size_t count)
{
	uint32_t all = 0, even = 0, odd;

	for (; count; count -= STEP)
#pragma GCC unroll 8
		for (unsigned i = 0; i < STEP; i++, word++) {
			all += *word;
			even += *word & EVEN_BYTES;
		}
	odd = (all - even) >> 8;
	return even + (even >> 16) + odd + (odd >> 16);
}

uint8_t checksum_bytes(const void *memory, size_t size)
{
	const uint8_t *byte = memory;
	uint32_t total = 0, pairs = 0;

	while (size >= STEP * 4) {
		size_t steps = size / (STEP * 4);

		if (steps > STEPS_AT_ONCE)
			steps = STEPS_AT_ONCE;
		total += sum_words((const any_word *)byte, steps * STEP);
		byte += steps * STEP * 4;
		size -= steps * STEP * 4;
	}
	for (; size >= 4; size -= 4, byte += 4) {
		uint32_t word = *(const any_word *)byte;

		pairs += (word & EVEN_BYTES) + (word >> 8 & EVEN_BYTES);
	}
	total += pairs + (pairs >> 16);
	for (; size; size--)
		total += *byte++;
	return total;
}
