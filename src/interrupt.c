/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * From a vector's number to the service in C. A call runs with interrupts off on the
 * private stack; what must happen with interrupts on (waiting for a key, the user's
 * timer hook) happens back in real mode on the caller's own stack (realmode_continue),
 * so that nothing of ours is held meanwhile.
 */
#include "interrupt.h"

#include "bios/idle.h"
#include "bios/irq.h"
#include "bios/pmm.h"
#include "bios/realmode.h"
#include "bios/service.h"
#include "bios/tick.h"
#include "boot/boot.h"
#include "console/screen.h"
#include "lib/log.h"
#include "version.h"

enum {
	STACK_RESERVE = 0x800, /* what a call may need */
	VECTORS = 0x80,        /* from here on there are none of ours */
};

/* What came while a call was served comes here after it, unless somebody has hooked it. */
static void interrupt_nmi(struct regs *regs)
{
	say("Petrel: non-maskable interrupt at %04x:%04x\n", caller_frame(regs)->cs,
	    caller_frame(regs)->ip);
}

static void (*const services[VECTORS])(struct regs *regs) = {
	/* clang-format off */
	[0x02] = interrupt_nmi,
	[0x05] = int05_print_screen,
	[0x08] = int08_timer,
	[0x09] = int09_keyboard,
	[0x0e] = irq_unhandled,
	[0x0f] = irq_unhandled,
	[0x10] = int10_video,
	[0x13] = int13_disk,
	[0x14] = int14_serial,
	[0x15] = int15_system,
	[0x16] = int16_keyboard,
	[0x17] = int17_printer,
	[0x18] = boot_int18,
	[0x19] = boot_int19,
	[0x1a] = int1a_time,
	[0x40] = int40_diskette,
	[0x70] = int70_clock,
	[0x77] = irq_unhandled,
	[VECTOR_PMM] = pmm_call,
	[VECTOR_REAL_RETURN] = real_call_done,
	[VECTOR_IDLE] = idle_tick,
	[VECTOR_APIC_TICK] = tick_from_apic,
	[VECTOR_APIC_TICK_DONE] = tick_from_apic_done,
	[VECTOR_TICK_DONE] = tick_done,
	[VECTOR_WAIT] = int15_wait,
	/* clang-format on */
};

/* What was said must be seen; unless it is the display that fails. */
static void __attribute__((noreturn)) halt(void)
{
	static bool halted;

	if (!halted) {
		halted = true;
		screen_tick();
	}
	realmode_halt();
}

void interrupt(struct regs *regs)
{
	uint8_t vector = regs->vector;

	if ((uintptr_t)regs < STACK_BOTTOM + STACK_RESERVE) {
		say("Petrel: interrupts nested too deeply (INT %02xh)\n", vector);
		halt();
	}
	if (vector < VECTORS && services[vector])
		services[vector](regs);
}

void interrupt_pass_nmi(struct regs *regs)
{
	nmi_waiting = false;
	realmode_continue(regs, call_nmi);
}

void interrupt_exception(const struct exception_frame *frame)
{
	say("%s: exception %u, error %x, at %08x, flags %x\n", petrel_version, frame->vector,
	    frame->error, frame->eip, frame->eflags);
	say("eax %08x ebx %08x ecx %08x edx %08x\n", frame->eax, frame->ebx, frame->ecx,
	    frame->edx);
	say("esi %08x edi %08x ebp %08x esp %08x\n", frame->esi, frame->edi, frame->ebp,
	    (uint32_t)(uintptr_t)(frame + 1));
	halt();
}
