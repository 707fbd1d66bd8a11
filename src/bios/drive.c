/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * Drive numbers. Diskettes count from 00h, hard disks from 80h, CDs from E0h, in
 * boot order; the one that is being booted comes first of its kind.
 *
 * What software older than INT 13h 08h looks at is kept in step: the counts in
 * the BIOS data area, the diskette parameter table of INT 1Eh and the fixed disk
 * parameter tables of INT 41h and 46h.
 *
 * References: IBM PS/2 and PC BIOS Interface Technical Reference, "BIOS Data
 * Area", "Fixed Disk Parameters"; BIOS Boot Specification 1.01, 4.
 */
#include "bios/drive.h"

#include "bda.h"
#include "bios/regs.h"
#include "block/floppy.h"
#include "layout.h"

enum {
	VECTOR_DISKETTE_TABLE = 0x1e,
	VECTOR_DISK0_TABLE = 0x41,
	VECTOR_DISK1_TABLE = 0x46,

	EQUIPMENT_FLOPPY = 1 << 0,
	EQUIPMENT_FLOPPIES_SHIFT = 6, /* two bits: how many, less one */
	EQUIPMENT_FLOPPIES = 3 << EQUIPMENT_FLOPPIES_SHIFT,
	FLOPPIES_SHOWN = 4, /* by those two bits */

	CONTROL_MANY_HEADS = 1 << 3, /* more than eight */
};

/* What INT 41h and 46h point to. */
struct fixed_disk_table {
	uint16_t cylinders;
	uint8_t heads;
	uint16_t reduced_current, precompensation;
	uint8_t ecc_burst, control, timeouts[3];
	uint16_t landing_zone;
	uint8_t track_sectors, reserved;
} __attribute__((packed));

_Static_assert(sizeof(struct fixed_disk_table) == sizeof(((struct ebda *)0)->disk_tables[0]),
	       "EBDA layout");

static const uint8_t first_numbers[DISK_KINDS] = {
	[DISK_FLOPPY] = DRIVE_FLOPPY,
	[DISK_HARD] = DRIVE_HARD,
	[DISK_CD] = DRIVE_CD,
};

static struct disk *lists[DISK_KINDS], *leads[DISK_KINDS];
static const struct disk *hidden;
static unsigned published; /* hard disks, in the BIOS data area's count */

void drive_init(void)
{
	for (unsigned kind = 0; kind < DISK_KINDS; kind++)
		lists[kind] = leads[kind] = NULL;
}

void drive_add(struct disk *disk)
{
	struct disk **place = &lists[disk->kind];

	while (*place)
		place = &(*place)->next_drive;
	*place = disk;
	disk->next_drive = NULL;
}

/* The kind of disk that has such numbers. */
static enum disk_kind drive_kind(uint8_t number)
{
	if (number < DRIVE_HARD)
		return DISK_FLOPPY;
	return number < DRIVE_CD ? DISK_HARD : DISK_CD;
}

uint8_t drive_first(enum disk_kind kind)
{
	return first_numbers[kind];
}

/* The disk that comes after `index` others of its kind. */
static struct disk *nth_disk(enum disk_kind kind, unsigned index)
{
	struct disk *lead = leads[kind];

	if (lead && !index--)
		return lead;
	for (struct disk *disk = lists[kind]; disk; disk = disk->next_drive)
		if (disk != lead && disk != hidden && !index--)
			return disk;
	return NULL;
}

struct disk *drive_disk(uint8_t number)
{
	enum disk_kind kind = drive_kind(number);

	return nth_disk(kind, number - first_numbers[kind]);
}

unsigned drive_count(enum disk_kind kind)
{
	unsigned count = 0;

	while (nth_disk(kind, count))
		count++;
	return count;
}

static void set_vector(uint8_t vector, uint32_t target)
{
	*(uint32_t *)phys_ptr(vector * 4) = target;
}

static void publish_floppies(void)
{
	struct bda *b = bda();
	unsigned count = drive_count(DISK_FLOPPY);
	const struct floppy_table *table = &diskette_table;

	b->equipment &= ~(EQUIPMENT_FLOPPY | EQUIPMENT_FLOPPIES);
	if (count > FLOPPIES_SHOWN)
		count = FLOPPIES_SHOWN;
	if (count)
		b->equipment |= EQUIPMENT_FLOPPY | (count - 1) << EQUIPMENT_FLOPPIES_SHIFT;
	for (unsigned i = 0; i < 2; i++)
		b->diskette_media[i] = i < count ? nth_disk(DISK_FLOPPY, i)->floppy->state : 0;
	if (count)
		table = nth_disk(DISK_FLOPPY, 0)->floppy->table;
	set_vector(VECTOR_DISKETTE_TABLE, fseg_pointer(table));
}

static void publish_hard_disk(unsigned index, uint8_t vector)
{
	struct fixed_disk_table *table = (void *)ebda()->disk_tables[index];
	const struct disk *disk = nth_disk(DISK_HARD, index);

	if (!disk || disk->block_size != SECTOR_SIZE) {
		set_vector(vector, 0);
		return;
	}
	*table = (struct fixed_disk_table){
		.cylinders = disk->geometry.cylinders,
		.heads = disk->geometry.heads,
		.precompensation = 0xffff,
		.control = disk->geometry.heads > 8 ? CONTROL_MANY_HEADS : 0,
		.landing_zone = disk->geometry.cylinders,
		.track_sectors = disk->geometry.sectors,
	};
	set_vector(vector, (uint32_t)(EBDA_BASE >> 4) << 16 | (ptr_phys(table) - EBDA_BASE));
}

void drive_lead(enum disk_kind kind, struct disk *disk)
{
	leads[kind] = disk;
}

void drive_hide(const struct disk *disk)
{
	if (disk == hidden)
		return;
	hidden = disk;
	drive_publish();
}

void drive_publish(void)
{
	publish_floppies();
	publish_hard_disk(0, VECTOR_DISK0_TABLE);
	publish_hard_disk(1, VECTOR_DISK1_TABLE);
	/* Only the difference is added: option ROMs count their own drives there, too. */
	bda()->disk_count += drive_count(DISK_HARD) - published;
	published = drive_count(DISK_HARD);
}
