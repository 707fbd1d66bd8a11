/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * The PCI host bridge, and what is behind it.
 */
#ifndef PETREL_HW_PCI_HOST_H
#define PETREL_HW_PCI_HOST_H

#include <stdint.h>

struct pci_function;

/* The physical address of a configuration space by bus << 8 | slot << 3 | number, whether
 * a function is there or not; 0 for a bus that the host bridge does not have. */
uint32_t pci_config_address(uint16_t address);

/* All functions, in the order of their buses, slots and numbers; NULL without any. */
struct pci_function *pci_first(void);

#endif
