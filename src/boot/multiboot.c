/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * Multiboot kernels. QEMU lays out kernel, command lines, module list and
 * modules as one item; a second item is the information structure with all of
 * its addresses filled in, but for what it says about memory.
 *
 * Specification: Multiboot Specification 0.6.96, 3.2 "Machine state" and 3.3
 * "Boot information format".
 */
#include "boot/multiboot.h"

#include <stddef.h>
#include <string.h>

#include "bios/realmode.h"
#include "bios/vectors.h"
#include "fw/fw_cfg.h"
#include "lib/log.h"
#include "lib/memmap.h"
#include "lib/memory.h"
#include "lib/util.h"

enum {
	BOOT_MAGIC = 0x2badb002,
	FLAG_MEMORY = 1 << 0,
	FLAG_BOOT_DEVICE = 1 << 1,
	FLAG_MEMORY_MAP = 1 << 6,
	LOW_KIB = 640,
};

struct information {
	uint32_t flags;
	uint32_t low_kib, high_kib; /* from 0, and from 1 MiB on */
	uint32_t boot_device;
	uint32_t command_line;
	uint32_t module_count, modules;
	uint32_t symbols[4];
	uint32_t memory_map_size, memory_map;
	uint32_t drives_size, drives;
	uint32_t config_table, boot_loader, apm_table;
	uint32_t vbe[4];
};

_Static_assert(sizeof(struct information) == 88, "multiboot information");

/* An entry of the memory map: its size, less this field, precedes it. */
struct map_entry {
	uint32_t size;
	struct memmap_entry range;
} __attribute__((packed));

static bool add_memory(struct information *info)
{
	unsigned count;
	const struct memmap_entry *map = memmap_entries(&count);
	struct map_entry *entries = kernel_scratch(count * sizeof(*entries));

	if (!entries)
		return false;
	for (unsigned i = 0; i < count; i++)
		entries[i] = (struct map_entry){sizeof(entries->range), map[i]};
	info->memory_map = ptr_phys(entries);
	info->memory_map_size = count * sizeof(*entries);
	info->low_kib = memmap_ram_from(0, LOW_KIB << 10) >> 10;
	info->high_kib = memmap_ram_from(MIB, FOUR_GIB) >> 10;
	info->flags |= FLAG_MEMORY | FLAG_MEMORY_MAP;
	return true;
}

void multiboot_start(const struct kernel *kernel)
{
	uint32_t entry = kernel_number(FW_CFG_KERNEL_ENTRY);
	struct information *info = kernel_scratch(sizeof(*info));

	if (!info || !kernel_range("the multiboot image", kernel->address, kernel->size) ||
	    !kernel_range("the multiboot entry point", entry, 1) ||
	    !kernel_read(FW_CFG_INITRD_DATA, info, sizeof(*info)) || !add_memory(info))
		return;
	/* Xen goes back to real mode and calls the BIOS. */
	vectors_init();
	realmode_reset_stack();
	info->flags &= ~FLAG_BOOT_DEVICE; /* QEMU says "first disk"; it was none */
	if (kernel_read(FW_CFG_KERNEL_DATA, phys_ptr(kernel->address), kernel->size))
		kernel_enter(entry, BOOT_MAGIC, ptr_phys(info), 0);
}
