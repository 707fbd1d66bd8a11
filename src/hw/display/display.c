/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * What drivers of displays share: which size is asked for, and memory for pictures.
 *
 * Specification: VESA Enhanced EDID Standard, Release A, Revision 1 (EDID 1.4), 3.
 */
#include "hw/display/display.h"

#include <stdbool.h>
#include <string.h>

#include "fw/fw_cfg.h"
#include "lib/checksum.h"
#include "lib/error.h"
#include "lib/memory.h"
#include "lib/util.h"

enum {
	EDID_TIMING = 54,     /* the first detailed timing: the preferred one */
	BYTES = 4,            /* of a pixel */
	LARGEST = 8192,       /* pixels, of a side */
	SIZE_UNIT = 64 << 10, /* in which VBE and Linux' screen_info count */
	SPARE_PART = 4,       /* of RAM below 4 GiB, as much as a picture may take */
};

void display_set_edid(struct framebuffer *framebuffer, const uint8_t *edid)
{
	static const uint8_t header[8] = {0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0};
	const uint8_t *timing = edid + EDID_TIMING;
	unsigned width = timing[2] | (timing[4] & 0xf0) << 4;
	unsigned height = timing[5] | (timing[7] & 0xf0) << 4;

	if (memcmp(edid, header, sizeof(header)) || checksum_bytes(edid, EDID_SIZE))
		return;
	framebuffer->edid = edid;
	if (!timing[0] && !timing[1]) /* a descriptor of something else */
		return;
	framebuffer->preferred_width = width;
	framebuffer->preferred_height = height;
}

/* The decimal number that is a whole file, up to LARGEST; 0 if there is none. */
static unsigned decimal_file(const char *name)
{
	const char *digit = fw_cfg_load(name, NULL);
	unsigned value = 0;

	for (; digit && *digit >= '0' && *digit <= '9' && value <= LARGEST; digit++)
		value = value * 10 + *digit - '0';
	return digit && !*digit && value <= LARGEST ? value : 0;
}

void display_set_users_size(struct framebuffer *framebuffer)
{
	unsigned width = decimal_file("opt/org.petrel/xres");
	unsigned height = decimal_file("opt/org.petrel/yres");

	if (!width || !height)
		return;
	framebuffer->preferred_width = width;
	framebuffer->preferred_height = height;
}

static bool try_alloc(struct framebuffer *framebuffer, uint32_t width, uint32_t height)
{
	uint32_t size = align_up(width * height * BYTES, SIZE_UNIT);
	void *pixels;

	if (!size || width > LARGEST || height > LARGEST || size > memory_arena().end / SPARE_PART)
		return false;
	pixels = memory_alloc_uncounted(size, PAGE_SIZE);
	if (!pixels)
		return false;
	framebuffer->address = ptr_phys(pixels);
	framebuffer->size = size;
	return true;
}

int display_alloc(struct framebuffer *framebuffer)
{
	static const struct {
		uint16_t width, height;
	} sizes[] = {{1280, 800}, {1024, 768}, {640, 480}, {640, 400}};

	if (try_alloc(framebuffer, framebuffer->preferred_width, framebuffer->preferred_height))
		return 0;
	for (unsigned i = 0; i < ARRAY_SIZE(sizes); i++)
		if (try_alloc(framebuffer, sizes[i].width, sizes[i].height))
			return 0;
	return ERR_NOMEM;
}
