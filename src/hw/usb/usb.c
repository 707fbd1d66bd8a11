/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * How devices are found. A queue has what is plugged in and not known yet, first what is
 * at the root hub, then what is at hubs that were found meanwhile. In each round the next
 * one of each root port is reset and given an address: behind a port all devices hear
 * what is sent to one without an address, so there can be but one at a time. The waits
 * are those of USB 2.0, 7.1.7.5 and 9.2.6.3, once a round, whatever is in it.
 *
 * Then its first configuration is read, and chosen if there is a driver for one of its
 * interfaces; each may have alternate settings, of which drivers take the one they prefer.
 *
 * Specifications: USB 2.0, chapter 9; USB 3.2, 9.6.7.
 */
#include "hw/usb/usb.h"

#include <string.h>

#include "hw/clock.h"
#include "hw/driver.h"
#include "lib/error.h"
#include "lib/format.h"
#include "lib/log.h"
#include "lib/memory.h"
#include "lib/util.h"

enum {
	MAX_TIER = 5, /* hubs between the root and a device */
	PORT_BITS = 4,
	MAX_PORT = 15, /* in a route */

	RESET_MS = 1000,
	RESET_RECOVERY_MS = 10,
	ADDRESS_RECOVERY_MS = 2,
	REQUEST_MS = 5000, /* 9.2.6.4 */

	DEVICE_SIZE = 18,
	DEVICE_FIRST_SIZE = 8, /* what can be had whatever the packets' size */
	DEVICE_MAX_PACKET = 7,
	CONFIGURATION_SIZE = 9,
	CONFIGURATION_LENGTH = 2,
	CONFIGURATION_VALUE = 5,
	INTERFACE_SIZE = 9,
	ENDPOINT_SIZE = 7,
	COMPANION_SIZE = 6,
	BUFFER_SIZE = 512, /* most of a configuration that is looked at */

	MIN_PACKET = 8,
	FULL_SPEED_PACKET = 64,
	SUPER_SPEED_PACKET = 512,
	MAX_PACKET = 1024,
	MAX_BURST = 15,
	ENDPOINT_HALT = 0,
};

/* While usb_start() runs: what is still to be looked at, and hubs whose ports are. */
static struct usb_device *queue;
static struct usb_hub *new_hubs;
static uint8_t *buffer; /* for descriptors, in the arena */

/* --- identity ---------------------------------------------------------------- */

static const struct xhci_port *root_port(const struct usb_device *device)
{
	unsigned count;

	while (device->hub->device)
		device = device->hub->device;
	return &xhci_ports(device->hub->xhci, &count)[device->port - 1];
}

static size_t usb_path(const struct device *device, char *to, size_t size)
{
	const struct usb_device *usb = container_of(device, struct usb_device, device);

	return format(to, size, "/%s@%x", usb->path_name, (uint32_t)device->address);
}

static void usb_edd(const struct device *device, struct edd_path *edd)
{
	memcpy(edd->interface, "USB     ", sizeof(edd->interface));
	edd->device_path[0] = device->address;
}

static const struct device_bus usb_bus = {.path = usb_path, .edd = usb_edd};

/* "usb fe900000-2.3": the controller's place, and the ports on the way. */
static void name_device(struct usb_device *device)
{
	const struct device *parent = device->device.parent;
	struct device place = {0};

	format(place.name, sizeof(place.name), "%s%c%u", parent->name,
	       device->hub->device ? '.' : '-', (uint32_t)device->device.address);
	device_name(&device->device, "usb", &place);
	device->path_name = "usb";
}

void usb_name(struct usb_device *device, const char *kind, const char *path_name)
{
	const struct device place = device->device;

	device_name(&device->device, kind, &place);
	device->path_name = path_name;
}

/* --- requests ---------------------------------------------------------------- */

int usb_control(struct usb_device *device, uint8_t type, uint8_t request, uint16_t value,
		uint16_t index, void *data, uint16_t length)
{
	struct xhci_pipe *pipe = device->slot.pipes[XHCI_CONTROL_PIPE];
	uint64_t setup = type | request << 8 | (uint32_t)value << 16 | (uint64_t)index << 32 |
			 (uint64_t)length << 48;
	int error;

	xhci_pipe_control(pipe, setup, length ? ptr_phys(data) : 0, length);
	xhci_pipe_ring(pipe);
	error = xhci_pipe_wait(pipe, REQUEST_MS);
	if (error)
		xhci_pipe_clear(pipe);
	return error;
}

static int get_descriptor(struct usb_device *device, unsigned type, uint16_t length)
{
	memset(buffer, 0, BUFFER_SIZE);
	return usb_control(device, USB_IN | USB_STANDARD | USB_TO_DEVICE, USB_GET_DESCRIPTOR,
			   type << 8, 0, buffer, length);
}

int usb_clear(struct usb_device *device, struct xhci_pipe *pipe)
{
	uint8_t address = pipe->index >> 1 | (pipe->index & 1 ? USB_IN : 0);
	int error = xhci_pipe_clear(pipe);

	if (error)
		return error;
	return usb_control(device, USB_OUT | USB_STANDARD | USB_TO_ENDPOINT, USB_CLEAR_FEATURE,
			   ENDPOINT_HALT, address, NULL, 0);
}

int usb_set_interface(struct usb_device *device, const struct usb_interface *interface)
{
	return usb_control(device, USB_OUT | USB_STANDARD | USB_TO_INTERFACE, USB_SET_INTERFACE,
			   interface->alternate, interface->number, NULL, 0);
}

/* --- descriptors ------------------------------------------------------------- */

const uint8_t *usb_descriptor(const uint8_t *from, const uint8_t *end)
{
	return end - from >= 2 && from[0] >= 2 && from[0] <= end - from ? from : NULL;
}

const uint8_t *usb_next_descriptor(const uint8_t *descriptor, const uint8_t *end)
{
	return usb_descriptor(descriptor + descriptor[0], end);
}

/* The first descriptor of a type from here on, of this size at least; NULL without. */
static const uint8_t *find_descriptor(const uint8_t *from, const uint8_t *end, unsigned type,
				      unsigned size)
{
	const uint8_t *d = usb_descriptor(from, end);

	while (d && (d[1] != type || d[0] < size))
		d = usb_next_descriptor(d, end);
	return d;
}

/* Where what belongs to a descriptor ends: before the next one of its type. */
static const uint8_t *end_of(const uint8_t *descriptor, const uint8_t *end)
{
	const uint8_t *next = find_descriptor(descriptor + descriptor[0], end, descriptor[1], 2);

	return next ? next : end;
}

/* An interrupt endpoint's interval as a power of two of 125 us: xHCI 1.2, 6.2.3.6. */
static uint8_t interval_of(const struct usb_device *device, uint8_t interval)
{
	unsigned power = 3;

	if (device->slot.speed >= USB_SPEED_HIGH)
		return interval ? min_u32(interval, 16) - 1 : 0;
	while (power < 10 && interval >> (power - 2))
		power++;
	return power;
}

static int read_endpoint(const struct usb_device *device, const uint8_t *d, const uint8_t *end,
			 struct usb_endpoint *endpoint)
{
	const uint8_t *companion;
	unsigned type = d[3] & 3;
	bool in = d[2] & USB_IN;

	endpoint->address = d[2];
	endpoint->descriptors = d + d[0];
	endpoint->end = end;
	endpoint->pipe = (struct xhci_endpoint){
		.type = type + (in ? XHCI_CONTROL : 0),
		.number = d[2] & 0xf,
		.interval = type == USB_ENDPOINT_INTERRUPT ? interval_of(device, d[6]) : 0,
		.max_packet = (d[4] | d[5] << 8) & 0x7ff,
	};
	companion = find_descriptor(d, end, USB_DESCRIPTOR_COMPANION, COMPANION_SIZE);
	if (companion && device->slot.speed == USB_SPEED_SUPER) {
		endpoint->pipe.burst = min_u32(companion[2], MAX_BURST);
		endpoint->pipe.streams = type == USB_ENDPOINT_BULK && companion[3] & 0x1f;
	}
	if (!endpoint->pipe.number || !endpoint->pipe.max_packet ||
	    endpoint->pipe.max_packet > MAX_PACKET)
		return ERR_INVAL;
	return 0;
}

int usb_find_endpoint(const struct usb_device *device, const struct usb_interface *interface,
		      unsigned type, unsigned direction, unsigned n, struct usb_endpoint *endpoint)
{
	const uint8_t *d = interface->descriptors, *end = interface->end;

	for (;;) {
		d = find_descriptor(d, end, USB_DESCRIPTOR_ENDPOINT, ENDPOINT_SIZE);
		if (!d)
			return ERR_NOENT;
		if ((d[3] & 3) == type && (d[2] & USB_IN) == direction && !n--)
			return read_endpoint(device, d, end_of(d, end), endpoint);
		d += d[0];
	}
}

struct xhci_pipe *usb_open(struct usb_device *device, const struct usb_interface *interface,
			   unsigned type, unsigned direction)
{
	struct usb_endpoint endpoint;

	if (usb_find_endpoint(device, interface, type, direction, 0, &endpoint))
		return NULL;
	endpoint.pipe.streams = false;
	return xhci_pipe_open(&device->slot, &endpoint.pipe);
}

/* --- drivers ----------------------------------------------------------------- */

static bool matches(const struct usb_driver *driver, const struct usb_interface *interface)
{
	return driver->class == interface->class &&
	       (driver->subclass == USB_ANY || driver->subclass == interface->subclass) &&
	       (driver->protocol == USB_ANY || driver->protocol == interface->protocol);
}

static const struct usb_driver *find_driver(const struct usb_interface *interface, bool preferred)
{
	for (const struct usb_driver *d = usb_drivers_start; d < usb_drivers_end; d++)
		if (d->preferred == preferred && matches(d, interface))
			return d;
	return NULL;
}

/* Reads the interface at or behind `from`; false if there is no more. */
static bool read_interface(const uint8_t *from, const uint8_t *end, struct usb_interface *interface)
{
	const uint8_t *d = find_descriptor(from, end, USB_DESCRIPTOR_INTERFACE, INTERFACE_SIZE);

	if (!d)
		return false;
	*interface = (struct usb_interface){
		.number = d[2],
		.alternate = d[3],
		.class = d[5],
		.subclass = d[6],
		.protocol = d[7],
		.descriptors = d + d[0],
		.end = end_of(d, end),
	};
	return true;
}

static bool has_driver(const uint8_t *configuration, const uint8_t *end)
{
	struct usb_interface interface = {.end = configuration};

	while (read_interface(interface.end, end, &interface))
		if (find_driver(&interface, false) || find_driver(&interface, true))
			return true;
	return false;
}

/* Lets drivers take the interfaces that are not taken, a bit for each. */
static void probe_interfaces(struct usb_device *device, const uint8_t *configuration,
			     const uint8_t *end, bool preferred, uint32_t *taken)
{
	struct usb_interface interface = {.end = configuration};

	while (read_interface(interface.end, end, &interface)) {
		const struct usb_driver *driver = find_driver(&interface, preferred);
		uint32_t bit = 1u << interface.number % 32;
		int error;

		if (!driver || *taken & bit)
			continue;
		error = driver->probe(device, &interface);
		if (!error)
			*taken |= bit;
		else if (error != ERR_NOENT)
			say("%s: cannot be used, error %d\n", device->device.name, error);
	}
}

/* --- a device ---------------------------------------------------------------- */

static int read_max_packet(struct usb_device *device)
{
	uint8_t size;
	int error = get_descriptor(device, USB_DESCRIPTOR_DEVICE, DEVICE_FIRST_SIZE);

	if (error)
		return error;
	size = buffer[DEVICE_MAX_PACKET];
	if (size < MIN_PACKET || size > FULL_SPEED_PACKET || size & (size - 1))
		return ERR_INVAL;
	return size == MIN_PACKET ? 0 : xhci_slot_set_packet(&device->slot, size);
}

/* Copies the first configuration to `to`, of BUFFER_SIZE; its length, or an error. */
static int read_configuration(struct usb_device *device, uint8_t *to)
{
	uint32_t length;
	int error = 0;

	if (device->slot.speed == USB_SPEED_FULL)
		error = read_max_packet(device);
	if (!error)
		error = get_descriptor(device, USB_DESCRIPTOR_CONFIGURATION, BUFFER_SIZE);
	if (error)
		return error;
	length = buffer[CONFIGURATION_LENGTH] | buffer[CONFIGURATION_LENGTH + 1] << 8;
	if (buffer[0] < CONFIGURATION_SIZE || buffer[1] != USB_DESCRIPTOR_CONFIGURATION ||
	    length < CONFIGURATION_SIZE)
		return ERR_INVAL;
	memcpy(to, buffer, BUFFER_SIZE);
	return min_u32(length, BUFFER_SIZE);
}

static int configure(struct usb_device *device)
{
	uint8_t configuration[BUFFER_SIZE], *end;
	uint32_t taken = 0;
	int length = read_configuration(device, configuration), error;

	if (length < 0)
		return length;
	end = configuration + length;
	if (!has_driver(configuration, end)) {
		log_line(LOG_INFO, "%s: no driver", device->device.name);
		xhci_slot_free(&device->slot);
		return 0;
	}
	error = usb_control(device, USB_OUT | USB_STANDARD | USB_TO_DEVICE, USB_SET_CONFIGURATION,
			    configuration[CONFIGURATION_VALUE], 0, NULL, 0);
	if (error)
		return error;
	probe_interfaces(device, configuration, end, true, &taken);
	probe_interfaces(device, configuration, end, false, &taken);
	return 0;
}

static bool is_present(struct xhci_slot *slot)
{
	struct usb_device *device = container_of(slot, struct usb_device, slot);

	for (; device; device = device->hub->device)
		if (!device->hub->ops->connected(device->hub, device->port))
			return false;
	return true;
}

/* The nearest hub of high speed on the way to a slower device, and its port. */
static const struct xhci_slot *translator(const struct usb_device *device, uint8_t *port)
{
	if (device->slot.speed > USB_SPEED_LOW)
		return NULL;
	for (; device->hub->device; device = device->hub->device) {
		*port = device->port;
		if (device->hub->device->slot.speed == USB_SPEED_HIGH)
			return &device->hub->device->slot;
	}
	return NULL;
}

static int address(struct usb_device *device)
{
	static const uint16_t packets[] = {
		[USB_SPEED_FULL] = MIN_PACKET,
		[USB_SPEED_LOW] = MIN_PACKET,
		[USB_SPEED_HIGH] = FULL_SPEED_PACKET,
		[USB_SPEED_SUPER] = SUPER_SPEED_PACKET,
	};
	const struct xhci_port *root = root_port(device);
	uint8_t port = 0;
	const struct xhci_slot *tt = translator(device, &port);

	device->slot.present = is_present;
	return xhci_slot_init(device->hub->xhci, &device->slot, root->slot_type, tt, port,
			      packets[device->slot.speed]);
}

/* --- finding them ------------------------------------------------------------ */

static void enqueue(struct usb_device *device)
{
	struct usb_device **place = &queue;

	while (*place)
		place = &(*place)->next;
	device->next = NULL;
	*place = device;
}

static uint32_t route_to(const struct usb_device *device)
{
	uint32_t route = 0;

	for (; device->hub->device; device = device->hub->device)
		route = route << PORT_BITS | min_u32(device->port, MAX_PORT);
	return route;
}

static unsigned tier_of(const struct usb_device *device)
{
	unsigned tier = 0;

	for (; device; device = device->hub->device)
		tier++;
	return tier;
}

static void add_device(struct usb_hub *hub, unsigned port)
{
	const struct device *parent = hub->device ? &hub->device->device : xhci_device(hub->xhci);
	struct usb_device *device = memory_alloc(sizeof(*device), 8);
	const struct xhci_port *root;

	if (!device) {
		say("%s: no memory for what is at its port %u\n", parent->name, port);
		return;
	}
	device->hub = hub;
	device->port = port;
	root = root_port(device);
	device_init(&device->device, &usb_bus, parent, hub->device ? port : root->place);
	name_device(device);
	device->slot.root_port = root->number;
	device->slot.route = route_to(device);
	enqueue(device);
}

void usb_add_hub(struct usb_hub *hub)
{
	struct usb_hub **place = &new_hubs;

	while (*place)
		place = &(*place)->next;
	hub->next = NULL;
	*place = hub;
}

/* Looks at the ports of hubs that were found, when all of them have power. */
static void look_at_hubs(void)
{
	uint32_t power_ms = 0;

	for (struct usb_hub *hub = new_hubs; hub; hub = hub->next)
		if (hub->power_ms > power_ms)
			power_ms = hub->power_ms;
	if (power_ms)
		clock_wait_us(power_ms * 1000);
	for (struct usb_hub *hub = new_hubs; hub; hub = hub->next) {
		if (tier_of(hub->device) > MAX_TIER) {
			say("%s: too many hubs before it\n", hub->device->device.name);
			continue;
		}
		for (unsigned port = 1; port <= hub->ports; port++)
			if (hub->ops->connected(hub, port))
				add_device(hub, port);
	}
	new_hubs = NULL;
}

/* Takes the next one of each root port out of the queue. */
static struct usb_device *next_round(void)
{
	struct usb_device *round = NULL, **last = &round, **place = &queue;

	while (*place) {
		struct usb_device *device = *place, *other = round;

		while (other && other->slot.root_port != device->slot.root_port)
			other = other->next;
		if (other) {
			place = &device->next;
			continue;
		}
		*place = device->next;
		device->next = NULL;
		*last = device;
		last = &device->next;
	}
	return round;
}

/* Drops a device from a round, and says why. */
static void drop(struct usb_device **place, const char *what, int error)
{
	say("%s: %s, error %d\n", (*place)->device.name, what, error);
	*place = (*place)->next;
}

/* Resets what is in a round, and keeps what has become ready. */
static void reset_round(struct usb_device **round)
{
	struct deadline deadline = deadline_in_ms(RESET_MS);
	struct usb_device *pending = NULL, **place;
	bool over = false;

	for (struct usb_device *d = *round; d; d = d->next)
		d->hub->ops->reset(d->hub, d->port);
	do {
		pending = NULL;
		over = deadline_passed(&deadline);
		for (place = round; *place;) {
			struct usb_device *d = *place;
			int speed =
				d->slot.speed ? d->slot.speed : d->hub->ops->ready(d->hub, d->port);

			if (speed > 0)
				d->slot.speed = speed;
			else if (speed == ERR_TIMEOUT && !over)
				pending = d;
			else {
				drop(place, "cannot be reset", speed);
				continue;
			}
			place = &d->next;
		}
	} while (pending);
}

static void run_round(struct usb_device *round)
{
	struct usb_device **place;

	reset_round(&round);
	if (!round)
		return;
	clock_wait_us(RESET_RECOVERY_MS * 1000);
	for (place = &round; *place;) {
		int error = address(*place);

		if (error)
			drop(place, "takes no address", error);
		else
			place = &(*place)->next;
	}
	clock_wait_us(ADDRESS_RECOVERY_MS * 1000);
	for (place = &round; *place;) {
		int error = configure(*place);

		if (error)
			drop(place, "cannot be configured", error);
		else
			place = &(*place)->next;
	}
}

/* --- the root hub ------------------------------------------------------------ */

static const struct xhci_port *port_of(struct usb_hub *hub, unsigned port)
{
	unsigned count;

	return &xhci_ports(hub->xhci, &count)[port - 1];
}

static bool root_connected(struct usb_hub *hub, unsigned port)
{
	return xhci_port_connected(hub->xhci, port_of(hub, port));
}

static void root_reset(struct usb_hub *hub, unsigned port)
{
	xhci_port_reset(hub->xhci, port_of(hub, port));
}

static int root_ready(struct usb_hub *hub, unsigned port)
{
	return xhci_port_ready(hub->xhci, port_of(hub, port));
}

static const struct usb_hub_ops root_ops = {
	.connected = root_connected,
	.reset = root_reset,
	.ready = root_ready,
};

void usb_start(struct xhci *xhci)
{
	struct usb_hub *root = memory_alloc(sizeof(*root), 8);

	if (!buffer)
		buffer = memory_alloc(BUFFER_SIZE, BUFFER_SIZE);
	if (!root || !buffer) {
		say("%s: no memory\n", xhci_device(xhci)->name);
		return;
	}
	root->ops = &root_ops;
	root->xhci = xhci;
	xhci_ports(xhci, &root->ports);
	usb_add_hub(root);
	do {
		look_at_hubs();
		run_round(next_round());
	} while (queue || new_hubs);
}
