/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * virtio without its transport: bringing a device up, and its virtqueues.
 *
 * A virtqueue is three arrays that driver and device share. We describe a
 * request in the descriptor table (which memory, who writes it), put the number
 * of its first descriptor on the available ring and move that ring's index on;
 * then we notify the device, the only access it costs. The device puts the
 * number on the used ring and moves its index on, which we see by looking at
 * memory: interrupts are switched off by the available ring's flag.
 *
 * What the device writes is checked: an index that runs ahead, or an id that is
 * not in flight, breaks the queue. A slot belongs to who submitted its request
 * until it has been waited for, even if the device is restarted meanwhile: nobody
 * takes somebody else's answer for his own.
 *
 * When an operating system takes over, nothing that it could mind is in flight: reads
 * ahead are waited for at INT 15h E820, and what else a device may still write to (the used
 * rings, a console's input) is memory that stays ours. The system's driver begins with a
 * reset of the device.
 *
 * Specification: virtio 1.2, 2.7 "Split Virtqueues", 3.1 "Device Initialization".
 */
#include "hw/virtio/virtio.h"

#include <stddef.h>
#include <string.h>

#include "hw/clock.h"
#include "hw/driver.h"
#include "hw/io.h"
#include "lib/error.h"
#include "lib/format.h"
#include "lib/log.h"
#include "lib/memory.h"
#include "lib/util.h"

enum {
	RESET_TIMEOUT_MS = 1000,
	POLLS_PER_STATUS = 1 << 16, /* of a wait: looks at the used ring per look at the status */
};

static void add_status(struct virtio_device *device, uint8_t bits)
{
	device->status |= bits;
	device->transport->set_status(device, device->status);
}

void virtio_fail(struct virtio_device *device)
{
	add_status(device, VIRTIO_FAILED);
}

void virtio_start(struct virtio_device *device)
{
	add_status(device, VIRTIO_DRIVER_OK);
}

static int reset_device(struct virtio_device *device)
{
	struct deadline deadline = deadline_in_ms(RESET_TIMEOUT_MS);

	device->status = 0;
	device->transport->set_status(device, 0);
	if (device->legacy) /* which reset at once; there is nothing to wait for */
		return 0;
	while (device->transport->get_status(device))
		if (deadline_passed(&deadline))
			return ERR_TIMEOUT;
	return 0;
}

/* Tells the device the features, and hears whether it can live with them. */
static int accept_features(struct virtio_device *device)
{
	const struct virtio_transport *transport = device->transport;

	transport->set_features(device, device->features);
	if (device->legacy)
		return 0;
	if (device->features & VIRTIO_F_VERSION_1) {
		add_status(device, VIRTIO_FEATURES_OK);
		if (transport->get_status(device) & VIRTIO_FEATURES_OK)
			return 0;
	}
	virtio_fail(device);
	return ERR_UNSUPPORTED;
}

int virtio_init(struct virtio_device *device, uint64_t wanted)
{
	int error = reset_device(device);

	if (error)
		return error;
	add_status(device, VIRTIO_ACKNOWLEDGE | VIRTIO_DRIVER);
	wanted |= VIRTIO_F_INDIRECT_DESC;
	if (!device->legacy)
		wanted |= VIRTIO_F_VERSION_1 | VIRTIO_F_ACCESS_PLATFORM;
	device->features = device->transport->get_features(device) & wanted;
	return accept_features(device);
}

/* A queue begins again, empty; what was in flight is lost to who submitted it. */
static int restart_queue(struct virtio_device *device, struct virtqueue *queue)
{
	if (device->transport->queue_max(device, queue->index) < queue->size)
		return ERR_NOENT;
	queue->lost |= queue->busy;
	queue->held |= queue->busy;
	queue->busy = 0;
	queue->last_used = 0;
	queue->broken = false;
	queue->avail->index = 0;
	queue->used->index = 0;
	device->transport->set_queue(device, queue);
	return 0;
}

int virtio_restart(struct virtio_device *device)
{
	int error = reset_device(device);

	if (error)
		return error;
	add_status(device, VIRTIO_ACKNOWLEDGE | VIRTIO_DRIVER);
	error = accept_features(device);
	for (struct virtqueue *queue = device->queues; queue && !error; queue = queue->next)
		error = restart_queue(device, queue);
	if (!error)
		virtio_start(device);
	return error;
}

static const struct virtio_driver *find_driver(uint32_t id)
{
	for (const struct virtio_driver *d = virtio_drivers_start; d < virtio_drivers_end; d++)
		if (d->device_id == id)
			return d;
	return NULL;
}

bool virtio_is_driven(uint32_t id)
{
	return find_driver(id);
}

int virtio_probe(struct virtio_device *device)
{
	const struct virtio_driver *driver = find_driver(device->id);

	if (driver)
		return driver->probe(device);
	log_line(LOG_INFO, "%s: device type %u has no driver", device->device.name, device->id);
	return ERR_NOENT;
}

static size_t virtio_unit_path(const struct device *device, char *to, size_t size)
{
	(void)device;
	return format(to, size, "/disk@0,0");
}

static void virtio_unit_edd(const struct device *device, struct edd_path *edd)
{
	(void)device;
	memcpy(edd->interface, "VIRTIO  ", sizeof(edd->interface));
}

const struct device_bus virtio_unit_bus = {.path = virtio_unit_path, .edd = virtio_unit_edd};

/* How many descriptors to use of the `max` that the device offers, so that
 * `slots` requests fit if they can; a power of two, for the legacy layout. 0 if
 * there are too few for one request. */
static uint16_t choose_size(const struct virtio_device *device, uint32_t max, unsigned slots)
{
	bool indirect = device->features & VIRTIO_F_INDIRECT_DESC;
	uint16_t size = slots;

	while (!indirect && size < slots * VIRTQ_CHAIN)
		size *= 2;
	while (size > max)
		size /= 2;
	return !indirect && size < VIRTQ_CHAIN ? 0 : size;
}

static size_t used_offset(uint16_t size)
{
	size_t end = size * sizeof(struct virtq_desc) + sizeof(struct virtq_avail) +
		     (size + 1) * sizeof(uint16_t);

	return align_up(end, VIRTQ_ALIGN);
}

void virtq_use_tables(struct virtqueue *queue, struct virtq_desc (*tables)[VIRTQ_CHAIN])
{
	if (!queue->indirect)
		return;
	queue->tables = tables ? tables : queue->own_tables;
	queue->slots = queue->size;
	if (!tables && queue->slots > VIRTQ_KEPT_SLOTS)
		queue->slots = VIRTQ_KEPT_SLOTS;
}

/* Allocates the three arrays in the order and alignment of the legacy layout,
 * which suits the modern one as well. */
static int allocate_rings(struct virtqueue *queue)
{
	size_t used = used_offset(queue->size);
	size_t total = used + sizeof(struct virtq_used) +
		       queue->size * sizeof(struct virtq_used_elem) + sizeof(uint16_t);
	uint8_t *memory = memory_alloc(total, VIRTQ_PAGE);

	if (!memory)
		return ERR_NOMEM;
	queue->desc = (struct virtq_desc *)memory;
	queue->avail = (struct virtq_avail *)(queue->desc + queue->size);
	queue->used = (struct virtq_used *)(memory + used);
	queue->avail->flags = VIRTQ_AVAIL_NO_INTERRUPT;
	if (!queue->indirect)
		return 0;
	queue->own_tables = memory_alloc(VIRTQ_KEPT_SLOTS * sizeof(queue->tables[0]), 16);
	virtq_use_tables(queue, NULL);
	return queue->own_tables ? 0 : ERR_NOMEM;
}

int virtio_add_queue(struct virtio_device *device, struct virtqueue *queue, uint16_t index,
		     unsigned slots)
{
	uint32_t max = device->transport->queue_max(device, index);
	int error;

	if (!max)
		return ERR_NOENT;
	*queue = (struct virtqueue){.index = index, .size = choose_size(device, max, slots)};
	if (!queue->size)
		return ERR_UNSUPPORTED;
	queue->indirect = device->features & VIRTIO_F_INDIRECT_DESC;
	queue->slots = queue->size / VIRTQ_CHAIN; /* where there are no indirect ones */
	if (queue->slots > slots)
		queue->slots = slots;
	error = allocate_rings(queue);
	if (error)
		return error;
	device->transport->set_queue(device, queue);
	queue->next = device->queues;
	device->queues = queue;
	return 0;
}

uint64_t virtio_config64(struct virtio_device *device, unsigned offset)
{
	const struct virtio_transport *transport = device->transport;
	uint32_t generation, low, high;
	unsigned tries = 0;

	do {
		generation = transport->config_generation(device);
		low = transport->config(device, offset, 4);
		high = transport->config(device, offset + 4, 4);
	} while (generation != transport->config_generation(device) && ++tries < 100);
	return (uint64_t)high << 32 | low;
}

int virtq_free_slot(const struct virtqueue *queue)
{
	for (int slot = 0; slot < queue->slots; slot++)
		if (!((queue->busy | queue->held) & (1u << slot)))
			return slot;
	return ERR_NOMEM;
}

/* Writes a chain into `desc`, whose first element is number `first` of its table. */
static void fill_chain(struct virtq_desc *desc, uint16_t first, const struct virtq_buffer *buffers,
		       unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		desc[i].address = buffers[i].address;
		desc[i].length = buffers[i].length;
		desc[i].flags = buffers[i].device_writes ? VIRTQ_DESC_WRITE : 0;
		desc[i].next = 0;
		if (i + 1 == count)
			break;
		desc[i].flags |= VIRTQ_DESC_NEXT;
		desc[i].next = first + i + 1;
	}
}

/* The number of a slot's first descriptor in the descriptor table. */
static uint16_t slot_head(const struct virtqueue *queue, int slot)
{
	return queue->indirect ? slot : slot * VIRTQ_CHAIN;
}

int virtq_submit(struct virtqueue *queue, const struct virtq_buffer *buffers, unsigned count)
{
	int slot = virtq_free_slot(queue);
	uint16_t head;

	if (queue->broken)
		return ERR_IO;
	if (slot < 0)
		return slot;
	head = slot_head(queue, slot);
	if (queue->indirect) {
		fill_chain(queue->tables[slot], 0, buffers, count);
		queue->desc[head] = (struct virtq_desc){
			.address = ptr_phys(queue->tables[slot]),
			.length = count * sizeof(struct virtq_desc),
			.flags = VIRTQ_DESC_INDIRECT,
		};
	} else {
		fill_chain(queue->desc + head, head, buffers, count);
	}
	queue->busy |= 1u << slot;
	queue->avail->ring[queue->avail->index % queue->size] = head;
	compiler_barrier(); /* the entry must be there before the index says so */
	*(volatile uint16_t *)&queue->avail->index = queue->avail->index + 1;
	return slot;
}

void virtq_kick(struct virtio_device *device, struct virtqueue *queue)
{
	memory_barrier();
	device->transport->notify(device, queue);
}

static unsigned in_flight(const struct virtqueue *queue)
{
	unsigned count = 0;

	for (uint32_t busy = queue->busy; busy; busy &= busy - 1)
		count++;
	return count;
}

int virtq_poll(struct virtqueue *queue)
{
	const volatile struct virtq_used_elem *used;
	uint16_t index = queue->used->index;
	uint32_t head;

	if (queue->broken)
		return ERR_IO;
	if (index == queue->last_used)
		return ERR_NOENT;
	if ((uint16_t)(index - queue->last_used) > in_flight(queue)) {
		queue->broken = true;
		return ERR_IO;
	}
	compiler_barrier();
	used = &queue->used->ring[queue->last_used++ % queue->size];
	head = used->id;
	for (int slot = 0; slot < queue->slots; slot++) {
		if (head != slot_head(queue, slot) || !(queue->busy & (1u << slot)))
			continue;
		queue->busy &= ~(1u << slot);
		queue->written[slot] = used->length;
		return slot;
	}
	queue->broken = true;
	return ERR_IO;
}

int virtq_give_up(struct virtio_device *device, int error)
{
	for (struct virtqueue *queue = device->queues; queue; queue = queue->next)
		queue->broken = true;
	reset_device(device);
	return error;
}

/* Waits for the next of the requests in flight. Returns its slot, ERR_TIMEOUT or
 * ERR_IO; after either error the device is reset, so that it cannot write to the
 * buffers any more. */
static int wait_any(struct virtio_device *device, struct virtqueue *queue, uint32_t timeout_ms)
{
	struct deadline deadline = deadline_in_ms(timeout_ms);

	if (queue->broken)
		return ERR_IO;
	for (unsigned polls = 1;; polls++) {
		int slot = virtq_poll(queue);

		if (slot >= 0)
			return slot;
		if (slot != ERR_NOENT) {
			say("%s: the used ring makes no sense\n", device->device.name);
			return virtq_give_up(device, ERR_IO);
		}
		if (polls % POLLS_PER_STATUS == 0 &&
		    device->transport->get_status(device) & VIRTIO_NEEDS_RESET) {
			say("%s: the device asks to be reset\n", device->device.name);
			return virtq_give_up(device, ERR_IO);
		}
		if (deadline_passed(&deadline)) {
			say("%s: no answer within %u ms\n", device->device.name, timeout_ms);
			return virtq_give_up(device, ERR_TIMEOUT);
		}
	}
}

int virtq_wait(struct virtio_device *device, struct virtqueue *queue, int slot, uint32_t timeout_ms)
{
	uint32_t bit = 1u << slot;
	int done = slot;

	while (done >= 0 && !(queue->held & bit)) {
		done = wait_any(device, queue, timeout_ms);
		if (done >= 0)
			queue->held |= 1u << done;
	}
	if (queue->lost & bit)
		done = ERR_IO;
	queue->busy &= ~bit;
	queue->held &= ~bit;
	queue->lost &= ~bit;
	return done < 0 ? done : 0;
}
