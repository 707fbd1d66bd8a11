/* SPDX-License-Identifier: LGPL-3.0-or-later */
#include "fake_nvme.h"

#include <sanitizer/asan_interface.h>
#include <string.h>

#include "fake_function.h"
#include "hw/io.h"
#include "lib/memory.h"
#include "rules.h"

enum {
	CAPABILITIES = 0x00,
	CONFIGURATION = 0x14,
	STATUS = 0x1c,
	ADMIN_SIZES = 0x24,
	ADMIN_COMMANDS = 0x28,
	ADMIN_COMPLETIONS = 0x30,
	DOORBELLS = 0x1000,

	READY = 1,
	FATAL = 2,
	ENABLE = 1,
	ENTRY_SIZES = 6 << 16 | 4 << 20,

	INVALID_FIELD = 0x002,
};

struct fake_nvme fake_nvme;

void fake_nvme_init(void)
{
	memset(&fake_nvme, 0, sizeof(fake_nvme));
	/* As QEMU's: 2048 entries, 7.5 s, the NVM command set */
	fake_nvme.capabilities = 1ull << 37 | 15 << 24 | 1 << 16 | 2047;
	fake_nvme.max_transfer = 7;
	fake_nvme.cache = true;
	fake_nvme.namespaces[0] = (struct fake_namespace){.id = 1, .blocks = 1000, .shift = 9};
	fake_bar_size = 0x4000;
}

uint8_t fake_nvme_byte(uint32_t nsid, uint64_t position)
{
	return position ^ position >> 9 ^ nsid << 4;
}

static void *memory(uint64_t address, uint64_t length)
{
	must(address + length >= address && address + length <= MACHINE_MEMORY);
	return phys_ptr(address);
}

static const struct fake_namespace *find_namespace(uint32_t id)
{
	for (unsigned i = 0; id && i < FAKE_NVME_NAMESPACES; i++)
		if (fake_nvme.namespaces[i].id == id)
			return &fake_nvme.namespaces[i];
	return NULL;
}

static void put(uint8_t *to, uint64_t value, unsigned bytes)
{
	memcpy(to, &value, bytes);
}

static void put_text(uint8_t *to, const char *text, unsigned size)
{
	memset(to, ' ', size);
	memcpy(to, text, strlen(text));
}

/* --- commands ---------------------------------------------------------------------- */

uint32_t fake_nvme_piece(const struct nvme_command *command, uint32_t bytes, uint32_t offset,
			 uint64_t *address)
{
	uint32_t first = PAGE_SIZE - command->prp[0] % PAGE_SIZE, n;

	if (offset >= bytes)
		return 0;
	must(command->prp[0] % 4 == 0);
	if (!offset) {
		*address = command->prp[0];
		return bytes < first ? bytes : first;
	}
	n = (offset - first) / PAGE_SIZE;
	*address = command->prp[1];
	if (bytes - first > PAGE_SIZE) {
		must(command->prp[1] % 8 == 0 &&
		     command->prp[1] / PAGE_SIZE == (command->prp[1] + 8 * n) / PAGE_SIZE);
		memcpy(address, memory(command->prp[1] + 8 * n, 8), 8);
	}
	must(*address % PAGE_SIZE == 0);
	return bytes - offset < PAGE_SIZE ? bytes - offset : PAGE_SIZE;
}

uint32_t fake_nvme_bytes(const struct nvme_command *command)
{
	const struct fake_namespace *namespace = find_namespace(command->nsid);

	/* Of a namespace that it was told wrong things of, the driver knows less than we. */
	if (!namespace || command->opcode == NVME_FLUSH || fake_nvme.lied)
		return 0;
	return ((command->arguments[2] & 0xffff) + 1) << namespace->shift;
}

enum { LBA_OUT_OF_RANGE = 0x80 }; /* NVM Express Base 1.4, figure 128 */

static uint16_t serve_transfer(const struct nvme_command *command)
{
	const struct fake_namespace *namespace = find_namespace(command->nsid);
	uint64_t lba = command->arguments[0] | (uint64_t)command->arguments[1] << 32, address;
	uint32_t bytes = fake_nvme_bytes(command), piece;

	if (fake_nvme.lied)
		return LBA_OUT_OF_RANGE;
	must(namespace && lba < namespace->blocks);
	must(bytes >> namespace->shift <= namespace->blocks - lba);
	must(!fake_nvme.max_transfer || fake_nvme.max_transfer > 20 ||
	     bytes <= PAGE_SIZE << fake_nvme.max_transfer);
	for (uint32_t at = 0; (piece = fake_nvme_piece(command, bytes, at, &address));
	     at += piece) {
		uint8_t *data = phys_ptr(address + piece <= MACHINE_MEMORY ? address : 0);

		if (address + piece > MACHINE_MEMORY)
			continue;
		must(!__asan_region_is_poisoned(data, piece));
		for (uint32_t i = 0; command->opcode == NVME_READ && i < piece; i++)
			data[i] = fake_nvme_byte(command->nsid, (lba << namespace->shift) + at + i);
	}
	fake_nvme.reads += command->opcode == NVME_READ;
	fake_nvme.writes += command->opcode == NVME_WRITE;
	return 0;
}

static uint16_t serve_io(const struct nvme_command *command)
{
	fake_nvme.last = *command;
	if (fake_nvme.status)
		return fake_nvme.status;
	if (command->opcode != NVME_FLUSH) {
		must(command->opcode == NVME_READ || command->opcode == NVME_WRITE);
		return serve_transfer(command);
	}
	must(find_namespace(command->nsid));
	fake_nvme.flushes++;
	return 0;
}

static uint16_t identify(const struct nvme_command *command)
{
	const struct fake_namespace *namespace = find_namespace(command->nsid);
	uint8_t *answer = memset(memory(command->prp[0], PAGE_SIZE), 0, PAGE_SIZE);
	static uint8_t truth[PAGE_SIZE];
	unsigned count = 0;

	must(command->prp[0] % PAGE_SIZE == 0);
	switch (command->arguments[0]) {
	case NVME_IDENTIFY_CONTROLLER:
		put_text(answer + 4, "SERIAL", 20);
		put_text(answer + 24, "A model", 40);
		answer[77] = fake_nvme.max_transfer;
		put(answer + 516, FAKE_NVME_NAMESPACES, 4);
		answer[525] = fake_nvme.cache;
		break;
	case NVME_IDENTIFY_NAMESPACE:
		if (!namespace)
			break;
		put(answer, namespace->blocks, 8);
		answer[26] = 0x13; /* format 3, and a bit that is not of the number */
		put(answer + 128 + 3 * 4, namespace->metadata, 2);
		answer[128 + 3 * 4 + 2] = namespace->shift;
		answer[99] = namespace->read_only;
		break;
	default:
		must(command->arguments[0] == NVME_IDENTIFY_ACTIVE && !command->nsid);
		if (fake_nvme.has_no_list)
			return INVALID_FIELD;
		for (unsigned i = 0; i < FAKE_NVME_NAMESPACES; i++)
			if (fake_nvme.namespaces[i].id)
				put(answer + 4 * count++, fake_nvme.namespaces[i].id, 4);
	}
	memcpy(truth, answer, sizeof(truth));
	if (fake_nvme.lie_answer)
		fake_nvme.lie_answer(command->arguments[0], answer);
	fake_nvme.lied |= memcmp(truth, answer, sizeof(truth)) != 0;
	return 0;
}

static uint16_t create_queue(const struct nvme_command *command)
{
	struct fake_nvme_queue *queue = &fake_nvme.queues[1];
	uint32_t size = (command->arguments[0] >> 16) + 1;
	bool for_commands = command->opcode == NVME_CREATE_SQ;

	must((command->arguments[0] & 0xffff) == 1);
	must(command->arguments[1] == (for_commands ? 1 << 16 | 1 : 1));
	must(size >= 2 && size <= (fake_nvme.capabilities & 0xffff) + 1);
	must(command->prp[0] % PAGE_SIZE == 0);
	must(!for_commands || queue->completion_count);
	if (for_commands) {
		must(!queue->command_count);
		queue->commands = command->prp[0];
		queue->command_count = size;
	} else {
		must(!queue->completion_count);
		queue->completions = command->prp[0];
		queue->completion_count = size;
		queue->phase = 1;
	}
	return 0;
}

static uint16_t serve_admin(const struct nvme_command *command)
{
	if (command->opcode == fake_nvme.failing_opcode)
		return INVALID_FIELD;
	switch (command->opcode) {
	case NVME_IDENTIFY:
		return identify(command);
	case NVME_CREATE_CQ:
	case NVME_CREATE_SQ:
		return create_queue(command);
	default:
		must(command->opcode == NVME_SET_FEATURES && command->arguments[0] == 7);
		return 0;
	}
}

/* --- queues ------------------------------------------------------------------------ */

void fake_nvme_post(unsigned number, struct nvme_completion completion)
{
	struct fake_nvme_queue *queue = &fake_nvme.queues[number];
	struct nvme_completion *entry;

	if (!queue->completion_count)
		return;
	completion.status |= queue->phase;
	if (fake_nvme.lie_completion)
		fake_nvme.lie_completion(&completion);
	else
		must((queue->tail + 1) % queue->completion_count != queue->reported);
	entry = memory(queue->completions + queue->tail * sizeof(*entry), sizeof(*entry));
	*entry = completion;
	queue->tail = (queue->tail + 1) % queue->completion_count;
	queue->phase ^= !queue->tail;
}

void fake_nvme_complete(unsigned n)
{
	unsigned number = fake_nvme.held[n].queue;
	struct nvme_command command = fake_nvme.held[n].command;
	uint16_t status = number ? serve_io(&command) : serve_admin(&command);

	fake_nvme.held_count--;
	memmove(fake_nvme.held + n, fake_nvme.held + n + 1,
		(fake_nvme.held_count - n) * sizeof(fake_nvme.held[0]));
	fake_nvme_post(number, (struct nvme_completion){
				       .sq_head = fake_nvme.queues[number].head,
				       .sq_id = number,
				       .id = command.id,
				       .status = status << 1,
			       });
}

static void fetch(unsigned number, uint32_t tail)
{
	struct fake_nvme_queue *queue = &fake_nvme.queues[number];

	must(tail < queue->command_count);
	while (queue->head != tail) {
		struct nvme_command *command =
			memory(queue->commands + queue->head * sizeof(*command), sizeof(*command));

		/* One that says that a command is done, but keeps it, cannot complain. */
		if (fake_nvme.lie_completion && fake_nvme.held_count == FAKE_NVME_HELD)
			return;
		must(fake_nvme.held_count < FAKE_NVME_HELD);
		must(!command->flags && !command->metadata);
		for (unsigned i = 0; i < fake_nvme.held_count; i++)
			must(fake_nvme.lie_completion || fake_nvme.held[i].queue != number ||
			     fake_nvme.held[i].command.id != command->id);
		fake_nvme.held[fake_nvme.held_count].queue = number;
		fake_nvme.held[fake_nvme.held_count++].command = *command;
		queue->head = (queue->head + 1) % queue->command_count;
		if (fake_nvme.manner == FAKE_NVME_OBEYS ||
		    (fake_nvme.manner == FAKE_NVME_HOLDS && !number))
			fake_nvme_complete(fake_nvme.held_count - 1);
	}
}

static void ring(uint32_t offset, uint32_t value)
{
	uint32_t stride = 4 << (fake_nvme.capabilities >> 32 & 0xf), n = offset / stride;

	must(offset % stride == 0 && n < 4);
	/* It was reset behind the driver's back, or has said that there is such a queue. */
	if (!fake_nvme.on || (fake_nvme.lied && !fake_nvme.queues[n / 2].command_count))
		return;
	if (n % 2) {
		must(value < fake_nvme.queues[n / 2].completion_count);
		fake_nvme.queues[n / 2].reported = value;
	} else {
		fetch(n / 2, value);
	}
}

/* --- registers --------------------------------------------------------------------- */

static void configure(uint32_t value)
{
	struct fake_nvme_queue *admin = &fake_nvme.queues[0];

	fake_nvme.configuration = value;
	if (!(value & ENABLE)) {
		fake_nvme.resets++;
		fake_nvme.on = false;
		fake_nvme.fatal = false;
		fake_nvme.held_count = 0;
		memset(fake_nvme.queues, 0, sizeof(fake_nvme.queues));
		return;
	}
	must(!fake_nvme.on && value == (ENTRY_SIZES | ENABLE) && fake_bus_master);
	must(fake_nvme.admin_commands % PAGE_SIZE == 0 &&
	     fake_nvme.admin_completions % PAGE_SIZE == 0);
	*admin = (struct fake_nvme_queue){
		.commands = fake_nvme.admin_commands,
		.completions = fake_nvme.admin_completions,
		.command_count = (fake_nvme.admin_sizes & 0xfff) + 1,
		.completion_count = (fake_nvme.admin_sizes >> 16 & 0xfff) + 1,
		.phase = 1,
	};
	memory(admin->commands, admin->command_count * sizeof(struct nvme_command));
	must(!*(uint16_t *)memory(admin->completions + 14, 2));
	fake_nvme.on = true;
}

static uint32_t read_register(uint32_t offset)
{
	bool on = fake_nvme.on;

	if (fake_nvme.vanished)
		return UINT32_MAX;
	switch (offset) {
	case CAPABILITIES:
		return fake_nvme.capabilities;
	case CAPABILITIES + 4:
		return fake_nvme.capabilities >> 32;
	case STATUS:
		if (fake_nvme.never_off)
			on = true;
		if (fake_nvme.never_ready)
			on = false;
		return (on ? READY : 0) | (fake_nvme.fatal ? FATAL : 0);
	default:
		must(!"a register that nobody needs to read");
		return 0;
	}
}

uint32_t readl(uint32_t address)
{
	uint32_t offset = address - FAKE_BAR, value = read_register(offset);

	fake_nvme.accesses++;
	return fake_nvme.lie_register ? fake_nvme.lie_register(offset, value) : value;
}

static void set_half(uint64_t *address, uint32_t offset, uint32_t value)
{
	if (offset & 4)
		*address = (uint32_t)*address | (uint64_t)value << 32;
	else
		*address = (*address >> 32 << 32) | value;
}

void writel(uint32_t address, uint32_t value)
{
	uint32_t offset = address - FAKE_BAR;

	must(offset < fake_bar_size && offset + 4 <= fake_bar_size);
	fake_nvme.accesses++;
	if (offset >= DOORBELLS)
		ring(offset - DOORBELLS, value);
	else if (offset == CONFIGURATION)
		configure(value);
	else if (offset == ADMIN_SIZES)
		fake_nvme.admin_sizes = value;
	else if ((offset & ~4u) == ADMIN_COMMANDS)
		set_half(&fake_nvme.admin_commands, offset, value);
	else if ((offset & ~4u) == ADMIN_COMPLETIONS)
		set_half(&fake_nvme.admin_completions, offset, value);
	else
		must(!"a register that nobody needs to write");
}
