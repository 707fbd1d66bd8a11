/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * The virtio-scsi driver, the SCSI layer and the real virtqueues, with a controller that
 * has one unit and answers by virtio 1.2, 5.6, or not quite.
 */
#include <string.h>

#include "alone.h"
#include "block/disks.h"
#include "fake_virtio.h"
#include "hw/clock.h"
#include "lib/error.h"
#include "lib/log.h"
#include "lib/memory.h"

enum {
	BUFFER = 0x30000,
	MAX_SECTORS = 8, /* offsets in the configuration */
	MAX_TARGET = 30,
	QUEUE = 2,
	TARGET = 5,
	LUN = 0x123,
	BLOCKS = 1000,
};

struct request {
	uint8_t lun[8];
	uint64_t id;
	uint8_t attribute, priority, crn, cdb[32];
} __attribute__((packed));

struct response {
	uint32_t sense_length, residual;
	uint16_t qualifier;
	uint8_t status, response, sense[96];
} __attribute__((packed));

static struct fake_virtio fake;
static struct disk *disk;
static struct request last;
static struct virtq_buffer last_data;
static unsigned questions;

/* How the next command that reads or writes blocks ends. */
static uint8_t answer, status, sense[16];
static uint32_t residual;
static unsigned good_after; /* so many bad ends, 0: no matter how many */
static bool silent_answer, no_medium, is_cd;
static uint32_t unit_block_size = 512;

void clock_wait_us(uint64_t microseconds)
{
	(void)microseconds;
}

static void put32(uint8_t *to, uint32_t value)
{
	value = __builtin_bswap32(value);
	memcpy(to, &value, sizeof(value));
}

static bool is_transfer(void)
{
	return last.cdb[0] == 0x28 || last.cdb[0] == 0x2a;
}

static void answer_data(uint8_t *data, uint32_t length, struct response *response)
{
	memset(data, 0, length);
	switch (last.cdb[0]) {
	case 0xa0:
		put32(data, 8);
		data[8] = 0x40 | LUN >> 8;
		data[9] = LUN & 0xff;
		response->residual = length - 16;
		break;
	case 0x12: /* removable */
		data[0] = last.cdb[1] ? 0 : is_cd ? 5 : 0;
		data[1] = last.cdb[1] ? last.cdb[2] : 0x80;
		break;
	case 0x25:
		if (no_medium) {
			response->status = 2;
			memcpy(response->sense, (uint8_t[13]){0x70, 0, 2, [12] = 0x3a}, 13);
			response->residual = length;
			break;
		}
		put32(data, BLOCKS - 1);
		put32(data + 4, unit_block_size);
		break;
	case 0x28:
		memset(data, last.cdb[5], length);
		break;
	}
}

static uint32_t get32(const uint8_t *from)
{
	uint32_t value;

	memcpy(&value, from, sizeof(value));
	return __builtin_bswap32(value);
}

/* What a question's command block says: SPC-4, 6.4, 6.11, 6.33; its length is the buffer's. */
static void check_command(uint32_t length)
{
	switch (last.cdb[0]) {
	case 0xa0: /* REPORT LUNS */
		ok(get32(last.cdb + 6) == length && length >= 16);
		break;
	case 0x12: /* INQUIRY */
		ok(last.cdb[4] == length && !last.cdb[3]);
		break;
	case 0x1a: /* MODE SENSE(6): all pages, of which the header is wanted */
		ok(last.cdb[2] == 0x3f && !last.cdb[1] && last.cdb[4] == length && length == 4);
		break;
	case 0x25:
		ok(length == 8 && !get32(last.cdb + 2) && !last.cdb[1]);
		break;
	}
}

static void serve(struct fake_virtio *device, const struct virtq_buffer *buffers, unsigned count)
{
	unsigned out = count == 3 && !buffers[1].device_writes ? 2 : 1;
	struct response *response = phys_ptr(buffers[out].address);

	(void)device;
	ok(buffers[0].length == sizeof(last) && !buffers[0].device_writes);
	ok(buffers[out].length == sizeof(*response) && buffers[out].device_writes);
	memcpy(&last, phys_ptr(buffers[0].address), sizeof(last));
	ok(last.lun[0] == 1 && !last.lun[4] && !last.lun[5] && !last.lun[6] && !last.lun[7]);
	ok((last.lun[2] & 0xc0) == 0x40 && !last.id && !last.attribute);
	last_data = (struct virtq_buffer){0};
	questions++;
	check_command(buffers[count - 1].length);
	if (silent_answer)
		return;
	memset(response, 0, sizeof(*response));
	if (last.lun[1] != TARGET) {
		response->response = 3;
		return;
	}
	if (out == 2)
		last_data = buffers[1];
	else if (count == 3)
		last_data = buffers[2];
	if (last_data.device_writes)
		answer_data(phys_ptr(last_data.address), last_data.length, response);
	if (!is_transfer())
		return;
	if (good_after && questions > good_after)
		return;
	response->response = answer;
	response->status = status;
	response->residual = residual;
	memcpy(response->sense, sense, sizeof(sense));
}

static void set_config(unsigned offset, uint32_t value, unsigned size)
{
	memcpy(fake.config + offset, &value, size);
}

static void prepare(uint64_t offers, uint32_t queue_max)
{
	machine_reset();
	fake_virtio_init(&fake, false, offers, queue_max);
	fake.queue_index = QUEUE;
	fake.device.id = VIRTIO_ID_SCSI;
	strcpy(fake.device.device.name, "virtio-mmio 12");
	fake.serve = serve;
	set_config(MAX_SECTORS, 0xffff, 4);
	set_config(MAX_TARGET, 255, 2);
	say("\n"); /* behind which the banner is */
	machine_said("");
}

static void probe(void)
{
	ok(!virtio_probe(&fake.device));
	disk = disk_first();
	ok(disk && !disk->next && disk->blocks == BLOCKS && disk->block_size == 512);
	machine_end_of_post();
	fake.notified = questions = 0;
	ok(machine_was_silent());
}

static void begin(void)
{
	prepare(VIRTIO_F_INDIRECT_DESC, 128);
	probe();
}

/* 256 targets in batches of 32, one notification each, and one more for the unit. */
static void scan(void)
{
	prepare(VIRTIO_F_INDIRECT_DESC | 1 << 3, 128);
	ok(!virtio_probe(&fake.device));
	ok(fake.notified == 9 && questions >= 256 + 4);
	disk = disk_first();
	ok(disk && disk->max_blocks == 0x8000 && !strcmp(disk_name(disk), "virtio-scsi 12 5:291"));
	ok(fake.accepted == (VIRTIO_F_INDIRECT_DESC | VIRTIO_F_VERSION_1));
	ok(fake.status & VIRTIO_DRIVER_OK && disk->device->parent &&
	   disk->device->parent->address == fake.device.device.address);
	machine_end_of_post();
	fake.notified = questions = 0;
	ok(!disk->ops->read(disk, 77, 4, BUFFER));
	ok(last.lun[1] == TARGET && last.lun[2] == (0x40 | LUN >> 8) &&
	   last.lun[3] == (LUN & 0xff));
	ok(last.cdb[0] == 0x28 && last.cdb[5] == 77 && last.cdb[8] == 4 && !last.cdb[16]);
	ok(last_data.address == BUFFER && last_data.length == 2048 && last_data.device_writes);
	ok(*(uint8_t *)phys_ptr(BUFFER + 2047) == 77 && fake.notified == 1 && questions == 1);
	ok(!disk->ops->write(disk, 78, 2, BUFFER));
	ok(last.cdb[0] == 0x2a && last.cdb[1] == 8 && last.cdb[5] == 78);
	ok(last_data.address == BUFFER && last_data.length == 1024 && !last_data.device_writes);
	ok(machine_was_silent());
}

/* A queue of any size has all targets asked. */
static void small_queues(void)
{
	prepare(VIRTIO_F_INDIRECT_DESC, 1);
	probe();
	ok(disk->ops->start_read(disk, 1, 1, BUFFER) == ERR_NOMEM && !fake.notified);
	ok(!disk->ops->read(disk, 1, 1, BUFFER));
}

static void small_direct_queue(void)
{
	prepare(0, 8); /* two requests of three descriptors */
	probe();
	ok(disk->ops->start_read(disk, 1, 1, BUFFER) == ERR_NOMEM);
	ok(!disk->ops->write(disk, 1, 1, BUFFER));
}

static void limits(void)
{
	prepare(VIRTIO_F_INDIRECT_DESC, 128);
	set_config(MAX_SECTORS, 0x7ff, 4);
	set_config(MAX_TARGET, TARGET, 2);
	ok(!virtio_probe(&fake.device) && questions >= TARGET + 1 + 4 &&
	   questions < 2 * TARGET + 4);
	ok(disk_first() && disk_first()->max_blocks == 0x7ff);
}

static void fewer_targets(void)
{
	prepare(VIRTIO_F_INDIRECT_DESC, 128);
	set_config(MAX_TARGET, TARGET - 1, 2);
	ok(!virtio_probe(&fake.device) && questions == TARGET && !disk_first());
}

static void responses(void)
{
	static const uint8_t fixed[] = {0x70, 0, 7, 0, 0, 0, 0, 10, 0, 0, 0, 0, 0x27};
	static const uint8_t descriptors[] = {0x72, 0x15, 0x21, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x24};

	begin();
	answer = 9; /* failure */
	ok(disk->ops->read(disk, 1, 1, BUFFER) == ERR_IO);
	answer = 3; /* bad target */
	ok(disk->ops->read(disk, 1, 1, BUFFER) == ERR_NOENT);
	questions = 0;
	answer = 4; /* reset */
	ok(disk->ops->read(disk, 1, 1, BUFFER) == ERR_TIMEOUT && questions > 10);
	questions = 0;
	answer = 5; /* busy */
	ok(disk->ops->read(disk, 1, 1, BUFFER) == ERR_TIMEOUT && questions > 10);
	answer = 0;
	questions = 0;
	status = 0x18; /* reservation conflict */
	ok(disk->ops->read(disk, 1, 1, BUFFER) == ERR_IO && questions == 1);
	status = 2;
	memcpy(sense, fixed, sizeof(fixed)); /* write protected */
	ok(disk->ops->write(disk, 1, 1, BUFFER) == ERR_READONLY);
	memcpy(sense, descriptors, sizeof(descriptors)); /* out of range */
	ok(disk->ops->read(disk, 1, 1, BUFFER) == ERR_RANGE);
	sense[0] = 0xf3; /* deferred, with the valid bit */
	ok(disk->ops->read(disk, 1, 1, BUFFER) == ERR_RANGE);
	sense[2] = 0x24;
	ok(disk->ops->read(disk, 1, 1, BUFFER) == ERR_UNSUPPORTED);
	status = 0;
	ok(!disk->ops->read(disk, 1, 1, BUFFER));
	residual = 1;
	ok(disk->ops->read(disk, 1, 1, BUFFER) == ERR_IO);
	ok(disk->ops->write(disk, 1, 1, BUFFER) == ERR_IO);
	residual = 0;
	ok(fake.resets == 1 && machine_was_silent());
}

static void set_sense(uint8_t key, uint8_t asc)
{
	status = 2;
	memcpy(sense, (uint8_t[13]){0x70, 0, key, [12] = asc}, 13);
	questions = 0;
}

/* What is asked again, and for how long. */
static void patience(void)
{
	begin();
	set_sense(2, 0x04); /* becoming ready, for ever */
	ok(disk->ops->read(disk, 1, 1, BUFFER) == ERR_IO && questions > 50 && questions < 10000000);
	set_sense(2, 0x04); /* and at last */
	good_after = 40;
	ok(!disk->ops->read(disk, 1, 1, BUFFER) && questions == 41);
	set_sense(2, 0x04); /* a write, too */
	ok(!disk->ops->write(disk, 1, 1, BUFFER) && questions == 41);
	good_after = 0;
	set_sense(2, 0x05); /* not ready, for another reason */
	ok(disk->ops->read(disk, 1, 1, BUFFER) == ERR_IO && questions == 1);
	set_sense(6, 0x29); /* an attention that does not end */
	ok(disk->ops->read(disk, 1, 1, BUFFER) == ERR_IO && questions > 4 && questions < 100);
	set_sense(6, 0x29);
	good_after = 4;
	ok(!disk->ops->read(disk, 1, 1, BUFFER) && questions == 5);
	good_after = 0;
	set_sense(0, 0); /* of a check condition, no sense is a success */
	ok(!disk->ops->read(disk, 1, 1, BUFFER) && questions == 1);
	set_sense(1, 0x17); /* recovered */
	ok(!disk->ops->read(disk, 1, 1, BUFFER) && questions == 1);
	set_sense(3, 0x11); /* medium error */
	ok(disk->ops->read(disk, 1, 1, BUFFER) == ERR_IO && questions == 1);
	set_sense(5, 0x20); /* no such command, or field */
	ok(disk->ops->read(disk, 1, 1, BUFFER) == ERR_UNSUPPORTED && questions == 1);
	set_sense(5, 0x21);
	ok(disk->ops->read(disk, 1, 1, BUFFER) == ERR_RANGE && questions == 1);
	set_sense(5, 0x1a);
	ok(disk->ops->read(disk, 1, 1, BUFFER) == ERR_IO && questions == 1);
	set_sense(2, 0x3a);
	ok(disk->ops->read(disk, 1, 1, BUFFER) == ERR_NOMEDIUM && questions == 1 && !disk->blocks);
	ok(machine_was_silent());
}

/* A removable disk that is no CD and is empty: it is none. */
static void empty_disk(void)
{
	prepare(VIRTIO_F_INDIRECT_DESC, 128);
	no_medium = true;
	ok(!virtio_probe(&fake.device) && !disk_first());
	ok(machine_said_once("virtio-scsi 12 5:291: not ready\n"));
}

static void odd_block_size(void)
{
	char line[100];

	prepare(VIRTIO_F_INDIRECT_DESC, 128);
	ok(!virtio_probe(&fake.device) && !disk_first());
	snprintf(line, sizeof(line), "virtio-scsi 12 5:291: blocks of %u bytes are not supported\n",
		 unit_block_size);
	ok(machine_said(line));
}

static void odd_blocks(void)
{
	static const uint32_t sizes[] = {0, 256, 511, 520, 1000, 8192};

	for (unsigned i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		unit_block_size = sizes[i];
		alone(odd_block_size);
	}
}

static void empty_cd(void)
{
	prepare(VIRTIO_F_INDIRECT_DESC, 128);
	no_medium = is_cd = true;
	ok(!virtio_probe(&fake.device) && machine_was_silent());
	disk = disk_first();
	ok(disk && disk->kind == DISK_CD && !disk->blocks && disk->block_size == 2048);
	ok(disk->read_only && disk->ops->load(disk) == ERR_NOMEDIUM);
}

/* "Done" without an answer: the controller may be at work still, and is stopped. */
static void no_answer(void)
{
	begin();
	silent_answer = true;
	ok(disk->ops->read(disk, 1, 1, BUFFER) == ERR_IO && !fake.status && fake.resets == 2);
	silent_answer = false;
	ok(!disk->ops->read(disk, 1, 1, BUFFER) && fake.resets == 3);
	fake.manner = FAKE_SILENT;
	ok(disk->ops->read(disk, 1, 1, BUFFER) == ERR_TIMEOUT && !fake.status);
	ok(machine_said("virtio-mmio 12: no answer within 30000 ms\n"));
	fake.reset_hangs = true;
	ok(disk->ops->read(disk, 1, 1, BUFFER) == ERR_TIMEOUT);
	fake.reset_hangs = false;
	fake.manner = FAKE_OBEYS;
	ok(!disk->ops->read(disk, 1, 1, BUFFER));
}

/* A started read is one that the controller has been told of. */
static void reading_ahead(void)
{
	int tickets[2];

	begin();
	fake.manner = FAKE_HOLDS;
	tickets[0] = disk->ops->start_read(disk, 10, 4, BUFFER);
	ok(tickets[0] >= 0 && fake.notified == 1);
	tickets[1] = disk->ops->start_read(disk, 20, 4, BUFFER + 4096);
	ok(tickets[1] >= 0 && tickets[1] != tickets[0] && fake.notified == 2);
	fake_virtio_complete(&fake, 1);
	ok(last.cdb[5] == 20 && last_data.address == BUFFER + 4096 && last_data.length == 2048);
	status = 2;
	sense[0] = 0x70;
	sense[2] = 3;
	fake_virtio_complete(&fake, 0);
	ok(last.cdb[5] == 10 && last_data.address == BUFFER);
	ok(disk->ops->finish_read(disk, tickets[0]) == ERR_IO);
	ok(!disk->ops->finish_read(disk, tickets[1]));
	for (unsigned i = 0; i < 4; i++)
		ok(disk->ops->start_read(disk, 10, 4, BUFFER) >= 0);
	ok(disk->ops->start_read(disk, 10, 4, BUFFER) == ERR_NOMEM);
	ok(disk->ops->read(disk, 10, 4, BUFFER) == ERR_NOMEM && fake.notified == 6);
}

/* Two controllers: the second one has the memory of the scan, too, and both have their own
 * afterwards. */
static void second_controller(void)
{
	static struct fake_virtio second;
	struct disk *other;

	begin();
	fake_virtio_init(&second, false, VIRTIO_F_INDIRECT_DESC, 128);
	second.queue_index = QUEUE;
	second.device.id = VIRTIO_ID_SCSI;
	second.serve = serve;
	second.config[MAX_SECTORS] = 100;
	second.config[MAX_TARGET] = 255;
	ok(!virtio_probe(&second.device) && second.notified == 9);
	other = disk_first() == disk ? disk->next : disk_first();
	ok(other && other->max_blocks == 100);
	machine_end_of_post();
	for (unsigned i = 0; i < 20; i++) {
		ok(!other->ops->read(other, i, 1, BUFFER) && last.cdb[5] == i);
		ok(!disk->ops->read(disk, 100 + i, 1, BUFFER) && last.cdb[5] == 100 + i);
	}
	ok(second.notified == 29 && fake.notified == 20);
}

static void failures(void)
{
	prepare(VIRTIO_F_INDIRECT_DESC, 0);
	ok(virtio_probe(&fake.device) == ERR_NOENT && fake.status & VIRTIO_FAILED);
	prepare(0, 2);
	ok(virtio_probe(&fake.device) == ERR_UNSUPPORTED && fake.status & VIRTIO_FAILED);
	prepare(0, 64);
	fake.reset_hangs = true;
	ok(virtio_probe(&fake.device) == ERR_TIMEOUT);
	prepare(VIRTIO_F_INDIRECT_DESC, 128);
	fake.manner = FAKE_SILENT;
	ok(virtio_probe(&fake.device) == ERR_TIMEOUT && fake.notified == 1);
	ok(!disk_first());
}

static uint32_t memory_left;

static void little_memory(void)
{
	prepare(VIRTIO_F_INDIRECT_DESC, 128);
	ok(memory_alloc_raw((1 << 20) - memory_left, 1)); /* what the arena may have */
	ok(virtio_probe(&fake.device) == ERR_NOMEM && !disk_first());
}

/* Wherever memory ends, the controller is left out. */
static void no_memory(void)
{
	for (memory_left = 0; memory_left < 64 << 10; memory_left += 2048)
		alone(little_memory);
}

int main(void)
{
	static void (*const parts[])(void) = {
		scan,      small_queues,  small_direct_queue, limits,     fewer_targets,
		responses, patience,      empty_disk,         odd_blocks, empty_cd,
		no_answer, reading_ahead, second_controller,  failures,   no_memory,
	};

	for (unsigned i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		alone(parts[i]);
	return done();
}
