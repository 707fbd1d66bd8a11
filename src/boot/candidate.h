/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * Boot candidates: what the machine can be booted from, in order.
 */
#ifndef PETREL_BOOT_CANDIDATE_H
#define PETREL_BOOT_CANDIDATE_H

#include <stdint.h>

struct disk;

/* Where a candidate goes that the user has not put anywhere (bootorder.h has the places
 * of those that he has); lower comes first. */
enum candidate_class {
	CANDIDATE_DISK = 0x10000,
	CANDIDATE_CD,
	CANDIDATE_NETWORK,
};

struct candidate {
	const char *name; /* for messages */
	uint32_t place;   /* bootorder_place(), or enum candidate_class */
	/* Starts it; returns only if that cannot be done, having said why. */
	void (*start)(struct candidate *candidate);
	struct disk *disk; /* or NULL */
	struct candidate *next;
};

/* Adds a candidate, behind those with a lower or the same place. */
void candidate_add(struct candidate *candidate);

/* The first one, or NULL. */
struct candidate *candidate_first(void);

#endif
