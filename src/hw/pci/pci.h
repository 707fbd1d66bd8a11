/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * PCI Express as drivers see it: a function with its configuration space and the
 * memory behind its base address registers, which have been placed before the driver's
 * probe. Specification: PCI Local Bus 3.0, chapter 6; PCI Express Base 3.0, 7.2.2 (ECAM).
 */
#ifndef PETREL_HW_PCI_PCI_H
#define PETREL_HW_PCI_PCI_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/device.h"

/* Offsets into the configuration space: 6.1, and PCI-to-PCI Bridge 1.2, 3.2. */
enum pci_register {
	PCI_VENDOR_ID = 0x00,
	PCI_DEVICE_ID = 0x02,
	PCI_COMMAND = 0x04,
	PCI_STATUS = 0x06,
	PCI_CLASS_REVISION = 0x08, /* the revision is its lowest byte */
	PCI_HEADER_TYPE = 0x0e,
	PCI_BAR0 = 0x10,
	PCI_BUS_NUMBERS = 0x18,   /* bridges: primary, secondary, subordinate */
	PCI_MEMORY_WINDOW = 0x20, /* bridges: base, limit */
	PCI_PREFETCHABLE_WINDOW = 0x24,
	PCI_PREFETCHABLE_BASE_UPPER = 0x28,
	PCI_PREFETCHABLE_LIMIT_UPPER = 0x2c,
	PCI_SUBSYSTEM_ID = 0x2c, /* vendor, then id */
	PCI_ROM = 0x30,
	PCI_CAPABILITIES = 0x34,
	PCI_BRIDGE_ROM = 0x38,
	PCI_INTERRUPT_LINE = 0x3c,
	PCI_INTERRUPT_PIN = 0x3d,
	PCI_CONFIG_SIZE = 0x100, /* of the part that every function has */
	PCI_ECAM_SIZE = 0x1000,
};

/* 6.2.2 "Device Control" */
enum pci_command {
	PCI_COMMAND_MEMORY = 1 << 1,
	PCI_COMMAND_BUS_MASTER = 1 << 2,
	PCI_COMMAND_NO_INTX = 1 << 10,
};

/* Appendix H */
enum pci_capability_id {
	PCI_CAPABILITY_VENDOR = 0x09,
	PCI_CAPABILITY_EXPRESS = 0x10,
};

/* A piece of address space that a function decodes. */
struct pci_region {
	uint64_t address; /* 0: not placed */
	uint64_t size;    /* bytes; 0: there is none */
	uint8_t align;    /* log2 of its alignment, and of its size if it is no window */
	uint8_t flags;    /* enum pci_region_flags, of place.c */
};

enum {
	PCI_BARS = 6,
	PCI_ROM_REGION = PCI_BARS,
	PCI_LOW_WINDOW,  /* what a bridge passes on below 4 GiB ... */
	PCI_HIGH_WINDOW, /* ... and above, prefetchable */
	PCI_REGIONS,
};

struct pci_function {
	struct device device; /* "pci 00:03.0"; its parent is a bridge or the host bridge */
	uint32_t config;      /* physical address of its configuration space */
	uint16_t vendor, id;
	uint32_t class_code;       /* base class << 16 | sub-class << 8 | programming interface */
	uint8_t bus, slot, number; /* where it is; number: of the function in the slot */
	bool is_bridge;
	bool is_driven;                 /* a driver of ours has it */
	uint8_t secondary, subordinate; /* buses behind a bridge */
	bool takes_hot_plug;            /* something may be plugged in behind the bridge later */
	bool passes_high;               /* the bridge passes prefetchable memory above 4 GiB on */
	struct pci_function *bridge;    /* in front of its bus, NULL on bus 0 */
	struct pci_function *next;      /* in the order in which they were found */
	struct pci_region regions[PCI_REGIONS];
};

/* A driver takes what matches all that it names. */
struct pci_driver {
	uint16_t vendor;                 /* 0: any */
	uint16_t first_id, last_id;      /* with a vendor */
	uint32_t class_code, class_mask; /* without one */
	/* The function's memory is decoded, it may not be bus master yet. Returns 0 or an
	 * error, which is said; ERR_NOENT if it is not for this driver, but maybe for another. */
	int (*probe)(struct pci_function *function);
};

#define PCI_DRIVER(name)                                                                           \
	static const struct pci_driver name __attribute__((used, section(".drivers.pci")))

/* rom.lds.S */
extern const struct pci_driver pci_drivers_start[], pci_drivers_end[];

/* Naturally aligned registers of the configuration space. */
uint8_t pci_read8(const struct pci_function *function, unsigned offset);
uint16_t pci_read16(const struct pci_function *function, unsigned offset);
uint32_t pci_read32(const struct pci_function *function, unsigned offset);
void pci_write8(const struct pci_function *function, unsigned offset, uint8_t value);
void pci_write16(const struct pci_function *function, unsigned offset, uint16_t value);
void pci_write32(const struct pci_function *function, unsigned offset, uint32_t value);

/* Sets bits of enum pci_command; drivers want PCI_COMMAND_BUS_MASTER, by which the device
 * reaches memory by itself. */
void pci_add_command(const struct pci_function *function, uint16_t bits);

/* The physical address of `length` bytes at `offset` of a BAR (0 to 5); 0 if it was not
 * placed below 4 GiB, is no memory, or is shorter. */
uint32_t pci_bar(const struct pci_function *function, unsigned bar, uint64_t offset,
		 uint64_t length);

/* A capability in the list of a function; zeroes before the first. */
struct pci_capability {
	uint8_t offset; /* in the configuration space */
	uint8_t id;     /* enum pci_capability_id */
	uint8_t left;   /* private: how many more there can be, so that a loop ends */
};

/* Gets the next capability; false after the last one. */
bool pci_next_capability(const struct pci_function *function, struct pci_capability *capability);

/* The offset of the first capability with this id, 0 if there is none. */
unsigned pci_find_capability(const struct pci_function *function, enum pci_capability_id id);

#endif
