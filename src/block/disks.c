/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * The list of disks, in the order in which they are tried where the user has said
 * nothing else; and what kind of disk each is and its geometry, by its size and by what
 * its sector 0 says.
 */
#include "block/disks.h"

#include "block/floppy.h"
#include "block/mbr.h"
#include "block/transfer.h"
#include "lib/device.h"
#include "lib/error.h"
#include "lib/log.h"

static struct disk *disks;

/*
 * A disk of a diskette's size is one. An image with a short tail, or with some
 * bytes behind its end, has nearly that size; then the FAT volume on it tells.
 */
static const struct floppy *find_floppy(struct disk *disk)
{
	const struct floppy *floppy;
	const struct bpb *bpb;
	const void *sector0;

	if (disk->kind != DISK_HARD || disk->block_size != SECTOR_SIZE)
		return NULL;
	floppy = floppy_by_size(disk->blocks);
	if (floppy || !floppy_near(disk->blocks))
		return floppy;
	sector0 = disk_read_sector0(disk);
	bpb = sector0 ? geometry_find_bpb(sector0) : NULL;
	floppy = bpb ? floppy_by_size(bpb->sectors) : NULL;
	if (floppy && floppy->heads == bpb->heads &&
	    floppy->table->track_sectors == bpb->track_sectors)
		return floppy;
	return NULL;
}

static void choose_geometry(struct disk *disk)
{
	disk->floppy = find_floppy(disk);
	if (disk->floppy) {
		disk->kind = DISK_FLOPPY;
		disk->geometry = floppy_geometry(disk->floppy);
		disk->geometry_final = true;
	} else {
		disk->geometry = geometry_by_size(disk_sectors(disk));
	}
}

int disk_register(struct disk *disk)
{
	struct disk **place = &disks;

	if (disk_need_bounce(disk->block_size)) {
		say("%s: no memory for blocks of %u bytes\n", disk_name(disk), disk->block_size);
		return ERR_NOMEM;
	}
	choose_geometry(disk);
	while (*place && (*place)->device->order <= disk->device->order)
		place = &(*place)->next;
	disk->next = *place;
	*place = disk;
	log_line(LOG_INFO, "%s: %llu blocks of %u bytes%s", disk_name(disk), disk->blocks,
		 disk->block_size, disk->read_only ? ", read-only" : "");
	return 0;
}

struct disk *disk_first(void)
{
	return disks;
}

void disk_learn_geometry(struct disk *disk, const void *sector0)
{
	if (!disk->geometry_final)
		geometry_by_sector0(sector0, disk_sectors(disk), &disk->geometry);
	disk->geometry_final = true;
}

const struct geometry *disk_geometry(struct disk *disk)
{
	const void *sector0 = disk->geometry_final ? NULL : disk_read_sector0(disk);

	if (sector0) /* else it may be readable the next time */
		disk_learn_geometry(disk, sector0);
	return &disk->geometry;
}
