/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * The map of physical memory as INT 15h E820 and kernels see it: sorted, without
 * overlaps.
 */
#ifndef PETREL_LIB_MEMMAP_H
#define PETREL_LIB_MEMMAP_H

#include <stdbool.h>
#include <stdint.h>

/* ACPI 6.5, table 15.4 "Address Range Types" */
enum memmap_type {
	MEMMAP_NONE = 0, /* for memmap_set(): not in the map at all */
	MEMMAP_RAM = 1,
	MEMMAP_RESERVED = 2,
	MEMMAP_ACPI = 3,
	MEMMAP_NVS = 4,
	MEMMAP_UNUSABLE = 5,
};

struct memmap_entry {
	uint64_t start, length; /* bytes */
	uint32_t type;
} __attribute__((packed));

/* An empty map. */
void memmap_init(void);

/* Gives [start, start + length) a type, whatever it had. An overflow of the map's
 * fixed size is said and loses the change. */
void memmap_set(uint64_t start, uint64_t length, uint32_t type);

/* Lets the reserved range that begins at `from` begin at `to`, at the cost of the RAM
 * below it: quick, for a range that grows often. False, and nothing is changed, if there
 * are no two such ranges or the lower one is not that long. */
bool memmap_grow_down(uint64_t from, uint64_t to);

/* The entries, sorted by address, without overlaps. */
const struct memmap_entry *memmap_entries(unsigned *count);

/* Bytes of RAM that start at `address`, without a gap, and end below `limit`. */
uint64_t memmap_ram_from(uint64_t address, uint64_t limit);

#endif
