/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * ELF kernels with Xen's note (vmlinux of Linux, and others): QEMU has put the
 * segments in memory at reset and found the entry point; the kernel is told
 * where things are by a start_info structure.
 *
 * Specifications: Xen, docs/misc/pvh.pandoc and
 * xen/include/public/arch-x86/hvm/start_info.h; System V ABI, "Object Files".
 */
#include "boot/pvh.h"

#include <stddef.h>
#include <string.h>

#include "fw/acpi.h"
#include "fw/fw_cfg.h"
#include "lib/log.h"
#include "lib/memmap.h"
#include "lib/memory.h"

enum {
	START_MAGIC = 0x336ec578,
	START_VERSION = 1, /* has a memory map */
	ELF_CLASS = 4,     /* offset in the file's header */
	ELF_CLASS_64 = 2,
	PT_LOAD = 1,
};

struct start_info {
	uint32_t magic, version, flags;
	uint32_t module_count;
	uint64_t modules, command_line, rsdp, memory_map;
	uint32_t memory_map_count;
	uint32_t reserved;
};

struct module {
	uint64_t address, size, command_line, reserved;
};

struct pvh_range {
	uint64_t start, size;
	uint32_t type; /* as E820's */
	uint32_t reserved;
};

struct elf32_header {
	uint8_t ident[16];
	uint16_t type, machine;
	uint32_t version;
	uint32_t entry, program_headers, section_headers, flags;
	uint16_t size, program_header_size, program_header_count;
};

struct elf64_header {
	uint8_t ident[16];
	uint16_t type, machine;
	uint32_t version;
	uint64_t entry, program_headers, section_headers;
	uint32_t flags;
	uint16_t size, program_header_size, program_header_count;
};

struct elf32_program_header {
	uint32_t type, offset, virtual_address, address, file_size, memory_size, flags, align;
} __attribute__((packed)); /* where the file says, aligned or not */

struct elf64_program_header {
	uint32_t type, flags;
	uint64_t offset, virtual_address, address, file_size, memory_size, align;
} __attribute__((packed));

struct segment {
	uint32_t type;
	uint64_t address, file_size, memory_size;
};

/* The program headers, found and bounded. */
struct segments {
	const uint8_t *first;
	uint32_t step;
	uint16_t count;
	bool wide;
};

static bool find_segments(const struct kernel *kernel, struct segments *s)
{
	const struct elf64_header *elf64 = (const void *)kernel->setup;
	const struct elf32_header *elf32 = (const void *)kernel->setup;
	uint64_t offset;

	s->wide = kernel->setup[ELF_CLASS] == ELF_CLASS_64;
	offset = s->wide ? elf64->program_headers : elf32->program_headers;
	s->step = s->wide ? elf64->program_header_size : elf32->program_header_size;
	s->count = s->wide ? elf64->program_header_count : elf32->program_header_count;
	if (kernel->setup_size < KERNEL_SETUP_READ || offset > KERNEL_SETUP_READ ||
	    s->step < (s->wide ? sizeof(struct elf64_program_header) :
				 sizeof(struct elf32_program_header)) ||
	    s->count * s->step > KERNEL_SETUP_READ - offset) {
		say("Kernel: ELF program headers lie outside the first %u bytes\n",
		    KERNEL_SETUP_READ);
		return false;
	}
	s->first = kernel->setup + offset;
	return true;
}

static struct segment get_segment(const struct segments *s, unsigned index)
{
	const struct elf64_program_header *p64 = (const void *)(s->first + index * s->step);
	const struct elf32_program_header *p32 = (const void *)p64;

	if (s->wide)
		return (struct segment){p64->type, p64->address, p64->file_size, p64->memory_size};
	return (struct segment){p32->type, p32->address, p32->file_size, p32->memory_size};
}

/* Verifies where QEMU has put the segments, and zeroes what no file bytes fill:
 * after a reset it holds the last run's data. Returns the end of the highest
 * segment, 0 if one is wrong. */
static uint64_t check_segments(const struct segments *s)
{
	uint64_t end = 0;

	for (unsigned i = 0; i < s->count; i++) {
		struct segment segment = get_segment(s, i);

		if (segment.type != PT_LOAD || !segment.memory_size)
			continue;
		if (!kernel_range("an ELF segment", segment.address, segment.memory_size))
			return 0;
		if (segment.address + segment.memory_size > end)
			end = segment.address + segment.memory_size;
		if (segment.file_size < segment.memory_size)
			fw_cfg_zero(phys_ptr(segment.address + segment.file_size),
				    segment.memory_size - segment.file_size);
	}
	if (!end)
		say("Kernel: the ELF file has no segment to load\n");
	return end;
}

static bool add_memory_map(struct start_info *info)
{
	unsigned count;
	const struct memmap_entry *map = memmap_entries(&count);
	struct pvh_range *ranges = kernel_scratch(count * sizeof(*ranges));

	if (!ranges)
		return false;
	for (unsigned i = 0; i < count; i++)
		ranges[i] = (struct pvh_range){map[i].start, map[i].length, map[i].type, 0};
	info->memory_map = ptr_phys(ranges);
	info->memory_map_count = count;
	return true;
}

static bool add_initrd(const struct kernel *kernel, struct start_info *info, uint64_t kernel_end)
{
	struct module *module;

	if (!kernel->initrd_size)
		return true;
	module = kernel_scratch(sizeof(*module));
	if (!module)
		return false;
	module->address = kernel_read_initrd(kernel, kernel_end, UINT32_MAX);
	module->size = kernel->initrd_size;
	info->modules = ptr_phys(module);
	info->module_count = 1;
	return module->address;
}

void pvh_start(const struct kernel *kernel)
{
	uint32_t entry = kernel_number(FW_CFG_KERNEL_ENTRY);
	struct start_info *info;
	struct segments segments;
	uint64_t end;

	if (!find_segments(kernel, &segments))
		return;
	end = check_segments(&segments);
	if (!end || !kernel_range("the ELF entry point", entry, 1))
		return;
	info = kernel_scratch(sizeof(*info));
	if (!info)
		return;
	info->magic = START_MAGIC;
	info->version = START_VERSION;
	info->command_line = ptr_phys(kernel->command_line);
	info->rsdp = acpi_rsdp();
	if (add_memory_map(info) && add_initrd(kernel, info, end) && kernel_load_task())
		kernel_enter(entry, 0, ptr_phys(info), 0);
}
