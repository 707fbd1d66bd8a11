/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * What INT 13h and INT 40h share.
 */
#ifndef PETREL_BIOS_INT13_COMMON_H
#define PETREL_BIOS_INT13_COMMON_H

#include <stdbool.h>
#include <stdint.h>

#include "block/transfer.h"

struct regs;

/* The functions of AH that hard disks and diskettes have in common, by name where two
 * places must tell them apart. */
enum int13_function {
	INT13_READ = 0x02,
	INT13_WRITE = 0x03,
	INT13_VERIFY = 0x04,
};

/* What AH returns (RBIL table 00234; EDD-4, 5.3). */
enum disk_status {
	STATUS_OK = 0x00,
	STATUS_INVALID = 0x01, /* function or parameter */
	STATUS_WRITE_PROTECTED = 0x03,
	STATUS_NOT_FOUND = 0x04, /* sector */
	STATUS_CHANGED = 0x06,   /* medium */
	STATUS_DMA_BOUNDARY = 0x09,
	STATUS_MEDIA_TYPE = 0x0c, /* unknown or unsupported */
	STATUS_BAD_DATA = 0x10,   /* uncorrectable */
	STATUS_CONTROLLER = 0x20,
	STATUS_NO_MEDIUM = 0x31,
	STATUS_TIMEOUT = 0x80,
	STATUS_NOT_LOCKED = 0xb0,
	STATUS_LOCKED = 0xb1,
	STATUS_LOCK_COUNT = 0xb4,
	STATUS_EJECT_FAILED = 0xb5,
	STATUS_WRITE_FAULT = 0xcc,
};

/* What an internal error is to INT 13h. */
enum disk_status int13_status(int error, enum disk_direction direction);

/* Transfers blocks of the size that the caller takes them for (int13.c); *done is the
 * number of those that were. */
enum disk_status int13_transfer(struct disk *disk, enum disk_direction direction, uint64_t lba,
				uint32_t count, uint64_t address, uint32_t *done);

/* Verifies blocks of that size, 65535 at most. */
enum disk_status int13_verify(struct disk *disk, uint64_t lba, uint32_t count);

/* Sets *lba to the sector that CX and DH name; false if the geometry has none. */
bool int13_chs(struct disk *disk, const struct regs *regs, uint32_t *lba);

/* AH=02h, 03h, 04h: reads, writes, verifies AL sectors. Sets AL (but for 04h) to
 * the sectors that were transferred. */
enum disk_status int13_chs_transfer(struct disk *disk, struct regs *regs);

/* Sets CH, CL, DH as AH=08h returns the geometry. */
void int13_put_geometry(struct disk *disk, struct regs *regs);

#endif
