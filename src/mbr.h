/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * A disk's sector 0: the master boot record's partition table, or the parameter
 * block of a FAT volume that fills the whole disk.
 *
 * References: UEFI 2.10, 5.2 "MBR"; Microsoft FAT specification 1.03, "Boot
 * Sector and BPB".
 */
#ifndef PETREL_MBR_H
#define PETREL_MBR_H

#include <stdint.h>

enum {
	MBR_TABLE = 446,
	MBR_PARTITIONS = 4,
	MBR_ACTIVE = 0x80,
	MBR_SIGNATURE = 510,
	MBR_SIGNATURE_VALUE = 0xaa55,
};

/* Head, then sector with the cylinder's bits 8 and 9 on top, then cylinder. */
struct mbr_chs {
	uint8_t head, sector, cylinder;
};

struct mbr_partition {
	uint8_t status;
	struct mbr_chs first;
	uint8_t type;
	struct mbr_chs last;
	uint32_t start, count;
} __attribute__((packed));

struct bpb {
	uint8_t jump[3];
	uint8_t oem[8];
	uint16_t sector_size;
	uint8_t cluster_sectors;
	uint16_t reserved_sectors;
	uint8_t fats;
	uint16_t root_entries;
	uint16_t sectors; /* 0: the 32-bit field counts */
	uint8_t media;
	uint16_t fat_sectors;
	uint16_t track_sectors;
	uint16_t heads;
} __attribute__((packed));

static inline const struct mbr_partition *mbr_partitions(const void *sector0)
{
	return (const void *)((const uint8_t *)sector0 + MBR_TABLE);
}

static inline uint16_t mbr_signature(const void *sector0)
{
	return *(const uint16_t *)((const uint8_t *)sector0 + MBR_SIGNATURE);
}

#endif
