/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * Devices that would go on by themselves, and must not when an operating system takes
 * over. Nobody tells when that is; boot loaders ask for the memory map shortly before
 * (bios/tick.c).
 */
#ifndef PETREL_HW_QUIET_H
#define PETREL_HW_QUIET_H

struct quiet {
	/* Stops the device, if it runs. The driver starts it again when it is used. */
	void (*quiet)(struct quiet *quiet);
	struct quiet *next;
};

/* Adds a device, for good. */
void quiet_add(struct quiet *quiet);

/* Stops all of them. */
void quiet_all(void);

#endif
