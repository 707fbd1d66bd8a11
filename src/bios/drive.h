/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * Drive numbers: which disk a caller of INT 13h means by DL.
 */
#ifndef PETREL_BIOS_DRIVE_H
#define PETREL_BIOS_DRIVE_H

#include <stdint.h>

#include "block/disk.h"

/* The first number of each kind of disk. */
enum drive_number {
	DRIVE_FLOPPY = 0x00,
	DRIVE_HARD = 0x80,
	DRIVE_CD = 0xe0,
};

/* Forgets all numbers. */
void drive_init(void);

/* Gives a disk the next number of its kind. */
void drive_add(struct disk *disk);

/*
 * Puts a disk before all others of its kind, the rest of which keep their order:
 * the one that is being booted, since boot sectors take theirs for 80h (or 00h),
 * or one that El Torito emulates and that drive_add() never saw. NULL ends that.
 */
void drive_lead(enum disk_kind kind, struct disk *disk);

/* Leaves a disk without a number, for as long as it is shown as something else; NULL ends
 * that. Does what drive_publish() does, if it makes a difference. */
void drive_hide(const struct disk *disk);

/* Tells old software of the drives: in the BIOS data area, and the tables of the
 * vectors 1Eh, 41h and 46h. */
void drive_publish(void);

/* The disk with this number, or NULL. */
struct disk *drive_disk(uint8_t number);

/* The first number of a kind. */
uint8_t drive_first(enum disk_kind kind);

/* How many disks of a kind have numbers. */
unsigned drive_count(enum disk_kind kind);

#endif
