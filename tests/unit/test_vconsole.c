/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * The virtio console's driver and the real virtqueues, with a device that takes output
 * when the test lets it, and that breaks the rules when the test wants it to.
 */
#include <stdlib.h>
#include <string.h>

#include "console/console.h"
#include "hw/clock.h"
#include "hw/driver.h"
#include "hw/virtio/virtio.h"
#include "lib/error.h"
#include "lib/log.h"
#include "lib/memory.h"
#include "lib/util.h"
#include "unit.h"

enum { RECEIVE, TRANSMIT, QUEUES, SAID = 16384, DEADLINE_POLLS = 100, BUFFERS = 4, SIZE = 512 };

static struct {
	struct virtio_device device;
	struct virtqueue *queues[QUEUES];
	uint16_t seen[QUEUES];
	unsigned kicks[QUEUES];
	unsigned resets;
	uint32_t queue_size;
	bool stopped; /* takes nothing */
	bool asks_for_reset;
	char said[SAID];
	size_t length;
} fake;

static bool endless_input; /* buffers come back at once, and empty */
static unsigned polls;     /* in all waits */
static struct console *console;

void console_register(struct console *registered)
{
	console = registered;
}

void log_line(enum log_level level, const char *format, ...)
{
	(void)level;
	(void)format;
}

void say(const char *format, ...)
{
	(void)format;
}

size_t format(char *to, size_t size, const char *format, ...)
{
	(void)to;
	(void)size;
	(void)format;
	return 0;
}

bool deadline_passed(struct deadline *deadline)
{
	polls++;
	return ++deadline->polls > DEADLINE_POLLS;
}

static uint32_t arena; /* in fake_memory, downwards */

void *memory_alloc(uint32_t size, uint32_t align)
{
	arena = align_down(arena - size, align);
	memset(phys_ptr(arena), 0, size);
	return phys_ptr(arena);
}

/* --- the device ------------------------------------------------------------ */

static uint64_t get_features(struct virtio_device *device)
{
	(void)device;
	return 0;
}

static void set_features(struct virtio_device *device, uint64_t features)
{
	(void)device;
	(void)features;
}

static uint8_t get_status(struct virtio_device *device)
{
	(void)device;
	return fake.asks_for_reset ? VIRTIO_NEEDS_RESET : 0;
}

static void set_status(struct virtio_device *device, uint8_t status)
{
	(void)device;
	if (status)
		return;
	fake.resets++;
	fake.asks_for_reset = false;
	memset(fake.seen, 0, sizeof(fake.seen));
}

static uint32_t queue_max(struct virtio_device *device, uint16_t index)
{
	(void)device;
	return index < QUEUES ? fake.queue_size : 0;
}

static void set_queue(struct virtio_device *device, struct virtqueue *queue)
{
	(void)device;
	fake.queues[queue->index] = queue;
}

/* The next buffer of a queue, which goes back with `length` bytes written; NULL: none. */
static void *take_buffer(unsigned index, uint32_t *size, uint32_t length)
{
	struct virtqueue *queue = fake.queues[index];
	struct virtq_used *used = (struct virtq_used *)queue->used;
	const struct virtq_desc *desc;
	uint16_t head;

	if (fake.seen[index] == queue->avail->index)
		return NULL;
	head = queue->avail->ring[fake.seen[index]++ % queue->size];
	desc = &queue->desc[head];
	used->ring[used->index % queue->size] = (struct virtq_used_elem){head, length};
	used->index++;
	*size = desc->length;
	return phys_ptr(desc->address);
}

static void take_output(void)
{
	uint32_t size;
	char *from;

	while ((from = take_buffer(TRANSMIT, &size, 0))) {
		memcpy(fake.said + fake.length, from, size);
		fake.length += size;
	}
}

static void notify(struct virtio_device *device, const struct virtqueue *queue)
{
	(void)device;
	fake.kicks[queue->index]++;
	if (queue->index == RECEIVE && endless_input) {
		uint32_t size;

		take_buffer(RECEIVE, &size, 0);
	}
	if (queue->index == TRANSMIT && !fake.stopped)
		take_output();
}

static void type(const char *s)
{
	uint32_t size;
	char *to = take_buffer(RECEIVE, &size, strlen(s));

	ok(to && size >= strlen(s));
	memcpy(to, s, strlen(s));
}

static const struct virtio_transport transport = {
	.get_features = get_features,
	.set_features = set_features,
	.get_status = get_status,
	.set_status = set_status,
	.queue_max = queue_max,
	.set_queue = set_queue,
	.notify = notify,
};

static void begin(void)
{
	memset(&fake, 0, sizeof(fake));
	fake_console_reset();
	arena = FAKE_MEMORY;
	polls = 0;
	fake.device = (struct virtio_device){
		.transport = &transport,
		.id = VIRTIO_ID_CONSOLE,
		.legacy = true,
	};
	fake.queue_size = 64;
	console = NULL;
	ok(!virtio_probe(&fake.device) && console);
	memset(fake.kicks, 0, sizeof(fake.kicks));
	fake.resets = 0;
}

static bool say_it(const char *s, size_t length)
{
	return console->ops->output.write(console, s, length);
}

static bool said(const char *s, size_t length)
{
	bool same = fake.length == length && !memcmp(fake.said, s, length);

	fake.length = 0;
	return same;
}

static bool typed(const char *s)
{
	for (; *s; s++)
		if (console->ops->read(console) != (uint8_t)*s)
			return false;
	return console->ops->read(console) == -1;
}

/* --- tests ------------------------------------------------------------------- */

static char text[BUFFERS * SIZE + SIZE];

static void test_output(void)
{
	begin();
	ok(say_it("hello", 5) && said("hello", 5));
	ok(fake.kicks[TRANSMIT] == 1 && !polls);
	/* all that fits is one burst */
	ok(say_it(text, BUFFERS * SIZE) && said(text, BUFFERS * SIZE));
	ok(fake.kicks[TRANSMIT] == 2 && !polls);
	ok(say_it(text, BUFFERS * SIZE + 1) && said(text, BUFFERS * SIZE + 1));
	ok(fake.kicks[TRANSMIT] == 4);
	ok(say_it(text, 0) && said(text, 0) && fake.kicks[TRANSMIT] == 4);
}

/* What is changed after write() has returned is not sent so. */
static void test_own_memory(void)
{
	char changed[] = "before";

	begin();
	fake.stopped = true;
	ok(say_it(changed, 6));
	memcpy(changed, "after!", 6);
	take_output();
	ok(said("before", 6));
}

static void test_silent_device(void)
{
	begin();
	fake.stopped = true;
	for (unsigned i = 0; i < BUFFERS; i++)
		ok(say_it("abcd" + i, 1));
	ok(!polls); /* nobody waits as long as a buffer is free */
	ok(!say_it("efgh", 4) && polls > DEADLINE_POLLS);
	ok(!fake.resets && !console->ops->output.ready(console));
	/* it goes on as if nothing had happened */
	fake.stopped = false;
	take_output();
	ok(said("abcd", 4));
	ok(console->ops->output.ready(console));
	ok(say_it("again", 5) && said("again", 5));
	type("key");
	ok(typed("key"));
	ok(!fake.resets);
}

static void test_ready_is_all_taken(void)
{
	uint32_t size;

	begin();
	fake.stopped = true;
	for (unsigned i = 0; i < BUFFERS; i++)
		ok(say_it("x", 1));
	ok(!say_it("y", 1));
	take_buffer(TRANSMIT, &size, 0);
	ok(!console->ops->output.ready(console));
	take_output();
	ok(console->ops->output.ready(console));
}

static void test_input(void)
{
	begin();
	ok(typed(""));
	type("a");
	type("bc");
	ok(typed("abc"));
	for (unsigned i = 0; i < 10 * BUFFERS; i++) {
		type("0123456789abcdef");
		ok(typed("0123456789abcdef"));
	}
	type("");
	type("z");
	ok(typed("z"));
}

/* The used ring runs ahead: the device is restarted, a few times and no more. */
static void test_broken_rules(void)
{
	unsigned restarts = 0;

	begin();
	for (unsigned i = 0; i < 20; i++) {
		unsigned before = fake.resets;

		((struct virtq_used *)fake.queues[TRANSMIT]->used)->index += 9;
		ok(!say_it("lost", 4));
		fake.length = 0;
		if (fake.resets == before)
			continue;
		restarts++;
		ok(say_it("here", 4) && said("here", 4));
		type("k");
		ok(typed("k"));
	}
	ok(restarts > 1 && restarts < 10);
	ok(!say_it("lost", 4) && typed("") && !console->ops->output.ready(console));
}

static void test_asks_for_reset(void)
{
	begin();
	fake.stopped = fake.asks_for_reset = true;
	ok(!say_it(text, sizeof(text)));
	ok(fake.resets == 1);
	fake.stopped = false;
	ok(console->ops->output.ready(console));
	fake.length = 0;
	ok(say_it("again", 5) && said("again", 5));
	type("k");
	ok(typed("k"));
}

/* A device whose restart fails is left alone, and stopped: its queues are smaller now. */
static void test_failing_restart(void)
{
	begin();
	fake.queue_size = 1;
	((struct virtq_used *)fake.queues[TRANSMIT]->used)->index += 9;
	ok(!say_it("lost", 4) && fake.resets == 2);
	ok(!say_it("lost", 4) && typed("") && !fake.kicks[TRANSMIT]);
}

/* After a restart the device is told of the buffers for its input, and of nothing else. */
static void test_told_after_restart(void)
{
	begin();
	((struct virtq_used *)fake.queues[RECEIVE]->used)->index += 9;
	ok(typed("") && fake.resets == 1);
	ok(fake.kicks[RECEIVE] == 1 && !fake.kicks[TRANSMIT]);
	ok(fake.queues[RECEIVE]->avail->index == BUFFERS);
	type("k");
	ok(typed("k") && fake.kicks[RECEIVE] == 2); /* and of each that is given back */
}

/* A device may send empty buffers, on and on: a look at it ends all the same. */
static void test_empty_buffers(void)
{
	uint32_t size;
	unsigned sent = 0;

	begin();
	for (unsigned round = 0; round < 100; round++) {
		while (take_buffer(RECEIVE, &size, 0))
			sent++;
		ok(console->ops->read(console) == -1);
	}
	ok(sent >= 100 && !fake.resets);
	endless_input = true;
	take_buffer(RECEIVE, &size, 0);
	ok(console->ops->read(console) == -1); /* each that is given back comes at once */
	endless_input = false;
	for (unsigned i = 0; i < 10 && console->ops->read(console) == -1 && i < BUFFERS; i++)
		;
	type("k");
	ok(typed("k"));
}

/* A device that says that it has written more than there is room for. */
static void test_long_input(void)
{
	uint32_t size;
	char *to;

	begin();
	to = take_buffer(RECEIVE, &size, 5000);
	ok(to && size == 32);
	memset(to, 'x', size);
	for (unsigned i = 0; i < 32; i++)
		ok(console->ops->read(console) == 'x');
	ok(console->ops->read(console) == -1 && !fake.resets);
}

int main(void)
{
	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = 'A' + i % 23;
	test_output();
	test_own_memory();
	test_silent_device();
	test_ready_is_all_taken();
	test_input();
	test_broken_rules();
	test_asks_for_reset();
	test_failing_restart();
	test_told_after_restart();
	test_empty_buffers();
	test_long_input();
	return done();
}
