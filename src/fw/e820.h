/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * The memory map as INT 15h E820 and kernels given with -kernel see it.
 */
#ifndef PETREL_FW_E820_H
#define PETREL_FW_E820_H

#include <stdint.h>

enum e820_type {
	E820_RAM = 1,
	E820_RESERVED = 2,
	E820_ACPI = 3,
	E820_NVS = 4,
	E820_UNUSABLE = 5,
	E820_NONE = 0, /* for e820_set(): not in the map at all */
};

struct e820_entry {
	uint64_t start, length; /* bytes */
	uint32_t type;
} __attribute__((packed));

/* Reads the host's map (etc/e820, else the amount of RAM) and makes the holes
 * that every PC has below 1 MiB. Returns the end of RAM below 4 GiB, 0 if the
 * host gave no usable map. */
uint32_t e820_init(void);

/* Gives [start, start + length) a type, whatever it had. An overflow of the
 * map's fixed size is said on the console and loses the change. */
void e820_set(uint64_t start, uint64_t length, uint32_t type);

/* The entries, sorted by address, without overlaps. */
const struct e820_entry *e820_map(unsigned *count);

/* Bytes of RAM that start at `address`, without a gap, and end below `limit`. */
uint64_t e820_ram_from(uint64_t address, uint64_t limit);

#endif
