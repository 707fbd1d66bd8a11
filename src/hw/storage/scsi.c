/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * SCSI disks and CDs, independent of what carries the commands.
 *
 * A bus is scanned with few messages: one batch asks 32 targets for their logical
 * units, and one batch more asks for all that must be known of up to six units.
 * In that, the capacity is asked for twice, since a unit answers the first
 * command after its reset with a unit attention. Units that are not ready get their time
 * all together, and only the first ones a line each.
 *
 * A write carries the FUA bit, for what INT 13h has written must be on the disk;
 * where a device refuses the bit, its cache is flushed after each write.
 *
 * Specifications: SPC-4 (INQUIRY, REPORT LUNS, TEST UNIT READY, sense data), SBC-3
 * (READ, WRITE, READ CAPACITY, SYNCHRONIZE CACHE, Block Limits VPD page), MMC-6 (START STOP UNIT).
 */
#include "hw/storage/scsi.h"

#include <stddef.h>
#include <string.h>

#include "block/disk.h"
#include "block/disks.h"
#include "hw/clock.h"
#include "lib/device.h"
#include "lib/error.h"
#include "lib/format.h"
#include "lib/log.h"
#include "lib/memory.h"
#include "lib/util.h"

enum opcode {
	REQUEST_SENSE = 0x03,
	INQUIRY = 0x12,
	MODE_SENSE_6 = 0x1a,
	START_STOP_UNIT = 0x1b,
	READ_CAPACITY_10 = 0x25,
	READ_10 = 0x28,
	WRITE_10 = 0x2a,
	SYNCHRONIZE_CACHE_10 = 0x35,
	READ_16 = 0x88,
	WRITE_16 = 0x8a,
	SERVICE_ACTION_IN_16 = 0x9e,
	REPORT_LUNS = 0xa0,

	READ_CAPACITY_16 = 0x10, /* service action */
	EJECT = 0x02,
	FUA = 1 << 3,
};

enum sense_key {
	NO_SENSE = 0,
	RECOVERED_ERROR = 1,
	NOT_READY = 2,
	ILLEGAL_REQUEST = 5,
	UNIT_ATTENTION = 6,
	DATA_PROTECT = 7,

	SENSE_FORMAT = 0x7f,      /* of the first byte */
	SENSE_DESCRIPTORS = 0x72, /* that format and 73h; lower ones are the fixed format */
	SENSE_KEY = 0x0f,

	/* additional sense codes */
	ASC_BECOMING_READY = 0x04,
	ASC_INVALID_OPCODE = 0x20,
	ASC_LBA_OUT_OF_RANGE = 0x21,
	ASC_INVALID_FIELD = 0x24,
	ASC_MEDIUM_CHANGED = 0x28,
	ASC_NO_MEDIUM = 0x3a,
};

enum {
	TYPE_DISK = 0x00,
	TYPE_WORM = 0x04,
	TYPE_CD = 0x05,
	TYPE_OPTICAL = 0x07,
	TYPE_SIMPLE_DISK = 0x0e,

	INQUIRY_SIZE = 36,
	INQUIRY_VENDOR = 8,
	INQUIRY_NAMES_SIZE = 24, /* vendor and product */
	MODE_SENSE_SIZE = 4,
	MODE_ALL_PAGES = 0x3f,
	MODE_WRITE_PROTECTED = 0x80,
	CAPACITY_10_SIZE = 8,
	CAPACITY_16_SIZE = 32,
	EVPD = 1 << 0, /* INQUIRY for a page of vital product data */
	BLOCK_LIMITS_PAGE = 0xb0,
	BLOCK_LIMITS_SIZE = 12, /* as much of it as we want */
	BLOCK_LIMITS_MAX = 8,   /* offset of the most blocks of a transfer; 0: no limit */

	INQUIRY_TYPE = 0x1f,         /* of its first byte ... */
	INQUIRY_QUALIFIER_SHIFT = 5, /* ... which says above that whether a unit is there */
	MODE_PARAMETER = 2,          /* offset of the device-specific parameter */

	/* Where a command block has its numbers, most significant byte first. */
	CDB_LBA = 2,
	CDB6_LENGTH = 4,
	CDB10_LENGTH = 7,
	CDB12_LENGTH = 6,
	CDB16_LENGTH = 10,

	/* REPORT LUNS: a list's length and a reserved word, then eight bytes for each unit. */
	LUN_LIST_HEADER = 8,
	LUN_ENTRY_SIZE = 8,
	LUN_METHOD_SHIFT = 6,
	LUN_METHOD_FLAT = 1, /* the highest that we know; 0 is peripheral addressing */
	LUN_HIGH = 0x3f,

	MAX_LUNS = 255, /* of a target */
	LUN_LIST_SIZE = LUN_LIST_HEADER + LUN_ENTRY_SIZE * MAX_LUNS,
	RETRIES = 8,
	READY_TIMEOUT_US = 10000000,
	BUSY_WAIT_US = 10000,
	NOT_READY_SHOWN = 8, /* units of a bus */
	MAX_COUNT_10 = 0xffff,
	DATA_SIZE = 64,
};

struct scsi_disk {
	struct disk disk;
	struct device unit;
	struct scsi_bus *bus;
	uint16_t target, lun;
	bool no_fua;
	/* What a command that is no transfer brings; at an even address for AHCI. */
	uint8_t data[DATA_SIZE] __attribute__((aligned(2)));
};

static struct scsi_disk *scsi_of(struct disk *disk)
{
	return container_of(disk, struct scsi_disk, disk);
}

static struct scsi_command command_for(const struct scsi_disk *scsi, uint8_t opcode)
{
	return (struct scsi_command){.target = scsi->target, .lun = scsi->lun, .cdb = {opcode}};
}

static void set_data(struct scsi_command *command, void *data, uint32_t length)
{
	command->address = ptr_phys(data);
	command->length = length;
}

unsigned scsi_cdb_length(uint8_t opcode)
{
	static const uint8_t lengths[] = {6, 10, 10, 16, 16, 12, 16, 16};

	return lengths[opcode >> 5];
}

struct scsi_command scsi_request_sense(const struct scsi_command *command, uint8_t *sense)
{
	struct scsi_command ask = {
		.target = command->target, .lun = command->lun, .cdb = {REQUEST_SENSE}};

	memset(sense, 0, SCSI_SENSE_SIZE);
	ask.cdb[CDB6_LENGTH] = SCSI_SENSE_SIZE;
	set_data(&ask, sense, SCSI_SENSE_SIZE);
	return ask;
}

/* Sense data come in two formats: SPC-4, 4.5. */
void scsi_take_sense(struct scsi_command *command, const uint8_t *sense)
{
	bool descriptors = (sense[0] & SENSE_FORMAT) >= SENSE_DESCRIPTORS;

	command->key = (descriptors ? sense[1] : sense[2]) & SENSE_KEY;
	command->asc = descriptors ? sense[2] : sense[12];
}

/* --- one command ----------------------------------------------------------- */

static int read_capacity(struct scsi_disk *scsi);

static bool asks_capacity(const struct scsi_command *command)
{
	return command->cdb[0] == READ_CAPACITY_10 || command->cdb[0] == SERVICE_ACTION_IN_16;
}

/* What a command's sense data mean; `retry` is set if it is worth trying again. */
static int judge_sense(struct scsi_disk *scsi, const struct scsi_command *command, bool *retry)
{
	switch (command->key) {
	case NO_SENSE:
	case RECOVERED_ERROR:
		return 0;
	case UNIT_ATTENTION:
		*retry = true;
		if (command->asc != ASC_MEDIUM_CHANGED)
			return ERR_IO;
		scsi->disk.changes++;
		/* read_capacity() ends here, too, and must not call itself without end. */
		return asks_capacity(command) ? ERR_IO : read_capacity(scsi);
	case NOT_READY:
		*retry = command->asc == ASC_BECOMING_READY;
		if (command->asc != ASC_NO_MEDIUM)
			return ERR_IO;
		scsi->disk.changes += scsi->disk.blocks != 0;
		scsi->disk.blocks = 0;
		return ERR_NOMEDIUM;
	case DATA_PROTECT:
		return ERR_READONLY;
	case ILLEGAL_REQUEST:
		if (command->asc == ASC_INVALID_FIELD || command->asc == ASC_INVALID_OPCODE)
			return ERR_UNSUPPORTED;
		return command->asc == ASC_LBA_OUT_OF_RANGE ? ERR_RANGE : ERR_IO;
	default:
		return ERR_IO;
	}
}

/* Runs a command until it is clear what becomes of it. */
static int run_command(struct scsi_disk *scsi, struct scsi_command *command)
{
	uint32_t own_patience = READY_TIMEOUT_US;
	uint32_t *patience = scsi->bus->patience_us ? scsi->bus->patience_us : &own_patience;
	unsigned attentions = 0;
	int error;

	for (;;) {
		bool retry = false, busy;

		scsi->bus->ops->run(scsi->bus, command, 1);
		scsi->bus->silent |= command->error == ERR_TIMEOUT;
		if (command->error)
			return command->error;
		if (command->status == SCSI_GOOD)
			return 0;
		busy = command->status == SCSI_BUSY || command->status == SCSI_TASK_SET_FULL;
		if (!busy && command->status != SCSI_CHECK_CONDITION)
			return ERR_IO;
		error = busy ? ERR_TIMEOUT : judge_sense(scsi, command, &retry);
		if (error == ERR_NOMEDIUM || (!busy && !retry))
			return error;
		if (!busy && command->key == UNIT_ATTENTION) {
			if (++attentions > RETRIES)
				return ERR_IO;
			continue;
		}
		if (*patience < BUSY_WAIT_US)
			return error;
		*patience -= BUSY_WAIT_US;
		clock_wait_us(BUSY_WAIT_US);
	}
}

/* --- a disk ------------------------------------------------------------------ */

/* Takes over what READ CAPACITY said. */
static int set_capacity(struct disk *disk, uint64_t blocks, uint32_t block_size)
{
	/* Once registered, a disk keeps its block size: callers count on it. */
	if (block_size < SECTOR_SIZE || block_size > MAX_BLOCK_SIZE ||
	    block_size & (block_size - 1) || (disk->block_size && block_size != disk->block_size)) {
		say("%s: blocks of %u bytes are not supported\n", disk_name(disk), block_size);
		return ERR_UNSUPPORTED;
	}
	disk->blocks = blocks;
	disk->block_size = block_size;
	return 0;
}

static int read_capacity(struct scsi_disk *scsi)
{
	struct scsi_command command = command_for(scsi, READ_CAPACITY_10);
	uint8_t *data = memset(scsi->data, 0, CAPACITY_16_SIZE);
	int error;

	set_data(&command, data, CAPACITY_10_SIZE);
	error = run_command(scsi, &command);
	if (error)
		return error;
	if (get_be32(data) != UINT32_MAX)
		return set_capacity(&scsi->disk, (uint64_t)get_be32(data) + 1, get_be32(data + 4));
	command = command_for(scsi, SERVICE_ACTION_IN_16);
	command.cdb[1] = READ_CAPACITY_16;
	put_be32(command.cdb + CDB16_LENGTH, CAPACITY_16_SIZE);
	set_data(&command, data, CAPACITY_16_SIZE);
	error = run_command(scsi, &command);
	if (error)
		return error;
	return set_capacity(&scsi->disk, ((uint64_t)get_be32(data) << 32 | get_be32(data + 4)) + 1,
			    get_be32(data + 8));
}

static struct scsi_command transfer_command(struct disk *disk, enum disk_direction direction,
					    uint64_t lba, uint32_t count, uint64_t address)
{
	struct scsi_disk *scsi = scsi_of(disk);
	bool large = lba + count > UINT32_MAX, write = direction == DISK_WRITE;
	struct scsi_command command = command_for(scsi, write ? WRITE_10 : READ_10);

	if (large) {
		command.cdb[0] = write ? WRITE_16 : READ_16;
		put_be32(command.cdb + CDB_LBA, lba >> 32);
		put_be32(command.cdb + CDB_LBA + 4, lba);
		put_be32(command.cdb + CDB16_LENGTH, count);
	} else {
		put_be32(command.cdb + CDB_LBA, lba);
		command.cdb[CDB10_LENGTH] = count >> 8;
		command.cdb[CDB10_LENGTH + 1] = count;
	}
	command.cdb[1] = write && !scsi->no_fua ? FUA : 0;
	command.address = address;
	command.length = count * disk->block_size;
	command.to_device = write;
	return command;
}

static int scsi_transfer(struct disk *disk, enum disk_direction direction, uint64_t lba,
			 uint32_t count, uint64_t address)
{
	struct scsi_command command = transfer_command(disk, direction, lba, count, address);
	int error = run_command(scsi_of(disk), &command);

	return !error && command.residual ? ERR_IO : error;
}

static int scsi_read(struct disk *disk, uint64_t lba, uint32_t count, uint64_t address)
{
	return scsi_transfer(disk, DISK_READ, lba, count, address);
}

static int scsi_start_read(struct disk *disk, uint64_t lba, uint32_t count, uint64_t address)
{
	struct scsi_bus *bus = scsi_of(disk)->bus;
	struct scsi_command command = transfer_command(disk, DISK_READ, lba, count, address);

	return bus->ops->start(bus, &command);
}

static int scsi_finish_read(struct disk *disk, int ticket)
{
	struct scsi_disk *scsi = scsi_of(disk);
	struct scsi_command command = {0};
	bool retry;

	scsi->bus->ops->finish(scsi->bus, ticket, &command);
	if (command.error)
		return command.error;
	if (command.status == SCSI_CHECK_CONDITION) /* a changed medium is said once */
		judge_sense(scsi, &command, &retry);
	return command.status != SCSI_GOOD || command.residual ? ERR_IO : 0;
}

static int scsi_write(struct disk *disk, uint64_t lba, uint32_t count, uint64_t address)
{
	struct scsi_disk *scsi = scsi_of(disk);
	struct scsi_command flush = command_for(scsi, SYNCHRONIZE_CACHE_10);
	int error = scsi_transfer(disk, DISK_WRITE, lba, count, address);

	if (error == ERR_UNSUPPORTED && !scsi->no_fua) {
		scsi->no_fua = true;
		error = scsi_transfer(disk, DISK_WRITE, lba, count, address);
	}
	if (error || !scsi->no_fua)
		return error;
	error = run_command(scsi, &flush);
	return error == ERR_UNSUPPORTED ? 0 : error; /* sticks without a cache */
}

/* Vendor and product, without the blanks that fill them up. */
static void scsi_describe(struct disk *disk, char *to, size_t size)
{
	struct scsi_disk *scsi = scsi_of(disk);
	struct scsi_command command = command_for(scsi, INQUIRY);
	char *name = (char *)scsi->data + INQUIRY_VENDOR, *end = name + INQUIRY_NAMES_SIZE;

	memset(scsi->data, 0, DATA_SIZE);
	command.cdb[CDB6_LENGTH] = INQUIRY_SIZE;
	set_data(&command, scsi->data, INQUIRY_SIZE);
	if (run_command(scsi, &command))
		return;
	while (end > name && end[-1] == ' ')
		end--;
	*end = '\0';
	format(to, size, "%s", name);
}

static int scsi_load(struct disk *disk)
{
	return read_capacity(scsi_of(disk));
}

static int scsi_eject(struct disk *disk)
{
	struct scsi_command command = command_for(scsi_of(disk), START_STOP_UNIT);
	int error;

	command.cdb[4] = EJECT;
	error = run_command(scsi_of(disk), &command);
	if (!error)
		disk->blocks = 0;
	return error;
}

static const struct disk_ops disk_ops = {
	.read = scsi_read,
	.write = scsi_write,
	.start_read = scsi_start_read,
	.finish_read = scsi_finish_read,
	.describe = scsi_describe,
};

static const struct disk_ops removable_ops = {
	.read = scsi_read,
	.write = scsi_write,
	.start_read = scsi_start_read,
	.finish_read = scsi_finish_read,
	.describe = scsi_describe,
	.load = scsi_load,
	.eject = scsi_eject,
};

/* --- the scan ------------------------------------------------------------------ */

/* A unit's address is its target, and its LUN from bit 16 on, which is also the form of
 * EDD's device path. */
static size_t scsi_path(const struct device *device, char *to, size_t size)
{
	return format(to, size, "/channel@0/disk@%x,%x", (uint32_t)device->address & 0xffff,
		      (uint32_t)device->address >> 16);
}

static void scsi_edd(const struct device *device, struct edd_path *edd)
{
	if (edd->interface[0] == ' ') /* else it is that of what carries the commands */
		memcpy(edd->interface, "SCSI    ", sizeof(edd->interface));
	edd->device_path[0] = device->address;
}

static const struct device_bus scsi_unit_bus = {.path = scsi_path, .edd = scsi_edd};

/* The answers to what is asked of one unit, in this order. */
struct scsi_probe {
	uint16_t lun;
	uint8_t inquiry[INQUIRY_SIZE];
	uint8_t capacity[CAPACITY_10_SIZE];
	uint8_t mode[MODE_SENSE_SIZE];
	uint8_t limits[BLOCK_LIMITS_SIZE];
	uint8_t target;
};

enum { ASK_INQUIRY, ASK_ATTENTION, ASK_CAPACITY, ASK_MODE, ASK_LIMITS, QUESTIONS };
enum { PROBE_BATCH = SCSI_SCAN_BATCH / QUESTIONS };

/* What a scan needs, the same for all buses, from the arena: a controller writes to it. */
struct scsi_scan_memory {
	struct scsi_command commands[SCSI_SCAN_BATCH];
	struct scsi_probe probes[PROBE_BATCH];
	unsigned probe_count;
	struct scsi_disk *spare; /* of a unit that has turned out to be no disk */
	struct scsi_command questions[PROBE_BATCH * QUESTIONS];
};

static struct scsi_scan_memory *scan;
static uint8_t (*scan_luns)[LUN_LIST_SIZE]; /* for each of a batch of targets */

static bool succeeded(const struct scsi_command *command)
{
	return !command->error && command->status == SCSI_GOOD;
}

static void prepare_questions(struct scsi_probe *probe, struct scsi_command *questions)
{
	for (unsigned i = 0; i < QUESTIONS; i++)
		questions[i] = (struct scsi_command){.target = probe->target, .lun = probe->lun};
	questions[ASK_INQUIRY].cdb[0] = INQUIRY;
	questions[ASK_INQUIRY].cdb[CDB6_LENGTH] = INQUIRY_SIZE;
	set_data(&questions[ASK_INQUIRY], probe->inquiry, INQUIRY_SIZE);
	questions[ASK_ATTENTION].cdb[0] = READ_CAPACITY_10;
	set_data(&questions[ASK_ATTENTION], probe->capacity, CAPACITY_10_SIZE);
	questions[ASK_CAPACITY] = questions[ASK_ATTENTION];
	questions[ASK_MODE].cdb[0] = MODE_SENSE_6;
	questions[ASK_MODE].cdb[2] = MODE_ALL_PAGES;
	questions[ASK_MODE].cdb[CDB6_LENGTH] = MODE_SENSE_SIZE;
	set_data(&questions[ASK_MODE], probe->mode, MODE_SENSE_SIZE);
	questions[ASK_LIMITS].cdb[0] = INQUIRY;
	questions[ASK_LIMITS].cdb[1] = EVPD;
	questions[ASK_LIMITS].cdb[2] = BLOCK_LIMITS_PAGE;
	questions[ASK_LIMITS].cdb[CDB6_LENGTH] = BLOCK_LIMITS_SIZE;
	set_data(&questions[ASK_LIMITS], probe->limits, BLOCK_LIMITS_SIZE);
}

/* What kind of disk a unit is, DISK_KINDS if it is none. */
static enum disk_kind kind_of(const struct scsi_probe *probe)
{
	if (probe->inquiry[0] >> INQUIRY_QUALIFIER_SHIFT) /* nothing is connected there */
		return DISK_KINDS;
	switch (probe->inquiry[0] & INQUIRY_TYPE) {
	case TYPE_DISK:
	case TYPE_WORM:
	case TYPE_OPTICAL:
	case TYPE_SIMPLE_DISK:
		return DISK_HARD;
	case TYPE_CD:
		return DISK_CD;
	default:
		return DISK_KINDS;
	}
}

static int size_of(struct scsi_disk *scsi, const struct scsi_probe *probe,
		   const struct scsi_command *answer)
{
	uint32_t last = get_be32(probe->capacity);
	int error;

	if (succeeded(answer) && !answer->residual && last != UINT32_MAX)
		return set_capacity(&scsi->disk, (uint64_t)last + 1, get_be32(probe->capacity + 4));
	error = read_capacity(scsi);
	if (error == ERR_NOMEDIUM && scsi->disk.kind == DISK_CD)
		return set_capacity(&scsi->disk, 0, CD_SECTOR_SIZE);
	return error;
}

/* The most blocks of one transfer, by the bus and by what the unit says itself; 0 if the
 * bus carries not even a block. */
static uint32_t max_blocks_of(const struct scsi_bus *bus, const struct scsi_probe *probe,
			      const struct scsi_command *answer, uint32_t block_size)
{
	uint32_t limit = get_be32(probe->limits + BLOCK_LIMITS_MAX);
	uint32_t max = bus->max_bytes / block_size;

	if (max > MAX_COUNT_10)
		max = MAX_COUNT_10;
	if (succeeded(answer) && !answer->residual && probe->limits[1] == BLOCK_LIMITS_PAGE &&
	    limit && limit < max)
		max = limit;
	return max;
}

static void say_not_ready(struct scsi_bus *bus, const struct disk *disk)
{
	if (bus->not_ready++ < NOT_READY_SHOWN)
		say("%s: not ready\n", disk_name(disk));
}

/* Registers a unit, if it is a disk. */
static int scsi_add(struct scsi_bus *bus, const struct scsi_probe *probe,
		    const struct scsi_command *answers)
{
	enum disk_kind kind = kind_of(probe);
	struct scsi_disk *scsi;
	struct disk *disk;
	int error;

	if (answers[ASK_INQUIRY].error == ERR_TIMEOUT)
		return ERR_TIMEOUT;
	if (!succeeded(&answers[ASK_INQUIRY]) || kind == DISK_KINDS)
		return 0;
	scsi = scan->spare ? scan->spare : memory_alloc(sizeof(*scsi), 8);
	scan->spare = scsi;
	if (!scsi)
		return ERR_NOMEM;
	memset(scsi, 0, sizeof(*scsi));
	disk = &scsi->disk;
	scsi->bus = bus;
	disk->kind = kind;
	disk->ops = kind == DISK_CD ? &removable_ops : &disk_ops;
	disk->device = bus->single ? bus->device : &scsi->unit;
	disk->align = bus->align;
	scsi->target = probe->target;
	scsi->lun = probe->lun;
	device_init(&scsi->unit, &scsi_unit_bus, bus->device, probe->target | probe->lun << 16);
	format(scsi->unit.name, sizeof(scsi->unit.name), "%s %u:%u", bus->device->name,
	       probe->target, probe->lun);
	error = size_of(scsi, probe, &answers[ASK_CAPACITY]);
	if (!error)
		disk->max_blocks =
			max_blocks_of(bus, probe, &answers[ASK_LIMITS], disk->block_size);
	if (!disk->max_blocks) {
		say_not_ready(bus, disk);
		return bus->silent ? ERR_TIMEOUT : 0;
	}
	disk->read_only = kind == DISK_CD || (succeeded(&answers[ASK_MODE]) &&
					      probe->mode[MODE_PARAMETER] & MODE_WRITE_PROTECTED);
	scan->spare = NULL;
	return disk_register(disk);
}

/* Asks the units that were collected, in one batch. */
static int flush_probes(struct scsi_bus *bus)
{
	unsigned count = scan->probe_count;
	int error = 0;

	scan->probe_count = 0;
	for (unsigned i = 0; i < count; i++)
		prepare_questions(&scan->probes[i], scan->questions + i * QUESTIONS);
	if (count)
		bus->ops->run(bus, scan->questions, count * QUESTIONS);
	for (unsigned i = 0; !error && i < count; i++)
		error = scsi_add(bus, &scan->probes[i], scan->questions + i * QUESTIONS);
	return error;
}

static int collect_unit(struct scsi_bus *bus, uint8_t target, uint16_t lun)
{
	struct scsi_probe *probe = &scan->probes[scan->probe_count++];

	memset(probe, 0, sizeof(*probe));
	probe->target = target;
	probe->lun = lun;
	return scan->probe_count == PROBE_BATCH ? flush_probes(bus) : 0;
}

/* The units of one target, by its answer to REPORT LUNS. */
static int collect_units(struct scsi_bus *bus, const struct scsi_command *answer,
			 const uint8_t *list)
{
	uint32_t length = get_be32(list), listed = LUN_LIST_SIZE - LUN_LIST_HEADER;
	int error = 0;

	if (answer->error) /* of a bus that is silent, one batch is enough to wait for */
		return answer->error == ERR_TIMEOUT ? ERR_TIMEOUT : 0;
	if (!succeeded(answer) || answer->residual > listed)
		return collect_unit(bus, answer->target, 0); /* it has unit 0 at least */
	listed -= answer->residual;
	if (length > listed)
		length = listed;
	for (uint32_t i = 0; !error && i + LUN_ENTRY_SIZE <= length; i += LUN_ENTRY_SIZE) {
		const uint8_t *entry = list + LUN_LIST_HEADER + i;
		uint16_t lun = (entry[0] & LUN_HIGH) << 8 | entry[1];

		/* SAM-5, 4.6: of one level, by peripheral or by flat addressing */
		if (entry[0] >> LUN_METHOD_SHIFT <= LUN_METHOD_FLAT)
			error = collect_unit(bus, answer->target, lun);
	}
	return error;
}

/* Asks a batch of targets for their units. */
static int scan_targets(struct scsi_bus *bus, unsigned first, unsigned count)
{
	int error = 0;

	for (unsigned i = 0; i < count; i++) {
		struct scsi_command *command = &scan->commands[i];

		*command = (struct scsi_command){.target = first + i, .cdb = {REPORT_LUNS}};
		put_be32(command->cdb + CDB12_LENGTH, LUN_LIST_SIZE);
		set_data(command, scan_luns[i], LUN_LIST_SIZE);
	}
	bus->ops->run(bus, scan->commands, count);
	for (unsigned i = 0; !error && i < count; i++)
		error = collect_units(bus, &scan->commands[i], scan_luns[i]);
	return error;
}

/* All units of all targets, whose number the bus knows. */
static int scan_units(struct scsi_bus *bus)
{
	int error = 0;

	for (unsigned lun = 0; !error && lun < bus->units; lun++)
		error = collect_unit(bus, 0, lun);
	return error;
}

static int scan_all(struct scsi_bus *bus)
{
	unsigned targets = bus->max_target < 0xff ? bus->max_target + 1 : 0x100;
	int error = 0;

	scan->probe_count = 0;
	if (bus->units) {
		error = scan_units(bus);
		return error ? error : flush_probes(bus);
	}
	for (unsigned first = 0; !error && first < targets; first += SCSI_SCAN_BATCH) {
		unsigned count = targets - first;

		error = scan_targets(bus, first, count < SCSI_SCAN_BATCH ? count : SCSI_SCAN_BATCH);
	}
	return error ? error : flush_probes(bus);
}

int scsi_scan(struct scsi_bus *bus)
{
	uint32_t patience_us = READY_TIMEOUT_US;
	int error;

	if (!scan)
		scan = memory_alloc_raw(sizeof(*scan), 16);
	if (!scan_luns && !bus->units)
		scan_luns = memory_alloc_raw(SCSI_SCAN_BATCH * sizeof(*scan_luns), 16);
	if (!scan || (!scan_luns && !bus->units))
		return ERR_NOMEM;
	scan->spare = NULL;
	bus->patience_us = &patience_us;
	error = scan_all(bus);
	bus->patience_us = NULL;
	if (bus->not_ready > NOT_READY_SHOWN)
		say("%s: %u more units are not ready\n", bus->device->name,
		    bus->not_ready - NOT_READY_SHOWN);
	return error;
}
