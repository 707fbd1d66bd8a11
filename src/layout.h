/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * The memory map that C, assembly and the linker script agree on; the table in
 * docs/architecture.md explains each line. Included by assembly: only #defines.
 */
#ifndef PETREL_LAYOUT_H
#define PETREL_LAYOUT_H

#define BDA_BASE     0x00400
#define BOOT_SECTOR  0x07c00
#define SCRATCH_BASE 0x10000 /* free for POST's temporary data ... */
#define SCRATCH_END  0x90000 /* ... up to here */
#define EBDA_BASE    0x9fc00 /* 1 KiB */
#define VGA_BASE     0xa0000 /* a display's window; without one, RAM that is not in the map */
#define ROMS_BASE    0xc0000 /* option ROMs, up to DATA_BASE */
#define DATA_BASE    0xe0000 /* our writable data, 64 KiB of RAM */
#define FSEG_BASE    0xf0000 /* what a guest finds in the ROM, 64 KiB */

#define DATA_SEG     0xe000
#define ROM_SEG      0xf000

/* The image, which ends at 4 GiB; its last two parts are DATA_BASE's and FSEG_BASE's. */
#define SEGMENT_SIZE 0x10000
#define IMAGE_SIZE   0x70000
#define CODE_BASE    0xfff90000
#define CODE_END     0xfffe0000

/* In segment F000: from here on addresses that old software knows. */
#define FIXED_OFFSET 0xe05b

/* The dword at CODE_BASE, by which the switch of mode sees that A20 is on. */
#define CODE_MARK    0x31545045

#define STACK_BOTTOM (DATA_BASE + 0x40)
#define STACK_TOP    (DATA_BASE + 0x3000)

/* Most MSRs that the first processor can pass on to the others. */
#define SMP_MSRS 28

/* Selectors of the GDT in entry.S; the flat ones are those that Linux's boot
 * protocol asks for. */
#define SEL_DATA16  0x08
#define SEL_CODE32  0x10
#define SEL_DATA32  0x18
#define SEL_CODE16  0x20
#define SEL_STACK16 0x28

/* The local APIC timer's vector: it cannot deliver vectors below 16. */
#define VECTOR_APIC_TICK 0x7e
/* These are in no interrupt vector: entry.S pushes them itself, and interrupt()
 * finds the handler. The first: wait_idle_hlt comes back to C. */
#define VECTOR_IDLE 0x7d
/* A routine that real_call() called returns; an option ROM calls the memory manager. */
#define VECTOR_REAL_RETURN 0x7c
#define VECTOR_PMM         0x7b
/* What follows the hooks that a tick calls: the end of the PIC's interrupt, the local APIC's. */
#define VECTOR_TICK_DONE      0x7a
#define VECTOR_APIC_TICK_DONE 0x79
/* Has the time of INT 15h 86h passed? */
#define VECTOR_WAIT 0x78

/* Offsets into struct regs (bios/regs.h); a _Static_assert there checks each. */
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
