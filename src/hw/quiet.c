/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * The list of devices that are stopped before an operating system runs.
 */
#include "hw/quiet.h"

#include <stddef.h>

static struct quiet *devices;

void quiet_add(struct quiet *quiet)
{
	quiet->next = devices;
	devices = quiet;
}

void quiet_all(void)
{
	for (struct quiet *device = devices; device; device = device->next)
		device->quiet(device);
}
