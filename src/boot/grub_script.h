/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * GRUB's script language: control of what is carried out. What commands mean is in grub.c.
 */
#ifndef PETREL_BOOT_GRUB_SCRIPT_H
#define PETREL_BOOT_GRUB_SCRIPT_H

#include <stdbool.h>
#include <stdint.h>

#include "boot/grub_lexer.h"

enum { GRUB_DEPTH_MAX = 40, GRUB_ARGUMENTS = 10, GRUB_FILE_WORK = 10000 };

struct grub_script;

struct grub_script_ops {
	/* Carries out a command that is none of the language's own: 0 is success, as in a
	 * shell. */
	int (*command)(struct grub_script *script, const struct grub_command *command);
	/* A command whose block begins at `body`; the block is passed over. */
	void (*block)(struct grub_script *script, const struct grub_command *command,
		      const struct grub_place *body);
};

struct grub_function {
	const struct grub_function *next;
	const char *name;
	struct grub_place body;
};

/* What is being carried out: the outermost first. */
enum grub_frame_kind {
	GRUB_FILE, /* a file: one that was asked for by `source`, but for the first */
	GRUB_IF,
	GRUB_LOOP, /* from `for`, or `while`, which is passed over, to `done` */
	GRUB_CALL, /* a function's body */
	GRUB_BODY, /* a block that grub_script_run_block() was given */
	GRUB_SKIP, /* a block that is passed over */
};

struct grub_frame {
	enum grub_frame_kind kind;
	bool outer_runs;         /* it is carried out at all */
	bool runs;               /* what comes next in it is */
	bool taken;              /* GRUB_IF: a branch was */
	struct grub_place place; /* FILE, CALL: where to go on behind it; LOOP: the body */
	const char *variable;    /* LOOP: and the words that it is still to have */
	char **words;
	const char *arguments[GRUB_ARGUMENTS]; /* CALL: $0 to $9 as they were */
};

struct grub_script {
	const struct grub_script_ops *ops;
	struct grub_variables variables;
	const struct grub_function *functions;
	struct grub_place place; /* of the next command */
	int status;              /* of the last one */
	bool negated;            /* there was a `!` */
	bool stopped;            /* nothing more is carried out */
	unsigned steps;          /* that were taken */
	uint32_t work;           /* how much they did: variables looked at, and GRUB_FILE_WORK
				  * for each file */
	unsigned depth;
	struct grub_frame frames[GRUB_DEPTH_MAX];
	struct grub_command read;
};

/* Carries out a file, or a block from behind its '{' on, with what it calls. */
void grub_script_run_file(struct grub_script *script, const struct text_file *file);
void grub_script_run_block(struct grub_script *script, const struct grub_place *body);

/* For a command: goes on with this file, and then behind the command. 0, or a failure. */
int grub_script_source(struct grub_script *script, const struct text_file *file);

/* Notes why something at the last command is left out. */
void grub_script_note(const struct grub_script *script, const char *what, const char *name);

#endif
