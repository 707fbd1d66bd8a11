/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * Frames for the switch to real mode. entry.S enters real mode by IRET with the
 * registers of a struct regs; what is called or entered is decided by what lies on the
 * stack that these registers name.
 *
 * Reference: BIOS Boot Specification 1.01, 6.5 (INT 18h is how a boot gives up).
 */
#include "bios/realmode.h"

#include <string.h>

#include "layout.h"

enum {
	REAL_MODE_IVT_LIMIT = 0x3ff,
	/* Interrupts, so that time in which the machine is paused does not count. */
	CALL_TICKS = REALMODE_CALL_SECONDS * 182 / 10,
};

static unsigned ticks_left; /* of the routine that is called; 0: there is none */
static bool gave_up;

void realmode_continue(struct regs *regs, void (*routine)(void))
{
	struct caller_frame *frame;

	regs->esp = (regs->esp & 0xffff0000) | (uint16_t)(regs->esp - sizeof(*frame));
	frame = caller_frame(regs);
	*frame = (struct caller_frame){fseg_offset(routine), ROM_SEG, FLAG_ALWAYS};
}

void realmode_reset_stack(void)
{
	ticks_left = 0;
	private_stack[0] = STACK_TOP - DATA_BASE;
	private_stack[1] = DATA_SEG;
}

static void set_tables(struct regs *regs)
{
	regs->gdtr = gdt_pointer;
	regs->idtr = (struct table_register){.limit = REAL_MODE_IVT_LIMIT};
}

struct regs *realmode_frame(uint16_t stack, uint16_t cs, uint16_t ip, uint16_t flags)
{
	/* Not at the top, where the caller of this function may run. */
	struct regs *regs = phys_ptr(STACK_BOTTOM);

	memset(regs, 0, sizeof(*regs));
	set_tables(regs);
	regs->esp = stack - sizeof(struct caller_frame);
	*caller_frame(regs) = (struct caller_frame){ip, cs, flags | FLAG_ALWAYS};
	return regs;
}

static void push(struct regs *regs, uint16_t word)
{
	regs->esp -= sizeof(word);
	*(uint16_t *)seg_ptr(regs->ss, regs->esp) = word;
}

/* Pushes what IRET pops. */
static void push_frame(struct regs *regs, uint16_t flags, uint16_t cs, uint16_t ip)
{
	push(regs, flags | FLAG_ALWAYS);
	push(regs, cs);
	push(regs, ip);
}

/* Calls a routine whose return address (of RETF or IRET) is on its stack already;
 * returns the flags that it left. */
static uint16_t call_with_frame(struct regs *regs, uint16_t flags, uint16_t cs, uint16_t ip)
{
	set_tables(regs);
	push_frame(regs, flags, cs, ip);
	real_call(regs);
	return caller_frame(regs)->flags;
}

bool realmode_call(struct regs *regs, uint16_t cs, uint16_t ip)
{
	push(regs, ROM_SEG);
	push(regs, fseg_offset(real_return));
	ticks_left = CALL_TICKS;
	gave_up = false;
	call_with_frame(regs, FLAG_IF, cs, ip);
	ticks_left = 0;
	return !gave_up;
}

bool realmode_time_is_over(void)
{
	return ticks_left && !--ticks_left;
}

void realmode_give_up(struct regs *regs)
{
	gave_up = true;
	real_call_done(regs);
}

void realmode_user_is_asked(void)
{
	if (ticks_left)
		ticks_left = CALL_TICKS;
}

static uint32_t vector_of(uint8_t number)
{
	return *(const uint32_t *)phys_ptr(number * 4);
}

uint16_t realmode_int(struct regs *regs, uint8_t vector)
{
	push_frame(regs, FLAG_IF, ROM_SEG, fseg_offset(real_return));
	return call_with_frame(regs, 0, vector_of(vector) >> 16, vector_of(vector));
}

/* A frame for enter_real() with what leads to the routine and, when it returns by
 * RETF or IRET, to INT 18h. */
static struct regs *frame_before_int18(uint16_t cs, uint16_t ip)
{
	struct regs *regs = realmode_frame(BOOT_SECTOR, cs, ip, 0);

	regs->esp = BOOT_SECTOR;
	push_frame(regs, FLAG_IF, ROM_SEG, fseg_offset(int_18));
	push_frame(regs, FLAG_IF, cs, ip);
	return regs;
}

void realmode_jump(const struct regs *wanted, uint16_t cs, uint16_t ip)
{
	struct regs *regs = frame_before_int18(cs, ip);

	memcpy(&regs->edi, &wanted->edi, REGS_VECTOR - REGS_GPRS);
	enter_real(regs);
}

void realmode_enter_hook(uint8_t vector)
{
	uint32_t target = vector_of(vector);

	if (target >> 16 != ROM_SEG)
		enter_real(frame_before_int18(target >> 16, target));
}

void realmode_boot(uint16_t cs, uint16_t ip, uint8_t drive)
{
	struct regs *regs = realmode_frame(BOOT_SECTOR, cs, ip, FLAG_IF);

	regs->dl = drive;
	enter_real(regs);
}

void realmode_halt(void)
{
	for (;;)
		asm volatile("cli; hlt");
}
