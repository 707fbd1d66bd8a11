/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * Option ROMs of PCI functions.
 */
#ifndef PETREL_HW_PCI_ROM_H
#define PETREL_HW_PCI_ROM_H

#include "lib/romimage.h"

/* The images for PCs that functions carry for which we have no driver; NULL if there are
 * none. The list is in scratch memory: call it during POST, and use it then. */
const struct rom_image *pci_rom_images(void);

#endif
