/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * The entry points of the test kernel: it notes what the firmware hands over,
 * with the time-stamp counter among the first things, and goes to C. One entry
 * for each way of starting a kernel, 16 bytes apart.
 */
	.section .entry, "ax"
	.code32
	.globl	_start
_start:					/* +0: Linux's 32-bit boot protocol */
	movl	$0, state_kind
	jmp	common
	.org	_start + 16		/* +16: PVH */
	movl	$1, state_kind
	jmp	common
	.org	_start + 32		/* +32: multiboot */
	movl	$2, state_kind
common:
	movl	%eax, state_regs + 0
	movl	%edx, state_regs + 4
	rdtsc
	movl	%eax, state_tsc
	movl	%ebx, state_regs + 8
	movl	%ecx, state_regs + 12
	movl	%esi, state_regs + 16
	movl	%edi, state_regs + 20
	movl	%ebp, state_regs + 24
	movw	%cs, state_selectors + 0
	movw	%ds, state_selectors + 4
	movw	%es, state_selectors + 8
	movw	%ss, state_selectors + 12
	movl	$stack_top, %esp
	pushfl
	popl	state_eflags
	movl	%cr0, %eax
	movl	%eax, state_cr0
	movl	%cr4, %eax
	movl	%eax, state_cr4
	movb	$'\n', %al		/* the mark for tests that count accesses */
	outb	%al, $0xe9
	call	kernel_main

	.bss
	.globl	state_kind, state_regs, state_tsc, state_selectors, state_eflags
	.globl	state_cr0, state_cr4
state_kind:	.long	0
state_regs:	.skip	28
state_tsc:	.long	0
state_selectors: .skip	16
state_eflags:	.long	0
state_cr0:	.long	0
state_cr4:	.long	0
	.balign	16
	.skip	8192
stack_top:
	.section .note.GNU-stack, "", @progbits
