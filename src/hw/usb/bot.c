/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * USB storage by bulk-only transport: a command block goes out, data follow in one
 * direction, a status block comes in. A device has one command at a time.
 *
 * Command and data are put on the pipes at once. The status is asked for when the data
 * are there: QEMU's usb-storage never answers if it was asked for before, while its disk
 * was still reading.
 *
 * A device that cannot do all of a command halts the data's endpoint; then that is cleared
 * and the status is read. Where status makes no sense, the device is reset.
 *
 * Specification: USB Mass Storage Class, Bulk-Only Transport 1.0.
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
	PROTOCOL_BULK_ONLY = 0x50,

	GET_MAX_LUN = 0xfe, /* 3.2 */
	RESET = 0xff,       /* 3.1 */
	MAX_LUN = 15,

	COMMAND_SIGNATURE = 0x43425355,
	STATUS_SIGNATURE = 0x53425355,
	FLAG_IN = 0x80,
	STATUS_PASSED = 0,
	STATUS_FAILED = 1,

	TIMEOUT_MS = 30000,
};

/* 5.1 */
struct command_block {
	uint32_t signature, tag, length;
	uint8_t flags, lun, cdb_length;
	uint8_t cdb[SCSI_CDB_SIZE];
} __attribute__((packed));

/* 5.2 */
struct status_block {
	uint32_t signature, tag, residue;
	uint8_t status;
} __attribute__((packed));

struct bot {
	struct scsi_single single;
	struct usb_device *device;
	struct xhci_pipe *in, *out;
	uint8_t interface;
	struct command_block command;
	struct status_block status;
	uint8_t sense[SCSI_SENSE_SIZE];
	uint8_t max_lun;
};

static struct bot *bot_of(struct scsi_single *single)
{
	return container_of(single, struct bot, single);
}

static void begin(struct bot *bot, const struct scsi_command *command)
{
	struct command_block *block = &bot->command;
	bool has_data = command->length, out = has_data && command->to_device;

	block->signature = COMMAND_SIGNATURE;
	block->tag++;
	block->length = command->length;
	block->flags = command->to_device ? 0 : FLAG_IN;
	block->lun = command->lun;
	block->cdb_length = scsi_cdb_length(command->cdb[0]);
	memcpy(block->cdb, command->cdb, sizeof(block->cdb));
	xhci_pipe_data(bot->out, ptr_phys(block), sizeof(*block), false);
	if (out)
		xhci_pipe_data(bot->out, command->address, command->length, true);
	xhci_pipe_ring(bot->out);
	if (has_data && !out) {
		xhci_pipe_data(bot->in, command->address, command->length, true);
		xhci_pipe_ring(bot->in);
	}
}

/* 5.3.4 "Reset Recovery" */
static void recover(struct bot *bot)
{
	log_line(LOG_ERROR, "%s: reset", bot->device->device.name);
	usb_control(bot->device, USB_OUT | USB_CLASS | USB_TO_INTERFACE, RESET, 0, bot->interface,
		    NULL, 0);
	usb_clear(bot->device, bot->in);
	usb_clear(bot->device, bot->out);
}

/* Waits for a pipe. An endpoint that has halted is cleared, which is ERR_IO. */
static int wait_pipe(struct bot *bot, struct xhci_pipe *pipe)
{
	int error = xhci_pipe_wait(pipe, TIMEOUT_MS);

	if (error == ERR_IO &&
	    (usb_clear(bot->device, bot->in) || usb_clear(bot->device, bot->out)))
		return ERR_TIMEOUT;
	return error;
}

static int read_status(struct bot *bot)
{
	memset(&bot->status, 0, sizeof(bot->status));
	xhci_pipe_data(bot->in, ptr_phys(&bot->status), sizeof(bot->status), true);
	xhci_pipe_ring(bot->in);
	return wait_pipe(bot, bot->in);
}

/* Waits for the data and then the status, for which a device may halt once: 6.7.2. */
static int wait_status(struct bot *bot, const struct scsi_command *command)
{
	int error = 0;

	if (command->length)
		error = wait_pipe(bot, command->to_device ? bot->out : bot->in);
	if (error && error != ERR_IO)
		return error;
	error = read_status(bot);
	return error == ERR_IO ? read_status(bot) : error;
}

/* Whether the status is that of the command: 6.3. */
static bool is_valid(const struct bot *bot, const struct scsi_command *command)
{
	const struct status_block *status = &bot->status;

	return !bot->in->residual && status->signature == STATUS_SIGNATURE &&
	       status->tag == bot->command.tag && status->status <= STATUS_FAILED &&
	       status->residue <= command->length;
}

/* Waits for the command's end. */
static void end(struct bot *bot, struct scsi_command *command)
{
	command->error = wait_status(bot, command);
	if (command->error == ERR_NOENT) { /* nobody to be told */
		xhci_pipe_clear(bot->in);
		xhci_pipe_clear(bot->out);
		return;
	}
	if (!command->error && !is_valid(bot, command))
		command->error = ERR_IO;
	if (command->error) {
		recover(bot);
		return;
	}
	command->residual = bot->status.residue;
	command->status = bot->status.status == STATUS_PASSED ? SCSI_GOOD : SCSI_CHECK_CONDITION;
}

/* Asks why a command has failed. */
static void ask_sense(struct bot *bot, struct scsi_command *command)
{
	struct scsi_command ask = scsi_request_sense(command, bot->sense);

	begin(bot, &ask);
	end(bot, &ask);
	command->error = ask.error;
	scsi_take_sense(command, bot->sense);
}

static void bot_begin(struct scsi_single *single, const struct scsi_command *command)
{
	begin(bot_of(single), command);
}

static void bot_end(struct scsi_single *single, struct scsi_command *command)
{
	struct bot *bot = bot_of(single);

	end(bot, command);
	if (!command->error && command->status == SCSI_CHECK_CONDITION)
		ask_sense(bot, command);
}

/* A device of one unit may refuse to say so. */
static unsigned count_units(struct bot *bot)
{
	int error = usb_control(bot->device, USB_IN | USB_CLASS | USB_TO_INTERFACE, GET_MAX_LUN, 0,
				bot->interface, &bot->max_lun, sizeof(bot->max_lun));

	return error ? 1 : min_u32(bot->max_lun, MAX_LUN) + 1;
}

static int bot_probe(struct usb_device *device, const struct usb_interface *interface)
{
	struct bot *bot = memory_alloc(sizeof(*bot), 64);

	if (!bot)
		return ERR_NOMEM;
	usb_name(device, "usb-storage", "storage");
	if (interface->alternate && usb_set_interface(device, interface))
		return ERR_IO;
	bot->device = device;
	bot->interface = interface->number;
	bot->in = usb_open(device, interface, USB_ENDPOINT_BULK, USB_IN);
	bot->out = usb_open(device, interface, USB_ENDPOINT_BULK, USB_OUT);
	if (!bot->in || !bot->out)
		return ERR_INVAL;
	bot->in->partner = bot->out;
	bot->out->partner = bot->in;
	bot->single.begin = bot_begin;
	bot->single.end = bot_end;
	bot->single.bus.ops = &scsi_single_ops;
	bot->single.bus.device = &device->device;
	bot->single.bus.max_bytes = XHCI_MAX_BYTES;
	bot->single.bus.units = count_units(bot);
	return scsi_scan(&bot->single.bus);
}

USB_DRIVER(usb_storage) = {
	.class = CLASS_STORAGE,
	.subclass = SUBCLASS_SCSI,
	.protocol = PROTOCOL_BULK_ONLY,
	.probe = bot_probe,
};
