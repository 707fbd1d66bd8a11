/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * VESA BIOS Extension: INT 10h AH=4Fh, and the dots of its modes.
 */
#ifndef VGASRC_VESA_H
#define VGASRC_VESA_H

#include <stdbool.h>
#include <stdint.h>

#include "vgasrc/frame.h"

void vesa_service(struct frame *r);

/* Selects the window's bank, or tells it: BH as in AX=4F05h, DX. For entry.S, by what a
 * mode's information has a far pointer to. */
void vesa_window(struct frame *r);

/* Dots of the mode that is set, through the window; outside of the screen nothing, and 0.
 * A colour is one of 16 where a dot has more than 8 bits. */
void vesa_write_dot(unsigned x, unsigned y, unsigned colour);
unsigned vesa_read_dot(unsigned x, unsigned y);

/* Eight dots: a bit each, the highest is the left one; on black unless the colour says
 * GRAPHICS_XOR. Reading tells which dots are not black. */
void vesa_write_row(unsigned x, unsigned y, unsigned bits, unsigned colour);
unsigned vesa_read_row(unsigned x, unsigned y);

/* A rectangle of dots, moved up or down by some of its lines; what it leaves gets the
 * colour. */
struct vesa_scroll {
	unsigned x, y, width, height, distance, colour;
	bool down;
};

void vesa_scroll(const struct vesa_scroll *s);

#endif
