/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * The calls of entry.S.
 */
#ifndef VGASRC_INT10_H
#define VGASRC_INT10_H

#include "vgasrc/frame.h"

/* Serves INT 10h with the caller's registers, and changes them. */
void int10(struct frame *r);

#endif
