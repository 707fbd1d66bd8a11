/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * virtio devices on PCI. Capabilities of the function say in which BAR, and where in it,
 * the common configuration, the notification addresses and the device's own configuration
 * are. A transitional device has them beside its old registers, which are ports; where
 * a machine passes no ports on, as microvm, the old ones cannot be reached, and a device
 * that has nothing else (disable-modern=on) cannot be used.
 *
 * Specification: virtio 1.2, 4.1 "Virtio Over PCI Bus".
 */
#include <stddef.h>

#include "hw/driver.h"
#include "hw/io.h"
#include "hw/pci/pci.h"
#include "hw/virtio/virtio.h"
#include "lib/error.h"
#include "lib/log.h"
#include "lib/memory.h"
#include "lib/util.h"

enum {
	VENDOR = 0x1af4,
	FIRST_ID = 0x1000,
	MODERN_ID = 0x1040, /* and the device's type; below are transitional devices */
	LAST_ID = 0x107f,
	CLASS_VGA = 0x030000,
};

/* 4.1.4 "Virtio Structure PCI Capabilities": offsets in a capability, types. */
enum {
	CAPABILITY_TYPE = 3,
	CAPABILITY_BAR = 4,
	CAPABILITY_OFFSET = 8,
	CAPABILITY_LENGTH = 12,
	CAPABILITY_MULTIPLIER = 16,

	TYPE_COMMON = 1,
	TYPE_NOTIFY = 2,
	TYPE_DEVICE = 4,
};

/* 4.1.4.3 "Common configuration structure layout" */
enum {
	DEVICE_FEATURE_SELECT = 0,
	DEVICE_FEATURE = 4,
	DRIVER_FEATURE_SELECT = 8,
	DRIVER_FEATURE = 12,
	DEVICE_STATUS = 20,
	CONFIG_GENERATION = 21,
	QUEUE_SELECT = 22,
	QUEUE_SIZE = 24,
	QUEUE_ENABLE = 28,
	QUEUE_NOTIFY_OFF = 30,
	QUEUE_DESC = 32,
	QUEUE_DRIVER = 40,
	QUEUE_DEVICE = 48,
	COMMON_SIZE = 56,
};

/* A structure of the device, by the first capability of its type. */
struct window {
	uint32_t address, length;
	uint8_t capability; /* its offset, 0 if there is none */
};

struct virtio_pci {
	struct virtio_device virtio;
	const struct pci_function *function;
	struct window common, notify, config;
	uint32_t multiplier;
};

static struct virtio_pci *vpci_of(struct virtio_device *device)
{
	return container_of(device, struct virtio_pci, virtio);
}

static uint32_t common_of(struct virtio_device *device)
{
	return vpci_of(device)->common.address;
}

static uint64_t vpci_get_features(struct virtio_device *device)
{
	uint64_t features;

	writel(common_of(device) + DEVICE_FEATURE_SELECT, 0);
	features = readl(common_of(device) + DEVICE_FEATURE);
	writel(common_of(device) + DEVICE_FEATURE_SELECT, 1);
	return features | (uint64_t)readl(common_of(device) + DEVICE_FEATURE) << 32;
}

static void vpci_set_features(struct virtio_device *device, uint64_t features)
{
	writel(common_of(device) + DRIVER_FEATURE_SELECT, 0);
	writel(common_of(device) + DRIVER_FEATURE, features);
	writel(common_of(device) + DRIVER_FEATURE_SELECT, 1);
	writel(common_of(device) + DRIVER_FEATURE, features >> 32);
}

static uint8_t vpci_get_status(struct virtio_device *device)
{
	return readb(common_of(device) + DEVICE_STATUS);
}

static void vpci_set_status(struct virtio_device *device, uint8_t status)
{
	writeb(common_of(device) + DEVICE_STATUS, status);
}

static uint32_t vpci_queue_max(struct virtio_device *device, uint16_t index)
{
	writew(common_of(device) + QUEUE_SELECT, index);
	return readw(common_of(device) + QUEUE_SIZE);
}

static void set_address(struct virtio_device *device, unsigned field, const volatile void *p)
{
	writel(common_of(device) + field, ptr_phys(p));
	writel(common_of(device) + field + 4, 0);
}

/* A notification address outside the device's window would be a write to memory of
 * others: then the queue is notified at the window's start, which does no harm. */
static uint32_t notify_address(struct virtio_device *device)
{
	const struct virtio_pci *vpci = vpci_of(device);
	uint64_t offset = (uint64_t)readw(common_of(device) + QUEUE_NOTIFY_OFF) * vpci->multiplier;

	if (offset + sizeof(uint16_t) > vpci->notify.length) {
		say("%s: notification address out of range\n", device->device.name);
		offset = 0;
	}
	return vpci->notify.address + offset;
}

static void vpci_set_queue(struct virtio_device *device, struct virtqueue *queue)
{
	writew(common_of(device) + QUEUE_SIZE, queue->size);
	set_address(device, QUEUE_DESC, queue->desc);
	set_address(device, QUEUE_DRIVER, queue->avail);
	set_address(device, QUEUE_DEVICE, queue->used);
	queue->notify = notify_address(device);
	writew(common_of(device) + QUEUE_ENABLE, 1);
}

static void vpci_notify(struct virtio_device *device, const struct virtqueue *queue)
{
	(void)device;
	writew(queue->notify, queue->index);
}

static bool has_field(const struct window *config, unsigned offset, unsigned size)
{
	return offset + size <= config->length;
}

static uint32_t vpci_config(struct virtio_device *device, unsigned offset, unsigned size)
{
	const struct window *config = &vpci_of(device)->config;

	if (!has_field(config, offset, size))
		return 0;
	switch (size) {
	case 1:
		return readb(config->address + offset);
	case 2:
		return readw(config->address + offset);
	default:
		return readl(config->address + offset);
	}
}

static void vpci_set_config8(struct virtio_device *device, unsigned offset, uint8_t value)
{
	const struct window *config = &vpci_of(device)->config;

	if (has_field(config, offset, sizeof(value)))
		writeb(config->address + offset, value);
}

static uint32_t vpci_config_generation(struct virtio_device *device)
{
	return readb(common_of(device) + CONFIG_GENERATION);
}

static const struct virtio_transport vpci_transport = {
	.get_features = vpci_get_features,
	.set_features = vpci_set_features,
	.get_status = vpci_get_status,
	.set_status = vpci_set_status,
	.queue_max = vpci_queue_max,
	.set_queue = vpci_set_queue,
	.notify = vpci_notify,
	.config = vpci_config,
	.set_config8 = vpci_set_config8,
	.config_generation = vpci_config_generation,
};

/* The function has a place in the machine already. */
static size_t vpci_path(const struct device *device, char *to, size_t size)
{
	(void)device;
	if (size)
		*to = '\0';
	return 0;
}

static void vpci_edd(const struct device *device, struct edd_path *edd)
{
	(void)device;
	(void)edd;
}

static const struct device_bus vpci_bus = {.path = vpci_path, .edd = vpci_edd};

/* What a vendor capability says of where a structure is; address 0 if we cannot reach it. */
static struct window read_window(const struct pci_function *function, unsigned at)
{
	struct window window = {.capability = at};

	window.length = pci_read32(function, at + CAPABILITY_LENGTH);
	window.address = pci_bar(function, pci_read8(function, at + CAPABILITY_BAR),
				 pci_read32(function, at + CAPABILITY_OFFSET), window.length);
	return window;
}

/* A device may have several capabilities of a type; the first that we can reach counts. */
static void find_windows(struct virtio_pci *vpci)
{
	struct pci_capability capability = {0};

	while (pci_next_capability(vpci->function, &capability)) {
		struct window *window;

		if (capability.id != PCI_CAPABILITY_VENDOR)
			continue;
		switch (pci_read8(vpci->function, capability.offset + CAPABILITY_TYPE)) {
		case TYPE_COMMON:
			window = &vpci->common;
			break;
		case TYPE_NOTIFY:
			window = &vpci->notify;
			break;
		case TYPE_DEVICE:
			window = &vpci->config;
			break;
		default:
			continue;
		}
		if (!window->address)
			*window = read_window(vpci->function, capability.offset);
	}
}

/* Returns 0, or ERR_UNSUPPORTED, which is said. */
static int map_registers(struct virtio_pci *vpci)
{
	const char *complaint = NULL;

	find_windows(vpci);
	if (!vpci->common.capability)
		complaint = "a legacy device, whose registers are ports, is not supported here";
	else if (!vpci->common.address || vpci->common.length < COMMON_SIZE ||
		 !vpci->notify.address || vpci->notify.length < sizeof(uint16_t))
		complaint = "its registers cannot be reached";
	if (complaint) {
		say("%s: %s\n", vpci->virtio.device.name, complaint);
		return ERR_UNSUPPORTED;
	}
	if (!vpci->config.address)
		vpci->config.length = 0;
	vpci->multiplier =
		pci_read32(vpci->function, vpci->notify.capability + CAPABILITY_MULTIPLIER);
	return 0;
}

/* 4.1.2: a transitional device has its type in the subsystem id. */
static uint32_t device_type(const struct pci_function *function)
{
	if (function->id >= MODERN_ID)
		return function->id - MODERN_ID;
	return pci_read16(function, PCI_SUBSYSTEM_ID + 2);
}

static int vpci_probe(struct pci_function *function)
{
	struct virtio_pci *vpci;

	if (!virtio_is_driven(device_type(function)))
		return ERR_NOENT;
	if (CONFIG_DISPI && function->class_code == CLASS_VGA) /* hw/display/dispi.c has it */
		return ERR_NOENT;
	vpci = memory_alloc(sizeof(*vpci), 8);
	if (!vpci)
		return ERR_NOMEM;
	device_init(&vpci->virtio.device, &vpci_bus, &function->device, 0);
	device_name(&vpci->virtio.device, "virtio-pci", &function->device);
	vpci->virtio.transport = &vpci_transport;
	vpci->virtio.id = device_type(function);
	vpci->function = function;
	if (map_registers(vpci))
		return ERR_NOENT;
	pci_add_command(function, PCI_COMMAND_BUS_MASTER);
	return virtio_probe(&vpci->virtio);
}

PCI_DRIVER(virtio_pci) = {
	.vendor = VENDOR,
	.first_id = FIRST_ID,
	.last_id = LAST_ID,
	.probe = vpci_probe,
};
