/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * The machine that the firmware's sources run on in a unit test, included in
 * front of each of them: physical memory is an array, the console is a string,
 * the configuration is fixed, and ports do not exist (a test that reaches one
 * dies). Memory that the allocators of memory.c have not given out is poisoned
 * for AddressSanitizer.
 */
#ifndef PETREL_MACHINE_H
#define PETREL_MACHINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MACHINE_MEMORY   (8u << 20)
#define MACHINE_LOW      0xe4000 /* for memory_alloc_low(), up to F0000 */
#define MACHINE_FSEG     0xf4000 /* for memory_alloc_fseg() ... */
#define MACHINE_FSEG_END 0xfe000 /* ... up to here */

extern uint8_t machine_memory[MACHINE_MEMORY];
#define PHYSICAL_MEMORY      machine_memory

#define CONFIG_LOG_LEVEL     3 /* so that every line is formatted */
#define CONFIG_CONSOLE_ASCII 0
#define CONFIG_I8042         0
#ifndef CONFIG_PCI
#define CONFIG_PCI 0
#endif

/* Of lib/string.h, what the host's string.h has not. */
void memset16(void *memory, unsigned word, size_t count);

/* Nothing allocated, nothing said; RAM ends at MACHINE_MEMORY. */
void machine_reset(void);

/* From now on callers may read all memory below 1 MiB, and use what is not the
 * firmware's above. */
void machine_end_of_post(void);

/* Whether the console was told this text since the last call, which empties it. */
bool machine_said(const char *text);

/* The same, but not more than once. */
bool machine_said_once(const char *text);

/* The same, and nothing else. */
bool machine_said_only(const char *text);

/* True if nothing was said; what was said instead is printed. */
bool machine_was_silent(void);

#endif
