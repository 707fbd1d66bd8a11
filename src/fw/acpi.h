/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * The ACPI tables: placing them, and finding devices in them.
 */
#ifndef PETREL_FW_ACPI_H
#define PETREL_FW_ACPI_H

#include <stdbool.h>
#include <stdint.h>

/* Loads the tables that the host offers. What is wrong with them is said on the
 * console; returns false if there is no RSDP afterwards. */
bool acpi_load(void);

/* Reads DSDT and SSDTs and gives each device that is present to the driver that
 * knows it. Returns the number of devices found, or ERR_NOENT without a DSDT. */
int acpi_probe_devices(void);

/* Physical address of the RSDP, 0 if there is none. */
uint32_t acpi_rsdp(void);

/* The FADT's reset register, a byte wide. */
struct acpi_reset {
	bool is_port;
	uint64_t address;
	uint8_t value;
};

/* Returns false if the tables have none, in memory or among the ports. */
bool acpi_reset_register(struct acpi_reset *reset);

#endif
