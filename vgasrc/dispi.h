/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * The Bochs display interface, by which QEMU's adapters have modes beyond a VGA's: registers
 * behind an index and a data port.
 *
 * Reference: QEMU, docs/specs/standard-vga, and include/hw/display/bochs-vbe.h.
 */
#ifndef VGASRC_DISPI_H
#define VGASRC_DISPI_H

#include <stdint.h>

enum {
	DISPI_INDEX = 0x1ce,
	DISPI_DATA = 0x1cf,

	DISPI_ID = 0,
	DISPI_WIDTH = 1,
	DISPI_HEIGHT = 2,
	DISPI_BITS = 3,
	DISPI_ENABLE = 4,
	DISPI_BANK = 5,
	DISPI_VIRTUAL_WIDTH = 6,
	DISPI_VIRTUAL_HEIGHT = 7,
	DISPI_X = 8,
	DISPI_Y = 9,
	DISPI_MEMORY = 10, /* in units of 64 KiB */

	DISPI_ID_MASK = 0xfff0,
	DISPI_ID_ANY = 0xb0c0,
	DISPI_ID_MEMORY = 0xb0c4, /* from here on there is DISPI_MEMORY */

	/* DISPI_ENABLE */
	DISPI_ENABLED = 0x01,
	DISPI_8BIT_DAC = 0x20,
	DISPI_LINEAR = 0x40,
	DISPI_KEEP_MEMORY = 0x80,
};

unsigned dispi_read(unsigned index);
void dispi_write(unsigned index, unsigned value);

/* Back to a VGA's modes. */
void dispi_disable(void);

#endif
