// SPDX-License-Identifier: LGPL-3.0-or-later
/*
 * The VGA BIOS's tables: registers of modes that fit together, modes beyond a VGA's, the
 * palettes, fonts.
 *
 * Reference: IBM PS/2 Hardware Interface Technical Reference, "Video Subsystem".
 */
#include <stdlib.h>
#include <string.h>

#include "console/font.h"
#include "lib/font.h"
#include "unit.h"
#include "vgasrc/modes.h"
#include "vgasrc/palette.h"
#include "vgasrc/vesa_modes.h"

/* What reaches the display or other memory: not from here. */
void attribute_reset(void)
{
	abort();
}

enum layout mode_layout(void)
{
	abort();
}

uint8_t far_read8(uint16_t segment, uint16_t offset)
{
	(void)segment, (void)offset;
	abort();
}

void far_write8(uint16_t segment, uint16_t offset, uint8_t value)
{
	(void)segment, (void)offset, (void)value;
	abort();
}

void far_get(void *to, uint16_t segment, uint16_t offset, uint16_t count)
{
	(void)to, (void)segment, (void)offset, (void)count;
	abort();
}

void far_put(uint16_t segment, uint16_t offset, const void *from, uint16_t count)
{
	(void)segment, (void)offset, (void)from, (void)count;
	abort();
}

/* --- modes 00-13h ------------------------------------------------------------------ */

/* Lines from 0 to the last that is shown, by the CRTC. */
static unsigned lines(const struct video_parameters *p)
{
	unsigned overflow = p->crtc[7];

	return (p->crtc[0x12] | (overflow & 2) << 7 | (overflow & 0x40) << 3) + 1;
}

static void parameters_fit(const struct video_parameters *p)
{
	unsigned repeat = (p->crtc[9] & 0x1f) + 1, doubled = p->crtc[9] & 0x80 ? 2 : 1;
	unsigned dots = p->sequencer[0] & 8 ? 2 : 1; /* the clock is halved */
	bool text = !(p->graphics[6] & 1);

	ok(p->crtc[1] + 1 == p->columns * (p->graphics[5] & 0x40 ? 2 : 1));
	ok(p->crtc[0x13] * 2 == p->columns * (p->graphics[5] & 0x40 ? 2 : 1));
	ok(dots * p->columns == 80 || p->graphics[5] & 0x40);
	/* Of text a row is a character; of graphics a line, or two that are one. */
	if (text)
		ok(lines(p) == (p->rows + 1u) * p->height * doubled && repeat == p->height);
	else
		ok(lines(p) == (p->rows + 1u) * p->height * repeat * doubled ||
		   (p->crtc[0x17] & 1) == 0);
	ok(p->crtc[0x0a] <= p->crtc[0x0b]);
	/* Sync comes after the picture and before the end of the line. */
	ok(p->crtc[4] > p->crtc[1] && p->crtc[4] < p->crtc[0] + 5);
	ok(text == !(p->attribute[0x10] & 1));
	ok(p->sequencer[1] == (text ? 3 : p->sequencer[1]));
}

static void test_modes(void)
{
	unsigned seen = 0;

	for (unsigned i = 0; i < MODES; i++) {
		const struct mode *m = &mode_table[i];
		const struct video_parameters *p = &video_parameters[m->parameters];

		ok(m->mode <= 0x13 && !(seen & 1u << m->mode));
		seen |= 1u << m->mode;
		ok(m->parameters < PARAMETER_SETS);
		parameters_fit(p);
		ok((p->misc & 1) == (m->mode != MODE_MONO && m->mode != 0x0f));
		ok(m->pages * p->page_size <= 0x10000);
		ok(m->segment == (m->layout == LAYOUT_TEXT || m->mode < 7 ?
					  (m->mode == MODE_MONO ? SEGMENT_MONO : SEGMENT_COLOUR) :
					  SEGMENT_GRAPHICS));
	}
	ok(seen == 0xfe0ff);
	/* The sets for 200 and 350 lines of text */
	for (unsigned i = 0; i < 4; i++) {
		ok(video_parameters[i].height == 8 && video_parameters[0x13 + i].height == 14);
		parameters_fit(&video_parameters[i]);
		parameters_fit(&video_parameters[0x13 + i]);
	}
	ok(video_parameters[7].height == 14);
}

/* --- modes beyond ------------------------------------------------------------------ */

static void test_vesa_modes(void)
{
	unsigned total = vesa_mode_total();

	ok(total > 60 && total <= VESA_MODES_MAX);
	for (unsigned i = 0; i < total; i++) {
		const struct vesa_mode *m = &vesa_modes[i];

		ok(m->number >= 0x100 && m->number < 0x200);
		ok(m->width % 8 == 0 && m->height % 2 == 0);
		ok(m->bits == 8 || m->bits == 15 || m->bits == 16 || m->bits == 24 ||
		   m->bits == 32);
		ok(vesa_mode_find(m->number) == m);
		for (unsigned j = 0; j < i; j++)
			ok(vesa_modes[j].width != m->width || vesa_modes[j].height != m->height ||
			   vesa_modes[j].bits != m->bits);
	}
	/* VBE 3.0, 3.1 "VBE Mode Numbers" */
	ok(vesa_mode_find(0x101)->width == 640 && vesa_mode_find(0x101)->bits == 8);
	ok(vesa_mode_find(0x117)->width == 1024 && vesa_mode_find(0x117)->bits == 16);
	ok(vesa_mode_find(0x11b)->width == 1280 && vesa_mode_find(0x11b)->bits == 24);
	ok(!vesa_mode_find(0x0ff) && !vesa_mode_find(0x1ff));
	ok(vesa_mode_pitch(800, 15) == 1600 && vesa_mode_pitch(800, 24) == 2400);
	ok(vesa_mode_memory(vesa_mode_find(0x101)) == 5);
	ok(vesa_mode_memory(vesa_mode_find(0x19b)) == 507);
}

/* --- colours ----------------------------------------------------------------------- */

static void test_palettes(void)
{
	ok(palette_colour(PALETTE_CGA, 6) == 0x2a1500 &&
	   palette_colour(PALETTE_CGA, 0x16) == 0x3f3f15);
	ok(palette_colour(PALETTE_CGA, 0x0e) == 0x2a1500 &&
	   palette_colour(PALETTE_CGA, 0x27) == 0x2a2a2a);
	ok(palette_colour(PALETTE_EGA, 0x14) == 0x2a1500 &&
	   palette_colour(PALETTE_EGA, 0x38) == 0x151515);
	ok(palette_colour(PALETTE_EGA, 0x3f) == 0x3f3f3f && palette_colour(PALETTE_EGA, 64) == 0);
	ok(palette_colour(PALETTE_MONO, 8) == 0x2a2a2a &&
	   palette_colour(PALETTE_MONO, 0x18) == 0x3f3f3f);
	ok(palette_colour(PALETTE_MONO, 0x10) == 0);
	ok(palette_colour(PALETTE_VGA, 8) == 0x151515 &&
	   palette_colour(PALETTE_VGA, 31) == 0x3f3f3f);
	ok(palette_colour(PALETTE_VGA, 32) == 0x00003f &&
	   palette_colour(PALETTE_VGA, 33) == 0x10003f);
	ok(palette_colour(PALETTE_VGA, 37) == 0x3f002f &&
	   palette_colour(PALETTE_VGA, 44) == 0x3f3f00);
	ok(palette_colour(PALETTE_VGA, 52) == 0x003f3f &&
	   palette_colour(PALETTE_VGA, 247) == 0x0b0c10);
	for (unsigned i = 248; i < 256; i++)
		ok(palette_colour(PALETTE_VGA, i) == 0);
	ok(palette_grey(0x3f3f3f) == 0x3f3f3f && palette_grey(0) == 0);
}

/* --- fonts ------------------------------------------------------------------------- */

static bool blank(const uint8_t *glyph, unsigned height)
{
	for (unsigned i = 0; i < height; i++)
		if (glyph[i])
			return false;
	return true;
}

static void test_fonts(void)
{
	for (unsigned c = 0; c < 256; c++) {
		bool empty = c == 0 || c == 0x20 || c == 0xff;
		const uint8_t *small = c < 128 ? &font_8x8[c * 8] : &font_8x8_high[(c - 128) * 8];

		ok(blank(&font_8x16[c * 16], 16) == empty);
		ok(blank(&font_8x14[c * 14], 14) == empty);
		ok(blank(small, 8) == empty);
	}
	/* Lines of boxes go from edge to edge, blocks fill their half. */
	for (unsigned i = 0; i < 16; i++)
		ok(font_8x16[0xb3 * 16 + i] == font_8x16[0xb3 * 16] &&
		   font_8x16[0xdb * 16 + i] == 0xff);
	ok(font_8x16[0xdf * 16] == 0xff && font_8x16[0xdf * 16 + 15] == 0);
	ok(!memcmp(&font_8x16['A' * 16], &font_8x14['A' * 14], 14));
}

int main(void)
{
	test_modes();
	test_vesa_modes();
	test_palettes();
	test_fonts();
	return done();
}
