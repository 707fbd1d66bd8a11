/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * Option ROMs.
 */
#ifndef PETREL_BOOT_OPTIONROM_H
#define PETREL_BOOT_OPTIONROM_H

#include <stdbool.h>

struct rom_image;

/* Initialises all option ROMs, those that the host gives, those that are in memory and
 * the images of devices (`images` and what follows), and adds what they can boot from to the
 * boot order; a display's first, which then shows what was said. Call when the disks have
 * their numbers and the tick runs. False if there is a display and it shows nothing. */
bool optionrom_init(const struct rom_image *images);

#endif
