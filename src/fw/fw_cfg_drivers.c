/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * Devices that have no address: the host offers them by a file of fw_cfg, which the driver
 * writes to. QEMU's ramfb is one. The option ROM that comes with it does for other firmware
 * what our driver does, and would do it over again.
 */
#include "fw/fw_cfg_drivers.h"

#include <string.h>

#include "fw/fw_cfg.h"
#include "hw/driver.h"
#include "lib/error.h"
#include "lib/log.h"

void fw_cfg_probe_devices(void)
{
	for (const struct fw_cfg_driver *d = fw_cfg_drivers_start; d < fw_cfg_drivers_end; d++) {
		const struct fw_cfg_file *file = fw_cfg_find_sized(d->file, d->size);
		int error = file ? d->probe(file) : 0;

		if (error)
			say("%s: cannot be used, error %d\n", d->file, error);
	}
}

bool fw_cfg_replaces_rom(const char *file)
{
	for (const struct fw_cfg_driver *d = fw_cfg_drivers_start; d < fw_cfg_drivers_end; d++)
		if (!strcmp(d->rom, file))
			return true;
	return false;
}

bool fw_cfg_has_display_rom(void)
{
	const struct fw_cfg_file *file = NULL;

	while ((file = fw_cfg_next(file, "vgaroms/")))
		if (!fw_cfg_replaces_rom(file->name))
			return true;
	return false;
}
