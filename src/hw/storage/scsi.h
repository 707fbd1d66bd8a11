/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * SCSI disks and CDs, on whatever carries their commands.
 */
#ifndef PETREL_HW_STORAGE_SCSI_H
#define PETREL_HW_STORAGE_SCSI_H

#include <stdbool.h>
#include <stdint.h>

struct device;

enum { SCSI_CDB_SIZE = 16, SCSI_SENSE_SIZE = 18 };

/* SAM-5, 5.3.1 "Status codes" */
enum scsi_status {
	SCSI_GOOD = 0x00,
	SCSI_CHECK_CONDITION = 0x02,
	SCSI_BUSY = 0x08,
	SCSI_TASK_SET_FULL = 0x28,
};

/* A command to one logical unit, and what became of it. */
struct scsi_command {
	uint8_t target;
	uint16_t lun;
	uint8_t cdb[SCSI_CDB_SIZE];
	uint64_t address; /* of the data, physical, even */
	uint32_t length;  /* bytes */
	bool to_device;

	/* Set by run() and finish(): */
	int error;         /* 0 if there is a status; ERR_NOENT: no such target or unit;
				 * ERR_IO, ERR_TIMEOUT */
	uint8_t status;    /* enum scsi_status */
	uint8_t key, asc;  /* sense, if the status is CHECK CONDITION */
	uint32_t residual; /* bytes of length that were not transferred */
};

struct scsi_bus;

struct scsi_ops {
	/* Runs the commands, in any order and as many at a time as the bus takes,
	 * and waits until all are finished. */
	void (*run)(struct scsi_bus *bus, struct scsi_command *commands, unsigned count);
	/*
	 * One command in two steps: start() returns a ticket (0 or more), ERR_NOMEM
	 * or ERR_IO; finish(), once for each ticket, waits and sets what run() sets.
	 * At most two are started and not finished at any time.
	 */
	int (*start)(struct scsi_bus *bus, const struct scsi_command *command);
	void (*finish)(struct scsi_bus *bus, int ticket, struct scsi_command *command);
};

struct scsi_bus {
	const struct scsi_ops *ops;
	const struct device *device; /* the controller */
	uint16_t max_target;         /* the last target's number */
	bool single;                 /* ATAPI: `device` is itself the only unit; `units` is 1 */
	uint32_t max_bytes;          /* most of one command */
	uint32_t align;              /* of data: disk.h */
	uint8_t units; /* of target 0, the only one; 0: targets are asked for theirs */

	/* scsi.c's, while it scans the bus: */
	uint32_t *patience_us; /* what is left to wait for units that are not ready; else NULL */
	unsigned not_ready;    /* units */
	bool silent;           /* a command got no answer */
};

/* How many bytes of a command's CDB there are, by its first one: SPC-4, 4.2.5.1. */
unsigned scsi_cdb_length(uint8_t opcode);

/* For a bus that brings no sense data by itself: the command that asks for those of a
 * command that has failed, SCSI_SENSE_SIZE bytes in the arena. */
struct scsi_command scsi_request_sense(const struct scsi_command *command, uint8_t *sense);

/* Sets a command's key and asc by the first SCSI_SENSE_SIZE bytes of sense data. */
void scsi_take_sense(struct scsi_command *command, const uint8_t *sense);

/* The most commands that scsi_scan() has for run() at once. */
enum { SCSI_SCAN_BATCH = 32 };

/* Finds all disks and CDs on a bus and registers them. Call during POST. Returns
 * 0, ERR_NOMEM, or ERR_TIMEOUT from a bus that does not answer. */
int scsi_scan(struct scsi_bus *bus);

#endif
