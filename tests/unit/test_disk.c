/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * What is the same for every disk: geometry, order, bounds, pieces, sectors of
 * 512 bytes on larger blocks, and read-ahead.
 */
#include "block/disks.h"

#include <stdlib.h>
#include <string.h>

#include "lib/error.h"
#include "fake_disk.h"
#include "block/geometry.h"
#include "lib/memory.h"
#include "block/readahead.h"
#include "block/transfer.h"
#include "unit.h"

enum { BUFFER = 0x20000, BUFFER_SIZE = 0x60000, GIB_SECTORS = 1 << 21 };

/* Each test has a disk of its own: what is registered stays so. */
static struct fake_disk *fake;

static void begin(uint64_t blocks, uint32_t block_size)
{
	static uint8_t seed;

	readahead_drop();
	fake = calloc(1, sizeof(*fake));
	fake_disk_init(fake, blocks, block_size);
	fake->seed = ++seed;
	fake->device.order = 100;
	disk_register(&fake->disk);
	fake->reads = 0;
}

static bool geometry_is(uint64_t sectors, uint32_t cylinders, uint16_t heads, uint16_t track)
{
	struct geometry g = geometry_by_size(sectors);

	return g.cylinders == cylinders && g.heads == heads && g.sectors == track;
}

static void geometry(void)
{
	ok(geometry_is(0, 1, 16, 63));
	ok(geometry_is(1, 1, 16, 63));
	ok(geometry_is(1008, 1, 16, 63));
	ok(geometry_is(2048, 2, 16, 63));
	ok(geometry_is(1024 * 16 * 63, 1024, 16, 63)); /* 504 MiB */
	ok(geometry_is(1025 * 16 * 63 - 1, 1024, 16, 63));
	ok(geometry_is(1025 * 16 * 63, 512, 32, 63));
	ok(geometry_is(1025 * 32 * 63, 512, 64, 63));
	ok(geometry_is(1025 * 64 * 63, 512, 128, 63));
	ok(geometry_is(1025 * 128 * 63, 514, 255, 63));
	ok(geometry_is(1024 * 255 * 63, 1024, 255, 63)); /* 7.8 GiB */
	ok(geometry_is(16ull * GIB_SECTORS, 1024, 255, 63));
	ok(geometry_is(1ull << 32, 1024, 255, 63));
	ok(geometry_is(UINT64_MAX, 1024, 255, 63));
}

static void put_partition(uint8_t *sector0, unsigned index, const uint8_t *bytes)
{
	memcpy(sector0 + 446 + 16 * index, bytes, 16);
	sector0[510] = 0x55;
	sector0[511] = 0xaa;
}

/* Sectors 2048 to 4095 as a partition of type 83h, in another geometry. */
static void partitioned_geometry(void)
{
	static const uint8_t in_64_32[16] = {0x80, 0, 1, 1, 0x83, 63, 32, 1, 0, 8, 0, 0, 0, 8};
	static const uint8_t beyond[16] = {0,    0xfe, 0xff, 0xff, 0x83, 0xfe, 0xff,
					   0xff, 0,    8,    0,    0,    0,    8};
	static const uint8_t first_in_64_32[16] = {0x80, 1,  1, 0, 0x83, 0xfe, 0xff,
						   0xff, 32, 0, 0, 0,    0,    8};
	uint8_t sector0[512] = {0};
	const struct geometry *g;

	put_partition(sector0, 0, in_64_32);
	begin(64 * 32 * 100, 512);
	fake->special = sector0;
	g = disk_geometry(&fake->disk);
	ok(g->heads == 64 && g->sectors == 32 && g->cylinders == 100);
	disk_geometry(&fake->disk);
	ok(fake->reads == 1); /* and known from then on */
	put_partition(sector0, 0, beyond);
	begin(64 * 32 * 100, 512);
	fake->special = sector0;
	g = disk_geometry(&fake->disk);
	ok(g->heads == 16 && g->sectors == 63);
	begin(64 * 32 * 100, 512); /* its end is beyond, but its beginning tells */
	put_partition(sector0, 0, first_in_64_32);
	fake->special = sector0;
	g = disk_geometry(&fake->disk);
	ok(g->heads == 64 && g->sectors == 32);
	begin(64 * 32 * 100, 512);
	fake->error = ERR_IO;
	put_partition(sector0, 0, in_64_32);
	fake->special = sector0;
	g = disk_geometry(&fake->disk);
	ok(g->heads == 16 && g->sectors == 63);
	ok(machine_said("fake disk: read error, sector 0, 1 sectors\n"));
	fake->error = 0; /* it was for once */
	g = disk_geometry(&fake->disk);
	ok(g->heads == 64 && g->sectors == 32);
}

/* Any sector 0 gives a geometry that can be divided by. */
static void random_sectors(void)
{
	uint8_t sector0[512];
	bool all = true;

	srand(1);
	for (unsigned round = 0; round < 20000; round++) {
		struct geometry g = geometry_by_size(round * 1000);

		for (unsigned i = 0; i < 512; i++)
			sector0[i] = rand() % 4 ? rand() : 0;
		for (unsigned i = 0; i < 4; i++)
			sector0[446 + 16 * i] &= 0x80;
		if (round & 1)
			memset(sector0 + 446, 0, 64);
		if (round & 1)
			memcpy(sector0, "\xeb\x3c\x90xxxxxxxx\x00\x02", 13);
		sector0[510] = 0x55;
		sector0[511] = 0xaa;
		geometry_by_sector0(sector0, round * 1000, &g);
		all &= g.cylinders && g.cylinders <= 1024 && g.heads && g.heads <= 255 &&
		       g.sectors && g.sectors <= 63;
	}
	ok(all);
}

static void floppies(void)
{
	begin(2880, 512);
	ok(fake->disk.kind == DISK_FLOPPY && fake->disk.geometry.cylinders == 80 &&
	   fake->disk.geometry.heads == 2 && fake->disk.geometry.sectors == 18);
	begin(720, 512);
	ok(fake->disk.kind == DISK_FLOPPY && fake->disk.geometry.cylinders == 40);
	begin(2881, 512);
	ok(fake->disk.kind == DISK_HARD);
	begin(2880, 4096);
	ok(fake->disk.kind == DISK_HARD);
	ok(machine_was_silent());
}

/* An image that lacks some sectors is the diskette that its FAT volume says it is. */
static void short_floppies(void)
{
	static const struct {
		uint16_t sectors;
		uint8_t track, heads;
		bool floppy;
	} volumes[] = {{2880, 18, 2, true},
		       {2880, 18, 1, false},
		       {2880, 9, 2, false},
		       {2881, 18, 2, false}};
	static uint8_t sector0[512] = {0xeb, 0x3c, 0x90, [12] = 2, [21] = 0xf0};

	for (unsigned i = 0; i < sizeof(volumes) / sizeof(volumes[0]); i++) {
		memcpy(sector0 + 19, &volumes[i].sectors, 2);
		sector0[24] = volumes[i].track;
		sector0[26] = volumes[i].heads;
		fake = calloc(1, sizeof(*fake));
		fake_disk_init(fake, 2870, 512);
		fake->special = sector0;
		fake->device.order = 100;
		disk_register(&fake->disk);
		ok((fake->disk.kind == DISK_FLOPPY) == volumes[i].floppy);
		ok(!volumes[i].floppy || fake->disk.geometry.cylinders == 80);
	}
}

/* By what their devices say; of the same, who came first. */
static void order(void)
{
	static const uint32_t orders[] = {5, 1, 9, 3, 1};
	static struct fake_disk fakes[5];
	struct disk *d;

	for (unsigned i = 0; i < 5; i++) {
		fake_disk_init(&fakes[i], 100, 512);
		fakes[i].device.order = orders[i];
		disk_register(&fakes[i].disk);
	}
	d = disk_first();
	ok(d == &fakes[1].disk && d->next == &fakes[4].disk);
	d = d->next->next;
	ok(d == &fakes[3].disk && d->next == &fakes[0].disk);
	ok(d->next->next == &fakes[2].disk);
}

static void bounds(void)
{
	static const struct {
		uint64_t lba;
		uint32_t count;
		bool good;
	} ranges[] = {
		{0, 1, true},
		{999, 1, true},
		{0, 128, true},
		{872, 128, true},
		{1000, 0, false},
		{1000, 1, false},
		{999, 2, false},
		{873, 128, false},
		{UINT64_MAX, 1, false},
		{UINT64_MAX, 2, false},
		{UINT64_MAX - 1, UINT32_MAX, false},
		{1ull << 32, 1, false},
		{0, UINT32_MAX, false},
		{1ull << 63, 128, false},
	};
	uint32_t done;

	begin(1000, 512);
	for (unsigned i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
		int error;

		fake->reads = 0;
		done = 77;
		error = disk_transfer(&fake->disk, DISK_READ, ranges[i].lba, ranges[i].count,
				      BUFFER, &done);
		ok(error == (ranges[i].good ? 0 : ERR_RANGE));
		ok(done == (ranges[i].good ? ranges[i].count : 0));
		ok(!fake->reads == !ranges[i].good);
	}
	begin(UINT64_MAX, 512);
	ok(!disk_transfer(&fake->disk, DISK_READ, UINT64_MAX - 1, 1, BUFFER, &done));
	ok(fake->lba == UINT64_MAX - 1);
	ok(disk_transfer(&fake->disk, DISK_READ, UINT64_MAX - 1, 2, BUFFER, &done) == ERR_RANGE);
	ok(machine_was_silent());
}

static void pieces(void)
{
	uint32_t done;

	begin(10000, 512);
	ok(!disk_transfer(&fake->disk, DISK_READ, 5, 300, BUFFER, &done));
	ok(done == 300 && fake->reads == 3);
	ok(fake->lba == 261 && fake->count == 44 && fake->address == BUFFER + 256 * 512);
	ok(fake_disk_holds(fake, 5, 300, BUFFER));
	fake->disk.max_blocks = 1;
	fake->writes = 0;
	ok(!disk_transfer(&fake->disk, DISK_WRITE, 9990, 10, BUFFER, &done));
	ok(done == 10 && fake->writes == 10 && fake->lba == 9999);
	ok(machine_was_silent());
}

/* What was transferred before an error counts. */
static void errors(void)
{
	uint32_t done;

	begin(10000, 512);
	fake->bad_lba = 150;
	fake->error = ERR_IO;
	ok(disk_transfer(&fake->disk, DISK_READ, 0, 300, BUFFER, &done) == ERR_IO);
	ok(done == 128 && fake_disk_holds(fake, 0, 128, BUFFER));
	ok(machine_said("fake disk: read error, sector 128, 128 sectors\n"));
	fake->error = ERR_TIMEOUT;
	ok(disk_transfer(&fake->disk, DISK_WRITE, 150, 1, BUFFER, &done) == ERR_TIMEOUT);
	ok(!done && machine_said("fake disk: write error, sector 150, 1 sectors\n"));
	fake->error = 0;
	fake->disk.read_only = true;
	fake->writes = 0;
	ok(disk_transfer(&fake->disk, DISK_WRITE, 0, 1, BUFFER, &done) == ERR_READONLY);
	ok(!done && !fake->writes && machine_was_silent());
}

/* Every start and length of sectors on blocks of 4096 bytes. */
static void sectors_of_blocks(void)
{
	uint8_t *buffer = phys_ptr(BUFFER);
	bool all = true;
	uint32_t done;

	begin(1000, 4096);
	ok(disk_sectors(&fake->disk) == 8000);
	for (uint32_t start = 0; start < 20; start++)
		for (uint32_t count = 1; count < 40; count++) {
			memset(buffer, 0xee, 41 * 512);
			all &= !disk_transfer_sectors(&fake->disk, DISK_READ, start, count, BUFFER,
						      &done);
			all &= done == count && buffer[count * 512] == 0xee;
			for (uint32_t i = 0; i < count; i++) {
				uint64_t word;

				memcpy(&word, buffer + i * 512 + 504, sizeof(word));
				all &= word == fake_disk_word(fake, (start + i) * 512 + 504);
			}
		}
	ok(all);
	ok(disk_transfer_sectors(&fake->disk, DISK_READ, 7999, 1, BUFFER, &done) == 0);
	fake->reads = 0;
	ok(disk_transfer_sectors(&fake->disk, DISK_READ, 7999, 2, BUFFER, &done) == ERR_RANGE);
	ok(disk_transfer_sectors(&fake->disk, DISK_READ, 7990, 11, BUFFER, &done) == ERR_RANGE);
	ok(!done && !fake->reads);
	ok(disk_transfer_sectors(&fake->disk, DISK_READ, UINT64_MAX, 1, BUFFER, &done) ==
	   ERR_RANGE);
	fake->writes = 0;
	ok(!disk_transfer_sectors(&fake->disk, DISK_WRITE, 7, 10, BUFFER, &done));
	ok(done == 10 && fake->writes == 3); /* two of them of blocks read before */
	fake->bad_lba = 1;
	fake->error = ERR_IO;
	ok(disk_transfer_sectors(&fake->disk, DISK_READ, 6, 10, BUFFER, &done) == ERR_IO);
	ok(done == 2 && machine_said("fake disk: read error, sector 1, 1 sectors\n"));
}

/* --- read-ahead --- */

static bool read_holds(struct fake_disk *f, uint64_t lba, uint32_t count)
{
	uint32_t done;

	memset(phys_ptr(BUFFER), 0, count * f->disk.block_size);
	return !disk_transfer(&f->disk, DISK_READ, lba, count, BUFFER, &done) && done == count &&
	       fake_disk_holds(f, lba, count, BUFFER);
}

static void begin_readahead(uint64_t blocks)
{
	begin(blocks, 512);
	fake->disk.max_blocks = 4096;
	fake_disk_can_start(fake);
}

/* As GRUB reads: in order, 63 and 1 sectors; to the disk's end. */
static void sequence(void)
{
	bool all = true;

	begin_readahead(20000);
	for (uint64_t lba = 0; lba < 20000 - 32; lba += 64)
		all &= read_holds(fake, lba, 63) && read_holds(fake, lba + 63, 1);
	all &= read_holds(fake, 19968, 32);
	ok(all && fake->reads < 20000 / 128 + 20); /* windows of 64 KiB, for so little RAM */
	ok(machine_was_silent());
}

static void random_reads(void)
{
	struct fake_disk *second;
	bool all = true;
	uint64_t lba = 0;

	begin_readahead(5000);
	second = fake;
	begin_readahead(5000);
	srand(2);
	for (unsigned i = 0; i < 30000; i++) {
		uint32_t count = 1 + rand() % 64;
		uint32_t done;

		if (rand() % 8 == 0 || lba + count > 5000)
			lba = rand() % (5000 - count);
		all &= read_holds(rand() % 16 ? fake : second, lba, count);
		lba += count;
		if (rand() % 64 == 0)
			all &= !disk_transfer(&fake->disk, DISK_WRITE, 0, 1, BUFFER, &done);
	}
	ok(all);
	ok(machine_was_silent());
}

/* What the windows held of one disk is nothing to the next one that has them, nor to the
 * same one after a write. */
static void other_disks(void)
{
	struct fake_disk *first;
	bool all = true;
	uint32_t done;

	begin_readahead(5000);
	first = fake;
	begin_readahead(5000);
	for (uint64_t end = 100; end < 800; end += 20) {
		for (uint64_t lba = 0; lba < end; lba += 20)
			all &= read_holds(first, lba, 20);
		for (uint64_t lba = 0; lba < 1000; lba += 20)
			all &= read_holds(fake, lba, 20);
	}
	ok(all);
	for (uint64_t end = 100; end < 800; end += 20) {
		for (uint64_t lba = 0; lba < end; lba += 20)
			all &= read_holds(fake, lba, 20);
		ok(!disk_transfer(&fake->disk, DISK_WRITE, 0, 1, BUFFER, &done));
		fake->seed++; /* all that is on it is different now */
	}
	ok(all);
}

/* An error in what nobody has asked for is nobody's, until it is asked for. */
static void error_ahead(void)
{
	uint32_t done;
	bool all = true;

	begin_readahead(5000);
	fake->bad_lba = 100;
	fake->error = ERR_IO;
	for (uint64_t lba = 0; lba < 100; lba += 10)
		all &= read_holds(fake, lba, 10);
	ok(all);
	ok(disk_transfer(&fake->disk, DISK_READ, 95, 10, BUFFER, &done) == ERR_IO);
	machine_said("");
	fake->error = 0;
	ok(read_holds(fake, 95, 10));
}

/* Memory above 4 GiB, which only the device reaches. */
static void above_4_gib(void)
{
	const uint64_t address = 1ull << 32 | BUFFER;
	bool all = true;
	uint32_t done;

	begin_readahead(5000);
	memset(phys_ptr(BUFFER), 0xee, BUFFER_SIZE / 2);
	for (uint64_t lba = 0; lba < 160; lba += 16) {
		all &= !disk_transfer(&fake->disk, DISK_READ, lba, 16, address, &done);
		all &= done == 16 && fake->lba == lba && fake->address == address;
		all &= *(uint8_t *)phys_ptr(BUFFER) == 0xee;
	}
	ok(all);
}

int main(void)
{
	machine_reset();
	readahead_init();
	machine_end_of_post();
	geometry();
	partitioned_geometry();
	random_sectors();
	floppies();
	short_floppies();
	order();
	bounds();
	pieces();
	errors();
	sectors_of_blocks();
	sequence();
	random_reads();
	other_disks();
	error_ahead();
	above_4_gib();
	return done();
}
