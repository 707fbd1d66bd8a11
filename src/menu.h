/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * The boot menu.
 */
#ifndef PETREL_MENU_H
#define PETREL_MENU_H

struct boot_entry;

/* Offers the menu, if the user wants that: waits for its key, lists the entries
 * and lets one be chosen. Returns NULL if none was; otherwise never again until
 * the next reset. */
struct boot_entry *menu_choose(struct boot_entry *first);

#endif
