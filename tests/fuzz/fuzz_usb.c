/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * USB devices that say anything, and a controller whose events are wrong now and then:
 * descriptors, answers of storage by both protocols, keyboards' reports. The first bytes
 * say what the controller is like, the others are what the device and the events have.
 * fake_xhci.c stops a driver that breaks a rule; and no transfer may be left that reaches
 * a caller's memory.
 */
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include "block/disks.h"
#include "block/readahead.h"
#include "block/transfer.h"
#include "console/keyboard.h"
#include "console/screen.h"
#include "fake_io.h"
#include "fake_xhci.h"
#include "hw/clock.h"
#include "hw/quiet.h"
#include "hw/reset.h"
#include "hw/usb/usb.h"
#include "lib/device.h"
#include "lib/format.h"
#include "renew.h"

enum {
	MAX_POLLS = 60,
	MAX_CALLS = 8,
	BUFFER = 0x10000,
	BUFFER_SIZE = 64 << 10,

	BIG_CONTEXTS = 1, /* of the first byte; then the speed */
	WRONG_EVENTS = 2,
	SPEED_SHIFT = 4,
};

static struct {
	const uint8_t *next;
	size_t left;
	bool wrong_events;
	uint64_t ns;
} input;

static jmp_buf reset;

static uint8_t take8(void)
{
	if (!input.left)
		return 0;
	input.left--;
	return *input.next++;
}

static void take(uint8_t *to, unsigned length)
{
	unsigned count = length < input.left ? length : input.left;

	memcpy(to, input.next, count);
	memset(to + count, 0, length - count);
	input.next += count;
	input.left -= count;
}

/* --- the device -------------------------------------------------------------- */

/* How much of what it is asked for it does; a byte of the input says. */
static int act(unsigned length)
{
	uint8_t byte = take8();

	if (!input.left)
		return FAKE_STALL;
	switch (byte & 7) {
	case 0:
		return FAKE_STALL;
	case 1:
		return FAKE_SILENT;
	case 2:
		return length ? byte % length : 0;
	default:
		return length;
	}
}

static int device_control(uint64_t setup, uint8_t *data, unsigned length)
{
	int count = act(length);

	if (count > 0 && setup & 0x80)
		take(data, count < 64 ? count : 64);
	return count;
}

static uint32_t tag;

static int device_out(unsigned endpoint, const uint8_t *data, unsigned length)
{
	(void)endpoint;
	if (length == 31)
		memcpy(&tag, data + 4, sizeof(tag));
	return act(length);
}

/* A status block that is right but for what the input says. */
static void put_status(uint8_t *data)
{
	uint8_t wrong = take8();

	memset(data, 0, 13);
	memcpy(data, "USBS", 4);
	memcpy(data + 4, &tag, sizeof(tag));
	data[12] = wrong & 3;
	if (wrong & 0x80)
		data[wrong >> 2 & 7] ^= wrong;
}

static int device_in(unsigned endpoint, uint8_t *data, unsigned length)
{
	int count = act(length);

	(void)endpoint;
	if (count <= 0)
		return count;
	memset(data, 0, count);
	if (count == 13)
		put_status(data);
	else
		take(data, count < 40 ? count : 40);
	return count;
}

static void change_event(uint32_t event[4])
{
	uint8_t byte = take8();

	if (input.wrong_events && byte & 0x80 && input.left)
		event[byte & 3] ^= 1u << (byte >> 2 & 31) | (uint32_t)take8() << 24;
}

/* --- what the drivers lean on ------------------------------------------------ */

bool deadline_passed(struct deadline *deadline)
{
	fake_xhci_wake();
	return ++deadline->polls > MAX_POLLS;
}

void clock_wait_us(uint64_t microseconds)
{
	input.ns += microseconds * 1000;
}

uint64_t clock_ns(void)
{
	return input.ns += 1000000;
}

void reset_machine(void)
{
	longjmp(reset, 1); /* Ctrl-Alt-Del */
}

void screen_tick(void)
{
}

void cpu_pause(void)
{
	keyboard_resume(); /* the user has pressed a key after Pause */
}

static size_t no_path(const struct device *device, char *to, size_t size)
{
	(void)device;
	return format(to, size, "/x");
}

static void no_edd(const struct device *device, struct edd_path *edd)
{
	(void)device;
	(void)edd;
}

static const struct device_bus no_bus = {.path = no_path, .edd = no_edd};

/* --- one input ---------------------------------------------------------------- */

static void check(void)
{
	if (fake_xhci_reaches(BUFFER, BUFFER + BUFFER_SIZE))
		abort();
}

static void call(void)
{
	struct disk *disk = disk_first();
	uint8_t what = take8();
	uint32_t done;
	uint16_t key;

	if (disk && what & 1)
		disk_transfer(disk, what & 2 ? DISK_WRITE : DISK_READ, take8(), 1 + (what >> 4),
			      BUFFER, &done);
	check();
	if (what & 4)
		quiet_all();
	if (what & 8) {
		fake_xhci_wake();
		keyboard_poll();
		while (keyboard_peek(&key))
			keyboard_take();
	}
	check();
}

static void run(void)
{
	static const struct device device = {.bus = &no_bus, .name = "xhci 0"};
	struct xhci *xhci = xhci_start(&device, FAKE_XHCI_BASE, FAKE_XHCI_SIZE);

	if (xhci)
		usb_start(xhci);
	readahead_init();
	machine_end_of_post();
	for (unsigned i = 0; i < MAX_CALLS && input.left; i++)
		call();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t options;

	renew_firmware();
	keyboard_init();
	memset(&input, 0, sizeof(input));
	input.next = data;
	input.left = size;
	options = take8();
	input.wrong_events = options & WRONG_EVENTS;
	fake_xhci_reset();
	fake.big_contexts = options & BIG_CONTEXTS;
	fake.event = change_event;
	fake.device = (struct fake_device){1 + (options >> SPEED_SHIFT) % 4, device_control,
					   device_out, device_in};
	if (!setjmp(reset))
		run();
	machine_said("");
	return 0;
}
