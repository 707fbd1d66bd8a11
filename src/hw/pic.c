/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * 8259A interrupt controllers and 8254 interval timer, either of which a microvm may
 * lack (pic=off, pit=off) without its ACPI tables saying so. Each is told apart from an
 * empty port by reading back what was written.
 *
 * Specifications: Intel 8259A and 8254 data sheets.
 */
#include "hw/pic.h"

#include <stdint.h>

#include "hw/io.h"

enum {
	PIC1 = 0x20, /* command; the data port is the next one */
	PIC2 = 0xa0,
	ICW1_INIT_ICW4 = 0x11,
	ICW4_8086 = 0x01,
	CASCADE = 2,
	MASK_ALL = 0xff,
	MASK_BUT_CASCADE = 0xf9, /* IRQ 1, which a keyboard may have, and the cascade open */
	MASK_BUT_TIMER = 0xf8,   /* IRQ 0 as well */
	OCW2_EOI = 0x20,         /* of the highest in service */
	OCW2_EOI_TIMER = 0x60,   /* of IRQ 0: a hook may have ended it already */
	OCW3_READ_ISR = 0x0b,
	FIRST_OF_PIC2 = 8,
	PIC2_IRQ8 = 1 << 0, /* in its mask */

	PIT_COUNTER0 = 0x40,
	PIT_CONTROL = 0x43,
	PIT_READ_STATUS0 = 0xe2,
	PIT_COUNTER0_MODE3 = 0x36,
};

static bool have_pic;

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
	/* FF is an empty port. A status never has all bits set: one of them is BCD counting. */
	if (inb(PIT_COUNTER0) == 0xff)
		return false;
	outb(PIT_CONTROL, PIT_COUNTER0_MODE3);
	outb(PIT_COUNTER0, 0);
	outb(PIT_COUNTER0, 0);
	return true;
}

bool pic_init(void)
{
	/* The timer first: programming it raises IRQ 0, which the interrupt
	 * controllers forget when they are initialised. */
	bool have_pit = probe_pit();

	have_pic = probe_pic(have_pit ? MASK_BUT_TIMER : MASK_BUT_CASCADE);
	return have_pic && have_pit;
}

bool pic_present(void)
{
	return have_pic;
}

void pic_end_of_timer(void)
{
	if (have_pic)
		outb(PIC1, OCW2_EOI_TIMER);
}

void pic_end_of_irq(unsigned irq)
{
	uint16_t port = irq < FIRST_OF_PIC2 ? PIC1 : PIC2;

	if (!have_pic)
		return;
	/* A spurious interrupt is not in service, and must not be acknowledged
	 * in place of another. */
	outb(port, OCW3_READ_ISR);
	if (inb(port))
		outb(port, OCW2_EOI);
	if (port == PIC2)
		outb(PIC1, OCW2_EOI);
}

bool pic_open_irq8(void)
{
	if (have_pic)
		outb(PIC2 + 1, inb(PIC2 + 1) & ~PIC2_IRQ8);
	return have_pic;
}
