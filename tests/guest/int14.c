// SPDX-License-Identifier: LGPL-3.0-or-later
/*
 * INT 14h on each of the machine's UARTs, which are put into loopback mode, so that
 * what is sent comes back.
 *
 * References: Ralf Brown's Interrupt List (RBIL), INTERRUP.B, INT 14; MEMORY.LST for
 * 40:00 and 40:11; PC16550D data sheet for the registers.
 */

#include "guest.h"

enum { DATA = 0, LCR = 3, MCR = 4, LSR = 5, LOOPBACK = 0x13, DLAB = 0x80, TIMEOUT = 0x80 };

static u16 port_of(u16 number)
{
	return peek16(0x400 + 2 * number);
}

static u16 divisor(u16 port)
{
	u8 lcr = inb(port + LCR);
	u16 value;

	outb(port + LCR, lcr | DLAB);
	value = inb(port) | inb(port + 1) << 8;
	outb(port + LCR, lcr);
	return value;
}

static void lines(u16 number)
{
	u16 port = port_of(number);
	struct regs r = regs();

	/* RBIL 14/00: AL = E3h: 9600 baud, no parity, 1 stop bit, 8 bits */
	r = intr_ax_dx(0x14, 0x00e3, number);
	ok(!(r.ah & TIMEOUT) && divisor(port) == 12 && inb(port + LCR) == 3);
	/* 110 baud, even parity, 2 stop bits, 7 bits */
	r = intr_ax_dx(0x14, 0x001e, number);
	ok(divisor(port) == 1047 && inb(port + LCR) == 0x1e);
	/* RBIL 14/04: AL break, BH parity, BL stop bits, CH length, CL speed */
	r = regs();
	r.ax = 0x0400;
	r.cx = 0x0308;
	r.dx = number;
	intr(0x14, &r);
	ok(!(r.ah & TIMEOUT) && divisor(port) == 6 && inb(port + LCR) == 3);
}

static void transfers(u16 number)
{
	u16 port = port_of(number);
	struct regs r;
	u32 c;

	/* RBIL 14/05: AL = 01h writes the modem control register from BL */
	r = regs();
	r.ax = 0x0501;
	r.bl = LOOPBACK;
	r.dx = number;
	intr(0x14, &r);
	ok(inb(port + MCR) == LOOPBACK);
	r.ax = 0x0500;
	r.bl = 0;
	intr(0x14, &r);
	ok(r.bl == LOOPBACK);

	for (c = 0; c < 256; c += 17) {
		/* RBIL 14/01: AL as it was, AH bit 7 clear */
		r = intr_ax_dx(0x14, 0x0100 | c, number);
		ok(!(r.ah & TIMEOUT) && r.al == c);
		/* RBIL 14/03: AH bit 0: data ready */
		ok(intr_ax_dx(0x14, 0x0300, number).ah & 1);
		/* RBIL 14/02: AL is the character */
		r = intr_ax_dx(0x14, 0x0200, number);
		ok(!(r.ah & TIMEOUT) && r.al == c);
		ok(!(intr_ax_dx(0x14, 0x0300, number).ah & 1));
	}
	/* nothing comes: AH bit 7, after 40:7C seconds */
	r = intr_ax_dx(0x14, 0x0200, number);
	ok(r.ah & TIMEOUT);
	outb(port + MCR, 3);
}

void test(void)
{
	u16 number, count = intr_ax(0x11, 0).ax >> 9 & 7;

	/* No tick, by which the BIOS would take from COM1 what it takes for keys. */
	outb(0x21, 0xff);
	say("uarts: %u\n", count);
	for (number = 0; number < 4; number++) {
		say("port: %x\n", port_of(number));
		ok((port_of(number) != 0) == (number < count));
		if (port_of(number)) {
			lines(number);
			transfers(number);
		} else {
			ok(intr_ax_dx(0x14, 0x0300, number).ah & TIMEOUT);
		}
	}
	/* a port that no machine has; a function that there is not */
	ok(intr_ax_dx(0x14, 0x0300, 4).ah & TIMEOUT);
	ok(intr_ax_dx(0x14, 0x0300, 0xffff).ah & TIMEOUT);
}
