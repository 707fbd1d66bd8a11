/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * The PCI BIOS as a program finds it: INT 1Ah AH=B1h, and the 32-bit service directory,
 * by a far call from flat protected mode.
 *
 * References: PCI BIOS Specification 2.1 (PCI), Standard BIOS 32-bit Service Directory
 * Proposal 0.4 (SD).
 */
#include "guest.h"

enum {
	VENDOR = 0x1af4,
	BLOCK = 0x1001, /* the disk that this was booted from */
};

struct registers32 {
	u32 eax, ebx, ecx, edx, edi, carry;
};

/* What the code in protected mode is given and gives back. */
static struct registers32 flat __attribute__((used));
static struct {
	u32 offset;
	u16 selector;
} __attribute__((packed)) target __attribute__((used)) = {0, 8};

/* Null, flat code, flat data. */
static u64 flat_gdt[] __attribute__((used)) = {0, 0x00cf9b000000ffffull, 0x00cf93000000ffffull,
					       0x00009b000000ffffull, 0x000093000000ffffull};

static struct {
	u16 limit;
	u32 base;
} __attribute__((packed)) flat_gdtr __attribute__((used)) = {sizeof(flat_gdt) - 1, (u32)flat_gdt};

/* Calls target in flat protected mode with the registers in `flat`. */
static void call_flat(u32 offset)
{
	target.offset = offset;
	__asm__ volatile("cli\n\t"
			 "pushal\n\t"
			 "lgdtl flat_gdtr\n\t"
			 "movl %%cr0, %%eax\n\t"
			 "orb $1, %%al\n\t"
			 "movl %%eax, %%cr0\n\t"
			 "ljmpl $8, $1f\n\t"
			 ".code32\n"
			 "1:\tmovl $16, %%eax\n\t"
			 "movl %%eax, %%ds\n\t"
			 "movl %%eax, %%es\n\t"
			 "movl %%eax, %%ss\n\t"
			 "movzwl %%sp, %%esp\n\t"
			 "xorl %%esi, %%esi\n\t"
			 "movl flat, %%eax\n\t"
			 "movl flat + 4, %%ebx\n\t"
			 "movl flat + 8, %%ecx\n\t"
			 "movl flat + 12, %%edx\n\t"
			 "movl flat + 16, %%edi\n\t"
			 "lcall *target\n\t"
			 "movl %%eax, flat\n\t"
			 "movl %%ebx, flat + 4\n\t"
			 "movl %%ecx, flat + 8\n\t"
			 "movl %%edx, flat + 12\n\t"
			 "movl $0, flat + 20\n\t"
			 "adcl $0, flat + 20\n\t"
			 "movl $32, %%eax\n\t" /* 64 KiB limits, as real mode has them */
			 "movl %%eax, %%ds\n\t"
			 "movl %%eax, %%es\n\t"
			 "movl %%eax, %%ss\n\t"
			 "ljmpw $24, $2f\n\t"
			 ".code16\n"
			 "2:\tmovl %%cr0, %%eax\n\t"
			 "andb $0xfe, %%al\n\t"
			 "movl %%eax, %%cr0\n\t"
			 "ljmpw $0, $3f\n"
			 "3:\txorw %%ax, %%ax\n\t"
			 "movw %%ax, %%ds\n\t"
			 "movw %%ax, %%es\n\t"
			 "movw %%ax, %%ss\n\t"
			 "popal\n\t"
			 "sti\n\t"
			 ".code16gcc"
			 :
			 :
			 : "memory", "cc");
}

static struct regs pci(u16 ax, u16 bx, u32 ecx, u16 dx, u16 si, u16 di)
{
	struct regs r = regs();

	r.ax = ax;
	r.bx = bx;
	r.ecx = ecx;
	r.dx = dx;
	r.si = si;
	r.di = di;
	intr(0x1a, &r);
	return r;
}

static void test_interrupt(void)
{
	struct regs r = pci(0xb101, 0, 0, 0, 0, 0);
	u16 where;

	/* PCI 3.2: EDX "PCI ", BCD version; no mechanism by ports on this machine */
	ok(!carry(&r) && r.ah == 0 && r.edx == 0x20494350 && r.bx >= 0x0210);
	ok(!(r.al & 3) && r.cl == 0);
	/* PCI 3.3, 3.4 */
	r = pci(0xb102, 0, BLOCK, VENDOR, 0, 0);
	ok(!carry(&r) && r.ah == 0);
	where = r.bx;
	r = pci(0xb102, 0, BLOCK, VENDOR, 1, 0);
	ok(carry(&r) && r.ah == 0x86);
	r = pci(0xb102, 0, BLOCK, 0xffff, 0, 0);
	ok(carry(&r) && r.ah == 0x83);
	r = pci(0xb103, 0, 0x010000, 0, 0, 0);
	ok(!carry(&r) && r.bx == where);
	/* PCI 3.6: read, at registers of all sizes */
	r = pci(0xb108, where, 0xffffffff, 0, 0, 1);
	ok(!carry(&r) && r.ecx == (0xffffff00 | VENDOR >> 8));
	r = pci(0xb109, where, 0xffffffff, 0, 0, 2);
	ok(!carry(&r) && r.ecx == (0xffff0000 | BLOCK));
	r = pci(0xb10a, where, 0, 0, 0, 0);
	ok(!carry(&r) && r.ecx == ((u32)BLOCK << 16 | VENDOR));
	r = pci(0xb10a, where, 0, 0, 0, 2);
	ok(carry(&r) && r.ah == 0x87);
	/* PCI 3.7: write; the interrupt line is any function's to write */
	r = pci(0xb10b, where, 0x5a, 0, 0, 0x3c);
	ok(!carry(&r));
	r = pci(0xb108, where, 0, 0, 0, 0x3c);
	ok(!carry(&r) && r.cl == 0x5a);
	r = pci(0xb10b, where, 0, 0, 0, 0x3c);
	ok(!carry(&r));
	/* PCI 3.5, 3.8: functions that we lack */
	r = pci(0xb106, 0, 0, 0, 0, 0);
	ok(carry(&r) && r.ah == 0x81);
	r = pci(0xb10e, 0, 0, 0, 0, 0);
	ok(carry(&r) && r.ah == 0x81);
}

/* SD: 16 bytes on a paragraph in E0000-FFFFF, which add up to 0. */
static u32 find_directory(void)
{
	u32 at, i;

	for (at = 0xe0000; at < 0x100000; at += 16) {
		u8 sum = 0;

		if (peek32(at) != 0x5f32335f)
			continue;
		for (i = 0; i < 16; i++)
			sum += peek8(at + i);
		if (!sum && peek8(at + 9) == 1)
			return at;
	}
	return 0;
}

static void test_directory(void)
{
	u32 directory = find_directory(), entry, bios;

	ok(directory != 0);
	if (!directory)
		return;
	entry = peek32(directory + 4);
	flat = (struct registers32){.eax = 0x49435024}; /* "$PCI" */
	call_flat(entry);
	ok((flat.eax & 0xff) == 0);
	bios = flat.ebx + flat.edx;
	flat = (struct registers32){.eax = 0x4d4f4241};
	call_flat(entry);
	ok((flat.eax & 0xff) == 0x80);
	flat = (struct registers32){.eax = 0x49435024, .ebx = 1};
	call_flat(entry);
	ok((flat.eax & 0xff) == 0x81);

	flat = (struct registers32){.eax = 0xb101};
	call_flat(bios);
	ok(!flat.carry && !(flat.eax & 0xff00) && flat.edx == 0x20494350);
	flat = (struct registers32){.eax = 0xb102, .ecx = BLOCK, .edx = VENDOR};
	call_flat(bios);
	ok(!flat.carry && !(flat.eax & 0xff00));
	flat = (struct registers32){.eax = 0xb10a, .ebx = flat.ebx};
	call_flat(bios);
	ok(!flat.carry && flat.ecx == ((u32)BLOCK << 16 | VENDOR));
	flat = (struct registers32){.eax = 0xb102, .ecx = 1, .edx = 1};
	call_flat(bios);
	ok(flat.carry && (flat.eax & 0xff00) == 0x8600);
}

void test(void)
{
	test_interrupt();
	test_directory();
}
