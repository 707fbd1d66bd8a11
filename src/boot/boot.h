/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * Boot order and boot.
 */
#ifndef PETREL_BOOT_BOOT_H
#define PETREL_BOOT_BOOT_H

struct regs;

/* Adds all disks, and gives them their numbers. Call when all are registered. */
void boot_init(void);

/* Lets the user choose, if a menu is wanted. Call when all candidates are there. */
void boot_choose(void);

/* Tries the candidates from the first on; when all have failed, says so and
 * waits. Does not return to its caller. */
void __attribute__((noreturn)) boot_start(void);

/* INT 19h starts over; INT 18h means that what was booted gives up. */
void __attribute__((noreturn)) boot_int19(struct regs *regs);
void __attribute__((noreturn)) boot_int18(struct regs *regs);

#endif
