/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * VESA BIOS Extension for a framebuffer: modes that a program draws in by itself, in linear
 * memory. There is no window onto it (banks), no memory beyond what is shown, and no
 * interface for protected mode.
 *
 * Numbers of modes are VESA's up to 11Bh, and those beyond what they are to users of
 * QEMU's adapters, as in vgasrc/vesa_modes.c. Which modes there are the device decides.
 * Where it has no pixels of 15, 16 or 24 bits, numbers of such modes are not listed but can
 * be set, with 32 bits: Linux's vga=791 works everywhere.
 *
 * The text screen goes on behind a program's mode: INT 10h types to it, and terminals show
 * that. The framebuffer shows it again when a text mode is set.
 *
 * Reference: VESA BIOS Extension (VBE) Core Functions Standard 3.0; VBE/DDC 1.1.
 */
#include "bios/vbe.h"

#include <stddef.h>
#include <string.h>

#include "bda.h"
#include "bios/regs.h"
#include "console/framebuffer.h"
#include "console/screen.h"
#include "lib/section.h"
#include "lib/util.h"

enum status {
	VBE_OK = 0x004f,
	VBE_FAILED = 0x014f,
	VBE_NOT_HERE = 0x024f,     /* on this display */
	VBE_INVALID_HERE = 0x034f, /* in the mode that is set */
	VBE_NO_FUNCTION = 0x0100,
};

enum {
	VERSION = 0x0300,
	REVISION = 0x0100, /* of this implementation */
	SIGNATURE_VESA = 0x41534556,
	SIGNATURE_VBE2 = 0x32454256,
	INFORMATION_SIZE = 256, /* 512 for who says VBE2 */
	INFORMATION_SIZE_2 = 512,
	CAPABILITY_DAC = 1 << 0,     /* 8 bits for a colour are possible */
	CAPABILITY_NOT_VGA = 1 << 1, /* no registers of one */
	END_OF_LIST = 0xffff,
	MEMORY_UNIT = 64 << 10,

	MODE_NUMBER = 0x1ff,
	MODE_RESERVED = 0x3600,
	MODE_LINEAR = 1 << 14,
	MODE_KEEP = 1 << 15,
	FIRST_MODE = 0x100,
	PREFERRED = 0x1f0, /* the user's own size */

	EDID_SIZE = 128,
	EDID_TIMING = 54, /* of the preferred size */
	COLOURS = 256,
	RETRACE = 0x80, /* in BL: when the display is not being drawn, which is always */
	STATE_UNIT = 64,
};

struct vbe_mode {
	uint16_t number, width, height;
	uint8_t bits;
};

/* clang-format off */
static const struct vbe_mode modes[] = {
	{0x100, 640, 400, 8}, {0x101, 640, 480, 8}, {0x103, 800, 600, 8},
	{0x105, 1024, 768, 8}, {0x107, 1280, 1024, 8},
	{0x110, 640, 480, 15}, {0x111, 640, 480, 16}, {0x112, 640, 480, 24},
	{0x113, 800, 600, 15}, {0x114, 800, 600, 16}, {0x115, 800, 600, 24},
	{0x116, 1024, 768, 15}, {0x117, 1024, 768, 16}, {0x118, 1024, 768, 24},
	{0x119, 1280, 1024, 15}, {0x11a, 1280, 1024, 16}, {0x11b, 1280, 1024, 24},
	{0x141, 640, 400, 32}, {0x142, 640, 480, 32}, {0x143, 800, 600, 32},
	{0x144, 1024, 768, 32}, {0x145, 1280, 1024, 32}, {0x147, 1600, 1200, 32},
	{0x14c, 1152, 864, 32}, {0x177, 1280, 768, 32}, {0x17a, 1280, 800, 32},
	{0x17d, 1280, 960, 32}, {0x180, 1440, 900, 32}, {0x183, 1400, 1050, 32},
	{0x186, 1680, 1050, 32}, {0x189, 1920, 1200, 32}, {0x18c, 2560, 1600, 32},
	{0x18d, 1280, 720, 16}, {0x18f, 1280, 720, 32}, {0x190, 1920, 1080, 16},
	{0x192, 1920, 1080, 32}, {0x195, 1600, 900, 32}, {0x198, 2560, 1440, 32},
	{0x19b, 3840, 2160, 32},
};
/* clang-format on */

/* The list lies in the caller's block, with that of the user's size and the end. */
_Static_assert(ARRAY_SIZE(modes) + 2 <= (INFORMATION_SIZE - 0x22) / 2, "VbeInfoBlock");

static uint16_t current;    /* the number that was set, with its flags; 0: text */
static uint16_t first_line; /* that is shown, of the memory's */
static uint8_t dac_bits;    /* for each colour: 6, or 8 */
/* Red, green and blue of each, 8 bits; set with a mode that has them. */
static uint8_t colours[COLOURS][3] NOINIT;

/* --- modes ----------------------------------------------------------------------- */

/* The size that the user has asked for, or that the device says it likes best; false if
 * there is none, or one of the table's. */
static bool preferred_mode(const struct framebuffer *f, struct vbe_mode *mode)
{
	const uint8_t *timing = f->edid ? f->edid + EDID_TIMING : NULL;

	*mode = (struct vbe_mode){PREFERRED, f->preferred_width, f->preferred_height, 32};
	if (!mode->width && timing) {
		mode->width = timing[2] | (timing[4] & 0xf0) << 4;
		mode->height = timing[5] | (timing[7] & 0xf0) << 4;
	}
	for (unsigned i = 0; i < ARRAY_SIZE(modes); i++)
		if (modes[i].width == mode->width && modes[i].height == mode->height &&
		    modes[i].bits == mode->bits)
			return false;
	return mode->width && mode->height;
}

/* What the device makes of a mode; false if it cannot show it. */
static bool device_mode(const struct framebuffer *f, const struct vbe_mode *mode,
			struct framebuffer_mode *to)
{
	*to = (struct framebuffer_mode){mode->width, mode->height, mode->bits, 0};
	if (mode->bits == 8 && !f->ops->set_palette)
		return false;
	return f->ops->fits(f, to);
}

/* The same size with 32 bits, for users who know VESA's numbers. */
static bool deeper_mode(const struct framebuffer *f, struct vbe_mode mode,
			struct framebuffer_mode *to)
{
	if (mode.bits == 8)
		return false;
	mode.bits = 32;
	return device_mode(f, &mode, to);
}

/* False if there is no mode of this number, or none that the device can show. */
static bool find_mode(const struct framebuffer *f, uint16_t number, struct framebuffer_mode *to)
{
	struct vbe_mode mode;

	if (number == PREFERRED)
		return preferred_mode(f, &mode) && device_mode(f, &mode, to);
	for (unsigned i = 0; i < ARRAY_SIZE(modes); i++)
		if (modes[i].number == number)
			return device_mode(f, &modes[i], to) || deeper_mode(f, modes[i], to);
	return false;
}

static unsigned pixel_bytes(const struct framebuffer_mode *mode)
{
	return (mode->bits + 7) / 8;
}

/* --- 00h, 01h: what there is ------------------------------------------------------- */

static const char maker[] IN_FSEG = "Petrel";
static const char product[] IN_FSEG = "Framebuffer";
static const char revision[] IN_FSEG = "1.0";

struct information {
	uint32_t signature;
	uint16_t version;
	uint32_t maker, capabilities, modes;
	uint16_t memory;
	/* From here on since 2.0. */
	uint16_t revision;
	uint32_t vendor, product, product_revision;
} __attribute__((packed));

_Static_assert(sizeof(struct information) == 0x22, "VbeInfoBlock");

static void write_list(const struct framebuffer *f, uint16_t *list)
{
	struct framebuffer_mode ignored;
	struct vbe_mode own;

	for (unsigned i = 0; i < ARRAY_SIZE(modes); i++)
		if (device_mode(f, &modes[i], &ignored))
			*list++ = modes[i].number;
	if (preferred_mode(f, &own) && device_mode(f, &own, &ignored))
		*list++ = PREFERRED;
	*list = END_OF_LIST;
}

static enum status information(const struct framebuffer *f, struct regs *regs)
{
	struct information *info = seg_ptr(regs->es, regs->di);
	bool longer = info->signature == SIGNATURE_VBE2;
	unsigned size = longer ? INFORMATION_SIZE_2 : INFORMATION_SIZE;

	info = callers_ptr(regs->es, regs->di, size);
	if (!info)
		return VBE_FAILED;
	memset(info, 0, size);
	*info = (struct information){
		.signature = SIGNATURE_VESA,
		.version = VERSION,
		.maker = fseg_pointer(maker),
		.capabilities = CAPABILITY_NOT_VGA | (f->ops->set_palette ? CAPABILITY_DAC : 0),
		.modes = regs->es << 16 | (uint16_t)(regs->di + sizeof(*info)),
		.memory = f->size / MEMORY_UNIT,
	};
	if (longer) {
		info->revision = REVISION;
		info->vendor = fseg_pointer(maker);
		info->product = fseg_pointer(product);
		info->product_revision = fseg_pointer(revision);
	}
	write_list(f, (uint16_t *)(info + 1));
	return VBE_OK;
}

/* How many bits of a pixel are a colour's, and the lowest of them. */
struct mask {
	uint8_t size, position;
};

struct mode_information {
	uint16_t attributes;
	uint8_t windows[2];
	uint16_t granularity, window_size, segments[2];
	uint32_t window_function;
	uint16_t pitch;
	/* From here on since 1.2. */
	uint16_t width, height;
	uint8_t character_width, character_height;
	uint8_t planes, bits, banks, model, bank_size;
	uint8_t pages; /* less one */
	uint8_t reserved;
	struct mask masks[4]; /* red, green, blue, the rest */
	uint8_t direct_colour;
	/* From here on since 2.0. */
	uint32_t framebuffer;
	uint8_t reserved_2c[6];
	/* From here on since 3.0. */
	uint16_t linear_pitch;
	uint8_t banked_pages, linear_pages;
	struct mask linear_masks[4];
	uint32_t maximum_clock;
	uint8_t reserved_42[190];
} __attribute__((packed));

_Static_assert(offsetof(struct mode_information, framebuffer) == 0x28, "ModeInfoBlock");
_Static_assert(sizeof(struct mode_information) == 256, "ModeInfoBlock");

enum {
	/* Supported; with all fields; colour; graphics; no VGA's; no window; linear. No text:
	 * bit 2. */
	ATTRIBUTES = 1 << 0 | 1 << 1 | 1 << 3 | 1 << 4 | 1 << 5 | 1 << 6 | 1 << 7,
	MODEL_PACKED = 4,
	MODEL_DIRECT = 6,
	REST_IS_FREE = 1 << 1,
	ANY_CLOCK = 400000000, /* Hz: there is none */
};

static void set_masks(struct mask *masks, unsigned bits)
{
	static const struct mask all[][4] = {
		{{5, 10}, {5, 5}, {5, 0}, {1, 15}},
		{{5, 11}, {6, 5}, {5, 0}, {0, 0}},
		{{8, 16}, {8, 8}, {8, 0}, {0, 0}},
		{{8, 16}, {8, 8}, {8, 0}, {8, 24}},
	};

	if (bits > 8)
		memcpy(masks, all[bits == 15 ? 0 : bits / 8 - 1], sizeof(all[0]));
}

static enum status mode_information(const struct framebuffer *f, struct regs *regs)
{
	struct mode_information *info = callers_ptr(regs->es, regs->di, sizeof(*info));
	struct framebuffer_mode mode;
	uint8_t pages;

	if (!info || !find_mode(f, regs->cx & MODE_NUMBER, &mode))
		return VBE_FAILED;
	pages = min_u32(f->size / (mode.pitch * mode.height), UINT8_MAX + 1) - 1;
	*info = (struct mode_information){
		.attributes = ATTRIBUTES,
		.pitch = mode.pitch,
		.width = mode.width,
		.height = mode.height,
		.character_width = 8,
		.character_height = 16,
		.planes = 1,
		.bits = mode.bits,
		.banks = 1,
		.model = mode.bits == 8 ? MODEL_PACKED : MODEL_DIRECT,
		.pages = pages,
		.linear_pages = pages,
		.reserved = 1,
		.direct_colour = mode.bits == 15 || mode.bits == 32 ? REST_IS_FREE : 0,
		.framebuffer = f->address,
		.linear_pitch = mode.pitch,
		.maximum_clock = ANY_CLOCK,
	};
	set_masks(info->masks, mode.bits);
	set_masks(info->linear_masks, mode.bits);
	return VBE_OK;
}

/* --- 02h, 03h: the mode ------------------------------------------------------------ */

/* The colours of text, and a cube of six steps for each of red, green and blue. */
static void default_colours(void)
{
	for (unsigned i = 0; i < COLOURS; i++) {
		unsigned light = i & 8 ? 0x55 : 0, n = i - 16;

		for (unsigned c = 0; c < 3; c++) {
			unsigned bit = i >> (2 - c) & 1, step = c == 0 ? n / 36 :
								c == 1 ? n / 6 :
									 n;

			colours[i][c] = i < 16 ? bit * 0xaa + light : step % 6 * 0x33;
		}
	}
	colours[6][1] = 0x55; /* brown */
}

static void flush_all(struct framebuffer *f)
{
	if (f->ops->flush)
		f->ops->flush(f, 0, 0, f->mode.width, f->mode.height);
}

static bool take(struct framebuffer *f, uint16_t number)
{
	struct framebuffer_mode mode;

	if (!find_mode(f, number & MODE_NUMBER, &mode) || framebuffer_take(f, &mode))
		return false;
	current = number;
	first_line = 0;
	dac_bits = 6;
	if (mode.bits == 8) {
		default_colours();
		f->ops->set_palette(f, 0, COLOURS, colours[0]);
	}
	if (!(number & MODE_KEEP))
		memset(phys_ptr(f->address), 0, mode.pitch * mode.height);
	flush_all(f);
	return true;
}

bool vbe_set_mode(uint16_t number)
{
	struct framebuffer *f = framebuffer_first();

	return f && take(f, (number & MODE_NUMBER) | MODE_LINEAR);
}

void vbe_end(void)
{
	if (current)
		framebuffer_give_back(framebuffer_first());
	current = 0;
}

static enum status set_mode(struct framebuffer *f, struct regs *regs)
{
	uint16_t number = regs->bx & MODE_NUMBER;

	if (regs->bx & MODE_RESERVED)
		return VBE_FAILED;
	if (number <= MODE_80X25) {
		screen_set_mode(number, !(regs->bx & MODE_KEEP));
		vbe_end();
		return VBE_OK;
	}
	return regs->bx & MODE_LINEAR && take(f, regs->bx) ? VBE_OK : VBE_FAILED;
}

static enum status get_mode(struct regs *regs)
{
	const struct bda *b = bda();

	regs->bx = current ? current & (MODE_NUMBER | MODE_LINEAR | MODE_KEEP) :
			     b->video_mode | (b->video_control[0] & 0x80) << 8;
	return VBE_OK;
}

/* --- 04h: saving and restoring ------------------------------------------------------- */

enum { STATE_DAC = 1 << 2, STATE_ALL = 0x0f };

/* What is saved of all that CX may name; the colours are there only if it names them. */
struct state {
	uint16_t number;
	uint8_t dac_bits;
	uint8_t data_area_49[30], data_area_84[7];
	uint8_t unused[STATE_UNIT - 40];
	uint8_t colours[COLOURS][3];
};

_Static_assert(offsetof(struct state, colours) == STATE_UNIT, "blocks of 64 bytes");

static void save_state(struct state *state, unsigned size)
{
	const struct bda *b = bda();

	state->number = current;
	state->dac_bits = dac_bits;
	memcpy(state->data_area_49, &b->video_mode, sizeof(state->data_area_49));
	memcpy(state->data_area_84, &b->video_rows, sizeof(state->data_area_84));
	if (size == sizeof(*state))
		memcpy(state->colours, colours, sizeof(colours));
}

static enum status restore_state(struct framebuffer *f, const struct state *state, unsigned size)
{
	struct bda *b = bda();

	if (state->number && !take(f, state->number | MODE_KEEP))
		return VBE_FAILED;
	memcpy(&b->video_mode, state->data_area_49, sizeof(state->data_area_49));
	memcpy(&b->video_rows, state->data_area_84, sizeof(state->data_area_84));
	if (state->number)
		current = state->number;
	else
		vbe_end();
	if (state->dac_bits == 8)
		dac_bits = 8;
	if (size == sizeof(*state))
		memcpy(colours, state->colours, sizeof(colours));
	if (current && f->mode.bits == 8)
		f->ops->set_palette(f, 0, COLOURS, colours[0]);
	return VBE_OK;
}

static enum status state(struct framebuffer *f, struct regs *regs)
{
	unsigned size = regs->cx & STATE_DAC ? sizeof(struct state) : STATE_UNIT;
	struct state *memory = callers_ptr(regs->es, regs->bx, size);

	if (!(regs->cx & STATE_ALL) || regs->cx & ~STATE_ALL || regs->dl > 2)
		return VBE_FAILED;
	if (regs->dl == 0) {
		regs->bx = size / STATE_UNIT;
		return VBE_OK;
	}
	if (!memory)
		return VBE_FAILED;
	if (regs->dl == 2)
		return restore_state(f, memory, size);
	save_state(memory, size);
	return VBE_OK;
}

/* --- 05h to 07h: what is seen of the memory -------------------------------------------- */

/* Lines are as long as the device has them: a wish for shorter ones gets that, one for
 * longer ones cannot be. */
static enum status scan_line(const struct framebuffer *f, struct regs *regs)
{
	unsigned bytes = pixel_bytes(&f->mode), wish = regs->cx;

	if (!current)
		return VBE_INVALID_HERE;
	if (regs->bl > 3)
		return VBE_FAILED;
	if (regs->bl == 0)
		wish *= bytes;
	if (!(regs->bl & 1) && wish > f->mode.pitch)
		return VBE_NOT_HERE;
	regs->bx = f->mode.pitch;
	regs->cx = f->mode.pitch / bytes;
	regs->dx = min_u32(f->size / f->mode.pitch, UINT16_MAX);
	return VBE_OK;
}

/* Whole lines only. */
static enum status show_from(struct framebuffer *f, uint32_t dot, uint32_t line)
{
	uint32_t lines = f->size / f->mode.pitch;

	if (line > lines - f->mode.height)
		return VBE_FAILED;
	if (dot || f->ops->show_from(f, line))
		return VBE_NOT_HERE;
	first_line = line;
	return VBE_OK;
}

static enum status display_start(struct framebuffer *f, struct regs *regs)
{
	if (!current)
		return VBE_INVALID_HERE;
	switch (regs->bl) {
	case 0x00:
	case RETRACE:
		return show_from(f, regs->cx, regs->dx);
	case 0x01:
		regs->bh = 0;
		regs->cx = 0;
		regs->dx = first_line;
		return VBE_OK;
	case 0x02: /* by the address */
	case RETRACE | 0x02:
		return show_from(f, regs->ecx % f->mode.pitch, regs->ecx / f->mode.pitch);
	case 0x04: /* whether what was asked for has been done */
		regs->cx = 1;
		return VBE_OK;
	}
	return VBE_FAILED;
}

/* --- 08h, 09h: colours ----------------------------------------------------------------- */

static bool has_palette(const struct framebuffer *f)
{
	return current && f->mode.bits == 8;
}

static enum status dac_width(const struct framebuffer *f, struct regs *regs)
{
	if (!has_palette(f))
		return VBE_INVALID_HERE;
	if (regs->bl > 1)
		return VBE_FAILED;
	if (regs->bl == 0)
		dac_bits = regs->bh >= 8 ? 8 : 6;
	regs->bh = dac_bits;
	return VBE_OK;
}

/* Four bytes each: blue, green, red, and one that is not used. */
static enum status palette(struct framebuffer *f, struct regs *regs)
{
	unsigned first = regs->dx, count = regs->cx, unused = 8 - dac_bits;
	uint8_t *at;

	if (!has_palette(f))
		return VBE_INVALID_HERE;
	if (first >= COLOURS || count > COLOURS - first)
		return VBE_FAILED;
	if (regs->bl > 1 && regs->bl != RETRACE)
		return VBE_NOT_HERE; /* a second palette */
	at = regs->bl == 1 ? callers_ptr(regs->es, regs->di, count * 4) :
			     seg_ptr(regs->es, regs->di);
	if (!at)
		return VBE_FAILED;
	for (unsigned i = first; i < first + count; i++, at += 4)
		for (unsigned c = 0; c < 3; c++) {
			if (regs->bl == 1)
				at[2 - c] = colours[i][c] >> unused;
			else /* all bits set are full light */
				colours[i][c] = dac_bits == 8 ?
							at[2 - c] :
							at[2 - c] << 2 | (at[2 - c] >> 4 & 3);
		}
	if (regs->bl != 1)
		f->ops->set_palette(f, first, count, colours[first]);
	return VBE_OK;
}

/* --- 15h: the monitor ------------------------------------------------------------------- */

static enum status monitor(const struct framebuffer *f, struct regs *regs)
{
	enum { SECONDS = 1, DDC2 = 2 };
	uint8_t *to;

	if (!f->edid)
		return VBE_FAILED;
	switch (regs->bl) {
	case 0x00:
		regs->bh = SECONDS;
		regs->bl = DDC2;
		return VBE_OK;
	case 0x01:
		to = callers_ptr(regs->es, regs->di, EDID_SIZE);
		if (!to || regs->dx) /* there is one block */
			return VBE_FAILED;
		memcpy(to, f->edid, EDID_SIZE);
		return VBE_OK;
	}
	return VBE_FAILED;
}

static enum status serve(struct framebuffer *f, struct regs *regs)
{
	switch (regs->al) {
	case 0x00:
		return information(f, regs);
	case 0x01:
		return mode_information(f, regs);
	case 0x02:
		return set_mode(f, regs);
	case 0x03:
		return get_mode(regs);
	case 0x04:
		return state(f, regs);
	case 0x05: /* a window */
		return VBE_INVALID_HERE;
	case 0x06:
		return scan_line(f, regs);
	case 0x07:
		return display_start(f, regs);
	case 0x08:
		return dac_width(f, regs);
	case 0x09:
		return palette(f, regs);
	case 0x15:
		return monitor(f, regs);
	}
	return VBE_NO_FUNCTION;
}

void vbe_call(struct regs *regs)
{
	struct framebuffer *f = framebuffer_first();

	regs->ax = f ? serve(f, regs) : VBE_NO_FUNCTION;
}

void vbe_tick(void)
{
	if (current)
		flush_all(framebuffer_first());
}
