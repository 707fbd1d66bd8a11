/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * The memory of boot entries and of the text that they come from: taken piece by piece from
 * what entry_init() was given, and never given back.
 */
#include "boot/entry.h"

#include <stddef.h>
#include <string.h>

#include "lib/log.h"
#include "lib/memory.h"
#include "lib/util.h"

enum { ALIGN = 16 }; /* any disk can read to there: MAX_DISK_ALIGN */

static struct {
	uint8_t *next;
	uint32_t left;
	bool said;
} memory;

void entry_init(void *start, uint32_t size)
{
	uint32_t skip = -ptr_phys(start) & (ALIGN - 1);

	memory.next = (uint8_t *)start + skip;
	memory.left = size - skip;
	memory.said = false;
}

void *entry_alloc(uint32_t size)
{
	void *block = memory.next;

	if (size > memory.left) {
		if (!memory.said)
			say("Boot entries: no memory left, some are missing\n");
		memory.said = true;
		return NULL;
	}
	size = min_u32(align_up(size, ALIGN), memory.left);
	memory.next += size;
	memory.left -= size;
	return memset(block, 0, size);
}
