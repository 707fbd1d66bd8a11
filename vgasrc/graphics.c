/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * Dots and characters in graphics modes, whose memory is organised in five ways: two bits
 * or one bit a dot as on a CGA, four planes, a byte a dot, and what vesa.c has.
 *
 * References: IBM PS/2 Hardware Interface Technical Reference, "Video Subsystem"; IBM PS/2
 * and PC BIOS Interface Technical Reference, INT 10h.
 */
#include "vgasrc/graphics.h"

#include "vgasrc/modes.h"
#include "vgasrc/vesa.h"

enum {
	CHARACTERS = 256,
	HALF = 128,
	MAX_HEIGHT = 32,
	DOTS = 8, /* of a character's row */
	CGA_ODD = 0x2000,
	CGA_PITCH = 80,
	ALL_PLANES = 0x0f,
	PLANES = 4,
	FUNCTION_XOR = 0x18,
	WRITE_LATCHES = 1, /* of GFX_MODE */
	WRITE_COLOUR = 2,
	OVER = 0x1ff, /* of a glyph's rows: all bits, over what is there */
	VECTOR_HIGH_FONT = 0x1f,
	VECTOR_FONT = 0x43,
};

/* A character's rows. */
struct glyph {
	uint8_t rows[MAX_HEIGHT];
	uint8_t height;
};

static unsigned cell_height(void)
{
	unsigned height = BDA->char_height;

	return height < MAX_HEIGHT ? height : MAX_HEIGHT;
}

static void get_glyph(struct glyph *glyph, unsigned character)
{
	unsigned vector = VECTOR_FONT;
	uint32_t font;

	glyph->height = cell_height();
	if (character >= HALF && BDA->video_mode <= MODE_CGA_HIGH) {
		vector = VECTOR_HIGH_FONT;
		character -= HALF;
	}
	font = VECTOR(vector);
	far_get(glyph->rows, font >> 16, font + character * glyph->height, glyph->height);
}

/* Where a row of eight dots begins; of planes, the byte. */
static unsigned byte_offset(enum layout layout, unsigned page, unsigned eighth, unsigned y)
{
	switch (layout) {
	case LAYOUT_CGA2:
		return (y & 1) * CGA_ODD + ((y >> 1) * CGA_PITCH + eighth * 2) % CGA_ODD;
	case LAYOUT_CGA1:
		return (y & 1) * CGA_ODD + ((y >> 1) * CGA_PITCH + eighth) % CGA_ODD;
	case LAYOUT_PLANES:
		return page * BDA->video_page_size + y * BDA->video_columns + eighth;
	default:
		return (y * BDA->video_columns + eighth) * DOTS;
	}
}

/* --- planes ---------------------------------------------------------------------- */

static void planes_reset(void)
{
	seq_write(SEQ_MAP_MASK, ALL_PLANES);
	gfx_write(GFX_FUNCTION, 0);
	gfx_write(GFX_MODE, 0);
	gfx_write(GFX_BIT_MASK, 0xff);
}

/* Writes the rows of a glyph to the planes of `map`, in the way that is set. */
static void write_rows(unsigned offset, const struct glyph *glyph, unsigned mask, unsigned map)
{
	seq_write(SEQ_MAP_MASK, map);
	for (unsigned i = 0; i < glyph->height; i++, offset += BDA->video_columns) {
		if (mask == OVER) /* fill the latches */
			far_read8(SEGMENT_GRAPHICS, offset);
		far_write8(SEGMENT_GRAPHICS, offset, glyph->rows[i] & mask);
	}
}

static void planes_draw(unsigned offset, const struct glyph *glyph, unsigned colour)
{
	if (colour & GRAPHICS_XOR) {
		gfx_write(GFX_FUNCTION, FUNCTION_XOR);
		write_rows(offset, glyph, OVER, colour & ALL_PLANES);
	} else {
		write_rows(offset, glyph, 0, ~colour & ALL_PLANES);
		write_rows(offset, glyph, 0xff, colour & ALL_PLANES);
	}
	planes_reset();
}

static void planes_write_dot(unsigned offset, unsigned mask, unsigned colour)
{
	gfx_write(GFX_BIT_MASK, mask);
	gfx_write(GFX_MODE, WRITE_COLOUR);
	if (colour & GRAPHICS_XOR)
		gfx_write(GFX_FUNCTION, FUNCTION_XOR);
	far_read8(SEGMENT_GRAPHICS, offset);
	far_write8(SEGMENT_GRAPHICS, offset, colour & ALL_PLANES);
	planes_reset();
}

/* The byte of each plane. */
static void planes_read(uint16_t offset, uint8_t planes[PLANES])
{
	for (unsigned i = 0; i < PLANES; i++) {
		gfx_write(GFX_READ_MAP, i);
		planes[i] = far_read8(SEGMENT_GRAPHICS, offset);
	}
	gfx_write(GFX_READ_MAP, 0);
}

/* --- rows of eight dots in the other layouts --------------------------------------- */

/* Eight bits, each of them twice. */
static unsigned twice(unsigned bits)
{
	unsigned result = 0;

	for (unsigned i = 0; i < DOTS; i++)
		if (bits & 1 << i)
			result |= 3 << i * 2;
	return result;
}

static uint16_t swapped(uint16_t value)
{
	return value << 8 | value >> 8;
}

/* A colour in each byte whose bit is set, the highest first. */
static uint32_t four_bytes(unsigned bits, unsigned colour)
{
	uint32_t result = 0;

	for (unsigned i = 0; i < 4; i++)
		if (bits & 8 >> i)
			result |= (uint32_t)colour << i * 8;
	return result;
}

static void row_write(enum layout layout, unsigned offset, unsigned bits, unsigned colour)
{
	unsigned segment = mode_segment(), word;

	if (layout == LAYOUT_CGA1) {
		unsigned old = colour & GRAPHICS_XOR ? far_read8(segment, offset) : 0;

		far_write8(segment, offset, old ^ (colour & 1 ? bits : 0));
	} else if (layout == LAYOUT_CGA2) {
		word = swapped(twice(bits) & (colour & 3) * 0x5555);
		if (colour & GRAPHICS_XOR)
			word ^= far_read16(segment, offset);
		far_write16(segment, offset, word);
	} else {
		far_write32(segment, offset, four_bytes(bits >> 4, colour));
		far_write32(segment, offset + 4, four_bytes(bits, colour));
	}
}

/* Which of eight dots are not black. */
static unsigned row_read(enum layout layout, unsigned offset)
{
	unsigned segment = mode_segment(), word;
	unsigned bits = 0;
	uint8_t planes[PLANES];

	switch (layout) {
	case LAYOUT_PLANES:
		planes_read(offset, planes);
		return planes[0] | planes[1] | planes[2] | planes[3];
	case LAYOUT_CGA1:
		return far_read8(segment, offset);
	case LAYOUT_CGA2:
		word = swapped(far_read16(segment, offset));
		for (unsigned i = 0; i < DOTS; i++)
			if (word & 3 << i * 2)
				bits |= 1 << i;
		return bits;
	default:
		for (unsigned i = 0; i < DOTS; i++)
			if (far_read8(segment, offset + i))
				bits |= 0x80 >> i;
		return bits;
	}
}

/* --- characters ------------------------------------------------------------------ */

void graphics_draw(unsigned page, unsigned row, unsigned column, unsigned character,
		   unsigned colour)
{
	enum layout layout = mode_layout();
	struct glyph glyph;
	unsigned y;

	if (row > BDA->video_rows || column >= BDA->video_columns)
		return;
	get_glyph(&glyph, character);
	y = row * glyph.height;
	if (layout == LAYOUT_PLANES) {
		planes_draw(byte_offset(layout, page, column, y), &glyph, colour);
		return;
	}
	for (unsigned i = 0; i < glyph.height; i++, y++) {
		if (layout == LAYOUT_VESA)
			vesa_write_row(column * DOTS, y, glyph.rows[i], colour);
		else
			row_write(layout, byte_offset(layout, page, column, y), glyph.rows[i],
				  colour);
	}
}

static bool same(const struct glyph *a, const struct glyph *b)
{
	for (unsigned i = 0; i < a->height; i++)
		if (a->rows[i] != b->rows[i])
			return false;
	return true;
}

unsigned graphics_recognise(unsigned page, unsigned row, unsigned column)
{
	enum layout layout = mode_layout();
	struct glyph seen = {.height = cell_height()}, glyph;
	unsigned y = row * seen.height;
	unsigned all = 0;

	if (row > BDA->video_rows || column >= BDA->video_columns)
		return 0;
	for (unsigned i = 0; i < seen.height; i++, y++) {
		if (layout == LAYOUT_VESA)
			seen.rows[i] = vesa_read_row(column * DOTS, y);
		else
			seen.rows[i] = row_read(layout, byte_offset(layout, page, column, y));
		all |= seen.rows[i];
	}
	if (!all)
		return ' ';
	for (unsigned i = 0; i < CHARACTERS; i++) {
		get_glyph(&glyph, i);
		if (same(&seen, &glyph))
			return i;
	}
	return 0;
}

/* --- dots ------------------------------------------------------------------------ */

static bool on_screen(enum layout layout, unsigned x, unsigned y)
{
	const struct mode ROM *mode = mode_find(BDA->video_mode);
	const struct video_parameters ROM *p;

	if (layout == LAYOUT_TEXT || !mode)
		return false;
	p = mode_parameters(mode);
	return x < p->columns * DOTS && y < (p->rows + 1u) * p->height;
}

void graphics_write_dot(unsigned page, unsigned x, unsigned y, unsigned colour)
{
	enum layout layout = mode_layout();
	unsigned offset = byte_offset(layout, page, x / DOTS, y), segment = mode_segment();
	unsigned bits, shift;

	if (layout == LAYOUT_VESA) {
		vesa_write_dot(x, y, colour);
		return;
	}
	if (!on_screen(layout, x, y))
		return;
	if (layout == LAYOUT_PLANES) {
		planes_write_dot(offset, 0x80 >> x % DOTS, colour);
		return;
	}
	if (layout == LAYOUT_BYTES) {
		far_write8(segment, offset + x % DOTS, colour);
		return;
	}
	bits = layout == LAYOUT_CGA2 ? 3 : 1;
	shift = layout == LAYOUT_CGA2 ? (3 - x % 4) * 2 : 7 - x % 8;
	if (layout == LAYOUT_CGA2)
		offset += x % DOTS / 4;
	colour = (far_read8(segment, offset) & (colour & GRAPHICS_XOR ? 0xff : ~(bits << shift))) ^
		 (colour & bits) << shift;
	far_write8(segment, offset, colour);
}

unsigned graphics_read_dot(unsigned page, unsigned x, unsigned y)
{
	enum layout layout = mode_layout();
	unsigned offset = byte_offset(layout, page, x / DOTS, y), segment = mode_segment();
	unsigned colour = 0;
	uint8_t planes[PLANES];

	if (layout == LAYOUT_VESA)
		return vesa_read_dot(x, y);
	if (!on_screen(layout, x, y))
		return 0;
	switch (layout) {
	case LAYOUT_PLANES:
		planes_read(offset, planes);
		for (unsigned i = 0; i < PLANES; i++)
			if (planes[i] & 0x80 >> x % DOTS)
				colour |= 1 << i;
		return colour;
	case LAYOUT_CGA2:
		return far_read8(segment, offset + x % DOTS / 4) >> (3 - x % 4) * 2 & 3;
	case LAYOUT_CGA1:
		return far_read8(segment, offset) >> (7 - x % DOTS) & 1;
	default:
		return far_read8(segment, offset + x % DOTS);
	}
}

/* --- scrolling ------------------------------------------------------------------- */

/* Bytes of some times eight dots, in one plane; not more than a CGA's line has. */
static unsigned bytes_of(enum layout layout, unsigned eighths)
{
	if (layout == LAYOUT_BYTES)
		return eighths * DOTS;
	if (layout == LAYOUT_PLANES)
		return eighths;
	if (layout == LAYOUT_CGA2)
		eighths *= 2;
	return eighths < CGA_PITCH ? eighths : CGA_PITCH;
}

static void copy_line(enum layout layout, unsigned to, unsigned from, unsigned eighths)
{
	unsigned segment = mode_segment(), bytes = bytes_of(layout, eighths);

	if (layout == LAYOUT_BYTES)
		far_copy32(segment, to, segment, from, bytes / 4);
	else /* single bytes, as the latches of planes want it */
		far_copy8(segment, to, segment, from, bytes);
}

static void fill_line(enum layout layout, unsigned offset, unsigned eighths, unsigned colour)
{
	if (layout == LAYOUT_PLANES) {
		seq_write(SEQ_MAP_MASK, ~colour & ALL_PLANES);
		far_fill8(SEGMENT_GRAPHICS, offset, 0, eighths);
		seq_write(SEQ_MAP_MASK, colour & ALL_PLANES);
		colour = 0xff;
	} else if (layout == LAYOUT_CGA2) {
		colour = (colour & 3) * 0x55;
	} else if (layout == LAYOUT_CGA1) {
		colour = colour & 1 ? 0xff : 0;
	}
	far_fill8(mode_segment(), offset, colour, bytes_of(layout, eighths));
}

/* By lines of dots, from the edge that the contents move to. */
void graphics_scroll(const struct scroll *s)
{
	enum layout layout = mode_layout();
	unsigned height = cell_height(), left = s->window.left;
	unsigned y = s->window.top * height, width = s->window.right - left + 1;
	unsigned distance = s->lines * height, step = 1, blank = distance;
	unsigned moved = (s->window.bottom - s->window.top + 1) * height - distance;

	if (layout == LAYOUT_VESA) {
		struct vesa_scroll v = {left * DOTS,  y,      width * DOTS, moved + blank, distance,
					s->attribute, s->down};

		vesa_scroll(&v);
		return;
	}
	if (s->down) {
		y += moved + blank - 1;
		step = -step;
		distance = -distance;
	}
	if (layout == LAYOUT_PLANES)
		gfx_write(GFX_MODE, WRITE_LATCHES);
	for (; moved; moved--, y += step)
		copy_line(layout, byte_offset(layout, s->page, left, y),
			  byte_offset(layout, s->page, left, y + distance), width);
	if (layout == LAYOUT_PLANES)
		planes_reset();
	for (; blank; blank--, y += step)
		fill_line(layout, byte_offset(layout, s->page, left, y), width, s->attribute);
	if (layout == LAYOUT_PLANES)
		planes_reset();
}
