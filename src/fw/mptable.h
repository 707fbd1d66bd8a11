/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * The multiprocessor table, for systems that know no ACPI.
 */
#ifndef PETREL_FW_MPTABLE_H
#define PETREL_FW_MPTABLE_H

/* Describes the processors that have started and the I/O APICs, where a system looks for
 * it. Once: a later call does nothing. */
void mptable_make(void);

#endif
