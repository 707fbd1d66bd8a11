/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * SMBIOS structures of our own, where the host has none.
 */
#ifndef PETREL_FW_SMBIOS_MACHINE_H
#define PETREL_FW_SMBIOS_MACHINE_H

#include <stdbool.h>
#include <stdint.h>

/* What is not found by asking fw_cfg, the processor and the memory map. */
struct smbios_facts {
	const char *version, *date; /* of the firmware; the date as MM/DD/YYYY */
	unsigned version_length;
	unsigned processors; /* that the host has given the machine, in all sockets */
	bool acpi;           /* there are ACPI tables */
};

/* Where the structures are, and what an entry point says of them. */
struct smbios_structures {
	uint8_t *table;
	uint32_t size; /* bytes */
	uint16_t count;
	uint16_t largest; /* bytes of the longest, with its strings */
};

/* Describes the machine. False if segment F000 has no room for it. */
bool smbios_describe(const struct smbios_facts *facts, struct smbios_structures *all);

#endif
