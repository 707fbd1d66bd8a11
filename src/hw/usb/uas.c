/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * USB storage by UAS: four pipes, for commands, status, and data of each direction. A
 * SuperSpeed device has streams on all but the first, so that it says by the stream what
 * belongs to which command; there is one command at a time here, and one stream. A slower
 * device tells by the status pipe when it wants the data.
 *
 * Specification: T10/BSR INCITS 520 (UAS-3), 6 "Information units", 4.7 "Pipes".
 */
#include <string.h>

#include "hw/driver.h"
#include "hw/storage/single.h"
#include "hw/usb/usb.h"
#include "lib/error.h"
#include "lib/log.h"
#include "lib/memory.h"
#include "lib/util.h"

enum {
	CLASS_STORAGE = 8,
	SUBCLASS_SCSI = 6,
	PROTOCOL_UAS = 0x62,
	DESCRIPTOR_PIPE_USAGE = 0x24,
	PIPE_USAGE_SIZE = 4,

	IU_COMMAND = 0x01,
	IU_SENSE = 0x03,
	IU_RESPONSE = 0x04,
	IU_READ_READY = 0x06,
	IU_WRITE_READY = 0x07,

	TAG = 1,         /* that of the one command, which is also the stream's number */
	LUN_FLAT = 0x40, /* SAM-5, 4.7.7.3 */
	LUN_SIMPLE_MAX = 0xff,
	TIMEOUT_MS = 30000,
};

/* By their numbers in pipe usage descriptors, from 1. */
enum uas_pipe { PIPE_COMMAND, PIPE_STATUS, PIPE_DATA_IN, PIPE_DATA_OUT, PIPES };

struct command_iu {
	uint8_t id, reserved_1;
	uint16_t tag; /* big-endian, as all that follows */
	uint8_t attribute, reserved_5, more, reserved_7;
	uint8_t lun[8];
	uint8_t cdb[SCSI_CDB_SIZE];
} __attribute__((packed));

struct status_iu {
	uint8_t id, reserved_1;
	uint16_t tag;
	uint16_t qualifier;
	uint8_t status, reserved_7[7];
	uint16_t sense_length;
	uint8_t sense[SCSI_SENSE_SIZE];
	uint8_t more[60]; /* of the sense data */
} __attribute__((packed));

struct uas {
	struct scsi_single single;
	struct usb_device *device;
	struct xhci_pipe *pipes[PIPES];
	struct command_iu command;
	struct status_iu status;
};

static struct uas *uas_of(struct scsi_single *single)
{
	return container_of(single, struct uas, single);
}

static bool has_streams(const struct uas *uas)
{
	return uas->pipes[PIPE_STATUS]->stream;
}

static struct xhci_pipe *data_pipe(const struct uas *uas, const struct scsi_command *command)
{
	return uas->pipes[command->to_device ? PIPE_DATA_OUT : PIPE_DATA_IN];
}

static void await_status(struct uas *uas)
{
	memset(&uas->status, 0, sizeof(uas->status));
	xhci_pipe_data(uas->pipes[PIPE_STATUS], ptr_phys(&uas->status), sizeof(uas->status), true);
	xhci_pipe_ring(uas->pipes[PIPE_STATUS]);
}

static void put_data(struct uas *uas, const struct scsi_command *command)
{
	xhci_pipe_data(data_pipe(uas, command), command->address, command->length, true);
	xhci_pipe_ring(data_pipe(uas, command));
}

static void uas_begin(struct scsi_single *single, const struct scsi_command *command)
{
	struct uas *uas = uas_of(single);
	struct command_iu *iu = &uas->command;

	memset(iu, 0, sizeof(*iu));
	iu->id = IU_COMMAND;
	iu->tag = __builtin_bswap16(TAG);
	iu->lun[0] = command->lun > LUN_SIMPLE_MAX ? LUN_FLAT | command->lun >> 8 : 0;
	iu->lun[1] = command->lun;
	memcpy(iu->cdb, command->cdb, sizeof(iu->cdb));
	/* What waits for data before the command can be done ends with it, even without any. */
	if (command->length && has_streams(uas))
		put_data(uas, command);
	await_status(uas);
	xhci_pipe_data(uas->pipes[PIPE_COMMAND], ptr_phys(iu), sizeof(*iu), true);
	xhci_pipe_ring(uas->pipes[PIPE_COMMAND]);
}

/* Takes back all that is on the way. */
static void clear_all(struct uas *uas)
{
	for (unsigned i = 0; i < PIPES; i++)
		if (usb_clear(uas->device, uas->pipes[i]))
			return;
}

/* Waits for an information unit on the status pipe; its id, or an error. */
static int wait_unit(struct uas *uas)
{
	int error = xhci_pipe_wait(uas->pipes[PIPE_STATUS], TIMEOUT_MS);

	if (error)
		return error;
	return uas->status.tag == __builtin_bswap16(TAG) ? uas->status.id : ERR_IO;
}

/* A device without streams says first that it wants the data. */
static int wait_status(struct uas *uas, const struct scsi_command *command)
{
	bool out = command->to_device;
	int id = wait_unit(uas);

	if (id == (out ? IU_WRITE_READY : IU_READ_READY) && command->length && !has_streams(uas)) {
		put_data(uas, command);
		await_status(uas);
		id = wait_unit(uas);
	}
	if (id < 0)
		return id;
	return id == IU_SENSE ? 0 : ERR_IO;
}

/* How many bytes of the data were not transferred: a status may come without them. */
static uint32_t take_data(struct uas *uas, const struct scsi_command *command)
{
	struct xhci_pipe *pipe = data_pipe(uas, command);

	if (!command->length)
		return 0;
	if (!pipe->awaited)
		return pipe->residual;
	usb_clear(uas->device, pipe);
	return command->length;
}

static void uas_end(struct scsi_single *single, struct scsi_command *command)
{
	struct uas *uas = uas_of(single);

	command->error = wait_status(uas, command);
	if (command->error) {
		log_line(LOG_ERROR, "%s: error %d", uas->device->device.name, command->error);
		clear_all(uas);
		return;
	}
	command->status = uas->status.status;
	command->key = command->asc = 0;
	command->residual = take_data(uas, command);
	if (command->status == SCSI_CHECK_CONDITION)
		scsi_take_sense(command, uas->status.sense);
}

/* Which pipe an endpoint is, by the descriptor behind it; PIPES if none. */
static unsigned pipe_of(const struct usb_endpoint *endpoint)
{
	const uint8_t *d = usb_descriptor(endpoint->descriptors, endpoint->end);

	for (; d; d = usb_next_descriptor(d, endpoint->end))
		if (d[1] == DESCRIPTOR_PIPE_USAGE && d[0] >= PIPE_USAGE_SIZE && d[2] &&
		    d[2] <= PIPES)
			return d[2] - 1;
	return PIPES;
}

static int open_pipes(struct uas *uas, const struct usb_interface *interface)
{
	static const uint8_t directions[PIPES] = {USB_OUT, USB_IN, USB_IN, USB_OUT};
	struct usb_endpoint endpoint;

	for (unsigned i = 0; i < PIPES; i++) {
		unsigned pipe;
		int error = usb_find_endpoint(uas->device, interface, USB_ENDPOINT_BULK,
					      i < 2 ? USB_IN : USB_OUT, i % 2, &endpoint);

		if (error)
			return ERR_INVAL;
		pipe = pipe_of(&endpoint);
		if (pipe == PIPES || uas->pipes[pipe] ||
		    directions[pipe] != (endpoint.address & USB_IN))
			return ERR_INVAL;
		uas->pipes[pipe] = xhci_pipe_open(&uas->device->slot, &endpoint.pipe);
		if (!uas->pipes[pipe])
			return ERR_IO;
	}
	return 0;
}

static int uas_probe(struct usb_device *device, const struct usb_interface *interface)
{
	struct uas *uas = memory_alloc(sizeof(*uas), 256);
	int error;

	if (!uas)
		return ERR_NOMEM;
	usb_name(device, "usb-uas", "storage");
	if (device->slot.speed == USB_SPEED_SUPER && !xhci_has_streams(device->slot.xhci)) {
		say("%s: needs streams, which its controller does not have\n", device->device.name);
		return ERR_NOENT;
	}
	if (interface->alternate && usb_set_interface(device, interface))
		return ERR_IO;
	uas->device = device;
	error = open_pipes(uas, interface);
	if (error)
		return error;
	uas->single.begin = uas_begin;
	uas->single.end = uas_end;
	uas->single.bus.ops = &scsi_single_ops;
	uas->single.bus.device = &device->device;
	uas->single.bus.max_bytes = XHCI_MAX_BYTES;
	return scsi_scan(&uas->single.bus);
}

USB_DRIVER(usb_uas) = {
	.class = CLASS_STORAGE,
	.subclass = SUBCLASS_SCSI,
	.protocol = PROTOCOL_UAS,
	.preferred = true,
	.probe = uas_probe,
};
