/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * The POST memory manager as an option ROM calls it: blocks of all kinds, none of which
 * touches another or what is not given out.
 */
#include "bios/pmm.h"

#include <sanitizer/asan_interface.h>
#include <stdlib.h>
#include <string.h>

#include "bios/regs.h"
#include "layout.h"
#include "lib/memory.h"
#include "lib/util.h"
#include "unit.h"

enum { STACK = 0x7000, LOW = 1, HIGH = 2, EITHER = 3, ALIGNED = 4, PERMANENT = 8, BLOCKS = 32 };

#define NO_HANDLE   0xffffffff
#define UNSUPPORTED 0xffffffff

void pmm_entry(void)
{
}

/* A far call with these arguments on the stack. */
static uint32_t call(uint16_t function, uint32_t first, uint32_t second, uint16_t flags)
{
	struct regs regs = {.esp = STACK};
	uint8_t *arguments = machine_memory + STACK + 10;

	memcpy(arguments, &function, 2);
	memcpy(arguments + 2, &first, 4);
	memcpy(arguments + 6, &second, 4);
	memcpy(arguments + 10, &flags, 2);
	pmm_call(&regs);
	return (uint32_t)regs.dx << 16 | regs.ax;
}

static uint32_t allocate(uint32_t bytes, uint32_t handle, uint16_t flags)
{
	return call(0, bytes / 16, handle, flags);
}

static uint32_t find(uint32_t handle)
{
	return call(1, handle, 0, 0);
}

static uint32_t deallocate(uint32_t address)
{
	return call(2, address, 0, 0);
}

static void begin(void)
{
	machine_reset();
	pmm_init(true);
}

static void temporary(void)
{
	uint32_t a, b;

	begin();
	a = allocate(4096, 0x1234, LOW);
	b = allocate(4096, 0x5678, HIGH);
	ok(a >= SCRATCH_BASE && a + 4096 <= SCRATCH_END && a % 16 == 0);
	ok(b >= 2 * MIB && b + 4096 <= MACHINE_MEMORY / 2);
	ok(find(0x1234) == a && find(0x5678) == b && !find(0x9999) && !find(NO_HANDLE));
	ok(!allocate(16, 0x1234, LOW)); /* the handle is in use */
	ok(deallocate(a) == 0 && !find(0x1234) && deallocate(a) == 1 && deallocate(b + 16) == 1);
	ok(allocate(0x8000, NO_HANDLE, LOW | ALIGNED) % 0x8000 == 0);
	ok(allocate(128 * KIB, NO_HANDLE, EITHER) >= 2 * MIB); /* below is no room for it */
	ok(!allocate(4 * MIB, NO_HANDLE, HIGH) && !allocate(16, NO_HANDLE, 0));
	ok(!call(0, UINT32_MAX, NO_HANDLE, EITHER) && !call(0, 0x10000001, NO_HANDLE, EITHER));
	ok(call(3, 0, 0, 0) == UNSUPPORTED);
	pmm_end();
	ok(allocate(16, NO_HANDLE, LOW) == UNSUPPORTED && find(0x5678) == UNSUPPORTED);
}

static void largest(void)
{
	uint32_t most;

	begin();
	ok(call(0, 0, NO_HANDLE, LOW) == 128 * KIB / 16);
	most = call(0, 0, NO_HANDLE, HIGH) * 16;
	ok(most == MACHINE_MEMORY / 2 - 2 * MIB);
	ok(allocate(most, NO_HANDLE, HIGH) && !allocate(16, NO_HANDLE, HIGH));
	ok(!call(0, 0, NO_HANDLE, HIGH) && !call(0, 0, NO_HANDLE, 0));
	machine_reset();
	pmm_init(false); /* a kernel is up there */
	ok(!call(0, 0, NO_HANDLE, HIGH) && !allocate(16, NO_HANDLE, HIGH));
}

static void permanent(void)
{
	uint32_t a, b;

	begin();
	a = allocate(512, NO_HANDLE, LOW | PERMANENT);
	b = allocate(512, NO_HANDLE, HIGH | PERMANENT);
	ok(a >= MACHINE_LOW && a + 512 <= FSEG_BASE && !memory_is_callers(a, 1));
	ok(b % PAGE_SIZE == 0 && b == memory_arena().start && !memory_is_callers(b, 512));
	ok(allocate(64 * KIB, NO_HANDLE, EITHER | PERMANENT) == memory_arena().start);
	ok(!allocate(64 * KIB, NO_HANDLE, LOW | PERMANENT) && !allocate(16, 0, PERMANENT));
	ok(allocate(MIB, NO_HANDLE, HIGH | PERMANENT | ALIGNED) % MIB == 0);
}

/* However much stays, it is not where temporary blocks are. */
static void permanent_and_temporary(void)
{
	uint32_t temporary;
	uint8_t *byte;

	begin();
	temporary = allocate(2 * MIB, 1, HIGH);
	byte = phys_ptr(temporary + 2 * MIB - 1);
	__asan_unpoison_memory_region(byte, 1);
	*byte = 0xab;
	ok(temporary && !allocate(5 * MIB, NO_HANDLE, HIGH | PERMANENT));
	while (allocate(256 * KIB, NO_HANDLE, HIGH | PERMANENT))
		;
	ok(*byte == 0xab && memory_arena().start >= temporary + 2 * MIB);
}

static void many(void)
{
	begin();
	for (unsigned i = 0; i < BLOCKS; i++)
		ok(allocate(16, i, LOW));
	ok(!allocate(16, BLOCKS, LOW) && !find(BLOCKS));
	ok(deallocate(find(7)) == 0 && allocate(16, BLOCKS, LOW) && find(BLOCKS));
}

/* Any calls: no two blocks that are in use touch each other. */
static void at_random(void)
{
	bool all = true;

	for (unsigned seed = 0; seed < 50; seed++) {
		uint32_t starts[64], ends[64];
		unsigned count = 0;

		begin();
		srand(seed);
		for (unsigned i = 0; i < 64; i++) {
			uint32_t size = 16 * (1 + rand() % (1 << rand() % 16));
			uint32_t start = allocate(size, i, rand() % 16);

			if (!start)
				continue;
			for (unsigned n = 0; n < count; n++)
				all &= start >= ends[n] || start + size <= starts[n];
			starts[count] = start;
			ends[count++] = start + size;
		}
		all &= count > 4;
	}
	ok(all);
}

int main(void)
{
	temporary();
	largest();
	permanent();
	permanent_and_temporary();
	many();
	at_random();
	return done();
}
