/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * Read-ahead: what a boot loader is about to ask for is read before it asks, in
 * large requests.
 */
#ifndef PETREL_BLOCK_READAHEAD_H
#define PETREL_BLOCK_READAHEAD_H

#include <stdbool.h>
#include <stdint.h>

struct disk;

/* Reserves the cache. Without the memory for it there is no read-ahead. */
void readahead_init(void);

/* Copies blocks from lba on to `address`, as many of `count` as the cache has
 * or has asked for; may start to read further. Returns the number copied, 0 if
 * the disk must be read. */
uint32_t readahead_copy(struct disk *disk, uint64_t lba, uint32_t count, uint64_t address);

/* Notes that a caller reads these blocks; a sequence of such reads starts
 * read-ahead. */
void readahead_note(struct disk *disk, uint64_t lba, uint32_t count);

/* Whether some of these blocks, one at least, would come from the cache. */
bool readahead_has(const struct disk *disk, uint64_t lba, uint32_t count);

/* Waits for what is read ahead of this disk: each answer may tell of a new medium. */
void readahead_settle(const struct disk *disk);

/* Forgets what was read ahead, after waiting for what is in flight: nothing will
 * be written to the cache any more. */
void readahead_drop(void);

#endif
