/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * AHCI controllers: which ports have a device, and what it is. Interrupts stay off. A
 * controller is left as it is when an operating system takes over: nothing is in flight
 * then, and what a device could still send goes to memory that is ours.
 *
 * Specification: AHCI 1.3.1, 3.1 "Generic Host Control".
 */
#include "hw/storage/ahci.h"

#include <string.h>

#include "hw/io.h"
#include "hw/pci/pci.h"
#include "lib/error.h"
#include "lib/format.h"
#include "lib/log.h"
#include "lib/memory.h"
#include "lib/util.h"

enum {
	REGISTERS_BAR = 5,
	CAPABILITIES = 0x00,
	GLOBAL_CONTROL = 0x04,
	PORTS_IMPLEMENTED = 0x0c,
	PORTS = 0x100,
	PORT_SIZE = 0x80,
	MAX_PORTS = 32,

	CAP_SLOTS_SHIFT = 8, /* their number less one */
	CAP_SLOTS = 0x1f,
	CAP_64_SHIFT = 31,
};

#define GLOBAL_AHCI (1u << 31)
#define VANISHED    0xffffffffu

/* Serial ATA 3.0, 13.15.2.1: what a device is, by what it sends after a reset. */
#define SIGNATURE_DISK   0x00000101u
#define SIGNATURE_PACKET 0xeb140101u

/* QEMU: idebus_get_fw_dev_path() and ide_dev_initfn(). */
static size_t port_path(const struct device *device, char *to, size_t size)
{
	return format(to, size, "/drive@%x/disk@0", (uint32_t)device->address);
}

/* EDD-4, table 22: the port, and that of a port multiplier. */
static void port_edd(const struct device *device, struct edd_path *edd)
{
	memcpy(edd->interface, "SATA    ", sizeof(edd->interface));
	edd->device_path[0] = device->address;
}

static const struct device_bus port_bus = {.path = port_path, .edd = port_edd};

/* Fills in what is known of a port without touching it. */
static int describe_port(struct ahci_port *port, const struct pci_function *function,
			 unsigned number, uint32_t capabilities)
{
	size_t length;

	memset(port, 0, sizeof(*port));
	device_init(&port->device, &port_bus, &function->device, number);
	device_name(&port->device, "ahci", &function->device);
	length = strlen(port->device.name);
	format(port->device.name + length, sizeof(port->device.name) - length, " port %u", number);
	port->slots = min_u32(AHCI_SLOTS, (capabilities >> CAP_SLOTS_SHIFT & CAP_SLOTS) + 1);
	port->can_64 = capabilities >> CAP_64_SHIFT;
	port->controller = pci_bar(function, REGISTERS_BAR, 0, PORTS);
	port->registers = pci_bar(function, REGISTERS_BAR, PORTS + number * PORT_SIZE, PORT_SIZE);
	return port->registers ? 0 : ERR_RANGE;
}

/* Registers what is at a port that has something. */
static int add_device(const struct ahci_port *description)
{
	struct ahci_port *port = memory_alloc(sizeof(*port), 8);
	uint32_t signature;
	int error;

	if (!port)
		return ERR_NOMEM;
	*port = *description;
	error = ahci_begin(port, &signature);
	if (error == ERR_NOMEM)
		return error;
	if (error)
		say("%s: the device does not become ready\n", port->device.name);
	else if (signature == SIGNATURE_DISK)
		error = ata_add(port);
	else if (signature == SIGNATURE_PACKET)
		error = atapi_add(port);
	else
		log_line(LOG_INFO, "%s: device %08x has no driver", port->device.name, signature);
	return error == ERR_NOMEM ? error : 0;
}

static int ahci_probe(struct pci_function *function)
{
	uint32_t registers = pci_bar(function, REGISTERS_BAR, 0, PORTS);
	uint32_t capabilities, ports;
	struct ahci_port port;
	int error = 0;

	if (!registers) {
		say("%s: no memory for its registers\n", function->device.name);
		return ERR_UNSUPPORTED;
	}
	pci_add_command(function, PCI_COMMAND_BUS_MASTER);
	writel(registers + GLOBAL_CONTROL, GLOBAL_AHCI);
	capabilities = readl(registers + CAPABILITIES);
	ports = readl(registers + PORTS_IMPLEMENTED);
	if (capabilities == VANISHED && ports == VANISHED) {
		say("%s: the controller has vanished\n", function->device.name);
		return ERR_IO;
	}
	for (unsigned i = 0; !error && i < MAX_PORTS; i++)
		if (ports & 1u << i && !describe_port(&port, function, i, capabilities) &&
		    ahci_has_device(&port))
			error = add_device(&port);
	return error;
}

PCI_DRIVER(ahci) = {
	.class_code = 0x010601, /* mass storage, Serial ATA, AHCI */
	.class_mask = 0xffffff,
	.probe = ahci_probe,
};
