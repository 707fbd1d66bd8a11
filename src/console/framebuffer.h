/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * A framebuffer: a display that shows memory, and has no registers of a VGA. Drivers
 * register one; the text screen is shown there (console/framebuffer.c draws it), and VBE
 * offers its modes to programs (bios/vbe.c).
 */
#ifndef PETREL_CONSOLE_FRAMEBUFFER_H
#define PETREL_CONSOLE_FRAMEBUFFER_H

#include <stdbool.h>
#include <stdint.h>

struct device;
struct framebuffer;

/* What is on display. Pixels are little-endian, blue in the lowest bits. */
struct framebuffer_mode {
	uint16_t width, height; /* pixels */
	uint8_t bits;           /* of a pixel: 32 (8:8:8 and 8 unused), 24, 16 (5:6:5), 15, or 8 */
	uint32_t pitch;         /* bytes from a line to the next */
};

struct framebuffer_ops {
	/* Whether the device can show a mode, whose pitch it fills in. */
	bool (*fits)(const struct framebuffer *framebuffer, struct framebuffer_mode *mode);
	/* Shows it. 0 or an error, and then what was shown before still is. */
	int (*set_mode)(struct framebuffer *framebuffer, const struct framebuffer_mode *mode);
	/* Shows the picture that begins at a line of the memory, which has room for all of it. A
	 * new mode begins at line 0. Returns 0 or an error. */
	int (*show_from)(struct framebuffer *framebuffer, unsigned line);
	/* Tells the device that a rectangle of the memory has changed; NULL where it looks
	 * by itself. */
	void (*flush)(struct framebuffer *framebuffer, unsigned x, unsigned y, unsigned width,
		      unsigned height);
	/* 8-bit modes only; NULL if the device has none: sets colours of the palette, of 8 bits
	 * for each of red, green and blue. */
	void (*set_palette)(struct framebuffer *framebuffer, unsigned first, unsigned count,
			    const uint8_t *rgb);
};

struct framebuffer {
	const struct framebuffer_ops *ops;
	const struct device *device;
	uint32_t address;                           /* physical, of the pixels, below 4 GiB */
	uint32_t size;                              /* bytes of memory for them */
	uint16_t preferred_width, preferred_height; /* what the user asked for, or 0 */
	const uint8_t *edid;                        /* 128 bytes, or NULL */
	struct framebuffer_mode mode;               /* what is shown now */
	struct framebuffer *next;
};

/* Adds a framebuffer, for good: sets a mode and shows the text screen there. Returns 0, or
 * an error that the device gave. */
int framebuffer_register(struct framebuffer *framebuffer);

/* The first one, whose modes VBE offers, or NULL. */
struct framebuffer *framebuffer_first(void);

/* For VBE: while a program has a mode of its own on this framebuffer the text screen is
 * not drawn there. framebuffer_take() sets the mode; framebuffer_give_back() sets the text
 * screen's mode again and draws it whole. */
int framebuffer_take(struct framebuffer *framebuffer, const struct framebuffer_mode *mode);
void framebuffer_give_back(struct framebuffer *framebuffer);

#endif
