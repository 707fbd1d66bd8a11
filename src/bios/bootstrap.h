/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * Entering what was loaded from a disk.
 */
#ifndef PETREL_BIOS_BOOTSTRAP_H
#define PETREL_BIOS_BOOTSTRAP_H

#include <stdint.h>

/* Says for the log what is being booted, from here on; the name must stay. */
void bootstrap_name(const char *name);

/* Enters a boot sector or boot image, with DL = drive and nothing asked yet of INT 13h. */
void __attribute__((noreturn)) bootstrap_enter(uint16_t cs, uint16_t ip, uint8_t drive);

#endif
