/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * What Linux is told of the screen.
 */
#ifndef PETREL_BOOT_SCREEN_INFO_H
#define PETREL_BOOT_SCREEN_INFO_H

#include <stdint.h>

/* The beginning of the zero page; the names are Linux's. */
struct screen_info {
	uint8_t orig_x, orig_y;
	uint16_t ext_mem_k;
	uint16_t orig_video_page;
	uint8_t orig_video_mode, orig_video_cols;
	uint8_t flags, unused2;
	uint16_t orig_video_ega_bx;
	uint16_t unused3;
	uint8_t orig_video_lines, orig_video_isVGA; /* 0E */
	uint16_t orig_video_points;
	uint16_t lfb_width, lfb_height, lfb_depth;
	uint32_t lfb_base, lfb_size; /* 18; the size in units of 64 KiB */
	uint16_t cl_magic, cl_offset;
	uint16_t lfb_linelength;
	struct {
		uint8_t size, pos;
	} red, green, blue, rsvd; /* 26 */
	uint16_t vesapm_seg, vesapm_off;
	uint16_t pages;
	uint16_t vesa_attributes;
	uint32_t capabilities;
	uint32_t ext_lfb_base;
	uint8_t reserved[2];
} __attribute__((packed));

_Static_assert(sizeof(struct screen_info) == 0x40, "Linux's screen_info");

/* Describes the framebuffer, if there is one that shows its memory by itself, in the mode
 * that `vid_mode` names (what vga= says: 200h and VESA's number), or else in the one that it
 * has. `info` is zero and stays so where there is none. */
void screen_info_fill(struct screen_info *info, uint16_t vid_mode);

#endif
