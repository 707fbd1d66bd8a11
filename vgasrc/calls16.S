/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * Assembled in front of what gcc makes of C. In 16-bit code gcc calls with a return address
 * of 32 bits, which the emulator of X servers (x86emu) takes off the stack as one of 16. So
 * calls push 16 bits of nothing and 16 of an address, in the room that gcc has counted on.
 */
	.macro	call target:vararg
	pushw	$0
	callw	\target
	.endm

	.macro	ret
	retw	$2
	.endm
