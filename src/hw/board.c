/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * Devices of a machine without ACPI tables (-M microvm,acpi=off): drivers look
 * where QEMU's microvm has theirs. A machine counts as a microvm if its host gives
 * no tables at all and nothing answers at PCI's ports, which all other machines
 * with fw_cfg and this processor have.
 *
 * Specification: QEMU, hw/i386/microvm.c; PCI Local Bus Specification 2.1, 3.7.4
 * "Configuration Mechanism #1".
 */
#include "hw/board.h"

#include "hw/driver.h"
#include "hw/io.h"
#include "lib/log.h"

enum {
	PCI_CONFIG_ADDRESS = 0xcf8,
	PCI_CONFIG_ENABLE = 0x80000000,
};

static bool have_pci(void)
{
	outl(PCI_CONFIG_ADDRESS, PCI_CONFIG_ENABLE);
	return inl(PCI_CONFIG_ADDRESS) == PCI_CONFIG_ENABLE;
}

void board_search_devices(bool have_tables)
{
	if (have_tables || have_pci()) {
		say("ACPI: no usable DSDT: devices cannot be found\n");
		return;
	}
	log_line(LOG_INFO, "no ACPI tables");
	for (const struct acpi_driver *d = acpi_drivers_start; d < acpi_drivers_end; d++)
		if (d->search)
			d->search();
}
