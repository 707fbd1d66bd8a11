/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * Two fw_cfg files with a line for each device that the user gave a property:
 *
 *   bootorder      /virtio-mmio@00000000feb02e00/disk@0,0
 *                  /virtio-mmio@00000000feb02c00/channel@0/disk@3,5
 *                  HALT (-boot strict=on: try nothing else)
 *   bios-geometry  a path as above, then cylinders, heads, sectors (lcyls=...)
 *
 * The paths are Open Firmware's: of each part, name@address. A disk's is known by
 * the address of its device and, on SCSI, its channel, target and LUN in
 * hexadecimal; the name of the transport plays no part.
 *
 * Reference: QEMU, softmmu/bootdevice.c and the get_fw_dev_path functions of
 * hw/core/sysbus.c and hw/scsi/scsi-bus.c.
 */
#include "bootorder.h"

#include <string.h>

#include "fw/fw_cfg.h"
#include "geometry.h"
#include "print.h"

enum { MAX_HEADS = 255, MAX_SECTORS = 63, MAX_CYLINDERS = 1024 };

static const char *order, *geometries; /* NULL without the file */

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

static bool digit(char c, unsigned base, unsigned *value)
{
	if (c >= '0' && c <= '9')
		*value = c - '0';
	else if (c >= 'a' && c <= 'f')
		*value = c - 'a' + 10;
	else
		return false;
	return *value < base;
}

/* Reads a number at *p and skips it; false if there is none, or it is too large. */
static bool number(const char **p, unsigned base, uint32_t *value)
{
	const char *start = *p;
	uint64_t sum = 0;
	unsigned d;

	for (; digit(**p, base, &d); (*p)++) {
		sum = sum * base + d;
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

/* Whether the path at *p, which is then skipped, is the disk's. */
static bool is_disk(const char **p, const struct disk *disk)
{
	uint32_t base, channel = 0, target, lun;

	if (**p != '/')
		return false;
	while (**p != '@' && !is_end(**p))
		(*p)++;
	if (!skip(p, "@") || !number(p, 16, &base) || base != disk->base || !skip(p, "/"))
		return false;
	if (disk->on_scsi && (!skip(p, "channel@") || !number(p, 16, &channel) || !skip(p, "/")))
		return false;
	if (!skip(p, "disk@") || !number(p, 16, &target) || !skip(p, ",") || !number(p, 16, &lun))
		return false;
	return is_end(**p) && !channel && target == disk->target && lun == disk->lun;
}

/* The start of the line after this one, or NULL. */
static const char *next_line(const char *line)
{
	while (*line && *line != '\n')
		line++;
	return *line ? line + 1 : NULL;
}

uint32_t bootorder_of_disk(const struct disk *disk)
{
	uint32_t place = 0;

	for (const char *line = order; line; line = next_line(line), place++) {
		const char *p = line;

		if (is_disk(&p, disk))
			return place;
	}
	return BOOTORDER_UNLISTED;
}

uint32_t bootorder_of_path(const char *path)
{
	uint32_t place = 0;

	for (const char *line = order; line; line = next_line(line), place++) {
		const char *p = line;

		if (skip(&p, path) && is_end(*p))
			return place;
	}
	return BOOTORDER_UNLISTED;
}

bool bootorder_is_strict(void)
{
	return bootorder_of_path("HALT") != BOOTORDER_UNLISTED;
}

void bootorder_set_geometry(struct disk *disk)
{
	for (const char *line = geometries; line; line = next_line(line)) {
		const char *p = line;
		uint32_t cylinders, heads, sectors;

		if (!is_disk(&p, disk) || !skip(&p, " ") || !number(&p, 10, &cylinders) ||
		    !skip(&p, " ") || !number(&p, 10, &heads) || !skip(&p, " ") ||
		    !number(&p, 10, &sectors))
			continue;
		if (!cylinders || !heads || heads > MAX_HEADS || !sectors ||
		    sectors > MAX_SECTORS) {
			say("%s: bios-geometry %u/%u/%u is impossible\n", disk->name, cylinders,
			    heads, sectors);
			return;
		}
		disk->geometry = geometry_of(disk_sectors(disk), heads, sectors);
		disk->geometry.cylinders = cylinders < MAX_CYLINDERS ? cylinders : MAX_CYLINDERS;
		disk->geometry_final = true;
	}
}
