/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * What entry.S calls in C.
 */
#ifndef PETREL_INTERRUPT_H
#define PETREL_INTERRUPT_H

#include <stdint.h>

struct regs;

/* What entry.S pushes at an exception in protected mode. */
struct exception_frame {
	uint32_t edi, esi, ebp, unused, ebx, edx, ecx, eax;
	uint32_t vector, error, eip, cs, eflags;
};

/* A real-mode program's interrupt; runs with interrupts off on the private stack. */
void interrupt(struct regs *regs);

/* After that, if an NMI has come meanwhile: it becomes an INT 02h. */
void interrupt_pass_nmi(struct regs *regs);

/* Says what has happened and where, and halts. */
void __attribute__((noreturn)) interrupt_exception(const struct exception_frame *frame);

#endif
