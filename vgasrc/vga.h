/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * The registers of a VGA, by the names of IBM's PS/2 Hardware Interface Technical
 * Reference, "Video Subsystem", and what reads and writes them.
 */
#ifndef VGASRC_VGA_H
#define VGASRC_VGA_H

#include <stdbool.h>
#include <stdint.h>

#include "bda.h"
#include "hw/io.h"
#include "vgasrc/segment.h"

/* The BIOS data area; bda() of bda.h is for 32-bit code. */
#define BDA ((struct bda LOW *)BDA_BASE)

/* A vector of the table at address 0. */
#define VECTOR(number) (*(uint32_t LOW *)((number)*4u))

enum {
	PORT_ATTRIBUTE = 0x3c0, /* index and data by turns */
	PORT_ATTRIBUTE_READ = 0x3c1,
	PORT_MISC = 0x3c2,
	PORT_SEQUENCER = 0x3c4,
	PORT_DAC_MASK = 0x3c6,
	PORT_DAC_READ = 0x3c7, /* the number of the register that is to be read */
	PORT_DAC_WRITE = 0x3c8,
	PORT_DAC_DATA = 0x3c9,
	PORT_MISC_READ = 0x3cc,
	PORT_GRAPHICS = 0x3ce,
	PORT_CRTC_MONO = 0x3b4,
	PORT_CRTC_COLOUR = 0x3d4,
	CRTC_STATUS = 6, /* from the CRTC's port: input status 1 */

	SEQ_RESET = 0,
	SEQ_CLOCKING = 1, /* bit 5: screen off */
	SEQ_MAP_MASK = 2,
	SEQ_CHARACTER_MAP = 3,
	SEQ_MEMORY_MODE = 4,
	CRTC_MAXIMUM_SCAN_LINE = 0x09,
	CRTC_CURSOR_START = 0x0a,
	CRTC_CURSOR_END = 0x0b,
	CRTC_START_HIGH = 0x0c,
	CRTC_CURSOR_HIGH = 0x0e,
	CRTC_VERTICAL_SYNC_END = 0x11, /* bit 7: registers 0-7 are write protected */
	CRTC_DISPLAY_END = 0x12,
	GFX_SET_RESET = 0,
	GFX_ENABLE_SET_RESET = 1,
	GFX_FUNCTION = 3, /* 18h: XOR with the latches */
	GFX_READ_MAP = 4,
	GFX_MODE = 5,
	GFX_MISC = 6,
	GFX_BIT_MASK = 8,
	ATTR_MODE = 0x10,
	ATTR_OVERSCAN = 0x11,
	ATTR_COLOUR_SELECT = 0x14,
	ATTR_VIDEO_ON = 0x20, /* in the index: the palette belongs to the display */

	SEQ_COUNT = 5,
	CRTC_COUNT = 25,
	ATTR_COUNT = 21,
	GFX_COUNT = 9,

	SEGMENT_GRAPHICS = 0xa000,
	SEGMENT_MONO = 0xb000,
	SEGMENT_COLOUR = 0xb800,
};

/* Registers by their index, and the value's low byte; of the CRTC that 0040:0063 names. */
void seq_write(unsigned index, unsigned value);
unsigned seq_read(unsigned index);
void gfx_write(unsigned index, unsigned value);
unsigned gfx_read(unsigned index);
void crtc_write(unsigned index, unsigned value);
unsigned crtc_read(unsigned index);

/* The attribute controller expects an index next. */
void attribute_reset(void);

#endif
