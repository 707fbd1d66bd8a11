/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * Boot order and boot.
 */
#ifndef PETREL_BOOT_H
#define PETREL_BOOT_H

/* Notes the candidates. Call when all disks are registered. */
void boot_init(void);

/* Tries the candidates from the first on; when all have failed, says so and
 * waits. Does not return to its caller. */
void __attribute__((noreturn)) boot_start(void);

/* One tick of that waiting. */
void __attribute__((noreturn)) boot_wait(void);

#endif
