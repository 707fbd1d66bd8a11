/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * A disk is blocks that can be read and written. Drivers register disks; INT 13h
 * and the boot code use them and know nothing of drivers.
 */
#ifndef PETREL_DISK_H
#define PETREL_DISK_H

#include <stdbool.h>
#include <stdint.h>

enum { SECTOR_SIZE = 512, DISK_NAME_SIZE = 24 };

struct disk;

struct disk_ops {
	/*
	 * Transfers `count` blocks, 1 to disk->max_blocks, all of them within
	 * the disk, from or to `address` (physical). All or nothing as far as
	 * the result tells: 0, or ERR_IO, ERR_TIMEOUT, ERR_READONLY. What was
	 * written is durable when write returns.
	 */
	int (*read)(struct disk *disk, uint64_t lba, uint32_t count, uint64_t address);
	int (*write)(struct disk *disk, uint64_t lba, uint32_t count, uint64_t address);
	/*
	 * A read in two steps, so that the device works while the caller does;
	 * both NULL where the driver has none. start_read returns a ticket (0 or
	 * more) for finish_read, which waits and returns as read does. At most
	 * two are started and not finished at any time.
	 */
	int (*start_read)(struct disk *disk, uint64_t lba, uint32_t count, uint64_t address);
	int (*finish_read)(struct disk *disk, int ticket);
};

/* Cylinders, heads, sectors as INT 13h's callers of 1985 see a disk. */
struct geometry {
	uint32_t cylinders;
	uint16_t heads;
	uint16_t sectors;
};

struct disk {
	const struct disk_ops *ops;
	uint64_t blocks;		/* capacity */
	uint32_t block_size;		/* bytes: 512 or 4096 */
	uint32_t max_blocks;		/* most blocks of one transfer */
	uint32_t base;			/* address of the device, for the boot order */
	bool read_only;
	struct geometry geometry;	/* set by disk_register() */
	uint64_t next_lba;		/* where the last read ended (readahead.c) */
	uint8_t streak;			/* reads so far that each began there */
	char name[DISK_NAME_SIZE];	/* for messages: "virtio-blk feb02e00" */
	struct disk *next;
};

/*
 * Adds a disk whose driver has filled in all of the above but `geometry`. Disks
 * are kept in the order in which QEMU's user gave them: the first -device is in
 * the highest slot.
 */
void disk_register(struct disk *disk);

/* The first disk, or NULL; the others by ->next. */
struct disk *disk_first(void);

enum disk_direction { DISK_READ, DISK_WRITE };

/*
 * Transfers any number of blocks, in as many pieces as the driver needs. *done
 * is set to the blocks that were transferred in any case. Returns 0; ERR_RANGE,
 * and nothing is transferred, if they do not all lie on the disk; the driver's
 * error, which is also said on the console.
 */
int disk_transfer(struct disk *disk, enum disk_direction direction, uint64_t lba, uint32_t count,
		  uint64_t address, uint32_t *done);

#endif
