/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * The interrupt vector table at 0000:0000.
 */
#ifndef PETREL_BIOS_VECTORS_H
#define PETREL_BIOS_VECTORS_H

/* Fills it with the services and the tables that vectors point to. */
void vectors_init(void);

#endif
