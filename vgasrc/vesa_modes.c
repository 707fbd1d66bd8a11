/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * Modes by VESA's numbers, up to 11Bh as in VBE 3.0, and the others as boot loaders and
 * users of Bochs' and QEMU's display know them. Those of four planes (102h, 104h, 106h) are
 * not here: in them QEMU does not heed the map mask, so that nobody can draw.
 */
#include "vgasrc/vesa_modes.h"

#define DEPTHS(first, w, h)                                                                        \
	{(first), (w), (h), 16}, {(first) + 1, (w), (h), 24},                                      \
	{                                                                                          \
		(first) + 2, (w), (h), 32                                                          \
	}

/* clang-format off */
const struct vesa_mode ROM vesa_modes[] = {
	{0x100, 640, 400, 8},
	{0x101, 640, 480, 8},
	{0x103, 800, 600, 8},
	{0x105, 1024, 768, 8},
	{0x107, 1280, 1024, 8},
	{0x10d, 320, 200, 15},
	{0x10e, 320, 200, 16},
	{0x10f, 320, 200, 24},
	{0x110, 640, 480, 15},
	{0x111, 640, 480, 16},
	{0x112, 640, 480, 24},
	{0x113, 800, 600, 15},
	{0x114, 800, 600, 16},
	{0x115, 800, 600, 24},
	{0x116, 1024, 768, 15},
	{0x117, 1024, 768, 16},
	{0x118, 1024, 768, 24},
	{0x119, 1280, 1024, 15},
	{0x11a, 1280, 1024, 16},
	{0x11b, 1280, 1024, 24},
	{0x11c, 1600, 1200, 8},
	{0x11d, 1600, 1200, 15},
	{0x11e, 1600, 1200, 16},
	{0x11f, 1600, 1200, 24},
	{0x140, 320, 200, 32},
	{0x141, 640, 400, 32},
	{0x142, 640, 480, 32},
	{0x143, 800, 600, 32},
	{0x144, 1024, 768, 32},
	{0x145, 1280, 1024, 32},
	{0x146, 320, 200, 8},
	{0x147, 1600, 1200, 32},
	{0x148, 1152, 864, 8},
	{0x149, 1152, 864, 15},
	{0x14a, 1152, 864, 16},
	{0x14b, 1152, 864, 24},
	{0x14c, 1152, 864, 32},
	DEPTHS(0x175, 1280, 768),
	DEPTHS(0x178, 1280, 800),
	DEPTHS(0x17b, 1280, 960),
	DEPTHS(0x17e, 1440, 900),
	DEPTHS(0x181, 1400, 1050),
	DEPTHS(0x184, 1680, 1050),
	DEPTHS(0x187, 1920, 1200),
	DEPTHS(0x18a, 2560, 1600),
	DEPTHS(0x18d, 1280, 720),
	DEPTHS(0x190, 1920, 1080),
	DEPTHS(0x193, 1600, 900),
	DEPTHS(0x196, 2560, 1440),
	DEPTHS(0x199, 3840, 2160),
};
/* clang-format on */

#define COUNT (sizeof(vesa_modes) / sizeof(vesa_modes[0]))

_Static_assert(COUNT <= VESA_MODES_MAX, "the list fits into an information block");

unsigned vesa_mode_total(void)
{
	return COUNT;
}

const struct vesa_mode ROM *vesa_mode_find(uint16_t number)
{
	for (unsigned i = 0; i < COUNT; i++)
		if (vesa_modes[i].number == number)
			return &vesa_modes[i];
	return NULL;
}

uint32_t vesa_mode_pitch(uint16_t width, uint8_t bits)
{
	return width * ((bits + 7u) / 8u);
}

uint32_t vesa_mode_memory(const struct vesa_mode ROM *mode)
{
	uint32_t size = vesa_mode_pitch(mode->width, mode->bits) * mode->height;

	return (size + 0xffff) >> 16;
}
