// SPDX-License-Identifier: LGPL-3.0-or-later
/*
 * An operating system asks for the memory map, enters protected mode with interrupts on
 * and finds none: half a second long if it has loaded no descriptor table before it asked,
 * three seconds and more if it has, as all loaders do that call the BIOS from protected mode.
 *
 * Run it with -icount, where the TSC counts virtual nanoseconds.
 *
 * Reference: Intel SDM volume 3, 9.9 "Mode switching", 6.11 "IDT descriptors".
 */

#include "guest.h"

#define SECOND  1000000000u
#define VECTORS 256
#define CODE16  8
#define GATE16  0x8600

u32 interrupts;

void any_interrupt(void), protected_mode(void), real_mode(void);

/* Null, code and data as real mode has them. */
static u64 gdt[] = {0, 0x00009b000000ffffull, 0x000093000000ffffull};
static u64 idt[VECTORS];
struct table_register gdtr = {sizeof(gdt) - 1, (u32)gdt}, idtr = {sizeof(idt) - 1, (u32)idt};
struct table_register ivtr = {0x3ff, 0};

__asm__("any_interrupt:\n\t"
	"incl interrupts\n\t"
	"iretw\n"

	"protected_mode:\n\t"
	"cli\n\t"
	"lgdtl gdtr\n\t"
	"lidtl idtr\n\t"
	"movl %cr0, %eax\n\t"
	"orb $1, %al\n\t"
	"movl %eax, %cr0\n\t"
	"ljmpw $8, $1f\n\t"
	"1: movw $16, %ax\n\t"
	"movw %ax, %ds\n\t"
	"movw %ax, %es\n\t"
	"movw %ax, %ss\n\t"
	"sti\n\t"
	"retl\n"

	"real_mode:\n\t"
	"cli\n\t"
	"movl %cr0, %eax\n\t"
	"andb $~1, %al\n\t"
	"movl %eax, %cr0\n\t"
	"ljmpw $0, $2f\n\t"
	"2: xorw %ax, %ax\n\t"
	"movw %ax, %ds\n\t"
	"movw %ax, %es\n\t"
	"movw %ax, %ss\n\t"
	"lidtl ivtr\n\t"
	"sti\n\t"
	"retl\n");

static void spin(u32 nanoseconds)
{
	u64 start = rdtsc();

	while (rdtsc() - start < nanoseconds)
		;
}

/* The interrupts of so long in protected mode. */
static u32 interrupts_within(u32 nanoseconds)
{
	interrupts = 0;
	protected_mode();
	spin(nanoseconds);
	real_mode();
	return interrupts;
}

void test(void)
{
	u32 i, count, start;

	for (i = 0; i < VECTORS; i++)
		idt[i] = (u32)any_interrupt | CODE16 << 16 | (u64)GATE16 << 32;
	ok(ask_for_memory_map());
	count = interrupts_within(SECOND / 2);
	say("without a table before: %u\n", count);
	ok(count == 0);

	/* back in real mode, and to the BIOS: the tick is there again */
	intr_ax(0x1a, 0);
	for (start = peek32(0x46c); peek32(0x46c) - start < 2;)
		;
	ok(ask_for_memory_map()); /* now the table is ours */
	count = interrupts_within(3 * SECOND);
	say("with one: %u\n", count);
	ok(count == 0);
	intr_ax(0x1a, 0);
	ok(interrupts_within(SECOND / 4) >= 1); /* this is what is not found above */
}
