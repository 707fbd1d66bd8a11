/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * The attribute controller's palette and the DAC.
 */
#ifndef VGASRC_PALETTE_H
#define VGASRC_PALETTE_H

#include <stdint.h>

#include "vgasrc/frame.h"
#include "vgasrc/modes.h"

enum { DAC_REGISTERS = 256 };

/* Colours are 0xRRGGBB, six bits of each; or eight, if the DAC has been set so. What
 * register `number` of the DAC has in a palette. */
uint32_t palette_colour(enum palette palette, unsigned number);

/* Fills the DAC, in grey if that is chosen. */
void palette_load(enum palette palette);

uint32_t palette_grey(uint32_t colour);
uint32_t dac_read(unsigned number);
void dac_write(unsigned number, uint32_t colour);

/* One register of the attribute controller; the screen stays on. */
unsigned attribute_read(unsigned index);
void attribute_write(unsigned index, unsigned value);

/* INT 10h AH=0Bh and AH=10h. */
void palette_cga(const struct frame *r);
void palette_service(struct frame *r);

#endif
