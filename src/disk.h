/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * A disk is blocks that can be read and written. Drivers register disks; INT 13h
 * and the boot code use them and know nothing of drivers.
 */
#ifndef PETREL_DISK_H
#define PETREL_DISK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	SECTOR_SIZE = 512,
	CD_SECTOR_SIZE = 2048,
	MAX_BLOCK_SIZE = 4096,
	DISK_NAME_SIZE = 32,
};

struct disk;

struct disk_ops {
	/*
	 * Transfers `count` blocks, 1 to disk->max_blocks, all of them within
	 * the disk, from or to `address` (physical). All or nothing as far as
	 * the result tells: 0, or ERR_IO, ERR_TIMEOUT, ERR_READONLY,
	 * ERR_NOMEDIUM. What was written is durable when write returns.
	 */
	int (*read)(struct disk *disk, uint64_t lba, uint32_t count, uint64_t address);
	int (*write)(struct disk *disk, uint64_t lba, uint32_t count, uint64_t address);
	/*
	 * A read in two steps, so that the device works while the caller does;
	 * both NULL where the driver has none. start_read returns a ticket (0 or
	 * more) for finish_read, which waits and returns as read does; a ticket
	 * is nobody else's until then, even if the device is reset meanwhile. At
	 * most two are started and not finished at any time.
	 */
	int (*start_read)(struct disk *disk, uint64_t lba, uint32_t count, uint64_t address);
	int (*finish_read)(struct disk *disk, int ticket);
	/* Writes what a person knows the disk by (model, serial number) to `to`,
	 * at most `size` bytes with the NUL; for the boot menu. */
	void (*describe)(struct disk *disk, char *to, size_t size);
	/* Of removable media, else NULL: looks for a medium and sets `blocks`,
	 * or ejects it. Returns 0, ERR_NOMEDIUM, ERR_IO. */
	int (*load)(struct disk *disk);
	int (*eject)(struct disk *disk);
};

/* Each kind has its own drive numbers (drive.h). */
enum disk_kind { DISK_FLOPPY, DISK_HARD, DISK_CD, DISK_KINDS };

/* Cylinders, heads, sectors as INT 13h's callers of 1985 see a disk. */
struct geometry {
	uint32_t cylinders;
	uint16_t heads;
	uint16_t sectors;
};

struct disk {
	const struct disk_ops *ops;
	enum disk_kind kind; /* drivers say DISK_HARD or DISK_CD */
	uint64_t blocks;     /* capacity; 0 without a medium */
	uint32_t block_size; /* bytes, a power of two: SECTOR_SIZE to MAX_BLOCK_SIZE */
	uint32_t max_blocks; /* most blocks of one transfer */
	uint32_t base;       /* address of the device */
	bool on_scsi;        /* several disks at one address: target and lun tell */
	uint16_t target, lun;
	bool read_only;
	char name[DISK_NAME_SIZE]; /* for messages: "virtio-blk feb02e00" */

	uint8_t changes; /* of the medium, as far as the driver has noticed */

	/* The rest is not the driver's. */
	uint8_t changes_told;        /* of `changes`, what INT 13h 49h has told */
	bool knows_size;             /* somebody asked for the block size: int13.c */
	uint8_t locks;               /* INT 13h 45h */
	const struct floppy *floppy; /* its format, if it is a floppy */
	struct geometry geometry;    /* see disk_geometry() */
	bool geometry_final;
	uint64_t next_lba; /* where the last read ended: readahead.c */
	uint8_t streak;    /* reads so far that each began there */
	struct disk *next, *next_drive;
};

/*
 * Adds a disk whose driver has filled in its part. Disks are kept in the order
 * in which QEMU's user gave them: the first -device is in the highest slot.
 * Returns 0, or ERR_NOMEM.
 */
int disk_register(struct disk *disk);

/* The first disk, or NULL; the others by ->next. */
struct disk *disk_first(void);

enum disk_direction { DISK_READ, DISK_WRITE };

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

/* The capacity in sectors of SECTOR_SIZE bytes. */
uint64_t disk_sectors(const struct disk *disk);

/*
 * The geometry that the disk's partitions were made with, which a first call may
 * have to read sector 0 for; disk_learn_geometry() takes that sector from someone
 * who has read it anyway.
 */
const struct geometry *disk_geometry(struct disk *disk);
void disk_learn_geometry(struct disk *disk, const void *sector0);

#endif
