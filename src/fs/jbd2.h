/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * The journal of ext3 and ext4, as one reads it that must not write: where the blocks are
 * that recovery would copy to their places.
 */
#ifndef PETREL_FS_JBD2_H
#define PETREL_FS_JBD2_H

#include <stdbool.h>
#include <stdint.h>

struct fs;

/* What the first four bytes of any block of the journal's own are. */
extern const uint8_t jbd2_magic[4];

/* The copy of a block in the journal. */
struct jbd2_copy {
	uint64_t block; /* that it is a copy of */
	uint64_t at : 63;
	uint64_t escaped : 1; /* its first four bytes are jbd2_magic, not what is there */
};

/* Where a block of the journal is: *start, and *count of them follow each other. Returns
 * 0, or an error that has been said. */
typedef int jbd2_map(struct fs *fs, uint32_t block, uint64_t *start, uint32_t *count);

/* A table by hashes; its memory is of fs_allocate(). */
struct jbd2 {
	struct jbd2_copy *copies;
	uint32_t capacity; /* a power of two, or 0: the journal is empty */
	uint32_t used;
};

/*
 * Reads a journal that was not emptied. Returns 0; ERR_NOMEM, if there is no memory for
 * what it has; ERR_UNSUPPORTED, ERR_INVAL or ERR_IO, which have been said.
 */
int jbd2_open(struct fs *fs, struct jbd2 *journal, jbd2_map *map, uint32_t block_bits);

/* The last copy of a block, or NULL. */
const struct jbd2_copy *jbd2_find(const struct jbd2 *journal, uint64_t block);

/* The copy of the first of these blocks that has one, or NULL. */
const struct jbd2_copy *jbd2_first(const struct jbd2 *journal, uint64_t block, uint32_t count);

#endif
