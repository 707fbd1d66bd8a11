/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * Booting CDs, and INT 13h 4Ah-4Dh.
 */
#ifndef PETREL_BIOS_ELTORITO_H
#define PETREL_BIOS_ELTORITO_H

#include <stdbool.h>
#include <stdint.h>

#include "bios/int13_common.h"
#include "block/disk.h"

/* Finds the boot image of a CD (or of a disk that holds the image of one), loads it, sets
 * up the drive it asks for and enters it. Returns ERR_NOENT if it is no bootable CD;
 * another error, which has then been said. */
int eltorito_boot(struct disk *cd);

/* Forgets an emulated drive. */
void eltorito_end_emulation(void);

/* Whether a function of INT 13h is El Torito's; and such a call. */
bool eltorito_has(uint8_t function);
enum disk_status eltorito_service(struct regs *regs);

#endif
