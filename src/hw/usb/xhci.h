/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * xHCI host controllers: ports, device slots, and pipes, which are the rings of one
 * endpoint each. What is said over a pipe is the affair of usb.c and the class drivers.
 */
#ifndef PETREL_HW_USB_XHCI_H
#define PETREL_HW_USB_XHCI_H

#include <stdbool.h>
#include <stdint.h>

struct device;
struct xhci;
struct xhci_trb;

/* As in a port's status and a slot's context: xHCI 1.2, 7.2.2.1.1, the defaults. */
enum usb_speed {
	USB_SPEED_FULL = 1,
	USB_SPEED_LOW = 2,
	USB_SPEED_HIGH = 3,
	USB_SPEED_SUPER = 4, /* and above */
};

enum {
	XHCI_PIPES = 32,       /* of a slot, by the device context index of its endpoint */
	XHCI_CONTROL_PIPE = 1, /* that of endpoint 0 */

	/* What one call of xhci_pipe_data() can take, wherever it begins. */
	XHCI_MAX_BYTES = 1 << 20,
};

struct xhci_ring {
	struct xhci_trb *trbs; /* the last one is the link to the first */
	uint16_t count;
	uint16_t next;  /* where the next one goes */
	uint16_t first; /* of those that the controller must not see yet ... */
	bool open;      /* ... if there are any */
	uint32_t cycle;
};

enum xhci_pipe_type {
	XHCI_BULK_OUT = 2,
	XHCI_INTERRUPT_OUT = 3,
	XHCI_CONTROL = 4,
	XHCI_BULK_IN = 6,
	XHCI_INTERRUPT_IN = 7,
};

struct xhci_pipe {
	struct xhci_slot *slot;
	struct xhci_ring ring;
	uint8_t index;       /* device context index: 2 * endpoint + 1 if it is IN */
	uint8_t stream;      /* 0, or the one stream that is used */
	uint32_t awaited;    /* the TRB that ends what is waited for; 0: it has ended */
	uint8_t code;        /* enum xhci_code of what has ended last */
	uint32_t residual;   /* bytes that its last TRB did not transfer */
	uint64_t *streams;   /* their contexts, if `stream` is not 0 */
	uint32_t context[5]; /* what the controller was told of the endpoint */
	/* NULL, or the pipe of the other direction: an error of one ends the wait for both. */
	struct xhci_pipe *partner;
	/* Not NULL: told of each TRB that has ended, by the address of its data. */
	void (*ended)(struct xhci_pipe *pipe, uint32_t address, uint32_t residual);
	void *owner; /* for `ended` */
};

/* What a pipe is made of: from the endpoint's descriptors. */
struct xhci_endpoint {
	uint8_t type;     /* enum xhci_pipe_type */
	uint8_t number;   /* of the endpoint, 1 to 15 */
	uint8_t interval; /* of an interrupt endpoint: 2^n * 125 us */
	uint8_t burst;    /* SuperSpeed: packets in a burst, less one */
	bool streams;     /* use stream 1 */
	uint16_t max_packet;
};

struct xhci_slot {
	struct xhci *xhci;
	uint8_t number;
	uint8_t root_port;  /* from 1 */
	uint8_t speed;      /* enum usb_speed */
	uint32_t route;     /* the hubs' ports, four bits each */
	uint32_t *context;  /* what the controller writes of the device */
	uint32_t device[3]; /* the first words of its slot context, as we last wrote them */
	struct xhci_pipe *pipes[XHCI_PIPES];
	/* Whether the device is still plugged in; may use other slots. */
	bool (*present)(struct xhci_slot *slot);
	bool gone; /* it is not */
};

/* A port of the root hub. */
struct xhci_port {
	uint8_t number; /* from 1, as the controller counts */
	uint8_t place;  /* from 1, of those that speak its protocol: what QEMU calls it */
	uint8_t major;  /* of the protocol: 2 or 3 */
	uint8_t slot_type;
};

/*
 * Resets a controller and lets it run. `device` is what it is and its name, and
 * stays; `registers` are `size` bytes at this address. Returns NULL if it cannot be used, which has been said.
 */
struct xhci *xhci_start(const struct device *device, uint32_t registers, uint32_t size);

const struct device *xhci_device(const struct xhci *xhci);

/* Whether its pipes can have streams. */
bool xhci_has_streams(const struct xhci *xhci);

/* The ports, in the order in which QEMU's user gave what is plugged in. */
const struct xhci_port *xhci_ports(const struct xhci *xhci, unsigned *count);

/* Whether something is plugged in; one access. */
bool xhci_port_connected(struct xhci *xhci, const struct xhci_port *port);

/* Begins to reset what is plugged in to a port, unless that is ready already. */
void xhci_port_reset(struct xhci *xhci, const struct xhci_port *port);

/* The speed of what is plugged in, when its reset has ended; ERR_TIMEOUT as long as it has
 * not; ERR_NOENT if nothing is plugged in any more. */
int xhci_port_ready(struct xhci *xhci, const struct xhci_port *port);

/*
 * Makes a slot for a device and gives it an address. The fields from root_port to route
 * have been filled in, and `tt` is the hub that speaks high speed for a slower device with
 * its port, or NULL. Returns 0 or an error.
 */
int xhci_slot_init(struct xhci *xhci, struct xhci_slot *slot, uint8_t slot_type,
		   const struct xhci_slot *tt, uint8_t tt_port, uint16_t max_packet);

/* Gives the slot back; the controller forgets its pipes. */
void xhci_slot_free(struct xhci_slot *slot);

/* Endpoint 0 has packets of another size than xhci_slot_init() was told. */
int xhci_slot_set_packet(struct xhci_slot *slot, uint16_t max_packet);

/* Adds an endpoint. Returns NULL without memory, or if the controller refuses. */
struct xhci_pipe *xhci_pipe_open(struct xhci_slot *slot, const struct xhci_endpoint *endpoint);

/* The device is a hub of so many ports. `think_time` is the two bits of its descriptor, of
 * one that translates for slower devices, or 0. */
int xhci_slot_set_hub(struct xhci_slot *slot, uint8_t ports, uint8_t think_time);

/*
 * Puts a transfer on a pipe, which the controller does not see before xhci_pipe_ring().
 * With `last` it is what xhci_pipe_wait() waits for and `ended` is told of.
 */
void xhci_pipe_data(struct xhci_pipe *pipe, uint64_t address, uint32_t length, bool last);

/* Puts a request on a control pipe, with its eight bytes in memory's order. */
void xhci_pipe_control(struct xhci_pipe *pipe, uint64_t setup, uint32_t address, uint16_t length);

/* Tells the controller what has been put there; one access. */
void xhci_pipe_ring(struct xhci_pipe *pipe);

/*
 * Waits for what was put there last. Returns 0; ERR_IO if the endpoint has halted or the
 * device does not answer, ERR_NOENT if nothing is plugged in there any more, ERR_TIMEOUT.
 * After an error the pipe must be cleared.
 */
int xhci_pipe_wait(struct xhci_pipe *pipe, uint32_t timeout_ms);

/* Takes back what is on a pipe, after which the device writes to none of it. It goes on
 * empty, and with the first of the toggles that number packets; so the device must be told
 * to clear the endpoint, too. Returns 0, or an error if the controller had to be given up. */
int xhci_pipe_clear(struct xhci_pipe *pipe);

/* Whether a pipe without a wait has failed, and must be cleared. */
bool xhci_pipe_failed(const struct xhci_pipe *pipe);

/* Whether its controller stands still since an operating system was expected; then
 * xhci_pipe_ring() lets it go on. */
bool xhci_is_quiet(const struct xhci_pipe *pipe);

/* Bytes of a packet. */
unsigned xhci_pipe_max_packet(const struct xhci_pipe *pipe);

/* Looks for what has ended; reads memory only. */
void xhci_poll(struct xhci *xhci);

#endif
