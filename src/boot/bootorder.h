/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * What QEMU's user said about single devices, by path: bootindex and geometry.
 */
#ifndef PETREL_BOOT_BOOTORDER_H
#define PETREL_BOOT_BOOTORDER_H

#include <stdbool.h>
#include <stdint.h>

struct device;
struct disk;

enum { BOOTORDER_UNLISTED = 0xffffffff };

/* Reads the lists, for POST: the functions below must not be called after it. */
void bootorder_init(void);

/* The place of a device, or of a path like "/rom@genroms/x.rom", in the user's order,
 * from 0; BOOTORDER_UNLISTED if it has none. */
uint32_t bootorder_place(const struct device *device);
uint32_t bootorder_place_of_path(const char *path);

/* The first place of a device or of anything behind it: a network card's path in the order
 * goes on with "/ethernet-phy@0". */
uint32_t bootorder_place_below(const struct device *device);

/* True if nothing but the listed devices may be tried. */
bool bootorder_is_strict(void);

/* Gives a disk the geometry that the user wants it to have, if there is one. */
void bootorder_set_geometry(struct disk *disk);

#endif
