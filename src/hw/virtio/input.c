/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * virtio keyboards. An input device fills buffers that wait in its event queue with Linux's
 * input events, one in each: a key's code with 1 when it goes down and 0 when it goes up,
 * and a mark behind what belongs together. Codes below 59h are scan codes of set 1. Lights
 * go to the device by its status queue.
 *
 * Whether a device is a keyboard is told by the keys that it says it has: tablets and mice
 * have buttons only, and are left alone. QEMU drops what finds too few buffers, so there
 * are many. The memory that it writes to stays ours when an operating system takes over,
 * whose driver resets the device.
 *
 * Specification: virtio 1.2, 5.8 "Input Device"; Linux,
 * include/uapi/linux/input-event-codes.h.
 */
#include <stddef.h>

#include "console/keyboard.h"
#include "console/scancode.h"
#include "hw/driver.h"
#include "hw/virtio/virtio.h"
#include "lib/error.h"
#include "lib/log.h"
#include "lib/memory.h"
#include "lib/util.h"

enum {
	EVENT_QUEUE = 0,
	STATUS_QUEUE = 1,
	EVENT_BUFFERS = VIRTQ_MAX_SLOTS,
	STATUS_BUFFERS = VIRTQ_KEPT_SLOTS,
	MAX_RESTARTS = 4, /* of a device that breaks the rules again and again */

	/* 5.8.4: what is asked for is written to the first two bytes. */
	CONFIG_SELECT = 0,
	CONFIG_SUBSELECT = 1,
	CONFIG_SIZE = 2,
	CONFIG_DATA = 8,
	SELECT_EVENT_BITS = 0x11,

	EVENT_KEY = 0x01,
	EVENT_LIGHT = 0x11,
	VALUE_DOWN = 1, /* 2 is a repetition, which scancode.c makes by itself */
	CODE_ENTER = 28,
	CODE_SAME = 0x58, /* up to here as scan codes are */
	CODE_FIRST_OTHER = 96,
	CODE_PAUSE = 119,
	NO_LIGHTS = 0xff,
};

struct event {
	uint16_t type, code;
	uint32_t value;
};

struct vkeyboard {
	struct keyboard_input input;
	struct virtio_device *device;
	struct virtqueue events, status;
	struct scancode_repeat repeat;
	unsigned restarts;
	bool has_lights;
	bool untold;    /* the device is still to be told of buffers */
	uint8_t lights; /* that the device has been told */
	struct virtq_desc tables[EVENT_BUFFERS][VIRTQ_CHAIN];
	struct event in[EVENT_BUFFERS], out[STATUS_BUFFERS];
};

/* From 96 on; E0 comes before each. */
static const uint8_t other_codes[] = {
	0x1c, 0x1d, 0x35, 0x37, 0x38, 0,    0x47, 0x48, /* Enter of the keypad, right Ctrl ... */
	0x49, 0x4b, 0x4d, 0x4f, 0x50, 0x51, 0x52, 0x53, /* ... Page Up, arrows, Delete */
	0,    0,    0,    0,    0,    0,    0,    0,
	0,    0,    0,    0,    0,    0x5b, 0x5c, 0x5d, /* logo keys, menu */
};

/* 0 for keys that a PC's keyboard has not. */
static uint16_t scan_code_of(uint16_t code)
{
	uint8_t scan;

	if (code <= CODE_SAME)
		return code;
	if (code == CODE_PAUSE)
		return SCANCODE_PAUSE;
	if (code < CODE_FIRST_OTHER || code >= CODE_FIRST_OTHER + sizeof(other_codes))
		return 0;
	scan = other_codes[code - CODE_FIRST_OTHER];
	if (!scan)
		return 0;
	return SCANCODE_E0 | scan;
}

/* --- buffers ----------------------------------------------------------------- */

/* Offers the next free buffer to the device; it is not told yet. */
static void offer(struct vkeyboard *vk)
{
	int slot = virtq_free_slot(&vk->events);

	if (slot >= 0)
		virtq_submit(&vk->events,
			     &(struct virtq_buffer){ptr_phys(&vk->in[slot]), sizeof(vk->in[slot]),
						    true},
			     1);
}

static void offer_all(struct vkeyboard *vk)
{
	for (unsigned i = 0; i < vk->events.slots; i++)
		offer(vk);
	virtq_kick(vk->device, &vk->events);
}

/* Takes back the buffers that were on their way when the device was restarted. */
static void forget(struct vkeyboard *vk, struct virtqueue *queue)
{
	for (int slot = 0; slot < queue->slots; slot++)
		if (queue->held & 1u << slot)
			virtq_wait(vk->device, queue, slot, 0);
}

static void restart(struct vkeyboard *vk)
{
	if (vk->restarts == MAX_RESTARTS)
		return;
	vk->restarts++;
	log_line(LOG_ERROR, "%s: restarted", vk->device->device.name);
	if (virtio_restart(vk->device)) {
		virtq_give_up(vk->device, ERR_IO);
		return;
	}
	forget(vk, &vk->events);
	forget(vk, &vk->status);
	offer_all(vk);
}

/* --- lights ------------------------------------------------------------------ */

static bool tell_light(struct vkeyboard *vk, uint16_t light, bool on)
{
	int slot = virtq_free_slot(&vk->status);

	if (slot < 0)
		return false;
	vk->out[slot] = (struct event){EVENT_LIGHT, light, on};
	return virtq_submit(&vk->status,
			    &(struct virtq_buffer){ptr_phys(&vk->out[slot]), sizeof(vk->out[slot]),
						   false},
			    1) >= 0;
}

/* In the order of their codes: Num, Caps, Scroll Lock. What finds no free buffer is told
 * at the next look. */
static void show_lights(struct vkeyboard *vk)
{
	static const uint8_t order[] = {SCANCODE_NUM_LOCK, SCANCODE_CAPS_LOCK,
					SCANCODE_SCROLL_LOCK};
	uint8_t lights = scancode_lights(), told = lights;
	int slot;

	if (!vk->has_lights || lights == vk->lights)
		return;
	do
		slot = virtq_poll(&vk->status);
	while (slot >= 0);
	if (slot == ERR_IO)
		restart(vk);
	for (unsigned i = 0; i < ARRAY_SIZE(order); i++)
		if (!tell_light(vk, i, lights & order[i]))
			told = NO_LIGHTS;
	vk->lights = told;
	virtq_kick(vk->device, &vk->status);
}

/* --- keys -------------------------------------------------------------------- */

static void take_event(struct vkeyboard *vk, const struct event *event)
{
	uint16_t code = event->type == EVENT_KEY ? scan_code_of(event->code) : 0;

	if (code && event->value <= VALUE_DOWN)
		scancode_repeating_key(&vk->repeat, code, event->value == VALUE_DOWN);
}

/* The device is told of the buffers that it gets back when nothing more has come. */
static bool vkeyboard_poll(struct keyboard_input *input)
{
	struct vkeyboard *vk = container_of(input, struct vkeyboard, input);
	int slot = virtq_poll(&vk->events);
	struct event event;

	if (slot >= 0) {
		event = vk->in[slot];
		if (vk->events.written[slot] >= sizeof(event) || vk->device->legacy)
			take_event(vk, &event);
		offer(vk);
		vk->untold = true;
		return true;
	}
	if (slot == ERR_IO)
		restart(vk);
	else if (vk->untold)
		virtq_kick(vk->device, &vk->events);
	vk->untold = false;
	show_lights(vk);
	return scancode_repeat(&vk->repeat);
}

/* --- bringing it up ---------------------------------------------------------- */

/* Whether the device has an event of a type: one of its codes, below 32. */
static bool has_event(struct virtio_device *device, uint8_t type, unsigned code)
{
	const struct virtio_transport *transport = device->transport;

	transport->set_config8(device, CONFIG_SELECT, SELECT_EVENT_BITS);
	transport->set_config8(device, CONFIG_SUBSELECT, type);
	return transport->config(device, CONFIG_SIZE, 1) > code / 8 &&
	       transport->config(device, CONFIG_DATA + code / 8, 1) & 1 << code % 8;
}

static int vkeyboard_start(struct vkeyboard *vk)
{
	struct virtio_device *device = vk->device;
	int error = virtio_add_queue(device, &vk->events, EVENT_QUEUE, EVENT_BUFFERS);

	if (!error)
		error = virtio_add_queue(device, &vk->status, STATUS_QUEUE, STATUS_BUFFERS);
	if (error) {
		virtio_fail(device);
		return error;
	}
	virtq_use_tables(&vk->events, vk->tables);
	virtio_start(device);
	offer_all(vk);
	return 0;
}

static int vkeyboard_probe(struct virtio_device *device)
{
	struct vkeyboard *vk = NULL;
	int error = virtio_init(device, 0);

	if (error)
		return error;
	error = has_event(device, EVENT_KEY, CODE_ENTER) ? ERR_NOMEM : ERR_NOENT;
	if (error == ERR_NOMEM)
		vk = memory_alloc(sizeof(*vk), 16);
	if (!vk) {
		virtio_fail(device);
		return error;
	}
	vk->device = device;
	vk->lights = NO_LIGHTS;
	vk->has_lights = has_event(device, EVENT_LIGHT, 0);
	error = vkeyboard_start(vk);
	if (error)
		return error;
	log_line(LOG_INFO, "%s: keyboard", device->device.name);
	vk->input.poll = vkeyboard_poll;
	vk->input.is_keyboard = true;
	keyboard_add_input(&vk->input);
	return 0;
}

VIRTIO_DRIVER(virtio_input) = {
	.device_id = VIRTIO_ID_INPUT,
	.probe = vkeyboard_probe,
};
