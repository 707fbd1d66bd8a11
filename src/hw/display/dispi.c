/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * QEMU's displays on PCI with the Bochs VBE registers (DISPI): bochs-display, VGA and
 * secondary-vga, virtio-vga. BAR 0 is the picture's memory, BAR 2 has the registers. The
 * VGA's own registers are there, too: what a PC has at ports 3C0-3DF, which a microvm does not
 * pass on. So their option ROM, which needs those, is not run; bochs-display has none of
 * them.
 *
 * A virtio-vga is a virtio-gpu as well. It is a VGA until somebody shows something by the
 * other side, and a VGA wants no telling what has changed in the picture.
 *
 * Specification: QEMU, docs/specs/standard-vga; Bochs, VBE display hardware.
 */
#include <stddef.h>

#include "hw/display/display.h"
#include "hw/driver.h"
#include "hw/io.h"
#include "hw/pci/pci.h"
#include "lib/error.h"
#include "lib/log.h"
#include "lib/memory.h"
#include "lib/util.h"

enum {
	BAR_MEMORY = 0,
	BAR_REGISTERS = 2,
	CLASS_VGA = 0x030000,

	/* in BAR 2 */
	EDID = 0x000,
	VGA_PORTS = 0x400, /* of port 3C0 */
	DISPI = 0x500,     /* registers of 16 bits */
	DISPI_SIZE = 0x16,

	VGA_ATTRIBUTE = VGA_PORTS + 0x00,
	VGA_MISCELLANEOUS = VGA_PORTS + 0x02,
	VGA_DAC_INDEX = VGA_PORTS + 0x08,
	VGA_DAC_DATA = VGA_PORTS + 0x09,
	VGA_STATUS = VGA_PORTS + 0x1a,
	MISCELLANEOUS_COLOUR = 1, /* ports 3Dx, not 3Bx */
	ATTRIBUTE_SHOW = 0x20,

	DISPI_ID_FIRST = 0xb0c4,
	DISPI_ID_LAST = 0xb0c5,
	MEMORY_UNIT = 64 << 10,
};

enum dispi_register {
	DISPI_ID,
	DISPI_WIDTH,
	DISPI_HEIGHT,
	DISPI_BITS,
	DISPI_ENABLE,
	DISPI_BANK,
	DISPI_VIRTUAL_WIDTH,
	DISPI_VIRTUAL_HEIGHT,
	DISPI_X,
	DISPI_Y,
	DISPI_MEMORY,
};

enum dispi_enable {
	DISPI_DISABLED = 0x00,
	DISPI_ENABLED = 0x01,
	DISPI_CAPABILITIES = 0x02, /* width, height and bits read as the largest */
	DISPI_LINEAR = 0x40,
	DISPI_KEEP_MEMORY = 0x80,
};

struct dispi {
	struct framebuffer framebuffer;
	uint32_t registers; /* BAR 2 */
	uint8_t edid[EDID_SIZE];
};

static struct dispi *dispi_of(struct framebuffer *framebuffer)
{
	return container_of(framebuffer, struct dispi, framebuffer);
}

static uint16_t dispi_read(const struct dispi *dispi, enum dispi_register which)
{
	return readw(dispi->registers + DISPI + which * sizeof(uint16_t));
}

static void dispi_write(const struct dispi *dispi, enum dispi_register which, uint16_t value)
{
	writew(dispi->registers + DISPI + which * sizeof(uint16_t), value);
}

/* --- modes --------------------------------------------------------------------- */

static bool fits_memory(const struct framebuffer *framebuffer, struct framebuffer_mode *mode)
{
	mode->pitch = mode->width * ((mode->bits + 7u) / 8);
	return mode->pitch && mode->height <= framebuffer->size / mode->pitch;
}

static bool bochs_fits(const struct framebuffer *framebuffer, struct framebuffer_mode *mode)
{
	return (mode->bits == 32 || mode->bits == 16) && fits_memory(framebuffer, mode);
}

/* A line of the VGA has a multiple of 8 pixels. */
static bool vga_fits(const struct framebuffer *framebuffer, struct framebuffer_mode *mode)
{
	return mode->width % 8 == 0 && fits_memory(framebuffer, mode);
}

static int write_mode(const struct dispi *dispi, const struct framebuffer_mode *mode)
{
	dispi_write(dispi, DISPI_ENABLE, DISPI_DISABLED);
	dispi_write(dispi, DISPI_WIDTH, mode->width);
	dispi_write(dispi, DISPI_HEIGHT, mode->height);
	dispi_write(dispi, DISPI_BITS, mode->bits);
	dispi_write(dispi, DISPI_VIRTUAL_WIDTH, mode->width);
	dispi_write(dispi, DISPI_ENABLE, DISPI_ENABLED | DISPI_LINEAR | DISPI_KEEP_MEMORY);
	dispi_write(dispi, DISPI_X, 0);
	dispi_write(dispi, DISPI_Y, 0);
	if (dispi_read(dispi, DISPI_WIDTH) != mode->width ||
	    dispi_read(dispi, DISPI_HEIGHT) != mode->height ||
	    dispi_read(dispi, DISPI_BITS) != mode->bits)
		return ERR_IO;
	return 0;
}

static int bochs_set_mode(struct framebuffer *framebuffer, const struct framebuffer_mode *mode)
{
	int error = write_mode(dispi_of(framebuffer), mode);

	if (error && framebuffer->mode.width)
		write_mode(dispi_of(framebuffer), &framebuffer->mode);
	return error;
}

static int dispi_show_from(struct framebuffer *framebuffer, unsigned line)
{
	dispi_write(dispi_of(framebuffer), DISPI_Y, line);
	return 0;
}

/* After a reset the VGA shows nothing before this. */
static int vga_set_mode(struct framebuffer *framebuffer, const struct framebuffer_mode *mode)
{
	uint32_t registers = dispi_of(framebuffer)->registers;

	writeb(registers + VGA_MISCELLANEOUS, MISCELLANEOUS_COLOUR);
	readb(registers + VGA_STATUS); /* the next write is an index */
	writeb(registers + VGA_ATTRIBUTE, ATTRIBUTE_SHOW);
	return bochs_set_mode(framebuffer, mode);
}

/* The DAC has 6 bits for a colour. */
static void vga_set_palette(struct framebuffer *framebuffer, unsigned first, unsigned count,
			    const uint8_t *rgb)
{
	uint32_t registers = dispi_of(framebuffer)->registers;

	writeb(registers + VGA_DAC_INDEX, first);
	for (unsigned i = 0; i < count * 3; i++)
		writeb(registers + VGA_DAC_DATA, rgb[i] >> 2);
}

static const struct framebuffer_ops bochs_ops = {
	.fits = bochs_fits,
	.set_mode = bochs_set_mode,
	.show_from = dispi_show_from,
};

static const struct framebuffer_ops vga_ops = {
	.fits = vga_fits,
	.set_mode = vga_set_mode,
	.show_from = dispi_show_from,
	.set_palette = vga_set_palette,
};

/* --- bringing it up --------------------------------------------------------------- */

/* Only a VGA tells the largest width; bochs-display the one that was written. */
static bool has_vga(const struct dispi *dispi)
{
	bool has;

	dispi_write(dispi, DISPI_ENABLE, DISPI_CAPABILITIES);
	dispi_write(dispi, DISPI_WIDTH, 640);
	has = dispi_read(dispi, DISPI_WIDTH) != 640;
	dispi_write(dispi, DISPI_ENABLE, DISPI_DISABLED);
	return has;
}

static void read_edid(struct dispi *dispi)
{
	for (unsigned i = 0; i < EDID_SIZE; i += sizeof(uint32_t))
		*(uint32_t *)(dispi->edid + i) = readl(dispi->registers + EDID + i);
	display_set_edid(&dispi->framebuffer, dispi->edid);
}

/* Returns NULL, or why it cannot be used. */
static const char *map(struct dispi *dispi, const struct pci_function *function)
{
	struct framebuffer *framebuffer = &dispi->framebuffer;
	uint64_t size = function->regions[BAR_MEMORY].size;
	uint16_t id;

	dispi->registers = pci_bar(function, BAR_REGISTERS, 0, DISPI + DISPI_SIZE);
	framebuffer->address = pci_bar(function, BAR_MEMORY, 0, MEMORY_UNIT);
	if (!dispi->registers || !framebuffer->address)
		return "its memory or its registers cannot be reached";
	id = dispi_read(dispi, DISPI_ID);
	if (id < DISPI_ID_FIRST || id > DISPI_ID_LAST)
		return "a display without the registers of Bochs VBE";
	framebuffer->size = min_u32(size > UINT32_MAX ? UINT32_MAX : size,
				    dispi_read(dispi, DISPI_MEMORY) * MEMORY_UNIT);
	return NULL;
}

static int probe(struct pci_function *function)
{
	struct dispi *dispi = memory_alloc(sizeof(*dispi), sizeof(uint32_t));
	struct framebuffer *framebuffer;
	const char *complaint;

	if (!dispi)
		return ERR_NOMEM;
	framebuffer = &dispi->framebuffer;
	complaint = map(dispi, function);
	if (complaint) {
		say("%s: %s\n", function->device.name, complaint);
		return ERR_NOENT;
	}
	framebuffer->device = &function->device;
	framebuffer->ops = has_vga(dispi) ? &vga_ops : &bochs_ops;
	read_edid(dispi);
	display_set_users_size(framebuffer);
	if (framebuffer->ops == &vga_ops)
		framebuffer->preferred_width = align_down(framebuffer->preferred_width, 8);
	return framebuffer_register(framebuffer);
}

PCI_DRIVER(dispi) = {
	.vendor = 0x1234,
	.first_id = 0x1111,
	.last_id = 0x1111,
	.probe = probe,
};

/* By the same id as a virtio-gpu-pci, which is no VGA (hw/virtio/pci.c). */
static int virtio_vga_probe(struct pci_function *function)
{
	return function->class_code == CLASS_VGA ? probe(function) : ERR_NOENT;
}

PCI_DRIVER(virtio_vga) = {
	.vendor = 0x1af4,
	.first_id = 0x1050,
	.last_id = 0x1050,
	.probe = virtio_vga_probe,
};
