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
#include "fw/fw_cfg.h"
#include "hw/clock.h"
#include "hw/io.h"
#include "print.h"
#include "hw/uart.h"

enum {
	FIFO_SIZE = 16,
	TIMEOUT_MS = 500, /* a real line of 300 baud takes 533 ms for a FIFO */
	EQUIPMENT_COM_SHIFT = 9,
	MAX_UARTS = 4,
	COM1 = 0x3f8,
	FIRST_ISA_PORT = 0x100, /* below are the chips of the board */
	ANY_PORT = 0x10000,     /* of wanted_port() */
	NO_PORT = 0,
};

struct uart {
	struct console console;
	uint16_t port;
	int16_t typed_early; /* a byte that was there before we were, or negative */
	uint8_t room;        /* characters that the FIFO takes without looking */
	bool stuck;          /* took nothing within the deadline: don't wait again */
};

static struct uart *uarts[MAX_UARTS];
static unsigned uart_count;
static struct uart *chosen;

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
	uart->room = FIFO_SIZE;
	return true;
}

static void uart_write(struct console *console, const char *s, size_t length)
{
	struct uart *uart = (struct uart *)console;

	for (; length; length--) {
		if (!uart->room && !wait_empty(uart))
			return;
		outb(uart->port + UART_DATA, *s++);
		uart->room--;
	}
}

static int uart_read(struct console *console)
{
	struct uart *uart = (struct uart *)console;
	uint8_t status, c;

	if (uart->typed_early >= 0) {
		c = uart->typed_early;
		uart->typed_early = -1;
		return c;
	}
	status = inb(uart->port + UART_LSR);
	if (status == 0xff || !(status & UART_LSR_DATA))
		return -1;
	c = inb(uart->port + UART_DATA);
	return status & UART_LSR_BREAK ? CONSOLE_BREAK : c;
}

static const struct console_ops uart_ops = {uart_write, uart_read};

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
static void init(struct uart *uart)
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
static struct uart *add(uint16_t port)
{
	struct uart *uart = uart_count < MAX_UARTS ? heap_alloc(sizeof(*uart), 4) : NULL;

	if (!uart)
		return NULL;
	uart->console.ops = &uart_ops;
	uart->port = port;
	init(uart);
	uarts[uart_count++] = uart;
	return uart;
}

static bool answers(uint16_t port)
{
	/* The scratch register remembers; a port without a chip reads as FF. */
	outb(port + UART_SCRATCH, 0x5a);
	return inb(port + UART_SCRATCH) == 0x5a;
}

/* COM1 to COM4, 3F8, 2F8, 3E8 and 2E8, the highest first. */
static unsigned rank(uint16_t port)
{
	return (port & 0x10) << 8 | port;
}

/* Tables list them in any order; DOS and INT 14h count from COM1. */
static void sort(void)
{
	for (unsigned i = 1; i < uart_count; i++)
		for (unsigned j = i; j && rank(uarts[j]->port) > rank(uarts[j - 1]->port); j--) {
			struct uart *uart = uarts[j];

			uarts[j] = uarts[j - 1];
			uarts[j - 1] = uart;
		}
}

/* Tells INT 14h and other users of the BIOS data area. */
static void publish(void)
{
	for (unsigned i = 0; i < uart_count; i++) {
		bda()->com_port[i] = uarts[i]->port;
		bda()->com_timeout[i] = 1;
	}
	bda()->equipment |= uart_count << EQUIPMENT_COM_SHIFT;
}

/* Where the user wants the console: etc/sercon-port, as SeaBIOS has it. */
static uint32_t wanted_port(void)
{
	uint64_t port;
	int error = fw_cfg_integer("etc/sercon-port", &port);

	if (error == ERR_NOENT)
		return ANY_PORT;
	if (error || port < FIRST_ISA_PORT || port > UINT16_MAX - UART_PORTS)
		return NO_PORT;
	return port;
}

static void use(struct uart *uart)
{
	log_line(LOG_INFO, "serial console at port %x", uart->port);
	console_register(&uart->console);
	chosen = uart;
}

/* COM1 at once, so that what goes wrong with other devices is seen; another only
 * when it is clear that there is no COM1, or that it was asked for. */
static int found(uint16_t port)
{
	struct uart *uart = add(port);
	uint32_t wanted = wanted_port();

	if (!uart)
		return ERR_NOMEM;
	if (port == wanted || (wanted == ANY_PORT && port == COM1))
		use(uart);
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
			return found(resource.base);
	return ERR_INVAL;
}

static void search(void)
{
	if (answers(COM1))
		found(COM1);
}

static struct uart *choose(uint32_t wanted)
{
	if (wanted == ANY_PORT && uart_count)
		return uarts[0];
	if (wanted == ANY_PORT)
		wanted = console_present() ? NO_PORT : COM1;
	return wanted != NO_PORT && answers(wanted) ? add(wanted) : NULL;
}

void uart_start(void)
{
	struct uart *uart;

	sort();
	if (!chosen) {
		uart = choose(wanted_port());
		if (uart)
			use(uart);
	}
	publish();
}

ACPI_DRIVER(uart) = {
	.ids = {"PNP0501", "PNP0500"},
	.probe = probe,
	.search = search,
};
