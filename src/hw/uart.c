/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * 16550 serial ports as consoles. QEMU's transmitter takes 16 bytes at once, so
 * that one look at the status register serves 16 characters.
 *
 * Specification: National Semiconductor PC16550D data sheet, 8 "Registers".
 */
#include "bda.h"
#include "console.h"
#include "driver.h"
#include "error.h"
#include "hw/clock.h"
#include "hw/io.h"
#include "hw/uart.h"
#include "print.h"

enum {
	FIFO_SIZE = 16,
	TIMEOUT_MS = 500,	/* a real line of 300 baud takes 533 ms for a FIFO */
	EQUIPMENT_COM_SHIFT = 9,
};

struct uart {
	struct console console;
	uint16_t port;
	bool stuck;		/* took nothing within the deadline: don't wait again */
};

static bool wait_empty(struct uart *uart)
{
	struct deadline deadline = deadline_in_ms(TIMEOUT_MS);

	while (!(inb(uart->port + UART_LSR) & UART_LSR_THRE)) {
		if (uart->stuck || deadline_passed(&deadline)) {
			uart->stuck = true;
			return false;
		}
	}
	uart->stuck = false;
	return true;
}

static void uart_write(struct console *console, const char *s, size_t length)
{
	struct uart *uart = (struct uart *)console;

	for (size_t i = 0; i < length; i++) {
		if (i % FIFO_SIZE == 0 && !wait_empty(uart))
			return;
		outb(uart->port + UART_DATA, s[i]);
	}
}

static int uart_read(struct console *console)
{
	struct uart *uart = (struct uart *)console;
	uint8_t status = inb(uart->port + UART_LSR);

	if (status == 0xff || !(status & UART_LSR_DATA))
		return -1;
	return inb(uart->port + UART_DATA);
}

static const struct console_ops uart_ops = {uart_write, uart_read};

/* 115200 baud, 8 bits, no parity, FIFOs on, no interrupts. What has been
 * received so far is kept: the user may have typed ahead. */
static void init(uint16_t port)
{
	outb(port + UART_IER, 0);
	outb(port + UART_LCR, UART_LCR_DLAB | UART_LCR_8N1);
	outb(port + UART_DLL, 1);
	outb(port + UART_DLM, 0);
	outb(port + UART_LCR, UART_LCR_8N1);
	outb(port + UART_FCR, UART_FCR_ENABLE);
	outb(port + UART_MCR, UART_MCR_DTR | UART_MCR_RTS);
}

/* Tells INT 14h and other users of the BIOS data area. */
static void publish(uint16_t port)
{
	for (unsigned i = 0; i < 4; i++) {
		if (bda()->com_port[i])
			continue;
		bda()->com_port[i] = port;
		bda()->com_timeout[i] = 1;
		bda()->equipment += 1 << EQUIPMENT_COM_SHIFT;
		return;
	}
}

int uart_add(uint16_t port)
{
	struct uart *uart = heap_alloc(sizeof(*uart), 4);

	if (!uart)
		return ERR_NOMEM;
	uart->console.ops = &uart_ops;
	uart->port = port;
	init(port);
	publish(port);
	log_line(LOG_INFO, "serial console at port %x", port);
	console_register(&uart->console);
	return 0;
}

static int probe(struct aml *aml, const struct aml_device *device)
{
	struct aml_resources crs;
	struct aml_resource resource;

	if (aml_resources(aml, device, &crs))
		return ERR_INVAL;
	while (aml_next_resource(&crs, &resource) > 0)
		if (resource.kind == AML_IO && resource.length >= UART_PORTS &&
		    resource.base <= UINT16_MAX - UART_PORTS)
			return uart_add(resource.base);
	return ERR_INVAL;
}

bool uart_probe_port(uint16_t port)
{
	/* The scratch register remembers; a port without a chip reads as FF. */
	outb(port + UART_SCRATCH, 0x5a);
	return inb(port + UART_SCRATCH) == 0x5a;
}

ACPI_DRIVER(uart) = {
	.ids = {"PNP0501", "PNP0500"},
	.probe = probe,
};
