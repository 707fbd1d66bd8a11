/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * virtio consoles. Without the MULTIPORT feature, which is not accepted, a device
 * is one port with two queues: the device fills buffers that wait in the receive
 * queue, and takes what we put in the transmit queue. In QEMU that port is the
 * virtconsole with nr=0, the first one of a virtio-serial-device.
 *
 * Specification: virtio 1.2, 5.3 "Console Device".
 */
#include <stddef.h>

#include "console.h"
#include "driver.h"
#include "error.h"
#include "hw/virtio.h"
#include "memory.h"

enum {
	RECEIVE_QUEUE = 0,
	TRANSMIT_QUEUE = 1,
	BUFFERS = VIRTQ_KEPT_SLOTS,
	BUFFER_SIZE = 32,
	TIMEOUT_MS = 500,
};

struct virtio_console {
	struct console console;
	struct virtio_device *device;
	struct virtqueue receive, transmit;
	bool writing;          /* a failure to write must not be written */
	int slot;              /* of the buffer that is being read, or negative */
	uint32_t next, length; /* in it */
	uint8_t buffers[BUFFERS][BUFFER_SIZE];
	uint8_t buffer_of[BUFFERS]; /* by slot */
};

static struct virtio_console *console_of(struct console *console)
{
	return (struct virtio_console *)((uint8_t *)console -
					 offsetof(struct virtio_console, console));
}

/* The device reads from the caller's memory, which must stay until it has. */
static void console_write(struct console *console, const char *s, size_t length)
{
	struct virtio_console *vc = console_of(console);
	struct virtq_buffer buffer = {ptr_phys(s), length, false};
	int slot;

	if (!length || vc->writing || vc->transmit.broken)
		return;
	vc->writing = true;
	slot = virtq_submit(&vc->transmit, &buffer, 1);
	if (slot >= 0) {
		virtq_kick(vc->device, &vc->transmit);
		virtq_wait(vc->device, &vc->transmit, slot, TIMEOUT_MS);
	}
	vc->writing = false;
}

static void offer(struct virtio_console *vc, unsigned number)
{
	struct virtq_buffer buffer = {ptr_phys(vc->buffers[number]), BUFFER_SIZE, true};
	int slot = virtq_submit(&vc->receive, &buffer, 1);

	if (slot >= 0)
		vc->buffer_of[slot] = number;
}

/* Takes the next buffer that the device has filled; false if there is none. */
static bool next_buffer(struct virtio_console *vc)
{
	struct virtqueue *queue = &vc->receive;
	int slot = virtq_poll(queue);

	if (slot < 0)
		return false;
	vc->slot = slot;
	vc->next = 0;
	vc->length = queue->written[slot];
	if (vc->length > BUFFER_SIZE)
		vc->length = BUFFER_SIZE;
	return true;
}

/* Gives the buffer that has been read back to the device. */
static void return_buffer(struct virtio_console *vc)
{
	if (vc->slot < 0)
		return;
	offer(vc, vc->buffer_of[vc->slot]);
	virtq_kick(vc->device, &vc->receive);
	vc->slot = -1;
}

static int console_read_byte(struct console *console)
{
	struct virtio_console *vc = console_of(console);

	if (vc->transmit.broken) /* then the device was reset */
		return -1;
	/* A buffer may come back empty. Not for ever: a device may do it on and on. */
	for (unsigned tries = 0; vc->slot < 0 || vc->next == vc->length; tries++) {
		return_buffer(vc);
		if (tries == BUFFERS || !next_buffer(vc))
			return -1;
	}
	return vc->buffers[vc->buffer_of[vc->slot]][vc->next++];
}

static const struct console_ops console_ops = {console_write, console_read_byte};

static int start(struct virtio_console *vc)
{
	struct virtio_device *device = vc->device;
	int error = virtio_init(device, 0);

	if (error)
		return error;
	error = virtio_add_queue(device, &vc->receive, RECEIVE_QUEUE, BUFFERS);
	if (!error)
		error = virtio_add_queue(device, &vc->transmit, TRANSMIT_QUEUE, BUFFERS);
	if (error) {
		virtio_fail(device);
		return error;
	}
	for (unsigned i = 0; i < BUFFERS; i++)
		offer(vc, i);
	virtio_start(device);
	virtq_kick(device, &vc->receive);
	return 0;
}

static int probe(struct virtio_device *device)
{
	struct virtio_console *vc = heap_alloc(sizeof(*vc), 8);
	int error;

	if (!vc)
		return ERR_NOMEM;
	vc->console.ops = &console_ops;
	vc->device = device;
	vc->slot = -1;
	error = start(vc);
	if (!error)
		console_register(&vc->console);
	return error;
}

VIRTIO_DRIVER(virtio_console) = {
	.device_id = VIRTIO_ID_CONSOLE,
	.probe = probe,
};
