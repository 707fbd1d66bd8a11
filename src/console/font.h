/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * The font of 8x8, which vector 43h points to: characters 00-7F of code page 437, eight rows
 * each, the leftmost pixel in the highest bit.
 */
#ifndef PETREL_CONSOLE_FONT_H
#define PETREL_CONSOLE_FONT_H

#include <stdint.h>

extern const uint8_t font_8x8[1024];

#endif
