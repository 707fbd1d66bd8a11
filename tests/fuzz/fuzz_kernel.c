/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * Kernels given with -kernel or from a file: any Linux setup header, ELF file, multiboot
 * information, and any sizes and addresses that the host says. An input is struct
 * header and then the start of the kernel file. A kernel is entered only in memory
 * that is its own, and nothing is read to anywhere else.
 */
#include <sanitizer/asan_interface.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include "bios/handover.h"
#include "bios/realmode.h"
#include "bios/vbe.h"
#include "bios/vectors.h"
#include "boot/fw_cfg_kernel.h"
#include "boot/kernel.h"
#include "boot/linux.h"
#include "console/framebuffer.h"
#include "fw/acpi.h"
#include "fw/mptable.h"
#include "fw/e820.h"
#include "fw/fw_cfg.h"
#include "fw/fw_cfg_drivers.h"
#include "layout.h"
#include "lib/memory.h"
#include "lib/util.h"

#pragma clang section bss = ""

enum { TABLES = 64 << 10 };

struct header {
	uint8_t flags;
	uint32_t address, size, entry;
	uint32_t setup_address, setup_size;
	uint32_t command_line_address, command_line_size;
	uint32_t initrd_size;
} __attribute__((packed));

enum header_flags { DISPLAY = 1, READ_FAILS = 2, FROM_FILE = 4 };

enum { SETUP_MAX = 65 * 512 }; /* what direct.c reads first */

static const struct header *header;
static const uint8_t *file;
static size_t file_size;
static jmp_buf entered;

#define must(condition)                                                                            \
	do {                                                                                       \
		if (!(condition))                                                                  \
			abort();                                                                   \
	} while (0)

/* --- what the kernel's readers lean on ----------------------------------------- */

static uint32_t number(uint16_t key)
{
	switch (key) {
	case FW_CFG_KERNEL_ADDR:
		return header->address;
	case FW_CFG_KERNEL_SIZE:
		return header->size;
	case FW_CFG_KERNEL_ENTRY:
		return header->entry;
	case FW_CFG_SETUP_ADDR:
		return header->setup_address;
	case FW_CFG_SETUP_SIZE:
		return header->setup_size;
	case FW_CFG_CMDLINE_ADDR:
		return header->command_line_address;
	case FW_CFG_CMDLINE_SIZE:
		return header->command_line_size;
	case FW_CFG_INITRD_SIZE:
		return header->initrd_size;
	default:
		return 0;
	}
}

int fw_cfg_read(uint16_t key, void *to, uint32_t size)
{
	uint64_t ram = MACHINE_MEMORY;
	uint32_t value = number(key);
	const void *from = &value;
	size_t length = sizeof(value);

	if (key == FW_CFG_RAM_SIZE) {
		from = &ram;
		length = sizeof(ram);
	} else if (key == FW_CFG_SETUP_DATA || key == FW_CFG_KERNEL_DATA ||
		   key == FW_CFG_INITRD_DATA) {
		from = file;
		length = file_size;
	}
	if (header->flags & READ_FAILS && key == FW_CFG_KERNEL_DATA)
		return -1;
	memset(to, 0, size); /* AddressSanitizer looks at each byte */
	if (key == FW_CFG_CMDLINE_DATA && header->command_line_size) {
		memset(to, 'a',
		       size < header->command_line_size ? size : header->command_line_size - 1);
		return 0;
	}
	memcpy(to, from, size < length ? size : length);
	return 0;
}

void fw_cfg_forget_files(void)
{
}

void *fw_cfg_load(const char *name, uint32_t *size)
{
	(void)name, (void)size;
	return NULL;
}

bool fw_cfg_has_display_rom(void)
{
	return header->flags & DISPLAY;
}

const struct fw_cfg_file *fw_cfg_next(const struct fw_cfg_file *previous, const char *prefix)
{
	static const struct fw_cfg_file rom = {.name = "vgaroms/vgabios.bin"};

	(void)previous, (void)prefix;
	return header->flags & DISPLAY ? &rom : NULL;
}

void handover(const struct regs *caller)
{
	(void)caller;
}

struct framebuffer *framebuffer_first(void)
{
	return NULL;
}

bool vbe_set_mode(uint16_t number)
{
	(void)number;
	return false;
}

void mptable_make(void)
{
}

uint32_t acpi_rsdp(void)
{
	return 0;
}

void vectors_init(void)
{
}

void realmode_reset_stack(void)
{
}

struct regs *realmode_frame(uint16_t stack, uint16_t cs, uint16_t ip, uint16_t flags)
{
	static struct regs regs;

	(void)cs, (void)ip, (void)flags;
	regs = (struct regs){.esp = stack};
	return &regs;
}

void enter_real(struct regs *regs)
{
	must(regs->ds >= SCRATCH_BASE >> 4 && regs->ds < EBDA_BASE >> 4);
	must((regs->ss << 4) + (regs->esp & 0xffff) < EBDA_BASE);
	longjmp(entered, 1);
}

bool kernel_load_task(void)
{
	return true;
}

void kernel_enter(uint32_t entry, uint32_t eax, uint32_t ebx, uint32_t esi)
{
	(void)eax;
	must(entry >= MIB && entry < memory_arena().start);
	must(ebx < EBDA_BASE && esi < EBDA_BASE);
	longjmp(entered, 1);
}

/* --- a kernel from a file ------------------------------------------------------ */

static struct kernel kernel;

static bool is_low_memory(uint32_t start, uint32_t size)
{
	return start >= SCRATCH_BASE && start <= EBDA_BASE && size <= EBDA_BASE - start;
}

/* Nothing is read over the setup part, which lies at the top, or over what is ours. */
static bool read_part(enum kernel_part part, void *to, uint32_t size)
{
	uint32_t start = ptr_phys(to);

	must(is_low_memory(start, size) ||
	     (start >= MIB && start < kernel.top && size <= kernel.top - start));
	if (header->flags & READ_FAILS && part == KERNEL_MAIN)
		return false;
	if (part == KERNEL_SETUP)
		must(size <= SETUP_MAX);
	if (part == KERNEL_SETUP)
		memcpy(to, kernel.setup, size);
	else if (part == KERNEL_COMMAND_LINE)
		memcpy(to, kernel.command_line, size);
	else
		memset(to, 0, size);
	return true;
}

static void start_file(void)
{
	static char line[4096];
	uint32_t length = header->command_line_size % sizeof(line);
	uint32_t first = file_size < SETUP_MAX ? file_size : SETUP_MAX;

	memset(line, 0, sizeof(line));
	memset(line, 'v', length);
	memcpy(line, "vga=0x1f vga=ask ", length < 17 ? length : 17);
	memset(&kernel, 0, sizeof(kernel));
	kernel.read = read_part;
	kernel.top = (memory_arena().start - SETUP_MAX) & -4096u;
	kernel.setup = phys_ptr(kernel.top);
	memset(kernel.setup, 0, SETUP_MAX);
	memcpy(kernel.setup, file, first);
	kernel.size = header->size;
	if (first > kernel.size)
		first = kernel.size;
	kernel.command_line = line;
	kernel.command_line_size = length + 1;
	kernel.initrd_size = header->initrd_size;
	if (linux_prepare(&kernel, first))
		linux_start(&kernel, header->flags & DISPLAY || linux_needs_bios(&kernel));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < sizeof(*header))
		return 0;
	header = (const struct header *)data;
	file = data + sizeof(*header);
	file_size = size - sizeof(*header);
	renew_firmware();
	e820_init();
	memory_alloc(TABLES, 16);
	__asan_unpoison_memory_region(phys_ptr(MIB), memory_arena().start - MIB);
	if (setjmp(entered)) {
		machine_said("");
		return 0;
	}
	if (header->flags & FROM_FILE) {
		__asan_unpoison_memory_region(phys_ptr(SCRATCH_BASE), EBDA_BASE - SCRATCH_BASE);
		start_file();
	} else {
		fw_cfg_kernel_start();
		/* Its real-mode part may take all memory below the EBDA. */
		__asan_unpoison_memory_region(phys_ptr(SCRATCH_BASE), EBDA_BASE - SCRATCH_BASE);
		fw_cfg_kernel_start_late();
	}
	machine_said("");
	return 0;
}
