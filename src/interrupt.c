/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * From the interrupt vector table to the services in C and back. A call runs
 * with interrupts off on the private stack; what must happen with interrupts
 * on (waiting for a key, the user's timer hook) happens back in real mode on
 * the caller's own stack, so that nothing of ours is held meanwhile.
 *
 * Vectors: IBM PS/2 and PC BIOS Interface Technical Reference, "Interrupts".
 */
#include "interrupt.h"

#include <string.h>

#include "boot.h"
#include "hw/legacy.h"
#include "pmm.h"
#include "print.h"
#include "rom.h"
#include "service.h"
#include "version.h"

enum {
	REAL_MODE_IVT_LIMIT = 0x3ff,
	STACK_RESERVE = 0x800, /* what a call may need */
};

static void call_boot_wait(struct regs *regs)
{
	(void)regs;
	boot_wait();
}

static const struct {
	uint8_t vector;
	void (*handler)(struct regs *regs);
} services[] = {
	{0x13, int13_disk},
	{0x10, int10_video},
	{0x16, int16_keyboard},
	{0x15, int15_system},
	{0x1a, int1a_time},
	{0x08, int08_timer},
	{VECTOR_APIC_TICK, legacy_apic_tick},
	{0x14, int14_serial},
	{0x17, int17_printer},
	{0x18, int18_boot_failed},
	{0x19, int19_bootstrap},
	{0x40, int40_diskette},
	{0x05, int05_print_screen},
	{0x09, legacy_end_of_irq},
	{0x0e, legacy_end_of_irq},
	{0x0f, legacy_end_of_irq},
	{0x70, int70_clock},
	{0x77, legacy_end_of_irq},
	{VECTOR_BOOT_WAIT, call_boot_wait},
	{VECTOR_REAL_RETURN, real_call_done},
	{VECTOR_PMM, pmm_call},
};

void interrupt(struct regs *regs)
{
	if ((uintptr_t)regs < STACK_BOTTOM + STACK_RESERVE) {
		say("Petrel: interrupts nested too deeply (INT %02xh)\n", regs->vector);
		halt();
	}
	for (size_t i = 0; i < sizeof(services) / sizeof(services[0]); i++) {
		if (services[i].vector == (uint8_t)regs->vector) {
			services[i].handler(regs);
			return;
		}
	}
	if ((uint8_t)regs->vector == 2)
		say("Petrel: non-maskable interrupt at %04x:%04x\n", caller_frame(regs)->cs,
		    caller_frame(regs)->ip);
}

void interrupt_continue(struct regs *regs, void (*routine)(void))
{
	struct caller_frame *frame;

	regs->esp = (regs->esp & 0xffff0000) | (uint16_t)(regs->esp - sizeof(*frame));
	frame = caller_frame(regs);
	*frame = (struct caller_frame){rom_offset(routine), ROM_SEG, FLAG_ALWAYS};
}

void interrupt_reset_stack(void)
{
	private_stack[0] = STACK_TOP - DATA_BASE;
	private_stack[1] = DATA_SEG;
}

struct regs *real_mode_frame(uint16_t stack, uint16_t cs, uint16_t ip, uint16_t flags)
{
	/* Not at the top, where the caller of this function may run. */
	struct regs *regs = phys_ptr(STACK_BOTTOM);
	struct caller_frame *frame;

	memset(regs, 0, sizeof(*regs));
	regs->gdtr = gdt_pointer;
	regs->idtr.limit = REAL_MODE_IVT_LIMIT;
	regs->esp = stack - sizeof(*frame);
	frame = caller_frame(regs);
	*frame = (struct caller_frame){ip, cs, flags | FLAG_ALWAYS};
	return regs;
}

/* The vectors that are not a bare IRET. Entries that are tables have their
 * address in the same form. */
static const struct {
	uint8_t vector;
	const void *target;
} vectors[] = {
	/* clang-format off */
	{0x02, fixed_e2c3}, {0x05, int_05}, {0x08, int_08}, {0x09, int_09},
	{0x0a, int_irq_master}, {0x0b, int_irq_master}, {0x0c, int_irq_master},
	{0x0d, int_irq_master}, {0x0e, int_0e}, {0x0f, int_irq_master},
	{0x10, int_10}, {0x11, int_11}, {0x12, int_12}, {0x13, fixed_e3fe}, {0x14, int_14},
	{0x15, int_15}, {0x16, int_16}, {0x17, int_17}, {0x18, int_18}, {0x19, fixed_e6f2},
	{0x1a, int_1a}, {0x1d, video_table}, {0x1e, diskette_table}, {0x1f, font_8x8 + 1024},
	{0x40, int_40}, {0x41, NULL}, {0x43, font_8x8}, {0x46, NULL},
	{0x70, int_70}, {0x71, int_irq_slave}, {0x72, int_irq_slave},
	{0x73, int_irq_slave}, {0x74, int_irq_slave}, {0x75, int_irq_slave},
	{0x76, int_irq_slave}, {0x77, int_irq_slave},
	/* clang-format on */
	{VECTOR_APIC_TICK, int_apic_tick},
};

static uint32_t far_pointer(const void *target)
{
	return target ? (uint32_t)ROM_SEG << 16 | (uint16_t)((uintptr_t)target - ROM_BASE) : 0;
}

void interrupt_init(void)
{
	uint32_t *ivt = phys_ptr(0);
	uint32_t iret = far_pointer(fixed_ff53);

	for (unsigned i = 0; i < 0x78; i++)
		ivt[i] = iret;
	/* 60-67 are the user's, 78-FF nobody's: zero tells programs that look. */
	memset(&ivt[0x60], 0, 8 * sizeof(ivt[0]));
	memset(&ivt[0x78], 0, (256 - 0x78) * sizeof(ivt[0]));
	for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++)
		ivt[vectors[i].vector] = far_pointer(vectors[i].target);
	interrupt_reset_stack();
}

static void push(struct regs *regs, uint16_t word)
{
	regs->esp -= sizeof(word);
	*(uint16_t *)seg_ptr(regs->ss, regs->esp) = word;
}

/* Pushes what RETF or IRET pops. */
static void push_frame(struct regs *regs, uint16_t flags, uint16_t cs, uint16_t ip)
{
	push(regs, flags | FLAG_ALWAYS);
	push(regs, cs);
	push(regs, ip);
}

/* Calls a routine whose return address (of RETF or IRET) is on its stack already;
 * returns the flags that it left. */
static uint16_t call_real(struct regs *regs, uint16_t flags, uint16_t cs, uint16_t ip)
{
	regs->gdtr = gdt_pointer;
	regs->idtr = (struct table_register){.limit = REAL_MODE_IVT_LIMIT};
	push_frame(regs, flags, cs, ip);
	real_call(regs);
	return caller_frame(regs)->flags;
}

void interrupt_far_call(struct regs *regs, uint16_t cs, uint16_t ip)
{
	push(regs, ROM_SEG);
	push(regs, rom_offset(real_return));
	call_real(regs, FLAG_IF, cs, ip);
}

uint16_t interrupt_call(struct regs *regs, uint8_t vector)
{
	uint32_t target = *(uint32_t *)phys_ptr(vector * 4);

	push_frame(regs, FLAG_IF, ROM_SEG, rom_offset(real_return));
	return call_real(regs, 0, target >> 16, target);
}

/* A frame for enter_real() with what leads to the routine and, when it returns by
 * RETF or IRET, to INT 18h. */
static struct regs *frame_before_int18(uint16_t cs, uint16_t ip)
{
	struct regs *regs = real_mode_frame(BOOT_SECTOR, cs, ip, 0);

	regs->esp = BOOT_SECTOR;
	push_frame(regs, FLAG_IF, ROM_SEG, rom_offset(int_18));
	push_frame(regs, FLAG_IF, cs, ip);
	return regs;
}

void interrupt_far_jump(const struct regs *wanted, uint16_t cs, uint16_t ip)
{
	struct regs *regs = frame_before_int18(cs, ip);

	memcpy(&regs->edi, &wanted->edi, REGS_VECTOR - REGS_GPRS);
	enter_real(regs);
}

void interrupt_enter_hook(uint8_t vector)
{
	uint32_t target = *(uint32_t *)phys_ptr(vector * 4);

	if (target >> 16 != ROM_SEG)
		enter_real(frame_before_int18(target >> 16, target));
}

void halt(void)
{
	for (;;)
		asm volatile("cli; hlt");
}

void exception(const struct exception_frame *frame)
{
	say("%s: exception %u, error %x, at %08x, flags %x\n", petrel_version, frame->vector,
	    frame->error, frame->eip, frame->eflags);
	say("eax %08x ebx %08x ecx %08x edx %08x\n", frame->eax, frame->ebx, frame->ecx,
	    frame->edx);
	say("esi %08x edi %08x ebp %08x esp %08x\n", frame->esi, frame->edi, frame->ebp,
	    (uint32_t)(uintptr_t)(frame + 1));
	halt();
}
