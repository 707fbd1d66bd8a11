/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * An interrupt that an operating system leaves pending in the local APIC when it
 * reboots: QEMU's microvm does not reset the local APIC. The harness resets the
 * machine once in between; each run must find the tick running.
 *
 * Intel SDM volume 3, "APIC": the interrupt command register.
 */
#include "guest.h"

#define TICK_COUNT       0x46c
#define APIC_COMMAND     0xfee00300
#define SELF_FIXED       0x44000
#define LINUX_APIC_TIMER 0xec

static void wait_ticks(unsigned int ticks)
{
	u32 start = peek32(TICK_COUNT);

	while (peek32(TICK_COUNT) - start < ticks)
		intr_ax(0x16, 0x0100);
}

void test(void)
{
	__asm__ volatile("sti");
	wait_ticks(3);
	say("ticks\n");
	__asm__ volatile("cli");
	/* Through DS, to which the BIOS has given a limit of 4 GiB. */
	__asm__ volatile("movl %0, (%1)" ::"r"(SELF_FIXED | LINUX_APIC_TIMER), "r"(APIC_COMMAND)
			 : "memory");
	rendezvous("pending");
	/* Not an end: the interrupt comes here as well. */
	__asm__ volatile("sti");
	wait_ticks(3);
	ok(true);
}
