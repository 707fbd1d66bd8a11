// SPDX-License-Identifier: LGPL-3.0-or-later
/*
 * Calls within calls: from a program that has hooked the service it calls, from the
 * tick's hooks while another call is served or waits, and all of it on a stack with
 * less than 64 bytes free. What each call gives must be right, and every stack only
 * used as far as it is there.
 *
 * References: Ralf Brown's Interrupt List, INT 08, 13, 16 and 1C; DESIGN section 1.
 */

#include "guest.h"

#define OUTER  0x20000
#define INNER  0x21000
#define STACK  0x30000
#define TOP    0x800
#define FREE   63
#define TICKS  6
#define BLOCKS 64

static u8 outer_dap[16] = {16, 0, 1, 0, 0, 0, OUTER >> 4 & 0xff, OUTER >> 12};
u8 inner_dap[16] = {16, 0, 1, 0, 0, 0, INNER >> 4 & 0xff, INNER >> 12};

u8 drive, inside;
u32 old_13, old_1c, old_08;
volatile u32 hooks, inner_errors;

void hook_13(void), hook_1c(void), hook_08(void), hook_1c_key(void);

/*
 * Each hook is in segment 0, where the program is, and saves what it uses.
 *
 * hook_13 reads another sector, by INT 13h and so by itself again, before it passes
 * the call on. hook_1c writes a dot. hook_08 calls the BIOS's INT 08h first, then
 * reads a sector, and types a key after some ticks. hook_1c_key only types it.
 */
__asm__("inner_read:\n\t"
	"movb $0x42, %ah\n\t"
	"movb drive, %dl\n\t"
	"movw $inner_dap, %si\n\t"
	"int $0x13\n\t"
	"adcl $0, inner_errors\n\t"
	"incl hooks\n\t"
	"retw\n"

	"hook_13:\n\t"
	"cmpb $0, %cs:inside\n\t"
	"jne 1f\n\t"
	"pushaw\n\t"
	"pushw %ds\n\t"
	"pushw $0\n\t"
	"popw %ds\n\t"
	"incb inside\n\t"
	"callw inner_read\n\t"
	"decb inside\n\t"
	"popw %ds\n\t"
	"popaw\n\t"
	"1: ljmpw *%cs:old_13\n"

	"hook_1c:\n\t"
	"pushaw\n\t"
	"movw $0x0e2e, %ax\n\t"
	"movw $7, %bx\n\t"
	"int $0x10\n\t"
	"incl %cs:hooks\n\t"
	"popaw\n\t"
	"iretw\n"

	"type_key:\n\t"
	"cmpl $6, hooks\n\t"
	"jne 1f\n\t"
	"movb $0x05, %ah\n\t"
	"movw $0x256b, %cx\n\t"
	"int $0x16\n\t"
	"1: retw\n"

	"hook_08:\n\t"
	"pushfw\n\t"
	"lcallw *%cs:old_08\n\t"
	"pushaw\n\t"
	"pushw %ds\n\t"
	"pushw $0\n\t"
	"popw %ds\n\t"
	"callw inner_read\n\t"
	"callw type_key\n\t"
	"popw %ds\n\t"
	"popaw\n\t"
	"iretw\n"

	"hook_1c_key:\n\t"
	"pushw %ax\n\t"
	"pushw %cx\n\t"
	"pushw %ds\n\t"
	"pushw $0\n\t"
	"popw %ds\n\t"
	"incl hooks\n\t"
	"callw type_key\n\t"
	"popw %ds\n\t"
	"popw %cx\n\t"
	"popw %ax\n\t"
	"iretw");

/* Puts a handler in the place of the one that *old will say. */
static void hook(u8 vector, void (*handler)(void), u32 *old)
{
	hooks = inner_errors = 0;
	*old = peek32(vector * 4u);
	poke32(vector * 4u, (u32)handler);
}

static void unhook(u8 vector, const u32 *old)
{
	poke32(vector * 4u, *old);
}

static bool reads(u32 sector)
{
	struct regs r = regs();

	*(u32 *)(outer_dap + 8) = sector;
	*(u32 *)(inner_dap + 8) = sector + 1000;
	r.ax = 0x4200;
	r.dl = drive;
	r.si = (u32)outer_dap;
	fill(OUTER, 0, 4);
	intr(0x13, &r);
	return !carry(&r) && peek32(OUTER) == sector;
}

/* INT 13h from a hooked INT 13h. */
static void disk_in_disk(void)
{
	u32 i, bad = 0;

	hook(0x13, hook_13, &old_13);
	for (i = 0; i < BLOCKS; i++)
		bad += !reads(300 + i) || peek32(INNER) != 1300 + i;
	unhook(0x13, &old_13);
	ok(bad == 0);
	ok(hooks == BLOCKS && !inner_errors);
}

/* INT 10h from INT 1Ch while a program does nothing but INT 13h. */
static void screen_in_disk(void)
{
	u32 i, bad = 0;

	say("ready: dots\n");
	hook(0x1c, hook_1c, &old_1c);
	for (i = 0; hooks < TICKS; i++)
		bad += !reads(300 + i % 700);
	unhook(0x1c, &old_1c);
	ok(bad == 0);
	say("dots: %u\n", hooks);
}

/* INT 13h from INT 08h while INT 16h waits, which a key from there ends. */
static void disk_in_keyboard(void)
{
	struct regs r;

	*(u32 *)(inner_dap + 8) = 777;
	fill(INNER, 0, 4);
	hook(0x08, hook_08, &old_08);
	r = intr_ax(0x16, 0x0000);
	unhook(0x08, &old_08);
	ok(r.ax == 0x256b);
	ok(hooks >= TICKS && !inner_errors);
	ok(peek32(INNER) == 777);
}

/* INT 16h waits on a small stack, on which the ticks and their hook run too. */
static void small_stack(void)
{
	struct regs r = regs();

	fill(STACK, 0xee, TOP);
	r.ss = STACK >> 4;
	r.esp = TOP;
	hook(0x1c, hook_1c_key, &old_1c);
	intr(0x16, &r);
	unhook(0x1c, &old_1c);
	ok(r.ax == 0x256b && hooks >= TICKS);
	ok(r.ss == STACK >> 4 && r.esp == TOP);
	ok(filled_with(STACK, 0xee, TOP - FREE));
}

/* All of it: each read makes another one, and so does each tick, and each read of
 * these two more. */
static void all_at_once(void)
{
	u32 i, bad = 0, start = peek32(0x46c);

	hook(0x13, hook_13, &old_13);
	hook(0x08, hook_08, &old_08);
	hook(0x1c, hook_1c, &old_1c);
	for (i = 0; peek32(0x46c) - start < TICKS; i++)
		bad += !reads(300 + i % 700) || peek32(INNER) != 1300 + i % 700;
	unhook(0x1c, &old_1c);
	unhook(0x08, &old_08);
	unhook(0x13, &old_13);
	ok(bad == 0 && !inner_errors);
	ok(hooks >= i + TICKS);
}

void test(void)
{
	drive = entry.edx;
	disk_in_disk();
	screen_in_disk();
	disk_in_keyboard();
	small_stack();
	all_at_once();
}
