/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * ACPI tables as the host hands them over: files, and a script that says how to
 * place and link them.
 */
#ifndef PETREL_FW_LOADER_H
#define PETREL_FW_LOADER_H

/* Runs etc/table-loader. Returns the RSDP that it placed, NULL if there is no
 * script or no RSDP; a script that is wrong is reported on the console and
 * ends where it is wrong. */
void *loader_run(void);

#endif
