/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * The jump to a kernel, alone so that all that leads to it can be compiled for the
 * host of the tests, too. What the registers mean: Linux, Documentation/arch/x86/
 * boot.rst; Xen, docs/misc/pvh.pandoc; Multiboot Specification 0.6.96, 3.2.
 */
#include "boot/kernel.h"

void kernel_enter(uint32_t entry, uint32_t eax, uint32_t ebx, uint32_t esi)
{
	asm volatile("xorl %%ebp, %%ebp\n\tjmp *%%edx"
		     :
		     : "d"(entry), "a"(eax), "b"(ebx), "S"(esi), "D"(0)
		     : "memory");
	__builtin_unreachable();
}
