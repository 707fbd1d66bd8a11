/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * An option ROM that checks what it is given and reports on the result port, a
 * line "ok WHAT" or "FAIL WHAT" for each expectation. Built in these kinds:
 *
 *   BEV     offers a bootstrap entry, which checks its registers and gives up
 *   BCV     offers a boot connection, which adds a drive to INT 13h
 *   HOOK13  adds the drive while it is initialised, and has no header
 *   HOOK18  hooks INT 18h, which ends QEMU
 *   HOOK19  hooks INT 19h, which reports and goes on to the old one
 *
 * References: Plug and Play BIOS Specification 1.0A (PnP), POST Memory Manager
 * Specification 1.01 (PMM), BIOS Boot Specification 1.01 (BBS).
 */
#include "layout.h"

#define SECTORS	8
#define SHRUNK	4

	.code16
	.globl	_start
_start:
	.word	0xaa55
rom_length:
	.byte	SECTORS
	jmp	init
	.org	_start + 0x1a
#if defined(BEV) || defined(BCV)
	.word	header - _start
	.balign	16
header:	.ascii	"$PnP"
	.byte	1, 2
	.word	0
	.byte	0, 0
	.long	0
	.word	maker - _start, product - _start
	.byte	2, 0, 0
	.byte	0xf4
#ifdef BCV
	.word	connect - _start, 0, 0
#else
	.word	0, 0, bootstrap - _start
#endif
	.word	0, 0
maker:	.asciz	"Petrel's tests"
product: .asciz	"test ROM"
#else
	.word	0
#endif

	/* check condition, what: reports whether the jump would be taken */
	.macro	check condition:req, what:vararg
	j\condition 8f
	call	say_fail
	jmp	9f
8:	call	say_ok
9:	call	say_inline
	.asciz	\what
	.endm

/* --- reports; all keep registers and flags --- */
put:	outb	%al, $RESULT_PORT
	ret
say_ok:
	pushfw
	pushw	%ax
	movb	$'o', %al
	call	put
	movb	$'k', %al
	call	put
	movb	$' ', %al
	call	put
	popw	%ax
	popfw
	ret
say_fail:
	pushfw
	pushw	%ax
	movb	$'F', %al
	call	put
	movb	$'A', %al
	call	put
	movb	$'I', %al
	call	put
	movb	$'L', %al
	call	put
	movb	$' ', %al
	call	put
	popw	%ax
	popfw
	ret
/* Writes the text behind the call, and a newline; goes on behind it. */
say_inline:
	pushw	%bp
	movw	%sp, %bp
	pushfw
	pushw	%ax
	pushw	%si
	movw	2(%bp), %si
1:	movb	%cs:(%si), %al
	incw	%si
	testb	%al, %al
	jz	2f
	call	put
	jmp	1b
2:	movb	$'\n', %al
	call	put
	movw	%si, 2(%bp)
	popw	%si
	popw	%ax
	popfw
	popw	%bp
	ret

/* --- registers that init, BCV and BEV share: PnP 3.3, 3.2 --- */
check_registers:
	cmpw	$0xffff, %bx
	check	e, "BX: no ISA PnP card"
	cmpw	$0xffff, %dx
	check	e, "DX: no read data port"
	cmpl	$0x506e5024, %es:(%di)
	check	e, "ES:DI: $PnP"
	pushw	%ax
	pushw	%cx
	pushw	%di
	movzbw	%es:5(%di), %cx
	xorb	%al, %al
1:	addb	%es:(%di), %al
	incw	%di
	loop	1b
	popw	%di
	testb	%al, %al
	check	z, "$PnP: checksum"
	pushw	$0x60			/* BBS A.1: installation check; not there */
	lcall	*%es:0x0d(%di)
	addw	$2, %sp
	cmpw	$0x82, %ax
	check	e, "$PnP: unsupported function"
	popw	%cx
	popw	%ax
	ret

/* --- PMM --- */
	/* What PMM returns in DX:AX, as EAX. */
	.macro	result
	pushw	%dx
	pushw	%ax
	popl	%eax
	testl	%eax, %eax
	.endm
	.macro	allocate paragraphs:req, handle:req, flags:req
	pushw	$\flags
	pushl	$\handle
	pushl	$\paragraphs
	pushw	$0
	lcall	*%es:7
	addw	$12, %sp
	result
	.endm
	.macro	call_pmm function:req, argument:vararg
	pushl	\argument
	pushw	$\function
	lcall	*%es:7
	addw	$6, %sp
	result
	.endm

#define HANDLE 0x12345678
#define PERMANENT 0x7e12ed0d

check_pmm:
	movw	$0xe000 - 1, %bx
1:	incw	%bx
	jz	2f
	movw	%bx, %es
	cmpl	$0x4d4d5024, %es:0
	jne	1b
2:	testw	%bx, %bx
	check	nz, "$PMM: found"
	movzbw	%es:5, %cx
	xorw	%si, %si
	xorb	%al, %al
3:	addb	%es:(%si), %al
	incw	%si
	loop	3b
	testb	%al, %al
	check	z, "$PMM: checksum"

	call_pmm 1, $HANDLE
	check	z, "PMM: unknown handle is not found"
	allocate 0, 0xffffffff, 1
	check	nz, "PMM: largest low block"
	cmpl	$0x9fc0, %eax
	check	b, "PMM: it fits below the EBDA"
	allocate 0, 0xffffffff, 2
	cmpl	$0x10000, %eax
	check	ae, "PMM: largest high block: 1 MiB at least"

	allocate 0x100, HANDLE, 5
	check	nz, "PMM: 4 KiB low, aligned"
	movl	%eax, %ebp
	testw	$0xfff, %ax
	check	z, "PMM: alignment"
	cmpl	$0x9f000, %ebp
	check	b, "PMM: it is low"
	call_pmm 1, $HANDLE
	cmpl	%eax, %ebp
	check	e, "PMM: handle is found"
	allocate 0x100, HANDLE, 1
	check	z, "PMM: handle is taken"
	allocate 0x100, 0xffffffff, 5
	cmpl	%eax, %ebp
	check	ne, "PMM: another block"
	movl	%eax, %ecx
	call_pmm 2, %ebp
	check	z, "PMM: deallocate"
	call_pmm 2, %ebp
	check	nz, "PMM: deallocate twice"
	call_pmm 1, $HANDLE
	check	z, "PMM: handle is forgotten"
	call_pmm 2, %ecx

	allocate 0x10000, HANDLE, 6
	check	nz, "PMM: 1 MiB high, aligned"
	movl	%eax, %ebp
	testl	$0xfffff, %eax
	check	z, "PMM: high alignment"
	pushw	%fs
	pushw	$0
	popw	%fs
	movl	$0x55aa1234, %fs:0xffffc(%ebp)	/* PMM: flat real mode */
	cmpl	$0x55aa1234, %fs:0xffffc(%ebp)
	popw	%fs
	check	e, "PMM: high memory is reached"
	call_pmm 2, %ebp
	check	z, "PMM: deallocate high"
	allocate 0x7fffffff, 0xffffffff, 3
	check	z, "PMM: too much"
	allocate 0x100, 0xffffffff, 10
	check	nz, "PMM: permanent"
	pushw	%fs
	pushw	$0
	popw	%fs
	movl	$1024, %ecx		/* what nobody else may write to */
4:	movl	$PERMANENT, %fs:-4(%eax, %ecx, 4)
	decl	%ecx
	jnz	4b
	popw	%fs
	call_pmm 77, $0
	cmpl	$0xffffffff, %eax
	check	e, "PMM: unsupported function"
	ret

/* --- initialisation --- */
init:	pushal
	pushw	%ds
	pushw	%es
	pushw	%cs
	popw	%ds
	call	say_inline
	.asciz	"init"
	pushfw
	popw	%ax
	testw	$0x200, %ax
	check	nz, "interrupts are on"
	call	check_registers
	pushw	%es
	call	check_pmm
	popw	%es
	movw	$0x0e21, %ax		/* "!": the console is there */
	int	$0x10
	xorw	%ax, %ax
	movw	%ax, %es
	movl	%es:0x46c, %ebx		/* the tick runs */
	movl	$10000000, %ecx
1:	cmpl	%es:0x46c, %ebx
	jne	2f
	.byte	0xf3, 0x90
	decl	%ecx
	jnz	1b
2:	cmpl	%es:0x46c, %ebx
	check	ne, "the tick runs"
#ifdef HOOK13
	call	hook13
#endif
#ifdef HOOK18
	movw	$int18, %es:0x18 * 4
	movw	%cs, %es:0x18 * 4 + 2
#endif
#ifdef HOOK19
	movl	%es:0x19 * 4, %eax
	movl	%eax, old19
	movw	$int19, %es:0x19 * 4
	movw	%cs, %es:0x19 * 4 + 2
#endif
	/* shrink, and correct the checksum */
	movb	$SHRUNK, rom_length
	xorw	%si, %si
	movw	$SHRUNK * 512, %cx
	xorb	%al, %al
3:	addb	(%si), %al
	incw	%si
	loop	3b
	subb	%al, checksum
	popw	%es
	popw	%ds
	popal
	movw	$0x120, %ax		/* an IPL device is attached */
	lretw
checksum: .byte	0

/* --- a drive: one sector, which says that it was booted --- */
#if defined(BCV) || defined(HOOK13)
#ifdef BCV
connect:
	pushal
	pushw	%ds
	pushw	%es
	pushw	%cs
	popw	%ds
	call	say_inline
	.asciz	"bcv"
	testb	$4, %al
	check	nz, "AX: connect as IPL"
	call	check_registers
	xorw	%ax, %ax
	movw	%ax, %es
	call	hook13
	popw	%es
	popw	%ds
	popal
	lretw
#endif
hook13:	movb	%es:0x475, %al
	orb	$0x80, %al
	movb	%al, drive
	incb	%es:0x475
	movl	%es:0x13 * 4, %eax
	movl	%eax, old13
	movw	$int13, %es:0x13 * 4
	movw	%cs, %es:0x13 * 4 + 2
	ret
int13:	cmpb	%cs:drive, %dl
	je	1f
	ljmp	*%cs:old13
1:	cmpw	$0x0201, %ax
	jne	3f
	pushw	%si
	pushw	%di
	pushw	%cx
	pushw	%ds
	pushw	%cs
	popw	%ds
	movw	$sector, %si
	movw	%bx, %di
	movw	$256, %cx
	cld
	rep movsw
	popw	%ds
	popw	%cx
	popw	%di
	popw	%si
	movw	$1, %ax
	clc
	lretw	$2
3:	movb	$1, %ah
	stc
	lretw	$2
drive:	.byte	0
old13:	.long	0
sector:	movb	$'\n', %al
	outb	%al, $RESULT_PORT
	movb	$'b', %al
	outb	%al, $RESULT_PORT
	movb	%dl, %al
	shrb	$4, %al
	addb	$'0', %al
	outb	%al, $RESULT_PORT
	movb	%dl, %al
	andb	$15, %al
	addb	$'0', %al
	outb	%al, $RESULT_PORT
	movb	$'\n', %al
	outb	%al, $RESULT_PORT
	movl	$EXIT_PASSED, %eax
	movw	$EXIT_PORT, %dx
	outl	%eax, %dx
	hlt
	.org	sector + 510
	.word	0xaa55
#endif

#ifdef BEV
bootstrap:
	call	say_inline
	.asciz	"bev"
	call	check_registers
	lretw				/* gives up */
#endif
#ifdef HOOK18
int18:	call	say_inline
	.asciz	"int18"
	movl	$EXIT_PASSED, %eax
	movw	$EXIT_PORT, %dx
	outl	%eax, %dx
	hlt
#endif
#ifdef HOOK19
int19:	call	say_inline
	.asciz	"int19"
	ljmp	*%cs:old19
old19:	.long	0
#endif

	.org	_start + SECTORS * 512
	.section .note.GNU-stack, "", @progbits
