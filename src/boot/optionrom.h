/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * Option ROMs.
 */
#ifndef PETREL_BOOT_OPTIONROM_H
#define PETREL_BOOT_OPTIONROM_H

/* Initialises all option ROMs, those that the host gives and those that are in
 * memory, and adds what they can boot from to the boot order. Call when the disks
 * have their numbers and the tick runs. */
void optionrom_init(void);

#endif
