// SPDX-License-Identifier: LGPL-3.0-or-later
/*
 * NMIs while the BIOS waits for sectors 300 and 600, which test_pauses.py injects. The calls go
 * on, and the program's handler is called after the first.
 *
 * Reference: Intel SDM volume 3, 6.7 "Nonmaskable interrupt", 11.5.1 "Local vector table".
 */

#include "guest.h"
#include "sectors.h"

#define BUFFER    0x20000
#define COUNT     64
#define LVT_LINT1 0xfee00360u
#define LVT_NMI   0x400u

u32 nmis;
void hook_nmi(void);
__asm__("hook_nmi:\n\t"
	"incl %cs:nmis\n\t"
	"iretw");

static void read(u32 lba)
{
	struct regs r = sectors_read(lba, COUNT, BUFFER);

	ok(!carry(&r) && sectors_hold(BUFFER, lba, COUNT));
}

void test(void)
{
	u32 old = peek32(2 * 4);

	enter_unreal();
	/* where the injected one comes in */
	__asm__ volatile("movl %1, (%0)" ::"r"(LVT_LINT1), "r"(LVT_NMI) : "memory");
	poke32(2 * 4, (u32)hook_nmi);
	read(300);
	ok(nmis == 1);
	poke32(2 * 4, old);
	read(600);
	read(900);
	ok(nmis == 1);
}
