/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * SMBIOS: both entry points, completed, and all that makes one be left out.
 */
#include "fw/smbios.h"

#include <string.h>

#include "fake_fw_cfg.h"
#include "lib/memory.h"
#include "unit.h"

enum { OLD_SIZE = 0x1f, NEW_SIZE = 0x18, TABLE_SIZE = 300 };

static uint8_t anchor[32], table[TABLE_SIZE];

static void put(unsigned at, uint32_t value, unsigned size)
{
	memcpy(anchor + at, &value, size);
}

/* As QEMU gives it: everything but address and checksums. */
static void begin_old(void)
{
	memset(anchor, 0, sizeof(anchor));
	memcpy(anchor, "_SM_", 4);
	anchor[5] = OLD_SIZE;
	memcpy(anchor + 0x10, "_DMI_", 5);
	put(0x16, TABLE_SIZE, 2);
	memset(table, 0xa5, sizeof(table));
}

static void begin_new(void)
{
	memset(anchor, 0, sizeof(anchor));
	memcpy(anchor, "_SM3_", 5);
	anchor[6] = NEW_SIZE;
	put(0x0c, TABLE_SIZE, 4);
	memset(anchor + 0x14, 0xff, 4); /* the address's upper half is ours to say, too */
	memset(table, 0xa5, sizeof(table));
}

static void load(void)
{
	machine_reset();
	memset(machine_memory + MACHINE_FSEG - 64, 0, 64);
	fake_fw_cfg_reset();
	fake_fw_cfg_add("etc/smbios/smbios-anchor", anchor, anchor[3] == '3' ? NEW_SIZE : OLD_SIZE);
	fake_fw_cfg_add("etc/smbios/smbios-tables", table, sizeof(table));
	smbios_load();
}

static uint8_t sum(const uint8_t *bytes, unsigned size)
{
	uint8_t total = 0;

	while (size--)
		total += *bytes++;
	return total;
}

static bool has_table(uint32_t address)
{
	return address % 16 == 0 && address >= memory_arena().start &&
	       address + TABLE_SIZE <= memory_arena().end &&
	       !memcmp(phys_ptr(address), table, TABLE_SIZE);
}

/* Nothing is left in segment F000 that looks like an entry point. */
static bool left_out(void)
{
	return *(uint8_t *)phys_ptr(MACHINE_FSEG) != '_' &&
	       machine_said_once("SMBIOS: wrong entry point; left out\n");
}

static void good(void)
{
	const uint8_t *e = phys_ptr(MACHINE_FSEG);
	uint64_t address = 0;

	begin_old();
	load();
	memcpy(&address, e + 0x18, 4);
	ok(!memcmp(e, "_SM_", 4) && has_table(address));
	ok(!sum(e, OLD_SIZE) && !sum(e + 0x10, OLD_SIZE - 0x10));
	ok(machine_was_silent());
	begin_new();
	load();
	memcpy(&address, e + 0x10, 8);
	ok(!memcmp(e, "_SM3_", 5) && has_table(address) && address < MACHINE_MEMORY);
	ok(!sum(e, NEW_SIZE));
	ok(machine_was_silent());
	begin_new();
	put(0x0c, 1, 4); /* a maximum: may be less than there is */
	load();
	ok(machine_was_silent());
}

static void wrong(void)
{
	begin_old();
	anchor[0] = 'x';
	load();
	ok(left_out());
	begin_old();
	anchor[5]--;
	load();
	ok(left_out());
	begin_old();
	put(0x16, TABLE_SIZE + 1, 2);
	load();
	ok(left_out());
	begin_new();
	anchor[6]++;
	load();
	ok(left_out());
	begin_new();
	put(0x0c, TABLE_SIZE + 1, 4);
	load();
	ok(left_out());
	begin_new();
	put(0x0c, UINT32_MAX, 4);
	load();
	ok(left_out());
}

static void missing(void)
{
	begin_old();
	machine_reset();
	fake_fw_cfg_reset();
	smbios_load();
	fake_fw_cfg_add("etc/smbios/smbios-anchor", anchor, OLD_SIZE);
	smbios_load();
	ok(machine_was_silent() && memory_arena().start == MACHINE_MEMORY);
	fake_fw_cfg_add("etc/smbios/smbios-tables", table, sizeof(table));
	fake_fw_cfg_read_fails = true;
	smbios_load();
	ok(left_out());
	machine_reset();
	fake_fw_cfg_read_fails = false;
	memory_alloc_fseg(MACHINE_FSEG_END - MACHINE_FSEG - 31, 1);
	smbios_load();
	ok(machine_said_once("SMBIOS: wrong entry point; left out\n"));
	machine_reset();
	fake_fw_cfg_reset();
	fake_fw_cfg_add("etc/smbios/smbios-anchor", anchor, OLD_SIZE);
	fake_fw_cfg_add("etc/smbios/smbios-tables", NULL, UINT32_MAX);
	smbios_load();
	ok(left_out());
}

int main(void)
{
	good();
	wrong();
	missing();
	return done();
}
