/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * A kernel given to QEMU with -kernel, started without a boot loader: what kind it is,
 * and when it is started. QEMU's own option ROMs for the same purpose (linuxboot, pvh,
 * multiboot) are not needed; what they read says which item holds what.
 *
 * Specification: QEMU, hw/i386/x86-common.c (x86_load_linux, load_elfboot) and
 * hw/i386/multiboot.c, for the items.
 */
#include "boot/fw_cfg_kernel.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "bios/handover.h"
#include "boot/kernel.h"
#include "boot/linux.h"
#include "boot/multiboot.h"
#include "boot/pvh.h"
#include "fw/acpi.h"
#include "fw/fw_cfg.h"
#include "fw/fw_cfg_drivers.h"
#include "fw/mptable.h"
#include "lib/log.h"
#include "lib/memory.h"

enum {
	ELF_MAGIC = 0x464c457f,
	COMMAND_LINE_USUAL = 1 << 10,
	COMMAND_LINE_MAX = 64 << 10,
};

static struct kernel kernel;
static bool waits; /* for the BIOS to be up */
static bool real;  /* a Linux kernel runs its own real-mode part */

static bool read_item(enum kernel_part part, void *to, uint32_t size)
{
	static const uint16_t items[] = {
		[KERNEL_SETUP] = FW_CFG_SETUP_DATA,
		[KERNEL_MAIN] = FW_CFG_KERNEL_DATA,
		[KERNEL_INITRD] = FW_CFG_INITRD_DATA,
		[KERNEL_COMMAND_LINE] = FW_CFG_CMDLINE_DATA,
	};

	return kernel_read(items[part], to, size);
}

/* A guess at its length saves asking for that, an access, with most of them. */
static bool read_command_line(void)
{
	char *line = memory_alloc_scratch(COMMAND_LINE_USUAL, 16), *end;
	uint32_t size;

	if (!line || !kernel_read(FW_CFG_CMDLINE_DATA, line, COMMAND_LINE_USUAL))
		return false;
	kernel.command_line = line;
	end = memchr(line, '\0', COMMAND_LINE_USUAL);
	if (end) {
		kernel.command_line_size = end - line + 1;
		return true;
	}
	size = kernel_number(FW_CFG_CMDLINE_SIZE);
	line = size > COMMAND_LINE_USUAL && size <= COMMAND_LINE_MAX ?
		       memory_alloc_scratch(size, 16) :
		       NULL;
	if (!line) {
		say("Kernel: the command line is too long: %u characters\n", size - 1);
		return false;
	}
	kernel.command_line = line;
	kernel.command_line_size = size;
	if (!kernel_read(FW_CFG_CMDLINE_DATA, line, size))
		return false;
	line[size - 1] = '\0';
	return true;
}

/* What Linux and ELF kernels have in common, and multiboot has not. */
static bool read_setup(void)
{
	kernel.setup = memory_alloc_scratch(KERNEL_SETUP_READ, 16);
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

/* A multiboot kernel has a command line of its own, in its part of memory. */
static bool may_do_without_acpi(void)
{
	const char *word = kernel.command_line, *end;

	if (!acpi_rsdp() || !kernel.setup_size)
		return true;
	end = word + kernel.command_line_size;
	for (; (word = memchr(word, 'a', end - word)); word++)
		if (!strncmp(word, "acpi=off", strlen("acpi=off")))
			return true;
	return false;
}

static void start_kernel(void)
{
	if (!kernel.setup_size)
		multiboot_start(&kernel);
	else if (is_elf())
		pvh_start(&kernel);
	else
		linux_start(&kernel, real);
}

void fw_cfg_kernel_start(void)
{
	bool needs_bios;

	kernel.size = kernel_number(FW_CFG_KERNEL_SIZE);
	if (!kernel.size)
		return;
	kernel.read = read_item;
	kernel.address = kernel_number(FW_CFG_KERNEL_ADDR);
	kernel.setup_size = kernel_number(FW_CFG_SETUP_SIZE);
	if (kernel.setup_size && !read_setup())
		return;
	/* A display's own BIOS must have run before anybody uses it. QEMU gives one for ramfb,
	 * too, which we drive without it: Linux is told of that framebuffer. */
	needs_bios = kernel.setup_size && !is_elf() && linux_needs_bios(&kernel);
	waits = needs_bios || fw_cfg_next(NULL, "vgaroms/");
	real = needs_bios || (waits && fw_cfg_has_display_rom());
	if (waits)
		return;
	/* Others have no use for it, and would wait for it. */
	if (may_do_without_acpi())
		mptable_make();
	start_kernel();
}

void fw_cfg_kernel_start_late(void)
{
	if (!waits)
		return;
	if (!real)
		handover(NULL);
	kernel.command_line_address = kernel_number(FW_CFG_CMDLINE_ADDR);
	start_kernel();
}

bool fw_cfg_kernel_given(void)
{
	return kernel.size;
}
