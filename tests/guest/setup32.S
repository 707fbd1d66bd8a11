/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * The real-mode part of a test kernel that does what the boot protocol has it do
 * and no more: enters protected mode and the payload at 1 MiB, with ESI at the
 * header. Linux's own does the same after some questions to the BIOS. Petrel does
 * not run it.
 */
	.code16
	.globl	_start
_start:
	.org	_start + 512
	jmp	start
	.org	_start + 0x280
start:
	cli
	xorl	%esi, %esi
	movw	%ds, %si
	shll	$4, %esi
	leal	gdt(%esi), %eax
	movl	%eax, gdt_pointer + 2
	lgdtl	gdt_pointer
	movl	%cr0, %eax
	orb	$1, %al
	movl	%eax, %cr0
	movw	$0x18, %ax
	movw	%ax, %ds
	movw	%ax, %es
	movw	%ax, %ss
	ljmpl	$0x10, $0x100000

	.balign	8
gdt:	.quad	0, 0
	.quad	0x00cf9a000000ffff
	.quad	0x00cf92000000ffff
gdt_pointer:
	.word	gdt_pointer - gdt - 1
	.long	0

	.section .note.GNU-stack, "", @progbits
