/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * An NVMe controller that lies in every field, with the real driver on the other side.
 *
 * An input is struct header, so many struct call, and then what the controller does each time
 * that it answers or that somebody waits (enum act), until nothing is left; from then on it
 * obeys.
 *
 * Whatever it does: it is given no memory but buffers (AddressSanitizer, and fake_nvme.c); every
 * wait ends; after a call, no buffer of the caller's is still with the controller; and what
 * was read is right. What cannot be noticed, wrong data from a controller that claims to
 * be right, it does not do.
 */
#include <stdlib.h>
#include <string.h>

#include "block/disk.h"
#include "disk_calls.h"
#include "fake_nvme.h"
#include "fake_function.h"
#include "hw/clock.h"
#include "lib/memory.h"

#pragma clang section bss = ""

/* A command's wait must be so long that the registers are looked at, too. */
enum {
	MAX_POLLS = 70000,
	FEW_POLLS = 100,
	COMMAND_MS = 30000,
	LIST_LIES = 64,
	HEADER_NAMESPACES = 4
};

struct header {
	uint8_t flags, calls, max_transfer, lie;
	uint64_t capabilities;
	struct {
		uint32_t id;
		uint64_t blocks;
		uint8_t shift, metadata;
	} __attribute__((packed)) namespaces[HEADER_NAMESPACES];
} __attribute__((packed));

enum header_flags {
	HOLDS = 1,
	NO_LIST = 2,
	LIES_IN_LIST = 4,
	LIES_IN_STRINGS = 8,
	SMALL_BAR = 16,
	ANY_CAPABILITIES = 32,
	NO_CACHE = 64,
	READ_ONLY = 128,
};

/* Lies that last. */
enum lie { LIE_NONE, LIE_NEVER_READY, LIE_NEVER_OFF, LIE_STATUS, LIE_NO_QUEUE, LIES };

enum act {
	OBEY,
	FAIL,       /* with a status from the input */
	WILD_ID,    /* a completion with an id from the input, and another queue's */
	WRONG_TURN, /* a completion whose phase is that of the last turn */
	EXTRA,      /* a completion more */
	BREAK,      /* a fatal error */
	RESET,      /* all forgotten */
	VANISH,     /* reads of all ones, for a while */
	ACTS,
};

static const struct header *header;
static bool scribbled; /* it may claim that a command is done that is not */

static void act(void)
{
	struct nvme_completion extra = {.sq_id = 1};

	fake_nvme.vanished = false;
	switch (input_take8() % ACTS) {
	case OBEY:
	case FAIL:
		if (fake_nvme.held_count)
			fake_nvme_complete(input_take8() % fake_nvme.held_count);
		break;
	case EXTRA:
		extra.id = input_take8();
		scribbled |= extra.id < NVME_SLOTS;
		fake_nvme.lied = true;
		fake_nvme_post(input_take8() % 2, extra);
		break;
	case BREAK:
		fake_nvme.fatal = true;
		break;
	case RESET:
		fake_nvme.on = false;
		fake_nvme.held_count = 0;
		memset(fake_nvme.queues, 0, sizeof(fake_nvme.queues));
		break;
	case VANISH:
		fake_nvme.vanished = true;
		break;
	}
}

/* While somebody waits, the controller gets to run. One that has said all obeys. */
bool deadline_passed(struct deadline *deadline)
{
	if (!input_is_over())
		act();
	else if (fake_nvme.held_count && header->flags & HOLDS)
		fake_nvme_complete(0);
	if (input_is_over())
		fake_nvme.vanished = false;
	return ++deadline->polls > (deadline->duration_ms == COMMAND_MS ? MAX_POLLS : FEW_POLLS);
}

void clock_wait_us(uint64_t microseconds)
{
	(void)microseconds;
}

static void lie_completion(struct nvme_completion *completion)
{
	switch (input_take8() % ACTS) {
	case FAIL:
		completion->status |= input_take8() << 1;
		break;
	case WILD_ID:
		input_take(&completion->id, 2);
		completion->sq_id = input_take8() % 3;
		scribbled |= completion->id < NVME_SLOTS && completion->sq_id < 2;
		fake_nvme.lied = true;
		break;
	case WRONG_TURN:
		completion->status ^= 1;
		break;
	}
}

static void lie_answer(enum nvme_identify_structure structure, uint8_t *answer)
{
	if (structure == NVME_IDENTIFY_ACTIVE && header->flags & LIES_IN_LIST)
		input_take(answer, LIST_LIES);
	if (structure == NVME_IDENTIFY_CONTROLLER && header->flags & LIES_IN_STRINGS)
		input_take(answer + 4, 60);
}

static uint32_t lie_register(uint32_t offset, uint32_t value)
{
	if (offset != FAKE_NVME_STATUS || input_is_over())
		return value;
	input_take(&value, 1);
	return value;
}

static void begin(const void *start)
{
	header = start;
	scribbled = false;
	fake_nvme_init();
	fake_bar_size = header->flags & SMALL_BAR ? 0x1010 : 0x1000 + 4 * (4 << 15);
	fake_nvme.capabilities = header->capabilities;
	if (!(header->flags & ANY_CAPABILITIES)) /* pages of 4 KiB, the NVM command set */
		fake_nvme.capabilities = (header->capabilities & ~(0xfull << 48)) | 1ull << 37;
	fake_nvme.max_transfer = header->max_transfer;
	fake_nvme.cache = !(header->flags & NO_CACHE);
	fake_nvme.has_no_list = header->flags & NO_LIST;
	fake_nvme.never_ready = header->lie % LIES == LIE_NEVER_READY;
	fake_nvme.never_off = header->lie % LIES == LIE_NEVER_OFF;
	fake_nvme.failing_opcode = header->lie % LIES == LIE_NO_QUEUE ? NVME_CREATE_SQ : 0xff;
	if (header->lie % LIES == LIE_STATUS)
		fake_nvme.lie_register = lie_register;
	if (header->flags & HOLDS)
		fake_nvme.manner = FAKE_NVME_HOLDS_ALL;
	fake_nvme.lie_completion = lie_completion;
	fake_nvme.lie_answer = lie_answer;
	for (unsigned i = 0; i < HEADER_NAMESPACES; i++)
		fake_nvme.namespaces[i] = (struct fake_namespace){
			.id = header->namespaces[i].id,
			.blocks = header->namespaces[i].blocks,
			.shift = header->namespaces[i].shift,
			.metadata = header->namespaces[i].metadata,
			.read_only = header->flags & READ_ONLY,
		};
}

static bool right(const struct disk *disk, uint64_t position, uint8_t byte)
{
	return scribbled || byte == fake_nvme_byte(disk->device->address, position);
}

/* After a call, the controller has no buffer that is not the firmware's own. */
static void check_buffers(void)
{
	uint64_t address;
	uint32_t piece;

	if (fake_nvme.never_off || fake_nvme.never_ready || fake_nvme.lie_register)
		return;
	for (unsigned i = 0; i < fake_nvme.held_count; i++) {
		const struct nvme_command *command = &fake_nvme.held[i].command;
		uint32_t bytes = fake_nvme.held[i].queue ? fake_nvme_bytes(command) : 0;

		for (uint32_t at = 0; (piece = fake_nvme_piece(command, bytes, at, &address));
		     at += piece)
			must(scribbled || !calls_is_callers(address, piece));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct calls_target target = {
		.header_size = sizeof(struct header),
		.begin = begin,
		.right = right,
		.check = check_buffers,
	};

	return calls_run(&target, data, size);
}
