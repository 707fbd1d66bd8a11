/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * The host's memory map.
 */
#ifndef PETREL_FW_E820_H
#define PETREL_FW_E820_H

#include <stdint.h>

/* Fills lib/memmap.h's map with the host's (etc/e820, else the amount of RAM), reserves
 * the ROM and makes the holes that every PC has below 1 MiB. Returns the end of RAM below 4 GiB,
 * 0 if the host gave no usable map. */
uint32_t e820_init(void);

#endif
