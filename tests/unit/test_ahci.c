/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * The AHCI driver with disks and CD drives, on a controller that obeys and on some that fail
 * in the middle. Each part has a machine of its own.
 */
#include "hw/storage/ahci.h"

#include "fake_ahci.h"
#include "lib/util.h"
#include "storage_test.h"

enum { PORT = 1 };

static void fresh(void)
{
	fresh_machine();
	fake_ahci_init();
}

/* A machine with the usual controller, which has one disk. */
static struct disk *begin(void)
{
	fresh();
	ok(!probe() && machine_was_silent());
	return disk_first();
}

static struct disk *begin_cd(void)
{
	fresh();
	fake_ahci.ports[PORT].kind = FAKE_CD;
	ok(!probe() && machine_was_silent());
	return disk_first();
}

static bool holds(uint64_t position, uint32_t bytes, uint32_t address)
{
	const uint8_t *data = phys_ptr(address);

	for (uint32_t i = 0; i < bytes; i++)
		if (data[i] != fake_ahci_byte(position + i))
			return false;
	return true;
}

/* Where a disk is and what it is called. */
static bool is_at(const struct disk *disk, const char *name, const char *path, unsigned port)
{
	struct edd_path edd;
	char text[80];

	device_path(disk->device, text, sizeof(text));
	device_edd_path(disk->device, &edd);
	return !strcmp(disk_name(disk), name) && !strcmp(text, path) &&
	       edd.interface_path == 0x300 && !memcmp(edd.interface, "SATA    ", 8) &&
	       edd.device_path[0] == port && !edd.device_path[1];
}

static bool described(struct disk *disk, const char *expected)
{
	char text[80];

	disk->ops->describe(disk, text, sizeof(text));
	return !strcmp(text, expected);
}

static void identity(void)
{
	struct disk *disk = begin();

	ok(disk && !disk->next && fake_ahci.accesses <= 25);
	ok(disk->blocks == 2000 && disk->block_size == 512 && disk->max_blocks == 8192);
	ok(!disk->read_only && disk->align == 2 && disk->kind == DISK_HARD);
	ok(is_at(disk, "ahci 00:03.0 port 1", "/pci/drive@1/disk@0", 1));
	ok(described(disk, "A model SERIAL"));
	ok(reads(disk, 7, 100));
}

static void all_ports(void)
{
	struct disk *disk;

	fresh();
	fake_ahci.ports[0].kind = FAKE_CD;
	fake_ahci.ports[2].kind = FAKE_MULTIPLIER;
	fake_ahci.ports[3].kind = FAKE_DISK;
	fake_ahci.ports[3].comes_late = true;
	ok(!probe() && machine_was_silent());
	disk = disk_first();
	ok(disk->kind == DISK_CD && is_at(disk, "ahci 00:03.0 port 0", "/pci/drive@0/disk@0", 0));
	ok(reads(disk, 3, 5));
	ok(is_at(disk->next, "ahci 00:03.0 port 1", "/pci/drive@1/disk@0", 1));
	ok(is_at(disk->next->next, "ahci 00:03.0 port 3", "/pci/drive@3/disk@0", 3));
	ok(reads(disk->next, 5, 1) && reads(disk->next->next, 6, 1));
	ok(!disk->next->next->next);
}

static void large_disk(void)
{
	struct disk *disk;

	fresh();
	fake_ahci.blocks = 1ull << 40;
	fake_ahci.block_size = 4096;
	ok(!probe());
	disk = disk_first();
	ok(disk && disk->block_size == 4096 && disk->blocks == 1ull << 40);
	ok(reads(disk, (1ull << 40) - 3, 3) && fake_ahci.last_lba == (1ull << 40) - 3);
}

static void addresses(void)
{
	struct disk *disk = begin();
	uint32_t done;

	ok(!disk_transfer(disk, DISK_READ, 9, 3, BUFFER + 1, &done) && done == 3);
	ok(holds(9 * 512, 3 * 512, BUFFER + 1));
	ok(!disk_transfer(disk, DISK_READ, 9, 3, BUFFER + 2, &done) && fake_ahci.reads == 4);
	ok(!disk_transfer(disk, DISK_WRITE, 9, 3, BUFFER + 1, &done) && fake_ahci.writes == 3);
	ok(!disk_transfer(disk, DISK_READ, 0, 2000, 0x123456789000, &done));
	ok(fake_ahci.last_address == 0x123456789000 && machine_was_silent());
}

static void low_addresses_only(void)
{
	uint32_t done;

	fresh();
	fake_ahci.capabilities &= ~(1u << 31);
	ok(!probe());
	ok(disk_transfer(disk_first(), DISK_READ, 0, 2, FOUR_GIB - 512, &done) == ERR_RANGE);
	ok(!disk_transfer(disk_first(), DISK_READ, 0, 2, FOUR_GIB - 1024, &done));
}

static void writes(void)
{
	struct disk *disk = begin();
	uint32_t done;

	ok(!disk_transfer(disk, DISK_WRITE, 1, 1000, BUFFER, &done) && done == 1000);
	ok(fake_ahci.writes == 1 && fake_ahci.flushes == 1 && fake_ahci.last_opcode == 0xea);
	fake_ahci.status = 1;
	ok(disk_transfer(disk, DISK_WRITE, 1, 1, BUFFER, &done) == ERR_IO && !done);
	ok(fake_ahci.flushes == 1);
}

/* One access a request. */
static void costs(void)
{
	struct disk *disk = begin();
	bool all = true;

	fake_ahci.accesses = 0;
	for (unsigned i = 0; i < 1000; i++)
		all &= reads(disk, i, 1);
	ok(all && fake_ahci.accesses == 1000);
}

static void complete(void)
{
	fake_ahci_complete(PORT);
}

static void complete_two(void)
{
	complete();
	event = complete;
}

/* The device has one command at a time; what is looked at sends the next one. */
static void read_ahead(void)
{
	struct disk *disk = begin();
	int first, second;

	fake_ahci.manner = FAKE_AHCI_HOLDS;
	first = disk->ops->start_read(disk, 10, 2, BUFFER);
	second = disk->ops->start_read(disk, 20, 2, BUFFER + 0x1000);
	ok(first >= 0 && second >= 0 && first != second && fake_ahci.last_lba != 20);
	event = complete_two;
	ok(!disk->ops->finish_read(disk, second) && holds(20 * 512, 1024, BUFFER + 0x1000));
	ok(!disk->ops->finish_read(disk, first) && holds(10 * 512, 1024, BUFFER));
	first = disk->ops->start_read(disk, 30, 2, BUFFER);
	complete();
	second = disk->ops->start_read(disk, 40, 2, BUFFER + 0x1000);
	ok(first >= 0 && second >= 0 && fake_ahci.ports[PORT].issued == 1u << second);
	event = complete_two;
	ok(!disk->ops->read(disk, 50, 2, BUFFER + 0x2000));
	ok(holds(50 * 512, 1024, BUFFER + 0x2000));
	ok(disk->ops->start_read(disk, 60, 1, BUFFER) >= 0);
	ok(disk->ops->start_read(disk, 60, 1, BUFFER) == ERR_NOMEM);
}

static unsigned slots;

static void few_slots(void)
{
	struct disk *disk;
	bool all = true;

	fresh();
	fake_ahci.capabilities = 1u << 31 | (slots - 1) << 8;
	ok(!probe());
	disk = disk_first();
	for (unsigned i = 0; i < 50; i++)
		all &= reads(disk, i, 3);
	ok(all && machine_was_silent());
	ok((disk->ops->start_read(disk, 1, 1, BUFFER) < 0) == (slots == 1));
}

/* --- failures ---------------------------------------------------------------------- */

/* By the task file; the port is stopped and started, and what waits is not lost. */
static void failed_command(void)
{
	struct disk *disk = begin();
	unsigned starts = fake_ahci.starts, resets = fake_ahci.link_resets;
	int first, second;

	fake_ahci.status = 1;
	fake_ahci.error = 0x40; /* uncorrectable */
	ok(read_blocks(disk, 5, 1) == ERR_IO);
	ok(machine_said_only("ahci 00:03.0 port 1: read error, sector 5, 1 sectors\n"));
	ok(fake_ahci.starts == starts + 1 && fake_ahci.link_resets == resets);
	fake_ahci.status = 0x20; /* device fault */
	ok(read_blocks(disk, 5, 1) == ERR_IO);
	fake_ahci.status = 9; /* it wants to go on with it */
	ok(read_blocks(disk, 5, 1) == ERR_IO && fake_ahci.link_resets == resets + 1);
	fake_ahci.manner = FAKE_AHCI_HOLDS;
	fake_ahci.status = 1;
	first = disk->ops->start_read(disk, 10, 2, BUFFER);
	second = disk->ops->start_read(disk, 20, 2, BUFFER);
	event = complete;
	ok(disk->ops->finish_read(disk, first) == ERR_IO);
	fake_ahci.status = 0;
	event = complete;
	ok(!disk->ops->finish_read(disk, second) && holds(20 * 512, 1024, BUFFER));
	fake_ahci.manner = FAKE_AHCI_OBEYS;
	machine_said("");
	ok(reads(disk, 5, 1) && machine_was_silent());
}

static void cut(struct fake_ahci_result *result)
{
	result->transferred -= result->transferred ? 2 : 0;
}

static void no_frame(struct fake_ahci_result *result)
{
	result->frame = false;
}

static void half_done(void)
{
	struct disk *disk = begin();

	fake_ahci.lie_result = cut;
	ok(read_blocks(disk, 5, 1) == ERR_IO && machine_said("read error"));
	fake_ahci.lie_result = no_frame;
	ok(reads(disk, 5, 1));
	fake_ahci.status = 1;
	ok(read_blocks(disk, 5, 1) == ERR_IO);
}

static void fail_fatally(void)
{
	fake_ahci.manner = FAKE_AHCI_OBEYS;
	fake_ahci.ports[PORT].interrupts |= 1 << 29;
}

static void stop_it(void)
{
	fake_ahci.manner = FAKE_AHCI_OBEYS;
	fake_ahci.ports[PORT].command = 0;
	fake_ahci.ports[PORT].issued = 0;
}

/* Who waits for a read gets it in the end; what was read ahead is lost. */
static void in_mid_flight(void)
{
	struct disk *disk = begin();
	int ticket;

	fake_ahci.manner = FAKE_AHCI_HOLDS;
	event = how;
	ok(reads(disk, 5, 100));
	ok(machine_said_only(expected));
	fake_ahci.manner = FAKE_AHCI_HOLDS;
	ticket = disk->ops->start_read(disk, 9, 1, BUFFER);
	event = how;
	ok(ticket >= 0 && disk->ops->finish_read(disk, ticket) == ERR_IO);
	ok(machine_said_only(expected) && !fake_ahci.ports[PORT].issued);
	ok(disk->ops->start_read(disk, 9, 1, BUFFER) == ERR_IO);
	ok(reads(disk, 5, 100) && machine_was_silent());
}

static void mid_flight(void)
{
	alone_with(in_mid_flight, fail_fatally, 0,
		   "ahci 00:03.0 port 1: the port reports a fatal error\n");
	alone_with(in_mid_flight, stop_it, 0, "ahci 00:03.0 port 1: the port was stopped\n");
}

/* A ticket stays its owner's through a restart. */
static void lost_ticket(void)
{
	struct disk *disk = begin();
	int ticket, waiting, other;

	fake_ahci.manner = FAKE_AHCI_HOLDS;
	ticket = disk->ops->start_read(disk, 9, 1, BUFFER);
	waiting = disk->ops->start_read(disk, 9, 1, BUFFER);
	event = stop_it;
	ok(reads(disk, 5, 1));
	other = disk->ops->start_read(disk, 9, 1, BUFFER);
	ok(other >= 0 && other != ticket && other != waiting);
	ok(disk->ops->finish_read(disk, ticket) == ERR_IO);
	ok(disk->ops->finish_read(disk, waiting) == ERR_IO);
	ok(!disk->ops->finish_read(disk, other));
}

static void silent(void)
{
	struct disk *disk = begin();

	fake_ahci.manner = FAKE_AHCI_HOLDS;
	ok(read_blocks(disk, 5, 1) == ERR_TIMEOUT && !fake_ahci.ports[PORT].issued);
	ok(machine_said_once("ahci 00:03.0 port 1: no answer within 30000 ms\n"));
	fake_ahci.manner = FAKE_AHCI_OBEYS;
	ok(reads(disk, 5, 1));
}

/* A port that does not stop takes the controller with it, whose other ports recover. */
static void stuck(void)
{
	struct disk *disk, *other;

	fresh();
	fake_ahci.ports[2].kind = FAKE_DISK;
	ok(!probe());
	disk = disk_first();
	other = disk->next;
	fake_ahci.manner = FAKE_AHCI_HOLDS;
	fake_ahci.ports[PORT].stuck = true;
	ok(read_blocks(disk, 5, 1) == ERR_TIMEOUT && fake_ahci.resets == 1);
	fake_ahci.manner = FAKE_AHCI_OBEYS;
	ok(reads(disk, 5, 1));
	ok(reads(other, 6, 1) && machine_said("ahci 00:03.0 port 2: the port was stopped\n"));
}

static void vanish(void)
{
	fake_ahci.vanished = true;
}

static void unplug(void)
{
	fake_ahci.ports[PORT].kind = FAKE_NOTHING;
}

static void gone(void)
{
	struct disk *disk = begin();

	fake_ahci.manner = FAKE_AHCI_HOLDS;
	event = unplug;
	ok(read_blocks(disk, 5, 1) && machine_said_once("port 1: the device has gone\n"));
	ok(read_blocks(disk, 5, 1));
	fake_ahci.ports[PORT].kind = FAKE_DISK;
	fake_ahci.manner = FAKE_AHCI_OBEYS;
	ok(reads(disk, 5, 1));
	fake_ahci.manner = FAKE_AHCI_HOLDS;
	event = vanish;
	ok(read_blocks(disk, 5, 1) && machine_said("the controller has vanished\n"));
	ok(read_blocks(disk, 5, 1));
}

/* A controller or a disk that cannot be brought up. */
static void refused(void)
{
	fresh();
	how();
	ok(probe() == result && !disk_first());
	ok(machine_said_only(expected));
}

static void small_bar(void)
{
	fake_bar_size = 0xff;
}

static void ports_beyond(void)
{
	fake_bar_size = 0x180;
}

static void never_ready(void)
{
	fake_ahci.ports[PORT].busy = true;
}

static void no_48_bits(void)
{
	fake_ahci.no_48_bits = true;
}

static void odd_blocks(void)
{
	fake_ahci.block_size = 520;
}

static void hold(void)
{
	fake_ahci.manner = FAKE_AHCI_HOLDS;
}

static void cut_identity(void)
{
	fake_ahci.lie_result = cut;
}

static void refusals(void)
{
	alone_with(refused, small_bar, ERR_UNSUPPORTED,
		   "pci 00:03.0: no memory for its registers\n");
	alone_with(refused, vanish, ERR_IO, "pci 00:03.0: the controller has vanished\n");
	alone_with(refused, ports_beyond, 0, "");
	alone_with(refused, never_ready, 0,
		   "ahci 00:03.0 port 1: the device does not become ready\n");
	alone_with(refused, no_48_bits, 0,
		   "ahci 00:03.0 port 1: not supported: 512 bytes a block, commands 4000\n");
	alone_with(refused, odd_blocks, 0,
		   "ahci 00:03.0 port 1: not supported: 520 bytes a block, commands 4400\n");
	alone_with(refused, hold, 0,
		   "ahci 00:03.0 port 1: no answer within 30000 ms\n"
		   "ahci 00:03.0 port 1: it does not say what it is\n");
	alone_with(refused, cut_identity, 0, "ahci 00:03.0 port 1: it does not say what it is\n");
}

/* --- CD drives --------------------------------------------------------------------- */

static void cd(void)
{
	struct disk *disk = begin_cd();
	uint32_t done;

	ok(disk && disk->kind == DISK_CD && disk->read_only && !disk->next);
	ok(disk->blocks == FAKE_AHCI_CD_BLOCKS && disk->block_size == FAKE_AHCI_CD_SIZE);
	ok(is_at(disk, "ahci 00:03.0 port 1", "/pci/drive@1/disk@0", 1));
	ok(described(disk, "A CD    drive"));
	ok(reads(disk, 3, 64));
	ok(!disk_transfer(disk, DISK_READ, 9, 3, BUFFER + 1, &done) && done == 3);
	ok(holds(9 * 2048, 3 * 2048, BUFFER + 1));
	ok(!disk->ops->eject(disk) && fake_ahci.last_opcode == 0x1b);
	ok(reads(disk, 3, 1));
}

static void empty_drive(void)
{
	struct disk *disk;

	fresh();
	fake_ahci.ports[PORT].kind = FAKE_CD;
	fake_ahci.key = 2;
	fake_ahci.code = 0x3a;
	ok(!probe() && machine_was_silent());
	disk = disk_first();
	ok(disk && !disk->blocks && read_blocks(disk, 1, 1) == ERR_NOMEDIUM);
	fake_ahci.key = 0;
	ok(reads(disk, 1, 1) && disk->blocks == FAKE_AHCI_CD_BLOCKS);
}

static void no_more_sense(void)
{
	fake_ahci.key = 0;
	complete();
	fake_ahci.manner = FAKE_AHCI_OBEYS;
}

/* What a drive says of a failed read ahead is gone when another command came first: its
 * medium may have been changed. */
static void lost_sense(void)
{
	struct disk *disk = begin_cd();
	uint8_t changes_before = disk->changes;
	int first, second;

	fake_ahci.manner = FAKE_AHCI_HOLDS;
	first = disk->ops->start_read(disk, 1, 1, BUFFER);
	second = disk->ops->start_read(disk, 2, 1, BUFFER);
	ok(first >= 0 && second >= 0);
	fake_ahci.key = 6;
	fake_ahci.code = 0x28;
	complete();
	event = no_more_sense;
	ok(!disk->ops->finish_read(disk, second));
	ok(disk->ops->finish_read(disk, first) == ERR_IO);
	ok(disk->changes == (uint8_t)(changes_before + 1));
	ok(reads(disk, 3, 1));
}

int main(void)
{
	alone(identity);
	alone(all_ports);
	alone(large_disk);
	alone(addresses);
	alone(low_addresses_only);
	alone(writes);
	alone(costs);
	alone(read_ahead);
	for (slots = 1; slots <= 5; slots += 2)
		alone(few_slots);
	alone(failed_command);
	alone(half_done);
	mid_flight();
	alone(lost_ticket);
	alone(silent);
	alone(stuck);
	alone(gone);
	refusals();
	alone(cd);
	alone(empty_drive);
	alone(lost_sense);
	return done();
}
