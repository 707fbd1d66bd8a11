/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * The PCI BIOS, by which option ROMs and boot programs find devices and reach their
 * configuration space: by INT 1Ah AH=B1h, and through the 32-bit service directory for
 * callers in flat protected mode. Configuration space is reached by ECAM, whose address
 * no paging caller has mapped, so such a caller (a 32-bit Linux) is refused in bios32.S.
 *
 * There is no IRQ routing to tell of: a microvm's PCI interrupts go to the IO APIC only.
 *
 * Specification: PCI BIOS 2.1; Standard BIOS 32-bit Service Directory 0.4.
 */
#include "bios/pcibios.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "bios/regs.h"
#include "hw/io.h"
#include "hw/pci/host.h"
#include "hw/pci/pci.h"
#include "lib/checksum.h"
#include "lib/memory.h"

enum pcibios_function {
	BIOS_PRESENT = 0x01,
	FIND_DEVICE = 0x02,
	FIND_CLASS = 0x03,
	READ_BYTE = 0x08,
	READ_WORD = 0x09,
	READ_DWORD = 0x0a,
	WRITE_BYTE = 0x0b,
	WRITE_WORD = 0x0c,
	WRITE_DWORD = 0x0d,
};

enum pcibios_status {
	SUCCESSFUL = 0x00,
	BAD_VENDOR = 0x83,
	DEVICE_NOT_FOUND = 0x86,
	BAD_REGISTER = 0x87,
};

enum {
	VERSION = 0x0210, /* BCD */
	NO_VENDOR = 0xffff,
};

#define SIGNATURE 0x20494350 /* "PCI " */

struct service_directory {
	char signature[4]; /* "_32_" */
	uint32_t entry;
	uint8_t revision, paragraphs, checksum;
	uint8_t reserved[5];
} __attribute__((packed));

_Static_assert(sizeof(struct service_directory) == 16, "32-bit service directory");

static uint8_t last_bus(void)
{
	uint8_t last = 0;

	for (const struct pci_function *f = pci_first(); f; f = f->next) {
		if (f->bus > last)
			last = f->bus;
		if (f->is_bridge && f->subordinate > last)
			last = f->subordinate;
	}
	return last;
}

static uint8_t bios_present(struct regs *regs)
{
	regs->edx = SIGNATURE;
	regs->al = 0; /* neither of the two mechanisms by ports */
	regs->bx = VERSION;
	regs->cl = last_bus();
	return SUCCESSFUL;
}

static void tell(struct regs *regs, const struct pci_function *f)
{
	regs->bh = f->bus;
	regs->bl = f->slot << 3 | f->number;
}

/* Finds number SI of those that match. */
static uint8_t find(struct regs *regs, bool by_class)
{
	uint16_t index = regs->si;

	if (!by_class && regs->dx == NO_VENDOR)
		return BAD_VENDOR;
	for (const struct pci_function *f = pci_first(); f; f = f->next) {
		bool found = by_class ? f->class_code == (regs->ecx & 0xffffff) :
					f->vendor == regs->dx && f->id == regs->cx;

		if (!found || index--)
			continue;
		tell(regs, f);
		return SUCCESSFUL;
	}
	return DEVICE_NOT_FOUND;
}

/* Reaches a function by its address alone; it need not exist, and then reads give ones. */
static uint8_t access(struct regs *regs)
{
	uint32_t config = pci_config_address(regs->bx), at = config + regs->di;
	unsigned size = 1u << ((regs->al - READ_BYTE) % 3);

	if (regs->di % size || regs->di >= PCI_ECAM_SIZE)
		return BAD_REGISTER;
	if (!config && regs->al <= READ_DWORD)
		regs->ecx = UINT32_MAX;
	if (!config)
		return SUCCESSFUL;
	switch (regs->al) {
	case READ_BYTE:
		regs->cl = readb(at);
		break;
	case READ_WORD:
		regs->cx = readw(at);
		break;
	case READ_DWORD:
		regs->ecx = readl(at);
		break;
	case WRITE_BYTE:
		writeb(at, regs->cl);
		break;
	case WRITE_WORD:
		writew(at, regs->cx);
		break;
	default:
		writel(at, regs->ecx);
	}
	return SUCCESSFUL;
}

static uint8_t serve(struct regs *regs)
{
	if (!pci_first())
		return PCIBIOS_UNSUPPORTED;
	switch (regs->al) {
	case BIOS_PRESENT:
		return bios_present(regs);
	case FIND_DEVICE:
		return find(regs, false);
	case FIND_CLASS:
		return find(regs, true);
	case READ_BYTE ... WRITE_DWORD:
		return access(regs);
	default: /* special cycles; IRQ routing */
		return PCIBIOS_UNSUPPORTED;
	}
}

bool pcibios_call(struct regs *regs)
{
	regs->ah = serve(regs);
	return regs->ah != SUCCESSFUL;
}

void pcibios_init(void)
{
	struct service_directory *directory;

	if (!pci_first())
		return;
	directory = memory_alloc_fseg(sizeof(*directory), sizeof(*directory));
	if (!directory)
		return;
	memcpy(directory->signature, "_32_", sizeof(directory->signature));
	directory->entry = (uintptr_t)bios32_entry;
	directory->paragraphs = 1;
	directory->checksum = -checksum_bytes(directory, sizeof(*directory));
}
