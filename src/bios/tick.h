/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * The tick of 18.2 Hz. tick.c says who silences it and who lets it go on.
 */
#ifndef PETREL_BIOS_TICK_H
#define PETREL_BIOS_TICK_H

struct regs;

/* 1193182 Hz / 65536 */
#define TICK_NS 54925494ull

/* Finds out where it can come from, and starts it. */
void tick_init(void);

/* Switches it off, for an operating system that the caller may be about to start, and on
 * again, for a program that goes on to use the BIOS. Cheap if there is nothing to do.
 * Without a caller (NULL) it is we who start the system. */
void tick_silence(const struct regs *caller);
void tick_resume(void);

/* Starts it once more, after a reset of the local APIC. */
void tick_restart(void);

/* Counts the ticks that are due. */
void tick_catch_up(void);

/* The local APIC's tick: makes it an INT 08h, for whoever hooked that; and after that. */
void tick_from_apic(struct regs *regs);
void tick_from_apic_done(struct regs *regs);

/* What follows INT 1Ch: ends the interrupt. */
void tick_done(struct regs *regs);

#endif
