/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * What a file system's format consists of, for core.c, which does the rest: paths, links,
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
	const char *name; /* "ext4"; fs->driver is set before mount() */
	/* Recognizes and sets fs->label, uuid, root, state and ignores_case. Returns 0;
	 * ERR_NOENT if it is another format, and nothing is said; other errors are said by
	 * fs_say(). */
	int (*mount)(struct fs *fs);
	/* Where the byte at `offset`, which is less than node->size, is. */
	int (*map)(struct fs *fs, const struct fs_node *node, uint64_t offset,
		   struct fs_extent *extent);
	/* The next entry of a directory; "." and ".." may be given or left out. entry->alias
	 * is empty before; entry->node need only be what complete() wants. Returns 1, 0 after the last one, an error. */
	int (*next)(struct fs *fs, const struct fs_node *directory, struct fs_cursor *cursor,
		    struct fs_entry *entry);
	/* NULL, or fills in the rest of a node that next() has given: its inode is read only
	 * here. Returns 0 or an error. */
	int (*complete)(struct fs *fs, struct fs_node *node);
	/* NULL, or the entry by its name, complete, where there is a better way than next().
	 * Returns 0, ERR_NOENT, an error. */
	int (*lookup)(struct fs *fs, const struct fs_node *directory, const char *name,
		      struct fs_node *node);
};

/* Aligned as in an array, which the compiler does not do by itself. */
#define FS_DRIVER(name)                                                                            \
	static const struct fs_driver name __attribute__((used, section(".drivers.fs"),            \
							  aligned(__alignof__(struct fs_driver))))

/* rom.lds.S; the host tool and the tests have the same table. */
extern const struct fs_driver fs_drivers_start[], fs_drivers_end[];

/* Bytes of the partition. */
uint64_t fs_size(const struct fs *fs);

/*
 * `length` bytes of metadata at `offset` bytes from the partition's start, through the
 * cache: the pointer is valid until the second next call (so that two blocks can be
 * compared). `length` is at most 64 KiB. NULL after an error, which has been said; what
 * does not lie in the partition is one.
 */
const void *fs_metadata(struct fs *fs, uint64_t offset, uint32_t length);

/*
 * `size` zeroed bytes that stay until the next fs_init(), taken from the cache; devices
 * can write there. NULL if the cache would get too small: a large cache (a MiB, say) has
 * room. For what a mount must keep that has no limit, such as where a journal's blocks are.
 */
void *fs_allocate(uint32_t size);

/* Says "PARTITION: FORMAT: block N: what is wrong" on the console and in the log, once for
 * each fs; returns `error`. */
int fs_say(struct fs *fs, int error, uint64_t block, const char *what);

/* Says "PARTITION: FORMAT: what" of something that is worth knowing and no error. */
void fs_note(struct fs *fs, const char *what);

/* What a file is, by its mode as POSIX has it, and by the type in a directory's entry, which
 * ext4 and XFS count alike (1 to 7). */
enum {
	FS_MODE_TYPE = 0xf000,
	FS_MODE_DIRECTORY = 0x4000,
	FS_MODE_FILE = 0x8000,
	FS_MODE_LINK = 0xa000
};
enum fs_type fs_type_of_mode(uint16_t mode);
enum fs_type fs_type_of_entry(uint8_t type);

/* Sets fs->uuid from 16 bytes in the order that they are shown in. */
void fs_set_uuid(struct fs *fs, const uint8_t *uuid);

#endif
