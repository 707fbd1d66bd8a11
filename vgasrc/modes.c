/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * Setting a mode: its registers, its palette, its memory, its font, and the BIOS data area
 * that goes with it.
 *
 * References: IBM PS/2 and PC BIOS Interface Technical Reference, INT 10h AH=00h; IBM PS/2
 * Hardware Interface Technical Reference, "Video Subsystem"; RBIL, MEMORY.LST.
 */
#include "vgasrc/modes.h"

#include "vgasrc/charset.h"
#include "vgasrc/dispi.h"
#include "vgasrc/palette.h"
#include "vgasrc/text.h"

enum {
	/* Places in video_parameters of modes 00-03 and 07 with 350 lines. */
	SET_350 = 0x13,
	SET_MONO_350 = 0x07,
	SET_BYTES = 0x1c, /* mode 13h */

	TEXT_WORDS = 0x4000, /* of the 32 KiB at B0000 or B8000 */
	BLANK = 0x0720,

	CRTC_PROTECT = 1 << 7, /* of SEQ_VERTICAL_SYNC_END */
	SCREEN_OFF = 1 << 5,   /* of SEQ_CLOCKING */
	SEQ_RUN = 3,           /* of SEQ_RESET */
	SEQ_HOLD = 1,
};

const struct mode ROM *mode_find(uint8_t number)
{
	for (unsigned i = 0; i < MODES; i++)
		if (mode_table[i].mode == number)
			return &mode_table[i];
	return NULL;
}

enum layout mode_layout(void)
{
	uint8_t number = BDA->video_mode;
	const struct mode ROM *mode;

	if (number <= MODE_TEXT || number == MODE_MONO) /* what most calls are for */
		return LAYOUT_TEXT;
	if (number == MODE_BEYOND)
		return LAYOUT_VESA;
	mode = mode_find(number);
	return mode ? mode->layout : LAYOUT_TEXT;
}

uint16_t mode_segment(void)
{
	uint8_t number = BDA->video_mode;

	if (number == MODE_MONO)
		return SEGMENT_MONO;
	return number < MODE_MONO ? SEGMENT_COLOUR : SEGMENT_GRAPHICS;
}

const struct video_parameters ROM *mode_parameters(const struct mode ROM *mode)
{
	uint8_t options = BDA->video_control[2], set = mode->parameters;

	if (mode->layout == LAYOUT_TEXT && !(options & OPTION_400_LINES)) {
		if (mode->mode == MODE_MONO)
			set = SET_MONO_350;
		else
			set = options & OPTION_200_LINES ? mode->mode : SET_350 + mode->mode;
	}
	return &video_parameters[set];
}

static void write_registers(const struct video_parameters ROM *p)
{
	BDA->crtc_port = p->misc & 1 ? PORT_CRTC_COLOUR : PORT_CRTC_MONO;
	attribute_reset();
	outb(PORT_ATTRIBUTE, 0); /* the screen is dark */
	seq_write(SEQ_RESET, SEQ_HOLD);
	seq_write(SEQ_CLOCKING, p->sequencer[0] | SCREEN_OFF);
	for (unsigned i = 1; i < SEQ_COUNT - 1; i++)
		seq_write(i + 1, p->sequencer[i]);
	outb(PORT_MISC, p->misc);
	seq_write(SEQ_RESET, SEQ_RUN);

	crtc_write(CRTC_VERTICAL_SYNC_END, p->crtc[CRTC_VERTICAL_SYNC_END] & ~CRTC_PROTECT);
	for (unsigned i = 0; i < CRTC_COUNT; i++)
		crtc_write(i, p->crtc[i]);
	for (unsigned i = 0; i < GFX_COUNT; i++)
		gfx_write(i, p->graphics[i]);

	attribute_reset();
	for (unsigned i = 0; i < ATTR_COUNT; i++) {
		outb(PORT_ATTRIBUTE, i);
		outb(PORT_ATTRIBUTE, i < ATTR_COUNT - 1 ? p->attribute[i] : 0);
	}
	outb(PORT_DAC_MASK, 0xff);
}

static void show(const struct video_parameters ROM *p)
{
	attribute_reset();
	outb(PORT_ATTRIBUTE, ATTR_VIDEO_ON);
	seq_write(SEQ_CLOCKING, p->sequencer[0]);
}

/* The CGA's mode register, as 0040:0065 keeps it. */
static uint8_t cga_mode(uint8_t mode)
{
	static const uint8_t ROM modes[] = {0x2c, 0x28, 0x2d, 0x29, 0x2a, 0x2e, 0x1e, 0x29};

	return mode < sizeof(modes) ? modes[mode] : 0x29;
}

void mode_clear_cursors(void)
{
	BDA->video_page_start = 0;
	for (unsigned i = 0; i < TEXT_PAGES; i++)
		BDA->cursor[i] = 0;
	BDA->video_page = 0;
}

static void write_data_area(const struct mode ROM *mode, const struct video_parameters ROM *p)
{
	BDA->video_mode = mode->mode;
	BDA->video_columns = p->columns;
	BDA->video_page_size = p->page_size;
	mode_clear_cursors();
	BDA->crt_mode = cga_mode(mode->mode);
	BDA->crt_palette = mode->mode == MODE_CGA_HIGH ? 0x3f : 0x30;
	BDA->video_rows = p->rows;
	BDA->char_height = p->height;
	BDA->cursor_shape = 0; /* in graphics modes there is none */
	if (mode->layout == LAYOUT_TEXT)
		BDA->cursor_shape = mode->mode == MODE_MONO ? 0x0b0c : 0x0607;
}

static void clear_memory(const struct mode ROM *mode)
{
	if (mode->layout == LAYOUT_TEXT)
		far_fill16(mode->segment, 0, BLANK, TEXT_WORDS);
	else if (mode->segment == SEGMENT_COLOUR)
		far_fill16(mode->segment, 0, 0, TEXT_WORDS);
	else /* all 64 KiB, in two steps because 10000h is no 16-bit count */
		for (unsigned half = 0; half < 2; half++)
			far_fill16(mode->segment, half * 0x8000, 0, 0x4000);
}

void mode_prepare_window(void)
{
	const struct video_parameters ROM *p = &video_parameters[SET_BYTES];

	BDA->crtc_port = PORT_CRTC_COLOUR;
	outb(PORT_MISC, p->misc);
	seq_write(SEQ_MAP_MASK, p->sequencer[SEQ_MAP_MASK - 1]);
	seq_write(SEQ_MEMORY_MODE, p->sequencer[SEQ_MEMORY_MODE - 1]);
	gfx_write(GFX_MODE, p->graphics[GFX_MODE]);
	gfx_write(GFX_MISC, p->graphics[GFX_MISC]);
	attribute_write(ATTR_MODE, p->attribute[ATTR_MODE]);
	seq_write(SEQ_CLOCKING, p->sequencer[SEQ_CLOCKING - 1]);
}

static void mode_apply(const struct mode ROM *mode, bool keep)
{
	const struct video_parameters ROM *p = mode_parameters(mode);

	dispi_disable();
	write_registers(p);
	if (!(BDA->video_control[2] & OPTION_NO_PALETTE))
		palette_load(mode->layout == LAYOUT_TEXT && p->height == 8 ? PALETTE_CGA :
									     mode->palette);
	write_data_area(mode, p);
	if (!keep)
		clear_memory(mode);
	if (mode->layout == LAYOUT_TEXT)
		charset_load_default(p->height);
	charset_set_graphics_font(p->height);
	show(p);
}

bool mode_set(uint8_t number)
{
	const struct mode ROM *mode = mode_find(number & ~MODE_KEEP_MEMORY);
	bool keep = number & MODE_KEEP_MEMORY;

	if (!mode)
		return false;
	BDA->video_control[0] =
		(BDA->video_control[0] & ~CONTROL_MEMORY_KEPT) | (keep ? CONTROL_MEMORY_KEPT : 0);
	mode_apply(mode, keep);
	return true;
}
