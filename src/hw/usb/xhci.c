/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * xHCI: a controller reads transfers from one ring for each endpoint and commands from
 * one of its own, and writes what has become of them to the event ring, which is looked
 * at in memory. Rings are arrays of TRBs of 16 bytes; a cycle bit that changes at each
 * turn says how far they are valid. To put something on a ring takes one access, the
 * doorbell; and every EVENTS_TOLD events the controller is told how far we have read.
 *
 * Interrupts stay off. A controller that does not keep to the rules is reset, so that it
 * writes to memory no more, and is not used again.
 *
 * Specification: xHCI 1.2; sections in comments are its.
 */
#include "hw/usb/xhci.h"

#include <stddef.h>
#include <string.h>

#include "hw/clock.h"
#include "hw/io.h"
#include "hw/quiet.h"
#include "lib/device.h"
#include "lib/error.h"
#include "lib/log.h"
#include "lib/memory.h"
#include "lib/util.h"

/* 5.3, from the start of the registers */
enum capability_register {
	CAPLENGTH = 0x00,
	HCSPARAMS1 = 0x04,
	HCSPARAMS2 = 0x08,
	HCCPARAMS1 = 0x10,
	DBOFF = 0x14,
	RTSOFF = 0x18,
	CAPABILITIES_SIZE = 0x20,

	HCCPARAMS1_CSZ = 1 << 2,            /* contexts of 64 bytes */
	HCCPARAMS1_MAX_STREAMS = 0xf << 12, /* 0: none */
	HCCPARAMS1_XECP_SHIFT = 16,
};

/* 5.4, from CAPLENGTH on */
enum operational_register {
	USBCMD = 0x00,
	USBSTS = 0x04,
	PAGESIZE = 0x08,
	CRCR = 0x18,
	DCBAAP = 0x30,
	CONFIG = 0x38,
	PORTSC = 0x400,
	PORT_SIZE = 0x10,

	USBCMD_RUN = 1 << 0,
	USBCMD_RESET = 1 << 1,
	USBSTS_HALTED = 1 << 0,
	USBSTS_HOST_ERROR = 1 << 2,
	USBSTS_NOT_READY = 1 << 11,
	USBSTS_CONTROLLER_ERROR = 1 << 12,

	PORTSC_CONNECTED = 1 << 0,
	PORTSC_ENABLED = 1 << 1, /* writing 1 disables the port */
	PORTSC_RESET = 1 << 4,
	PORTSC_POWER = 1 << 9,
	PORTSC_SPEED_SHIFT = 10,
	PORTSC_SPEED_MASK = 0xf,
	PORTSC_RESET_CHANGE = 1 << 21,
};

/* 5.5, from RTSOFF on: the registers of interrupter 0 */
enum runtime_register {
	ERSTSZ = 0x28,
	ERSTBA = 0x30,
	ERDP = 0x38,
	RUNTIME_SIZE = 0x40,

	ERDP_BUSY = 1 << 3,
};

/* 7: extended capabilities */
enum {
	XECP_LEGACY = 1,
	XECP_PROTOCOL = 2,
	XECP_NEXT_SHIFT = 8,
	XECP_SIZE = 16,
	XECP_MAX = 64, /* that we go through */

	LEGACY_BIOS_OWNED = 1 << 16,
	LEGACY_CONTROL = 4,            /* its second word */
	LEGACY_SMI_CHANGES = 7u << 29, /* cleared by writing 1 */
	PROTOCOL_PORTS = 8,
	PROTOCOL_SLOT_TYPE = 12,
};

/* 6.4.6 "TRB Types" */
enum trb_type {
	TRB_NORMAL = 1,
	TRB_SETUP = 2,
	TRB_DATA = 3,
	TRB_STATUS = 4,
	TRB_LINK = 6,
	TRB_ENABLE_SLOT = 9,
	TRB_DISABLE_SLOT = 10,
	TRB_ADDRESS_DEVICE = 11,
	TRB_CONFIGURE_ENDPOINT = 12,
	TRB_EVALUATE_CONTEXT = 13,
	TRB_RESET_ENDPOINT = 14,
	TRB_STOP_ENDPOINT = 15,
	TRB_SET_DEQUEUE = 16,
	TRB_TRANSFER_EVENT = 32,
	TRB_COMMAND_EVENT = 33,
	TRB_PORT_EVENT = 34,

	TRB_CYCLE = 1 << 0,
	TRB_TOGGLE = 1 << 1, /* of a link */
	TRB_CHAIN = 1 << 4,
	TRB_IOC = 1 << 5,
	TRB_IMMEDIATE = 1 << 6,
	TRB_TYPE_SHIFT = 10,
	TRB_TYPE_MASK = 0x3f,
	TRB_IN = 1 << 16, /* data and status stage */
	TRB_ENDPOINT_SHIFT = 16,
	TRB_ENDPOINT_MASK = 0x1f,
	TRB_SLOT_SHIFT = 24,
	SETUP_NO_DATA = 0,
	SETUP_OUT = 2u << 16,
	SETUP_IN = 3u << 16,
	SETUP_SIZE = 8,
	TD_SIZE_SHIFT = 17, /* packets that follow the TRB */
	TD_SIZE_MAX = 31,
	EVENT_CODE_SHIFT = 24,
	EVENT_LENGTH_MASK = 0xffffff,
	TRB_BOUNDARY = 64 << 10, /* which no TRB's data may cross */
};

/* 6.4.5 "TRB Completion Codes" */
enum xhci_code {
	CODE_SUCCESS = 1,
	CODE_SHORT_PACKET = 13,
	CODE_STOPPED = 26,
	CODE_STOPPED_SHORT = 28,
};

/* 6.2 "Contexts" */
enum {
	SLOT_SPEED_SHIFT = 20,
	SLOT_HUB = 1 << 26,
	SLOT_ENTRIES_SHIFT = 27,
	SLOT_PORT_SHIFT = 16,
	SLOT_HUB_PORTS_SHIFT = 24,
	SLOT_TT_PORT_SHIFT = 8,
	SLOT_THINK_TIME_SHIFT = 16,
	SLOT_WORDS = 3,

	ENDPOINT_STATE_MASK = 7,
	ENDPOINT_RUNNING = 1,
	ENDPOINT_HALTED = 2,
	ENDPOINT_STREAMS_SHIFT = 10, /* 2^(n + 1) of them */
	ENDPOINT_LINEAR = 1 << 15,
	ENDPOINT_INTERVAL_SHIFT = 16,
	ENDPOINT_ERRORS = 3 << 1,
	ENDPOINT_TYPE_SHIFT = 3,
	ENDPOINT_BURST_SHIFT = 8,
	ENDPOINT_PACKET_SHIFT = 16,
	ENDPOINT_ESIT_SHIFT = 16,
	ENDPOINT_AVERAGE = 1024,
	CONTROL_AVERAGE = 8,

	STREAMS = 4, /* 0 is none */
	STREAM_SIZE = 16,
	STREAM_PRIMARY = 1 << 1, /* its dequeue pointer is that of a ring */
	STREAM_SHIFT = 16,       /* in doorbells */
};

enum {
	MAX_SLOTS = 32,
	MAX_PORTS = 64,
	MAX_SCRATCHPADS = 64,
	COMMANDS = 16, /* TRBs of the rings */
	TRANSFERS = 32,
	CONTROLS = 16,
	EVENTS = 64,
	EVENTS_TOLD = 16,

	START_MS = 1000,
	COMMAND_MS = 5000,
	PRESENT_MS = 1000, /* between two looks whether a silent device is still there */
	RING_ALIGN = 64,
	MAX_CONTEXT = 64,
};

struct xhci_trb {
	uint64_t parameter;
	uint32_t status;
	uint32_t control;
};

struct event_segment {
	uint64_t address;
	uint32_t size, reserved;
};

struct xhci {
	const struct device *device;
	struct quiet quiet;
	uint32_t operational, runtime, doorbells; /* addresses */
	unsigned slot_count, port_count;
	struct xhci_port ports[MAX_PORTS];
	unsigned context_size;
	bool dead, stopped, ports_changed, has_streams;
	uint64_t *contexts; /* of the slots, by number: what the controller is given */
	uint32_t *input;    /* context, for commands */

	struct xhci_ring commands;
	uint32_t command; /* the TRB that is waited for, or 0 */
	uint8_t command_code, command_slot;

	volatile struct xhci_trb *events;
	unsigned event, events_read;
	uint32_t event_cycle;
	struct xhci_slot *slots[MAX_SLOTS + 1];
};

/* --- registers --------------------------------------------------------------- */

static uint32_t read_status(struct xhci *xhci)
{
	return readl(xhci->operational + USBSTS);
}

/* Polls until `bits` of an operational register are `value`. */
static bool wait_register(struct xhci *xhci, unsigned reg, uint32_t bits, uint32_t value)
{
	struct deadline deadline = deadline_in_ms(START_MS);

	while ((readl(xhci->operational + reg) & bits) != value)
		if (deadline_passed(&deadline))
			return false;
	return true;
}

static void write_address(uint32_t reg, uint32_t address)
{
	writel(reg, address);
	writel(reg + 4, 0);
}

/* Stops a controller for good. */
static int give_up(struct xhci *xhci, const char *why)
{
	if (!xhci->dead) {
		say("%s: %s; not used any more\n", xhci->device->name, why);
		writel(xhci->operational + USBCMD, 0);
		wait_register(xhci, USBSTS, USBSTS_HALTED, USBSTS_HALTED);
		writel(xhci->operational + USBCMD, USBCMD_RESET);
	}
	xhci->dead = true;
	return ERR_IO;
}

/* --- rings ------------------------------------------------------------------- */

static bool ring_init(struct xhci_ring *ring, unsigned count)
{
	uint32_t size = count * sizeof(*ring->trbs);

	memset(ring, 0, sizeof(*ring));
	ring->trbs = memory_alloc(size, size);
	if (!ring->trbs)
		return false;
	ring->count = count;
	ring->cycle = TRB_CYCLE;
	ring->trbs[count - 1].parameter = ptr_phys(ring->trbs);
	return true;
}

/* Hands what was put on a ring to the controller, all at once. */
static void ring_commit(struct xhci_ring *ring)
{
	if (!ring->open)
		return;
	ring->open = false;
	memory_barrier();
	*(volatile uint32_t *)&ring->trbs[ring->first].control ^= TRB_CYCLE;
	memory_barrier();
}

/* Puts a TRB on a ring; the first one since the last commit is not valid before the next.
 * Returns its address. */
static uint32_t ring_put(struct xhci_ring *ring, uint64_t parameter, uint32_t status,
			 uint32_t control)
{
	struct xhci_trb *trb = &ring->trbs[ring->next], *link;

	trb->parameter = parameter;
	trb->status = status;
	compiler_barrier();
	if (ring->open) {
		trb->control = control | ring->cycle;
	} else {
		trb->control = control | (ring->cycle ^ TRB_CYCLE);
		ring->open = true;
		ring->first = ring->next;
	}
	if (++ring->next == ring->count - 1) {
		link = &ring->trbs[ring->next];
		link->control = TRB_LINK << TRB_TYPE_SHIFT | TRB_TOGGLE | (control & TRB_CHAIN) |
				ring->cycle;
		ring->next = 0;
		ring->cycle ^= TRB_CYCLE;
	}
	return ptr_phys(trb);
}

/* Where the next TRB goes, with the cycle bit, as contexts and commands have it. */
static uint32_t ring_position(const struct xhci_ring *ring)
{
	return ptr_phys(&ring->trbs[ring->next]) | ring->cycle;
}

static bool ring_contains(const struct xhci_ring *ring, uint64_t address)
{
	uint32_t start = ptr_phys(ring->trbs);

	return address >= start && address < start + ring->count * sizeof(struct xhci_trb) &&
	       address % sizeof(struct xhci_trb) == 0;
}

/* --- events ------------------------------------------------------------------ */

static void fail_pipe(struct xhci_pipe *pipe, uint8_t code)
{
	pipe->code = code;
	pipe->awaited = 0;
}

static void transfer_event(struct xhci *xhci, uint64_t address, uint32_t status, uint32_t control)
{
	unsigned slot = control >> TRB_SLOT_SHIFT;
	unsigned index = control >> TRB_ENDPOINT_SHIFT & TRB_ENDPOINT_MASK;
	uint8_t code = status >> EVENT_CODE_SHIFT;
	struct xhci_pipe *pipe;

	pipe = slot <= MAX_SLOTS && xhci->slots[slot] ? xhci->slots[slot]->pipes[index] : NULL;
	if (!pipe || (code >= CODE_STOPPED && code <= CODE_STOPPED_SHORT))
		return;
	if (code != CODE_SUCCESS && code != CODE_SHORT_PACKET) {
		fail_pipe(pipe, code);
		if (pipe->partner)
			fail_pipe(pipe->partner, code);
		return;
	}
	if (!ring_contains(&pipe->ring, address))
		return;
	if (pipe->ended) {
		const struct xhci_trb *trb = phys_ptr(address);

		pipe->ended(pipe, trb->parameter, status & EVENT_LENGTH_MASK);
	} else if (address == pipe->awaited) {
		pipe->code = code;
		pipe->residual = status & EVENT_LENGTH_MASK;
		pipe->awaited = 0;
	}
}

static void take_event(struct xhci *xhci, const volatile struct xhci_trb *event)
{
	uint64_t parameter = event->parameter;
	uint32_t status = event->status, control = event->control;

	switch (control >> TRB_TYPE_SHIFT & TRB_TYPE_MASK) {
	case TRB_TRANSFER_EVENT:
		transfer_event(xhci, parameter, status, control);
		break;
	case TRB_COMMAND_EVENT:
		if (parameter != xhci->command)
			break;
		xhci->command = 0;
		xhci->command_code = status >> EVENT_CODE_SHIFT;
		xhci->command_slot = control >> TRB_SLOT_SHIFT;
		break;
	case TRB_PORT_EVENT:
		xhci->ports_changed = true;
		break;
	}
}

void xhci_poll(struct xhci *xhci)
{
	/* As many at most as there are: a controller may write them for ever. */
	for (unsigned i = 0; i < EVENTS && !xhci->dead; i++) {
		volatile struct xhci_trb *event = &xhci->events[xhci->event];

		if ((event->control & TRB_CYCLE) != xhci->event_cycle)
			break;
		compiler_barrier();
		take_event(xhci, event);
		if (++xhci->event == EVENTS) {
			xhci->event = 0;
			xhci->event_cycle ^= TRB_CYCLE;
		}
		if (++xhci->events_read % EVENTS_TOLD == 0)
			writel(xhci->runtime + ERDP,
			       ptr_phys(&xhci->events[xhci->event]) | ERDP_BUSY);
	}
}

/* --- running and standing still ------------------------------------------------ */

/* An operating system is about to take over: nothing is written to memory any more. What
 * lies on the rings stays there, and the next doorbell goes on with it. */
static void xhci_quiet(struct quiet *quiet)
{
	struct xhci *xhci = container_of(quiet, struct xhci, quiet);

	if (xhci->dead || xhci->stopped)
		return;
	writel(xhci->operational + USBCMD, 0);
	wait_register(xhci, USBSTS, USBSTS_HALTED, USBSTS_HALTED);
	xhci->stopped = true;
}

static void ring_doorbell(struct xhci *xhci, unsigned slot, uint32_t target)
{
	if (xhci->dead)
		return;
	if (xhci->stopped) {
		xhci->stopped = false;
		writel(xhci->operational + USBCMD, USBCMD_RUN);
	}
	writel(xhci->doorbells + slot * 4, target);
}

/* --- commands ---------------------------------------------------------------- */

/* Runs a command. Returns 0; ERR_IO if the controller refuses it, or does not answer and
 * had to be given up. */
static int run_command(struct xhci *xhci, uint64_t parameter, uint32_t status, uint32_t control)
{
	struct deadline deadline = deadline_in_ms(COMMAND_MS);

	if (xhci->dead)
		return ERR_IO;
	xhci->command = ring_put(&xhci->commands, parameter, status, control);
	ring_commit(&xhci->commands);
	ring_doorbell(xhci, 0, 0);
	for (;;) {
		xhci_poll(xhci);
		if (!xhci->command)
			break;
		if (deadline_passed(&deadline))
			return give_up(xhci, "a command was not answered");
	}
	if (xhci->command_code == CODE_SUCCESS)
		return 0;
	log_line(LOG_ERROR, "%s: command %u failed, code %u", xhci->device->name,
		 control >> TRB_TYPE_SHIFT & TRB_TYPE_MASK, xhci->command_code);
	return ERR_IO;
}

static int slot_command(struct xhci_slot *slot, enum trb_type type, uint64_t parameter)
{
	return run_command(slot->xhci, parameter, 0,
			   type << TRB_TYPE_SHIFT | (uint32_t)slot->number << TRB_SLOT_SHIFT);
}

/* --- contexts ---------------------------------------------------------------- */

/* The words of a context: 0 is that of the slot, the others are the endpoints'. */
static uint32_t *context_of(const struct xhci *xhci, uint32_t *contexts, unsigned index)
{
	return contexts + index * xhci->context_size / 4;
}

/* An empty input context that adds the contexts of these flags, the slot's filled in. */
static void begin_input(struct xhci_slot *slot, uint32_t flags)
{
	struct xhci *xhci = slot->xhci;

	memset(xhci->input, 0, (XHCI_PIPES + 1) * xhci->context_size);
	xhci->input[1] = flags;
	memcpy(context_of(xhci, xhci->input, 1), slot->device, sizeof(slot->device));
}

static uint32_t *input_endpoint(struct xhci *xhci, unsigned index)
{
	return context_of(xhci, xhci->input, 1 + index);
}

/* Fills in endpoint 0's. */
static void input_control(struct xhci_slot *slot, uint16_t max_packet)
{
	uint32_t *endpoint = input_endpoint(slot->xhci, XHCI_CONTROL_PIPE);

	endpoint[1] = ENDPOINT_ERRORS | XHCI_CONTROL << ENDPOINT_TYPE_SHIFT |
		      max_packet << ENDPOINT_PACKET_SHIFT;
	endpoint[2] = ring_position(&slot->pipes[XHCI_CONTROL_PIPE]->ring);
	endpoint[4] = CONTROL_AVERAGE;
}

static int input_command(struct xhci_slot *slot, enum trb_type type)
{
	return slot_command(slot, type, ptr_phys(slot->xhci->input));
}

/* --- slots ------------------------------------------------------------------- */

static struct xhci_pipe *make_pipe(struct xhci_slot *slot, unsigned index, unsigned trbs)
{
	struct xhci_pipe *pipe = memory_alloc(sizeof(*pipe), 8);

	if (!pipe || !ring_init(&pipe->ring, trbs))
		return NULL;
	pipe->slot = slot;
	pipe->index = index;
	return pipe;
}

static int enable_slot(struct xhci *xhci, struct xhci_slot *slot, uint8_t slot_type)
{
	int error = run_command(xhci, 0, 0,
				TRB_ENABLE_SLOT << TRB_TYPE_SHIFT | (uint32_t)slot_type << 16);

	if (error)
		return error;
	if (!xhci->command_slot || xhci->command_slot > xhci->slot_count ||
	    xhci->slots[xhci->command_slot])
		return give_up(xhci, "it gave a slot that is none");
	slot->xhci = xhci;
	slot->number = xhci->command_slot;
	return 0;
}

int xhci_slot_init(struct xhci *xhci, struct xhci_slot *slot, uint8_t slot_type,
		   const struct xhci_slot *tt, uint8_t tt_port, uint16_t max_packet)
{
	int error;

	slot->context = memory_alloc(XHCI_PIPES * xhci->context_size, RING_ALIGN);
	slot->pipes[XHCI_CONTROL_PIPE] = make_pipe(slot, XHCI_CONTROL_PIPE, CONTROLS);
	if (!slot->context || !slot->pipes[XHCI_CONTROL_PIPE])
		return ERR_NOMEM;
	error = enable_slot(xhci, slot, slot_type);
	if (error)
		return error;
	xhci->slots[slot->number] = slot;
	xhci->contexts[slot->number] = ptr_phys(slot->context);
	slot->device[0] = slot->route | slot->speed << SLOT_SPEED_SHIFT | 1u << SLOT_ENTRIES_SHIFT;
	slot->device[1] = slot->root_port << SLOT_PORT_SHIFT;
	if (tt)
		slot->device[2] = tt->number | tt_port << SLOT_TT_PORT_SHIFT;
	begin_input(slot, 1 << 0 | 1 << XHCI_CONTROL_PIPE);
	input_control(slot, max_packet);
	error = input_command(slot, TRB_ADDRESS_DEVICE);
	if (error)
		xhci_slot_free(slot);
	return error;
}

void xhci_slot_free(struct xhci_slot *slot)
{
	slot_command(slot, TRB_DISABLE_SLOT, 0);
	slot->xhci->slots[slot->number] = NULL;
	slot->xhci->contexts[slot->number] = 0;
}

int xhci_slot_set_packet(struct xhci_slot *slot, uint16_t max_packet)
{
	begin_input(slot, 1 << XHCI_CONTROL_PIPE);
	input_control(slot, max_packet);
	return input_command(slot, TRB_EVALUATE_CONTEXT);
}

int xhci_slot_set_hub(struct xhci_slot *slot, uint8_t ports, uint8_t think_time)
{
	slot->device[0] |= SLOT_HUB;
	slot->device[1] |= (uint32_t)ports << SLOT_HUB_PORTS_SHIFT;
	slot->device[2] |= think_time << SLOT_THINK_TIME_SHIFT;
	begin_input(slot, 1 << 0);
	return input_command(slot, TRB_CONFIGURE_ENDPOINT);
}

bool xhci_has_streams(const struct xhci *xhci)
{
	return xhci->has_streams;
}

/* Linear stream contexts, of which the first real one has the pipe's ring. */
static bool use_streams(struct xhci_pipe *pipe)
{
	pipe->streams = memory_alloc(STREAMS * STREAM_SIZE, RING_ALIGN);
	if (!pipe->streams)
		return false;
	pipe->stream = 1;
	pipe->context[0] |= 1 << ENDPOINT_STREAMS_SHIFT | ENDPOINT_LINEAR;
	return true;
}

/* Adds an endpoint to what the controller knows of the device, anew if `drop`. */
static int configure(struct xhci_pipe *pipe, bool drop)
{
	struct xhci_slot *slot = pipe->slot;
	uint32_t position = ring_position(&pipe->ring);

	pipe->context[2] = position;
	if (pipe->stream) {
		pipe->streams[pipe->stream * STREAM_SIZE / sizeof(*pipe->streams)] =
			position | STREAM_PRIMARY;
		pipe->context[2] = ptr_phys(pipe->streams);
	}
	begin_input(slot, 1 << 0 | 1u << pipe->index);
	slot->xhci->input[0] = drop ? 1u << pipe->index : 0;
	memcpy(input_endpoint(slot->xhci, pipe->index), pipe->context, sizeof(pipe->context));
	return input_command(slot, TRB_CONFIGURE_ENDPOINT);
}

struct xhci_pipe *xhci_pipe_open(struct xhci_slot *slot, const struct xhci_endpoint *e)
{
	bool in = e->type >= XHCI_CONTROL, bulk = e->type % 4 == XHCI_BULK_OUT;
	unsigned index = 2 * e->number + in, last = slot->device[0] >> SLOT_ENTRIES_SHIFT;
	struct xhci_pipe *pipe = slot->pipes[index] ? NULL : make_pipe(slot, index, TRANSFERS);

	if (!pipe)
		return NULL;
	if (index > last)
		slot->device[0] += (index - last) << SLOT_ENTRIES_SHIFT;
	pipe->context[0] = e->interval << ENDPOINT_INTERVAL_SHIFT;
	pipe->context[1] = ENDPOINT_ERRORS | e->type << ENDPOINT_TYPE_SHIFT |
			   e->burst << ENDPOINT_BURST_SHIFT |
			   (uint32_t)e->max_packet << ENDPOINT_PACKET_SHIFT;
	pipe->context[4] = bulk ? ENDPOINT_AVERAGE :
				  e->max_packet | (uint32_t)e->max_packet << ENDPOINT_ESIT_SHIFT;
	if ((e->streams && !use_streams(pipe)) || configure(pipe, false))
		return NULL;
	slot->pipes[index] = pipe;
	return pipe;
}

/* --- transfers --------------------------------------------------------------- */

unsigned xhci_pipe_max_packet(const struct xhci_pipe *pipe)
{
	return pipe->context[1] >> ENDPOINT_PACKET_SHIFT;
}

/* How many packets the rest of a transfer is: 4.11.2.4. */
static uint32_t packets(uint32_t bytes, uint32_t max_packet)
{
	uint32_t count = (bytes + max_packet - 1) / max_packet;

	return min_u32(count, TD_SIZE_MAX) << TD_SIZE_SHIFT;
}

void xhci_pipe_data(struct xhci_pipe *pipe, uint64_t address, uint32_t length, bool last)
{
	uint32_t max_packet = xhci_pipe_max_packet(pipe), trb;

	do {
		uint32_t room = TRB_BOUNDARY - ((uint32_t)address & (TRB_BOUNDARY - 1));
		uint32_t piece = min_u32(length, room);

		length -= piece;
		trb = ring_put(&pipe->ring, address, piece | packets(length, max_packet),
			       TRB_NORMAL << TRB_TYPE_SHIFT | (length ? TRB_CHAIN :
							       last   ? TRB_IOC :
									0));
		address += piece;
	} while (length);
	if (last)
		pipe->awaited = trb;
}

void xhci_pipe_control(struct xhci_pipe *pipe, uint64_t setup, uint32_t address, uint16_t length)
{
	bool in = setup & 0x80; /* USB 2.0, 9.3: the first byte's direction bit */

	ring_put(&pipe->ring, setup, SETUP_SIZE,
		 TRB_SETUP << TRB_TYPE_SHIFT | TRB_IMMEDIATE |
			 (!length ? SETUP_NO_DATA :
			  in      ? SETUP_IN :
				    SETUP_OUT));
	if (length)
		ring_put(&pipe->ring, address, length,
			 TRB_DATA << TRB_TYPE_SHIFT | (in ? TRB_IN : 0));
	pipe->awaited =
		ring_put(&pipe->ring, 0, 0,
			 TRB_STATUS << TRB_TYPE_SHIFT | TRB_IOC | (in && length ? 0 : TRB_IN));
}

void xhci_pipe_ring(struct xhci_pipe *pipe)
{
	pipe->code = CODE_SUCCESS;
	ring_commit(&pipe->ring);
	ring_doorbell(pipe->slot->xhci, pipe->slot->number,
		      pipe->index | pipe->stream << STREAM_SHIFT);
}

/* Whether a device that is waited for is still there, and so is its controller. */
static int look_for(struct xhci_slot *slot)
{
	struct xhci *xhci = slot->xhci;

	xhci->ports_changed = false;
	if (read_status(xhci) & (USBSTS_HOST_ERROR | USBSTS_CONTROLLER_ERROR | USBSTS_HALTED))
		return give_up(xhci, "it has stopped by itself");
	slot->gone = slot->present && !slot->present(slot);
	return slot->gone ? ERR_NOENT : 0;
}

int xhci_pipe_wait(struct xhci_pipe *pipe, uint32_t timeout_ms)
{
	struct deadline end = deadline_in_ms(timeout_ms), look = deadline_in_ms(PRESENT_MS);
	struct xhci *xhci = pipe->slot->xhci;

	for (;;) {
		int error;

		xhci_poll(xhci);
		if (xhci->dead)
			return ERR_IO;
		if (pipe->slot->gone)
			return ERR_NOENT;
		if (!pipe->awaited)
			return pipe->code == CODE_SUCCESS || pipe->code == CODE_SHORT_PACKET ?
				       0 :
				       ERR_IO;
		if (deadline_passed(&end))
			return ERR_TIMEOUT;
		if (!xhci->ports_changed && !deadline_passed(&look))
			continue;
		error = look_for(pipe->slot);
		if (error)
			return error;
		look = deadline_in_ms(PRESENT_MS);
	}
}

bool xhci_pipe_failed(const struct xhci_pipe *pipe)
{
	return pipe->code != CODE_SUCCESS && !pipe->slot->xhci->dead;
}

bool xhci_is_quiet(const struct xhci_pipe *pipe)
{
	return pipe->slot->xhci->stopped;
}

static unsigned state_of(const struct xhci_pipe *pipe)
{
	const volatile uint32_t *endpoint =
		context_of(pipe->slot->xhci, pipe->slot->context, pipe->index);

	return *endpoint & ENDPOINT_STATE_MASK;
}

static int pipe_command(struct xhci_pipe *pipe, enum trb_type type, uint32_t parameter)
{
	return run_command(pipe->slot->xhci, parameter, 0,
			   type << TRB_TYPE_SHIFT | pipe->index << TRB_ENDPOINT_SHIFT |
				   (uint32_t)pipe->slot->number << TRB_SLOT_SHIFT);
}

/* 4.6.8 to 4.6.10. An endpoint may halt while it is being stopped. */
int xhci_pipe_clear(struct xhci_pipe *pipe)
{
	int error;

	ring_commit(&pipe->ring);
	pipe->awaited = 0;
	pipe->code = CODE_SUCCESS;
	if (state_of(pipe) == ENDPOINT_RUNNING)
		pipe_command(pipe, TRB_STOP_ENDPOINT, 0);
	if (pipe->index != XHCI_CONTROL_PIPE) {
		error = configure(pipe, true);
	} else {
		if (state_of(pipe) == ENDPOINT_HALTED)
			pipe_command(pipe, TRB_RESET_ENDPOINT, 0);
		error = pipe_command(pipe, TRB_SET_DEQUEUE, ring_position(&pipe->ring));
	}
	return error ? give_up(pipe->slot->xhci, "an endpoint cannot be stopped") : 0;
}

/* --- ports ------------------------------------------------------------------- */

static uint32_t port_register(const struct xhci *xhci, const struct xhci_port *port)
{
	return xhci->operational + PORTSC + (port->number - 1) * PORT_SIZE;
}

const struct device *xhci_device(const struct xhci *xhci)
{
	return xhci->device;
}

const struct xhci_port *xhci_ports(const struct xhci *xhci, unsigned *count)
{
	*count = xhci->port_count;
	return xhci->ports;
}

bool xhci_port_connected(struct xhci *xhci, const struct xhci_port *port)
{
	return !xhci->dead && readl(port_register(xhci, port)) & PORTSC_CONNECTED;
}

void xhci_port_reset(struct xhci *xhci, const struct xhci_port *port)
{
	if (!(readl(port_register(xhci, port)) & PORTSC_ENABLED))
		writel(port_register(xhci, port), PORTSC_POWER | PORTSC_RESET);
}

int xhci_port_ready(struct xhci *xhci, const struct xhci_port *port)
{
	uint32_t status = readl(port_register(xhci, port));
	uint32_t speed = status >> PORTSC_SPEED_SHIFT & PORTSC_SPEED_MASK;

	if (!(status & PORTSC_CONNECTED))
		return ERR_NOENT;
	if (status & PORTSC_RESET || !(status & PORTSC_ENABLED))
		return ERR_TIMEOUT;
	if (!speed)
		return ERR_INVAL;
	return min_u32(speed, USB_SPEED_SUPER);
}

/* --- bringing it up ---------------------------------------------------------- */

/* A port's place among those of its protocol decides the order. */
static void add_port(struct xhci *xhci, const struct xhci_port *port)
{
	unsigned i = xhci->port_count;

	if (i == MAX_PORTS)
		return;
	for (; i && xhci->ports[i - 1].place > port->place; i--)
		xhci->ports[i] = xhci->ports[i - 1];
	xhci->ports[i] = *port;
	xhci->port_count++;
}

/* 7.2 "Supported Protocol Capability" */
static void add_ports(struct xhci *xhci, uint32_t capability, uint8_t major, unsigned max)
{
	uint32_t ports = readl(capability + PROTOCOL_PORTS);
	uint8_t slot_type = readl(capability + PROTOCOL_SLOT_TYPE) & 0x1f;
	unsigned first = ports & 0xff, count = ports >> 8 & 0xff;

	for (unsigned i = 0; first && i < count && first + i <= max; i++)
		add_port(xhci, &(struct xhci_port){first + i, i + 1, major, slot_type});
}

/* We own the controller without asking, since nobody was here before us; no SMI is to
 * disturb, and an operating system gets it without a wait: 7.1. */
static void own(uint32_t capability)
{
	writel(capability, readl(capability) & ~LEGACY_BIOS_OWNED);
	writel(capability + LEGACY_CONTROL, LEGACY_SMI_CHANGES);
}

static void read_extended(struct xhci *xhci, uint32_t base, uint32_t size, uint32_t offset,
			  unsigned ports)
{
	uint32_t next;

	for (unsigned i = 0; i < XECP_MAX; i++, offset += next) {
		uint32_t header;

		if (!offset || offset > size - XECP_SIZE)
			return;
		header = readl(base + offset);
		if ((uint8_t)header == XECP_LEGACY)
			own(base + offset);
		if ((uint8_t)header == XECP_PROTOCOL)
			add_ports(xhci, base + offset, header >> 24, ports);
		next = (header >> XECP_NEXT_SHIFT & 0xff) * 4;
		if (!next)
			return;
	}
}

/* 4.20: memory for the controller's own use. */
static int add_scratchpads(struct xhci *xhci, uint32_t hcsparams2)
{
	unsigned count = (hcsparams2 >> 21 & 0x1f) << 5 | hcsparams2 >> 27;
	uint32_t page = readl(xhci->operational + PAGESIZE);
	uint64_t *list;

	if (!count)
		return 0;
	page = (page & -page) << 12;
	if (count > MAX_SCRATCHPADS || !page || page > 64 * KIB)
		return ERR_NOMEM;
	list = memory_alloc(count * sizeof(*list), RING_ALIGN);
	if (!list)
		return ERR_NOMEM;
	for (unsigned i = 0; i < count; i++) {
		void *pad = memory_alloc(page, page);

		if (!pad)
			return ERR_NOMEM;
		list[i] = ptr_phys(pad);
	}
	xhci->contexts[0] = ptr_phys(list);
	return 0;
}

static int allocate(struct xhci *xhci, uint32_t hcsparams2)
{
	uint32_t events = EVENTS * sizeof(*xhci->events);

	xhci->contexts = memory_alloc((xhci->slot_count + 1) * sizeof(uint64_t), RING_ALIGN);
	xhci->input = memory_alloc((XHCI_PIPES + 1) * xhci->context_size, PAGE_SIZE);
	xhci->events = memory_alloc(events, events);
	if (!xhci->contexts || !xhci->input || !xhci->events ||
	    !ring_init(&xhci->commands, COMMANDS))
		return ERR_NOMEM;
	xhci->event_cycle = TRB_CYCLE;
	return add_scratchpads(xhci, hcsparams2);
}

static bool reset(struct xhci *xhci)
{
	writel(xhci->operational + USBCMD, 0);
	if (!wait_register(xhci, USBSTS, USBSTS_HALTED, USBSTS_HALTED))
		return false;
	writel(xhci->operational + USBCMD, USBCMD_RESET);
	return wait_register(xhci, USBCMD, USBCMD_RESET, 0) &&
	       wait_register(xhci, USBSTS, USBSTS_NOT_READY, 0);
}

/* 4.2 "Host Controller Initialization" */
static int run(struct xhci *xhci)
{
	struct event_segment *segment = memory_alloc(sizeof(*segment), RING_ALIGN);

	if (!segment)
		return ERR_NOMEM;
	*segment = (struct event_segment){.address = ptr_phys(xhci->events), .size = EVENTS};
	writel(xhci->operational + CONFIG, xhci->slot_count);
	write_address(xhci->operational + DCBAAP, ptr_phys(xhci->contexts));
	write_address(xhci->operational + CRCR, ring_position(&xhci->commands));
	writel(xhci->runtime + ERSTSZ, 1);
	write_address(xhci->runtime + ERDP, ptr_phys(xhci->events));
	write_address(xhci->runtime + ERSTBA, ptr_phys(segment));
	writel(xhci->operational + USBCMD, USBCMD_RUN);
	return wait_register(xhci, USBSTS, USBSTS_HALTED, 0) ? 0 : ERR_TIMEOUT;
}

/* Finds the registers' parts, which must all lie within them. */
static bool find_parts(struct xhci *xhci, uint32_t base, uint32_t size, unsigned ports)
{
	uint32_t operational = readl(base + CAPLENGTH) & 0xff;
	uint32_t runtime = readl(base + RTSOFF) & ~0x1fu, doorbells = readl(base + DBOFF) & ~3u;

	if (operational < CAPABILITIES_SIZE || operational + PORTSC + ports * PORT_SIZE > size ||
	    runtime > size - RUNTIME_SIZE || doorbells > size - (MAX_SLOTS + 1) * 4)
		return false;
	xhci->operational = base + operational;
	xhci->runtime = base + runtime;
	xhci->doorbells = base + doorbells;
	return true;
}

static int start(struct xhci *xhci, uint32_t base, uint32_t size)
{
	uint32_t parameters = readl(base + HCSPARAMS1), more = readl(base + HCCPARAMS1);
	unsigned ports = parameters >> 24;
	int error;

	xhci->slot_count = min_u32(parameters & 0xff, MAX_SLOTS);
	xhci->context_size = more & HCCPARAMS1_CSZ ? MAX_CONTEXT : 32;
	xhci->has_streams = more & HCCPARAMS1_MAX_STREAMS;
	if (size < PAGE_SIZE || !xhci->slot_count || !find_parts(xhci, base, size, ports))
		return ERR_INVAL;
	read_extended(xhci, base, size, (more >> HCCPARAMS1_XECP_SHIFT) * 4, ports);
	if (!reset(xhci))
		return ERR_TIMEOUT;
	error = allocate(xhci, readl(base + HCSPARAMS2));
	return error ? error : run(xhci);
}

struct xhci *xhci_start(const struct device *device, uint32_t registers, uint32_t size)
{
	struct xhci *xhci = memory_alloc(sizeof(*xhci), 8);
	int error = ERR_NOMEM;

	if (xhci) {
		xhci->device = device;
		error = start(xhci, registers, size);
	}
	if (error) {
		say("%s: cannot be used, error %d\n", device->name, error);
		return NULL;
	}
	xhci->quiet.quiet = xhci_quiet;
	quiet_add(&xhci->quiet);
	log_line(LOG_INFO, "%s: %u ports, %u slots", device->name, xhci->port_count,
		 xhci->slot_count);
	return xhci;
}
