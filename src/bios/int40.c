/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * INT 40h: what INT 13h was for diskettes before hard disks took it over; INT 13h
 * passes drives below 80h here. The diskettes are disks of a diskette's size
 * (floppy.c), or what El Torito emulates. They never change, so that the change
 * line is there and quiet.
 *
 * References: IBM PS/2 and PC BIOS Interface Technical Reference, "INT 13H -
 * Diskette"; Ralf Brown's Interrupt List.
 */
#include "bda.h"
#include "bios/drive.h"
#include "bios/int13_common.h"
#include "bios/regs.h"
#include "bios/service.h"
#include "block/floppy.h"
#include "block/transfer.h"

enum {
	TYPE_NONE = 0, /* AH=15h */
	TYPE_CHANGE_LINE = 2,
	LAST_DISKETTE_TYPE = 4, /* AH=17h */
	ADDRESS_SIZE_512 = 2,   /* the size code of 512 bytes */
	DISKETTE_STATUS = 3,    /* 40:41, in diskette_state */
};

/* An address field of AH=05h. */
struct address_field {
	uint8_t cylinder, head, sector, size;
};

static void int40_finish(struct regs *regs, enum disk_status status)
{
	regs->ah = status;
	bda()->diskette_state[DISKETTE_STATUS] = status;
	set_cf(regs, status != STATUS_OK);
}

static void put_table(struct regs *regs, const struct floppy *floppy)
{
	uint32_t table = fseg_pointer(floppy->table);

	regs->es = table >> 16;
	regs->di = table;
}

/* AH=05h: a track of fill bytes, with the sectors that ES:BX lists. */
static enum disk_status format_track(struct disk *disk, const struct regs *regs)
{
	const struct address_field *field = seg_ptr(regs->es, regs->bx);
	const struct geometry *g = &disk->geometry;
	uint32_t track = regs->ch * g->heads + regs->dh;

	if (!regs->al || regs->al > g->sectors || regs->ch >= g->cylinders || regs->dh >= g->heads)
		return STATUS_INVALID;
	for (unsigned i = 0; i < regs->al; i++, field++) {
		int error;

		if (field->cylinder != regs->ch || field->head != regs->dh || !field->sector ||
		    field->sector > g->sectors || field->size != ADDRESS_SIZE_512)
			return STATUS_INVALID;
		error = disk_fill(disk, track * g->sectors + field->sector - 1,
				  disk->floppy->table->fill);
		if (error)
			return int13_status(error, DISK_WRITE);
	}
	return STATUS_OK;
}

/* AH=08h */
static void get_parameters(struct disk *disk, struct regs *regs)
{
	int13_put_geometry(disk, regs);
	regs->al = 0;
	regs->bx = disk->floppy->type;
	regs->dl = drive_count(DISK_FLOPPY);
	put_table(regs, disk->floppy);
}

/* AH=18h: the format that CH and CL describe, if this is it. */
static enum disk_status set_media_type(struct disk *disk, struct regs *regs)
{
	const struct mbr_chs last = {regs->dh, regs->cl, regs->ch};
	const struct floppy *floppy = floppy_by_tracks(regs->ch + 1, mbr_chs_sector(&last));

	if (!floppy || floppy->cylinders != disk->floppy->cylinders ||
	    floppy->table->track_sectors != disk->floppy->table->track_sectors)
		return STATUS_MEDIA_TYPE;
	put_table(regs, floppy);
	return STATUS_OK;
}

static void serve_diskette(struct disk *disk, struct regs *regs)
{
	enum disk_status status = STATUS_OK;

	switch (regs->ah) {
	case 0x00: /* reset */
	case 0x16: /* has it changed? */
		break;
	case INT13_READ:
	case INT13_WRITE:
	case INT13_VERIFY:
		status = int13_chs_transfer(disk, regs);
		break;
	case 0x05:
		status = format_track(disk, regs);
		break;
	case 0x08:
		get_parameters(disk, regs);
		break;
	case 0x15:
		int40_finish(regs, STATUS_OK);
		regs->ah = TYPE_CHANGE_LINE;
		return;
	case 0x17:
		if (!regs->al || regs->al > LAST_DISKETTE_TYPE)
			status = STATUS_INVALID;
		break;
	case 0x18:
		status = set_media_type(disk, regs);
		break;
	default:
		status = STATUS_INVALID;
	}
	int40_finish(regs, status);
}

void int40_diskette(struct regs *regs)
{
	struct disk *disk = drive_disk(regs->dl);

	if (regs->ah == 0x01) { /* status of the last call */
		int40_finish(regs, bda()->diskette_state[DISKETTE_STATUS]);
	} else if (regs->dl < DRIVE_HARD && disk) {
		serve_diskette(disk, regs);
	} else if (regs->ah == 0x15) {
		regs->ah = TYPE_NONE;
		set_cf(regs, false);
	} else if (regs->ah == 0x00) {
		int40_finish(regs, STATUS_OK); /* resets a controller, not a drive */
	} else {
		int40_finish(regs, STATUS_INVALID);
	}
}
