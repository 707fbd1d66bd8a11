/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * Dots, and characters made of dots.
 */
#ifndef VGASRC_GRAPHICS_H
#define VGASRC_GRAPHICS_H

#include <stdbool.h>
#include <stdint.h>

#include "vgasrc/text.h"

enum { GRAPHICS_XOR = 0x80 /* of a colour: over what is there */ };

/* One dot; outside of the screen nothing, and 0. */
void graphics_write_dot(unsigned page, unsigned x, unsigned y, unsigned colour);
unsigned graphics_read_dot(unsigned page, unsigned x, unsigned y);

/* A character in a cell of the page. */
void graphics_draw(unsigned page, unsigned row, unsigned column, unsigned character,
		   unsigned colour);

/* Which character is in a cell; 0 if none of the font looks so. */
unsigned graphics_recognise(unsigned page, unsigned row, unsigned column);

/* As text_scroll(), for a window that is on the screen. */
void graphics_scroll(const struct scroll *s);

#endif
