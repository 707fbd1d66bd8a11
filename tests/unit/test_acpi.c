/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * From the RSDP to drivers: good tables of both kinds, and each way in which
 * they can be wrong.
 */
#include "fw/acpi.h"

#include <string.h>

#include "hw/driver.h"
#include "lib/error.h"
#include "fake_fw_cfg.h"
#include "lib/memmap.h"
#include "lib/memory.h"
#include "unit.h"

/* Where the parts lie in the one file of tables, whose address is known. */
enum {
	FILE_SIZE = 0x2000,
	BASE = MACHINE_MEMORY - FILE_SIZE,
	RSDT = 0x000,
	XSDT = 0x100,
	FADT = 0x200,
	DSDT = 0x400,
	DSDT_COPY = 0x500,
	SSDT = 0x600,
	OTHER = 0x800,

	HEADER = 36,
	FADT_SIZE = 244,
	/* Offsets in the FADT and in the RSDP. */
	FADT_DSDT = 40,
	FADT_FLAGS = 112,
	FADT_RESET = 116,
	FADT_RESET_VALUE = 128,
	FADT_X_DSDT = 140,
	RSDP_CHECKSUM = 8,
	RSDP_REVISION = 15,
	RSDP_RSDT = 16,
	RSDP_LENGTH = 20,
	RSDP_XSDT = 24,
	RSDP_EXTENDED = 32,
	RSDP_SIZE = 36,
};

static uint8_t file[FILE_SIZE], rsdp[RSDP_SIZE];

/* --- drivers --- */

static unsigned probed;
static int probe_result;
static char path_buffer[64];
static const char *probed_path;

static int probe(struct aml *aml, const struct aml_device *device)
{
	probed++;
	(void)aml;
	probed_path = aml_device_path(device, path_buffer, sizeof(path_buffer));
	return probe_result;
}

/* unit.mk makes acpi_drivers_end point behind it. */
const struct acpi_driver acpi_drivers_start[] = {
	{.ids = {"NOTHERE0", "TEST0001"}, .probe = probe},
};

static unsigned tables_found;

static void found(const void *table, uint32_t length)
{
	ok(!memcmp(table, "FACP", 4) && length > 36);
	tables_found++;
}

const struct acpi_table_driver acpi_table_drivers_start[] = {
	{.signature = "FACP", .found = found},
};

/* --- building tables --- */

static void put(uint8_t *to, uint64_t value, unsigned size)
{
	memcpy(to, &value, size);
}

static void fix_sum(uint8_t *memory, size_t size, unsigned checksum)
{
	uint8_t sum = 0;

	memory[checksum] = 0;
	for (size_t i = 0; i < size; i++)
		sum += memory[i];
	memory[checksum] = -sum;
}

static void set_length(unsigned at, uint32_t length)
{
	put(file + at + 4, length, 4);
	if (length <= sizeof(file) - at)
		fix_sum(file + at, length, 9);
}

static void header(unsigned at, const char *signature, unsigned length)
{
	memset(file + at, 0, length > HEADER ? HEADER : length);
	memcpy(file + at, signature, 4);
	file[at + 8] = 2;
	set_length(at, length);
}

/* A table with Scope (\_SB) { Device (name) { Name (_HID, hid) } }. */
static void aml_table(unsigned at, const char *signature, const char *name, const char *hid)
{
	static const uint8_t code[] = {0x10, 28,  '\\', '_', 'S',  'B', '_', 0x5b, 0x82, 20,
				       'N',  'A', 'M',  'E', 0x08, '_', 'H', 'I',  'D',  0x0d};
	uint8_t *body = file + at + HEADER;

	memcpy(body, code, sizeof(code));
	memcpy(body + 10, name, 4);
	strcpy((char *)body + sizeof(code), hid);
	header(at, signature, HEADER + sizeof(code) + strlen(hid) + 1);
}

static void list(unsigned at, const char *signature, unsigned entry_size)
{
	uint8_t *body = file + at + HEADER;

	put(body, BASE + OTHER, entry_size);
	put(body + entry_size, BASE + FADT, entry_size);
	put(body + 2 * entry_size, BASE + SSDT, entry_size);
	header(at, signature, HEADER + 3 * entry_size);
}

static void fix_rsdp(void)
{
	fix_sum(rsdp, 20, RSDP_CHECKSUM);
	fix_sum(rsdp, RSDP_SIZE, RSDP_EXTENDED);
}

/* Tables as they should be. */
static void begin(void)
{
	memset(file, 0, sizeof(file));
	memset(rsdp, 0, sizeof(rsdp));
	list(RSDT, "RSDT", 4);
	list(XSDT, "XSDT", 8);
	aml_table(DSDT, "DSDT", "DSK0", "TEST0001");
	aml_table(DSDT_COPY, "DSDT", "DSK1", "TEST0001");
	aml_table(SSDT, "SSDT", "DSK2", "TEST0001");
	header(OTHER, "OEM1", HEADER);
	header(FADT, "FACP", FADT_SIZE);
	put(file + FADT + FADT_DSDT, BASE + DSDT, 4);
	put(file + FADT + FADT_X_DSDT, BASE + DSDT_COPY, 8);
	put(file + FADT + FADT_FLAGS, 1 << 10, 4);
	file[FADT + FADT_RESET] = 1;
	put(file + FADT + FADT_RESET + 4, 0x608, 8);
	file[FADT + FADT_RESET_VALUE] = 0x55;
	set_length(FADT, FADT_SIZE);
	memcpy(rsdp, "RSD PTR ", 8);
	rsdp[RSDP_REVISION] = 2;
	put(rsdp + RSDP_RSDT, BASE + RSDT, 4);
	put(rsdp + RSDP_LENGTH, RSDP_SIZE, 4);
	put(rsdp + RSDP_XSDT, BASE + XSDT, 8);
	fix_rsdp();
}

static bool load(void)
{
	static uint8_t script[2][128];

	machine_reset();
	fake_fw_cfg_reset();
	probed = probe_result = 0;
	memset(script, 0, sizeof(script));
	for (unsigned i = 0; i < 2; i++) {
		script[i][0] = 1; /* ALLOCATE */
		strcpy((char *)script[i] + 4, i ? "rsdp" : "tables");
		script[i][60] = 16;
		script[i][64] = i + 1; /* high, F segment */
	}
	fake_fw_cfg_add("tables", file, sizeof(file));
	fake_fw_cfg_add("rsdp", rsdp, sizeof(rsdp));
	fake_fw_cfg_add("etc/table-loader", script, sizeof(script));
	return acpi_load();
}

static int load_and_probe(void)
{
	return load() ? acpi_probe_devices() : -100;
}

/* --- the tests --- */

static void good(void)
{
	unsigned count;
	const struct memmap_entry *map;

	begin();
	ok(load());
	ok(!memcmp(phys_ptr(acpi_rsdp()), "RSD PTR ", 8));
	map = memmap_entries(&count);
	ok(map[count - 1].start == BASE && map[count - 1].length == FILE_SIZE &&
	   map[count - 1].type == MEMMAP_RESERVED);
	ok(acpi_probe_devices() == 2 && probed == 2); /* from X_DSDT and SSDT */
	ok(!strcmp(probed_path, "\\_SB.DSK2") || !strcmp(probed_path, "\\_SB.DSK1"));
	ok(machine_was_silent());
}

/* The order of the tables says nothing: this SSDT is the first of all. */
static void ssdt_first(void)
{
	begin();
	aml_table(OTHER, "SSDT", "DSK3", "TEST0001");
	ok(load_and_probe() == 3 && probed == 3);
	ok(machine_was_silent());
}

/* ACPI 1.0: a short RSDP, an RSDT, a FADT without X_DSDT. */
static void old(void)
{
	begin();
	rsdp[RSDP_REVISION] = 0;
	put(rsdp + RSDP_XSDT, 0xdeadbeef, 8); /* nobody's business */
	fix_rsdp();
	rsdp[RSDP_EXTENDED]++;
	memset(file + FADT + FADT_RESET, 0xff, 128);
	set_length(FADT, FADT_RESET);
	ok(load_and_probe() == 2 && probed == 2);
	ok(machine_was_silent());
	begin();
	put(rsdp + RSDP_XSDT, 0, 8);
	fix_rsdp();
	put(file + RSDT + HEADER + 8, BASE + OTHER, 4); /* other than the XSDT: no SSDT */
	set_length(RSDT, HEADER + 12);
	put(file + FADT + FADT_X_DSDT, 0, 8);
	set_length(FADT, FADT_SIZE);
	ok(load_and_probe() == 1 && !strcmp(probed_path, "\\_SB.DSK0"));
	ok(machine_was_silent());
}

static void bad_rsdp(void)
{
	begin();
	rsdp[10]++;
	ok(!load() && !acpi_rsdp());
	ok(machine_said(": wrong checksum; left out\n"));
	ok(acpi_probe_devices() == ERR_NOENT);
	begin();
	rsdp[RSDP_EXTENDED]++;
	ok(!load());
	ok(machine_said("ACPI: RSDP at "));
	begin();
	rsdp[0] = 'x';
	ok(!load() && machine_was_silent());
}

/* The XSDT at this address is refused. */
static bool xsdt_refused(uint64_t address, const char *reason)
{
	char line[100];

	put(rsdp + RSDP_XSDT, address, 8);
	fix_rsdp();
	snprintf(line, sizeof(line), "ACPI: XSDT at %llx: %s; left out\n",
		 (unsigned long long)address, reason);
	return load_and_probe() == ERR_NOENT && machine_said(line);
}

static void bad_xsdt(void)
{
	static const uint64_t outside[] = {1,          0xfffff,
					   BASE - 1,   MACHINE_MEMORY,
					   UINT32_MAX, 1ull << 32 | (BASE + XSDT),
					   UINT64_MAX};

	begin();
	file[XSDT + 30]++;
	ok(xsdt_refused(BASE + XSDT, "wrong checksum"));
	for (unsigned i = 0; i < sizeof(outside) / sizeof(outside[0]); i++) {
		begin();
		ok(xsdt_refused(outside[i], "outside the tables"));
	}
	begin();
	ok(xsdt_refused(MACHINE_MEMORY - 10, "outside the tables")); /* cut off */
	begin();
	set_length(XSDT, HEADER - 1);
	ok(xsdt_refused(BASE + XSDT, "outside the tables"));
	begin();
	set_length(XSDT, FILE_SIZE - XSDT + 1);
	ok(xsdt_refused(BASE + XSDT, "outside the tables"));
	begin();
	set_length(XSDT, UINT32_MAX);
	ok(xsdt_refused(BASE + XSDT, "outside the tables"));
	begin();
	set_length(XSDT, HEADER); /* good, but empty */
	ok(load_and_probe() == ERR_NOENT && machine_was_silent());
	begin();
	set_length(XSDT, HEADER + 2 * 8 + 7); /* part of an entry */
	ok(load_and_probe() == 1 && machine_was_silent());
}

static void bad_fadt(void)
{
	begin();
	file[FADT + 100]++;
	ok(load_and_probe() == ERR_NOENT);
	ok(machine_said("wrong checksum; left out\n"));
	begin();
	set_length(FADT, FADT_FLAGS - 1);
	ok(load_and_probe() == ERR_NOENT && machine_was_silent());
	begin();
	put(file + FADT + FADT_DSDT, 0, 4);
	put(file + FADT + FADT_X_DSDT, 0, 8);
	set_length(FADT, FADT_SIZE);
	ok(load_and_probe() == ERR_NOENT && machine_was_silent());
	begin();
	put(file + FADT + FADT_X_DSDT, 0x1234, 8);
	set_length(FADT, FADT_SIZE);
	ok(load_and_probe() == ERR_NOENT);
	ok(machine_said("ACPI: DSDT at 1234: outside the tables; left out\n"));
}

/* The list is gone through twice, what is wrong is said once. */
static void bad_tables(void)
{
	begin();
	file[OTHER + 10]++; /* before the FADT */
	ok(load_and_probe() == 2);
	ok(machine_said_once("wrong checksum; left out\n"));
	begin();
	file[SSDT + 40]++; /* behind it */
	ok(load_and_probe() == 1);
	ok(machine_said_once("wrong checksum; left out\n"));
	begin();
	file[OTHER + 10]++;
	file[FADT + 100]++;
	file[SSDT + 40]++;
	ok(load_and_probe() == ERR_NOENT);
	ok(machine_said_once("ACPI: table at 7fe800: wrong checksum; left out\n"));
}

static void bad_code(void)
{
	begin();
	file[DSDT_COPY + 40]++;
	ok(load_and_probe() == ERR_NOENT);
	ok(machine_said("wrong checksum; left out\n"));
	begin();
	file[SSDT + 40]++;
	ok(load_and_probe() == 1 && !strcmp(probed_path, "\\_SB.DSK1"));
	ok(machine_said("wrong checksum; left out\n"));
	begin();
	file[SSDT + HEADER + 1] = 0; /* a package without even its length */
	fix_sum(file + SSDT, HEADER + 29, 9);
	ok(load_and_probe() == 1);
	ok(machine_said("ACPI: SSDT at 7fe600: damaged"));
	begin();
	file[SSDT + HEADER + 1] = 60; /* longer than the table, whose end counts */
	fix_sum(file + SSDT, HEADER + 29, 9);
	ok(load_and_probe() == 2 && machine_was_silent());
}

static void drivers(void)
{
	begin();
	aml_table(SSDT, "SSDT", "DSK2", "TEST0002");
	ok(load_and_probe() == 2 && probed == 1 && tables_found);
	ok(!strcmp(probed_path, "\\_SB.DSK1"));
	begin();
	ok(load());
	probe_result = ERR_NOENT;
	ok(acpi_probe_devices() == 2 && probed == 2 && machine_was_silent());
	begin();
	ok(load());
	probe_result = ERR_TIMEOUT;
	ok(acpi_probe_devices() == 2 && probed == 2);
	ok(machine_said("ACPI: \\_SB.DSK1: cannot be used, error -6\n"));
}

static void reset_register(void)
{
	struct acpi_reset reset;

	begin();
	ok(load() && !acpi_reset_register(&reset)); /* nothing read yet */
	ok(acpi_probe_devices() == 2);
	ok(acpi_reset_register(&reset));
	ok(reset.is_port && reset.address == 0x608 && reset.value == 0x55);
	begin();
	file[FADT + FADT_RESET] = 0;
	set_length(FADT, FADT_SIZE);
	ok(load_and_probe() == 2 && acpi_reset_register(&reset) && !reset.is_port);
	begin();
	file[FADT + FADT_RESET] = 2; /* PCI configuration space */
	set_length(FADT, FADT_SIZE);
	ok(load_and_probe() == 2 && !acpi_reset_register(&reset));
	begin();
	put(file + FADT + FADT_FLAGS, 0, 4);
	set_length(FADT, FADT_SIZE);
	ok(load_and_probe() == 2 && !acpi_reset_register(&reset));
	begin();
	set_length(FADT, FADT_RESET_VALUE);
	ok(load_and_probe() == 2 && !acpi_reset_register(&reset));
}

int main(void)
{
	good();
	ssdt_first();
	old();
	bad_rsdp();
	bad_xsdt();
	bad_fadt();
	bad_tables();
	bad_code();
	drivers();
	reset_register();
	return done();
}
