/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * What the parts of the AHCI driver share: a port, and commands to the device there.
 * Specification: Serial ATA AHCI 1.3.1, whose section numbers are used.
 */
#ifndef PETREL_HW_STORAGE_AHCI_H
#define PETREL_HW_STORAGE_AHCI_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/device.h"

enum {
	AHCI_SLOTS = 4,           /* commands of ours at a time */
	AHCI_MAX_BYTES = 4 << 20, /* of one command: what one entry of a table describes */
	AHCI_ALIGN = 2,           /* 4.2.3.3: data lie at even addresses */
	AHCI_PACKET_SIZE = 16,
};

/* A command to an ATA device: the registers it is written to, and its data. */
struct ahci_command {
	uint8_t opcode, features, device;
	uint16_t count;
	uint64_t lba;          /* 48 bits */
	const uint8_t *packet; /* NULL, or the AHCI_PACKET_SIZE bytes of an ATAPI command */
	uint64_t address;      /* of the data, physical */
	uint32_t length;       /* bytes, even, to AHCI_MAX_BYTES */
	bool to_device;
};

/* What became of it. */
struct ahci_result {
	uint8_t status; /* enum ata_status */
	uint8_t error;
	uint32_t residual; /* bytes of the length that were not transferred */
};

/* ATA8-ACS 6.2 "Status field" */
enum ata_status {
	ATA_ERROR = 1 << 0,
	ATA_REQUEST = 1 << 3, /* the device has data, or wants some */
	ATA_FAULT = 1 << 5,
	ATA_BUSY = 1 << 7,
};

enum ahci_slot_state {
	AHCI_FREE,
	AHCI_WAITING, /* for the device, which has another command */
	AHCI_SENT,
	AHCI_DONE, /* and was not waited for yet */
	AHCI_LOST, /* the port was reset */
};

struct ahci_port {
	struct device device;       /* "ahci 00:04.0 port 3", its address is the port's number */
	uint32_t controller;        /* physical addresses of the controller's registers ... */
	uint32_t registers;         /* ... and of the port's */
	struct ahci_memory *memory; /* shared with the controller */
	uint8_t slots;              /* that the controller has, AHCI_SLOTS at most */
	bool can_64;                /* it takes addresses above 4 GiB */
	bool broken;                /* it is stopped, and nothing is sent before a restart */
	uint8_t last;               /* slot that was taken */
	int sent;                   /* slot of the command with the device, or AHCI_NOTHING */
	struct {
		enum ahci_slot_state state;
		struct ahci_result result;
	} slot[AHCI_SLOTS];
};

enum { AHCI_NOTHING = -1 };

/* --- ahci_port.c --- */

/* Whether a device is at a port, whose registers are set; waits for one that does not talk
 * yet. Costs an access where there is none. */
bool ahci_has_device(const struct ahci_port *port);

/* Brings such a port up and gives it its memory. Returns 0 and the device's signature;
 * ERR_NOMEM, or ERR_TIMEOUT if it does not become ready. */
int ahci_begin(struct ahci_port *port, uint32_t *signature);

/*
 * Gives the device a command, as soon as it has no other. Returns its slot; ERR_NOMEM if
 * none is free; ERR_IO if the port is stopped; ERR_RANGE if the controller cannot
 * address the data.
 */
int ahci_submit(struct ahci_port *port, const struct ahci_command *command);

/*
 * Waits for the command in a slot, and frees the slot. Returns 0, and what became of it;
 * ERR_IO if it was lost; ERR_TIMEOUT. If the port is what failed, that is said on the
 * console and it is stopped, so that it cannot write to the buffers any more.
 */
int ahci_wait(struct ahci_port *port, int slot, struct ahci_result *result);

/* Both together, on a port that works again or is restarted for it. */
int ahci_run(struct ahci_port *port, const struct ahci_command *command,
	     struct ahci_result *result);

/* The slots in use. */
unsigned ahci_used_slots(const struct ahci_port *port);

/* --- ata.c, atapi.c --- */

/* Registers the disk or the CD drive at a port. Returns 0, ERR_NOMEM, or another error if
 * that cannot be done, having said why. */
int ata_add(struct ahci_port *port);
int atapi_add(struct ahci_port *port);

#endif
