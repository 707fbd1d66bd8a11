/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * One PCI function for the unit tests of its driver: its registers are those that the test
 * puts at FAKE_BAR, behind whichever BAR the driver asks for.
 */
#ifndef PETREL_FAKE_FUNCTION_H
#define PETREL_FAKE_FUNCTION_H

#include <stdbool.h>
#include <stdint.h>

enum { FAKE_BAR = 0x7f000000 };

extern uint32_t fake_bar_size;
extern bool fake_bus_master;

/* Calls the probe function of the only driver that is linked, for a function 00:03.0 of a
 * fresh machine's. */
int fake_function_probe(void);

#endif
