/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * The boot sector of every C boot program, and the call of an interrupt with
 * all registers chosen. The sector saves what the BIOS handed over, writes a
 * newline to the result port (tests that count accesses take that write as
 * "the boot sector is reached"), loads the rest of the program behind itself
 * and calls guest_main(). Code, data and stack are all in segment 0.
 */

#include "layout.h"

	.code16
	.section .boot, "ax"
	.globl	_start
_start:
	/* The BIOS's stack takes the entry state: the layout of struct entry. */
	pushfl
	pushal
	pushw	%ds
	pushw	%es
	pushw	%fs
	pushw	%gs
	pushw	%ss
	pushw	%cs
	call	entry_ip		/* pushes IP */
	.globl	entry_ip
entry_ip:
	ljmp	$0, $2f
2:	movw	%ss, %ax
	movw	%ax, %ds
	movw	%sp, %si
	movzwl	%sp, %ebp
	xorw	%ax, %ax
	movw	%ax, %es
	movw	$entry, %di
	movw	$(ENTRY_PUSHED / 2), %cx
	cld
	rep movsw
	movw	%ax, %ds
	movw	%ax, %ss
	movl	$STACK_TOP, %esp

	movb	$'\n', %al
	outb	%al, $RESULT_PORT
	rdtsc
	movl	%eax, entry_tsc
	movl	%edx, entry_tsc + 4
	sti

	/* The first sector of the program's rest is sector 1 of the drive. */
	movb	entry + ENTRY_DL, %dl
#ifndef LOAD_BY_CHS
	movb	$0x41, %ah		/* EDD there? */
	movw	$0x55aa, %bx
	int	$0x13
	jc	load_by_chs
	cmpw	$0xaa55, %bx
	jne	load_by_chs
	testb	$1, %cl
	jz	load_by_chs
	movb	entry + ENTRY_DL, %dl
	movw	$dap, %si
	movb	$0x42, %ah
	int	$0x13
	jnc	loaded
#endif

load_by_chs:
	movb	entry + ENTRY_DL, %dl
	movb	$0x08, %ah		/* sectors per track, highest head */
	xorw	%di, %di
	int	$0x13
	jc	load_failed
	pushw	$0
	popw	%es
	andb	$0x3f, %cl
	movb	%cl, track_sectors
	movb	%dh, last_head
	movw	$0x0002, %cx		/* cylinder 0, sector 2 */
	xorb	%dh, %dh
	movb	entry + ENTRY_DL, %dl
	movw	$0x7e00, %bx
	movw	dap_count, %si
next_sector:
	movw	$0x0201, %ax
	int	$0x13
	jc	load_failed
	addw	$512, %bx
	decw	%si
	jz	loaded
	incb	%cl			/* no program reaches cylinder 256 */
	cmpb	track_sectors, %cl
	jbe	next_sector
	movb	$1, %cl
	incb	%dh
	cmpb	last_head, %dh
	jbe	next_sector
	xorb	%dh, %dh
	incb	%ch
	jmp	next_sector

loaded:
	calll	guest_main
	/* not reached */

/* A program that cannot be loaded says "L<AH>" and ends QEMU as failed. */
load_failed:
	movb	%ah, %bl
	movb	$'L', %al
	outb	%al, $RESULT_PORT
	movb	%bl, %al
	shrb	$4, %al
	call	hex_digit
	movb	%bl, %al
	andb	$0x0f, %al
	call	hex_digit
	movl	$EXIT_FAILED, %eax
	movw	$EXIT_PORT, %dx
	outl	%eax, %dx
3:	hlt
	jmp	3b

hex_digit:
	cmpb	$10, %al
	jb	4f
	addb	$'A' - '0' - 10, %al
4:	addb	$'0', %al
	outb	%al, $RESULT_PORT
	ret

	.balign	4
dap:	.byte	16, 0
dap_count:
	.word	program_sectors
	.word	0x7e00, 0
	.quad	1
track_sectors:
	.byte	0
last_head:
	.byte	0

	.org	_start + 0x1b8		/* disk signature and partition table */
	.org	_start + 510
	.word	0xaa55

/*
 * void intr_asm(u32 vector): INT vector with the registers of intr_frame,
 * which then holds what came back. A frame stack of 0:0 means "this one".
 */
	.text
	.globl	intr_asm
intr_asm:
	pushal
	pushfl
	movb	40(%esp), %al
	movb	%al, 2f + 1
	movl	%esp, own_esp
	movl	intr_frame + FRAME_ESP, %eax
	orw	intr_frame + FRAME_SS, %ax
	jnz	1f
	movl	%esp, intr_frame + FRAME_ESP
1:	movw	intr_frame + FRAME_ES, %es
	movw	intr_frame + FRAME_FS, %fs
	movw	intr_frame + FRAME_GS, %gs
	movl	intr_frame + FRAME_EAX, %eax
	movl	intr_frame + FRAME_EBX, %ebx
	movl	intr_frame + FRAME_ECX, %ecx
	movl	intr_frame + FRAME_EDX, %edx
	movl	intr_frame + FRAME_ESI, %esi
	movl	intr_frame + FRAME_EDI, %edi
	movl	intr_frame + FRAME_EBP, %ebp
	pushl	intr_frame + FRAME_EFLAGS
	popfl
	lssl	intr_frame + FRAME_ESP, %esp
	movw	intr_frame + FRAME_DS, %ds
2:	int	$0
	movw	%ds, %cs:intr_frame + FRAME_DS
	movw	%es, %cs:intr_frame + FRAME_ES
	movw	%fs, %cs:intr_frame + FRAME_FS
	movw	%gs, %cs:intr_frame + FRAME_GS
	movw	%ss, %cs:intr_frame + FRAME_SS
	movl	%eax, %cs:intr_frame + FRAME_EAX
	movl	%ebx, %cs:intr_frame + FRAME_EBX
	movl	%ecx, %cs:intr_frame + FRAME_ECX
	movl	%edx, %cs:intr_frame + FRAME_EDX
	movl	%esi, %cs:intr_frame + FRAME_ESI
	movl	%edi, %cs:intr_frame + FRAME_EDI
	movl	%ebp, %cs:intr_frame + FRAME_EBP
	movl	%esp, %cs:intr_frame + FRAME_ESP
	movw	$0, %ax			/* not XOR: the flags are results too */
	movw	%ax, %ss
	movl	%cs:own_esp, %esp
	movw	%ax, %ds
	movw	%ax, %es
	movw	%ax, %fs
	movw	%ax, %gs
	pushfl
	popl	intr_frame + FRAME_EFLAGS
	popfl
	popal
	retl

/*
 * CPU exceptions of the program itself. Only those that no PC uses for an
 * interrupt of a device or of the BIOS: #UD, #SS, #GP. (Not #DE: an interrupt
 * controller that no BIOS has set up delivers IRQ 0 there.)
 */
	.macro	trap number
	.globl	trap_\number
trap_\number:
	pushw	$\number
	jmp	trapped
	.endm
	trap	6
	trap	12
	trap	13
trapped:
	xorw	%ax, %ax
	movw	%ax, %ds
	movw	%ax, %es
	popl	%ecx			/* number, IP */
	popw	%dx			/* CS */
	movw	%ax, %ss
	movl	$STACK_TOP, %esp
	cld
	pushl	%edx
	pushl	%ecx
	calll	guest_trapped

	.bss
own_esp:
	.long	0

	.section .note.GNU-stack, "", @progbits
