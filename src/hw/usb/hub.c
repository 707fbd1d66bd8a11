/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * Hubs. Their ports are asked by requests to endpoint 0 when somebody wants to know; the
 * endpoint that tells of changes is not used.
 *
 * Specifications: USB 2.0, chapter 11; USB 3.2, chapter 10.
 */
#include <string.h>

#include "hw/driver.h"
#include "hw/usb/usb.h"
#include "lib/error.h"
#include "lib/log.h"
#include "lib/memory.h"
#include "lib/util.h"

enum {
	CLASS_HUB = 9,
	DESCRIPTOR_HUB = 0x29,
	DESCRIPTOR_SUPER_HUB = 0x2a,
	HUB_SIZE = 8, /* of what is used of the descriptor */
	HUB_PORTS = 2,
	HUB_THINK_TIME = 3, /* bits 5 and 6 */
	HUB_POWER = 5,      /* in 2 ms */
	MAX_PORTS = 15,     /* that routes can name */
	SET_DEPTH = 12,

	PORT_RESET = 4, /* features */
	PORT_POWER = 8,
	C_PORT_RESET = 20,

	STATUS_CONNECTED = 1 << 0, /* of a port's status */
	STATUS_ENABLED = 1 << 1,
	STATUS_RESET = 1 << 4,
	STATUS_LOW_SPEED = 1 << 9,
	STATUS_HIGH_SPEED = 1 << 10,
};

struct hub {
	struct usb_hub hub;
	uint8_t answer[16]; /* of a request */
};

static struct hub *hub_of(struct usb_hub *hub)
{
	return container_of(hub, struct hub, hub);
}

static int port_request(struct usb_hub *hub, uint8_t request, uint16_t feature, unsigned port)
{
	return usb_control(hub->device, USB_OUT | USB_CLASS | USB_TO_PORT, request, feature, port,
			   NULL, 0);
}

/* A port's status, or an error. */
static int port_status(struct usb_hub *hub, unsigned port)
{
	uint8_t *answer = memset(hub_of(hub)->answer, 0, 4);
	int error = usb_control(hub->device, USB_IN | USB_CLASS | USB_TO_PORT, USB_GET_STATUS, 0,
				port, answer, 4);

	return error ? error : answer[0] | answer[1] << 8;
}

static bool hub_connected(struct usb_hub *hub, unsigned port)
{
	int status = port_status(hub, port);

	return status >= 0 && status & STATUS_CONNECTED;
}

static void hub_reset(struct usb_hub *hub, unsigned port)
{
	port_request(hub, USB_SET_FEATURE, PORT_RESET, port);
}

static int hub_ready(struct usb_hub *hub, unsigned port)
{
	int status = port_status(hub, port);

	if (status < 0)
		return status;
	if (!(status & STATUS_CONNECTED))
		return ERR_NOENT;
	if (status & STATUS_RESET || !(status & STATUS_ENABLED))
		return ERR_TIMEOUT;
	port_request(hub, USB_CLEAR_FEATURE, C_PORT_RESET, port);
	if (hub->device->slot.speed == USB_SPEED_SUPER)
		return USB_SPEED_SUPER;
	if (status & STATUS_LOW_SPEED)
		return USB_SPEED_LOW;
	return status & STATUS_HIGH_SPEED ? USB_SPEED_HIGH : USB_SPEED_FULL;
}

static const struct usb_hub_ops hub_ops = {
	.connected = hub_connected,
	.reset = hub_reset,
	.ready = hub_ready,
};

/* How many hubs are between this one and the root. */
static unsigned depth_of(const struct usb_device *device)
{
	unsigned depth = 0;

	for (; device->hub->device; device = device->hub->device)
		depth++;
	return depth;
}

static int hub_start(struct usb_hub *hub)
{
	struct usb_device *device = hub->device;
	bool super = device->slot.speed == USB_SPEED_SUPER;
	bool translates = device->slot.speed == USB_SPEED_HIGH;
	uint8_t *answer = hub_of(hub)->answer;
	int error;

	error = usb_control(device, USB_IN | USB_CLASS | USB_TO_DEVICE, USB_GET_DESCRIPTOR,
			    (super ? DESCRIPTOR_SUPER_HUB : DESCRIPTOR_HUB) << 8, 0, answer,
			    HUB_SIZE);
	if (error)
		return error;
	if (answer[0] < HUB_SIZE - 1 || !answer[HUB_PORTS])
		return ERR_INVAL;
	hub->ports = min_u32(answer[HUB_PORTS], MAX_PORTS);
	hub->power_ms = answer[HUB_POWER] * 2;
	error = xhci_slot_set_hub(&device->slot, hub->ports,
				  translates ? answer[HUB_THINK_TIME] >> 5 & 3 : 0);
	if (!error && super)
		error = usb_control(device, USB_OUT | USB_CLASS | USB_TO_DEVICE, SET_DEPTH,
				    depth_of(device), 0, NULL, 0);
	return error;
}

static int hub_probe(struct usb_device *device, const struct usb_interface *interface)
{
	struct hub *hub = memory_alloc(sizeof(*hub), 8);
	int error;

	(void)interface;
	if (!hub)
		return ERR_NOMEM;
	usb_name(device, "usb-hub", "hub");
	hub->hub.ops = &hub_ops;
	hub->hub.xhci = device->slot.xhci;
	hub->hub.device = device;
	error = hub_start(&hub->hub);
	for (unsigned port = 1; !error && port <= hub->hub.ports; port++)
		error = port_request(&hub->hub, USB_SET_FEATURE, PORT_POWER, port);
	if (error)
		return error;
	log_line(LOG_INFO, "%s: %u ports", device->device.name, hub->hub.ports);
	usb_add_hub(&hub->hub);
	return 0;
}

USB_DRIVER(usb_hub) = {
	.class = CLASS_HUB,
	.subclass = USB_ANY,
	.protocol = USB_ANY,
	.probe = hub_probe,
};
