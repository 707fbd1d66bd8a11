/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * Entries of an extlinux.conf, syslinux.cfg or isolinux.cfg.
 */
#ifndef PETREL_BOOT_EXTLINUX_H
#define PETREL_BOOT_EXTLINUX_H

#include "boot/entry.h"
#include "boot/volume.h"

/* Adds the entries of the first such file among the volumes that has any, with its default
 * and its timeout. */
void extlinux_find(struct volume *volumes, struct entry_list *list);

#endif
