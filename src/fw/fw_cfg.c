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

#include "bda.h"
#include "hw/io.h"
#include "lib/error.h"
#include "lib/log.h"
#include "lib/memory.h"
#include "lib/util.h"

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

	USUAL_FILES = 32, /* QEMU's microvm has fewer */
	MAX_FILES = 4096,
	BOUNCE_SIZE = 48,      /* what the EBDA has room for */
	MAX_POLLS = 100000000, /* of a transfer: some seconds; there may be no clock yet */
};

static bool have_dma;
/* The directory, in scratch memory: until the boot, or fw_cfg_forget_files(). */
static uint32_t file_count;
static struct fw_cfg_file *files;
static uint32_t initials; /* a bit for each letter that a name begins with */
static bool have_options; /* of ours among them */

static uint32_t be32(uint32_t value)
{
	return __builtin_bswap32(value);
}

/* What the device reads to know what to do; it writes `control` when it is done. */
struct dma_access {
	uint32_t control, length;
	uint32_t address_high, address_low;
};

/* Both in the EBDA, since a device is never pointed into our own segments. */
struct dma_buffer {
	volatile struct dma_access access;
	uint8_t small[BOUNCE_SIZE];
};

_Static_assert(sizeof(struct dma_buffer) <= sizeof(((struct ebda *)0)->fw_cfg_buffer),
	       "EBDA layout");

static struct dma_buffer *get_dma_buffer(void)
{
	return (struct dma_buffer *)ebda()->fw_cfg_buffer;
}

/* Starts a transfer and waits for its end; QEMU ends it before OUT returns, the
 * specification allows it to take longer. */
static int dma(uint32_t control, uint32_t address, uint32_t size)
{
	volatile struct dma_access *access = &get_dma_buffer()->access;
	uint32_t polls = 0;

	*access = (struct dma_access){be32(control), be32(size), 0, be32(address)};
	compiler_barrier();
	outl(PORT_DMA_LOW, be32(ptr_phys(access)));
	while (access->control & ~be32(DMA_ERROR)) {
		if (polls++ == MAX_POLLS)
			return ERR_TIMEOUT;
		cpu_pause();
	}
	return access->control ? ERR_IO : 0;
}

/* What is small goes by way of the buffer, since it may be a variable. */
static int dma_read(uint32_t control, void *to, uint32_t size)
{
	int error;

	if (size > BOUNCE_SIZE)
		return dma(control, ptr_phys(to), size);
	error = dma(control, ptr_phys(get_dma_buffer()->small), size);
	memcpy(to, get_dma_buffer()->small, size);
	return error;
}

static int dma_write(uint32_t control, const void *from, uint32_t size)
{
	if (size > BOUNCE_SIZE)
		return dma(control, ptr_phys(from), size);
	memcpy(get_dma_buffer()->small, from, size);
	return dma(control, ptr_phys(get_dma_buffer()->small), size);
}

int fw_cfg_read(uint16_t key, void *to, uint32_t size)
{
	if (have_dma)
		return dma_read((uint32_t)key << 16 | DMA_SELECT | DMA_READ, to, size);
	outw(PORT_SELECT, key);
	insb(PORT_DATA, to, size);
	return 0;
}

/* Reads the directory as far as `room` entries go. Returns the number of entries
 * that it has, or an error. */
static int read_entries(uint32_t room)
{
	uint32_t size = room * sizeof(*files), count;
	uint8_t *memory = memory_alloc_scratch(sizeof(count) + size, 4);
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

/* Most kinds of files are not there, which this tells at once. */
static uint32_t initial(const char *name)
{
	return 1u << (name[0] & 0x1f);
}

static int read_directory(void)
{
	/* By DMA a guess saves asking for the number first. */
	uint32_t room = have_dma ? USUAL_FILES : 0;
	int count = read_entries(room);

	if (count > (int)room) {
		room = count;
		count = read_entries(room);
	}
	if (count < 0)
		return count;
	if (count > (int)room) /* it has grown meanwhile */
		count = room;
	for (int i = 0; i < count; i++) {
		files[i].size = be32(files[i].size);
		files[i].key = __builtin_bswap16(files[i].key);
		files[i].name[FW_CFG_NAME_SIZE - 1] = '\0';
		initials |= initial(files[i].name);
	}
	file_count = count;
	return 0;
}

int fw_cfg_init(void)
{
	char signature[4];
	int error;

	file_count = 0;
	have_dma = inl(PORT_DMA_HIGH) == DMA_SIGNATURE;
	if (!have_dma) {
		fw_cfg_read(FW_CFG_SIGNATURE, signature, sizeof(signature));
		if (memcmp(signature, "QEMU", sizeof(signature)))
			return ERR_NOENT;
	}
	error = read_directory();
	have_options = fw_cfg_next(NULL, "opt/org.petrel/");
	return error;
}

bool fw_cfg_has_options(void)
{
	return have_options;
}

void fw_cfg_forget_files(void)
{
	file_count = 0;
}

const struct fw_cfg_file *fw_cfg_next(const struct fw_cfg_file *file, const char *prefix)
{
	size_t length;

	if (!(initials & initial(prefix)))
		return NULL;
	length = strlen(prefix);
	for (file = file ? file + 1 : files; file < files + file_count; file++)
		if (file->name[0] == prefix[0] && !memcmp(file->name, prefix, length))
			return file;
	return NULL;
}

const struct fw_cfg_file *fw_cfg_find_sized(const char *name, size_t size)
{
	uint32_t end;

	if (size < sizeof(end) || size > FW_CFG_NAME_SIZE)
		return NULL;
	/* The end tells most names from each other, their beginnings do not. */
	end = get_le32(name + size - sizeof(end));
	for (const struct fw_cfg_file *file = files; file < files + file_count; file++)
		if (get_le32(file->name + size - sizeof(end)) == end &&
		    !memcmp(file->name, name, size))
			return file;
	return NULL;
}

void *fw_cfg_load(const char *name, uint32_t *size)
{
	const struct fw_cfg_file *file = fw_cfg_find(name);
	char *memory;

	if (!file || file->size == UINT32_MAX)
		return NULL;
	memory = memory_alloc_scratch(file->size + 1, 8);
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
	error = dma(select | DMA_SKIP, 0, offset);
	return error ? error : dma_write(DMA_WRITE, from, size);
}
