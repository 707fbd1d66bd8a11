/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * The POST memory manager: memory for option ROMs while they are initialised.
 */
#ifndef PETREL_BIOS_PMM_H
#define PETREL_BIOS_PMM_H

#include <stdbool.h>

struct regs;

/* Lets option ROMs find the memory manager, from here to pmm_end(); without memory
 * above 1 MiB if somebody else has that already. */
void pmm_init(bool high_is_free);
void pmm_end(void);

/* A far call of its entry point. */
void pmm_call(struct regs *regs);

#endif
