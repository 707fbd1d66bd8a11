/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * Read-ahead for boot loaders, which read a kernel and an initrd in small
 * pieces, one after the other. Two windows of up to 256 KiB lie in reserved
 * memory: while the caller takes one, the device fills the other.
 *
 * A single read starts nothing. Only when several reads of a disk have each
 * begun where the one before ended are windows filled, small ones first. What
 * is not in a window is read directly, and so is what is larger than a window,
 * so that random and backward reads cost what they would without. One disk at a
 * time has the windows; another disk's sequence takes them over only when their
 * owner has made no use of them for a while.
 */
#include "readahead.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "disk.h"
#include "fw/e820.h"
#include "memory.h"
#include "print.h"

enum {
	WINDOWS = 2,
	WINDOW_MAX = 256 << 10, /* bytes; on the hosts measured, larger requests gain nothing */
	WINDOW_FIRST = 64 << 10,
	STREAK = 3, /* sequential reads before the first window is filled */
	LEASE = 4,  /* attempts of others that a hit of the owner outlasts */
};

struct window {
	uint64_t lba;
	uint32_t count; /* blocks; 0: empty */
	int ticket;     /* of the read in flight, or NO_TICKET */
	uint8_t *memory;
};

enum { NO_TICKET = -1 };

static struct {
	struct disk *disk; /* the owner, NULL if there is none */
	struct window windows[WINDOWS];
	uint32_t size; /* bytes that the next window is to have */
	uint8_t lease;
	uint8_t changes; /* of the disk's medium, when it became the owner */
	bool ready;
} cache;

void readahead_init(void)
{
	uint8_t *memory = high_alloc_even(WINDOWS * WINDOW_MAX);

	if (!memory)
		return;
	e820_set(ptr_phys(memory), WINDOWS * WINDOW_MAX, E820_RESERVED);
	cache.ready = true;
	for (unsigned i = 0; i < WINDOWS; i++) {
		cache.windows[i].memory = memory + i * WINDOW_MAX;
		cache.windows[i].ticket = NO_TICKET;
	}
}

/* Waits for a window's read; a window that could not be read is empty, and its
 * blocks will be read directly, by which the error comes to light. */
static void settle(struct window *w)
{
	int ticket = w->ticket;

	if (ticket == NO_TICKET)
		return;
	w->ticket = NO_TICKET;
	if (cache.disk->ops->finish_read(cache.disk, ticket))
		w->count = 0;
}

void readahead_drop(void)
{
	if (!cache.disk)
		return;
	for (unsigned i = 0; i < WINDOWS; i++) {
		settle(&cache.windows[i]);
		cache.windows[i].count = 0;
	}
	cache.disk = NULL;
}

/* Starts to fill a window with what follows `lba`, up to the disk's end. */
static void fill(struct window *w, uint64_t lba)
{
	struct disk *disk = cache.disk;
	uint32_t count = cache.size / disk->block_size;

	w->count = 0;
	if (count > disk->max_blocks)
		count = disk->max_blocks;
	if (lba >= disk->blocks)
		return;
	if (count > disk->blocks - lba)
		count = disk->blocks - lba;
	w->ticket = disk->ops->start_read(disk, lba, count, ptr_phys(w->memory));
	if (w->ticket < 0) {
		w->ticket = NO_TICKET;
		return;
	}
	w->lba = lba;
	w->count = count;
	if (cache.size < WINDOW_MAX)
		cache.size *= 2;
}

static bool contains(const struct window *w, uint64_t lba)
{
	return lba >= w->lba && lba - w->lba < w->count;
}

/* Whether the windows are this disk's, with the medium that is in it. */
static bool owns(const struct disk *disk)
{
	return disk == cache.disk && disk->changes == cache.changes;
}

uint32_t readahead_copy(struct disk *disk, uint64_t lba, uint32_t count, uint64_t address)
{
	struct window *w = cache.windows, *other = w + 1;
	uint32_t offset;

	if (!owns(disk) || address > UINT32_MAX - WINDOW_MAX) /* beyond our pointers */
		return 0;
	if (!contains(w, lba)) {
		other = w;
		w++;
	}
	if (!contains(w, lba))
		return 0;
	/* The caller has come to this window: the other one is used up. */
	if (other->ticket == NO_TICKET && !contains(other, w->lba + w->count))
		fill(other, w->lba + w->count);
	settle(w);
	if (!contains(w, lba)) /* it could not be read */
		return 0;
	offset = lba - w->lba;
	if (count > w->count - offset)
		count = w->count - offset;
	cache.lease = LEASE;
	memcpy(phys_ptr(address), w->memory + offset * disk->block_size, count * disk->block_size);
	return count;
}

/* Gives the windows to a disk, unless their owner is likely to come back. */
static bool acquire(struct disk *disk)
{
	if (cache.disk && cache.disk != disk && cache.lease) {
		cache.lease--;
		return false;
	}
	if (cache.disk != disk)
		cache.size = WINDOW_FIRST;
	readahead_drop();
	cache.disk = disk;
	cache.changes = disk->changes;
	return true;
}

static bool cached(const struct disk *disk, uint64_t lba)
{
	return owns(disk) && (contains(&cache.windows[0], lba) || contains(&cache.windows[1], lba));
}

void readahead_note(struct disk *disk, uint64_t lba, uint32_t count)
{
	if (lba != disk->next_lba) {
		disk->streak = 0;
		if (disk == cache.disk)
			cache.size = WINDOW_FIRST;
	} else if (disk->streak < STREAK) {
		disk->streak++;
	}
	disk->next_lba = lba + count;
	if (disk->streak < STREAK || !cache.ready || !disk->ops->start_read ||
	    count >= WINDOW_MAX / disk->block_size || cached(disk, lba))
		return;
	if (acquire(disk))
		fill(&cache.windows[0], lba);
}
