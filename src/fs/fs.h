/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * Files of a partition, read only, whatever the file system. What is here is for who
 * reads files; fs/driver.h is for those who know a format.
 */
#ifndef PETREL_FS_FS_H
#define PETREL_FS_FS_H

#include <stdbool.h>
#include <stdint.h>

#include "block/partition.h"

enum {
	FS_NAME_SIZE = 255 * 3 + 1, /* the longest name in UTF-8, with its NUL */
	FS_ALIAS_SIZE = 12 * 3 + 1,
	FS_PATH_MAX = 4096, /* bytes of a path or of a link, with the NUL */
	FS_LINKS_MAX = 40,  /* symbolic links on the way to one file */
	FS_LABEL_SIZE = 64,
	FS_UUID_SIZE = 40,   /* as text, as blkid prints it */
	FS_STATE_SIZE = 256, /* bytes that a driver keeps of a mounted file system */
};

enum fs_type { FS_FILE, FS_DIRECTORY, FS_LINK, FS_OTHER };

/* A file, directory or link, as its driver remembers it. */
struct fs_node {
	enum fs_type type;
	uint64_t size;       /* bytes */
	uint64_t id;         /* the driver's: an inode, a cluster, a block ... */
	uint64_t private[4]; /* the driver's, too */
};

struct fs_driver;

/* A mounted file system. Its memory is the caller's. */
struct fs {
	const struct fs_driver *driver;
	struct partition partition;
	char label[FS_LABEL_SIZE]; /* UTF-8, empty without one */
	char uuid[FS_UUID_SIZE];
	bool ignores_case; /* names that differ by case only are the same */
	bool damage_said;  /* fs_say() has been called */
	struct fs_node root;
	uint64_t state[FS_STATE_SIZE / 8];
};

/* An entry of a directory. */
struct fs_entry {
	char name[FS_NAME_SIZE];   /* UTF-8; a name that is longer is left out */
	char alias[FS_ALIAS_SIZE]; /* another name, FAT's short one; empty without one */
	enum fs_type type;
	struct fs_node node; /* for fs_open_entry() only */
};

/*
 * Gives the module memory that devices can write to, for its cache of metadata: `size`
 * bytes, at least FS_CACHE_MIN; what it had before is forgotten, and every struct fs with
 * it. Nothing else here works before that.
 */
enum { FS_CACHE_MIN = 256 << 10 };
void fs_init(void *memory, uint32_t size);

/* Recognizes what is in a partition. Returns 0; ERR_NOENT if no driver knows it;
 * ERR_UNSUPPORTED (a feature that we lack), ERR_INVAL (damaged), ERR_IO: said with the
 * partition's name and what is wrong. */
int fs_mount(struct fs *fs, const struct partition *partition);

/* What messages call the format: "ext4". Also after fs_mount() has failed, but for
 * ERR_NOENT. */
const char *fs_format(const struct fs *fs);

/*
 * Finds a file by its path from the root; separators are '/', links are followed, "." and
 * ".." understood. Returns 0; ERR_NOENT, and nothing is said; ERR_RANGE (a path longer than
 * FS_PATH_MAX, more links than FS_LINKS_MAX); or what fs_mount() returns.
 */
int fs_open(struct fs *fs, const char *path, struct fs_node *node);

/*
 * Reads up to `length` bytes from `offset` on, straight to physical address `to`: pieces
 * that follow each other on the disk become one transfer. Returns 0, with the number of
 * bytes, less than `length` only at the file's end, in *done; or an error. Where `to` is
 * above 4 GiB, offset, length and the file's pieces must be whole blocks of the disk
 * (ERR_RANGE).
 */
int fs_read(struct fs *fs, const struct fs_node *node, uint64_t offset, uint64_t to,
	    uint32_t length, uint32_t *done);

/*
 * Calls `each` for the entries of a directory, in the directory's order, without "." and
 * "..", until it returns something other than 0 and returns that. Else 0 or an error.
 * `each` may call anything here; that overwrites *entry.
 */
int fs_list(struct fs *fs, const struct fs_node *directory,
	    int (*each)(const struct fs_entry *entry, void *context), void *context);

/* What an entry that fs_list() has given is; a link is not followed. Returns 0 or an
 * error. */
int fs_open_entry(struct fs *fs, const struct fs_entry *entry, struct fs_node *node);

#endif
