/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * A virtio device as a transport of its own. It reads the virtqueue as virtio
 * 1.2 says a device does, stops the test if the driver's side of it is wrong,
 * and misbehaves on request. Time passes by polls.
 */
#ifndef PETREL_FAKE_VIRTIO_H
#define PETREL_FAKE_VIRTIO_H

#include "hw/virtio/virtio.h"

enum fake_virtio_manner {
	FAKE_OBEYS,          /* serves a request as it is notified */
	FAKE_HOLDS,          /* notes it; fake_virtio_complete() serves it */
	FAKE_SILENT,         /* never answers */
	FAKE_ASKS_FOR_RESET, /* never answers, with NEEDS_RESET in its status */
};

enum { FAKE_MAX_BUFFERS = 8, FAKE_CONFIG_SIZE = 64 };

struct fake_virtio {
	struct virtio_device device; /* first: the transport finds us by it */
	uint64_t offers;             /* features */
	uint16_t queue_index;        /* of the only queue */
	uint32_t queue_max;
	enum fake_virtio_manner manner;
	bool refuses_features, reset_hangs;
	uint8_t config[FAKE_CONFIG_SIZE];
	/* Each look at the generation changes the configuration, so often. */
	unsigned config_changes;
	uint32_t written_less; /* bytes that it reports, than there are to be written */

	/* Serves one request; the default fills what it may write to with 0x5a. */
	void (*serve)(struct fake_virtio *fake, const struct virtq_buffer *buffers, unsigned count);

	/* What the driver has done. */
	uint64_t accepted;
	uint8_t status;
	unsigned notified, resets, served, config_writes;
	struct virtqueue queue; /* as it was announced */
	uint16_t seen, used;    /* available and used index */
	uint16_t held[64];
	unsigned held_count;
	uint32_t generation;
};

/* A device that obeys, of this generation of the protocol. */
void fake_virtio_init(struct fake_virtio *fake, bool legacy, uint64_t offers, uint32_t queue_max);

/* Serves the held request number `n`, in the order of submission. */
void fake_virtio_complete(struct fake_virtio *fake, unsigned n);

/* Puts an entry on the used ring, whatever it is. */
void fake_virtio_push_used(struct fake_virtio *fake, uint32_t id);

/* Sets the used ring's index. */
void fake_virtio_set_used(struct fake_virtio *fake, uint16_t index);

#endif
