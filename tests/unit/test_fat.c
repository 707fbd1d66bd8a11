/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * A file of FAT12 whose clusters are in no order, read from any place in it to any other.
 * What else there is of FAT volumes is in tests/fs/test_fat.py.
 */
#include <stdlib.h>
#include <string.h>

#include "block/disk.h"
#include "fs/fs.h"
#include "lib/device.h"
#include "lib/memory.h"
#include "lib/util.h"
#include "unit.h"

enum { SECTORS = 400, FAT = 1, ROOT = 3, DATA = 4, CLUSTERS = 300, BUFFER = 0x300000 };
enum { SIZE = CLUSTERS * SECTOR_SIZE - 100 };

static uint8_t sectors[SECTORS][SECTOR_SIZE];
static uint8_t contents[CLUSTERS * SECTOR_SIZE];
static uint16_t chain[CLUSTERS];

static int test_read(struct disk *disk, uint64_t lba, uint32_t count, uint64_t address)
{
	(void)disk;
	memcpy(phys_ptr(address), sectors[lba], count * SECTOR_SIZE);
	return 0;
}

static void set_next(unsigned cluster, unsigned value)
{
	uint8_t *at = sectors[FAT] + cluster * 3 / 2;

	if (cluster % 2) {
		at[0] = (at[0] & 0x0f) | value << 4;
		at[1] = value >> 4;
	} else {
		at[0] = value;
		at[1] = (at[1] & 0xf0) | value >> 8;
	}
}

/* Numbers from 2 on, in any order, but for some that follow each other. */
static void shuffle(void)
{
	for (unsigned i = 0; i < CLUSTERS; i++)
		chain[i] = 2 + i;
	for (unsigned i = 0; i < CLUSTERS; i++) {
		unsigned other = rand() % CLUSTERS;
		uint16_t cluster = chain[i];

		if (i % 8 < 5)
			continue;
		chain[i] = chain[other];
		chain[other] = cluster;
	}
}

static void make_volume(void)
{
	static const uint8_t boot[] = {
		0xeb,         0x3c, 0x90, 't', 'e', 's', 't', 'v', 'o', 'l',
		' ',          0,    2,    1,   1,   0,   1,   16,  0,   SECTORS & 0xff,
		SECTORS >> 8, 0xf8, 2,    0};
	uint8_t *entry = sectors[ROOT];
	uint32_t size = SIZE;

	memcpy(sectors[0], boot, sizeof(boot));
	memcpy(entry, "FILE       ", 11);
	entry[26] = chain[0];
	entry[27] = chain[0] >> 8;
	memcpy(entry + 28, &size, 4);
	for (unsigned i = 0; i < CLUSTERS; i++) {
		set_next(chain[i], i + 1 < CLUSTERS ? chain[i + 1] : 0xfff);
		memcpy(sectors[DATA + chain[i] - 2], contents + i * SECTOR_SIZE, SECTOR_SIZE);
	}
}

static bool reads(struct fs *fs, const struct fs_node *node, uint32_t offset, uint32_t length)
{
	uint32_t done, expected = min_u32(length, SIZE - offset);

	return !fs_read(fs, node, offset, BUFFER, length, &done) && done == expected &&
	       !memcmp(phys_ptr(BUFFER), contents + offset, done);
}

int main(void)
{
	static const struct disk_ops ops = {.read = test_read};
	static struct device device;
	struct disk disk = {.ops = &ops,
			    .blocks = SECTORS,
			    .block_size = SECTOR_SIZE,
			    .max_blocks = SECTORS,
			    .device = &device};
	struct partition partition = {.disk = &disk, .blocks = SECTORS};
	struct fs_node node;
	struct fs fs;

	machine_reset();
	fs_init(memory_alloc_raw(FS_CACHE_MIN, PAGE_SIZE), FS_CACHE_MIN);
	machine_end_of_post();
	for (unsigned i = 0; i < sizeof(contents); i++)
		contents[i] = rand();
	shuffle();
	make_volume();
	ok(!fs_mount(&fs, &partition) && !fs_open(&fs, "/file", &node) && node.size == SIZE);
	ok(reads(&fs, &node, 0, SIZE + 1));
	for (unsigned i = 0; i < 2000; i++)
		ok(reads(&fs, &node, rand() % SIZE, rand() % 20000));
	return done();
}
