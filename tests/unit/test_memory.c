/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * The allocators at their limits, and which memory a disk may be read to.
 */
#include "memory.h"

#include <string.h>

#include "layout.h"
#include "unit.h"

enum { HEAP_SIZE = ROM_BASE - MACHINE_HEAP, SCRATCH_SIZE = SCRATCH_END - SCRATCH_BASE };

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

static void heap(void)
{
	uint8_t *memory;

	machine_reset();
	memory = heap_alloc(1, 1);
	ok(ptr_phys(memory) == MACHINE_HEAP);
	memory = heap_alloc(100, 512);
	ok(ptr_phys(memory) == MACHINE_HEAP + 512);
	memset(memory, 0xff, 100);
	ok(!heap_alloc(HEAP_SIZE, 1));
	ok(!heap_alloc(SIZE_MAX, 1));
	ok(!heap_alloc(SIZE_MAX - MACHINE_HEAP, 4096));
	ok(!heap_alloc(1, 1u << 31));
	memory = heap_alloc(HEAP_SIZE - 612, 1); /* a failure took nothing */
	ok(ptr_phys(memory) == MACHINE_HEAP + 612);
	ok(!heap_alloc(1, 1));
	ok(heap_alloc(0, 1));
	machine_reset();
	memory = heap_alloc(HEAP_SIZE, 1);
	ok(memory && all_zero(memory, HEAP_SIZE));
}

static void scratch(void)
{
	machine_reset();
	ok(ptr_phys(scratch_alloc(3, 1)) == SCRATCH_BASE);
	ok(ptr_phys(scratch_alloc(8, 8)) == SCRATCH_BASE + 8);
	ok(!scratch_alloc(SCRATCH_SIZE - 15, 1));
	ok(!scratch_alloc(UINT32_MAX, 4));
	ok(ptr_phys(scratch_alloc(SCRATCH_SIZE - 16, 1)) == SCRATCH_BASE + 16);
	ok(!scratch_alloc(1, 1));
	machine_reset();
	ok(scratch_alloc(SCRATCH_SIZE, 16));
}

static void high(void)
{
	machine_reset();
	ok(high_start() == MACHINE_MEMORY && high_end() == MACHINE_MEMORY);
	ok(ptr_phys(high_alloc(1, 1)) == MACHINE_MEMORY - 1);
	ok(high_start() == MACHINE_MEMORY - 4096);
	ok(ptr_phys(high_alloc(100, 64)) == MACHINE_MEMORY - 128);
	ok(ptr_phys(high_alloc(4096, 4096)) == MACHINE_MEMORY - 8192);
	ok(high_start() == MACHINE_MEMORY - 8192);
	ok(!high_alloc(UINT32_MAX, 1));
	ok(!high_alloc(MACHINE_MEMORY - (2 << 20), 1));
	ok(!high_alloc(1, 1u << 31));
	ok(!high_alloc(1, 1u << 23));
	ok(ptr_phys(high_alloc(MACHINE_MEMORY - (2 << 20) - 8192, 1)) ==
	   2 << 20); /* to the last byte */
	ok(!high_alloc(1, 1));
	high_init(0);
	ok(!high_alloc(0, 1) && !high_alloc(1, 1));
	high_init((1 << 20) + 5);
	ok(!high_alloc(1, 1));
	high_init((3 << 20) + 4095);
	ok(high_end() == 3 << 20);
}

/* Whole, in an even megabyte, and nobody else's. */
static void high_even(void)
{
	bool all = true;

	for (uint32_t used = 0; used <= 3 << 20; used += 0x10000) {
		uint32_t size = 0x80000, start;

		machine_reset();
		high_alloc(used, 1);
		start = ptr_phys(high_alloc_even(size));
		all &= !(start & 1 << 20) && !((start + size - 1) & 1 << 20);
		all &= start + size <= high_start();
		all &= memory_is_callers(start - 1, 1) && !memory_is_callers(start, 1);
		all &= !memory_is_callers(start + size - 1, 1);
	}
	ok(all);
	machine_reset();
	ok(high_alloc(MACHINE_MEMORY - (4 << 20), 1));
	ok(!high_alloc_even(0x80000));
	ok(memory_is_callers(0, 4096));
}

static void callers(void)
{
	uint32_t top = MACHINE_MEMORY - 4096;

	machine_reset();
	ok(memory_is_callers(top, 4096)); /* nothing is ours there yet */
	high_alloc(4096, 1);
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
	heap();
	scratch();
	high();
	high_even();
	callers();
	return done();
}
