/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * What the readers of boot loaders' files share: text in the memory of entries, files of
 * text, notes of what is left out.
 */
#ifndef PETREL_BOOT_ENTRY_TEXT_H
#define PETREL_BOOT_ENTRY_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fs/fs.h"

/* A copy of `length` bytes of text; NULL without memory. */
char *text_copy(const char *from, size_t length);

/* The text that lib/format.h makes of this, where %s, %u and %x are what may be used; NULL
 * without memory. */
char *text_print(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Cuts the next word off *rest, which blanks surround; NULL if there is none. */
char *text_word(char **rest);

/* Takes the blanks off both ends, in place. */
char *text_trim(char *text);

/* Whether they are the same but for the case of ASCII letters. */
bool text_same(const char *a, const char *b);

bool text_begins(const char *text, const char *with);
bool text_ends(const char *text, const char *with);

/* The first place of the character, or NULL. */
char *text_find(const char *text, char c);

/* The decimal number that is all of the text; false if it is none or not below 2^31. */
bool text_number(const char *text, uint32_t *number);

/* What a terminal would take for a command, and the ends of lines, become blanks. */
void text_clean(char *text);

/* --- files ---------------------------------------------------------------------------- */

/* A file of text in memory. */
struct text_file {
	struct fs *fs;
	const char *path;
	char *text; /* as long as the file, and a NUL; the reader's to change */
	uint32_t size;
	uint32_t at;   /* where the next line begins */
	uint32_t line; /* the number of the last line that was given, from 1 */
};

enum { TEXT_FILE_MAX = 192 << 10 };

/* Reads all of a file. Returns 0; ERR_NOENT, and nothing is noted; ERR_RANGE if it has more
 * than TEXT_FILE_MAX bytes, ERR_NOMEM, ERR_IO. */
int text_file_read(struct fs *fs, const char *path, struct text_file *file);

/* The next line, without blanks around it, or NULL. */
char *text_file_line(struct text_file *file);

/* Logs why something in a file is left out, or how it was understood; `line` 0: the whole
 * file. */
void text_note(const struct fs *fs, const char *path, uint32_t line, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* Whether there is such a file. */
bool text_file_exists(struct fs *fs, const char *path);

/* The path by which a file is found that was named from the root of a system, or of its
 * /boot: as it is, below /boot, or without its /boot. NULL if it is none of these. */
const char *text_find_path(struct fs *fs, const char *path);

/* Names in a directory. */
struct text_name {
	struct text_name *next;
	char name[];
};

enum { TEXT_NAMES_MAX = 256 };

/* The names that end with `suffix`, whatever its case, sorted by their bytes; NULL if there
 * are none or there is no such directory. */
struct text_name *text_list(struct fs *fs, const char *directory, const char *suffix);

/* The same for directories, whatever their names end with. */
struct text_name *text_list_directories(struct fs *fs, const char *directory);

#endif
