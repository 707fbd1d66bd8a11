/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * What the tests of drivers of disks share: each part of them has a machine of its own, a
 * controller that the test has described, and something that happens while the driver
 * waits for it.
 */
#ifndef PETREL_STORAGE_TEST_H
#define PETREL_STORAGE_TEST_H

#include <string.h>

#include "alone.h"
#include "block/disks.h"
#include "block/transfer.h"
#include "fake_function.h"
#include "hw/clock.h"
#include "lib/error.h"
#include "lib/log.h"
#include "lib/memory.h"

enum { BUFFER = 0x210000, BUFFER_SIZE = 0x90000 };

/* What happens during a wait, once. */
static void (*event)(void);

bool deadline_passed(struct deadline *deadline)
{
	void (*now)(void) = event;

	event = NULL;
	if (now)
		now();
	return ++deadline->polls > 300000;
}

void clock_wait_us(uint64_t microseconds)
{
	(void)microseconds;
}

/* A machine that has said its banner. */
static inline void fresh_machine(void)
{
	machine_reset();
	say_banner();
	machine_said("");
}

/* Brings the controller up, and lets callers use memory. */
static inline int probe(void)
{
	int error = fake_function_probe();

	machine_end_of_post();
	return error;
}

static inline int read_blocks(struct disk *disk, uint64_t lba, uint32_t count)
{
	uint32_t done;

	memset(phys_ptr(BUFFER), 0, count * disk->block_size);
	return disk_transfer(disk, DISK_READ, lba, count, BUFFER, &done);
}

/* Whether memory has what the first disk has at a position. */
static bool holds(uint64_t position, uint32_t bytes, uint32_t address);

/* A read that succeeds, with the right data. */
static inline bool reads(struct disk *disk, uint64_t lba, uint32_t count)
{
	return !read_blocks(disk, lba, count) &&
	       holds(lba * disk->block_size, count * disk->block_size, BUFFER);
}

/* For parts of a test that are the same but for these. */
static void (*how)(void);
static const char *expected;
static int result;

static inline void alone_with(void (*part)(void), void (*change)(void), int returns,
			      const char *text)
{
	how = change;
	result = returns;
	expected = text;
	alone(part);
}

#endif
