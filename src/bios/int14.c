/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * INT 14h: the serial ports that the BIOS data area lists, at 0040:0000.
 *
 * Reference: IBM PS/2 and PC BIOS Interface Technical Reference, "INT 14H".
 */
#include "bda.h"
#include "bios/regs.h"
#include "bios/service.h"
#include "hw/clock.h"
#include "hw/io.h"
#include "hw/uart.h"
#include "lib/util.h"

enum {
	STATUS_TIMEOUT = 0x80,
	STATUS_OF_RECEIVE = 0x1e, /* AH=02h returns only the four error bits */
	TIMEOUT_UNIT_MS = 1000,

	/* AL of AH=00h: the line control register's lower five bits, and the speed. */
	AL_LINE = 0x1f,
	AL_SPEED_SHIFT = 5,

	/* Where AH=04h's parts go in the line control register. */
	LINE_STOP_SHIFT = 2,
	LINE_PARITY_SHIFT = 3,
	LINE_BREAK_SHIFT = 6,
};

/* 110, 150, 300, 600, 1200, 2400, 4800, 9600 and 19200 baud: 115200 divided by each. The
 * last one only AH=04h can name. */
static const uint16_t divisors[] = {1047, 768, 384, 192, 96, 48, 24, 12, 6};

static void get_status(uint16_t port, struct regs *regs)
{
	regs->ah = inb(port + UART_LSR) & ~STATUS_TIMEOUT;
	regs->al = inb(port + UART_MSR);
}

static void set_line(uint16_t port, uint16_t divisor, uint8_t line)
{
	outb(port + UART_LCR, line | UART_LCR_DLAB);
	outb(port + UART_DLL, divisor);
	outb(port + UART_DLM, divisor >> 8);
	outb(port + UART_LCR, line);
}

/* AH=00h: AL's upper three bits are the speed, 110 baud to 9600. */
static void initialize(uint16_t port, struct regs *regs)
{
	set_line(port, divisors[regs->al >> AL_SPEED_SHIFT], regs->al & AL_LINE);
	get_status(port, regs);
}

/* AH=04h: break, parity, stop bits, word length and speed in registers of their own. */
static void initialize_extended(uint16_t port, struct regs *regs)
{
	if (regs->cl >= ARRAY_SIZE(divisors)) {
		regs->ah = STATUS_TIMEOUT;
		return;
	}
	set_line(port, divisors[regs->cl],
		 (regs->al & 1) << LINE_BREAK_SHIFT | (regs->bh & 7) << LINE_PARITY_SHIFT |
			 (regs->bl & 1) << LINE_STOP_SHIFT | (regs->ch & 3));
	get_status(port, regs);
}

/* Waits for bits of the line status; returns it, or 0 when the time is over. */
static uint8_t wait_line(uint16_t port, uint8_t bits, uint8_t seconds)
{
	struct deadline deadline = deadline_in_ms(seconds * TIMEOUT_UNIT_MS);
	uint8_t status;

	do {
		status = inb(port + UART_LSR);
		if (status & bits)
			return status;
	} while (!deadline_passed(&deadline));
	return 0;
}

static void send(uint16_t port, struct regs *regs, uint8_t timeout)
{
	uint8_t status = wait_line(port, UART_LSR_THRE, timeout);

	if (status)
		outb(port + UART_DATA, regs->al);
	regs->ah = status ? status & ~STATUS_TIMEOUT : STATUS_TIMEOUT;
}

static void receive(uint16_t port, struct regs *regs, uint8_t timeout)
{
	uint8_t status = wait_line(port, UART_LSR_DATA, timeout);

	if (status)
		regs->al = inb(port + UART_DATA);
	regs->ah = status ? status & STATUS_OF_RECEIVE : STATUS_TIMEOUT;
}

/* AH=05h: the modem control register. */
static void modem_control(uint16_t port, struct regs *regs)
{
	if (regs->al == 0)
		regs->bl = inb(port + UART_MCR);
	else if (regs->al == 1)
		outb(port + UART_MCR, regs->bl);
	get_status(port, regs);
}

void int14_serial(struct regs *regs)
{
	uint16_t port = regs->dx < 4 ? bda()->com_port[regs->dx] : 0;

	if (!port) {
		regs->ah = STATUS_TIMEOUT;
		return;
	}
	switch (regs->ah) {
	case 0x00:
		initialize(port, regs);
		break;
	case 0x01:
		send(port, regs, bda()->com_timeout[regs->dx]);
		break;
	case 0x02:
		receive(port, regs, bda()->com_timeout[regs->dx]);
		break;
	case 0x03:
		get_status(port, regs);
		break;
	case 0x04:
		initialize_extended(port, regs);
		break;
	case 0x05:
		modem_control(port, regs);
		break;
	default:
		regs->ah = STATUS_TIMEOUT;
	}
}
