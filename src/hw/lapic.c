/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * The local APIC by its registers in memory, as it is after reset (x2APIC mode
 * is for the OS to switch on).
 *
 * Specification: Intel SDM volume 3, chapter 11 "APIC".
 */
#include "hw/lapic.h"

#include "hw/io.h"
#include "layout.h"

#define LAPIC_BASE 0xfee00000u

enum {
	TASK_PRIORITY = 0x80,
	END_OF_INTERRUPT = 0xb0,
	SPURIOUS_VECTOR = 0xf0,
	COMMAND_LOW = 0x300,
	LVT_TIMER = 0x320,
	LVT_LINT0 = 0x350,
	TIMER_INITIAL = 0x380,
	TIMER_CURRENT = 0x390,
	TIMER_DIVIDE = 0x3e0,

	SPURIOUS_ENABLE = 1 << 8,
	LVT_MASKED = 1 << 16,
	LVT_PERIODIC = 1 << 17,
	LVT_EXTINT = 7 << 8,
	DIVIDE_BY_128 = 0xa,
	COMMAND_INIT = 0xc4500, /* all excluding self, assert, INIT */
	COMMAND_STARTUP = 0xc4600,
};

static void timer(uint32_t lvt, uint32_t count)
{
	writel(LAPIC_BASE + TIMER_DIVIDE, DIVIDE_BY_128);
	writel(LAPIC_BASE + LVT_TIMER, lvt);
	writel(LAPIC_BASE + TIMER_INITIAL, count);
}

void lapic_timer_start(uint32_t count)
{
	timer(LVT_MASKED, count);
}

void lapic_enable(void)
{
	writel(LAPIC_BASE + SPURIOUS_VECTOR, SPURIOUS_ENABLE | 0xff);
}

void lapic_pic_interrupts(bool on)
{
	writel(LAPIC_BASE + LVT_LINT0, on ? LVT_EXTINT : LVT_EXTINT | LVT_MASKED);
	/* QEMU's TCG would deliver an interrupt that waits already, and of which the PIC
	 * is not asked any more, as a #GP. This makes it look again. */
	if (!on)
		writel(LAPIC_BASE + TASK_PRIORITY, 0);
}

void lapic_timer_once(uint32_t count, uint8_t vector)
{
	timer(vector, count);
}

void lapic_timer_periodic(uint32_t count, uint8_t vector)
{
	timer(LVT_PERIODIC | vector, count);
}

uint32_t lapic_timer_count(void)
{
	return readl(LAPIC_BASE + TIMER_CURRENT);
}

void lapic_end_of_interrupt(void)
{
	writel(LAPIC_BASE + END_OF_INTERRUPT, 0);
}

void lapic_start_others(void)
{
	writel(LAPIC_BASE + COMMAND_LOW, COMMAND_INIT);
	writel(LAPIC_BASE + COMMAND_LOW, COMMAND_STARTUP | FSEG_BASE >> 12);
}
