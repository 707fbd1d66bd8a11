/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * The smallest boot program, one sector: says "hello, console" on the console by INT
 * 10h and on the result port, then ends QEMU as passed.
 */
#include "layout.h"

	.code16
	.globl	_start
_start:
	ljmp	$0, $1f
1:	xorw	%ax, %ax
	movw	%ax, %ds
	movw	$text, %si
	cld
2:	lodsb
	testb	%al, %al
	jz	3f
	outb	%al, $RESULT_PORT
	movb	$0x0e, %ah
	movw	$0x0007, %bx
	int	$0x10
	jmp	2b
3:	movl	$EXIT_PASSED, %eax
	movw	$EXIT_PORT, %dx
	outl	%eax, %dx
4:	hlt
	jmp	4b

text:	.asciz	"hello, console\r\n"

	.org	_start + 510
	.word	0xaa55

	.section .note.GNU-stack, "", @progbits
