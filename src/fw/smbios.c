/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * SMBIOS: the host's description of the machine for people, in two files. The
 * structures go to reserved memory; the entry point, old or new, must lie on a
 * paragraph in segment F000. QEMU does not offer the files on a microvm by itself;
 * where they are missing, smbios_machine.c describes the machine.
 *
 * Specification: DMTF DSP0134 3.7, 5.2.1 "SMBIOS 2.1 (32-bit) Entry Point" and
 * 5.2.2 "SMBIOS 3.0 (64-bit) Entry Point".
 */
#include "fw/smbios.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "fw/fw_cfg.h"
#include "fw/smbios_machine.h"
#include "lib/checksum.h"
#include "lib/log.h"
#include "lib/memory.h"

/* DSP0134, 5.2.1 */
struct smbios_entry_21 {
	char anchor[4]; /* "_SM_" */
	uint8_t checksum, length;
	uint8_t major, minor;
	uint16_t largest_structure;
	uint8_t revision, formatted[5];
	char intermediate_anchor[5]; /* "_DMI_"; from here on there is a checksum of its own */
	uint8_t intermediate_checksum;
	uint16_t table_size;
	uint32_t table;
	uint16_t structure_count;
	uint8_t bcd_revision;
} __attribute__((packed));

/* DSP0134, 5.2.2: for tables anywhere in 64 bits. */
struct smbios_entry_30 {
	char anchor[5]; /* "_SM3_" */
	uint8_t checksum, length;
	uint8_t major, minor, docrev;
	uint8_t revision, reserved;
	uint32_t table_size;
	uint64_t table;
} __attribute__((packed));

_Static_assert(sizeof(struct smbios_entry_21) == 0x1f, "SMBIOS entry point");
_Static_assert(offsetof(struct smbios_entry_21, intermediate_anchor) == 0x10, "SMBIOS entry point");
_Static_assert(sizeof(struct smbios_entry_30) == 0x18, "SMBIOS entry point");

/* Whichever the host gives, in as many bytes as either may have. */
union smbios_entry {
	struct smbios_entry_21 v21;
	struct smbios_entry_30 v30;
	char anchor[4];
	uint8_t bytes[32];
};

/* Each completes an entry point for structures of this size; false if it is none. */
static bool complete_v21(struct smbios_entry_21 *e, uint32_t table, uint32_t size)
{
	const size_t intermediate = offsetof(struct smbios_entry_21, intermediate_anchor);

	if (e->length != sizeof(*e) || e->table_size > size)
		return false;
	e->table = table;
	e->intermediate_checksum -=
		checksum_bytes(e->intermediate_anchor, sizeof(*e) - intermediate);
	e->checksum -= checksum_bytes(e, intermediate); /* the rest is 0 by its own */
	return true;
}

static bool complete_v30(struct smbios_entry_30 *e, uint32_t table, uint32_t size)
{
	if (e->length != sizeof(*e) || e->table_size > size)
		return false;
	e->table = table;
	e->checksum -= checksum_bytes(e, sizeof(*e));
	return true;
}

static bool complete_entry_point(union smbios_entry *e, uint32_t table, uint32_t size)
{
	if (memcmp(e->anchor, "_SM", 3))
		return false;
	if (e->anchor[3] == '3')
		return complete_v30(&e->v30, table, size);
	return complete_v21(&e->v21, table, size);
}

/* An old entry point, which all programs know (hdt.c32 and dmitest.c32 no other). */
static void describe_machine(const struct smbios_facts *facts)
{
	static const struct smbios_entry_21 form = {
		.anchor = "_SM_",
		.length = sizeof(form),
		.major = 2,
		.minor = 8,
		.intermediate_anchor = "_DMI_",
		.bcd_revision = 0x28,
	};
	struct smbios_structures all;
	struct smbios_entry_21 *e;

	if (!smbios_describe(facts, &all))
		return;
	e = memory_alloc_fseg(sizeof(*e), 16);
	if (!e)
		return;
	*e = form;
	e->table_size = all.size;
	e->structure_count = all.count;
	e->largest_structure = all.largest;
	complete_v21(e, ptr_phys(all.table), all.size);
}

void smbios_load(const struct smbios_facts *facts)
{
	const struct fw_cfg_file *anchor = fw_cfg_find("etc/smbios/smbios-anchor");
	const struct fw_cfg_file *structures;
	union smbios_entry *e;
	void *table;

	structures = anchor ? fw_cfg_find("etc/smbios/smbios-tables") : NULL;
	if (!structures) {
		describe_machine(facts);
		return;
	}
	table = memory_alloc_raw(structures->size, 16);
	e = memory_alloc_fseg(sizeof(*e), 16);
	if (table && e && !fw_cfg_read(structures->key, table, structures->size) &&
	    !fw_cfg_read(anchor->key, e, sizeof(*e)) &&
	    complete_entry_point(e, ptr_phys(table), structures->size))
		return;
	if (e) /* no one shall find it */
		e->anchor[0] = 0;
	say("SMBIOS: wrong entry point; left out\n");
}
