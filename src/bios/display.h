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

/* Serves INT 10h by the display's ROM, if we are in front of it; false if we are not. */
bool display_call(struct regs *regs);

#endif
