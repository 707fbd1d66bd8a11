/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * SCSI disks and CDs, independent of what carries the commands.
 *
 * A bus is scanned with few messages: one batch asks 32 targets for their logical
 * units, and one batch more asks for all that must be known of up to eight units.
 * In that, the capacity is asked for twice, since a unit answers the first
 * command after its reset with a unit attention.
 *
 * A write carries the FUA bit, for what INT 13h has written must be on the disk;
 * where a device refuses the bit, its cache is flushed after each write.
 *
 * Specifications: SPC-4 (INQUIRY, REPORT LUNS, TEST UNIT READY, sense data), SBC-3
 * (READ, WRITE, READ CAPACITY, SYNCHRONIZE CACHE), MMC-6 (START STOP UNIT).
 */
#include "hw/scsi.h"

#include <stddef.h>
#include <string.h>

#include "disk.h"
#include "error.h"
#include "hw/clock.h"
#include "memory.h"
#include "print.h"

enum opcode {
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

	/* additional sense codes */
	ASC_BECOMING_READY = 0x04,
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

	MAX_LUNS = 255, /* of a target */
	LUN_LIST_SIZE = 8 + 8 * MAX_LUNS,
	PROBE_BATCH = SCSI_SCAN_BATCH / 4,
	RETRIES = 8,
	READY_TIMEOUT_MS = 10000,
	BUSY_WAIT_US = 10000,
	MAX_COUNT_10 = 0xffff,
};

struct scsi_disk {
	struct disk disk;
	struct scsi_bus *bus;
	bool no_fua;
};

static uint32_t get32(const uint8_t *from)
{
	return (uint32_t)from[0] << 24 | from[1] << 16 | from[2] << 8 | from[3];
}

static void put32(uint8_t *to, uint32_t value)
{
	value = __builtin_bswap32(value);
	memcpy(to, &value, sizeof(value));
}

static struct scsi_disk *scsi_of(struct disk *disk)
{
	return (struct scsi_disk *)((uint8_t *)disk - offsetof(struct scsi_disk, disk));
}

static struct scsi_command command_for(const struct scsi_disk *scsi, uint8_t opcode)
{
	return (struct scsi_command){
		.target = scsi->disk.target, .lun = scsi->disk.lun, .cdb = {opcode}};
}

static void set_data(struct scsi_command *command, void *data, uint32_t length)
{
	command->address = ptr_phys(data);
	command->length = length;
}

/* --- one command ----------------------------------------------------------- */

static int read_capacity(struct scsi_disk *scsi);

static bool asks_capacity(const struct scsi_command *command)
{
	return command->cdb[0] == READ_CAPACITY_10 || command->cdb[0] == SERVICE_ACTION_IN_16;
}

/* What a command's sense data mean; `retry` is set if it is worth trying again. */
static int judge(struct scsi_disk *scsi, const struct scsi_command *command, bool *retry)
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
		/* READ CAPACITY is asked again; it must not ask itself, on and on. */
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
		if (command->asc == ASC_INVALID_FIELD)
			return ERR_UNSUPPORTED;
		return command->asc == ASC_LBA_OUT_OF_RANGE ? ERR_RANGE : ERR_IO;
	default:
		return ERR_IO;
	}
}

/* Runs a command until it is clear what becomes of it. */
static int execute(struct scsi_disk *scsi, struct scsi_command *command)
{
	struct deadline deadline = deadline_in_ms(READY_TIMEOUT_MS);
	unsigned attentions = 0;
	int error;

	for (;;) {
		bool retry = false, busy;

		scsi->bus->ops->run(scsi->bus, command, 1);
		if (command->error)
			return command->error;
		if (command->status == SCSI_GOOD)
			return 0;
		busy = command->status == SCSI_BUSY || command->status == SCSI_TASK_SET_FULL;
		if (!busy && command->status != SCSI_CHECK_CONDITION)
			return ERR_IO;
		error = busy ? ERR_TIMEOUT : judge(scsi, command, &retry);
		if (error == ERR_NOMEDIUM || (!busy && !retry))
			return error;
		if (!busy && command->key == UNIT_ATTENTION) {
			if (++attentions > RETRIES)
				return ERR_IO;
			continue;
		}
		if (deadline_passed(&deadline))
			return error;
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
		say("%s: blocks of %u bytes are not supported\n", disk->name, block_size);
		return ERR_UNSUPPORTED;
	}
	disk->blocks = blocks;
	disk->block_size = block_size;
	return 0;
}

static int read_capacity(struct scsi_disk *scsi)
{
	struct scsi_command command = command_for(scsi, READ_CAPACITY_10);
	uint8_t data[CAPACITY_16_SIZE] = {0};
	int error;

	set_data(&command, data, CAPACITY_10_SIZE);
	error = execute(scsi, &command);
	if (error)
		return error;
	if (get32(data) != UINT32_MAX)
		return set_capacity(&scsi->disk, (uint64_t)get32(data) + 1, get32(data + 4));
	command = command_for(scsi, SERVICE_ACTION_IN_16);
	command.cdb[1] = READ_CAPACITY_16;
	put32(command.cdb + 10, CAPACITY_16_SIZE);
	set_data(&command, data, CAPACITY_16_SIZE);
	error = execute(scsi, &command);
	if (error)
		return error;
	return set_capacity(&scsi->disk, ((uint64_t)get32(data) << 32 | get32(data + 4)) + 1,
			    get32(data + 8));
}

static struct scsi_command transfer_command(struct disk *disk, enum disk_direction direction,
					    uint64_t lba, uint32_t count, uint64_t address)
{
	struct scsi_disk *scsi = scsi_of(disk);
	bool large = lba + count > UINT32_MAX, write = direction == DISK_WRITE;
	struct scsi_command command = command_for(scsi, write ? WRITE_10 : READ_10);

	if (large) {
		command.cdb[0] = write ? WRITE_16 : READ_16;
		put32(command.cdb + 2, lba >> 32);
		put32(command.cdb + 6, lba);
		put32(command.cdb + 10, count);
	} else {
		put32(command.cdb + 2, lba);
		command.cdb[7] = count >> 8;
		command.cdb[8] = count;
	}
	command.cdb[1] = write && !scsi->no_fua ? FUA : 0;
	command.address = address;
	command.length = count * disk->block_size;
	command.to_device = write;
	return command;
}

static int transfer(struct disk *disk, enum disk_direction direction, uint64_t lba, uint32_t count,
		    uint64_t address)
{
	struct scsi_command command = transfer_command(disk, direction, lba, count, address);
	int error = execute(scsi_of(disk), &command);

	return !error && command.residual ? ERR_IO : error;
}

static int scsi_read(struct disk *disk, uint64_t lba, uint32_t count, uint64_t address)
{
	return transfer(disk, DISK_READ, lba, count, address);
}

static int start_read(struct disk *disk, uint64_t lba, uint32_t count, uint64_t address)
{
	struct scsi_bus *bus = scsi_of(disk)->bus;
	struct scsi_command command = transfer_command(disk, DISK_READ, lba, count, address);

	return bus->ops->start(bus, &command);
}

static int finish_read(struct disk *disk, int ticket)
{
	struct scsi_disk *scsi = scsi_of(disk);
	struct scsi_command command = {0};
	bool retry;

	scsi->bus->ops->finish(scsi->bus, ticket, &command);
	if (command.error)
		return command.error;
	if (command.status == SCSI_CHECK_CONDITION) /* a changed medium is said once */
		judge(scsi, &command, &retry);
	return command.status != SCSI_GOOD || command.residual ? ERR_IO : 0;
}

static int scsi_write(struct disk *disk, uint64_t lba, uint32_t count, uint64_t address)
{
	struct scsi_disk *scsi = scsi_of(disk);
	struct scsi_command flush = command_for(scsi, SYNCHRONIZE_CACHE_10);
	int error = transfer(disk, DISK_WRITE, lba, count, address);

	if (error == ERR_UNSUPPORTED && !scsi->no_fua) {
		scsi->no_fua = true;
		error = transfer(disk, DISK_WRITE, lba, count, address);
	}
	if (error || !scsi->no_fua)
		return error;
	return execute(scsi, &flush);
}

/* Vendor and product, without the blanks that fill them up. */
static void describe(struct disk *disk, char *to, size_t size)
{
	struct scsi_disk *scsi = scsi_of(disk);
	struct scsi_command command = command_for(scsi, INQUIRY);
	char data[INQUIRY_SIZE + 1] = "";
	char *name = data + INQUIRY_VENDOR, *end = name + INQUIRY_NAMES_SIZE;

	command.cdb[4] = INQUIRY_SIZE;
	set_data(&command, data, INQUIRY_SIZE);
	if (execute(scsi, &command))
		return;
	while (end > name && end[-1] == ' ')
		end--;
	*end = '\0';
	format(to, size, "%s", name);
}

static int load(struct disk *disk)
{
	return read_capacity(scsi_of(disk));
}

static int eject(struct disk *disk)
{
	struct scsi_command command = command_for(scsi_of(disk), START_STOP_UNIT);
	int error;

	command.cdb[4] = EJECT;
	error = execute(scsi_of(disk), &command);
	if (!error)
		disk->blocks = 0;
	return error;
}

static const struct disk_ops disk_ops = {
	.read = scsi_read,
	.write = scsi_write,
	.start_read = start_read,
	.finish_read = finish_read,
	.describe = describe,
};

static const struct disk_ops removable_ops = {
	.read = scsi_read,
	.write = scsi_write,
	.start_read = start_read,
	.finish_read = finish_read,
	.describe = describe,
	.load = load,
	.eject = eject,
};

/* --- the scan ------------------------------------------------------------------ */

/* The answers to what is asked of one unit, in this order. */
struct probe {
	uint16_t lun;
	uint8_t target;
	uint8_t inquiry[INQUIRY_SIZE];
	uint8_t capacity[CAPACITY_10_SIZE];
	uint8_t mode[MODE_SENSE_SIZE];
};

enum { ASK_INQUIRY, ASK_ATTENTION, ASK_CAPACITY, ASK_MODE, QUESTIONS };

/* Scratch memory, the same for all buses. */
struct scan {
	struct scsi_command commands[SCSI_SCAN_BATCH];
	struct probe probes[PROBE_BATCH];
	unsigned probe_count;
	struct scsi_command questions[PROBE_BATCH * QUESTIONS];
	uint8_t luns[SCSI_SCAN_BATCH][LUN_LIST_SIZE];
};

static struct scan *scan;

static bool succeeded(const struct scsi_command *command)
{
	return !command->error && command->status == SCSI_GOOD;
}

static void ask(struct probe *probe, struct scsi_command *questions)
{
	for (unsigned i = 0; i < QUESTIONS; i++)
		questions[i] = (struct scsi_command){.target = probe->target, .lun = probe->lun};
	questions[ASK_INQUIRY].cdb[0] = INQUIRY;
	questions[ASK_INQUIRY].cdb[4] = INQUIRY_SIZE;
	set_data(&questions[ASK_INQUIRY], probe->inquiry, INQUIRY_SIZE);
	questions[ASK_ATTENTION].cdb[0] = READ_CAPACITY_10;
	set_data(&questions[ASK_ATTENTION], probe->capacity, CAPACITY_10_SIZE);
	questions[ASK_CAPACITY] = questions[ASK_ATTENTION];
	questions[ASK_MODE].cdb[0] = MODE_SENSE_6;
	questions[ASK_MODE].cdb[2] = MODE_ALL_PAGES;
	questions[ASK_MODE].cdb[4] = MODE_SENSE_SIZE;
	set_data(&questions[ASK_MODE], probe->mode, MODE_SENSE_SIZE);
}

/* What kind of disk a unit is, DISK_KINDS if it is none. */
static enum disk_kind kind_of(const struct probe *probe)
{
	if (probe->inquiry[0] >> 5) /* qualifier: nothing is connected there */
		return DISK_KINDS;
	switch (probe->inquiry[0] & 0x1f) {
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

static int size_of(struct scsi_disk *scsi, const struct probe *probe,
		   const struct scsi_command *answer)
{
	uint32_t last = get32(probe->capacity);
	int error;

	if (succeeded(answer) && !answer->residual && last != UINT32_MAX)
		return set_capacity(&scsi->disk, (uint64_t)last + 1, get32(probe->capacity + 4));
	error = read_capacity(scsi);
	if (error == ERR_NOMEDIUM && scsi->disk.kind == DISK_CD)
		return set_capacity(&scsi->disk, 0, CD_SECTOR_SIZE);
	return error;
}

/* Registers a unit, if it is a disk. */
static int add(struct scsi_bus *bus, const struct probe *probe, const struct scsi_command *answers)
{
	enum disk_kind kind = kind_of(probe);
	struct scsi_disk *scsi;
	struct disk *disk;
	uint32_t max;
	int error;

	if (!succeeded(&answers[ASK_INQUIRY]) || kind == DISK_KINDS)
		return 0;
	scsi = heap_alloc(sizeof(*scsi), 8);
	if (!scsi)
		return ERR_NOMEM;
	disk = &scsi->disk;
	scsi->bus = bus;
	disk->kind = kind;
	disk->ops = kind == DISK_CD ? &removable_ops : &disk_ops;
	disk->base = bus->base;
	disk->on_scsi = true;
	disk->target = probe->target;
	disk->lun = probe->lun;
	format(disk->name, sizeof(disk->name), "%s %u:%u", bus->name, disk->target, disk->lun);
	error = size_of(scsi, probe, &answers[ASK_CAPACITY]);
	max = error ? 0 : bus->max_bytes / disk->block_size;
	if (!max) { /* or the bus carries not even a block */
		say("%s: not ready\n", disk->name);
		return 0;
	}
	disk->max_blocks = max < MAX_COUNT_10 ? max : MAX_COUNT_10;
	disk->read_only = kind == DISK_CD ||
			  (succeeded(&answers[ASK_MODE]) && probe->mode[2] & MODE_WRITE_PROTECTED);
	return disk_register(disk);
}

/* Asks the units that were collected, in one batch. */
static int flush_probes(struct scsi_bus *bus)
{
	unsigned count = scan->probe_count;
	int error = 0;

	scan->probe_count = 0;
	for (unsigned i = 0; i < count; i++)
		ask(&scan->probes[i], scan->questions + i * QUESTIONS);
	if (count)
		bus->ops->run(bus, scan->questions, count * QUESTIONS);
	for (unsigned i = 0; !error && i < count; i++)
		error = add(bus, &scan->probes[i], scan->questions + i * QUESTIONS);
	return error;
}

static int collect(struct scsi_bus *bus, uint8_t target, uint16_t lun)
{
	struct probe *probe = &scan->probes[scan->probe_count++];

	memset(probe, 0, sizeof(*probe));
	probe->target = target;
	probe->lun = lun;
	return scan->probe_count == PROBE_BATCH ? flush_probes(bus) : 0;
}

/* The units of one target, by its answer to REPORT LUNS. */
static int collect_units(struct scsi_bus *bus, const struct scsi_command *answer,
			 const uint8_t *list)
{
	uint32_t length = get32(list), listed = LUN_LIST_SIZE - 8;
	int error = 0;

	if (answer->error) /* of a bus that is silent, one batch is enough to wait for */
		return answer->error == ERR_TIMEOUT ? ERR_TIMEOUT : 0;
	if (!succeeded(answer) || answer->residual > listed)
		return collect(bus, answer->target, 0);
	listed -= answer->residual;
	if (length > listed)
		length = listed;
	for (uint32_t i = 0; !error && i + 8 <= length; i += 8) {
		const uint8_t *entry = list + 8 + i;

		/* SAM-5, 4.6: of one level, by peripheral or by flat addressing */
		if (entry[0] >> 6 <= 1)
			error = collect(bus, answer->target, (entry[0] & 0x3f) << 8 | entry[1]);
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
		put32(command->cdb + 6, LUN_LIST_SIZE);
		set_data(command, scan->luns[i], LUN_LIST_SIZE);
	}
	bus->ops->run(bus, scan->commands, count);
	for (unsigned i = 0; !error && i < count; i++)
		error = collect_units(bus, &scan->commands[i], scan->luns[i]);
	return error;
}

int scsi_scan(struct scsi_bus *bus)
{
	unsigned targets = bus->max_target < 0xff ? bus->max_target + 1 : 0x100;
	int error = 0;

	if (!scan)
		scan = scratch_alloc(sizeof(*scan), 16);
	if (!scan)
		return ERR_NOMEM;
	scan->probe_count = 0;
	for (unsigned first = 0; !error && first < targets; first += SCSI_SCAN_BATCH) {
		unsigned count = targets - first;

		error = scan_targets(bus, first, count < SCSI_SCAN_BATCH ? count : SCSI_SCAN_BATCH);
	}
	return error ? error : flush_probes(bus);
}
