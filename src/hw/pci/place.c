/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * Where the memory of PCI functions goes. Each base address register says how much it
 * wants, a power of two, and wants it aligned to that. On every bus the largest regions
 * are placed first, so that no gaps arise; what is behind a bridge is one region of the
 * bus in front of it, in units of 1 MiB.
 *
 * We reach only what lies below 4 GiB, so all goes there if it fits. If it does not, the
 * largest of those that can lie above do, in steps, until the rest fits. Ports in which a
 * device may be plugged later get some space to spare, if there is enough.
 *
 * Specification: PCI Local Bus 3.0, 6.2.5 "Base Addresses"; PCI-to-PCI Bridge 1.2, 3.2.5
 * "Bridge Specific Configuration Space Header Registers"; PCI Express Base 3.0, 7.8.
 */
#include "hw/pci/place.h"

#include <stdbool.h>
#include <stddef.h>

#include "lib/log.h"
#include "lib/section.h"
#include "lib/util.h"

enum {
	BAR_IO = 1,
	BAR_TYPE = 6,
	BAR_64BIT = 4,
	BAR_PREFETCHABLE = 8,
	BAR_FLAGS = 0xf,
	ROM_FLAGS = 0x7ff,
	BRIDGE_BARS = 2,
	WINDOW_SHIFT = 20,
	WINDOW_FLAGS = 0xf,
	WINDOW_64BIT = 1,
	CLOSED_WINDOW = 0x0000fff0, /* the base lies above the limit */
	IO_WINDOW = 0x1c,
	CLOSED_IO_WINDOW = 0x00f0,

	EXPRESS_FLAGS = 2, /* registers of the capability */
	EXPRESS_SLOT_IMPLEMENTED = 1 << 8,
	EXPRESS_SLOT = 0x14,
	EXPRESS_SLOT_HOT_PLUG = 1 << 6,
	HOT_PLUG_SPACE = 2 << 20,

	ANYTHING = 0, /* thresholds: logarithms of a region's size */
	NOTHING = 64,
	MAX_WINDOWS = 8,
};

/* What is left of the host bridge's windows. */
static struct pci_window left[MAX_WINDOWS] NOINIT;
static unsigned window_count;
static struct pci_function *functions;

static unsigned bar_count(const struct pci_function *function)
{
	return function->is_bridge ? BRIDGE_BARS : PCI_BARS;
}

static unsigned rom_register(const struct pci_function *function)
{
	return function->is_bridge ? PCI_BRIDGE_ROM : PCI_ROM;
}

/* `mask` is what a register reads as when all ones were written, without its flags. */
static void set_size(struct pci_region *region, uint64_t mask, uint8_t flags)
{
	uint64_t size = -mask;

	if (!mask || size & (size - 1)) /* none, or impossible */
		return;
	region->size = size;
	region->align = 63 - __builtin_clzll(size);
	region->flags = flags;
}

/* Returns how many registers it takes. */
static unsigned size_bar(struct pci_function *function, unsigned bar)
{
	unsigned offset = PCI_BAR0 + 4 * bar;
	uint32_t low, high = UINT32_MAX;
	uint8_t flags = 0;

	pci_write32(function, offset, UINT32_MAX);
	low = pci_read32(function, offset);
	if (low & BAR_IO) {
		/* Ports are not placed: microvm passes none on. Linux takes what is left in
		 * the register for an address that it should keep. */
		pci_write32(function, offset, 0);
		return 1;
	}
	if (!(low & ~(uint32_t)BAR_FLAGS))
		return 1;
	if (low & BAR_PREFETCHABLE)
		flags |= PCI_REGION_PREFETCHABLE;
	if ((low & BAR_TYPE) == BAR_64BIT && bar + 1 < bar_count(function)) {
		flags |= PCI_REGION_64BIT;
		pci_write32(function, offset + 4, UINT32_MAX);
		high = pci_read32(function, offset + 4);
	}
	set_size(&function->regions[bar], (uint64_t)high << 32 | (low & ~(uint32_t)BAR_FLAGS),
		 flags);
	return flags & PCI_REGION_64BIT ? 2 : 1;
}

static void size_rom(struct pci_function *function)
{
	uint32_t mask;

	pci_write32(function, rom_register(function), ~(uint32_t)ROM_FLAGS);
	mask = pci_read32(function, rom_register(function)) & ~(uint32_t)ROM_FLAGS;
	if (mask)
		set_size(&function->regions[PCI_ROM_REGION], (uint64_t)UINT32_MAX << 32 | mask, 0);
}

static bool has_hot_plug_slot(const struct pci_function *bridge)
{
	unsigned express = pci_find_capability(bridge, PCI_CAPABILITY_EXPRESS);

	return express && pci_read16(bridge, express + EXPRESS_FLAGS) & EXPRESS_SLOT_IMPLEMENTED &&
	       pci_read32(bridge, express + EXPRESS_SLOT) & EXPRESS_SLOT_HOT_PLUG;
}

void pci_size_regions(struct pci_function *function)
{
	uint16_t command = pci_read16(function, PCI_COMMAND);

	if (command & PCI_COMMAND_MEMORY)
		pci_write16(function, PCI_COMMAND, command & ~PCI_COMMAND_MEMORY);
	for (unsigned bar = 0; bar < bar_count(function);)
		bar += size_bar(function, bar);
	size_rom(function);
	if (!function->is_bridge)
		return;
	function->takes_hot_plug = has_hot_plug_slot(function);
	function->passes_high =
		(pci_read16(function, PCI_PREFETCHABLE_WINDOW) & WINDOW_FLAGS) == WINDOW_64BIT;
}

/* Behind a bridge only prefetchable memory can lie above 4 GiB. */
static bool may_be_high(const struct pci_function *function, const struct pci_region *region)
{
	if (!(region->flags & PCI_REGION_64BIT))
		return false;
	if (function->bridge && !(region->flags & PCI_REGION_PREFETCHABLE))
		return false;
	for (const struct pci_function *b = function->bridge; b; b = b->bridge)
		if (!b->passes_high)
			return false;
	return true;
}

/* Marks what is to lie above 4 GiB: of what can, regions of 1 << threshold bytes or more. */
static void choose_high(unsigned threshold)
{
	for (struct pci_function *f = functions; f; f = f->next)
		for (unsigned i = 0; i < PCI_BARS; i++) {
			struct pci_region *region = &f->regions[i];

			region->flags &= ~PCI_REGION_HIGH;
			if (region->size && region->align >= threshold && may_be_high(f, region))
				region->flags |= PCI_REGION_HIGH;
		}
}

static bool is_wanted(const struct pci_region *region, uint8_t high)
{
	return region->size && !(region->flags & PCI_REGION_DROPPED) &&
	       (region->flags & PCI_REGION_HIGH) == high;
}

/* The alignments, as a mask of their logarithms, on the bus behind a bridge (NULL: bus 0). */
static uint64_t alignments(const struct pci_function *bridge, uint8_t high)
{
	uint64_t mask = 0;

	for (const struct pci_function *f = functions; f; f = f->next)
		for (unsigned i = 0; f->bridge == bridge && i < PCI_REGIONS; i++)
			if (is_wanted(&f->regions[i], high))
				mask |= 1ull << f->regions[i].align;
	return mask;
}

static uint64_t align_address(uint64_t address, unsigned shift)
{
	uint64_t mask = (1ull << shift) - 1;

	return (address + mask) & ~mask;
}

/* Takes room for a region of bus 0 from the host bridge's windows. */
static bool place_in_windows(struct pci_region *region)
{
	bool high = region->flags & PCI_REGION_HIGH;

	for (unsigned i = 0; i < window_count; i++) {
		uint64_t start = align_address(left[i].start, region->align);

		if ((start >= FOUR_GIB) != high || start < left[i].start || start >= left[i].end ||
		    region->size > left[i].end - start)
			continue;
		region->address = start;
		left[i].start = start + region->size;
		return true;
	}
	return false;
}

/* Places all of a bus in the host bridge's windows (bridge NULL), or one after the other
 * from *address on, which becomes the end. Returns a region that does not fit, or NULL. */
static const struct pci_region *pack_bus(const struct pci_function *bridge, uint8_t high,
					 uint64_t *address)
{
	uint64_t left_over = alignments(bridge, high);

	while (left_over) {
		unsigned align = 63 - __builtin_clzll(left_over);

		left_over &= ~(1ull << align);
		for (struct pci_function *f = functions; f; f = f->next)
			for (unsigned i = 0; f->bridge == bridge && i < PCI_REGIONS; i++) {
				struct pci_region *region = &f->regions[i];

				if (!is_wanted(region, high) || region->align != align)
					continue;
				if (bridge) {
					region->address = align_address(*address, align);
					*address = region->address + region->size;
				} else if (!place_in_windows(region)) {
					return region;
				}
			}
	}
	return NULL;
}

/* How large the window of a bridge must be for what is behind it. */
static void measure_window(struct pci_function *bridge, uint8_t high, uint32_t spare)
{
	struct pci_region *window = &bridge->regions[high ? PCI_HIGH_WINDOW : PCI_LOW_WINDOW];
	uint64_t mask = alignments(bridge, high), size = 0;

	window->flags = high;
	window->align = mask ? 63 - __builtin_clzll(mask) : 0;
	if (window->align < WINDOW_SHIFT)
		window->align = WINDOW_SHIFT;
	pack_bus(bridge, high, &size);
	if (size < spare)
		size = spare;
	window->size = align_address(size, WINDOW_SHIFT);
}

/* Measures the windows of all bridges behind this one (NULL: of all), the furthest
 * first. pci.c limits how deep bridges can be. */
static void measure_bridges(const struct pci_function *front, bool with_spare)
{
	for (struct pci_function *f = functions; f; f = f->next) {
		uint32_t spare;

		if (f->bridge != front || !f->is_bridge)
			continue;
		measure_bridges(f, with_spare);
		spare = with_spare && f->takes_hot_plug ? HOT_PLUG_SPACE : 0;
		measure_window(f, 0, spare);
		measure_window(f, PCI_REGION_HIGH, f->passes_high ? spare : 0);
	}
}

/* Places everything on bus 0. As pack_bus(). */
static const struct pci_region *arrange(const struct pci_window *windows, unsigned threshold,
					bool with_spare)
{
	const struct pci_region *failed;
	uint64_t unused = 0;

	for (unsigned i = 0; i < window_count; i++)
		left[i] = windows[i];
	choose_high(threshold);
	measure_bridges(NULL, with_spare);
	failed = pack_bus(NULL, PCI_REGION_HIGH, &unused);
	return failed ? failed : pack_bus(NULL, 0, &unused);
}

/* Leaves out the largest region of those that are to lie above 4 GiB, or of those below,
 * whichever did not fit. False if there is none. */
static bool drop_largest(uint8_t high)
{
	struct pci_function *owner = NULL;
	unsigned largest = 0;

	for (struct pci_function *f = functions; f; f = f->next)
		for (unsigned i = 0; i < PCI_LOW_WINDOW; i++)
			if (is_wanted(&f->regions[i], high) &&
			    (!owner || f->regions[i].size > owner->regions[largest].size)) {
				owner = f;
				largest = i;
			}
	if (!owner)
		return false;
	owner->regions[largest].flags |= PCI_REGION_DROPPED;
	if (largest == PCI_ROM_REGION)
		say("%s: no room for its ROM of %llu KiB\n", owner->device.name,
		    owner->regions[largest].size / KIB);
	else
		say("%s: no room for BAR %u of %llu KiB\n", owner->device.name, largest,
		    owner->regions[largest].size / KIB);
	return true;
}

static void find_places(const struct pci_window *windows)
{
	static const uint8_t thresholds[] = {NOTHING, 30, 28, 26, 24, 22, 20, ANYTHING};
	const struct pci_region *failed = NULL;

	for (unsigned i = 0; i < 2 * ARRAY_SIZE(thresholds); i++) {
		failed = arrange(windows, thresholds[i / 2], !(i % 2));
		if (!failed)
			return;
	}
	while (failed && drop_largest(failed->flags & PCI_REGION_HIGH))
		failed = arrange(windows, ANYTHING, false);
}

static void write_bars(const struct pci_function *function)
{
	for (unsigned i = 0; i < bar_count(function); i++) {
		const struct pci_region *region = &function->regions[i];
		uint64_t address = region->flags & PCI_REGION_DROPPED ? 0 : region->address;

		if (!region->size)
			continue;
		pci_write32(function, PCI_BAR0 + 4 * i, address);
		if (region->flags & PCI_REGION_64BIT)
			pci_write32(function, PCI_BAR0 + 4 * ++i, address >> 32);
	}
	/* Its decoder is off, but what all ones have left there is no address. */
	if (function->regions[PCI_ROM_REGION].size)
		pci_write32(function, rom_register(function),
			    function->regions[PCI_ROM_REGION].address);
}

/* A window's base and limit, in units of 1 MiB, in the upper 12 bits of 16 each. */
static uint32_t window_bits(const struct pci_region *window)
{
	uint64_t last = window->address + window->size - 1;

	if (!window->size)
		return CLOSED_WINDOW;
	return ((uint32_t)window->address >> 16 & 0xfff0) | ((uint32_t)last & 0xfff00000);
}

static void write_windows(const struct pci_function *bridge)
{
	const struct pci_region *high = &bridge->regions[PCI_HIGH_WINDOW];
	uint64_t last = high->address + high->size - 1;

	pci_write16(bridge, IO_WINDOW, CLOSED_IO_WINDOW);
	pci_write32(bridge, PCI_MEMORY_WINDOW, window_bits(&bridge->regions[PCI_LOW_WINDOW]));
	pci_write32(bridge, PCI_PREFETCHABLE_WINDOW, window_bits(high));
	if (!high->size)
		return;
	pci_write32(bridge, PCI_PREFETCHABLE_BASE_UPPER, high->address >> 32);
	pci_write32(bridge, PCI_PREFETCHABLE_LIMIT_UPPER, last >> 32);
}

void pci_place(struct pci_function *first, const struct pci_window *windows, unsigned count)
{
	functions = first;
	window_count = min_u32(count, MAX_WINDOWS);
	find_places(windows);
	/* Bridges come before what is behind them, so their windows have places by now. */
	for (struct pci_function *f = first; f; f = f->next) {
		uint64_t low = f->regions[PCI_LOW_WINDOW].address,
			 high = f->regions[PCI_HIGH_WINDOW].address;

		if (f->is_bridge) {
			pack_bus(f, 0, &low);
			pack_bus(f, PCI_REGION_HIGH, &high);
			write_windows(f);
		}
		write_bars(f);
	}
}
