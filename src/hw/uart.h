/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * The 16550's registers, and serial consoles that no ACPI table lists.
 */
#ifndef PETREL_HW_UART_H
#define PETREL_HW_UART_H

#include <stdbool.h>
#include <stdint.h>

/* Offsets from the chip's port. */
enum uart_register {
	UART_DATA = 0,
	UART_DLL = 0,	/* divisor, while DLAB is set */
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
	UART_LSR_DATA = 0x01,
	UART_LSR_THRE = 0x20,
};

/* Makes the chip at `port` a console. Returns 0 or ERR_NOMEM. */
int uart_add(uint16_t port);

/* True if a chip answers at `port`. */
bool uart_probe_port(uint16_t port);

#endif
