/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * What can be said of a disk without touching it.
 */
#include "block/disk.h"

#include "lib/device.h"

const char *disk_name(const struct disk *disk)
{
	return disk->device->name;
}

uint64_t disk_sectors(const struct disk *disk)
{
	return disk->blocks * (disk->block_size / SECTOR_SIZE);
}
