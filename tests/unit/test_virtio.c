/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * Virtqueues and the device's life, against a device that obeys the standard
 * and against some that don't.
 */
#include "hw/virtio/virtio.h"

#include <string.h>

#include "lib/error.h"
#include "fake_virtio.h"
#include "hw/driver.h"
#include "lib/memory.h"
#include "unit.h"

enum { HEADER = 0x1000, DATA = 0x2000, STATUS_BYTE = 0x3000, DATA_SIZE = 512, TIMEOUT_MS = 10000 };

static struct fake_virtio fake;
static struct virtqueue queue;

static unsigned probed;

static int probe(struct virtio_device *device)
{
	ok(device == &fake.device);
	probed++;
	return ERR_IO;
}

/* unit.mk makes virtio_drivers_end point behind it. */
const struct virtio_driver virtio_drivers_start[] = {{.device_id = 42, .probe = probe}};

/* A started device with its queue; returns what virtio_add_queue() says. */
static int begin(bool legacy, uint64_t offers, uint32_t max, unsigned slots)
{
	int error;

	machine_reset();
	fake_virtio_init(&fake, legacy, offers, max);
	ok(!virtio_init(&fake.device, 0));
	error = virtio_add_queue(&fake.device, &queue, 0, slots);
	if (!error)
		virtio_start(&fake.device);
	return error;
}

/* The device that most tests use. */
static void begin_default(void)
{
	ok(!begin(false, VIRTIO_F_INDIRECT_DESC, 1024, VIRTQ_KEPT_SLOTS));
}

static int submit(void)
{
	static const struct virtq_buffer buffers[] = {
		{HEADER, 16, false}, {DATA, DATA_SIZE, true}, {STATUS_BYTE, 1, true}};

	return virtq_submit(&queue, buffers, 3);
}

static int submit_and_kick(void)
{
	int slot = submit();

	if (slot >= 0)
		virtq_kick(&fake.device, &queue);
	return slot;
}

static int request(void)
{
	int slot = submit_and_kick();

	return slot < 0 ? slot : virtq_wait(&fake.device, &queue, slot, TIMEOUT_MS);
}

/* --- the device's life --- */

static void features(void)
{
	const uint64_t wanted = 1ull << 5 | 1ull << 9;

	fake_virtio_init(&fake, false, 1ull << 5 | 1ull << 6 | VIRTIO_F_ACCESS_PLATFORM, 4);
	ok(!virtio_init(&fake.device, wanted));
	ok(fake.accepted == (1ull << 5 | VIRTIO_F_VERSION_1 | VIRTIO_F_ACCESS_PLATFORM));
	ok(fake.device.features == fake.accepted);
	ok(fake.status == (VIRTIO_ACKNOWLEDGE | VIRTIO_DRIVER | VIRTIO_FEATURES_OK));
	fake_virtio_init(&fake, true, wanted | VIRTIO_F_INDIRECT_DESC, 4);
	ok(!virtio_init(&fake.device, wanted));
	ok(fake.accepted == (wanted | VIRTIO_F_INDIRECT_DESC));
	ok(fake.status == (VIRTIO_ACKNOWLEDGE | VIRTIO_DRIVER));
}

static void refusals(void)
{
	fake_virtio_init(&fake, false, 0, 4);
	fake.refuses_features = true;
	ok(virtio_init(&fake.device, 0) == ERR_UNSUPPORTED);
	ok(fake.status & VIRTIO_FAILED);
	fake_virtio_init(&fake, false, 0, 4);
	fake.offers = 0; /* modern, yet without VERSION_1 */
	ok(virtio_init(&fake.device, 0) == ERR_UNSUPPORTED);
	ok(fake.status & VIRTIO_FAILED);
	fake_virtio_init(&fake, false, 0, 4);
	fake.reset_hangs = true;
	ok(virtio_init(&fake.device, 0) == ERR_TIMEOUT);
}

static void configuration(void)
{
	fake_virtio_init(&fake, true, 0, 4);
	memcpy(fake.config + 8, "\x11\x22\x33\x44\x55\x66\x77\x88", 8);
	ok(virtio_config64(&fake.device, 8) == 0x8877665544332211);
	fake_virtio_init(&fake, false, 0, 4);
	fake.config_changes = 5; /* in the middle of the first reads */
	ok(virtio_config64(&fake.device, 0) == 0x0505050505050505);
	ok(!fake.config_changes);
	fake.config_changes = -1; /* always: it must end */
	virtio_config64(&fake.device, 0);
	ok(fake.config_changes);
}

/* --- queues --- */

static unsigned expected_slots(bool indirect, unsigned max, unsigned slots)
{
	unsigned size = slots * (indirect ? 1 : 4); /* a power of two, >= 3 a slot */

	if (size > max)
		size = max;
	if (indirect)
		return size < VIRTQ_KEPT_SLOTS ? size : VIRTQ_KEPT_SLOTS;
	return size / VIRTQ_CHAIN < slots ? size / VIRTQ_CHAIN : slots;
}

/* Fills every slot, lets the device answer in reverse, and finds each again. */
static void use_all_slots(unsigned count)
{
	bool all = true;
	uint64_t seen = 0;

	fake.manner = FAKE_HOLDS;
	for (unsigned i = 0; i < count; i++)
		all &= submit() >= 0;
	ok(all);
	ok(submit() == ERR_NOMEM);
	virtq_kick(&fake.device, &queue);
	ok(fake.notified == 1 && fake.held_count == count);
	ok(virtq_poll(&queue) == ERR_NOENT);
	while (fake.held_count)
		fake_virtio_complete(&fake, fake.held_count - 1);
	for (unsigned i = 0; i < count; i++) {
		int slot = virtq_poll(&queue);

		all &= slot >= 0 && (unsigned)slot < count;
		seen |= 1ull << slot;
	}
	ok(all && seen == (1ull << count) - 1);
	ok(virtq_poll(&queue) == ERR_NOENT);
	fake.manner = FAKE_OBEYS;
}

static void one_size(bool legacy, bool indirect, unsigned max, unsigned slots)
{
	uint64_t offers = indirect ? VIRTIO_F_INDIRECT_DESC : 0;
	int error = begin(legacy, offers, max, slots);
	bool all = true;

	if (!indirect && max < VIRTQ_CHAIN) {
		ok(error == ERR_UNSUPPORTED);
		return;
	}
	ok(!error);
	use_all_slots(expected_slots(indirect, max, slots));
	for (unsigned i = 0; i < 100; i++) {
		memset(phys_ptr(DATA), 0, DATA_SIZE);
		*(uint8_t *)phys_ptr(STATUS_BYTE) = 0;
		all &= !request();
		all &= *(uint8_t *)phys_ptr(STATUS_BYTE) == 0x5a;
		all &= *(uint8_t *)phys_ptr(DATA + DATA_SIZE - 1) == 0x5a;
		all &= !*(uint8_t *)phys_ptr(DATA + DATA_SIZE);
	}
	ok(all);
	ok(machine_was_silent());
}

static void all_sizes(void)
{
	static const unsigned sizes[] = {1, 2, 4, 8, 16, 64, 256, 1024, 32768};

	for (unsigned i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		for (unsigned variant = 0; variant < 8; variant++)
			one_size(variant & 1, variant & 2, sizes[i],
				 variant & 4 ? VIRTQ_MAX_SLOTS : VIRTQ_KEPT_SLOTS);
}

static void no_queue(void)
{
	unsigned queues = 0;

	ok(begin(false, VIRTIO_F_INDIRECT_DESC, 0, 4) == ERR_NOENT);
	begin_default();
	ok(virtio_add_queue(&fake.device, &queue, 1, 4) == ERR_NOENT);
	machine_reset();
	fake_virtio_init(&fake, true, VIRTIO_F_INDIRECT_DESC, 1024);
	ok(!virtio_init(&fake.device, 0));
	while (!virtio_add_queue(&fake.device, &queue, 0, VIRTQ_MAX_SLOTS))
		queues++;
	ok(queues > 10);
	ok(virtio_add_queue(&fake.device, &queue, 0, VIRTQ_MAX_SLOTS) == ERR_NOMEM);
}

/* The 16-bit indices go round. */
static void many_requests(void)
{
	bool all = true;

	begin_default();
	for (unsigned i = 0; i < 70000; i++)
		all &= !request();
	ok(all && fake.served == 70000 && fake.notified == 70000);
	ok(machine_was_silent());
}

/* Tables lent for a scan: more requests in flight for as long as they are there. */
static void lent_tables(void)
{
	void *tables;

	ok(!begin(false, VIRTIO_F_INDIRECT_DESC, 1024, VIRTQ_MAX_SLOTS));
	use_all_slots(VIRTQ_KEPT_SLOTS);
	tables = memory_alloc_scratch(VIRTQ_MAX_SLOTS * sizeof(queue.tables[0]), 16);
	virtq_use_tables(&queue, tables);
	fake.notified = 0;
	use_all_slots(VIRTQ_MAX_SLOTS);
	virtq_use_tables(&queue, NULL);
	fake.notified = 0;
	use_all_slots(VIRTQ_KEPT_SLOTS);
}

/* The driver is found by the device's type; what it returns is passed on. */
static void drivers(void)
{
	fake_virtio_init(&fake, false, 0, 1);
	fake.device.id = 41;
	ok(virtio_probe(&fake.device) == ERR_NOENT && !probed);
	fake.device.id = 42;
	ok(virtio_probe(&fake.device) == ERR_IO && probed == 1);
	ok(machine_was_silent());
}

/* --- devices that break the rules --- */

/* The queue sends nothing more, whatever the device does now. */
static bool stays_broken(void)
{
	unsigned notified = fake.notified;
	uint16_t available = queue.avail->index;

	return submit() == ERR_IO && virtq_poll(&queue) == ERR_IO && request() == ERR_IO &&
	       fake.notified == notified && queue.avail->index == available;
}

static void restart_works(void)
{
	fake.manner = FAKE_OBEYS;
	ok(!virtio_restart(&fake.device));
	ok(fake.status ==
	   (VIRTIO_ACKNOWLEDGE | VIRTIO_DRIVER | VIRTIO_FEATURES_OK | VIRTIO_DRIVER_OK));
	ok(virtq_poll(&queue) == ERR_NOENT);
	fake.notified = 0;
	use_all_slots(VIRTQ_KEPT_SLOTS);
	for (unsigned i = 0; i < 10; i++)
		ok(!request());
	ok(machine_was_silent());
}

/* A slot that was in flight at a restart is its submitter's until he has asked. */
static void lost_in_a_restart(void)
{
	int slots[3];

	begin_default();
	fake.manner = FAKE_HOLDS;
	slots[0] = submit_and_kick();
	slots[1] = submit_and_kick();
	fake_virtio_push_used(&fake, 99);
	ok(virtq_wait(&fake.device, &queue, slots[1], TIMEOUT_MS) == ERR_IO);
	ok(machine_said("fake virtio: the used ring makes no sense\n"));
	fake.manner = FAKE_OBEYS;
	ok(!virtio_restart(&fake.device));
	slots[2] = submit_and_kick();
	ok(slots[2] >= 0 && slots[2] != slots[0]);
	ok(virtq_wait(&fake.device, &queue, slots[0], TIMEOUT_MS) == ERR_IO);
	ok(!virtq_wait(&fake.device, &queue, slots[2], TIMEOUT_MS));
	ok(submit_and_kick() == slots[0]);
	ok(machine_was_silent());
}

static void wild_index(uint16_t index)
{
	int slot;

	begin_default();
	fake.manner = FAKE_SILENT;
	slot = submit_and_kick();
	fake_virtio_set_used(&fake, index);
	ok(virtq_wait(&fake.device, &queue, slot, TIMEOUT_MS) == ERR_IO);
	ok(machine_said("fake virtio: the used ring makes no sense\n"));
	ok(!fake.status); /* reset: it writes to our buffers no more */
	ok(stays_broken());
	restart_works();
}

static void wild_id(uint32_t id)
{
	int slot;

	begin_default();
	fake.manner = FAKE_SILENT;
	slot = submit_and_kick();
	fake_virtio_push_used(&fake, id);
	ok(virtq_wait(&fake.device, &queue, slot, TIMEOUT_MS) == ERR_IO);
	ok(machine_said("fake virtio: the used ring makes no sense\n"));
	ok(!fake.status);
	ok(stays_broken());
	restart_works();
}

static void id_twice(void)
{
	int slots[2];

	begin_default();
	fake.manner = FAKE_HOLDS;
	slots[0] = submit_and_kick();
	slots[1] = submit_and_kick();
	fake_virtio_push_used(&fake, fake.held[0]);
	fake_virtio_push_used(&fake, fake.held[0]);
	ok(slots[1] >= 0 && virtq_poll(&queue) == slots[0]);
	ok(virtq_poll(&queue) == ERR_IO);
	ok(stays_broken());
}

/* Without indirect descriptors, only the first of a chain is an id. */
static void id_within_a_chain(void)
{
	ok(!begin(true, 0, 16, 4));
	fake.manner = FAKE_SILENT;
	ok(submit_and_kick() == 0);
	fake_virtio_push_used(&fake, 1);
	ok(virtq_poll(&queue) == ERR_IO);
	ok(stays_broken());
}

static void unasked(void)
{
	begin_default();
	fake_virtio_push_used(&fake, 0);
	ok(virtq_poll(&queue) == ERR_IO);
	ok(stays_broken());
}

static void no_answer(void)
{
	begin_default();
	fake.manner = FAKE_SILENT;
	ok(request() == ERR_TIMEOUT);
	ok(machine_said("fake virtio: no answer within 10000 ms\n"));
	ok(!fake.status && stays_broken());
	restart_works();
	begin_default();
	fake.manner = FAKE_ASKS_FOR_RESET;
	ok(request() == ERR_IO);
	ok(machine_said("fake virtio: the device asks to be reset\n"));
	ok(stays_broken());
	restart_works();
}

static void failing_restarts(void)
{
	begin_default();
	fake.manner = FAKE_SILENT;
	ok(request() == ERR_TIMEOUT);
	fake.reset_hangs = true;
	ok(virtio_restart(&fake.device) == ERR_TIMEOUT);
	ok(stays_broken());
	fake.reset_hangs = false;
	fake.refuses_features = true;
	ok(virtio_restart(&fake.device) == ERR_UNSUPPORTED);
	ok(stays_broken());
	fake.refuses_features = false;
	fake.queue_max = queue.size / 2;
	ok(virtio_restart(&fake.device) == ERR_NOENT);
	ok(stays_broken());
}

int main(void)
{
	drivers();
	static const uint16_t indices[] = {2, 3, 4, 0x8000, 0xffff};
	static const uint32_t ids[] = {1, 3, 4, 0xffff, 0x10000, 0x80000000, UINT32_MAX};

	features();
	refusals();
	configuration();
	all_sizes();
	no_queue();
	many_requests();
	lent_tables();
	for (unsigned i = 0; i < sizeof(indices) / sizeof(indices[0]); i++)
		wild_index(indices[i]);
	for (unsigned i = 0; i < sizeof(ids) / sizeof(ids[0]); i++)
		wild_id(ids[i]);
	lost_in_a_restart();
	id_twice();
	id_within_a_chain();
	unasked();
	no_answer();
	failing_restarts();
	return done();
}
