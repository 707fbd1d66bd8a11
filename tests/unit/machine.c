/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * See machine.h. The linker's --wrap puts the __wrap_ functions between the
 * sources and memory.c's allocators.
 */
#include "machine.h"

#include <sanitizer/asan_interface.h>
#include <stdio.h>
#include <string.h>

#include "layout.h"
#include "lib/log.h"
#include "lib/memmap.h"
#include "lib/memory.h"
#include "lib/util.h"

enum { ARENA_FLOOR = 2 << 20 }; /* as in memory.c */

uint8_t __attribute__((aligned(1 << 20))) machine_memory[MACHINE_MEMORY];

void memset16(void *memory, unsigned word, size_t count)
{
	for (uint16_t *next = memory; count; count--)
		*next++ = word;
}

static char said[4096];
static size_t said_length;

static void show(const char *s, size_t length)
{
	if (length > sizeof(said) - 1 - said_length)
		length = sizeof(said) - 1 - said_length;
	memcpy(said + said_length, s, length);
	said_length += length;
	said[said_length] = '\0';
}

static void forget(void)
{
	said_length = 0;
	said[0] = '\0';
}

bool machine_said(const char *text)
{
	bool found = strstr(said, text);

	if (!found)
		printf("said '%s', not '%s'\n", said, text);
	forget();
	return found;
}

bool machine_said_once(const char *text)
{
	const char *first = strstr(said, text);
	bool again = first && strstr(first + 1, text);

	if (again)
		printf("said '%s'\n", said);
	return machine_said(text) && !again;
}

bool machine_said_only(const char *text)
{
	bool more = strlen(said) > strlen(text);

	if (more)
		printf("said '%s'\n", said);
	return machine_said(text) && !more;
}

bool machine_was_silent(void)
{
	bool silent = !said_length;

	if (!silent)
		printf("said '%s'\n", said);
	forget();
	return silent;
}

void *__real_memory_alloc(uint32_t size, uint32_t align);
void *__real_memory_alloc_raw(uint32_t size, uint32_t align);
void *__real_memory_alloc_uncounted(uint32_t size, uint32_t align);
void *__wrap_memory_alloc_uncounted(uint32_t size, uint32_t align);
void *__real_memory_alloc_low(uint32_t size, uint32_t align);
void *__real_memory_alloc_fseg(uint32_t size, uint32_t align);
void *__real_memory_alloc_scratch(uint32_t size, uint32_t align);
void *__wrap_memory_alloc(uint32_t size, uint32_t align);
void *__wrap_memory_alloc_raw(uint32_t size, uint32_t align);
void *__wrap_memory_alloc_low(uint32_t size, uint32_t align);
void *__wrap_memory_alloc_fseg(uint32_t size, uint32_t align);
void *__wrap_memory_alloc_scratch(uint32_t size, uint32_t align);

static void *given(void *memory, size_t size)
{
	if (memory)
		__asan_unpoison_memory_region(memory, size);
	return memory;
}

void *__wrap_memory_alloc_raw(uint32_t size, uint32_t align)
{
	return given(__real_memory_alloc_raw(size, align), size);
}

void *__wrap_memory_alloc_uncounted(uint32_t size, uint32_t align)
{
	return given(__real_memory_alloc_uncounted(size, align), size);
}

/* The arena clears what it returns before we know where that is: for so long, all that it
 * may take can be written to. */
void *__wrap_memory_alloc(uint32_t size, uint32_t align)
{
	uint8_t *next = __real_memory_alloc_raw(0, 1), *floor = machine_memory + ARENA_FLOOR;
	void *memory;

	if (!next)
		return __real_memory_alloc(size, align);
	if ((uint64_t)size + align < (uint64_t)(next - floor))
		floor = next - size - align;
	__asan_unpoison_memory_region(floor, next - floor);
	memory = __real_memory_alloc(size, align);
	__asan_poison_memory_region(floor, next - floor);
	return given(memory, size);
}

/* So do the pools below 1 MiB. */
static void *from_pool(void *(*alloc)(uint32_t, uint32_t), uint32_t pool_end, uint32_t size,
		       uint32_t align)
{
	uint8_t *next = alloc(0, 1), *end = machine_memory + pool_end, *memory;

	__asan_unpoison_memory_region(next, end - next);
	memory = alloc(size, align);
	__asan_poison_memory_region(next, end - next);
	return given(memory, size);
}

void *__wrap_memory_alloc_low(uint32_t size, uint32_t align)
{
	return from_pool(__real_memory_alloc_low, FSEG_BASE, size, align);
}

void *__wrap_memory_alloc_fseg(uint32_t size, uint32_t align)
{
	return from_pool(__real_memory_alloc_fseg, MACHINE_FSEG_END, size, align);
}

void *__wrap_memory_alloc_scratch(uint32_t size, uint32_t align)
{
	return given(__real_memory_alloc_scratch(size, align), size);
}

static void poison(uint32_t start, uint32_t end)
{
	__asan_poison_memory_region(machine_memory + start, end - start);
}

void machine_reset(void)
{
	static const struct memory_layout layout = {
		.own = {DATA_BASE, MIB},
		.low = {MACHINE_LOW, FSEG_BASE},
		.fseg = {MACHINE_FSEG, MACHINE_FSEG_END},
		.scratch = {SCRATCH_BASE, SCRATCH_END},
	};

	log_init("Petrel", show);
	memmap_init();
	memmap_set(0, EBDA_BASE, MEMMAP_RAM);
	memmap_set(EBDA_BASE, VGA_BASE - EBDA_BASE, MEMMAP_RESERVED);
	memmap_set(DATA_BASE, MIB - DATA_BASE, MEMMAP_RESERVED);
	memmap_set(MIB, MACHINE_MEMORY - MIB, MEMMAP_RAM);
	memory_init(&layout);
	memory_set_end(MACHINE_MEMORY);
	forget();
	poison(SCRATCH_BASE, SCRATCH_END);
	poison(MACHINE_LOW, FSEG_BASE);
	poison(MACHINE_FSEG, MACHINE_FSEG_END);
	poison(MIB, MACHINE_MEMORY);
}

void machine_end_of_post(void)
{
	__asan_unpoison_memory_region(machine_memory, memory_arena().start);
}
