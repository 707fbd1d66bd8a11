/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * The NVMe driver on a controller that obeys, on one with small queues, and on some that
 * fail in the middle. Each part has a machine of its own.
 */
#include "hw/storage/nvme.h"

#include "fake_nvme.h"
#include "storage_test.h"

enum { BLOCKS = 2000 };

static void fresh(void)
{
	fresh_machine();
	fake_nvme_init();
}

/* A machine with the usual controller, which has one disk. */
static struct disk *begin(void)
{
	fresh();
	fake_nvme.namespaces[0].blocks = BLOCKS;
	ok(!probe() && machine_was_silent());
	return disk_first();
}

static bool holds(uint64_t position, uint32_t bytes, uint32_t address)
{
	const uint8_t *data = phys_ptr(address);

	for (uint32_t i = 0; i < bytes; i++)
		if (data[i] != fake_nvme_byte(1, position + i))
			return false;
	return true;
}

static void identity(void)
{
	struct disk *disk = begin();
	struct edd_path edd;
	char text[80];

	ok(disk && !disk->next && fake_nvme.accesses <= 19);
	ok(disk->blocks == BLOCKS && disk->block_size == 512 && disk->max_blocks == 512);
	ok(!disk->read_only && disk->align == 4 && disk->kind == DISK_HARD);
	ok(!strcmp(disk_name(disk), "nvme 00:03.0 ns 1"));
	disk->ops->describe(disk, text, sizeof(text));
	ok(!strcmp(text, "A model SERIAL"));
	device_path(disk->device, text, sizeof(text));
	ok(!strcmp(text, "/pci/namespace@1,0"));
	device_edd_path(disk->device, &edd);
	ok(edd.interface_path == 0x300 && !memcmp(edd.interface, "NVME    ", 8));
	ok(edd.device_path[0] == 1 && !edd.device_path[1]);
	/* no interrupt is left pending */
	ok(fake_nvme.queues[0].reported == fake_nvme.queues[0].tail);
}

static const struct fake_namespace mixed[] = {
	{.id = 2, .blocks = 100, .shift = 12},
	{.id = 3, .blocks = 1ull << 40, .shift = 9, .read_only = true},
	{.id = 5, .blocks = 100, .shift = 9, .metadata = 8},
	{.id = 6, .blocks = 100, .shift = 8},
	{.id = 7, .blocks = 100, .shift = 200},
	{.id = 8, .blocks = 0, .shift = 9},
};

static void check_mixed(void)
{
	struct disk *disk = disk_first();
	uint32_t done;

	ok(disk && disk->block_size == 4096 && disk->max_blocks == 64 && disk->blocks == 100);
	ok(!disk->ops->read(disk, 7, 1, BUFFER) && fake_nvme.last.nsid == 2);
	disk = disk->next;
	ok(disk && disk->blocks == 1ull << 40 && disk->read_only && !disk->next);
	ok(!disk->ops->read(disk, (1ull << 40) - 1, 1, BUFFER) && fake_nvme.last.nsid == 3);
	ok(fake_nvme.last.arguments[0] == UINT32_MAX && fake_nvme.last.arguments[1] == 0xff);
	ok(disk_transfer(disk, DISK_WRITE, 0, 1, BUFFER, &done) == ERR_READONLY);
}

static void namespaces(void)
{
	fresh();
	memcpy(fake_nvme.namespaces, mixed, sizeof(mixed));
	ok(!probe());
	ok(machine_said_only("nvme 00:03.0 ns 5: blocks with metadata are not supported\n"
			     "nvme 00:03.0 ns 6: blocks of 2^8 bytes are not supported\n"
			     "nvme 00:03.0 ns 7: blocks of 2^200 bytes are not supported\n"));
	check_mixed();
}

/* NVMe 1.0: all numbers up to 8 are tried. */
static void no_list(void)
{
	fresh();
	memcpy(fake_nvme.namespaces, mixed, 2 * sizeof(mixed[0]));
	fake_nvme.has_no_list = true;
	ok(!probe() && machine_was_silent());
	check_mixed();
}

/* Every length that has another number of pages, at each place in a page. */
static void lengths(void)
{
	static const uint32_t offsets[] = {0, 4, 512, 2048, 4092};
	static const uint32_t counts[] = {1, 7, 8, 9, 16, 17, 127, 511, 512, 513, 1024};
	struct disk *disk = begin();
	uint8_t *data = phys_ptr(BUFFER);
	uint32_t done;

	for (unsigned o = 0; o < ARRAY_SIZE(offsets); o++)
		for (unsigned c = 0; c < ARRAY_SIZE(counts); c++) {
			uint32_t at = BUFFER + PAGE_SIZE + offsets[o], bytes = counts[c] * 512;

			memset(data, 0xee, BUFFER_SIZE);
			ok(!disk_transfer(disk, DISK_READ, 3, counts[c], at, &done));
			ok(done == counts[c] && holds(3 * 512, bytes, at));
			ok(*(uint8_t *)phys_ptr(at - 1) == 0xee);
			ok(*(uint8_t *)phys_ptr(at + bytes) == 0xee);
		}
	ok(machine_was_silent());
}

/* Addresses that the controller cannot take. */
static void odd_addresses(void)
{
	struct disk *disk = begin();
	uint32_t done;

	ok(!disk_transfer(disk, DISK_READ, 9, 3, BUFFER + 1, &done) && done == 3);
	ok(holds(9 * 512, 3 * 512, BUFFER + 1));
	ok(!disk_transfer(disk, DISK_WRITE, 9, 3, BUFFER + 2, &done) && fake_nvme.writes == 3);
	ok(disk_transfer(disk, DISK_READ, 9, 1, (1ull << 32) + 1, &done) == ERR_RANGE);
}

/* Memory that we cannot reach, but the controller can. */
static void high_addresses(void)
{
	const uint64_t high = 0x123456789000;
	struct disk *disk = begin();
	uint64_t address;
	uint32_t done, bytes, at = 0;

	ok(!disk_transfer(disk, DISK_READ, 0, 512, high + 512, &done));
	bytes = fake_nvme_bytes(&fake_nvme.last);
	ok(bytes == 512 * 512);
	while (at < bytes) {
		uint32_t piece = fake_nvme_piece(&fake_nvme.last, bytes, at, &address);

		ok(address == high + 512 + at);
		at += piece;
	}
}

static void limits(void)
{
	fresh();
	fake_nvme.max_transfer = 1;
	ok(!probe() && disk_first()->max_blocks == 16 && reads(disk_first(), 1, 100));
}

static void writes(void)
{
	struct disk *disk = begin();
	uint32_t done;

	ok(!disk_transfer(disk, DISK_WRITE, 1, 1024, BUFFER, &done) && done == 1024);
	ok(fake_nvme.writes == 2 && fake_nvme.flushes == 2);
	ok(fake_nvme.last.opcode == NVME_FLUSH);
	fake_nvme.status = 0x20;
	ok(disk_transfer(disk, DISK_WRITE, 1, 1, BUFFER, &done) == ERR_READONLY && !done);
	ok(fake_nvme.flushes == 2 && machine_was_silent());
}

static void writes_without_cache(void)
{
	uint32_t done;

	fresh();
	fake_nvme.cache = false;
	ok(!probe() && !disk_transfer(disk_first(), DISK_WRITE, 1, 8, BUFFER, &done));
	ok(fake_nvme.writes == 1 && !fake_nvme.flushes);
}

/* One access a request, and hardly one more. */
static void costs(void)
{
	struct disk *disk = begin();
	bool all = true;

	fake_nvme.accesses = 0;
	for (unsigned i = 0; i < 3000; i++)
		all &= reads(disk, i % BLOCKS, 1);
	ok(all && fake_nvme.accesses <= 3000 + 3000 / 500);
}

static void complete_last(void)
{
	fake_nvme_complete(fake_nvme.held_count - 1);
}

/* Two reads ahead, which end in any order, and one that somebody waits for. */
static void read_ahead(void)
{
	struct disk *disk = begin();
	int first, second;

	fake_nvme.manner = FAKE_NVME_HOLDS;
	first = disk->ops->start_read(disk, 10, 2, BUFFER);
	second = disk->ops->start_read(disk, 20, 2, BUFFER + 0x1000);
	ok(first >= 0 && second >= 0 && first != second && fake_nvme.held_count == 2);
	event = complete_last;
	ok(!disk->ops->read(disk, 30, 2, BUFFER + 0x2000) && fake_nvme.held_count == 2);
	ok(holds(30 * 512, 1024, BUFFER + 0x2000));
	event = complete_last;
	ok(!disk->ops->finish_read(disk, second) && holds(20 * 512, 1024, BUFFER + 0x1000));
	event = complete_last;
	ok(!disk->ops->finish_read(disk, first) && holds(10 * 512, 1024, BUFFER));
	for (unsigned i = 0; i + 1 < NVME_SLOTS; i++)
		ok(disk->ops->start_read(disk, 40, 1, BUFFER) >= 0);
	ok(disk->ops->start_read(disk, 40, 1, BUFFER) == ERR_NOMEM);
}

static unsigned entries;

/* Queues of two entries have room for one command. */
static void small_queues(void)
{
	struct disk *disk;
	bool all = true;

	fresh();
	fake_nvme.capabilities = (fake_nvme.capabilities & ~0xffffull) | (entries - 1);
	ok(!probe());
	disk = disk_first();
	for (unsigned i = 0; i < 50; i++)
		all &= reads(disk, i, 3);
	ok(all && machine_was_silent());
	ok((disk->ops->start_read(disk, 1, 1, BUFFER) < 0) == (entries == 2));
}

static void wide_stride(void)
{
	fresh();
	fake_nvme.capabilities |= 15ull << 32;
	fake_bar_size = 0x1000 + 4 * (4 << 15);
	ok(!probe() && reads(disk_first(), 1, 1) && machine_was_silent());
}

/* --- failures ---------------------------------------------------------------------- */

static void failed_command(void)
{
	struct disk *disk = begin();
	unsigned resets = fake_nvme.resets;

	fake_nvme.status = 0x281; /* unrecovered read error */
	ok(read_blocks(disk, 5, 1) == ERR_IO);
	ok(machine_said_only("nvme 00:03.0 ns 1: read error, sector 5, 1 sectors\n"));
	fake_nvme.status = 0;
	ok(reads(disk, 5, 1) && fake_nvme.resets == resets);
}

/* Answers of the I/O queue that make no sense: */
static struct nvme_completion answer;

static void answer_wrongly(void)
{
	fake_nvme.manner = FAKE_NVME_OBEYS;
	fake_nvme_post(1, answer);
}

static void answer_another(void)
{
	fake_nvme.manner = FAKE_NVME_OBEYS;
	fake_nvme_post(1, (struct nvme_completion){.sq_id = 1,
						   .id = fake_nvme.held[0].command.id ^ 1});
}

static void fail_fatally(void)
{
	fake_nvme.manner = FAKE_NVME_OBEYS;
	fake_nvme.fatal = true;
}

static void reset_it(void)
{
	fake_nvme.manner = FAKE_NVME_OBEYS;
	fake_nvme.on = false;
	fake_nvme.held_count = 0;
	memset(fake_nvme.queues, 0, sizeof(fake_nvme.queues));
}

/* Who waits for a read gets it in the end; what was read ahead is lost. */
static void in_mid_flight(void)
{
	struct disk *disk = begin();
	int ticket;

	fake_nvme.manner = FAKE_NVME_HOLDS;
	event = how;
	ok(reads(disk, 5, 100));
	ok(machine_said_only(expected));
	fake_nvme.manner = FAKE_NVME_HOLDS;
	ticket = disk->ops->start_read(disk, 9, 1, BUFFER);
	event = how;
	ok(ticket >= 0 && disk->ops->finish_read(disk, ticket) == ERR_IO);
	ok(machine_said_only(expected) && !fake_nvme.held_count && !fake_nvme.on);
	ok(disk->ops->start_read(disk, 9, 1, BUFFER) == ERR_IO);
	ok(reads(disk, 5, 100) && machine_was_silent());
}

static void mid_flight(void)
{
	static const char nonsense[] = "nvme 00:03.0: the completion queue makes no sense\n";

	answer = (struct nvme_completion){.sq_id = 1, .id = UINT16_MAX};
	alone_with(in_mid_flight, answer_wrongly, 0, nonsense);
	answer = (struct nvme_completion){.sq_id = 0, .id = 0};
	alone_with(in_mid_flight, answer_wrongly, 0, nonsense);
	alone_with(in_mid_flight, answer_another, 0, nonsense);
	alone_with(in_mid_flight, fail_fatally, 0,
		   "nvme 00:03.0: the controller reports a fatal error\n");
	alone_with(in_mid_flight, reset_it, 0, "nvme 00:03.0: the controller was reset\n");
}

/* A ticket stays its owner's through a restart. */
static void lost_ticket(void)
{
	struct disk *disk = begin();
	int ticket, other;

	fake_nvme.manner = FAKE_NVME_HOLDS;
	ticket = disk->ops->start_read(disk, 9, 1, BUFFER);
	event = reset_it;
	ok(reads(disk, 5, 1));
	other = disk->ops->start_read(disk, 9, 1, BUFFER);
	ok(other >= 0 && other != ticket);
	ok(disk->ops->finish_read(disk, ticket) == ERR_IO && !disk->ops->finish_read(disk, other));
}

static void silent(void)
{
	struct disk *disk = begin();

	fake_nvme.manner = FAKE_NVME_HOLDS;
	ok(read_blocks(disk, 5, 1) == ERR_TIMEOUT && !fake_nvme.held_count);
	ok(machine_said_once("nvme 00:03.0: no answer within 30000 ms\n"));
	fake_nvme.manner = FAKE_NVME_OBEYS;
	ok(reads(disk, 5, 1));
}

static void vanish(void)
{
	fake_nvme.vanished = true;
}

static void vanished(void)
{
	struct disk *disk = begin();

	fake_nvme.manner = FAKE_NVME_HOLDS_ALL;
	event = vanish;
	ok(read_blocks(disk, 5, 1) == ERR_IO);
	ok(machine_said_once("nvme 00:03.0: the controller has vanished\n"));
	ok(read_blocks(disk, 5, 1) == ERR_IO && machine_said("read error"));
}

/* A controller that cannot be brought up. */
static void refused(void)
{
	fresh();
	how();
	ok(probe() == result && !disk_first());
	if (expected)
		ok(machine_said_only(expected));
	else
		ok(machine_was_silent());
	ok(!fake_nvme.on && !fake_nvme.held_count);
}

static void large_pages(void)
{
	fake_nvme.capabilities |= 1ull << 48;
}

static void no_nvm_commands(void)
{
	fake_nvme.capabilities &= ~(1ull << 37);
}

static void one_entry(void)
{
	fake_nvme.capabilities &= ~0xffffull;
}

static void small_bar(void)
{
	fake_bar_size = 0x1008;
}

static void large_stride(void)
{
	fake_nvme.capabilities |= 15ull << 32;
}

static void never_ready(void)
{
	fake_nvme.never_ready = true;
}

static void fatal_at_start(void)
{
	fake_nvme.never_ready = true;
	event = fail_fatally;
}

static void no_completion_queue(void)
{
	fake_nvme.failing_opcode = NVME_CREATE_CQ;
}

static void no_submission_queue(void)
{
	fake_nvme.failing_opcode = NVME_CREATE_SQ;
}

static void no_identity(void)
{
	fake_nvme.failing_opcode = NVME_IDENTIFY;
}

static void hold_all(void)
{
	fake_nvme.manner = FAKE_NVME_HOLDS_ALL;
}

static void refusals(void)
{
	alone_with(refused, large_pages, ERR_UNSUPPORTED,
		   "nvme 00:03.0: capabilities 100200f0107ff are not supported\n");
	alone_with(refused, no_nvm_commands, ERR_UNSUPPORTED,
		   "nvme 00:03.0: capabilities 00f0107ff are not supported\n");
	alone_with(refused, one_entry, ERR_UNSUPPORTED,
		   "nvme 00:03.0: capabilities 200f010000 are not supported\n");
	alone_with(refused, small_bar, ERR_UNSUPPORTED,
		   "nvme 00:03.0: no memory for its registers\n");
	alone_with(refused, large_stride, ERR_UNSUPPORTED,
		   "nvme 00:03.0: no memory for its registers\n");
	alone_with(refused, vanish, ERR_IO, "nvme 00:03.0: the controller has vanished\n");
	alone_with(refused, never_ready, ERR_TIMEOUT, NULL);
	alone_with(refused, fatal_at_start, ERR_IO, NULL);
	alone_with(refused, no_completion_queue, ERR_IO, NULL);
	alone_with(refused, no_submission_queue, ERR_IO, NULL);
	alone_with(refused, no_identity, ERR_IO, NULL);
	alone_with(refused, hold_all, ERR_TIMEOUT, "nvme 00:03.0: no answer within 30000 ms\n");
}

static void never_off(void)
{
	fresh();
	fake_nvme.never_off = true;
	ok(probe() == ERR_TIMEOUT && !disk_first());
}

int main(void)
{
	alone(identity);
	alone(namespaces);
	alone(no_list);
	alone(lengths);
	alone(odd_addresses);
	alone(high_addresses);
	alone(limits);
	alone(writes);
	alone(writes_without_cache);
	alone(costs);
	alone(read_ahead);
	for (entries = 2; entries <= 6; entries++)
		alone(small_queues);
	alone(wide_stride);
	alone(failed_command);
	mid_flight();
	alone(lost_ticket);
	alone(silent);
	alone(vanished);
	refusals();
	alone(never_off);
	return done();
}
