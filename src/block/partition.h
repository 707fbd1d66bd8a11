/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * The partitions of a disk, whatever kind of table lists them.
 */
#ifndef PETREL_BLOCK_PARTITION_H
#define PETREL_BLOCK_PARTITION_H

#include <stddef.h>
#include <stdint.h>

struct disk;

enum partition_table { PARTITION_NO_TABLE, PARTITION_MBR, PARTITION_GPT };

enum {
	PARTITION_LABEL_SIZE = 36 * 3 + 1, /* GPT: 36 UTF-16 units, here in UTF-8 */
	PARTITION_NAME_SIZE = 64,
};

struct partition {
	struct disk *disk;
	enum partition_table table;
	uint32_t number;     /* as operating systems count: from 1, logical ones from 5;
			      * 0: the whole disk, which has no table */
	uint64_t start;      /* first block, in the disk's blocks */
	uint64_t blocks;     /* at least 1; all of them lie on the disk */
	uint8_t mbr_type;    /* 0 if the table is a GPT */
	uint8_t type[16];    /* GPT only: GUIDs in the order of bytes on the disk */
	uint8_t guid[16];    /* MBR: zeroes */
	uint32_t mbr_id;     /* MBR: the disk's signature, for PARTUUID=mbr_id-number */
	uint64_t attributes; /* GPT only */
	char label[PARTITION_LABEL_SIZE];
};

/*
 * Calls `each` for the disk's partitions, in the order of their numbers, until it returns
 * something other than 0 and returns that. A disk without a table, and a CD, counts as one
 * partition with number 0. An extended partition itself is left out. A damaged table is
 * said once, and what can be read of it is given. `each` may read disks, but not call this.
 * Returns 0 after the last one; ERR_IO, ERR_NOMEDIUM, ERR_NOMEM.
 * Sources: UEFI 2.10, 5.2 "LBA 0 Format", 5.3 "GUID Partition Table (GPT) Disk Layout".
 */
int partition_each(struct disk *disk, int (*each)(const struct partition *p, void *context),
		   void *context);

/* Writes what messages call it to `to`, at most `size` bytes with the NUL, of which
 * PARTITION_NAME_SIZE are enough: "virtio-blk feb02e00 partition 2". */
void partition_name(const struct partition *partition, char *to, size_t size);

#endif
