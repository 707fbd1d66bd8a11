/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * The fast sum against the plain one: every alignment, the lengths around its
 * steps, and bytes that carry the most.
 */
#include "lib/checksum.h"
#include "lib/crc32.h"

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

/* The value that everybody checks an implementation by. */
static void crc(void)
{
	static const char digits[] = "123456789";

	ok(!crc32(0, digits, 0) && crc32(0, digits, 9) == 0xcbf43926);
	for (size_t cut = 0; cut < 9; cut++)
		ok(crc32(crc32(0, digits, cut), digits + cut, 9 - cut) == 0xcbf43926);
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
	crc();
	return done();
}
