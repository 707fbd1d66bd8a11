/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * What virtio drivers share: the device's life, its virtqueues, and the
 * transport behind a table of functions. Specification: virtio 1.2.
 */
#ifndef PETREL_HW_VIRTIO_VIRTIO_H
#define PETREL_HW_VIRTIO_VIRTIO_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/device.h"

enum virtio_id {
	VIRTIO_ID_BLOCK = 2,
	VIRTIO_ID_CONSOLE = 3,
	VIRTIO_ID_SCSI = 8,
	VIRTIO_ID_GPU = 16,
	VIRTIO_ID_INPUT = 18,
};

/* 2.1 "Device Status Field" */
enum virtio_status {
	VIRTIO_ACKNOWLEDGE = 1,
	VIRTIO_DRIVER = 2,
	VIRTIO_DRIVER_OK = 4,
	VIRTIO_FEATURES_OK = 8,
	VIRTIO_NEEDS_RESET = 64,
	VIRTIO_FAILED = 128,
};

/* 6 "Reserved Feature Bits" */
#define VIRTIO_F_INDIRECT_DESC   (1ull << 28)
#define VIRTIO_F_VERSION_1       (1ull << 32)
#define VIRTIO_F_ACCESS_PLATFORM (1ull << 33)

/* 2.7.5 "The Virtqueue Descriptor Table" */
struct virtq_desc {
	uint64_t address; /* physical */
	uint32_t length;
	uint16_t flags;
	uint16_t next;
};

enum virtq_desc_flags {
	VIRTQ_DESC_NEXT = 1,
	VIRTQ_DESC_WRITE = 2, /* the device writes, we read */
	VIRTQ_DESC_INDIRECT = 4,
};

/* 2.7.6 "The Virtqueue Available Ring" */
struct virtq_avail {
	uint16_t flags;
	uint16_t index;
	uint16_t ring[];
};

enum { VIRTQ_AVAIL_NO_INTERRUPT = 1 };

/* 2.7.8 "The Virtqueue Used Ring" */
struct virtq_used_elem {
	uint32_t id;
	uint32_t length;
};

struct virtq_used {
	uint16_t flags;
	uint16_t index;
	struct virtq_used_elem ring[];
};

enum {
	VIRTQ_CHAIN = 3,      /* most descriptors in a request of ours */
	VIRTQ_MAX_SLOTS = 32, /* most requests of ours in flight in one queue */
	VIRTQ_KEPT_SLOTS = 4, /* of these, with indirect tables of the queue's own */
	VIRTQ_ALIGN = 64,     /* of the used ring, in the legacy layout */
	VIRTQ_PAGE = 512,     /* of the whole queue, in the legacy layout */
};

/*
 * A virtqueue, as much of it as we use: a request takes a slot, and slot n owns
 * the descriptors from VIRTQ_CHAIN * n on; where the device knows indirect
 * descriptors, it owns descriptor n and a table of its own, so that even a queue
 * of size 1 works.
 */
struct virtqueue {
	uint16_t index; /* of the queue in the device */
	uint16_t size;  /* descriptors */
	uint16_t slots;
	uint32_t busy; /* bit n: slot n is in flight */
	uint32_t held; /* bit n: slot n is finished, and not waited for yet */
	uint32_t lost; /* bit n: held slot n was in flight when the device was restarted */
	uint16_t last_used;
	bool indirect;
	bool broken; /* the device broke the rules: nothing is sent before a restart */
	struct virtq_desc *desc;
	struct virtq_avail *avail;
	volatile struct virtq_used *used;
	struct virtq_desc (*tables)[VIRTQ_CHAIN], (*own_tables)[VIRTQ_CHAIN];
	struct virtqueue *next; /* of the device's queues */
	uint32_t notify;        /* for the transport: where this queue is notified */
	/* By slot, how many bytes the device says it has written for the finished
	 * request. Any number, and of many legacy devices a wrong one. */
	uint32_t written[VIRTQ_MAX_SLOTS];
};

/* A piece of memory in a request. */
struct virtq_buffer {
	uint64_t address; /* physical */
	uint32_t length;
	bool device_writes;
};

struct virtio_transport;

struct virtio_device {
	struct device device; /* its address and its name, "virtio-mmio feb02e00" */
	const struct virtio_transport *transport;
	uint32_t id;              /* enum virtio_id */
	uint64_t features;        /* agreed on */
	struct virtqueue *queues; /* those that are in use, by ->next */
	bool legacy;
	uint8_t status;
};

/* How a device is reached: memory-mapped registers, PCI, or a test's fake. */
struct virtio_transport {
	uint64_t (*get_features)(struct virtio_device *device);
	void (*set_features)(struct virtio_device *device, uint64_t features);
	uint8_t (*get_status)(struct virtio_device *device);
	void (*set_status)(struct virtio_device *device, uint8_t status);
	/* The largest size of queue `index`, 0 if there is no such queue; the
	 * queue stays selected for set_queue. */
	uint32_t (*queue_max)(struct virtio_device *device, uint16_t index);
	/* Announces the queue's memory; may note in queue->notify where it is notified. */
	void (*set_queue)(struct virtio_device *device, struct virtqueue *queue);
	void (*notify)(struct virtio_device *device, const struct virtqueue *queue);
	/* A naturally aligned field of the device's configuration; size 1, 2, 4. */
	uint32_t (*config)(struct virtio_device *device, unsigned offset, unsigned size);
	/* Writes a byte of it. */
	void (*set_config8)(struct virtio_device *device, unsigned offset, uint8_t value);
	/* Changes when the configuration does; constant on legacy devices. */
	uint32_t (*config_generation)(struct virtio_device *device);
};

/* Is there a driver for devices of this type (enum virtio_id)? */
bool virtio_is_driven(uint32_t id);

/* Gives a device to the driver that knows its id, whatever the transport. Returns as the
 * driver does; ERR_NOENT if there is no driver, which is logged. */
int virtio_probe(struct virtio_device *device);

/* The bus of what is behind a virtio device and is a single thing, such as the disk of
 * a virtio-blk: QEMU calls it disk@0,0. */
extern const struct device_bus virtio_unit_bus;

/*
 * Resets the device and agrees on features: those of `wanted` that it offers.
 * Returns 0; ERR_UNSUPPORTED if it insists on what we lack, and then the device
 * has status FAILED; ERR_TIMEOUT if the reset does not end.
 */
int virtio_init(struct virtio_device *device, uint64_t wanted);

/* Allocates and announces queue `index`, whose rings have room for `slots`
 * requests in flight (a power of two, VIRTQ_KEPT_SLOTS to VIRTQ_MAX_SLOTS).
 * Returns 0, ERR_NOENT if the device has no such queue, ERR_UNSUPPORTED if it is
 * too small, ERR_NOMEM. */
int virtio_add_queue(struct virtio_device *device, struct virtqueue *queue, uint16_t index,
		     unsigned slots);

/*
 * A queue has memory for VIRTQ_KEPT_SLOTS indirect tables, enough for a disk at
 * work. For a while, as a bus is scanned, it can use `tables`, one for each of
 * the slots of virtio_add_queue(); NULL gives it its own again. Nothing may be in
 * flight. Without indirect descriptors this does nothing.
 */
void virtq_use_tables(struct virtqueue *queue, struct virtq_desc (*tables)[VIRTQ_CHAIN]);

/* Tells the device that it may start. */
void virtio_start(struct virtio_device *device);

/* Gives the device up: status FAILED. */
void virtio_fail(struct virtio_device *device);

/* Brings a device that broke back to work: reset, the features agreed on before, the same
 * queues, emptied. Returns 0, ERR_TIMEOUT, ERR_UNSUPPORTED or ERR_NOENT. */
int virtio_restart(struct virtio_device *device);

/* Reads a 64-bit field of the configuration, whole even if it changes. */
uint64_t virtio_config64(struct virtio_device *device, unsigned offset);

/* The slot that the next request will get, ERR_NOMEM if none is free. */
int virtq_free_slot(const struct virtqueue *queue);

/*
 * Puts a request on the available ring; the device is not told. `count` is at
 * most VIRTQ_CHAIN; buffers that the device writes come last.
 * Returns the slot, ERR_NOMEM if none is free, ERR_IO if the queue is broken.
 */
int virtq_submit(struct virtqueue *queue, const struct virtq_buffer *buffers, unsigned count);

/* Tells the device that there are requests. */
void virtq_kick(struct virtio_device *device, struct virtqueue *queue);

/*
 * Takes one finished request from the used ring. Returns its slot; ERR_NOENT if
 * there is none; ERR_IO if the device wrote something impossible there, and then
 * the queue is broken.
 */
int virtq_poll(struct virtqueue *queue);

/* Stops a device that broke the rules: its queues are broken, and it is reset,
 * so that it cannot write to the buffers any more. Returns `error`. */
int virtq_give_up(struct virtio_device *device, int error);

/*
 * Waits until the request in `slot` is finished, and frees the slot; others that
 * finish meanwhile are held for who waits for them. Returns 0, ERR_TIMEOUT, or
 * ERR_IO, also if the request was lost in a restart. After an error other than
 * that, which is said on the console, the queue is broken and the device reset, so
 * that it cannot write to the buffers any more.
 */
int virtq_wait(struct virtio_device *device, struct virtqueue *queue, int slot,
	       uint32_t timeout_ms);

#endif
