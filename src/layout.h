/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * The memory map that C, assembly and the linker script agree on; the table in
 * docs/architecture explains each line. Included by assembly: only #defines.
 */
#ifndef PETREL_LAYOUT_H
#define PETREL_LAYOUT_H

#define BDA_BASE     0x00400
#define BOOT_SECTOR  0x07c00
#define SCRATCH_BASE 0x10000 /* free for POST's temporary data ... */
#define SCRATCH_END  0x90000 /* ... up to here */
#define EBDA_BASE    0x9fc00 /* 1 KiB */
#define DATA_BASE    0xe0000 /* our writable data, 64 KiB of RAM */
#define ROM_BASE     0xf0000 /* this image, 64 KiB */

#define DATA_SEG     0xe000
#define ROM_SEG      0xf000

#define STACK_BOTTOM (DATA_BASE + 0x40)
#define STACK_TOP    (DATA_BASE + 0x3000)

/* Most MSRs that the first processor can pass on to the others. */
#define SMP_MSRS 20

/* Selectors of the GDT in entry.S; the flat ones are those that Linux's boot
 * protocol asks for. */
#define SEL_DATA16 0x08
#define SEL_CODE32 0x10
#define SEL_DATA32 0x18
#define SEL_CODE16 0x20

/* The local APIC timer's vector; vectors below 16 cannot be delivered by it. */
#define VECTOR_APIC_TICK 0x7e
/* Not in the vector table: how wait_boot_hlt comes back to C. */
#define VECTOR_BOOT_WAIT 0x7d
/* Likewise: how real_call() comes back, and a far call of the POST memory manager. */
#define VECTOR_REAL_RETURN 0x7c
#define VECTOR_PMM         0x7b

/* Offsets into struct regs (interrupt.h); a _Static_assert there checks them. */
#define REGS_GDTR   0
#define REGS_IDTR   8
#define REGS_GPRS   16
#define REGS_GS     48
#define REGS_DS     60
#define REGS_VECTOR 64
#define REGS_ESP    68
#define REGS_SS     72
#define REGS_SIZE   76

#endif
