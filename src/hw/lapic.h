/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * The local APIC: its timer, and interrupts to other processors.
 */
#ifndef PETREL_HW_LAPIC_H
#define PETREL_HW_LAPIC_H

#include <stdbool.h>
#include <stdint.h>

enum { LAPIC_TIMER_HZ = 1000000000, LAPIC_TIMER_DIVIDER = 128 };

/* Lets the APIC's own interrupts through. */
void lapic_enable(void);

/* Lets those of the PIC through, or not. */
void lapic_pic_interrupts(bool on);

/* Lets the timer count down from `count`, once, without an interrupt; a step is
 * LAPIC_TIMER_DIVIDER / LAPIC_TIMER_HZ seconds. */
void lapic_timer_start(uint32_t count);

/* The same, with an interrupt at its end. */
void lapic_timer_once(uint32_t count, uint8_t vector);

/* Lets it count down from `count` over and over, with an interrupt each time. */
void lapic_timer_periodic(uint32_t count, uint8_t vector);

/* The present count. */
uint32_t lapic_timer_count(void);

/* Ends the interrupt in service. */
void lapic_end_of_interrupt(void);

/* INIT and STARTUP (vector F0: F000:0000) to all processors but this one. */
void lapic_start_others(void);

#endif
