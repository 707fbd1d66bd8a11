/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * GRUB's variables, and the file in which it keeps some of them.
 */
#ifndef PETREL_BOOT_GRUBENV_H
#define PETREL_BOOT_GRUBENV_H

#include <stdbool.h>
#include <stdint.h>

#include "fs/fs.h"

/*
 * A variable that was set. Setting one puts it in front of the list, where it hides what it
 * was before: whoever keeps a pointer into the list keeps all values of that moment.
 */
struct grub_variable {
	const struct grub_variable *next;
	const char *name, *value; /* NULL: it was unset */
};

struct grub_variables {
	const struct grub_variable *last;
	uint32_t *work; /* NULL, or where it is counted how many variables were looked at */
};

/* Sets a variable to a text that stays; NULL unsets it. False without memory. */
bool grub_set(struct grub_variables *variables, const char *name, const char *value);

/* Its value; NULL if it is not set. */
const char *grub_get(const struct grub_variables *variables, const char *name);

/* Takes the name of a variable, with braces or without, off *text, which is behind a `$`, and
 * sets *value as grub_get() does. False if no name follows. */
bool grub_take_name(const struct grub_variables *variables, const char **text, const char **value);

/* The text with the values of all $name and ${name}; what is not set is empty. NULL without
 * memory. */
const char *grub_expand(const struct grub_variables *variables, const char *text);

/* Sets the variables that a grubenv file has: all, or those of `count` names. Returns 0,
 * ERR_NOENT without the file, ERR_INVAL, noted, if it is something else, or as
 * text_file_read(). */
int grubenv_read(struct fs *fs, const char *path, char *const names[], unsigned count,
		 struct grub_variables *variables);

/* The same for the file where distributions have it. */
int grubenv_find(struct fs *fs, struct grub_variables *variables);

#endif
