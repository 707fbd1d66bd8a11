/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * The modes beyond a VGA's, and their numbers.
 */
#ifndef VGASRC_VESA_MODES_H
#define VGASRC_VESA_MODES_H

#include <stdint.h>

#include "vgasrc/segment.h"

struct vesa_mode {
	uint16_t number, width, height;
	uint8_t bits; /* of a dot: 8, 15, 16, 24 or 32 */
};

enum { VESA_MODES_MAX = 110 /* as fit into an information block */ };

extern const struct vesa_mode ROM vesa_modes[];
unsigned vesa_mode_total(void);

/* NULL if there is no such mode. */
const struct vesa_mode ROM *vesa_mode_find(uint16_t number);

/* Bytes of a line of dots. */
uint32_t vesa_mode_pitch(uint16_t width, uint8_t bits);

/* Units of 64 KiB that a mode needs. */
uint32_t vesa_mode_memory(const struct vesa_mode ROM *mode);

#endif
