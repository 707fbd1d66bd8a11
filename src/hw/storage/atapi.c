/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * CD drives at a port of an AHCI controller: they take SCSI commands as packets, and so
 * are a SCSI bus with one unit (scsi.c). Unlike with SCSI, what was wrong with a command must
 * be asked for with another one.
 *
 * Specification: ATA8-ACS (T13 1699D), 7.18 "PACKET"; SPC-4, 6.37 "REQUEST SENSE".
 */
#include <string.h>

#include "hw/storage/ahci.h"
#include "hw/storage/scsi.h"
#include "lib/error.h"
#include "lib/memory.h"
#include "lib/util.h"

enum {
	PACKET = 0xa0,
	PACKET_DMA = 1 << 0, /* of its features */

	REQUEST_SENSE = 0x03,
	CDB6_LENGTH = 4,
	SENSE_SIZE = 18,
	SENSE_KEY = 2,
	SENSE_KEY_MASK = 0xf,
	SENSE_CODE = 12,
	ERROR_KEY_SHIFT = 4,
	UNIT_ATTENTION = 6,
	MEDIUM_CHANGED = 0x28,
};

struct atapi {
	struct scsi_bus bus;
	struct ahci_port *port;
	uint8_t sense[SENSE_SIZE];
};

_Static_assert((int)SCSI_CDB_SIZE == AHCI_PACKET_SIZE, "a command block is a packet");

static struct atapi *atapi_of(struct scsi_bus *bus)
{
	return container_of(bus, struct atapi, bus);
}

static struct ahci_command packet(const struct scsi_command *command)
{
	return (struct ahci_command){
		.opcode = PACKET,
		.features = command->length ? PACKET_DMA : 0,
		.packet = command->cdb,
		.address = command->address,
		.length = command->length,
		.to_device = command->to_device,
	};
}

/*
 * Asks why a command has failed. The error register has the key of the answer; if the
 * drive does not answer with that one, because another command came first, the key is all
 * that is known, and the medium may have been changed.
 */
static void request_sense(struct atapi *atapi, struct scsi_command *failed, uint8_t error)
{
	struct scsi_command request = {.cdb = {REQUEST_SENSE}, .length = SENSE_SIZE};
	struct ahci_command command;
	struct ahci_result result;

	request.cdb[CDB6_LENGTH] = SENSE_SIZE;
	request.address = ptr_phys(atapi->sense);
	memset(atapi->sense, 0, sizeof(atapi->sense));
	command = packet(&request);
	failed->key = error >> ERROR_KEY_SHIFT;
	failed->asc = failed->key == UNIT_ATTENTION ? MEDIUM_CHANGED : 0;
	if (!ahci_run(atapi->port, &command, &result) &&
	    (atapi->sense[SENSE_KEY] & SENSE_KEY_MASK) == failed->key)
		failed->asc = atapi->sense[SENSE_CODE];
}

static void take_result(struct atapi *atapi, struct scsi_command *command,
			const struct ahci_result *result)
{
	command->status = SCSI_GOOD;
	command->residual = result->residual;
	if (!(result->status & (ATA_ERROR | ATA_FAULT)))
		return;
	command->status = SCSI_CHECK_CONDITION;
	request_sense(atapi, command, result->error);
}

static void atapi_run(struct scsi_bus *bus, struct scsi_command *commands, unsigned count)
{
	struct atapi *atapi = atapi_of(bus);

	for (unsigned i = 0; i < count; i++) {
		struct ahci_command command = packet(&commands[i]);
		struct ahci_result result;

		commands[i].error = ahci_run(atapi->port, &command, &result);
		if (!commands[i].error)
			take_result(atapi, &commands[i], &result);
	}
}

/* The last slot is left to a command that somebody waits for. */
static int atapi_start(struct scsi_bus *bus, const struct scsi_command *command)
{
	struct ahci_port *port = atapi_of(bus)->port;
	struct ahci_command packet_command = packet(command);

	if (ahci_used_slots(port) + 1 >= port->slots)
		return ERR_NOMEM;
	return ahci_submit(port, &packet_command);
}

static void atapi_finish(struct scsi_bus *bus, int ticket, struct scsi_command *command)
{
	struct atapi *atapi = atapi_of(bus);
	struct ahci_result result;

	command->error = ahci_wait(atapi->port, ticket, &result);
	if (!command->error)
		take_result(atapi, command, &result);
}

static const struct scsi_ops atapi_ops = {
	.run = atapi_run,
	.start = atapi_start,
	.finish = atapi_finish,
};

int atapi_add(struct ahci_port *port)
{
	struct atapi *atapi = memory_alloc(sizeof(*atapi), 8);

	if (!atapi)
		return ERR_NOMEM;
	atapi->port = port;
	atapi->bus = (struct scsi_bus){
		.ops = &atapi_ops,
		.device = &port->device,
		.single = true,
		.units = 1,
		.max_bytes = AHCI_MAX_BYTES,
		.align = AHCI_ALIGN,
	};
	return scsi_scan(&atapi->bus);
}
