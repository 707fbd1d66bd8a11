/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * NVMe controllers: how one is brought up, and its namespaces found. It is told where the
 * admin queues are and switched on; by commands there it says what it is and makes
 * the one pair of I/O queues that we use. Interrupts stay off: nobody asks for them on
 * the I/O queues, and those of the admin queue end when its completions have been reported.
 *
 * A controller stays on when an operating system takes over. Nothing is in flight
 * then, and what it could still write to is ours; the system's driver begins with a reset,
 * and it is the system that notifies of a shutdown.
 *
 * Specification: NVM Express Base 1.4, 3.1 "Register Definition", 7.6.1 "Initialization".
 */
#include "hw/storage/nvme.h"

#include <string.h>

#include "hw/clock.h"
#include "hw/io.h"
#include "lib/error.h"
#include "lib/format.h"
#include "lib/log.h"
#include "lib/memory.h"

/* 3.1 "Register Definition" */
enum nvme_register {
	CAPABILITIES = 0x00,
	CONFIGURATION = 0x14,
	STATUS = 0x1c,
	ADMIN_QUEUE_SIZES = 0x24,
	ADMIN_SQ = 0x28,
	ADMIN_CQ = 0x30,
	DOORBELLS = PAGE_SIZE,
};

enum {
	/* Capabilities, the lower dword and the upper one */
	CAP_MAX_ENTRIES = 0xffff, /* less one */
	CAP_TIMEOUT_SHIFT = 24,
	CAP_TIMEOUT_UNIT_MS = 500,
	CAP_STRIDE = 0xf, /* log2, in units of 4 bytes */
	CAP_NVM_COMMANDS = 1 << 5,
	CAP_MIN_PAGE = 0xf << 16,

	CC_ENABLE = 1,
	CC_ENTRY_SIZES = 6 << 16 | 4 << 20, /* log2 of the commands' and of the completions' */

	CSTS_READY = 1,
	CSTS_FATAL = 2,

	ADMIN_ENTRIES = 8,
	IO_COMMANDS = 8,
	IO_COMPLETIONS = 512, /* so many that they seldom have to be reported */
	IO_QUEUES = 1,        /* their number */
	QUEUE_CONTIGUOUS = 1,
	FEATURE_NUMBER_OF_QUEUES = 7,

	MAX_NAMESPACES = 256,
	DOORBELLS_USED = 2 * (1 + IO_QUEUES),
};

/* Figure 247 "Identify Controller Data Structure" */
enum {
	CONTROLLER_SERIAL = 4,
	CONTROLLER_SERIAL_SIZE = 20,
	CONTROLLER_MODEL = 24,
	CONTROLLER_MODEL_SIZE = 40,
	CONTROLLER_MAX_TRANSFER = 77, /* log2 of pages; 0: no limit */
	CONTROLLER_NAMESPACES = 516,
	CONTROLLER_CACHE = 525,
};

#define VANISHED 0xffffffffu

/* What brings controllers up, one after the other. */
struct nvme_admin {
	uint8_t answer[PAGE_SIZE];
	struct nvme_completion completions[PAGE_SIZE / sizeof(struct nvme_completion)];
	struct nvme_command commands[ADMIN_ENTRIES];
	struct nvme_queue queue;
};

static struct nvme_admin *admin;

/* The memory of one controller. */
struct nvme_memory {
	struct nvme_completion completions[IO_COMPLETIONS];
	struct nvme_command commands[IO_COMMANDS];
	uint64_t prp_lists[NVME_SLOTS][NVME_PRPS];
	struct nvme nvme;
};

_Static_assert(offsetof(struct nvme_admin, commands) % PAGE_SIZE == 0, "queues begin a page");
_Static_assert(offsetof(struct nvme_memory, commands) % PAGE_SIZE == 0, "queues begin a page");
_Static_assert(offsetof(struct nvme_memory, nvme) - offsetof(struct nvme_memory, commands) <=
		       PAGE_SIZE,
	       "lists lie within a page");

/* --- on and off ------------------------------------------------------------------ */

const char *nvme_trouble(const struct nvme *nvme)
{
	uint32_t status = readl(nvme->registers + STATUS);

	if (status == VANISHED)
		return "the controller has vanished";
	if (status & CSTS_FATAL)
		return "the controller reports a fatal error";
	return status & CSTS_READY ? NULL : "the controller was reset";
}

/* Waits until the controller is on, or off. */
static int wait_ready(const struct nvme *nvme, uint32_t wanted)
{
	struct deadline deadline = deadline_in_ms(nvme->timeout_ms);

	for (;;) {
		uint32_t status = readl(nvme->registers + STATUS);

		if (status == VANISHED)
			return ERR_IO;
		if ((status & CSTS_READY) == wanted)
			return 0;
		if (wanted && status & CSTS_FATAL)
			return ERR_IO;
		if (deadline_passed(&deadline))
			return ERR_TIMEOUT;
	}
}

static int switch_off(const struct nvme *nvme)
{
	writel(nvme->registers + CONFIGURATION, 0);
	return wait_ready(nvme, 0);
}

int nvme_give_up(struct nvme *nvme, int error)
{
	nvme->broken = true;
	switch_off(nvme);
	return error;
}

static void write_address(uint32_t reg, const volatile void *memory)
{
	writel(reg, ptr_phys(memory));
	writel(reg + 4, 0);
}

/* Switches it on, with the admin queues, empty. */
static int switch_on(struct nvme *nvme)
{
	nvme->broken = false;
	nvme_queue_begin(nvme, &admin->queue);
	writel(nvme->registers + ADMIN_QUEUE_SIZES,
	       (admin->queue.cq_size - 1) << 16 | (admin->queue.sq_size - 1));
	write_address(nvme->registers + ADMIN_SQ, admin->commands);
	write_address(nvme->registers + ADMIN_CQ, admin->completions);
	writel(nvme->registers + CONFIGURATION, CC_ENTRY_SIZES | CC_ENABLE);
	return wait_ready(nvme, CSTS_READY);
}

/* --- admin commands ---------------------------------------------------------------- */

static int run_admin(struct nvme *nvme, const struct nvme_command *command, void *data)
{
	int slot = nvme_submit(nvme, &admin->queue, command, ptr_phys(data), data ? PAGE_SIZE : 0);

	if (slot < 0)
		return slot;
	nvme_kick(&admin->queue);
	return nvme_wait(nvme, &admin->queue, slot);
}

const uint8_t *nvme_identify(struct nvme *nvme, enum nvme_identify_structure structure,
			     uint32_t nsid)
{
	const struct nvme_command command = {
		.opcode = NVME_IDENTIFY, .nsid = nsid, .arguments = {structure}};

	memset(admin->answer, 0, sizeof(admin->answer));
	return run_admin(nvme, &command, admin->answer) ? NULL : admin->answer;
}

/* 5.3 and 5.4: a pair of queues. */
static int create_queues(struct nvme *nvme)
{
	struct nvme_queue *io = &nvme->io;
	const struct nvme_command number = {.opcode = NVME_SET_FEATURES,
					    .arguments = {FEATURE_NUMBER_OF_QUEUES}};
	const struct nvme_command cq = {
		.opcode = NVME_CREATE_CQ,
		.prp = {ptr_phys(io->completions)},
		.arguments = {(io->cq_size - 1u) << 16 | io->id, QUEUE_CONTIGUOUS},
	};
	const struct nvme_command sq = {
		.opcode = NVME_CREATE_SQ,
		.prp = {ptr_phys(io->commands)},
		.arguments = {(io->sq_size - 1u) << 16 | io->id, io->id << 16 | QUEUE_CONTIGUOUS},
	};
	int error;

	nvme_queue_begin(nvme, io);
	error = run_admin(nvme, &number, NULL); /* of each kind one, which is written as 0 */
	if (!error)
		error = run_admin(nvme, &cq, NULL);
	if (!error)
		error = run_admin(nvme, &sq, NULL);
	return error;
}

/* Switches it on, up to where reads and writes are possible. A program may have taken
 * its way to memory from it. */
static int start(struct nvme *nvme)
{
	int error;

	pci_add_command(nvme->function, PCI_COMMAND_BUS_MASTER);
	error = switch_on(nvme);

	if (!error)
		error = create_queues(nvme);
	nvme_report(&admin->queue); /* which ends its interrupt */
	return error ? nvme_give_up(nvme, error) : 0;
}

int nvme_restart(struct nvme *nvme)
{
	int error = switch_off(nvme);

	return error ? error : start(nvme);
}

/* --- what it is ---------------------------------------------------------------------- */

/* Appends a field of `size` bytes, without the blanks that fill it up. */
static char *put_field(char *to, const uint8_t *field, unsigned size)
{
	while (size && (field[size - 1] == ' ' || !field[size - 1]))
		size--;
	memcpy(to, field, size);
	return to + size;
}

static void take_identity(struct nvme *nvme, const uint8_t *answer)
{
	uint8_t shift = answer[CONTROLLER_MAX_TRANSFER];
	char *to = put_field(nvme->id, answer + CONTROLLER_MODEL, CONTROLLER_MODEL_SIZE);

	*to++ = ' ';
	*put_field(to, answer + CONTROLLER_SERIAL, CONTROLLER_SERIAL_SIZE) = '\0';
	nvme->max_bytes = NVME_MAX_BYTES;
	if (shift && shift < __builtin_ctz(NVME_MAX_BYTES / PAGE_SIZE))
		nvme->max_bytes = PAGE_SIZE << shift;
	nvme->number_of_namespaces =
		min_u32(get_le32(answer + CONTROLLER_NAMESPACES), MAX_NAMESPACES);
	nvme->has_cache = answer[CONTROLLER_CACHE] & 1;
}

/* Registers the namespaces there are, by the controller's list. Controllers of NVMe 1.0
 * have none: all numbers are tried. */
static int add_namespaces(struct nvme *nvme)
{
	const uint8_t *list = nvme_identify(nvme, NVME_IDENTIFY_ACTIVE, 0);
	uint32_t ids[MAX_NAMESPACES];
	unsigned count = 0;
	int error = 0;

	if (nvme->broken)
		return ERR_IO;
	while (count < MAX_NAMESPACES) {
		uint32_t id = count + 1;

		if (list)
			id = get_le32(list + count * sizeof(id));
		else if (id > nvme->number_of_namespaces)
			break;
		if (!id || (count && id <= ids[count - 1])) /* its end, or no list */
			break;
		ids[count++] = id;
	}
	for (unsigned i = 0; !error && i < count && !nvme->broken; i++)
		error = nvme_add_namespace(nvme, ids[i]);
	nvme_report(&admin->queue);
	return error;
}

static int need_admin(void)
{
	if (admin)
		return 0;
	admin = memory_alloc(sizeof(*admin), PAGE_SIZE);
	if (!admin)
		return ERR_NOMEM;
	admin->queue = (struct nvme_queue){
		.commands = admin->commands,
		.completions = admin->completions,
		.sq_size = ADMIN_ENTRIES,
		.cq_size = ADMIN_ENTRIES,
	};
	return 0;
}

/* Checks that the controller is one that we can drive. */
static int take_capabilities(struct nvme *nvme)
{
	uint32_t low = readl(nvme->registers + CAPABILITIES);
	uint32_t high = readl(nvme->registers + CAPABILITIES + 4);

	if (low == VANISHED && high == VANISHED) {
		say("%s: the controller has vanished\n", nvme->device.name);
		return ERR_IO;
	}
	nvme->io.sq_size = min_u32(IO_COMMANDS, (low & CAP_MAX_ENTRIES) + 1);
	nvme->io.cq_size = min_u32(IO_COMPLETIONS, (low & CAP_MAX_ENTRIES) + 1);
	nvme->timeout_ms = ((low >> CAP_TIMEOUT_SHIFT) + 1) * CAP_TIMEOUT_UNIT_MS;
	nvme->stride = 4 << (high & CAP_STRIDE);
	if (high & CAP_MIN_PAGE || !(high & CAP_NVM_COMMANDS) || nvme->io.sq_size < 2) {
		say("%s: capabilities %x%08x are not supported\n", nvme->device.name, high, low);
		return ERR_UNSUPPORTED;
	}
	return 0;
}

/* The registers, with so many bytes for a doorbell. */
static int find_registers(struct nvme *nvme)
{
	nvme->registers = pci_bar(nvme->function, 0, 0, DOORBELLS + DOORBELLS_USED * nvme->stride);
	if (nvme->registers)
		return 0;
	say("%s: no memory for its registers\n", nvme->device.name);
	return ERR_UNSUPPORTED;
}

static int bring_up(struct nvme *nvme)
{
	const uint8_t *answer;
	int error = find_registers(nvme);

	if (!error)
		error = take_capabilities(nvme);
	if (!error) /* now that the stride is known */
		error = find_registers(nvme);
	if (error)
		return error;
	error = nvme_restart(nvme);
	if (error)
		return error;
	answer = nvme_identify(nvme, NVME_IDENTIFY_CONTROLLER, 0);
	if (!answer)
		return nvme->broken ? ERR_IO : nvme_give_up(nvme, ERR_IO);
	take_identity(nvme, answer);
	return add_namespaces(nvme);
}

static int nvme_probe(struct pci_function *function)
{
	struct nvme_memory *memory;
	struct nvme *nvme;

	memory = need_admin() ? NULL : memory_alloc(sizeof(*memory), PAGE_SIZE);
	if (!memory)
		return ERR_NOMEM;
	nvme = &memory->nvme;
	nvme->function = function;
	device_name(&nvme->device, "nvme", &function->device);
	nvme->stride = sizeof(uint32_t);
	nvme->io.id = 1;
	nvme->io.commands = memory->commands;
	nvme->io.completions = memory->completions;
	nvme->io.prp_lists = memory->prp_lists;
	return bring_up(nvme);
}

PCI_DRIVER(nvme) = {
	.class_code = 0x010802, /* mass storage, non-volatile memory, NVM Express */
	.class_mask = 0xffffff,
	.probe = nvme_probe,
};
