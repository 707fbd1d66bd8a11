/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * What passes between the 16-bit entry code and the services: the caller's
 * registers, its flags, and the ways to go on after a call.
 */
#ifndef PETREL_INTERRUPT_H
#define PETREL_INTERRUPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "layout.h"
#include "memory.h"

/* One general register by all its names: REG(a, al, ah, ax, eax) and so on. */
#define BYTE_REG(low, high, word, dword)                                                           \
	union {                                                                                    \
		uint32_t dword;                                                                    \
		uint16_t word;                                                                     \
		struct {                                                                           \
			uint8_t low, high;                                                         \
		};                                                                                 \
	}
#define WORD_REG(word, dword)                                                                      \
	union {                                                                                    \
		uint32_t dword;                                                                    \
		uint16_t word;                                                                     \
	}
#define SEGMENT_REG(name)                                                                          \
	struct {                                                                                   \
		uint16_t name, name##_unused;                                                      \
	}

/* A descriptor-table register as SGDT and SIDT store it. */
struct table_register {
	uint16_t limit;
	uint16_t base_low, base_high;
	uint16_t unused;
};

/*
 * A real-mode caller's registers, in the order in which entry.S pushes them.
 * The caller's IP, CS and FLAGS are on its own stack at ss:esp (caller_frame).
 */
struct regs {
	struct table_register gdtr, idtr;
	WORD_REG(di, edi);
	WORD_REG(si, esi);
	WORD_REG(bp, ebp);
	uint32_t unused;
	BYTE_REG(bl, bh, bx, ebx);
	BYTE_REG(dl, dh, dx, edx);
	BYTE_REG(cl, ch, cx, ecx);
	BYTE_REG(al, ah, ax, eax);
	SEGMENT_REG(gs);
	SEGMENT_REG(fs);
	SEGMENT_REG(es);
	SEGMENT_REG(ds);
	uint32_t vector;
	uint32_t esp;
	SEGMENT_REG(ss);
};

_Static_assert(offsetof(struct regs, idtr) == REGS_IDTR, "entry.S and struct regs differ");
_Static_assert(offsetof(struct regs, edi) == REGS_GPRS, "entry.S and struct regs differ");
_Static_assert(offsetof(struct regs, gs) == REGS_GS, "entry.S and struct regs differ");
_Static_assert(offsetof(struct regs, ds) == REGS_DS, "entry.S and struct regs differ");
_Static_assert(offsetof(struct regs, vector) == REGS_VECTOR, "entry.S and struct regs differ");
_Static_assert(offsetof(struct regs, esp) == REGS_ESP, "entry.S and struct regs differ");
_Static_assert(offsetof(struct regs, ss) == REGS_SS, "entry.S and struct regs differ");
_Static_assert(sizeof(struct regs) == REGS_SIZE, "entry.S and struct regs differ");

enum flags {
	FLAG_CF = 1 << 0,
	FLAG_ALWAYS = 1 << 1,
	FLAG_ZF = 1 << 6,
	FLAG_IF = 1 << 9,
};

/* What an INT leaves on the caller's stack. */
struct caller_frame {
	uint16_t ip, cs, flags;
};

static inline struct caller_frame *caller_frame(const struct regs *regs)
{
	return seg_ptr(regs->ss, regs->esp);
}

/* Sets or clears one of the flags that the caller gets back. */
static inline void set_flag(struct regs *regs, uint16_t flag, bool set)
{
	struct caller_frame *frame = caller_frame(regs);

	if (set)
		frame->flags |= flag;
	else
		frame->flags &= ~flag;
}

static inline void set_cf(struct regs *regs, bool set)
{
	set_flag(regs, FLAG_CF, set);
}

/* Makes the call go on at `routine` of entry.S, on the caller's stack, with the
 * return frame of the INT still on it. */
void interrupt_continue(struct regs *regs, void (*routine)(void));

/* Offset in F000 of a routine of entry.S. */
static inline uint16_t rom_offset(void (*routine)(void))
{
	return (uintptr_t)routine - ROM_BASE;
}

/* Fills the interrupt vector table. */
void interrupt_init(void);

/* Gives the whole private stack to the next interrupt: for code that will never
 * return to what is on the stack now. */
void interrupt_reset_stack(void);

/* A frame on the private stack for enter_real(), all zero but the descriptor
 * tables, which are real mode's; it will IRET from `stack` in segment 0. */
struct regs *real_mode_frame(uint16_t stack, uint16_t cs, uint16_t ip, uint16_t flags);

/* Calls a real-mode routine that ends with RETF, on the stack that regs->ss:esp
 * names and with the registers of `regs`, which must lie on the private stack;
 * interrupts are on. Returns with the registers that the routine left. */
void interrupt_far_call(struct regs *regs, uint16_t cs, uint16_t ip);

/* Calls INT `vector` likewise, by the vector table. Returns the flags. */
uint16_t interrupt_call(struct regs *regs, uint8_t vector);

/* Enters a real-mode routine for good, on a stack of its own; its RETF leads to
 * INT 18h: that is how it gives up. */
void __attribute__((noreturn))
interrupt_far_jump(const struct regs *regs, uint16_t cs, uint16_t ip);

/* Enters whoever has hooked INT 18h or 19h, for good; returns if nobody has. */
void interrupt_enter_hook(uint8_t vector);

/* Stops for good with interrupts off. */
void __attribute__((noreturn)) halt(void);

/* --- entry.S --- */
void __attribute__((noreturn)) enter_real(struct regs *regs);
void real_call(struct regs *regs);
void real_return(void);
void pmm_entry(void);
void wait_key_hlt(void);
void wait_key_spin(void);
void wait_boot_hlt(void);
void call_tick(void);
void call_user_tick(void);
void call_break(void);
void call_alarm(void);
void resume_jump(void);
void resume_iret(void);
void resume_retf(void);

/* --- called by entry.S --- */
void real_call_done(struct regs *regs);
struct exception_frame {
	uint32_t edi, esi, ebp, unused, ebx, edx, ecx, eax;
	uint32_t vector, error, eip, cs, eflags;
};
void interrupt(struct regs *regs);
void __attribute__((noreturn)) exception(const struct exception_frame *frame);

#endif
