/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * The memory map that the host gives, and what it does not have in it: the holes that
 * every PC has below 1 MiB, and the ROM below 4 GiB.
 *
 * Specification: QEMU, hw/i386/e820_memory_layout: the file is a list of start and
 * length in 64 bits and a type in 32, as INT 15h E820 returns them.
 */
#include "fw/e820.h"

#include "fw/fw_cfg.h"
#include "layout.h"
#include "lib/memmap.h"
#include "lib/util.h"

/* What a microvm has below 4 GiB at most, where only the amount is known. */
enum { LOW_RAM_MAX = 0xc0000000u };

static void add_host_map(void)
{
	uint32_t size;
	uint64_t ram;
	const struct memmap_entry *host = fw_cfg_load("etc/e820", &size);

	if (host) {
		for (; size >= sizeof(*host); size -= sizeof(*host), host++)
			memmap_set(host->start, host->length, host->type);
		return;
	}
	if (!fw_cfg_read(FW_CFG_RAM_SIZE, &ram, sizeof(ram)))
		memmap_set(0, ram < LOW_RAM_MAX ? ram : LOW_RAM_MAX, MEMMAP_RAM);
}

uint32_t e820_init(void)
{
	uint64_t end;

	memmap_init();
	add_host_map();
	end = memmap_ram_from(0, FOUR_GIB);
	if (end < DATA_BASE)
		return end;
	memmap_set(EBDA_BASE, MIB - EBDA_BASE, MEMMAP_RESERVED);
	memmap_set(VGA_BASE, DATA_BASE - VGA_BASE, MEMMAP_NONE);
	memmap_set(CODE_BASE, IMAGE_SIZE, MEMMAP_RESERVED);
	return end < CODE_BASE ? end : CODE_BASE;
}
