// SPDX-License-Identifier: LGPL-3.0-or-later
/*
 * A program with drivers of its own uses the disk's controller between two calls of INT
 * 13h, and leaves it off: an NVMe controller is disabled or has no way to memory, the ports
 * of an AHCI controller are stopped. INT 13h goes on as if nothing had been.
 *
 * References: PCI BIOS Specification 2.1 (B103h, B109h, B10Ah, B10Ch); NVM Express Base 1.4,
 * 3.1.5; AHCI 1.3.1, 3.3.7.
 */
#include "guest.h"
#include "sectors.h"

enum {
	BUFFER = 0x20000,
	SECTORS = 8,
	READS = 16, /* of a sequence, so that some are read ahead */

	NVME = 0x010802,
	NVME_BAR = 0x10,
	NVME_CONFIGURATION = 0x14,
	AHCI = 0x010601,
	AHCI_BAR = 0x24,
	AHCI_PORT_COMMAND = 0x118,
	AHCI_PORT_SIZE = 0x80,
	AHCI_PORTS = 6,

	COMMAND = 4,
	COMMAND_BUS_MASTER = 4,
};

static u32 where;

static struct regs pci(u16 ax, u32 ecx, u16 offset)
{
	struct regs r = regs();

	r.eax = ax;
	r.bx = where;
	r.ecx = ecx;
	r.di = offset;
	intr(0x1a, &r);
	return r;
}

static bool find(u32 class)
{
	struct regs r = pci(0xb103, class, 0);

	where = r.bx;
	return !carry(&r);
}

/* In unreal mode a pointer reaches it. */
static void write_register(u32 address, u32 value)
{
	*(volatile u32 *)address = value;
}

static void stop_controller(void)
{
	u32 registers, n;

	if (find(NVME)) {
		registers = pci(0xb10a, 0, NVME_BAR).ecx & ~15u;
		write_register(registers + NVME_CONFIGURATION, 0);
		say("stopped: nvme\n");
	} else if (find(AHCI)) {
		registers = pci(0xb10a, 0, AHCI_BAR).ecx & ~15u;
		for (n = 0; n < AHCI_PORTS; n++)
			write_register(registers + AHCI_PORT_COMMAND + n * AHCI_PORT_SIZE, 0);
		say("stopped: ahci\n");
	} else {
		ok(false);
	}
}

static void take_memory_away(void)
{
	struct regs r;

	if (!find(NVME))
		return;
	r = pci(0xb109, 0, COMMAND);
	ok(r.cx & COMMAND_BUS_MASTER);
	r = pci(0xb10c, r.cx & ~COMMAND_BUS_MASTER, COMMAND);
	ok(!carry(&r));
}

static void read_on(u32 lba)
{
	u32 i;

	for (i = 0; i < READS; i++, lba += SECTORS) {
		struct regs r = sectors_read(lba, SECTORS, BUFFER);

		ok(!carry(&r) && sectors_hold(BUFFER, lba, SECTORS));
	}
}

void test(void)
{
	struct regs r;

	enter_unreal();
	read_on(256);
	stop_controller();
	read_on(256 + READS * SECTORS);
	read_on(10000);
	stop_controller();
	r = sectors_transfer(0x4300, 19000, 1, BUFFER);
	ok(!carry(&r));
	take_memory_away();
	read_on(12000);
}
