/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * A boot sector that gives up the way the IBM PC's did: INT 18h, after which
 * the BIOS tries its next candidate (BIOS Boot Specification 1.01, section 6.5).
 */
#include "layout.h"

	.code16
	.globl	_start
_start:
	movb	$'n', %al
	outb	%al, $RESULT_PORT
	movb	$'o', %al
	outb	%al, $RESULT_PORT
	movb	$'\n', %al
	outb	%al, $RESULT_PORT
	int	$0x18
	hlt

	.org	_start + 510
	.word	0xaa55

	.section .note.GNU-stack, "", @progbits
