/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * The virtio-blk driver and the real virtqueues, with a device that keeps to virtio 1.2,
 * 5.2, or says that it is done when it is not.
 */
#include <string.h>

#include "alone.h"
#include "block/disks.h"
#include "fake_virtio.h"
#include "lib/error.h"
#include "lib/log.h"
#include "lib/memory.h"

enum { BUFFER = 0x30000, SECTORS = 100000, CONFIG_SIZE_MAX = 8, CONFIG_BLK_SIZE = 20, WCE = 32 };
enum { READ = 0, WRITE = 1, GET_ID = 8 };

#define F_SIZE_MAX (1ull << 1)
#define F_RO       (1ull << 5)
#define F_BLK_SIZE (1ull << 6)
#define F_WCE      (1ull << 11)

struct header {
	uint32_t type, reserved;
	uint64_t sector;
};

static struct fake_virtio fake;
static struct disk *disk;
static struct header last; /* the last request, ... */
static uint32_t last_length;
static uint64_t last_address;
static uint8_t status;         /* ... what became of it ... */
static bool silent_status;     /* ... and whether that was said */
static uint8_t cache_at_write; /* the configuration's, when the last write came */

static void serve(struct fake_virtio *device, const struct virtq_buffer *buffers, unsigned count)
{
	ok(count == 3 && buffers[0].length == sizeof(last) && !buffers[0].device_writes);
	memcpy(&last, phys_ptr(buffers[0].address), sizeof(last));
	ok(!last.reserved && buffers[1].device_writes == (last.type != WRITE));
	ok(buffers[2].length == 1 && buffers[2].device_writes);
	last_address = buffers[1].address;
	last_length = buffers[1].length;
	if (last.type == READ)
		memset(phys_ptr(last_address), last.sector, last_length);
	if (last.type == GET_ID)
		memcpy(phys_ptr(last_address), "0123456789abcdefghij", last_length);
	if (last.type == WRITE)
		cache_at_write = device->config[WCE];
	if (!silent_status)
		*(uint8_t *)phys_ptr(buffers[2].address) = status;
}

static void set_config(unsigned offset, uint64_t value, unsigned size)
{
	memcpy(fake.config + offset, &value, size);
}

/* A device that is not yet found. */
static void prepare(bool legacy, uint64_t offers, uint32_t queue_max)
{
	machine_reset();
	fake_virtio_init(&fake, legacy, offers, queue_max);
	fake.device.id = VIRTIO_ID_BLOCK;
	strcpy(fake.device.device.name, "virtio-mmio 12");
	fake.serve = serve;
	set_config(0, SECTORS, 8);
	say("\n"); /* behind which the banner is */
	machine_said("");
}

static void probe(void)
{
	ok(!virtio_probe(&fake.device));
	disk = disk_first();
	ok(disk && disk->kind == DISK_HARD);
	machine_end_of_post();
	fake.served = fake.notified = 0;
}

static void modern_disk(void)
{
	prepare(false, F_SIZE_MAX | F_RO | F_BLK_SIZE | F_WCE | VIRTIO_F_INDIRECT_DESC | 1 << 9,
		64);
	set_config(CONFIG_SIZE_MAX, 1 << 20, 4);
	set_config(CONFIG_BLK_SIZE, 4096, 4);
	probe();
	ok(fake.accepted ==
	   (F_SIZE_MAX | F_RO | F_BLK_SIZE | F_WCE | VIRTIO_F_INDIRECT_DESC | VIRTIO_F_VERSION_1));
	ok(fake.status ==
	   (VIRTIO_ACKNOWLEDGE | VIRTIO_DRIVER | VIRTIO_FEATURES_OK | VIRTIO_DRIVER_OK));
	ok(disk->block_size == 4096 && disk->blocks == SECTORS / 8 && disk->max_blocks == 256);
	ok(disk->read_only && !strcmp(disk_name(disk), "virtio-blk 12"));
	ok(disk->device->parent == &fake.device.device && disk->device->bus == &virtio_unit_bus);
	ok(!disk->ops->read(disk, 7, 3, BUFFER));
	ok(last.type == READ && last.sector == 56 && last_length == 3 * 4096);
	ok(last_address == BUFFER && *(uint8_t *)phys_ptr(BUFFER) == 56);
	ok(!disk->ops->read(disk, 1ull << 32, 1, BUFFER) && last.sector == 1ull << 35);
	ok(fake.notified == 2 && machine_was_silent());
}

static void legacy_disk(void)
{
	prepare(true, F_WCE, 64);
	fake.written_less = 12345;            /* such devices count as they like */
	set_config(CONFIG_BLK_SIZE, 4096, 4); /* it does not say that it has the fields */
	set_config(CONFIG_SIZE_MAX, 512, 4);
	set_config(0, 1ull << 40, 8);
	probe();
	ok(!fake.accepted && disk->block_size == 512 && disk->blocks == 1ull << 40);
	ok(!disk->read_only && disk->max_blocks == (16 << 20) / 512);
	ok(!disk->ops->read(disk, 7, 3, BUFFER) && last.sector == 7 && last_length == 3 * 512);
	ok(!disk->ops->write(disk, 8, 2, BUFFER) && last.type == WRITE && last.sector == 8);
	ok(!fake.config_writes);
}

static void no_limit(void)
{
	prepare(false, F_SIZE_MAX, 64);
	probe(); /* a limit of 0 is none */
	ok(disk->max_blocks == (16 << 20) / 512);
}

static void smallest_limit(void)
{
	prepare(false, F_SIZE_MAX | F_BLK_SIZE, 64);
	set_config(CONFIG_SIZE_MAX, 1023, 4);
	set_config(CONFIG_BLK_SIZE, 512, 4);
	probe();
	ok(disk->max_blocks == 1 && machine_was_silent());
}

static bool refuses(int error, const char *said)
{
	bool refused = virtio_probe(&fake.device) == error;

	return refused && !disk_first() && fake.status & VIRTIO_FAILED && machine_said_only(said);
}

static void refused(void)
{
	static const uint32_t sizes[] = {0, 1, 256, 511, 513, 520, 1000, 4097, 8192, 0x80000000};

	for (unsigned i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		char line[80];

		prepare(false, F_BLK_SIZE, 64);
		set_config(CONFIG_BLK_SIZE, sizes[i], 4);
		snprintf(line, sizeof(line),
			 "virtio-blk 12: blocks of %u bytes are not supported\n", sizes[i]);
		ok(refuses(ERR_UNSUPPORTED, line));
	}
	prepare(false, F_SIZE_MAX, 64);
	set_config(CONFIG_SIZE_MAX, 511, 4);
	ok(refuses(ERR_UNSUPPORTED, "virtio-blk 12: segments of 511 bytes are not supported\n"));
	prepare(false, 0, 0);
	ok(refuses(ERR_NOENT, ""));
	prepare(false, 0, 2);
	ok(refuses(ERR_UNSUPPORTED, ""));
	prepare(false, 0, 64);
	fake.reset_hangs = true;
	ok(virtio_probe(&fake.device) == ERR_TIMEOUT && !disk_first());
}

static void no_memory(void)
{
	prepare(false, 0, 64);
	while (memory_alloc(1024, 4))
		;
	while (memory_alloc(4, 4))
		;
	ok(virtio_probe(&fake.device) == ERR_NOMEM && !disk_first() && !fake.resets);
}

static void results(void)
{
	prepare(false, VIRTIO_F_INDIRECT_DESC, 64);
	probe();
	for (unsigned i = 1; i < 255; i += 13) {
		status = i; /* 1: error; 2: unsupported; all others */
		ok(disk->ops->read(disk, 1, 1, BUFFER) == ERR_IO);
		ok(disk->ops->write(disk, 1, 1, BUFFER) == ERR_IO);
	}
	status = 0;
	ok(fake.resets == 1 && !disk->ops->read(disk, 1, 1, BUFFER) && fake.resets == 1);
	fake.written_less = 1000; /* of a write, only the status is to be written */
	ok(!disk->ops->write(disk, 1, 1, BUFFER));
}

/* "Done", but the status was not written: the device may be at work still, and is stopped. */
static void no_status(void)
{
	prepare(false, VIRTIO_F_INDIRECT_DESC, 64);
	probe();
	silent_status = true;
	ok(disk->ops->read(disk, 1, 1, BUFFER) == ERR_IO && !fake.status && fake.resets == 2);
	silent_status = false;
	ok(!disk->ops->read(disk, 1, 1, BUFFER) && fake.resets == 3);
	silent_status = true;
	ok(disk->ops->write(disk, 1, 1, BUFFER) == ERR_IO && !fake.status && fake.resets == 4);
	silent_status = false;
	ok(!disk->ops->write(disk, 1, 1, BUFFER));
}

/* "Done", with less than was asked for. */
static void too_few_bytes(void)
{
	prepare(false, VIRTIO_F_INDIRECT_DESC, 64);
	probe();
	fake.written_less = 1; /* the status need not be counted */
	ok(!disk->ops->read(disk, 1, 2, BUFFER));
	fake.written_less = 2;
	ok(disk->ops->read(disk, 1, 2, BUFFER) == ERR_IO && !fake.status);
	fake.written_less = 0;
	ok(!disk->ops->read(disk, 1, 2, BUFFER) && fake.status & VIRTIO_DRIVER_OK);
}

/* A started read is one that the device has been told of. */
static void reading_ahead(void)
{
	int tickets[2];

	prepare(false, VIRTIO_F_INDIRECT_DESC, 64);
	set_config(CONFIG_BLK_SIZE, 512, 4);
	probe();
	fake.manner = FAKE_HOLDS;
	tickets[0] = disk->ops->start_read(disk, 10, 4, BUFFER);
	ok(tickets[0] >= 0 && fake.notified == 1);
	tickets[1] = disk->ops->start_read(disk, 20, 4, BUFFER + 4096);
	ok(tickets[1] >= 0 && tickets[1] != tickets[0] && fake.notified == 2);
	fake_virtio_complete(&fake, 1);
	ok(last.sector == 20 && last_length == 2048 && last_address == BUFFER + 4096);
	fake_virtio_complete(&fake, 0);
	ok(last.sector == 10 && last_address == BUFFER);
	ok(!disk->ops->finish_read(disk, tickets[0]) && !disk->ops->finish_read(disk, tickets[1]));
	ok(machine_was_silent());
	tickets[0] = disk->ops->start_read(disk, 10, 4, BUFFER);
	status = 1;
	fake_virtio_complete(&fake, 0);
	ok(disk->ops->finish_read(disk, tickets[0]) == ERR_IO);
}

static void reading_ahead_in_blocks(void)
{
	prepare(false, F_BLK_SIZE, 64);
	set_config(CONFIG_BLK_SIZE, 2048, 4);
	probe();
	ok(!disk->ops->finish_read(disk, disk->ops->start_read(disk, 10, 4, BUFFER)));
	ok(last.type == READ && last.sector == 40 && last_length == 8192);
}

/* A small queue is left to requests that somebody waits for. */
static void small_queue(void)
{
	prepare(false, 0, 8); /* two requests */
	probe();
	ok(disk->ops->start_read(disk, 10, 4, BUFFER) == ERR_NOMEM && !fake.notified);
	ok(!disk->ops->read(disk, 10, 4, BUFFER));
}

static void no_slots(void)
{
	prepare(false, VIRTIO_F_INDIRECT_DESC, 64);
	probe();
	fake.manner = FAKE_HOLDS;
	for (unsigned i = 0; i < 4; i++)
		ok(disk->ops->start_read(disk, 10, 4, BUFFER) >= 0);
	ok(disk->ops->start_read(disk, 10, 4, BUFFER) == ERR_NOMEM);
	ok(disk->ops->read(disk, 10, 4, BUFFER) == ERR_NOMEM && fake.notified == 4);
}

/* The cache is off before the first write; after a restart, again. */
static void cache(void)
{
	prepare(false, F_WCE | VIRTIO_F_INDIRECT_DESC, 64);
	fake.config[WCE] = 7;
	cache_at_write = 7;
	probe();
	ok(!disk->ops->read(disk, 1, 1, BUFFER) && !fake.config_writes);
	ok(!disk->ops->write(disk, 1, 1, BUFFER) && !cache_at_write);
	ok(fake.config_writes == 2); /* on, then off: only a change is passed on */
	ok(!disk->ops->write(disk, 1, 1, BUFFER) && fake.config_writes == 2);
	silent_status = true;
	ok(disk->ops->write(disk, 1, 1, BUFFER) == ERR_IO);
	silent_status = false;
	fake.config[WCE] = 7;
	ok(!disk->ops->read(disk, 1, 1, BUFFER) && fake.config_writes == 2);
	ok(!disk->ops->write(disk, 1, 1, BUFFER) && !cache_at_write && fake.config_writes == 4);
}

static void silence(void)
{
	prepare(false, VIRTIO_F_INDIRECT_DESC, 64);
	probe();
	fake.manner = FAKE_SILENT;
	ok(disk->ops->read(disk, 1, 1, BUFFER) == ERR_TIMEOUT);
	ok(machine_said("virtio-mmio 12: no answer within 30000 ms\n") && !fake.status);
	fake.reset_hangs = true;
	ok(disk->ops->read(disk, 1, 1, BUFFER) == ERR_TIMEOUT && fake.notified == 1);
	fake.reset_hangs = false;
	fake.manner = FAKE_OBEYS;
	ok(!disk->ops->read(disk, 1, 1, BUFFER));
}

static void description(void)
{
	char text[64] = "none";

	prepare(false, VIRTIO_F_INDIRECT_DESC, 64);
	probe();
	disk->ops->describe(disk, text, sizeof(text));
	ok(last.type == GET_ID && !last.sector && last_length == 20);
	ok(!strcmp(text, "0123456789abcdefghij"));
	status = 2;
	strcpy(text, "none");
	disk->ops->describe(disk, text, sizeof(text));
	ok(!strcmp(text, "none"));
}

int main(void)
{
	static void (*const parts[])(void) = {
		modern_disk, legacy_disk, no_limit,  smallest_limit,          refused,
		no_memory,   results,     no_status, too_few_bytes,           reading_ahead,
		small_queue, no_slots,    cache,     reading_ahead_in_blocks, silence,
		description,
	};

	for (unsigned i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		alone(parts[i]);
	return done();
}
