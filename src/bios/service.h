/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * The INT services, one file each (int10.c is INT 10h and so on), as
 * interrupt() calls them. They change the caller's registers in `regs`.
 */
#ifndef PETREL_BIOS_SERVICE_H
#define PETREL_BIOS_SERVICE_H

#include <stdbool.h>

struct regs;

void int05_print_screen(struct regs *regs);
void int10_video(struct regs *regs);
void int13_disk(struct regs *regs);
void int40_diskette(struct regs *regs);
void int14_serial(struct regs *regs);
void int15_system(struct regs *regs);
/* What the timer tick does for INT 15h: ends a wait for an event. */
void int15_tick(void);
/* The wait of INT 15h 86h goes on, or ends. */
void int15_wait(struct regs *regs);
void int16_keyboard(struct regs *regs);
/* IRQ 1, and what programs that have hooked it call. */
void int09_keyboard(struct regs *regs);
/* What the timer tick does for the console: collects keys, shows the screen. */
void int16_tick(struct regs *regs);
void int17_printer(struct regs *regs);
void int1a_time(struct regs *regs);
/* AH=06h and 07h of it set and cancel the alarm; false if there can be none. INT 70h is the
 * real-time clock's interrupt, which reports it. */
bool int1a_alarm(const struct regs *regs);
void int70_clock(struct regs *regs);
void int08_timer(struct regs *regs);

#endif
