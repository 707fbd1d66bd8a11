/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * Configuration spaces that lie: any functions behind any bridges, with any registers and
 * any answers to what is written there. The real enumeration and placement are on the
 * other side, and then the PCI BIOS and the search for option ROMs.
 *
 * An input is struct header, so many struct function as it says, and what is found where
 * ROMs are, over and over.
 *
 * Whatever it is: everything ends; what has been placed lies in a window of the host
 * bridge, is aligned, and overlaps nothing on its bus.
 */
#include <sanitizer/asan_interface.h>
#include <stdlib.h>
#include <string.h>

#include "bios/pcibios.h"
#include "bios/regs.h"
#include "fake_pci.h"
#include "hw/driver.h"
#include "hw/pci/host.h"
#include "hw/pci/pci.h"
#include "hw/pci/place.h"
#include "hw/pci/rom.h"
#include "lib/memory.h"
#include "lib/util.h"

#pragma clang section bss = ""

enum { MAX_FUNCTIONS = 24, WINDOW_START = 0x400000, WINDOW_END = 0x600000 };

struct header {
	uint8_t count, first_bus, buses;
	uint8_t windows; /* bit 0: small; bit 1: none above 4 GiB */
};

struct function {
	uint8_t parent, place;
	uint8_t config[0x60], writable[0x40];
};

static int probe(struct pci_function *function)
{
	struct pci_capability capability = {0};

	while (pci_next_capability(function, &capability))
		;
	for (unsigned bar = 0; bar < PCI_BARS; bar++)
		if (pci_bar(function, bar, 0, 16) >= FOUR_GIB - 16)
			abort();
	return function->id & 1 ? -1 : 0;
}

PCI_DRIVER(any) = {.class_mask = 0, .probe = probe};

void bios32_entry(void)
{
}

static void must(bool condition)
{
	if (!condition)
		abort();
}

static bool counts(const struct pci_region *r)
{
	return r->size && !(r->flags & PCI_REGION_DROPPED);
}

static bool overlap(const struct pci_region *a, const struct pci_region *b)
{
	return a->address < b->address + b->size && b->address < a->address + a->size;
}

static void check_region(const struct pci_function *f, unsigned i)
{
	const struct pci_region *r = &f->regions[i];

	must(!(r->address & ((1ull << r->align) - 1)));
	if (f->bridge) {
		const struct pci_region *window =
			&f->bridge->regions[r->flags & PCI_REGION_HIGH ? PCI_HIGH_WINDOW :
									 PCI_LOW_WINDOW];

		must(r->address >= window->address && r->size <= window->size);
		must(r->address - window->address <= window->size - r->size);
	} else {
		bool found = false;

		for (unsigned w = 1; w < fake_pci.resource_count; w++)
			found |= r->address >= fake_pci.resources[w].base &&
				 r->address + r->size <=
					 fake_pci.resources[w].base + fake_pci.resources[w].length;
		must(found);
	}
	for (const struct pci_function *g = pci_first(); g; g = g->next)
		for (unsigned k = 0; g->bridge == f->bridge && k < PCI_REGIONS; k++)
			must((g == f && k == i) || !counts(&g->regions[k]) ||
			     !overlap(r, &g->regions[k]));
}

static void make_machine(const struct header *header, const struct function *functions)
{
	fake_pci_reset();
	fake_pci.resources[0].base = header->first_bus;
	fake_pci.resources[0].length = min_u32(header->buses + 1, 256 - header->first_bus);
	if (header->windows & 1) {
		/* Our own memory, so that ROMs can be looked at. */
		fake_pci.resources[1].base = WINDOW_START;
		fake_pci.resources[1].length = WINDOW_END - WINDOW_START;
	}
	if (header->windows & 2)
		fake_pci.resource_count = 2;
	for (unsigned i = 0; i < header->count; i++) {
		struct fake_function *f =
			fake_pci_add((int)(functions[i].parent % (i + 1)) - 1,
				     functions[i].place >> 3, functions[i].place & 7, 0, 0, 0);

		memcpy(f->config, functions[i].config, sizeof(functions[i].config));
		memcpy(f->writable, functions[i].writable, sizeof(functions[i].writable));
	}
}

static void fill_window(const uint8_t *data, size_t size)
{
	uint8_t *window = phys_ptr(WINDOW_START);

	__asan_unpoison_memory_region(window, WINDOW_END - WINDOW_START);
	for (uint32_t at = 0; size && at + size <= WINDOW_END - WINDOW_START; at += 2048)
		memcpy(window + at, data, size);
}

/* ROMs that are outside our memory cannot be looked at here. */
static void check_roms(void)
{
	static uint8_t copy[1 << 20];

	for (const struct pci_function *f = pci_first(); f; f = f->next)
		if (f->regions[PCI_ROM_REGION].address >= WINDOW_END)
			return;
	for (const struct rom_image *image = pci_rom_images(); image; image = image->next) {
		must(image->size && image->size <= sizeof(copy));
		image->copy(image, copy);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct header header;
	struct function functions[MAX_FUNCTIONS];
	struct regs regs = {0};

	if (size < sizeof(header))
		return 0;
	memcpy(&header, data, sizeof(header));
	header.count = min_u32(header.count % (MAX_FUNCTIONS + 1),
			       (size - sizeof(header)) / sizeof(functions[0]));
	memcpy(functions, data + sizeof(header), header.count * sizeof(functions[0]));

	renew_firmware();
	make_machine(&header, functions);
	size -= sizeof(header) + header.count * sizeof(functions[0]);
	fill_window(data + sizeof(header) + header.count * sizeof(functions[0]), size);
	fake_pci_probe();
	for (const struct pci_function *f = pci_first(); f; f = f->next)
		for (unsigned i = 0; i < PCI_REGIONS; i++)
			if (counts(&f->regions[i]))
				check_region(f, i);
	check_roms();
	pcibios_init();
	regs.ax = 0xb101;
	pcibios_call(&regs);
	return 0;
}
