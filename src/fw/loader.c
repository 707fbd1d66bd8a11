/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * The ACPI linker-loader. The host's script etc/table-loader is a list of
 * 128-byte commands: place a file in memory, add the address of one file to a
 * field in another, compute a checksum, tell the host an address. Every name,
 * offset and size is checked against the files that were placed.
 *
 * Specification: QEMU, hw/acpi/bios-linker-loader.c (the comments on
 * BiosLinkerLoaderEntry).
 */
#include "fw/loader.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "fw/fw_cfg.h"
#include "lib/checksum.h"
#include "lib/error.h"
#include "lib/log.h"
#include "lib/memory.h"

enum command {
	ALLOCATE = 1,
	ADD_POINTER = 2,
	ADD_CHECKSUM = 3,
	WRITE_POINTER = 4,
};

enum zone {
	ZONE_HIGH = 1,
	ZONE_FSEG = 2,
};

struct entry {
	uint32_t command;
	union {
		struct {
			char file[FW_CFG_NAME_SIZE];
			uint32_t align;
			uint8_t zone;
		} allocate;
		struct {
			char file[FW_CFG_NAME_SIZE];   /* where the pointer is */
			char source[FW_CFG_NAME_SIZE]; /* what it points into */
			uint32_t offset;
			uint8_t size;
		} pointer;
		struct {
			char file[FW_CFG_NAME_SIZE];
			uint32_t offset;
			uint32_t start;
			uint32_t length;
		} checksum;
		struct {
			char file[FW_CFG_NAME_SIZE]; /* of the host, writable */
			char source[FW_CFG_NAME_SIZE];
			uint32_t offset;
			uint32_t source_offset;
			uint8_t size;
		} write;
		char file[FW_CFG_NAME_SIZE]; /* common to all of them */
		char padding[124];
	};
} __attribute__((packed));

_Static_assert(sizeof(struct entry) == 128, "linker-loader entry");

/* A file that was placed. */
struct placed {
	const char *name; /* in the script, which is in scratch memory as these are */
	size_t name_size; /* with its NUL */
	uint8_t *memory;
	uint32_t size;
};

struct loader {
	struct placed *files;
	unsigned count;
	const char *problem; /* what is wrong with the entry, for the user */
	const char *subject; /* the file that it concerns */
	void *rsdp;
};

static int fail(struct loader *l, const char *problem, const char *subject)
{
	l->problem = problem;
	l->subject = subject;
	return ERR_INVAL;
}

/* `name` is a field of FW_CFG_NAME_SIZE bytes. QEMU's script places the file with most
 * tables, which most commands are about, last. */
static struct placed *look_up(struct loader *l, const char *name)
{
	for (struct placed *file = l->files + l->count; file-- > l->files;)
		if (fw_cfg_same_name(name, file->name, file->name_size))
			return file;
	return NULL;
}

static struct placed *find(struct loader *l, const char *name)
{
	struct placed *file = look_up(l, name);

	if (!file)
		fail(l, "file was not allocated", name);
	return file;
}

static bool in_file(const struct placed *file, uint32_t offset, uint32_t length)
{
	return offset <= file->size && length <= file->size - offset;
}

static bool pointer_size_valid(unsigned size)
{
	return size == 1 || size == 2 || size == 4 || size == 8;
}

/* ACPI 6.5, 5.2.5.3: 20 bytes, and 16 more from revision 2 on. */
static bool is_rsdp(const uint8_t *memory, uint32_t size)
{
	return size >= 20 && !memcmp(memory, "RSD PTR ", 8) && (size >= 36 || memory[15] < 2);
}

static int allocate(struct loader *l, struct entry *e)
{
	const struct fw_cfg_file *file = fw_cfg_find(e->file);
	uint32_t align = e->allocate.align;
	uint8_t *memory;

	if (!file)
		return fail(l, "no such file", e->file);
	if (look_up(l, e->file))
		return fail(l, "file was allocated before", e->file);
	if (!align || align & (align - 1))
		return fail(l, "alignment is no power of two", e->file);
	if (e->allocate.zone == ZONE_HIGH)
		memory = memory_alloc_raw(file->size, align);
	else if (e->allocate.zone == ZONE_FSEG)
		memory = memory_alloc_fseg(file->size, align < 16 ? 16 : align);
	else
		return fail(l, "unknown zone", e->file);
	if (!memory)
		return fail(l, "no memory", e->file);
	if (fw_cfg_read(file->key, memory, file->size))
		return fail(l, "cannot be read", e->file);
	if (is_rsdp(memory, file->size))
		l->rsdp = memory;
	l->files[l->count++] = (struct placed){e->file, strlen(e->file) + 1, memory, file->size};
	return 0;
}

static int add_pointer(struct loader *l, struct entry *e)
{
	struct placed *to = find(l, e->file), *from;
	uint32_t offset = e->pointer.offset;
	uint64_t value = 0;

	if (!to)
		return ERR_NOENT;
	from = find(l, e->pointer.source);
	if (!from)
		return ERR_NOENT;
	if (!pointer_size_valid(e->pointer.size))
		return fail(l, "pointer size is invalid", e->file);
	if (!in_file(to, offset, e->pointer.size))
		return fail(l, "offset is outside the file", e->file);
	memcpy(&value, to->memory + offset, e->pointer.size);
	if (value > from->size)
		return fail(l, "pointer leads outside the file", e->pointer.source);
	value += ptr_phys(from->memory);
	memcpy(to->memory + offset, &value, e->pointer.size);
	return 0;
}

static int add_checksum(struct loader *l, struct entry *e)
{
	struct placed *file = find(l, e->file);

	if (!file)
		return ERR_NOENT;
	if (!in_file(file, e->checksum.offset, 1) ||
	    !in_file(file, e->checksum.start, e->checksum.length))
		return fail(l, "offset is outside the file", e->file);
	file->memory[e->checksum.offset] -=
		checksum_bytes(file->memory + e->checksum.start, e->checksum.length);
	return 0;
}

static int write_pointer(struct loader *l, struct entry *e)
{
	const struct fw_cfg_file *to = fw_cfg_find(e->file);
	struct placed *from = find(l, e->write.source);
	uint64_t value;

	if (!to)
		return fail(l, "no such file", e->file);
	if (!from)
		return ERR_NOENT;
	if (!pointer_size_valid(e->write.size))
		return fail(l, "pointer size is invalid", e->file);
	if (e->write.offset > to->size || e->write.size > to->size - e->write.offset)
		return fail(l, "offset is outside the file", e->file);
	if (!in_file(from, e->write.source_offset, 0))
		return fail(l, "offset is outside the file", e->write.source);
	value = ptr_phys(from->memory) + e->write.source_offset;
	if (fw_cfg_write(to, e->write.offset, &value, e->write.size))
		return fail(l, "cannot be written", e->file);
	return 0;
}

static int execute(struct loader *l, struct entry *e)
{
	switch (e->command) {
	case 0: /* QEMU pads the script with empty entries */
		return 0;
	case ALLOCATE:
		return allocate(l, e);
	case ADD_POINTER:
		return add_pointer(l, e);
	case ADD_CHECKSUM:
		return add_checksum(l, e);
	case WRITE_POINTER:
		return write_pointer(l, e);
	default:
		return fail(l, "unknown command", e->file);
	}
}

void *loader_run(void)
{
	uint32_t size, n;
	struct entry *script = fw_cfg_load("etc/table-loader", &size);
	struct loader l = {0};

	if (!script)
		return NULL;
	n = size / sizeof(*script);
	if (size % sizeof(*script))
		say("ACPI: table-loader: %u bytes are no whole number of entries\n", size);
	l.files = memory_alloc_scratch(n * sizeof(*l.files), _Alignof(struct placed));
	if (!l.files) {
		say("ACPI: table-loader: no memory for %u entries\n", n);
		return NULL;
	}
	for (uint32_t i = 0; i < n; i++) {
		script[i].file[FW_CFG_NAME_SIZE - 1] = '\0';
		if (script[i].command != ALLOCATE && script[i].command != ADD_CHECKSUM)
			script[i].pointer.source[FW_CFG_NAME_SIZE - 1] = '\0';
		if (!execute(&l, &script[i]))
			continue;
		say("ACPI: table-loader entry %u: %s '%s'\n", i, l.problem, l.subject);
		return NULL;
	}
	return l.rsdp;
}
