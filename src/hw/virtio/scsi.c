/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * virtio SCSI controllers: they carry commands to targets and their logical units
 * (scsi.c) and bring back status and sense data. A request is a header with the
 * command, a response, and the data between or behind them.
 *
 * Specification: virtio 1.2, 5.6 "SCSI Host Device".
 */
#include <stddef.h>
#include <string.h>

#include "hw/driver.h"
#include "hw/storage/scsi.h"
#include "hw/virtio/virtio.h"
#include "lib/device.h"
#include "lib/error.h"
#include "lib/memory.h"
#include "lib/util.h"

/* 5.6.4 "Device configuration layout" */
enum {
	CONFIG_MAX_SECTORS = 8,
	CONFIG_MAX_TARGET = 30,
};

enum {
	REQUEST_QUEUE = 2, /* after the control and the event queue */
	CDB_SIZE = 32,     /* the defaults of both, which a reset brings back */
	SENSE_SIZE = 96,
	LUN_FIRST_LEVEL = 1, /* 5.6.6.1: the first byte of a LUN is 1, then the target */
	LUN_FLAT = 0x40,     /* SAM-5, 4.7.7.3 */
	MAX_SECTORS_UNIT = 512,
	TIMEOUT_MS = 30000,
	MAX_SECTORS = 0x8000, /* 16 MiB, where the device sets no limit */
};

/* 5.6.6.1 "Device Operation: Request Queues" */
struct scsi_request {
	uint8_t lun[8];
	uint64_t id;
	uint8_t attribute, priority, crn;
	uint8_t cdb[CDB_SIZE];
} __attribute__((packed));

struct scsi_response {
	uint32_t sense_length;
	uint32_t residual;
	uint16_t qualifier;
	uint8_t status;
	uint8_t response;
	uint8_t sense[SENSE_SIZE];
} __attribute__((packed));

enum {
	RESPONSE_OK = 0,
	RESPONSE_BAD_TARGET = 3,
	RESPONSE_RESET = 4,
	RESPONSE_BUSY = 5,
	RESPONSE_NONE = 0xff, /* ours: the device wrote nothing */
};

/* What the device reads and writes of the request in a slot; and how much data there is. */
struct scsi_message {
	struct scsi_request request;
	struct scsi_response response;
	uint32_t length;
};

struct virtio_scsi {
	struct scsi_bus bus;
	struct device controller; /* the virtio device under the name of its kind */
	struct virtio_device *virtio;
	struct virtqueue queue;
	struct scsi_message *messages;
	unsigned message_count;
};

/* What the scan of a bus uses, the same for all controllers. It stays allocated. */
static struct {
	struct scsi_message messages[SCSI_SCAN_BATCH];
	struct virtq_desc tables[VIRTQ_MAX_SLOTS][VIRTQ_CHAIN];
} * scan_memory;

static struct virtio_scsi *vscsi_of(struct scsi_bus *bus)
{
	return container_of(bus, struct virtio_scsi, bus);
}

/* Puts a command on the queue. Returns its slot, or an error. */
static int vscsi_submit(struct virtio_scsi *scsi, const struct scsi_command *command)
{
	struct virtq_buffer buffers[VIRTQ_CHAIN],
		data = {command->address, command->length, !command->to_device};
	int slot = virtq_free_slot(&scsi->queue);
	struct scsi_message *message;
	unsigned n = 0;

	if (slot < 0 || (unsigned)slot >= scsi->message_count)
		return ERR_NOMEM;
	message = &scsi->messages[slot];
	memset(message, 0, sizeof(*message));
	message->request.lun[0] = LUN_FIRST_LEVEL;
	message->request.lun[1] = command->target;
	message->request.lun[2] = LUN_FLAT | command->lun >> 8;
	message->request.lun[3] = command->lun;
	memcpy(message->request.cdb, command->cdb, SCSI_CDB_SIZE);
	message->response.response = RESPONSE_NONE;
	message->length = command->length;
	buffers[n++] =
		(struct virtq_buffer){ptr_phys(&message->request), sizeof(message->request), false};
	if (data.length && command->to_device)
		buffers[n++] = data;
	buffers[n++] = (struct virtq_buffer){ptr_phys(&message->response),
					     sizeof(message->response), true};
	if (data.length && !command->to_device)
		buffers[n++] = data;
	return virtq_submit(&scsi->queue, buffers, n);
}

static void take_result(struct scsi_command *command, const struct scsi_message *message)
{
	const struct scsi_response *response = &message->response;

	command->error = 0;
	command->status = response->status;
	command->key = command->asc = 0;
	/* QEMU counts the data of a request that it has tried again after a pause
	 * (rerror=stop) twice, and the rest comes out as less than nothing. */
	command->residual = response->residual > message->length ? 0 : response->residual;
	switch (response->response) {
	case RESPONSE_OK:
		if (command->status == SCSI_CHECK_CONDITION)
			scsi_take_sense(command, response->sense);
		break;
	case RESPONSE_RESET:
	case RESPONSE_BUSY:
		command->status = SCSI_BUSY;
		break;
	case RESPONSE_BAD_TARGET:
		command->error = ERR_NOENT;
		break;
	default:
		command->error = ERR_IO;
	}
}

static void vscsi_finish(struct scsi_bus *bus, int slot, struct scsi_command *command)
{
	struct virtio_scsi *scsi = vscsi_of(bus);
	const struct scsi_response *response = &scsi->messages[slot].response;

	command->error = virtq_wait(scsi->virtio, &scsi->queue, slot, TIMEOUT_MS);
	if (!command->error && response->response == RESPONSE_NONE)
		command->error = virtq_give_up(scsi->virtio, ERR_IO);
	if (!command->error)
		take_result(command, &scsi->messages[slot]);
}

/* A small queue is left to commands that somebody waits for. */
static int vscsi_start_command(struct scsi_bus *bus, const struct scsi_command *command)
{
	struct virtio_scsi *scsi = vscsi_of(bus);
	int slot;

	if (scsi->queue.slots < VIRTQ_KEPT_SLOTS)
		return ERR_NOMEM;
	slot = vscsi_submit(scsi, command);
	if (slot >= 0)
		virtq_kick(scsi->virtio, &scsi->queue);
	return slot;
}

/* Runs as many of the commands as there is room for, with one notification.
 * Returns how many, or an error. */
static int vscsi_run_some(struct virtio_scsi *scsi, struct scsi_command *commands, unsigned count)
{
	int slots[VIRTQ_MAX_SLOTS];
	unsigned n = 0;

	while (n < count && (slots[n] = vscsi_submit(scsi, &commands[n])) >= 0)
		n++;
	if (!n)
		return slots[0];
	virtq_kick(scsi->virtio, &scsi->queue);
	for (unsigned i = 0; i < n; i++)
		vscsi_finish(&scsi->bus, slots[i], &commands[i]);
	return n;
}

static void vscsi_run(struct scsi_bus *bus, struct scsi_command *commands, unsigned count)
{
	struct virtio_scsi *scsi = vscsi_of(bus);
	int done = 0;

	if (scsi->queue.broken)
		done = virtio_restart(scsi->virtio);
	while (count && done >= 0) {
		done = vscsi_run_some(scsi, commands, count);
		if (done > 0) {
			commands += done;
			count -= done;
		}
	}
	for (; count; count--, commands++)
		commands->error = done;
}

static const struct scsi_ops scsi_ops = {
	.run = vscsi_run,
	.start = vscsi_start_command,
	.finish = vscsi_finish,
};

static int vscsi_start(struct virtio_scsi *scsi)
{
	struct virtio_device *device = scsi->virtio;
	uint32_t max_sectors;
	int error = virtio_init(device, 0);

	if (error)
		return error;
	scsi->bus.max_target = device->transport->config(device, CONFIG_MAX_TARGET, 2);
	max_sectors = device->transport->config(device, CONFIG_MAX_SECTORS, 4);
	if (max_sectors > MAX_SECTORS)
		max_sectors = MAX_SECTORS;
	scsi->bus.max_bytes = max_sectors * MAX_SECTORS_UNIT;
	error = virtio_add_queue(device, &scsi->queue, REQUEST_QUEUE, VIRTQ_MAX_SLOTS);
	if (error) {
		virtio_fail(device);
		return error;
	}
	virtio_start(device);
	return 0;
}

/* Scans the bus with as many requests in flight as the ring holds. Their messages and
 * tables are lent to the controller for that long; then it has its own four again. */
static int vscsi_scan(struct virtio_scsi *scsi)
{
	struct scsi_message *own = scsi->messages;
	int error;

	if (!scan_memory)
		scan_memory = memory_alloc_raw(sizeof(*scan_memory), 16);
	if (!scan_memory)
		return ERR_NOMEM;
	scsi->messages = scan_memory->messages;
	scsi->message_count = SCSI_SCAN_BATCH;
	virtq_use_tables(&scsi->queue, scan_memory->tables);
	error = scsi_scan(&scsi->bus);
	scsi->messages = own;
	scsi->message_count = VIRTQ_KEPT_SLOTS;
	virtq_use_tables(&scsi->queue, NULL);
	return error;
}

static int vscsi_probe(struct virtio_device *device)
{
	struct virtio_scsi *scsi = memory_alloc(sizeof(*scsi), 8);
	int error;

	if (!scsi)
		return ERR_NOMEM;
	scsi->messages = memory_alloc(VIRTQ_KEPT_SLOTS * sizeof(*scsi->messages), 8);
	if (!scsi->messages)
		return ERR_NOMEM;
	scsi->message_count = VIRTQ_KEPT_SLOTS;
	scsi->virtio = device;
	scsi->controller = device->device;
	device_name(&scsi->controller, "virtio-scsi", &device->device);
	scsi->bus.ops = &scsi_ops;
	scsi->bus.device = &scsi->controller;
	error = vscsi_start(scsi);
	return error ? error : vscsi_scan(scsi);
}

VIRTIO_DRIVER(virtio_scsi) = {
	.device_id = VIRTIO_ID_SCSI,
	.probe = vscsi_probe,
};
