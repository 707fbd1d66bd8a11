/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * The words of GRUB's script language.
 */
#ifndef PETREL_BOOT_GRUB_LEXER_H
#define PETREL_BOOT_GRUB_LEXER_H

#include <stdbool.h>
#include <stdint.h>

#include "boot/entry_text.h"
#include "boot/grubenv.h"

/* A place in a script. */
struct grub_place {
	const struct text_file *file; /* its `line` and `at` are not used */
	uint32_t at, line;
};

/* What ends a command. */
enum grub_end {
	GRUB_END_LINE,    /* a line's end or ';', or '}' follows */
	GRUB_END_KEYWORD, /* it is a word such as "if", and the next command follows */
	GRUB_END_OPEN,    /* '{' */
	GRUB_END_CLOSE,   /* the command is '}', and has no words */
	GRUB_END_TEXT,    /* there is no more, and the command has no words */
};

enum { GRUB_WORDS_MAX = 256, GRUB_COMMAND_MAX = 16 << 10 };

struct grub_command {
	enum grub_end end;
	uint32_t line;    /* where it begins */
	bool is_quoted;   /* its first word, or it has a variable: then it is no keyword */
	bool is_too_long; /* the rest of it was passed over */
	unsigned count;   /* of words */
	char *words[GRUB_WORDS_MAX + 1]; /* NULL behind the last one */
	uint32_t used;
	char text[GRUB_COMMAND_MAX];
};

/* Reads the next command at a place, and goes behind it; with the variables' values. */
void grub_read_command(struct grub_place *place, const struct grub_variables *variables,
		       struct grub_command *command);

#endif
