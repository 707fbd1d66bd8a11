/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * What QEMU's user said about single devices, by path: bootindex and geometry.
 */
#ifndef PETREL_BOOTORDER_H
#define PETREL_BOOTORDER_H

#include <stdbool.h>
#include <stdint.h>

#include "disk.h"

enum { BOOTORDER_UNLISTED = 0xffffffff };

/* Reads the lists. */
void bootorder_init(void);

/* The place of a disk, or of the device with a path like "/rom@genroms/x.rom", in
 * the user's order, from 0; BOOTORDER_UNLISTED if it has none. */
uint32_t bootorder_of_disk(const struct disk *disk);
uint32_t bootorder_of_path(const char *path);

/* True if nothing but the listed devices may be tried. */
bool bootorder_is_strict(void);

/* Gives a disk the geometry that the user wants it to have, if there is one. */
void bootorder_set_geometry(struct disk *disk);

#endif
