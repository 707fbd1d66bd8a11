/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * The boot menu.
 */
#ifndef PETREL_BOOT_MENU_H
#define PETREL_BOOT_MENU_H

struct candidate;

/* Offers the menu, if the user wants that: waits for its key, lists the entries
 * and lets one be chosen. Returns NULL if none was; otherwise never again until
 * the next reset. */
struct candidate *menu_choose(struct candidate *first);

#endif
