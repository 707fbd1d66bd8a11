// SPDX-License-Identifier: LGPL-3.0-or-later
/*
 * Programs that wait: by HLT or for 40:6C after they have asked for the memory map, and
 * by INT 15h 86h, during which hooks run and may wait themselves, but not inside each other.
 *
 * References: Ralf Brown's Interrupt List, INT 08, 15/86, 15/E820 and 1C; IBM PC AT Technical
 * Reference, BIOS listing: INT 08h ends its interrupt after INT 1Ch.
 */

#include "guest.h"

#define TICKS     3
#define WAIT_US   500000u
#define INSIDE_US 150000u

u32 depth, deepest, hooks, waits_failed, old_1c;

void hook_count(void), hook_slow(void);

/* hook_slow lets interrupts in and waits for nearly three ticks, twice: a hook that is always
 * slower than the tick leaves no time to anybody else. */
__asm__("hook_count:\n\t"
	"incl %cs:hooks\n\t"
	"iretw\n"

	"hook_slow:\n\t"
	"pushaw\n\t"
	"pushw %ds\n\t"
	"pushw $0\n\t"
	"popw %ds\n\t"
	"incl hooks\n\t"
	"cmpl $2, hooks\n\t"
	"ja 2f\n\t"
	"incl depth\n\t"
	"movl depth, %eax\n\t"
	"cmpl deepest, %eax\n\t"
	"jbe 1f\n\t"
	"movl %eax, deepest\n\t"
	"1: sti\n\t"
	"movb $0x86, %ah\n\t"
	"movw $0x2, %cx\n\t"
	"movw $0x49f0, %dx\n\t"
	"int $0x15\n\t"
	"adcl $0, waits_failed\n\t"
	"cli\n\t"
	"decl depth\n\t"
	"2: popw %ds\n\t"
	"popaw\n\t"
	"iretw");

_Static_assert(INSIDE_US == 0x249f0, "hook_slow");

static void hook(void (*handler)(void))
{
	hooks = 0;
	poke32(0x1c * 4, (u32)handler);
}

/* By nothing but memory. */
static void polls(void)
{
	u32 start;

	ok(ask_for_memory_map());
	ok(ask_for_memory_map());
	for (start = peek32(0x46c); peek32(0x46c) - start < TICKS;)
		;
	ok(true);
}

static void halts(void)
{
	u32 i;

	ok(ask_for_memory_map());
	for (i = 0; i < TICKS; i++)
		__asm__ volatile("hlt");
	hook(hook_count); /* and it is the tick that has ended them */
	while (hooks < TICKS)
		__asm__ volatile("hlt");
	poke32(0x1c * 4, old_1c);
	ok(true);
}

/* All registers but AH come back, and the stack. */
static struct regs wait(u32 microseconds)
{
	struct regs r = regs(), before;

	r.ax = 0x8611;
	r.ebx = 0x11223344;
	r.cx = microseconds >> 16;
	r.dx = microseconds;
	r.esi = 0x55667788;
	before = r;
	intr(0x15, &r);
	before.ah = 0;
	ok(!carry(&r) && r.ah == 0);
	ok(same_but(&r, &before, 0));
	return r;
}

static void hooks_run(void)
{
	u32 start = peek32(0x46c);

	hook(hook_count);
	wait(WAIT_US);
	poke32(0x1c * 4, old_1c);
	/* half a second is nine ticks; a busy host may lose some, but not the count */
	ok(hooks >= 2);
	ok(peek32(0x46c) - start >= 8);
	wait(0);
}

static void hooks_do_not_nest(void)
{
	hook(hook_slow);
	wait(WAIT_US);
	poke32(0x1c * 4, old_1c);
	ok(hooks >= 2 && deepest == 1 && !depth && !waits_failed);
}

void test(void)
{
	old_1c = peek32(0x1c * 4);
	polls();
	halts();
	hooks_run();
	hooks_do_not_nest();
}
