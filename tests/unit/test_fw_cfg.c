/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * fw_cfg against a device behind ports that follows QEMU's docs/specs/fw_cfg, by DMA and
 * byte by byte, with directories as a host should not send them.
 */
#include "fw/fw_cfg.h"

#include <stdlib.h>
#include <string.h>

#include "layout.h"
#include "lib/error.h"
#include "lib/memory.h"
#include "unit.h"

enum {
	DMA_ERROR = 1,
	DMA_READ = 2,
	DMA_SKIP = 4,
	DMA_SELECT = 8,
	DMA_WRITE = 16,

	MAX_FILES = 5000,
	FIRST_KEY = 0x20,
	ENTRY_SIZE = 64,
	CONTENT_SIZE = 4096,
};

/* --- the device -------------------------------------------------------------- */

static struct {
	bool present, has_dma, fails, hangs;
	uint16_t selected;
	uint32_t offset; /* of the next byte of the item that is selected */
	unsigned accesses;
	/* The directory as it is sent, and one that is sent from the second time on. */
	uint8_t directory[4 + MAX_FILES * ENTRY_SIZE];
	uint32_t directory_size, second_count;
	uint8_t content[CONTENT_SIZE]; /* of the file with key FIRST_KEY */
} dev;

static uint8_t *item(uint16_t key, uint32_t *size)
{
	static uint8_t signature[] = "QEMU";

	switch (key) {
	case FW_CFG_SIGNATURE:
		*size = 4;
		return signature;
	case FW_CFG_FILE_DIR:
		*size = dev.directory_size;
		return dev.directory;
	case FIRST_KEY:
		*size = sizeof(dev.content);
		return dev.content;
	default:
		*size = 0;
		return NULL;
	}
}

static void choose(uint16_t key)
{
	dev.selected = key;
	dev.offset = 0;
}

static uint8_t *next_byte(void)
{
	uint32_t size;
	uint8_t *bytes = item(dev.selected, &size);

	return dev.offset < size ? bytes + dev.offset++ : NULL;
}

static void count_directory_read(void)
{
	if (dev.selected == FW_CFG_FILE_DIR && dev.second_count) {
		uint32_t count = __builtin_bswap32(dev.second_count);

		memcpy(dev.directory, &count, 4);
	}
}

void outw(uint16_t port, uint16_t value)
{
	ok(port == 0x510);
	dev.accesses++;
	choose(value);
}

void insb(uint16_t port, void *to, uint32_t count)
{
	uint8_t *bytes = to;

	ok(port == 0x511);
	dev.accesses += count;
	for (; count; count--) {
		uint8_t *byte = dev.present ? next_byte() : NULL;

		*bytes++ = byte ? *byte : dev.present ? 0 : 0xff;
	}
	count_directory_read();
}

uint32_t inl(uint16_t port)
{
	ok(port == 0x514);
	dev.accesses++;
	return dev.has_dma ? 0x554d4551 : 0xffffffff;
}

static uint32_t be32(uint32_t value)
{
	return __builtin_bswap32(value);
}

/* What a device reads or writes is memory of the firmware's that it may write to. */
static uint8_t *memory(uint32_t address, uint32_t size)
{
	ok(address + size >= address && address + size <= MACHINE_MEMORY);
	ok(address + size <= DATA_BASE || address >= 1 << 20);
	return phys_ptr(address);
}

void cpu_pause(void)
{
}

void outl(uint16_t port, uint32_t value)
{
	uint32_t *access = (uint32_t *)memory(be32(value), 16);
	uint32_t control = be32(access[0]), length = be32(access[1]), address = be32(access[3]);

	ok(port == 0x518 && dev.has_dma && !access[2]);
	dev.accesses++;
	if (control & DMA_SELECT)
		choose(control >> 16);
	if (control & DMA_SKIP)
		dev.offset += length;
	if (control & (DMA_READ | DMA_WRITE)) {
		uint8_t *to = memory(address, length);

		for (; length; length--, to++) {
			uint8_t *byte = next_byte();

			if (control & DMA_READ)
				*to = byte ? *byte : 0;
			else if (byte)
				*byte = *to;
		}
	}
	if (control & DMA_READ)
		count_directory_read();
	if (!dev.hangs)
		access[0] = dev.fails ? be32(DMA_ERROR) : 0;
}

/* --- the directory ------------------------------------------------------------ */

static void set_count(uint32_t count)
{
	count = be32(count);
	memcpy(dev.directory, &count, 4);
}

static void set_file(unsigned index, const char *name, uint32_t size, uint16_t key)
{
	uint8_t *entry = dev.directory + 4 + index * ENTRY_SIZE;

	size = be32(size);
	memset(entry, 0, ENTRY_SIZE);
	memcpy(entry, &size, 4);
	entry[4] = key >> 8;
	entry[5] = key;
	strncpy((char *)entry + 8, name, FW_CFG_NAME_SIZE);
	if (dev.directory_size < 4 + (index + 1) * ENTRY_SIZE)
		dev.directory_size = 4 + (index + 1) * ENTRY_SIZE;
}

static void begin(bool has_dma)
{
	machine_reset();
	memset(&dev, 0, sizeof(dev));
	dev.present = true;
	dev.has_dma = has_dma;
	dev.directory_size = 4;
	for (unsigned i = 0; i < sizeof(dev.content); i++)
		dev.content[i] = i + (i >> 8);
}

/* Files, as many as there are. */
static void begin_with(bool has_dma, unsigned count)
{
	char name[20];

	begin(has_dma);
	for (unsigned i = 0; i < count; i++) {
		snprintf(name, sizeof(name), "etc/file%u", i);
		set_file(i, name, i ? 7 : CONTENT_SIZE, FIRST_KEY + i);
	}
	set_count(count);
}

/* --- the tests ------------------------------------------------------------------ */

static void absent(void)
{
	begin(false);
	dev.present = false;
	ok(fw_cfg_init() == ERR_NOENT);
	ok(!fw_cfg_find("etc/file0") && !fw_cfg_next(NULL, ""));
}

static void directory(bool has_dma)
{
	static const unsigned counts[] = {0, 1, 2, 31, 32, 33, 40, 300, 4096};

	for (unsigned i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		unsigned count = counts[i], found = 0;
		const struct fw_cfg_file *file = NULL;
		char name[20];

		begin_with(has_dma, count);
		ok(!fw_cfg_init());
		/* By DMA one access for a directory of the usual size, and one for the device. */
		ok(!has_dma || dev.accesses == (count <= 32 ? 2 : 3));
		while ((file = fw_cfg_next(file, "etc/file")))
			ok(file->key == FIRST_KEY + found++);
		ok(found == count);
		if (!count)
			continue;
		snprintf(name, sizeof(name), "etc/file%u", count - 1);
		file = fw_cfg_find(name);
		ok(file && file->key == FIRST_KEY + count - 1 && !strcmp(file->name, name));
		ok(file && file->size == (count > 1 ? 7 : CONTENT_SIZE));
	}
	begin_with(has_dma, 3);
	ok(!fw_cfg_init());
	ok(!fw_cfg_find("etc/file") && !fw_cfg_find("etc/file00") && !fw_cfg_find(""));
	ok(!fw_cfg_find("a name that is longer than any that a file of the host could have"));
	ok(!fw_cfg_next(NULL, "genroms/") && !fw_cfg_next(fw_cfg_find("etc/file2"), "etc/"));
	ok(fw_cfg_next(fw_cfg_find("etc/file0"), "etc/") == fw_cfg_find("etc/file1"));
	ok(machine_was_silent());
}

static void absurd_directories(bool has_dma)
{
	static const uint32_t counts[] = {4097, 5000, 0x10000, 0x7fffffff, 0x80000000, UINT32_MAX};

	for (unsigned i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		begin_with(has_dma, 3);
		set_count(counts[i]);
		ok(fw_cfg_init() == ERR_NOMEM);
		ok(!fw_cfg_find("etc/file0") && !fw_cfg_next(NULL, "etc/"));
	}
	/* More files than bytes: zeros are what is read beyond the end. */
	begin_with(has_dma, 3);
	set_count(40);
	ok(!fw_cfg_init() && fw_cfg_find("etc/file2"));
	/* A name without an end. */
	begin_with(has_dma, 1);
	memset(dev.directory + 4 + 8, 'n', FW_CFG_NAME_SIZE);
	ok(!fw_cfg_init());
	ok(strlen(fw_cfg_next(NULL, "n")->name) == FW_CFG_NAME_SIZE - 1);
	/* A directory that has grown until it is read again. */
	begin_with(has_dma, 40);
	dev.second_count = 4000;
	ok(!fw_cfg_init() && fw_cfg_find("etc/file39"));
	begin_with(has_dma, 40);
	dev.second_count = UINT32_MAX;
	ok(fw_cfg_init() == ERR_NOMEM && !fw_cfg_find("etc/file0"));
	/* ... or shrunk. */
	begin_with(has_dma, 40);
	dev.second_count = 1;
	ok(!fw_cfg_init() && fw_cfg_find("etc/file0") && !fw_cfg_find("etc/file1"));
	/* No memory for it. */
	begin_with(has_dma, 40);
	ok(memory_alloc_scratch(SCRATCH_END - SCRATCH_BASE - 2500, 1));
	ok(fw_cfg_init() == ERR_NOMEM && !fw_cfg_find("etc/file0"));
	begin_with(has_dma, 1);
	ok(memory_alloc_scratch(SCRATCH_END - SCRATCH_BASE, 1));
	ok(fw_cfg_init() == ERR_NOMEM);
}

static bool holds(const uint8_t *bytes, uint32_t count)
{
	return !memcmp(bytes, dev.content, count);
}

static void reading(bool has_dma)
{
	static const uint32_t sizes[] = {0, 1, 4, 47, 48, 49, 512, CONTENT_SIZE};
	uint8_t *to;

	begin_with(has_dma, 2);
	ok(!fw_cfg_init());
	to = memory_alloc_scratch(CONTENT_SIZE + 256, 1);
	for (unsigned i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		memset(to, 0xee, CONTENT_SIZE + 1);
		dev.accesses = 0;
		ok(!fw_cfg_read(FIRST_KEY, to, sizes[i]));
		ok(holds(to, sizes[i]) && to[sizes[i]] == 0xee);
		ok(!has_dma || dev.accesses == 1);
	}
	ok(!fw_cfg_read(FIRST_KEY, to, CONTENT_SIZE + 200));
	ok(holds(to, CONTENT_SIZE) && !to[CONTENT_SIZE] && !to[CONTENT_SIZE + 199]);
	fw_cfg_zero(to, 100);
	ok(!to[0] && !to[99] && to[100]);
}

static void loading(bool has_dma)
{
	uint32_t size = 1;
	uint8_t *file;

	begin_with(has_dma, 2);
	set_file(2, "huge", UINT32_MAX, FIRST_KEY);
	set_file(3, "large", SCRATCH_END - SCRATCH_BASE, FIRST_KEY);
	set_file(4, "empty", 0, FIRST_KEY);
	set_count(5);
	ok(!fw_cfg_init());
	file = fw_cfg_load("etc/file0", &size);
	ok(file && size == CONTENT_SIZE && holds(file, size) && !file[size]);
	file = fw_cfg_load("empty", &size);
	ok(file && !size && !*file);
	ok(fw_cfg_load("etc/file0", NULL));
	ok(machine_was_silent());
	ok(!fw_cfg_load("missing", &size) && !fw_cfg_load("huge", &size));
	ok(machine_was_silent());
	ok(!fw_cfg_load("large", &size));
	ok(machine_said("fw_cfg: no room for 524288 bytes of large\n"));
}

static void integers(bool has_dma)
{
	uint64_t value = 1;

	begin(has_dma);
	for (unsigned i = 0; i < 10; i++)
		set_file(i, (char[]){'n', 'u', 'm', '0' + i, 0}, i, FIRST_KEY);
	set_count(10);
	memset(dev.content, 0xfe, 16);
	ok(!fw_cfg_init());
	ok(fw_cfg_integer("missing", &value) == ERR_NOENT && value == 1);
	ok(fw_cfg_integer("num0", &value) == ERR_INVAL &&
	   fw_cfg_integer("num9", &value) == ERR_INVAL);
	ok(!fw_cfg_integer("num1", &value) && value == 0xfe);
	ok(!fw_cfg_integer("num4", &value) && value == 0xfefefefe);
	ok(!fw_cfg_integer("num8", &value) && value == 0xfefefefefefefefe);
}

static void writing(void)
{
	const struct fw_cfg_file *file;
	uint8_t bytes[100];

	memset(bytes, 0xab, sizeof(bytes));
	begin_with(false, 2);
	ok(!fw_cfg_init());
	ok(fw_cfg_write(fw_cfg_find("etc/file0"), 0, bytes, 1) == ERR_UNSUPPORTED);
	begin_with(true, 2);
	ok(!fw_cfg_init());
	file = fw_cfg_find("etc/file0");
	ok(!fw_cfg_write(file, 5, bytes, 8));
	ok(dev.content[4] == 4 && dev.content[5] == 0xab && dev.content[12] == 0xab);
	ok(dev.content[13] == 13);
	memset(machine_memory + 0x8000, 0xcd, 100);
	ok(!fw_cfg_write(file, 1000, machine_memory + 0x8000, 100)); /* not by way of the buffer */
	ok(dev.content[1000] == 0xcd && dev.content[1099] == 0xcd && dev.content[1100] != 0xcd);
	ok(dev.content[999] != 0xcd);
}

static void errors(void)
{
	uint64_t value;
	uint8_t byte;

	begin_with(true, 2);
	dev.fails = true;
	ok(fw_cfg_init() == ERR_IO && !fw_cfg_find("etc/file0"));
	begin_with(true, 2);
	dev.hangs = true; /* as no fw_cfg does: the wait ends all the same */
	ok(fw_cfg_init() == ERR_TIMEOUT);
	begin_with(true, 2);
	ok(!fw_cfg_init());
	dev.fails = true;
	ok(fw_cfg_read(FIRST_KEY, &byte, 1) == ERR_IO);
	ok(fw_cfg_integer("etc/file1", &value) == ERR_IO);
	ok(!fw_cfg_load("etc/file0", NULL));
	ok(fw_cfg_write(fw_cfg_find("etc/file0"), 0, &byte, 1) == ERR_IO);
	ok(machine_was_silent());
}

int main(void)
{
	absent();
	for (unsigned has_dma = 0; has_dma < 2; has_dma++) {
		directory(has_dma);
		absurd_directories(has_dma);
		reading(has_dma);
		loading(has_dma);
		integers(has_dma);
	}
	writing();
	errors();
	return done();
}
