/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * ramfb: QEMU shows a piece of our memory, whose place and shape we write to the file
 * etc/ramfb of fw_cfg. It looks at the memory by itself, for as long as the machine runs.
 *
 * Specification: QEMU, hw/display/ramfb.c; the codes of pixels are those of Linux'
 * drm_fourcc.h, of which QEMU 7.2 knows those of 32 and 24 bits.
 */
#include <stddef.h>
#include <string.h>

#include "fw/fw_cfg.h"
#include "hw/display/display.h"
#include "hw/driver.h"
#include "lib/device.h"
#include "lib/error.h"
#include "lib/format.h"
#include "lib/memory.h"
#include "lib/util.h"

/* What is written, all of it big-endian. */
struct ramfb_config {
	uint32_t address_high, address_low;
	uint32_t fourcc;
	uint32_t flags;
	uint32_t width, height, pitch;
};

_Static_assert(sizeof(struct ramfb_config) == 28, "etc/ramfb");

struct ramfb {
	struct framebuffer framebuffer;
	struct device device; /* has no place: nothing boots from it */
	struct fw_cfg_file file;
};

static uint32_t fourcc(unsigned bits)
{
	static const char xrgb8888[4] = "XR24", rgb888[4] = "RG24";

	return get_le32(bits == 32 ? xrgb8888 : rgb888);
}

static bool ramfb_fits(const struct framebuffer *framebuffer, struct framebuffer_mode *mode)
{
	mode->pitch = mode->width * (mode->bits / 8);
	if (mode->bits != 32 && mode->bits != 24)
		return false;
	return mode->pitch && mode->height <= framebuffer->size / mode->pitch;
}

static int show(struct framebuffer *framebuffer, const struct framebuffer_mode *mode, unsigned line)
{
	struct ramfb *ramfb = container_of(framebuffer, struct ramfb, framebuffer);
	struct ramfb_config config = {0};

	put_be32(&config.address_low, framebuffer->address + line * mode->pitch);
	put_be32(&config.fourcc, fourcc(mode->bits));
	put_be32(&config.width, mode->width);
	put_be32(&config.height, mode->height);
	put_be32(&config.pitch, mode->pitch);
	return fw_cfg_write(&ramfb->file, 0, &config, sizeof(config));
}

static int ramfb_set_mode(struct framebuffer *framebuffer, const struct framebuffer_mode *mode)
{
	return show(framebuffer, mode, 0);
}

static int ramfb_show_from(struct framebuffer *framebuffer, unsigned line)
{
	return show(framebuffer, &framebuffer->mode, line);
}

static const struct framebuffer_ops ramfb_ops = {
	.fits = ramfb_fits,
	.set_mode = ramfb_set_mode,
	.show_from = ramfb_show_from,
};

static int ramfb_probe(const struct fw_cfg_file *file)
{
	struct ramfb *ramfb;
	int error;

	if (file->size != sizeof(struct ramfb_config))
		return ERR_INVAL;
	ramfb = memory_alloc(sizeof(*ramfb), sizeof(uint32_t));
	if (!ramfb)
		return ERR_NOMEM;
	format(ramfb->device.name, sizeof(ramfb->device.name), "ramfb");
	ramfb->file = *file;
	ramfb->framebuffer.ops = &ramfb_ops;
	ramfb->framebuffer.device = &ramfb->device;
	display_set_users_size(&ramfb->framebuffer);
	error = display_alloc(&ramfb->framebuffer);
	return error ? error : framebuffer_register(&ramfb->framebuffer);
}

static const char file_name[] = "etc/ramfb";

FW_CFG_DRIVER(ramfb) = {
	.file = file_name,
	.size = sizeof(file_name),
	.rom = "vgaroms/vgabios-ramfb.bin",
	.probe = ramfb_probe,
};
