/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * Of the two reads that may be started one is refused, so that the second read-ahead
 * window waits; and what was started comes to its end before another command is sent.
 */
#include "hw/storage/single.h"

#include "lib/error.h"
#include "lib/util.h"

static struct scsi_single *single_of(struct scsi_bus *bus)
{
	return container_of(bus, struct scsi_single, bus);
}

static void settle(struct scsi_single *single)
{
	if (single->state != SCSI_IN_FLIGHT)
		return;
	single->end(single, &single->started);
	single->state = SCSI_ENDED;
}

static void single_run(struct scsi_bus *bus, struct scsi_command *commands, unsigned count)
{
	struct scsi_single *single = single_of(bus);

	settle(single);
	for (; count; count--, commands++) {
		single->begin(single, commands);
		single->end(single, commands);
	}
}

static int single_start(struct scsi_bus *bus, const struct scsi_command *command)
{
	struct scsi_single *single = single_of(bus);

	if (single->state != SCSI_IDLE)
		return ERR_NOMEM;
	single->state = SCSI_IN_FLIGHT;
	single->started = *command;
	single->begin(single, command);
	return 0;
}

static void single_finish(struct scsi_bus *bus, int ticket, struct scsi_command *command)
{
	struct scsi_single *single = single_of(bus);

	(void)ticket; /* there is but one */
	settle(single);
	single->state = SCSI_IDLE;
	*command = single->started;
}

const struct scsi_ops scsi_single_ops = {
	.run = single_run,
	.start = single_start,
	.finish = single_finish,
};
