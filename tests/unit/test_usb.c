/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * xHCI, storage and keyboards over a controller in memory (fake_xhci.h): what QEMU's does
 * not do, and what goes wrong.
 */
#include <stdlib.h>
#include <string.h>

#include "alone.h"
#include "bda.h"
#include "block/disks.h"
#include "console/keyboard.h"
#include "console/screen.h"
#include "fake_io.h"
#include "fake_xhci.h"
#include "hw/clock.h"
#include "hw/quiet.h"
#include "hw/reset.h"
#include "hw/usb/usb.h"
#include "lib/device.h"
#include "lib/error.h"
#include "lib/format.h"
#include "unit.h"

enum { BUFFER = 0x10000, BLOCKS = 1000, BLOCK = 512 };

static uint64_t now_ns;

bool deadline_passed(struct deadline *deadline)
{
	return ++deadline->polls > 300 + deadline->duration_ms / 100;
}

void clock_wait_us(uint64_t microseconds)
{
	now_ns += microseconds * 1000;
}

uint64_t clock_ns(void)
{
	return now_ns;
}

void reset_machine(void)
{
	abort();
}

void screen_tick(void)
{
}

void cpu_pause(void)
{
}

/* --- a stick ------------------------------------------------------------------- */

static const uint8_t stick_configuration[] = {
	9, 2, 32,   0, 1, 1, 0, 0x80, 50,                   /* configuration */
	9, 4, 0,    0, 2, 8, 6, 0x50, 0,                    /* storage, SCSI, bulk-only */
	7, 5, 0x81, 2, 0, 2, 0, 7,    5,  0x02, 2, 0, 2, 0, /* bulk IN 1, bulk OUT 2 */
};

static struct {
	const uint8_t *configuration;
	unsigned configuration_size;
	uint32_t tag, residue;
	const uint8_t *answer;
	uint8_t data[64];
	uint32_t length;   /* of the data that are due */
	uint64_t position; /* of a read */
	bool reading, status_due, stall, wrong_tag, silent;
	uint8_t status;
	unsigned resets, writes;
} stick;

static uint8_t pattern(uint64_t position)
{
	return position * 7 + (position >> 9);
}

static int stick_control(uint64_t setup, uint8_t *data, unsigned length)
{
	unsigned request = setup & 0xffff;

	switch (request) {
	case 0x0680:
		if ((uint8_t)(setup >> 24) != 2)
			return FAKE_STALL;
		if (length > stick.configuration_size)
			length = stick.configuration_size;
		memcpy(data, stick.configuration, length);
		return length;
	case 0xfea1:
		data[0] = 0;
		return 1;
	case 0xff21:
		stick.resets++;
		stick.wrong_tag = stick.status_due = false;
		return 0;
	}
	return 0;
}

static void stick_answer(const void *answer, unsigned size)
{
	memset(stick.data, 0, sizeof(stick.data));
	memcpy(stick.data, answer, size);
}

static int stick_out(unsigned endpoint, const uint8_t *data, unsigned length)
{
	static const uint8_t capacity[] = {0, 0, (BLOCKS - 1) >> 8, (BLOCKS - 1) & 0xff, 0, 0,
					   2, 0};
	static const uint8_t inquiry[36] = {0, 0x80};

	ok(endpoint == 2);
	if (stick.length && !stick.reading && !stick.status_due) {
		stick.writes++;
		stick.length = 0;
		stick.status_due = true;
		return length;
	}
	ok(length == 31 && !memcmp(data, "USBC", 4) && data[14] <= 16);
	memcpy(&stick.tag, data + 4, 4);
	memcpy(&stick.length, data + 8, 4);
	stick.reading = data[12] & 0x80;
	stick.status = stick.residue = 0;
	stick.position = UINT64_MAX;
	stick.status_due = !stick.length;
	stick_answer("", 0);
	switch (data[15]) {
	case 0x12:
		stick_answer(inquiry, sizeof(inquiry));
		break;
	case 0x25:
		stick_answer(capacity, sizeof(capacity));
		break;
	case 0x28:
		stick.position =
			(data[17] << 24 | data[18] << 16 | data[19] << 8 | data[20]) * BLOCK;
		break;
	}
	return length;
}

static int stick_in(unsigned endpoint, uint8_t *data, unsigned length)
{
	uint32_t due = stick.length;

	ok(endpoint == 0x81);
	if (stick.silent)
		return FAKE_SILENT;
	if (stick.stall) {
		stick.stall = false;
		stick.status = 1;
		stick.residue = stick.length;
		stick.status_due = true;
		return FAKE_STALL;
	}
	if (stick.status_due) {
		uint32_t tag = stick.tag + stick.wrong_tag;

		stick.status_due = false;
		stick.length = 0;
		memcpy(data, "USBS", 4);
		memcpy(data + 4, &tag, 4);
		memcpy(data + 8, &stick.residue, 4);
		data[12] = stick.status;
		return 13;
	}
	stick.status_due = true;
	ok(due == length);
	for (unsigned i = 0; i < due && stick.position != UINT64_MAX; i++)
		data[i] = pattern(stick.position + i);
	if (stick.position == UINT64_MAX)
		memcpy(data, stick.data, due < sizeof(stick.data) ? due : sizeof(stick.data));
	return due;
}

/* --- starting ------------------------------------------------------------------ */

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
static struct device controller = {.bus = &no_bus, .name = "xhci 0"};

static void new_stick(void)
{
	machine_reset();
	keyboard_init();
	fake_xhci_reset();
	memset(&stick, 0, sizeof(stick));
	stick.configuration = stick_configuration;
	stick.configuration_size = sizeof(stick_configuration);
	fake.device = (struct fake_device){4, stick_control, stick_out, stick_in};
}

static struct xhci *start(void)
{
	struct xhci *xhci = xhci_start(&controller, FAKE_XHCI_BASE, FAKE_XHCI_SIZE);

	if (xhci)
		usb_start(xhci);
	machine_end_of_post();
	return xhci;
}

static bool reads(uint32_t lba, uint32_t count)
{
	struct disk *disk = disk_first();
	uint8_t *buffer = phys_ptr(BUFFER);

	memset(buffer, 0, count * BLOCK);
	if (disk->ops->read(disk, lba, count, BUFFER))
		return false;
	for (uint32_t i = 0; i < count * BLOCK; i++)
		if (buffer[i] != pattern(lba * BLOCK + i))
			return false;
	return true;
}

/* --- tests --------------------------------------------------------------------- */

/* Contexts of both sizes, memory for the controller itself, every ring wrapped. */
static void reading(bool big, unsigned scratchpads)
{
	struct disk *disk;
	char path[64];

	new_stick();
	fake.big_contexts = big;
	fake.scratchpads = scratchpads;
	ok(start() && machine_was_silent());
	ok(!fake.legacy_owned && !fake.legacy_control);
	disk = disk_first();
	ok(disk && disk->blocks == BLOCKS && disk->block_size == BLOCK);
	device_path(disk->device, path, sizeof(path));
	ok(!strcmp(path, "/x/storage@1/channel@0/disk@0,0"));
	for (unsigned i = 0; i < 200; i++)
		ok(reads(i, 1 + i % 150));
	ok(!disk->ops->write(disk, 5, 9, BUFFER) && stick.writes == 1);
}

static void both_sizes(void)
{
	reading(false, 0);
}

static void other_sizes(void)
{
	reading(true, 3);
}

/* Before an operating system runs nothing moves; the next read goes on. */
static void quiet(void)
{
	struct disk *disk;
	int ticket;

	new_stick();
	start();
	disk = disk_first();
	quiet_all();
	ok(!fake.running);
	ok(reads(7, 3) && fake.running);
	ticket = disk->ops->start_read(disk, 9, 2, BUFFER);
	ok(ticket >= 0 && disk->ops->start_read(disk, 9, 2, BUFFER) < 0);
	ok(reads(1, 1)); /* another one meanwhile */
	ok(!disk->ops->finish_read(disk, ticket));
	ok(disk->ops->start_read(disk, 9, 2, BUFFER) >= 0);
}

/* An endpoint that halts, a status that makes no sense, a device that is silent. */
static void failing(void)
{
	struct disk *disk;

	new_stick();
	start();
	disk = disk_first();
	stick.stall = true;
	ok(!reads(3, 4) && fake.clears && reads(3, 4));
	stick.wrong_tag = true;
	ok(!reads(3, 4) && stick.resets == 1 && reads(3, 4));
	stick.silent = true;
	ok(disk->ops->read(disk, 3, 1, BUFFER) == ERR_TIMEOUT && !fake_xhci_waiting(0x81));
	stick.silent = false;
	stick.status_due = false;
	stick.length = 0;
	ok(reads(3, 4));
}

static void dead_from_the_start(void)
{
	new_stick();
	fake.dead = true;
	ok(!start() && machine_said_once("xhci 0: cannot be used"));
	new_stick();
	fake.never_ready = true;
	ok(!start() && machine_said_once("xhci 0: cannot be used"));
}

static void no_answers(void)
{
	new_stick();
	fake.ignores_commands = true;
	start();
	ok(machine_said_once("a command was not answered; not used any more") && !fake.running);
}

static void wrong_slots(void)
{
	new_stick();
	fake.wrong_slot = true;
	start();
	ok(machine_said("it gave a slot that is none"));
}

static void refused_commands(void)
{
	new_stick();
	fake.refuses = true;
	start();
	ok(machine_said("takes no address") && !disk_first());
}

/* It dies in the middle. */
static void dying(void)
{
	struct disk *disk;

	new_stick();
	start();
	disk = disk_first();
	fake.running = false;
	stick.silent = true;
	fake.dead = true;
	ok(disk->ops->read(disk, 3, 1, BUFFER));
	ok(machine_said("not used any more"));
	ok(disk->ops->read(disk, 3, 1, BUFFER));
}

/* Pulled out: an error at once, the second time as well. */
static void removed(void)
{
	struct disk *disk;

	new_stick();
	start();
	disk = disk_first();
	stick.silent = true;
	fake.unplugged = true;
	ok(disk->ops->read(disk, 3, 1, BUFFER) == ERR_NOENT);
	ok(disk->ops->read(disk, 3, 1, BUFFER) == ERR_NOENT && !fake_xhci_waiting(0x81));
}

/* Descriptors that say what cannot be: a byte of the stick's, changed. */
static const struct {
	uint8_t offset, value;
} changes[] = {
	{0, 0},  {0, 8},     {1, 3},  {2, 8},  {9, 0},     {9, 60}, {14, 3},
	{18, 1}, {20, 0x80}, {21, 1}, {22, 0}, {23, 0xff}, {25, 0}, {27, 0x10},
};
static unsigned change;

static void bad_descriptor(void)
{
	uint8_t configuration[sizeof(stick_configuration)];

	new_stick();
	memcpy(configuration, stick_configuration, sizeof(configuration));
	configuration[changes[change].offset] = changes[change].value;
	if (changes[change].offset == 22)
		configuration[23] = 0;
	stick.configuration = configuration;
	ok(start() && !disk_first());
	if (disk_first())
		printf("descriptors, byte %u: %u\n", changes[change].offset, changes[change].value);
}

static void short_descriptors(void)
{
	new_stick();
	stick.configuration_size = 20;
	ok(start() && !disk_first());
}

/* --- keyboards ----------------------------------------------------------------- */

static const uint8_t boot_keyboard[] = {
	9, 2,    34,   0, 1, 1, 0,    0x80, 50, 9, 4, 0,    0, 1, 3, 1,  1, 0, /* boot keyboard */
	9, 0x21, 0x11, 1, 0, 1, 0x22, 63,   0,  7, 5, 0x81, 3, 8, 0, 10,
};

/* Of report 2: eight bits, 5 of nothing, 3 lights out, bits for usages 4 to 99. */
static const uint8_t report_descriptor[] = {
	0x05, 1, 0x09, 6, 0xa1, 1, 0x85, 2,    0x05, 7,  0x19, 0xe0, 0x29, 0xe7, 0x15, 0, 0x25, 1,
	0x75, 1, 0x95, 8, 0x81, 2, 0x05, 8,    0x19, 1,  0x29, 3,    0x95, 3,    0x91, 2, 0x95, 5,
	0x91, 1, 0x05, 7, 0x19, 4, 0x29, 0x63, 0x95, 96, 0x81, 2,    0xc0,
};

static struct {
	uint8_t reports[16][16];
	unsigned count, size;
	uint8_t lights[2];
	unsigned boots;
} typed;

static int keyboard_control(uint64_t setup, uint8_t *data, unsigned length)
{
	switch (setup & 0xffff) {
	case 0x0681:
		memcpy(data, report_descriptor, sizeof(report_descriptor));
		return sizeof(report_descriptor);
	case 0x0b21:
		typed.boots++;
		return 0;
	case 0x0921:
		memcpy(typed.lights, data, length);
		return length;
	}
	return stick_control(setup, data, length);
}

static int keyboard_in(unsigned endpoint, uint8_t *data, unsigned length)
{
	ok(endpoint == 0x81 && length >= typed.size);
	if (!typed.count)
		return FAKE_SILENT;
	memcpy(data, typed.reports[0], typed.size);
	memmove(typed.reports, typed.reports + 1, sizeof(typed.reports[0]) * --typed.count);
	return typed.size;
}

static void type(const uint8_t *report)
{
	memcpy(typed.reports[typed.count++], report, typed.size);
}

static uint16_t take(void)
{
	uint16_t key = 0xffff;

	fake_xhci_wake();
	keyboard_poll();
	if (keyboard_peek(&key))
		keyboard_take();
	return key;
}

static void new_keyboard(bool boot)
{
	static uint8_t configuration[sizeof(boot_keyboard)];

	new_stick();
	memset(&typed, 0, sizeof(typed));
	memcpy(configuration, boot_keyboard, sizeof(configuration));
	if (!boot) {
		configuration[15] = configuration[16] = 0;
		configuration[25] = sizeof(report_descriptor);
		configuration[31] = 16; /* bytes of a packet */
	}
	typed.size = boot ? 8 : 14;
	stick.configuration = configuration;
	stick.configuration_size = sizeof(configuration);
	fake.device = (struct fake_device){3, keyboard_control, stick_out, keyboard_in};
	ok(start() && machine_was_silent());
}

static void boot_protocol(void)
{
	static const uint8_t none[8], a[8] = {0, 0, 4}, shift_b[8] = {2, 0, 5},
				      caps[8] = {0, 0, 0x39};
	static const uint8_t many[8] = {0, 0, 1, 1, 1, 1, 1, 1}, ab[8] = {0, 0, 4, 5};

	new_keyboard(true);
	ok(typed.boots == 1 && take() == 0xffff);
	type(a);
	type(none);
	type(shift_b);
	ok(take() == 0x1e61 && take() == 0x3042 && bda()->shift_flags[0] == 2);
	type(none);
	type(a);
	type(many); /* says nothing */
	type(a);
	type(ab);
	type(none);
	ok(take() == 0x1e61 && take() == 0x3062 && take() == 0xffff && !bda()->shift_flags[0]);
	type(caps);
	type(none);
	type(a);
	ok(take() == 0x1e41 && bda()->shift_flags[0] == 0x40 && take() == 0xffff);
	ok(typed.lights[0] == 2 && bda()->keyboard_mode[1] == 4);
	for (unsigned ms = 0; ms < 480; ms += 20) { /* still held */
		now_ns += 20 * NS_PER_MS;
		ok(take() == 0xffff);
	}
	now_ns += 20 * NS_PER_MS;
	ok(take() == 0x1e41);
	now_ns += NS_PER_SECOND; /* the host stood still */
	ok(take() == 0xffff);
	type(none);
	ok(take() == 0xffff);
	for (unsigned i = 0; i < 100; i++) { /* its ring wraps */
		type(a);
		type(none);
		ok(take() == 0x1e41);
	}
	quiet_all();
	ok(!fake.running && take() == 0xffff && fake.running);
	type(a);
	ok(take() == 0x1e41);
}

static void by_report_descriptor(void)
{
	static const uint8_t none[14] = {2}, a[14] = {2, 0, 1},
			     caps[14] = {2, 0, 0, 0, 0, 0, 0, 0, 0x20};
	static const uint8_t other[14] = {3, 0xff, 0xff, 0xff};

	new_keyboard(false);
	ok(!typed.boots);
	type(a);
	type(other); /* another report */
	type(none);
	ok(take() == 0x1e61 && take() == 0xffff);
	type(caps);
	type(none);
	ok(take() == 0xffff && typed.lights[0] == 2 && typed.lights[1] == 2);
}

/* --- hubs ---------------------------------------------------------------------- */

static const uint8_t hub_configuration[] = {
	9, 2, 25, 0, 1, 1, 0, 0xe0, 0, 9, 4, 0, 0, 1, 9, 0, 0, 0, 7, 5, 0x81, 3, 1, 0, 12,
};

enum {
	PORTS = 3,
	THINK_TIME = 2,
	FULL = 0x0003, /* a port's status: what is plugged in is ready, and its speed */
	LOW = 0x0203,
	HIGH = 0x0403,
};

/* What is plugged in, by slots: they are given in the order in which devices are found. */
static struct node {
	const uint8_t *configuration;
	unsigned size;
	uint16_t ports[PORTS]; /* of a hub */
	int depth;             /* that it was told */
} nodes[FAKE_SLOTS + 1];

static int hub_control(struct node *node, uint64_t setup, uint8_t *data)
{
	unsigned port = (setup >> 32 & 0xffff) - 1;
	bool super = fake.device.speed == 4;

	switch (setup & 0xffff) {
	case 0x06a0:
		ok((uint8_t)(setup >> 24) == (super ? 0x2a : 0x29));
		memcpy(data, (uint8_t[]){9, setup >> 24, PORTS, THINK_TIME << 5, 0, 1, 0, 0}, 8);
		return 8;
	case 0x00a3:
		memcpy(data, (uint8_t[]){node->ports[port], node->ports[port] >> 8, 0, 0}, 4);
		return 4;
	case 0x0c20:
		node->depth = setup >> 16 & 0xffff;
		return 0;
	}
	return 0;
}

static int tree_control(uint64_t setup, uint8_t *data, unsigned length)
{
	struct node *node = &nodes[fake.slot];

	ok(node->configuration != NULL);
	if ((setup & 0xffff) == 0x0680 && (uint8_t)(setup >> 24) == 1) {
		memcpy(data, (uint8_t[]){18, 1, 0, 2, 0, 0, 0, 8}, 8); /* packets of 8 bytes */
		return 8;
	}
	stick.configuration = node->configuration;
	stick.configuration_size = node->size;
	if (node->configuration == hub_configuration && (setup & 0xffff) != 0x0680)
		return hub_control(node, setup, data);
	return keyboard_control(setup, data, length);
}

static int tree_in(unsigned endpoint, uint8_t *data, unsigned length)
{
	if (nodes[fake.slot].configuration == boot_keyboard)
		return keyboard_in(endpoint, data, length);
	return stick_in(endpoint, data, length);
}

static void new_tree(uint8_t speed)
{
	new_stick();
	memset(&typed, 0, sizeof(typed));
	memset(nodes, 0, sizeof(nodes));
	typed.size = 8;
	fake.device = (struct fake_device){speed, tree_control, stick_out, tree_in};
}

static struct node *add_hub(unsigned slot)
{
	nodes[slot] = (struct node){.configuration = hub_configuration,
				    .size = sizeof(hub_configuration)};
	return &nodes[slot];
}

static void add_stick(unsigned slot)
{
	nodes[slot].configuration = stick_configuration;
	nodes[slot].size = sizeof(stick_configuration);
}

static void add_keyboard(unsigned slot)
{
	nodes[slot].configuration = boot_keyboard;
	nodes[slot].size = sizeof(boot_keyboard);
}

/* xHCI 1.2, 6.2.2: route, speed and "this is a hub" in the first word, ports and the root
 * hub's port in the second, in the third the hub that translates and its port, and how long
 * a hub takes for that. */
static bool has_context(unsigned slot, uint32_t route, unsigned speed, bool hub, uint32_t tt)
{
	const uint32_t *context = fake.contexts[slot];
	unsigned port = fake.device.speed == 4 ? 3 : 1;
	bool right = (context[0] & 0xfffff) == route && (context[0] >> 20 & 15) == speed &&
		     (context[0] >> 26 & 1) == hub && !(context[0] >> 25 & 1) &&
		     context[1] == (hub ? PORTS << 24 : 0) + (port << 16) &&
		     context[2] == tt + (hub && speed == 3 ? THINK_TIME << 16 : 0);

	if (!right)
		printf("slot %u: %x %x %x\n", slot, context[0], context[1], context[2]);
	return right;
}

/* Devices slower than the hub that they are behind, one of them behind a hub that is slower
 * itself: the nearest hub of high speed translates. */
static void translators(void)
{
	static const uint8_t a[8] = {0, 0, 4}, none[8];
	enum { HUB = 3, KEYBOARD, SLOW_HUB, FAST, STICK };
	struct node *hub;

	new_tree(3);
	hub = add_hub(HUB);
	hub->ports[0] = LOW;
	hub->ports[1] = FULL;
	hub->ports[2] = HIGH;
	add_keyboard(KEYBOARD);
	add_hub(SLOW_HUB)->ports[2] = FULL;
	add_keyboard(FAST);
	add_stick(STICK);
	ok(start() && machine_was_silent());
	ok(has_context(HUB, 0, 3, true, 0));
	ok(has_context(KEYBOARD, 1, 2, false, HUB | 1 << 8));
	ok(has_context(SLOW_HUB, 2, 1, true, HUB | 2 << 8));
	ok(has_context(FAST, 3, 3, false, 0));
	ok(has_context(STICK, 0x32, 1, false, HUB | 2 << 8));
	ok(disk_first() && reads(3, 4));
	type(a);
	type(none);
	ok(take() == 0x1e61);
}

/* The specification's five hubs, one behind the other; a SuperSpeed one is told how many are
 * before it. */
static void deep(uint8_t speed, uint16_t status)
{
	enum { DEVICE = 8 };

	new_tree(speed);
	for (unsigned slot = FAKE_FIRST_SLOT; slot < DEVICE; slot++)
		add_hub(slot)->ports[slot % PORTS] = status;
	add_stick(DEVICE);
	ok(start() && machine_was_silent());
	ok(has_context(DEVICE, 0x21321, speed, false, 0));
	ok(has_context(DEVICE - 1, 0x1321, speed, true, 0));
	for (int n = 0; n < DEVICE - FAKE_FIRST_SLOT; n++)
		ok(nodes[FAKE_FIRST_SLOT + n].depth == (speed == 4 ? n : 0));
	ok(disk_first() && reads(3, 4));
	ok(!strncmp(disk_first()->device->parent->name, "usb-storage 0-1.1.2.3.1.2", 25));
}

static void deep_high_speed(void)
{
	deep(3, HIGH);
}

static void deep_super_speed(void)
{
	deep(4, FULL);
}

static void too_deep(void)
{
	new_tree(3);
	for (unsigned slot = FAKE_FIRST_SLOT; slot <= FAKE_SLOTS; slot++)
		add_hub(slot)->ports[0] = HIGH;
	ok(start() && machine_said_once("usb-hub 0-1.1.1.1.1.1: too many hubs before it"));
}

int main(void)
{
	alone(both_sizes);
	alone(other_sizes);
	alone(quiet);
	alone(failing);
	alone(dead_from_the_start);
	alone(no_answers);
	alone(wrong_slots);
	alone(refused_commands);
	alone(dying);
	alone(removed);
	for (change = 0; change < sizeof(changes) / sizeof(changes[0]); change++)
		alone(bad_descriptor);
	alone(short_descriptors);
	alone(boot_protocol);
	alone(by_report_descriptor);
	alone(translators);
	alone(deep_high_speed);
	alone(deep_super_speed);
	alone(too_deep);
	return done();
}
