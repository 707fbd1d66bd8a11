/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * All of Petrel's 16-bit code: the reset vector, the interrupt stubs at the
 * addresses that old software knows, the start of application processors, and
 * the two switches of mode. Everything else is 32-bit C.
 *
 * An INT n arrives in the stub for n, saves the caller's registers on the
 * private stack in the data segment (E000), enters flat protected mode and
 * calls interrupt(). The way back restores what was saved. Neither way touches
 * a port or a device, as long as the A20 gate is open. On the caller's stack it
 * needs at most 6 bytes beside the 6 of the INT itself.
 *
 * Reference: Intel SDM volume 3, 9.9 "Mode switching" and 20.1 "Real-address
 * mode"; the fixed addresses are those of the IBM PC BIOS listings.
 */
#include "layout.h"

/*
 * Offset of a symbol of this file in segment F000, in segment E000. Both parts of
 * the file begin at a known place (rom.lds.S), so the assembler can tell.
 */
#define ROM_OFFSET(symbol)	((symbol) - ap_entry)
#define DATA_OFFSET(symbol)	((symbol) - entry_data + STACK_TOP - DATA_BASE)

#define FLAG_CF	0x01
#define FLAG_ZF	0x40
#define PNP_UNSUPPORTED	0x82
#define CR0_PE	1
#define CR0_CACHES_ON	0x1fffffff	/* a mask that clears CD and NW, and PG */
#define PIC1	0x20
#define PIC2	0xa0
#define PIC_EOI	0x20
#define PORT_A20	0x92		/* PS/2 system control port A */
#define A20_ON		2
#define A20_RESET	1

	/*
	 * What the switch of mode compares with CODE_MARK. Address bit 20 is set here, so
	 * while the A20 gate is off another address is read, which has something else.
	 */
	.section .code_mark, "a"
code_mark:
	.long	CODE_MARK

	/*
	 * Application processors start here: F000:0000 is what a STARTUP IPI
	 * with vector F0 means. They run the list of MSRs that the first
	 * processor wrote for itself (mtrr and the like), note their APIC
	 * ids, are counted, and wait in HLT with interrupts off for the OS's own INIT.
	 */
	.section .entry, "ax"
	.code16
	.globl ap_entry
ap_entry:
	cli
	movw	$DATA_SEG, %ax
	movw	%ax, %ds
	movl	$smp_msrs, %esi		/* E0000 is the base of DS: the low 16 bits are the offset */
	movw	DATA_OFFSET(smp_msr_count), %di
ap_next_msr:
	testw	%di, %di
	jz	ap_count
	movl	0(%si), %ecx		/* struct smp_msr: index, low, high */
	movl	4(%si), %eax
	movl	8(%si), %edx
	wrmsr
	addw	$12, %si
	decw	%di
	jmp	ap_next_msr
ap_count:
	movl	$1, %eax
	cpuid
	shrl	$24, %ebx			/* the local APIC's id */
	lock btsl %ebx, DATA_OFFSET(smp_apic_ids)
	lock incl DATA_OFFSET(smp_running)
ap_halt:
	cli
	hlt
	jmp	ap_halt

	/*
	 * Reset, from the vector at F000:FFF0 or a jump to F000:E05B: any real
	 * mode state, at reset with CS's base still at 4 GiB - 64 KiB.
	 */
reset:
	cli
	cld
	lgdtl	%cs:ROM_OFFSET(gdt_pointer)
	movl	%cr0, %eax
	andl	$CR0_CACHES_ON, %eax
	orb	$CR0_PE, %al
	movl	%eax, %cr0
	ljmpl	$SEL_CODE32, $reset32	/* protected mode from here */
	.code32
reset32:
	movl	$SEL_DATA32, %eax
	movl	%eax, %ds
	movl	%eax, %es
	movl	%eax, %fs
	movl	%eax, %gs
	movl	%eax, %ss
	movl	$STACK_TOP, %esp
	lidtl	idt_pointer
	cmpl	$CODE_MARK, CODE_BASE	/* post() is out of reach while A20 is off */
	je	1f
	call	open_a20
1:	call	post
	/* post() does not return: it ends in enter_real() or a halt. */
	ud2

	/*
	 * void real_call(struct regs *regs): like enter_real(), but comes back
	 * when the routine that regs leads to returns to real_return, with the
	 * registers that it left. Until then, interrupts get what is left of
	 * the private stack below here, so that calls nest.
	 */
	.globl	real_call
real_call:
	pushl	%ebx
	pushl	%esi
	pushl	%edi
	pushl	%ebp
	pushl	%eax
	pushl	private_stack
	pushl	real_call_esp
	movl	%esp, real_call_esp
	leal	-DATA_BASE(%esp), %edx
	movl	%edx, private_stack
	jmp	enter_real
	/* void real_call_done(struct regs *regs): its way back, as the handler
	 * of VECTOR_REAL_RETURN. */
	.globl	real_call_done
real_call_done:
	movl	real_call_esp, %esp
	popl	real_call_esp
	popl	private_stack
	popl	%edi
	movl	%eax, %esi
	movl	$REGS_SIZE / 4, %ecx
	rep movsl
	popl	%ebp
	popl	%edi
	popl	%esi
	popl	%ebx
	ret

	/*
	 * Common part of the interrupt stubs. Real mode, interrupts off; on the
	 * caller's stack: vector (2 bytes), IP, CS, FLAGS.
	 */
	.code16
interrupt_entry:
	pushw	%ax
	smsww	%ax			/* not privileged: tells VM86 without a fault */
	testb	$CR0_PE, %al
	popw	%ax
	jnz	vm86_entry
	cli				/* a hook may have come by PUSHF and a far CALL */

	pushw	%ds
	pushw	$DATA_SEG
	popw	%ds			/* DS: our data */
	popw	DATA_OFFSET(entry_ds)
	popw	DATA_OFFSET(entry_vector)
	movl	%esp, DATA_OFFSET(entry_esp)	/* now as the INT left it */
	movw	%ss, DATA_OFFSET(entry_ss)
	lssl	DATA_OFFSET(private_stack), %esp /* the caller's stack rests */

	pushl	DATA_OFFSET(entry_ss)	/* struct regs, from its end downwards */
	pushl	DATA_OFFSET(entry_esp)
	pushl	DATA_OFFSET(entry_vector)
	pushl	DATA_OFFSET(entry_ds)
	pushl	%es
	pushl	%fs
	pushl	%gs
	pushal
	subw	$REGS_GPRS, %sp
	sidtl REGS_IDTR(%esp)
	sgdtl REGS_GDTR(%esp)

	lgdtl	%cs:ROM_OFFSET(gdt_pointer)
	movl	%cr0, %eax
	orb	$CR0_PE, %al
	movl	%eax, %cr0
	ljmpl	$SEL_CODE32, $interrupt32 /* protected mode from here */
	.code32
interrupt32:
	movl	$SEL_DATA32, %eax
	movl	%eax, %ds
	movl	%eax, %es
	movl	%eax, %fs
	movl	%eax, %gs
	movl	%eax, %ss
	addl	$DATA_BASE, %esp	/* the same stack by its flat address */
	lidtl	idt_pointer
	cld
	cmpl	$CODE_MARK, CODE_BASE	/* the A20 gate is open, but for some programs of old */
	jne	interrupt_a20_off
	movl	%esp, %eax		/* struct regs *, regparm */
	call	interrupt
	cmpb	$0, nmi_waiting
	jne	interrupt_nmi
interrupt_done:
	movl	%esp, %eax

	/*
	 * void enter_real(struct regs *regs): loads every register from regs
	 * and returns to real mode by IRET from the stack that regs names. Also
	 * the tail of every interrupt. regs must lie on the private stack.
	 */
	.globl enter_real
enter_real:
	movl	%eax, %esp
	movl	$SEL_DATA16, %eax	/* 4 GiB limits stay when PE is cleared, */
	movl	%eax, %ds		/* so that unreal mode survives */
	movl	%eax, %es
	movl	%eax, %fs
	movl	%eax, %gs
	movl	$SEL_STACK16, %eax	/* the same stack, by its offset in E000: SP */
	movl	%eax, %ss
	ljmpw	$SEL_CODE16, $ROM_OFFSET(leave16)
	.code16
leave16:
	movl	%cr0, %eax
	andb	$~CR0_PE, %al
	movl	%eax, %cr0
	ljmpw	$ROM_SEG, $ROM_OFFSET(leave_real) /* real mode from here */
leave_real:
	movw	$DATA_SEG, %ax
	movw	%ax, %ss
	movzwl	%sp, %esp
	lgdtl REGS_GDTR(%esp)	/* the caller's tables again */
	lidtl REGS_IDTR(%esp)
	addw	$REGS_GPRS, %sp
	popal
	popl	%gs
	popl	%fs
	popl	%es
	popl	%ds
	addw	$4, %sp			/* vector */
	lssl (%esp), %esp	/* the caller's stack again */
	iretw

	/*
	 * The caller runs with the A20 gate closed, as DOS does at times. interrupt()
	 * lies above 1 MiB where that bit of the address is set, so the gate is opened
	 * for the call. A microvm has no gate.
	 */
	.code32
interrupt_a20_off:
	call	open_a20
	movl	%esp, %eax
	call	interrupt
	inb	$PORT_A20, %al		/* as it was */
	andb	$~(A20_ON | A20_RESET), %al
	outb	%al, $PORT_A20
	movl	%esp, %eax
	jmp	enter_real
interrupt_nmi:
	movl	%esp, %eax
	call	interrupt_pass_nmi
	jmp	interrupt_done
open_a20:
	inb	$PORT_A20, %al
	orb	$A20_ON, %al
	andb	$~A20_RESET, %al	/* the other bit of this port resets the machine */
	outb	%al, $PORT_A20
	ret
	.code16

	/*
	 * Continuations: C makes an interrupted call go on here, on the
	 * caller's own stack and with nothing of ours held, by pushing this
	 * address below the caller's return frame (realmode_continue()).
	 */
	.globl wait_key_hlt, wait_key_spin, wait_idle_hlt, wait_time, call_tick, call_user_tick
	.globl call_break, call_print_screen, call_alarm, call_nmi
wait_key_hlt:				/* INT 16h waits: let an interrupt in, ask again */
	sti
	hlt
	cli
	jmp	int_16
wait_key_spin:				/* the same where nothing would end the HLT */
	sti
	nop				/* QEMU's TCG lets no interrupt in between STI, PAUSE and CLI */
	pause
	cli
	jmp	int_16
wait_idle_hlt:				/* nothing to boot: wait, then look at the time */
	sti
	hlt
	cli
	pushw	$VECTOR_IDLE
	jmp	interrupt_entry
wait_time:				/* INT 15h 86h: let interrupts in, then look at the time */
	sti
	nop
	pause
	cli
	pushw	$VECTOR_WAIT
	jmp	interrupt_entry
call_tick:				/* the local APIC's tick becomes an INT 08h, then ends */
	int	$0x08
	pushw	$VECTOR_APIC_TICK_DONE
	jmp	interrupt_entry
call_user_tick:				/* INT 08h: the user's hook, then the interrupt's end */
	int	$0x1c
	pushw	$VECTOR_TICK_DONE
	jmp	interrupt_entry
call_break:				/* Ctrl-Break was typed */
	int	$0x1b
	iretw
call_print_screen:			/* Print Screen was typed */
	int	$0x05
	iretw
call_alarm:				/* the real-time clock's alarm */
	int	$0x4a
	iretw
call_nmi:				/* an NMI came while a call was served */
	int	$0x02
	iretw

	/*
	 * Ways of post.c to go on after a reset, with DS = 0: at the address in
	 * 40:67, or with the stack there.
	 */
	.globl	resume_jump, resume_iret, resume_retf
resume_jump:
	ljmpw	*BDA_BASE + 0x67
resume_iret:
	lssw	BDA_BASE + 0x67, %sp
	iretw
resume_retf:
	lssw	BDA_BASE + 0x67, %sp
	lretw

	/*
	 * Far calls, made to look like interrupts: FLAGS and a return address
	 * are pushed, at which IRET finds the far return that the caller wants.
	 */
	.globl	real_return, pmm_entry
real_return:				/* the routine that real_call() called is done */
	pushfw
	cli
	pushw	%cs
	pushw	$ROM_OFFSET(far_return)	/* not used */
	pushw	$VECTOR_REAL_RETURN
	jmp	interrupt_entry
pmm_entry:				/* a call of the POST memory manager */
	pushfw
	cli
	pushw	%cs
	pushw	$ROM_OFFSET(far_return)
	pushw	$VECTOR_PMM
	jmp	interrupt_entry
	/* Of the Plug and Play BIOS functions there is none; in real and in
	 * 16-bit protected mode. */
pnp_entry:
	movw	$PNP_UNSUPPORTED, %ax
far_return:
	lretw

	/*
	 * The Plug and Play BIOS's installation structure, on a paragraph in
	 * segment F000, by which option ROMs tell that they may leave booting
	 * to us. Plug and Play BIOS Specification 1.0A, 4.4.
	 */
	#define PNP_ENTRY ROM_OFFSET(pnp_entry)
	#define PNP_SUM ('$' + 'P' + 'n' + 'P' + 0x10 + 0x21 + 2 * (PNP_ENTRY + (PNP_ENTRY >> 8)) + \
			 2 * (ROM_SEG >> 8) + 2 * (FSEG_BASE >> 16))
	.globl	pnp_structure
	.balign	16
pnp_structure:
	.ascii	"$PnP"
	.byte	0x10, 0x21		/* version 1.0, length */
	.word	0			/* no events */
	.byte	-PNP_SUM & 0xff
	.long	0
	.word	PNP_ENTRY, ROM_SEG	/* real mode */
	.word	PNP_ENTRY		/* 16-bit protected mode */
	.long	FSEG_BASE
	.long	0			/* OEM device */
	.word	ROM_SEG			/* data segments */
	.long	FSEG_BASE

	/* The local APIC's tick. */
	.globl int_apic_tick
int_apic_tick:
	pushw	$VECTOR_APIC_TICK
	jmp	interrupt_entry
	/* Interrupts of the PIC that nobody handles. */
	.globl int_irq_master, int_irq_slave, int_70
int_irq_master:
	pushw	$0x0f
	jmp	interrupt_entry
int_irq_slave:
	pushw	$0x77
	jmp	interrupt_entry
int_70:					/* the real-time clock's */
	pushw	$0x70
	jmp	interrupt_entry
	/* Those whose fixed address has no room, or that have none. */
	.globl int_18
int_13:
	pushw	$0x13
	jmp	interrupt_entry
int_18:
	pushw	$0x18
	jmp	interrupt_entry
int_19:
	pushw	$0x19
	jmp	interrupt_entry

	/* --- exceptions in protected mode --------------------------------- */
	.code32
	/* bool try_wrmsr(uint32_t index, uint64_t value): entry.h. */
	.globl	try_wrmsr
try_wrmsr:
	xchgl	%eax, %ecx		/* regparm: EAX index, EDX low, ECX high */
	xchgl	%eax, %edx
refusable_wrmsr:
	wrmsr
	movb	$1, %al
	ret
	.macro exception vector:req, has_error=0
exception_\vector:
	.if	!\has_error
	pushl	$0			/* keep the frame the same for all */
	.endif
	pushl	$\vector
	jmp	exception_common
	.endm
	exception 0
	exception 1
exception_2:				/* NMI: it is passed on when the call is done, */
	movb	$1, nmi_waiting
	lretl	$4			/* whose IRET lets the next one in; flags are as they were */
	exception 3
	exception 4
	exception 5
	exception 6
	exception 7
	exception 8, 1
	exception 9
	exception 10, 1
	exception 11, 1
	exception 12, 1
	exception 13, 1
	exception 14, 1
	exception 15
	exception 16
	exception 17, 1
	exception 18
	exception 19
exception_common:
	cmpl	$refusable_wrmsr, 8(%esp)
	je	refused
	pushal
	movl	%esp, %eax		/* struct exception_frame *, regparm */
	call	interrupt_exception	/* does not return */
refused:
	addl	$20, %esp		/* back to try_wrmsr's caller; no need for an IRET */
	xorl	%eax, %eax
	ret

	.balign	8
gdt:	.quad	0
	.quad	0x008f93000000ffff	/* SEL_DATA16: 4 GiB */
	.quad	0x00cf9b000000ffff	/* SEL_CODE32: flat; accessed bits set, the GDT is ROM */
	.quad	0x00cf93000000ffff	/* SEL_DATA32: flat */
	.quad	0x00009b0f0000ffff	/* SEL_CODE16: base F0000, 64 KiB */
	.quad	0x008f930e0000ffff	/* SEL_STACK16: base E0000, 4 GiB, 16-bit */
gdt_end:
	.globl gdt_pointer
gdt_pointer:
	.word	gdt_end - gdt - 1
	.long	gdt
	.balign	8
	/* Interrupt gates: the handlers are in this segment, so each address is known here. */
idt:
	.irp	vector, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19
	.word	ROM_OFFSET(exception_\vector), SEL_CODE32, 0x8e00, FSEG_BASE >> 16
	.endr
idt_end:
idt_pointer:
	.word	idt_end - idt - 1
	.long	idt

	/* --- data ------------------------------------------------------------ */
	/*
	 * entry_*: the registers that must be put aside before there is a
	 * stack. Used with interrupts off and for a few instructions only.
	 */
	.section .bss.entry, "aw", @nobits
entry_data:
entry_vector:	.long	0
entry_ds:	.long	0
entry_ss:	.long	0
entry_esp:	.long	0
	.globl private_stack
private_stack:	.long	0		/* offset in E000 where the next frame ends ... */
		.long	0		/* ... and E000, for LSS */
real_call_esp:	.long	0		/* of the innermost real_call() */
	.globl nmi_waiting
nmi_waiting:	.long	0		/* one came in protected mode; only its first byte counts */
	/* entry.h: for hw/cpu.c and hw/smp.c */
	.globl smp_msrs, smp_msr_count, smp_apic_ids, smp_running
smp_running:	.long	0
smp_msr_count:	.long	0
smp_apic_ids:	.skip	256 / 8
	/* What need not be zero at first; rom.lds.S puts it behind all that must be. */
	.section .noinit.entry, "aw", @nobits
smp_msrs:	.skip	SMP_MSRS * 12

	/* --- fixed addresses -------------------------------------------------- */
	.macro fixed address:req
	.section .fixed.\address, "ax"
	.code16
	.globl fixed_\address
fixed_\address:
	.endm
	.macro service address:req, vector:req
	fixed	\address
	.globl	int_\vector
int_\vector:
	pushw	$0x\vector
	jmp	interrupt_entry
	.endm

	fixed	e05b			/* POST */
	jmp	reset
	fixed	e2c3			/* NMI */
	pushw	$0x02
	jmp	interrupt_entry
	fixed	e3fe			/* disk: three bytes, the table at E401 follows */
	jmp	int_13
	fixed	e6f2			/* bootstrap: three bytes, the table at E6F5 follows */
	jmp	int_19
	service	e739, 14		/* serial ports */
	service	e82e, 16		/* keyboard */
	service	e987, 09		/* keyboard hardware */
	service	ec59, 40		/* diskettes, after a disk has taken INT 13h over */
	service	ef57, 0e		/* diskette hardware */
	service	efd2, 17		/* printer */
	/*
	 * A caller in VM86 mode (EMM386, Windows 3.x in real-mode drivers):
	 * protected mode cannot be entered from here without its monitor, so
	 * the call fails the way its service fails: AH and flags by the table.
	 * What is not in it has no way to fail, and changes nothing. Hardware
	 * interrupts are acknowledged, and the tick is counted; those of others
	 * than IRQ 0, 1 and 8 are masked. On the stack: vector, IP, CS, FLAGS.
	 */
vm86_results:				/* vector, AH, flags */
	.byte	0x13, 0x01, FLAG_CF	/* invalid function */
	.byte	0x40, 0x01, FLAG_CF
	.byte	0x14, 0x80, 0		/* time-out */
	.byte	0x15, 0x86, FLAG_CF	/* function not supported */
	.byte	0x16, 0x00, FLAG_ZF	/* no key */
	.byte	0x17, 0x01, 0		/* time-out */
	.byte	0x1a, 0x81, FLAG_CF	/* function not supported */
vm86_results_end:
vm86_entry:
	pushaw
	movw	%sp, %bp
	movw	16(%bp), %ax		/* AL: vector */
	movw	$0xefd2 + vm86_results - fixed_efd2, %bx
vm86_next:
	cmpb	%cs:(%bx), %al
	je	vm86_found
	addw	$3, %bx
	cmpw	$0xefd2 + vm86_results_end - fixed_efd2, %bx
	jb	vm86_next
	cmpb	$0x70, %al
	je	vm86_end_of_irq8
	cmpb	$0x08, %al
	je	vm86_tick
	cmpb	$0x10, %al
	je	vm86_video
	cmpb	$0x09, %al
	je	vm86_end_of_irq
vm86_out:
	popaw
	addw	$2, %sp
	iretw
vm86_video:				/* a display's own BIOS, if we stand in front of one */
	popaw
	addw	$2, %sp
	int	$0x6d
	iretw
vm86_found:
	movw	%cs:1(%bx), %cx		/* AH in CL, flags in CH */
	movb	%cl, 15(%bp)		/* AH */
	orb	%ch, 22(%bp)		/* FLAGS */
	jmp	vm86_out
vm86_tick:
	pushw	%ds
	pushw	$0
	popw	%ds
	incl	BDA_BASE + 0x6c		/* the count of ticks */
	popw	%ds
	int	$0x1c
vm86_end_of_irq:
	movb	$PIC_EOI, %al
	outb	%al, $PIC1
	jmp	vm86_out
vm86_end_of_irq8:
	movb	$PIC_EOI, %al
	outb	%al, $PIC2
	outb	%al, $PIC1
	jmp	vm86_out
	fixed	f045			/* INT 10h's functions 00-0F, once a jump table */
	.rept	16
	.word	0xf065
	.endr
	service	f065, 10		/* video */
	fixed	f841			/* memory size: one word, in VM86 too */
	.globl	int_12
int_12:
	pushw	%ds
	pushw	$BDA_BASE >> 4
	popw	%ds
	movw	0x13, %ax
	popw	%ds
	iretw
	fixed	f84d			/* equipment, likewise */
	.globl	int_11
int_11:
	pushw	%ds
	pushw	$BDA_BASE >> 4
	popw	%ds
	movw	0x10, %ax
	popw	%ds
	iretw
	service	f859, 15		/* system services */
	service	fe6e, 1a		/* time */
	service	fea5, 08		/* timer hardware */
	fixed	ff53			/* a bare IRET, for vectors without a service */
	iretw
	service	ff54, 05		/* print screen */
	fixed	fff0			/* reset vector */
	ljmpw	$ROM_SEG, $0xe05b
