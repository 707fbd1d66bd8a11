/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * PCI functions by their configuration spaces, and the host bridge's resources as the
 * AML reader would give them: in place of fw/aml.c and of the machine's registers.
 */
#ifndef PETREL_FAKE_PCI_H
#define PETREL_FAKE_PCI_H

#include <stdbool.h>
#include <stdint.h>

#include "fw/aml.h"

enum { FAKE_PCI_FUNCTIONS = 600, FAKE_PCI_CONFIG = 256, FAKE_PCI_RESOURCES = 8 };

#define FAKE_ECAM 0xe0000000u

struct fake_function {
	int parent; /* index of the bridge in front of it, -1: it is on the first bus */
	uint8_t slot, number;
	uint8_t config[FAKE_PCI_CONFIG];
	uint8_t writable[FAKE_PCI_CONFIG]; /* bits that writes change */
};

struct fake_pci {
	struct fake_function functions[FAKE_PCI_FUNCTIONS];
	unsigned count;
	struct aml_resource resources[FAKE_PCI_RESOURCES]; /* the host bridge's _CRS */
	unsigned resource_count;
	bool no_crs;
	uint64_t cba, reserved; /* bases of ECAM by _CBA and by PNP0C02; 0: absent */
	unsigned accesses;
	bool vanished;   /* all reads give ones */
	uint64_t memory; /* of BARs: not modelled; accesses outside ECAM are counted here */
};

extern struct fake_pci fake_pci;

/* No function, buses 0 to 255, windows C0000000-DFFFFFFF and 256 GiB at 100 GiB, ECAM by
 * _CBA. */
void fake_pci_reset(void);

/* Adds a function with a normal header. Returns it. */
struct fake_function *fake_pci_add(int parent, uint8_t slot, uint8_t number, uint16_t vendor,
				   uint16_t id, uint32_t class_code);

/* Adds a bridge, of a PCI Express port of this type (PCI Express, 7.8.2) if it is not
 * negative, with a slot that takes hot plugs if said so. Returns its index. */
int fake_pci_add_bridge(int parent, uint8_t slot, int port_type, bool hot_plug);

/* Gives it a BAR; flags are the register's lowest four bits. */
void fake_pci_bar(struct fake_function *function, unsigned bar, uint64_t size, uint8_t flags);

/* Gives it a ROM BAR. */
void fake_pci_rom(struct fake_function *function, uint32_t size);

/* Where a memory BAR or ROM (6) has been placed. */
uint64_t fake_pci_address(const struct fake_function *function, unsigned bar);

/* A register as the function has it. */
uint32_t fake_pci_get(const struct fake_function *function, unsigned offset, unsigned size);
void fake_pci_set(struct fake_function *function, unsigned offset, unsigned size, uint32_t value);

/* Probes the host bridge as fw/acpi.c does. */
int fake_pci_probe(void);

#endif
