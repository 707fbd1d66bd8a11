/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * INT 13h for hard disks and CDs: the functions of the PC by cylinder, head and
 * sector, the Enhanced Disk Drive functions by block number, and those of El
 * Torito. Drives below 80h are INT 40h's.
 *
 * Disks with blocks larger than 512 bytes: EDD counts in real blocks once a caller has
 * asked for the block size by AH=48h since boot, as GRUB's core does. Before that it counts
 * in 512 bytes, because GRUB's boot.img and diskboot.img never ask and expect that. CHS
 * functions, which know no other size, are refused.
 *
 * References: T13 1572D "BIOS Enhanced Disk Drive Services - 3" and T13 2132D
 * (EDD-4), whose table and section numbers are used; El Torito 1.0; IBM PS/2 and
 * PC BIOS Interface Technical Reference; Ralf Brown's Interrupt List.
 */
#include <stddef.h>
#include <string.h>

#include "bda.h"
#include "bios/drive.h"
#include "bios/eltorito.h"
#include "bios/int13_common.h"
#include "bios/regs.h"
#include "bios/service.h"
#include "bios/tick.h"
#include "block/disks.h"
#include "block/readahead.h"
#include "lib/device.h"
#include "lib/error.h"

enum {
	EDD_VERSION_3 = 0x30,
	EDD_ACCESS = 1 << 0,     /* 42-44, 47, 48 */
	EDD_LOCKING = 1 << 1,    /* 45, 46, 48, 49 */
	EDD_PARAMETERS = 1 << 2, /* 48 with EDD's meaning */
	TYPE_HARD_DISK = 3,      /* AH=15h */
	MAX_LOCKS = 255,
};

/* The disk address packet of AH=42h-44h and 47h: EDD-4, table 9. */
struct dap {
	uint8_t size;
	uint8_t reserved;
	uint16_t count;
	uint16_t offset, segment;
	uint64_t lba;
	uint64_t flat;       /* from size 24 on, if segment:offset is FFFF:FFFF ... */
	uint32_t flat_count; /* ... and from size 32 on, if count is FFh */
} __attribute__((packed));

enum {
	DAP_SIZE = 16,
	DAP_SIZE_FLAT = 24,
	DAP_SIZE_FLAT_COUNT = 32,
	DAP_COUNT_IS_FLAT = 0xff,
};

/* The result buffer of AH=48h: EDD-4, table 21. */
struct drive_parameters {
	uint16_t size;
	uint16_t flags;
	uint32_t cylinders, heads, sectors;
	uint64_t blocks;
	uint16_t block_size;
	uint32_t dpte; /* seg:off of the device parameter table extension */
	uint16_t path_key;
	uint8_t path_length;
	uint8_t reserved[3];
	char bus[4], interface[8];
	uint64_t interface_path;
	uint64_t device_path[2];
	uint8_t reserved_2;
	uint8_t path_checksum;
} __attribute__((packed));

enum {
	PARAMETERS_SIZE_1 = 26, /* without dpte */
	PARAMETERS_SIZE_2 = 30,
	PARAMETERS_SIZE_3 = 66, /* the path as Phoenix had it: half as long */
	PARAMETERS_SIZE_T13 = 74,
	PARAMETERS_CHS_VALID = 1 << 1,
	PARAMETERS_REMOVABLE = 1 << 2,
	PARAMETERS_WRITE_VERIFY = 1 << 3, /* AH=43h knows AL=02h */
	PARAMETERS_CHANGE_LINE = 1 << 4,
	PARAMETERS_LOCKABLE = 1 << 5,
	CHS_VALID_UP_TO = 15482880, /* sectors */
	DPTE_NONE = 0xffffffff,
	PATH_KEY = 0xbedd,
};

_Static_assert(sizeof(struct drive_parameters) == PARAMETERS_SIZE_T13, "EDD parameters");

static enum disk_status int13_finish(struct regs *regs, enum disk_status status)
{
	regs->ah = status;
	bda()->disk_status = status;
	set_cf(regs, status != STATUS_OK);
	return status;
}

/* --- by cylinder, head and sector ---------------------------------------- */

/* AH=08h */
static enum disk_status get_parameters(struct disk *disk, struct regs *regs)
{
	if (disk->block_size != SECTOR_SIZE)
		return STATUS_INVALID;
	int13_put_geometry(disk, regs);
	regs->al = 0;
	regs->bl = 0;
	regs->dl = drive_count(DISK_HARD);
	return STATUS_OK;
}

/* AH=15h */
static void get_type(struct disk *disk, struct regs *regs)
{
	uint64_t sectors = disk_sectors(disk);

	if (sectors > UINT32_MAX)
		sectors = UINT32_MAX;
	regs->cx = sectors >> 16;
	regs->dx = sectors;
	int13_finish(regs, STATUS_OK);
	regs->ah = TYPE_HARD_DISK;
}

/* --- Enhanced Disk Drive ---------------------------------------------------- */

/* A CD that is the image of one on a disk stays where it is. */
static bool is_removable(const struct disk *disk)
{
	return disk->kind == DISK_CD && disk->ops->eject;
}

/* AH=41h */
static enum disk_status edd_check(const struct disk *disk, struct regs *regs)
{
	if (regs->bx != 0x55aa)
		return STATUS_INVALID;
	regs->bx = 0xaa55;
	regs->cx = EDD_ACCESS | EDD_PARAMETERS | (is_removable(disk) ? EDD_LOCKING : 0);
	return STATUS_OK;
}

static bool has_flat_count(const struct dap *dap)
{
	return dap->size >= DAP_SIZE_FLAT_COUNT && dap->count == DAP_COUNT_IS_FLAT;
}

/* The buffer and the count that a packet means. */
static uint64_t dap_buffer(const struct dap *dap, uint32_t *count)
{
	*count = has_flat_count(dap) ? dap->flat_count : dap->count;
	if (has_flat_count(dap) ||
	    (dap->size >= DAP_SIZE_FLAT && dap->segment == 0xffff && dap->offset == 0xffff))
		return dap->flat;
	return ((uint32_t)dap->segment << 4) + dap->offset;
}

/* AH=42h, 43h */
static enum disk_status edd_transfer(struct disk *disk, struct regs *regs)
{
	struct dap *dap = seg_ptr(regs->ds, regs->si);
	bool writes = regs->ah == 0x43;
	enum disk_status status;
	uint32_t count, done;
	uint64_t buffer;

	/* The packet gets the count back. */
	if (dap->size < DAP_SIZE || (writes && regs->al > 2) ||
	    !callers_ptr(regs->ds, regs->si, dap->size))
		return STATUS_INVALID;
	buffer = dap_buffer(dap, &count);
	status = int13_transfer(disk, writes ? DISK_WRITE : DISK_READ, dap->lba, count, buffer,
				&done);
	if (has_flat_count(dap))
		dap->flat_count = done;
	else
		dap->count = done;
	if (status == STATUS_OK && writes && regs->al == 2)
		status = int13_verify(disk, dap->lba, count);
	return status;
}

/* AH=44h, 47h: verify, seek */
static enum disk_status edd_verify(struct disk *disk, struct regs *regs)
{
	struct dap *dap = seg_ptr(regs->ds, regs->si);
	uint32_t count = 0;

	if (dap->size < DAP_SIZE)
		return STATUS_INVALID;
	if (regs->ah == 0x44)
		dap_buffer(dap, &count);
	return int13_verify(disk, dap->lba, count);
}

/* AH=45h */
static enum disk_status edd_lock(struct disk *disk, struct regs *regs)
{
	enum disk_status status = STATUS_OK;

	if (regs->al == 0 && disk->locks == MAX_LOCKS)
		status = STATUS_LOCK_COUNT;
	else if (regs->al == 0)
		disk->locks++;
	else if (regs->al == 1 && !disk->locks)
		status = STATUS_NOT_LOCKED;
	else if (regs->al == 1)
		disk->locks--;
	else if (regs->al != 2)
		return STATUS_INVALID;
	regs->al = disk->locks > 0;
	return status;
}

/* AH=46h */
static enum disk_status edd_eject(struct disk *disk, struct regs *regs)
{
	if (regs->al)
		return STATUS_INVALID;
	if (disk->locks)
		return STATUS_LOCKED;
	if (disk->ops->eject(disk))
		return STATUS_EJECT_FAILED;
	return STATUS_OK;
}

/* AH=49h */
static enum disk_status edd_changed(struct disk *disk)
{
	bool changed;

	disk_ask_medium(disk); /* an empty drive is no error here */
	changed = disk->changes != disk->changes_told;
	disk->changes_told = disk->changes;
	return changed ? STATUS_CHANGED : STATUS_OK;
}

/* The path to a disk, in the form of EDD-3 that the buffer has room for. */
static void put_path(const struct disk *disk, struct drive_parameters *p)
{
	uint8_t *bytes = (uint8_t *)p, sum = 0;
	struct edd_path path;
	unsigned i;

	device_edd_path(disk->device, &path);
	memset(&p->path_key, 0, p->size - PARAMETERS_SIZE_2);
	p->path_key = PATH_KEY;
	p->path_length = p->size - PARAMETERS_SIZE_2;
	memcpy(p->bus, path.bus, sizeof(p->bus));
	memcpy(p->interface, path.interface, sizeof(p->interface));
	p->interface_path = path.interface_path;
	p->device_path[0] = path.device_path[0];
	if (p->size >= PARAMETERS_SIZE_T13)
		p->device_path[1] = path.device_path[1];
	for (i = PARAMETERS_SIZE_2; i < p->size - 1u; i++)
		sum += bytes[i];
	bytes[i] = -sum;
}

/* AH=48h */
static enum disk_status edd_parameters(struct disk *disk, struct regs *regs)
{
	struct drive_parameters *p = callers_ptr(regs->ds, regs->si, sizeof(*p));
	bool is_cd = disk->kind == DISK_CD;
	struct geometry g = {0};

	if (!p || p->size < PARAMETERS_SIZE_1)
		return STATUS_INVALID;
	if (p->size >= PARAMETERS_SIZE_T13)
		p->size = PARAMETERS_SIZE_T13;
	else if (p->size >= PARAMETERS_SIZE_3)
		p->size = PARAMETERS_SIZE_3;
	else if (p->size >= PARAMETERS_SIZE_2)
		p->size = PARAMETERS_SIZE_2;
	else
		p->size = PARAMETERS_SIZE_1;
	if (is_removable(disk))
		p->flags = PARAMETERS_REMOVABLE | PARAMETERS_CHANGE_LINE | PARAMETERS_LOCKABLE;
	else
		p->flags = 0;
	if (!disk->read_only)
		p->flags |= PARAMETERS_WRITE_VERIFY;
	if (disk->block_size == SECTOR_SIZE && disk->blocks <= CHS_VALID_UP_TO)
		p->flags |= PARAMETERS_CHS_VALID;
	if (is_cd)
		disk_ask_medium(disk); /* an empty one has no blocks */
	else
		g = *disk_geometry(disk);
	p->cylinders = g.cylinders;
	p->heads = g.heads;
	p->sectors = g.sectors;
	p->blocks = disk->blocks;
	p->block_size = disk->block_size;
	if (p->size >= PARAMETERS_SIZE_2)
		p->dpte = DPTE_NONE;
	if (p->size >= PARAMETERS_SIZE_3)
		put_path(disk, p);
	disk->knows_size = true;
	return STATUS_OK;
}

/* AH=4Eh: prefetch, PIO and DMA modes of an ATA disk. Only those subfunctions succeed
 * that switch one of them off. */
static enum disk_status edd_hardware(struct regs *regs)
{
	if (regs->al != 1 && regs->al != 3 && regs->al != 4 && regs->al != 6)
		return STATUS_INVALID;
	regs->al = 0; /* no other device was affected */
	return STATUS_OK;
}

static enum disk_status serve_edd(struct disk *disk, struct regs *regs)
{
	bool removable = is_removable(disk);

	switch (regs->ah) {
	case 0x41:
		return edd_check(disk, regs);
	case 0x42:
	case 0x43:
		return edd_transfer(disk, regs);
	case 0x44:
	case 0x47:
		return edd_verify(disk, regs);
	case 0x45:
		return removable ? edd_lock(disk, regs) : STATUS_INVALID;
	case 0x46:
		return removable ? edd_eject(disk, regs) : STATUS_INVALID;
	case 0x48:
		return edd_parameters(disk, regs);
	case 0x49:
		return edd_changed(disk);
	case 0x4e:
		return edd_hardware(regs);
	default:
		return STATUS_INVALID;
	}
}

/* --- all together ----------------------------------------------------------- */

/* What hard disks have beside EDD. */
static enum disk_status serve_hard_disk(struct disk *disk, struct regs *regs)
{
	uint32_t lba;

	switch (regs->ah) {
	case INT13_READ:
	case INT13_WRITE:
	case INT13_VERIFY:
		return int13_chs_transfer(disk, regs);
	case 0x08:
		return get_parameters(disk, regs);
	case 0x0c: /* seek */
		return int13_chs(disk, regs, &lba) ? STATUS_OK : STATUS_INVALID;
	case 0x09: /* initialise with the table of INT 41h */
	case 0x14: /* controller diagnostics */
	case 0x19: /* park heads */
		return STATUS_OK;
	default: /* also 05h: format a track */
		return serve_edd(disk, regs);
	}
}

static enum disk_status serve_drive(struct disk *disk, struct regs *regs)
{
	enum disk_status status;

	switch (regs->ah) {
	case 0x00: /* reset */
	case 0x0d: /* reset */
		readahead_drop();
		return STATUS_OK;
	case 0x11: /* recalibrate */
		return STATUS_OK;
	case 0x10: /* ready? */
		status = int13_status(disk_ask_medium(disk), DISK_READ);
		return status == STATUS_OK ? int13_verify(disk, 0, 0) : status;
	default:
		return disk->kind == DISK_CD ? serve_edd(disk, regs) : serve_hard_disk(disk, regs);
	}
}

void int13_disk(struct regs *regs)
{
	struct disk *disk = drive_disk(regs->dl);
	uint8_t function = regs->ah;

	tick_resume();
	if (eltorito_has(function)) {
		int13_finish(regs, eltorito_service(regs));
	} else if (regs->dl < DRIVE_HARD) {
		int40_diskette(regs);
	} else if (function == 0x01) { /* status of the last call */
		uint8_t status = bda()->disk_status;

		int13_finish(regs, status);
		bda()->disk_status = STATUS_OK;
	} else if (function == 0x15 && (!disk || disk->kind == DISK_HARD)) {
		if (disk) {
			get_type(disk, regs);
		} else {
			regs->ah = 0; /* type 0: no such drive */
			set_cf(regs, false);
		}
	} else {
		enum disk_status status = disk ? serve_drive(disk, regs) : STATUS_INVALID;

		if (int13_finish(regs, status) == STATUS_OK && function == 0x41)
			regs->ah = EDD_VERSION_3;
	}
}
