/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * A disk for the fuzz targets of partitions and file systems. An input is struct
 * image_header, so many struct image_extent, and then what these hold; the rest of the
 * disk is zeroes. tests/fuzz/pack-image makes inputs of real images.
 */
#ifndef PETREL_FUZZ_IMAGE_H
#define PETREL_FUZZ_IMAGE_H

#include <stddef.h>
#include <stdint.h>

#include "block/disk.h"

struct image_header {
	uint8_t flags, extents;
	uint16_t blocks; /* of 16 KiB: the disk has up to 1 GiB */
} __attribute__((packed));

struct image_extent {
	uint32_t unit; /* of IMAGE_UNIT bytes */
	uint16_t count;
} __attribute__((packed));

enum { IMAGE_UNIT = 64 };
enum { IMAGE_4K_BLOCKS = 1, IMAGE_CD = 2, IMAGE_READ_ERRORS = 4 };

/* The target: looks at the disk of an input. */
void image_use(struct disk *disk);

/* Begins to count the disk's requests: one call of what is tested makes IMAGE_REQUESTS_MAX
 * at most. */
enum { IMAGE_REQUESTS_MAX = 100000 };
void image_begin_call(void);

/* Mounts the whole disk, and looks at its files in all ways that there are. */
void image_walk(struct disk *disk);

#endif
