/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * Entries of the Boot Loader Specification while they are collected, of both types: what
 * their order, their default and their titles depend on.
 */
#ifndef PETREL_BOOT_BLS_ORDER_H
#define PETREL_BOOT_BLS_ORDER_H

#include <stdbool.h>

#include "boot/entry.h"

struct bls_entry {
	struct entry entry;
	const char *name;     /* of its file, without what counts boots */
	const char *sort_key; /* "" without one, as those that follow */
	const char *machine_id;
	const char *version;
	unsigned profile; /* of an image with several, from 0 */
	bool is_counted;
	uint32_t tries_left, tries_done;
	const char *behind_title; /* bls_distinguish()'s */
};

struct bls_list {
	struct entry *first; /* each within a struct bls_entry */
	bool is_grub;        /* in GRUB's order: by the files' names alone */
	unsigned count;
};

/* Sets the fields that a file's name tells: its id, and how often it was tried. False
 * without memory. */
bool bls_set_name(struct bls_entry *entry, const char *file_name);

/* Puts an entry where it belongs. */
void bls_insert(struct bls_list *list, struct bls_entry *entry);

/* Makes titles differ, as far as versions or names do. */
void bls_distinguish(struct bls_list *list);

#endif
