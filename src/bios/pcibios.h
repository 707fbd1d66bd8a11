/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * The PCI BIOS: INT 1Ah AH=B1h, and the same for 32-bit callers.
 */
#ifndef PETREL_BIOS_PCIBIOS_H
#define PETREL_BIOS_PCIBIOS_H

#include <stdbool.h>

struct regs;

/* bios32.S: the 32-bit service directory and the PCI BIOS, for far calls from flat protected
 * mode. */
void bios32_entry(void), pcibios_entry(void);

enum { PCIBIOS_UNSUPPORTED = 0x81 }; /* AH: there is no such function, or no PCI at all */

/* Puts the 32-bit service directory ("_32_") into segment F000 if there is PCI. Call
 * after the devices have been found. */
void pcibios_init(void);

/* Serves a call with AH=B1h and sets AH. Returns what the carry flag tells: true if it
 * failed. Without PCI every call fails with AH=81h. */
bool pcibios_call(struct regs *regs);

#endif
