/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * xHCI controllers that are on no bus but in the DSDT: that of -M microvm,usb=on.
 *
 * Source of the path: QEMU, hw/core/sysbus.c and hw/usb/hcd-xhci-sysbus.c.
 */
#include <string.h>

#include "hw/driver.h"
#include "hw/usb/usb.h"
#include "lib/error.h"
#include "lib/format.h"
#include "lib/memory.h"
#include "lib/util.h"

static size_t sysbus_path(const struct device *device, char *to, size_t size)
{
	return format(to, size, "/sysbus-xhci@%016llx", device->address);
}

static void sysbus_edd(const struct device *device, struct edd_path *edd)
{
	memcpy(edd->bus, "MMIO", sizeof(edd->bus));
	edd->interface_path = device->address;
}

static const struct device_bus sysbus = {.path = sysbus_path, .edd = sysbus_edd};

static int sysbus_probe(struct aml *aml, const struct aml_device *acpi_device)
{
	struct aml_resources crs;
	struct aml_resource resource;
	struct device *device;
	struct xhci *xhci;

	if (aml_resources(aml, acpi_device, &crs))
		return ERR_INVAL;
	do {
		if (aml_next_resource(&crs, &resource) <= 0)
			return ERR_INVAL;
	} while (resource.kind != AML_MEMORY || resource.base + resource.length > FOUR_GIB);
	device = memory_alloc(sizeof(*device), 8);
	if (!device)
		return ERR_NOMEM;
	device_init(device, &sysbus, NULL, resource.base);
	/* Behind the devices of virtio-mmio. */
	device->order = UINT32_MAX - resource.base;
	format(device->name, sizeof(device->name), "xhci %08x", (uint32_t)resource.base);
	xhci = xhci_start(device, resource.base, resource.length);
	if (xhci)
		usb_start(xhci);
	return 0;
}

ACPI_DRIVER(xhci_sysbus) = {
	.ids = {"PNP0D10"},
	.probe = sysbus_probe,
};
