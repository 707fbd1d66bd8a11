/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * The linker-loader: what each command does, and what the user is told of each
 * mistake in a script.
 */
#include "fw/loader.h"

#include <stddef.h>
#include <string.h>

#include "fake_fw_cfg.h"
#include "layout.h"
#include "lib/memory.h"
#include "unit.h"

enum { ALLOCATE = 1, ADD_POINTER = 2, ADD_CHECKSUM = 3, WRITE_POINTER = 4 };
enum { HIGH = 1, FSEG = 2 };
enum { TABLES_SIZE = 0x200, RSDP_SIZE = 36, GUID_SIZE = 16 };

#define TABLES  "etc/acpi/tables"
#define RSDP    "etc/acpi/rsdp"
#define GUID    "etc/vmgenid_guid"
#define ADDRESS "etc/vmgenid_addr"

static uint8_t script[200 * 128];
static size_t script_size;

/* A new script, and the files that its commands can name. */
static void begin(void)
{
	uint8_t tables[TABLES_SIZE];
	uint8_t rsdp[RSDP_SIZE] = "RSD PTR ";

	for (unsigned i = 0; i < sizeof(tables); i++)
		tables[i] = i;
	memset(tables + 0x40, 0, 0x40);
	script_size = 0;
	machine_reset();
	fake_fw_cfg_reset();
	fake_fw_cfg_add(TABLES, tables, sizeof(tables));
	fake_fw_cfg_add(RSDP, rsdp, sizeof(rsdp));
	fake_fw_cfg_add(GUID, NULL, GUID_SIZE);
	fake_fw_cfg_add(ADDRESS, NULL, 8);
}

static uint8_t *entry(uint32_t command)
{
	uint8_t *e = script + script_size;

	memset(e, 0, 128);
	memcpy(e, &command, 4);
	script_size += 128;
	return e;
}

static void put32(uint8_t *e, unsigned offset, uint32_t value)
{
	memcpy(e + offset, &value, 4);
}

static void allocate(const char *file, uint32_t align, uint8_t zone)
{
	uint8_t *e = entry(ALLOCATE);

	strcpy((char *)e + 4, file);
	put32(e, 60, align);
	e[64] = zone;
}

static void add_pointer(const char *file, const char *source, uint32_t offset, uint8_t size)
{
	uint8_t *e = entry(ADD_POINTER);

	strcpy((char *)e + 4, file);
	strcpy((char *)e + 60, source);
	put32(e, 116, offset);
	e[120] = size;
}

static void add_checksum(const char *file, uint32_t offset, uint32_t start, uint32_t length)
{
	uint8_t *e = entry(ADD_CHECKSUM);

	strcpy((char *)e + 4, file);
	put32(e, 60, offset);
	put32(e, 64, start);
	put32(e, 68, length);
}

static void write_pointer(const char *file, const char *source, uint32_t offset,
			  uint32_t source_offset, uint8_t size)
{
	uint8_t *e = entry(WRITE_POINTER);

	strcpy((char *)e + 4, file);
	strcpy((char *)e + 60, source);
	put32(e, 116, offset);
	put32(e, 120, source_offset);
	e[124] = size;
}

static uint8_t *run(void)
{
	fake_fw_cfg_add("etc/table-loader", script, script_size);
	return loader_run();
}

/* A file with this content, allocated, is taken for the RSDP. */
static bool is_rsdp(const uint8_t *content, size_t size)
{
	begin();
	fake_fw_cfg_add("other", content, size);
	allocate("other", 16, FSEG);
	return run();
}

static void short_rsdps(void)
{
	uint8_t rsdp[36] = "RSD PTR ";

	ok(is_rsdp(rsdp, 20));
	ok(!is_rsdp(rsdp, 19));
	ok(!is_rsdp(rsdp, 8));
	ok(!is_rsdp(rsdp, 0));
	rsdp[15] = 2;
	ok(is_rsdp(rsdp, 36));
	ok(!is_rsdp(rsdp, 35));
	rsdp[0] = 'x';
	ok(!is_rsdp(rsdp, 36));
}

/* The script is refused at entry `number` for this reason. */
static bool refused(unsigned number, const char *reason)
{
	char line[200];
	void *rsdp = run();

	snprintf(line, sizeof(line), "ACPI: table-loader entry %u: %s\n", number, reason);
	return !rsdp && machine_said(line);
}

static uint8_t *tables(void)
{
	return phys_ptr(MACHINE_MEMORY - TABLES_SIZE);
}

static uint64_t value_at(const uint8_t *memory, unsigned size)
{
	uint64_t value = 0;

	memcpy(&value, memory, size);
	return value;
}

/* What QEMU sends, in small. */
static void good_script(void)
{
	uint8_t *rsdp, sum = 0;

	begin();
	allocate(RSDP, 16, FSEG);
	allocate(TABLES, 64, HIGH);
	add_pointer(TABLES, TABLES, 0x40, 4);
	add_pointer(TABLES, TABLES, 0x48, 8);
	add_checksum(TABLES, 9, 0, 0x80);
	entry(0); /* the padding of QEMU's script */
	add_pointer(RSDP, TABLES, 16, 4);
	rsdp = run();
	ok(rsdp && !memcmp(rsdp, "RSD PTR ", 8));
	ok(ptr_phys(rsdp) % 16 == 0 && ptr_phys(rsdp) >= DATA_BASE && ptr_phys(rsdp) < 0x100000);
	ok(ptr_phys(tables()) % 64 == 0 && ptr_phys(tables()) < MACHINE_MEMORY);
	ok(value_at(rsdp + 16, 4) == ptr_phys(tables()));
	ok(value_at(tables() + 0x40, 4) == ptr_phys(tables()) && !value_at(tables() + 0x44, 4));
	ok(value_at(tables() + 0x48, 8) == ptr_phys(tables()));
	for (unsigned i = 0; i < 0x80; i++)
		sum += tables()[i];
	ok(sum == 0);
	ok(tables()[TABLES_SIZE - 1] == (uint8_t)(TABLES_SIZE - 1));
	ok(machine_was_silent());
}

/* The RSDP is looked for in steps of 16 bytes, whatever the script says. */
static void rsdp_alignment(void)
{
	uint8_t *rsdp;

	begin();
	fake_fw_cfg_add("odd", NULL, 5);
	allocate("odd", 1, FSEG);
	allocate(RSDP, 1, FSEG);
	rsdp = run();
	ok(rsdp && ptr_phys(rsdp) % 16 == 0);
}

static void no_rsdp(void)
{
	begin();
	allocate(TABLES, 64, HIGH);
	ok(!run() && machine_was_silent());
	begin();
	ok(!run() && machine_was_silent()); /* an empty script */
	begin();
	ok(!loader_run() && machine_was_silent()); /* none at all */
}

static void allocations(void)
{
	begin();
	allocate("etc/missing", 16, HIGH);
	ok(refused(0, "no such file 'etc/missing'"));
	begin();
	allocate(TABLES, 64, HIGH);
	allocate(TABLES, 64, HIGH);
	ok(refused(1, "file was allocated before 'etc/acpi/tables'"));
	begin();
	allocate(TABLES, 0, HIGH);
	ok(refused(0, "alignment is no power of two 'etc/acpi/tables'"));
	begin();
	allocate(TABLES, 3, FSEG);
	ok(refused(0, "alignment is no power of two 'etc/acpi/tables'"));
	begin();
	allocate(TABLES, 1u << 31, HIGH);
	ok(refused(0, "no memory 'etc/acpi/tables'"));
	begin();
	allocate(TABLES, 1u << 31, FSEG);
	ok(refused(0, "no memory 'etc/acpi/tables'"));
	begin();
	allocate(TABLES, 16, 0);
	ok(refused(0, "unknown zone 'etc/acpi/tables'"));
	begin();
	allocate(TABLES, 16, 3);
	ok(refused(0, "unknown zone 'etc/acpi/tables'"));
	begin();
	allocate(TABLES, 1, HIGH);
	allocate(GUID, 4096, HIGH);
	ok(!run() && machine_was_silent() && memory_arena().start % 4096 == 0);
}

static void sizes(void)
{
	begin();
	fake_fw_cfg_add("huge", NULL, UINT32_MAX);
	allocate("huge", 1, HIGH);
	ok(refused(0, "no memory 'huge'"));
	begin();
	fake_fw_cfg_add("huge", NULL, UINT32_MAX);
	allocate("huge", 1, FSEG);
	ok(refused(0, "no memory 'huge'"));
	begin();
	fake_fw_cfg_add("large", NULL, 0x10000);
	allocate("large", 16, FSEG);
	ok(refused(0, "no memory 'large'"));
	begin();
	fake_fw_cfg_add("empty", NULL, 0);
	allocate("empty", 16, HIGH);
	add_pointer("empty", "empty", 0, 1);
	ok(refused(1, "offset is outside the file 'empty'"));
}

static void unreadable(void)
{
	static const char name[] = "etc/table-loader";

	begin();
	allocate(TABLES, 16, HIGH);
	fake_fw_cfg_add(name, script, script_size);
	fake_fw_cfg_read_fails = true;
	ok(!loader_run());
}

static void pointers(void)
{
	static const uint8_t bad_sizes[] = {0, 3, 5, 6, 7, 9, 255};

	begin();
	add_pointer(TABLES, TABLES, 0, 4);
	ok(refused(0, "file was not allocated 'etc/acpi/tables'"));
	begin();
	allocate(TABLES, 16, HIGH);
	add_pointer(TABLES, RSDP, 0, 4);
	ok(refused(1, "file was not allocated 'etc/acpi/rsdp'"));
	for (unsigned i = 0; i < sizeof(bad_sizes); i++) {
		begin();
		allocate(TABLES, 16, HIGH);
		add_pointer(TABLES, TABLES, 0x40, bad_sizes[i]);
		ok(refused(1, "pointer size is invalid 'etc/acpi/tables'"));
	}
	begin();
	allocate(TABLES, 16, HIGH);
	add_pointer(TABLES, TABLES, TABLES_SIZE - 3, 4);
	ok(refused(1, "offset is outside the file 'etc/acpi/tables'"));
	begin();
	allocate(TABLES, 16, HIGH);
	add_pointer(TABLES, TABLES, UINT32_MAX, 8);
	ok(refused(1, "offset is outside the file 'etc/acpi/tables'"));
	begin();
	allocate(TABLES, 16, HIGH);
	add_pointer(TABLES, TABLES, 0x10, 4); /* 13121110 lies outside */
	ok(refused(1, "pointer leads outside the file 'etc/acpi/tables'"));
}

static void checksums(void)
{
	static const struct {
		uint32_t offset, start, length;
		bool good;
	} ranges[] = {
		{0, 0, TABLES_SIZE, true},     {TABLES_SIZE - 1, TABLES_SIZE, 0, true},
		{5, TABLES_SIZE - 1, 1, true}, {TABLES_SIZE, 0, 1, false},
		{UINT32_MAX, 0, 1, false},     {0, 0, TABLES_SIZE + 1, false},
		{0, 1, TABLES_SIZE, false},    {0, UINT32_MAX, 2, false},
		{0, 2, UINT32_MAX, false},
	};

	for (unsigned i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
		begin();
		allocate(TABLES, 16, HIGH);
		add_checksum(TABLES, ranges[i].offset, ranges[i].start, ranges[i].length);
		if (ranges[i].good)
			ok(!run() && machine_was_silent());
		else
			ok(refused(1, "offset is outside the file 'etc/acpi/tables'"));
	}
	begin();
	add_checksum(TABLES, 0, 0, 1);
	ok(refused(0, "file was not allocated 'etc/acpi/tables'"));
}

static void pointers_for_the_host(void)
{
	begin();
	allocate(GUID, 4096, HIGH);
	write_pointer(ADDRESS, GUID, 0, 5, 8);
	ok(!run() && machine_was_silent());
	ok(value_at(fake_fw_cfg_content(ADDRESS), 8) == memory_arena().start + 5);
	begin();
	allocate(GUID, 4096, HIGH);
	write_pointer(ADDRESS, GUID, 4, GUID_SIZE, 4);
	ok(!run() && machine_was_silent());
	ok(value_at(fake_fw_cfg_content(ADDRESS) + 4, 4) == memory_arena().start + GUID_SIZE);
	ok(value_at(fake_fw_cfg_content(ADDRESS), 4) == 0);
	begin();
	allocate(GUID, 4096, HIGH);
	write_pointer("etc/missing", GUID, 0, 0, 8);
	ok(refused(1, "no such file 'etc/missing'"));
	begin();
	write_pointer(ADDRESS, GUID, 0, 0, 8);
	ok(refused(0, "file was not allocated 'etc/vmgenid_guid'"));
	begin();
	allocate(GUID, 4096, HIGH);
	write_pointer(ADDRESS, GUID, 0, 0, 3);
	ok(refused(1, "pointer size is invalid 'etc/vmgenid_addr'"));
	begin();
	allocate(GUID, 4096, HIGH);
	write_pointer(ADDRESS, GUID, 1, 0, 8);
	ok(refused(1, "offset is outside the file 'etc/vmgenid_addr'"));
	begin();
	allocate(GUID, 4096, HIGH);
	write_pointer(ADDRESS, GUID, UINT32_MAX, 0, 8);
	ok(refused(1, "offset is outside the file 'etc/vmgenid_addr'"));
	begin();
	allocate(GUID, 4096, HIGH);
	write_pointer(ADDRESS, GUID, 0, GUID_SIZE + 1, 8);
	ok(refused(1, "offset is outside the file 'etc/vmgenid_guid'"));
	begin();
	allocate(GUID, 4096, HIGH);
	write_pointer(ADDRESS, GUID, 0, 0, 8);
	fake_fw_cfg_write_fails = true;
	ok(refused(1, "cannot be written 'etc/vmgenid_addr'"));
}

static void odd_scripts(void)
{
	begin();
	allocate(TABLES, 16, HIGH);
	memcpy(entry(5) + 4, "x", 2);
	ok(refused(1, "unknown command 'x'"));
	begin();
	memcpy(entry(UINT32_MAX) + 4, "y", 2);
	ok(refused(0, "unknown command 'y'"));
	begin();
	allocate(RSDP, 16, FSEG);
	allocate(TABLES, 16, HIGH);
	script_size -= 1; /* the last entry is short by a byte: not done */
	ok(run());
	ok(machine_said("ACPI: table-loader: 255 bytes are no whole number of entries\n"));
	ok(memory_arena().start == MACHINE_MEMORY);
}

/* Names of 56 bytes without a NUL: said up to the field's end, no further. */
static void unterminated_names(void)
{
	char name[56], line[100];

	memset(name, 'n', sizeof(name));
	snprintf(line, sizeof(line), "no such file '%.55s'", name);
	begin();
	allocate("", 16, HIGH);
	memcpy(script + 4, name, sizeof(name));
	ok(refused(0, line));
	begin();
	allocate(TABLES, 16, HIGH);
	add_pointer(TABLES, "", 0, 4);
	memcpy(script + 128 + 60, name, sizeof(name));
	snprintf(line, sizeof(line), "file was not allocated '%.55s'", name);
	ok(refused(1, line));
	begin();
	memset(entry(7) + 4, 'n', 124);
	snprintf(line, sizeof(line), "unknown command '%.55s'", name);
	ok(refused(0, line));
}

int main(void)
{
	good_script();
	rsdp_alignment();
	no_rsdp();
	short_rsdps();
	allocations();
	sizes();
	unreadable();
	pointers();
	checksums();
	pointers_for_the_host();
	odd_scripts();
	unterminated_names();
	return done();
}
