/* SPDX-License-Identifier: LGPL-3.0-or-later */
#include "fake_disk.h"

#include <stdlib.h>
#include <string.h>

#include "lib/error.h"
#include "lib/format.h"
#include "lib/memory.h"

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

static uint32_t roll(struct fake_disk *fake, uint32_t sides)
{
	fake->dice = fake->dice * 1103515245 + 12345;
	return (fake->dice >> 16) % sides;
}

/* The device gets on with a read that was started. */
static void advance(struct fake_disk *fake, struct fake_disk_read *read, uint32_t count)
{
	for (; count && read->done < read->count; count--, read->done++) {
		uint64_t lba = read->lba + read->done;

		if (fails(fake, lba, 1))
			read->error = fake->error;
		if (!read->error)
			fill(fake, lba,
			     phys_ptr(read->address + read->done * fake->disk.block_size));
	}
}

/* Whatever happens, time passes for what is under way. */
static void pass_time(struct fake_disk *fake)
{
	for (unsigned i = 0; i < FAKE_DISK_TICKETS; i++)
		if (fake->started[i].used && roll(fake, 3))
			advance(fake, &fake->started[i],
				roll(fake, 2) ? roll(fake, 64) : UINT32_MAX);
}

static int fake_read(struct disk *disk, uint64_t lba, uint32_t count, uint64_t address)
{
	pass_time(fake_of(disk));
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
	if (address + (uint64_t)count * disk->block_size > MACHINE_MEMORY)
		abort(); /* what is read ahead stays in our own memory */
	for (int i = 0; i < FAKE_DISK_TICKETS; i++) {
		if (fake->started[i].used)
			continue;
		fake->started[i] = (struct fake_disk_read){
			.used = true, .lba = lba, .count = count, .address = address};
		pass_time(fake);
		return i;
	}
	abort();
}

static int fake_finish_read(struct disk *disk, int ticket)
{
	struct fake_disk *fake = fake_of(disk);
	struct fake_disk_read *read;

	if (ticket < 0 || ticket >= FAKE_DISK_TICKETS || !fake->started[ticket].used)
		abort();
	pass_time(fake);
	read = &fake->started[ticket];
	advance(fake, read, UINT32_MAX);
	read->used = false;
	fake->reads++;
	fake->lba = read->lba;
	fake->count = read->count;
	fake->address = read->address;
	return read->error;
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

static size_t fake_path(const struct device *device, char *to, size_t size)
{
	return format(to, size, "/fake@%llx", device->address);
}

static void fake_edd(const struct device *device, struct edd_path *edd)
{
	memcpy(edd->bus, "FAKE", 4);
	memcpy(edd->interface, "FAKEDISK", 8);
	edd->interface_path = device->address;
}

static const struct device_bus bus = {.path = fake_path, .edd = fake_edd};

void fake_disk_init(struct fake_disk *fake, uint64_t blocks, uint32_t block_size)
{
	memset(fake, 0, sizeof(*fake));
	fake->disk = (struct disk){
		.ops = &ops,
		.kind = DISK_HARD,
		.blocks = blocks,
		.block_size = block_size,
		.max_blocks = 128,
		.device = &fake->device,
	};
	device_init(&fake->device, &bus, NULL, FAKE_DISK_ADDRESS);
	strcpy(fake->device.name, "fake disk");
	fake->dice = blocks;
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
