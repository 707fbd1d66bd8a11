/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * Devices' names and paths, over buses of three kinds.
 */
#include "lib/device.h"

#include <string.h>

#include "lib/format.h"
#include "unit.h"

static size_t slot_path(const struct device *device, char *to, size_t size)
{
	return format(to, size, "/slot@%llx", device->address);
}

static void slot_edd(const struct device *device, struct edd_path *edd)
{
	memcpy(edd->bus, "SLOT", 4);
	edd->interface_path = device->address;
}

static size_t unit_path(const struct device *device, char *to, size_t size)
{
	return format(to, size, "/unit@%llx", device->address);
}

static void unit_edd(const struct device *device, struct edd_path *edd)
{
	memcpy(edd->interface, "UNIT", 4);
	edd->device_path[1] = device->address;
}

/* A bus that has no part of its own in a path. */
static size_t silent_path(const struct device *device, char *to, size_t size)
{
	(void)device, (void)to, (void)size;
	return 0;
}

static void silent_edd(const struct device *device, struct edd_path *edd)
{
	(void)device, (void)edd;
}

static const struct device_bus slots = {.path = slot_path, .edd = slot_edd},
			       units = {.path = unit_path, .edd = unit_edd},
			       silent = {.path = silent_path, .edd = silent_edd};
static struct device slot, hidden, unit;

static void begin(void)
{
	memset(&slot, 0xee, sizeof(slot));
	memset(&unit, 0xee, sizeof(unit));
	device_init(&slot, &slots, NULL, 0xfeb02e00);
	slot.order = 77;
	device_init(&hidden, &silent, &slot, 1);
	device_init(&unit, &units, &hidden, 0x123456789ab);
}

static void identity(void)
{
	device_init(&slot, &slots, NULL, 5);
	ok(slot.bus == &slots && !slot.parent && slot.address == 5 && !slot.order && !*slot.name);
	begin();
	ok(unit.parent == &hidden && unit.order == 77 && !*unit.name);
}

static void names(void)
{
	char longest[DEVICE_NAME_SIZE];

	begin();
	strcpy(slot.name, "virtio-mmio feb02e00");
	device_name(&unit, "virtio-blk", &slot);
	ok(!strcmp(unit.name, "virtio-blk feb02e00"));
	strcpy(slot.name, "pci 00:1f.2 more");
	device_name(&unit, "ahci", &slot);
	ok(!strcmp(unit.name, "ahci 00:1f.2 more"));
	strcpy(slot.name, "machine"); /* nowhere in particular */
	device_name(&unit, "clock", &slot);
	ok(!strcmp(unit.name, "clock"));
	memset(longest, 'x', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	longest[0] = ' ';
	strcpy(slot.name, longest);
	device_name(&unit, "kind", &slot);
	ok(strlen(unit.name) == DEVICE_NAME_SIZE - 1 && !strncmp(unit.name, "kind xxx", 8));
}

static void paths(void)
{
	static const char whole[] = "/slot@feb02e00/unit@123456789ab";
	char path[64];

	begin();
	device_path(&unit, path, sizeof(path));
	ok(!strcmp(path, whole));
	device_path(&slot, path, sizeof(path));
	ok(!strcmp(path, "/slot@feb02e00"));
	for (unsigned size = 1; size < sizeof(path); size++) {
		memset(path, '#', sizeof(path));
		device_path(&unit, path, size);
		ok(strlen(path) == (size < sizeof(whole) ? size : sizeof(whole)) - 1);
		ok(!strncmp(path, whole, strlen(path)));
		for (unsigned i = size; i < sizeof(path); i++)
			if (path[i] != '#')
				ok(!"written beyond the end");
	}
	device_init(&slot, &silent, NULL, 0);
	device_path(&slot, path, sizeof(path));
	ok(!*path);
}

static void edd_paths(void)
{
	struct edd_path edd;

	begin();
	memset(&edd, 0xee, sizeof(edd));
	device_edd_path(&unit, &edd);
	ok(!memcmp(edd.bus, "SLOT", 4) && !memcmp(edd.interface, "UNIT    ", 8));
	ok(edd.interface_path == 0xfeb02e00);
	ok(!edd.device_path[0] && edd.device_path[1] == 0x123456789ab);
	device_init(&slot, &silent, NULL, 0);
	device_edd_path(&slot, &edd);
	ok(!memcmp(edd.bus, "    ", 4) && !memcmp(edd.interface, "        ", 8));
	ok(!edd.interface_path && !edd.device_path[0] && !edd.device_path[1]);
}

int main(void)
{
	identity();
	names();
	paths();
	edd_paths();
	return done();
}
