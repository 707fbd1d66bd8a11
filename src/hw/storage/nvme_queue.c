/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * NVMe queues. A command is 64 bytes in the submission queue, a ring in our memory; the
 * new tail is written to a doorbell, the only access that it costs. The controller puts
 * 16 bytes on the completion queue, another ring, where we see it by looking at memory:
 * an entry is new if its phase bit is the one of this turn round the ring. How far we have
 * read is told by another doorbell, but only before the ring could be full.
 *
 * Where the data are is told by PRPs, physical addresses of one page each: two in the
 * command, or the second one is that of a list.
 *
 * What the controller writes is checked: an entry that answers no command of ours
 * makes the driver switch it off. A slot belongs to who submitted its command until it has
 * been waited for, whatever happens to the controller meanwhile.
 *
 * Specification: NVM Express Base 1.4, 4.1 "Submission Queue & Completion Queue
 * Definition", 4.3 "Physical Region Page Entry and List", 4.6 "Completion Queue Entry".
 */
#include <string.h>

#include "hw/clock.h"
#include "hw/io.h"
#include "hw/storage/nvme.h"
#include "lib/error.h"
#include "lib/log.h"
#include "lib/memory.h"

enum {
	TIMEOUT_MS = 30000,
	POLLS_PER_STATUS = 1 << 16, /* of a wait: looks at the queue per look at the status */

	/* Figure 125 "Status Field", above the phase */
	STATUS_SHIFT = 1,
	STATUS_MASK = 0x7ff,            /* type and code */
	STATUS_READ_ONLY = 0x182,       /* figure 128: attempted write to read only range */
	STATUS_WRITE_PROTECTED = 0x020, /* figure 126 */
};

void nvme_queue_begin(struct nvme *nvme, struct nvme_queue *queue)
{
	memset(queue->commands, 0, queue->sq_size * sizeof(*queue->commands));
	memset((void *)queue->completions, 0, queue->cq_size * sizeof(*queue->completions));
	queue->tail_doorbell = nvme->registers + PAGE_SIZE + 2 * queue->id * nvme->stride;
	queue->head_doorbell = queue->tail_doorbell + nvme->stride;
	queue->tail = queue->head = queue->unreported = 0;
	queue->phase = 1;
	queue->slots = min_u32(NVME_SLOTS, min_u32(queue->sq_size, queue->cq_size) - 1);
	for (unsigned i = 0; i < NVME_SLOTS; i++)
		if (queue->slot[i].state == NVME_BUSY)
			queue->slot[i].state = NVME_LOST;
}

/* Says where the data are. The lists lie within one page. */
static void set_prps(struct nvme_command *command, uint64_t *list, uint64_t address,
		     uint32_t length)
{
	uint32_t first = PAGE_SIZE - (address & (PAGE_SIZE - 1));

	command->prp[0] = address;
	if (length <= first)
		return;
	address += first;
	length -= first;
	command->prp[1] = address;
	if (length <= PAGE_SIZE)
		return;
	command->prp[1] = ptr_phys(list);
	for (unsigned i = 0; i < NVME_PRPS && i * PAGE_SIZE < length; i++)
		list[i] = address + i * PAGE_SIZE;
}

unsigned nvme_used_slots(const struct nvme_queue *queue)
{
	unsigned used = 0;

	for (unsigned i = 0; i < queue->slots; i++)
		used += queue->slot[i].state != NVME_FREE;
	return used;
}

static int free_slot(const struct nvme_queue *queue)
{
	for (int slot = 0; slot < queue->slots; slot++)
		if (queue->slot[slot].state == NVME_FREE)
			return slot;
	return ERR_NOMEM;
}

void nvme_report(struct nvme_queue *queue)
{
	if (queue->unreported)
		writel(queue->head_doorbell, queue->head);
	queue->unreported = 0;
}

int nvme_submit(struct nvme *nvme, struct nvme_queue *queue, const struct nvme_command *command,
		uint64_t address, uint32_t length)
{
	struct nvme_command *entry = &queue->commands[queue->tail];
	int slot = free_slot(queue);

	if (nvme->broken)
		return ERR_IO;
	if (slot < 0)
		return slot;
	*entry = *command;
	entry->id = slot;
	if (length)
		set_prps(entry, queue->prp_lists ? queue->prp_lists[slot] : NULL, address, length);
	queue->slot[slot].state = NVME_BUSY;
	queue->tail = (queue->tail + 1) % queue->sq_size;
	/* There must be room for an answer to each command. */
	if (queue->unreported + nvme_used_slots(queue) > queue->cq_size - 1u)
		nvme_report(queue);
	return slot;
}

void nvme_kick(const struct nvme_queue *queue)
{
	memory_barrier();
	writel(queue->tail_doorbell, queue->tail);
}

/* Takes a completion, if there is a new one. Returns 1, 0 if there is none, or ERR_IO if
 * it makes no sense. */
static int take_completion(struct nvme_queue *queue)
{
	const volatile struct nvme_completion *entry = &queue->completions[queue->head];
	uint16_t status = entry->status, id;

	if ((status & 1) != queue->phase)
		return 0;
	compiler_barrier();
	id = entry->id;
	if (entry->sq_id != queue->id || id >= queue->slots || queue->slot[id].state != NVME_BUSY)
		return ERR_IO;
	queue->slot[id].state = NVME_DONE;
	queue->slot[id].status = status >> STATUS_SHIFT & STATUS_MASK;
	queue->unreported++;
	queue->head++;
	if (queue->head == queue->cq_size) {
		queue->head = 0;
		queue->phase ^= 1;
	}
	return 1;
}

/* Waits for any completion. */
static int wait_any(struct nvme *nvme, struct nvme_queue *queue)
{
	struct deadline deadline = deadline_in_ms(TIMEOUT_MS);
	const char *trouble = NULL;

	for (unsigned polls = 1;; polls++) {
		int taken = take_completion(queue);

		if (taken > 0)
			return 0;
		if (taken < 0)
			trouble = "the completion queue makes no sense";
		else if (polls % POLLS_PER_STATUS == 0)
			trouble = nvme_trouble(nvme);
		if (trouble) {
			say("%s: %s\n", nvme->device.name, trouble);
			return nvme_give_up(nvme, ERR_IO);
		}
		if (deadline_passed(&deadline)) {
			say("%s: no answer within %u ms\n", nvme->device.name, TIMEOUT_MS);
			return nvme_give_up(nvme, ERR_TIMEOUT);
		}
	}
}

static int judge(uint16_t status)
{
	if (status == STATUS_READ_ONLY || status == STATUS_WRITE_PROTECTED)
		return ERR_READONLY;
	return status ? ERR_IO : 0;
}

int nvme_wait(struct nvme *nvme, struct nvme_queue *queue, int slot)
{
	int error = 0;

	while (!error && queue->slot[slot].state == NVME_BUSY)
		error = nvme->broken ? ERR_IO : wait_any(nvme, queue);
	if (!error && queue->slot[slot].state != NVME_DONE)
		error = ERR_IO;
	if (!error)
		error = judge(queue->slot[slot].status);
	queue->slot[slot].state = NVME_FREE;
	return error;
}
