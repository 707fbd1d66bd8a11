/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * Resetting the machine.
 */
#ifndef PETREL_HW_RESET_H
#define PETREL_HW_RESET_H

/* By a triple fault, which resets any PC. Needs nothing. */
void __attribute__((noreturn)) reset_by_triple_fault(void);

/* By the register that the ACPI tables name, else by a triple fault. */
void __attribute__((noreturn)) reset_machine(void);

#endif
