/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * A master boot record in the usual shape: moves itself to 0:0600, reads the
 * first sector of the active partition to 0:7C00 by EDD and jumps there. If
 * the read fails it writes "read <AH>" to the result port and gives up by
 * INT 18h.
 */
#include "layout.h"

#define HERE	0x0600

	.code16
	.globl	_start
_start:
	cli
	xorw	%ax, %ax
	movw	%ax, %ds
	movw	%ax, %es
	movw	%ax, %ss
	movw	$0x7c00, %sp
	movw	%sp, %si
	movw	$HERE, %di
	movw	$256, %cx
	cld
	rep movsw
	ljmp	$0, $(moved - _start + HERE)

moved:	sti
	movw	$(0x1be + HERE), %si
	movw	$4, %cx
1:	testb	$0x80, (%si)
	jnz	2f
	addw	$16, %si
	loop	1b
	jmp	give_up
2:	movl	8(%si), %eax
	movl	%eax, dap_lba - _start + HERE
	movw	$(dap - _start + HERE), %si
	movb	$0x42, %ah
	int	$0x13
	jc	failed
	movb	$'m', %al
	outb	%al, $RESULT_PORT
	ljmp	$0, $0x7c00

failed:
	movb	%ah, %bl
	movw	$(text - _start + HERE), %si
3:	lodsb
	testb	%al, %al
	jz	4f
	outb	%al, $RESULT_PORT
	jmp	3b
4:	movb	%bl, %al
	shrb	$4, %al
	call	hex_digit
	movb	%bl, %al
	andb	$0x0f, %al
	call	hex_digit
	movb	$'\n', %al
	outb	%al, $RESULT_PORT
give_up:
	int	$0x18
	hlt

hex_digit:
	cmpb	$10, %al
	jb	5f
	addb	$'A' - '0' - 10, %al
5:	addb	$'0', %al
	outb	%al, $RESULT_PORT
	ret

text:	.asciz	"read "
	.balign	4
dap:	.byte	16, 0
	.word	1, 0x7c00, 0
dap_lba:
	.quad	0

	.org	_start + 510
	.word	0xaa55

	.section .note.GNU-stack, "", @progbits
