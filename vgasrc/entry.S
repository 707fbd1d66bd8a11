/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * The image's header, the ways into its C code, and VESA's interface for protected mode.
 *
 * C runs on the caller's stack, in real mode or in VM86 mode: DS and ES are the stack's
 * segment, FS is this image, GS is segment 0 (segment.h). It takes about 430 bytes of the
 * stack.
 *
 * References: PCI Firmware Specification 3.0, 5.1 "PCI Expansion ROM Contents"; VBE 3.0,
 * 4.12 "Function 0Ah".
 */

#define DISPI_INDEX	0x1ce
#define DAC_WRITE	0x3c8

	.section .header, "a"
	.code16
	.globl header
header:
	.byte	0x55, 0xaa
	.byte	0			/* size in 512 bytes: pack.py */
	jmp	entry_start
	.org	6
	.byte	0			/* makes the bytes add up to 0: pack.py, QEMU, start.c */
	.org	0x18
	.word	pci_header
	.word	0			/* no Plug and Play header */
	.org	0x1e
	.ascii	"IBM VGA COMPATIBLE"	/* where old programs look for it */
	.balign	4
pci_header:
	.ascii	"PCIR"
	.word	ADAPTER_VENDOR, ADAPTER_DEVICE
	.word	0			/* no vital product data */
	.word	0x18			/* length of this header */
	.byte	0			/* its revision */
	.byte	0x00, 0x00, 0x03	/* class code: display, VGA */
	.word	0			/* size in 512 bytes: pack.py */
	.word	1			/* revision of the code */
	.byte	0			/* code type: PC */
	.byte	0x80			/* the last image */
	.word	0

	/*
	 * The caller's registers become a struct frame on its stack. What is above 16 bits
	 * in ESP is put aside meanwhile: C uses all of it.
	 */
	.macro	enter function
	pushw	%ds
	pushw	%es
	pushw	%fs
	pushw	%gs
	pushal
	cld
	movw	%ss, %ax
	movw	%ax, %ds
	movw	%ax, %es
	movw	%cs, %ax
	movw	%ax, %fs
	xorw	%ax, %ax
	movw	%ax, %gs
	movzwl	%sp, %eax
	movl	%eax, %esp
	pushw	%ax			/* as calls in C do: calls16.S */
	callw	\function
	movl	12(%esp), %eax		/* ESP as pushal has saved it */
	subl	$32, %eax
	movl	%eax, %esp
	popal
	popw	%gs
	popw	%fs
	popw	%es
	popw	%ds
	.endm

	.section .text.entry, "ax"
entry_start:
	enter	start
	lretw

	.globl entry_int10
entry_int10:
	enter	int10
	iretw

	.globl entry_window
entry_window:
	enter	vesa_window
	lretw

	/* The save pointer table: the video parameter table, and what we do not have. */
	.section .rodata.save_table, "a"
	.globl save_table
save_table:
	.word	video_parameters, 0	/* start.c: the segment that we are in */
	.long	0, 0, 0
	.word	save_table_2, 0
	.long	0, 0
	/* The second one: its length, and the display combinations. */
	.globl save_table_2
save_table_2:
	.word	26
	.word	combinations, 0
	.long	0, 0, 0, 0, 0
	/* How many, a version, the highest type; pairs of displays. */
combinations:
	.byte	2, 1, 8, 0
	.byte	0, 7, 0, 8

	/* struct found of adapter.h, which start.c fills in. */
	.section .rodata.found, "a"
	.globl found
found:
	.skip	264

	/*
	 * Protected mode: 32-bit code that runs wherever a program has copied it, with ports
	 * and nothing else. Near calls; AX is the status.
	 */
	.section .rodata.protected, "a"
	.code32
	.globl entry_protected
entry_protected:
	.word	protected_window - entry_protected
	.word	protected_start - entry_protected
	.word	protected_palette - entry_protected
	.word	protected_ports - entry_protected
protected_ports:
	.word	DISPI_INDEX, DISPI_INDEX + 1, DAC_WRITE, DAC_WRITE + 1, 0xffff, 0xffff

	/* The register AL into AX, zero-extended; changes DX. */
	.macro	dispi_read index
	movw	$DISPI_INDEX, %dx
	movw	$\index, %ax
	outw	%ax, %dx
	incw	%dx
	xorl	%eax, %eax
	inw	%dx, %ax
	.endm
	.macro	dispi_write index, value
	movw	$DISPI_INDEX, %dx
	movw	$\index, %ax
	outw	%ax, %dx
	incw	%dx
	movw	\value, %ax
	outw	%ax, %dx
	.endm

	/* AX=4F05h: BH=0 sets the bank to DX, BH=1 tells it; BL=0 is the only window. */
protected_window:
	testb	%bl, %bl
	jnz	protected_failed
	cmpb	$1, %bh
	ja	protected_failed
	je	1f
	pushl	%ecx
	pushl	%edx
	movl	%edx, %ecx
	dispi_write 5, %cx
	popl	%edx
	popl	%ecx
	jmp	protected_ok
1:	dispi_read 5
	movl	%eax, %edx
protected_ok:
	movw	$0x004f, %ax
	ret
protected_failed:
	movw	$0x014f, %ax
	ret

	/* AX=4F07h: DX:CX is the first dot's address in units of four bytes. */
protected_start:
	pushal
	shll	$16, %edx
	movzwl	%cx, %ecx
	orl	%edx, %ecx
	dispi_read 3
	leal	7(%eax), %ebx
	shrl	$3, %ebx		/* bytes of a dot */
	dispi_read 6
	mull	%ebx
	movl	%eax, %esi		/* bytes of a line */
	testl	%esi, %esi
	jz	1f
	leal	(,%ecx,4), %eax
	xorl	%edx, %edx
	divl	%esi
	movl	%eax, %edi		/* the line */
	movl	%edx, %eax
	xorl	%edx, %edx
	divl	%ebx
	movl	%eax, %ecx		/* the dot in it */
	dispi_write 8, %cx
	dispi_write 9, %di
1:	popal
	jmp	protected_ok

	/* AX=4F09h: CX registers of the DAC from DX on, four bytes each at ES:EDI. */
protected_palette:
	testb	$0x7f, %bl
	jnz	protected_failed
	pushal
	movl	%edx, %ebx
	movzwl	%cx, %ecx
	jecxz	2f
1:	movw	$DAC_WRITE, %dx
	movb	%bl, %al
	outb	%al, %dx
	incw	%dx
	movb	%es:2(%edi), %al
	outb	%al, %dx
	movb	%es:1(%edi), %al
	outb	%al, %dx
	movb	%es:(%edi), %al
	outb	%al, %dx
	addl	$4, %edi
	incl	%ebx
	loop	1b
2:	popal
	jmp	protected_ok
	.globl entry_protected_end
entry_protected_end:

	.section .note.GNU-stack, "", @progbits
