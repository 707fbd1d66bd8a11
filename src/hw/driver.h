/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * How drivers make themselves known: each defines a const descriptor, which the
 * linker collects in a table. Nothing else in the tree names a driver.
 */
#ifndef PETREL_HW_DRIVER_H
#define PETREL_HW_DRIVER_H

#include <stdbool.h>
#include <stdint.h>

#include "fw/aml.h"

struct fw_cfg_file;
struct usb_device;
struct usb_interface;
struct virtio_device;

enum { ACPI_DRIVER_IDS = 4 };

struct acpi_driver {
	const char *ids[ACPI_DRIVER_IDS]; /* _HID or _CID, as in ASL */
	/* Brings the device up. `aml` and `device` are valid during this call only. Returns 0 or an error, which is logged with the
	 * device's path; ERR_NOENT if there is nothing to drive, which is not. */
	int (*probe)(struct aml *aml, const struct aml_device *device);
	/* NULL, or: looks where a microvm without ACPI tables has such devices, and
	 * brings up what answers. */
	void (*search)(void);
};

/* Takes a table by its signature, of any that is neither the DSDT nor an SSDT. */
struct acpi_table_driver {
	char signature[5];
	/* `table` is whole and its checksum is right; `length` includes the header. Called
	 * before any device is probed. */
	void (*found)(const void *table, uint32_t length);
};

/* Takes a device that the host offers by a file of fw_cfg. */
struct fw_cfg_driver {
	const char *file;
	uint32_t size;   /* of that name, with its NUL */
	const char *rom; /* the file of an option ROM that is not run then */
	/* As above; `file` is in scratch memory. */
	int (*probe)(const struct fw_cfg_file *file);
};

struct virtio_driver {
	uint32_t device_id; /* virtio 1.2, 5 "Device Types" */
	int (*probe)(struct virtio_device *device);
};

enum { USB_ANY = 0x100 };

struct usb_driver {
	/* Of an interface; the last two may be USB_ANY. Assigned numbers: usb.org */
	uint16_t class, subclass, protocol;
	bool preferred; /* to a driver for another alternate setting of the same interface */
	/* `interface` is valid during this call only. ERR_NOENT: it is not for this driver. */
	int (*probe)(struct usb_device *device, const struct usb_interface *interface);
};

#define ACPI_DRIVER(name)                                                                          \
	static const struct acpi_driver name __attribute__((used, section(".drivers.acpi")))
#define ACPI_TABLE_DRIVER(name)                                                                    \
	static const struct acpi_table_driver name                                                 \
		__attribute__((used, section(".drivers.acpi_table")))
#define FW_CFG_DRIVER(name)                                                                        \
	static const struct fw_cfg_driver name __attribute__((used, section(".drivers.fw_cfg")))
#define VIRTIO_DRIVER(name)                                                                        \
	static const struct virtio_driver name __attribute__((used, section(".drivers.virtio")))

#define USB_DRIVER(name)                                                                           \
	static const struct usb_driver name __attribute__((used, section(".drivers.usb")))

/* rom.lds.S */
extern const struct acpi_driver acpi_drivers_start[], acpi_drivers_end[];
extern const struct acpi_table_driver acpi_table_drivers_start[], acpi_table_drivers_end[];
extern const struct fw_cfg_driver fw_cfg_drivers_start[], fw_cfg_drivers_end[];
extern const struct usb_driver usb_drivers_start[], usb_drivers_end[];
extern const struct virtio_driver virtio_drivers_start[], virtio_drivers_end[];

#endif
