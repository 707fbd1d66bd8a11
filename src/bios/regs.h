/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * A real-mode caller's registers, and its memory by segment and offset.
 */
#ifndef PETREL_BIOS_REGS_H
#define PETREL_BIOS_REGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "layout.h"
#include "lib/memory.h"

/* A pointer to real mode's seg:off; of the offset, the low 16 bits count. */
static inline void *seg_ptr(uint16_t seg, uint32_t off)
{
	return phys_ptr(((uint32_t)seg << 4) + (off & 0xffff));
}

/* seg_ptr() for `size` bytes that a service writes to for its caller; NULL if some
 * of them are not the caller's. */
static inline void *callers_ptr(uint16_t seg, uint32_t off, uint32_t size)
{
	void *memory = seg_ptr(seg, off);

	return memory_is_callers(ptr_phys(memory), size) ? memory : NULL;
}

/* What a real-mode vector or pointer holds for an address in segment F000. */
static inline uint32_t fseg_pointer(const void *target)
{
	return (uint32_t)ROM_SEG << 16 | (uint16_t)((uintptr_t)target - FSEG_BASE);
}

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

enum cpu_flags {
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

#endif
