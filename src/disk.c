/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * The list of disks, and what is the same for every disk whatever its driver:
 * the geometry it is given, bounds, and splitting of large transfers.
 */
#include "disk.h"

#include <stddef.h>

#include "error.h"
#include "print.h"
#include "readahead.h"

static struct disk *disks;

enum {
	LBA_HEADS = 255,	/* what LBA-assist translation ends with */
	LBA_SECTORS = 63,
	MAX_CYLINDERS = 1024,	/* the ten bits of INT 13h */
};

/*
 * LBA-assist translation (Phoenix Enhanced Disk Drive Specification 1.1, 3.2):
 * 63 sectors, and as few heads of 16, 32, 64, 128, 255 as hold the disk in 1024
 * cylinders.
 */
static struct geometry translate(uint64_t sectors)
{
	struct geometry g = {.heads = 16, .sectors = LBA_SECTORS};
	uint32_t limited = sectors < UINT32_MAX ? sectors : UINT32_MAX;

	while (g.heads < LBA_HEADS && limited / (g.heads * LBA_SECTORS) > MAX_CYLINDERS)
		g.heads = g.heads == 128 ? LBA_HEADS : g.heads * 2;
	g.cylinders = limited / (g.heads * LBA_SECTORS);
	if (g.cylinders > MAX_CYLINDERS)
		g.cylinders = MAX_CYLINDERS;
	if (!g.cylinders)
		g.cylinders = 1;
	return g;
}

void disk_register(struct disk *disk)
{
	struct disk **place = &disks;

	disk->geometry = translate(disk->blocks);
	while (*place && (*place)->base > disk->base)
		place = &(*place)->next;
	disk->next = *place;
	*place = disk;
	log_line(LOG_INFO, "%s: %llu blocks of %u bytes%s", disk->name, disk->blocks,
		 disk->block_size, disk->read_only ? ", read-only" : "");
}

struct disk *disk_first(void)
{
	return disks;
}

static int transfer_piece(struct disk *disk, enum disk_direction direction, uint64_t lba,
			  uint32_t count, uint64_t address)
{
	int error;

	if (direction == DISK_READ)
		error = disk->ops->read(disk, lba, count, address);
	else
		error = disk->ops->write(disk, lba, count, address);
	if (error)
		say("%s: %s error, sector %llu, %u sectors\n", disk->name,
		    direction == DISK_READ ? "read" : "write", lba, count);
	return error;
}

int disk_transfer(struct disk *disk, enum disk_direction direction, uint64_t lba, uint32_t count,
		  uint64_t address, uint32_t *done)
{
	*done = 0;
	if (lba >= disk->blocks || count > disk->blocks - lba)
		return ERR_RANGE;
	if (direction == DISK_READ)
		readahead_note(disk, lba, count);
	else
		readahead_drop();
	while (*done < count) {
		uint32_t piece = count - *done, copied = 0;
		uint64_t to = address + (uint64_t)*done * disk->block_size;
		int error;

		if (direction == DISK_READ)
			copied = readahead_copy(disk, lba + *done, piece, to);
		if (!copied) {
			copied = piece < disk->max_blocks ? piece : disk->max_blocks;
			error = transfer_piece(disk, direction, lba + *done, copied, to);
			if (error)
				return error;
		}
		*done += copied;
	}
	return 0;
}
