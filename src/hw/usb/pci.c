/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * xHCI controllers on PCI Express: qemu-xhci, nec-usb-xhci and their like.
 *
 * Specification: xHCI 1.2, 5.2 "PCI Configuration Registers".
 */
#include "hw/driver.h"
#include "hw/pci/pci.h"
#include "hw/usb/usb.h"
#include "lib/device.h"
#include "lib/error.h"
#include "lib/util.h"

enum {
	CLASS_XHCI = 0x0c0330,
	ANY_BIT = 0xffffff,
	MIN_SIZE = 4096, /* of the registers */
};

static int xhci_pci_probe(struct pci_function *function)
{
	uint64_t size = function->regions[0].size;
	uint32_t registers = pci_bar(function, 0, 0, MIN_SIZE);
	const struct device place = function->device;
	struct xhci *xhci;

	if (!registers)
		return ERR_INVAL;
	pci_add_command(function, PCI_COMMAND_BUS_MASTER);
	device_name(&function->device, "xhci", &place);
	xhci = xhci_start(&function->device, registers, min_u32(size, UINT32_MAX));
	if (xhci)
		usb_start(xhci);
	return 0;
}

PCI_DRIVER(xhci_pci) = {
	.class_code = CLASS_XHCI,
	.class_mask = ANY_BIT,
	.probe = xhci_pci_probe,
};
