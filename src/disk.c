/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * The list of disks, and what is the same for every disk whatever its driver:
 * what kind it is, its geometry, bounds, splitting of large transfers, and
 * sectors of 512 bytes on disks whose blocks are larger.
 */
#include "disk.h"

#include <string.h>

#include "error.h"
#include "floppy.h"
#include "geometry.h"
#include "memory.h"
#include "mbr.h"
#include "print.h"
#include "readahead.h"

enum { FLOPPY_TAIL = 18 }; /* sectors that an image may lack: one track */

static struct disk *disks;
static uint8_t *bounce; /* one block, of the disk with the largest ones */
static uint32_t bounce_size;

static int need_bounce(uint32_t block_size)
{
	if (block_size <= bounce_size)
		return 0;
	bounce = heap_alloc(block_size, 16);
	bounce_size = bounce ? block_size : 0;
	return bounce ? 0 : ERR_NOMEM;
}

/* Reads sector 0 into the bounce buffer; NULL if that fails. */
static const void *read_sector0(struct disk *disk)
{
	uint32_t done;

	if (disk_transfer(disk, DISK_READ, 0, 1, ptr_phys(bounce), &done))
		return NULL;
	return bounce;
}

/* Whether the size is a diskette's, less or more a few sectors. */
static bool near_floppy(uint64_t sectors)
{
	for (unsigned i = 0; i < FLOPPY_TAIL; i++)
		if (floppy_by_size(sectors + i))
			return true;
	return floppy_by_size(sectors - 1);
}

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
	if (floppy || !near_floppy(disk->blocks))
		return floppy;
	sector0 = read_sector0(disk);
	bpb = sector0 ? geometry_find_bpb(sector0) : NULL;
	floppy = bpb ? floppy_by_size(bpb->sectors) : NULL;
	if (floppy && floppy->heads == bpb->heads &&
	    floppy->table.track_sectors == bpb->track_sectors)
		return floppy;
	return NULL;
}

static void choose_geometry(struct disk *disk)
{
	disk->floppy = find_floppy(disk);
	if (disk->floppy) {
		disk->kind = DISK_FLOPPY;
		disk->geometry = (struct geometry){disk->floppy->cylinders, disk->floppy->heads,
						   disk->floppy->table.track_sectors};
		disk->geometry_final = true;
	} else {
		disk->geometry = geometry_by_size(disk_sectors(disk));
	}
}

int disk_register(struct disk *disk)
{
	struct disk **place = &disks;

	if (need_bounce(disk->block_size)) {
		say("%s: no memory for blocks of %u bytes\n", disk->name, disk->block_size);
		return ERR_NOMEM;
	}
	choose_geometry(disk);
	while (*place && (*place)->base >= disk->base)
		place = &(*place)->next;
	disk->next = *place;
	*place = disk;
	log_line(LOG_INFO, "%s: %llu blocks of %u bytes%s", disk->name, disk->blocks,
		 disk->block_size, disk->read_only ? ", read-only" : "");
	return 0;
}

struct disk *disk_first(void)
{
	return disks;
}

uint64_t disk_sectors(const struct disk *disk)
{
	return disk->blocks * (disk->block_size / SECTOR_SIZE);
}

void disk_learn_geometry(struct disk *disk, const void *sector0)
{
	if (!disk->geometry_final)
		geometry_by_sector0(sector0, disk_sectors(disk), &disk->geometry);
	disk->geometry_final = true;
}

const struct geometry *disk_geometry(struct disk *disk)
{
	const void *sector0 = disk->geometry_final ? NULL : read_sector0(disk);

	if (sector0)
		disk_learn_geometry(disk, sector0);
	disk->geometry_final = true;
	return &disk->geometry;
}

static int transfer_piece(struct disk *disk, enum disk_direction direction, uint64_t lba,
			  uint32_t count, uint64_t address)
{
	int error;

	if (direction == DISK_READ)
		error = disk->ops->read(disk, lba, count, address);
	else
		error = disk->read_only ? ERR_READONLY :
					  disk->ops->write(disk, lba, count, address);
	if (error && error != ERR_READONLY && error != ERR_NOMEDIUM)
		say("%s: %s error, sector %llu, %u sectors\n", disk->name,
		    direction == DISK_READ ? "read" : "write", lba, count);
	return error;
}

/* A drive that was empty may have got its medium meanwhile. */
static int need_medium(struct disk *disk)
{
	if (disk->blocks || !disk->ops->load)
		return 0;
	return disk->ops->load(disk);
}

int disk_transfer(struct disk *disk, enum disk_direction direction, uint64_t lba, uint32_t count,
		  uint64_t address, uint32_t *done)
{
	int error = need_medium(disk);

	*done = 0;
	if (error)
		return error;
	if (lba >= disk->blocks || count > disk->blocks - lba)
		return ERR_RANGE;
	if (direction == DISK_READ)
		readahead_note(disk, lba, count);
	else
		readahead_drop();
	while (*done < count) {
		uint32_t piece = count - *done, copied = 0;
		uint64_t to = address + (uint64_t)*done * disk->block_size;

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

/* Transfers `bytes` at `offset` of one block, by way of the bounce buffer. */
static int transfer_part(struct disk *disk, enum disk_direction direction, uint64_t lba,
			 uint32_t offset, uint32_t bytes, uint64_t address)
{
	uint32_t done;
	int error;

	if (address + bytes > UINT32_MAX)
		return ERR_RANGE;
	error = disk_transfer(disk, DISK_READ, lba, 1, ptr_phys(bounce), &done);
	if (error)
		return error;
	if (direction == DISK_READ) {
		memcpy(phys_ptr(address), bounce + offset, bytes);
		return 0;
	}
	memmove(bounce + offset, phys_ptr(address), bytes); /* it may be our own memory */
	return disk_transfer(disk, DISK_WRITE, lba, 1, ptr_phys(bounce), &done);
}

int disk_transfer_sectors(struct disk *disk, enum disk_direction direction, uint64_t sector,
			  uint32_t count, uint64_t address, uint32_t *done)
{
	unsigned shift = __builtin_ctz(disk->block_size / SECTOR_SIZE);
	uint32_t per_block = 1 << shift;
	int error = need_medium(disk);

	if (!shift)
		return disk_transfer(disk, direction, sector, count, address, done);
	*done = 0;
	if (!error && (sector >= disk_sectors(disk) || count > disk_sectors(disk) - sector))
		return ERR_RANGE;
	while (!error && *done < count) {
		uint32_t first = (sector + *done) & (per_block - 1);
		uint32_t piece = count - *done, blocks = 0;
		uint64_t to = address + (uint64_t)*done * SECTOR_SIZE;

		if (!first && piece >= per_block) {
			error = disk_transfer(disk, direction, (sector + *done) >> shift,
					      piece >> shift, to, &blocks);
			*done += blocks << shift;
			continue;
		}
		if (piece > per_block - first)
			piece = per_block - first;
		error = transfer_part(disk, direction, (sector + *done) >> shift,
				      first * SECTOR_SIZE, piece * SECTOR_SIZE, to);
		*done += error ? 0 : piece;
	}
	return error;
}

int disk_verify(struct disk *disk, uint64_t lba, uint32_t count)
{
	int error = need_medium(disk);
	uint32_t done;

	if (!error && (lba >= disk->blocks || count > disk->blocks - lba))
		return ERR_RANGE;
	while (!error && count--)
		error = disk_transfer(disk, DISK_READ, lba++, 1, ptr_phys(bounce), &done);
	return error;
}

int disk_fill(struct disk *disk, uint64_t lba, uint8_t byte)
{
	uint32_t done;

	memset(bounce, byte, disk->block_size);
	return disk_transfer(disk, DISK_WRITE, lba, 1, ptr_phys(bounce), &done);
}
