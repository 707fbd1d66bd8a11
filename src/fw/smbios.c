/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * SMBIOS: the host's description of the machine for people, in two files. The
 * structures go to reserved memory; the entry point, old or new, must lie on a
 * paragraph in segment F000, where this ROM keeps 32 bytes free for it: QEMU maps a
 * microvm's firmware as RAM. It does not offer the files there by itself.
 *
 * Specification: DMTF DSP0134 3.7, 5.2.1 "SMBIOS 2.1 (32-bit) Entry Point" and
 * 5.2.2 "SMBIOS 3.0 (64-bit) Entry Point".
 */
#include "fw/smbios.h"

#include <stdbool.h>
#include <string.h>

#include "checksum.h"
#include "fw/fw_cfg.h"
#include "memory.h"
#include "print.h"
#include "rom.h"

/* Offsets; the newer one is for tables anywhere in 64 bits. */
enum {
	ANCHOR_SIZE = 3, /* "_SM", then '_', or '3' and '_' */
	OLD_CHECKSUM = 0x04,
	OLD_LENGTH = 0x05,
	OLD_INTERMEDIATE = 0x10, /* what follows has a checksum of its own */
	OLD_INTERMEDIATE_CHECKSUM = 0x15,
	OLD_TABLE_SIZE = 0x16,
	OLD_TABLE = 0x18,
	OLD_SIZE = 0x1f,
	NEW_CHECKSUM = 0x05,
	NEW_LENGTH = 0x06,
	NEW_TABLE_SIZE = 0x0c,
	NEW_TABLE = 0x10,
	NEW_SIZE = 0x18,
};

/* On a paragraph in the ROM's image. */
static uint8_t smbios_place[32] FIXED(ff60);

/* Completes the entry point for structures of this size; false if it is none. */
static bool complete(uint8_t *e, uint32_t table, uint32_t size)
{
	if (memcmp(e, "_SM", ANCHOR_SIZE))
		return false;
	if (e[ANCHOR_SIZE] == '3') {
		if (e[NEW_LENGTH] != NEW_SIZE || *(uint32_t *)(e + NEW_TABLE_SIZE) > size)
			return false;
		*(uint32_t *)(e + NEW_TABLE) = table;
		e[NEW_CHECKSUM] -= byte_sum(e, NEW_SIZE);
		return true;
	}
	if (e[OLD_LENGTH] != OLD_SIZE || *(uint16_t *)(e + OLD_TABLE_SIZE) > size)
		return false;
	*(uint32_t *)(e + OLD_TABLE) = table;
	e[OLD_INTERMEDIATE_CHECKSUM] -= byte_sum(e + OLD_INTERMEDIATE, OLD_SIZE - OLD_INTERMEDIATE);
	e[OLD_CHECKSUM] -= byte_sum(e, OLD_SIZE);
	return true;
}

void smbios_load(void)
{
	const struct fw_cfg_file *anchor = fw_cfg_find("etc/smbios/smbios-anchor");
	const struct fw_cfg_file *structures = fw_cfg_find("etc/smbios/smbios-tables");
	uint8_t *e = smbios_place;
	void *table;

	if (!anchor || !structures)
		return;
	table = high_alloc(structures->size, 16);
	if (table && !fw_cfg_read(structures->key, table, structures->size) &&
	    !fw_cfg_read(anchor->key, e, sizeof(smbios_place)) &&
	    complete(e, ptr_phys(table), structures->size))
		return;
	*e = 0;
	say("SMBIOS: wrong entry point; left out\n");
}
