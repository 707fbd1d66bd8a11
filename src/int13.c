/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * INT 13h for hard disks: the functions of the PC by cylinder, head and sector,
 * and the Enhanced Disk Drive functions by block number. Drive 80h is the first
 * disk in boot order. INT 40h is what INT 13h was for diskettes.
 *
 * References: T13 1572D "BIOS Enhanced Disk Drive Services - 3" (EDD-3); IBM
 * PS/2 and PC BIOS Interface Technical Reference; Ralf Brown's Interrupt List.
 */
#include <stddef.h>
#include <string.h>

#include "bda.h"
#include "disk.h"
#include "error.h"
#include "hw/legacy.h"
#include "interrupt.h"
#include "readahead.h"
#include "service.h"

/* What AH returns. */
enum disk_status {
	STATUS_OK = 0x00,
	STATUS_INVALID = 0x01,		/* function or parameter */
	STATUS_WRITE_PROTECTED = 0x03,
	STATUS_NOT_FOUND = 0x04,	/* sector */
	STATUS_DMA_BOUNDARY = 0x09,
	STATUS_BAD_DATA = 0x10,		/* uncorrectable */
	STATUS_CONTROLLER = 0x20,
	STATUS_TIMEOUT = 0x80,
	STATUS_WRITE_FAULT = 0xcc,
};

enum {
	FIRST_HARD_DISK = 0x80,
	EDD_VERSION_3 = 0x30,
	EDD_ACCESS = 1 << 0,		/* 42-44, 47, 48 */
	EDD_PARAMETERS = 1 << 2,	/* 48 with EDD's meaning */
	TYPE_HARD_DISK = 3,		/* AH=15h */
};

/* The disk address packet of AH=42h-44h and 47h. */
struct dap {
	uint8_t size;
	uint8_t reserved;
	uint16_t count;
	uint16_t offset, segment;
	uint64_t lba;
	uint64_t flat;		/* from size 24 on, if segment:offset is FFFF:FFFF */
} __attribute__((packed));

enum { DAP_SIZE = 16, DAP_SIZE_FLAT = 24 };

/* The result buffer of AH=48h. */
struct drive_parameters {
	uint16_t size;
	uint16_t flags;
	uint32_t cylinders, heads, sectors;
	uint64_t blocks;
	uint16_t block_size;
	uint32_t dpte;		/* seg:off of the device parameter table extension */
} __attribute__((packed));

enum {
	PARAMETERS_SIZE_1 = 26,	/* without dpte */
	PARAMETERS_SIZE_2 = 30,
	PARAMETERS_CHS_VALID = 1 << 1,
	DPTE_NONE = 0xffffffff,
};

static struct disk *find_disk(uint8_t drive)
{
	struct disk *disk = disk_first();

	if (drive < FIRST_HARD_DISK)
		return NULL;
	for (drive -= FIRST_HARD_DISK; disk && drive; drive--)
		disk = disk->next;
	return disk;
}

static void finish(struct regs *regs, enum disk_status status)
{
	regs->ah = status;
	bda()->disk_status = status;
	set_cf(regs, status != STATUS_OK);
}

static enum disk_status status_of(int error, enum disk_direction direction)
{
	switch (error) {
	case 0:
		return STATUS_OK;
	case ERR_RANGE:
		return STATUS_NOT_FOUND;
	case ERR_READONLY:
		return STATUS_WRITE_PROTECTED;
	case ERR_TIMEOUT:
		return STATUS_TIMEOUT;
	case ERR_IO:
		return direction == DISK_READ ? STATUS_BAD_DATA : STATUS_WRITE_FAULT;
	default:
		return STATUS_CONTROLLER;
	}
}

/* Transfers; *done is the number of blocks that were. */
static enum disk_status transfer(struct disk *disk, enum disk_direction direction, uint64_t lba,
				 uint32_t count, uint64_t address, uint32_t *done)
{
	int error;

	*done = 0;
	if (!count)
		return STATUS_OK;
	if (direction == DISK_READ &&
	    !memory_is_callers(address, (uint64_t)count * disk->block_size))
		return STATUS_DMA_BOUNDARY;
	error = disk_transfer(disk, direction, lba, count, address, done);
	return status_of(error, direction);
}

/* --- by cylinder, head and sector --- */

/* The block that CX and DH name; false if the geometry has no such sector. */
static bool chs_to_lba(const struct disk *disk, const struct regs *regs, uint64_t *lba)
{
	uint32_t cylinder = regs->ch | (regs->cl & 0xc0) << 2;
	uint32_t sector = regs->cl & 0x3f;
	const struct geometry *g = &disk->geometry;

	if (!sector || sector > g->sectors || regs->dh >= g->heads)
		return false;
	*lba = ((uint64_t)cylinder * g->heads + regs->dh) * g->sectors + sector - 1;
	return true;
}

/* AH=02h, 03h, 04h */
static void chs_transfer(struct disk *disk, struct regs *regs)
{
	enum disk_direction direction = regs->ah == 3 ? DISK_WRITE : DISK_READ;
	enum disk_status status = STATUS_INVALID;
	uint64_t lba;
	uint32_t done = 0;

	if (disk->block_size == SECTOR_SIZE && regs->al && chs_to_lba(disk, regs, &lba)) {
		if (regs->ah == 4)
			status = lba + regs->al <= disk->blocks ? STATUS_OK : STATUS_NOT_FOUND;
		else
			status = transfer(disk, direction, lba, regs->al,
					  ((uint32_t)regs->es << 4) + regs->bx, &done);
	}
	if (regs->ah != 4)
		regs->al = done;
	finish(regs, status);
}

/* AH=08h */
static void get_parameters(struct disk *disk, struct regs *regs)
{
	const struct geometry *g = &disk->geometry;
	uint32_t last_cylinder = g->cylinders - 1;

	if (disk->block_size != SECTOR_SIZE) {
		finish(regs, STATUS_INVALID);
		return;
	}
	regs->al = 0;
	regs->bl = 0;
	regs->ch = last_cylinder;
	regs->cl = g->sectors | (last_cylinder >> 2 & 0xc0);
	regs->dh = g->heads - 1;
	regs->dl = bda()->disk_count;
	finish(regs, STATUS_OK);
}

/* AH=15h */
static void get_type(struct disk *disk, struct regs *regs)
{
	uint64_t blocks = disk->blocks < UINT32_MAX ? disk->blocks : UINT32_MAX;

	regs->cx = blocks >> 16;
	regs->dx = blocks;
	finish(regs, STATUS_OK);
	regs->ah = TYPE_HARD_DISK;
}

/* --- Enhanced Disk Drive --- */

/* AH=41h */
static void edd_check(struct regs *regs)
{
	if (regs->bx != 0x55aa) {
		finish(regs, STATUS_INVALID);
		return;
	}
	regs->bx = 0xaa55;
	regs->cx = EDD_ACCESS | EDD_PARAMETERS;
	finish(regs, STATUS_OK);
	regs->ah = EDD_VERSION_3;
}

static uint64_t dap_buffer(const struct dap *dap)
{
	if (dap->size >= DAP_SIZE_FLAT && dap->segment == 0xffff && dap->offset == 0xffff)
		return dap->flat;
	return ((uint32_t)dap->segment << 4) + dap->offset;
}

/* AH=42h, 43h, 44h, 47h */
static void edd_transfer(struct disk *disk, struct regs *regs)
{
	struct dap *dap = seg_ptr(regs->ds, regs->si);
	enum disk_status status;
	uint32_t done;

	if (dap->size < DAP_SIZE || (regs->ah == 0x43 && regs->al > 2)) {
		finish(regs, STATUS_INVALID);
		return;
	}
	if (regs->ah == 0x44 || regs->ah == 0x47) {
		uint32_t count = regs->ah == 0x44 ? dap->count : 1;
		bool fits = dap->lba < disk->blocks && count <= disk->blocks - dap->lba;

		finish(regs, fits ? STATUS_OK : STATUS_NOT_FOUND);
		return;
	}
	status = transfer(disk, regs->ah == 0x43 ? DISK_WRITE : DISK_READ, dap->lba, dap->count,
			  dap_buffer(dap), &done);
	dap->count = done;
	finish(regs, status);
}

/* AH=48h */
static void edd_parameters(struct disk *disk, struct regs *regs)
{
	struct drive_parameters *p = seg_ptr(regs->ds, regs->si);
	const struct geometry *g = &disk->geometry;

	if (p->size < PARAMETERS_SIZE_1) {
		finish(regs, STATUS_INVALID);
		return;
	}
	p->size = p->size < PARAMETERS_SIZE_2 ? PARAMETERS_SIZE_1 : PARAMETERS_SIZE_2;
	p->flags = disk->block_size == SECTOR_SIZE ? PARAMETERS_CHS_VALID : 0;
	p->cylinders = g->cylinders;
	p->heads = g->heads;
	p->sectors = g->sectors;
	p->blocks = disk->blocks;
	p->block_size = disk->block_size;
	if (p->size == PARAMETERS_SIZE_2)
		p->dpte = DPTE_NONE;
	finish(regs, STATUS_OK);
}

/* AH=4Eh: prefetch, PIO and DMA modes of an ATA disk. To do without them is all
 * that we can be asked for with success. */
static void edd_hardware(struct regs *regs)
{
	bool harmless = regs->al == 1 || regs->al == 3 || regs->al == 4 || regs->al == 6;

	if (harmless)
		regs->al = 0;	/* no other device was affected */
	finish(regs, harmless ? STATUS_OK : STATUS_INVALID);
}

static void hard_disk(struct disk *disk, struct regs *regs)
{
	uint64_t lba;

	switch (regs->ah) {
	case 0x02:
	case 0x03:
	case 0x04:
		chs_transfer(disk, regs);
		break;
	case 0x08:
		get_parameters(disk, regs);
		break;
	case 0x0c:	/* seek */
		finish(regs, chs_to_lba(disk, regs, &lba) ? STATUS_OK : STATUS_INVALID);
		break;
	case 0x00:	/* reset */
	case 0x0d:
		readahead_drop();
		finish(regs, STATUS_OK);
		break;
	case 0x09:	/* initialise with the table of INT 41h */
	case 0x10:	/* ready? */
	case 0x11:	/* recalibrate */
	case 0x14:	/* controller diagnostics */
		finish(regs, STATUS_OK);
		break;
	case 0x15:
		get_type(disk, regs);
		break;
	case 0x41:
		edd_check(regs);
		break;
	case 0x42:
	case 0x43:
	case 0x44:
	case 0x47:
		edd_transfer(disk, regs);
		break;
	case 0x48:
		edd_parameters(disk, regs);
		break;
	case 0x49:	/* has the medium changed? */
		finish(regs, STATUS_OK);
		break;
	case 0x4e:
		edd_hardware(regs);
		break;
	default:
		finish(regs, STATUS_INVALID);
	}
}

void int13_disk(struct regs *regs)
{
	struct disk *disk = find_disk(regs->dl);

	tick_resume();
	if (regs->dl < FIRST_HARD_DISK) {
		int40_diskette(regs);
		return;
	}
	if (regs->ah == 0x01) {	/* status of the last call */
		uint8_t status = bda()->disk_status;

		finish(regs, STATUS_OK);
		regs->ah = status;
		set_cf(regs, status != STATUS_OK);
		return;
	}
	if (disk) {
		hard_disk(disk, regs);
		return;
	}
	if (regs->ah == 0x15) {
		regs->ah = 0;	/* type 0: no such drive */
		set_cf(regs, false);
		return;
	}
	finish(regs, STATUS_INVALID);
}

/* There is no diskette drive yet. */
void int40_diskette(struct regs *regs)
{
	uint8_t function = regs->ah;

	if (function == 0x01) {
		regs->ah = bda()->diskette_state[3];
	} else if (function == 0x00) {
		regs->ah = STATUS_OK;
	} else if (function == 0x15) {
		regs->ah = 0;	/* type 0: no such drive */
	} else {
		regs->ah = STATUS_INVALID;
		bda()->diskette_state[3] = STATUS_INVALID;
	}
	set_cf(regs, regs->ah != STATUS_OK);
}
