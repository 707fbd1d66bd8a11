/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * SMBIOS tables: the host's, or our own.
 */
#ifndef PETREL_FW_SMBIOS_H
#define PETREL_FW_SMBIOS_H

struct smbios_facts;

/* Places them where an OS looks: the host's if it offers any, of which what cannot be
 * placed is said on the console; else our own, made of these facts (smbios_machine.h). */
void smbios_load(const struct smbios_facts *facts);

#endif
