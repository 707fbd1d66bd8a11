/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * Interrupts of the PIC that no service handles.
 */
#ifndef PETREL_BIOS_IRQ_H
#define PETREL_BIOS_IRQ_H

struct regs;

/* Ends an interrupt. The vector in `regs` tells only which controller it came from: all
 * stubs of a controller give its last vector. */
void irq_unhandled(struct regs *regs);

#endif
