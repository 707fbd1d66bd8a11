/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * A disk is blocks that can be read and written. Drivers make disks and register them
 * (disks.h); whoever reads or writes calls transfer.h and knows nothing of drivers.
 */
#ifndef PETREL_BLOCK_DISK_H
#define PETREL_BLOCK_DISK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "block/geometry.h"
#include "block/mbr.h"

enum { CD_SECTOR_SIZE = 2048, MAX_BLOCK_SIZE = 4096, MAX_DISK_ALIGN = 16 };

struct device;
struct disk;
struct floppy;

enum disk_direction { DISK_READ, DISK_WRITE };

struct disk_ops {
	/*
	 * Transfers `count` blocks, 1 to disk->max_blocks, all of them within
	 * the disk, from or to `address` (physical, as aligned as disk->align says).
	 * All or nothing as far as
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

/* Each kind has its own drive numbers (bios/drive.h). */
enum disk_kind { DISK_FLOPPY, DISK_HARD, DISK_CD, DISK_KINDS };

struct disk {
	const struct disk_ops *ops;
	enum disk_kind kind; /* drivers say DISK_HARD or DISK_CD */
	uint64_t blocks;     /* capacity; 0 without a medium */
	uint32_t block_size; /* bytes, a power of two: SECTOR_SIZE to MAX_BLOCK_SIZE */
	uint32_t max_blocks; /* most blocks of one transfer */
	uint32_t align;      /* addresses are multiples of it, to MAX_DISK_ALIGN; 0: any */
	bool read_only;
	const struct device *device; /* where it is, and its name */

	uint8_t changes; /* of the medium, as far as the driver has noticed */

	/* From here on the fields are not the driver's: it leaves them zero. */
	uint8_t changes_told;        /* of `changes`, what INT 13h 49h has told */
	bool knows_size;             /* somebody asked for the block size: bios/int13.c */
	uint8_t locks;               /* INT 13h 45h */
	const struct floppy *floppy; /* its format, if it is a floppy */
	struct geometry geometry;    /* see disk_geometry() */
	bool geometry_final;
	uint64_t next_lba; /* where the last read ended: readahead.c */
	uint8_t streak;    /* reads so far that each began there */
	struct disk *next, *next_drive;
};

/* The name of its device, for messages. */
const char *disk_name(const struct disk *disk);

/* The capacity in sectors of SECTOR_SIZE bytes. */
uint64_t disk_sectors(const struct disk *disk);

#endif
