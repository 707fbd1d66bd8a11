/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * The allocators at their limits, and which memory a disk may be read to.
 */
#include "lib/memory.h"

#include <stdlib.h>
#include <string.h>

#include "bios/regs.h"
#include "layout.h"
#include "lib/memmap.h"
#include "lib/util.h"
#include "unit.h"

enum {
	LOW_SIZE = FSEG_BASE - MACHINE_LOW,
	FSEG_SIZE = MACHINE_FSEG_END - MACHINE_FSEG,
	SCRATCH_SIZE = SCRATCH_END - SCRATCH_BASE,
	FLOOR = 2 << 20, /* the arena never reaches below */
};

static bool all_zero(const uint8_t *memory, size_t size)
{
	for (; size; size--)
		if (*memory++)
			return false;
	return true;
}

static void addresses(void)
{
	ok(phys_ptr(0) == machine_memory);
	ok(ptr_phys(machine_memory + 0x12345) == 0x12345);
	ok(seg_ptr(0x1234, 0x5678) == machine_memory + 0x12340 + 0x5678);
	ok(seg_ptr(0x40, 0xffff006c) == machine_memory + 0x46c);
	ok(seg_ptr(0xffff, 0xffff) == machine_memory + 0x10ffef);
}

static void low(void)
{
	uint8_t *memory;

	machine_reset();
	memory = memory_alloc_low(1, 1);
	ok(ptr_phys(memory) == MACHINE_LOW);
	memory = memory_alloc_low(100, 512);
	ok(ptr_phys(memory) == MACHINE_LOW + 512);
	memset(memory, 0xff, 100);
	ok(!memory_alloc_low(LOW_SIZE, 1));
	ok(!memory_alloc_low(UINT32_MAX, 1));
	ok(!memory_alloc_low(UINT32_MAX - MACHINE_LOW, 4096));
	ok(!memory_alloc_low(1, 1u << 31));
	memory = memory_alloc_low(LOW_SIZE - 612, 1); /* a failure took nothing */
	ok(ptr_phys(memory) == MACHINE_LOW + 612);
	ok(!memory_alloc_low(1, 1));
	ok(memory_alloc_low(0, 1));
	machine_reset();
	memory = memory_alloc_low(LOW_SIZE, 1);
	ok(memory && all_zero(memory, LOW_SIZE));
}

static void fseg(void)
{
	uint8_t *memory;

	machine_reset();
	memset(machine_memory + MACHINE_FSEG - 16, 0xff, 16);
	memory = memory_alloc_fseg(20, 16);
	ok(ptr_phys(memory) == MACHINE_FSEG);
	memory = memory_alloc_fseg(20, 16);
	ok(ptr_phys(memory) == MACHINE_FSEG + 32);
	ok(!memory_alloc_fseg(FSEG_SIZE - 51, 1));
	ok(ptr_phys(memory_alloc_fseg(FSEG_SIZE - 52, 1)) == MACHINE_FSEG + 52);
	ok(!memory_alloc_fseg(1, 1));
}

static void scratch(void)
{
	machine_reset();
	ok(ptr_phys(memory_alloc_scratch(3, 1)) == SCRATCH_BASE);
	ok(ptr_phys(memory_alloc_scratch(8, 8)) == SCRATCH_BASE + 8);
	ok(!memory_alloc_scratch(SCRATCH_SIZE - 15, 1));
	ok(!memory_alloc_scratch(UINT32_MAX, 4));
	ok(ptr_phys(memory_alloc_scratch(SCRATCH_SIZE - 16, 1)) == SCRATCH_BASE + 16);
	ok(!memory_alloc_scratch(1, 1));
	machine_reset();
	ok(memory_alloc_scratch(SCRATCH_SIZE, 16));
}

/* The arena is one piece of whole pages up to the end of RAM, reserved in the map; what
 * is below it is RAM as before. */
static bool arena_is_mapped(void)
{
	struct memory_range arena = memory_arena();
	unsigned count;
	const struct memmap_entry *map = memmap_entries(&count), *last = &map[count - 1];

	if (arena.start % PAGE_SIZE || arena.end % PAGE_SIZE)
		return false;
	if (arena.start == arena.end)
		return last->type == MEMMAP_RAM && last->start + last->length >= arena.end;
	return last->type == MEMMAP_RESERVED && last->start == arena.start &&
	       last->start + last->length == arena.end && last[-1].type == MEMMAP_RAM &&
	       last[-1].start == MIB && last[-1].start + last[-1].length == arena.start;
}

static bool is_all(const uint8_t *memory, uint8_t byte, uint32_t size)
{
	for (; size; size--)
		if (*memory++ != byte)
			return false;
	return true;
}

static void arena(void)
{
	machine_reset();
	ok(memory_arena().start == MACHINE_MEMORY && memory_arena().end == MACHINE_MEMORY);
	ok(ptr_phys(memory_alloc(1, 1)) == MACHINE_MEMORY - 1);
	ok(memory_arena().start == MACHINE_MEMORY - PAGE_SIZE && arena_is_mapped());
	ok(ptr_phys(memory_alloc(100, 64)) == MACHINE_MEMORY - 128);
	ok(ptr_phys(memory_alloc_raw(4096, 4096)) == MACHINE_MEMORY - 8192);
	ok(memory_arena().start == MACHINE_MEMORY - 8192 && arena_is_mapped());
	ok(!memory_alloc(UINT32_MAX, 1) && !memory_alloc_raw(UINT32_MAX, 1));
	ok(!memory_alloc(MACHINE_MEMORY - FLOOR, 1));
	ok(!memory_alloc(1, 1u << 31));
	ok(!memory_alloc(1, 1u << 23));
	ok(memory_arena().start == MACHINE_MEMORY - 8192 && arena_is_mapped());
	/* To the last byte. */
	ok(ptr_phys(memory_alloc_uncounted(MACHINE_MEMORY - FLOOR - 8192, 1)) == FLOOR);
	ok(!memory_alloc(1, 1) && !memory_alloc_uncounted(1, 1) && arena_is_mapped());
}

/* What is for us has a limit, gaps included; what is for option ROMs has not. */
static void limit(void)
{
	machine_reset();
	ok(!memory_alloc(MIB + 1, 1) && memory_alloc(MIB / 2, 1));
	ok(memory_alloc_uncounted(3 * PAGE_SIZE, PAGE_SIZE));
	ok(!memory_alloc(MIB / 2 + 1, 1) && memory_alloc(MIB / 2 - 10, 1));
	ok(!memory_alloc_raw(1, 16) || !memory_alloc_raw(1, 16));
	ok(!memory_alloc(11, 1));
	ok(memory_arena().end - memory_arena().start <= MIB + 4 * PAGE_SIZE);
	ok(memory_alloc_uncounted(MIB, 1) && arena_is_mapped());
}

/* Before the end of RAM is known, where there is too little, and where it is odd. */
static void arena_ends(void)
{
	static const struct memory_layout layout = {.own = {DATA_BASE, MIB}};

	machine_reset();
	memory_init(&layout);
	ok(!memory_alloc(0, 1) && !memory_alloc(1, 1) && !memory_alloc_raw(1, 1));
	memory_set_end(0);
	ok(!memory_alloc(1, 1));
	memory_set_end(MIB + 5);
	ok(!memory_alloc(1, 1));
	memory_set_end(3 * MIB + 4095);
	ok(memory_arena().end == 3 * MIB);
	memory_set_end(FLOOR);
	ok(!memory_alloc(1, 1));
	memory_set_end(MACHINE_MEMORY + PAGE_SIZE); /* there is no RAM */
	ok(!memory_alloc(1, 1) && memory_arena().start == memory_arena().end);
	machine_reset();
	memmap_set(4 * MIB, PAGE_SIZE, MEMMAP_ACPI); /* the host has taken it */
	ok(memory_alloc(1, 1) && !memory_alloc(4 * MIB, 1));
	ok(memory_alloc_uncounted(4 * MIB - 2 * PAGE_SIZE, 1));
	ok(!memory_alloc(PAGE_SIZE, 1));
}

/* What is given out is aligned, below all that was given out before it, in the map,
 * nobody else's, and crosses no boundary that it is aligned to. */
static void arena_at_random(void)
{
	bool all = true;

	for (unsigned seed = 0; seed < 200; seed++) {
		uint32_t below = MACHINE_MEMORY;
		unsigned given = 0;

		machine_reset();
		srand(seed);
		for (unsigned i = 0; i < 60; i++) {
			uint32_t align = 1u << rand() % 21, size = rand() % (1u << rand() % 20);
			bool raw = rand() % 2;
			uint8_t *memory = (raw ? memory_alloc_raw : memory_alloc)(size, align);
			uint32_t start = ptr_phys(memory);

			if (!memory) {
				all &= MACHINE_MEMORY - below + size + align > MIB;
				continue;
			}
			given++;
			all &= start % align == 0 && start + size <= below && start >= FLOOR;
			all &= !size || size > align || start / align == (start + size - 1) / align;
			all &= raw || all_zero(memory, size);
			memset(memory, 0xff, size);
			all &= !size || (!memory_is_callers(start, 1) &&
					 !memory_is_callers(start + size - 1, 1));
			all &= memory_arena().start <= start &&
			       memory_arena().end == MACHINE_MEMORY;
			all &= memory_arena().start + PAGE_SIZE > start && arena_is_mapped();
			below = start;
		}
		all &= given > 0;
	}
	ok(all);
}

/* Nothing is written but what was asked for, also by those that clear it. */
static void neighbours(void)
{
	uint8_t *upper, *lower, *middle;

	machine_reset();
	upper = memory_alloc_raw(64, 64);
	memset(upper, 0xab, 64);
	middle = memory_alloc(64, 64);
	lower = memory_alloc_raw(64, 64);
	memset(lower, 0xab, 64);
	ok(middle + 64 == upper && lower + 64 == middle && all_zero(middle, 64));
	memory_alloc(4096, 1);
	memory_alloc_low(64, 1);
	memory_alloc_fseg(64, 1);
	ok(is_all(upper, 0xab, 64) && is_all(lower, 0xab, 64));
}

static void callers(void)
{
	uint32_t top = MACHINE_MEMORY - 4096;

	machine_reset();
	ok(memory_is_callers(top, 4096)); /* nothing is ours there yet */
	memory_alloc(4096, 1);
	ok(memory_is_callers(0, 1));
	ok(memory_is_callers(0x7c00, 512));
	ok(memory_is_callers(0, DATA_BASE));
	ok(!memory_is_callers(0, DATA_BASE + 1));
	ok(!memory_is_callers(DATA_BASE, 1));
	ok(!memory_is_callers(DATA_BASE - 1, 2));
	ok(!memory_is_callers(0xfffff, 1));
	ok(memory_is_callers(0x100000, 1));
	ok(memory_is_callers(0x100000, top - 0x100000));
	ok(!memory_is_callers(0x100000, top - 0x100000 + 1));
	ok(!memory_is_callers(top, 1));
	ok(!memory_is_callers(MACHINE_MEMORY - 1, 1));
	ok(memory_is_callers(MACHINE_MEMORY, 1));
	ok(!memory_is_callers(0, UINT64_MAX));
	ok(!memory_is_callers(1, UINT64_MAX)); /* wraps to 0 */
	ok(!memory_is_callers(UINT64_MAX, 2));
	ok(!memory_is_callers(UINT64_MAX - 511, 1024));
	ok(memory_is_callers(1ull << 32, 1ull << 32));
	ok(memory_is_callers((1ull << 32) + DATA_BASE, 512));
	ok(!memory_is_callers(DATA_BASE - 512, 1ull << 32));
}

int main(void)
{
	addresses();
	low();
	fseg();
	scratch();
	arena();
	limit();
	arena_ends();
	arena_at_random();
	neighbours();
	callers();
	return done();
}
