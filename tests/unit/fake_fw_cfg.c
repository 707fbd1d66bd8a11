/* SPDX-License-Identifier: LGPL-3.0-or-later */
#include "fake_fw_cfg.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "error.h"
#include "memory.h"
#include "print.h"

enum { MAX_FILES = 300, FIRST_KEY = 0x20, MAX_CONTENT = 1 << 20 };

bool fake_fw_cfg_read_fails, fake_fw_cfg_write_fails;

static struct fw_cfg_file files[MAX_FILES];
static uint8_t *contents[MAX_FILES];
static unsigned count;
static uint64_t ram_size;

void fake_fw_cfg_reset(void)
{
	for (; count; count--)
		free(contents[count - 1]);
	ram_size = 0;
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

void fake_fw_cfg_set_ram_size(uint64_t bytes)
{
	ram_size = bytes;
}

const uint8_t *fake_fw_cfg_content(const char *name)
{
	const struct fw_cfg_file *file = fw_cfg_find(name);

	return file ? contents[file - files] : NULL;
}

const struct fw_cfg_file *fw_cfg_find(const char *name)
{
	for (unsigned i = 0; i < count; i++)
		if (!strcmp(files[i].name, name))
			return &files[i];
	return NULL;
}

int fw_cfg_read(uint16_t key, void *to, uint32_t size)
{
	unsigned index = key - FIRST_KEY;
	uint32_t length = sizeof(ram_size);
	const void *from = &ram_size;

	if (fake_fw_cfg_read_fails)
		return ERR_IO;
	if (key >= FIRST_KEY && index < count) {
		from = contents[index];
		length = files[index].size;
	} else if (key != FW_CFG_RAM_SIZE) {
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
	memory = scratch_alloc(file->size + 1, 8);
	if (!memory || fw_cfg_read(file->key, memory, file->size))
		return NULL;
	memory[file->size] = '\0';
	if (size)
		*size = file->size;
	return memory;
}

int fw_cfg_write(const struct fw_cfg_file *file, uint32_t offset, const void *from, uint32_t size)
{
	if (fake_fw_cfg_write_fails)
		return ERR_IO;
	if (offset > file->size || size > file->size - offset)
		abort(); /* the caller's duty to check */
	memcpy(contents[file - files] + offset, from, size);
	return 0;
}
