/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * What a file system's format consists of, for fs.c, which does the rest: paths, links,
 * large reads, the cache of metadata. Each driver is a const descriptor in one table
 * that the linker collects.
 */
#ifndef PETREL_FS_DRIVER_H
#define PETREL_FS_DRIVER_H

#include "fs/fs.h"

/* Where a piece of a file is. */
enum fs_extent_kind { FS_EXTENT_DISK, FS_EXTENT_HOLE, FS_EXTENT_MEMORY };

struct fs_extent {
	enum fs_extent_kind kind;
	uint64_t length;    /* bytes, from the offset that was asked for on; at least 1 */
	uint64_t offset;    /* FS_EXTENT_DISK: bytes from the partition's start */
	const void *memory; /* FS_EXTENT_MEMORY: valid until the next call of anything */
};

/* How far a directory has been read: the driver's, zeroes at the start. */
struct fs_cursor {
	uint64_t position;
	uint64_t private[3];
};

struct fs_driver {
	const char *name; /* "ext4" */
	/* Recognizes and sets fs->label, uuid, root and state. Returns 0; ERR_NOENT if it
	 * is another format, and nothing is said; other errors are said by fs_say(). */
	int (*mount)(struct fs *fs);
	/* Where the byte at `offset`, which is less than node->size, is. */
	int (*map)(struct fs *fs, const struct fs_node *node, uint64_t offset,
		   struct fs_extent *extent);
	/* The next entry of a directory; "." and ".." may be given or left out. Returns 1,
	 * 0 after the last one, an error. */
	int (*next)(struct fs *fs, const struct fs_node *directory, struct fs_cursor *cursor,
		    struct fs_entry *entry);
	/* NULL, or the entry by its name where there is a better way than next(). Returns 0,
	 * ERR_NOENT, an error. */
	int (*lookup)(struct fs *fs, const struct fs_node *directory, const char *name,
		      struct fs_node *node);
	/* Do names differ by case only? FAT says no. */
	bool ignores_case;
};

#define FS_DRIVER(name)                                                                            \
	static const struct fs_driver name __attribute__((used, section(".drivers.fs")))

/* rom.lds.S; the host tool and the tests have the same table. */
extern const struct fs_driver fs_drivers_start[], fs_drivers_end[];

/*
 * `length` bytes of metadata at `offset` bytes from the partition's start, through the
 * cache: the pointer is valid until the second next call (so that two blocks can be
 * compared), and only inside the partition. `length` is at most 64 KiB. NULL after an
 * error, which has been said.
 */
const void *fs_metadata(struct fs *fs, uint64_t offset, uint32_t length);

/* Says "PARTITION: FORMAT: block N: what is wrong" on the console and in the log, once for
 * each fs; returns `error`. */
int fs_say(struct fs *fs, int error, uint64_t block, const char *what);

#endif
