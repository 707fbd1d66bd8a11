/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * What the ROM does when the BIOS calls it.
 */
#ifndef VGASRC_START_H
#define VGASRC_START_H

#include "vgasrc/frame.h"

/* AX: bus, device and function of a PCI adapter. */
void start(struct frame *r);

#endif
