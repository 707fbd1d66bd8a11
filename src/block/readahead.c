/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * Read-ahead for boot loaders, which read a kernel and an initrd in small
 * pieces, one after the other. Two windows of up to 256 KiB lie in reserved
 * memory: while the caller takes one, the device fills the other. Where there is little
 * memory they are smaller.
 *
 * A single read starts nothing. Only when several reads of a disk have each
 * begun where the one before ended are windows filled, small ones first. What
 * is not in a window is read directly, and so is what is larger than a window,
 * so that random and backward reads cost what they would without. One disk at a
 * time has the windows; another disk's sequence takes them over only when their
 * owner has made no use of them for a while. The windows of a drive whose medium can be
 * changed are used only after it has been asked (transfer.c).
 */
#include "block/readahead.h"

#include <stddef.h>
#include <string.h>

#include "block/disk.h"
#include "lib/memory.h"
#include "lib/util.h"

enum {
	WINDOWS = 2,
	WINDOW_MAX = 256 << 10, /* bytes; on the hosts measured, larger requests gain nothing */
	WINDOW_FIRST = 64 << 10,
	STREAK = 3,      /* sequential reads before the first window is filled */
	RAM_SHARE = 256, /* a window is at most this part of RAM, if not WINDOW_FIRST */
	LEASE = 4,       /* attempts of others that a hit of the owner outlasts */
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
	uint32_t largest; /* bytes of memory that a window has */
	uint32_t size;    /* bytes that the next window is to have */
	uint8_t lease;
	uint8_t changes; /* of the disk's medium, when it became the owner */
	bool ready;
} cache;

void readahead_init(void)
{
	uint32_t size = WINDOW_MAX;
	uint8_t *memory;

	while (size > WINDOW_FIRST && size > memory_arena().end / RAM_SHARE)
		size /= 2;
	memory = memory_alloc_raw(WINDOWS * size, PAGE_SIZE);
	if (!memory)
		return;
	cache.ready = true;
	cache.largest = size;
	for (unsigned i = 0; i < WINDOWS; i++) {
		cache.windows[i].memory = memory + i * size;
		cache.windows[i].ticket = NO_TICKET;
	}
}

/* Waits for a window's read; a window that could not be read is empty, and its
 * blocks will be read directly, by which the error comes to light. */
static void settle_window(struct window *w)
{
	int ticket = w->ticket;

	if (ticket == NO_TICKET)
		return;
	w->ticket = NO_TICKET;
	if (cache.disk->ops->finish_read(cache.disk, ticket))
		w->count = 0;
}

void readahead_settle(const struct disk *disk)
{
	for (unsigned i = 0; disk == cache.disk && i < WINDOWS; i++)
		settle_window(&cache.windows[i]);
}

void readahead_drop(void)
{
	if (!cache.disk)
		return;
	for (unsigned i = 0; i < WINDOWS; i++) {
		settle_window(&cache.windows[i]);
		cache.windows[i].count = 0;
	}
	cache.disk = NULL;
}

/* Starts to fill a window with what follows `lba`, up to the disk's end. */
static void fill_window(struct window *w, uint64_t lba)
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
	if (cache.size < cache.largest)
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
	/* The caller reads from this window, so it is done with the other one, which can be
	 * filled with what follows this. */
	if (other->ticket == NO_TICKET && !contains(other, w->lba + w->count))
		fill_window(other, w->lba + w->count);
	settle_window(w);
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
static bool acquire_windows(struct disk *disk)
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

bool readahead_has(const struct disk *disk, uint64_t lba, uint32_t count)
{
	bool has = false;

	for (unsigned i = 0; owns(disk) && i < WINDOWS; i++) {
		const struct window *w = &cache.windows[i];

		has |= contains(w, lba) || (w->count && w->lba >= lba && w->lba - lba < count);
	}
	return has;
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
	    count >= cache.largest / disk->block_size || readahead_has(disk, lba, 1))
		return;
	if (acquire_windows(disk))
		fill_window(&cache.windows[0], lba);
}
