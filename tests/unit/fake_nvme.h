/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * An NVMe controller: registers and queues in the unit test's memory. It stops a driver
 * that breaks a rule of the specification; what it does itself, and whether it says the
 * truth, is up to the test.
 *
 * A byte of a disk is fake_nvme_byte() of its position; what is written must be read
 * where the command says, and is forgotten.
 */
#ifndef PETREL_FAKE_NVME_H
#define PETREL_FAKE_NVME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hw/storage/nvme.h"

enum {
	FAKE_NVME_NAMESPACES = 8,
	FAKE_NVME_HELD = 32,

	FAKE_NVME_CAPABILITIES = 0x00, /* of the registers */
	FAKE_NVME_STATUS = 0x1c,
};

struct fake_namespace {
	uint32_t id;
	uint64_t blocks;
	uint8_t shift;
	uint16_t metadata;
	bool read_only;
};

enum fake_nvme_manner {
	FAKE_NVME_OBEYS,
	FAKE_NVME_HOLDS, /* until fake_nvme_complete(), I/O commands that is */
	FAKE_NVME_HOLDS_ALL,
};

struct fake_nvme_queue {
	uint64_t commands, completions;
	uint32_t command_count, completion_count; /* 0: there is none */
	uint32_t head, tail, reported; /* of the commands; of the completions: ours, the driver's */
	uint16_t phase;
};

struct fake_nvme {
	/* What the test says: */
	uint64_t capabilities;
	uint8_t max_transfer; /* as Identify has it */
	bool cache, has_no_list;
	struct fake_namespace namespaces[FAKE_NVME_NAMESPACES];
	enum fake_nvme_manner manner;
	bool never_ready, never_off, fatal, vanished;
	uint16_t status;        /* of I/O commands, without the phase; 0: success */
	uint8_t failing_opcode; /* admin commands with this fail */
	/* Lies, or NULL: change a register's value, a completion, an answer of Identify. */
	uint32_t (*lie_register)(uint32_t offset, uint32_t value);
	void (*lie_completion)(struct nvme_completion *completion);
	void (*lie_answer)(enum nvme_identify_structure structure, uint8_t *answer);

	/* What has happened: */
	bool lied; /* an answer of Identify was changed, or said to be there before it was */
	bool on;
	uint32_t configuration, admin_sizes;
	uint64_t admin_commands, admin_completions;
	struct fake_nvme_queue queues[2]; /* admin, I/O */
	struct {
		unsigned queue;
		struct nvme_command command;
	} held[FAKE_NVME_HELD];
	unsigned held_count;
	unsigned accesses, resets, reads, writes, flushes;
	struct nvme_command last; /* I/O command */
};

extern struct fake_nvme fake_nvme;

/* A good controller with one namespace, number 1, of 1000 blocks of 512 bytes. */
void fake_nvme_init(void);

/* Serves the nth of the held commands. */
void fake_nvme_complete(unsigned n);

/* Puts a completion on a queue. */
void fake_nvme_post(unsigned queue, struct nvme_completion completion);

/* The address of each page of a command's data and how much of it is used, one after the
 * other: 0 after the last one. */
uint32_t fake_nvme_piece(const struct nvme_command *command, uint32_t bytes, uint32_t offset,
			 uint64_t *address);

uint8_t fake_nvme_byte(uint32_t nsid, uint64_t position);

/* The bytes of the data of an I/O command. */
uint32_t fake_nvme_bytes(const struct nvme_command *command);

#endif
