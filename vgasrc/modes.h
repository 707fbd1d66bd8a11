/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * The modes 00-13h of a VGA, and how one is set.
 */
#ifndef VGASRC_MODES_H
#define VGASRC_MODES_H

#include <stdbool.h>
#include <stdint.h>

#include "vgasrc/segment.h"
#include "vgasrc/vga.h"

/* How a mode's memory is organised. */
enum layout {
	LAYOUT_TEXT,   /* a byte for the character, one for the attribute */
	LAYOUT_CGA2,   /* two bits a dot, even lines at 0, odd ones at 2000h */
	LAYOUT_CGA1,   /* one bit a dot, the same */
	LAYOUT_PLANES, /* a bit a dot in each of four planes */
	LAYOUT_BYTES,  /* a byte a dot */
	LAYOUT_VESA,   /* a mode of vesa.c: dots of 8 to 32 bits behind a window */
};

/* The 64 bytes of the video parameter table. */
struct video_parameters {
	uint8_t columns, rows, height; /* rows less one; dots of a character */
	uint16_t page_size;
	uint8_t sequencer[SEQ_COUNT - 1]; /* from register 1 on */
	uint8_t misc;
	uint8_t crtc[CRTC_COUNT];
	uint8_t attribute[ATTR_COUNT - 1]; /* all but the last, which is 0 */
	uint8_t graphics[GFX_COUNT];
} __attribute__((packed));

_Static_assert(sizeof(struct video_parameters) == 64, "video parameter table");

enum palette { PALETTE_CGA, PALETTE_EGA, PALETTE_MONO, PALETTE_VGA };

struct mode {
	uint8_t mode;
	uint8_t layout;
	uint8_t palette;
	uint8_t parameters; /* the set in video_parameters; of text, that for 400 lines */
	uint8_t colours;    /* less one */
	uint8_t pages;
	uint16_t segment;
};

enum {
	MODE_TEXT = 0x03,
	MODE_CGA_HIGH = 0x06,
	MODE_MONO = 0x07,
	MODE_VGA_BYTES = 0x13,
	MODE_KEEP_MEMORY = 0x80,
	MODE_BEYOND = 0xff, /* what 0040:0049 says of VESA's modes */

	MODES = 15,
	PARAMETER_SETS = 29,

	/* BDA 40:87 */
	CONTROL_CURSOR_AS_IS = 1 << 0, /* no emulation of the CGA's cursor shapes */
	CONTROL_MEMORY_KEPT = 1 << 7,
	/* BDA 40:89 */
	OPTION_VGA = 1 << 0,
	OPTION_GREY = 1 << 1,
	OPTION_MONO = 1 << 2,
	OPTION_NO_PALETTE = 1 << 3,
	OPTION_400_LINES = 1 << 4,
	OPTION_SWITCHES = 1 << 6, /* between displays */
	OPTION_200_LINES = 1 << 7,
};

extern const struct mode ROM mode_table[MODES];
extern const struct video_parameters ROM video_parameters[PARAMETER_SETS];

/* The mode of this number; NULL if there is none. */
const struct mode ROM *mode_find(uint8_t number);

/* The layout of what is shown, by 0040:0049, and the mode's segment. */
enum layout mode_layout(void);
uint16_t mode_segment(void);

/* Which set of registers a mode has for the number of lines that is chosen. */
const struct video_parameters ROM *mode_parameters(const struct mode ROM *mode);

/* Sets a mode of 00-13h; MODE_KEEP_MEMORY leaves its memory as it is. False if there is no
 * such mode. */
bool mode_set(uint8_t number);

/* For a mode of VESA's, what the VGA itself needs to give the processor the window at A0000,
 * and to show something: no planes, a picture, the CRTC at the ports for colour. */
void mode_prepare_window(void);

/* Page 0, with all cursors at home. */
void mode_clear_cursors(void);

#endif
