/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * A kernel given to QEMU with -kernel, started without a boot loader: what kind
 * it is, and what is the same for all kinds. Every part is read straight to its
 * place by one fw_cfg transfer, whatever its size. QEMU's own option ROMs for
 * the same purpose (linuxboot, pvh, multiboot) are not needed; what they read
 * says which item holds what.
 *
 * Specification: QEMU, hw/i386/x86-common.c (x86_load_linux, load_elfboot) and
 * hw/i386/multiboot.c, for the items.
 */
#include "fw/kernel.h"

#include <stddef.h>
#include <string.h>

#include "fw/e820.h"
#include "fw/fw_cfg.h"
#include "memory.h"
#include "print.h"

enum {
	PAGE_SIZE = 4096,
	ELF_MAGIC = 0x464c457f,
	COMMAND_LINE_MAX = 64 << 10,
};

static struct kernel kernel;
static bool waits; /* for the BIOS to be up */

bool kernel_read(uint16_t key, void *to, uint32_t size)
{
	if (!fw_cfg_read(key, to, size))
		return true;
	say("Kernel: item %x of fw_cfg cannot be read\n", key);
	return false;
}

uint32_t kernel_number(uint16_t key)
{
	uint32_t value = 0;

	fw_cfg_read(key, &value, sizeof(value));
	return value;
}

bool kernel_range(const char *what, uint64_t start, uint64_t size)
{
	if (start >= KERNEL_LOWEST && start >> 32 == 0 && e820_ram_from(start, 1ull << 32) >= size)
		return true;
	say("Kernel: %s at %llx-%llx is outside memory or over the firmware\n", what, start,
	    start + size - 1);
	return false;
}

uint32_t kernel_read_initrd(const struct kernel *k, uint64_t lowest, uint32_t highest)
{
	uint32_t end = high_start(), start;

	if (highest < end)
		end = highest + 1;
	start = (end - k->initrd_size) & ~(PAGE_SIZE - 1);
	if (k->initrd_size > end || start < lowest || e820_ram_from(start, end) < k->initrd_size) {
		say("Kernel: the initrd of %u bytes does not fit between %llx and %x\n",
		    k->initrd_size, lowest, end);
		return 0;
	}
	return kernel_read(FW_CFG_INITRD_DATA, phys_ptr(start), k->initrd_size) ? start : 0;
}

void *kernel_scratch(uint32_t size)
{
	void *memory = scratch_alloc(size, 16);

	if (memory)
		return memset(memory, 0, size);
	say("Kernel: no room for %u bytes below 1 MiB\n", size);
	return NULL;
}

static bool read_command_line(void)
{
	uint32_t size = kernel_number(FW_CFG_CMDLINE_SIZE);
	char *line;

	kernel.command_line = "";
	kernel.command_line_size = 1;
	if (!size)
		return true;
	line = size <= COMMAND_LINE_MAX ? scratch_alloc(size, 16) : NULL;
	if (!line) {
		say("Kernel: the command line is too long: %u characters\n", size - 1);
		return false;
	}
	kernel.command_line = line;
	kernel.command_line_size = size;
	return kernel_read(FW_CFG_CMDLINE_DATA, line, size);
}

/* What Linux and ELF kernels have in common, and multiboot has not. */
static bool read_setup(void)
{
	kernel.setup = scratch_alloc(KERNEL_SETUP_READ, 16);
	if (!kernel.setup) {
		say("Kernel: no room for its setup\n");
		return false;
	}
	/* Before the data: QEMU 7.2 adds its setup_data to them at this access. */
	kernel.setup_address = kernel_number(FW_CFG_SETUP_ADDR);
	kernel.initrd_size = kernel_number(FW_CFG_INITRD_SIZE);
	return kernel_read(FW_CFG_SETUP_DATA, kernel.setup, KERNEL_SETUP_READ) &&
	       read_command_line();
}

static bool is_elf(void)
{
	return *(const uint32_t *)kernel.setup == ELF_MAGIC;
}

static void start(void)
{
	if (!kernel.setup_size)
		multiboot_start(&kernel);
	else if (is_elf())
		pvh_start(&kernel);
	else
		linux_start(&kernel, waits);
}

void kernel_start(void)
{
	kernel.size = kernel_number(FW_CFG_KERNEL_SIZE);
	if (!kernel.size)
		return;
	kernel.address = kernel_number(FW_CFG_KERNEL_ADDR);
	kernel.setup_size = kernel_number(FW_CFG_SETUP_SIZE);
	if (kernel.setup_size && !read_setup())
		return;
	/* A display's own BIOS must have run before anybody uses it. */
	waits = fw_cfg_next(NULL, "vgaroms/") ||
		(kernel.setup_size && !is_elf() && linux_needs_bios(&kernel));
	if (!waits)
		start();
}

void kernel_start_late(void)
{
	if (waits)
		start();
}

bool kernel_given(void)
{
	return kernel.size;
}
