/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * The host's SMBIOS tables.
 */
#ifndef PETREL_FW_SMBIOS_H
#define PETREL_FW_SMBIOS_H

/* Places them where an OS looks, if the host offers any; what cannot be placed is
 * said on the console. Before acpi_load(), which reserves their memory. */
void smbios_load(void);

#endif
