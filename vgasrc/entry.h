/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * Places in entry.S, as offsets in the image.
 */
#ifndef VGASRC_ENTRY_H
#define VGASRC_ENTRY_H

#include <stdint.h>

extern const uint8_t entry_int10[];  /* what vector 10h points to */
extern const uint8_t entry_window[]; /* a far call, for a mode's information */
/* VESA's protected mode interface, which programs copy. */
extern const uint8_t entry_protected[];
extern const uint8_t entry_protected_end[];
/* What 0040:00A8 points to. */
extern const uint8_t save_table[];

#endif
