/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * Starting the kernels that the entries of disks name.
 */
#ifndef PETREL_BOOT_DIRECT_H
#define PETREL_BOOT_DIRECT_H

#include <stdbool.h>
#include <stdint.h>

struct disk;
struct entry;
struct entry_list;

enum { DIRECT_LINE_SIZE = 4096 }; /* bytes of a command line, with the NUL */

/* Reads the options, for POST. */
void direct_init(void);

/* Whether entries come before the boot loader of a disk that has one. */
bool direct_is_first(void);

/* The entry that the user has named, or NULL; a pattern (lib/glob.h). */
const char *direct_wanted(void);

/* Forgets what was found: something else was booted, and may have used the memory. */
void direct_forget(void);

/* The entries of a disk, valid until direct_forget(); NULL if it has none, or if none are
 * to be looked for. */
struct entry_list *direct_entries(struct disk *disk);

/* The first entry of a disk whose id or title matches the user's, or NULL. */
struct entry *direct_find_wanted(struct disk *disk);

/* How long to wait before an entry of this list is started, in milliseconds. */
uint32_t direct_wait_ms(const struct entry_list *list);

/* The whole command line of an entry, with what we add to it (and what that is, is said),
 * in a buffer of DIRECT_LINE_SIZE bytes that is the caller's to change until the next call.
 * NULL, and says so, if it is too long. */
char *direct_command_line(struct disk *disk, const struct entry *entry);

/* A title for the console: at most `size` bytes with the NUL, in its character set. */
void direct_title(const struct entry *entry, char *to, uint32_t size);

/* Starts an entry with this command line. Returns, having said why, if that cannot be. */
void direct_start(const struct entry *entry, const char *line);

/* Starts a disk's default entry; if that cannot be, those that follow it in the list, and
 * then those before it. Returns if none of them can be started. */
void direct_start_disk(struct disk *disk);

#endif
