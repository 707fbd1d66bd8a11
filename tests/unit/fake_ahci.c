/* SPDX-License-Identifier: LGPL-3.0-or-later */
#include "fake_ahci.h"

#include <sanitizer/asan_interface.h>
#include <string.h>

#include "fake_function.h"
#include "hw/io.h"
#include "lib/memory.h"
#include "lib/util.h"
#include "rules.h"

enum {
	CAPABILITIES = 0x00,
	GLOBAL_CONTROL = 0x04,
	PORTS_IMPLEMENTED = 0x0c,
	PORTS = 0x100,
	PORT_SIZE = 0x80,

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

	START = 1 << 0,
	RECEIVE = 1 << 4,
	RECEIVES = 1 << 14,
	RUNS = 1 << 15,

	READY = 0x50, /* status of a device that has nothing to do */
	BUSY = 0x80,
	ERROR = 0x01,
	TASK_FILE_ERROR = 1 << 30,

};

struct fake_ahci fake_ahci;

void fake_ahci_init(void)
{
	memset(&fake_ahci, 0, sizeof(fake_ahci));
	fake_ahci.capabilities = 1u << 31 | 31 << 8 | (FAKE_AHCI_PORTS - 1);
	fake_ahci.blocks = 2000;
	fake_ahci.block_size = 512;
	fake_ahci.ports[1].kind = FAKE_DISK;
	fake_bar_size = 0x1000;
}

uint8_t fake_ahci_byte(uint64_t position)
{
	return position ^ position >> 9;
}

static void *memory(uint64_t address, uint64_t length)
{
	must(address + length >= address && address + length <= MACHINE_MEMORY);
	return phys_ptr(address);
}

/* --- commands ---------------------------------------------------------------------- */

/* A command as the controller finds it in memory. */
struct command {
	uint8_t *header, *fis, *packet;
	bool writes;
	uint64_t address;
	uint32_t length;
};

static uint32_t get32(const uint8_t *from)
{
	return get_le32(from);
}

static struct command fetch(const struct fake_ahci_port *port, unsigned slot)
{
	uint8_t *header = memory(port->list + 32 * slot, 32), *table, *data;
	uint64_t table_address = get32(header + 8) | (uint64_t)get32(header + 12) << 32;
	struct command command = {.header = header};

	must(table_address % 128 == 0 && (header[0] & 0x1f) == 5 && !header[1]);
	table = memory(table_address, 0x80);
	command.fis = table;
	command.packet = header[0] & 0x20 ? table + 0x40 : NULL;
	command.writes = header[0] & 0x40;
	must(table[0] == 0x27 && table[1] == 0x80);
	must(!command.packet == (table[2] != 0xa0));
	if (!(header[2] | header[3] << 8))
		return command;
	must(header[2] == 1 && !header[3]);
	data = memory(table_address + 0x80, 16);
	command.address = get32(data) | (uint64_t)get32(data + 4) << 32;
	command.length = get32(data + 12) + 1;
	must(command.address % 2 == 0 && command.length % 2 == 0 && command.length <= 4u << 20);
	must(fake_ahci.capabilities >> 31 || command.address + command.length <= FOUR_GIB);
	return command;
}

bool fake_ahci_has(unsigned n, uint64_t *address, uint32_t *length)
{
	const struct fake_ahci_port *port = &fake_ahci.ports[n];
	struct command command;

	if (!port->issued || port->failed)
		return false;
	command = fetch(port, __builtin_ctz(port->issued));
	*address = command.address;
	*length = command.length;
	return command.length;
}

/* Reads or writes from a position of the disk on. */
static uint32_t transfer(const struct command *command, uint64_t position)
{
	bool reachable = command->address + command->length <= MACHINE_MEMORY;
	uint8_t *data = phys_ptr(reachable ? command->address : 0);

	fake_ahci.last_address = command->address;
	if (command->writes) {
		fake_ahci.writes++;
		must(!reachable || !__asan_region_is_poisoned(data, command->length));
		return command->length;
	}
	fake_ahci.reads++;
	for (uint32_t i = 0; reachable && i < command->length; i++)
		data[i] = fake_ahci_byte(position + i);
	return command->length;
}

static void give(const struct command *command, uint8_t *answer, uint32_t size,
		 struct fake_ahci_result *result)
{
	uint32_t length = min_u32(command->length, size);

	must(!command->writes);
	memcpy(memory(command->address, command->length), answer, length);
	if (fake_ahci.lie_answer)
		fake_ahci.lie_answer(phys_ptr(command->address), command->length);
	result->transferred = length;
}

static void put_words(uint8_t *words, unsigned first, unsigned count, const char *text)
{
	for (unsigned i = 0; i < 2 * count; i++)
		words[(2 * first + i) ^ 1] = *text ? *text++ : ' ';
}

static void identify(const struct command *command, struct fake_ahci_result *result)
{
	uint16_t words[256] = {0};

	put_words((uint8_t *)words, 10, 10, "SERIAL");
	put_words((uint8_t *)words, 27, 20, "A model");
	words[83] = 1 << 14 | (fake_ahci.no_48_bits ? 0 : 1 << 10);
	memcpy(words + 100, &fake_ahci.blocks, 8);
	words[106] = 1 << 14;
	if (fake_ahci.block_size != 512) {
		words[106] |= 1 << 12;
		words[117] = fake_ahci.block_size / 2;
		words[118] = fake_ahci.block_size / 2 >> 16;
	}
	give(command, (uint8_t *)words, sizeof(words), result);
	result->frame = false;
}

static void serve_disk(const struct command *command, struct fake_ahci_result *result)
{
	const uint8_t *fis = command->fis;
	uint64_t lba = get32(fis + 4) & 0xffffff;
	uint32_t count = fis[12] | fis[13] << 8;

	lba |= (uint64_t)(get32(fis + 8) & 0xffffff) << 24;
	fake_ahci.last_opcode = fis[2];
	switch (fis[2]) {
	case 0xec:
		identify(command, result);
		return;
	case 0xea:
		must(!command->length);
		fake_ahci.flushes++;
		return;
	}
	must((fis[2] == 0x25 && !command->writes) || (fis[2] == 0x35 && command->writes));
	must(fis[7] == 0x40);
	count = count ? count : 0x10000;
	must(lba < fake_ahci.blocks && count <= fake_ahci.blocks - lba);
	must(command->length == count * fake_ahci.block_size);
	fake_ahci.last_lba = lba;
	result->status |= fake_ahci.status;
	result->error = fake_ahci.error;
	if (!fake_ahci.status)
		result->transferred = transfer(command, lba * fake_ahci.block_size);
}

static void serve_cd(const struct command *command, struct fake_ahci_result *result)
{
	uint8_t *sense = fake_ahci.sense, answer[64] = {0};

	must(command->packet && command->fis[3] == (command->length ? 1 : 0));
	fake_ahci.last_opcode = command->packet[0];
	if (command->packet[0] == 0x03) {
		answer[0] = 0x70;
		answer[2] = sense[0];
		answer[12] = sense[1];
		sense[0] = sense[1] = 0;
		give(command, answer, 18, result);
		return;
	}
	sense[0] = fake_ahci.key;
	sense[1] = fake_ahci.code;
	if (!sense[0] && command->packet[0] == 0x1a) {
		sense[0] = 5;
		sense[1] = 0x20;
	}
	if (sense[0] && command->packet[0] != 0x12) {
		result->status |= ERROR;
		result->error = sense[0] << 4;
		return;
	}
	switch (command->packet[0]) {
	case 0x12:
		answer[0] = 5;
		memcpy(answer + 8, "A CD    drive           ", 24);
		give(command, answer, 36, result);
		return;
	case 0x25:
		put_be32(answer, FAKE_AHCI_CD_BLOCKS - 1);
		put_be32(answer + 4, FAKE_AHCI_CD_SIZE);
		give(command, answer, 8, result);
		return;
	case 0x28:
		result->transferred = transfer(command, (uint64_t)get_be32(command->packet + 2) *
								FAKE_AHCI_CD_SIZE);
		return;
	case 0x1b:
		must(!command->length);
		return;
	default: /* for what it is no drive, but has said so */
		must(fake_ahci.lie_answer);
		sense[0] = 5;
		sense[1] = 0x20;
		result->status |= ERROR;
		result->error = sense[0] << 4;
	}
}

void fake_ahci_complete(unsigned n)
{
	struct fake_ahci_port *port = &fake_ahci.ports[n];
	struct fake_ahci_result result = {.status = READY, .frame = true};
	unsigned slot = __builtin_ctz(port->issued);
	struct command command = fetch(port, slot);
	uint8_t *frame = memory(port->received + 0x40, 20);

	if (port->kind == FAKE_CD)
		serve_cd(&command, &result);
	else
		serve_disk(&command, &result);
	if (fake_ahci.lie_result)
		fake_ahci.lie_result(&result);
	memcpy(command.header + 4, &result.transferred, sizeof(result.transferred));
	port->task_file = result.status | result.error << 8;
	if (result.status & ERROR) {
		port->interrupts |= TASK_FILE_ERROR;
		port->failed = true;
	} else {
		port->issued = 0;
	}
	if (!result.frame)
		return;
	frame[0] = 0x34;
	frame[2] = result.status;
	frame[3] = result.error;
}

/* --- registers --------------------------------------------------------------------- */

static void reset_link(struct fake_ahci_port *port)
{
	static const uint32_t signatures[] = {
		[FAKE_DISK] = 0x101, [FAKE_CD] = 0xeb140101, [FAKE_MULTIPLIER] = 0x96690101};

	must(fake_ahci.lie_register || !(port->command & (START | RUNS)));
	fake_ahci.link_resets++;
	port->task_file = port->busy ? BUSY : READY;
	port->signature = signatures[port->kind];
}

static void set_command(struct fake_ahci_port *port, uint32_t value)
{
	uint32_t kept = port->stuck ? port->command & (RUNS | RECEIVES) : 0;

	if (value & RECEIVE && !(port->command & RECEIVE)) {
		must(!port->received || port->received % 256 == 0);
		memory(port->received, 256);
		if (!port->signature && port->kind)
			reset_link(port);
	}
	if (value & START && !(port->command & START)) {
		must(fake_ahci.lie_register || !(port->task_file & (BUSY | 8)));
		must(value & RECEIVE && fake_bus_master);
		must(port->list % 1024 == 0);
		memory(port->list, 1024);
		fake_ahci.starts++;
	}
	if (!(value & START)) {
		port->issued = 0;
		port->failed = false;
	}
	port->command = (value & ~(RUNS | RECEIVES)) | kept | (value & START ? RUNS : 0) |
			(value & RECEIVE ? RECEIVES : 0);
}

static void issue(unsigned n, uint32_t value)
{
	struct fake_ahci_port *port = &fake_ahci.ports[n];
	uint32_t slots = (fake_ahci.capabilities >> 8 & 0x1f) + 1;

	if (!(port->command & START)) /* it was stopped behind the driver's back */
		return;
	must(value && !(value & (value - 1)) && __builtin_ctz(value) < (int)slots);
	must(fake_ahci.lie_register || (!port->issued && !port->failed));
	port->issued = value;
	fetch(port, __builtin_ctz(value));
	port->task_file = BUSY;
	if (fake_ahci.manner == FAKE_AHCI_OBEYS && port->kind)
		fake_ahci_complete(n);
}

static uint32_t read_port(struct fake_ahci_port *port, uint32_t offset)
{
	switch (offset) {
	case INTERRUPTS:
		return port->interrupts;
	case COMMAND:
		return port->command;
	case TASK_FILE:
		return port->busy ? BUSY : port->task_file;
	case SIGNATURE:
		return port->signature;
	case LINK_STATUS:
		if (!port->comes_late)
			return port->kind ? 0x113 : 0;
		port->comes_late = false;
		return 1;
	case LINK_CONTROL:
		return port->control;
	case ISSUE:
		return port->issued;
	default:
		must(!"a register that nobody needs to read");
		return 0;
	}
}

static uint32_t read_register(uint32_t offset)
{
	if (fake_ahci.vanished)
		return UINT32_MAX;
	if (offset >= PORTS)
		return read_port(&fake_ahci.ports[(offset - PORTS) / PORT_SIZE],
				 offset % PORT_SIZE);
	switch (offset) {
	case CAPABILITIES:
		return fake_ahci.capabilities;
	case GLOBAL_CONTROL:
		return fake_ahci.reset_hangs;
	default:
		must(offset == PORTS_IMPLEMENTED);
		return (1 << FAKE_AHCI_PORTS) - 1;
	}
}

uint32_t readl(uint32_t address)
{
	uint32_t offset = address - FAKE_BAR, value;

	must(offset < PORTS + FAKE_AHCI_PORTS * PORT_SIZE);
	value = read_register(offset);
	fake_ahci.accesses++;
	return fake_ahci.lie_register ? fake_ahci.lie_register(offset, value) : value;
}

static void write_port(unsigned n, uint32_t offset, uint32_t value)
{
	struct fake_ahci_port *port = &fake_ahci.ports[n];

	switch (offset) {
	case LIST:
		port->list = value;
		break;
	case RECEIVED:
		port->received = value;
		break;
	case LIST + 4:
	case RECEIVED + 4:
		must(!value);
		break;
	case INTERRUPTS:
		port->interrupts &= ~value;
		break;
	case COMMAND:
		set_command(port, value);
		break;
	case LINK_CONTROL:
		if (port->control & 1 && !(value & 1))
			reset_link(port);
		port->control = value;
		break;
	case ISSUE:
		issue(n, value);
		break;
	default:
		must(offset == LINK_ERRORS);
	}
}

void writel(uint32_t address, uint32_t value)
{
	uint32_t offset = address - FAKE_BAR;

	must(offset < PORTS + FAKE_AHCI_PORTS * PORT_SIZE);
	fake_ahci.accesses++;
	if (offset >= PORTS) {
		write_port((offset - PORTS) / PORT_SIZE, offset % PORT_SIZE, value);
		return;
	}
	must(offset == GLOBAL_CONTROL && value >> 31);
	if (!(value & 1))
		return;
	fake_ahci.resets++;
	for (unsigned i = 0; i < FAKE_AHCI_PORTS; i++) {
		struct fake_ahci_port *port = &fake_ahci.ports[i];

		port->command = port->issued = port->signature = port->list = port->received = 0;
		port->stuck = false;
	}
}
