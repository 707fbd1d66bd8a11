/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * Character sets: what is loaded into plane 2 for text modes, and what vectors 43h and 1Fh
 * point to for graphics.
 */
#ifndef VGASRC_CHARSET_H
#define VGASRC_CHARSET_H

#include <stdint.h>

#include "vgasrc/frame.h"

/* Loads the ROM's font of this height (8, 14 or 16) into block 0. */
void charset_load_default(uint8_t height);

/* Points vector 43h to it, and vector 1Fh to the upper half of 8x8. */
void charset_set_graphics_font(uint8_t height);

/* INT 10h AH=11h. */
void charset_service(struct frame *r);

#endif
