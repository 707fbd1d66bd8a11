/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * Bootable CDs. Sector 17 is a boot record that names the boot catalogue, a list of boot
 * images, of which the first for this platform is taken. The image of a diskette or of a
 * hard disk can be shown as a disk of its own, and a disk with the image of a CD as a CD.
 *
 * Reference: El Torito Bootable CD-ROM Format Specification 1.0; the sections of
 * this file that it speaks of are named where they are used.
 */
#include "block/cdrom.h"

#include <string.h>

#include "block/floppy.h"
#include "block/geometry.h"
#include "block/mbr.h"
#include "block/transfer.h"
#include "layout.h"
#include "lib/error.h"
#include "lib/log.h"
#include "lib/memory.h"

enum {
	BOOT_RECORD = 17,             /* sector */
	BOOT_RECORD_CATALOGUE = 0x47, /* offset of the catalogue's sector */
	SECTORS_PER_CD_SECTOR = CD_SECTOR_SIZE / SECTOR_SIZE,

	ENTRY_SIZE = 32,
	ENTRIES_PER_SECTOR = CD_SECTOR_SIZE / ENTRY_SIZE,
	MAX_ENTRIES = 16 * ENTRIES_PER_SECTOR,
	VALIDATION_ID = 0x01,
	VALIDATION_KEY = 0xaa55,
	SECTION_HEADER = 0x90,
	SECTION_HEADER_LAST = 0x91,
	SECTION_BOOTABLE = 0x88,
	SECTION_EXTENSION = 0x44,
	PLATFORM_X86 = 0,

	IMAGE_MAX_BLOCKS = 0x1000, /* of one transfer */
};

/* 2.0, figures 2, 3 and 5: any entry of the catalogue. */
struct entry {
	uint8_t id;
	uint8_t media;    /* of a header: platform */
	uint16_t segment; /* of a section header: how many entries follow */
	uint8_t system;
	uint8_t unused;
	uint16_t sectors; /* of 512 bytes, to load */
	uint32_t image;   /* CD sector */
	uint8_t rest[18];
	uint16_t key; /* of the validation entry */
} __attribute__((packed));

_Static_assert(sizeof(struct entry) == ENTRY_SIZE, "catalogue entry");

/* The emulated disk. */
static struct {
	struct disk disk;
	struct disk *cd;
	uint64_t start; /* of 512 bytes, on the CD */
} emulated;

int cdrom_read(struct disk *cd, uint32_t sector, uint32_t count, uint64_t address)
{
	uint32_t done;

	return disk_transfer_sectors(cd, DISK_READ, (uint64_t)sector * SECTORS_PER_CD_SECTOR,
				     count * SECTORS_PER_CD_SECTOR, address, &done);
}

/* --- a disk as a CD ----------------------------------------------------- */

static struct {
	struct disk disk;
	struct disk *base;
} image;

static int cdrom_image_read(struct disk *disk, uint64_t lba, uint32_t count, uint64_t address)
{
	(void)disk;
	return cdrom_read(image.base, lba, count, address);
}

static const struct disk_ops image_ops = {.read = cdrom_image_read};

struct disk *cdrom_of_disk(struct disk *disk)
{
	image.base = disk;
	image.disk = (struct disk){
		.ops = &image_ops,
		.kind = DISK_CD,
		.blocks = disk_sectors(disk) / SECTORS_PER_CD_SECTOR,
		.block_size = CD_SECTOR_SIZE,
		.max_blocks = IMAGE_MAX_BLOCKS,
		.read_only = true,
		.geometry_final = true,
		.device = disk->device,
	};
	return &image.disk;
}

/* --- the catalogue ------------------------------------------------------ */

/* Where sectors are read to while nothing has been loaded. */
static void *buffer(void)
{
	return phys_ptr(BOOT_SECTOR);
}

/* The catalogue's sector; 0 if the CD has no boot record. */
static uint32_t find_catalogue(struct disk *cd)
{
	static const char id[] = "\0CD001\1EL TORITO SPECIFICATION";
	uint32_t sector;

	if (disk_sectors(cd) <= BOOT_RECORD * SECTORS_PER_CD_SECTOR && !cd->ops->load)
		return 0;
	if (cdrom_read(cd, BOOT_RECORD, 1, BOOT_SECTOR) || memcmp(buffer(), id, sizeof(id) - 1))
		return 0;
	memcpy(&sector, (uint8_t *)buffer() + BOOT_RECORD_CATALOGUE, sizeof(sector));
	return sector;
}

static bool validation_is_good(const struct entry *entry)
{
	const uint8_t *byte = (const void *)entry;
	uint16_t sum = 0;

	for (unsigned i = 0; i < ENTRY_SIZE; i += 2)
		sum += byte[i] | byte[i + 1] << 8;
	return entry->id == VALIDATION_ID && entry->key == VALIDATION_KEY && !sum;
}

/* Entry number n of the catalogue, whose sectors are read one after the other;
 * NULL if that fails. */
static const struct entry *get_entry(struct disk *cd, uint32_t first, unsigned n)
{
	if (n % ENTRIES_PER_SECTOR == 0 && n &&
	    cdrom_read(cd, first + n / ENTRIES_PER_SECTOR, 1, BOOT_SECTOR))
		return NULL;
	return (const struct entry *)buffer() + n % ENTRIES_PER_SECTOR;
}

/* The first bootable entry for a PC: the default entry, or one of the sections'.
 * The catalogue's first sector is in the buffer. */
static const struct entry *choose_entry(struct disk *cd, uint32_t first)
{
	const struct entry *entry = buffer();
	uint8_t platform = entry->media;
	unsigned left = 1; /* entries of this section */

	for (unsigned n = 1; n < MAX_ENTRIES; n++) {
		entry = get_entry(cd, first, n);
		if (!entry)
			return NULL;
		if (entry->id == SECTION_EXTENSION)
			continue;
		if (left) {
			left--;
			if (entry->id == SECTION_BOOTABLE && platform == PLATFORM_X86)
				return entry;
			continue;
		}
		if (entry->id != SECTION_HEADER && entry->id != SECTION_HEADER_LAST)
			return NULL;
		platform = entry->media;
		left = entry->segment;
	}
	return NULL;
}

int cdrom_find_image(struct disk *cd, struct cdrom_image *image)
{
	uint32_t catalogue = find_catalogue(cd);
	const struct entry *entry;

	if (!catalogue)
		return ERR_NOENT;
	if (cdrom_read(cd, catalogue, 1, BOOT_SECTOR) || !validation_is_good(buffer())) {
		say("%s: the boot catalogue in sector %u is damaged\n", disk_name(cd), catalogue);
		return ERR_INVAL;
	}
	entry = choose_entry(cd, catalogue);
	if (!entry) {
		say("%s: the boot catalogue has no entry for a PC\n", disk_name(cd));
		return ERR_UNSUPPORTED;
	}
	*image = (struct cdrom_image){
		.catalogue = catalogue,
		.start = entry->image,
		.media = entry->media,
		.segment = entry->segment,
		.sectors = entry->sectors,
	};
	return 0;
}

/* --- emulation ---------------------------------------------------------- */

static int cdrom_emulated_read(struct disk *disk, uint64_t lba, uint32_t count, uint64_t address)
{
	uint32_t done;

	(void)disk;
	return disk_transfer_sectors(emulated.cd, DISK_READ, emulated.start + lba, count, address,
				     &done);
}

static const struct disk_ops emulated_ops = {.read = cdrom_emulated_read};

/* The size of a disk image of a media type, which is 1 to 4; 0 if it cannot be
 * told. Sets the geometry, and the floppy's format. */
static uint32_t image_sectors(struct disk *cd, uint64_t start, uint8_t media, struct disk *disk)
{
	static const uint16_t floppy_sectors[] = {
		[CDROM_MEDIA_FLOPPY_1200K] = 2400,
		[CDROM_MEDIA_FLOPPY_1440K] = 2880,
		[CDROM_MEDIA_FLOPPY_2880K] = 5760,
	};
	const struct mbr_partition *partition = mbr_partitions(buffer());
	uint32_t done, sectors;

	if (media != CDROM_MEDIA_HARD_DISK) {
		disk->floppy = floppy_by_size(floppy_sectors[media]);
		disk->geometry = floppy_geometry(disk->floppy);
		return floppy_sectors[media];
	}
	if (disk_transfer_sectors(cd, DISK_READ, start, 1, BOOT_SECTOR, &done))
		return 0;
	sectors = partition->start + partition->count;
	if (!partition->type || sectors < partition->count)
		return 0;
	disk->geometry = geometry_by_size(sectors);
	geometry_by_sector0(buffer(), sectors, &disk->geometry);
	return sectors;
}

struct disk *cdrom_emulate(struct disk *cd, uint8_t media, uint32_t sector)
{
	uint64_t start = (uint64_t)sector * SECTORS_PER_CD_SECTOR;
	struct disk disk = {
		.ops = &emulated_ops,
		.kind = media == CDROM_MEDIA_HARD_DISK ? DISK_HARD : DISK_FLOPPY,
		.block_size = SECTOR_SIZE,
		.max_blocks = IMAGE_MAX_BLOCKS,
		.read_only = true,
		.geometry_final = true,
		.device = cd->device,
	};

	if (start >= disk_sectors(cd))
		return NULL;
	disk.blocks = image_sectors(cd, start, media, &disk);
	if (!disk.blocks)
		return NULL;
	if (disk.blocks > disk_sectors(cd) - start)
		disk.blocks = disk_sectors(cd) - start;
	emulated.disk = disk;
	emulated.cd = cd;
	emulated.start = start;
	return &emulated.disk;
}
