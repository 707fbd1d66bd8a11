/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * Option ROMs.
 */
#ifndef PETREL_BOOT_OPTIONROM_H
#define PETREL_BOOT_OPTIONROM_H

struct rom_image;

/* Initialises all option ROMs, those that the host gives, those that are in memory and
 * the images of devices (`images` and what follows), and adds what they can boot from to the boot order. Call when the disks
 * have their numbers and the tick runs. */
void optionrom_init(const struct rom_image *images);

#endif
