/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * An option ROM that a device carries: what its bus has found, for who runs it.
 */
#ifndef PETREL_LIB_ROMIMAGE_H
#define PETREL_LIB_ROMIMAGE_H

#include <stdint.h>

struct device;

struct rom_image {
	const struct device *device;
	uint16_t address; /* of the device on its bus, as the ROM is told in AX */
	uint32_t size;    /* bytes */
	/* Copies the image to `to`. */
	void (*copy)(const struct rom_image *image, void *to);
	struct rom_image *next;
};

#endif
