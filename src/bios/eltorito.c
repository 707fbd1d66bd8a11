/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * El Torito for the programs that CDs boot: the boot image is loaded and started, as it
 * is or as the boot sector of an emulated drive, and INT 13h 4Ah-4Dh tell about it and
 * set up or end such a drive.
 *
 * Reference: El Torito Bootable CD-ROM Format Specification 1.0, 6.0 "INT 13h".
 */
#include "bios/eltorito.h"

#include <string.h>

#include "bios/bootstrap.h"
#include "bios/drive.h"
#include "bios/regs.h"
#include "block/cdrom.h"
#include "block/mbr.h"
#include "block/transfer.h"
#include "layout.h"
#include "lib/device.h"
#include "lib/error.h"
#include "lib/log.h"

enum {
	GET_OR_END_EMULATION = 0x4b,
	START_EMULATION = 0x4a,
	START_AND_BOOT = 0x4c,
	GET_CATALOGUE = 0x4d,

	MEDIA_SCSI = 1 << 7, /* in the specification packet */
	SECTORS_PER_CD_SECTOR = CD_SECTOR_SIZE / SECTOR_SIZE,
	DEFAULT_SEGMENT = BOOT_SECTOR >> 4,
	LOWEST_ADDRESS = 0x600, /* below lies the BIOS data area */
	ALL_DRIVES = 0x7f,
};

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

/* The CD that was booted, how, and the drive that it is emulated as. */
static struct disk *booted, *emulated;
static uint32_t catalogue; /* CD sector */
static struct specification specification;

/* How to start what was loaded. */
struct entry_point {
	uint16_t segment; /* the image is at segment:0000 */
	uint8_t drive;    /* for DL */
};

static void __attribute__((noreturn)) enter_image(const struct entry_point *start)
{
	/* The usual place by another name: some loaders expect CS = 0. */
	if (start->segment == DEFAULT_SEGMENT)
		bootstrap_enter(0, BOOT_SECTOR, start->drive);
	bootstrap_enter(start->segment, 0, start->drive);
}

/* Makes the drive that the specification describes, and completes that. */
static int start_emulation(struct disk *cd, struct specification *spec)
{
	struct mbr_chs last;

	emulated = cdrom_emulate(cd, spec->media & CDROM_MEDIA_MASK, spec->image);
	if (!emulated)
		return ERR_INVAL;
	drive_lead(emulated->kind, emulated);
	drive_publish();
	last = mbr_pack_chs(emulated->geometry.cylinders - 1, emulated->geometry.heads - 1,
			    emulated->geometry.sectors);
	spec->drive = drive_first(emulated->kind);
	spec->cylinder = last.cylinder;
	spec->sector = last.sector;
	spec->head = last.head;
	return 0;
}

void eltorito_end_emulation(void)
{
	if (emulated) {
		drive_lead(emulated->kind, NULL);
		drive_publish();
	}
	emulated = NULL;
	booted = NULL;
}

static int load_image(struct disk *cd, const struct specification *spec, struct entry_point *start)
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

/* Of a CD behind a SCSI controller: target and LUN, of four bits each. */
static void put_device(const struct disk *cd, struct specification *spec)
{
	struct edd_path path;

	device_edd_path(cd->device, &path);
	spec->controller = 0;
	spec->device = 0;
	if (memcmp(path.interface, "SCSI", 4))
		return;
	spec->media |= MEDIA_SCSI;
	spec->device = (uint16_t)path.device_path[0] << 4 | (path.device_path[0] >> 16 & 0xf);
}

/* Does what a specification says; without `start`, loads nothing. */
static int apply_specification(struct disk *cd, const struct specification *wanted,
			       struct entry_point *start)
{
	struct specification spec = *wanted;
	uint8_t media = spec.media & CDROM_MEDIA_MASK;
	int error = 0;

	eltorito_end_emulation();
	if (media > CDROM_MEDIA_HARD_DISK)
		return ERR_INVAL;
	spec.size = sizeof(spec);
	spec.media = media;
	put_device(cd, &spec);
	booted = cd;
	if (media != CDROM_MEDIA_NONE)
		error = start_emulation(cd, &spec);
	if (!error && start)
		error = load_image(cd, &spec, start);
	if (error)
		eltorito_end_emulation();
	specification = spec;
	return error;
}

/* The number by which the CD itself is reached; the image of one on a disk is the first. */
static uint8_t cd_number(const struct disk *cd)
{
	for (unsigned number = DRIVE_CD; number <= 0xff; number++)
		if (drive_disk(number) == cd)
			return number;
	return DRIVE_CD;
}

/* Makes the CD of a disk that holds the image of one: not a hard disk too, for an installer
 * would take that for its target. */
static void show_as_cd(struct disk *disk)
{
	drive_lead(disk->kind, NULL);
	drive_lead(DISK_CD, cdrom_of_disk(disk));
	drive_hide(disk);
}

int eltorito_boot(struct disk *cd)
{
	struct cdrom_image image;
	struct specification spec;
	struct entry_point start;
	int error = cdrom_find_image(cd, &image);

	if (error)
		return error;
	if (cd->kind != DISK_CD)
		show_as_cd(cd);
	catalogue = image.catalogue;
	spec = (struct specification){
		.media = image.media,
		.drive = cd_number(cd),
		.image = image.start,
		.segment = image.segment,
		.sectors = image.sectors,
	};
	error = apply_specification(cd, &spec, &start);
	if (!error)
		enter_image(&start);
	say("%s: the boot image in sector %u cannot be loaded: type %u, %u sectors\n",
	    disk_name(cd), spec.image, spec.media & CDROM_MEDIA_MASK, spec.sectors);
	return error;
}

/* --- INT 13h 4Ah-4Dh ---------------------------------------------------- */

static bool is_booted(uint8_t drive)
{
	return booted && (drive == specification.drive || drive == ALL_DRIVES);
}

/* AH=4Bh: AL=1 tells what was booted, AL=0 ends the emulation too. */
static int get_status(struct regs *regs)
{
	void *packet = callers_ptr(regs->ds, regs->si, sizeof(specification));

	if (regs->al > 1 || !packet)
		return ERR_INVAL;
	if (!is_booted(regs->dl))
		return ERR_NOENT;
	memcpy(packet, &specification, sizeof(specification));
	if (regs->al == 1)
		return 0;
	if (!emulated)
		return ERR_INVAL;
	eltorito_end_emulation();
	return 0;
}

/* AH=4Dh: copies sectors of the boot catalogue where a command packet says. */
static int get_catalogue(struct regs *regs)
{
	const struct catalogue_command *command = seg_ptr(regs->ds, regs->si);
	uint32_t address = ((uint32_t)command->buffer_segment << 4) + command->offset;

	if (regs->al)
		return ERR_INVAL;
	if (!is_booted(regs->dl) || !catalogue)
		return ERR_NOENT;
	if (command->size < sizeof(*command) || !command->count ||
	    !memory_is_callers(address, command->count * CD_SECTOR_SIZE))
		return ERR_INVAL;
	return cdrom_read(booted, catalogue + command->first, command->count, address);
}

/* AH=4Ah, 4Ch: emulates what a packet describes; and boots it. */
static int start_or_boot_emulation(struct regs *regs)
{
	struct disk *cd = booted ? booted : drive_disk(DRIVE_CD);
	bool boots = regs->ah == START_AND_BOOT;
	struct specification spec;
	struct entry_point start;
	int error;

	if (regs->al)
		return ERR_INVAL;
	memcpy(&spec, seg_ptr(regs->ds, regs->si), sizeof(spec));
	if (!cd)
		return ERR_NOENT;
	if (spec.size < sizeof(spec))
		return ERR_INVAL;
	if ((spec.media & CDROM_MEDIA_MASK) == CDROM_MEDIA_NONE)
		spec.drive = cd_number(cd);
	error = apply_specification(cd, &spec, boots ? &start : NULL);
	if (!error && boots)
		enter_image(&start);
	return error;
}

bool eltorito_has(uint8_t function)
{
	return function >= START_EMULATION && function <= GET_CATALOGUE;
}

enum disk_status eltorito_service(struct regs *regs)
{
	int error;

	if (regs->ah == GET_OR_END_EMULATION)
		error = get_status(regs);
	else if (regs->ah == GET_CATALOGUE)
		error = get_catalogue(regs);
	else
		error = start_or_boot_emulation(regs);
	return int13_status(error, DISK_READ);
}
