/* SPDX-License-Identifier: LGPL-3.0-or-later */
#include "fake_virtio.h"

#include <string.h>

#include "hw/clock.h"
#include "lib/memory.h"
#include "rules.h"

enum { POLLS_PER_MS = 10 };

bool deadline_passed(struct deadline *deadline)
{
	return ++deadline->polls > (uint64_t)deadline->duration_ms * POLLS_PER_MS;
}

static struct fake_virtio *fake_of(struct virtio_device *device)
{
	return (struct fake_virtio *)device;
}

static uint64_t get_features(struct virtio_device *device)
{
	struct fake_virtio *fake = fake_of(device);

	must(fake->status == (VIRTIO_ACKNOWLEDGE | VIRTIO_DRIVER));
	return device->legacy ? (uint32_t)fake->offers : fake->offers;
}

static void set_features(struct virtio_device *device, uint64_t features)
{
	struct fake_virtio *fake = fake_of(device);

	must(fake->status == (VIRTIO_ACKNOWLEDGE | VIRTIO_DRIVER));
	must(!(features & ~fake->offers));
	fake->accepted = features;
}

static uint8_t get_status(struct virtio_device *device)
{
	struct fake_virtio *fake = fake_of(device);

	if (fake->reset_hangs)
		return VIRTIO_DRIVER_OK;
	if (fake->manner == FAKE_ASKS_FOR_RESET && fake->status & VIRTIO_DRIVER_OK)
		return fake->status | VIRTIO_NEEDS_RESET;
	return fake->status;
}

static void set_status(struct virtio_device *device, uint8_t status)
{
	struct fake_virtio *fake = fake_of(device);

	if (!status) {
		fake->resets++;
		fake->seen = fake->used = 0;
		fake->held_count = 0;
		memset(&fake->queue, 0, sizeof(fake->queue));
	} else {
		must((status & fake->status) == fake->status); /* bits are only added */
	}
	if (status & VIRTIO_FEATURES_OK && fake->refuses_features)
		status &= ~VIRTIO_FEATURES_OK;
	fake->status = status;
}

static uint32_t queue_max(struct virtio_device *device, uint16_t index)
{
	return index == fake_of(device)->queue_index ? fake_of(device)->queue_max : 0;
}

/* Virtio 1.2, 2.7: alignment and size of each part; 2.7.2: the legacy layout. */
static void set_queue(struct virtio_device *device, struct virtqueue *queue)
{
	struct fake_virtio *fake = fake_of(device);
	uint32_t desc = ptr_phys(queue->desc), avail = ptr_phys(queue->avail);
	uint32_t used = ptr_phys(queue->used);

	must(!(fake->status & VIRTIO_DRIVER_OK));
	must(queue->size && queue->size <= fake->queue_max);
	must(!(queue->size & (queue->size - 1)));
	must(desc % 16 == 0 && avail % 2 == 0 && used % 4 == 0);
	if (device->legacy) {
		uint32_t end = avail + 6 + 2 * queue->size;

		must(desc % VIRTQ_PAGE == 0);
		must(avail == desc + 16 * queue->size);
		must(used == ((end + VIRTQ_ALIGN - 1) & -VIRTQ_ALIGN));
	}
	must(!queue->avail->index && !queue->used->index);
	fake->queue = *queue;
}

/* Appends a descriptor to the list of buffers: what is to be read comes first. */
static unsigned add_buffer(struct virtq_buffer *buffers, unsigned count,
			   const struct virtq_desc *desc)
{
	bool writes = desc->flags & VIRTQ_DESC_WRITE;

	must(count < FAKE_MAX_BUFFERS);
	must(writes || !count || !buffers[count - 1].device_writes);
	buffers[count] = (struct virtq_buffer){desc->address, desc->length, writes};
	return count + 1;
}

static unsigned read_chain(struct fake_virtio *fake, uint16_t head, struct virtq_buffer *buffers)
{
	const struct virtq_desc *table = fake->queue.desc, *desc;
	unsigned size = fake->queue.size, count = 0;

	must(head < size);
	desc = &table[head];
	if (desc->flags & VIRTQ_DESC_INDIRECT) {
		must(fake->accepted & VIRTIO_F_INDIRECT_DESC);
		must(desc->flags == VIRTQ_DESC_INDIRECT);
		must(desc->length && desc->length % sizeof(*desc) == 0);
		size = desc->length / sizeof(*desc);
		desc = table = phys_ptr(desc->address);
	}
	for (;;) {
		must(!(desc->flags & VIRTQ_DESC_INDIRECT));
		count = add_buffer(buffers, count, desc);
		if (!(desc->flags & VIRTQ_DESC_NEXT))
			return count;
		must(desc->next < size);
		desc = &table[desc->next];
	}
}

static void fill(struct fake_virtio *fake, const struct virtq_buffer *buffers, unsigned count)
{
	(void)fake;
	for (unsigned i = 0; i < count; i++)
		if (buffers[i].device_writes)
			memset(phys_ptr(buffers[i].address), 0x5a, buffers[i].length);
}

void fake_virtio_set_used(struct fake_virtio *fake, uint16_t index)
{
	fake->used = index;
	*(volatile uint16_t *)&fake->queue.used->index = index;
}

static void push_used(struct fake_virtio *fake, uint32_t id, uint32_t written)
{
	fake->queue.used->ring[fake->used % fake->queue.size].id = id;
	fake->queue.used->ring[fake->used % fake->queue.size].length = written;
	fake_virtio_set_used(fake, fake->used + 1);
}

void fake_virtio_push_used(struct fake_virtio *fake, uint32_t id)
{
	push_used(fake, id, 0);
}

static void serve(struct fake_virtio *fake, uint16_t head)
{
	struct virtq_buffer buffers[FAKE_MAX_BUFFERS];
	unsigned count = read_chain(fake, head, buffers);
	uint32_t written = 0;

	fake->serve(fake, buffers, count);
	fake->served++;
	for (unsigned i = 0; i < count; i++)
		written += buffers[i].device_writes ? buffers[i].length : 0;
	push_used(fake, head, written - fake->written_less);
}

void fake_virtio_complete(struct fake_virtio *fake, unsigned n)
{
	uint16_t head = fake->held[n];

	fake->held_count--;
	memmove(fake->held + n, fake->held + n + 1, (fake->held_count - n) * sizeof(head));
	serve(fake, head);
}

static void notify(struct virtio_device *device, const struct virtqueue *announced)
{
	struct fake_virtio *fake = fake_of(device);
	uint16_t pending;

	must(announced->index == fake->queue_index && fake->queue.size &&
	     fake->status & VIRTIO_DRIVER_OK);
	must(fake->queue.avail->flags == VIRTQ_AVAIL_NO_INTERRUPT);
	fake->notified++;
	if (fake->manner == FAKE_SILENT || fake->manner == FAKE_ASKS_FOR_RESET)
		return;
	pending = fake->queue.avail->index - fake->seen;
	must(pending <= fake->queue.size);
	for (; pending; pending--) {
		uint16_t head = fake->queue.avail->ring[fake->seen++ % fake->queue.size];

		fake->held[fake->held_count++] = head;
		if (fake->manner == FAKE_OBEYS)
			fake_virtio_complete(fake, fake->held_count - 1);
	}
}

static uint32_t config(struct virtio_device *device, unsigned offset, unsigned size)
{
	uint32_t value = 0;

	must(size == 1 || size == 2 || size == 4);
	must(offset % size == 0 && offset + size <= FAKE_CONFIG_SIZE);
	memcpy(&value, fake_of(device)->config + offset, size);
	return value;
}

static void set_config8(struct virtio_device *device, unsigned offset, uint8_t value)
{
	struct fake_virtio *fake = fake_of(device);

	must(offset < FAKE_CONFIG_SIZE);
	fake->config[offset] = value;
	fake->config_writes++;
}

static uint32_t config_generation(struct virtio_device *device)
{
	struct fake_virtio *fake = fake_of(device);
	uint32_t now = fake->generation;

	if (device->legacy)
		return 0;
	if (fake->config_changes) {
		fake->config_changes--;
		fake->generation++;
		memset(fake->config, fake->generation, sizeof(fake->config));
	}
	return now;
}

static const struct virtio_transport transport = {
	.get_features = get_features,
	.set_features = set_features,
	.get_status = get_status,
	.set_status = set_status,
	.queue_max = queue_max,
	.set_queue = set_queue,
	.notify = notify,
	.config = config,
	.set_config8 = set_config8,
	.config_generation = config_generation,
};

void fake_virtio_init(struct fake_virtio *fake, bool legacy, uint64_t offers, uint32_t queue_max)
{
	memset(fake, 0, sizeof(*fake));
	fake->device = (struct virtio_device){
		.transport = &transport, .legacy = legacy, .device.name = "fake virtio"};
	fake->offers = offers | (legacy ? 0 : VIRTIO_F_VERSION_1);
	fake->queue_max = queue_max;
	fake->serve = fill;
}
