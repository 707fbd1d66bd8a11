/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * See image.h. A driver of a file system must not ask the disk for what is not on it, nor
 * write where it was not told to, nor go on for ever.
 */
#include "image.h"

#include <sanitizer/asan_interface.h>
#include <stdlib.h>
#include <string.h>

#include "block/partition.h"
#include "fs/fs.h"
#include "lib/device.h"
#include "lib/error.h"
#include "lib/memory.h"
#include "lib/util.h"

enum {
	BUFFER = 1 << 20, /* physical address of what is read */
	BUFFER_SIZE = 1 << 20,
	REQUEST_MAX = 256 << 10,
	ENTRIES_MAX = 8, /* of a directory that are looked at */
	DEPTH_MAX = 3,
};

static struct disk disk;
static struct device device = {.name = "disk"};
static const struct image_extent *extents;
static const uint8_t *content;
static size_t content_size;
static uint8_t flags, extent_count;
static unsigned requests;

/* Fills `size` bytes with what the disk holds from `start` on. */
static void copy_content(uint64_t start, uint8_t *to, size_t size)
{
	size_t from = 0; /* where an extent begins in the input */

	memset(to, 0, size);
	for (unsigned i = 0; i < extent_count && from < content_size; i++) {
		uint64_t first = (uint64_t)extents[i].unit * IMAGE_UNIT;
		size_t length = extents[i].count * IMAGE_UNIT;
		size_t have = min_u32(length, content_size - from);

		if (first < start + size && start < first + have) {
			uint64_t begin = first > start ? first : start;
			uint64_t end = first + have < start + size ? first + have : start + size;

			memcpy(to + (begin - start), content + from + (begin - first), end - begin);
		}
		from += length;
	}
}

static int image_read(struct disk *d, uint64_t lba, uint32_t count, uint64_t address)
{
	if (!count || count > d->max_blocks || lba >= d->blocks || count > d->blocks - lba ||
	    address + (uint64_t)count * d->block_size > MACHINE_MEMORY ||
	    ++requests > IMAGE_REQUESTS_MAX)
		abort();
	if (flags & IMAGE_READ_ERRORS && lba % 7 == 5)
		return ERR_IO;
	copy_content(lba * d->block_size, phys_ptr(address), count * d->block_size);
	return 0;
}

static void *cache;

static void set_up(void)
{
	machine_reset();
	cache = memory_alloc_raw(FS_CACHE_MIN, 4096);
	machine_end_of_post();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct disk_ops ops = {.read = image_read};
	const struct image_header *header = (const void *)data;

	if (!cache)
		set_up();
	if (size < sizeof(*header) || size < sizeof(*header) + header->extents * sizeof(*extents))
		return 0;
	flags = header->flags;
	extents = (const void *)(header + 1);
	extent_count = header->extents;
	content = (const uint8_t *)(extents + extent_count);
	content_size = data + size - content;
	disk = (struct disk){
		.ops = &ops,
		.kind = flags & IMAGE_CD ? DISK_CD : DISK_HARD,
		.block_size = flags & IMAGE_4K_BLOCKS ? 4096 :
			      flags & IMAGE_CD        ? 2048 :
							512,
		.device = &device,
	};
	disk.blocks = (header->blocks + 1) * (16 * KIB / disk.block_size);
	disk.max_blocks = REQUEST_MAX / disk.block_size;
	fs_init(cache, FS_CACHE_MIN);
	requests = 0;
	image_use(&disk);
	return 0;
}

void image_begin_call(void)
{
	requests = 0;
	machine_said("");
}

/* --- looking at files ------------------------------------------------------------------------ */

static void read_some(struct fs *fs, const struct fs_node *node, uint64_t offset, uint32_t length)
{
	uint32_t done = 0;

	image_begin_call();
	/* One byte too far is found. */
	ASAN_POISON_MEMORY_REGION(phys_ptr(BUFFER + length), 64);
	if (!fs_read(fs, node, offset, BUFFER, length, &done) && offset < node->size &&
	    done != (length < node->size - offset ? length : node->size - offset))
		abort();
	ASAN_UNPOISON_MEMORY_REGION(phys_ptr(BUFFER + length), 64);
}

static void read_file(struct fs *fs, const struct fs_node *node)
{
	read_some(fs, node, 0, BUFFER_SIZE);
	read_some(fs, node, 1, 1000);
	read_some(fs, node, 4096, 64 * KIB + 8);
	read_some(fs, node, node->size / 2, 5000);
	if (node->size > 10)
		read_some(fs, node, node->size - 10, 512);
}

struct found {
	struct fs *fs;
	unsigned count;
	struct fs_node nodes[ENTRIES_MAX];
};

static int add_entry(const struct fs_entry *entry, void *context)
{
	struct found *found = context;

	if (!memchr(entry->name, '\0', FS_NAME_SIZE) || !memchr(entry->alias, '\0', FS_ALIAS_SIZE))
		abort();
	if (!fs_open_entry(found->fs, entry, &found->nodes[found->count]))
		found->count++;
	return found->count == ENTRIES_MAX;
}

static void look_at(struct fs *fs, const struct fs_node *node, unsigned depth)
{
	struct found found = {.fs = fs};

	if (node->type == FS_FILE || node->type == FS_LINK)
		read_file(fs, node);
	if (node->type != FS_DIRECTORY || depth > DEPTH_MAX)
		return;
	image_begin_call();
	fs_list(fs, node, add_entry, &found);
	for (unsigned i = 0; i < found.count; i++)
		look_at(fs, &found.nodes[i], depth + 1);
}

void image_walk(struct disk *d)
{
	static const char *const paths[] = {"/", "a/b/../c", "link", "/boot/vmlinuz", "d/./link/x"};
	struct partition partition = {.disk = d, .blocks = d->blocks};
	struct fs_node node;
	struct fs fs;

	image_begin_call();
	if (fs_mount(&fs, &partition))
		return;
	if (!memchr(fs.label, '\0', sizeof(fs.label)) || !memchr(fs.uuid, '\0', sizeof(fs.uuid)))
		abort();
	look_at(&fs, &fs.root, 0);
	for (unsigned i = 0; i < ARRAY_SIZE(paths); i++) {
		image_begin_call();
		fs_open(&fs, paths[i], &node);
	}
}
