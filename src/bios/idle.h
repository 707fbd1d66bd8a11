/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * Waiting when there is nothing to boot.
 */
#ifndef PETREL_BIOS_IDLE_H
#define PETREL_BIOS_IDLE_H

#include <stdint.h>

struct regs;

#define IDLE_FOR_EVER 0xffffffffu

/* Waits with interrupts on, for good; resets the machine after so many milliseconds. */
void __attribute__((noreturn)) idle_start(uint32_t milliseconds);

/* One look at the time during that, the handler of VECTOR_IDLE. */
void __attribute__((noreturn)) idle_tick(struct regs *regs);

#endif
