/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * The PC's interrupt controllers and interval timer, either of which may be absent.
 */
#ifndef PETREL_HW_PIC_H
#define PETREL_HW_PIC_H

#include <stdbool.h>

/* Interrupts 0-7 come as vectors 08-0F, 8-15 as 70-77. */
enum { PIC1_VECTOR = 0x08, PIC2_VECTOR = 0x70 };

/* Programs what is there: the timer to 18.2 Hz, IRQ 1 open, and IRQ 0 if it is there too;
 * returns true if the two give a tick. */
bool pic_init(void);

/* Whether pic_init() has found interrupt controllers. */
bool pic_present(void);

/* Ends IRQ 0. */
void pic_end_of_timer(void);

/* Ends another IRQ, unless it was a spurious one. */
void pic_end_of_irq(unsigned irq);

/* Lets IRQ 8 in; false where there is no interrupt controller. */
bool pic_open_irq8(void);

#endif
