/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * The memory map. It is kept sorted and without overlaps at all times, so that
 * reading it needs no care; a change splits what it covers.
 *
 * Specification: ACPI 6.5, 15 "System Address Map Interfaces".
 */
#include "lib/memmap.h"

#include <string.h>

#include "lib/log.h"
#include "lib/section.h"

enum { MAX_ENTRIES = 128 };

static uint32_t entry_count;
static struct memmap_entry NOINIT entries[MAX_ENTRIES];

static void insert_entry(unsigned index, uint64_t start, uint64_t end, uint32_t type)
{
	memmove(&entries[index + 1], &entries[index], (entry_count - index) * sizeof(entries[0]));
	entries[index] = (struct memmap_entry){start, end - start, type};
	entry_count++;
}

static void remove_entry(unsigned index)
{
	entry_count--;
	memmove(&entries[index], &entries[index + 1], (entry_count - index) * sizeof(entries[0]));
}

static uint64_t entry_end(const struct memmap_entry *entry)
{
	return entry->start + entry->length;
}

/* Cuts [start, end) out of the map; returns where in the list it was. */
static unsigned cut_range(uint64_t start, uint64_t end)
{
	unsigned i = 0;

	/* Most come in order. */
	if (!entry_count || entry_end(&entries[entry_count - 1]) <= start)
		return entry_count;
	while (i < entry_count && entry_end(&entries[i]) <= start)
		i++;
	while (i < entry_count && entries[i].start < end) {
		struct memmap_entry *entry = &entries[i];
		uint64_t old_end = entry_end(entry);

		if (entry->start < start) {
			entry->length = start - entry->start;
			i++;
			if (old_end > end)
				insert_entry(i, end, old_end, entry->type);
		} else if (old_end > end) {
			entry->start = end;
			entry->length = old_end - end;
		} else {
			remove_entry(i);
		}
		if (old_end >= end)
			break;
	}
	return i;
}

/* Joins an entry to its successor if the two are one range. */
static void join_with_next(unsigned index)
{
	struct memmap_entry *entry = &entries[index];

	if (index + 1 >= entry_count || entry[1].type != entry->type ||
	    entry[1].start != entry_end(entry))
		return;
	entry->length += entry[1].length;
	remove_entry(index + 1);
}

void memmap_init(void)
{
	entry_count = 0;
}

void memmap_set(uint64_t start, uint64_t length, uint32_t type)
{
	uint64_t end = start + length;
	unsigned index;

	if (!length || end < start)
		return;
	if (entry_count + 2 > MAX_ENTRIES) {
		say("Memory map: no room for %llx-%llx\n", start, end - 1);
		return;
	}
	index = cut_range(start, end);
	if (type == MEMMAP_NONE)
		return;
	insert_entry(index, start, end, type);
	join_with_next(index);
	if (index)
		join_with_next(index - 1);
}

bool memmap_grow_down(uint64_t from, uint64_t to)
{
	struct memmap_entry *entry = entries + entry_count - 1;

	if (entry_count < 2)
		return false;
	/* From the end, since what grows is at the end of RAM. */
	while (entry > entries + 1 && entry->start > from)
		entry--;
	if (entry->start != from || entry->type != MEMMAP_RESERVED ||
	    entry[-1].type != MEMMAP_RAM || entry_end(entry - 1) != from ||
	    from - to >= entry[-1].length)
		return false;
	entry[-1].length -= from - to;
	entry->length += from - to;
	entry->start = to;
	return true;
}

const struct memmap_entry *memmap_entries(unsigned *count)
{
	*count = entry_count;
	return entries;
}

uint64_t memmap_ram_from(uint64_t address, uint64_t limit)
{
	const struct memmap_entry *e = entries, *last = entries + entry_count;
	uint64_t end = 0;

	while (e < last && (end = entry_end(e)) <= address)
		e++;
	if (e == last || e->type != MEMMAP_RAM || e->start > address)
		return 0;
	return (end < limit ? end : limit) - address;
}
