/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * An xHCI controller in memory, by its registers (fake_io.h), with one device at a port,
 * which is what the test's functions say. It stops a driver that breaks a rule, as the
 * driver was told of things: an event that says what is not so is no fault of the driver's.
 */
#ifndef PETREL_FAKE_XHCI_H
#define PETREL_FAKE_XHCI_H

#include <stdbool.h>
#include <stdint.h>

enum {
	FAKE_XHCI_BASE = 0x10000000,
	FAKE_XHCI_SIZE = 0x4000,
	FAKE_PORTS = 4,
	FAKE_SLOTS = 8,
	FAKE_FIRST_SLOT = 3,

	/* What a device may return instead of a number of bytes. */
	FAKE_STALL = -1,
	FAKE_SILENT = -2, /* the transfer stays where it is */
};

/* What the device does, and those behind it if it is a hub: fake.slot says which of them
 * is asked. `endpoint` has bit 7 where it is IN. */
struct fake_device {
	uint8_t speed; /* 0: none */
	int (*control)(uint64_t setup, uint8_t *data, unsigned length);
	int (*out)(unsigned endpoint, const uint8_t *data, unsigned length);
	int (*in)(unsigned endpoint, uint8_t *data, unsigned length);
};

struct fake_xhci {
	/* Set by the test, once fake_xhci_reset() was called: */
	struct fake_device device;
	bool big_contexts;
	unsigned scratchpads;
	bool dead;             /* its registers read as ones */
	bool never_ready;      /* after a reset */
	bool ignores_commands; /* from now on */
	bool wrong_slot;       /* its slots are none */
	bool refuses;          /* commands */
	bool unplugged;        /* the device is not at its port any more */
	/* Not NULL: may change an event before it is written. */
	void (*event)(uint32_t event[4]);

	/* What it has seen. */
	bool running, legacy_owned;
	unsigned resets, doorbells, clears;
	uint32_t legacy_control;
	unsigned slot;                        /* that a device's function is called for */
	uint32_t contexts[FAKE_SLOTS + 1][4]; /* what was said last of each slot */
};

extern struct fake_xhci fake;

/* A new controller without a device. */
void fake_xhci_reset(void);

/* The device has something for a transfer that stayed. */
void fake_xhci_wake(void);

/* Transfers of an endpoint of the first slot that wait on its ring (bit 7: IN). */
unsigned fake_xhci_waiting(unsigned endpoint);

/* Whether one that waits anywhere, and that the controller would still do, has data between
 * these addresses. */
bool fake_xhci_reaches(uint32_t start, uint32_t end);

#endif
