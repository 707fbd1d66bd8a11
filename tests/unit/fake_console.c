/* SPDX-License-Identifier: LGPL-3.0-or-later */
#include "fake_console.h"

#include <stdlib.h>
#include <string.h>

#include "hw/clock.h"
#include "hw/reset.h"
#include "lib/memory.h"

uint8_t __attribute__((aligned(4096))) fake_memory[FAKE_MEMORY];
uint64_t fake_ns;
jmp_buf fake_reset;
static void *allocated;

uint64_t clock_ns(void)
{
	return fake_ns;
}

void reset_machine(void)
{
	longjmp(fake_reset, 1);
}

void memset16(void *memory, unsigned word, size_t count)
{
	for (uint16_t *to = memory; count; count--)
		*to++ = word;
}

/* From the host, so that AddressSanitizer watches its ends. */
void *memory_alloc_raw(uint32_t size, uint32_t align)
{
	(void)align;
	return allocated = malloc(size);
}

void fake_console_free(void)
{
	free(allocated);
	allocated = NULL;
}

void *memory_alloc_low(uint32_t size, uint32_t align)
{
	(void)size;
	(void)align;
	return NULL;
}

void fake_console_reset(void)
{
	memset(fake_memory, 0, sizeof(fake_memory));
	fake_ns = 0;
}
