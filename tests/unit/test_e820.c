/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * The memory map: single changes by hand, thousands at random against a model
 * that has one cell a page, and what is made of the host's list.
 */
#include "fw/e820.h"

#include <stdlib.h>
#include <string.h>

#include "fake_fw_cfg.h"
#include "layout.h"
#include "lib/memmap.h"
#include "lib/util.h"
#include "unit.h"

enum { CELLS = 64, CELL = 4096, MAX_ENTRIES = 128 };

static void empty_map(void)
{
	machine_reset();
	fake_fw_cfg_reset();
	memmap_init();
	ok(machine_was_silent());
}

static unsigned entries(void)
{
	unsigned count;

	memmap_entries(&count);
	return count;
}

static bool entry_is(unsigned index, uint64_t start, uint64_t length, uint32_t type)
{
	unsigned count;
	const struct memmap_entry *map = memmap_entries(&count);

	return index < count && map[index].start == start && map[index].length == length &&
	       map[index].type == type;
}

/* Sorted, nothing empty, no overlap, and nothing that should have been joined. */
static bool well_formed(void)
{
	unsigned count;
	const struct memmap_entry *map = memmap_entries(&count);

	for (unsigned i = 0; i < count; i++) {
		uint64_t end = map[i].start + map[i].length;

		if (end <= map[i].start)
			return false;
		if (i + 1 == count)
			break;
		if (map[i + 1].start < end ||
		    (map[i + 1].start == end && map[i + 1].type == map[i].type))
			return false;
	}
	return true;
}

static void single_changes(void)
{
	empty_map();
	ok(entries() == 0);
	memmap_set(0, 16 * MIB, MEMMAP_RAM);
	ok(entries() == 1 && entry_is(0, 0, 16 * MIB, MEMMAP_RAM));
	memmap_set(4 * MIB, MIB, MEMMAP_RESERVED); /* splits */
	ok(entries() == 3 && entry_is(0, 0, 4 * MIB, MEMMAP_RAM) &&
	   entry_is(1, 4 * MIB, MIB, MEMMAP_RESERVED) &&
	   entry_is(2, 5 * MIB, 11 * MIB, MEMMAP_RAM));
	memmap_set(4 * MIB, MIB, MEMMAP_RAM); /* joins on both sides */
	ok(entries() == 1 && entry_is(0, 0, 16 * MIB, MEMMAP_RAM));
	memmap_set(0, MIB, MEMMAP_NONE);
	ok(entries() == 1 && entry_is(0, MIB, 15 * MIB, MEMMAP_RAM));
	memmap_set(15 * MIB, 2 * MIB, MEMMAP_ACPI); /* beyond the end of another */
	ok(entries() == 2 && entry_is(0, MIB, 14 * MIB, MEMMAP_RAM) &&
	   entry_is(1, 15 * MIB, 2 * MIB, MEMMAP_ACPI));
	memmap_set(0, 64 * MIB, MEMMAP_NVS); /* covers all */
	ok(entries() == 1 && entry_is(0, 0, 64 * MIB, MEMMAP_NVS));
	memmap_set(0, 0, MEMMAP_RAM);
	memmap_set(MIB, 0, MEMMAP_NONE);
	ok(entries() == 1);
	memmap_set(UINT64_MAX - 5, 10, MEMMAP_RAM); /* wraps: refused */
	ok(entries() == 1);
	memmap_set(1ull << 63, UINT64_MAX >> 1, MEMMAP_RESERVED);
	ok(entries() == 2 && well_formed());
}

static void against_a_model(void)
{
	uint8_t model[CELLS] = {0};
	bool all = true;

	empty_map();
	srand(1);
	for (unsigned round = 0; round < 20000; round++) {
		unsigned start = rand() % CELLS, end = start + 1 + rand() % (CELLS - start);
		uint32_t type = rand() % 4;
		unsigned count;
		const struct memmap_entry *map;
		uint8_t seen[CELLS] = {0};

		memmap_set((uint64_t)start * CELL, (uint64_t)(end - start) * CELL, type);
		memset(model + start, type, end - start);
		map = memmap_entries(&count);
		for (unsigned i = 0; i < count; i++)
			memset(seen + map[i].start / CELL, map[i].type, map[i].length / CELL);
		all &= well_formed() && !memcmp(seen, model, sizeof(model));
	}
	ok(all);
	ok(machine_was_silent());
}

/* The reserved range at the end of RAM grows downwards, or nothing changes at all. */
static void growing_down(void)
{
	empty_map();
	ok(!memmap_grow_down(8 * MIB, 7 * MIB));
	memmap_set(0, MIB, MEMMAP_RESERVED);
	memmap_set(MIB, 7 * MIB, MEMMAP_RAM);
	memmap_set(8 * MIB, MIB, MEMMAP_RESERVED);
	memmap_set(16 * MIB, MIB, MEMMAP_RESERVED);
	ok(memmap_grow_down(8 * MIB, 7 * MIB));
	ok(entries() == 4 && entry_is(1, MIB, 6 * MIB, MEMMAP_RAM) &&
	   entry_is(2, 7 * MIB, 2 * MIB, MEMMAP_RESERVED));
	ok(!memmap_grow_down(8 * MIB, 7 * MIB));   /* nothing begins there now */
	ok(!memmap_grow_down(7 * MIB, MIB));       /* no RAM would be left below */
	ok(!memmap_grow_down(16 * MIB, 15 * MIB)); /* a hole below */
	memmap_set(7 * MIB, 2 * MIB, MEMMAP_ACPI);
	ok(!memmap_grow_down(7 * MIB, 6 * MIB));
	ok(!memmap_grow_down(0, 0) && !memmap_grow_down(MIB, 0));
	ok(entries() == 4 && well_formed());
	/* What was in the map once is no entry. */
	empty_map();
	memmap_set(0, MIB, MEMMAP_RAM);
	memmap_set(MIB, MIB, MEMMAP_RESERVED);
	memmap_set(MIB, MIB, MEMMAP_NONE);
	ok(!memmap_grow_down(MIB, MIB / 2));
	ok(entries() == 1 && entry_is(0, 0, MIB, MEMMAP_RAM));
	ok(machine_was_silent());
}

static void full_map(void)
{
	empty_map();
	for (unsigned i = 0; i < MAX_ENTRIES; i++)
		memmap_set(i * 2ull * CELL, CELL, MEMMAP_RAM);
	ok(machine_said("Memory map: no room for "));
	ok(entries() >= MAX_ENTRIES - 2 && entries() <= MAX_ENTRIES && well_formed());
	memmap_set(0x100, 0x100, MEMMAP_RESERVED);
	ok(machine_said("Memory map: no room for 100-1ff\n"));
	ok(entry_is(0, 0, CELL, MEMMAP_RAM) && well_formed());
}

static void ram_from(void)
{
	empty_map();
	memmap_set(0, MIB, MEMMAP_RAM);
	memmap_set(2 * MIB, MIB, MEMMAP_RAM);
	memmap_set(3 * MIB, MIB, MEMMAP_RESERVED);
	memmap_set(1ull << 32, 1ull << 32, MEMMAP_RAM);
	ok(memmap_ram_from(0, 1ull << 32) == MIB);
	ok(memmap_ram_from(0x1000, 0x3000) == 0x2000);
	ok(memmap_ram_from(MIB - 1, 1ull << 32) == 1);
	ok(memmap_ram_from(MIB, 1ull << 32) == 0);
	ok(memmap_ram_from(2 * MIB + 5, 1ull << 32) == MIB - 5);
	ok(memmap_ram_from(3 * MIB, 1ull << 32) == 0);
	ok(memmap_ram_from(1ull << 32, UINT64_MAX) == 1ull << 32);
	ok(memmap_ram_from(6ull << 30, 7ull << 30) == 1ull << 30);
}

static void host_map(const struct memmap_entry *map, size_t size)
{
	machine_reset();
	fake_fw_cfg_reset();
	fake_fw_cfg_add("etc/e820", map, size);
}

static void holes(void)
{
	static const struct memmap_entry plain[] = {{0, 128 * MIB, MEMMAP_RAM}};
	static const struct memmap_entry large[] = {
		{0, 0xc0000000, MEMMAP_RAM},
		{1ull << 32, 5ull << 30, MEMMAP_RAM},
		{0xfeffc000, 0x4000, MEMMAP_RESERVED},
	};

	host_map(plain, sizeof(plain));
	ok(e820_init() == 128 * MIB);
	ok(entries() == 5 && well_formed() && entry_is(0, 0, 0x9fc00, MEMMAP_RAM) &&
	   entry_is(1, 0x9fc00, 0x400, MEMMAP_RESERVED) &&
	   entry_is(2, 0xe0000, 0x20000, MEMMAP_RESERVED) &&
	   entry_is(3, MIB, 127 * MIB, MEMMAP_RAM) &&
	   entry_is(4, CODE_BASE, IMAGE_SIZE, MEMMAP_RESERVED));
	host_map(large, sizeof(large));
	ok(e820_init() == 0xc0000000);
	ok(entries() == 7 && well_formed() && entry_is(6, 1ull << 32, 5ull << 30, MEMMAP_RAM));
	ok(memmap_ram_from(MIB, 16 * MIB) == 15 * MIB);
}

static void odd_host_maps(void)
{
	static const struct memmap_entry overlapping[] = {
		{0, 64 * MIB, MEMMAP_RAM},
		{32 * MIB, 64 * MIB, MEMMAP_RAM},
		{80 * MIB, 8 * MIB, MEMMAP_RESERVED},
		{80 * MIB, 8 * MIB, MEMMAP_RESERVED},
		{UINT64_MAX - 10, 100, MEMMAP_RAM},
		{5, 0, MEMMAP_RAM},
	};
	static const struct memmap_entry tiny[] = {{0, 0x80000, MEMMAP_RAM}};
	static const struct memmap_entry up_to_4g[] = {{0, 1ull << 32, MEMMAP_RAM}};
	static const struct memmap_entry reserved[] = {{0, 64 * MIB, MEMMAP_RESERVED}};
	static struct memmap_entry many[250];

	host_map(overlapping, sizeof(overlapping));
	ok(e820_init() == 80 * MIB && well_formed());
	host_map(overlapping, sizeof(overlapping[0]) + 19); /* part of an entry */
	ok(e820_init() == 64 * MIB);
	host_map(tiny, sizeof(tiny));
	ok(e820_init() == 0x80000);
	host_map(up_to_4g, sizeof(up_to_4g));
	ok(e820_init() == CODE_BASE); /* RAM that the ROM hides */
	host_map(reserved, sizeof(reserved));
	ok(e820_init() == 0);
	host_map(NULL, 0);
	ok(e820_init() == 0 && entries() == 0);
	ok(machine_was_silent());
	many[0] = (struct memmap_entry){0, 64 * MIB, MEMMAP_RAM};
	for (unsigned i = 1; i < 250; i++)
		many[i] = (struct memmap_entry){(1ull << 32) + i * 2ull * CELL, CELL, MEMMAP_RAM};
	host_map(many, sizeof(many));
	ok(e820_init() == 64 * MIB && well_formed());
	ok(machine_said("Memory map: no room"));
}

static void no_host_map(void)
{
	machine_reset();
	fake_fw_cfg_reset();
	fake_fw_cfg_set_number(FW_CFG_RAM_SIZE, 256ull * MIB);
	ok(e820_init() == 256 * MIB && well_formed());
	fake_fw_cfg_set_number(FW_CFG_RAM_SIZE, 8ull << 30);
	ok(e820_init() == 0xc0000000);
	fake_fw_cfg_read_fails = true;
	ok(e820_init() == 0 && entries() == 0);
}

int main(void)
{
	single_changes();
	against_a_model();
	growing_down();
	full_map();
	ram_from();
	holes();
	odd_host_maps();
	no_host_map();
	return done();
}
