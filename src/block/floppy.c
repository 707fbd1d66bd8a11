/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * Diskette formats. A microvm has no diskette controller, but its users have
 * diskette images: DOS, old installers. Given as a disk, an image of exactly a
 * diskette's size takes diskette numbers, with the geometry its boot sector was
 * written for.
 *
 * References: IBM PS/2 and PC BIOS Interface Technical Reference, "Diskette
 * Parameters", "BIOS Data Area" (40:90); RBIL tables 00264, 01264, M0090.
 */
#include "block/floppy.h"

#include <stddef.h>

#include "lib/section.h"
#include "lib/util.h"

/* Formats differ in three bytes only. */
#define TABLE(sectors, gap_length, gap_to_format)                                                  \
	{                                                                                          \
		.step = 0xdf, .load = 0x02, .motor_ticks = 37, .size_code = SIZE_512,              \
		.track_sectors = sectors, .gap = gap_length, .data_length = 0xff,                  \
		.format_gap = gap_to_format, .fill = 0xf6, .settle_ms = 15, .motor_start = 8       \
	}

enum { SIZE_512 = 2 };

/* EFC7: where old software looks for it. */
const struct floppy_table diskette_table FIXED(efc7) = TABLE(18, 0x1b, 0x6c);

static const struct floppy_table table_1200k IN_FSEG = TABLE(15, 0x1b, 0x54);
static const struct floppy_table table_2880k IN_FSEG = TABLE(36, 0x1b, 0x50);
static const struct floppy_table table_9_sectors IN_FSEG = TABLE(9, 0x2a, 0x50);
static const struct floppy_table table_8_sectors IN_FSEG = TABLE(8, 0x2a, 0x50);

enum {
	MISSING_MAX = 17, /* sectors */

	/* 40:90: data rate in bits 7 and 6, double stepping 5, established 4,
	 * 2-0 what is in which drive. */
	STATE_360K = 0x93,
	STATE_1200K = 0x15,
	STATE_720K = 0x97,
	STATE_1440K = 0x17,
	STATE_2880K = 0xd7,
};

static const struct floppy floppies[] = {
	{2880, 80, 2, FLOPPY_1440K, STATE_1440K, &diskette_table},
	{2400, 80, 2, FLOPPY_1200K, STATE_1200K, &table_1200k},
	{5760, 80, 2, FLOPPY_2880K, STATE_2880K, &table_2880k},
	{1440, 80, 2, FLOPPY_720K, STATE_720K, &table_9_sectors},
	{720, 40, 2, FLOPPY_360K, STATE_360K, &table_9_sectors},
	{640, 40, 2, FLOPPY_360K, STATE_360K, &table_8_sectors},
	{360, 40, 1, FLOPPY_360K, STATE_360K, &table_9_sectors},
	{320, 40, 1, FLOPPY_360K, STATE_360K, &table_8_sectors},
};

const struct floppy *floppy_by_size(uint64_t sectors)
{
	for (size_t i = 0; i < ARRAY_SIZE(floppies); i++)
		if (floppies[i].sectors == sectors)
			return &floppies[i];
	return NULL;
}

struct geometry floppy_geometry(const struct floppy *floppy)
{
	return (struct geometry){floppy->cylinders, floppy->heads, floppy->table->track_sectors};
}

bool floppy_near(uint64_t sectors)
{
	for (size_t i = 0; i < ARRAY_SIZE(floppies); i++)
		if (sectors > floppies[i].sectors - MISSING_MAX - 1u &&
		    sectors <= floppies[i].sectors + 1u)
			return true;
	return false;
}

const struct floppy *floppy_by_tracks(unsigned cylinders, unsigned track_sectors)
{
	for (size_t i = 0; i < ARRAY_SIZE(floppies); i++)
		if (floppies[i].cylinders == cylinders &&
		    floppies[i].table->track_sectors == track_sectors)
			return &floppies[i];
	return NULL;
}
