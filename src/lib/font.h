/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * Glyphs of code page 437 in cells of 8x16 and 8x14 dots, and codes 80-FF of 8x8, whose
 * codes 00-7F are in console/font.h: a byte for each row, from top to bottom, the highest
 * bit is the left dot.
 */
#ifndef PETREL_LIB_FONT_H
#define PETREL_LIB_FONT_H

#include <stdint.h>

extern const uint8_t font_8x16[256 * 16];
extern const uint8_t font_8x14[256 * 14];
extern const uint8_t font_8x8_high[128 * 8];

#endif
