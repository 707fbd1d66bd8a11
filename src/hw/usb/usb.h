/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * USB devices: what is plugged in where, requests to endpoint 0, and descriptors. A driver
 * is for interfaces of a class (hw/driver.h, struct usb_driver).
 */
#ifndef PETREL_HW_USB_USB_H
#define PETREL_HW_USB_USB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hw/usb/xhci.h"
#include "lib/device.h"

/* USB 2.0, table 9-2: a request's first byte */
enum {
	USB_OUT = 0x00,
	USB_IN = 0x80,
	USB_STANDARD = 0x00,
	USB_CLASS = 0x20,
	USB_TO_DEVICE = 0,
	USB_TO_INTERFACE = 1,
	USB_TO_ENDPOINT = 2,
	USB_TO_PORT = 3, /* of a hub */
};

/* Tables 9-4 and 9-5 */
enum {
	USB_GET_STATUS = 0,
	USB_CLEAR_FEATURE = 1,
	USB_SET_FEATURE = 3,
	USB_GET_DESCRIPTOR = 6,
	USB_SET_CONFIGURATION = 9,
	USB_SET_INTERFACE = 11,

	USB_DESCRIPTOR_DEVICE = 1,
	USB_DESCRIPTOR_CONFIGURATION = 2,
	USB_DESCRIPTOR_INTERFACE = 4,
	USB_DESCRIPTOR_ENDPOINT = 5,
	USB_DESCRIPTOR_COMPANION = 0x30, /* of a SuperSpeed endpoint: USB 3.2, 9.6.7 */

	USB_ENDPOINT_BULK = 2,
	USB_ENDPOINT_INTERRUPT = 3,
};

struct usb_hub;

struct usb_device {
	struct device device; /* on its hub or controller, by the number of its port */
	struct xhci_slot slot;
	const char *path_name; /* what QEMU calls it in paths */
	struct usb_hub *hub;   /* where it is plugged in ... */
	uint8_t port;          /* ... from 1 */
	struct usb_device *next;
};

struct usb_hub_ops {
	/* As xhci_port_connected(), xhci_port_reset() and xhci_port_ready(). */
	bool (*connected)(struct usb_hub *hub, unsigned port);
	void (*reset)(struct usb_hub *hub, unsigned port);
	int (*ready)(struct usb_hub *hub, unsigned port);
};

struct usb_hub {
	const struct usb_hub_ops *ops;
	struct xhci *xhci;
	struct usb_device *device; /* NULL: a controller's root hub */
	unsigned ports;
	uint32_t power_ms; /* until its ports have power */
	struct usb_hub *next;
};

/* A part of a configuration; valid while it is probed. */
struct usb_interface {
	uint8_t number, alternate, class, subclass, protocol;
	const uint8_t *descriptors; /* those that follow its own, up to the next interface */
	const uint8_t *end;
};

struct usb_endpoint {
	uint8_t address;
	struct xhci_endpoint pipe;
	const uint8_t *descriptors; /* those that follow its own, up to the next endpoint */
	const uint8_t *end;
};

/* Finds all that is plugged in to a controller, and lets drivers look at it. */
void usb_start(struct xhci *xhci);

/* For the driver of hubs: there is one more, whose ports get power. */
void usb_add_hub(struct usb_hub *hub);

/* Says what a device is: for messages "usb-storage", say, and as QEMU's paths have it. */
void usb_name(struct usb_device *device, const char *kind, const char *path_name);

/*
 * A request to endpoint 0. `data` has `length` bytes and is in the arena; what the device
 * does not fill in stays as it was. Returns 0 or an error, after which other requests may
 * succeed.
 */
int usb_control(struct usb_device *device, uint8_t type, uint8_t request, uint16_t value,
		uint16_t index, void *data, uint16_t length);

/* Takes back what is on a pipe and clears its endpoint, in the device, too. */
int usb_clear(struct usb_device *device, struct xhci_pipe *pipe);

/* Makes an alternate setting of an interface the one that is used. */
int usb_set_interface(struct usb_device *device, const struct usb_interface *interface);

/* The next descriptor of a list that ends at `end`, NULL at the end and where its length
 * is impossible. The first one is at `from`. */
const uint8_t *usb_descriptor(const uint8_t *from, const uint8_t *end);
const uint8_t *usb_next_descriptor(const uint8_t *descriptor, const uint8_t *end);

/*
 * Finds the endpoint number `n`, from 0, among those of an interface that have this type
 * and direction. ERR_NOENT if there is none; ERR_INVAL if it is impossible.
 */
int usb_find_endpoint(const struct usb_device *device, const struct usb_interface *interface,
		      unsigned type, unsigned direction, unsigned n, struct usb_endpoint *endpoint);

/* Finds it and opens a pipe to it; NULL if that fails. */
struct xhci_pipe *usb_open(struct usb_device *device, const struct usb_interface *interface,
			   unsigned type, unsigned direction);

#endif
