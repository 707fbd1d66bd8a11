/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * CDs that boot by El Torito, and INT 13h 4Ah-4Dh.
 */
#ifndef PETREL_CDROM_H
#define PETREL_CDROM_H

#include <stdbool.h>
#include <stdint.h>

#include "disk.h"

/* How to start what was loaded. */
struct cdrom_start {
	uint16_t segment; /* the image is at segment:0000 */
	uint8_t drive;    /* for DL */
};

/* Finds the boot image of a CD (or of a disk that holds the image of one), loads
 * it and sets up the drive it asks for. Returns 0; ERR_NOENT if it is no bootable
 * CD; another error, which is then said on the console. */
int cdrom_load(struct disk *cd, struct cdrom_start *start);

/* Forgets an emulated drive. */
void cdrom_end_emulation(void);

/*
 * INT 13h 4Ah-4Dh. `drive` is DL, `packet` what DS:SI points to.
 *
 * cdrom_status() fills in the specification packet of the CD that was booted; it
 * returns ERR_NOENT if none was, or not by that drive. cdrom_catalogue() copies
 * sectors of the boot catalogue where a command packet says. cdrom_emulate() sets
 * up the drive that a specification packet describes, and with `start` loads its
 * boot sector. All return ERR_INVAL for a packet that makes no sense.
 */
int cdrom_status(uint8_t drive, void *packet);
int cdrom_catalogue(uint8_t drive, const void *packet);
int cdrom_emulate(const void *packet, struct cdrom_start *start);

/* True while a drive is emulated that has this number. */
bool cdrom_emulates(uint8_t drive);

#endif
