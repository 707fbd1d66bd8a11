/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * An AHCI controller with disks and CD drives: registers, command lists and received frames
 * in the unit test's memory. It stops a driver that breaks a rule of the specification;
 * what it does itself, and whether it says the truth, is up to the test.
 *
 * A byte of a disk or CD is fake_ahci_byte() of its position; what is written must be
 * read where the command says, and is forgotten.
 */
#ifndef PETREL_FAKE_AHCI_H
#define PETREL_FAKE_AHCI_H

#include <stdbool.h>
#include <stdint.h>

enum {
	FAKE_AHCI_PORTS = 4,
	FAKE_AHCI_CD_BLOCKS = 100,
	FAKE_AHCI_CD_SIZE = 2048,
};

enum fake_ahci_kind { FAKE_NOTHING, FAKE_DISK, FAKE_CD, FAKE_MULTIPLIER };

enum fake_ahci_manner { FAKE_AHCI_OBEYS, FAKE_AHCI_HOLDS };

struct fake_ahci_port {
	/* What the test says: */
	enum fake_ahci_kind kind;
	bool comes_late; /* its link is not up when it is first looked at */
	bool busy;       /* and remains so, whatever happens */
	bool stuck;      /* it does not stop */

	bool failed; /* a command, and it was not stopped since */
	uint32_t command, task_file, signature, interrupts, control, issued;
	uint64_t list, received;
};

/* What a command ends with. */
struct fake_ahci_result {
	uint8_t status, error;
	uint32_t transferred;
	bool frame; /* is sent: not at the end of a PIO read */
};

struct fake_ahci {
	/* What the test says: */
	uint32_t capabilities;
	uint64_t blocks; /* of its disks ... */
	uint32_t block_size;
	bool no_48_bits, vanished, reset_hangs;
	enum fake_ahci_manner manner;
	uint8_t status, error; /* of reads and writes, if not 0 */
	uint8_t key, code;     /* sense of the CD drive, of commands that follow, if not 0 */
	struct fake_ahci_port ports[FAKE_AHCI_PORTS];
	/* Lies, or NULL: change a register's value, a result, what Identify and the SCSI
	 * commands that are no reads have answered. */
	uint32_t (*lie_register)(uint32_t offset, uint32_t value);
	void (*lie_result)(struct fake_ahci_result *result);
	void (*lie_answer)(uint8_t *answer, uint32_t length);

	/* What has happened: */
	uint8_t sense[2]; /* key and code of the CD drive's last command, to be asked for */
	unsigned accesses, reads, writes, flushes, starts, link_resets, resets;
	uint8_t last_opcode; /* the packet's, of a CD drive */
	uint64_t last_lba, last_address;
};

extern struct fake_ahci fake_ahci;

/* A good controller with 32 slots and a disk of 2000 blocks of 512 bytes at port 1. */
void fake_ahci_init(void);

/* Ends the command that a port has. */
void fake_ahci_complete(unsigned port);

/* Whether a port has a command, and where its data are. */
bool fake_ahci_has(unsigned port, uint64_t *address, uint32_t *length);

uint8_t fake_ahci_byte(uint64_t position);

#endif
