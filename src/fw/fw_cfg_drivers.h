/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * Devices that the host offers by a file of fw_cfg.
 */
#ifndef PETREL_FW_FW_CFG_DRIVERS_H
#define PETREL_FW_FW_CFG_DRIVERS_H

#include <stdbool.h>

/* Gives each to its driver. */
void fw_cfg_probe_devices(void);

/* True if one of the drivers does what the option ROM in this file is for. */
bool fw_cfg_replaces_rom(const char *file);

/* True if the host gives the option ROM of a display that none of them drives. The ROM will
 * have the screen. */
bool fw_cfg_has_display_rom(void);

#endif
