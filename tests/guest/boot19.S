/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * A boot sector that asks for a second boot by INT 19h the first time and ends
 * QEMU as passed the second time. It tells the two apart by a mark in memory
 * at 0:0600, which INT 19h must not touch: "reboots without clearing memory"
 * (Ralf Brown's Interrupt List, INT 19).
 */
#include "layout.h"

#define MARK	0x0600
#define MAGIC	0x19191919

	.code16
	.globl	_start
_start:
	xorw	%ax, %ax
	movw	%ax, %ds
	movb	$'1', %al
	cmpl	$MAGIC, MARK
	jne	1f
	incb	%al
1:	outb	%al, $RESULT_PORT
	movb	$'\n', %al
	outb	%al, $RESULT_PORT
	cmpl	$MAGIC, MARK
	je	2f
	movl	$MAGIC, MARK
	int	$0x19
2:	movl	$EXIT_PASSED, %eax
	movw	$EXIT_PORT, %dx
	outl	%eax, %dx
3:	hlt
	jmp	3b

	.org	_start + 510
	.word	0xaa55

	.section .note.GNU-stack, "", @progbits
