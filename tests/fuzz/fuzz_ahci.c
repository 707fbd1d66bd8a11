/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * An AHCI controller whose disks and CD drives lie in every field, with the real drivers on
 * the other side.
 *
 * An input is struct header, so many struct call, and then what the devices do each time
 * that they answer or that somebody waits (enum act), until nothing is left; from then on
 * they obey.
 *
 * Whatever they do: they are given no memory but buffers (AddressSanitizer, and
 * fake_ahci.c); every wait ends; after a call, no buffer of the caller's is still with a
 * device; and what was read is right. What cannot be noticed, wrong data from a device that
 * claims to be right, they do not do.
 */
#include <stdlib.h>
#include <string.h>

#include "block/disk.h"
#include "disk_calls.h"
#include "fake_ahci.h"
#include "fake_function.h"
#include "hw/clock.h"
#include "lib/memory.h"

#pragma clang section bss = ""

/* A command's wait must be so long that the registers are looked at, too. */
enum {
	MAX_POLLS = 70000,
	FEW_POLLS = 100,
	COMMAND_MS = 30000,
	STRINGS = 20,
	STRINGS_SIZE = 74,
	MAX_ANSWER = 64
};

struct header {
	uint8_t flags, calls, block_shift, kinds; /* two bits for each port */
	uint32_t capabilities;
	uint64_t blocks;
} __attribute__((packed));

enum header_flags {
	HOLDS = 1,
	LIES_IN_REGISTERS = 2,
	LIES_IN_ANSWERS = 4,
	NO_48_BITS = 8,
	NEVER_READY = 16,
	STUCK = 32,
	RESET_HANGS = 64,
	SMALL_BAR = 128,
};

enum act {
	OBEY,
	FAIL,     /* with a status and an error from the input */
	SHORT,    /* a number of bytes from the input was transferred */
	NO_FRAME, /* only the registers say that it is done */
	SENSE,    /* of a CD drive, from now on */
	BREAK,    /* a fatal error */
	STOP,     /* the port was reset */
	VANISH,   /* reads of all ones, for a while */
	UNPLUG,   /* or plugged in */
	ACTS,
};

enum {
	COMMAND = 0x18, /* registers of a port */
	TASK_FILE = 0x20,
	LINK_STATUS = 0x28,
	BUSY = 0x80,
	FATAL = 1 << 29,
};

static const struct header *header;
static bool scribbled; /* data that nobody can know to be wrong */
static uint8_t kinds[FAKE_AHCI_PORTS];

static void act(void)
{
	uint8_t byte = input_take8();
	unsigned n = byte >> 6;
	struct fake_ahci_port *port = &fake_ahci.ports[n];

	fake_ahci.vanished = false;
	switch (byte % 16) {
	case BREAK:
		port->interrupts |= FATAL;
		break;
	case STOP:
		port->command = port->issued = 0;
		break;
	case VANISH:
		fake_ahci.vanished = true;
		break;
	case UNPLUG:
		port->kind = port->kind ? FAKE_NOTHING : kinds[n];
		break;
	case SENSE:
		fake_ahci.key = input_take8() % 8;
		fake_ahci.code = input_take8();
		break;
	default:
		if (port->issued && !port->failed && port->kind)
			fake_ahci_complete(n);
	}
}

static void obey(void)
{
	fake_ahci.vanished = false;
	fake_ahci.key = 0;
	for (unsigned n = 0; n < FAKE_AHCI_PORTS; n++) {
		fake_ahci.ports[n].kind = kinds[n];
		if (fake_ahci.ports[n].issued && !fake_ahci.ports[n].failed && kinds[n])
			fake_ahci_complete(n);
	}
}

/* While somebody waits, the devices get to run. */
bool deadline_passed(struct deadline *deadline)
{
	if (!input_is_over())
		act();
	else
		obey();
	return ++deadline->polls > (deadline->duration_ms == COMMAND_MS ? MAX_POLLS : FEW_POLLS);
}

void clock_wait_us(uint64_t microseconds)
{
	(void)microseconds;
}

static void lie_result(struct fake_ahci_result *result)
{
	uint32_t transferred;

	result->frame = true; /* to wait for the end of a PIO read takes long */
	switch (input_take8() % ACTS) {
	case FAIL:
		result->status |= input_take8() & ~BUSY;
		result->error = input_take8();
		break;
	case SHORT: /* or more than there was */
		input_take(&transferred, sizeof(transferred));
		scribbled |= transferred > result->transferred;
		result->transferred = transferred;
		break;
	case NO_FRAME:
		result->frame = false;
		break;
	}
}

/* Strings, or whatever a SCSI command has answered. */
static void lie_answer(uint8_t *answer, uint32_t length)
{
	if (length == 512) {
		input_take(answer + STRINGS, STRINGS_SIZE);
	} else if (!input_is_over()) {
		input_take(answer, length < MAX_ANSWER ? length : MAX_ANSWER);
		scribbled = true;
	}
}

static uint32_t lie_register(uint32_t offset, uint32_t value)
{
	uint32_t lie;

	if (offset < 0x100 || input_is_over() || input_take8() % 4)
		return value;
	input_take(&lie, sizeof(lie));
	switch (offset % 0x80) {
	case COMMAND:
	case LINK_STATUS:
		return lie;
	case TASK_FILE:
		return value | BUSY;
	default:
		return value;
	}
}

static void begin(const void *start)
{
	header = start;
	scribbled = false;
	fake_ahci_init();
	fake_bar_size = header->flags & SMALL_BAR ? 0x200 : 0x1000;
	fake_ahci.capabilities = header->capabilities;
	fake_ahci.blocks = header->blocks & 0xffffffffffff;
	fake_ahci.block_size = 1u << header->block_shift % 16;
	fake_ahci.no_48_bits = header->flags & NO_48_BITS;
	fake_ahci.reset_hangs = header->flags & RESET_HANGS;
	if (header->flags & HOLDS)
		fake_ahci.manner = FAKE_AHCI_HOLDS;
	fake_ahci.lie_result = lie_result;
	if (header->flags & LIES_IN_ANSWERS)
		fake_ahci.lie_answer = lie_answer;
	if (header->flags & LIES_IN_REGISTERS)
		fake_ahci.lie_register = lie_register;
	for (unsigned n = 0; n < FAKE_AHCI_PORTS; n++) {
		kinds[n] = header->kinds >> 2 * n & 3;
		fake_ahci.ports[n].kind = kinds[n];
		fake_ahci.ports[n].busy = header->flags & NEVER_READY && n == 1;
		fake_ahci.ports[n].stuck = header->flags & STUCK && n == 0;
	}
}

static bool right(const struct disk *disk, uint64_t position, uint8_t byte)
{
	(void)disk;
	return scribbled || byte == fake_ahci_byte(position);
}

/* After a call, no device has a buffer that is not the firmware's own. */
static void check_buffers(void)
{
	uint64_t address;
	uint32_t length;

	if (header->flags & (LIES_IN_REGISTERS | RESET_HANGS) || fake_ahci.vanished)
		return;
	for (unsigned n = 0; n < FAKE_AHCI_PORTS; n++)
		if (fake_ahci_has(n, &address, &length))
			must(!calls_is_callers(address, length));
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
