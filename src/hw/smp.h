/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * The other processors.
 */
#ifndef PETREL_HW_SMP_H
#define PETREL_HW_SMP_H

/* Starts all `count` processors but this one, gives them the MSRs that cpu.c has noted,
 * and leaves them halted, waiting for the OS. */
void smp_init(unsigned count);

#endif
