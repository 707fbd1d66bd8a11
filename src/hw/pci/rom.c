/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * Option ROMs of PCI functions. A ROM holds images, one behind the other, for different
 * kinds of machine; each has a data structure that says for which, and how long it is.
 * The one for PCs is what we look for. A display's is left alone where the host bridge
 * passes no ports on: without the VGA's it could do nothing but take INT 10h away.
 *
 * Specification: PCI Firmware 3.0, 5.1 "PCI Expansion ROM Contents".
 */
#include "hw/pci/rom.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "hw/pci/host.h"
#include "hw/pci/pci.h"
#include "lib/log.h"
#include "lib/memory.h"
#include "lib/util.h"

enum {
	ROM_SIGNATURE = 0xaa55,
	ROM_DATA_POINTER = 0x18,
	ROM_BLOCK = 512,
	ROM_ENABLE = 1,
	CODE_PC = 0,
	LAST_IMAGE = 0x80,
	MAX_IMAGES = 16,
	CLASS_DISPLAY = 0x03,
};

struct rom_data {
	char signature[4]; /* "PCIR" */
	uint16_t vendor, id;
	uint16_t device_list;
	uint16_t length;
	uint8_t revision;
	uint8_t class_code[3];
	uint16_t blocks; /* the image's length */
	uint16_t code_revision;
	uint8_t code_type;
	uint8_t indicator;
} __attribute__((packed));

_Static_assert(sizeof(struct rom_data) == 0x16, "PCI data structure");

struct pci_rom {
	struct rom_image image; /* first, so that it can be found from this */
	const struct pci_function *function;
	uint32_t offset; /* of the image in the ROM */
};

/* The function decodes its ROM only while we look at it: some share a decoder. */
static void decode(const struct pci_function *f, bool on)
{
	pci_write32(f, f->is_bridge ? PCI_BRIDGE_ROM : PCI_ROM,
		    f->regions[PCI_ROM_REGION].address | (on ? ROM_ENABLE : 0));
}

static void pci_rom_copy(const struct rom_image *image, void *to)
{
	const struct pci_rom *rom = (const struct pci_rom *)image;
	uint32_t address = rom->function->regions[PCI_ROM_REGION].address;

	decode(rom->function, true);
	memcpy(to, phys_ptr(address + rom->offset), image->size);
	decode(rom->function, false);
}

/* The data structure of the image at `offset`; NULL if there is no image. */
static const struct rom_data *image_data(const struct pci_function *f, uint32_t offset)
{
	const struct pci_region *region = &f->regions[PCI_ROM_REGION];
	const uint8_t *image = phys_ptr(region->address + offset);
	const struct rom_data *data;
	uint16_t at;

	if (region->size - offset < ROM_BLOCK || *(const uint16_t *)image != ROM_SIGNATURE)
		return NULL;
	at = *(const uint16_t *)(image + ROM_DATA_POINTER);
	data = (const struct rom_data *)(image + at);
	if (at + sizeof(*data) > region->size - offset || memcmp(data->signature, "PCIR", 4) ||
	    !data->blocks || data->blocks * ROM_BLOCK > region->size - offset)
		return NULL;
	return data;
}

/* Finds the image for PCs; false if there is none, or it is another device's. */
static bool find_image(struct pci_rom *rom)
{
	const struct pci_function *f = rom->function;
	const struct rom_data *data;

	for (unsigned i = 0; i < MAX_IMAGES; i++) {
		data = image_data(f, rom->offset);
		if (!data)
			return false;
		if (data->code_type == CODE_PC)
			break;
		if (data->indicator & LAST_IMAGE)
			return false;
		rom->offset += data->blocks * ROM_BLOCK;
	}
	if (!data || data->code_type != CODE_PC)
		return false;
	if (data->vendor != f->vendor || data->id != f->id) {
		say("%s: its option ROM is for %04x:%04x; left out\n", f->device.name, data->vendor,
		    data->id);
		return false;
	}
	rom->image.size = data->blocks * ROM_BLOCK;
	return true;
}

static bool may_have_rom(const struct pci_function *f)
{
	const struct pci_region *region = &f->regions[PCI_ROM_REGION];

	if (!region->address || f->is_driven)
		return false;
	if (f->class_code >> 16 != CLASS_DISPLAY)
		return true;
	log_line(LOG_INFO, "%s: a display's option ROM is not run without VGA ports",
		 f->device.name);
	return false;
}

/* NULL if it has none. */
static struct pci_rom *look(const struct pci_function *f)
{
	struct pci_rom *rom = memory_alloc_scratch(sizeof(*rom), 4);
	bool found;

	if (!rom)
		return NULL;
	*rom = (struct pci_rom){.function = f};
	rom->image.device = &f->device;
	rom->image.address = f->bus << 8 | f->slot << 3 | f->number;
	rom->image.copy = pci_rom_copy;
	decode(f, true);
	found = find_image(rom);
	decode(f, false);
	return found ? rom : NULL;
}

const struct rom_image *pci_rom_images(void)
{
	struct rom_image *first = NULL, **end = &first;

	for (const struct pci_function *f = pci_first(); f; f = f->next) {
		struct pci_rom *rom = may_have_rom(f) ? look(f) : NULL;

		if (!rom)
			continue;
		*end = &rom->image;
		end = &rom->image.next;
	}
	return first;
}
