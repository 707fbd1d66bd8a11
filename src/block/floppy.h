/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * Diskette formats: a disk of exactly a diskette's size is shown as one.
 */
#ifndef PETREL_BLOCK_FLOPPY_H
#define PETREL_BLOCK_FLOPPY_H

#include <stdbool.h>
#include <stdint.h>

#include "block/geometry.h"

/* The diskette parameter table that INT 1Eh points to. */
struct floppy_table {
	uint8_t step, load;  /* step rate, head unload and load times, DMA */
	uint8_t motor_ticks; /* until the motor is switched off */
	uint8_t size_code;   /* 2: 512 bytes */
	uint8_t track_sectors;
	uint8_t gap, data_length, format_gap, fill;
	uint8_t settle_ms, motor_start; /* the latter in 1/8 s */
};

/* What INT 13h 08h calls the drive. */
enum floppy_type {
	FLOPPY_360K = 1,
	FLOPPY_1200K = 2,
	FLOPPY_720K = 3,
	FLOPPY_1440K = 4,
	FLOPPY_2880K = 6,
};

struct floppy {
	uint16_t sectors; /* of 512 bytes, in all */
	uint8_t cylinders, heads;
	uint8_t type;  /* enum floppy_type: the least drive that reads it */
	uint8_t state; /* for 40:90: rate, established, kind of medium and drive */
	const struct floppy_table *table;
};

/* The table of 1.44 MB, which INT 1Eh points to where there is no diskette. */
extern const struct floppy_table diskette_table;

/* The format of so many sectors, or NULL. */
const struct floppy *floppy_by_size(uint64_t sectors);

/* Its cylinders, heads and sectors. */
struct geometry floppy_geometry(const struct floppy *floppy);

/* Whether so many sectors are nearly those of a format: an image may lack up to a track,
 * or have some bytes more. */
bool floppy_near(uint64_t sectors);

/* The format with this many cylinders and sectors a track, or NULL. */
const struct floppy *floppy_by_tracks(unsigned cylinders, unsigned track_sectors);

#endif
