/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * What the sources of src/console need of the machine in a unit test, included in front
 * of each of them: the first MiB of memory is an array, and time is what the test says.
 */
#ifndef PETREL_FAKE_CONSOLE_H
#define PETREL_FAKE_CONSOLE_H

#include <setjmp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FAKE_MEMORY (1u << 20)

extern uint8_t fake_memory[FAKE_MEMORY];
#define PHYSICAL_MEMORY      fake_memory
#define CONFIG_CONSOLE_ASCII 0

/* The clock. */
extern uint64_t fake_ns;

/* Where a reset of the machine goes. */
extern jmp_buf fake_reset;

/* Of src/lib/string.h, whose place the host's own <string.h> takes. */
void memset16(void *memory, unsigned word, size_t count);

/* Clears the memory; no interrupt vector points to a ROM. */
void fake_console_reset(void);

/* Frees what was allocated last. */
void fake_console_free(void);

/* A fuzz target begins anew with each input: then all variables are gathered in one
 * section, which is cleared as POST does. */
#ifdef FAKE_CONSOLE_RENEWED
#pragma clang section bss = "firmware_bss"
#endif

#endif
