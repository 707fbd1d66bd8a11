/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * Leaving the machine to an operating system.
 */
#ifndef PETREL_BIOS_HANDOVER_H
#define PETREL_BIOS_HANDOVER_H

struct regs;

/* From here on no device writes to memory, there is no timer interrupt, and the terminal
 * is as a system should find it; but a call that only a program makes lets all go on.
 * `caller` is who is about to start a system, NULL if we are. */
void handover(const struct regs *caller);

#endif
