/* SPDX-License-Identifier: LGPL-3.0-or-later */
#include "fake_pci.h"

#include <string.h>

#include "fake_io.h"
#include "hw/driver.h"
#include "hw/pci/pci.h"
#include "lib/error.h"

struct fake_pci fake_pci;

/* Stand for the host bridge and for the device of reserved resources. */
static const int host_node, reserved_node;

void fake_pci_reset(void)
{
	memset(&fake_pci, 0, sizeof(fake_pci));
	fake_pci.cba = FAKE_ECAM;
	fake_pci.resources[0] = (struct aml_resource){.kind = AML_BUS, .base = 0, .length = 256};
	fake_pci.resources[1] =
		(struct aml_resource){.kind = AML_MEMORY, .base = 0xc0000000, .length = 0x20000000};
	fake_pci.resources[2] = (struct aml_resource){
		.kind = AML_MEMORY, .base = 100ull << 30, .length = 256ull << 30};
	fake_pci.resource_count = 3;
}

uint32_t fake_pci_get(const struct fake_function *function, unsigned offset, unsigned size)
{
	uint32_t value = 0;

	memcpy(&value, function->config + offset, size);
	return value;
}

void fake_pci_set(struct fake_function *function, unsigned offset, unsigned size, uint32_t value)
{
	memcpy(function->config + offset, &value, size);
}

static void make_writable(struct fake_function *function, unsigned offset, unsigned size,
			  uint32_t bits)
{
	memcpy(function->writable + offset, &bits, size);
}

struct fake_function *fake_pci_add(int parent, uint8_t slot, uint8_t number, uint16_t vendor,
				   uint16_t id, uint32_t class_code)
{
	struct fake_function *f = &fake_pci.functions[fake_pci.count++];

	memset(f, 0, sizeof(*f));
	f->parent = parent;
	f->slot = slot;
	f->number = number;
	fake_pci_set(f, PCI_VENDOR_ID, 2, vendor);
	fake_pci_set(f, PCI_DEVICE_ID, 2, id);
	fake_pci_set(f, PCI_CLASS_REVISION, 4, class_code << 8);
	make_writable(f, PCI_COMMAND, 2, 0x547);
	make_writable(f, PCI_INTERRUPT_LINE, 1, 0xff);
	return f;
}

int fake_pci_add_bridge(int parent, uint8_t slot, int port_type, bool hot_plug)
{
	struct fake_function *f = fake_pci_add(parent, slot, 0, 0x1b36, 0x000c, 0x060400);

	fake_pci_set(f, PCI_HEADER_TYPE, 1, 1);
	make_writable(f, PCI_BUS_NUMBERS, 4, 0x00ffffff);
	make_writable(f, 0x1c, 2, 0xf0f0);
	make_writable(f, PCI_MEMORY_WINDOW, 4, 0xfff0fff0);
	make_writable(f, PCI_PREFETCHABLE_WINDOW, 4, 0xfff0fff0);
	make_writable(f, PCI_PREFETCHABLE_BASE_UPPER, 4, UINT32_MAX);
	make_writable(f, PCI_PREFETCHABLE_LIMIT_UPPER, 4, UINT32_MAX);
	fake_pci_set(f, PCI_PREFETCHABLE_WINDOW, 4, 0x00010001); /* it passes 64 bits on */
	if (port_type >= 0) {
		fake_pci_set(f, PCI_STATUS, 2, 0x10);
		fake_pci_set(f, PCI_CAPABILITIES, 1, 0x60);
		fake_pci_set(f, 0x60, 1, PCI_CAPABILITY_EXPRESS);
		fake_pci_set(f, 0x62, 2, port_type << 4 | (hot_plug ? 0x100 : 0));
		fake_pci_set(f, 0x74, 4, hot_plug ? 0x40 : 0);
	}
	return f - fake_pci.functions;
}

void fake_pci_bar(struct fake_function *function, unsigned bar, uint64_t size, uint8_t flags)
{
	unsigned offset = PCI_BAR0 + 4 * bar;

	fake_pci_set(function, offset, 4, flags);
	make_writable(function, offset, 4, ~(size - 1) & ~(flags & 1 ? 3u : 15u));
	if ((flags & 7) == 4)
		make_writable(function, offset + 4, 4, ~(size - 1) >> 32);
}

void fake_pci_rom(struct fake_function *function, uint32_t size)
{
	unsigned offset = function->config[PCI_HEADER_TYPE] & 1 ? PCI_BRIDGE_ROM : PCI_ROM;

	make_writable(function, offset, 4, ~(size - 1) | 1);
}

uint64_t fake_pci_address(const struct fake_function *function, unsigned bar)
{
	uint64_t low = fake_pci_get(function, bar == 6 ? PCI_ROM : PCI_BAR0 + 4 * bar, 4), high = 0;

	if (bar < 5 && (low & 7) == 4)
		high = fake_pci_get(function, PCI_BAR0 + 4 * bar + 4, 4);
	return high << 32 | (low & ~15ull);
}

/* --- the configuration space ------------------------------------------------------ */

/* The bus that a function is on; -1 if a bridge in front of it does not pass it on. */
static int bus_of(const struct fake_function *f)
{
	const struct fake_function *bridge;
	unsigned secondary, subordinate;
	int above;

	if (f->parent < 0)
		return fake_pci.resources[0].base;
	bridge = &fake_pci.functions[f->parent];
	secondary = bridge->config[PCI_BUS_NUMBERS + 1];
	subordinate = bridge->config[PCI_BUS_NUMBERS + 2];
	above = bus_of(bridge);
	if (above < 0 || secondary <= (unsigned)above || secondary > subordinate)
		return -1;
	for (int up = bridge->parent; up >= 0; up = fake_pci.functions[up].parent)
		if (secondary < fake_pci.functions[up].config[PCI_BUS_NUMBERS + 1] ||
		    secondary > fake_pci.functions[up].config[PCI_BUS_NUMBERS + 2])
			return -1;
	return secondary;
}

static struct fake_function *function_at(uint32_t address)
{
	uint32_t offset = address - FAKE_ECAM;
	uint8_t bus = offset >> 20, slot = offset >> 15 & 31, number = offset >> 12 & 7;

	for (unsigned i = 0; i < fake_pci.count; i++) {
		struct fake_function *f = &fake_pci.functions[i];

		if (f->slot == slot && f->number == number && bus_of(f) == bus)
			return f;
	}
	return NULL;
}

static uint32_t read_config(uint32_t address, unsigned size)
{
	struct fake_function *f;

	fake_pci.accesses++;
	if (address < FAKE_ECAM || address >= FAKE_ECAM + 0x10000000 || fake_pci.vanished)
		return UINT32_MAX;
	f = function_at(address);
	if (!f || (address & 0xfff) >= FAKE_PCI_CONFIG)
		return UINT32_MAX;
	return fake_pci_get(f, address & 0xff, size);
}

static void write_config(uint32_t address, unsigned size, uint32_t value)
{
	struct fake_function *f;

	fake_pci.accesses++;
	if (address < FAKE_ECAM || address >= FAKE_ECAM + 0x10000000 || fake_pci.vanished)
		return;
	f = function_at(address);
	if (!f || (address & 0xfff) >= FAKE_PCI_CONFIG)
		return;
	for (unsigned i = 0; i < size; i++) {
		unsigned at = (address & 0xff) + i;

		f->config[at] =
			(f->config[at] & ~f->writable[at]) | (value >> 8 * i & f->writable[at]);
	}
}

uint8_t readb(uint32_t address)
{
	return read_config(address, 1);
}

uint16_t readw(uint32_t address)
{
	return read_config(address, 2);
}

uint32_t readl(uint32_t address)
{
	return read_config(address, 4);
}

void writeb(uint32_t address, uint8_t value)
{
	write_config(address, 1, value);
}

void writew(uint32_t address, uint16_t value)
{
	write_config(address, 2, value);
}

void writel(uint32_t address, uint32_t value)
{
	write_config(address, 4, value);
}

/* --- what the tables say ---------------------------------------------------------- */

bool aml_next_device(struct aml *aml, struct aml_device *device)
{
	(void)aml;
	if (device->node || !fake_pci.reserved)
		return false;
	device->node = (struct aml_node *)&reserved_node;
	return true;
}

bool aml_device_matches(const struct aml_device *device, const char *id)
{
	return device->node == (struct aml_node *)&reserved_node && !strcmp(id, "PNP0C02");
}

enum aml_kind aml_get(struct aml *aml, const struct aml_device *device, const char *name,
		      struct aml_value *value)
{
	(void)aml;
	(void)device;
	if (strcmp(name, "_CBA") || !fake_pci.cba)
		return AML_ABSENT;
	value->kind = AML_INTEGER;
	value->integer = fake_pci.cba;
	return AML_INTEGER;
}

int aml_resources(struct aml *aml, const struct aml_device *device, struct aml_resources *crs)
{
	(void)aml;
	if (fake_pci.no_crs)
		return ERR_UNSUPPORTED;
	crs->pos = (const uint8_t *)device->node;
	crs->index = 0;
	return 0;
}

int aml_next_resource(struct aml_resources *crs, struct aml_resource *resource)
{
	if (crs->pos == (const uint8_t *)&reserved_node) {
		*resource = (struct aml_resource){.kind = AML_MEMORY,
						  .base = fake_pci.reserved,
						  .length = fake_pci.resources[0].length << 20};
		return !crs->index++;
	}
	if (crs->index == fake_pci.resource_count)
		return 0;
	*resource = fake_pci.resources[crs->index++];
	return 1;
}

int fake_pci_probe(void)
{
	const struct aml_device device = {.node = (struct aml_node *)&host_node};

	return acpi_drivers_start->probe(NULL, &device);
}
