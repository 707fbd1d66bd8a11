/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * Petrel's own memory. One allocator has all that we take below 4 GiB: the arena, which
 * begins at the end of RAM and grows downwards in one piece, so that the memory map
 * stays short and an operating system loses no more than was asked for. ACPI tables,
 * virtqueues, read-ahead windows and option ROMs' permanent memory come from it and can
 * therefore not overlap.
 *
 * Beside it there are three small pools below 1 MiB. Each is a pointer that only moves.
 */
#include "lib/memory.h"

#include <string.h>

#include "lib/memmap.h"
#include "lib/util.h"

enum {
	ARENA_FLOOR = 2 << 20,   /* the arena never reaches down to here */
	ARENA_OUR_MAX = 1 << 20, /* that much of it is for us, but for memory_alloc_uncounted() */
};

static struct memory_range own, arena, low, fseg, scratch;
static uint32_t scratch_start;
static uint32_t arena_next; /* the lowest byte given out; arena.start is its page */
static uint32_t arena_ours; /* bytes given out that count, gaps included */

void memory_init(const struct memory_layout *layout)
{
	own = layout->own;
	low = layout->low;
	fseg = layout->fseg;
	scratch = layout->scratch;
	scratch_start = scratch.start;
	arena = (struct memory_range){0, 0};
	arena_next = arena_ours = 0;
}

void memory_set_end(uint32_t end)
{
	arena_next = align_down(end, PAGE_SIZE);
	arena = (struct memory_range){arena_next, arena_next};
}

struct memory_range memory_arena(void)
{
	return arena;
}

/* Lets the arena begin at `start` at the latest, and the memory map follow in whole
 * pages; false if there is no RAM. */
static bool grow_arena(uint32_t start)
{
	start = align_down(start, PAGE_SIZE);
	if (start >= arena.start)
		return true;
	if (!memmap_grow_down(arena.start, start)) { /* the first page, or no RAM */
		if (memmap_ram_from(start, arena.start) < arena.start - start)
			return false;
		memmap_set(start, arena.start - start, MEMMAP_RESERVED);
	}
	arena.start = start;
	return true;
}

/* Takes a block of which the arena grows by `limit` bytes at most, gaps included. */
static void *take_from_arena(uint32_t size, uint32_t align, uint32_t limit)
{
	uint32_t start;

	if (arena_next < ARENA_FLOOR || size > arena_next - ARENA_FLOOR)
		return NULL;
	start = align_down(arena_next - size, align);
	if (start < ARENA_FLOOR || arena_next - start > limit || !grow_arena(start))
		return NULL;
	arena_next = start;
	return phys_ptr(start);
}

void *memory_alloc_uncounted(uint32_t size, uint32_t align)
{
	return take_from_arena(size, align, UINT32_MAX);
}

void *memory_alloc_raw(uint32_t size, uint32_t align)
{
	uint32_t before = arena_next;
	void *memory = take_from_arena(size, align, ARENA_OUR_MAX - arena_ours);

	arena_ours += before - arena_next;
	return memory;
}

void *memory_alloc(uint32_t size, uint32_t align)
{
	void *memory = memory_alloc_raw(size, align);

	return memory ? memset(memory, 0, size) : NULL;
}

/* Takes size bytes from the start of a pool. */
static void *take(struct memory_range *pool, uint32_t size, uint32_t align)
{
	uint32_t start = align_up(pool->start, align);

	if (start < pool->start || start > pool->end || size > pool->end - start)
		return NULL;
	pool->start = start + size;
	return phys_ptr(start);
}

static void *take_zeroed(struct memory_range *pool, uint32_t size, uint32_t align)
{
	void *memory = take(pool, size, align);

	return memory ? memset(memory, 0, size) : NULL;
}

void *memory_alloc_low(uint32_t size, uint32_t align)
{
	return take_zeroed(&low, size, align);
}

void *memory_alloc_fseg(uint32_t size, uint32_t align)
{
	return take(&fseg, size, align);
}

void *memory_alloc_scratch(uint32_t size, uint32_t align)
{
	return take(&scratch, size, align);
}

void memory_reset_scratch(void)
{
	scratch.start = scratch_start;
}

static bool overlaps(const struct memory_range *range, uint64_t start, uint64_t length)
{
	return start < range->end && (start >= range->start || length > range->start - start);
}

bool memory_is_callers(uint64_t start, uint64_t length)
{
	return start + length >= start && !overlaps(&own, start, length) &&
	       !overlaps(&arena, start, length);
}
