/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * The screen_info of Linux's zero page: a linear framebuffer as after VESA's function 4F02h,
 * which is what the kernel's own real-mode part would say. Its simple framebuffer or vesafb
 * shows the console there until a driver for the device takes over.
 *
 * Specification: Linux, Documentation/arch/x86/zero-page.rst, include/uapi/linux/
 * screen_info.h.
 */
#include "boot/screen_info.h"

#include "bios/vbe.h"
#include "console/framebuffer.h"

enum {
	VIDEO_TYPE_VLFB = 0x23,
	VIDEO_FIRST_VESA = 0x200, /* in vid_mode */
	VIDEO_SPECIAL = 0xf000,   /* from here on: "normal", "ask" */
	LFB_UNIT = 64 << 10,
	GRAPHICS = 0x9b, /* of a mode's attributes: supported, colour, linear ... */
};

static void set_colours(struct screen_info *info, unsigned bits)
{
	bool small = bits < 24;
	unsigned size = small ? 5 : 8, green = bits == 16 ? 6 : size;

	info->red.size = info->blue.size = size;
	info->green.size = green;
	info->green.pos = size;
	info->red.pos = size + green;
	if (bits != 15 && bits != 32)
		return;
	info->rsvd.size = bits - size - green - size;
	info->rsvd.pos = size + green + size;
	if (bits == 15)
		info->rsvd.size = 1;
}

void screen_info_fill(struct screen_info *info, uint16_t vid_mode)
{
	const struct framebuffer *f = framebuffer_first();
	const struct framebuffer_mode *mode;

	/* Nobody would tell a device that must be told of changes. */
	if (!f || f->ops->flush)
		return;
	if (vid_mode >= VIDEO_FIRST_VESA && vid_mode < VIDEO_SPECIAL)
		vbe_set_mode(vid_mode - VIDEO_FIRST_VESA);
	mode = &f->mode;
	*info = (struct screen_info){
		.orig_video_isVGA = VIDEO_TYPE_VLFB,
		.lfb_width = mode->width,
		.lfb_height = mode->height,
		.lfb_depth = mode->bits,
		.lfb_base = f->address,
		.lfb_size = f->size / LFB_UNIT,
		.lfb_linelength = mode->pitch,
		.pages = 1,
		.vesa_attributes = GRAPHICS,
	};
	if (mode->bits > 8)
		set_colours(info, mode->bits);
}
