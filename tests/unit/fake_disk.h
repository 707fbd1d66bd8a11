/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * A disk of any size without its contents: each word of 64 bits holds its own
 * position, but for one block that the test has given. It stops the test if it is
 * asked for what no disk_ops may be asked for.
 */
#ifndef PETREL_FAKE_DISK_H
#define PETREL_FAKE_DISK_H

#include "block/disk.h"
#include "lib/device.h"

enum { FAKE_DISK_TICKETS = 2, FAKE_DISK_ADDRESS = 0x1234 };

struct fake_disk {
	struct disk disk;       /* first: the operations find us by it */
	struct device device;   /* its name is "fake disk" */
	uint8_t seed;           /* by which its contents differ from other disks' */
	const uint8_t *special; /* the content of block special_lba, or NULL */
	uint64_t special_lba;
	uint64_t bad_lba; /* a transfer of this block fails with `error` */
	int error;
	unsigned reads, writes, ejects;
	/* The last transfer. */
	uint64_t lba, address;
	uint32_t count;
	/*
	 * Reads that were started. As a real device does, it writes to memory when it
	 * likes, in pieces, between start_read and the end of finish_read: at once, at
	 * some later call, or only when it is waited for.
	 */
	struct fake_disk_read {
		bool used;
		uint64_t lba, address;
		uint32_t count, done;
		int error;
	} started[FAKE_DISK_TICKETS];
	uint32_t dice; /* by which it chooses the moments */
};

/* A hard disk that transfers at most 128 blocks at once; not registered. */
void fake_disk_init(struct fake_disk *fake, uint64_t blocks, uint32_t block_size);

/* Lets the disk have reads in two steps. */
void fake_disk_can_start(struct fake_disk *fake);

/* The word at this position, in bytes. */
uint64_t fake_disk_word(const struct fake_disk *fake, uint64_t position);

/* Whether memory holds the contents of these blocks. */
bool fake_disk_holds(const struct fake_disk *fake, uint64_t lba, uint32_t count, uint32_t address);

#endif
