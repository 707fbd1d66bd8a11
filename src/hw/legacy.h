/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * The PC's interrupt controllers and interval timer, and the 18.2 Hz tick.
 */
#ifndef PETREL_HW_LEGACY_H
#define PETREL_HW_LEGACY_H

#include <stdbool.h>
#include <stdint.h>

struct regs;

/* Ticks of INT 08h: 1193182 Hz / 65536. */
#define TICK_NS 54925494ull

/* Programs the interrupt controllers and the interval timer, as far as they are
 * there, and starts the tick. */
void legacy_init(void);

/*
 * Switches the tick off and on. A real-mode program has it from the beginning;
 * an OS must not find it running, and there is no telling when one takes over.
 * But boot loaders ask for the memory map shortly before, and then nothing more
 * that a program would ask for that goes on to use the BIOS: E820 silences the
 * tick, and other calls bring it back. Cheap when there is nothing to do.
 */
void tick_silence(void);
void tick_resume(void);

/* Starts the tick once more, after a reset of the local APIC. */
void tick_restart(void);

/* Acknowledges IRQ 0. */
void legacy_end_of_tick(void);

/* The local APIC's tick: makes it an INT 08h, for whoever hooked that. */
void legacy_apic_tick(struct regs *regs);

/* Any other interrupt, by its vector: acknowledges it. */
void legacy_end_of_irq(struct regs *regs);

/* Lets IRQ 8 in; false where there is no interrupt controller. */
bool legacy_open_irq8(void);

bool legacy_have_pic(void);

#endif
