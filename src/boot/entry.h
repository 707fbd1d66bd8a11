/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * A boot entry: a kernel on a disk that the distribution has put there to be booted, with
 * what it needs. Four kinds of files list them: unified kernel images (uki.c), entries of
 * the Boot Loader Specification (bls.c), grub.cfg (grub.c), extlinux.conf (extlinux.c). To
 * the menu and to who starts them all are the same.
 */
#ifndef PETREL_BOOT_ENTRY_H
#define PETREL_BOOT_ENTRY_H

#include <stdbool.h>
#include <stdint.h>

#include "fs/fs.h"

enum entry_kind { ENTRY_UKI, ENTRY_BLS, ENTRY_GRUB, ENTRY_EXTLINUX };

enum { ENTRY_NO_TIMEOUT = 0xffffffff };

/* A file, or a range of one. */
struct entry_part {
	struct fs *fs;
	const char *path;
	uint64_t offset;
	uint64_t size; /* bytes; 0: up to the end of the file */
};

struct entry {
	struct entry *next;
	enum entry_kind kind;
	const char *id;      /* what the user names it by: a file's name, GRUB's --id */
	const char *title;   /* UTF-8, for the menu */
	const char *source;  /* the file that it stands in, for messages */
	struct fs *fs;       /* where that file is */
	const char *options; /* the kernel's command line, "" without one */
	struct entry_part kernel;
	const struct entry_part *initrds; /* in the order in which they are to be */
	unsigned initrd_count;
	bool is_efi_only;    /* has no kernel that we can start: a chainloader, say */
	const char *refused; /* why it is not started ("needs a password"), or NULL */
};

/* The entries of a disk, in the menu's order. */
struct entry_list {
	struct entry *first;
	struct entry *chosen; /* the default; NULL: none of them can be started */
	uint32_t timeout_ms;  /* before it is started; ENTRY_NO_TIMEOUT: nothing says */
};

/* Gives the module memory for what it finds, at least ENTRY_MEMORY_MIN bytes; all that it
 * found before is forgotten. Where there is not enough, what was found so far stays and
 * the rest is said to be missing. */
enum { ENTRY_MEMORY_MIN = 512 << 10 };
void entry_init(void *memory, uint32_t size);

/* Zeroed memory of that kind; NULL if it is used up. */
void *entry_alloc(uint32_t size);

struct disk;

/*
 * Looks for entries on all partitions of a disk (fs_init() must have been called). What is
 * left out, and why, is said or logged. Returns 0, ERR_NOENT if there is none, or ERR_IO.
 */
int entry_find(struct disk *disk, struct entry_list *list);

#endif
