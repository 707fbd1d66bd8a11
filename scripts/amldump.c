/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * Prints the devices that the firmware's AML reader finds in ACPI tables, for
 * people who debug discovery. Usage: amldump [-s] FILE...
 *
 * A file is a binary table (or several, one after the other) or the text that
 * acpidump prints. Tables other than DSDT and SSDT are left out. All files
 * together are one machine; the DSDT is read first. -s prints statistics.
 */
#include <ctype.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/error.h"
#include "fw/aml.h"

enum {
	HEADER_SIZE = 36,
	MAX_TABLES = 1024,
	MAX_PATH = 4096,
};

struct table {
	uint8_t *data;
	size_t length;
	const char *file;
};

static struct table tables[MAX_TABLES];
static size_t table_count;
static int status;

static void complain(const char *file, const char *what)
{
	fprintf(stderr, "amldump: %s: %s\n", file, what);
	status = 1;
}

static void *allocate(size_t size)
{
	void *p = malloc(size ? size : 1);

	if (!p) {
		perror("amldump");
		exit(1);
	}
	return p;
}

static uint8_t *read_file(const char *name, size_t *size)
{
	FILE *file = fopen(name, "rb");
	size_t room = 1 << 16, n;
	uint8_t *data, *larger;

	if (!file) {
		perror(name);
		status = 1;
		return NULL;
	}
	data = allocate(room);
	*size = 0;
	while ((n = fread(data + *size, 1, room - *size, file)) > 0) {
		*size += n;
		if (*size < room)
			continue;
		larger = allocate(2 * room);
		memcpy(larger, data, room);
		free(data);
		data = larger;
		room *= 2;
	}
	fclose(file);
	return data;
}

static void add_table(const uint8_t *data, size_t length, const char *file)
{
	struct table *table = &tables[table_count];

	if (length < 4 || (memcmp(data, "DSDT", 4) && memcmp(data, "SSDT", 4)))
		return;
	if (table_count == MAX_TABLES) {
		complain(file, "too many tables");
		return;
	}
	table->data = allocate(length);
	memcpy(table->data, data, length);
	table->length = length;
	table->file = file;
	table_count++;
}

static void add_binary(const uint8_t *data, size_t size, const char *file)
{
	size_t length;

	while (size >= HEADER_SIZE) {
		length = data[4] | data[5] << 8 | data[6] << 16 | (size_t)data[7] << 24;
		if (length < HEADER_SIZE || length > size)
			length = size;
		add_table(data, length, file);
		data += length;
		size -= length;
	}
	if (size)
		complain(file, "trailing bytes that are no table");
}

/* "    0010: 44 53 ...": up to 16 bytes; what follows them is the same as text. */
static size_t parse_line(const char *line, uint8_t bytes[16])
{
	unsigned int offset, byte;
	size_t count = 0;
	int used;

	if (sscanf(line, " %x:%n", &offset, &used) != 1 || line[0] != ' ')
		return 0;
	for (line += used; count < 16; line += 3) {
		if (line[0] != ' ' || line[1] == ' ' || line[1] == '\0')
			break;
		if (sscanf(line + 1, "%2x", &byte) != 1)
			break;
		bytes[count++] = byte;
	}
	return count;
}

static bool is_text(const uint8_t *data, size_t size)
{
	size_t i;

	for (i = 0; i < size && i < 512; i++)
		if (data[i] == 0 || data[i] > 0x7e)
			return false;
	return true;
}

/* Tables in acpidump's text format: a line with an @, then lines of bytes. */
static void add_text(const uint8_t *data, size_t size, const char *file)
{
	uint8_t *table = allocate(size);
	size_t length = 0, i, n;
	char line[256];

	for (i = 0; i < size;) {
		for (n = 0; i < size && data[i] != '\n'; i++)
			if (n < sizeof(line) - 1)
				line[n++] = data[i];
		i++;
		line[n] = '\0';
		n = parse_line(line, table + length);
		length += n;
		if (!n && length) {
			add_table(table, length, file);
			length = 0;
		}
	}
	add_table(table, length, file);
	free(table);
}

static void add_file(const char *name)
{
	size_t size;
	uint8_t *data = read_file(name, &size);

	if (!data)
		return;
	if (is_text(data, size))
		add_text(data, size, name);
	else
		add_binary(data, size, name);
	free(data);
}

static void load_table(struct aml *aml, const struct table *table)
{
	int error = aml_check_table(table->data, table->length);

	if (error == ERR_CHECKSUM)
		complain(table->file, "wrong checksum");
	else if (error < 0)
		complain(table->file, "wrong length");
	error = aml_add_table(aml, table->data, table->length);
	if (error == ERR_INVAL)
		complain(table->file, "malformed AML, a part is left out");
	else if (error)
		complain(table->file, "cannot be read");
}

static void load(struct aml *aml, bool dsdt)
{
	size_t i;

	for (i = 0; i < table_count; i++)
		if (dsdt == !memcmp(tables[i].data, "DSDT", 4))
			load_table(aml, &tables[i]);
}

static void print_value(const struct aml *aml, const struct aml_value *value)
{
	struct aml_value rest = *value, element;
	const char *separator = "";

	switch (value->kind) {
	case AML_INTEGER:
		printf("0x%llx", (unsigned long long)value->integer);
		break;
	case AML_STRING:
		printf("\"%.*s\"", (int)value->length, (const char *)value->data);
		break;
	case AML_PACKAGE:
		printf("{");
		while (aml_next_element(&rest, &element)) {
			printf("%s", separator);
			if (element.kind == AML_PACKAGE)
				printf("{...}");
			else
				print_value(aml, &element);
			separator = ", ";
		}
		printf("}");
		break;
	case AML_BUFFER:
		printf("buffer");
		break;
	default:
		printf("?");
	}
}

/* As the firmware compares it: "*pnp0c14" is PNP0C14. */
static void print_string_id(const struct aml_value *value)
{
	uint32_t i = value->length && value->data[0] == '*';

	for (; i < value->length; i++)
		putchar(toupper(value->data[i]));
}

static void print_id(const struct aml *aml, const char *label, const struct aml_value *value)
{
	struct aml_value rest = *value, element;
	char text[AML_EISA_ID_SIZE];

	if (value->kind == AML_ABSENT)
		return;
	printf(" %s=", label);
	if (value->kind == AML_INTEGER) {
		aml_eisa_id(value->integer, text);
		printf("%s", text);
	} else if (value->kind == AML_STRING) {
		print_string_id(value);
	} else if (value->kind == AML_PACKAGE) {
		printf("{");
		while (aml_next_element(&rest, &element))
			if (element.kind != AML_PACKAGE)
				print_id(aml, "", &element);
		printf(" }");
	} else {
		printf("?");
	}
}

static void print_resource(const struct aml_resource *r)
{
	static const char *const kinds[] = {
		[AML_MEMORY] = "memory", [AML_IO] = "io",   [AML_BUS] = "bus",
		[AML_IRQ] = "irq",       [AML_DMA] = "dma", [AML_OTHER] = "other",
	};

	printf("\t%s", kinds[r->kind]);
	if (r->kind == AML_DMA) {
		printf(" %u\n", r->number);
		return;
	}
	if (r->kind == AML_IRQ) {
		printf(" %u %s %s%s%s\n", r->number, r->level ? "level" : "edge",
		       r->active_low ? "low" : "high", r->shared ? " shared" : "",
		       r->producer ? " producer" : "");
		return;
	}
	printf(" 0x%llx", (unsigned long long)r->base);
	if (r->max != r->base)
		printf("..0x%llx", (unsigned long long)r->max);
	printf(" length 0x%llx width %u", (unsigned long long)r->length, r->width);
	if (r->translation)
		printf(" translation 0x%llx", (unsigned long long)r->translation);
	printf("%s%s%s\n", r->writable ? " rw" : "", r->fixed ? " fixed" : "",
	       r->producer ? " producer" : "");
}

static void print_resources(struct aml *aml, const struct aml_device *device)
{
	struct aml_resource resource;
	struct aml_resources crs;
	int error = aml_resources(aml, device, &crs);

	if (error == ERR_NOENT)
		return;
	if (error) {
		printf("\t_CRS needs an interpreter\n");
		return;
	}
	while ((error = aml_next_resource(&crs, &resource)) > 0)
		print_resource(&resource);
	if (error)
		printf("\t_CRS is malformed from here on\n");
}

static void print_device(struct aml *aml, const struct aml_device *device)
{
	static const char *const names[] = {"_UID", "_ADR", "_STA", "_CCA", "_BBN"};
	struct aml_value value;
	char path[MAX_PATH];
	size_t i;

	printf("%s", aml_device_path(device, path, sizeof(path)));
	print_id(aml, "_HID", &device->hid);
	print_id(aml, "_CID", &device->cid);
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (aml_get(aml, device, names[i], &value) == AML_ABSENT)
			continue;
		printf(" %s=", names[i]);
		print_value(aml, &value);
	}
	if (device->status & AML_ORPHAN)
		printf(" (scope not defined)");
	else if (device->status & AML_NOT_PRESENT)
		printf(" (not present)");
	else if (device->status & AML_STATUS_UNKNOWN)
		printf(" (may be absent)");
	printf("\n");
	print_resources(aml, device);
}

int main(int argc, char **argv)
{
	bool statistics = false;
	struct aml_device device = {0};
	struct aml aml;
	size_t size = 0, i;
	void *arena;
	int error;

	for (i = 1; i < (size_t)argc; i++) {
		if (!strcmp(argv[i], "-s"))
			statistics = true;
		else
			add_file(argv[i]);
	}
	if (!table_count) {
		fprintf(stderr, "usage: amldump [-s] FILE...\n"
				"FILE: DSDT or SSDT as a binary, or acpidump's output\n");
		return 1;
	}
	for (i = 0; i < table_count; i++)
		size += tables[i].length;
	arena = allocate(2 * AML_ARENA_SIZE(size));
	if (aml_init(&aml, arena, 2 * AML_ARENA_SIZE(size))) {
		complain("arena", "too small");
		return 1;
	}
	load(&aml, true);
	load(&aml, false);
	error = aml_finish(&aml);
	if (error)
		complain("all tables", "a part is left out");
	while (aml_next_device(&aml, &device))
		print_device(&aml, &device);
	if (statistics)
		fprintf(stderr, "%zu tables, %zu bytes, %u steps\n", table_count, size, aml.steps);
	for (i = 0; i < table_count; i++)
		free(tables[i].data);
	free(arena);
	return status;
}
