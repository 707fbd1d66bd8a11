/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * Fonts: in text modes a character set is loaded into one of eight blocks of plane 2, 32
 * bytes a character; in graphics modes vector 43h points to the one that characters are
 * drawn from.
 *
 * References: IBM PS/2 and PC BIOS Interface Technical Reference, INT 10h AH=11h; RBIL,
 * INT 10/AX=1100h to 1130h.
 */
#include "vgasrc/charset.h"

#include "console/font.h"
#include "lib/font.h"
#include "vgasrc/modes.h"
#include "vgasrc/text.h"

enum {
	CHARACTERS = 256,
	HALF = 128,
	CELL = 32, /* bytes of a character in plane 2 */
	VECTOR_HIGH_FONT = 0x1f,
	VECTOR_FONT = 0x43,

	DOUBLE_SCAN = 1 << 7, /* of CRTC_MAXIMUM_SCAN_LINE */
	CRTC_OVERFLOW = 7,
	CRTC_UNDERLINE = 0x14,
};

/* A font somewhere in memory, and which characters it has. */
struct charset {
	uint16_t segment, offset;
	uint8_t height;
	uint8_t first;
	uint16_t count;
};

static const uint8_t ROM *font_of_height(uint8_t height)
{
	if (height == 8)
		return rom_ptr(font_8x8);
	return height == 14 ? rom_ptr(font_8x14) : rom_ptr(font_8x16);
}

/* --- text modes ---------------------------------------------------------------- */

/* How the processor reaches the planes: registers of the sequencer and of graphics. */
struct access {
	uint8_t map_mask, memory_mode, read_map, graphics_mode, misc;
};

/* Plane 2 at A0000, one byte after the other. */
static const struct access ROM plane_2 = {1 << 2, 6, 2, 0x00, 0x04};
/* Characters and attributes by turns at B8000, or at B0000, as text modes have them. */
static const struct access ROM text_colour = {3, 2, 0, 0x10, 0x0e};
static const struct access ROM text_mono = {3, 2, 0, 0x10, 0x0a};

static void set_access(const struct access ROM *access)
{
	seq_write(SEQ_MAP_MASK, access->map_mask);
	seq_write(SEQ_MEMORY_MODE, access->memory_mode);
	gfx_write(GFX_READ_MAP, access->read_map);
	gfx_write(GFX_MODE, access->graphics_mode);
	gfx_write(GFX_MISC, access->misc);
}

static void load(const struct charset *set, uint8_t block)
{
	uint16_t to = (block & 3) << 14 | (block & 4) << 11, from = set->offset;

	set_access(&plane_2);
	for (unsigned i = 0; i < set->count && set->first + i < CHARACTERS; i++) {
		uint16_t cell = to + (set->first + i) * CELL;

		if (set->height % 4)
			far_copy8(SEGMENT_GRAPHICS, cell, set->segment, from, set->height);
		else
			far_copy32(SEGMENT_GRAPHICS, cell, set->segment, from, set->height / 4);
		from += set->height;
	}
	set_access(BDA->video_mode == MODE_MONO ? &text_mono : &text_colour);
}

static struct charset default_set(uint8_t height)
{
	return (struct charset){rom_segment(), (uint16_t)(uintptr_t)font_of_height(height), height,
				0, CHARACTERS};
}

void charset_load_default(uint8_t height)
{
	struct charset set = default_set(height);

	load(&set, 0);
}

/* Lines that the display shows, by the CRTC. */
static uint16_t scan_lines(void)
{
	uint8_t overflow = crtc_read(CRTC_OVERFLOW);
	uint16_t lines = crtc_read(CRTC_DISPLAY_END) + 1;

	lines += (overflow & 0x02) << 7;
	lines += (overflow & 0x40) << 3;
	return crtc_read(CRTC_MAXIMUM_SCAN_LINE) & DOUBLE_SCAN ? lines / 2 : lines;
}

/* AX=1110h to 1114h: as many rows as now fit, and what depends on them. */
static void set_height(uint8_t height)
{
	uint16_t lines, rows = scan_lines() / height;
	uint8_t scan = crtc_read(CRTC_MAXIMUM_SCAN_LINE);

	crtc_write(CRTC_MAXIMUM_SCAN_LINE, (scan & 0xe0) | (height - 1));
	if (BDA->video_mode == MODE_MONO)
		crtc_write(CRTC_UNDERLINE, height - 1);
	lines = rows * height;
	crtc_write(CRTC_DISPLAY_END, (scan & DOUBLE_SCAN ? lines * 2 : lines) - 1);
	BDA->video_rows = rows - 1;
	BDA->char_height = height;
	/* Pages begin at multiples of 2 KiB. */
	BDA->video_page_size = (rows * BDA->video_columns * 2 + 0x7ff) & ~0x7ff;
	text_cursor_shape(BDA->cursor_shape);
}

static void load_text(const struct charset *set, uint8_t block, bool adapt)
{
	if (!set->height || set->height > CELL || mode_layout() != LAYOUT_TEXT)
		return;
	load(set, block);
	if (adapt)
		set_height(set->height);
}

/* --- graphics modes ------------------------------------------------------------ */

void charset_set_graphics_font(uint8_t height)
{
	VECTOR(VECTOR_FONT) = rom_far_pointer(font_of_height(height));
	VECTOR(VECTOR_HIGH_FONT) = rom_far_pointer(rom_ptr(font_8x8_high));
}

/* BL: rows, by a number, or as DL says. */
static void set_graphics(const struct frame *r, uint32_t font, uint8_t height)
{
	static const uint8_t ROM rows[] = {0, 14, 25, 43};

	VECTOR(VECTOR_FONT) = font;
	BDA->char_height = height;
	BDA->video_rows = (r->bl && r->bl < sizeof(rows) ? rows[r->bl] : r->dl) - 1;
}

static void graphics_service(struct frame *r)
{
	static const uint8_t ROM heights[] = {14, 8, 16};

	if (r->al == 0x20)
		VECTOR(VECTOR_HIGH_FONT) = far_pointer(r->es, r->bp);
	else if (r->al == 0x21)
		set_graphics(r, far_pointer(r->es, r->bp), r->cx);
	else if (r->al <= 0x24)
		set_graphics(r, rom_far_pointer(font_of_height(heights[r->al - 0x22])),
			     heights[r->al - 0x22]);
}

/* AX=1130h: where a font is, and the height and rows of what is shown. */
static void tell(struct frame *r)
{
	/* Fonts 5 and 7 are what is different where cells have nine dots: nothing. */
	static const uint8_t none[] = {0};
	static const uint8_t *const ROM fonts[] = {font_8x14, font_8x8,  font_8x8_high,
						   none,      font_8x16, none};
	uint32_t font;

	if (r->bh == 0)
		font = VECTOR(VECTOR_HIGH_FONT);
	else if (r->bh == 1)
		font = VECTOR(VECTOR_FONT);
	else if (r->bh < 2 + sizeof(fonts) / sizeof(fonts[0]))
		font = rom_far_pointer(rom_ptr(fonts[r->bh - 2]));
	else
		return;
	r->bp = font;
	r->es = font >> 16;
	r->cx = BDA->char_height;
	r->dl = BDA->video_rows;
}

/* AL's low digit: the caller's font, or one of ours. */
static void text_service(const struct frame *r)
{
	static const uint8_t ROM heights[] = {0, 14, 8, 0, 16};
	struct charset set = {r->es, r->bp, r->bh, r->dx, r->cx};
	unsigned which = r->al & 0xf;

	if (which == 3)
		seq_write(SEQ_CHARACTER_MAP, r->bl);
	if (which == 3 || which >= sizeof(heights))
		return;
	if (which)
		set = default_set(heights[which]);
	load_text(&set, r->bl, r->al & 0x10);
}

void charset_service(struct frame *r)
{
	if (r->al < 0x20)
		text_service(r);
	else if (r->al < 0x25)
		graphics_service(r);
	else if (r->al == 0x30)
		tell(r);
}
