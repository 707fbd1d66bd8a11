/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * Displays with a BIOS of their own.
 */
#ifndef PETREL_BIOS_DISPLAY_H
#define PETREL_BIOS_DISPLAY_H

#include <stdbool.h>

struct regs;

/* The display's ROM has been initialised: shows what was said so far there, and what will
 * be. False if the ROM has not taken INT 10h; then messages go to consoles only. */
bool display_start(void);

/* True if INT 10h is ours, and each call is to be done by the display's ROM. A variable,
 * because each character typed asks for it. */
extern bool display_is_behind_us;

/* Has the display's ROM serve INT 10h. */
void display_call(struct regs *regs);

#endif
