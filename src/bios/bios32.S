/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * The 32-bit service directory's entry and that of the PCI BIOS, in segment F000.
 *
 * Specification: Standard BIOS 32-bit Service Directory 0.4; PCI BIOS 2.1, 3.2.
 */
#include "layout.h"

#define BIOS32_PCI		0x49435024	/* "$PCI" */
#define BIOS32_NO_SERVICE	0x80
#define BIOS32_NO_FUNCTION	0x81
#define PCIBIOS_UNSUPPORTED	0x81

	/*
	 * For callers in 32-bit flat protected mode, by a far call: the service
	 * directory (EAX the service, BL a function of which there is one), which tells
	 * base, length and entry of the PCI BIOS, and the PCI BIOS, which takes and gives
	 * registers as INT 1Ah does. Segments are the caller's, base 0. Under paging our
	 * addresses may be anything, so then the PCI BIOS does nothing but fail.
	 */
	.section .fseg.bios32, "ax"
	.code32
	.globl	bios32_entry, pcibios_entry
bios32_entry:
	testb	%bl, %bl
	jnz	1f
	cmpl	$BIOS32_PCI, %eax
	jne	2f
	movb	$0, %al
	xorl	%ebx, %ebx		/* base and length: all there is */
	movl	$0xffffffff, %ecx
	movl	$pcibios_entry, %edx
	lret
1:	movb	$BIOS32_NO_FUNCTION, %al
	lret
2:	movb	$BIOS32_NO_SERVICE, %al
	lret
pcibios_entry:
	pushl	%ecx
	movl	%cr0, %ecx
	testl	%ecx, %ecx		/* its sign is the paging bit */
	popl	%ecx
	js	3f
	cld
	pushal
	subl	$REGS_GPRS, %esp	/* struct regs; its descriptor tables are not used */
	movl	%esp, %eax
	call	pcibios_call
	leal	REGS_GPRS(%esp), %esp
	cmpb	$1, %al			/* carry: the call failed */
	cmc
	popal
	lret
3:	movb	$PCIBIOS_UNSUPPORTED, %ah
	stc
	lret
