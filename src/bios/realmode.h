/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * From C into real mode: calling what a guest or a ROM has there, entering it for good,
 * and letting an interrupted call go on there.
 */
#ifndef PETREL_BIOS_REALMODE_H
#define PETREL_BIOS_REALMODE_H

#include <stdbool.h>
#include <stdint.h>

#include "bios/regs.h"
#include "entry.h"

/* Offset in F000 of a routine of entry.S. */
static inline uint16_t fseg_offset(void (*routine)(void))
{
	return (uintptr_t)routine - FSEG_BASE;
}

/* Makes the call go on at `routine` of entry.S, on the caller's stack, with the
 * return frame of the INT still on it. */
void realmode_continue(struct regs *regs, void (*routine)(void));

/* Gives the whole private stack to the next interrupt: for code that will never
 * return to what is on the stack now. */
void realmode_reset_stack(void);

/* A frame on the private stack for enter_real(), all zero but the descriptor
 * tables, which are real mode's; it will IRET from `stack` in segment 0. */
struct regs *realmode_frame(uint16_t stack, uint16_t cs, uint16_t ip, uint16_t flags);

/* Calls a routine that ends with RETF, on the stack that regs->ss:esp names and with
 * the registers of `regs`, which must lie on the private stack; interrupts are on.
 * Returns true with the registers that the routine left; false if it was given up, because
 * it has not returned within REALMODE_CALL_SECONDS. */
enum { REALMODE_CALL_SECONDS = 60 };
bool realmode_call(struct regs *regs, uint16_t cs, uint16_t ip);

/* A tick: whether the time of a routine that is called is over; then realmode_give_up()
 * goes back to who called it, and does not return. */
bool realmode_time_is_over(void);
void realmode_give_up(struct regs *regs);

/* The routine asks for a key: its time begins again, since it may wait for its user. */
void realmode_user_is_asked(void);

/* Calls INT `vector` likewise, by the vector table. Returns the flags. */
uint16_t realmode_int(struct regs *regs, uint8_t vector);

/* Enters a routine for good, on a stack of its own; its RETF leads to INT 18h: that is
 * how it gives up. */
void __attribute__((noreturn)) realmode_jump(const struct regs *regs, uint16_t cs, uint16_t ip);

/* Enters whoever has hooked INT 18h or 19h, for good; returns if nobody has. */
void realmode_enter_hook(uint8_t vector);

/* Enters a boot sector or a boot image, in real mode with DL = drive. */
void __attribute__((noreturn)) realmode_boot(uint16_t cs, uint16_t ip, uint8_t drive);

/* Stops for good with interrupts off. */
void __attribute__((noreturn)) realmode_halt(void);

#endif
