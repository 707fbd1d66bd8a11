/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * PCI Express: the host bridge that the DSDT lists (PNP0A08), and all functions behind
 * it. Their configuration spaces lie in memory, 4 KiB each (ECAM). Buses get their
 * numbers as they are found, depth first; then all memory is placed (place.c), and each
 * function goes to the driver that knows it.
 *
 * Where ECAM is, the MCFG table says, or the host bridge's _CBA, or a device of reserved
 * resources (PNP0C02) that is as large as ECAM for these buses must be. QEMU's microvm
 * has the last two.
 *
 * Specification: PCI Local Bus 3.0, chapter 6; PCI Express Base 3.0, 7.2.2; PCI Firmware
 * 3.0, 4.1 (MCFG, _CBA).
 */
#include "hw/pci/host.h"

#include <stddef.h>
#include <string.h>

#include "hw/driver.h"
#include "hw/io.h"
#include "hw/pci/pci.h"
#include "hw/pci/place.h"
#include "lib/error.h"
#include "lib/format.h"
#include "lib/log.h"
#include "lib/memory.h"
#include "lib/util.h"

enum {
	BUS_SHIFT = 20,
	SLOT_SHIFT = 15,
	NUMBER_SHIFT = 12,
	SLOTS = 32,
	NUMBERS = 8,
	LAST_BUS = 255,
	ABSENT = 0xffff,
	MULTI_FUNCTION = 0x80,
	HEADER_TYPE = 0x7f,
	HEADER_NORMAL = 0,
	HEADER_BRIDGE = 1,

	EXPRESS_FLAGS = 2,
	EXPRESS_TYPE_SHIFT = 4,
	EXPRESS_TYPE_MASK = 0xf,
	EXPRESS_ROOT_PORT = 4,
	EXPRESS_DOWNSTREAM_PORT = 6,

	MAX_DEPTH = 16, /* of bridges behind bridges: scan_bus() calls itself */
	MAX_FUNCTIONS = 512,
	MAX_WINDOWS = 8,
	ORDER = 0x80000000, /* behind all devices of virtio-mmio */
	ORDER_SHIFT = 8,
};

/* The part of the MCFG table behind its header. */
struct mcfg {
	uint8_t header[36], reserved[8];
	struct mcfg_entry {
		uint64_t base;
		uint16_t segment;
		uint8_t first_bus, last_bus;
		uint8_t reserved[4];
	} __attribute__((packed)) entries[];
} __attribute__((packed));

static struct {
	struct device device;
	uint64_t mcfg_base; /* 0: there is no such table */
	uint32_t ecam;      /* 0: there is no host bridge; where bus 0 would be */
	uint8_t first_bus, last_bus, used_bus;
	unsigned count;
	struct pci_function *first, **end;
	struct pci_window windows[MAX_WINDOWS];
	unsigned window_count;
} host;

static uint32_t config_address(uint8_t bus, uint8_t slot, uint8_t number)
{
	return host.ecam + (bus << BUS_SHIFT | slot << SLOT_SHIFT | number << NUMBER_SHIFT);
}

uint32_t pci_config_address(uint16_t address)
{
	uint8_t bus = address >> 8;

	if (!host.ecam || bus < host.first_bus || bus > host.last_bus)
		return 0;
	return config_address(bus, address >> 3 & (SLOTS - 1), address & (NUMBERS - 1));
}

struct pci_function *pci_first(void)
{
	return host.first;
}

/* QEMU's name for what no address in memory belongs to; its boot order has it so. */
static size_t host_path(const struct device *device, char *to, size_t size)
{
	return format(to, size, "/pci@%016llx", device->address);
}

static void host_edd(const struct device *device, struct edd_path *edd)
{
	(void)device;
	memcpy(edd->bus, "PCI ", sizeof(edd->bus));
}

static const struct device_bus host_bus = {.path = host_path, .edd = host_edd};

/* The classes that QEMU has names for, among those that one can boot from. */
static const struct {
	uint16_t class;
	const char *name;
} class_names[] = {
	{0x0100, "scsi"},    {0x0101, "ide"}, {0x0104, "raid"},       {0x0200, "ethernet"},
	{0x0300, "display"}, {0x0601, "isa"}, {0x0604, "pci-bridge"}, {0x0c03, "usb"},
};

static size_t function_path(const struct device *device, char *to, size_t size)
{
	const struct pci_function *f = container_of(device, const struct pci_function, device);
	size_t length = 0;

	for (unsigned i = 0; i < ARRAY_SIZE(class_names); i++)
		if (class_names[i].class == f->class_code >> 8)
			length = format(to, size, "/%s", class_names[i].name);
	if (!length)
		length = format(to, size, "/pci%04x,%04x", f->vendor, f->id);
	if (f->number)
		return length + format(to + length, size - length, "@%x,%x", f->slot, f->number);
	return length + format(to + length, size - length, "@%x", f->slot);
}

static void function_edd(const struct device *device, struct edd_path *edd)
{
	const struct pci_function *f = container_of(device, const struct pci_function, device);

	edd->interface_path = f->bus | f->slot << 8 | f->number << 16;
}

static const struct device_bus function_bus = {.path = function_path, .edd = function_edd};

/* A function that answered; NULL if there is no room for it. */
static struct pci_function *add_function(struct pci_function *bridge, uint8_t bus, uint8_t slot,
					 uint8_t number)
{
	struct pci_function *f = NULL;

	if (host.count < MAX_FUNCTIONS)
		f = memory_alloc(sizeof(*f), 8);
	if (!f)
		return NULL;
	device_init(&f->device, &function_bus, bridge ? &bridge->device : &host.device, slot);
	f->device.order = ORDER + (++host.count << ORDER_SHIFT);
	format(f->device.name, sizeof(f->device.name), "pci %02x:%02x.%x", bus, slot, number);
	f->config = config_address(bus, slot, number);
	f->vendor = pci_read16(f, PCI_VENDOR_ID);
	f->id = pci_read16(f, PCI_DEVICE_ID);
	f->class_code = pci_read32(f, PCI_CLASS_REVISION) >> 8;
	f->bus = bus;
	f->slot = slot;
	f->number = number;
	f->bridge = bridge;
	*host.end = f;
	host.end = &f->next;
	log_line(LOG_DEBUG, "%s: %04x:%04x class %06x", f->device.name, f->vendor, f->id,
		 f->class_code);
	return f;
}

/* Behind a port of PCI Express there is one slot. */
static unsigned slots_behind(const struct pci_function *bridge)
{
	unsigned express = pci_find_capability(bridge, PCI_CAPABILITY_EXPRESS), type;

	if (!express)
		return SLOTS;
	type = pci_read16(bridge, express + EXPRESS_FLAGS) >> EXPRESS_TYPE_SHIFT &
	       EXPRESS_TYPE_MASK;
	return type == EXPRESS_ROOT_PORT || type == EXPRESS_DOWNSTREAM_PORT ? 1 : SLOTS;
}

static void set_buses(const struct pci_function *bridge)
{
	uint32_t numbers = pci_read32(bridge, PCI_BUS_NUMBERS) & 0xff000000; /* latency timer */

	pci_write32(bridge, PCI_BUS_NUMBERS,
		    numbers | bridge->bus | bridge->secondary << 8 | bridge->subordinate << 16);
}

static void scan_bus(struct pci_function *bridge, unsigned slots, unsigned depth);

/* Gives the buses behind a bridge numbers, and finds what is there. */
static void scan_bridge(struct pci_function *bridge, unsigned depth)
{
	if (host.used_bus == host.last_bus || depth == MAX_DEPTH) {
		say("%s: no number is left for the bus behind this bridge\n", bridge->device.name);
		return;
	}
	bridge->secondary = ++host.used_bus;
	bridge->subordinate = host.last_bus; /* until it is known */
	set_buses(bridge);
	scan_bus(bridge, slots_behind(bridge), depth);
	bridge->subordinate = host.used_bus;
	set_buses(bridge);
}

/* Returns the header type; ABSENT if no function answers. */
static unsigned scan_function(struct pci_function *bridge, uint8_t bus, uint8_t slot,
			      uint8_t number, unsigned depth)
{
	struct pci_function *f;
	uint8_t type;

	if (readw(config_address(bus, slot, number) + PCI_VENDOR_ID) == ABSENT)
		return ABSENT;
	f = add_function(bridge, bus, slot, number);
	if (!f) {
		say("pci %02x:%02x.%x: too many devices; left out\n", bus, slot, number);
		return ABSENT;
	}
	type = pci_read8(f, PCI_HEADER_TYPE);
	f->is_bridge = (type & HEADER_TYPE) == HEADER_BRIDGE;
	if (f->is_bridge || (type & HEADER_TYPE) == HEADER_NORMAL)
		pci_size_regions(f);
	if (f->is_bridge)
		scan_bridge(f, depth + 1);
	return type;
}

static void scan_bus(struct pci_function *bridge, unsigned slots, unsigned depth)
{
	uint8_t bus = bridge ? bridge->secondary : host.first_bus;

	for (unsigned slot = 0; slot < slots; slot++) {
		unsigned type = scan_function(bridge, bus, slot, 0, depth);

		for (unsigned n = 1; type != ABSENT && type & MULTI_FUNCTION && n < NUMBERS; n++)
			scan_function(bridge, bus, slot, n, depth);
	}
}

/* A function all of whose memory was placed may decode it; one that lacks some would
 * decode it at an address of others. */
static void enable(const struct pci_function *f)
{
	bool any = f->is_bridge || f->regions[PCI_ROM_REGION].address;

	for (unsigned i = 0; i < PCI_BARS; i++) {
		if (f->regions[i].flags & PCI_REGION_DROPPED)
			return;
		any = any || f->regions[i].size;
	}
	if (any)
		pci_add_command(f,
				PCI_COMMAND_MEMORY | (f->is_bridge ? PCI_COMMAND_BUS_MASTER : 0));
}

static bool matches(const struct pci_driver *driver, const struct pci_function *f)
{
	if (driver->vendor)
		return f->vendor == driver->vendor && f->id >= driver->first_id &&
		       f->id <= driver->last_id;
	return (f->class_code & driver->class_mask) == driver->class_code;
}

static void probe(struct pci_function *f)
{
	for (const struct pci_driver *d = pci_drivers_start; d < pci_drivers_end; d++) {
		int error;

		if (!matches(d, f))
			continue;
		error = d->probe(f);
		f->is_driven = !error;
		if (error == ERR_NOENT)
			continue;
		if (error)
			say("%s: cannot be used, error %d\n", f->device.name, error);
		return;
	}
}

/* Notes where bus 0's configuration space is, if the buses are reachable for us. */
static bool set_ecam(uint64_t base)
{
	if (!base || base & ((1u << BUS_SHIFT) - 1) ||
	    base + ((uint64_t)(host.last_bus + 1) << BUS_SHIFT) > FOUR_GIB)
		return false;
	host.ecam = base;
	return true;
}

/* A device of reserved resources that is as large as the configuration space of the
 * host bridge's buses. */
static uint64_t find_reserved(struct aml *aml)
{
	uint64_t size = (uint64_t)(host.last_bus - host.first_bus + 1) << BUS_SHIFT;
	struct aml_device device = {0};
	struct aml_resources crs;
	struct aml_resource resource;

	while (aml_next_device(aml, &device)) {
		if (!aml_device_matches(&device, "PNP0C02") || aml_resources(aml, &device, &crs))
			continue;
		while (aml_next_resource(&crs, &resource) > 0)
			if (resource.kind == AML_MEMORY && resource.length == size)
				return resource.base - ((uint64_t)host.first_bus << BUS_SHIFT);
	}
	return 0;
}

static bool find_ecam(struct aml *aml, const struct aml_device *device)
{
	struct aml_value value;

	if (set_ecam(host.mcfg_base))
		return true;
	if (aml_get(aml, device, "_CBA", &value) == AML_INTEGER && set_ecam(value.integer))
		return true;
	return set_ecam(find_reserved(aml));
}

static void add_window(const struct aml_resource *resource)
{
	uint64_t end = resource->base + resource->length;

	if (host.window_count == MAX_WINDOWS || end <= resource->base || resource->translation ||
	    (resource->base < FOUR_GIB && end > FOUR_GIB))
		return;
	host.windows[host.window_count++] = (struct pci_window){resource->base, end};
}

/* The buses, and the windows of memory that the host bridge passes on. */
static int read_resources(struct aml *aml, const struct aml_device *device)
{
	struct aml_resources crs;
	struct aml_resource resource;
	int error = aml_resources(aml, device, &crs);

	if (error)
		return error;
	host.first_bus = 0;
	host.last_bus = LAST_BUS;
	while ((error = aml_next_resource(&crs, &resource)) > 0) {
		if (resource.kind == AML_MEMORY)
			add_window(&resource);
		if (resource.kind != AML_BUS || !resource.length ||
		    resource.base + resource.length - 1 > LAST_BUS)
			continue;
		host.first_bus = resource.base;
		host.last_bus = resource.base + resource.length - 1;
	}
	return error;
}

/* Vendor and device cannot be written to. QEMU puts the linear framebuffer of an isa-vga at
 * E0000000, over a microvm's configuration space. */
static bool is_covered(void)
{
	uint32_t address = config_address(host.first_bus, 0, 0) + PCI_VENDOR_ID;
	uint32_t before = readl(address), after;

	writel(address, ~before);
	after = readl(address);
	writel(address, before);
	return after != before;
}

static int host_probe(struct aml *aml, const struct aml_device *device)
{
	int error;

	if (host.ecam) {
		say("PCI: a second host bridge is not supported\n");
		return ERR_NOENT;
	}
	error = read_resources(aml, device);
	if (error)
		return error;
	if (!find_ecam(aml, device)) {
		say("PCI: no configuration space below 4 GiB in the tables\n");
		return ERR_NOENT;
	}
	if (is_covered()) {
		say("PCI: another device's memory (an isa-vga's?) hides all functions\n");
		host.ecam = 0;
		return ERR_NOENT;
	}
	device_init(&host.device, &host_bus, NULL, UINT64_MAX);
	host.used_bus = host.first_bus;
	host.end = &host.first;
	scan_bus(NULL, SLOTS, 0);
	pci_place(host.first, host.windows, host.window_count);
	for (struct pci_function *f = host.first; f; f = f->next)
		enable(f);
	for (struct pci_function *f = host.first; f; f = f->next)
		probe(f);
	return 0;
}

ACPI_DRIVER(pci_host) = {
	.ids = {"PNP0A08"},
	.probe = host_probe,
};

/* The first segment's configuration space. */
static void mcfg_found(const void *table, uint32_t length)
{
	const struct mcfg *mcfg = table;

	if (length >= sizeof(*mcfg) + sizeof(mcfg->entries[0]) && !mcfg->entries[0].segment)
		host.mcfg_base = mcfg->entries[0].base;
}

ACPI_TABLE_DRIVER(pci_mcfg) = {
	.signature = "MCFG",
	.found = mcfg_found,
};
