/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * From the RSDP to devices with drivers. Tables are trusted only as far as
 * their lengths and checksums go; one that is wrong is named and left out.
 *
 * Specification: ACPI 6.5, 5.2.5 "RSDP", 5.2.7 "RSDT", 5.2.8 "XSDT", 5.2.9 "FADT".
 */
#include "fw/acpi.h"

#include <stddef.h>
#include <string.h>

#include "fw/aml.h"
#include "fw/loader.h"
#include "hw/driver.h"
#include "lib/checksum.h"
#include "lib/error.h"
#include "lib/log.h"
#include "lib/memory.h"

/* A Generic Address Structure, 5.2.3.2. */
struct acpi_address {
	uint8_t space;
	uint8_t bit_width, bit_offset, access_size;
	uint64_t address;
} __attribute__((packed));

struct rsdp {
	char signature[8];
	uint8_t checksum;
	char oem_id[6];
	uint8_t revision;
	uint32_t rsdt;
	uint32_t length;
	uint64_t xsdt;
	uint8_t extended_checksum;
	uint8_t reserved[3];
} __attribute__((packed));

struct table {
	char signature[4];
	uint32_t length;
	uint8_t rest[28];
	uint8_t body[];
} __attribute__((packed));

struct fadt {
	struct table header;
	uint32_t facs, dsdt;
	uint8_t up_to_flags[112 - 44];
	uint32_t flags;
	struct acpi_address reset_register;
	uint8_t reset_value;
	uint8_t up_to_x_dsdt[140 - 129];
	uint64_t x_dsdt;
} __attribute__((packed));

_Static_assert(offsetof(struct fadt, flags) == 112, "FADT layout");
_Static_assert(offsetof(struct fadt, x_dsdt) == 140, "FADT layout");

enum {
	RSDP_V1_SIZE = 20,
	FADT_RESET_REG_SUP = 1 << 10,
	SPACE_IO = 1, /* 0 is memory */
	ARENA_SIZE = 128 << 10,
	PATH_SIZE = 64,
};

/* Both where the loader has placed them, in memory that stays reserved. */
static struct rsdp *rsdp;
static const struct fadt *fadt;

/* A table by its address, verified. It must lie in memory that the loader could
 * have placed it in. What is wrong is said, unless `what` is NULL. */
static const struct table *get_table(uint64_t address, const char *what)
{
	const struct memory_range arena = memory_arena();
	const struct table *table;
	int error = ERR_RANGE;

	if (address >= arena.start && address < arena.end) {
		table = phys_ptr(address);
		error = aml_check_table(table, arena.end - address);
		if (error > 0)
			return table;
	}
	if (what)
		say("ACPI: %s at %llx: %s; left out\n", what, address,
		    error == ERR_CHECKSUM ? "wrong checksum" : "outside the tables");
	return NULL;
}

static bool rsdp_valid(const struct rsdp *r)
{
	if (checksum_bytes(r, RSDP_V1_SIZE))
		return false;
	return r->revision < 2 || !checksum_bytes(r, sizeof(*r));
}

bool acpi_load(void)
{
	fadt = NULL;
	rsdp = loader_run();
	if (rsdp && !rsdp_valid(rsdp)) {
		say("ACPI: RSDP at %x: wrong checksum; left out\n", ptr_phys(rsdp));
		rsdp = NULL;
	}
	return rsdp;
}

uint32_t acpi_rsdp(void)
{
	return rsdp ? ptr_phys(rsdp) : 0;
}

/* The XSDT and the RSDT are lists of addresses, in 64 and in 32 bits. */
struct table_list {
	const struct table *table;
	unsigned entry_size;
	unsigned count;
};

static bool get_list(struct table_list *list)
{
	bool extended = rsdp->revision >= 2 && rsdp->xsdt;

	list->table = get_table(extended ? rsdp->xsdt : rsdp->rsdt, extended ? "XSDT" : "RSDT");
	if (!list->table)
		return false;
	list->entry_size = extended ? 8 : 4;
	list->count = (list->table->length - sizeof(*list->table)) / list->entry_size;
	return true;
}

static const struct table *list_entry(const struct table_list *list, unsigned index,
				      const char *what)
{
	uint64_t address = 0;

	memcpy(&address, list->table->body + index * list->entry_size, list->entry_size);
	return get_table(address, what);
}

static const struct table *get_dsdt(void)
{
	uint64_t address = fadt->dsdt;

	if (fadt->header.length >= offsetof(struct fadt, x_dsdt) + 8 && fadt->x_dsdt)
		address = fadt->x_dsdt;
	return address ? get_table(address, "DSDT") : NULL;
}

static void add_table(struct aml *aml, const struct table *table)
{
	int error = aml_add_table(aml, table, table->length);

	if (error)
		say("ACPI: %c%c%c%c at %x: damaged, error %d; part of it is left out\n",
		    table->signature[0], table->signature[1], table->signature[2],
		    table->signature[3], ptr_phys(table), error);
}

/* Gives a table to the driver that wants it. */
static void offer_table(const struct table *table)
{
	for (const struct acpi_table_driver *d = acpi_table_drivers_start;
	     d < acpi_table_drivers_end; d++)
		if (!memcmp(table->signature, d->signature, sizeof(table->signature)))
			d->found(table, table->length);
}

/* Adds the DSDT, then every SSDT. */
static int read_tables(struct aml *aml)
{
	struct table_list list;
	const struct table *dsdt = NULL;
	unsigned seen; /* tables of which all has been said */

	if (!rsdp || !get_list(&list))
		return ERR_NOENT;
	for (seen = 0; seen < list.count; seen++) {
		const struct table *table = list_entry(&list, seen, "table");

		if (!table || memcmp(table->signature, "FACP", 4) ||
		    table->length < offsetof(struct fadt, flags))
			continue;
		fadt = (const struct fadt *)table;
		dsdt = get_dsdt();
		break;
	}
	if (!dsdt)
		return ERR_NOENT;
	add_table(aml, dsdt);
	for (unsigned i = 0; i < list.count; i++) {
		const struct table *table = list_entry(&list, i, i < seen ? NULL : "table");

		if (table && !memcmp(table->signature, "SSDT", 4))
			add_table(aml, table);
		else if (table)
			offer_table(table);
	}
	return aml_finish(aml);
}

static const struct acpi_driver *find_driver(const struct aml_device *device)
{
	for (const struct acpi_driver *d = acpi_drivers_start; d < acpi_drivers_end; d++)
		for (unsigned i = 0; i < ACPI_DRIVER_IDS && d->ids[i]; i++)
			if (aml_device_matches(device, d->ids[i]))
				return d;
	return NULL;
}

static void probe_device(struct aml *aml, const struct aml_device *device)
{
	const struct acpi_driver *driver = find_driver(device);
	char path[PATH_SIZE];
	int error = ERR_NOENT;

	if (!driver)
		return;
	if (device->status != AML_PRESENT)
		log_line(LOG_INFO, "%s: not present, or only an interpreter could tell",
			 aml_device_path(device, path, sizeof(path)));
	else
		error = driver->probe(aml, device);
	if (error && error != ERR_NOENT)
		say("ACPI: %s: cannot be used, error %d\n",
		    aml_device_path(device, path, sizeof(path)), error);
}

/* The namespace is in scratch memory and ends with this function: a driver must take what
 * it needs from its device in probe(). */
int acpi_probe_devices(void)
{
	void *arena = memory_alloc_scratch(ARENA_SIZE, 8);
	struct aml_device device = {0};
	struct aml aml;
	int count = 0;

	if (!arena || aml_init(&aml, arena, ARENA_SIZE))
		return ERR_NOMEM;
	if (read_tables(&aml) == ERR_NOENT)
		return ERR_NOENT;
	for (; aml_next_device(&aml, &device); count++)
		probe_device(&aml, &device);
	return count;
}

bool acpi_reset_register(struct acpi_reset *reset)
{
	if (!fadt || fadt->header.length <= offsetof(struct fadt, reset_value) ||
	    !(fadt->flags & FADT_RESET_REG_SUP) || fadt->reset_register.space > SPACE_IO)
		return false;
	reset->is_port = fadt->reset_register.space == SPACE_IO;
	reset->address = fadt->reset_register.address;
	reset->value = fadt->reset_value;
	return true;
}
