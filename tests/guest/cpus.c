// SPDX-License-Identifier: LGPL-3.0-or-later
/*
 * Starts all other processors as an OS does, by INIT and STARTUP, and compares their
 * memory types with this one's: an OS expects the same on all.
 *
 * Reference: Intel SDM volume 3, 9.4.4 "MP Initialization Example", 12.11 "MTRRs".
 */

#include "guest.h"

#define TRAMPOLINE  0x20000 /* page 20h */
#define REPORTS     0x30000 /* 256 bytes for each processor */
#define REPORT_SIZE 256
#define DEADLINE    2000 /* ticks: 110 s */

#define ICR_INIT    0x000c4500u /* all but this one */
#define ICR_STARTUP (0x000c4600u | TRAMPOLINE >> 12)

/* MTRRs: default, the variable one in use, the fixed ones. */
const u32 msrs[] = {0x2ff, 0x200, 0x201, 0x250, 0x258, 0x259, 0x268, 0x269,
		    0x26a, 0x26b, 0x26c, 0x26d, 0x26e, 0x26f, 0};
volatile u32 started, reported;

/* What the others run, copied to the trampoline's page: code that works anywhere. */
extern const u8 trampoline[], trampoline_end[];
__asm__(".code16\n"
	"trampoline:\n\t"
	"xorw %ax, %ax\n\t"
	"movw %ax, %ds\n\t"
	"movl $1, %ebx\n\t"
	"lock xaddl %ebx, started\n\t"
	"shlw $4, %bx\n\t"
	"addw $0x3000, %bx\n\t"
	"movw %bx, %es\n\t"
	"xorw %di, %di\n\t"
	"movw $msrs, %si\n"
	"1:	movl (%si), %ecx\n\t"
	"jecxz 2f\n\t"
	"addw $4, %si\n\t"
	"rdmsr\n\t"
	"movl %eax, %es:(%di)\n\t"
	"movl %edx, %es:4(%di)\n\t"
	"addw $8, %di\n\t"
	"jmp 1b\n"
	"2:	lock incl reported\n"
	"3:	cli\n\t"
	"hlt\n\t"
	"jmp 3b\n"
	"trampoline_end:\n\t"
	".code16gcc\n");

/* A write to the local APIC's command register, from protected mode for a moment. */
static void command(u32 value)
{
	static const u64 gdt[] = {0, 0x00cf93000000ffffull};
	struct table_register table = {sizeof(gdt) - 1, (u32)gdt}, old = sgdt();
	u32 cr0 = read_cr0();

	__asm__ volatile("cli\n\t"
			 "lgdtl %0\n\t"
			 "movl %1, %%cr0\n\t"
			 "movw $8, %%cx\n\t"
			 "movw %%cx, %%gs\n\t"
			 "movl %3, %%gs:(%4)\n\t"
			 "movl %2, %%cr0\n\t"
			 "lgdtl %5\n\t"
			 "sti" ::"m"(table),
			 "r"(cr0 | 1), "r"(cr0), "r"(value), "r"(0xfee00300u), "m"(old)
			 : "ecx", "memory");
}

static u64 rdmsr(u32 index)
{
	u64 value;

	__asm__ volatile("rdmsr" : "=A"(value) : "c"(index));
	return value;
}

static bool same(u32 cpu)
{
	u32 i, at = REPORTS + cpu * REPORT_SIZE;

	for (i = 0; msrs[i]; i++, at += 8) {
		u64 value = rdmsr(msrs[i]);

		if (peek32(at) != (u32)value || peek32(at + 4) != (u32)(value >> 32))
			return false;
	}
	return true;
}

void test(void)
{
	u32 others = (u16)fw_cfg_u32(FW_CFG_NB_CPUS) - 1, i, differ = 0, start;

	for (i = 0; i < (u32)(trampoline_end - trampoline); i++)
		poke8(TRAMPOLINE + i, trampoline[i]);
	/* on, and write-back by default: what firmware is to leave, SDM 12.11 */
	ok((rdmsr(0x2ff) & 0xcff) == 0xc06);
	if (others) {
		command(ICR_INIT);
		command(ICR_STARTUP);
	}
	start = peek32(0x46c);
	while (reported < others && peek32(0x46c) - start < DEADLINE)
		__asm__ volatile("pause");
	say("cpus: %u\n", reported + 1);
	ok(reported == others);
	for (i = 0; i < reported; i++)
		differ += !same(i);
	/* on TCG, QEMU 7.2 clears these MSRs on INIT: for the harness to judge */
	say("differ: %u\n", differ);
}
