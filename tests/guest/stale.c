/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * What Linux on a microvm leaves in the local APIC when it reboots, by a jump to the
 * reset vector: an interrupt in service, as after a panic in its handler, and another
 * one pending. The next boot must find the tick running.
 *
 * Intel SDM volume 3, "APIC": the interrupt command register.
 */
#include "guest.h"

#define TICK_COUNT       0x46c
#define APIC_COMMAND     0xfee00300
#define SELF_FIXED       0x44000
#define LINUX_APIC_TIMER 0xec
#define BIOS_IRET        0xf000ff53
#define MARK             0x9f000 /* memory stays as it is over a reset */

/* By interrupts alone: a call of the BIOS would count what the clock says. */
static void wait_ticks(unsigned int ticks)
{
	u32 start = peek32(TICK_COUNT);

	while (peek32(TICK_COUNT) - start < ticks)
		__asm__ volatile("sti; hlt");
}

/* Through DS, to which the BIOS has given a limit of 4 GiB. */
static void interrupt_self(void)
{
	__asm__ volatile("movl %0, (%1)" ::"r"(SELF_FIXED | LINUX_APIC_TIMER), "r"(APIC_COMMAND)
			 : "memory");
}

void test(void)
{
	u32 i;

	wait_ticks(3);
	say("ticks\n");
	if (peek32(MARK) == MARK) {
		ok(true);
		return;
	}
	poke32(MARK, MARK);
	poke32(LINUX_APIC_TIMER * 4, BIOS_IRET); /* without an end of interrupt */
	interrupt_self();
	for (i = 0; i < 1000; i++) /* it comes between two instructions */
		__asm__ volatile("");
	__asm__ volatile("cli");
	interrupt_self();
	__asm__ volatile("ljmp $0xf000, $0xfff0");
}
