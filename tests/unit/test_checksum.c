/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * The fast sum against the plain one: every alignment, the lengths around its
 * steps, and bytes that carry the most.
 */
#include "lib/checksum.h"

#include <stdlib.h>
#include <string.h>

#include "unit.h"

static uint8_t memory[5000];

static uint8_t plain_sum(const uint8_t *p, size_t size)
{
	uint8_t sum = 0;

	for (; size; size--)
		sum += *p++;
	return sum;
}

static bool all_agree(void)
{
	for (size_t start = 0; start < 4; start++)
		for (size_t size = 0; size + start <= sizeof(memory);
		     size += size < 40 || (size > 1000 && size < 1060) ? 1 : 37)
			if (checksum_bytes(memory + start, size) != plain_sum(memory + start, size))
				return false;
	return true;
}

int main(void)
{
	memset(memory, 0xff, sizeof(memory));
	ok(all_agree());
	memset(memory, 0x80, sizeof(memory));
	ok(all_agree());
	srand(1);
	for (size_t i = 0; i < sizeof(memory); i++)
		memory[i] = rand();
	ok(all_agree());
	return done();
}
