/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * The core of file systems over a format of this test: which requests a read becomes,
 * the cache, and paths whose links and ".." have no end.
 */
#include "fs/fs.h"

#include <stdlib.h>
#include <string.h>

#include "block/transfer.h"
#include "fs/driver.h"
#include "lib/error.h"
#include "lib/log.h"
#include "lib/memory.h"
#include "lib/unicode.h"
#include "lib/util.h"
#include "fake_disk.h"
#include "unit.h"

enum { BUFFER = 0x300000, START = 1000, BLOCKS = 1 << 30, MAX_PIECES = 8 };

/* The file: pieces of the partition, in bytes. */
static struct fs_extent pieces[MAX_PIECES];
static unsigned maps;

static int test_mount(struct fs *fs)
{
	strcpy(fs->label, "a\033b  ");
	fs->root = (struct fs_node){.type = FS_DIRECTORY};
	return 0;
}

static int test_map(struct fs *fs, const struct fs_node *node, uint64_t offset,
		    struct fs_extent *extent)
{
	(void)fs;
	maps++;
	if (node->type == FS_LINK) {
		*extent = (struct fs_extent){
			.kind = FS_EXTENT_MEMORY, .length = 3, .memory = node->id ? "../" : "d/l"};
		return 0;
	}
	for (unsigned i = 0; i < MAX_PIECES; offset -= pieces[i++].length) {
		if (offset >= pieces[i].length)
			continue;
		*extent = pieces[i];
		extent->length -= offset;
		extent->offset += offset;
		if (extent->kind == FS_EXTENT_MEMORY)
			extent->memory = (const char *)extent->memory + offset;
		return 0;
	}
	return ERR_INVAL;
}

/* Each directory has a directory, a file, a link into itself and one to above. */
static int test_next(struct fs *fs, const struct fs_node *directory, struct fs_cursor *cursor,
		     struct fs_entry *entry)
{
	static const char names[][4] = {".", "..", "d", "f", "l", "up"};
	static const enum fs_type types[] = {FS_DIRECTORY, FS_DIRECTORY, FS_DIRECTORY,
					     FS_FILE,      FS_LINK,      FS_LINK};

	(void)fs, (void)directory;
	if (cursor->position == ARRAY_SIZE(names))
		return 0;
	strcpy(entry->name, names[cursor->position]);
	strcpy(entry->alias, cursor->position == 3 ? "alias" : "");
	entry->type = types[cursor->position];
	entry->node = (struct fs_node){.id = entry->name[0] == 'u'};
	cursor->position++;
	return 1;
}

static int test_complete(struct fs *fs, struct fs_node *node)
{
	(void)fs;
	node->size = node->type == FS_LINK ? 3 : 100;
	return 0;
}

FS_DRIVER(test_driver) = {
	.name = "test",
	.mount = test_mount,
	.map = test_map,
	.next = test_next,
	.complete = test_complete,
};

static struct fake_disk fake;
static struct fs fs;
static void *cache;

static void begin(uint32_t block_size)
{
	struct partition partition = {
		.disk = &fake.disk, .number = 3, .start = START, .blocks = BLOCKS};

	fake_disk_init(&fake, 2ull * BLOCKS, block_size);
	fake.disk.max_blocks = 1 << 20;
	memset(pieces, 0, sizeof(pieces));
	fs_init(cache, FS_CACHE_MIN);
	ok(!fs_mount(&fs, &partition));
	fake.reads = 0;
	machine_was_silent();
}

/* Whether memory holds what the partition has there; both are multiples of 8. */
static bool is_partition(const void *memory, uint64_t offset, uint32_t length)
{
	for (uint32_t i = 0; i < length; i += 8) {
		uint64_t word;

		memcpy(&word, (const uint8_t *)memory + i, 8);
		if (word !=
		    fake_disk_word(&fake, START * (uint64_t)fake.disk.block_size + offset + i))
			return false;
	}
	return true;
}

static bool reads(uint64_t offset, uint32_t length, uint32_t expected)
{
	struct fs_node file = {.type = FS_FILE};
	uint32_t done;

	for (unsigned i = 0; i < MAX_PIECES; i++)
		file.size += pieces[i].length;
	fake.reads = 0;
	return !fs_read(&fs, &file, offset, BUFFER, length, &done) && done == expected;
}

/* --- reading ------------------------------------------------------------------------------ */

static void mount(void)
{
	char name[PARTITION_NAME_SIZE];

	begin(512);
	ok(!strcmp(fs.label, "a?b") && !strcmp(fs_format(&fs), "test"));
	partition_name(&fs.partition, name, sizeof(name));
	ok(!strcmp(name, "fake disk partition 3") && fs_size(&fs) == 512ull * BLOCKS);
}

static void pieces_that_follow_each_other(void)
{
	begin(512);
	for (unsigned i = 0; i < 4; i++)
		pieces[i] =
			(struct fs_extent){.length = 64 * KIB, .offset = FOUR_GIB + i * 64 * KIB};
	ok(reads(0, 256 * KIB, 256 * KIB) && fake.reads == 1 && fake.count == 512);
	ok(is_partition(phys_ptr(BUFFER), FOUR_GIB, 256 * KIB));
	pieces[2].offset += 512;
	pieces[3].offset += 512;
	ok(reads(0, 256 * KIB, 256 * KIB) && fake.reads == 2);
	ok(is_partition(phys_ptr(BUFFER), FOUR_GIB, 128 * KIB));
	ok(is_partition(phys_ptr(BUFFER + 128 * KIB), FOUR_GIB + 128 * KIB + 512, 128 * KIB));
	ok(reads(64 * KIB, 1 * MIB, 192 * KIB) && fake.reads == 2);
	ok(reads(256 * KIB, 1, 0) && !fake.reads);
}

static void beyond_4_gib(void)
{
	begin(512);
	pieces[0] = (struct fs_extent){.length = 5 * FOUR_GIB, .offset = FOUR_GIB};
	pieces[1] = (struct fs_extent){.length = 5 * FOUR_GIB, .offset = 20 * FOUR_GIB};
	ok(reads(4 * FOUR_GIB + 512, 8192, 8192) && fake.reads == 1);
	ok(is_partition(phys_ptr(BUFFER), 5 * FOUR_GIB + 512, 8192));
	ok(reads(5 * FOUR_GIB - 4096, 8192, 8192) && fake.reads == 2);
	ok(is_partition(phys_ptr(BUFFER), 6 * FOUR_GIB - 4096, 4096));
	ok(is_partition(phys_ptr(BUFFER + 4096), 20 * FOUR_GIB, 4096));
	ok(reads(10 * FOUR_GIB - 8, 8192, 8));
}

static void holes_and_memory(void)
{
	static const uint8_t zeros[8192];
	static char text[4096];

	begin(512);
	memset(text, 'x', sizeof(text));
	memset(phys_ptr(BUFFER), 0xff, 64 * KIB);
	pieces[0] = (struct fs_extent){.length = 8192, .offset = 0};
	pieces[1] = (struct fs_extent){.kind = FS_EXTENT_HOLE, .length = 8192};
	pieces[2] = (struct fs_extent){.length = 8192, .offset = 8192};
	pieces[3] = (struct fs_extent){.kind = FS_EXTENT_MEMORY, .length = 4096, .memory = text};
	/* What follows on the disk does not follow in memory. */
	ok(reads(0, 64 * KIB, 28 * KIB) && fake.reads == 2);
	ok(is_partition(phys_ptr(BUFFER), 0, 8192));
	ok(!memcmp(phys_ptr(BUFFER + 8192), zeros, 8192));
	ok(is_partition(phys_ptr(BUFFER + 16384), 8192, 8192));
	ok(!memcmp(phys_ptr(BUFFER + 24576), text, 4096));
	ok(*(uint8_t *)phys_ptr(BUFFER + 28 * KIB) == 0xff);
	ok(reads(8192 + 10, 100, 100) && !fake.reads && !memcmp(phys_ptr(BUFFER), zeros, 100));
}

/* Parts of blocks come through the cache, and nothing is written beyond the end. */
static void parts_of_blocks(uint32_t block_size, unsigned requests)
{
	uint8_t *after = phys_ptr(BUFFER + 3 * block_size);

	begin(block_size);
	pieces[0] = (struct fs_extent){.length = 100 * block_size, .offset = 8 * block_size};
	memset(phys_ptr(BUFFER), 0xff, 64 * KIB);
	ok(reads(block_size / 2, 3 * block_size, 3 * block_size) && fake.reads == requests);
	ok(is_partition(phys_ptr(BUFFER), 8 * block_size + block_size / 2, 3 * block_size));
	ok(after[0] == 0xff);
	ok(reads(8, 16, 16) && fake.reads == 0);
	ok(is_partition(phys_ptr(BUFFER), 8 * block_size + 8, 16));
}

static void errors(void)
{
	struct fs_node file = {.type = FS_FILE, .size = MIB};
	uint32_t done;

	begin(512);
	pieces[0] = (struct fs_extent){.length = MIB, .offset = 512ull * BLOCKS - 512 * KIB};
	ok(fs_read(&fs, &file, 0, BUFFER, MIB, &done) == ERR_INVAL && !done && !fake.reads);
	ok(machine_said_only("fake disk partition 3: test: byte 549755289600: outside of the "
			     "partition\n"));
	ok(fs_read(&fs, &file, 0, BUFFER, MIB, &done) == ERR_INVAL && machine_was_silent());
	begin(512);
	pieces[0] = (struct fs_extent){.length = MIB, .offset = 0};
	fake.error = ERR_IO;
	fake.bad_lba = START + 5;
	ok(fs_read(&fs, &file, 0, BUFFER, MIB, &done) == ERR_IO && !done);
	ok(machine_said("fake disk: read error"));
	/* Memory that we have no pointer to takes whole blocks only. */
	fake.error = 0;
	ok(!fs_read(&fs, &file, 0, FOUR_GIB, 4096, &done) && fake.address == FOUR_GIB);
	ok(fs_read(&fs, &file, 0, FOUR_GIB, 100, &done) == ERR_RANGE);
	ok(fs_read(&fs, &file, 0, FOUR_GIB - 50, 100, &done) == ERR_RANGE);
	pieces[0].kind = FS_EXTENT_HOLE;
	ok(fs_read(&fs, &file, 0, FOUR_GIB, 512, &done) == ERR_RANGE);
}

/* --- metadata ------------------------------------------------------------------------------ */

static void cached(void)
{
	begin(512);
	ok(is_partition(fs_metadata(&fs, 4096, 16), 4096, 16) && fake.reads == 1);
	ok(is_partition(fs_metadata(&fs, 8000, 8), 8000, 8) && fake.reads == 1);
	/* START is no multiple of 8, but what is read is one of 4096 bytes. */
	ok(fake.lba % 8 == 0 && fake.count == 8);
	ok(!fs_metadata(&fs, 512ull * BLOCKS - 7, 8) && !fs_metadata(&fs, UINT64_MAX, 8));
	ok(machine_said_once("outside of the partition"));
	ok(fs_metadata(&fs, 512ull * BLOCKS - 8, 8));
}

/* What is asked for last stays while the next is read, whatever their sizes. */
static void two_at_a_time(void)
{
	uint64_t before_at = 0;
	uint32_t before_length = 8;
	const uint8_t *before;

	begin(512);
	before = fs_metadata(&fs, 0, 8);
	for (unsigned i = 0; i < 3000; i++) {
		uint32_t length = 8 + rand() % 4 * (rand() % 2048) * 8;
		uint64_t at = (uint64_t)(rand() % (4 * MIB / 8)) * 8;
		const uint8_t *now;

		length = min_u32(length, 64 * KIB);
		now = fs_metadata(&fs, at, length);
		if (!is_partition(now, at, length) ||
		    !is_partition(before, before_at, before_length))
			ok(false);
		before = now;
		before_at = at;
		before_length = length;
	}
	ok(fake.reads > 100);
}

/* One after the other they are read in larger pieces. */
static void sequence(void)
{
	begin(512);
	for (uint32_t at = 0; at < MIB; at += 64)
		if (!is_partition(fs_metadata(&fs, at, 64), at, 64))
			ok(false);
	ok(fake.reads < 40);
	begin(512);
	for (uint32_t at = 0; at < MIB; at += 64 * KIB)
		ok(is_partition(fs_metadata(&fs, at, 64 * KIB), at, 64 * KIB));
	ok(fake.reads == 16);
}

/* What nobody asked for need not be readable. */
static void bad_block_ahead(void)
{
	begin(512);
	fake.error = ERR_IO;
	fake.bad_lba = START + 50;
	ok(fs_metadata(&fs, 0, 8) && fs_metadata(&fs, 4096, 8) && machine_was_silent());
	ok(is_partition(fs_metadata(&fs, 12288, 8), 12288, 8) && fake.count == 8);
	ok(machine_said_once("fake disk: read error"));
	ok(is_partition(fs_metadata(&fs, 16384, 8), 16384, 8));
	ok(!fs_metadata(&fs, 25600, 8) && !fs_metadata(&fs, 25600, 8));
}

static void disks_end(void)
{
	begin(512);
	fake.disk.blocks = START + 3;
	fs.partition.blocks = 3;
	ok(is_partition(fs_metadata(&fs, 512, 1024), 512, 1024));
}

static void allocated(void)
{
	uint8_t *memory;

	fs_init(cache, FS_CACHE_MIN);
	ok(!fs_allocate(FS_CACHE_MIN) && !fs_allocate(64 * KIB));
	memory = fs_allocate(5000);
	ok(memory && !memory[0] && !memcmp(memory, memory + 1, 4999));
	/* What was cached there is forgotten. */
	begin(512);
	for (uint32_t at = 0; at < 60 * 8 * KIB; at += 8 * KIB)
		fs_metadata(&fs, at, 8);
	memory = fs_allocate(20000);
	memset(memory, 0x55, 20000);
	for (uint32_t at = 60 * 8 * KIB; at; at -= 8 * KIB)
		if (!is_partition(fs_metadata(&fs, at - 8 * KIB, 8), at - 8 * KIB, 8))
			ok(false);
	for (uint32_t at = 0; at < MIB; at += 48 * KIB)
		fs_metadata(&fs, at, 48 * KIB);
	ok(memory[0] == 0x55 && !memcmp(memory, memory + 1, 19999));
}

static void said_once(void)
{
	begin(512);
	ok(fs_say(&fs, ERR_INVAL, 77, "what is wrong") == ERR_INVAL);
	ok(machine_said_only("fake disk partition 3: test: block 77: what is wrong\n"));
	ok(fs_say(&fs, ERR_UNSUPPORTED, 78, "more") == ERR_UNSUPPORTED && machine_was_silent());
}

/* --- paths ------------------------------------------------------------------------------------ */

static void repeat(char *path, const char *what, unsigned times, const char *end)
{
	*path = '\0';
	for (; times; times--)
		path = stpcpy(path, what);
	strcpy(path, end);
}

static void paths(void)
{
	static char path[3 * FS_PATH_MAX];
	struct fs_node node;

	begin(512);
	ok(!fs_open(&fs, "", &node) && node.type == FS_DIRECTORY);
	ok(!fs_open(&fs, "d/d/../f", &node) && node.type == FS_FILE && node.size == 100);
	ok(!fs_open(&fs, "d/alias", &node) && node.type == FS_FILE);
	ok(fs_open(&fs, "d/F", &node) == ERR_NOENT && fs_open(&fs, "f/f", &node) == ERR_NOENT);
	fs.ignores_case = true;
	ok(!fs_open(&fs, "D/F", &node) && !fs_open(&fs, "ALIAS", &node));
	repeat(path, "d/", 2000, "f");
	ok(!fs_open(&fs, path, &node) && node.type == FS_FILE);
	repeat(path, "d/up/", 40, "f");
	ok(!fs_open(&fs, path, &node) && node.type == FS_FILE && machine_was_silent());
	repeat(path, "d/up/", 41, "f");
	ok(fs_open(&fs, path, &node) == ERR_RANGE && machine_said("too long a path, or too many"));
	ok(fs_open(&fs, "l", &node) == ERR_RANGE && machine_said("too many links: l\n"));
	repeat(path, "d/../", 800, "f");
	ok(!fs_open(&fs, path, &node));
	repeat(path, "d", FS_PATH_MAX, "");
	ok(fs_open(&fs, path, &node) == ERR_RANGE && machine_said("too long a path"));
	/* Each ".." begins the way again: there is an end to it. */
	repeat(path, "d/", 1000, "");
	for (unsigned i = 0; i < 200; i++)
		strcat(path, "d/../d/");
	ok(fs_open(&fs, path, &node) == ERR_RANGE);
}

int main(void)
{
	machine_reset();
	say_banner();
	cache = memory_alloc_raw(FS_CACHE_MIN, PAGE_SIZE);
	machine_end_of_post();
	mount();
	pieces_that_follow_each_other();
	beyond_4_gib();
	holes_and_memory();
	parts_of_blocks(512, 2); /* both ends are in one piece of metadata */
	parts_of_blocks(4096, 3);
	errors();
	cached();
	two_at_a_time();
	sequence();
	bad_block_ahead();
	disks_end();
	allocated();
	said_once();
	paths();
	return done();
}
