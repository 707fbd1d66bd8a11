/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * What INT 13h (hard disks and CDs) and INT 40h (diskettes) share: status codes, the
 * check of a caller's buffer, and the functions by cylinder, head and sector.
 *
 * References: T13 2132D (EDD-4), 5.3; IBM PS/2 and PC BIOS Interface Technical
 * Reference, "INT 13H"; Ralf Brown's Interrupt List.
 */
#include "bios/int13_common.h"

#include "bios/regs.h"
#include "block/disks.h"
#include "block/mbr.h"
#include "lib/error.h"
#include "lib/memmap.h"
#include "lib/memory.h"
#include "lib/util.h"

enum {
	MAX_CHS_COUNT = 128, /* sectors: what fits in 64 KiB */
	/* Blocks, as many as a packet of 16 bytes can name: interrupts are off meanwhile. */
	MAX_VERIFY_COUNT = 0xffff,
};

enum disk_status int13_status(int error, enum disk_direction direction)
{
	switch (error) {
	case 0:
		return STATUS_OK;
	case ERR_INVAL:
	case ERR_NOENT:
		return STATUS_INVALID;
	case ERR_RANGE:
		return STATUS_NOT_FOUND;
	case ERR_READONLY:
		return STATUS_WRITE_PROTECTED;
	case ERR_NOMEDIUM:
		return STATUS_NO_MEDIUM;
	case ERR_TIMEOUT:
		return STATUS_TIMEOUT;
	case ERR_IO:
		return direction == DISK_READ ? STATUS_BAD_DATA : STATUS_WRITE_FAULT;
	default:
		return STATUS_CONTROLLER;
	}
}

/* The size of the blocks that a caller without AH=48h means. */
static uint32_t unit(const struct disk *disk)
{
	return disk->kind == DISK_CD || disk->knows_size ? disk->block_size : SECTOR_SIZE;
}

/* Whether a buffer is memory: a device that is sent elsewhere stops for good. */
static bool is_ram(uint64_t address, uint64_t length)
{
	uint32_t ram_end = memory_arena().end;

	if (address < FOUR_GIB)
		return length <= ram_end && address <= ram_end - length;
	return address + length > address && memmap_ram_from(address, address + length) >= length;
}

enum disk_status int13_verify(struct disk *disk, uint64_t lba, uint32_t count)
{
	unsigned shift = __builtin_ctz(disk->block_size / unit(disk));
	uint32_t mask = (1 << shift) - 1;

	if (count > MAX_VERIFY_COUNT)
		return STATUS_INVALID;
	count = ((lba & mask) + count + mask) >> shift;
	return int13_status(disk_verify(disk, lba >> shift, count), DISK_READ);
}

enum disk_status int13_transfer(struct disk *disk, enum disk_direction direction, uint64_t lba,
				uint32_t count, uint64_t address, uint32_t *done)
{
	uint64_t length = (uint64_t)count * unit(disk);
	int error;

	*done = 0;
	if (!count)
		return STATUS_OK;
	if (!is_ram(address, length) ||
	    (direction == DISK_READ && !memory_is_callers(address, length)))
		return STATUS_DMA_BOUNDARY;
	if (unit(disk) == disk->block_size)
		error = disk_transfer(disk, direction, lba, count, address, done);
	else
		error = disk_transfer_sectors(disk, direction, lba, count, address, done);
	return int13_status(error, direction);
}

bool int13_chs(struct disk *disk, const struct regs *regs, uint32_t *lba)
{
	const struct geometry *g = disk_geometry(disk);
	struct mbr_chs chs = {regs->dh, regs->cl, regs->ch};
	uint32_t cylinder = mbr_chs_cylinder(&chs), sector = mbr_chs_sector(&chs);

	if (disk->block_size != SECTOR_SIZE || !sector || sector > g->sectors ||
	    regs->dh >= g->heads)
		return false;
	*lba = (cylinder * g->heads + regs->dh) * g->sectors + sector - 1;
	return true;
}

enum disk_status int13_chs_transfer(struct disk *disk, struct regs *regs)
{
	enum disk_direction direction = regs->ah == INT13_WRITE ? DISK_WRITE : DISK_READ;
	enum disk_status status = STATUS_INVALID;
	uint32_t lba, done = 0;

	if (regs->al && regs->al <= MAX_CHS_COUNT && int13_chs(disk, regs, &lba)) {
		if (regs->ah == INT13_VERIFY)
			status = int13_verify(disk, lba, regs->al);
		else
			status = int13_transfer(disk, direction, lba, regs->al,
						((uint32_t)regs->es << 4) + regs->bx, &done);
	}
	if (regs->ah != INT13_VERIFY)
		regs->al = done;
	return status;
}

void int13_put_geometry(struct disk *disk, struct regs *regs)
{
	const struct geometry *g = disk_geometry(disk);
	struct mbr_chs last = mbr_pack_chs(g->cylinders - 1, g->heads - 1, g->sectors);

	regs->ch = last.cylinder;
	regs->cl = last.sector;
	regs->dh = last.head;
}
