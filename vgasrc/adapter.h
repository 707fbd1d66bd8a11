/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * What differs between the adapters that QEMU has, by the -D of vgasrc.mk, and what is
 * found out when the machine starts. Only start.c writes the latter: the image is in
 * memory that is written to until the machine is up, and read only from then on.
 */
#ifndef VGASRC_ADAPTER_H
#define VGASRC_ADAPTER_H

#include <stdint.h>

#include "vgasrc/segment.h"

enum { EDID_BLOCK = 128, EDID_BLOCKS = 2 };

struct adapter {
	uint16_t vendor, device; /* on PCI; 0 on ISA */
	uint8_t framebuffer_bar; /* the BAR's number */
	uint8_t edid_bar;        /* the BAR that begins with the EDID; NO_BAR */
	const char ROM *name;
};

enum { NO_BAR = 0xff, ISA_FRAMEBUFFER = 0xe0000000 };

struct found {
	uint32_t framebuffer; /* its address; 0: not known */
	uint16_t memory;      /* in units of 64 KiB; 0: no modes beyond a VGA's */
	uint16_t edid_blocks;
	uint8_t edid[EDID_BLOCKS][EDID_BLOCK];
};

_Static_assert(sizeof(struct found) == 264, "entry.S");

extern const struct adapter ROM adapter;
/* In entry.S, so that the compiler does not know the zeroes that it begins with. */
extern const struct found ROM found;

#endif
