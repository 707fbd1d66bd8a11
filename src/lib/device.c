/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * A device's identity: names and paths, put together from the parts that each bus on
 * the way to the device knows.
 *
 * References: QEMU, hw/core/qdev-fw.c (paths); T13 2132D (EDD-4), 5.16.
 */
#include "lib/device.h"

#include <string.h>

#include "lib/format.h"

void device_init(struct device *device, const struct device_bus *bus, const struct device *parent,
		 uint64_t address)
{
	device->bus = bus;
	device->parent = parent;
	device->address = address;
	device->order = parent ? parent->order : 0;
	device->name[0] = '\0';
}

void device_name(struct device *device, const char *kind, const struct device *place)
{
	const char *where = place->name;

	while (*where && *where != ' ')
		where++;
	format(device->name, sizeof(device->name), "%s%s", kind, where);
}

static size_t put_path(const struct device *device, char *to, size_t size)
{
	size_t length = device->parent ? put_path(device->parent, to, size) : 0;

	return length + device->bus->path(device, to + length, size - length);
}

void device_path(const struct device *device, char *to, size_t size)
{
	to[0] = '\0';
	put_path(device, to, size);
}

static void put_edd(const struct device *device, struct edd_path *edd)
{
	if (device->parent)
		put_edd(device->parent, edd);
	device->bus->edd(device, edd);
}

void device_edd_path(const struct device *device, struct edd_path *edd)
{
	memset(edd, 0, sizeof(*edd));
	memset(edd->bus, ' ', sizeof(edd->bus));
	memset(edd->interface, ' ', sizeof(edd->interface));
	put_edd(device, edd);
}
