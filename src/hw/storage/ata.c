/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * ATA disks at a port of an AHCI controller. What INT 13h has written must be durable, so
 * each write is followed by a flush.
 *
 * Specification: ATA8-ACS (T13 1699D), 7 "Command descriptions".
 */
#include <stddef.h>
#include <string.h>

#include "block/disk.h"
#include "block/disks.h"
#include "hw/storage/ahci.h"
#include "lib/error.h"
#include "lib/format.h"
#include "lib/log.h"
#include "lib/memory.h"
#include "lib/util.h"

enum {
	READ_DMA_EXT = 0x25,
	WRITE_DMA_EXT = 0x35,
	FLUSH_CACHE_EXT = 0xea,
	IDENTIFY_DEVICE = 0xec,
	DEVICE_LBA = 1 << 6,

	/* 7.16.7 "IDENTIFY DEVICE data": words */
	ID_WORDS = 256,
	ID_SERIAL = 10,
	ID_SERIAL_WORDS = 10,
	ID_MODEL = 27,
	ID_MODEL_WORDS = 20,
	ID_COMMANDS = 83,
	ID_COMMANDS_48_BITS = 1 << 10,
	ID_SECTORS = 100, /* 64 bits */
	ID_SECTOR_SIZE = 106,
	ID_SECTOR_SIZE_VALID = 1 << 14 | 1 << 12,
	ID_SECTOR_SIZE_MASK = 3 << 14 | 1 << 12,
	ID_SECTOR_WORDS = 117, /* 32 bits */

	MAX_SECTORS = 0x10000, /* of a command, where that is written as 0 */
	ID_SIZE = 64,          /* of model and serial number */
};

struct ata_disk {
	struct disk disk;
	struct ahci_port *port;
	char id[ID_SIZE];
};

/* What a disk says of itself, for one disk after the other. */
static uint16_t *identity;

static struct ata_disk *ata_of(struct disk *disk)
{
	return container_of(disk, struct ata_disk, disk);
}

static struct ahci_command transfer_command(struct disk *disk, uint8_t opcode, uint64_t lba,
					    uint32_t count, uint64_t address)
{
	return (struct ahci_command){
		.opcode = opcode,
		.device = DEVICE_LBA,
		.lba = lba,
		.count = count,
		.address = address,
		.length = count * disk->block_size,
		.to_device = opcode == WRITE_DMA_EXT,
	};
}

/* Whether a command was done: a disk always moves all of the data. What a controller counts
 * of those that it wrote may be more than there were. */
static int judge(const struct ahci_result *result)
{
	return result->status & (ATA_ERROR | ATA_FAULT) || result->residual ? ERR_IO : 0;
}

static int run(struct disk *disk, const struct ahci_command *command)
{
	struct ahci_result result;
	int error = ahci_run(ata_of(disk)->port, command, &result);

	return error ? error : judge(&result);
}

static int ata_read(struct disk *disk, uint64_t lba, uint32_t count, uint64_t address)
{
	struct ahci_command command = transfer_command(disk, READ_DMA_EXT, lba, count, address);

	return run(disk, &command);
}

static int ata_write(struct disk *disk, uint64_t lba, uint32_t count, uint64_t address)
{
	struct ahci_command command = transfer_command(disk, WRITE_DMA_EXT, lba, count, address);
	const struct ahci_command flush = {.opcode = FLUSH_CACHE_EXT, .device = DEVICE_LBA};
	int error = run(disk, &command);

	return error ? error : run(disk, &flush);
}

/* The last slot is left to a command that somebody waits for. */
static int ata_start_read(struct disk *disk, uint64_t lba, uint32_t count, uint64_t address)
{
	struct ahci_command command = transfer_command(disk, READ_DMA_EXT, lba, count, address);
	struct ahci_port *port = ata_of(disk)->port;

	if (ahci_used_slots(port) + 1 >= port->slots)
		return ERR_NOMEM;
	return ahci_submit(port, &command);
}

static int ata_finish_read(struct disk *disk, int slot)
{
	struct ahci_result result;
	int error = ahci_wait(ata_of(disk)->port, slot, &result);

	return error ? error : judge(&result);
}

static void ata_describe(struct disk *disk, char *to, size_t size)
{
	format(to, size, "%s", ata_of(disk)->id);
}

static const struct disk_ops ata_ops = {
	.read = ata_read,
	.write = ata_write,
	.start_read = ata_start_read,
	.finish_read = ata_finish_read,
	.describe = ata_describe,
};

/* Appends a string, two characters in a word, without the blanks that fill it up. */
static char *put_words(char *to, const uint16_t *words, unsigned count)
{
	char *end = to;

	for (unsigned i = 0; i < 2 * count; i++) {
		to[i] = words[i / 2] >> (i % 2 ? 0 : 8);
		if (to[i] != ' ' && to[i])
			end = to + i + 1;
	}
	return end;
}

static uint32_t sector_size(void)
{
	if ((identity[ID_SECTOR_SIZE] & ID_SECTOR_SIZE_MASK) != ID_SECTOR_SIZE_VALID)
		return SECTOR_SIZE;
	return 2 * (identity[ID_SECTOR_WORDS] | (uint32_t)identity[ID_SECTOR_WORDS + 1] << 16);
}

/* Fills in what the disk says of itself. */
static int take_identity(struct ata_disk *ata)
{
	struct disk *disk = &ata->disk;
	char *to = put_words(ata->id, identity + ID_MODEL, ID_MODEL_WORDS);

	*to++ = ' ';
	*put_words(to, identity + ID_SERIAL, ID_SERIAL_WORDS) = '\0';
	disk->block_size = sector_size();
	if (!(identity[ID_COMMANDS] & ID_COMMANDS_48_BITS) || disk->block_size < SECTOR_SIZE ||
	    disk->block_size > MAX_BLOCK_SIZE || disk->block_size & (disk->block_size - 1)) {
		say("%s: not supported: %u bytes a block, commands %04x\n", disk_name(disk),
		    disk->block_size, identity[ID_COMMANDS]);
		return ERR_UNSUPPORTED;
	}
	memcpy(&disk->blocks, identity + ID_SECTORS, sizeof(disk->blocks));
	disk->max_blocks = min_u32(MAX_SECTORS, AHCI_MAX_BYTES / disk->block_size);
	return 0;
}

static int identify(struct ahci_port *port)
{
	struct ahci_result result;
	struct ahci_command command = {.opcode = IDENTIFY_DEVICE};
	int error;

	if (!identity)
		identity = memory_alloc(ID_WORDS * sizeof(*identity), AHCI_ALIGN);
	if (!identity)
		return ERR_NOMEM;
	command.address = ptr_phys(identity);
	command.length = ID_WORDS * sizeof(*identity);
	memset(identity, 0, command.length);
	error = ahci_run(port, &command, &result);
	if (!error)
		error = judge(&result);
	if (error)
		say("%s: it does not say what it is\n", port->device.name);
	return error;
}

int ata_add(struct ahci_port *port)
{
	struct ata_disk *ata;
	int error = identify(port);

	if (error)
		return error;
	ata = memory_alloc(sizeof(*ata), 8);
	if (!ata)
		return ERR_NOMEM;
	ata->port = port;
	ata->disk.ops = &ata_ops;
	ata->disk.kind = DISK_HARD;
	ata->disk.device = &port->device;
	ata->disk.align = AHCI_ALIGN;
	error = take_identity(ata);
	return error ? error : disk_register(&ata->disk);
}
