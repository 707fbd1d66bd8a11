/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * Address space for PCI functions: how much each wants, and where it goes.
 */
#ifndef PETREL_HW_PCI_PLACE_H
#define PETREL_HW_PCI_PLACE_H

#include <stdint.h>

#include "hw/pci/pci.h"

enum pci_region_flags {
	PCI_REGION_64BIT = 1,
	PCI_REGION_PREFETCHABLE = 2,
	PCI_REGION_HIGH = 4,    /* to be placed above 4 GiB */
	PCI_REGION_DROPPED = 8, /* there was no room */
};

/* Addresses that the host bridge passes on; wholly below 4 GiB or wholly above. */
struct pci_window {
	uint64_t start, end; /* end: the byte behind the last one */
};

/* Fills in which regions a function wants. Its memory is not decoded afterwards. */
void pci_size_regions(struct pci_function *function);

/*
 * Places the regions of all functions from `first` on in the windows, and programs base
 * address registers and the windows of bridges. What does not fit is named and left out,
 * the largest first.
 */
void pci_place(struct pci_function *first, const struct pci_window *windows, unsigned count);

#endif
