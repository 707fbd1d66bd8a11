/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * The memory map. It is kept sorted and without overlaps at all times, so that
 * reading it needs no care; a change splits what it covers.
 *
 * Specification: ACPI 6.5, 15 "System Address Map Interfaces"; the host's list
 * is QEMU's hw/i386/e820_memory_layout: start and length in 64 bits, type in 32.
 */
#include "fw/e820.h"

#include <string.h>

#include "fw/fw_cfg.h"
#include "layout.h"
#include "memory.h"
#include "print.h"

enum { MAX_ENTRIES = 128 };

static uint32_t entry_count;
static struct e820_entry __attribute__((section(".noinit"))) entries[MAX_ENTRIES];

static void insert(unsigned index, uint64_t start, uint64_t end, uint32_t type)
{
	memmove(&entries[index + 1], &entries[index], (entry_count - index) * sizeof(entries[0]));
	entries[index] = (struct e820_entry){start, end - start, type};
	entry_count++;
}

static void remove(unsigned index)
{
	entry_count--;
	memmove(&entries[index], &entries[index + 1], (entry_count - index) * sizeof(entries[0]));
}

static uint64_t entry_end(const struct e820_entry *entry)
{
	return entry->start + entry->length;
}

/* Cuts [start, end) out of the map; returns where in the list it was. */
static unsigned cut(uint64_t start, uint64_t end)
{
	unsigned i = 0;

	while (i < entry_count && entry_end(&entries[i]) <= start)
		i++;
	while (i < entry_count && entries[i].start < end) {
		struct e820_entry old = entries[i];

		remove(i);
		if (entry_end(&old) > end)
			insert(i, end, entry_end(&old), old.type);
		if (old.start < start)
			insert(i++, old.start, start, old.type);
		if (entry_end(&old) > end)
			break;
	}
	return i;
}

/* Joins an entry to its successor if the two are one range. */
static void join(unsigned index)
{
	struct e820_entry *entry = &entries[index];

	if (index + 1 >= entry_count || entry[1].type != entry->type ||
	    entry[1].start != entry_end(entry))
		return;
	entry->length += entry[1].length;
	remove(index + 1);
}

void e820_set(uint64_t start, uint64_t length, uint32_t type)
{
	uint64_t end = start + length;
	unsigned index;

	if (!length || end < start)
		return;
	if (entry_count + 2 > MAX_ENTRIES) {
		say("E820: no room for %llx-%llx\n", start, end - 1);
		return;
	}
	index = cut(start, end);
	if (type == E820_NONE)
		return;
	insert(index, start, end, type);
	join(index);
	if (index)
		join(index - 1);
}

static void add_host_map(void)
{
	uint32_t size;
	uint64_t ram;
	const struct e820_entry *host = fw_cfg_load("etc/e820", &size);

	if (host) {
		for (; size >= sizeof(*host); size -= sizeof(*host), host++)
			e820_set(host->start, host->length, host->type);
		return;
	}
	if (!fw_cfg_read(FW_CFG_RAM_SIZE, &ram, sizeof(ram)))
		e820_set(0, ram < 0xc0000000 ? ram : 0xc0000000, E820_RAM);
}

uint32_t e820_init(void)
{
	uint64_t end;

	entry_count = 0;
	add_host_map();
	end = e820_ram_from(0, 1ull << 32);
	if (end < DATA_BASE)
		return end;
	e820_set(EBDA_BASE, 0xa0000 - EBDA_BASE, E820_RESERVED);
	e820_set(0xa0000, DATA_BASE - 0xa0000, E820_NONE);
	e820_set(DATA_BASE, 0x100000 - DATA_BASE, E820_RESERVED);
	return end < 0xfffff000 ? end : 0xfffff000;
}

const struct e820_entry *e820_map(unsigned *count)
{
	*count = entry_count;
	return entries;
}

uint64_t e820_ram_from(uint64_t address, uint64_t limit)
{
	for (unsigned i = 0; i < entry_count; i++) {
		const struct e820_entry *e = &entries[i];
		uint64_t end = entry_end(e);

		if (e->type != E820_RAM || e->start > address || end <= address)
			continue;
		return (end < limit ? end : limit) - address;
	}
	return 0;
}
