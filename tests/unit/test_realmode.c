/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * Frames for real mode: what lies on which stack when a routine is called or entered, the
 * step to a boot sector, and waiting when there is none.
 */
#include "bios/realmode.h"

#include <setjmp.h>
#include <string.h>

#include "alone.h"
#include "bios/bootstrap.h"
#include "bios/drive.h"
#include "bios/idle.h"
#include "block/disks.h"
#include "fake_disk.h"
#include "hw/clock.h"
#include "hw/reset.h"
#include "lib/log.h"

uint32_t private_stack[2];
const struct table_register gdt_pointer = {.limit = 0x27, .base_low = 0x1234, .base_high = 0xfffc};
const uint8_t pnp_structure[1];

#define ROUTINE(name)                                                                              \
	void name(void)                                                                            \
	{                                                                                          \
	}
ROUTINE(real_return)
ROUTINE(int_18)
ROUTINE(wait_idle_hlt)

static jmp_buf left;
static struct regs entered;
static bool was_reset;

void enter_real(struct regs *regs)
{
	entered = *regs;
	longjmp(left, 1);
}

void reset_machine(void)
{
	was_reset = true;
	longjmp(left, 1);
}

static uint64_t now;

uint64_t clock_ns(void)
{
	return now;
}

/* What a routine does before it returns. */
static struct regs called;
static uint16_t flags_left;

void real_call(struct regs *regs)
{
	called = *regs;
	regs->esp += sizeof(struct caller_frame);
	regs->eax = 0x87654321;
	regs->esp -= sizeof(struct caller_frame);
	caller_frame(regs)->flags = flags_left;
}

static unsigned call_ends;

void real_call_done(struct regs *regs)
{
	(void)regs;
	call_ends++;
}

static uint16_t word(uint32_t at)
{
	uint16_t value;

	memcpy(&value, machine_memory + at, 2);
	return value;
}

static void begin(void)
{
	machine_reset();
	machine_end_of_post();
	memset(machine_memory, 0xee, 0x10000);
	was_reset = false;
}

static bool tables_are_real_modes(const struct regs *regs)
{
	return !memcmp(&regs->gdtr, &gdt_pointer, sizeof(gdt_pointer)) &&
	       regs->idtr.limit == 0x3ff && !regs->idtr.base_low && !regs->idtr.base_high;
}

/* A far call: flags, CS and IP for IRET, and the address behind that for RETF. */
static void calling(void)
{
	struct regs regs = {.ss = 0x100, .esp = 0x3000, .eax = 0x11223344};
	uint32_t top = 0x1000 + 0x3000;

	begin();
	ok(realmode_call(&regs, 0xc000, 3) && !call_ends);
	ok(tables_are_real_modes(&called) && called.esp == 0x3000 - 10 && called.ss == 0x100);
	ok(called.eax == 0x11223344 && regs.eax == 0x87654321);
	ok(word(top - 10) == 3 && word(top - 8) == 0xc000);
	ok(word(top - 6) == flags_left || word(top - 6) == (FLAG_ALWAYS | FLAG_IF));
	ok(word(top - 4) == fseg_offset(real_return) && word(top - 2) == ROM_SEG);
	ok(word(top) == 0xeeee);
}

static void calling_by_vector(void)
{
	struct regs regs = {.ss = 0x100, .esp = 0x3000};
	uint32_t top = 0x1000 + 0x3000;

	begin();
	*(uint32_t *)(machine_memory + 4 * 0x13) = 0xf000e3fe;
	flags_left = FLAG_CF | FLAG_ALWAYS;
	ok(realmode_int(&regs, 0x13) == (FLAG_CF | FLAG_ALWAYS));
	ok(tables_are_real_modes(&called) && called.esp == 0x3000 - 12);
	ok(word(top - 12) == 0xe3fe && word(top - 10) == 0xf000);
	ok(word(top - 6) == fseg_offset(real_return) && word(top - 4) == ROM_SEG);
	ok(word(top - 2) == (FLAG_IF | FLAG_ALWAYS)); /* interrupts are on again behind it */
}

/* Interrupts are off in an interrupt's routine, and on in another one. */
static void flags_of_calls(void)
{
	struct regs regs = {.ss = 0x100, .esp = 0x3000};

	begin();
	flags_left = 0x1234;
	realmode_call(&regs, 0xc000, 3);
	ok(caller_frame(&called)->flags == 0x1234); /* seen after it, on the same stack */
}

static void frames(void)
{
	struct regs *regs;

	begin();
	regs = realmode_frame(0x7000, 0x1234, 0x5678, FLAG_IF);
	ok(regs == phys_ptr(STACK_BOTTOM) && tables_are_real_modes(regs) && !regs->ss &&
	   !regs->eax && !regs->ds && regs->esp == 0x7000 - 6);
	ok(word(0x6ffa) == 0x5678 && word(0x6ffc) == 0x1234 &&
	   word(0x6ffe) == (FLAG_IF | FLAG_ALWAYS) && word(0x7000) == 0xeeee);
	realmode_reset_stack();
	ok(private_stack[0] == STACK_TOP - DATA_BASE && private_stack[1] == DATA_SEG);
}

/* The call goes on at a routine, on the caller's stack, whose upper half is kept. */
static void going_on(void)
{
	struct regs regs = {.ss = 0x100, .esp = 0x12343000};

	begin();
	realmode_continue(&regs, real_return);
	ok(regs.esp == 0x12342ffa && word(0x3ffa) == fseg_offset(real_return));
	ok(word(0x3ffc) == ROM_SEG && word(0x3ffe) == FLAG_ALWAYS);
	regs.esp = 0x12340002; /* over the stack's end */
	realmode_continue(&regs, real_return);
	ok(regs.esp == 0x1234fffc);
}

/* A routine that is entered for good gives up by INT 18h, whether by RETF or IRET. */
static void jumping(void)
{
	struct regs regs = {
		.ax = 0x20, .es = 0xf000, .edi = 0x12345678, .ds = 0x77, .esp = 9, .ss = 9};

	begin();
	if (!setjmp(left))
		realmode_jump(&regs, 0xc800, 0x40);
	ok(tables_are_real_modes(&entered) && !entered.ss && entered.esp == BOOT_SECTOR - 12);
	ok(entered.ax == 0x20 && entered.es == 0xf000 && entered.edi == 0x12345678 &&
	   entered.ds == 0x77);
	ok(word(BOOT_SECTOR - 12) == 0x40 && word(BOOT_SECTOR - 10) == 0xc800 &&
	   word(BOOT_SECTOR - 8) == (FLAG_IF | FLAG_ALWAYS));
	ok(word(BOOT_SECTOR - 6) == fseg_offset(int_18) && word(BOOT_SECTOR - 4) == ROM_SEG &&
	   word(BOOT_SECTOR - 2) == (FLAG_IF | FLAG_ALWAYS));
}

static void hooks(void)
{
	begin();
	*(uint32_t *)(machine_memory + 4 * 0x19) = 0xf000e6f2;
	realmode_enter_hook(0x19); /* our own: nobody has hooked it */
	*(uint32_t *)(machine_memory + 4 * 0x19) = 0xc8001234;
	if (!setjmp(left)) {
		realmode_enter_hook(0x19);
		ok(false);
	}
	ok(entered.esp == BOOT_SECTOR - 12 && caller_frame(&entered)->cs == 0xc800 &&
	   caller_frame(&entered)->ip == 0x1234);
}

/* IBM's contract with a boot sector: 0000:7C00, DL, interrupts on. */
static void boot_sector(void)
{
	static struct fake_disk disks[2];

	begin();
	for (unsigned i = 0; i < 2; i++) {
		fake_disk_init(&disks[i], 1000, 512);
		disk_register(&disks[i].disk);
		drive_add(&disks[i].disk);
		disks[i].disk.knows_size = true;
	}
	*(uint32_t *)(machine_memory + 4 * 0x41) = 1;
	bootstrap_name("a disk");
	if (!setjmp(left))
		bootstrap_enter(0, BOOT_SECTOR, 0x81);
	ok(entered.dl == 0x81 && entered.edx == 0x81 && !entered.ds && !entered.es && !entered.ss);
	ok(entered.esp == BOOT_SECTOR - 6);
	ok(!caller_frame(&entered)->cs && caller_frame(&entered)->ip == BOOT_SECTOR &&
	   caller_frame(&entered)->flags == (FLAG_IF | FLAG_ALWAYS));
	ok(!disks[0].disk.knows_size && !disks[1].disk.knows_size);
	ok(*(uint32_t *)(machine_memory + 4 * 0x41) > 1 && machine_was_silent());
}

static bool waits(void)
{
	return !was_reset && caller_frame(&entered)->cs == ROM_SEG &&
	       caller_frame(&entered)->ip == fseg_offset(wait_idle_hlt) &&
	       caller_frame(&entered)->flags == FLAG_ALWAYS && private_stack[1] == DATA_SEG;
}

static void idling(void)
{
	struct regs regs = {0};

	begin();
	private_stack[1] = 0;
	now = 5000000;
	if (!setjmp(left))
		idle_start(20);
	ok(waits());
	now += 19999999;
	memset(&entered, 0, sizeof(entered));
	if (!setjmp(left))
		idle_tick(&regs);
	ok(waits());
	now++;
	if (!setjmp(left))
		idle_tick(&regs);
	ok(was_reset);
	was_reset = false;
	if (!setjmp(left))
		idle_start(IDLE_FOR_EVER);
	now += 1ull << 60;
	if (!setjmp(left))
		idle_tick(&regs);
	ok(waits());
}

int main(void)
{
	static void (*const parts[])(void) = {
		calling, calling_by_vector, flags_of_calls, frames, going_on, jumping,
		hooks,   boot_sector,       idling,
	};

	for (unsigned i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		alone(parts[i]);
	return done();
}
