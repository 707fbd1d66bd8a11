/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * The real-mode part of an old test kernel, entered as the boot protocol says:
 * reports registers, its command line (by the old or the new way), the initrd,
 * and that the BIOS's services are up; ends QEMU. The test's Python writes the
 * header at 1F1 over the first sectors.
 */
	.code16
	.globl	_start
_start:
	.org	_start + 512
	jmp	start
	.org	_start + 0x280
start:
	movw	%cs, %ax
	movw	%sp, saved_sp
	pushfw
	popw	%bx
	movb	$'\n', %al
	outb	%al, $0xe9
	movw	$name_cs, %si
	movw	%cs, %ax
	call	word
	movw	$name_ds, %si
	movw	%ds, %ax
	call	word
	movw	$name_es, %si
	movw	%es, %ax
	call	word
	movw	$name_ss, %si
	movw	%ss, %ax
	call	word
	movw	$name_sp, %si
	movw	saved_sp, %ax
	call	word
	movw	$name_flags, %si
	movw	%bx, %ax
	call	word
	movw	$name_ramdisk, %si
	movw	0x21a, %ax
	call	word
	movw	$name_ramdisk, %si
	movw	0x218, %ax
	call	word

	int	$0x12			/* the BIOS is there */
	movw	$name_kib, %si
	call	word
	movb	$0x88, %ah
	int	$0x15
	movw	$name_extended, %si
	call	word
	movw	$0x0e21, %ax		/* "!" on its console */
	int	$0x10

	movw	$name_cmdline, %si
	call	text
	cmpw	$0x202, 0x206
	jae	new_command_line
	movw	0x22, %si		/* 0020: A33F, 0022: offset from here */
	cmpw	$0xa33f, 0x20
	je	show_command_line
	jmp	end
new_command_line:
	movl	0x228, %eax
	shrl	$4, %eax
	movw	%ax, %ds
	movw	%cs:0x28, %si		/* of segment CS that is 228 */
	andw	$15, %si
show_command_line:
	call	text
	movb	$'\n', %al
	outb	%al, $0xe9
	movl	$0x10, %eax
	outl	%eax, $0xf4
end:	hlt
	jmp	end

text:	lodsb
	testb	%al, %al
	jz	1f
	outb	%al, $0xe9
	jmp	text
1:	ret

word:	pushw	%ax
	call	text
	popw	%dx
	movw	$4, %cx
2:	rolw	$4, %dx
	movb	%dl, %al
	andb	$15, %al
	addb	$'0', %al
	cmpb	$'9', %al
	jbe	3f
	addb	$'a' - '0' - 10, %al
3:	outb	%al, $0xe9
	loop	2b
	movb	$'\n', %al
	outb	%al, $0xe9
	ret

saved_sp:	.word	0
name_cs:	.asciz	"cs "
name_ds:	.asciz	"ds "
name_es:	.asciz	"es "
name_ss:	.asciz	"ss "
name_sp:	.asciz	"sp "
name_flags:	.asciz	"flags "
name_ramdisk:	.asciz	"ramdisk "
name_kib:	.asciz	"kib "
name_extended:	.asciz	"extended "
name_cmdline:	.asciz	"cmdline "
	.org	_start + 5 * 512
	.section .note.GNU-stack, "", @progbits
