/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * Reaching a PCI function: its configuration space, the memory behind its base address
 * registers, its capabilities.
 *
 * Specification: PCI Local Bus 3.0, 6.1, 6.7 "Capabilities List".
 */
#include "hw/pci/pci.h"

#include "hw/io.h"
#include "lib/util.h"

enum {
	STATUS_CAPABILITIES = 1 << 4,
	FIRST_CAPABILITY = 0x40,
	MAX_CAPABILITIES = (PCI_CONFIG_SIZE - FIRST_CAPABILITY) / 4,
};

uint8_t pci_read8(const struct pci_function *function, unsigned offset)
{
	return readb(function->config + offset);
}

uint16_t pci_read16(const struct pci_function *function, unsigned offset)
{
	return readw(function->config + offset);
}

uint32_t pci_read32(const struct pci_function *function, unsigned offset)
{
	return readl(function->config + offset);
}

void pci_write8(const struct pci_function *function, unsigned offset, uint8_t value)
{
	writeb(function->config + offset, value);
}

void pci_write16(const struct pci_function *function, unsigned offset, uint16_t value)
{
	writew(function->config + offset, value);
}

void pci_write32(const struct pci_function *function, unsigned offset, uint32_t value)
{
	writel(function->config + offset, value);
}

void pci_add_command(const struct pci_function *function, uint16_t bits)
{
	pci_write16(function, PCI_COMMAND, pci_read16(function, PCI_COMMAND) | bits);
}

uint32_t pci_bar(const struct pci_function *function, unsigned bar, uint64_t offset,
		 uint64_t length)
{
	const struct pci_region *region = &function->regions[bar < PCI_BARS ? bar : 0];

	if (bar >= PCI_BARS || !region->address || region->address + region->size > FOUR_GIB)
		return 0;
	if (offset > region->size || length > region->size - offset)
		return 0;
	return region->address + offset;
}

bool pci_next_capability(const struct pci_function *function, struct pci_capability *capability)
{
	unsigned at = capability->offset + 1;

	if (!capability->offset) {
		if (!(pci_read16(function, PCI_STATUS) & STATUS_CAPABILITIES))
			return false;
		at = PCI_CAPABILITIES;
		capability->left = MAX_CAPABILITIES;
	}
	if (!capability->left--)
		return false;
	capability->offset = pci_read8(function, at) & ~3u;
	if (capability->offset < FIRST_CAPABILITY)
		return false;
	capability->id = pci_read8(function, capability->offset);
	return true;
}

unsigned pci_find_capability(const struct pci_function *function, enum pci_capability_id id)
{
	struct pci_capability capability = {0};

	while (pci_next_capability(function, &capability))
		if (capability.id == id)
			return capability.offset;
	return 0;
}
