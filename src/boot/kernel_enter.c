/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * The jump to a kernel, and what of the processor's state must be loaded for it, alone so
 * that all that leads to it can be compiled for the host of the tests, too. What the registers mean: Linux, Documentation/arch/x86/
 * boot.rst; Xen, docs/misc/pvh.pandoc; Multiboot Specification 0.6.96, 3.2.
 */
#include "boot/kernel.h"

#include <string.h>

#include "bios/realmode.h" /* entry.h, by another name than boot/entry.h */
#include "lib/memory.h"

/* Intel SDM volume 3, 7.2.2: present, available; LTR makes it busy, so it cannot be in ROM. */
#define TASK_DESCRIPTOR 0x0000890000000067ull

struct gdtr {
	uint16_t limit;
	uint32_t base;
} __attribute__((packed));

bool kernel_load_task(void)
{
	const struct gdtr *ours = (const void *)&gdt_pointer;
	uint16_t task = ours->limit + 1; /* the selector behind the last one */
	uint64_t *gdt = kernel_scratch(task + sizeof(*gdt));
	struct gdtr gdtr = {task + sizeof(*gdt) - 1, ptr_phys(gdt)};

	if (!gdt)
		return false;
	memcpy(gdt, phys_ptr(ours->base), task);
	gdt[task / sizeof(*gdt)] = TASK_DESCRIPTOR;
	asm volatile("lgdtl %0\n\tltrw %1" : : "m"(gdtr), "r"(task) : "memory");
	return true;
}

void kernel_enter(uint32_t entry, uint32_t eax, uint32_t ebx, uint32_t esi)
{
	asm volatile("xorl %%ebp, %%ebp\n\tjmp *%%edx"
		     :
		     : "d"(entry), "a"(eax), "b"(ebx), "S"(esi), "D"(0)
		     : "memory");
	__builtin_unreachable();
}
