/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * What the parts of the NVMe driver share: a controller and its queues. Specification:
 * NVM Express Base 1.4, whose section and figure numbers are used.
 */
#ifndef PETREL_HW_STORAGE_NVME_H
#define PETREL_HW_STORAGE_NVME_H

#include <stdbool.h>
#include <stdint.h>

#include "hw/pci/pci.h"
#include "lib/device.h"
#include "lib/util.h"

/* 4.2 "Submission Queue Entry": figure 104, for commands whose data are PRPs */
struct nvme_command {
	uint8_t opcode, flags;
	uint16_t id;
	uint32_t nsid;
	uint64_t reserved, metadata;
	uint64_t prp[2];
	uint32_t arguments[6]; /* command dwords 10 to 15 */
};

/* 4.6 "Completion Queue Entry" */
struct nvme_completion {
	uint32_t result, reserved;
	uint16_t sq_head, sq_id;
	uint16_t id;
	uint16_t status; /* its lowest bit is the phase */
};

enum nvme_admin_opcode {
	NVME_CREATE_SQ = 0x01,
	NVME_CREATE_CQ = 0x05,
	NVME_IDENTIFY = 0x06,
	NVME_SET_FEATURES = 0x09,
};

enum nvme_io_opcode { NVME_FLUSH = 0x00, NVME_WRITE = 0x01, NVME_READ = 0x02 };

/* 5.15 "Identify command": what is asked */
enum nvme_identify_structure {
	NVME_IDENTIFY_NAMESPACE = 0,
	NVME_IDENTIFY_CONTROLLER = 1,
	NVME_IDENTIFY_ACTIVE = 2, /* the ids of the namespaces there are */
};

enum {
	NVME_SLOTS = 4,             /* commands of ours in flight */
	NVME_MAX_BYTES = 256 << 10, /* of one command: what one page of PRPs has for each slot */
	NVME_PRPS = NVME_MAX_BYTES / PAGE_SIZE,
	NVME_ID_SIZE = 64, /* of model and serial number */
};

enum nvme_slot_state {
	NVME_FREE,
	NVME_BUSY, /* with the controller */
	NVME_DONE, /* it has completed, and was not waited for yet */
	NVME_LOST, /* it was with the controller when that was reset */
};

/* A submission queue and its completion queue. */
struct nvme_queue {
	struct nvme_command *commands;
	volatile struct nvme_completion *completions;
	uint64_t (*prp_lists)[NVME_PRPS]; /* one for each slot; NULL: data are one page */
	uint16_t id;                      /* of both; 0: the admin queues */
	uint16_t sq_size, cq_size;        /* entries */
	uint8_t slots;                    /* commands that fit, NVME_SLOTS at most */

	uint32_t tail_doorbell, head_doorbell; /* physical addresses */
	uint16_t tail, head;
	uint16_t unreported; /* completions we took that the controller does not know of */
	uint8_t phase;       /* of the completions that are new */
	struct {
		uint8_t state;   /* enum nvme_slot_state */
		uint16_t status; /* when done: 0, or figures 126 to 128 */
	} slot[NVME_SLOTS];
};

struct nvme {
	struct device device;                /* for its name, "nvme 00:03.0" */
	const struct pci_function *function; /* its place */
	uint32_t registers;                  /* physical address */
	uint32_t stride;                     /* bytes from one doorbell to the next */
	uint32_t timeout_ms;                 /* to become ready, or to stop */
	uint32_t max_bytes;                  /* of one command */
	uint16_t number_of_namespaces;
	bool has_cache; /* which forgets at power loss */
	bool broken;    /* it is off, and nothing is sent before a restart */
	struct nvme_queue io;
	char id[NVME_ID_SIZE + 1]; /* model and serial number */
};

/* --- nvme_queue.c --- */

/* Empties a queue, whose memory, sizes and id are set, for a controller that was just
 * reset. What was in flight is lost to who submitted it. */
void nvme_queue_begin(struct nvme *nvme, struct nvme_queue *queue);

/*
 * Puts a command into the queue; the controller is not told. Its data are `length` bytes
 * (to NVME_MAX_BYTES) at a physical address that is a multiple of 4. Returns the slot,
 * ERR_NOMEM if none is free, ERR_IO if the controller is off.
 */
int nvme_submit(struct nvme *nvme, struct nvme_queue *queue, const struct nvme_command *command,
		uint64_t address, uint32_t length);

/* Tells the controller of the commands in the queue. */
void nvme_kick(const struct nvme_queue *queue);

/* Tells it which completions were taken. */
void nvme_report(struct nvme_queue *queue);

/* The commands in flight or not waited for. */
unsigned nvme_used_slots(const struct nvme_queue *queue);

/*
 * Waits for the command in a slot, and frees the slot. Returns 0, or ERR_IO: the
 * command has failed or was lost in a reset; ERR_READONLY; ERR_TIMEOUT. If the controller is
 * what failed, that is said on the console and it is off, so that it cannot write to the
 * buffers any more.
 */
int nvme_wait(struct nvme *nvme, struct nvme_queue *queue, int slot);

/* --- nvme.c --- */

/* Has the controller gone, failed, or been reset by somebody? Costs an access. */
const char *nvme_trouble(const struct nvme *nvme);

/* Switches off a controller that broke the rules. Returns `error`. */
int nvme_give_up(struct nvme *nvme, int error);

/* Brings it back to work, with nothing in flight. */
int nvme_restart(struct nvme *nvme);

/* Asks the controller, during POST; the answer of PAGE_SIZE bytes is valid until the next
 * question. Returns NULL if there is none. */
const uint8_t *nvme_identify(struct nvme *nvme, enum nvme_identify_structure structure,
			     uint32_t nsid);

/* --- nvme_disk.c --- */

/* Registers a namespace as a disk. Returns 0, or ERR_NOMEM; a namespace that is not
 * supported is said, and left out. */
int nvme_add_namespace(struct nvme *nvme, uint32_t nsid);

#endif
