/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * Memory by address, and where memory of our own comes from. Nothing is given back
 * before the next reset, but for scratch memory, which ends with POST.
 */
#ifndef PETREL_LIB_MEMORY_H
#define PETREL_LIB_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The host's unit tests put an array here. */
#ifndef PHYSICAL_MEMORY
#define PHYSICAL_MEMORY 0
#endif

/* A pointer to a physical address below 4 GiB. */
static inline void *phys_ptr(uint32_t address)
{
	return (void *)((uintptr_t)PHYSICAL_MEMORY + address);
}

static inline uint32_t ptr_phys(const volatile void *pointer)
{
	return (uint32_t)((uintptr_t)pointer - (uintptr_t)PHYSICAL_MEMORY);
}

/* A range of physical addresses: start, and the byte behind the last one. */
struct memory_range {
	uint32_t start, end;
};

/*
 * Forgets every allocation and says what memory there is: `own` is all that nobody but
 * us may write to below 1 MiB; of it, `low` is free for memory_alloc_low() and `fseg`
 * for memory_alloc_fseg(). The rest is not known yet.
 */
struct memory_layout {
	struct memory_range own, low, fseg, scratch;
};
void memory_init(const struct memory_layout *layout);

/* Where RAM below 4 GiB ends: from there on downwards is the arena. */
void memory_set_end(uint32_t end);

/*
 * The arena: `size` zeroed bytes of real RAM below 4 GiB that stay ours while an
 * operating system runs, because the memory map has them as reserved. What a device
 * reads or writes must lie here. `align` is a power of two; a block of at most
 * `align` bytes crosses no such boundary. NULL when there is no room.
 */
void *memory_alloc(uint32_t size, uint32_t align);

/* The same, not zeroed: for what is large and filled at once. */
void *memory_alloc_raw(uint32_t size, uint32_t align);

/* The same, not zeroed. Whatever devices there are, the system loses 1 MiB at most to us;
 * this does not count, since it is as large as somebody else wants it: memory for good that
 * an option ROM asks for, and the picture of a display that has no memory of its own. */
void *memory_alloc_uncounted(uint32_t size, uint32_t align);

/* `size` zeroed bytes below 1 MiB, for what 16-bit code must reach; NULL when the
 * data segment is used up. No device may be pointed there. */
void *memory_alloc_low(uint32_t size, uint32_t align);

/* `size` bytes, not zeroed, in segment F000, where old software looks for tables by
 * their signature. NULL when it is full. */
void *memory_alloc_fseg(uint32_t size, uint32_t align);

/* Memory below 1 MiB that is ours only during POST, not zeroed. NULL when it is used up.
 * What is booted overwrites it, so no service may use it; a kernel that runs its own
 * real-mode part is read over it (boot/linux.c). A pointer into it that is kept says how
 * long it is valid. */
void *memory_alloc_scratch(uint32_t size, uint32_t align);

/* Makes all of it free once more: POST is over, and nobody uses what was there. */
void memory_reset_scratch(void);

/* What the arena has given out so far, in whole pages; the end is the end of RAM. */
struct memory_range memory_arena(void);

/* False if a range (bytes) touches memory of ours that nobody else may write to: a
 * disk read over it would make the next call run on garbage. */
bool memory_is_callers(uint64_t start, uint64_t length);

#endif
