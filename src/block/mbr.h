/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * A disk's sector 0: the master boot record's partition table, or the parameter
 * block of a FAT volume that fills the whole disk.
 *
 * References: UEFI 2.10, 5.2 "MBR"; Microsoft FAT specification 1.03, "Boot
 * Sector and BPB".
 */
#ifndef PETREL_BLOCK_MBR_H
#define PETREL_BLOCK_MBR_H

#include <stdint.h>

enum {
	SECTOR_SIZE = 512,
	MBR_TABLE = 446,
	MBR_PARTITIONS = 4,
	MBR_ACTIVE = 0x80,
	MBR_SIGNATURE = 510,
	MBR_SIGNATURE_VALUE = 0xaa55,
};

/* A sector's address by cylinder (10 bits), head and sector (6 bits, from 1), as
 * partition tables and INT 13h have it: the cylinder's bits 8 and 9 are on top of the
 * sector. */
struct mbr_chs {
	uint8_t head, sector, cylinder;
};

/* The cylinder has 10 bits, the sector 6. */
static inline struct mbr_chs mbr_pack_chs(uint32_t cylinder, uint32_t head, uint32_t sector)
{
	return (struct mbr_chs){head, sector | (cylinder >> 2 & 0xc0), cylinder};
}

static inline uint16_t mbr_chs_cylinder(const struct mbr_chs *chs)
{
	return (chs->sector & 0xc0) << 2 | chs->cylinder;
}

static inline uint8_t mbr_chs_sector(const struct mbr_chs *chs)
{
	return chs->sector & 0x3f;
}

struct mbr_partition {
	uint8_t status;
	struct mbr_chs first;
	uint8_t type;
	struct mbr_chs last;
	uint32_t start, count;
} __attribute__((packed));

/* What a boot sector begins with that has a parameter block: JMP over it. */
enum { BPB_JUMP_SHORT = 0xeb, BPB_JUMP_NEAR = 0xe9 };

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

/* The partition table of sector 0; NULL if there is no signature, or what lies in its place
 * is no table (mbr.c). */
const struct mbr_partition *mbr_table(const void *sector0);

static inline uint16_t mbr_signature(const void *sector0)
{
	return *(const uint16_t *)((const uint8_t *)sector0 + MBR_SIGNATURE);
}

#endif
