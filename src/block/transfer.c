/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * What is the same for every transfer whatever the disk's driver: bounds, splitting of
 * large transfers, read-ahead, and sectors of 512 bytes on disks whose blocks are larger.
 */
#include "block/transfer.h"

#include <stdbool.h>
#include <string.h>

#include "block/mbr.h"
#include "block/readahead.h"
#include "lib/error.h"
#include "lib/log.h"
#include "lib/memory.h"

/* One block of the disk with the largest ones, in the arena. Each use of it ends with the
 * call, but for disk_read_sector0(), whose callers look at it at once. */
static uint8_t *bounce;
static uint32_t bounce_size;

int disk_need_bounce(uint32_t block_size)
{
	if (block_size < CD_SECTOR_SIZE) /* it may turn out to hold a CD */
		block_size = CD_SECTOR_SIZE;
	if (block_size <= bounce_size)
		return 0;
	bounce = memory_alloc_raw(block_size, MAX_DISK_ALIGN);
	bounce_size = bounce ? block_size : 0;
	return bounce ? 0 : ERR_NOMEM;
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
		say("%s: %s error, sector %llu, %u sectors\n", disk_name(disk),
		    direction == DISK_READ ? "read" : "write", lba, count);
	return error;
}

/* Whether the device can use this memory itself. It reaches RAM only, which our own
 * segments are not, and may want addresses that are even. */
static bool reachable(const struct disk *disk, enum disk_direction direction, uint32_t bytes,
		      uint64_t address)
{
	if (disk->align && address & (disk->align - 1))
		return false;
	return direction == DISK_READ || memory_is_callers(address, bytes);
}

/* Transfers one block by way of the bounce buffer. */
static int transfer_bounced(struct disk *disk, enum disk_direction direction, uint64_t lba,
			    uint64_t address)
{
	int error;

	if (address + disk->block_size > UINT32_MAX)
		return ERR_RANGE;
	if (direction == DISK_WRITE)
		memmove(bounce, phys_ptr(address), disk->block_size);
	error = transfer_piece(disk, direction, lba, 1, ptr_phys(bounce));
	if (!error && direction == DISK_READ)
		memmove(phys_ptr(address), bounce, disk->block_size);
	return error;
}

int disk_ask_medium(struct disk *disk)
{
	if (!disk->ops->load)
		return 0;
	/* A drive says once that the medium has changed, perhaps to a read-ahead. */
	readahead_settle(disk);
	return disk->ops->load(disk);
}

static bool on_disk(const struct disk *disk, uint64_t lba, uint32_t count)
{
	return lba < disk->blocks && count <= disk->blocks - lba;
}

/* Whether blocks lie on the disk: 0, ERR_RANGE, or an error of the drive. It is asked if
 * what is known of the medium says no, or would do without a command to the drive. */
static int check_range(struct disk *disk, uint64_t lba, uint32_t count)
{
	int error = 0;

	if (!on_disk(disk, lba, count) || readahead_has(disk, lba, count))
		error = disk_ask_medium(disk);
	if (error)
		return error;
	return on_disk(disk, lba, count) ? 0 : ERR_RANGE;
}

int disk_transfer(struct disk *disk, enum disk_direction direction, uint64_t lba, uint32_t count,
		  uint64_t address, uint32_t *done)
{
	int error = check_range(disk, lba, count);

	*done = 0;
	if (error)
		return error;
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
			if (reachable(disk, direction, copied * disk->block_size, to)) {
				error = transfer_piece(disk, direction, lba + *done, copied, to);
			} else {
				copied = 1;
				error = transfer_bounced(disk, direction, lba + *done, to);
			}
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
		memmove(phys_ptr(address), bounce + offset, bytes);
		return 0;
	}
	/* memmove, both times: any memory may be the buffer, this one, too. */
	memmove(bounce + offset, phys_ptr(address), bytes);
	return disk_transfer(disk, DISK_WRITE, lba, 1, ptr_phys(bounce), &done);
}

int disk_transfer_sectors(struct disk *disk, enum disk_direction direction, uint64_t sector,
			  uint32_t count, uint64_t address, uint32_t *done)
{
	unsigned shift = __builtin_ctz(disk->block_size / SECTOR_SIZE);
	uint32_t per_block = 1 << shift;
	int error;

	if (!shift)
		return disk_transfer(disk, direction, sector, count, address, done);
	*done = 0;
	error = check_range(disk, sector >> shift,
			    ((sector & (per_block - 1)) + count + per_block - 1) >> shift);
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
	int error = check_range(disk, lba, count);
	uint32_t done;

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

const void *disk_read_sector0(struct disk *disk)
{
	uint32_t done;

	if (disk_transfer(disk, DISK_READ, 0, 1, ptr_phys(bounce), &done))
		return NULL;
	return bounce;
}
