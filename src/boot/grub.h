/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * Entries of a grub.cfg.
 */
#ifndef PETREL_BOOT_GRUB_H
#define PETREL_BOOT_GRUB_H

#include "boot/entry.h"
#include "boot/volume.h"

/* Adds the entries of the first grub.cfg among the volumes that has any, with its default
 * and its timeout. Marks the volumes whose BLS entries are among them. */
void grub_find(struct volume *volumes, struct entry_list *list);

#endif
