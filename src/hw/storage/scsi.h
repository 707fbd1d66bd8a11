/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * SCSI disks and CDs, on whatever carries their commands.
 */
#ifndef PETREL_HW_STORAGE_SCSI_H
#define PETREL_HW_STORAGE_SCSI_H

#include <stdbool.h>
#include <stdint.h>

struct device;

enum { SCSI_CDB_SIZE = 16 };

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
	bool single;                 /* ATAPI: `device` is the only unit, of target 0 */
	uint32_t max_bytes;          /* most of one command */
	uint32_t align;              /* of data: disk.h */
};

/* The most commands that scsi_scan() has for run() at once. */
enum { SCSI_SCAN_BATCH = 32 };

/* Finds all disks and CDs on a bus and registers them. Call during POST. Returns
 * 0, ERR_NOMEM, or ERR_TIMEOUT from a bus that does not answer. */
int scsi_scan(struct scsi_bus *bus);

#endif
