/* SPDX-License-Identifier: LGPL-3.0-or-later */
#include "fake_function.h"

#include "hw/pci/pci.h"
#include "lib/format.h"

uint32_t fake_bar_size;
bool fake_bus_master;

static struct pci_function function;

uint32_t pci_bar(const struct pci_function *asked, unsigned bar, uint64_t offset, uint64_t length)
{
	(void)bar;
	if (asked != &function || offset > fake_bar_size || length > fake_bar_size - offset)
		return 0;
	return FAKE_BAR + offset;
}

void pci_add_command(const struct pci_function *asked, uint16_t bits)
{
	fake_bus_master = asked == &function && bits == PCI_COMMAND_BUS_MASTER;
}

static size_t path(const struct device *device, char *to, size_t size)
{
	(void)device;
	return format(to, size, "/pci");
}

static void edd(const struct device *device, struct edd_path *edd)
{
	edd->interface_path = device->address;
}

int fake_function_probe(void)
{
	static const struct device_bus bus = {.path = path, .edd = edd};

	fake_bus_master = false;
	device_init(&function.device, &bus, NULL, 0x300);
	format(function.device.name, sizeof(function.device.name), "pci 00:03.0");
	return pci_drivers_start->probe(&function);
}
