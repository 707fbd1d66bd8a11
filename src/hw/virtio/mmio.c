/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * virtio devices behind memory-mapped registers, version 1 (legacy, QEMU's
 * default on microvm) and version 2 (modern). The DSDT lists one LNRO0005 for
 * each slot that has a device. A microvm without ACPI tables has eight slots, always
 * at the same place (QEMU, hw/i386/microvm.c; in those with tables there may be 24).
 *
 * A legacy device takes the whole queue as one page number, in pages and with
 * an alignment of our choice; a modern one takes three addresses.
 *
 * Specification: virtio 1.2, 4.2 "Virtio Over MMIO", 4.2.4 "Legacy interface".
 */
#include <stddef.h>
#include <string.h>

#include "hw/driver.h"
#include "hw/io.h"
#include "hw/virtio/virtio.h"
#include "lib/error.h"
#include "lib/format.h"
#include "lib/log.h"
#include "lib/memory.h"
#include "lib/util.h"

enum mmio_register {
	MAGIC = 0x000,
	VERSION = 0x004,
	DEVICE_ID = 0x008,
	DEVICE_FEATURES = 0x010,
	DEVICE_FEATURES_SEL = 0x014,
	DRIVER_FEATURES = 0x020,
	DRIVER_FEATURES_SEL = 0x024,
	GUEST_PAGE_SIZE = 0x028, /* legacy */
	QUEUE_SEL = 0x030,
	QUEUE_NUM_MAX = 0x034,
	QUEUE_NUM = 0x038,
	QUEUE_ALIGN = 0x03c, /* legacy */
	QUEUE_PFN = 0x040,   /* legacy */
	QUEUE_READY = 0x044,
	QUEUE_NOTIFY = 0x050,
	STATUS = 0x070,
	QUEUE_DESC_LOW = 0x080,
	QUEUE_DESC_HIGH = 0x084,
	QUEUE_DRIVER_LOW = 0x090,
	QUEUE_DRIVER_HIGH = 0x094,
	QUEUE_DEVICE_LOW = 0x0a0,
	QUEUE_DEVICE_HIGH = 0x0a4,
	CONFIG_GENERATION = 0x0fc,
	CONFIG = 0x100,

	MAGIC_VALUE = 0x74726976, /* "virt" */
	VERSION_LEGACY = 1,
	VERSION_MODERN = 2,

	MICROVM_SLOTS = 8,
	MICROVM_SLOT_SIZE = 0x200,
};

#define MICROVM_BASE 0xfeb00000u

static uint32_t base_of(const struct virtio_device *device)
{
	return device->device.address;
}

static uint64_t mmio_get_features(struct virtio_device *device)
{
	uint64_t features;

	/* A legacy device has one word of features, and it is selected after a reset. */
	if (device->legacy)
		return readl(base_of(device) + DEVICE_FEATURES);
	writel(base_of(device) + DEVICE_FEATURES_SEL, 0);
	features = readl(base_of(device) + DEVICE_FEATURES);
	writel(base_of(device) + DEVICE_FEATURES_SEL, 1);
	return features | (uint64_t)readl(base_of(device) + DEVICE_FEATURES) << 32;
}

static void mmio_set_features(struct virtio_device *device, uint64_t features)
{
	if (device->legacy) {
		writel(base_of(device) + DRIVER_FEATURES, features);
		writel(base_of(device) + GUEST_PAGE_SIZE, VIRTQ_PAGE);
		return;
	}
	writel(base_of(device) + DRIVER_FEATURES_SEL, 0);
	writel(base_of(device) + DRIVER_FEATURES, features);
	writel(base_of(device) + DRIVER_FEATURES_SEL, 1);
	writel(base_of(device) + DRIVER_FEATURES, features >> 32);
}

static uint8_t mmio_get_status(struct virtio_device *device)
{
	return readl(base_of(device) + STATUS);
}

static void mmio_set_status(struct virtio_device *device, uint8_t status)
{
	writel(base_of(device) + STATUS, status);
}

static uint32_t mmio_queue_max(struct virtio_device *device, uint16_t index)
{
	writel(base_of(device) + QUEUE_SEL, index);
	return readl(base_of(device) + QUEUE_NUM_MAX);
}

static void set_address(struct virtio_device *device, uint32_t low_register, const volatile void *p)
{
	writel(base_of(device) + low_register, ptr_phys(p));
	writel(base_of(device) + low_register + 4, 0);
}

static void mmio_set_queue(struct virtio_device *device, struct virtqueue *queue)
{
	writel(base_of(device) + QUEUE_NUM, queue->size);
	if (device->legacy) {
		writel(base_of(device) + QUEUE_ALIGN, VIRTQ_ALIGN);
		writel(base_of(device) + QUEUE_PFN, ptr_phys(queue->desc) / VIRTQ_PAGE);
		return;
	}
	set_address(device, QUEUE_DESC_LOW, queue->desc);
	set_address(device, QUEUE_DRIVER_LOW, queue->avail);
	set_address(device, QUEUE_DEVICE_LOW, queue->used);
	writel(base_of(device) + QUEUE_READY, 1);
}

static void mmio_notify(struct virtio_device *device, const struct virtqueue *queue)
{
	writel(base_of(device) + QUEUE_NOTIFY, queue->index);
}

static uint32_t mmio_config(struct virtio_device *device, unsigned offset, unsigned size)
{
	const volatile void *field = phys_ptr(base_of(device) + CONFIG + offset);

	switch (size) {
	case 1:
		return *(const volatile uint8_t *)field;
	case 2:
		return *(const volatile uint16_t *)field;
	default:
		return *(const volatile uint32_t *)field;
	}
}

static void mmio_set_config8(struct virtio_device *device, unsigned offset, uint8_t value)
{
	*(volatile uint8_t *)phys_ptr(base_of(device) + CONFIG + offset) = value;
}

static uint32_t mmio_config_generation(struct virtio_device *device)
{
	return device->legacy ? 0 : readl(base_of(device) + CONFIG_GENERATION);
}

static const struct virtio_transport mmio_transport = {
	.get_features = mmio_get_features,
	.set_features = mmio_set_features,
	.get_status = mmio_get_status,
	.set_status = mmio_set_status,
	.queue_max = mmio_queue_max,
	.set_queue = mmio_set_queue,
	.notify = mmio_notify,
	.config = mmio_config,
	.set_config8 = mmio_set_config8,
	.config_generation = mmio_config_generation,
};

/* The registers, by the first memory resource of the device's _CRS. */
static uint32_t find_registers(struct aml *aml, const struct aml_device *device)
{
	struct aml_resources crs;
	struct aml_resource resource;

	if (aml_resources(aml, device, &crs))
		return 0;
	while (aml_next_resource(&crs, &resource) > 0)
		if (resource.kind == AML_MEMORY && resource.length > CONFIG &&
		    resource.base + resource.length <= FOUR_GIB)
			return resource.base;
	return 0;
}

static size_t mmio_path(const struct device *device, char *to, size_t size)
{
	return format(to, size, "/virtio-mmio@%016llx", device->address);
}

static void mmio_edd(const struct device *device, struct edd_path *edd)
{
	memcpy(edd->bus, "MMIO", sizeof(edd->bus));
	edd->interface_path = device->address;
}

static const struct device_bus mmio_bus = {.path = mmio_path, .edd = mmio_edd};

static int add_device(uint32_t base, bool legacy, uint32_t id)
{
	struct virtio_device *device = memory_alloc(sizeof(*device), 8);

	if (!device)
		return ERR_NOMEM;
	device_init(&device->device, &mmio_bus, NULL, base);
	/* QEMU puts the first -device into the highest slot. */
	device->device.order = UINT32_MAX - base;
	format(device->device.name, sizeof(device->device.name), "virtio-mmio %08x", base);
	device->transport = &mmio_transport;
	device->id = id;
	device->legacy = legacy;
	return virtio_probe(device);
}

static int probe_slot(uint32_t base)
{
	uint32_t version, id;

	if (readl(base + MAGIC) != MAGIC_VALUE)
		return ERR_INVAL;
	version = readl(base + VERSION);
	if (version != VERSION_LEGACY && version != VERSION_MODERN)
		return ERR_UNSUPPORTED;
	id = readl(base + DEVICE_ID);
	if (!id) /* an empty slot */
		return ERR_NOENT;
	return add_device(base, version == VERSION_LEGACY, id);
}

static int mmio_probe(struct aml *aml, const struct aml_device *acpi_device)
{
	uint32_t base = find_registers(aml, acpi_device);

	return base ? probe_slot(base) : ERR_INVAL;
}

static void mmio_search(void)
{
	for (unsigned i = 0; i < MICROVM_SLOTS; i++) {
		uint32_t base = MICROVM_BASE + i * MICROVM_SLOT_SIZE;
		int error = probe_slot(base);

		if (error && error != ERR_NOENT)
			say("virtio-mmio %08x: cannot be used, error %d\n", base, error);
	}
}

ACPI_DRIVER(virtio_mmio) = {
	.ids = {"LNRO0005"},
	.probe = mmio_probe,
	.search = mmio_search,
};
