/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * What is on a bootable CD (or on a disk that holds the image of one): the boot
 * catalogue, and boot images as disks of their own.
 */
#ifndef PETREL_BLOCK_CDROM_H
#define PETREL_BLOCK_CDROM_H

#include <stdint.h>

#include "block/disk.h"

/* The low four bits of a boot image's media type: El Torito 1.0, figure 3. */
enum cdrom_media {
	CDROM_MEDIA_NONE = 0, /* no emulation: the image is started as it is */
	CDROM_MEDIA_FLOPPY_1200K = 1,
	CDROM_MEDIA_FLOPPY_1440K = 2,
	CDROM_MEDIA_FLOPPY_2880K = 3,
	CDROM_MEDIA_HARD_DISK = 4,
	CDROM_MEDIA_MASK = 0x0f,
};

/* A boot image, as the catalogue describes it. */
struct cdrom_image {
	uint32_t catalogue; /* CD sector of the boot catalogue */
	uint32_t start;     /* CD sector */
	uint8_t media;      /* enum cdrom_media, and flags */
	uint16_t segment;   /* where to load it; 0: the usual place */
	uint16_t sectors;   /* of 512 bytes, to load */
};

/* Finds the boot image for a PC. Uses the 2 KiB at BOOT_SECTOR. Returns 0; ERR_NOENT if
 * it is no bootable CD; another error, which has then been said. */
int cdrom_find_image(struct disk *cd, struct cdrom_image *image);

/*
 * The CD that a disk with the image of one is to the program on it: the same data in blocks
 * of 2048 bytes, read only, for INT 13h. There is one at a time. What is read for ourselves is
 * read from the disk.
 */
struct disk *cdrom_of_disk(struct disk *disk);

/* Reads `count` CD sectors of 2048 bytes. Returns as disk_transfer() does. */
int cdrom_read(struct disk *cd, uint32_t sector, uint32_t count, uint64_t address);

/*
 * Makes a disk or diskette of the image that starts at this CD sector, for INT 13h; there
 * is one at a time. Uses the 512 bytes at BOOT_SECTOR. Returns NULL if the CD does not
 * have it all, or the image of a hard disk has no partition.
 */
struct disk *cdrom_emulate(struct disk *cd, uint8_t media, uint32_t sector);

#endif
