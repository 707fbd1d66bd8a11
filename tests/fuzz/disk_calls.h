/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * Fuzz targets of drivers of disks: an input that is read piece by piece, and the calls that
 * it makes of the disks that were found.
 */
#ifndef PETREL_DISK_CALLS_H
#define PETREL_DISK_CALLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rules.h"

struct disk;

enum {
	CALL_BUFFER = 0x400000, /* the caller's memory */
	CALL_BUFFER_SIZE = 0x20000,
	MAX_CALLS = 8,
};

struct call {
	uint8_t what, disk, count;
	uint8_t offset; /* of the address in the buffer */
	uint64_t lba;
} __attribute__((packed));

/* The rest of the input; behind its end are zeroes. */
void input_begin(const uint8_t *data, size_t size);
void input_take(void *to, size_t size);
uint8_t input_take8(void);
bool input_is_over(void);

/* Whether a disk may have this byte at a position. */
typedef bool is_right(const struct disk *disk, uint64_t position, uint8_t byte);

/* A target. Its inputs begin with a header that has the number of calls in its second byte;
 * the calls follow. */
struct calls_target {
	size_t header_size;
	void (*begin)(const void *header); /* makes the device; the machine is there */
	is_right *right;
	void (*check)(void); /* after each call */
};

/* Runs one input. */
int calls_run(const struct calls_target *target, const uint8_t *data, size_t size);

/* Whether a device's buffer is the caller's. */
bool calls_is_callers(uint64_t address, uint64_t length);

#endif
