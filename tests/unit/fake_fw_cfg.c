/* SPDX-License-Identifier: LGPL-3.0-or-later */
#include "fake_fw_cfg.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "lib/error.h"
#include "lib/memory.h"
#include "lib/log.h"

enum { MAX_FILES = 300, FIRST_KEY = 0x20, MAX_CONTENT = 1 << 20 };

bool fake_fw_cfg_read_fails, fake_fw_cfg_write_fails;

static struct fw_cfg_file files[MAX_FILES];
static uint8_t *contents[MAX_FILES];
static unsigned count;
static uint64_t numbers[FIRST_KEY];

void fake_fw_cfg_reset(void)
{
	for (; count; count--)
		free(contents[count - 1]);
	memset(numbers, 0, sizeof(numbers));
	fake_fw_cfg_read_fails = fake_fw_cfg_write_fails = false;
}

void fake_fw_cfg_add(const char *name, const void *content, uint32_t size)
{
	size_t stored = size < MAX_CONTENT ? size : MAX_CONTENT;

	if (count == MAX_FILES)
		abort();
	files[count] = (struct fw_cfg_file){.size = size, .key = FIRST_KEY + count};
	strncpy(files[count].name, name, sizeof(files[count].name) - 1);
	contents[count] = calloc(1, stored + 1);
	if (content)
		memcpy(contents[count], content, stored);
	count++;
}

void fake_fw_cfg_set_number(uint16_t key, uint64_t value)
{
	numbers[key] = value;
}

const uint8_t *fake_fw_cfg_content(const char *name)
{
	const struct fw_cfg_file *file = fw_cfg_find(name);

	return file ? contents[file->key - FIRST_KEY] : NULL;
}

void fw_cfg_forget_files(void)
{
}

const struct fw_cfg_file *fw_cfg_find_sized(const char *name, size_t size)
{
	(void)size;
	for (unsigned i = 0; i < count; i++)
		if (!strcmp(files[i].name, name))
			return &files[i];
	return NULL;
}

int fw_cfg_read(uint16_t key, void *to, uint32_t size)
{
	unsigned index = key - FIRST_KEY;
	uint32_t length = sizeof(numbers[0]);
	const void *from = &numbers[key % FIRST_KEY];

	if (fake_fw_cfg_read_fails)
		return ERR_IO;
	if (key >= FIRST_KEY && index < count) {
		from = contents[index];
		length = files[index].size;
	} else if (key >= FIRST_KEY) {
		length = 0;
	}
	memset(to, 0, size);
	memcpy(to, from, size < length ? size : length);
	return 0;
}

void *fw_cfg_load(const char *name, uint32_t *size)
{
	const struct fw_cfg_file *file = fw_cfg_find(name);
	char *memory;

	if (!file || file->size == UINT32_MAX)
		return NULL;
	memory = memory_alloc_scratch(file->size + 1, 8);
	if (!memory || fw_cfg_read(file->key, memory, file->size))
		return NULL;
	memory[file->size] = '\0';
	if (size)
		*size = file->size;
	return memory;
}

const struct fw_cfg_file *fw_cfg_next(const struct fw_cfg_file *file, const char *prefix)
{
	for (file = file ? file + 1 : files; file < files + count; file++)
		if (!strncmp(file->name, prefix, strlen(prefix)))
			return file;
	return NULL;
}

bool fw_cfg_has_options(void)
{
	return fw_cfg_next(NULL, "opt/org.petrel/");
}

int fw_cfg_integer(const char *name, uint64_t *value)
{
	const struct fw_cfg_file *file = fw_cfg_find(name);

	if (!file)
		return ERR_NOENT;
	if (!file->size || file->size > sizeof(*value))
		return ERR_INVAL;
	*value = 0;
	return fw_cfg_read(file->key, value, file->size);
}

int fw_cfg_write(const struct fw_cfg_file *file, uint32_t offset, const void *from, uint32_t size)
{
	if (fake_fw_cfg_write_fails)
		return ERR_IO;
	if (offset > file->size || size > file->size - offset)
		abort(); /* the caller's duty to check */
	memcpy(contents[file->key - FIRST_KEY] + offset, from, size);
	return 0;
}
