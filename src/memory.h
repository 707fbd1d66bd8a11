/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * Memory by address, and the four places where memory of our own comes from.
 */
#ifndef PETREL_MEMORY_H
#define PETREL_MEMORY_H

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

/* A pointer to real mode's seg:off; of the offset, the low 16 bits count. */
static inline void *seg_ptr(uint16_t seg, uint32_t off)
{
	return phys_ptr(((uint32_t)seg << 4) + (off & 0xffff));
}

/* Forgets every allocation: the start of POST. */
void memory_init(void);

/* `size` zeroed bytes in E0000-EFFFF, for what is used after boot; `align` is a
 * power of two. NULL when the 64 KiB are used up. */
void *heap_alloc(size_t size, size_t align);

/* Memory in 10000-8FFFF that is ours only during POST, not zeroed. NULL when it
 * is used up. */
void *scratch_alloc(size_t size, size_t align);

/* Tells where RAM below 4 GiB ends; high_alloc() takes from there downwards. */
void high_init(uint32_t end);

/* `size` bytes at the end of RAM, not zeroed, kept from the OS by E820. NULL
 * when less than 2 MiB would be left below it. */
void *high_alloc(uint32_t size, uint32_t align);

/* The same, up to 1 MiB in whole pages, all of it in an even megabyte, so that it
 * can be used while the A20 gate is off. It ends the other allocations. */
void *high_alloc_even(uint32_t size);

/* The lowest byte that high_alloc() has given out, rounded down to a page, and
 * the end of RAM: where ACPI tables are. */
uint32_t high_start(void);
uint32_t high_end(void);

/* False if a range (bytes) touches memory of ours that nobody else may write to:
 * a disk read over it would make the next call run on garbage. */
bool memory_is_callers(uint64_t start, uint64_t length);

/* seg_ptr() for `size` bytes that a service writes to for its caller; NULL if some
 * of them are not the caller's. */
void *callers_ptr(uint16_t seg, uint32_t off, uint32_t size);

#endif
