/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * The 16550's registers, and the choice of the serial console.
 */
#ifndef PETREL_HW_UART_H
#define PETREL_HW_UART_H

#include <stdint.h>

/* Offsets from the chip's port. */
enum uart_register {
	UART_DATA = 0,
	UART_DLL = 0, /* divisor, while DLAB is set */
	UART_DLM = 1,
	UART_IER = 1,
	UART_FCR = 2,
	UART_LCR = 3,
	UART_MCR = 4,
	UART_LSR = 5,
	UART_MSR = 6,
	UART_SCRATCH = 7,
	UART_PORTS = 8,
};

enum {
	UART_FCR_ENABLE = 1,
	UART_LCR_8N1 = 0x03,
	UART_LCR_DLAB = 0x80,
	UART_MCR_DTR = 1,
	UART_MCR_RTS = 2,
	UART_MCR_LOOPBACK = 0x10,
	UART_LSR_DATA = 0x01,
	UART_LSR_BREAK = 0x10,
	UART_LSR_THRE = 0x20,
};

/* The console is to be the chip at this port; none if there is no chip. Call before
 * any chip is found. */
void uart_set_console(uint16_t port);

/*
 * Chooses the console among the chips that were found, now that all are: the one that was
 * asked for, by default the first, or COM1 if tables list no console at all but it
 * answers. Tells INT 14h of the chips.
 */
void uart_start(void);

/* After that: there is to be a console all the same, as if none had been asked for. */
void uart_use_default(void);

#endif
