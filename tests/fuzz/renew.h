/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * In front of every source of a fuzz target whose firmware starts anew with each
 * input: its variables are gathered in one section, which is cleared as POST does.
 */
#ifndef PETREL_RENEW_H
#define PETREL_RENEW_H

#include <string.h>

#include "machine.h"

#pragma clang section bss = "firmware_bss"

extern uint8_t __start_firmware_bss[], __stop_firmware_bss[];

/* Clears them, but not the memory, which is one of them. */
static inline void renew_firmware(void)
{
	uint8_t *after = machine_memory + MACHINE_MEMORY;

	memset(__start_firmware_bss, 0, machine_memory - __start_firmware_bss);
	memset(after, 0, __stop_firmware_bss - after);
	machine_reset();
}

#endif
