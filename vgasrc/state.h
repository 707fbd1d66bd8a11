/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * Saving what the display is set to, and restoring it.
 */
#ifndef VGASRC_STATE_H
#define VGASRC_STATE_H

#include <stdbool.h>

#include "vgasrc/frame.h"

/* INT 10h AH=1Ch. */
void state_service(struct frame *r);

/* AX=4F04h; false if DL asks for what there is not. */
bool state_vesa(struct frame *r);

#endif
