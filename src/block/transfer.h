/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * Reading and writing disks: what is the same whatever the driver.
 */
#ifndef PETREL_BLOCK_TRANSFER_H
#define PETREL_BLOCK_TRANSFER_H

#include "block/disk.h"

/* Makes sure that there is a buffer for a block of this disk, before it is used. Returns
 * 0 or ERR_NOMEM. */
int disk_need_bounce(uint32_t block_size);

/* Reads sector 0 into a buffer that stays as it is until the next call of anything
 * here; NULL if that fails. */
const void *disk_read_sector0(struct disk *disk);

/*
 * Asks a drive of removable media what is in it: notes a new medium, and sets `blocks`.
 * Nothing here uses what was read or known of a medium before without that. Returns 0, or
 * as the driver's load(); for other disks, nothing happens.
 */
int disk_ask_medium(struct disk *disk);

/*
 * Transfers any number of blocks, in as many pieces as the driver needs. *done
 * is set to the blocks that were transferred in any case. Returns 0; ERR_RANGE,
 * and nothing is transferred, if they do not all lie on the disk; ERR_NOMEDIUM;
 * the driver's error, which is also said on the console.
 */
int disk_transfer(struct disk *disk, enum disk_direction direction, uint64_t lba, uint32_t count,
		  uint64_t address, uint32_t *done);

/* The same in sectors of SECTOR_SIZE bytes, whatever the disk's blocks are. */
int disk_transfer_sectors(struct disk *disk, enum disk_direction direction, uint64_t sector,
			  uint32_t count, uint64_t address, uint32_t *done);

/* Reads blocks and throws them away. Returns as disk_transfer() does; without
 * blocks, whether `lba` is on the disk. */
int disk_verify(struct disk *disk, uint64_t lba, uint32_t count);

/* Fills a block with a byte. */
int disk_fill(struct disk *disk, uint64_t lba, uint8_t byte);

#endif
