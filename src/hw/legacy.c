/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * 8259A interrupt controllers and 8254 interval timer, either of which a
 * microvm may lack (pic=off, pit=off) without its ACPI tables saying so. Each is
 * told apart from an empty port by reading back what was written.
 *
 * The tick comes from the timer by IRQ 0 where both exist, as real-mode programs
 * expect it; otherwise from the local APIC's timer, which needs a vector of its
 * own, since it cannot deliver one below 16.
 *
 * Specifications: Intel 8259A and 8254 data sheets.
 */
#include "hw/legacy.h"

#include "hw/clock.h"
#include "hw/io.h"
#include "hw/lapic.h"
#include "interrupt.h"
#include "print.h"

enum {
	PIC1 = 0x20, /* command; the data port is the next one */
	PIC2 = 0xa0,
	ICW1_INIT_ICW4 = 0x11,
	ICW4_8086 = 0x01,
	PIC1_VECTOR = 0x08,
	PIC2_VECTOR = 0x70,
	CASCADE = 2,
	MASK_ALL = 0xff,
	MASK_BUT_CASCADE = 0xfb,
	MASK_BUT_TIMER = 0xfa, /* IRQ 0 and the cascade open */
	OCW2_EOI = 0x20,
	OCW3_READ_ISR = 0x0b,

	PIT_COUNTER0 = 0x40,
	PIT_CONTROL = 0x43,
	PIT_READ_STATUS0 = 0xe2,
	PIT_COUNTER0_MODE3 = 0x36,

	/* one tick on the local APIC's timer */
	TICK_COUNT = TICK_NS * (LAPIC_TIMER_HZ / NS_PER_SECOND) / LAPIC_TIMER_DIVIDER,
};

static bool have_pic, tick_by_apic, ticking;

static void program_pic(uint16_t port, uint8_t vector, uint8_t cascade, uint8_t mask)
{
	outb(port, ICW1_INIT_ICW4);
	outb(port + 1, vector);
	outb(port + 1, cascade);
	outb(port + 1, ICW4_8086);
	outb(port + 1, mask);
}

static bool probe_pic(uint8_t mask)
{
	program_pic(PIC1, PIC1_VECTOR, 1 << CASCADE, mask);
	if (inb(PIC1 + 1) != mask)
		return false;
	program_pic(PIC2, PIC2_VECTOR, CASCADE, MASK_ALL);
	return true;
}

static bool probe_pit(void)
{
	outb(PIT_CONTROL, PIT_READ_STATUS0);
	if (inb(PIT_COUNTER0) == 0xff) /* a status never has all bits set: BCD is off */
		return false;
	outb(PIT_CONTROL, PIT_COUNTER0_MODE3);
	outb(PIT_COUNTER0, 0);
	outb(PIT_COUNTER0, 0);
	return true;
}

void legacy_init(void)
{
	/* The timer first: programming it raises IRQ 0, which the interrupt
	 * controllers forget when they are initialised. */
	bool have_pit = probe_pit();

	have_pic = probe_pic(have_pit ? MASK_BUT_TIMER : MASK_BUT_CASCADE);
	tick_by_apic = !have_pic || !have_pit;
	if (tick_by_apic)
		clock_release_lapic();
	tick_restart();
	log_line(LOG_INFO, "tick from the %s", tick_by_apic ? "local APIC" : "interval timer");
}

void tick_silence(void)
{
	if (!ticking)
		return;
	ticking = false;
	/* Linux, told by ACPI that there is no legacy hardware, leaves the PIC
	 * alone but keeps LINT0 as it finds it: IRQ 0 would be its vector 8. */
	lapic_pic_interrupts(false);
	if (tick_by_apic)
		lapic_timer_start(0);
}

void tick_resume(void)
{
	if (ticking)
		return;
	ticking = true;
	lapic_pic_interrupts(true);
	if (tick_by_apic)
		lapic_timer_periodic(TICK_COUNT, VECTOR_APIC_TICK);
}

void tick_restart(void)
{
	lapic_enable();
	ticking = false;
	tick_resume();
}

void legacy_end_of_tick(void)
{
	if (have_pic)
		outb(PIC1, OCW2_EOI);
}

void legacy_apic_tick(struct regs *regs)
{
	lapic_end_of_interrupt();
	interrupt_continue(regs, call_tick);
}

bool legacy_have_pic(void)
{
	return have_pic;
}

bool legacy_open_irq8(void)
{
	if (have_pic)
		outb(PIC2 + 1, inb(PIC2 + 1) & ~1);
	return have_pic;
}

void legacy_end_of_irq(struct regs *regs)
{
	bool slave = (uint8_t)regs->vector >= PIC2_VECTOR;

	if (!have_pic)
		return;
	/* A spurious interrupt is not in service, and must not be acknowledged
	 * in place of another. */
	outb(slave ? PIC2 : PIC1, OCW3_READ_ISR);
	if (inb(slave ? PIC2 : PIC1))
		outb(slave ? PIC2 : PIC1, OCW2_EOI);
	if (slave)
		outb(PIC1, OCW2_EOI);
}
