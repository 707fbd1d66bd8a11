/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * Two fw_cfg files with a line for each device that the user gave a property:
 *
 *   bootorder      /virtio-mmio@00000000feb02e00/disk@0,0
 *                  /virtio-mmio@00000000feb02c00/channel@0/disk@3,5
 *                  HALT (-boot strict=on: try nothing else)
 *   bios-geometry  a path as above, then cylinders, heads, sectors (lcyls=...)
 *
 * The paths are Open Firmware's; a device knows its own (lib/device.h).
 *
 * Reference: QEMU, softmmu/bootdevice.c.
 */
#include "boot/bootorder.h"

#include <stddef.h>
#include <string.h>

#include "block/disk.h"
#include "block/geometry.h"
#include "fw/fw_cfg.h"
#include "lib/device.h"
#include "lib/log.h"
#include "lib/util.h"

enum { MAX_HEADS = 255, MAX_SECTORS = 63, MAX_CYLINDERS = 1024, PATH_SIZE = 160 };

/* NULL without the file. In scratch memory: POST asks when it adds candidates, and nobody
 * asks once the boot has begun. */
static const char *order, *geometries;

/* The files are always there; it costs an access to find out what is in them. */
static const char *load(const char *name)
{
	const struct fw_cfg_file *file = fw_cfg_find(name);

	return file && file->size ? fw_cfg_load(name, NULL) : NULL;
}

void bootorder_init(void)
{
	order = load("bootorder");
	geometries = load("bios-geometry");
}

/* Skips `text` at *p; false, and nothing is skipped, if it is not there. */
static bool skip(const char **p, const char *text)
{
	size_t length = strlen(text);

	if (strncmp(*p, text, length))
		return false;
	*p += length;
	return true;
}

/* Reads a decimal number at *p and skips it; false if there is none, or it is too
 * large. */
static bool skip_number(const char **p, uint32_t *value)
{
	const char *start = *p;
	uint64_t sum = 0;

	for (; **p >= '0' && **p <= '9'; (*p)++) {
		sum = sum * 10 + (**p - '0');
		if (sum > UINT32_MAX)
			return false;
	}
	*value = sum;
	return *p > start;
}

static bool is_end(char c)
{
	return !c || c == '\n' || c == ' ';
}

/* The start of the line after this one, or NULL. */
static const char *next_line(const char *line)
{
	while (*line && *line != '\n')
		line++;
	return *line ? line + 1 : NULL;
}

uint32_t bootorder_place_of_path(const char *path)
{
	uint32_t place = 0;

	for (const char *line = order; line; line = next_line(line), place++) {
		const char *p = line;

		if (skip(&p, path) && is_end(*p))
			return place;
	}
	return BOOTORDER_UNLISTED;
}

uint32_t bootorder_place_below(const struct device *device)
{
	char path[PATH_SIZE];
	uint32_t place = 0;

	device_path(device, path, sizeof(path));
	for (const char *line = order; line; line = next_line(line), place++) {
		const char *p = line;

		if (skip(&p, path) && (*p == '/' || is_end(*p)))
			return place;
	}
	return BOOTORDER_UNLISTED;
}

/* The first line that means the device, or another of its kind, as QEMU misnames it. */
static uint32_t place_of_wrong_path(const struct device *device)
{
	char parent[PATH_SIZE];
	uint32_t place = 0;

	device_path(device->parent, parent, sizeof(parent));
	for (const char *line = order; line; line = next_line(line), place++) {
		const char *p = line;

		skip(&p, parent);
		if (skip(&p, device->bus->wrong_path))
			return place;
	}
	return BOOTORDER_UNLISTED;
}

uint32_t bootorder_place(const struct device *device)
{
	char path[PATH_SIZE];
	uint32_t place;

	if (!order)
		return BOOTORDER_UNLISTED;
	device_path(device, path, sizeof(path));
	place = bootorder_place_of_path(path);
	if (place == BOOTORDER_UNLISTED && device->bus->wrong_path)
		place = place_of_wrong_path(device);
	return place;
}

bool bootorder_is_strict(void)
{
	return bootorder_place_of_path("HALT") != BOOTORDER_UNLISTED;
}

/* The geometry that a line gives, after the path; false if it is none. */
static bool read_geometry(const char *p, struct geometry *g)
{
	uint32_t heads, sectors;

	if (!skip(&p, " ") || !skip_number(&p, &g->cylinders) || !skip(&p, " ") ||
	    !skip_number(&p, &heads) || !skip(&p, " ") || !skip_number(&p, &sectors))
		return false;
	g->heads = min_u32(heads, UINT16_MAX);
	g->sectors = min_u32(sectors, UINT16_MAX);
	return true;
}

static void set_geometry(struct disk *disk, const struct geometry *wanted)
{
	if (!wanted->cylinders || !wanted->heads || wanted->heads > MAX_HEADS || !wanted->sectors ||
	    wanted->sectors > MAX_SECTORS) {
		say("%s: bios-geometry %u/%u/%u is impossible\n", disk_name(disk),
		    wanted->cylinders, wanted->heads, wanted->sectors);
		return;
	}
	disk->geometry = geometry_of(disk_sectors(disk), wanted->heads, wanted->sectors);
	disk->geometry.cylinders = min_u32(wanted->cylinders, MAX_CYLINDERS);
	disk->geometry_final = true;
}

void bootorder_set_geometry(struct disk *disk)
{
	char path[PATH_SIZE];

	if (!geometries)
		return;
	device_path(disk->device, path, sizeof(path));
	for (const char *line = geometries; line; line = next_line(line)) {
		struct geometry wanted;
		const char *p = line;

		if (skip(&p, path) && is_end(*p) && read_geometry(p, &wanted))
			set_geometry(disk, &wanted);
	}
}
