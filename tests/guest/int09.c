// SPDX-License-Identifier: LGPL-3.0-or-later
/*
 * Programs that hook the keyboard's interrupt, as DOS's keyboard drivers and games do:
 *
 * - one that looks at each byte and passes it on, which the BIOS makes a key of;
 * - one that keeps all bytes to itself, ends the interrupt by itself, and leaves;
 * - and then INT 16h again as if nothing had been, and a look at the ring of keys.
 *
 * The harness types the letter that is asked for.
 *
 * Reference: IBM PS/2 and PC BIOS Interface Technical Reference, "INT 09H"; scan codes of
 * set 1: the same, "Keyboards (101- and 102-Key)".
 */

#include "guest.h"

enum { VECTOR = 9, BYTES = 64 };

volatile u8 bytes[BYTES];
volatile u32 count, bios_09;

void pass_on(void);
void keep(void);
__asm__(".code16\n"
	"note:\n\t" /* a byte of the keyboard */
	"pushw %ax\n\t"
	"pushw %bx\n\t"
	"inb $0x60, %al\n\t"
	"movw %cs:count, %bx\n\t"
	"andw $63, %bx\n\t"
	"movb %al, %cs:bytes(%bx)\n\t"
	"incl %cs:count\n\t"
	"popw %bx\n\t"
	"popw %ax\n\t"
	"retw\n"
	"pass_on:\n\t"
	"callw note\n\t"
	"ljmpw *%cs:bios_09\n"
	"keep:\n\t"
	"callw note\n\t"
	"pushw %ax\n\t"
	"movb $0x20, %al\n\t"
	"outb %al, $0x20\n\t"
	"popw %ax\n\t"
	"iretw\n\t"
	".code16gcc\n");

static void hook(u32 handler)
{
	__asm__ volatile("cli");
	count = 0;
	poke32(VECTOR * 4, handler);
	__asm__ volatile("sti");
}

/* Waits until the interrupt has come so many times. */
static void wait_bytes(u32 wanted)
{
	while (count < wanted)
		__asm__ volatile("sti; hlt");
}

static bool key_waits(void)
{
	struct regs r = regs();

	r.ax = 0x1100;
	r.eflags &= ~IF;
	intr(0x16, &r);
	return !(r.eflags & ZF);
}

void test(void)
{
	bios_09 = peek32(VECTOR * 4);

	hook((u32)pass_on);
	say("type a\n");
	wait_bytes(2);
	/* make and break of A; RBIL 16/10: AH = scan code, AL = character */
	ok(bytes[0] == 0x1e && bytes[1] == 0x9e);
	ok(intr_ax(0x16, 0x1000).ax == 0x1e61);
	ok(!key_waits() && count == 2);

	hook((u32)keep);
	__asm__ volatile("cli");
	rendezvous("press b");
	ok(!count && !key_waits()); /* the byte waits for the hook */
	wait_bytes(1);
	say("release b\n");
	wait_bytes(2);
	ok(bytes[0] == 0x30 && bytes[1] == 0xb0);
	ok(!key_waits() && count == 2);

	hook(bios_09);
	say("type c\n");
	ok(intr_ax(0x16, 0x1000).ax == 0x2e63);

	/* The next one comes to the ring by itself; RBIL, MEMORY.LST, 40:1A to 40:1E. */
	say("type d\n");
	while (peek16(0x41a) == peek16(0x41c))
		__asm__ volatile("sti; hlt");
	ok(peek16(0x400 + peek16(0x41a)) == 0x2064);
	ok(intr_ax(0x16, 0x1000).ax == 0x2064);
}
