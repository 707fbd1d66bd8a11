/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * VESA BIOS Extension.
 */
#ifndef PETREL_BIOS_VBE_H
#define PETREL_BIOS_VBE_H

#include <stdbool.h>
#include <stdint.h>

struct regs;

/* INT 10h AH=4Fh. */
void vbe_call(struct regs *regs);

/* Sets one of the modes by its number, cleared, for a kernel that is told of it by its
 * boot protocol; false if there is no such mode here. */
bool vbe_set_mode(uint16_t number);

/* A text mode is set: ends a program's mode, if there is one. */
void vbe_end(void);

/* The timer tick: shows what a program has drawn, on a device that must be told. */
void vbe_tick(void);

#endif
