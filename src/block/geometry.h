/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * The cylinders, heads and sectors that a disk without any is given.
 */
#ifndef PETREL_BLOCK_GEOMETRY_H
#define PETREL_BLOCK_GEOMETRY_H

#include <stdbool.h>
#include <stdint.h>

/* Cylinders, heads, sectors as INT 13h's callers of 1985 see a disk. */
struct geometry {
	uint32_t cylinders;
	uint16_t heads;
	uint16_t sectors;
};

/* The geometry that BIOSes give a disk of so many sectors of 512 bytes. */
struct geometry geometry_by_size(uint64_t sectors);

/* The geometry with so many heads and sectors a track; both are 1 to 255. */
struct geometry geometry_of(uint64_t sectors, uint16_t heads, uint16_t track_sectors);

/* The geometry that sector 0 of the disk speaks of; *geometry is left as it is
 * if it speaks of none. */
void geometry_by_sector0(const void *sector0, uint64_t sectors, struct geometry *geometry);

/* The parameter block in sector 0, if that begins a FAT volume; else NULL. */
const struct bpb *geometry_find_bpb(const void *sector0);

#endif
