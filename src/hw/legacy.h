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

/* Programs the interrupt controllers, if there are any, and starts the tick:
 * from the interval timer, else from the local APIC. */
void legacy_start_tick(void);

/* Acknowledges IRQ 0. */
void legacy_end_of_tick(void);

/* The local APIC's tick: makes it an INT 08h, for whoever hooked that. */
void legacy_apic_tick(struct regs *regs);

/* An interrupt that nobody handles: acknowledges it. */
void legacy_unexpected_irq(struct regs *regs);

#endif
