/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * SCSI disks over a bus that answers as the test says, and then at random.
 */
#include "hw/storage/scsi.h"

#include <stdlib.h>
#include <string.h>

#include "block/disks.h"
#include "block/readahead.h"
#include "block/transfer.h"
#include "hw/clock.h"
#include "lib/device.h"
#include "lib/error.h"
#include "lib/format.h"
#include "lib/memory.h"
#include "unit.h"

/* Time passes by polls. */
bool deadline_passed(struct deadline *deadline)
{
	return ++deadline->polls > 100;
}

static uint64_t waited_us;

void clock_wait_us(uint64_t microseconds)
{
	waited_us += microseconds;
}

enum { TICKETS = 2, BUFFER = 0x9000 };

static struct bus {
	struct scsi_bus scsi; /* first */
	struct scsi_command started[TICKETS];
	unsigned runs, commands;
	unsigned attentions; /* still to be reported by the unit */
	bool present, cd, no_medium, no_fua, protected, busy, wild, silent, changing;
	bool started_change; /* what is under way will report that it has been changed */
	bool change;         /* the medium has been changed, which is not reported yet */
	uint8_t medium;      /* its bytes */
	uint32_t short_by;   /* bytes that a read does not bring */
	uint32_t last_block, block_size;
	uint32_t limit;       /* the page of block limits says so many blocks */
	bool no_limits;       /* there is no such page */
	unsigned units;       /* that each target has, instead of one */
	bool not_ready;       /* they are becoming ready ... */
	uint64_t ready_at_us; /* ... until then, by waited_us */
	uint8_t last_opcode;
} bus;

static uint8_t *data_of(const struct scsi_command *command)
{
	return phys_ptr(command->address);
}

static void put32(uint8_t *to, uint32_t value)
{
	value = __builtin_bswap32(value);
	memcpy(to, &value, sizeof(value));
}

static void check_condition(struct scsi_command *command, uint8_t key, uint8_t asc)
{
	command->status = SCSI_CHECK_CONDITION;
	command->key = key;
	command->asc = asc;
}

static void answer_question(struct scsi_command *command)
{
	uint8_t *data = data_of(command);

	memset(data, 0, command->length);
	switch (command->cdb[0]) {
	case 0x28:
		memset(data, bus.medium, command->length);
		command->residual = bus.short_by;
		break;
	case 0xa0: /* REPORT LUNS: one unit, number 0x123 */
		put32(data, 8);
		data[8] = 0x41;
		data[9] = 0x23;
		command->residual = command->length - 16;
		if (!bus.units)
			break;
		put32(data, 8 * bus.units);
		for (unsigned i = 0; i < bus.units; i++)
			data[8 + 8 * i] = 0x40 | i >> 8, data[9 + 8 * i] = i;
		command->residual = command->length - 8 - 8 * bus.units;
		break;
	case 0x12:
		if (command->cdb[1]) { /* vital product data */
			ok(command->cdb[1] == 1 && command->cdb[2] == 0xb0);
			ok(command->cdb[4] == command->length && command->length == 12);
			data[0] = bus.cd ? 5 : 0;
			data[1] = 0xb0;
			data[3] = 0x3c;
			put32(data + 8, bus.limit);
			break;
		}
		data[0] = bus.cd ? 5 : 0;
		memcpy(data + 8, "VENDOR  PRODUCT         ", 24);
		break;
	case 0x25:
		put32(data, bus.last_block);
		put32(data + 4, bus.block_size);
		break;
	case 0x9e:
		put32(data, 1);
		put32(data + 4, 0xff);
		put32(data + 8, bus.block_size);
		break;
	case 0x1a:
		data[2] = bus.protected ? 0x80 : 0;
		break;
	}
}

static void answer(struct scsi_command *command)
{
	bool free_of_attention = command->cdb[0] == 0xa0 || command->cdb[0] == 0x12;
	bool medium_needed = command->cdb[0] != 0x1a && !free_of_attention;
	bool write = command->cdb[0] == 0x2a || command->cdb[0] == 0x8a;

	command->error = 0;
	command->status = SCSI_GOOD;
	command->residual = 0;
	bus.commands++;
	bus.last_opcode = command->cdb[0];
	if (!bus.present || (command->target != 7 && !bus.units))
		command->error = ERR_NOENT;
	else if (bus.not_ready && waited_us < bus.ready_at_us && medium_needed)
		check_condition(command, 2, 0x04);
	else if (bus.no_limits && command->cdb[0] == 0x12 && command->cdb[1])
		check_condition(command, 5, 0x24);
	else if (bus.busy)
		command->status = SCSI_BUSY;
	else if (bus.attentions && !free_of_attention) {
		bus.attentions--;
		check_condition(command, 6, 0x29);
	} else if (bus.change && !free_of_attention) {
		bus.change = false;
		check_condition(command, 6, 0x28);
	} else if (bus.no_medium && medium_needed)
		check_condition(command, 2, 0x3a);
	else if (bus.no_fua && write && command->cdb[1])
		check_condition(command, 5, 0x24);
	else if (!command->to_device && command->length)
		answer_question(command);
}

/* Any result, any data. */
static void lie(struct scsi_command *command)
{
	uint8_t *data = data_of(command);

	for (uint32_t i = 0; !command->to_device && i < command->length; i++)
		data[i] = rand() % 4 ? 0 : rand();
	command->error = rand() % 8 ? 0 : ERR_IO;
	command->status = rand() % 2 ? SCSI_GOOD : SCSI_CHECK_CONDITION;
	command->key = rand() % 16;
	command->asc = rand() % 2 ? 0x28 : rand();
	command->residual = rand() % 4 ? 0 : rand();
}

static void run(struct scsi_bus *scsi, struct scsi_command *commands, unsigned count)
{
	ok(scsi == &bus.scsi);
	ok(count >= 1 && count <= SCSI_SCAN_BATCH);
	bus.runs++;
	for (unsigned i = 0; i < count; i++) {
		if (bus.silent)
			commands[i].error = ERR_TIMEOUT;
		else if (bus.wild)
			lie(&commands[i]);
		else if (bus.changing)
			check_condition(&commands[i], 6, 0x28); /* medium changed */
		else
			answer(&commands[i]);
	}
}

/* What was started is answered only when it is waited for. */
static int start(struct scsi_bus *scsi, const struct scsi_command *command)
{
	for (int ticket = 0; ticket < TICKETS; ticket++) {
		if (bus.started[ticket].length)
			continue;
		ok(scsi == &bus.scsi && command->length);
		bus.started[ticket] = *command;
		return ticket;
	}
	return ERR_NOMEM;
}

static void finish(struct scsi_bus *scsi, int ticket, struct scsi_command *command)
{
	ok(ticket >= 0 && ticket < TICKETS && bus.started[ticket].length);
	*command = bus.started[ticket];
	bus.started[ticket].length = 0;
	bus.change |= bus.started_change;
	bus.started_change = false;
	run(scsi, command, 1);
}

static const struct scsi_ops ops = {.run = run, .start = start, .finish = finish};

static size_t controller_path(const struct device *device, char *to, size_t size)
{
	return format(to, size, "/controller@%llx", device->address);
}

static void controller_edd(const struct device *device, struct edd_path *edd)
{
	memcpy(edd->bus, "TEST", 4);
	edd->interface_path = device->address;
}

static const struct device_bus controller_bus = {.path = controller_path, .edd = controller_edd};
static struct device *controller;

/* A controller of its own for each bus: disks that were found stay registered. It comes
 * before all others. */
static void new_controller(void)
{
	static struct device controllers[200];
	static unsigned count;

	if (count == sizeof(controllers) / sizeof(controllers[0]))
		abort();
	controller = &controllers[count++];
	device_init(controller, &controller_bus, NULL, 0xfeb00000 + count * 0x200);
	controller->order = 1000 - count;
	strcpy(controller->name, "bus");
}

static void begin(void)
{
	memset(&bus, 0, sizeof(bus));
	bus.scsi.ops = &ops;
	new_controller();
	bus.scsi.device = controller;
	bus.scsi.max_target = 255;
	bus.scsi.max_bytes = 1 << 20;
	bus.present = true;
	bus.last_block = 999;
	bus.block_size = 512;
}

/* The disk of the bus of this test. */
static struct disk *found(void)
{
	struct disk *disk = disk_first();

	return disk && disk->device->parent == controller ? disk : NULL;
}

/* Target and unit, as a boot order and INT 13h 48h name them. */
static bool is_at_7_123(const struct device *device)
{
	struct edd_path edd;
	char path[80], expected[80];

	device_edd_path(device, &edd);
	device_path(device, path, sizeof(path));
	format(expected, sizeof(expected), "/controller@%llx/channel@0/disk@7,123",
	       controller->address);
	return !strcmp(path, expected) && !memcmp(edd.bus, "TEST", 4) &&
	       edd.interface_path == controller->address && !memcmp(edd.interface, "SCSI    ", 8) &&
	       edd.device_path[0] == (7 | 0x123 << 16) && !edd.device_path[1];
}

static void scan(void)
{
	struct disk *disk;

	begin();
	bus.present = false;
	ok(!scsi_scan(&bus.scsi) && bus.runs == 8 && bus.commands == 256 && !found());

	begin();
	bus.attentions = 1;
	ok(!scsi_scan(&bus.scsi) && bus.runs == 9);
	disk = found();
	ok(disk && is_at_7_123(disk->device));
	ok(disk->blocks == 1000 && disk->block_size == 512 && !disk->read_only);
	ok(disk->kind == DISK_HARD && disk->max_blocks == 2048);

	begin();
	bus.attentions = 1;
	bus.protected = true;
	bus.last_block = UINT32_MAX;
	bus.block_size = 4096;
	ok(!scsi_scan(&bus.scsi));
	disk = found();
	ok(disk && disk->blocks == (1ull << 32) + 0x100 && disk->read_only);

	begin();
	bus.attentions = 5;
	ok(!scsi_scan(&bus.scsi) && found() && found()->blocks == 1000);

	begin();
	bus.block_size = 520;
	ok(!scsi_scan(&bus.scsi) && !found());
	machine_said("not supported");

	begin();
	bus.busy = true; /* for ever */
	ok(!scsi_scan(&bus.scsi) && !found());
}

static void cd(void)
{
	struct disk *disk;
	uint32_t done;

	begin();
	bus.cd = bus.no_medium = true;
	ok(!scsi_scan(&bus.scsi));
	disk = found();
	ok(disk && disk->kind == DISK_CD && !disk->blocks && disk->read_only);
	ok(disk_transfer(disk, DISK_READ, 0, 1, BUFFER, &done) == ERR_NOMEDIUM);
	bus.no_medium = false;
	bus.block_size = 2048;
	ok(!disk_transfer(disk, DISK_READ, 0, 1, BUFFER, &done) && done == 1);
	ok(disk->blocks == 1000);
}

/* Windows that were read of one medium are not for the next one. */
static void new_medium(void)
{
	struct disk *disk;
	uint32_t done;
	uint8_t told;

	begin();
	bus.cd = true;
	bus.block_size = 2048;
	ok(!scsi_scan(&bus.scsi));
	disk = found();
	bus.medium = 1;
	for (unsigned lba = 0; lba < 8; lba++)
		ok(!disk_transfer(disk, DISK_READ, lba, 1, BUFFER, &done));
	bus.commands = 0;
	ok(!disk_transfer(disk, DISK_READ, 8, 1, BUFFER, &done));
	ok(bus.commands == 1 && bus.last_opcode == 0x25); /* is it still there? */
	told = disk->changes;
	bus.medium = 2;
	bus.change = true;
	ok(!disk_transfer(disk, DISK_READ, 9, 1, BUFFER, &done));
	ok(disk->changes == (uint8_t)(told + 1));
	ok(*(uint8_t *)phys_ptr(BUFFER) == 2);
	for (unsigned lba = 10; lba < 20; lba++) /* the new one is read ahead, too */
		ok(!disk_transfer(disk, DISK_READ, lba, 1, BUFFER, &done));
	bus.no_medium = true;
	ok(disk_transfer(disk, DISK_READ, 20, 1, BUFFER, &done) == ERR_NOMEDIUM);
	ok(disk->changes == (uint8_t)(told + 2));
}

/* Whoever asks after a command that was in flight when the medium was changed gets no
 * answer to that: the window that it was to fill tells. Those whose blocks begin before a
 * window must not go on in it, either. */
static void new_medium_told_to_a_window(void)
{
	uint8_t expected[12 * 2048];
	struct disk *disk;
	uint32_t done;

	for (unsigned first = 0; first < 2; first++) {
		readahead_drop();
		begin();
		bus.cd = true;
		bus.block_size = 2048;
		ok(!scsi_scan(&bus.scsi));
		disk = found();
		bus.medium = 1;
		for (unsigned lba = 0; lba < 3; lba++) /* now the second window is under way */
			ok(!disk_transfer(disk, DISK_READ, lba, 1, BUFFER, &done));
		bus.medium = 2;
		bus.started_change = true;
		ok(!disk_transfer(disk, DISK_READ, first ? 1 : 3, 12, BUFFER, &done));
		memset(expected, 2, sizeof(expected));
		ok(disk->changes && !memcmp(phys_ptr(BUFFER), expected, sizeof(expected)));
	}
}

/* The new medium is larger, or smaller. */
static void new_size(void)
{
	struct disk *disk;
	uint32_t done;

	begin();
	bus.cd = true;
	bus.block_size = 2048;
	ok(!scsi_scan(&bus.scsi));
	disk = found();
	bus.change = true;
	bus.last_block = 4999;
	ok(!disk_transfer(disk, DISK_READ, 4999, 1, BUFFER, &done) && disk->blocks == 5000);
	bus.change = true;
	bus.last_block = 99;
	ok(!disk_ask_medium(disk) && disk->blocks == 100);
	ok(disk_transfer(disk, DISK_READ, 100, 1, BUFFER, &done) == ERR_RANGE);
	ok(disk_verify(disk, 100, 1) == ERR_RANGE);
	bus.last_block = 199; /* and this is not even said */
	ok(!disk_verify(disk, 100, 1));
}

/* A unit says that its medium has changed once, even to a read-ahead. */
static void new_medium_in_flight(void)
{
	struct disk *disk;
	uint8_t told;
	int ticket;

	begin();
	bus.cd = true;
	bus.block_size = 2048;
	ok(!scsi_scan(&bus.scsi));
	disk = found();
	told = disk->changes;
	ticket = disk->ops->start_read(disk, 5, 1, BUFFER);
	ok(ticket >= 0);
	bus.change = true;
	ok(disk->ops->finish_read(disk, ticket) == ERR_IO);
	ok(disk->changes == (uint8_t)(told + 1));
	ticket = disk->ops->start_read(disk, 5, 1, BUFFER);
	ok(ticket >= 0 && !disk->ops->finish_read(disk, ticket));
	ticket = disk->ops->start_read(disk, 5, 1, BUFFER);
	bus.short_by = 1;
	ok(ticket >= 0 && disk->ops->finish_read(disk, ticket) == ERR_IO);
}

static void writing(void)
{
	struct disk *disk;

	begin();
	ok(!scsi_scan(&bus.scsi));
	disk = found();
	ok(!disk->ops->write(disk, 5, 1, BUFFER) && bus.last_opcode == 0x2a);
	bus.no_fua = true;
	ok(!disk->ops->write(disk, 5, 1, BUFFER) && bus.last_opcode == 0x35);
	ok(!disk->ops->write(disk, 5, 1, BUFFER) && bus.last_opcode == 0x35);
	bus.present = false;
	ok(disk->ops->write(disk, 5, 1, BUFFER) == ERR_NOENT);
	bus.present = true;
	ok(!disk->ops->read(disk, 0x100000000ull, 1, BUFFER) && bus.last_opcode == 0x88);
}

/* A device that lies in everything costs a bounded number of commands. */
static void wild(void)
{
	struct disk *disk;
	uint32_t done;

	begin();
	ok(!scsi_scan(&bus.scsi));
	disk = found();
	bus.wild = true;
	for (unsigned seed = 0; seed < 2000; seed++) {
		srand(seed);
		bus.runs = 0;
		disk_transfer(disk, DISK_READ, rand() % 1000, 1, BUFFER, &done);
		ok(bus.runs < 3000);
	}
	for (unsigned seed = 0; seed < 50; seed++) {
		begin();
		bus.wild = true;
		srand(seed);
		scsi_scan(&bus.scsi);
		ok(bus.runs < 300000);
	}
}

/* A bus that does not answer is not asked on, and one that carries no block, or has
 * a medium that changes all the time, is no reason to go round for ever. */
static void hopeless(void)
{
	uint32_t done;
	struct disk *disk;

	begin();
	bus.silent = true;
	ok(scsi_scan(&bus.scsi) == ERR_TIMEOUT && bus.runs == 1 && !found());
	begin();
	bus.scsi.max_bytes = 511;
	ok(!scsi_scan(&bus.scsi) && !found());
	ok(machine_said(": not ready\n"));
	begin();
	ok(!scsi_scan(&bus.scsi));
	disk = found();
	bus.changing = true;
	bus.runs = 0;
	ok(disk && disk_transfer(disk, DISK_READ, 0, 1, BUFFER, &done) == ERR_IO);
	ok(bus.runs < 100);
	machine_said("");
	bus.changing = false;
	bus.attentions = 1;
	bus.block_size *= 2;
	disk_transfer(disk, DISK_READ, 0, 1, BUFFER, &done);
	ok(disk->block_size == 512);
	machine_said("");
}

/* The most blocks of a transfer, where a unit names them. */
static void limits(void)
{
	uint32_t done;

	begin();
	bus.limit = 8;
	ok(!scsi_scan(&bus.scsi) && found()->max_blocks == 8);
	bus.commands = 0;
	ok(!disk_transfer(found(), DISK_READ, 0, 20, BUFFER, &done) && bus.commands == 3);
	begin();
	bus.limit = 8;
	bus.no_limits = true; /* and what was in memory does not count */
	ok(!scsi_scan(&bus.scsi) && found()->max_blocks == 2048);
	begin();
	bus.limit = 1 << 30; /* more than the bus carries */
	ok(!scsi_scan(&bus.scsi) && found()->max_blocks == 2048);
	begin();
	bus.scsi.max_bytes = UINT32_MAX;
	ok(!scsi_scan(&bus.scsi) && found()->max_blocks == 65535);
}

/* Thousands of units that never become ready: all of them get ten seconds, not each of
 * them, and take no memory and few lines. */
static void never_ready(void)
{
	uint32_t before = memory_arena().start;

	begin();
	bus.units = 20;
	bus.not_ready = true;
	bus.ready_at_us = UINT64_MAX;
	waited_us = 0;
	ok(!scsi_scan(&bus.scsi) && !found());
	ok(waited_us == 10000000);
	ok(before - memory_arena().start < 8192);
	ok(machine_said_only("bus 0:0: not ready\nbus 0:1: not ready\nbus 0:2: not ready\n"
			     "bus 0:3: not ready\nbus 0:4: not ready\nbus 0:5: not ready\n"
			     "bus 0:6: not ready\nbus 0:7: not ready\n"
			     "bus: 5112 more units are not ready\n"));
}

/* They all start at the same time. */
static void ready_later(void)
{
	unsigned count = 0;

	begin();
	bus.units = 1;
	bus.scsi.max_target = 49;
	bus.not_ready = true;
	waited_us = 0;
	bus.ready_at_us = 6000000;
	ok(!scsi_scan(&bus.scsi) && waited_us == 6000000);
	for (struct disk *disk = disk_first(); disk; disk = disk->next)
		count += disk->device->parent == controller;
	ok(count == 50);
	waited_us = 0; /* each command of a disk at work has such a time of its own */
	bus.ready_at_us = UINT64_MAX;
	ok(found()->ops->read(found(), 0, 1, BUFFER) == ERR_IO && waited_us == 10000000);
	bus.ready_at_us = waited_us + 500000;
	ok(!found()->ops->read(found(), 0, 1, BUFFER) && waited_us == 10500000);
}

int main(void)
{
	machine_reset();
	hopeless();
	never_ready();
	ready_later();
	limits();
	scan();
	readahead_init();
	cd();
	new_medium();
	new_medium_told_to_a_window();
	new_size();
	new_medium_in_flight();
	writing();
	wild();
	return done();
}
