/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * QEMU's fw_cfg device at ports 510-51B, by its DMA interface: one access
 * selects an item and transfers any number of bytes. Where DMA is switched off
 * (-global fw_cfg.dma_enabled=off) every byte is an access, so that little is
 * read that is not used.
 *
 * Specification: QEMU, docs/specs/fw_cfg.
 */
#include "fw/fw_cfg.h"

#include <stdbool.h>
#include <string.h>

#include "error.h"
#include "hw/io.h"
#include "memory.h"
#include "print.h"

enum {
	PORT_SELECT = 0x510,
	PORT_DATA = 0x511,
	PORT_DMA_HIGH = 0x514,
	PORT_DMA_LOW = 0x518,

	DMA_SIGNATURE = 0x554d4551, /* "QEMU", as PORT_DMA_HIGH reads */

	DMA_ERROR = 1 << 0,
	DMA_READ = 1 << 1,
	DMA_SKIP = 1 << 2,
	DMA_SELECT = 1 << 3,
	DMA_WRITE = 1 << 4,

	USUAL_FILES = 32,
	MAX_FILES = 4096,
};

static bool have_dma;
static uint32_t file_count;
static struct fw_cfg_file *files;

static uint32_t be32(uint32_t value)
{
	return __builtin_bswap32(value);
}

/* Starts a transfer and waits for its end; QEMU ends it before OUT returns, the
 * specification allows it to take longer. */
static int dma(uint32_t control, void *memory, uint32_t size)
{
	struct {
		uint32_t control, length;
		uint32_t address_high, address_low;
	} volatile access = {be32(control), be32(size), 0, be32(ptr_phys(memory))};

	compiler_barrier();
	outl(PORT_DMA_LOW, be32(ptr_phys(&access)));
	do {
		compiler_barrier();
	} while (access.control & ~be32(DMA_ERROR));
	return access.control ? ERR_IO : 0;
}

static int read_part(uint16_t key, uint32_t offset, void *to, uint32_t size)
{
	uint32_t select = (uint32_t)key << 16 | DMA_SELECT;

	if (have_dma && !offset)
		return dma(select | DMA_READ, to, size);
	if (have_dma) {
		int error = dma(select | DMA_SKIP, to, offset);

		return error ? error : dma(DMA_READ, to, size);
	}
	outw(PORT_SELECT, key);
	for (; offset; offset--)
		inb(PORT_DATA);
	insb(PORT_DATA, to, size);
	return 0;
}

int fw_cfg_read(uint16_t key, void *to, uint32_t size)
{
	return read_part(key, 0, to, size);
}

/* Reads the directory as far as `room` entries go. Returns the number of entries
 * that it has, or an error. */
static int read_entries(uint32_t room)
{
	uint32_t size = room * sizeof(*files), count;
	uint8_t *memory = scratch_alloc(sizeof(count) + size, 4);
	int error;

	if (!memory)
		return ERR_NOMEM;
	error = fw_cfg_read(FW_CFG_FILE_DIR, memory, sizeof(count) + size);
	if (error)
		return error;
	memcpy(&count, memory, sizeof(count));
	files = (struct fw_cfg_file *)(memory + sizeof(count));
	return be32(count) <= MAX_FILES ? (int)be32(count) : ERR_NOMEM;
}

static int read_directory(void)
{
	/* By DMA a guess saves asking for the number first. */
	uint32_t room = have_dma ? USUAL_FILES : 0;
	int count = read_entries(room);

	if (count > (int)room)
		count = read_entries(count);
	if (count < 0)
		return count;
	for (int i = 0; i < count; i++) {
		files[i].size = be32(files[i].size);
		files[i].key = __builtin_bswap16(files[i].key);
		files[i].name[FW_CFG_NAME_SIZE - 1] = '\0';
	}
	file_count = count;
	return 0;
}

int fw_cfg_init(void)
{
	char signature[4];

	file_count = 0;
	have_dma = inl(PORT_DMA_HIGH) == DMA_SIGNATURE;
	if (!have_dma) {
		fw_cfg_read(FW_CFG_SIGNATURE, signature, sizeof(signature));
		if (memcmp(signature, "QEMU", sizeof(signature)))
			return ERR_NOENT;
	}
	return read_directory();
}

const struct fw_cfg_file *fw_cfg_next(const struct fw_cfg_file *file, const char *prefix)
{
	size_t length = strlen(prefix);

	for (file = file ? file + 1 : files; file < files + file_count; file++)
		if (!memcmp(file->name, prefix, length))
			return file;
	return NULL;
}

const struct fw_cfg_file *fw_cfg_find(const char *name)
{
	size_t size = strlen(name) + 1;

	for (uint32_t i = 0; i < file_count; i++)
		if (fw_cfg_same_name(files[i].name, name, size))
			return &files[i];
	return NULL;
}

void *fw_cfg_load(const char *name, uint32_t *size)
{
	const struct fw_cfg_file *file = fw_cfg_find(name);
	char *memory;

	if (!file || file->size == UINT32_MAX)
		return NULL;
	memory = scratch_alloc(file->size + 1, 8);
	if (!memory) {
		say("fw_cfg: no room for %u bytes of %s\n", file->size, name);
		return NULL;
	}
	if (fw_cfg_read(file->key, memory, file->size))
		return NULL;
	memory[file->size] = '\0';
	if (size)
		*size = file->size;
	return memory;
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
	uint32_t select = (uint32_t)file->key << 16 | DMA_SELECT;
	int error;

	if (!have_dma)
		return ERR_UNSUPPORTED;
	error = dma(select | DMA_SKIP, NULL, offset);
	return error ? error : dma(DMA_WRITE, (void *)from, size);
}
