/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * INT 10h: which function does what, and those functions that tell of the display.
 *
 * References: IBM PS/2 and PC BIOS Interface Technical Reference, INT 10h; RBIL, INT 10;
 * VESA BIOS Extension (VBE) 3.0 for AH=4Fh.
 */
#include "vgasrc/int10.h"

#include "vgasrc/charset.h"
#include "vgasrc/graphics.h"
#include "vgasrc/modes.h"
#include "vgasrc/palette.h"
#include "vgasrc/state.h"
#include "vgasrc/text.h"
#include "vgasrc/vesa.h"

enum {
	SUPPORTED = 0x12, /* AL after AH=12h */
	EGA_MEMORY_256K = 3,
};

static uint8_t page_of(const struct frame *r)
{
	return r->bh & (TEXT_PAGES - 1);
}

/* AH=00h; AL is what programs for some adapters look at. */
static void set_mode(struct frame *r)
{
	uint8_t mode = r->al & ~MODE_KEEP_MEMORY;

	if (!mode_set(r->al))
		return;
	if (mode > MODE_MONO)
		r->al = 0x20;
	else
		r->al = mode == MODE_CGA_HIGH ? 0x3f : 0x30;
}

static void get_mode(struct frame *r)
{
	r->ah = BDA->video_columns;
	r->al = BDA->video_mode | (BDA->video_control[0] & CONTROL_MEMORY_KEPT);
	r->bh = BDA->video_page;
}

static void get_cursor(struct frame *r)
{
	r->cx = BDA->cursor_shape;
	r->dx = BDA->cursor[page_of(r)];
}

static void scroll(const struct frame *r)
{
	struct scroll s = {
		{r->ch, r->cl, r->dh, r->dl}, BDA->video_page, r->al, r->bh, r->ah == 0x07};

	text_scroll(&s);
}

/* --- AH=12h ---------------------------------------------------------------------- */

static void get_ega(struct frame *r)
{
	r->bh = BDA->crtc_port == PORT_CRTC_MONO;
	r->bl = EGA_MEMORY_256K;
	r->ch = BDA->video_control[1] >> 4;
	r->cl = BDA->video_control[1] & 0xf;
}

/* BL=30h: lines of text modes from the next mode set on. */
static void select_lines(struct frame *r)
{
	static const uint8_t ROM options[] = {OPTION_200_LINES, 0, OPTION_400_LINES};
	static const uint8_t ROM switches[] = {0x08, 0x09, 0x09};

	if (r->al >= sizeof(options))
		return;
	BDA->video_control[2] =
		(BDA->video_control[2] & ~(OPTION_200_LINES | OPTION_400_LINES)) | options[r->al];
	BDA->video_control[1] = (BDA->video_control[1] & 0xf0) | switches[r->al];
	r->al = SUPPORTED;
}

/* A bit of the data area that AL=1 switches off, and 0 on, or the other way round. */
static void set_option(struct frame *r, uint8_t LOW *options, uint8_t bit, bool value)
{
	if (r->al > 1)
		return;
	*options = (*options & ~bit) | (value ? bit : 0);
	r->al = SUPPORTED;
}

/* BL=32h: whether the processor reaches ports and memory of the display. */
static void enable_access(struct frame *r)
{
	enum { RAM_ENABLED = 2 };
	uint8_t misc = inb(PORT_MISC_READ) & ~RAM_ENABLED;

	if (r->al > 1)
		return;
	outb(PORT_MISC, r->al ? misc : misc | RAM_ENABLED);
	r->al = SUPPORTED;
}

static void enable_screen(struct frame *r)
{
	enum { SCREEN_OFF = 0x20 };
	uint8_t clocking = seq_read(SEQ_CLOCKING) & ~SCREEN_OFF;

	if (r->al > 1)
		return;
	seq_write(SEQ_CLOCKING, r->al ? clocking | SCREEN_OFF : clocking);
	r->al = SUPPORTED;
}

static void alternate_select(struct frame *r)
{
	switch (r->bl) {
	case 0x10:
		get_ega(r);
		break;
	case 0x30:
		select_lines(r);
		break;
	case 0x31:
		set_option(r, &BDA->video_control[2], OPTION_NO_PALETTE, r->al);
		break;
	case 0x32:
		enable_access(r);
		break;
	case 0x33:
		set_option(r, &BDA->video_control[2], OPTION_GREY, !r->al);
		break;
	case 0x34:
		set_option(r, &BDA->video_control[0], CONTROL_CURSOR_AS_IS, r->al);
		break;
	case 0x36:
		enable_screen(r);
		break;
	}
}

/* --- AH=1Ah, AH=1Bh -------------------------------------------------------------- */

static void display_combination(struct frame *r)
{
	if (r->al == 0x00) {
		r->bx = BDA->video_control[3]; /* BH: no second display */
		r->al = 0x1a;
	} else if (r->al == 0x01) {
		BDA->video_control[3] = r->bl;
		r->al = 0x1a;
	}
}

/* What a VGA can do, which AH=1Bh's answer points to. */
static const struct {
	uint8_t modes[3]; /* a bit for each of 00-07, 08-0F, 10-13 */
	uint8_t reserved[4];
	uint8_t lines; /* 200, 350, 400 */
	uint8_t blocks, active_blocks;
	uint16_t functions;
	uint8_t reserved_c[2];
	uint8_t save_functions;
	uint8_t reserved_f;
} __attribute__((packed)) ROM static_functionality = {
	.modes = {0xff, 0xe0, 0x0f},
	.lines = 0x07,
	.blocks = 8,
	.active_blocks = 2,
	.functions = 0x0eff,
	.save_functions = 0x3c,
};

/* What AH=1Bh BX=0 fills in. */
struct functionality {
	uint32_t pointer;         /* to the above */
	uint8_t data_area_49[30]; /* a copy of 0040:0049 */
	uint8_t rows;
	uint16_t height;
	uint16_t displays;
	uint16_t colours;
	uint8_t pages, lines;
	uint8_t blocks[2];
	uint8_t settings;
	uint8_t reserved_2e[3];
	uint8_t memory; /* 3: 256 KiB */
	uint8_t save_tables;
	uint8_t reserved_33[13];
} __attribute__((packed));

_Static_assert(sizeof(struct functionality) == 64, "functionality and state");

static void functionality(struct frame *r)
{
	enum { ALL_DISPLAYS = 0x01, CURSOR_EMULATED = 0x10, BLINKING = 0x20 };
	unsigned options = BDA->video_control[2];
	const struct mode ROM *mode = mode_find(BDA->video_mode);
	struct functionality f = {
		.pointer = rom_far_pointer(&static_functionality),
		.rows = BDA->video_rows + 1,
		.height = BDA->char_height,
		.displays = BDA->video_control[3],
		.pages = 1,
		.lines = options & OPTION_200_LINES ? 0 :
			 options & OPTION_400_LINES ? 2 :
						      1,
		.settings = ALL_DISPLAYS | (BDA->crt_mode & BLINKING) |
			    (options & (OPTION_GREY | OPTION_MONO | OPTION_NO_PALETTE)),
		.memory = EGA_MEMORY_256K,
	};

	if (r->bx)
		return;
	far_get(f.data_area_49, 0, BDA_BASE + offsetof(struct bda, video_mode),
		sizeof(f.data_area_49));
	if (mode) {
		f.pages = mode->pages;
		f.colours = mode->mode == MODE_MONO ? 0 : mode->colours + 1;
	}
	if (!(BDA->video_control[0] & CONTROL_CURSOR_AS_IS))
		f.settings |= CURSOR_EMULATED;
	far_put(r->es, r->di, &f, sizeof(f));
	r->al = 0x1b;
}

/* --- all ------------------------------------------------------------------------- */

void int10(struct frame *r)
{
	/* First what is called most. */
	if (r->ah == 0x0e) {
		text_teletype(page_of(r), r->al, r->bl);
		return;
	}
	switch (r->ah) {
	case 0x00:
		set_mode(r);
		break;
	case 0x01:
		text_cursor_shape(r->cx);
		break;
	case 0x02:
		text_cursor_move(page_of(r), r->dx);
		break;
	case 0x03:
		get_cursor(r);
		break;
	case 0x04: /* no light pen */
		r->ah = 0;
		break;
	case 0x05:
		text_select_page(r->al);
		break;
	case 0x06:
	case 0x07:
		scroll(r);
		break;
	case 0x08:
		r->ax = text_read(page_of(r));
		break;
	case 0x09:
	case 0x0a:
		text_write(page_of(r), r->al, r->bl, r->cx, r->ah == 0x09);
		break;
	case 0x0b:
		palette_cga(r);
		break;
	case 0x0c:
		graphics_write_dot(page_of(r), r->cx, r->dx, r->al);
		break;
	case 0x0d:
		r->al = graphics_read_dot(page_of(r), r->cx, r->dx);
		break;
	case 0x0f:
		get_mode(r);
		break;
	case 0x10:
		palette_service(r);
		break;
	case 0x11:
		charset_service(r);
		break;
	case 0x12:
		alternate_select(r);
		break;
	case 0x13:
		text_string(r);
		break;
	case 0x1a:
		display_combination(r);
		break;
	case 0x1b:
		functionality(r);
		break;
	case 0x1c:
		state_service(r);
		break;
	case 0x4f:
		vesa_service(r);
		break;
	}
}
