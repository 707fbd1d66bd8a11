/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * Entries of the Boot Loader Specification, type 1: a file each.
 */
#ifndef PETREL_BOOT_BLS_H
#define PETREL_BOOT_BLS_H

#include "boot/bls_order.h"
#include "boot/grubenv.h"

/* Adds an entry for each file of a directory, if there is one. `variables` NULL: as the
 * specification says; else in GRUB's dialect, with these. */
void bls_read_directory(struct fs *fs, const char *directory,
			const struct grub_variables *variables, struct bls_list *list);

/* What /loader/loader.conf says. */
struct bls_config {
	const char *wanted; /* a pattern for the name of the default entry, or NULL */
	uint32_t timeout_ms;
};

/* Reads it, if it is there: whether it is. */
bool bls_read_config(struct fs *fs, struct bls_config *config);

/* The first entry whose name a pattern fits, or NULL. */
struct entry *bls_find(const struct bls_list *list, const char *pattern);

#endif
