/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * Booting CDs. Sector 17 of a bootable CD is a boot record that names the boot
 * catalogue, a list of boot images. One for this platform is chosen, and either
 * loaded and started as it is ("no emulation"), or shown as a diskette or a hard
 * disk, whose boot sector is started.
 *
 * Reference: El Torito Bootable CD-ROM Format Specification 1.0; the sections of
 * this file that it speaks of are named where they are used.
 */
#include "cdrom.h"

#include <stddef.h>
#include <string.h>

#include "drive.h"
#include "error.h"
#include "floppy.h"
#include "geometry.h"
#include "layout.h"
#include "mbr.h"
#include "memory.h"
#include "print.h"

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

	MEDIA_TYPE = 0x0f,
	MEDIA_NONE = 0,
	MEDIA_FLOPPY_1200K = 1,
	MEDIA_FLOPPY_1440K = 2,
	MEDIA_FLOPPY_2880K = 3,
	MEDIA_HARD_DISK = 4,
	MEDIA_SCSI = 1 << 7, /* in the specification packet */

	DEFAULT_SEGMENT = BOOT_SECTOR >> 4,
	LOWEST_ADDRESS = 0x600,    /* below lies the BIOS data area */
	IMAGE_MAX_BLOCKS = 0x1000, /* of one transfer */
	ALL_DRIVES = 0x7f,
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

/* 6.0, figure 9: the specification packet. */
struct specification {
	uint8_t size;
	uint8_t media;
	uint8_t drive;
	uint8_t controller;
	uint32_t image; /* CD sector */
	uint16_t device;
	uint16_t cache_segment;
	uint16_t segment;
	uint16_t sectors;
	uint8_t cylinder, sector, head; /* as INT 13h 08h returns them in CH, CL, DH */
} __attribute__((packed));

/* 6.0, figure 8: the command packet. */
struct catalogue_command {
	uint8_t size;
	uint8_t count;
	uint16_t offset, buffer_segment;
	uint16_t first;
} __attribute__((packed));

/* The CD that was booted, and the drive that it is emulated as. */
static struct disk *booted;
static uint32_t catalogue; /* CD sector */
static struct specification specification;
static struct {
	struct disk disk;
	uint64_t start; /* of 512 bytes, on the CD */
	bool active;
} emulated;

static int emulated_read(struct disk *disk, uint64_t lba, uint32_t count, uint64_t address)
{
	uint32_t done;

	(void)disk;
	return disk_transfer_sectors(booted, DISK_READ, emulated.start + lba, count, address,
				     &done);
}

static const struct disk_ops emulated_ops = {.read = emulated_read};

static int read_cd(struct disk *cd, uint32_t sector, uint32_t count, uint64_t address)
{
	uint32_t done;

	return disk_transfer_sectors(cd, DISK_READ, (uint64_t)sector * SECTORS_PER_CD_SECTOR,
				     count * SECTORS_PER_CD_SECTOR, address, &done);
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
	if (read_cd(cd, BOOT_RECORD, 1, BOOT_SECTOR) || memcmp(buffer(), id, sizeof(id) - 1))
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
	    read_cd(cd, first + n / ENTRIES_PER_SECTOR, 1, BOOT_SECTOR))
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

/* --- starting an image -------------------------------------------------- */

/* The size of a disk image of a media type, which is 1 to 4; 0 if it cannot be
 * told. Sets the geometry, and the floppy's format. */
static uint32_t image_sectors(struct disk *cd, uint64_t start, uint8_t media, struct disk *disk)
{
	static const uint16_t floppy_sectors[] = {0, 2400, 2880, 5760};
	const struct mbr_partition *partition = mbr_partitions(buffer());
	uint32_t done, sectors;

	if (media != MEDIA_HARD_DISK) {
		disk->floppy = floppy_by_size(floppy_sectors[media]);
		disk->geometry = (struct geometry){disk->floppy->cylinders, disk->floppy->heads,
						   disk->floppy->table.track_sectors};
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

/* Makes the drive that the specification describes, and completes that. */
static int start_emulation(struct disk *cd, struct specification *spec)
{
	uint8_t media = spec->media & MEDIA_TYPE;
	uint64_t start = (uint64_t)spec->image * SECTORS_PER_CD_SECTOR;
	struct disk disk = {
		.ops = &emulated_ops,
		.kind = media == MEDIA_HARD_DISK ? DISK_HARD : DISK_FLOPPY,
		.block_size = SECTOR_SIZE,
		.max_blocks = IMAGE_MAX_BLOCKS,
		.read_only = true,
		.geometry_final = true,
		.base = cd->base,
		.on_scsi = cd->on_scsi,
		.target = cd->target,
		.lun = cd->lun,
	};
	uint16_t last;

	if (start >= disk_sectors(cd))
		return ERR_RANGE;
	disk.blocks = image_sectors(cd, start, media, &disk);
	if (!disk.blocks)
		return ERR_INVAL;
	if (disk.blocks > disk_sectors(cd) - start)
		disk.blocks = disk_sectors(cd) - start;
	memcpy(disk.name, cd->name, sizeof(disk.name));
	emulated.disk = disk;
	emulated.start = start;
	emulated.active = true;
	drive_lead(disk.kind, &emulated.disk);
	drive_publish();
	last = disk.geometry.cylinders - 1;
	spec->drive = drive_first(disk.kind);
	spec->cylinder = last;
	spec->sector = disk.geometry.sectors | (last >> 2 & 0xc0);
	spec->head = disk.geometry.heads - 1;
	return 0;
}

void cdrom_end_emulation(void)
{
	if (emulated.active) {
		drive_lead(emulated.disk.kind, NULL);
		drive_publish();
	}
	emulated.active = false;
	booted = NULL;
}

static int load_image(struct disk *cd, const struct specification *spec, struct cdrom_start *start)
{
	uint32_t sectors = spec->sectors ? spec->sectors : 1, done;
	uint32_t address;

	start->drive = spec->drive;
	start->segment = spec->segment ? spec->segment : DEFAULT_SEGMENT;
	address = start->segment << 4;
	if (address < LOWEST_ADDRESS || address + sectors * SECTOR_SIZE > EBDA_BASE)
		return ERR_RANGE;
	return disk_transfer_sectors(cd, DISK_READ, (uint64_t)spec->image * SECTORS_PER_CD_SECTOR,
				     sectors, address, &done);
}

/* Does what a specification says; without `start`, loads nothing. */
static int apply(struct disk *cd, const struct specification *wanted, struct cdrom_start *start)
{
	struct specification spec = *wanted;
	uint8_t media = spec.media & MEDIA_TYPE;
	int error = 0;

	cdrom_end_emulation();
	if (media > MEDIA_HARD_DISK)
		return ERR_INVAL;
	spec.size = sizeof(spec);
	spec.media = media | (cd->on_scsi ? MEDIA_SCSI : 0);
	spec.controller = 0;
	spec.device = cd->target << 4 | (cd->lun & 0xf); /* PUN and LUN, of four bits */
	booted = cd;
	if (media != MEDIA_NONE)
		error = start_emulation(cd, &spec);
	if (!error && start)
		error = load_image(cd, &spec, start);
	if (error)
		cdrom_end_emulation();
	specification = spec;
	return error;
}

/* The number by which the CD itself is reached. */
static uint8_t cd_number(const struct disk *cd)
{
	for (unsigned number = DRIVE_CD; number <= 0xff; number++)
		if (drive_disk(number) == cd)
			return number;
	return DRIVE_CD;
}

int cdrom_load(struct disk *cd, struct cdrom_start *start)
{
	const struct entry *entry;
	struct specification spec;
	int error;

	catalogue = find_catalogue(cd);
	if (!catalogue)
		return ERR_NOENT;
	if (read_cd(cd, catalogue, 1, BOOT_SECTOR) || !validation_is_good(buffer())) {
		say("%s: the boot catalogue in sector %u is damaged\n", cd->name, catalogue);
		return ERR_INVAL;
	}
	entry = choose_entry(cd, catalogue);
	if (!entry) {
		say("%s: the boot catalogue has no entry for a PC\n", cd->name);
		return ERR_UNSUPPORTED;
	}
	spec = (struct specification){
		.media = entry->media,
		.drive = cd_number(cd),
		.image = entry->image,
		.segment = entry->segment,
		.sectors = entry->sectors,
	};
	error = apply(cd, &spec, start);
	if (error)
		say("%s: the boot image in sector %u cannot be loaded: type %u, %u sectors\n",
		    cd->name, spec.image, spec.media & MEDIA_TYPE, spec.sectors);
	return error;
}

/* --- INT 13h 4Ah-4Dh ---------------------------------------------------- */

static bool is_booted(uint8_t drive)
{
	return booted && (drive == specification.drive || drive == ALL_DRIVES);
}

bool cdrom_emulates(uint8_t drive)
{
	return emulated.active && is_booted(drive);
}

int cdrom_status(uint8_t drive, void *packet)
{
	if (!is_booted(drive))
		return ERR_NOENT;
	memcpy(packet, &specification, sizeof(specification));
	return 0;
}

int cdrom_catalogue(uint8_t drive, const void *packet)
{
	const struct catalogue_command *command = packet;
	uint32_t address = ((uint32_t)command->buffer_segment << 4) + command->offset;

	if (!is_booted(drive) || !catalogue)
		return ERR_NOENT;
	if (command->size < sizeof(*command) || !command->count ||
	    !memory_is_callers(address, command->count * CD_SECTOR_SIZE))
		return ERR_INVAL;
	return read_cd(booted, catalogue + command->first, command->count, address);
}

int cdrom_emulate(const void *packet, struct cdrom_start *start)
{
	struct disk *cd = booted ? booted : drive_disk(DRIVE_CD);
	struct specification spec;

	memcpy(&spec, packet, sizeof(spec));
	if (!cd)
		return ERR_NOENT;
	if (spec.size < sizeof(spec))
		return ERR_INVAL;
	if ((spec.media & MEDIA_TYPE) == MEDIA_NONE)
		spec.drive = cd_number(cd);
	return apply(cd, &spec, start);
}
