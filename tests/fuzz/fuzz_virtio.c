/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * A virtio device that lies in every field: block device, SCSI controller or
 * console, behind legacy or modern memory-mapped registers. The real transport,
 * virtqueues and drivers are on the other side.
 *
 * An input is struct header, so many struct call, and then what the device does
 * each time that it gets to run (enum act), until nothing is left; from then on,
 * as without any of it, it obeys.
 *
 * Whatever it does: it is given no memory but buffers (AddressSanitizer); every
 * wait ends; after a call, no buffer of the caller's is still with the device; and
 * what a modern device says it has not written is never taken for a success.
 * What cannot be noticed, wrong data from a device that claims to be right, it
 * does not do.
 */
#include <pthread.h>
#include <sanitizer/asan_interface.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "block/disks.h"
#include "block/readahead.h"
#include "block/transfer.h"
#include "console/console.h"
#include "fw/aml.h"
#include "hw/clock.h"
#include "hw/driver.h"
#include "hw/virtio/virtio.h"
#include "lib/memory.h"

#pragma clang section bss = ""

enum {
	BASE = 0x300000, /* of the registers */
	CONFIG = 0x100,
	CONFIG_SIZE = 64,
	BUFFER = 0x400000, /* the caller's */
	BUFFER_SIZE = 0x10000,
	STACK_SIZE = 1 << 20,
	QUEUES = 4,
	CHAINS = 64,
	PIECES = 8,
	MAX_CALLS = 8,
	MAX_POLLS = 8,

	SCSI_RESPONSE_SIZE = 108,
	SCSI_CDB = 19, /* in a request */
};

/* So far behind machine_memory that it can be reached by physical addresses. */
#define STACK 0x80000000u

struct header {
	uint8_t flags;
	uint8_t id;
	uint8_t calls;
	uint8_t lie; /* enum lie */
	uint32_t features, more_features;
	uint16_t queue_max[QUEUES];
	uint8_t config[CONFIG_SIZE];
} __attribute__((packed));

enum header_flags { LEGACY = 1, WRONG_MAGIC = 2, WRONG_VERSION = 4, SMALL = 8 };

/* Lies that last. */
enum lie {
	LIE_NONE,
	LIE_STATUS_STAYS, /* the reset does not end */
	LIE_NO_FEATURES,  /* FEATURES_OK is refused */
	LIE_GENERATION,   /* the configuration changes all the time */
	LIE_FEATURES,     /* is changed by what the driver accepts */
	LIE_NEEDS_RESET,
};

struct call {
	uint8_t what, disk;
	uint8_t count;
	uint64_t lba;
} __attribute__((packed));

enum what { READ, WRITE, READ_SECTORS, VERIFY, EJECT, TYPE, LISTEN, DESCRIBE, WHATS };

/* What the device does when it gets to run; the byte's upper bits are its argument. */
enum act {
	SERVE, /* everything that waits, as it should be */
	WAIT,
	FAIL,       /* serves with a status from the input */
	SHORT,      /* serves, but leaves out data, and says so by the length alone */
	SCRIBBLE,   /* serves with data from the input, SCSI's answers and sense too */
	WILD_ID,    /* an entry with an id from the input */
	WILD_INDEX, /* the used ring's index */
	TWICE,      /* serves and says so twice */
	ACTS,
};

struct queue {
	uint32_t size, pfn, align;
	uint64_t desc, avail, used;
	uint16_t seen, used_index;
};

/* A request that the device has got and not served. */
struct chain {
	unsigned queue;
	uint16_t head;
	unsigned count;
	struct virtq_buffer pieces[PIECES];
};

static struct {
	uint32_t version, id;
	uint64_t features;
	enum lie lie;
	uint8_t status;
	uint32_t features_sel, page_size, queue_sel;
	uint64_t accepted;
	uint16_t queue_max[QUEUES];
	struct queue queues[QUEUES];
	struct chain chains[CHAINS];
	unsigned chain_count;
	const uint8_t *input;
	size_t left;
	bool scribbled; /* data that nobody can know to be wrong */
} dev;

static const struct header *header;
static const struct call *calls;

#define must(condition)                                                                            \
	do {                                                                                       \
		if (!(condition))                                                                  \
			abort();                                                                   \
	} while (0)

/* --- the input ---------------------------------------------------------------- */

static void take(void *to, size_t size)
{
	size_t have = size < dev.left ? size : dev.left;

	memset(to, 0, size);
	memcpy(to, dev.input, have);
	dev.input += have;
	dev.left -= have;
}

static uint8_t take8(void)
{
	uint8_t value;

	take(&value, sizeof(value));
	return value;
}

static uint16_t take16(void)
{
	uint16_t value;

	take(&value, sizeof(value));
	return value;
}

/* --- memory ------------------------------------------------------------------- */

/* What the driver hands over must be memory of its own. */
static uint8_t *memory(uint64_t address, uint64_t length)
{
	must(address + length >= address);
	must(address + length <= MACHINE_MEMORY ||
	     (address >= STACK && address + length <= STACK + STACK_SIZE));
	return phys_ptr(address);
}

static bool is_callers(const struct virtq_buffer *piece)
{
	return piece->address >= STACK ||
	       (piece->address >= BUFFER && piece->address < BUFFER + BUFFER_SIZE);
}

/* What a good device's disk holds. */
static uint8_t pattern(uint64_t position)
{
	return position ^ position >> 9;
}

/* --- requests ----------------------------------------------------------------- */

static void take_chain(unsigned number, uint16_t head)
{
	const struct queue *q = &dev.queues[number];
	struct virtq_desc *table = (struct virtq_desc *)memory(q->desc, 16 * q->size);
	struct chain *chain = &dev.chains[dev.chain_count];
	unsigned size = q->size, at = head;

	must(dev.chain_count < CHAINS && head < size);
	*chain = (struct chain){.queue = number, .head = head};
	if (table[at].flags & VIRTQ_DESC_INDIRECT) {
		must(dev.accepted & VIRTIO_F_INDIRECT_DESC && !(table[at].flags & VIRTQ_DESC_NEXT));
		size = table[at].length / sizeof(*table);
		table = (struct virtq_desc *)memory(table[at].address, table[at].length);
		at = 0;
	}
	for (;;) {
		must(at < size && chain->count < PIECES &&
		     !(table[at].flags & VIRTQ_DESC_INDIRECT));
		memory(table[at].address, table[at].length);
		chain->pieces[chain->count++] = (struct virtq_buffer){
			table[at].address, table[at].length, table[at].flags & VIRTQ_DESC_WRITE};
		if (!(table[at].flags & VIRTQ_DESC_NEXT))
			break;
		at = table[at].next;
	}
	dev.chain_count++;
}

static void fetch(unsigned number)
{
	struct queue *q = &dev.queues[number];
	struct virtq_avail *avail = (struct virtq_avail *)memory(q->avail, 4 + 2 * q->size);

	must(q->size && (uint16_t)(avail->index - q->seen) <= q->size);
	while (q->seen != avail->index)
		take_chain(number, avail->ring[q->seen++ % q->size]);
}

static void push(unsigned number, uint32_t id, uint32_t length)
{
	struct queue *q = &dev.queues[number];
	struct virtq_used *used = (struct virtq_used *)memory(q->used, 4 + 8 * q->size);

	used->ring[q->used_index % q->size] = (struct virtq_used_elem){id, length};
	used->index = ++q->used_index;
}

static void put32(uint8_t *to, uint32_t value)
{
	value = __builtin_bswap32(value);
	memcpy(to, &value, sizeof(value));
}

static uint32_t get32(const uint8_t *from)
{
	uint32_t value;

	memcpy(&value, from, sizeof(value));
	return __builtin_bswap32(value);
}

/* Writes `length` bytes of the disk from a position on. */
static void write_pattern(const struct virtq_buffer *piece, uint64_t position, uint32_t length)
{
	uint8_t *to = memory(piece->address, length);

	for (uint32_t i = 0; i < length; i++)
		to[i] = pattern(position + i);
}

/* Serves a request of a block device; returns the bytes written. */
static uint32_t serve_blk(const struct chain *chain, enum act act)
{
	const struct virtq_buffer *data = &chain->pieces[1],
				  *end = &chain->pieces[chain->count - 1];
	uint32_t type, length = 0;
	uint64_t sector, capacity;
	uint8_t status = 0;

	must(chain->count == 3 && chain->pieces[0].length == 16 && end->length == 1);
	memcpy(&type, memory(chain->pieces[0].address, 16), sizeof(type));
	memcpy(&sector, memory(chain->pieces[0].address + 8, 8), sizeof(sector));
	memcpy(&capacity, phys_ptr(BASE + CONFIG), sizeof(capacity));
	if (type != 8 && dev.lie != LIE_GENERATION) {
		must(type <= 1 && data->length && data->length % SECTOR_SIZE == 0);
		must(sector < capacity && data->length / SECTOR_SIZE <= capacity - sector);
	}
	must(data->device_writes == (type != 1) && end->device_writes);
	if (data->device_writes)
		length = data->length;
	if (act == SHORT)
		length = length ? take16() % length : 0;
	if (act == SCRIBBLE && length) {
		take(memory(data->address, length), length);
		dev.scribbled = true;
	} else if (length) {
		write_pattern(data, sector * SECTOR_SIZE, length);
	}
	if (act == FAIL)
		status = take8() | 1;
	*memory(end->address, 1) = status;
	return length + (act != SHORT);
}

/* What a SCSI command is answered by a device that obeys: one target, one disk. */
static uint32_t answer_scsi(const uint8_t *request, const struct virtq_buffer *data,
			    uint8_t *response)
{
	const uint8_t *cdb = request + SCSI_CDB;
	uint8_t answer[64] = {0};
	uint32_t length = data->length, size = sizeof(answer);

	if (request[1] != 0) {
		response[11] = 3; /* BAD TARGET */
		return 0;
	}
	switch (cdb[0]) {
	case 0x12:
		answer[0] = header->flags & SMALL ? 5 : 0;
		break;
	case 0xa0:
		put32(answer, 8);
		size = 16;
		break;
	case 0x25:
		put32(answer, 999);
		put32(answer + 4, header->flags & SMALL ? 2048 : 512);
		size = 8;
		break;
	case 0x28:
		must(data->device_writes && length);
		write_pattern(data, (uint64_t)get32(cdb + 2) * (header->flags & SMALL ? 2048 : 512),
			      length);
		return length;
	}
	if (!data->device_writes)
		return length;
	if (size > length)
		size = length;
	memcpy(memory(data->address, size), answer, size);
	return size;
}

static uint32_t serve_scsi(const struct chain *chain, enum act act)
{
	const struct virtq_buffer *response_piece = NULL, *data = NULL;
	struct virtq_buffer none = {0};
	uint8_t response[SCSI_RESPONSE_SIZE] = {0};
	uint32_t done, residual;

	must(chain->count >= 2 && chain->pieces[0].length == 51 && !chain->pieces[0].device_writes);
	for (unsigned i = 1; i < chain->count; i++)
		if (!response_piece && chain->pieces[i].device_writes)
			response_piece = &chain->pieces[i];
		else
			data = &chain->pieces[i];
	must(response_piece && response_piece->length == SCSI_RESPONSE_SIZE && chain->count <= 3);
	if (!data)
		data = &none;
	done = answer_scsi(memory(chain->pieces[0].address, 51), data, response);
	if (act == SHORT && done)
		done = take16() % done;
	residual = data->length - done;
	memcpy(response + 4, &residual, sizeof(residual));
	if (act == SCRIBBLE || act == FAIL) {
		take(response, 28);
		dev.scribbled = true;
	}
	if (act == SCRIBBLE && data->device_writes)
		take(memory(data->address, data->length), data->length < 64 ? data->length : 64);
	memcpy(memory(response_piece->address, sizeof(response)), response, sizeof(response));
	return SCSI_RESPONSE_SIZE + (data->device_writes ? done : 0);
}

static uint32_t serve_console(const struct chain *chain, enum act act)
{
	const struct virtq_buffer *piece = chain->pieces;
	uint32_t length = chain->queue ? 0 : take8() % (piece->length + 1);

	must(chain->count == 1 && piece->device_writes == !chain->queue);
	if (chain->queue) /* AddressSanitizer looks at what the driver sends */
		must(!__asan_region_is_poisoned(memory(piece->address, piece->length),
						piece->length));
	else
		take(memory(piece->address, length), length);
	return act == SHORT ? (uint32_t)take16() << 8 : length;
}

static uint32_t serve_chain(const struct chain *chain, enum act act)
{
	switch (dev.id) {
	case VIRTIO_ID_BLOCK:
		return serve_blk(chain, act);
	case VIRTIO_ID_SCSI:
		return serve_scsi(chain, act);
	default:
		return serve_console(chain, act);
	}
}

static void serve_one(unsigned n, enum act act)
{
	struct chain chain = dev.chains[n];
	uint32_t length = serve_chain(&chain, act);

	dev.chain_count--;
	memmove(dev.chains + n, dev.chains + n + 1, (dev.chain_count - n) * sizeof(chain));
	push(chain.queue, chain.head, length);
	if (act == TWICE)
		push(chain.queue, chain.head, length);
}

/* Serves what waits; without an input that says otherwise, a console's receive
 * buffers stay where they are. */
static void serve(enum act act, unsigned first)
{
	for (unsigned n = first; n < dev.chain_count;)
		if (dev.id == VIRTIO_ID_CONSOLE && !dev.chains[n].queue && !dev.left)
			n++;
		else
			serve_one(n, act);
}

static void run(void)
{
	uint8_t byte = take8();
	unsigned number = byte >> 3 & 3;
	struct queue *q = &dev.queues[number];

	if (!(dev.status & VIRTIO_DRIVER_OK))
		return;
	switch (byte % ACTS) {
	case WAIT:
		break;
	case WILD_ID:
		if (q->size)
			push(number, take8() | (byte & 0x80 ? (uint32_t)take16() << 16 : 0),
			     take16());
		break;
	case WILD_INDEX:
		if (!q->size)
			break;
		q->used_index += take16();
		((struct virtq_used *)memory(q->used, 4))->index = q->used_index;
		break;
	default:
		serve(byte % ACTS, byte & 0x40 ? dev.chain_count / 2 : 0);
	}
}

/* --- registers ---------------------------------------------------------------- */

static struct queue *selected(void)
{
	static struct queue none;

	return dev.queue_sel < QUEUES ? &dev.queues[dev.queue_sel] : &none;
}

static void set_status(uint8_t status)
{
	dev.status = status;
	if (status)
		return;
	memset(dev.queues, 0, sizeof(dev.queues));
	dev.chain_count = 0;
}

/* 2.7.2 "Legacy Interfaces: A Note on Virtqueue Layout" */
static void set_pfn(struct queue *q, uint32_t pfn)
{
	must(dev.version == 1 && q->size && dev.page_size);
	q->desc = (uint64_t)pfn * dev.page_size;
	q->avail = q->desc + 16 * q->size;
	q->used = (q->avail + 6 + 2 * q->size + q->align - 1) & ~(uint64_t)(q->align - 1);
}

uint32_t readl(uint32_t address)
{
	switch (address - BASE) {
	case 0x000:
		return header->flags & WRONG_MAGIC ? header->features : 0x74726976;
	case 0x004:
		return dev.version;
	case 0x008:
		return dev.id;
	case 0x010:
		return dev.features_sel ? dev.features >> 32 : dev.features;
	case 0x034:
		return dev.queue_sel < QUEUES ? dev.queue_max[dev.queue_sel] : 0;
	case 0x070:
		if (dev.lie == LIE_STATUS_STAYS)
			return dev.status | VIRTIO_DRIVER;
		if (dev.lie == LIE_NO_FEATURES)
			return dev.status & ~VIRTIO_FEATURES_OK;
		return dev.status | (dev.lie == LIE_NEEDS_RESET ? VIRTIO_NEEDS_RESET : 0);
	case 0x0fc:
		if (dev.lie == LIE_GENERATION)
			take(phys_ptr(BASE + CONFIG), CONFIG_SIZE);
		return dev.lie == LIE_GENERATION ? take8() : 0;
	default:
		abort(); /* there is nothing to be read */
	}
}

void writel(uint32_t address, uint32_t value)
{
	struct queue *q = selected();
	uint32_t offset = address - BASE;
	uint64_t *half = &q->desc;

	switch (offset) {
	case 0x014:
	case 0x024:
		dev.features_sel = value;
		break;
	case 0x020:
		must(dev.lie == LIE_FEATURES ||
		     !(value & ~(dev.features_sel ? dev.features >> 32 : dev.features)));
		dev.accepted |= (uint64_t)value << (dev.features_sel ? 32 : 0);
		if (dev.lie == LIE_FEATURES)
			dev.features = ~dev.features | (1ull << 32);
		break;
	case 0x028:
		dev.page_size = value;
		break;
	case 0x030:
		dev.queue_sel = value;
		break;
	case 0x038:
		must(value && dev.queue_sel < QUEUES && value <= dev.queue_max[dev.queue_sel]);
		q->size = value;
		break;
	case 0x03c:
		q->align = value;
		break;
	case 0x040:
		set_pfn(q, value);
		break;
	case 0x044:
		memory(q->desc, 16 * q->size);
		memory(q->avail, 6 + 2 * q->size);
		memory(q->used, 6 + 8 * q->size);
		break;
	case 0x050:
		must(value < QUEUES && dev.status & VIRTIO_DRIVER_OK);
		fetch(value);
		run();
		break;
	case 0x070:
		set_status(value);
		break;
	case 0x090:
	case 0x094:
		half = &q->avail;
		break;
	case 0x0a0:
	case 0x0a4:
		half = &q->used;
		break;
	case 0x080:
	case 0x084:
		break;
	default:
		abort();
	}
	if (offset >= 0x080 && offset < 0x0b0) {
		must(dev.version == 2);
		if (offset & 4)
			*half = (uint32_t)*half | (uint64_t)value << 32;
		else
			*half = (*half >> 32 << 32) | value;
	}
}

/* --- what else the drivers lean on -------------------------------------------- */

int aml_resources(struct aml *aml, const struct aml_device *device, struct aml_resources *crs)
{
	(void)aml, (void)device, (void)crs;
	return 0;
}

int aml_next_resource(struct aml_resources *crs, struct aml_resource *resource)
{
	(void)crs;
	*resource = (struct aml_resource){.kind = AML_MEMORY, .base = BASE, .length = 512};
	return 1;
}

bool deadline_passed(struct deadline *deadline)
{
	run();
	return ++deadline->polls > MAX_POLLS;
}

void clock_wait_us(uint64_t microseconds)
{
	(void)microseconds;
}

/* --- one input ---------------------------------------------------------------- */

static void renew(void)
{
	renew_firmware();
	memset(&dev, 0, sizeof(dev));
	__asan_unpoison_memory_region(phys_ptr(BASE + CONFIG), CONFIG_SIZE);
	memcpy(phys_ptr(BASE + CONFIG), header->config, CONFIG_SIZE);
	__asan_unpoison_memory_region(phys_ptr(BUFFER), BUFFER_SIZE);
	memset(phys_ptr(BUFFER), 0xee, BUFFER_SIZE);
}

static void begin(void)
{
	static const uint8_t ids[] = {VIRTIO_ID_BLOCK, VIRTIO_ID_SCSI, VIRTIO_ID_CONSOLE};

	renew();
	dev.version = header->flags & LEGACY ? 1 : 2;
	if (header->flags & WRONG_VERSION)
		dev.version = header->more_features;
	dev.id = header->id < 0xf0 ? ids[header->id % sizeof(ids)] : header->more_features;
	dev.features = header->features | (uint64_t)header->more_features << 32;
	dev.lie = header->lie;
	memcpy(dev.queue_max, header->queue_max, sizeof(dev.queue_max));
}

/* The blocks that a call says it has read are those that the device has sent. */
static void check_data(const struct disk *disk, uint64_t position, uint32_t bytes)
{
	const uint8_t *buffer = phys_ptr(BUFFER);

	(void)disk;
	if (dev.scribbled || dev.version == 1)
		return;
	for (uint32_t i = 0; i < bytes; i++)
		must(buffer[i] == pattern(position + i));
}

/* After a call, the device can write to no buffer that is not the firmware's own. */
static void check_buffers(void)
{
	if (dev.lie == LIE_STATUS_STAYS) /* a device that cannot be stopped */
		return;
	for (unsigned i = 0; i < dev.chain_count; i++)
		for (unsigned n = 0; n < dev.chains[i].count; n++)
			must(!dev.chains[i].pieces[n].device_writes ||
			     !is_callers(&dev.chains[i].pieces[n]));
}

static void transfer(struct disk *disk, const struct call *c, bool sectors,
		     enum disk_direction direction)
{
	uint32_t block = sectors ? SECTOR_SIZE : disk->block_size, done;
	uint32_t count = 1 + c->count % (BUFFER_SIZE / block);
	int error;

	if (sectors)
		error = disk_transfer_sectors(disk, direction, c->lba, count, BUFFER, &done);
	else
		error = disk_transfer(disk, direction, c->lba, count, BUFFER, &done);
	must(done <= count && (error || done == count));
	if (direction == DISK_READ)
		check_data(disk, c->lba * block, done * block);
}

static void call_disk(const struct call *c)
{
	struct disk *disk = disk_first();
	char text[64];

	for (unsigned i = c->disk; disk && i && disk->next; i--)
		disk = disk->next;
	if (!disk)
		return;
	switch (c->what % WHATS) {
	case READ:
	case WRITE:
		transfer(disk, c, false, c->what % WHATS == READ ? DISK_READ : DISK_WRITE);
		break;
	case READ_SECTORS:
		transfer(disk, c, true, DISK_READ);
		break;
	case VERIFY:
		disk_verify(disk, c->lba, c->count);
		break;
	case EJECT:
		if (disk->ops->eject)
			disk->ops->eject(disk);
		break;
	case DESCRIBE:
		disk->ops->describe(disk, text, sizeof(text));
		break;
	}
}

static struct console *console;

void console_register(struct console *registered)
{
	console = registered;
}

static void call_console(const struct call *c)
{
	const struct console_ops *ops = console ? console->ops : NULL;

	if (ops && c->what % WHATS == TYPE) {
		memset(phys_ptr(BUFFER), c->disk, c->count);
		if (!ops->output.write(console, phys_ptr(BUFFER), c->count))
			ops->output.ready(console);
	}
	for (unsigned i = 0; ops && c->what % WHATS == LISTEN && i < c->count; i++)
		must(ops->read(console) < 0x100);
}

static void *input(void *unused)
{
	(void)unused;
	console = NULL;
	acpi_drivers_start->probe(NULL, NULL);
	check_buffers();
	readahead_init();
	for (unsigned i = 0; i < header->calls % MAX_CALLS; i++) {
		call_disk(&calls[i]);
		call_console(&calls[i]);
		check_buffers();
	}
	return NULL;
}

/* Runs it on a stack that has a physical address. */
static void run_input(void)
{
	static void *stack;
	static pthread_attr_t attributes;
	pthread_t thread;

	if (!stack) {
		stack = mmap(phys_ptr(STACK), STACK_SIZE, PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
		must(stack == phys_ptr(STACK));
		pthread_attr_init(&attributes);
		must(!pthread_attr_setstack(&attributes, stack, STACK_SIZE));
	}
	must(!pthread_create(&thread, &attributes, input, NULL));
	pthread_join(thread, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t used;

	header = (const struct header *)data;
	calls = (const struct call *)(header + 1);
	if (size < sizeof(*header))
		return 0;
	used = sizeof(*header) + header->calls % MAX_CALLS * sizeof(struct call);
	if (size < used)
		return 0;
	begin();
	dev.input = data + used;
	dev.left = size - used;
	run_input();
	machine_said("");
	return 0;
}
