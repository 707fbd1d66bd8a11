/* SPDX-License-Identifier: LGPL-3.0-or-later */
#include "fake_disk.h"

#include <stdlib.h>
#include <string.h>

#include "error.h"
#include "memory.h"

static struct fake_disk *fake_of(struct disk *disk)
{
	return (struct fake_disk *)disk;
}

static bool is_special(const struct fake_disk *fake, uint64_t lba)
{
	return fake->special && lba == fake->special_lba;
}

uint64_t fake_disk_word(const struct fake_disk *fake, uint64_t position)
{
	return position ^ (uint64_t)fake->seed << 56;
}

static void fill(const struct fake_disk *fake, uint64_t lba, uint8_t *to)
{
	uint32_t size = fake->disk.block_size;

	if (is_special(fake, lba)) {
		memcpy(to, fake->special, size);
		return;
	}
	for (uint32_t i = 0; i < size; i += sizeof(lba)) {
		uint64_t word = fake_disk_word(fake, lba * size + i);

		memcpy(to + i, &word, sizeof(word));
	}
}

/* What disk.h promises to drivers. */
static void check(const struct fake_disk *fake, uint64_t lba, uint32_t count)
{
	if (!count || count > fake->disk.max_blocks || lba >= fake->disk.blocks ||
	    count > fake->disk.blocks - lba)
		abort();
}

static bool fails(const struct fake_disk *fake, uint64_t lba, uint32_t count)
{
	return fake->error && fake->bad_lba >= lba && fake->bad_lba - lba < count;
}

static int transfer(struct fake_disk *fake, bool write, uint64_t lba, uint32_t count,
		    uint64_t address)
{
	uint32_t size = fake->disk.block_size;

	check(fake, lba, count);
	fake->lba = lba;
	fake->count = count;
	fake->address = address;
	if (fails(fake, lba, count))
		return fake->error;
	if (address + (uint64_t)count * size > MACHINE_MEMORY)
		return 0; /* the test looks at the numbers */
	for (uint32_t i = 0; !write && i < count; i++)
		fill(fake, lba + i, phys_ptr(address + i * size));
	return 0;
}

static int fake_read(struct disk *disk, uint64_t lba, uint32_t count, uint64_t address)
{
	fake_of(disk)->reads++;
	return transfer(fake_of(disk), false, lba, count, address);
}

static int fake_write(struct disk *disk, uint64_t lba, uint32_t count, uint64_t address)
{
	if (disk->read_only)
		return ERR_READONLY;
	fake_of(disk)->writes++;
	return transfer(fake_of(disk), true, lba, count, address);
}

static int fake_start_read(struct disk *disk, uint64_t lba, uint32_t count, uint64_t address)
{
	struct fake_disk *fake = fake_of(disk);

	check(fake, lba, count);
	for (int i = 0; i < FAKE_DISK_TICKETS; i++) {
		if (fake->started[i].used)
			continue;
		fake->started[i].used = true;
		fake->started[i].lba = lba;
		fake->started[i].count = count;
		fake->started[i].address = address;
		return i;
	}
	abort();
}

static int fake_finish_read(struct disk *disk, int ticket)
{
	struct fake_disk *fake = fake_of(disk);

	if (ticket < 0 || ticket >= FAKE_DISK_TICKETS || !fake->started[ticket].used)
		abort();
	fake->started[ticket].used = false;
	fake->reads++;
	return transfer(fake, false, fake->started[ticket].lba, fake->started[ticket].count,
			fake->started[ticket].address);
}

static int fake_eject(struct disk *disk)
{
	fake_of(disk)->ejects++;
	return fake_of(disk)->error;
}

static const struct disk_ops ops = {
	.read = fake_read,
	.write = fake_write,
	.eject = fake_eject,
};

static const struct disk_ops starting_ops = {
	.read = fake_read,
	.write = fake_write,
	.start_read = fake_start_read,
	.finish_read = fake_finish_read,
	.eject = fake_eject,
};

void fake_disk_init(struct fake_disk *fake, uint64_t blocks, uint32_t block_size)
{
	memset(fake, 0, sizeof(*fake));
	fake->disk = (struct disk){
		.ops = &ops,
		.kind = DISK_HARD,
		.blocks = blocks,
		.block_size = block_size,
		.max_blocks = 128,
		.name = "fake disk",
	};
}

void fake_disk_can_start(struct fake_disk *fake)
{
	fake->disk.ops = &starting_ops;
}

bool fake_disk_holds(const struct fake_disk *fake, uint64_t lba, uint32_t count, uint32_t address)
{
	uint8_t expected[MAX_BLOCK_SIZE];

	for (uint32_t i = 0; i < count; i++) {
		fill(fake, lba + i, expected);
		if (memcmp(expected, phys_ptr(address + i * fake->disk.block_size),
			   fake->disk.block_size))
			return false;
	}
	return true;
}
