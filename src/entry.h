/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * What entry.S and the linker script rom.lds.S define. A part of the memory layout, as
 * layout.h and bda.h are, so every folder may include it.
 */
#ifndef PETREL_ENTRY_H
#define PETREL_ENTRY_H

#include <stdbool.h>
#include <stdint.h>

#include "layout.h"

struct regs;

/* rom.lds.S: what POST clears, where the variables end, and the free part of F000. */
extern uint8_t bss_start[], bss_end[], data_end[], fseg_tables_start[], fseg_tables_end[];

/* Interrupt stubs, in 16-bit code: C takes their addresses and never calls them. */
void fixed_e2c3(void), fixed_e3fe(void), fixed_e6f2(void), fixed_ff53(void);
void int_05(void), int_08(void), int_09(void), int_0e(void), int_10(void), int_11(void);
void int_12(void), int_14(void), int_15(void), int_16(void), int_17(void);
void int_18(void), int_1a(void), int_40(void), int_70(void);
void int_apic_tick(void), int_irq_master(void), int_irq_slave(void);

/* Where the next interrupt's frame ends: offset in segment E000, and that segment. */
extern uint32_t private_stack[2];

/* The Plug and Play BIOS's installation structure. */
extern const uint8_t pnp_structure[];

/* What LGDT loads for protected mode. */
extern const struct table_register gdt_pointer;

/* Ways from C into real mode; bios/realmode.h says when to use which. */
void __attribute__((noreturn)) enter_real(struct regs *regs);
void real_call(struct regs *regs);
void real_call_done(struct regs *regs);

/* Routines that run in real mode, by their offset in segment F000. */
void real_return(void), pmm_entry(void);
void wait_key_hlt(void), wait_key_spin(void), wait_idle_hlt(void), wait_time(void);
void call_tick(void), call_user_tick(void), call_break(void), call_alarm(void);
void call_nmi(void);
void call_print_screen(void);
void resume_jump(void), resume_iret(void), resume_retf(void);

/* An MSR and its value, of which a starting processor reads a list. */
struct smp_msr {
	uint32_t index;
	uint64_t value;
} __attribute__((packed));

_Static_assert(sizeof(struct smp_msr) == 12, "entry.S steps by 12");

extern struct smp_msr smp_msrs[SMP_MSRS];
extern uint32_t smp_msr_count;

/* A bit for each APIC id of those: of eight bits, as a local APIC has before an OS makes
 * it an x2APIC; ids of 256 and above are taken modulo 256. */
extern uint32_t smp_apic_ids[256 / 32];

/* How many of the other processors have started. */
extern volatile uint32_t smp_running;

/* An NMI came in protected mode, and nobody has been told. */
extern volatile bool nmi_waiting;

/* Writes an MSR; false if the processor refuses the value, or has no such MSR. */
bool try_wrmsr(uint32_t index, uint64_t value);

#endif
