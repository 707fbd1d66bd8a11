/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * Resetting the machine.
 */
#ifndef PETREL_HW_RESET_H
#define PETREL_HW_RESET_H

#include <stdbool.h>
#include <stdint.h>

/* A register that resets the machine when `value` is written to it, one byte. */
struct reset_register {
	bool is_port;
	uint64_t address; /* of the port, or physical and below 4 GiB */
	uint8_t value;
};

/* Tells of the register that reset_machine() is to use; NULL: there is none. */
void reset_use(const struct reset_register *reset);

/* By that register, else by a triple fault. */
void __attribute__((noreturn)) reset_machine(void);

/* By a triple fault, which resets any PC. Needs nothing. */
void __attribute__((noreturn)) reset_by_triple_fault(void);

#endif
