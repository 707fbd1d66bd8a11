/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * The boot menu.
 */
#ifndef PETREL_BOOT_MENU_H
#define PETREL_BOOT_MENU_H

#include <stdbool.h>
#include <stdint.h>

struct candidate;
struct entry;

/* What was chosen: a candidate, or an entry of its disk and the command line for that. */
struct menu_choice {
	struct candidate *candidate;
	struct entry *entry; /* or NULL */
	const char *line;    /* as the user has edited it, or NULL */
};

/* Offers the menu, if the user wants that: waits for its key, lists candidates and entries,
 * and lets one be chosen. Returns false if none was. */
bool menu_choose(struct candidate *first, struct menu_choice *choice);

/* Counts down to the start of an entry, unless the menu was offered before or there is
 * nothing to type on; any key opens the menu. Returns as menu_choose(). */
bool menu_count_down(struct candidate *first, struct entry *entry, uint32_t wait_ms,
		     struct menu_choice *choice);

#endif
