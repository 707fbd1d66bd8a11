/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * The file systems of a disk, all of which may have a part of what boots: entries on one,
 * kernels on another.
 */
#ifndef PETREL_BOOT_VOLUME_H
#define PETREL_BOOT_VOLUME_H

#include <stdbool.h>

#include "fs/fs.h"

/* What the partition is for, as far as boot loaders care. */
enum volume_role { VOLUME_OTHER, VOLUME_ESP, VOLUME_XBOOTLDR };

struct volume {
	struct volume *next;
	enum volume_role role;
	bool has_grub; /* its BLS entries, if any, are read as GRUB's: grub.c */
	struct fs fs;
};

/* Mounts what can be mounted, in the order of the partitions' numbers. Returns 0, or what
 * partition_each() returns; *first is NULL where there is nothing. */
int volume_mount_all(struct disk *disk, struct volume **first);

#endif
