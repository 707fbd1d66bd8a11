/* SPDX-License-Identifier: LGPL-3.0-or-later */
#include "disk_calls.h"

#include <sanitizer/asan_interface.h>
#include <stdlib.h>
#include <string.h>

#include "block/disks.h"
#include "block/readahead.h"
#include "block/transfer.h"
#include "fake_function.h"
#include "lib/memory.h"

#pragma clang section bss = ""

enum what { READ, WRITE, READ_SECTORS, READ_ON, VERIFY, EJECT, DESCRIBE, WHATS };

static const uint8_t *next;
static size_t left;

void input_begin(const uint8_t *data, size_t size)
{
	next = data;
	left = size;
}

void input_take(void *to, size_t size)
{
	size_t have = size < left ? size : left;

	memset(to, 0, size);
	memcpy(to, next, have);
	next += have;
	left -= have;
}

uint8_t input_take8(void)
{
	uint8_t value;

	input_take(&value, sizeof(value));
	return value;
}

bool input_is_over(void)
{
	return !left;
}

bool calls_is_callers(uint64_t address, uint64_t length)
{
	return address < CALL_BUFFER + CALL_BUFFER_SIZE && address + length > CALL_BUFFER;
}

static void check(const struct disk *disk, uint64_t position, const uint8_t *data, uint32_t bytes,
		  is_right *right)
{
	for (uint32_t i = 0; i < bytes; i++)
		must(right(disk, position + i, data[i]));
}

static void transfer(struct disk *disk, const struct call *c, bool sectors,
		     enum disk_direction direction, is_right *right)
{
	uint32_t block = sectors ? SECTOR_SIZE : disk->block_size, done, at = CALL_BUFFER;
	uint32_t count = 1 + c->count % (CALL_BUFFER_SIZE / 2 / block);
	int error;

	at += c->offset;
	memset(phys_ptr(CALL_BUFFER), 0xee, CALL_BUFFER_SIZE);
	if (sectors)
		error = disk_transfer_sectors(disk, direction, c->lba, count, at, &done);
	else
		error = disk_transfer(disk, direction, c->lba, count, at, &done);
	must(done <= count && (error || done == count));
	if (direction == DISK_READ)
		check(disk, c->lba * block, phys_ptr(at), done * block, right);
}

/* A sequence, which is read ahead. */
static void read_on(struct disk *disk, struct call call, is_right *right)
{
	call.count = 0;
	for (unsigned i = 0; i < 8; i++, call.lba++)
		transfer(disk, &call, false, DISK_READ, right);
}

static void make_call(const struct call *c, is_right *right)
{
	struct disk *disk = disk_first();
	char text[64];

	for (unsigned i = c->disk; disk && i && disk->next; i--)
		disk = disk->next;
	if (!disk)
		return;
	switch (c->what % WHATS) {
	case READ:
	case WRITE:
		transfer(disk, c, false, c->what % WHATS == READ ? DISK_READ : DISK_WRITE, right);
		break;
	case READ_SECTORS:
		transfer(disk, c, true, DISK_READ, right);
		break;
	case READ_ON:
		read_on(disk, *c, right);
		break;
	case VERIFY:
		disk_verify(disk, c->lba, c->count);
		break;
	case EJECT:
		if (disk->ops->eject)
			disk->ops->eject(disk);
		break;
	case DESCRIBE:
		disk->ops->describe(disk, text, sizeof(text));
		break;
	}
	readahead_drop();
}

int calls_run(const struct calls_target *target, const uint8_t *data, size_t size)
{
	const struct call *calls = (const struct call *)(data + target->header_size);
	size_t used = target->header_size;
	unsigned count;

	if (size < used)
		return 0;
	count = data[1] % MAX_CALLS;
	used += count * sizeof(*calls);
	if (size < used)
		return 0;
	renew_firmware();
	__asan_unpoison_memory_region(phys_ptr(CALL_BUFFER), CALL_BUFFER_SIZE);
	target->begin(data);
	input_begin(data + used, size - used);
	fake_function_probe();
	readahead_init();
	for (unsigned i = 0; i < count; i++) {
		make_call(&calls[i], target->right);
		target->check();
	}
	machine_said("");
	return 0;
}
