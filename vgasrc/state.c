/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * Saving and restoring: INT 10h AH=1Ch and AX=4F04h. The caller's buffer has one part for
 * each thing that was asked for, in the order of their bits; only this file knows the parts.
 *
 * References: RBIL, INT 10/AX=1C00h to 1C02h; VBE 3.0, 4.6 "Function 04h".
 */
#include "vgasrc/state.h"

#include "vgasrc/adapter.h"
#include "vgasrc/dispi.h"
#include "vgasrc/palette.h"
#include "vgasrc/vga.h"

enum {
	STATE_HARDWARE = 1 << 0,
	STATE_DATA_AREA = 1 << 1,
	STATE_DAC = 1 << 2,
	STATE_DISPI = 1 << 3,
	STATE_VGA = STATE_HARDWARE | STATE_DATA_AREA | STATE_DAC,

	OPERATION_SIZE = 0,
	OPERATION_SAVE = 1,
	OPERATION_RESTORE = 2,

	BLOCK = 64, /* the unit of sizes */
	HARDWARE_BLOCKS = 2,
	DATA_AREA_BLOCKS = 1,
	DAC_BLOCKS = 13,
	DISPI_BLOCKS = 1,
};

/* Where the next byte of the buffer is. */
struct buffer {
	uint16_t segment, offset;
};

static void put(struct buffer *b, uint8_t value)
{
	far_write8(b->segment, b->offset++, value);
}

static uint8_t get(struct buffer *b)
{
	return far_read8(b->segment, b->offset++);
}

/* --- the VGA's registers --------------------------------------------------------- */

static void save_hardware(struct buffer b)
{
	uint16_t crtc = BDA->crtc_port;

	put(&b, inb(PORT_SEQUENCER));
	put(&b, inb(crtc));
	put(&b, inb(PORT_GRAPHICS));
	put(&b, inb(PORT_MISC_READ));
	for (unsigned i = 1; i < SEQ_COUNT; i++)
		put(&b, seq_read(i));
	for (unsigned i = 0; i < CRTC_COUNT; i++)
		put(&b, crtc_read(i));
	for (unsigned i = 0; i < ATTR_COUNT; i++)
		put(&b, attribute_read(i));
	for (unsigned i = 0; i < GFX_COUNT; i++)
		put(&b, gfx_read(i));
}

static void restore_hardware(struct buffer b)
{
	uint8_t sequencer = get(&b), crtc_index = get(&b), graphics = get(&b), misc = get(&b);
	uint16_t crtc = misc & 1 ? PORT_CRTC_COLOUR : PORT_CRTC_MONO;

	BDA->crtc_port = crtc;
	outb(PORT_MISC, misc);
	for (unsigned i = 1; i < SEQ_COUNT; i++)
		seq_write(i, get(&b));
	/* Registers 0-7 are protected by a bit of one that comes later. */
	crtc_write(CRTC_VERTICAL_SYNC_END, 0);
	for (unsigned i = 0; i < CRTC_COUNT; i++)
		crtc_write(i, get(&b));
	attribute_reset();
	for (unsigned i = 0; i < ATTR_COUNT; i++) {
		outb(PORT_ATTRIBUTE, i);
		outb(PORT_ATTRIBUTE, get(&b));
	}
	outb(PORT_ATTRIBUTE, ATTR_VIDEO_ON);
	for (unsigned i = 0; i < GFX_COUNT; i++)
		gfx_write(i, get(&b));
	attribute_reset();
	outb(PORT_SEQUENCER, sequencer);
	outb(crtc, crtc_index);
	outb(PORT_GRAPHICS, graphics);
}

/* --- memory ------------------------------------------------------------------------ */

/* What the BIOS keeps, by linear address. */
static const struct {
	uint16_t address, size;
} ROM kept[] = {
	{0x1f * 4, 4},
	{0x43 * 4, 4},
	{BDA_BASE + 0x49, 0x66 - 0x49 + 1},
	{BDA_BASE + 0x84, 0x8a - 0x84 + 1},
	{BDA_BASE + 0xa8, 4},
};

enum { KEPT = sizeof(kept) / sizeof(kept[0]), EQUIPMENT_DISPLAY = 0x30 };

static void save_data_area(struct buffer b)
{
	put(&b, BDA->equipment & EQUIPMENT_DISPLAY);
	for (unsigned i = 0; i < KEPT; i++) {
		far_copy8(b.segment, b.offset, 0, kept[i].address, kept[i].size);
		b.offset += kept[i].size;
	}
}

static void restore_data_area(struct buffer b)
{
	uint8_t display = get(&b) & EQUIPMENT_DISPLAY;

	BDA->equipment = (BDA->equipment & ~EQUIPMENT_DISPLAY) | display;
	for (unsigned i = 0; i < KEPT; i++) {
		far_copy8(0, kept[i].address, b.segment, b.offset, kept[i].size);
		b.offset += kept[i].size;
	}
}

/* --- the DAC ----------------------------------------------------------------------- */

static void save_dac(struct buffer b)
{
	put(&b, inb(PORT_DAC_MASK));
	outb(PORT_DAC_READ, 0);
	for (unsigned i = 0; i < DAC_REGISTERS * 3; i++)
		put(&b, inb(PORT_DAC_DATA));
}

static void restore_dac(struct buffer b)
{
	outb(PORT_DAC_MASK, get(&b));
	outb(PORT_DAC_WRITE, 0);
	for (unsigned i = 0; i < DAC_REGISTERS * 3; i++)
		outb(PORT_DAC_DATA, get(&b));
}

/* --- the display interface --------------------------------------------------------- */

/* Enabling comes after the size, and before what enabling clears. */
static const uint8_t ROM dispi_order[] = {DISPI_WIDTH,  DISPI_HEIGHT, DISPI_BITS,
					  DISPI_ENABLE, DISPI_BANK,   DISPI_VIRTUAL_WIDTH,
					  DISPI_X,      DISPI_Y};

static void save_dispi(struct buffer b)
{
	for (unsigned i = 0; i < sizeof(dispi_order); i++, b.offset += 2)
		far_write16(b.segment, b.offset, dispi_read(dispi_order[i]));
}

static void restore_dispi(struct buffer b)
{
	dispi_disable();
	for (unsigned i = 0; i < sizeof(dispi_order); i++, b.offset += 2) {
		uint16_t value = far_read16(b.segment, b.offset);

		if (dispi_order[i] == DISPI_ENABLE) {
			if (!(value & DISPI_ENABLED))
				return;
			dispi_write(DISPI_ENABLE, value | DISPI_KEEP_MEMORY);
		}
		dispi_write(dispi_order[i], value);
	}
}

/* --- the calls --------------------------------------------------------------------- */

static const struct part {
	uint8_t state, blocks;
	void (*save)(struct buffer b);
	void (*restore)(struct buffer b);
} ROM parts[] = {
	{STATE_DISPI, DISPI_BLOCKS, save_dispi, restore_dispi},
	{STATE_HARDWARE, HARDWARE_BLOCKS, save_hardware, restore_hardware},
	{STATE_DATA_AREA, DATA_AREA_BLOCKS, save_data_area, restore_data_area},
	{STATE_DAC, DAC_BLOCKS, save_dac, restore_dac},
};

/* The size in blocks of what is asked for, which is saved or restored meanwhile. */
static uint16_t run(uint8_t operation, uint8_t states, struct buffer b)
{
	uint16_t blocks = 0;

	for (unsigned i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		if (!(states & parts[i].state))
			continue;
		if (operation == OPERATION_SAVE)
			parts[i].save(b);
		else if (operation == OPERATION_RESTORE)
			parts[i].restore(b);
		b.offset += parts[i].blocks * BLOCK;
		blocks += parts[i].blocks;
	}
	return blocks;
}

static bool serve(struct frame *r, uint8_t operation, uint8_t states)
{
	uint16_t blocks;

	if (operation > OPERATION_RESTORE)
		return false;
	blocks = run(operation, states, (struct buffer){r->es, r->bx});
	if (operation == OPERATION_SIZE)
		r->bx = blocks;
	return true;
}

void state_service(struct frame *r)
{
	if (r->cx & STATE_VGA && serve(r, r->al, r->cx & STATE_VGA))
		r->al = 0x1c;
}

bool state_vesa(struct frame *r)
{
	return serve(r, r->dl, r->cx & (STATE_VGA | STATE_DISPI));
}
