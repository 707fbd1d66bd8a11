/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * Copying between addresses that real mode does not reach.
 */
#ifndef VGASRC_HIGHCOPY_H
#define VGASRC_HIGHCOPY_H

#include <stdbool.h>
#include <stdint.h>

/* Copies up to 32,768 words; false if that cannot be done here. */
bool high_copy(uint32_t to, uint32_t from, uint16_t words);

#endif
