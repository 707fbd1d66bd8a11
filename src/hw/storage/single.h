/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * A SCSI bus that carries one command at a time.
 */
#ifndef PETREL_HW_STORAGE_SINGLE_H
#define PETREL_HW_STORAGE_SINGLE_H

#include "hw/storage/scsi.h"

enum scsi_single_state { SCSI_IDLE, SCSI_IN_FLIGHT, SCSI_ENDED };

struct scsi_single {
	struct scsi_bus bus;
	/* Sends a command; and waits for its end and sets what scsi_ops.run() sets. */
	void (*begin)(struct scsi_single *single, const struct scsi_command *command);
	void (*end)(struct scsi_single *single, struct scsi_command *command);
	enum scsi_single_state state; /* of what was started */
	struct scsi_command started;
};

/* For its bus. */
extern const struct scsi_ops scsi_single_ops;

#endif
