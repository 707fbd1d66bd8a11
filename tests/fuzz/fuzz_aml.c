/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * Fuzzes the AML reader with two definition blocks. Input: a byte that chooses
 * the arena's size and the revision, two bytes with the length of the first
 * block, then the AML of both without headers. Whatever the input, nothing may
 * be read outside it, and the work must stay within n log n.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "fw/aml.h"

enum {
	HEADER_SIZE = 36,
	PREFIX_SIZE = 3,
	MAX_RESOURCES = 1 << 20,
};

/* A table of exactly its size, so that a read behind its end is noticed. */
static uint8_t *make_table(const char *signature, const uint8_t *aml, size_t size, uint8_t revision)
{
	uint8_t *table = malloc(HEADER_SIZE + size);
	uint32_t length = HEADER_SIZE + size;

	if (!table)
		abort();
	memset(table, 0, HEADER_SIZE);
	memcpy(table, signature, 4);
	memcpy(table + 4, &length, 4);
	table[8] = revision;
	memcpy(table + HEADER_SIZE, aml, size);
	return table;
}

/* Uses every byte of a value, so that ASan looks at each. */
static unsigned int touch(const struct aml_value *value)
{
	unsigned int sum = 0;
	uint32_t i;

	if (value->kind == AML_STRING || value->kind == AML_BUFFER || value->kind == AML_PACKAGE)
		for (i = 0; i < value->length; i++)
			sum += value->data[i];
	return sum;
}

static unsigned int query(struct aml *aml, const struct aml_device *device)
{
	static const char *const names[] = {"_UID", "_ADR", "_STA", "_CCA", "_BBN", "_CRS"};
	struct aml_resource resource;
	struct aml_resources crs;
	struct aml_value value;
	unsigned int sum = 0, count = 0;
	char buffer[64];
	const char *path;
	size_t i;

	sum += aml_device_matches(device, "PNP0501") + aml_device_matches(device, "LNRO0005");
	path = aml_device_path(device, buffer, sizeof(buffer));
	if (path < buffer || path + strlen(path) + 1 != buffer + sizeof(buffer))
		abort();
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		aml_get(aml, device, names[i], &value);
		sum += touch(&value);
	}
	if (!aml_resources(aml, device, &crs))
		while (aml_next_resource(&crs, &resource) > 0)
			if (++count > MAX_RESOURCES)
				abort();
	return sum + touch(&device->hid) + touch(&device->cid);
}

static uint32_t bound(uint32_t n)
{
	uint32_t bits = 1;

	while (n >> bits)
		bits++;
	return 4096 + 32 * n * bits;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static volatile unsigned int sink __attribute__((unused));
	uint8_t *first, *second, *arena;
	struct aml_device device = {0};
	size_t split, room;
	struct aml aml;

	if (size < PREFIX_SIZE)
		return 0;
	split = data[1] | data[2] << 8;
	if (split > size - PREFIX_SIZE)
		split = size - PREFIX_SIZE;
	first = make_table("DSDT", data + PREFIX_SIZE, split, data[0] & 3);
	second = make_table("SSDT", data + PREFIX_SIZE + split, size - PREFIX_SIZE - split, 2);
	room = data[0] & 0x80 ? 16 * (size_t)(data[0] & 0x7c) : AML_ARENA_SIZE(size);
	arena = malloc(room);
	if (!arena)
		abort();
	if (!aml_init(&aml, arena, room)) {
		aml_add_table(&aml, first, HEADER_SIZE + split);
		aml_add_table(&aml, second, HEADER_SIZE + size - PREFIX_SIZE - split);
		aml_finish(&aml);
		if (aml.steps > bound(size))
			abort();
		while (aml_next_device(&aml, &device))
			sink += query(&aml, &device);
	}
	free(arena);
	free(first);
	free(second);
	return 0;
}
