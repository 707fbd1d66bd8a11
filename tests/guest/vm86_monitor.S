/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * The smallest monitor that a VM86 task needs: vm86_run() executes INT vm86_vector
 * with the registers of vm86_frame in virtual-8086 mode with IOPL 3, reflects each
 * INT n to the vector table as EMM386 and its like do, and comes back to real mode
 * at the HLT after it. Ports are not let through: OUT to one is counted. All that
 * the task may not do, or the monitor does not know, sets vm86_failed.
 *
 * Reference: Intel SDM volume 3, chapter 20 "8086 Emulation".
 */
#include "layout.h"

#define SEL_CODE32	0x08
#define SEL_DATA32	0x10
#define SEL_TSS		0x18
#define SEL_CODE16	0x20
#define SEL_DATA16	0x28
#define VM_IOPL3	0x23002		/* EFLAGS: VM, IOPL 3, the bit that is always set */

/* The stack of an exception: what PUSHAL pushed, the error code, the V86 task. */
#define AT_EDI		0
#define AT_ESI		4
#define AT_EBP		8
#define AT_EBX		16
#define AT_EDX		20
#define AT_ECX		24
#define AT_EAX		28
#define AT_EIP		36
#define AT_CS		40
#define AT_EFLAGS	44
#define AT_ESP		48
#define AT_SS		52
#define AT_ES		56
#define AT_DS		60

	.code16
	.text
	.globl	vm86_run
vm86_run:
	pushal
	pushfl
	cli
	movl	%esp, real_esp
	movb	vm86_vector, %al
	movb	%al, task + 1
	movb	$0x89, gdt + SEL_TSS + 5	/* not busy */
	lgdtl	gdt_pointer
	lidtl	idt_pointer
	movl	%cr0, %eax
	orb	$1, %al
	movl	%eax, %cr0
	ljmpl	$SEL_CODE32, $protected
	.code32
protected:
	movl	$SEL_DATA32, %eax
	movl	%eax, %ds
	movl	%eax, %es
	movl	%eax, %fs		/* real mode's are none, and KVM would emulate */
	movl	%eax, %gs
	movl	%eax, %ss
	movl	$monitor_stack, %esp
	movl	$SEL_TSS, %eax
	ltr	%ax
	movzwl	vm86_frame + FRAME_GS, %eax
	pushl	%eax
	movzwl	vm86_frame + FRAME_FS, %eax
	pushl	%eax
	movzwl	vm86_frame + FRAME_DS, %eax
	pushl	%eax
	movzwl	vm86_frame + FRAME_ES, %eax
	pushl	%eax
	movzwl	vm86_frame + FRAME_SS, %eax
	pushl	%eax
	pushl	vm86_frame + FRAME_ESP
	movl	vm86_frame + FRAME_EFLAGS, %eax
	andl	$0xcd5, %eax
	orl	$VM_IOPL3, %eax
	pushl	%eax
	pushl	$0
	pushl	$task
	movl	vm86_frame + FRAME_EAX, %eax
	movl	vm86_frame + FRAME_EBX, %ebx
	movl	vm86_frame + FRAME_ECX, %ecx
	movl	vm86_frame + FRAME_EDX, %edx
	movl	vm86_frame + FRAME_ESI, %esi
	movl	vm86_frame + FRAME_EDI, %edi
	movl	vm86_frame + FRAME_EBP, %ebp
	iretl

	/* #GP: what the task may not do itself. */
general_protection:
	pushal
	movl	%esp, %ebp
	testl	$0x20000, AT_EFLAGS(%ebp)
	jz	failed
	movzwl	AT_CS(%ebp), %ebx
	shll	$4, %ebx
	movzwl	AT_EIP(%ebp), %eax
	addl	%eax, %ebx		/* where it is */
	movb	(%ebx), %al
	cmpb	$0xcd, %al		/* INT n */
	je	reflect
	cmpb	$0xe6, %al		/* OUT n, AL */
	je	out_port
	cmpb	$0xf4, %al		/* HLT */
	je	done
failed:
	movb	$1, vm86_failed
	jmp	done

reflect:
	subw	$6, AT_ESP(%ebp)
	movzwl	AT_SS(%ebp), %edx
	shll	$4, %edx
	movzwl	AT_ESP(%ebp), %eax
	addl	%eax, %edx
	movw	AT_EIP(%ebp), %ax
	addw	$2, %ax
	movw	%ax, (%edx)
	movw	AT_CS(%ebp), %ax
	movw	%ax, 2(%edx)
	movw	AT_EFLAGS(%ebp), %ax
	movw	%ax, 4(%edx)
	andl	$~0x300, AT_EFLAGS(%ebp) /* IF and TF */
	movzbl	1(%ebx), %ecx
	movzwl	(,%ecx,4), %eax
	movl	%eax, AT_EIP(%ebp)
	movzwl	2(,%ecx,4), %eax
	movl	%eax, AT_CS(%ebp)
	jmp	resume

out_port:
	movzbl	1(%ebx), %ecx
	incb	vm86_outs(%ecx)
	addw	$2, AT_EIP(%ebp)
resume:
	popal
	addl	$4, %esp		/* error code */
	iretl

done:
	movl	AT_EAX(%ebp), %eax
	movl	%eax, vm86_frame + FRAME_EAX
	movl	AT_EBX(%ebp), %eax
	movl	%eax, vm86_frame + FRAME_EBX
	movl	AT_ECX(%ebp), %eax
	movl	%eax, vm86_frame + FRAME_ECX
	movl	AT_EDX(%ebp), %eax
	movl	%eax, vm86_frame + FRAME_EDX
	movl	AT_ESI(%ebp), %eax
	movl	%eax, vm86_frame + FRAME_ESI
	movl	AT_EDI(%ebp), %eax
	movl	%eax, vm86_frame + FRAME_EDI
	movl	AT_EBP(%ebp), %eax
	movl	%eax, vm86_frame + FRAME_EBP
	movl	AT_EFLAGS(%ebp), %eax
	movl	%eax, vm86_frame + FRAME_EFLAGS
	movl	AT_ESP(%ebp), %eax
	movl	%eax, vm86_frame + FRAME_ESP
	movw	AT_SS(%ebp), %ax
	movw	%ax, vm86_frame + FRAME_SS
	movw	AT_ES(%ebp), %ax
	movw	%ax, vm86_frame + FRAME_ES
	movw	AT_DS(%ebp), %ax
	movw	%ax, vm86_frame + FRAME_DS
	jmp	leave

	/* Any other exception or interrupt. */
unexpected:
	movb	$1, vm86_failed
leave:
	ljmpl	$SEL_CODE16, $leave16
	.code16
leave16:
	movw	$SEL_DATA16, %ax
	movw	%ax, %ds
	movw	%ax, %es
	movw	%ax, %fs
	movw	%ax, %gs
	movw	%ax, %ss
	movl	%cr0, %eax
	andb	$~1, %al
	movl	%eax, %cr0
	ljmpw	$0, $real
real:
	xorw	%ax, %ax
	movw	%ax, %ds
	movw	%ax, %es
	movw	%ax, %fs
	movw	%ax, %gs
	movw	%ax, %ss
	movl	real_esp, %esp
	lidtl	real_idt_pointer
	popfl
	popal
	retl

	.data
task:	int	$0			/* the number is patched in */
	hlt

	.balign	8
gdt:	.quad	0
	.quad	0x00cf9b000000ffff
	.quad	0x00cf93000000ffff
	.word	tss_end - tss - 1, tss	/* segment 0: the address is its low 16 bits */
	.byte	0, 0x89, 0, 0
	.quad	0x00009b000000ffff
	.quad	0x000093000000ffff
gdt_end:
gdt_pointer:
	.word	gdt_end - gdt - 1
	.long	gdt

	.macro	gate handler
	.word	\handler, SEL_CODE32, 0x8e00, 0	/* DPL 0: INT n is a #GP */
	.endm
	.balign	8
idt:	.rept	13
	gate	unexpected
	.endr
	gate	general_protection
	.rept	242
	gate	unexpected
	.endr
idt_end:
idt_pointer:
	.word	idt_end - idt - 1
	.long	idt
real_idt_pointer:
	.word	0x3ff
	.long	0

	.balign	4
tss:	.long	0, monitor_stack, SEL_DATA32
	.fill	22, 4, 0
	.word	0, tss_end - tss	/* no map of ports: none is let through */
tss_end:

	.bss
	.globl	vm86_frame, vm86_vector, vm86_failed, vm86_outs
	.balign	4
real_esp:
	.skip	4
vm86_frame:
	.skip	FRAME_SS + 4
vm86_vector:
	.skip	1
vm86_failed:
	.skip	1
vm86_outs:
	.skip	256
	.balign	4
	.skip	512
monitor_stack:

	.section .note.GNU-stack, "", @progbits
