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
#include "floppy.h"

#include <stddef.h>

#define TABLE(track_sectors, gap, format_gap)                                                      \
	{                                                                                          \
		0xdf, 0x02, 37, 2, track_sectors, gap, 0xff, format_gap, 0xf6, 15, 8               \
	}

enum {
	/* 40:90: data rate in bits 7 and 6, double stepping 5, established 4,
	 * 2-0 what is in which drive. */
	STATE_360K = 0x93,
	STATE_1200K = 0x15,
	STATE_720K = 0x97,
	STATE_1440K = 0x17,
	STATE_2880K = 0xd7,
};

static const struct floppy floppies[] = {
	{2880, 80, 2, FLOPPY_1440K, STATE_1440K, TABLE(18, 0x1b, 0x6c)},
	{2400, 80, 2, FLOPPY_1200K, STATE_1200K, TABLE(15, 0x1b, 0x54)},
	{5760, 80, 2, FLOPPY_2880K, STATE_2880K, TABLE(36, 0x1b, 0x50)},
	{1440, 80, 2, FLOPPY_720K, STATE_720K, TABLE(9, 0x2a, 0x50)},
	{720, 40, 2, FLOPPY_360K, STATE_360K, TABLE(9, 0x2a, 0x50)},
	{640, 40, 2, FLOPPY_360K, STATE_360K, TABLE(8, 0x2a, 0x50)},
	{360, 40, 1, FLOPPY_360K, STATE_360K, TABLE(9, 0x2a, 0x50)},
	{320, 40, 1, FLOPPY_360K, STATE_360K, TABLE(8, 0x2a, 0x50)},
};

enum { FLOPPIES = sizeof(floppies) / sizeof(floppies[0]) };

const struct floppy *floppy_by_size(uint64_t sectors)
{
	for (size_t i = 0; i < FLOPPIES; i++)
		if (floppies[i].sectors == sectors)
			return &floppies[i];
	return NULL;
}

const struct floppy *floppy_by_tracks(unsigned cylinders, unsigned track_sectors)
{
	for (size_t i = 0; i < FLOPPIES; i++)
		if (floppies[i].cylinders == cylinders &&
		    floppies[i].table.track_sectors == track_sectors)
			return &floppies[i];
	return NULL;
}
