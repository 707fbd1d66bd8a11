/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * Files of boot loaders, which may have anything in them. An input is records of a byte, which
 * file of those below, a length of two bytes, and so many bytes that are in it. The disk has
 * an ESP and another partition, and both have the same files.
 */
#include <stdlib.h>
#include <string.h>

#include "block/disk.h"
#include "boot/entry.h"
#include "fs/driver.h"
#include "lib/device.h"
#include "lib/error.h"
#include "lib/memory.h"
#include "lib/util.h"

struct file {
	uint8_t parent; /* its directory */
	bool is_directory;
	const char *name;
};

enum { ROOT, BOOT, GRUB, EFI, LINUX, EXTRA, LOADER, ENTRIES, DEBIAN, EFI_BOOT, DIRECTORIES };

/* Directories first; tests/fuzz/pack-entries knows the numbers of the others. */
static const struct file files[] = {
	[ROOT] = {0xff, true, ""},         [BOOT] = {ROOT, true, "boot"},
	[GRUB] = {BOOT, true, "grub"},     [EFI] = {ROOT, true, "EFI"},
	[LINUX] = {EFI, true, "Linux"},    [EXTRA] = {LINUX, true, "a.efi.extra.d"},
	[LOADER] = {ROOT, true, "loader"}, [ENTRIES] = {LOADER, true, "entries"},
	[DEBIAN] = {EFI, true, "debian"},  [EFI_BOOT] = {EFI, true, "BOOT"},
	{LINUX, false, "a.efi"},           {EXTRA, false, "b.addon.efi"},
	{ENTRIES, false, "a+1-2.conf"},    {ENTRIES, false, "b.conf"},
	{LOADER, false, "loader.conf"},    {GRUB, false, "grub.cfg"},
	{GRUB, false, "grubenv"},          {GRUB, false, "custom.cfg"},
	{ROOT, false, "extlinux.conf"},    {BOOT, false, "more.conf"},
	{DEBIAN, false, "grub.cfg"},       {EFI_BOOT, false, "BOOTX64.EFI"},
	{BOOT, false, "vmlinuz"},          {BOOT, false, "initrd.img"},
};

static struct {
	const uint8_t *data; /* NULL: there is no such file */
	uint32_t size;
} contents[ARRAY_SIZE(files)];

/* --- the file system ---------------------------------------------------------------------- */

static bool exists(unsigned i)
{
	return files[i].is_directory || contents[i].data;
}

static struct fs_node node_of(unsigned i)
{
	return (struct fs_node){.type = files[i].is_directory ? FS_DIRECTORY : FS_FILE,
				.size = contents[i].size,
				.id = i};
}

static int mount(struct fs *fs)
{
	strcpy(fs->uuid, "1234-5678");
	strcpy(fs->label, "root");
	fs->root = node_of(ROOT);
	return 0;
}

static int map(struct fs *fs, const struct fs_node *node, uint64_t offset, struct fs_extent *extent)
{
	(void)fs;
	*extent = (struct fs_extent){.kind = FS_EXTENT_MEMORY,
				     .length = node->size - offset,
				     .memory = contents[node->id].data + offset};
	return 0;
}

static int next(struct fs *fs, const struct fs_node *directory, struct fs_cursor *cursor,
		struct fs_entry *entry)
{
	(void)fs;
	for (unsigned i = cursor->position; i < ARRAY_SIZE(files); i++) {
		if (files[i].parent != directory->id || !exists(i))
			continue;
		cursor->position = i + 1;
		strcpy(entry->name, files[i].name);
		entry->node = node_of(i);
		entry->type = entry->node.type;
		return 1;
	}
	return 0;
}

FS_DRIVER(fuzz_driver) = {.name = "fuzz", .mount = mount, .map = map, .next = next};

/* --- the disk ----------------------------------------------------------------------------- */

static int disk_read(struct disk *disk, uint64_t lba, uint32_t count, uint64_t address)
{
	static const struct mbr_partition table[MBR_PARTITIONS] = {
		{.type = 0xef, .start = 1, .count = 8},
		{.type = 0x83, .start = 9, .count = 8},
	};
	uint8_t *to = phys_ptr(address);

	memset(to, 0, count * disk->block_size);
	if (!lba) {
		memcpy(to + MBR_TABLE, table, sizeof(table));
		memcpy(to + MBR_SIGNATURE, "\x55\xaa", 2);
	}
	return 0;
}

static struct disk disk;
static void *cache, *entries;

static void set_up(void)
{
	static const struct disk_ops ops = {.read = disk_read};
	static struct device device = {.name = "disk"};

	machine_reset();
	cache = memory_alloc_raw(FS_CACHE_MIN, 4096);
	entries = memory_alloc_raw(ENTRY_MEMORY_MIN, 4096);
	machine_end_of_post();
	disk = (struct disk){.ops = &ops,
			     .kind = DISK_HARD,
			     .blocks = 64,
			     .block_size = 512,
			     .max_blocks = 64,
			     .device = &device};
}

/* --- what was found --------------------------------------------------------------------------- */

static void look_at_text(const char *text)
{
	if (!text || strlen(text) > ENTRY_MEMORY_MIN)
		abort();
}

static void look_at_part(const struct entry_part *part)
{
	struct fs_node node;

	look_at_text(part->path);
	if (fs_open(part->fs, part->path, &node) || part->offset > node.size ||
	    part->size > node.size - part->offset)
		abort();
}

static void look_at(const struct entry *entry)
{
	look_at_text(entry->id);
	look_at_text(entry->title);
	look_at_text(entry->source);
	look_at_text(entry->options);
	if (strpbrk(entry->options, "\n\r\t\x1b") || strpbrk(entry->title, "\n\r\t\x1b") ||
	    strpbrk(entry->id, "\n\r\t\x1b"))
		abort();
	look_at_part(&entry->kernel);
	for (unsigned i = 0; i < entry->initrd_count; i++)
		look_at_part(&entry->initrds[i]);
}

static void look_at_list(const struct entry_list *list)
{
	bool found = !list->chosen;
	unsigned count = 0;

	for (const struct entry *e = list->first; e; e = e->next) {
		look_at(e);
		found |= e == list->chosen;
		if (++count > 5000)
			abort();
	}
	if (!found || (list->chosen && (list->chosen->refused || list->chosen->is_efi_only)))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct entry_list list;
	unsigned which;
	uint32_t length;

	if (!cache)
		set_up();
	memset(contents, 0, sizeof(contents));
	while (size >= 3) {
		which = DIRECTORIES + data[0] % (ARRAY_SIZE(files) - DIRECTORIES);
		length = min_u32(data[1] | data[2] << 8, size - 3);
		contents[which].data = data + 3;
		contents[which].size = length;
		data += 3 + length;
		size -= 3 + length;
	}
	fs_init(cache, FS_CACHE_MIN);
	entry_init(entries, ENTRY_MEMORY_MIN);
	if (!entry_find(&disk, &list))
		look_at_list(&list);
	machine_said("");
	return 0;
}
