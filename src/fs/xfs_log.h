/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * The log of XFS, as one reads it that must not write: metadata as recovery would leave it.
 */
#ifndef PETREL_FS_XFS_LOG_H
#define PETREL_FS_XFS_LOG_H

#include <stdbool.h>
#include <stdint.h>

struct fs;
struct xfs_log;

struct xfs_log_place {
	uint64_t start;      /* bytes from the partition's start */
	uint32_t blocks;     /* of 512 bytes */
	uint32_t buffer;     /* bytes of the largest piece of metadata */
	uint32_t inode_size; /* bytes, and of these the inode's core */
	uint32_t inode_core;
	bool v5;
};

/*
 * Looks at the log. Returns 0, with NULL in *log if the file system was unmounted;
 * ERR_NOMEM, if there is no memory for what the log has; ERR_INVAL, ERR_IO.
 */
int xfs_log_open(struct fs *fs, const struct xfs_log_place *place, struct xfs_log **log);

/* As fs_metadata(), for what is no inode; `log` may be NULL. The second next call may be of
 * fs_metadata(), too. */
const void *xfs_log_metadata(struct fs *fs, struct xfs_log *log, uint64_t offset, uint32_t length);

/* The same for an inode; what is returned is valid until the next call of this. */
const void *xfs_log_inode(struct fs *fs, struct xfs_log *log, uint64_t offset, uint32_t length);

#endif
