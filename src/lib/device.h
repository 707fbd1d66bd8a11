/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * What a device is to those who do not drive it: its place in the machine, its name for
 * messages, and the path by which QEMU's boot order names it. Disks and consoles point
 * to theirs. Only a device's bus knows what its address means.
 */
#ifndef PETREL_LIB_DEVICE_H
#define PETREL_LIB_DEVICE_H

#include <stddef.h>
#include <stdint.h>

enum { DEVICE_NAME_SIZE = 40 };

struct device;

/* Where a disk is, as INT 13h AH=48h tells it: EDD-4, table 21. */
struct edd_path {
	char bus[4], interface[8]; /* filled up with blanks */
	uint64_t interface_path;
	uint64_t device_path[2];
};

/* A kind of address: const, one for each bus. */
struct device_bus {
	/* Writes the device's own part of its path to `to`, with a NUL, at most `size`
	 * bytes; "/virtio-mmio@00000000feb02e00", say. Returns its length. Source: QEMU's
	 * get_fw_dev_path functions. */
	size_t (*path)(const struct device *device, char *to, size_t size);
	/* How the last part of the path begins where QEMU gets it wrong, and maybe leaves
	 * out what comes before it; NULL: it gets it right. */
	const char *wrong_path;
	/* Fills in what of the path this bus decides. */
	void (*edd)(const struct device *device, struct edd_path *edd);
};

struct device {
	const struct device_bus *bus;
	const struct device *parent; /* NULL: the machine */
	uint64_t address;            /* on its bus */
	uint32_t order;              /* among its like: lower ones are tried first */
	char name[DEVICE_NAME_SIZE]; /* what it is, a blank, where: "virtio-blk feb02e00" */
};

/* Makes a device of a bus at an address; `order` is its parent's, 0 without one. It has
 * no name yet. */
void device_init(struct device *device, const struct device_bus *bus, const struct device *parent,
		 uint64_t address);

/* Names it `kind` and where `place` is: what follows the first blank in its name. */
void device_name(struct device *device, const char *kind, const struct device *place);

/* Writes the whole path, from the machine down, to `to`; what does not fit is left out.
 * `size` counts the NUL. */
void device_path(const struct device *device, char *to, size_t size);

/* Fills in the path to a disk, from the machine down. */
void device_edd_path(const struct device *device, struct edd_path *edd);

#endif
