/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * Unified kernel images.
 */
#ifndef PETREL_BOOT_UKI_H
#define PETREL_BOOT_UKI_H

#include <stdbool.h>

#include "boot/bls_order.h"

/* Adds an entry for each profile of each image in a directory, if there is one. */
void uki_read_directory(struct fs *fs, const char *directory, struct bls_list *list);

/* The same for one file, which need not exist; whether it is such an image. */
bool uki_read_file(struct fs *fs, const char *path, struct bls_list *list);

/* The kernel, the initrds, title and version of an image's first profile, for an entry
 * that names the image and has its name set; fields that are set stay. False, noted, if the file is none. */
bool uki_complete(struct bls_entry *entry, const char *path);

#endif
