/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * VESA BIOS Extension over the Bochs display interface. What mode is set is read from the
 * display's registers whenever it matters; nothing is kept.
 *
 * Reference: VESA BIOS Extension (VBE) Core Functions Standard 3.0; VBE/DDC 1.1; VBE/PM 1.0.
 */
#include "vgasrc/vesa.h"

#include "vgasrc/adapter.h"
#include "vgasrc/charset.h"
#include "vgasrc/dispi.h"
#include "vgasrc/entry.h"
#include "vgasrc/graphics.h"
#include "vgasrc/highcopy.h"
#include "vgasrc/modes.h"
#include "vgasrc/palette.h"
#include "vgasrc/state.h"
#include "vgasrc/text.h"
#include "vgasrc/vesa_modes.h"

enum status {
	VESA_OK = 0x004f,
	VESA_FAILED = 0x014f,
	VESA_NOT_HERE = 0x024f,     /* on this display */
	VESA_INVALID_HERE = 0x034f, /* in the mode that is set */
};

enum {
	VERSION = 0x0300,
	SIGNATURE_VESA = 0x41534556,
	SIGNATURE_VBE2 = 0x32454256,
	CAPABILITY_DAC = 1,
	END_OF_LIST = 0xffff,

	MODE_VESA = 0x100, /* the first number that is not a VGA's */
	MODE_LINEAR = 1 << 14,
	MODE_KEEP = 1 << 15,
	MODE_NUMBER = 0x1ff,

	ROWS_16 = 16, /* a character's height in these modes */
	DOTS = 8,
	MAX_LINES = 0xffff,
	KNOWN_CLOCK = 157500000, /* Hz: of 1280x1024 at 85 Hz, for want of a real one */
};

/* --- the mode that is set ---------------------------------------------------------- */

struct screen {
	unsigned width, height; /* in dots */
	unsigned memory_width;
	unsigned bits, bytes; /* of a dot */
	unsigned pitch;       /* bytes of a line */
};

/* False if none of VESA's modes is set, or one that we do not have, with fewer bits. */
static bool get_screen(struct screen *s)
{
	if (!found.memory || !(dispi_read(DISPI_ENABLE) & DISPI_ENABLED))
		return false;
	s->width = dispi_read(DISPI_WIDTH);
	s->height = dispi_read(DISPI_HEIGHT);
	s->memory_width = dispi_read(DISPI_VIRTUAL_WIDTH);
	s->bits = dispi_read(DISPI_BITS);
	s->bytes = (s->bits + 7) / 8;
	s->pitch = vesa_mode_pitch(s->memory_width, s->bits);
	return s->bits >= 8 && s->height && s->pitch;
}

/* Lines that there is memory for. */
static uint32_t lines_of(const struct screen *s)
{
	uint32_t lines = ((uint32_t)found.memory << 16) / s->pitch;

	return lines < MAX_LINES ? lines : MAX_LINES;
}

static bool mode_fits(const struct vesa_mode ROM *mode)
{
	return vesa_mode_memory(mode) <= found.memory;
}

static uint16_t mode_number(const struct screen *s)
{
	for (unsigned i = 0; i < vesa_mode_total(); i++) {
		const struct vesa_mode ROM *mode = &vesa_modes[i];

		if (mode->width == s->width && mode->height == s->height && mode->bits == s->bits)
			return mode->number;
	}
	return 0;
}

/* --- AX=4F00h, 4F01h --------------------------------------------------------------- */

struct information {
	uint32_t signature;
	uint16_t version;
	uint32_t maker;
	uint32_t capabilities;
	uint32_t modes;
	uint16_t memory; /* in units of 64 KiB */
	/* From here on since 2.0. */
	uint16_t revision;
	uint32_t vendor, product, product_revision;
} __attribute__((packed));

_Static_assert(sizeof(struct information) == 0x22, "VbeInfoBlock");

static const char ROM maker[] = "Petrel VGA BIOS";
static const char ROM revision[] = "1";

/* The list of modes lies behind the fields, in the block's reserved part. */
static enum status information(struct frame *r)
{
	uint16_t at = r->di, list = at + sizeof(struct information);
	bool longer = far_read32(r->es, at) == SIGNATURE_VBE2;
	struct information info = {
		.signature = SIGNATURE_VESA,
		.version = VERSION,
		.maker = rom_far_pointer(maker),
		.capabilities = CAPABILITY_DAC,
		.modes = far_pointer(r->es, list),
		.memory = found.memory,
	};

	if (longer) {
		info.revision = 0x0100;
		info.vendor = rom_far_pointer(maker);
		info.product = rom_far_pointer(adapter.name);
		info.product_revision = rom_far_pointer(revision);
	}
	far_fill8(r->es, at, 0, longer ? 512 : 256);
	far_put(r->es, at, &info, sizeof(info));
	for (unsigned i = 0; i < vesa_mode_total(); i++) {
		if (!mode_fits(&vesa_modes[i]))
			continue;
		far_write16(r->es, list, vesa_modes[i].number);
		list += 2;
	}
	far_write16(r->es, list, END_OF_LIST);
	return VESA_OK;
}

struct mask {
	uint8_t size, position;
};

struct mode_information {
	uint16_t attributes;
	uint8_t window_a, window_b;
	uint16_t granularity, window_size; /* in KiB */
	uint16_t segment_a, segment_b;
	uint32_t window_function;
	uint16_t pitch;
	uint16_t width, height;
	uint8_t character_width, character_height;
	uint8_t planes, bits, banks, model, bank_size;
	uint8_t pages; /* less one */
	uint8_t reserved;
	struct mask masks[4];
	uint8_t direct_colour;
	uint32_t framebuffer;
	uint32_t reserved_2c;
	uint16_t reserved_30;
	uint16_t linear_pitch;
	uint8_t banked_pages, linear_pages;
	struct mask linear_masks[4];
	uint32_t maximum_clock;
} __attribute__((packed));

_Static_assert(sizeof(struct mode_information) == 0x42, "ModeInfoBlock");

enum {
	MODE_INFORMATION_SIZE = 256,

	/* A mode with an information block; text output; colour; graphics. */
	ATTRIBUTES = 1 << 1 | 1 << 2 | 1 << 3 | 1 << 4,
	ATTRIBUTE_SUPPORTED = 1 << 0,
	ATTRIBUTE_LINEAR = 1 << 7,
	WINDOW_READ_WRITE = 7,
	WINDOW_KIB = 64,
	MODEL_PACKED = 4,
	MODEL_DIRECT = 6,
	REST_IS_FREE = 2,
};

/* Sizes and positions of red, green, blue and the rest, by the bytes of a dot. */
static const struct mask ROM masks[][4] = {
	{{5, 10}, {5, 5}, {5, 0}, {1, 15}},
	{{5, 11}, {6, 5}, {5, 0}, {0, 0}},
	{{8, 16}, {8, 8}, {8, 0}, {0, 0}},
	{{8, 16}, {8, 8}, {8, 0}, {8, 24}},
};

static void put_masks(const struct frame *r, unsigned bits)
{
	unsigned which = bits == 15 ? 0 : bits / 8 - 1;
	static const uint8_t ROM places[] = {offsetof(struct mode_information, masks),
					     offsetof(struct mode_information, linear_masks)};

	for (unsigned i = 0; i < sizeof(places); i++)
		far_copy8(r->es, r->di + places[i], rom_segment(),
			  (uint16_t)(uintptr_t)masks[which], sizeof(masks[0]));
}

static enum status mode_information(struct frame *r)
{
	const struct vesa_mode ROM *mode = vesa_mode_find(r->cx);
	struct mode_information info = {
		.attributes = ATTRIBUTES,
		.window_a = WINDOW_READ_WRITE,
		.granularity = WINDOW_KIB,
		.window_size = WINDOW_KIB,
		.segment_a = SEGMENT_GRAPHICS,
		.character_width = 8,
		.character_height = ROWS_16,
		.planes = 1,
		.banks = 1,
		.reserved = 1,
		.maximum_clock = KNOWN_CLOCK,
	};
	uint32_t needed, pages;

	if (!mode)
		return VESA_FAILED;
	info.window_function = far_pointer(rom_segment(), (uint16_t)(uintptr_t)entry_window);
	info.width = mode->width;
	info.height = mode->height;
	info.bits = mode->bits;
	info.pitch = info.linear_pitch = vesa_mode_pitch(mode->width, mode->bits);
	info.model = MODEL_DIRECT;
	if (mode->bits == 8)
		info.model = MODEL_PACKED;
	needed = vesa_mode_memory(mode);
	if (needed <= found.memory) {
		info.attributes |= ATTRIBUTE_SUPPORTED;
		pages = found.memory / needed - 1;
		info.pages = info.banked_pages = info.linear_pages = pages < 0xff ? pages : 0xff;
	}
	if (found.framebuffer) {
		info.attributes |= ATTRIBUTE_LINEAR;
		info.framebuffer = found.framebuffer;
	}
	if (mode->bits == 15 || mode->bits == 32)
		info.direct_colour = REST_IS_FREE;
	far_fill8(r->es, r->di, 0, MODE_INFORMATION_SIZE);
	far_put(r->es, r->di, &info, sizeof(info));
	if (mode->bits > 8)
		put_masks(r, mode->bits);
	return VESA_OK;
}

/* --- AX=4F02h, 4F03h --------------------------------------------------------------- */

/* The BIOS data area for text output. */
static void write_data_area(const struct vesa_mode ROM *mode)
{
	mode_clear_cursors();
	BDA->video_mode = MODE_BEYOND;
	BDA->video_columns = mode->width / DOTS;
	BDA->video_rows = mode->height / ROWS_16 - 1;
	BDA->video_page_size = 0;
	BDA->char_height = ROWS_16;
	charset_set_graphics_font(ROWS_16);
}

static void set_vesa(const struct vesa_mode ROM *mode, uint16_t flags)
{
	uint16_t enable = DISPI_ENABLED;

	if (flags & MODE_LINEAR)
		enable |= DISPI_LINEAR;
	if (flags & MODE_KEEP)
		enable |= DISPI_KEEP_MEMORY;
	dispi_disable();
	mode_prepare_window();
	if (mode->bits == 8)
		palette_load(PALETTE_VGA);
	dispi_write(DISPI_WIDTH, mode->width);
	dispi_write(DISPI_HEIGHT, mode->height);
	dispi_write(DISPI_BITS, mode->bits);
	dispi_write(DISPI_ENABLE, enable);
	dispi_write(DISPI_BANK, 0);
	write_data_area(mode);
}

static enum status set_mode(struct frame *r)
{
	const struct vesa_mode ROM *mode;
	uint16_t number = r->bx & MODE_NUMBER;

	if (number < MODE_VESA)
		return mode_set((number & 0x7f) | (r->bx & MODE_KEEP ? MODE_KEEP_MEMORY : 0)) ?
			       VESA_OK :
			       VESA_FAILED;
	mode = vesa_mode_find(number);
	if (!mode || !mode_fits(mode))
		return VESA_FAILED;
	if (r->bx & MODE_LINEAR && !found.framebuffer)
		return VESA_FAILED;
	set_vesa(mode, r->bx);
	return VESA_OK;
}

static enum status get_mode(struct frame *r)
{
	uint16_t enable;
	struct screen s;

	r->bx = BDA->video_mode;
	if (BDA->video_control[0] & CONTROL_MEMORY_KEPT)
		r->bx |= MODE_KEEP;
	if (!get_screen(&s))
		return VESA_OK;
	enable = dispi_read(DISPI_ENABLE);
	r->bx = mode_number(&s);
	if (enable & DISPI_LINEAR)
		r->bx |= MODE_LINEAR;
	if (enable & DISPI_KEEP_MEMORY)
		r->bx |= MODE_KEEP;
	return VESA_OK;
}

/* --- AX=4F05h to 4F07h: what is seen of the memory ----------------------------------- */

static enum status window(struct frame *r)
{
	struct screen s;

	if (!get_screen(&s))
		return VESA_INVALID_HERE;
	if (r->bl != 0 || r->bh > 1)
		return VESA_FAILED;
	if (r->bh == 1)
		r->dx = dispi_read(DISPI_BANK);
	else if (r->dx < found.memory)
		dispi_write(DISPI_BANK, r->dx);
	else
		return VESA_FAILED;
	return VESA_OK;
}

void vesa_window(struct frame *r)
{
	window(r);
}

static enum status scan_line(struct frame *r)
{
	struct screen s;
	uint32_t dots, most;

	if (!get_screen(&s))
		return VESA_INVALID_HERE;
	/* As long as the screen's lines have memory. */
	most = ((uint32_t)found.memory << 16) / s.height / s.bytes;
	if (most > 0xfff8)
		most = 0xfff8;
	switch (r->bl) {
	case 0x00:
	case 0x02:
		dots = r->bl ? (r->cx + s.bytes - 1) / s.bytes : r->cx;
		dots = (dots + DOTS - 1) & ~(DOTS - 1u);
		if (dots < s.width)
			dots = s.width;
		if (dots > most)
			return VESA_NOT_HERE;
		dispi_write(DISPI_VIRTUAL_WIDTH, dots);
		get_screen(&s);
		break;
	case 0x01:
		break;
	case 0x03:
		s.memory_width = most;
		s.pitch = vesa_mode_pitch(most, s.bits);
		break;
	default:
		return VESA_FAILED;
	}
	r->bx = s.pitch;
	r->cx = s.memory_width;
	r->dx = lines_of(&s);
	return VESA_OK;
}

static enum status show_from(const struct screen *s, uint32_t x, uint32_t y)
{
	if (x + s->width > s->memory_width || y + s->height > lines_of(s))
		return VESA_FAILED;
	dispi_write(DISPI_X, x);
	dispi_write(DISPI_Y, y);
	return VESA_OK;
}

static enum status display_start(struct frame *r)
{
	enum { WHEN_RETRACING = 0x80 };
	struct screen s;

	if (!get_screen(&s))
		return VESA_INVALID_HERE;
	switch (r->bl & ~WHEN_RETRACING) {
	case 0x00:
		return show_from(&s, r->cx, r->dx);
	case 0x01:
		r->bh = 0;
		r->cx = dispi_read(DISPI_X);
		r->dx = dispi_read(DISPI_Y);
		return VESA_OK;
	case 0x02: /* by the address, and at once: there is no retrace to wait for */
		return show_from(&s, r->ecx % s.pitch / s.bytes, r->ecx / s.pitch);
	case 0x04:
		r->cx = 1; /* it has happened */
		return VESA_OK;
	}
	return VESA_FAILED;
}

/* --- AX=4F08h, 4F09h: colours -------------------------------------------------------- */

static enum status dac_width(struct frame *r)
{
	uint16_t enable;
	struct screen s;

	if (!get_screen(&s) || s.bits > 8)
		return VESA_INVALID_HERE;
	enable = dispi_read(DISPI_ENABLE);
	if (r->bl == 0x00) {
		enable &= ~DISPI_8BIT_DAC;
		if (r->bh >= 8)
			enable |= DISPI_8BIT_DAC;
		dispi_write(DISPI_ENABLE, enable);
	} else if (r->bl != 0x01) {
		return VESA_FAILED;
	}
	r->bh = enable & DISPI_8BIT_DAC ? 8 : 6;
	return VESA_OK;
}

/* Four bytes each: blue, green, red, and one that is not used. */
static enum status palette(struct frame *r)
{
	enum { WHEN_RETRACING = 0x80 };
	uint16_t at = r->di;

	if (r->dx >= DAC_REGISTERS || r->cx > DAC_REGISTERS - r->dx)
		return VESA_FAILED;
	if (r->bl > 1 && r->bl != WHEN_RETRACING)
		return VESA_NOT_HERE; /* no second palette */
	for (unsigned i = r->dx; i < r->dx + r->cx; i++, at += 4)
		if (r->bl == 1)
			far_write32(r->es, at, dac_read(i));
		else
			dac_write(i, far_read32(r->es, at));
	return VESA_OK;
}

/* --- AX=4F0Ah, 4F0Bh, 4F10h, 4F15h ---------------------------------------------------- */

static enum status protected_mode(struct frame *r)
{
	if (r->bl != 0)
		return VESA_FAILED;
	r->es = rom_segment();
	r->di = (uint16_t)(uintptr_t)entry_protected;
	r->cx = (uint16_t)(entry_protected_end - entry_protected);
	return VESA_OK;
}

/* Any clock is as good as another. */
static enum status pixel_clock(const struct frame *r)
{
	return r->bl == 0 && vesa_mode_find(r->dx & MODE_NUMBER) ? VESA_OK : VESA_FAILED;
}

static enum status power(struct frame *r)
{
	enum { SCREEN_OFF = 0x20, ON = 0, OFF = 4, STATES = 7, PM_VERSION = 0x10 };
	uint8_t clocking = seq_read(SEQ_CLOCKING);

	switch (r->bl) {
	case 0x00:
		r->bl = PM_VERSION;
		r->bh = STATES;
		return VESA_OK;
	case 0x01:
		if (r->bh > OFF)
			return VESA_FAILED;
		clocking &= ~SCREEN_OFF;
		if (r->bh != ON)
			clocking |= SCREEN_OFF;
		seq_write(SEQ_CLOCKING, clocking);
		return VESA_OK;
	case 0x02:
		r->bh = clocking & SCREEN_OFF ? OFF : ON;
		return VESA_OK;
	}
	return VESA_FAILED;
}

static enum status monitor(struct frame *r)
{
	enum { SECONDS = 1, DDC2 = 2 };

	if (!found.edid_blocks)
		return VESA_FAILED;
	if (r->bl == 0x00) {
		r->bh = SECONDS;
		r->bl = DDC2;
		return VESA_OK;
	}
	if (r->bl != 0x01 || r->dx >= found.edid_blocks)
		return VESA_FAILED;
	far_copy8(r->es, r->di, rom_segment(), (uint16_t)(uintptr_t)found.edid[r->dx], EDID_BLOCK);
	return VESA_OK;
}

static enum status save_state(struct frame *r)
{
	return state_vesa(r) ? VESA_OK : VESA_FAILED;
}

static enum status serve(struct frame *r)
{
	switch (r->al) {
	case 0x00:
		return information(r);
	case 0x01:
		return mode_information(r);
	case 0x02:
		return set_mode(r);
	case 0x03:
		return get_mode(r);
	case 0x04:
		return save_state(r);
	case 0x05:
		return window(r);
	case 0x06:
		return scan_line(r);
	case 0x07:
		return display_start(r);
	case 0x08:
		return dac_width(r);
	case 0x09:
		return palette(r);
	case 0x0a:
		return protected_mode(r);
	case 0x0b:
		return pixel_clock(r);
	case 0x10:
		return power(r);
	case 0x15:
		return monitor(r);
	}
	return 0x0100;
}

/* Without the display's interface AX stays as it is, as of a BIOS without VESA's functions. */
void vesa_service(struct frame *r)
{
	if (found.memory)
		r->ax = serve(r);
}

/* --- dots -------------------------------------------------------------------------- */

/* The screen, where the next byte is that is read or written, and the bank to go back to. */
struct place {
	struct screen screen;
	uint32_t address;
	unsigned bank, before;
};

/* Selecting a bank costs far more than asking whether it is another one. */
static void select_bank(struct place *p, unsigned bank)
{
	if (bank != p->bank)
		dispi_write(DISPI_BANK, bank);
	p->bank = bank;
}

static void seek(struct place *p, uint32_t address)
{
	p->address = address;
	select_bank(p, address >> 16);
}

/* False if the dot is not on the screen; then there is nothing to end. */
static bool begin(struct place *p, unsigned x, unsigned y)
{
	struct screen *s = &p->screen;

	if (!get_screen(s) || x >= s->memory_width || y >= lines_of(s))
		return false;
	p->before = p->bank = dispi_read(DISPI_BANK);
	seek(p, y * s->pitch + x * s->bytes);
	return true;
}

static void end(struct place *p)
{
	select_bank(p, p->before);
}

/* The next byte, which may be the next bank's first. */
static void advance(struct place *p)
{
	if (!(uint16_t)++p->address)
		seek(p, p->address);
}

static void put_dot(struct place *p, uint32_t value)
{
	for (unsigned i = 0; i < p->screen.bytes; i++, value >>= 8) {
		far_write8(SEGMENT_GRAPHICS, p->address, value);
		advance(p);
	}
}

static uint32_t get_dot(struct place *p)
{
	uint32_t value = 0;

	for (unsigned i = 0; i < p->screen.bytes; i++) {
		value |= (uint32_t)far_read8(SEGMENT_GRAPHICS, p->address) << i * 8;
		advance(p);
	}
	return value;
}

/* A dot's value for one of the 16 colours of text. */
static uint32_t value_of(unsigned bits, unsigned colour)
{
	uint32_t rgb;

	if (bits <= 8)
		return colour;
	rgb = palette_colour(PALETTE_VGA, colour & 0xf);
	if (bits == 15)
		return (rgb >> 17) << 10 | (rgb >> 9 & 0x1f) << 5 | (rgb >> 1 & 0x1f);
	if (bits == 16)
		return (rgb >> 17) << 11 | (rgb >> 8 & 0x3f) << 5 | (rgb >> 1 & 0x1f);
	return rgb << 2;
}

void vesa_write_dot(unsigned x, unsigned y, unsigned colour)
{
	struct place p;

	if (!begin(&p, x, y))
		return;
	put_dot(&p, value_of(p.screen.bits, colour));
	end(&p);
}

/* Of more than 8 bits, which of the 16 colours it is, or 0. */
unsigned vesa_read_dot(unsigned x, unsigned y)
{
	unsigned bits, colour = 0;
	struct place p;
	uint32_t value;

	if (!begin(&p, x, y))
		return 0;
	bits = p.screen.bits;
	value = get_dot(&p);
	end(&p);
	if (bits == 8)
		return value;
	while (colour < 16 && value_of(bits, colour) != value)
		colour++;
	return colour & 0xf;
}

void vesa_write_row(unsigned x, unsigned y, unsigned bits, unsigned colour)
{
	struct place p;
	uint32_t value, old = 0;
	bool over;

	if (!begin(&p, x, y))
		return;
	over = colour & GRAPHICS_XOR && p.screen.bits > 8;
	value = value_of(p.screen.bits, colour);
	for (unsigned dot = 0x80; dot; dot >>= 1) {
		if (over) {
			uint32_t at = p.address;

			old = get_dot(&p);
			seek(&p, at);
		}
		put_dot(&p, (bits & dot ? value : 0) ^ old);
	}
	end(&p);
}

unsigned vesa_read_row(unsigned x, unsigned y)
{
	unsigned bits = 0;
	struct place p;

	if (!begin(&p, x, y))
		return 0;
	for (unsigned dot = 0x80; dot; dot >>= 1)
		if (get_dot(&p))
			bits |= dot;
	end(&p);
	return bits;
}

/* --- scrolling --------------------------------------------------------------------- */

enum { CHUNK = 64 /* bytes on the stack */ };

/* As many bytes as the chunk and the bank have. */
static unsigned chunk_at(uint32_t address, unsigned most)
{
	unsigned count = 0x10000 - (uint16_t)address;

	return count < most ? count : most;
}

/* In one step where the BIOS can reach the framebuffer, else by steps through the window. */
static void copy_line(struct place *p, uint32_t to, uint32_t from, unsigned size)
{
	uint8_t chunk[CHUNK];
	uint32_t framebuffer = found.framebuffer;

	if (framebuffer && high_copy(framebuffer + to, framebuffer + from, size / 2))
		return;
	while (size) {
		unsigned count = chunk_at(to, chunk_at(from, size < CHUNK ? size : CHUNK));

		seek(p, from);
		far_get(chunk, SEGMENT_GRAPHICS, from, count);
		seek(p, to);
		far_put(SEGMENT_GRAPHICS, to, chunk, count);
		from += count;
		to += count;
		size -= count;
	}
}

void vesa_scroll(const struct vesa_scroll *s)
{
	struct place p;
	uint32_t line, value;
	unsigned moved = s->height - s->distance, blank = s->distance, step, distance;

	if (!begin(&p, s->x, s->y))
		return;
	line = p.address;
	step = p.screen.pitch;
	distance = s->distance * step;
	if (s->x + s->width > p.screen.width || s->y + s->height > p.screen.height)
		moved = blank = 0;
	if (s->down) { /* from the last line on */
		line += (s->height - 1) * step;
		step = -step;
		distance = -distance;
	}
	for (; moved; moved--, line += step)
		copy_line(&p, line, line + distance, s->width * p.screen.bytes);
	value = value_of(p.screen.bits, s->colour);
	for (; blank; blank--, line += step) {
		seek(&p, line);
		for (unsigned i = 0; i < s->width; i++)
			put_dot(&p, value);
	}
	end(&p);
}
