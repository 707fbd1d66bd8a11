/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * Boot order and boot.
 */
#ifndef PETREL_BOOT_H
#define PETREL_BOOT_H

#include <stdint.h>

struct cdrom_start;
struct disk;

/* Where a candidate goes that the user has not put anywhere (bootorder_of_path()
 * has the places of those that he has); lower comes first. */
enum boot_class {
	BOOT_CLASS_DISK = 0x10000,
	BOOT_CLASS_CD,
	BOOT_CLASS_NETWORK,
};

/* Something to boot from. */
struct boot_entry {
	const char *name; /* for messages */
	uint32_t place;   /* bootorder_of_path(), or enum boot_class */
	/* Starts it; returns only if that cannot be done, having said why. */
	void (*start)(struct boot_entry *entry);
	struct disk *disk; /* or NULL */
	struct boot_entry *next;
};

/* Adds a candidate, behind those with a lower or the same place. */
void boot_add(struct boot_entry *entry);

/* Adds all disks, and gives them their numbers. Call when all are registered. */
void boot_init(void);

/* Lets the user choose, if a menu is wanted. Call when all candidates are there. */
void boot_choose(void);

/* Tries the candidates from the first on; when all have failed, says so and
 * waits. Does not return to its caller. */
void __attribute__((noreturn)) boot_start(void);

/* One tick of that waiting. */
void __attribute__((noreturn)) boot_wait(void);

/* Enters what was loaded, in real mode with DL = drive. */
void __attribute__((noreturn)) boot_enter(uint16_t cs, uint16_t ip, uint8_t drive);
void __attribute__((noreturn)) boot_enter_image(const struct cdrom_start *start);

#endif
