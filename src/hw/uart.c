/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * 16550 serial ports as consoles. QEMU's transmitter takes 16 bytes at once, so
 * that one look at the status register serves 16 characters.
 *
 * Specification: National Semiconductor PC16550D data sheet, 8 "Registers".
 */
#include "hw/uart.h"

#include <stdbool.h>
#include <stddef.h>

#include "bda.h"
#include "console/console.h"
#include "hw/clock.h"
#include "hw/driver.h"
#include "hw/io.h"
#include "lib/error.h"
#include "lib/log.h"
#include "lib/memory.h"
#include "lib/util.h"

enum {
	FIFO_SIZE = 16,
	TIMEOUT_MS = 500, /* a real line of 300 baud takes 533 ms for a FIFO */
	EQUIPMENT_COM_SHIFT = 9,
	MAX_UARTS = 4,
	COM1 = 0x3f8,
	FIRST_ISA_PORT = 0x100, /* below are the chips of the board */
	NO_PORT = 0,
};

struct uart {
	struct console console;
	uint16_t port;
	int16_t typed_early; /* a byte that was there before we were, or negative */
	uint8_t room;        /* characters that the FIFO takes without looking */
};

static struct uart *uarts[MAX_UARTS];
static unsigned uart_count;
static struct uart *chosen;
static uint16_t wanted; /* the port that the user has named, if he has */
static bool asked_for;

static struct uart *uart_of(struct console *console)
{
	return container_of(console, struct uart, console);
}

/* True if the transmitter is empty. */
static bool uart_ready(struct console *console)
{
	struct uart *uart = uart_of(console);

	if (!(inb(uart->port + UART_LSR) & UART_LSR_THRE))
		return false;
	uart->room = FIFO_SIZE;
	return true;
}

/* The FIFO is full, as it was at the last look. */
static bool __attribute__((noinline)) uart_wait(struct console *console)
{
	struct deadline deadline = deadline_in_ms(TIMEOUT_MS);

	while (!uart_ready(console))
		if (deadline_passed(&deadline))
			return false;
	return true;
}

static bool uart_write(struct console *console, const char *s, size_t length)
{
	struct uart *uart = uart_of(console);

	while (length--) {
		if (!uart->room && !uart_wait(console))
			return false;
		uart->room--;
		outb(uart->port + UART_DATA, *s++);
	}
	return true;
}

static int uart_read(struct console *console)
{
	struct uart *uart = uart_of(console);
	int early = uart->typed_early;
	uint8_t status, c;

	uart->typed_early = -1;
	if (early >= 0)
		return early;
	status = inb(uart->port + UART_LSR);
	if (status == 0xff || !(status & UART_LSR_DATA))
		return -1;
	c = inb(uart->port + UART_DATA);
	return status & UART_LSR_BREAK ? CONSOLE_BREAK : c;
}

static const struct console_ops uart_ops = {
	.output = {.write = uart_write, .ready = uart_ready},
	.read = uart_read,
};

/*
 * The byte that a user has typed before we were there; negative if there is none.
 * Switching the FIFOs on empties them, and the receiver with them. Taking the byte
 * makes room for the next one, which would be lost then: in loopback mode QEMU
 * does not offer it.
 */
static int take_early_byte(uint16_t port)
{
	outb(port + UART_MCR, UART_MCR_LOOPBACK);
	return inb(port + UART_DATA);
}

/* 115200 baud, 8 bits, no parity, FIFOs on, no interrupts. */
static void uart_init(struct uart *uart)
{
	uint16_t port = uart->port;
	uint8_t status;

	outb(port + UART_IER, 0);
	outb(port + UART_LCR, UART_LCR_DLAB | UART_LCR_8N1);
	outb(port + UART_DLL, 1);
	outb(port + UART_DLM, 0);
	outb(port + UART_LCR, UART_LCR_8N1);
	status = inb(port + UART_LSR);
	uart->room = status & UART_LSR_THRE ? FIFO_SIZE : 0;
	uart->typed_early = status & UART_LSR_DATA ? take_early_byte(port) : -1;
	outb(port + UART_FCR, UART_FCR_ENABLE);
	outb(port + UART_MCR, UART_MCR_DTR | UART_MCR_RTS);
}

/* Brings up the chip at `port`; NULL if there are too many, or no memory. */
static struct uart *uart_add(uint16_t port)
{
	struct uart *uart = uart_count < MAX_UARTS ? memory_alloc_low(sizeof(*uart), 8) : NULL;

	if (!uart)
		return NULL;
	uart->console.ops = &uart_ops;
	uart->port = port;
	uart_init(uart);
	uarts[uart_count++] = uart;
	return uart;
}

static bool uart_answers(uint16_t port)
{
	/* The scratch register remembers; a port without a chip reads as FF. */
	outb(port + UART_SCRATCH, 0x5a);
	return inb(port + UART_SCRATCH) == 0x5a;
}

/* COM1 to COM4, 3F8, 2F8, 3E8 and 2E8, then others as they come. */
static unsigned rank(uint16_t port)
{
	static const uint16_t ports[] = {0x3f8, 0x2f8, 0x3e8, 0x2e8};
	unsigned i = 0;

	while (i < ARRAY_SIZE(ports) && ports[i] != port)
		i++;
	return i;
}

/* Tables list them in any order; DOS and INT 14h count from COM1. */
static void uart_sort(void)
{
	for (unsigned i = 1; i < uart_count; i++)
		for (unsigned j = i; j && rank(uarts[j]->port) < rank(uarts[j - 1]->port); j--) {
			struct uart *uart = uarts[j];

			uarts[j] = uarts[j - 1];
			uarts[j - 1] = uart;
		}
}

/* Tells INT 14h and other users of the BIOS data area. */
static void uart_publish(void)
{
	for (unsigned i = 0; i < uart_count; i++) {
		bda()->com_port[i] = uarts[i]->port;
		bda()->com_timeout[i] = 1;
	}
	bda()->equipment |= uart_count << EQUIPMENT_COM_SHIFT;
}

void uart_set_console(uint16_t port)
{
	bool possible = port >= FIRST_ISA_PORT && port <= UINT16_MAX - UART_PORTS;

	wanted = possible ? port : NO_PORT;
	asked_for = true;
}

static void uart_use(struct uart *uart)
{
	log_line(LOG_INFO, "serial console at port %x", uart->port);
	console_register(&uart->console);
	chosen = uart;
}

/* COM1 at once, so that what goes wrong with other devices is seen; another only
 * when it is clear that there is no COM1, or that it was asked for. */
static int uart_found(uint16_t port)
{
	struct uart *uart = uart_add(port);

	if (!uart)
		return ERR_NOMEM;
	if (port == (asked_for ? wanted : COM1))
		uart_use(uart);
	return 0;
}

static int uart_probe(struct aml *aml, const struct aml_device *device)
{
	struct aml_resources crs;
	struct aml_resource resource;

	if (aml_resources(aml, device, &crs))
		return ERR_INVAL;
	while (aml_next_resource(&crs, &resource) > 0)
		if (resource.kind == AML_IO && resource.length >= UART_PORTS &&
		    resource.base <= UINT16_MAX - UART_PORTS)
			return uart_found(resource.base);
	return ERR_INVAL;
}

static void uart_search(void)
{
	if (uart_answers(COM1))
		uart_found(COM1);
}

/* COM1 may be there although no table lists it. */
static struct uart *choose(void)
{
	uint16_t port = asked_for ? wanted : COM1;

	if (!asked_for && uart_count)
		return uarts[0];
	if (!asked_for && console_present())
		return NULL;
	return port != NO_PORT && uart_answers(port) ? uart_add(port) : NULL;
}

void uart_start(void)
{
	struct uart *uart;

	uart_sort();
	if (!chosen) {
		uart = choose();
		if (uart)
			uart_use(uart);
	}
	uart_publish();
}

void uart_use_default(void)
{
	asked_for = false;
	uart_start();
}

ACPI_DRIVER(uart) = {
	.ids = {"PNP0501", "PNP0500"},
	.probe = uart_probe,
	.search = uart_search,
};
