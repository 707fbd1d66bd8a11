/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * Colours: the DAC's contents after a mode is set, and INT 10h AH=0Bh and AH=10h, which
 * change them and the attribute controller's palette in front of it.
 *
 * References: IBM PS/2 and PC BIOS Interface Technical Reference, INT 10h AH=0Bh, AH=10h;
 * RBIL, INT 10/AX=1000h to 101Bh.
 */
#include "vgasrc/palette.h"

enum {
	PALETTE_REGISTERS = 16,
	ATTR_BLINK = 1 << 3, /* of ATTR_MODE */
	ATTR_PAGES = 1 << 7, /* 16 pages of 16 colours, not 4 of 64 */
	CGA_BRIGHT = 1 << 4, /* of a colour */
	CGA_OTHER = 1 << 0,  /* cyan, magenta, white, not green, red, brown */

	/* Mode 13h */
	GREYS = 16,
	CIRCLES = 9,
	STEPS = 4,
	HUES = 6 * STEPS,
};

static uint32_t rgb(unsigned red, unsigned green, unsigned blue)
{
	return red << 16 | green << 8 | blue;
}

static uint32_t grey(unsigned value)
{
	return value * 0x010101;
}

/* `value` in blue, green and red, by bits 0, 1 and 2. */
static uint32_t by_bits(unsigned bits, unsigned value)
{
	return rgb(bits & 4 ? value : 0, bits & 2 ? value : 0, bits & 1 ? value : 0);
}

static uint32_t cga_colour(unsigned number)
{
	if ((number & 0x17) == 6) /* brown, not dark yellow */
		return rgb(0x2a, 0x15, 0);
	return by_bits(number, 0x2a) + (number & CGA_BRIGHT ? grey(0x15) : 0);
}

/* Bits 0-2 are two thirds of a colour, bits 3-5 one third. */
static uint32_t ega_colour(unsigned number)
{
	return by_bits(number, 0x2a) + by_bits(number >> 3, 0x15);
}

static uint32_t mono_colour(unsigned number)
{
	static const uint8_t ROM levels[] = {0x00, 0x2a, 0x00, 0x3f};

	return grey(levels[number >> 3 & 3]);
}

/*
 * Mode 13h: the CGA's 16 colours, 16 greys, and nine circles of 24 hues: three
 * brightnesses, each in three saturations. A circle goes from blue to red, to green, and
 * back: in each third one of them rises in four steps, then the one before it falls.
 */
static uint32_t vga_colour(unsigned number)
{
	static const uint8_t ROM greys[GREYS] = {0x00, 0x05, 0x08, 0x0b, 0x0e, 0x11, 0x14, 0x18,
						 0x1c, 0x20, 0x24, 0x28, 0x2d, 0x32, 0x38, 0x3f};
	static const uint8_t ROM levels[CIRCLES][STEPS + 1] = {
		{0x00, 0x10, 0x1f, 0x2f, 0x3f}, {0x1f, 0x27, 0x2f, 0x37, 0x3f},
		{0x2d, 0x31, 0x36, 0x3a, 0x3f}, {0x00, 0x07, 0x0e, 0x15, 0x1c},
		{0x0e, 0x11, 0x15, 0x18, 0x1c}, {0x14, 0x16, 0x18, 0x1a, 0x1c},
		{0x00, 0x04, 0x08, 0x0c, 0x10}, {0x08, 0x0a, 0x0c, 0x0e, 0x10},
		{0x0b, 0x0c, 0x0d, 0x0f, 0x10},
	};
	unsigned circle, step, rising, falling, resting;

	if (number < 16)
		return cga_colour(number < 8 ? number : number - 8 + CGA_BRIGHT);
	number -= 16;
	if (number < GREYS)
		return grey(greys[number]);
	number -= GREYS;
	circle = number / HUES;
	if (circle >= CIRCLES)
		return 0;
	number %= HUES;
	step = number % (2 * STEPS);
	rising = levels[circle][step < STEPS ? step : STEPS];
	falling = levels[circle][step < STEPS ? STEPS : 2 * STEPS - step];
	resting = levels[circle][0];
	if (number < 2 * STEPS)
		return rgb(rising, resting, falling);
	if (number < 4 * STEPS)
		return rgb(falling, rising, resting);
	return rgb(resting, falling, rising);
}

uint32_t palette_colour(enum palette palette, unsigned number)
{
	if (palette == PALETTE_VGA)
		return vga_colour(number);
	if (number >= 64)
		return 0;
	if (palette == PALETTE_CGA)
		return cga_colour(number);
	return palette == PALETTE_EGA ? ega_colour(number) : mono_colour(number);
}

/* By how bright the eye finds red, green and blue: 30, 59 and 11 per cent. */
uint32_t palette_grey(uint32_t colour)
{
	return grey(
		((colour >> 16) * 77 + (colour >> 8 & 0xff) * 151 + (colour & 0xff) * 28 + 128) >>
		8);
}

static void dac_next(uint32_t colour)
{
	outb(PORT_DAC_DATA, colour >> 16);
	outb(PORT_DAC_DATA, colour >> 8);
	outb(PORT_DAC_DATA, colour);
}

void dac_write(unsigned number, uint32_t colour)
{
	outb(PORT_DAC_WRITE, number);
	dac_next(colour);
}

uint32_t dac_read(unsigned number)
{
	unsigned red, green;

	outb(PORT_DAC_READ, number);
	red = inb(PORT_DAC_DATA);
	green = inb(PORT_DAC_DATA);
	return rgb(red, green, inb(PORT_DAC_DATA));
}

/* What a program wants to be written, in grey if that is chosen. */
static uint32_t summed(uint32_t colour)
{
	return BDA->video_control[2] & OPTION_GREY ? palette_grey(colour) : colour;
}

void palette_load(enum palette palette)
{
	outb(PORT_DAC_WRITE, 0);
	for (unsigned i = 0; i < DAC_REGISTERS; i++)
		dac_next(summed(palette_colour(palette, i)));
}

/* --- the attribute controller ------------------------------------------------ */

unsigned attribute_read(unsigned index)
{
	unsigned value;

	attribute_reset();
	outb(PORT_ATTRIBUTE, index | ATTR_VIDEO_ON);
	value = inb(PORT_ATTRIBUTE_READ);
	attribute_reset();
	return value;
}

void attribute_write(unsigned index, unsigned value)
{
	attribute_reset();
	outb(PORT_ATTRIBUTE, index | ATTR_VIDEO_ON);
	outb(PORT_ATTRIBUTE, value);
}

/* Changes the bits of `mask` in a register. */
static void attribute_change(unsigned index, unsigned mask, unsigned value)
{
	attribute_write(index, (attribute_read(index) & ~mask) | value);
}

/* INT 10h AH=0Bh: what a CGA's colour register did. */
void palette_cga(const struct frame *r)
{
	bool four = mode_layout() == LAYOUT_CGA2; /* colours 0-3 */
	unsigned bright = r->bl & 8 ? CGA_BRIGHT : 0, other = r->bl & CGA_OTHER;

	if (r->bh == 0) { /* the border, and colour 0 of graphics */
		BDA->crt_palette = (BDA->crt_palette & 0xe0) | (r->bl & 0x1f);
		attribute_write(ATTR_OVERSCAN, (r->bl & 7) | bright);
		if (mode_layout() != LAYOUT_TEXT)
			attribute_write(0, (r->bl & 7) | bright);
		/* Another bit makes colours 1-3 bright. */
		for (unsigned i = 1; i < 4 && four; i++)
			attribute_change(i, CGA_BRIGHT, r->bl & CGA_BRIGHT);
	} else if (r->bh == 1) {
		BDA->crt_palette = (BDA->crt_palette & ~0x20) | other << 5;
		for (unsigned i = 1; i < 4 && four; i++)
			attribute_change(i, 0xff & ~CGA_BRIGHT, i << 1 | other);
	}
}

/* The 16 registers and the border, in a table of 17 bytes at ES:DX. */
static unsigned table_register(unsigned i)
{
	return i < PALETTE_REGISTERS ? i : ATTR_OVERSCAN;
}

static void write_all(const struct frame *r)
{
	for (unsigned i = 0; i <= PALETTE_REGISTERS; i++)
		attribute_write(table_register(i), far_read8(r->es, r->dx + i));
}

static void read_all(const struct frame *r)
{
	for (unsigned i = 0; i <= PALETTE_REGISTERS; i++)
		far_write8(r->es, r->dx + i, attribute_read(table_register(i)));
}

static void write_blink(bool blink)
{
	attribute_change(ATTR_MODE, ATTR_BLINK, blink ? ATTR_BLINK : 0);
	BDA->crt_mode = (BDA->crt_mode & ~0x20) | (blink ? 0x20 : 0);
}

/* AX=1012h, 1017h, 101Bh: CX registers from BL on, of which the first two have three bytes
 * each at ES:DX. */
static void serve_block(const struct frame *r)
{
	uint16_t at = r->dx;
	uint8_t colour[3];

	for (unsigned i = 0; i < r->cx && i < DAC_REGISTERS; i++, at += sizeof(colour)) {
		uint8_t number = r->bl + i;
		uint32_t old = dac_read(number);

		if (r->al == 0x1b) {
			dac_write(number, palette_grey(old));
		} else if (r->al == 0x12) {
			far_get(colour, r->es, at, sizeof(colour));
			dac_write(number, summed(rgb(colour[0], colour[1], colour[2])));
		} else {
			colour[0] = old >> 16;
			colour[1] = old >> 8;
			colour[2] = old;
			far_put(r->es, at, colour, sizeof(colour));
		}
	}
}

/* AX=1013h: BL=00: how many pages, in BH; BL=01: which page, in BH. */
static void select_page(const struct frame *r)
{
	if (r->bl == 0)
		attribute_change(ATTR_MODE, ATTR_PAGES, r->bh & 1 ? ATTR_PAGES : 0);
	else if (attribute_read(ATTR_MODE) & ATTR_PAGES)
		attribute_write(ATTR_COLOUR_SELECT, r->bh & 0xf);
	else
		attribute_write(ATTR_COLOUR_SELECT, (r->bh & 3) << 2);
}

static void read_page(struct frame *r)
{
	r->bl = attribute_read(ATTR_MODE) / ATTR_PAGES;
	r->bh = attribute_read(ATTR_COLOUR_SELECT) & 0xf;
	if (!r->bl)
		r->bh >>= 2;
}

static void read_one(struct frame *r)
{
	uint32_t colour = dac_read(r->bl);

	r->dh = colour >> 16;
	r->ch = colour >> 8;
	r->cl = colour;
}

void palette_service(struct frame *r)
{
	switch (r->al) {
	case 0x00:
		if (r->bl < ATTR_COUNT)
			attribute_write(r->bl, r->bh);
		break;
	case 0x01:
		attribute_write(ATTR_OVERSCAN, r->bh);
		break;
	case 0x02:
		write_all(r);
		break;
	case 0x03:
		write_blink(r->bl & 1);
		break;
	case 0x07:
		if (r->bl < ATTR_COUNT)
			r->bh = attribute_read(r->bl);
		break;
	case 0x08:
		r->bh = attribute_read(ATTR_OVERSCAN);
		break;
	case 0x09:
		read_all(r);
		break;
	case 0x10:
		dac_write(r->bl, summed(rgb(r->dh, r->ch, r->cl)));
		break;
	case 0x12:
	case 0x17:
	case 0x1b:
		serve_block(r);
		break;
	case 0x13:
		select_page(r);
		break;
	case 0x15:
		read_one(r);
		break;
	case 0x18:
		outb(PORT_DAC_MASK, r->bl);
		break;
	case 0x19:
		r->bl = inb(PORT_DAC_MASK);
		break;
	case 0x1a:
		read_page(r);
		break;
	}
}
