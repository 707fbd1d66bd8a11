/* SPDX-License-Identifier: LGPL-3.0-or-later */
#include "fake_xhci.h"

#include <stdlib.h>
#include <string.h>

#include "fake_io.h"
#include "lib/memory.h"

enum {
	OPERATIONAL = 0x40,
	RUNTIME = 0x1000,
	DOORBELLS = 0x2000,
	LEGACY = 0x800,
	PROTOCOLS = 0x820,

	NO_SLOTS = 9, /* completion codes */
	SLOT_NOT_ENABLED = 11,
	WRONG_STATE = 19,
	MAX_TRANSFER = 1 << 20,
	MAX_TRBS = 4096,
};

struct trb {
	uint64_t parameter;
	uint32_t status, control;
};

struct ring {
	uint32_t next;
	uint32_t cycle;
};

struct endpoint {
	struct ring ring;
	unsigned state; /* 0: there is none */
	bool in;
	uint64_t setup;
	int got; /* of the data stage */
};

/* An event may tell the driver of another slot than the one that was enabled; what it does
 * with that is refused, and no fault of its own. */
struct slot {
	bool enabled;
	bool told; /* to the driver, and not given back */
	struct endpoint endpoints[32];
};

struct fake_xhci fake;

static struct {
	uint32_t config, dcbaap, crcr, erst, erstsz, erdp, portsc[FAKE_PORTS];
	struct ring commands, events;
	uint32_t event_start, event_count;
	struct slot slots[FAKE_SLOTS + 1];
} xhci;

static void must(bool condition)
{
	if (!condition)
		abort();
}

/* Memory of the machine; AddressSanitizer looks whether it was given out. */
static void *memory(uint64_t address, uint32_t length)
{
	must(address && address + length <= MACHINE_MEMORY);
	return phys_ptr(address);
}

static struct trb *trb_at(uint32_t address)
{
	must(address % 16 == 0);
	return memory(address, sizeof(struct trb));
}

/* The TRB that is next on a ring, links followed; NULL if it is not valid yet. */
static struct trb *next_trb(struct ring *ring)
{
	struct trb *trb = trb_at(ring->next);

	for (unsigned links = 0; (trb->control & 1) == ring->cycle; links++) {
		if ((trb->control >> 10 & 63) != 6)
			return trb;
		must(links < 2);
		ring->next = trb->parameter;
		ring->cycle ^= trb->control >> 1 & 1;
		trb = trb_at(ring->next);
	}
	return NULL;
}

/* Returns the slot that the event names. */
static unsigned post(uint64_t parameter, uint32_t status, uint32_t control)
{
	uint32_t event[4] = {parameter, parameter >> 32, status, control};

	if (!fake.running)
		return 0;
	if (fake.event)
		fake.event(event);
	event[3] = (event[3] & ~1u) | xhci.events.cycle;
	memcpy(memory(xhci.events.next, 16), event, sizeof(event));
	xhci.events.next += 16;
	if (xhci.events.next == xhci.event_start + xhci.event_count * 16) {
		xhci.events.next = xhci.event_start;
		xhci.events.cycle ^= 1;
	}
	return event[3] >> 24;
}

static void post_transfer(unsigned slot, unsigned index, uint32_t trb, unsigned code,
			  uint32_t residual)
{
	post(trb, code << 24 | residual, 32 << 10 | index << 16 | slot << 24);
}

/* --- transfers --------------------------------------------------------------- */

static void set_state(unsigned slot, unsigned index, unsigned state)
{
	uint64_t *contexts = memory(xhci.dcbaap, (FAKE_SLOTS + 1) * 8);
	unsigned size = fake.big_contexts ? 64 : 32;

	xhci.slots[slot].endpoints[index].state = state;
	*(uint32_t *)memory(contexts[slot] + index * size, 4) = state;
}

static void halt(unsigned slot, unsigned index, uint32_t trb)
{
	set_state(slot, index, 2);
	post_transfer(slot, index, trb, 6, 0);
}

/* Endpoint 0: setup, data, status. False if it must stop. */
static bool run_control(unsigned slot, struct endpoint *e, struct trb *trb)
{
	unsigned type = trb->control >> 10 & 63, length = e->setup >> 48;
	static uint8_t empty[8];

	switch (type) {
	case 2:
		must(trb->status == 8 && trb->control & 1 << 6);
		e->setup = trb->parameter;
		e->got = e->setup >> 48 ? 0 : fake.device.control(e->setup, empty, 0);
		break;
	case 3:
		must(trb->status == length && length);
		must(!(trb->control & 1 << 16) == !(e->setup & 0x80));
		e->got = fake.device.control(e->setup, memory(trb->parameter, length), length);
		break;
	case 4:
		must(trb->control & 1 << 5);
		post_transfer(slot, 1, ptr_phys(trb), 1, 0);
		return true;
	default:
		abort();
	}
	if ((e->setup & 0xffff) == 0x0102)
		fake.clears++;
	if (e->got == FAKE_SILENT)
		return false;
	if (e->got < 0)
		halt(slot, 1, ptr_phys(trb));
	return e->got >= 0;
}

/* The TRBs of a transfer as one buffer. Returns how many, and the last one. */
static unsigned gather(struct ring ring, uint32_t *length, struct trb **last)
{
	unsigned count = 0;
	struct trb *trb;

	*length = 0;
	while ((trb = next_trb(&ring)) && count++ < MAX_TRBS) {
		uint32_t piece = trb->status & 0x1ffff;

		must((trb->control >> 10 & 63) == 1);
		must((trb->parameter & 0xffff) + piece <= 0x10000);
		*length += piece;
		*last = trb;
		ring.next += 16;
		if (!(trb->control & 1 << 4))
			return count;
	}
	return 0;
}

static void copy(struct ring ring, unsigned count, uint8_t *buffer, uint32_t length, bool in)
{
	for (; count; count--) {
		struct trb *trb = next_trb(&ring);
		uint32_t piece = trb->status & 0x1ffff;

		if (piece > length)
			piece = length;
		if (piece && in)
			memcpy(memory(trb->parameter, piece), buffer, piece);
		else if (piece)
			memcpy(buffer, memory(trb->parameter, piece), piece);
		buffer += piece;
		length -= piece;
		ring.next += 16;
	}
}

static bool run_transfer(unsigned slot, struct endpoint *e, unsigned index)
{
	static uint8_t buffer[MAX_TRANSFER];
	struct trb *last = NULL;
	uint32_t length;
	unsigned count = gather(e->ring, &length, &last);
	int done;

	if (!count)
		return false;
	must(length <= MAX_TRANSFER);
	if (!e->in)
		copy(e->ring, count, buffer, length, false);
	done = e->in ? fake.device.in(0x80 | index / 2, buffer, length) :
		       fake.device.out(index / 2, buffer, length);
	if (done == FAKE_SILENT)
		return false;
	if (done == FAKE_STALL) {
		halt(slot, index, ptr_phys(last));
		return false;
	}
	must(done >= 0 && (uint32_t)done <= length);
	if (e->in)
		copy(e->ring, count, buffer, done, true);
	for (; count; count--) {
		next_trb(&e->ring);
		e->ring.next += 16;
	}
	if (last->control & 1 << 5)
		post_transfer(slot, index, ptr_phys(last), (uint32_t)done < length ? 13 : 1,
			      length - done);
	return true;
}

static void run_endpoint(unsigned slot, unsigned index)
{
	struct endpoint *e = &xhci.slots[slot].endpoints[index];
	struct trb *trb;

	fake.slot = slot;
	for (unsigned n = 0; n < MAX_TRBS && fake.running && e->state == 1; n++) {
		trb = next_trb(&e->ring);
		if (!trb)
			return;
		if (index == 1) {
			if (!run_control(slot, e, trb))
				return;
			e->ring.next += 16;
		} else if (!run_transfer(slot, e, index)) {
			return;
		}
	}
}

/* --- commands ---------------------------------------------------------------- */

static void set_ring(struct endpoint *e, uint32_t position)
{
	e->ring.next = position & ~15u;
	e->ring.cycle = position & 1;
}

/* 6.2.2: what an input context says of the slot. */
static void configure_slot(unsigned slot, const uint32_t *context, uint32_t added)
{
	unsigned last = context[0] >> 27, port = context[1] >> 16 & 0xff, tt = context[2] & 0xff;

	must(port && port <= FAKE_PORTS && context[0] >> 20 & 15);
	must(last && !(added >> last >> 1));
	must(!tt || (tt <= FAKE_SLOTS && xhci.slots[tt].told && tt != slot));
	memcpy(fake.contexts[slot], context, sizeof(fake.contexts[slot]));
}

static void configure(unsigned slot, uint64_t input)
{
	unsigned size = fake.big_contexts ? 64 : 32;
	uint32_t *control = memory(input, 33 * size);
	struct endpoint *endpoints = xhci.slots[slot].endpoints;

	if (control[1] & 1)
		configure_slot(slot, control + size / 4, control[1]);
	for (unsigned i = 1; i < 32; i++) {
		uint32_t *context = control + (i + 1) * size / 4;
		unsigned type = context[1] >> 3 & 7;

		if (!(control[1] & 1u << i))
			continue;
		must(!(control[0] & 1u << i) || endpoints[i].state != 1);
		must(type && type != 1 && type != 5 && context[1] >> 16);
		must(i == 1 || (type & 4) >> 2 == (i & 1));
		set_ring(&endpoints[i], context[2]);
		endpoints[i].in = i & 1;
		set_state(slot, i, 1);
	}
}

/* Slots are given from 3 on, so that nobody takes the first one for 1. */
static unsigned enable_slot(void)
{
	for (unsigned n = 0; n < FAKE_SLOTS; n++) {
		unsigned slot = (n + FAKE_FIRST_SLOT - 1) % FAKE_SLOTS + 1;

		if (!xhci.slots[slot].enabled) {
			memset(&xhci.slots[slot], 0, sizeof(xhci.slots[slot]));
			xhci.slots[slot].enabled = true;
			return slot;
		}
	}
	return 0;
}

/* A command for a slot that the driver knows. Returns its completion code. */
static unsigned slot_command(unsigned slot, const struct trb *trb)
{
	unsigned type = trb->control >> 10 & 63, index = trb->control >> 16 & 31;
	struct endpoint *e = &xhci.slots[slot].endpoints[index];
	bool enabled = xhci.slots[slot].enabled;

	must(xhci.slots[slot].told);
	if (type == 10)
		memset(&xhci.slots[slot], 0, sizeof(xhci.slots[slot]));
	if (!enabled)
		return SLOT_NOT_ENABLED;
	switch (type) {
	case 10:
		break;
	case 11:
	case 12:
	case 13:
		configure(slot, trb->parameter);
		break;
	case 14:
		if (e->state != 2)
			return WRONG_STATE;
		set_state(slot, index, 3);
		break;
	case 15:
		if (e->state != 1)
			return WRONG_STATE;
		set_state(slot, index, 3);
		break;
	case 16:
		if (e->state != 3)
			return WRONG_STATE;
		set_ring(e, trb->parameter);
		break;
	default:
		abort();
	}
	return fake.refuses ? SLOT_NOT_ENABLED : 1;
}

static void run_command(const struct trb *trb)
{
	bool enables = (trb->control >> 10 & 63) == 9;
	unsigned slot = enables ? enable_slot() : trb->control >> 24, code, told;

	must(enables || (slot && slot <= FAKE_SLOTS));
	code = !enables ? slot_command(slot, trb) : slot ? 1 : NO_SLOTS;
	told = post(ptr_phys(trb), code << 24,
		    33 << 10 | (fake.wrong_slot ? FAKE_SLOTS + 1 : slot) << 24);
	if (enables && told && told <= FAKE_SLOTS)
		xhci.slots[told].told = true;
}

static void run_commands(void)
{
	struct trb *trb;

	while (fake.running && !fake.ignores_commands && (trb = next_trb(&xhci.commands))) {
		run_command(trb);
		xhci.commands.next += 16;
	}
}

/* --- registers --------------------------------------------------------------- */

static uint32_t read_extended(uint32_t offset)
{
	switch (offset) {
	case LEGACY:
		return 1 | 8 << 8 | (fake.legacy_owned ? 1 << 16 : 0);
	case LEGACY + 4:
		return fake.legacy_control;
	case PROTOCOLS:
		return 2 | 4 << 8 | 2u << 24;
	case PROTOCOLS + 8:
		return 1 | 2 << 8;
	case PROTOCOLS + 16:
		return 2 | 3u << 24;
	case PROTOCOLS + 24:
		return 3 | 2 << 8;
	}
	return 0;
}

static uint32_t read_operational(uint32_t offset)
{
	switch (offset) {
	case 0x00:
		return fake.running;
	case 0x04:
		return (fake.running ? 0 : 1) | (fake.never_ready ? 1 << 11 : 0);
	case 0x08:
		return 1;
	}
	must(offset >= 0x400 && offset < 0x400 + 16 * FAKE_PORTS && offset % 16 == 0);
	return fake.unplugged ? 0 : xhci.portsc[(offset - 0x400) / 16];
}

uint32_t readl(uint32_t address)
{
	uint32_t offset = address - FAKE_XHCI_BASE;

	must(offset < FAKE_XHCI_SIZE);
	if (fake.dead)
		return UINT32_MAX;
	switch (offset) {
	case 0x00:
		return OPERATIONAL | 0x0110 << 16;
	case 0x04:
		return FAKE_SLOTS | 1 << 8 | FAKE_PORTS << 24;
	case 0x08:
		return (fake.scratchpads & 31) << 27 | fake.scratchpads >> 5 << 21;
	case 0x10:
		return (fake.big_contexts ? 4 : 0) | 7 << 12 | LEGACY / 4 << 16;
	case 0x14:
		return DOORBELLS;
	case 0x18:
		return RUNTIME;
	}
	if (offset >= LEGACY && offset < RUNTIME)
		return read_extended(offset);
	must(offset >= OPERATIONAL);
	return read_operational(offset - OPERATIONAL);
}

static void plug_in(void)
{
	unsigned port = fake.device.speed >= 4 ? 2 : 0;

	memset(xhci.portsc, 0, sizeof(xhci.portsc));
	if (fake.device.speed)
		xhci.portsc[port] = 1 | fake.device.speed << 10 | (port ? 2 : 0);
}

static void start_over(void)
{
	memset(&xhci, 0, sizeof(xhci));
	fake.resets++;
	plug_in();
}

static void write_operational(uint32_t offset, uint32_t value)
{
	switch (offset) {
	case 0x00:
		fake.running = value & 1;
		if (value & 2)
			start_over();
		return;
	case 0x18:
		xhci.commands = (struct ring){value & ~63u, value & 1};
		return;
	case 0x30:
		xhci.dcbaap = value;
		if (fake.scratchpads) {
			uint64_t *list = memory(*(uint64_t *)memory(value, 8), 8);

			for (unsigned i = 0; i < fake.scratchpads; i++)
				memset(memory(list[i], 4096), 0xff, 4096);
		}
		return;
	case 0x38:
		must(value && value <= FAKE_SLOTS);
		return;
	case 0x1c:
	case 0x34:
		must(!value);
		return;
	}
	must(offset >= 0x400 && offset < 0x400 + 16 * FAKE_PORTS && offset % 16 == 0);
	must(!(value & 2)); /* would switch the port off */
	if (value & 1 << 4)
		xhci.portsc[(offset - 0x400) / 16] |= 2;
}

static void write_runtime(uint32_t offset, uint32_t value)
{
	uint64_t *segment;

	switch (offset) {
	case 0x28:
		must(value == 1);
		return;
	case 0x30:
		segment = memory(value, 16);
		xhci.event_start = segment[0];
		xhci.event_count = segment[1];
		must(xhci.event_count >= 16 && xhci.event_count <= 4096);
		memset(memory(xhci.event_start, xhci.event_count * 16), 0, xhci.event_count * 16);
		xhci.events = (struct ring){xhci.event_start, 1};
		return;
	case 0x38:
		must(value >= xhci.event_start || !xhci.event_count);
		return;
	}
	must((offset == 0x34 || offset == 0x3c) && !value);
}

static void ring_doorbell(unsigned slot, uint32_t value)
{
	fake.doorbells++;
	must(fake.running);
	if (!slot) {
		run_commands();
		return;
	}
	must(slot <= FAKE_SLOTS && xhci.slots[slot].told);
	run_endpoint(slot, value & 31);
}

void writel(uint32_t address, uint32_t value)
{
	uint32_t offset = address - FAKE_XHCI_BASE;

	must(offset < FAKE_XHCI_SIZE);
	if (fake.dead)
		return;
	if (offset == LEGACY) {
		fake.legacy_owned = value & 1 << 16;
	} else if (offset == LEGACY + 4) {
		fake.legacy_control = value & 0x1fffffff;
	} else if (offset >= DOORBELLS) {
		ring_doorbell((offset - DOORBELLS) / 4, value);
	} else if (offset >= RUNTIME) {
		write_runtime(offset - RUNTIME, value);
	} else {
		write_operational(offset - OPERATIONAL, value);
	}
}

/* --- for the test ------------------------------------------------------------ */

void fake_xhci_reset(void)
{
	memset(&fake, 0, sizeof(fake));
	memset(&xhci, 0, sizeof(xhci));
	fake.legacy_owned = true;
	fake.legacy_control = 0xff;
}

void fake_xhci_wake(void)
{
	for (unsigned slot = 1; slot <= FAKE_SLOTS; slot++)
		for (unsigned i = 1; xhci.slots[slot].enabled && i < 32; i++)
			run_endpoint(slot, i);
}

unsigned fake_xhci_waiting(unsigned endpoint)
{
	unsigned index = (endpoint & 15) * 2 + (endpoint >> 7);
	struct endpoint *e = &xhci.slots[FAKE_FIRST_SLOT].endpoints[index];
	struct ring ring = e->ring;
	unsigned count = 0;

	while (e->state && count < MAX_TRBS && next_trb(&ring)) {
		ring.next += 16;
		count++;
	}
	return count;
}

static bool reaches(struct endpoint *e, uint32_t start, uint32_t end)
{
	struct ring ring = e->ring;
	struct trb *trb;

	for (unsigned n = 0; e->state == 1 && n < MAX_TRBS && (trb = next_trb(&ring)); n++) {
		if (trb->parameter >= start && trb->parameter < end)
			return true;
		ring.next += 16;
	}
	return false;
}

bool fake_xhci_reaches(uint32_t start, uint32_t end)
{
	for (unsigned slot = 1; fake.running && slot <= FAKE_SLOTS; slot++)
		for (unsigned i = 2; i < 32; i++)
			if (reaches(&xhci.slots[slot].endpoints[i], start, end))
				return true;
	return false;
}
