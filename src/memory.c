/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * Where Petrel's own memory comes from: the rest of its data segment for what
 * lives after boot, conventional memory for what POST needs for a moment, and
 * the end of RAM below 4 GiB for ACPI tables and large buffers. Each is a
 * pointer that only moves; nothing is given back before the next reset.
 */
#include "memory.h"

#include <string.h>

#include "layout.h"
#include "rom.h"

enum { HIGH_FLOOR = 2 << 20, MIB = 1 << 20, PAGE_SIZE = 4096 };

static uint32_t heap_next, scratch_next, high_next, ram_end;
static uint32_t even_start, even_size;

static uint32_t align_up(uint32_t value, uint32_t align)
{
	return (value + align - 1) & ~(align - 1);
}

void memory_init(void)
{
	heap_next = ptr_phys(heap_start);
	scratch_next = SCRATCH_BASE;
	high_next = ram_end = even_start = even_size = 0;
}

/* Takes size bytes at *next, aligned, unless that would pass end. */
static void *take(uint32_t *next, uint32_t end, size_t size, size_t align)
{
	uint32_t start = align_up(*next, align);

	if (start < *next || start > end || size > end - start)
		return NULL;
	*next = start + size;
	return phys_ptr(start);
}

void *heap_alloc(size_t size, size_t align)
{
	void *memory = take(&heap_next, ptr_phys(heap_end), size, align);

	return memory ? memset(memory, 0, size) : NULL;
}

void *scratch_alloc(size_t size, size_t align)
{
	return take(&scratch_next, SCRATCH_END, size, align);
}

void high_init(uint32_t end)
{
	high_next = ram_end = end & ~(PAGE_SIZE - 1);
}

void *high_alloc(uint32_t size, uint32_t align)
{
	uint32_t start;

	if (high_next < HIGH_FLOOR || size > high_next - HIGH_FLOOR)
		return NULL;
	start = (high_next - size) & ~(align - 1);
	if (start < HIGH_FLOOR)
		return NULL;
	high_next = start;
	return phys_ptr(start);
}

void *high_alloc_even(uint32_t size)
{
	uint32_t start = high_start() - size;
	uint32_t last = high_start() - 1;

	if (last & MIB) /* up to the end of the even megabyte below */
		start = (last & ~(MIB - 1)) - size;
	else if (start & MIB) /* it begins in the odd one: likewise, one further down */
		start = (start & ~(MIB - 1)) - size;
	if (high_start() < HIGH_FLOOR + 2 * MIB + size)
		return NULL;
	even_start = start;
	even_size = size;
	return phys_ptr(start);
}

uint32_t high_start(void)
{
	return high_next & ~(PAGE_SIZE - 1);
}

uint32_t high_end(void)
{
	return ram_end;
}

static bool overlap(uint64_t start, uint64_t length, uint64_t from, uint64_t to)
{
	return start < to && (start >= from || length > from - start);
}

bool memory_is_callers(uint64_t start, uint64_t length)
{
	return start + length >= start && !overlap(start, length, DATA_BASE, 0x100000) &&
	       !overlap(start, length, high_start(), high_end()) &&
	       !overlap(start, length, even_start, even_start + even_size);
}

void *callers_ptr(uint16_t seg, uint32_t off, uint32_t size)
{
	void *memory = seg_ptr(seg, off);

	return memory_is_callers(ptr_phys(memory), size) ? memory : NULL;
}
