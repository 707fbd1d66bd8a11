/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * virtio consoles. Without the MULTIPORT feature, which is not accepted, a device
 * is one port with two queues: the device fills buffers that wait in the receive
 * queue, and takes what we put in the transmit queue. In QEMU that port is the
 * virtconsole with nr=0, the first one of a virtio-serial-device.
 *
 * Both queues have buffers of their own, a buffer for each slot, in memory that stays
 * ours. So nobody waits for output but when all buffers are on their way: a host that
 * takes none for a while has all its time, and gets the rest when it does.
 *
 * Specification: virtio 1.2, 5.3 "Console Device".
 */
#include <stddef.h>
#include <string.h>

#include "console/console.h"
#include "hw/clock.h"
#include "hw/driver.h"
#include "hw/virtio/virtio.h"
#include "lib/error.h"
#include "lib/log.h"
#include "lib/memory.h"
#include "lib/util.h"

enum {
	RECEIVE_QUEUE = 0,
	TRANSMIT_QUEUE = 1,
	BUFFERS = VIRTQ_KEPT_SLOTS, /* of each queue */
	IN_SIZE = 32,
	OUT_SIZE = 512,
	TIMEOUT_MS = 500, /* for a host that takes nothing */
	MAX_RESTARTS = 4, /* of a device that breaks the rules again and again */
};

struct vconsole {
	struct console console;
	struct virtio_device *device;
	struct virtqueue receive, transmit;
	unsigned restarts;
	int slot;              /* of the buffer that is being read, or negative */
	uint32_t next, length; /* in it */
	uint8_t in[BUFFERS][IN_SIZE];
	uint8_t out[BUFFERS][OUT_SIZE];
};

static struct vconsole *vconsole_of(struct console *console)
{
	return container_of(console, struct vconsole, console);
}

/* --- a device that broke the rules ------------------------------------------ */

/* Offers the next free buffer to the device; it is not told yet. */
static void vconsole_offer(struct vconsole *vc)
{
	int slot = virtq_free_slot(&vc->receive);

	if (slot < 0)
		return;
	virtq_submit(&vc->receive, &(struct virtq_buffer){ptr_phys(vc->in[slot]), IN_SIZE, true},
		     1);
}

static void vconsole_offer_all(struct vconsole *vc)
{
	for (unsigned i = 0; i < BUFFERS; i++)
		vconsole_offer(vc);
}

/* Takes back the buffers that were on their way when the device was restarted. */
static void vconsole_forget(struct vconsole *vc, struct virtqueue *queue)
{
	for (int slot = 0; slot < queue->slots; slot++)
		if (queue->held & 1u << slot)
			virtq_wait(vc->device, queue, slot, 0);
}

/* What the device had of our output is lost, and of its input what it had not told. Without
 * success both queues stay broken: the device is left alone. */
static void vconsole_restart(struct vconsole *vc)
{
	if (vc->restarts == MAX_RESTARTS)
		return;
	vc->restarts++;
	log_line(LOG_ERROR, "%s: restarted", vc->device->device.name);
	if (virtio_restart(vc->device)) {
		virtq_give_up(vc->device, ERR_IO);
		return;
	}
	vconsole_forget(vc, &vc->transmit);
	vconsole_forget(vc, &vc->receive);
	vc->slot = -1;
	vconsole_offer_all(vc);
	virtq_kick(vc->device, &vc->receive);
}

/* --- output ------------------------------------------------------------------ */

/* Takes back the buffers that the device is done with; false if it breaks the rules. */
static bool vconsole_reclaim(struct vconsole *vc)
{
	int slot;

	do
		slot = virtq_poll(&vc->transmit);
	while (slot >= 0);
	if (slot == ERR_NOENT)
		return true;
	vconsole_restart(vc);
	return false;
}

static bool vconsole_wants_reset(struct vconsole *vc)
{
	return vc->device->transport->get_status(vc->device) & VIRTIO_NEEDS_RESET;
}

/* A buffer that is free, now or within the deadline; negative if there is none. */
static int vconsole_wait(struct vconsole *vc)
{
	struct deadline deadline = deadline_in_ms(TIMEOUT_MS);

	for (;;) {
		int slot;

		if (!vconsole_reclaim(vc))
			return ERR_IO;
		slot = virtq_free_slot(&vc->transmit);
		if (slot >= 0)
			return slot;
		if (deadline_passed(&deadline))
			break;
	}
	if (vconsole_wants_reset(vc))
		vconsole_restart(vc);
	return ERR_TIMEOUT;
}

/* The device is told once for as many buffers as there are. */
static bool vconsole_write(struct console *console, const char *s, size_t length)
{
	struct vconsole *vc = vconsole_of(console);
	struct virtqueue *queue = &vc->transmit;
	bool untold = false;

	if (!vconsole_reclaim(vc))
		return false;
	while (length) {
		uint32_t size = min_u32(length, OUT_SIZE);
		int slot = virtq_free_slot(queue);

		if (slot < 0) {
			if (untold)
				virtq_kick(vc->device, queue);
			untold = false;
			slot = vconsole_wait(vc);
		}
		if (slot < 0)
			return false;
		memcpy(vc->out[slot], s, size);
		virtq_submit(queue, &(struct virtq_buffer){ptr_phys(vc->out[slot]), size, false},
			     1);
		untold = true;
		s += size;
		length -= size;
	}
	if (untold)
		virtq_kick(vc->device, queue);
	return true;
}

static bool vconsole_ready(struct console *console)
{
	struct vconsole *vc = vconsole_of(console);

	return vconsole_reclaim(vc) && !vc->transmit.busy;
}

/* --- input ------------------------------------------------------------------- */

/* Takes the next buffer that the device has filled; false if there is none. */
static bool vconsole_next_buffer(struct vconsole *vc)
{
	struct virtqueue *queue = &vc->receive;
	int slot = virtq_poll(queue);

	if (slot == ERR_IO)
		vconsole_restart(vc);
	if (slot < 0)
		return false;
	vc->slot = slot;
	vc->next = 0;
	vc->length = min_u32(queue->written[slot], IN_SIZE);
	return true;
}

/* Gives the buffer that has been read back to the device: of all slots its own is free. */
static void vconsole_return_buffer(struct vconsole *vc)
{
	if (vc->slot < 0)
		return;
	vc->slot = -1;
	vconsole_offer(vc);
	virtq_kick(vc->device, &vc->receive);
}

static int vconsole_read(struct console *console)
{
	struct vconsole *vc = vconsole_of(console);

	/* A buffer may come back empty. Not for ever: a device may do it on and on. */
	for (unsigned tries = 0; vc->slot < 0 || vc->next == vc->length; tries++) {
		vconsole_return_buffer(vc);
		if (tries == BUFFERS || !vconsole_next_buffer(vc))
			return -1;
	}
	return vc->in[vc->slot][vc->next++];
}

static const struct console_ops vconsole_ops = {
	.output = {.write = vconsole_write, .ready = vconsole_ready},
	.read = vconsole_read,
};

/* --- bringing it up ---------------------------------------------------------- */

static int vconsole_start(struct vconsole *vc)
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
	vconsole_offer_all(vc);
	virtio_start(device);
	virtq_kick(device, &vc->receive);
	return 0;
}

static int vconsole_probe(struct virtio_device *device)
{
	struct vconsole *vc = memory_alloc(sizeof(*vc), 8);
	int error;

	if (!vc)
		return ERR_NOMEM;
	vc->console.ops = &vconsole_ops;
	vc->device = device;
	vc->slot = -1;
	error = vconsole_start(vc);
	if (error)
		return error;
	log_line(LOG_INFO, "%s: console", device->device.name);
	console_register(&vc->console);
	return 0;
}

VIRTIO_DRIVER(virtio_console) = {
	.device_id = VIRTIO_ID_CONSOLE,
	.probe = vconsole_probe,
};
