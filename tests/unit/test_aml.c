/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * The AML reader against the corpus in tests/unit/asl, compiled by iasl, and
 * against tables made here. With arguments it puts damaged versions of the
 * tables in these files through the reader and does nothing else.
 */
#include <stdlib.h>
#include <string.h>

#include "lib/error.h"
#include "fw/aml.h"
#include "unit.h"

enum {
	HEADER_SIZE = 36,
	MAX_TABLE = 1 << 20,
	MAX_LIST = 4096,
};

struct machine {
	struct aml aml;
	uint8_t *arena;
	int error; /* the first that a call returned */
};

static uint8_t file_data[MAX_TABLE];

static size_t read_file(const char *name)
{
	FILE *file = fopen(name, "rb");
	size_t size;

	if (!file) {
		perror(name);
		exit(1);
	}
	size = fread(file_data, 1, sizeof(file_data), file);
	fclose(file);
	return size;
}

static void set_length(uint8_t *table, uint32_t length)
{
	uint32_t i;

	for (i = 0; i < 4; i++)
		table[4 + i] = length >> (8 * i);
}

static void start(struct machine *m, size_t arena_size)
{
	m->arena = malloc(arena_size ? arena_size : 1);
	m->error = aml_init(&m->aml, m->arena, arena_size);
}

static void note(struct machine *m, int error)
{
	if (!m->error)
		m->error = error;
}

static void add(struct machine *m, const uint8_t *table, size_t size)
{
	note(m, aml_add_table(&m->aml, table, size));
}

static void finish(struct machine *m)
{
	note(m, aml_finish(&m->aml));
}

/* Room for two tables of the corpus, which stay where they are. */
static uint8_t tables[2][MAX_TABLE];

static void load(struct machine *m, const char *first, const char *second)
{
	const char *names[] = {first, second};
	size_t sizes[2] = {0}, i;
	char path[256];

	for (i = 0; i < 2 && names[i]; i++) {
		snprintf(path, sizeof(path), "%s/%s.aml", AML_DIR, names[i]);
		sizes[i] = read_file(path);
		memcpy(tables[i], file_data, sizes[i]);
		ok(aml_check_table(tables[i], sizes[i]) == (int)sizes[i]);
	}
	start(m, AML_ARENA_SIZE(sizes[0] + sizes[1]));
	for (i = 0; i < 2 && names[i]; i++)
		add(m, tables[i], sizes[i]);
	finish(m);
}

static void unload(struct machine *m)
{
	free(m->arena);
}

/* The paths of all devices, with a blank after each; "!" marks an orphan. */
static const char *list(struct machine *m)
{
	static char text[MAX_LIST];
	struct aml_device device = {0};
	char buffer[64];
	size_t used = 0;

	text[0] = '\0';
	while (aml_next_device(&m->aml, &device) && used < sizeof(text) - sizeof(buffer) - 2)
		used += sprintf(text + used, "%s%s ", device.status & AML_ORPHAN ? "!" : "",
				aml_device_path(&device, buffer, sizeof(buffer)));
	return text;
}

static bool lists(struct machine *m, const char *expected)
{
	const char *text = list(m);

	if (!strcmp(text, expected))
		return true;
	printf("expected: %s\ngot:      %s\n", expected, text);
	return false;
}

static void check_list(const char *first, const char *second, const char *expected)
{
	struct machine m;

	load(&m, first, second);
	ok(m.error == 0);
	ok(lists(&m, expected));
	unload(&m);
}

static void test_lists(void)
{
	check_list("expressions", NULL, "\\ARIT \\LOGI \\CONV \\REFS \\SYNC \\TABL \\CREA ");
	check_list("data", NULL, "\\BUFS \\PKGS \\NUMB ");
	check_list("fields", NULL,
		   "\\AFTR \\AFFL \\AFIX \\AFBK \\_SB.GPI0 \\_SB.I2C0 "
		   "\\_SB.I2C0.AFGP \\LAST ");
	check_list("names", NULL,
		   "\\ROOT \\_SB.DEVA \\_SB.DEVA.INNA \\_SB.DEVA.INNA.DEEP "
		   "\\_SB.DEVA.UPPR \\_SB.TOPP \\ABSO \\_SB.DEVA.MULT \\_SB.DEVA.EMPT "
		   "\\_SB.DEVA.NEXT \\_SB.DEVA.LATE \\_SB.DEVB \\_SB.DEVA.FROB "
		   "\\_SB.DEVA.INNA.FRB2 \\_SB.DEVA.INNA.DEEP.FRB3 \\_SB.DEVA.INNA.DUAL "
		   "\\_SB.CARE \\_SB.DEVA.VIAA \\_SB.FORW \\_SB.DEVA.VIA2 \\PWR0.INPW "
		   "\\TZN0.INTZ \\_PR.CPU0.INPR \\_TZ.TZDV \\_GPE.GPDV \\A \\A.B_C \\A.B_C._D "
		   "\\_A01 \\_ \\X \\LAST \\_SB.FORW.VIAF ");
	check_list("control", NULL,
		   "\\TRU1 \\TRU2 \\TRU3 \\TRU5 \\MAY1 \\MAY2 \\MAY3 \\MAY4 "
		   "\\MAY5 \\MAY6 \\MAY7 \\MAY8 \\LOOP \\SWI1 \\SWI2 \\SWI3 \\LAST \\LAST.INNR ");
	check_list("calls", "calls-ssdt",
		   "\\_SB.LATE \\_SB.FIRS \\_SB.MTC1 \\LAST \\_SB.SECO \\_SB.FIRS.CHLD "
		   "\\_SB.CRE2 \\_SB.MTC2 \\_SB.MTC3 \\_SB.MTC4 \\_SB.INIF \\_SB.MTC5 "
		   "\\_SB.LATE.INLA ");
	check_list("orphan", NULL,
		   "\\_SB.REAL !\\_SB.PC00.ORP4 \\LAST !\\_SB.PC00.ORP1 "
		   "!\\_SB.PC00.ORP1.ORP2 !\\_SB.PC00.RP01.ORP3 !\\LONE.ORP5 ");
	check_list("revision1", NULL, "\\_SB.PCI0 \\_SB.PCI0.ISA \\_SB.PCI0.ISA.COM1 ");
	check_list(
		"conditional", NULL,
		"\\STA0 \\STA0.CHLD \\STA1 \\STA2 \\STA3 \\STA4 \\STA5 \\STA6 \\STA7 \\STA8 "
		"\\STA9 \\HID0 \\HID1 \\DEV0 \\DEV0.INNR \\DEV1 \\DEV2 \\DEV3 \\DEV4 \\DEV5 \\DEV6 "
		"\\DEV7 ");
	check_list(
		"stores", NULL,
		"\\STO0 \\STO1 \\STO2 \\STO3 \\STO4 \\STO5 \\STO6 \\STO7 \\STO8 \\STO9 \\STOA \\STOB "
		"\\STOC \\STOD \\STOE \\STOF \\IDS0 \\IDS1 \\IDS2 \\LAST ");
}

static bool find(struct machine *m, const char *path, struct aml_device *device)
{
	char buffer[64];

	device->node = NULL;
	while (aml_next_device(&m->aml, device))
		if (!strcmp(aml_device_path(device, buffer, sizeof(buffer)), path))
			return true;
	printf("no device %s\n", path);
	return false;
}

static bool is_integer(struct machine *m, const char *path, const char *name, uint64_t expected)
{
	struct aml_device device;
	struct aml_value value;

	return find(m, path, &device) && aml_get(&m->aml, &device, name, &value) == AML_INTEGER &&
	       value.kind == AML_INTEGER && value.integer == expected;
}

static bool is_string(struct machine *m, const char *path, const char *name, const char *expected)
{
	struct aml_device device;
	struct aml_value value;

	return find(m, path, &device) && aml_get(&m->aml, &device, name, &value) == AML_STRING &&
	       value.length == strlen(expected) && !memcmp(value.data, expected, value.length);
}

static bool is_kind(struct machine *m, const char *path, const char *name, enum aml_kind kind)
{
	struct aml_device device;
	struct aml_value value;

	return find(m, path, &device) && aml_get(&m->aml, &device, name, &value) == kind;
}

static bool matches(struct machine *m, const char *path, const char *id)
{
	struct aml_device device;

	return find(m, path, &device) && aml_device_matches(&device, id);
}

static enum aml_status status(struct machine *m, const char *path)
{
	struct aml_device device;

	return find(m, path, &device) ? device.status : 99;
}

static void test_ids(void)
{
	struct machine m;

	load(&m, "values", NULL);
	ok(m.error == 0);
	ok(matches(&m, "\\IDS0", "PNP0501"));
	ok(matches(&m, "\\IDS0", "CIDS0001"));
	ok(!matches(&m, "\\IDS0", "PNP0502"));
	ok(!matches(&m, "\\IDS0", "PNP0500"));
	ok(!matches(&m, "\\IDS0", "PNP05011"));
	ok(!matches(&m, "\\IDS0", "XYZ0501"));
	ok(matches(&m, "\\IDS1", "LNRO0005"));
	ok(!matches(&m, "\\IDS1", "LNRO00055"));
	ok(!matches(&m, "\\IDS1", "LNRO000"));
	ok(matches(&m, "\\IDS1", "ABCD0001"));
	ok(matches(&m, "\\IDS1", "PNP0A08"));
	ok(matches(&m, "\\IDS1", "ABCD0002"));
	ok(!matches(&m, "\\IDS1", "ABCD0003"));
	ok(matches(&m, "\\IDS2", "METH0001"));
	ok(matches(&m, "\\IDS2", "PNP0A03"));
	ok(is_kind(&m, "\\IDS3", "_HID", AML_COMPLEX));
	ok(!matches(&m, "\\IDS3", "METH0003"));
	ok(matches(&m, "\\IDS3", "PNPFFFF"));
	ok(!matches(&m, "\\CRS7", "PNP0000"));
	unload(&m);
}

static void test_values(void)
{
	struct machine m;

	load(&m, "values", NULL);
	ok(is_integer(&m, "\\IDS0", "_UID", 0));
	ok(is_string(&m, "\\IDS1", "_UID", "text"));
	ok(is_integer(&m, "\\IDS1", "_ADR", 0x123456789abcdef0));
	ok(is_integer(&m, "\\IDS1", "_CCA", 1));
	ok(is_integer(&m, "\\IDS1", "_BBN", 0xff));
	ok(is_integer(&m, "\\IDS2", "_UID", 42));
	ok(is_integer(&m, "\\IDS2", "_ADR", UINT64_MAX));
	ok(is_kind(&m, "\\IDS2", "_BBN", AML_ABSENT));
	ok(is_kind(&m, "\\IDS3", "_UID", AML_COMPLEX));
	ok(is_kind(&m, "\\IDS3", "_CID", AML_PACKAGE));
	ok(is_kind(&m, "\\CRS0", "_CRS", AML_BUFFER));
	ok(is_kind(&m, "\\ARGS", "_UID", AML_COMPLEX));
	ok(is_kind(&m, "\\RECU", "_UID", AML_COMPLEX));
	unload(&m);
	load(&m, "revision1", NULL);
	ok(is_integer(&m, "\\_SB.PCI0", "_ADR", UINT32_MAX));
	ok(matches(&m, "\\_SB.PCI0.ISA.COM1", "PNP0501"));
	unload(&m);
}

/* Names of one and of several segments, from the root and from around. */
static void test_returned_names(void)
{
	static const char *const names[] = {"_UID", "_ADR", "_BBN", "_CCA", "_SUN", "_SEG"};
	static const uint64_t outer[] = {2, 3, 4, 5, 6, 1}, inner[] = {7, 2, 3, 6, 4};
	struct machine m;

	load(&m, "returns", NULL);
	ok(m.error == 0);
	for (unsigned i = 0; i < 6; i++)
		ok(is_integer(&m, "\\TEST", names[i], outer[i]));
	for (unsigned i = 0; i < 5; i++)
		ok(is_integer(&m, "\\TEST.INNR", names[i], inner[i]));
	ok(is_kind(&m, "\\TEST.INNR", "_SEG", AML_COMPLEX));
	ok(is_integer(&m, "\\AFTM", "_UID", 9));      /* behind an operand that is a product */
	ok(is_integer(&m, "\\PWRX.DEVX", "_UID", 8)); /* right behind what a PowerResource has */
	unload(&m);
}

/* What a caller hears of a table that is none. */
static void test_table_errors(void)
{
	struct machine m;

	load(&m, "returns", NULL);
	ok(aml_add_table(&m.aml, tables[0], HEADER_SIZE - 1) == ERR_RANGE);
	ok(aml_add_table(&m.aml, tables[0], HEADER_SIZE) == ERR_RANGE);
	set_length(tables[0], HEADER_SIZE - 1);
	ok(aml_add_table(&m.aml, tables[0], 1000) == ERR_RANGE);
	set_length(tables[0], HEADER_SIZE);
	ok(aml_add_table(&m.aml, tables[0], HEADER_SIZE) == 0);
	unload(&m);
}

static void test_status(void)
{
	struct machine m;

	load(&m, "values", NULL);
	ok(status(&m, "\\IDS0") == AML_PRESENT);
	ok(status(&m, "\\STA0") == AML_PRESENT);
	ok(status(&m, "\\STA0.CHLD") == AML_PRESENT);
	ok(status(&m, "\\STA1") == AML_NOT_PRESENT);
	ok(status(&m, "\\STA1.CHLD") == AML_NOT_PRESENT);
	ok(status(&m, "\\STA1.CHLD.CHL2") == AML_NOT_PRESENT);
	ok(status(&m, "\\STA2") == AML_PRESENT);
	ok(status(&m, "\\STA3") == AML_NOT_PRESENT);
	ok(status(&m, "\\STA4") == AML_STATUS_UNKNOWN);
	ok(status(&m, "\\STA4.CHLD") == AML_STATUS_UNKNOWN);
	ok(status(&m, "\\STA5") == AML_STATUS_UNKNOWN);
	ok(status(&m, "\\STA6") == AML_NOT_PRESENT);
	ok(status(&m, "\\STA7") == AML_PRESENT);
	ok(status(&m, "\\STA8") == AML_NOT_PRESENT);
	ok(status(&m, "\\STA9") == AML_PRESENT);
	unload(&m);
}

/* What an If decides is not known, unless it decides by a constant. */
static void test_conditional(void)
{
	struct machine m;

	load(&m, "conditional", NULL);
	ok(status(&m, "\\STA0") == AML_STATUS_UNKNOWN);
	ok(status(&m, "\\STA0.CHLD") == AML_STATUS_UNKNOWN);
	ok(status(&m, "\\STA1") == AML_STATUS_UNKNOWN);
	ok(status(&m, "\\STA2") == AML_PRESENT);
	ok(status(&m, "\\STA3") == AML_STATUS_UNKNOWN);
	ok(status(&m, "\\STA4") == AML_STATUS_UNKNOWN);
	ok(status(&m, "\\STA5") == AML_NOT_PRESENT);
	ok(status(&m, "\\STA6") == AML_PRESENT);
	ok(status(&m, "\\STA7") == AML_STATUS_UNKNOWN);
	ok(status(&m, "\\STA8") == AML_STATUS_UNKNOWN);
	ok(status(&m, "\\STA9") == AML_STATUS_UNKNOWN);
	ok(is_kind(&m, "\\HID0", "_HID", AML_COMPLEX));
	ok(!matches(&m, "\\HID0", "COND0001") && !matches(&m, "\\HID0", "COND0002"));
	ok(matches(&m, "\\HID0", "COND0003"));
	ok(status(&m, "\\HID0") == AML_PRESENT);
	ok(is_kind(&m, "\\HID1", "_HID", AML_COMPLEX));
	ok(is_integer(&m, "\\HID1", "_UID", 1));
	ok(status(&m, "\\DEV0") == AML_STATUS_UNKNOWN);
	ok(status(&m, "\\DEV0.INNR") == AML_STATUS_UNKNOWN);
	ok(is_string(&m, "\\DEV0", "_HID", "COND0005"));
	ok(is_integer(&m, "\\DEV0", "_UID", 7));
	ok(status(&m, "\\DEV1") == AML_STATUS_UNKNOWN);
	ok(is_kind(&m, "\\DEV1", "_HID", AML_COMPLEX));
	ok(is_kind(&m, "\\DEV1", "_UID", AML_COMPLEX));
	ok(status(&m, "\\DEV2") == AML_PRESENT);
	ok(is_kind(&m, "\\DEV2", "_HID", AML_COMPLEX));
	ok(is_integer(&m, "\\DEV2", "_UID", 2));
	ok(status(&m, "\\DEV3") == AML_STATUS_UNKNOWN);
	ok(status(&m, "\\DEV4") == AML_STATUS_UNKNOWN);
	ok(status(&m, "\\DEV5") == AML_STATUS_UNKNOWN);
	ok(is_kind(&m, "\\DEV6", "_UID", AML_COMPLEX));
	ok(status(&m, "\\DEV7") == AML_STATUS_UNKNOWN);
	unload(&m);
}

static uint64_t first_base(struct machine *m, const char *path);

/* A Store at table level counts; what it stores is known or not. */
static void test_stores(void)
{
	struct machine m;

	load(&m, "stores", NULL);
	ok(is_string(&m, "\\STO0", "_HID", "INTC10CB"));
	ok(is_string(&m, "\\STO1", "_HID", "STOR0002"));
	ok(status(&m, "\\STO2") == AML_NOT_PRESENT);
	ok(is_integer(&m, "\\STO3", "_UID", 6));
	ok(is_kind(&m, "\\STO3", "_CID", AML_COMPLEX)); /* it becomes a string */
	ok(is_kind(&m, "\\STO4", "_HID", AML_COMPLEX));
	ok(is_kind(&m, "\\STO5", "_HID", AML_COMPLEX));
	ok(status(&m, "\\STO6") == AML_STATUS_UNKNOWN);
	ok(is_kind(&m, "\\STO6", "_UID", AML_COMPLEX));
	ok(is_integer(&m, "\\STO7", "_UID", 9));
	ok(is_integer(&m, "\\STO7", "_ADR", 2));
	ok(is_kind(&m, "\\STO8", "_CID", AML_COMPLEX));
	ok(is_kind(&m, "\\STO9", "_UID", AML_COMPLEX));
	ok(is_kind(&m, "\\STO9", "_ADR", AML_COMPLEX));
	ok(is_string(&m, "\\STOA", "_HID", "STOR0011"));
	ok(first_base(&m, "\\STOB") == 0x200);
	ok(is_kind(&m, "\\STOC", "_CRS", AML_COMPLEX)); /* the buffer keeps its size */
	ok(is_integer(&m, "\\STOD", "_UID", 3));
	ok(is_kind(&m, "\\STOD", "_ADR", AML_COMPLEX));
	ok(is_kind(&m, "\\STOD", "_BBN", AML_COMPLEX));
	ok(is_integer(&m, "\\STOE", "_UID", 2));
	ok(is_kind(&m, "\\STOF", "_UID", AML_COMPLEX));
	ok(matches(&m, "\\IDS0", "PNP0C14") && matches(&m, "\\IDS0", "PNP0C15"));
	ok(!matches(&m, "\\IDS0", "PNP0C10") && !matches(&m, "\\IDS0", "PNP0C144"));
	ok(matches(&m, "\\IDS1", "PNP0C14") && matches(&m, "\\IDS1", "ABCD0001"));
	ok(!matches(&m, "\\IDS2", "PNP0C14"));
	unload(&m);
}

static uint64_t first_base(struct machine *m, const char *path)
{
	struct aml_resource resource;
	struct aml_resources crs;
	struct aml_device device;

	if (!find(m, path, &device) || aml_resources(&m->aml, &device, &crs) ||
	    aml_next_resource(&crs, &resource) != 1)
		return 0;
	return resource.base;
}

static int resources_error(struct machine *m, const char *path)
{
	struct aml_resources crs;
	struct aml_device device;

	return find(m, path, &device) ? aml_resources(&m->aml, &device, &crs) : 1;
}

static void test_crs_forms(void)
{
	struct machine m;

	load(&m, "values", NULL);
	ok(first_base(&m, "\\CRS0") == 0x200);
	ok(first_base(&m, "\\CRS1") == 0x300);
	ok(first_base(&m, "\\CRS2") == 0x100);
	ok(first_base(&m, "\\CRS3") == 0x400);
	ok(resources_error(&m, "\\CRS4") == ERR_UNSUPPORTED);
	ok(first_base(&m, "\\CRS5") == 0x600);
	ok(resources_error(&m, "\\CRS6") == ERR_UNSUPPORTED);
	ok(resources_error(&m, "\\CRS7") == ERR_NOENT);
	ok(resources_error(&m, "\\CRS8") == 0);
	ok(resources_error(&m, "\\CRS9") == ERR_UNSUPPORTED);
	unload(&m);
}

struct expected {
	const char *path;
	struct aml_resource resource;
};

static bool same(const struct aml_resource *a, const struct aml_resource *b)
{
	return a->kind == b->kind && a->type == b->type && a->width == b->width &&
	       a->producer == b->producer && a->writable == b->writable && a->fixed == b->fixed &&
	       a->level == b->level && a->active_low == b->active_low && a->shared == b->shared &&
	       a->number == b->number && a->base == b->base && a->max == b->max &&
	       a->length == b->length && a->translation == b->translation;
}

#define IRQ(n, ...)                                                                                \
	{                                                                                          \
		.kind = AML_IRQ, .number = n, __VA_ARGS__                                          \
	}
#define RANGE(k, w, b, m, l, ...)                                                                  \
	{                                                                                          \
		.kind = k, .width = w, .base = b, .max = m, .length = l, __VA_ARGS__               \
	}

static const struct expected expected_resources[] = {
	{"\\SMAL", IRQ(3)},
	{"\\SMAL", IRQ(4)},
	{"\\SMAL", IRQ(9, .level = true, .active_low = true, .shared = true)},
	{"\\SMAL", IRQ(15)},
	{"\\SMAL", {.kind = AML_DMA, .number = 2}},
	{"\\SMAL", RANGE(AML_IO, 16, 0x3f8, 0x3f8, 8, .fixed = true)},
	{"\\SMAL", RANGE(AML_IO, 10, 0x100, 0x1f0, 4)},
	{"\\SMAL", RANGE(AML_IO, 10, 0x60, 0x60, 1, .fixed = true)},
	{"\\MEMS", RANGE(AML_MEMORY, 24, 0xc0000, 0xd0000, 0x2000, .writable = true)},
	{"\\MEMS", RANGE(AML_MEMORY, 32, 0x10000000, 0x20000000, 0x4000)},
	{"\\MEMS",
	 RANGE(AML_MEMORY, 32, 0xfeb00000, 0xfeb00000, 0x200, .writable = true, .fixed = true)},
	{"\\MEMS", RANGE(AML_MEMORY, 32, 0xfffff000, 0xfffff000, 0x1000, .fixed = true)},
	{"\\ADRS", RANGE(AML_BUS, 16, 0, 0xff, 0x100, .type = 2, .producer = true, .fixed = true)},
	{"\\ADRS", RANGE(AML_IO, 16, 0, 0xcf7, 0xcf8, .type = 1, .producer = true, .fixed = true)},
	{"\\ADRS", RANGE(AML_OTHER, 16, 1, 2, 2, .type = 0xc0, .fixed = true)},
	{"\\ADRS", RANGE(AML_MEMORY, 32, 0x80000000, 0x8fffffff, 0x10000000, .writable = true,
			 .fixed = true, .translation = 0x1000)},
	{"\\ADRS",
	 RANGE(AML_IO, 32, 0x1000, 0xffff, 0xf000, .type = 1, .producer = true, .fixed = true)},
	{"\\ADRS", RANGE(AML_OTHER, 32, 0, 0xff, 0x100, .type = 0xc1, .producer = true)},
	{"\\ADRS", RANGE(AML_MEMORY, 64, 0x8000000000, 0xffffffffff, 0x8000000000, .producer = true,
			 .fixed = true)},
	{"\\ADRS", RANGE(AML_IO, 64, 0x1000, 0x1fff, 0x1000, .type = 1, .fixed = true)},
	{"\\ADRS", RANGE(AML_OTHER, 64, 0, 0xff, 0x100, .type = 0xc2, .fixed = true)},
	{"\\ADRS", RANGE(AML_MEMORY, 64, 0x100000000, 0x1ffffffff, 0x100000000, .writable = true,
			 .fixed = true)},
	{"\\ADRS",
	 RANGE(AML_IO, 64, 0x100, 0x1ff, 0x100, .type = 1, .producer = true, .fixed = true)},
	{"\\ADRS",
	 RANGE(AML_OTHER, 64, 0, 0xff, 0x100, .type = 0xc3, .producer = true, .fixed = true)},
	{"\\INTS", IRQ(47, .level = true)},
	{"\\INTS", IRQ(16, .producer = true, .active_low = true, .shared = true)},
	{"\\INTS", IRQ(17, .producer = true, .active_low = true, .shared = true)},
	{"\\INTS", IRQ(0x12345678, .producer = true, .active_low = true, .shared = true)},
	{"\\INTS", IRQ(5, .level = true, .active_low = true, .shared = true)},
	{"\\INTS", IRQ(99)},
	{"\\DEPS", RANGE(AML_IO, 16, 0x100, 0x100, 8, .fixed = true)},
	{"\\DEPS", RANGE(AML_IO, 16, 0x200, 0x200, 8, .fixed = true)},
	{"\\LONG", RANGE(AML_IO, 16, 0x100, 0x100, 1, .fixed = true)},
	{"\\NOEN", RANGE(AML_IO, 16, 0x100, 0x100, 1, .fixed = true)},
};

static void test_resources(void)
{
	static const char *const malformed[] = {"\\NOEN", "\\SHRT", "\\CUTS", "\\NONE"};
	size_t i, seen = 0, count = sizeof(expected_resources) / sizeof(expected_resources[0]);
	struct aml_device device = {0};
	struct aml_resource resource;
	struct aml_resources crs;
	struct machine m;
	const char *path;
	char buffer[64];
	int found;

	load(&m, "resources", NULL);
	ok(m.error == 0);
	while (aml_next_device(&m.aml, &device)) {
		path = aml_device_path(&device, buffer, sizeof(buffer));
		if (aml_resources(&m.aml, &device, &crs))
			continue;
		while ((found = aml_next_resource(&crs, &resource)) == 1) {
			ok(seen < count && !strcmp(expected_resources[seen].path, path) &&
			   same(&expected_resources[seen].resource, &resource));
			seen++;
		}
		for (i = 0; i < 4 && strcmp(malformed[i], path); i++)
			continue;
		ok(found == (i < 4 ? ERR_INVAL : 0));
	}
	ok(seen == count);
	unload(&m);
}

static void test_paths(void)
{
	struct aml_device device;
	struct machine m;
	char path[32];

	load(&m, "names", NULL);
	ok(find(&m, "\\_SB.DEVA.INNA.DEEP", &device));
	ok(!strcmp(aml_device_path(&device, path, 21), "\\_SB.DEVA.INNA.DEEP"));
	ok(!strcmp(aml_device_path(&device, path, 20), ".DEVA.INNA.DEEP"));
	ok(!strcmp(aml_device_path(&device, path, 6), ".DEEP"));
	ok(!strcmp(aml_device_path(&device, path, 5), ""));
	ok(aml_device_path(&device, path, 1) == path && !path[0]);
	unload(&m);
}

static void test_eisa_id(void)
{
	char text[AML_EISA_ID_SIZE];

	aml_eisa_id(0x0105d041, text);
	ok(!strcmp(text, "PNP0501"));
	aml_eisa_id(0xefcd2430, text);
	ok(!strcmp(text, "LADCDEF"));
	aml_eisa_id(0x080ad041, text);
	ok(!strcmp(text, "PNP0A08"));
}

static void test_check_table(void)
{
	uint8_t table[HEADER_SIZE + 1] = "DSDT";

	set_length(table, HEADER_SIZE);
	table[9] = (uint8_t) - ('D' + 'S' + 'D' + 'T' + HEADER_SIZE);
	ok(aml_check_table(table, sizeof(table)) == HEADER_SIZE);
	ok(aml_check_table(table, HEADER_SIZE) == HEADER_SIZE);
	ok(aml_check_table(table, HEADER_SIZE - 1) == ERR_RANGE);
	ok(aml_check_table(table, 0) == ERR_RANGE);
	table[10]++;
	ok(aml_check_table(table, sizeof(table)) == ERR_CHECKSUM);
	set_length(table, HEADER_SIZE + 2);
	ok(aml_check_table(table, sizeof(table)) == ERR_RANGE);
	set_length(table, HEADER_SIZE - 1);
	ok(aml_check_table(table, sizeof(table)) == ERR_RANGE);
	set_length(table, UINT32_MAX);
	ok(aml_check_table(table, sizeof(table)) == ERR_RANGE);
}

/* --- tables made here ---------------------------------------------------- */

static uint8_t made[MAX_TABLE];
static size_t made_size;

static void make_start(void)
{
	memset(made, 0, HEADER_SIZE);
	memcpy(made, "DSDT", 4);
	made[8] = 2;
	made_size = HEADER_SIZE;
}

static void make(const void *data, size_t size)
{
	memcpy(made + made_size, data, size);
	made_size += size;
}

#define MAKE(string) make(string, sizeof(string) - 1)

/* A PkgLength of four bytes for `rest` bytes behind it. */
static void make_length(size_t rest)
{
	uint32_t length = rest + 4;
	uint8_t bytes[] = {0xc0 | (length & 0xf), length >> 4, length >> 12, length >> 20};

	make(bytes, sizeof(bytes));
}

static uint32_t bound(size_t n)
{
	uint32_t bits = 1;

	while (n >> bits)
		bits++;
	return 4096 + 32 * n * bits;
}

static void load_made(struct machine *m, size_t arena_size)
{
	set_length(made, made_size);
	start(m, arena_size);
	if (m->error)
		return;
	add(m, made, made_size);
	finish(m);
	ok(m->aml.steps <= bound(made_size));
}

static uint32_t count_devices(struct machine *m)
{
	struct aml_device device = {0};
	uint32_t count = 0;

	while (aml_next_device(&m->aml, &device))
		count++;
	return count;
}

/* Devices within devices: no level is too deep. */
static void test_nesting(void)
{
	enum { LEVELS = 20000, LEVEL_SIZE = 2 + 4 + 4 };
	struct aml_device device = {0};
	struct machine m;
	char path[16];
	uint32_t i;

	make_start();
	for (i = LEVELS; i--;) {
		MAKE("\x5b\x82");
		make_length(4 + i * LEVEL_SIZE);
		MAKE("DEEP");
	}
	MAKE("\x5b\x82\x05LAST");
	load_made(&m, AML_ARENA_SIZE(made_size));
	ok(m.error == 0);
	ok(count_devices(&m) == LEVELS + 1);
	ok(aml_next_device(&m.aml, &device));
	ok(!strcmp(aml_device_path(&device, path, sizeof(path)), "\\DEEP"));
	ok(aml_next_device(&m.aml, &device));
	ok(!strcmp(aml_device_path(&device, path, sizeof(path)), "\\DEEP.DEEP"));
	ok(aml_next_device(&m.aml, &device));
	ok(aml_next_device(&m.aml, &device));
	ok(!strcmp(aml_device_path(&device, path, sizeof(path)), ".DEEP.DEEP.DEEP"));
	unload(&m);
}

/* Searches from a deep scope for names that are far up, or nowhere. */
static void test_hostile_searches(void)
{
	enum { LEVELS = 10000, LEVEL_SIZE = 2 + 4 + 4, NAMES = 10000 };
	uint32_t i;
	struct machine m;

	make_start();
	MAKE("\x14\x06"
	     "FARM\x02");
	for (i = LEVELS; i--;) {
		MAKE("\x5b\x82");
		make_length(4 + i * LEVEL_SIZE + NAMES * 12 + 7);
		MAKE("DEEP");
	}
	for (i = 0; i < NAMES; i++)
		MAKE("\x89"
		     "FARM\x00\x01\x00\x01\x00\x01\x00");
	MAKE("\x5b\x82\x05LAST");
	load_made(&m, AML_ARENA_SIZE(made_size));
	ok(count_devices(&m) == LEVELS + 1);
	unload(&m);
	make_start();
	for (i = 0; i < LEVELS; i++)
		MAKE("\x89"
		     "NONE\x01\x00\x00\x00\x00");
	load_made(&m, AML_ARENA_SIZE(made_size));
	unload(&m);
}

/* Names chosen to fall on one branch of any simple index. */
static void test_hostile_names(void)
{
	enum { NAMES = 100000 };
	uint8_t object[] = {0x08, 0, 0, 0, 0, 0};
	struct machine m;
	uint32_t i;

	make_start();
	for (i = 0; i < NAMES; i++) {
		object[1] = 'A' + (i & 15);
		object[2] = 'A' + (i >> 4 & 15);
		object[3] = 'A' + (i >> 8 & 15);
		object[4] = 'A' + (i >> 12);
		make(object, sizeof(object));
	}
	load_made(&m, AML_ARENA_SIZE(made_size));
	ok(m.error == 0);
	ok(m.aml.steps > NAMES);
	unload(&m);
}

static void test_expression_nesting(void)
{
	enum { LEVELS = 50000 };
	struct machine m;
	uint32_t i;

	make_start();
	for (i = 0; i < LEVELS; i++)
		MAKE("\x92");
	MAKE("\x01\x5b\x82\x05LAST");
	load_made(&m, 4096);
	ok(m.error == 0 && lists(&m, "\\LAST "));
	unload(&m);
	/* As an operand that has to be counted. */
	make_start();
	MAKE("\x8a\x00");
	for (i = 0; i < LEVELS; i++)
		MAKE("\x92");
	MAKE("\x01"
	     "FLD0\x5b\x82\x05LAST");
	load_made(&m, 4096);
	ok(m.error == 0 && lists(&m, "\\LAST "));
	unload(&m);
}

/* A Match as an operand: DEV0, its last, is not the field's name, but FLD0 is. */
static void test_counted_match(void)
{
	struct machine m;

	make_start();
	MAKE("\x8c"
	     "BUF0\x89PKG0\x01\x01\x05\x00"
	     "DEV0"
	     "FLD0");
	MAKE("\x5b\x82\x05"
	     "DEV0");
	MAKE("\x5b\x82\x05"
	     "FLD0");
	load_made(&m, 4096);
	ok(m.error == 0 && lists(&m, "\\DEV0 "));
	unload(&m);
}

/* A package in a package takes a frame each. */
static void test_package_nesting(void)
{
	enum { LEVELS = 50000, LEVEL_SIZE = 1 + 4 };
	struct machine m;
	uint32_t i;

	make_start();
	for (i = LEVELS; i--;) {
		MAKE("\xa1");
		make_length(i * LEVEL_SIZE);
	}
	MAKE("\x5b\x82\x05LAST");
	load_made(&m, AML_ARENA_SIZE(made_size));
	ok(m.error == 0 && lists(&m, "\\LAST "));
	unload(&m);
	load_made(&m, 4096);
	ok(m.error == ERR_NOMEM);
	unload(&m);
}

/* Malformed parts cost their own package at most. */
static void test_malformed(void)
{
	struct machine m;

	make_start();
	MAKE("\x5b\x82\x05"
	     "DEV0");
	MAKE("\x10\x0e\\_SB_"
	     "\x9a"
	     "\x5b\x82\x05"
	     "KEPT");
	MAKE("\x10\x0e\\_SB_"
	     "\x08"
	     "\x5b\x82\x05"
	     "LOST");
	MAKE("\x5b\x82\x05"
	     "DEV1");
	MAKE("\x10\x0d\\_SB_"
	     "\x5b\x82\x0f"
	     "DEV2");
	MAKE("\x5b\x82\x05"
	     "DEV3");
	MAKE("\x5b\x81\x02"
	     "\xff");
	MAKE("\x5b\x82\x05"
	     "DEV4");
	load_made(&m, 4096);
	ok(m.error == ERR_INVAL);
	ok(lists(&m, "\\DEV0 \\_SB.KEPT \\DEV1 \\_SB.DEV2 \\DEV3 \\DEV4 "));
	unload(&m);
}

/* A package that claims 2^64 - 1 elements and ends in a name without an end. */
static void test_endless_package(void)
{
	struct aml_value package, element;
	struct aml_device device;
	struct machine m;

	make_start();
	MAKE("\x5b\x82\x17"
	     "DEV0"
	     "\x08_CID\x13\x0c\x0e\xff\xff\xff\xff\xff\xff\xff\xff\x01\x2f");
	load_made(&m, 4096);
	ok(m.error == 0);
	ok(find(&m, "\\DEV0", &device));
	ok(!aml_device_matches(&device, "PNP0501"));
	ok(aml_get(&m.aml, &device, "_CID", &package) == AML_PACKAGE);
	ok(aml_next_element(&package, &element) && element.kind == AML_INTEGER);
	ok(!aml_next_element(&package, &element));
	unload(&m);
}

/* Whatever the arena's size: a clean error, and what was found stays. */
static void test_arena(void)
{
	char all[MAX_LIST];
	struct machine m;
	size_t size, full, length;

	load(&m, "names", NULL);
	strcpy(all, list(&m));
	unload(&m);
	length = read_file(AML_DIR "/names.aml");
	full = AML_ARENA_SIZE(length);
	for (size = 0; size < full; size += 8) {
		start(&m, size);
		if (!m.error) {
			add(&m, tables[0], length);
			finish(&m);
			ok(strncmp(list(&m), all, strlen(list(&m))) == 0 || m.error);
		}
		ok(m.error == 0 || m.error == ERR_NOMEM);
		unload(&m);
	}
	ok(m.error == 0);
}

/* --- damaged tables ------------------------------------------------------ */

static void query_all(struct machine *m)
{
	static const char *const names[] = {"_UID", "_ADR", "_CRS"};
	struct aml_device device = {0};
	struct aml_resource resource;
	struct aml_resources crs;
	struct aml_value value;
	char path[256];
	size_t i;

	while (aml_next_device(&m->aml, &device)) {
		aml_device_path(&device, path, sizeof(path));
		aml_device_matches(&device, "PNP0501");
		for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
			aml_get(&m->aml, &device, names[i], &value);
		if (!aml_resources(&m->aml, &device, &crs))
			while (aml_next_resource(&crs, &resource) > 0)
				continue;
	}
}

/* The sanitizers watch the table's end: the copy is of exactly its size. */
static void read_damaged(const uint8_t *data, size_t size)
{
	uint8_t *table = malloc(size);
	struct machine m;

	memcpy(table, data, size);
	set_length(table, size);
	start(&m, AML_ARENA_SIZE(size));
	if (!m.error) {
		add(&m, table, size);
		finish(&m);
		if (m.aml.steps > bound(size))
			ok(!"too many steps");
		query_all(&m);
	}
	unload(&m);
	free(table);
}

static void test_damaged(const char *name)
{
	size_t size = read_file(name), i, step = size / 2048 + 1;
	unsigned int change;
	uint8_t saved;

	for (i = HEADER_SIZE; i <= size; i += step)
		read_damaged(file_data, i);
	for (i = HEADER_SIZE; i < size; i++) {
		saved = file_data[i];
		for (change = 1; change < 256; change += 2 * step - 1) {
			file_data[i] = saved ^ change;
			read_damaged(file_data, size);
		}
		file_data[i] = saved;
	}
	ok(true);
}

int main(int argc, char **argv)
{
	int i;

	for (i = 1; i < argc; i++)
		test_damaged(argv[i]);
	if (argc > 1)
		return done();
	test_lists();
	test_ids();
	test_values();
	test_status();
	test_returned_names();
	test_table_errors();
	test_conditional();
	test_stores();
	test_crs_forms();
	test_resources();
	test_paths();
	test_eisa_id();
	test_check_table();
	test_nesting();
	test_hostile_searches();
	test_hostile_names();
	test_expression_nesting();
	test_counted_match();
	test_package_nesting();
	test_malformed();
	test_endless_package();
	test_arena();
	test_damaged(AML_DIR "/names.aml");
	test_damaged(AML_DIR "/values.aml");
	test_damaged(AML_DIR "/conditional.aml");
	test_damaged(AML_DIR "/stores.aml");
	return done();
}
