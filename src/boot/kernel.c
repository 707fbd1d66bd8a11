/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * Reading the parts of a kernel, each straight to its place by one transfer whatever its
 * size, and checking that the place is RAM that nobody else needs.
 *
 * Specification: QEMU, hw/i386/x86-common.c (x86_load_linux, load_elfboot) and
 * hw/i386/multiboot.c, for the items.
 */
#include "boot/kernel.h"

#include <stddef.h>
#include <string.h>

#include "fw/fw_cfg.h"
#include "lib/log.h"
#include "lib/memmap.h"
#include "lib/memory.h"
#include "lib/util.h"

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
	if (start >= KERNEL_LOWEST && start < FOUR_GIB && memmap_ram_from(start, FOUR_GIB) >= size)
		return true;
	say("Kernel: %s at %llx-%llx is outside memory or over the firmware\n", what, start,
	    start + size - 1);
	return false;
}

uint32_t kernel_read_initrd(const struct kernel *k, uint64_t lowest, uint32_t highest)
{
	uint32_t end = k->top ? k->top : memory_arena().start, start;

	if (highest < end)
		end = highest + 1;
	start = align_down(end - k->initrd_size, PAGE_SIZE);
	if (k->initrd_size > end || start < lowest ||
	    memmap_ram_from(start, end) < k->initrd_size) {
		say("Kernel: the initrd of %u bytes does not fit between %llx and %x\n",
		    k->initrd_size, lowest, end);
		return 0;
	}
	return k->read(KERNEL_INITRD, phys_ptr(start), k->initrd_size) ? start : 0;
}

void *kernel_scratch(uint32_t size)
{
	void *memory = memory_alloc_scratch(size, 16);

	if (memory)
		return memset(memory, 0, size);
	say("Kernel: no room for %u bytes below 1 MiB\n", size);
	return NULL;
}
