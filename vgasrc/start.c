/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * Start-up: the BIOS calls offset 3 of the image while the memory that the image is in can
 * be written to. The adapter is looked at, the vectors and the BIOS data area are set, and
 * mode 3 is shown.
 *
 * References: PCI Firmware Specification 3.0, 5.2 "PC-compatible Expansion ROMs"; IBM PS/2
 * and PC BIOS Interface Technical Reference, "BIOS Data Area"; VESA E-EDID 1.4 for the
 * monitor's description.
 */
#include "vgasrc/start.h"

#include "vgasrc/adapter.h"
#include "vgasrc/charset.h"
#include "vgasrc/dispi.h"
#include "vgasrc/entry.h"
#include "vgasrc/highcopy.h"
#include "vgasrc/modes.h"

enum {
	PCI_ADDRESS = 0xcf8,
	PCI_DATA = 0xcfc,
	PCI_ID = 0x00,
	PCI_BAR = 0x10,
	PCI_ENABLE = 0x80000000,
	PCI_SLOTS = 32,
	BAR_PORTS = 1 << 0,
	BAR_FLAGS = 0xf,

	IMAGE_BLOCKS = 2,   /* offsets in the image: its size in units of 512 bytes */
	IMAGE_CHECKSUM = 6, /* the byte that QEMU, too, changes to make the sum 0 */
	IMAGE_UNIT = 512,

	VECTOR_VIDEO = 0x10,
	VECTOR_VIDEO_BEFORE = 0x42,
	EQUIPMENT_DISPLAY = 0x30,
	EQUIPMENT_COLOUR_80 = 0x20,
	CONTROL_256K = 0x60,
	SWITCHES_COLOUR = 0xf9,
	DISPLAY_VGA_COLOUR = 8,

	EDID_EXTENSIONS = 126,
};

/* What is found out, kept in the image. */
#define FOUND(member) ((uint16_t)((uintptr_t)&found + offsetof(struct found, member)))

static uint32_t pci_read(uint16_t function, uint8_t offset)
{
	outl(PCI_ADDRESS, PCI_ENABLE | (uint32_t)function << 8 | offset);
	return inl(PCI_DATA);
}

static bool is_adapter(uint16_t function)
{
	return pci_read(function, PCI_ID) == ((uint32_t)adapter.device << 16 | adapter.vendor);
}

/* The adapter's function: the one that the BIOS names, or the first on bus 0. */
static bool find_function(uint16_t *function)
{
	for (uint16_t slot = 0; !is_adapter(*function); slot++) {
		if (slot == PCI_SLOTS)
			return false;
		*function = slot << 3;
	}
	return true;
}

/* The address of a memory BAR below 4 GiB; 0 if it has none. */
static uint32_t bar_address(uint16_t function, uint8_t bar)
{
	uint32_t value = pci_read(function, PCI_BAR + bar * 4);

	return value & BAR_PORTS ? 0 : value & ~BAR_FLAGS;
}

/* --- the monitor's description ----------------------------------------------------- */

static bool edid_valid(uint16_t block)
{
	uint16_t at = FOUND(edid) + block * EDID_BLOCK;
	uint8_t sum = 0;

	for (unsigned i = 0; i < EDID_BLOCK; i++)
		sum += far_read8(rom_segment(), at + i);
	if (block)
		return !sum;
	return !sum && far_read32(rom_segment(), at) == 0xffffff00 &&
	       far_read32(rom_segment(), at + 4) == 0x00ffffff;
}

static void read_edid(uint32_t address)
{
	uint32_t to = ((uint32_t)rom_segment() << 4) + FOUND(edid);
	uint16_t blocks = 0;

	if (!high_copy(to, address, EDID_BLOCKS * EDID_BLOCK / 2) || !edid_valid(0))
		return;
	blocks++;
	if (far_read8(rom_segment(), FOUND(edid) + EDID_EXTENSIONS) && edid_valid(1))
		blocks++;
	far_write16(rom_segment(), FOUND(edid_blocks), blocks);
}

/* --- the adapter --------------------------------------------------------------------- */

static void find_framebuffer(uint16_t function)
{
	uint32_t framebuffer = ISA_FRAMEBUFFER, edid;

	if (adapter.vendor) {
		if (!find_function(&function))
			return;
		framebuffer = bar_address(function, adapter.framebuffer_bar);
	}
	far_write32(rom_segment(), FOUND(framebuffer), framebuffer);
	if (adapter.edid_bar == NO_BAR)
		return;
	edid = bar_address(function, adapter.edid_bar);
	if (edid)
		read_edid(edid);
}

static void find_memory(void)
{
	dispi_write(DISPI_ID, DISPI_ID_MEMORY);
	if ((dispi_read(DISPI_ID) & DISPI_ID_MASK) == DISPI_ID_ANY)
		far_write16(rom_segment(), FOUND(memory), dispi_read(DISPI_MEMORY));
}

/* The image has changed: its bytes add up to 0 again. */
static void fix_checksum(void)
{
	uint16_t segment = rom_segment();
	uint16_t size = far_read8(segment, IMAGE_BLOCKS) * IMAGE_UNIT;
	uint8_t sum = 0;

	for (uint16_t i = 0; i < size; i++)
		sum += far_read8(segment, i);
	far_write8(segment, IMAGE_CHECKSUM, far_read8(segment, IMAGE_CHECKSUM) - sum);
}

/* The far pointers of the tables that programs look for lack their segment. */
static void set_tables(void)
{
	static const uint8_t ROM segments[] = {2, 18, 30};

	for (unsigned i = 0; i < sizeof(segments); i++)
		far_write16(rom_segment(), (uint16_t)(uintptr_t)save_table + segments[i],
			    rom_segment());
}

static void set_vectors(void)
{
	VECTOR(VECTOR_VIDEO_BEFORE) = VECTOR(VECTOR_VIDEO);
	VECTOR(VECTOR_VIDEO) = rom_far_pointer(rom_ptr(entry_int10));
}

static void set_data_area(void)
{
	BDA->equipment = (BDA->equipment & ~EQUIPMENT_DISPLAY) | EQUIPMENT_COLOUR_80;
	BDA->video_control[0] = CONTROL_256K;
	BDA->video_control[1] = SWITCHES_COLOUR;
	BDA->video_control[2] = OPTION_SWITCHES | OPTION_400_LINES | OPTION_VGA;
	BDA->video_control[3] = DISPLAY_VGA_COLOUR;
	BDA->video_pointer = rom_far_pointer(rom_ptr(save_table));
}

void start(struct frame *r)
{
	find_memory();
	find_framebuffer(r->ax);
	set_tables();
	fix_checksum();
	set_vectors();
	set_data_area();
	mode_set(MODE_TEXT);
}
