/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * A port of an AHCI controller. A command is a header in the port's list, and a table with
 * the registers for the device (a frame, FIS), for ATAPI the packet, and where the data are.
 * One register write sends it. The device's answer, a frame with its status, is
 * written to our memory, where we see it by looking there; only if that takes long do we
 * look at the port's registers.
 *
 * Such a frame does not say which command it answers, so the device gets one at a time; the
 * next one is sent when somebody looks.
 *
 * After an error the port must be stopped and started (6.2.2.1). A slot belongs to who
 * submitted its command until it has been waited for, whatever happens meanwhile.
 *
 * Specification: AHCI 1.3.1, 3.3 "Port Registers", 4 "System Memory Structures", 10.1.2
 * "System Software Specific Initialization", 10.4 "Reset".
 */
#include <stddef.h>
#include <string.h>

#include "hw/clock.h"
#include "hw/io.h"
#include "hw/storage/ahci.h"
#include "lib/error.h"
#include "lib/log.h"
#include "lib/memory.h"
#include "lib/util.h"

/* 3.1 and 3.3 */
enum {
	GLOBAL_CONTROL = 0x04,
	GLOBAL_RESET = 1 << 0,

	LIST = 0x00,
	RECEIVED = 0x08,
	INTERRUPTS = 0x10,
	COMMAND = 0x18,
	TASK_FILE = 0x20,
	SIGNATURE = 0x24,
	LINK_STATUS = 0x28,
	LINK_CONTROL = 0x2c,
	LINK_ERRORS = 0x30,
	ISSUE = 0x38,

	COMMAND_START = 1 << 0,
	COMMAND_SPIN_UP = 1 << 1,
	COMMAND_RECEIVE = 1 << 4,
	COMMAND_RECEIVES = 1 << 14,
	COMMAND_RUNS = 1 << 15,

	INTERRUPTS_FATAL = 7 << 27, /* host bus and interface errors */
	INTERRUPTS_ERROR = 1 << 30, /* in the task file */

	LINK_DETECTION = 0xf, /* of its status and of its control */
	LINK_COMING = 1,      /* a device is there, but does not talk yet */
	LINK_UP = 3,
	LINK_RESET = 1,
};

#define GLOBAL_AHCI (1u << 31)
#define VANISHED    0xffffffffu

enum {
	TIMEOUT_MS = 30000,
	READY_TIMEOUT_MS = 10000, /* of a device: SATA's limit for a disk that spins up */
	LINK_TIMEOUT_MS = 1000,
	STOP_TIMEOUT_MS = 500,      /* 10.1.2 */
	LINK_RESET_US = 1000,       /* 10.4.2 */
	POLLS_PER_STATUS = 1 << 16, /* of a wait: looks at memory per look at the registers */
};

/* 4.2.2 "Command List Structure" */
struct ahci_header {
	uint16_t flags;
	uint16_t entries; /* of the table's data */
	uint32_t transferred;
	uint32_t table, table_upper;
	uint32_t reserved[4];
};

enum {
	HEADER_FIS_DWORDS = 5,
	HEADER_PACKET = 1 << 5,
	HEADER_WRITE = 1 << 6,
};

/* 4.2.3 "Command Table": with one piece of data */
struct ahci_table {
	uint8_t fis[64];
	uint8_t packet[64];
	uint64_t data;
	uint32_t reserved;
	uint32_t last; /* byte of the data */
	uint8_t fill[112];
};

enum {
	LIST_ENTRIES = 32,
	LIST_ALIGN = 1024,
	RECEIVED_SIZE = 256,
	RECEIVED_STATUS = 0x40, /* 4.2.1: where a device-to-host register FIS is put */

	/* Serial ATA 3.0, 10.3 "FIS Types" */
	FIS_TO_DEVICE = 0x27,
	FIS_TO_HOST = 0x34,
	FIS_IS_COMMAND = 0x80,
};

struct ahci_memory {
	struct ahci_header list[LIST_ENTRIES];
	volatile uint8_t received[RECEIVED_SIZE];
	struct ahci_table tables[AHCI_SLOTS];
};

/* --- registers ------------------------------------------------------------------- */

static uint32_t read_port(const struct ahci_port *port, uint32_t offset)
{
	return readl(port->registers + offset);
}

static void write_port(const struct ahci_port *port, uint32_t offset, uint32_t value)
{
	writel(port->registers + offset, value);
}

/* Waits until all these bits of a register are clear. One that has vanished has all set. */
static int wait_clear(uint32_t address, uint32_t bits, uint32_t timeout_ms)
{
	struct deadline deadline = deadline_in_ms(timeout_ms);

	while (readl(address) & bits)
		if (deadline_passed(&deadline))
			return ERR_TIMEOUT;
	return 0;
}

/* Writes the command register, and waits until the port obeys. */
static int set_command(const struct ahci_port *port, uint32_t command, uint32_t until_clear)
{
	write_port(port, COMMAND, command);
	return wait_clear(port->registers + COMMAND, until_clear, STOP_TIMEOUT_MS);
}

/* Stops a port, so that it leaves memory alone. If it does not obey, the whole
 * controller is reset; its other ports find that out for themselves. */
static int stop(const struct ahci_port *port)
{
	uint32_t command = read_port(port, COMMAND), stopped = command & ~COMMAND_START;
	int error = 0;

	if (command == VANISHED)
		return ERR_IO;
	if (command & (COMMAND_START | COMMAND_RUNS))
		error = set_command(port, stopped, COMMAND_RUNS);
	if (!error && command & (COMMAND_RECEIVE | COMMAND_RECEIVES))
		error = set_command(port, stopped & ~COMMAND_RECEIVE, COMMAND_RECEIVES);
	if (!error)
		return 0;
	writel(port->controller + GLOBAL_CONTROL, GLOBAL_AHCI | GLOBAL_RESET);
	error = wait_clear(port->controller + GLOBAL_CONTROL, GLOBAL_RESET, LINK_TIMEOUT_MS);
	writel(port->controller + GLOBAL_CONTROL, GLOBAL_AHCI);
	return error;
}

bool ahci_has_device(const struct ahci_port *port)
{
	struct deadline deadline = deadline_in_ms(LINK_TIMEOUT_MS);
	uint32_t detection;

	do
		detection = read_port(port, LINK_STATUS) & LINK_DETECTION;
	while (detection == LINK_COMING && !deadline_passed(&deadline));
	return detection == LINK_UP;
}

/* 10.4.2 "Port Reset" */
static int reset_link(const struct ahci_port *port)
{
	uint32_t control = read_port(port, LINK_CONTROL) & ~LINK_DETECTION;

	write_port(port, LINK_CONTROL, control | LINK_RESET);
	clock_wait_us(LINK_RESET_US);
	write_port(port, LINK_CONTROL, control);
	return ahci_has_device(port) ? 0 : ERR_NOENT;
}

static void write_address(const struct ahci_port *port, uint32_t offset, const volatile void *p)
{
	write_port(port, offset, ptr_phys(p));
	write_port(port, offset + 4, 0);
}

/* Starts a port that is stopped, as soon as its device is ready for commands. */
static int start(const struct ahci_port *port)
{
	uint32_t command = read_port(port, COMMAND) & ~COMMAND_START;
	int error;

	write_address(port, LIST, port->memory->list);
	write_address(port, RECEIVED, port->memory->received);
	write_port(port, LINK_ERRORS, UINT32_MAX); /* writing ones clears them */
	write_port(port, INTERRUPTS, UINT32_MAX);
	command |= COMMAND_SPIN_UP | COMMAND_RECEIVE;
	write_port(port, COMMAND, command);
	error = wait_clear(port->registers + TASK_FILE, ATA_BUSY | ATA_REQUEST, READY_TIMEOUT_MS);
	if (!error)
		write_port(port, COMMAND, command | COMMAND_START);
	return error;
}

static int give_up(struct ahci_port *port, int error)
{
	port->broken = true;
	stop(port);
	return error;
}

/* Brings a port back to work whose device may hang: with nothing in flight. */
static int restart(struct ahci_port *port)
{
	int error = stop(port);

	for (unsigned i = 0; i < AHCI_SLOTS; i++)
		if (port->slot[i].state == AHCI_WAITING || port->slot[i].state == AHCI_SENT)
			port->slot[i].state = AHCI_LOST;
	port->sent = AHCI_NOTHING;
	if (!error)
		error = reset_link(port);
	if (!error)
		error = start(port);
	port->broken = error;
	return error;
}

/* 6.2.2.1 "Non-Queued Error Recovery": the command that has failed is over, those that
 * wait are sent afterwards. */
static void recover(struct ahci_port *port)
{
	int error = stop(port);

	if (!error && read_port(port, TASK_FILE) & (ATA_BUSY | ATA_REQUEST))
		error = reset_link(port);
	if (!error)
		error = start(port);
	if (error)
		give_up(port, error);
}

/* --- commands -------------------------------------------------------------------- */

static void fill_fis(uint8_t *fis, const struct ahci_command *command)
{
	memset(fis, 0, HEADER_FIS_DWORDS * sizeof(uint32_t));
	fis[0] = FIS_TO_DEVICE;
	fis[1] = FIS_IS_COMMAND;
	fis[2] = command->opcode;
	fis[3] = command->features;
	fis[4] = command->lba;
	fis[5] = command->lba >> 8;
	fis[6] = command->lba >> 16;
	fis[7] = command->device;
	fis[8] = command->lba >> 24;
	fis[9] = command->lba >> 32;
	fis[10] = command->lba >> 40;
	fis[12] = command->count;
	fis[13] = command->count >> 8;
}

static void fill_slot(struct ahci_memory *memory, unsigned slot, const struct ahci_command *command)
{
	struct ahci_header *header = &memory->list[slot];
	struct ahci_table *table = &memory->tables[slot];

	*header = (struct ahci_header){
		.flags = HEADER_FIS_DWORDS | (command->packet ? HEADER_PACKET : 0) |
			 (command->to_device ? HEADER_WRITE : 0),
		.entries = command->length ? 1 : 0,
		.table = ptr_phys(table),
	};
	fill_fis(table->fis, command);
	if (command->packet)
		memcpy(table->packet, command->packet, AHCI_PACKET_SIZE);
	table->data = command->address;
	table->last = command->length - 1;
}

/* Sends a command to the device, which has none. */
static void send(struct ahci_port *port, int slot)
{
	port->memory->received[RECEIVED_STATUS] = 0;
	port->slot[slot].state = AHCI_SENT;
	port->sent = slot;
	memory_barrier();
	write_port(port, ISSUE, 1u << slot);
}

static void send_next(struct ahci_port *port)
{
	for (int slot = 0; port->sent == AHCI_NOTHING && !port->broken && slot < port->slots;
	     slot++)
		if (port->slot[slot].state == AHCI_WAITING)
			send(port, slot);
}

/* Takes over what became of the command with the device. */
static void finish(struct ahci_port *port, uint8_t status, uint8_t error)
{
	int slot = port->sent;
	struct ahci_result *result = &port->slot[slot].result;
	uint32_t transferred = *(volatile uint32_t *)&port->memory->list[slot].transferred;

	result->status = status;
	result->error = error;
	result->residual -= min_u32(transferred, result->residual);
	port->slot[slot].state = AHCI_DONE;
	port->sent = AHCI_NOTHING;
	if (status & (ATA_ERROR | ATA_FAULT))
		recover(port);
	send_next(port);
}

/* Looks whether the device has answered. */
static bool poll_memory(struct ahci_port *port)
{
	const volatile uint8_t *fis = port->memory->received + RECEIVED_STATUS;

	if (fis[0] != FIS_TO_HOST || fis[2] & ATA_BUSY)
		return false;
	finish(port, fis[2], fis[3]);
	return true;
}

/* The same by the port's registers, for what ends without such a frame: a PIO read, or an
 * error on the link. Returns what is wrong with the port, or NULL. */
static const char *poll_registers(struct ahci_port *port)
{
	uint32_t command = read_port(port, COMMAND), interrupts, task_file;

	if (command == VANISHED)
		return "the controller has vanished";
	if (!(command & COMMAND_START))
		return "the port was stopped";
	interrupts = read_port(port, INTERRUPTS);
	if (interrupts & INTERRUPTS_FATAL)
		return "the port reports a fatal error";
	if ((read_port(port, LINK_STATUS) & LINK_DETECTION) != LINK_UP)
		return "the device has gone";
	if (!(interrupts & INTERRUPTS_ERROR) && read_port(port, ISSUE) & 1u << port->sent)
		return NULL;
	task_file = read_port(port, TASK_FILE);
	if (interrupts & INTERRUPTS_ERROR)
		task_file |= ATA_ERROR;
	finish(port, task_file, task_file >> 8);
	return NULL;
}

/* Waits until the command with the device is done. */
static int wait_sent(struct ahci_port *port)
{
	struct deadline deadline = deadline_in_ms(TIMEOUT_MS);
	int slot = port->sent;

	for (unsigned polls = 1; !poll_memory(port); polls++) {
		const char *trouble = NULL;

		if (polls % POLLS_PER_STATUS == 0)
			trouble = poll_registers(port);
		if (port->slot[slot].state == AHCI_DONE)
			return 0;
		if (trouble) {
			say("%s: %s\n", port->device.name, trouble);
			return give_up(port, ERR_IO);
		}
		if (deadline_passed(&deadline)) {
			say("%s: no answer within %u ms\n", port->device.name, TIMEOUT_MS);
			return give_up(port, ERR_TIMEOUT);
		}
	}
	return 0;
}

unsigned ahci_used_slots(const struct ahci_port *port)
{
	unsigned used = 0;

	for (unsigned i = 0; i < port->slots; i++)
		used += port->slot[i].state != AHCI_FREE;
	return used;
}

/* A free slot, the one that was used last only if there is no other: the controller may not
 * be quite done with it. */
static int free_slot(const struct ahci_port *port)
{
	for (unsigned i = 1; i <= port->slots; i++) {
		unsigned slot = (port->last + i) % port->slots;

		if (port->slot[slot].state == AHCI_FREE)
			return slot;
	}
	return ERR_NOMEM;
}

int ahci_submit(struct ahci_port *port, const struct ahci_command *command)
{
	int slot = free_slot(port);

	if (port->broken)
		return ERR_IO;
	if (slot < 0)
		return slot;
	if (!port->can_64 && command->address + command->length > FOUR_GIB)
		return ERR_RANGE;
	if (port->sent != AHCI_NOTHING)
		poll_memory(port);
	if (slot == port->last && wait_clear(port->registers + ISSUE, 1u << slot, STOP_TIMEOUT_MS))
		return give_up(port, ERR_IO);
	fill_slot(port->memory, slot, command);
	port->slot[slot].result.residual = command->length;
	port->slot[slot].state = AHCI_WAITING;
	port->last = slot;
	send_next(port);
	return slot;
}

int ahci_wait(struct ahci_port *port, int slot, struct ahci_result *result)
{
	enum ahci_slot_state state = port->slot[slot].state;
	int error = 0;

	while (!error && (state == AHCI_WAITING || state == AHCI_SENT)) {
		error = port->broken ? ERR_IO : wait_sent(port);
		state = port->slot[slot].state;
	}
	port->slot[slot].state = AHCI_FREE;
	*result = port->slot[slot].result;
	if (!error && state != AHCI_DONE)
		error = ERR_IO;
	return error;
}

/* A port that fails meanwhile, or was stopped by somebody, gets a second chance: the
 * caller need not know. It has none after a timeout. */
int ahci_run(struct ahci_port *port, const struct ahci_command *command, struct ahci_result *result)
{
	int error = 0;

	for (unsigned tries = 0; tries < 2; tries++) {
		int slot;

		if (port->broken)
			error = restart(port);
		if (error)
			return error;
		slot = ahci_submit(port, command);
		error = slot < 0 ? slot : ahci_wait(port, slot, result);
		if (error != ERR_IO || !port->broken)
			return error;
		error = 0;
	}
	return ERR_IO;
}

int ahci_begin(struct ahci_port *port, uint32_t *signature)
{
	int error;

	port->sent = AHCI_NOTHING;
	port->last = port->slots - 1;
	port->memory = memory_alloc(sizeof(*port->memory), LIST_ALIGN);
	if (!port->memory)
		return ERR_NOMEM;
	error = stop(port);
	if (!error)
		error = start(port);
	if (error)
		return give_up(port, error);
	*signature = read_port(port, SIGNATURE);
	return 0;
}
