/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * The list of disks, and what sector 0 says of one.
 */
#ifndef PETREL_BLOCK_DISKS_H
#define PETREL_BLOCK_DISKS_H

#include "block/disk.h"

/*
 * Adds a disk whose driver has filled in its part. Disks are kept in the order that
 * their devices say. Returns 0, or ERR_NOMEM.
 */
int disk_register(struct disk *disk);

/* The first disk, or NULL; the others by ->next. */
struct disk *disk_first(void);

/*
 * The geometry that the disk's partitions were made with, which a first call may
 * have to read sector 0 for; disk_learn_geometry() takes that sector from someone
 * who has read it anyway.
 */
const struct geometry *disk_geometry(struct disk *disk);
void disk_learn_geometry(struct disk *disk, const void *sector0);

#endif
