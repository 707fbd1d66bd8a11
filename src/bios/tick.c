/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * The tick of 18.2 Hz: where it comes from, INT 08h that counts it, and when there is one.
 *
 * It comes from the interval timer by IRQ 0 where timer and interrupt controller exist,
 * as real-mode programs expect it; otherwise from the local APIC's timer, which needs a
 * vector of its own, since it cannot deliver one below 16.
 *
 * Who silences it and who resumes it: a real-mode program has it from the beginning, an
 * operating system must not find it running, and nobody tells when one takes over. But
 * boot loaders ask for the memory map shortly before, and then nothing more that only a
 * program asks for that goes on to use the BIOS. So INT 15h E820 calls tick_silence();
 * the calls for the screen, keys, disks, time and waits (INT 10h, 13h, 16h, 1Ah, 15h 83h
 * and 86h) and the start of the next boot candidate call tick_resume(). Linux is why:
 * told by ACPI that there is no legacy hardware, it leaves the PIC alone but keeps LINT0
 * as it finds it, and would take IRQ 0 for a double fault, its vector 8.
 *
 * A program that asks for the map and then only waits, by HLT or for 40:6C to change,
 * must have it back without a call. What tells the two apart is the descriptor table
 * register. A loader that enters protected mode (GRUB, SYSLINUX, iPXE) has loaded it
 * before: from then on there is silence until a call. While it is as the boot sector got
 * it, the local APIC's timer is set to interrupt once, a second later. Where that comes
 * in, the processor is in real mode with interrupts on, a second after the map was asked
 * for: the tick goes on. A system that has taken over by then has interrupts off, or has
 * set that timer for itself; at worst it finds this one interrupt, at vector 7Eh. What the
 * rule does not serve is a program that has loaded a table (for unreal mode) and waits so.
 *
 * The count at 0040:006C follows the clock, not the number of interrupts: ticks that
 * were lost while interrupts were off (a long disk read, a program's own critical
 * section) are caught up with at the next interrupt or call, and a program that speeds
 * up the interval timer and chains every interrupt does not make the day shorter.
 *
 * Reference: IBM PS/2 and PC BIOS Interface Technical Reference, "INT 08H".
 */
#include "bios/tick.h"

#include "bda.h"
#include "bios/realmode.h"
#include "bios/service.h"
#include "bios/vbe.h"
#include "bios/wallclock.h"
#include "hw/clock.h"
#include "hw/lapic.h"
#include "hw/pic.h"
#include "lib/log.h"
#include "lib/util.h"

enum {
	TICKS_PER_DAY = 0x1800b0,
	TICKS_PER_HOUR = 65543,
	TICKS_PER_MINUTE = 1092,

	/* one tick on the local APIC's timer, and one second */
	APIC_COUNT = TICK_NS * (LAPIC_TIMER_HZ / NS_PER_SECOND) / LAPIC_TIMER_DIVIDER,
	PROBE_COUNT = LAPIC_TIMER_HZ / LAPIC_TIMER_DIVIDER,
};

static bool from_apic, ticking;
static bool probing;        /* the APIC's timer will tell whether a program is still there */
static uint64_t counted_ns; /* the clock when the count was last right */
static bool counting;       /* the count was set from the time of day */

void tick_init(void)
{
	from_apic = !pic_init();
	if (from_apic)
		clock_release_lapic();
	tick_restart();
	log_line(LOG_INFO, "tick from the %s", from_apic ? "local APIC" : "interval timer");
}

/* Whether the caller's descriptor table is still the one that it was started with. */
static bool has_first_gdt(const struct regs *caller)
{
	const struct table_register *gdtr = &caller->gdtr;

	return gdtr->limit == gdt_pointer.limit && gdtr->base_low == gdt_pointer.base_low &&
	       gdtr->base_high == gdt_pointer.base_high;
}

static void start_probe(void)
{
	probing = true;
	if (!from_apic)
		clock_release_lapic();
	lapic_timer_once(PROBE_COUNT, VECTOR_APIC_TICK);
}

static void end_probe(void)
{
	if (probing && !from_apic)
		lapic_timer_start(0);
	probing = false;
}

void tick_silence(const struct regs *caller)
{
	bool program = caller && has_first_gdt(caller);

	if (!ticking && (!probing || program))
		return;
	end_probe();
	if (ticking)
		lapic_pic_interrupts(false);
	ticking = false;
	if (program)
		start_probe();
	else if (from_apic)
		lapic_timer_start(0);
}

static void start_tick(void)
{
	end_probe();
	ticking = true;
	lapic_pic_interrupts(true);
	if (from_apic)
		lapic_timer_periodic(APIC_COUNT, VECTOR_APIC_TICK);
}

void tick_resume(void)
{
	if (!ticking)
		start_tick();
}

void tick_restart(void)
{
	lapic_enable();
	start_tick();
}

/* The interrupt ends only when all hooks are done, so that a slow one that lets interrupts
 * in gets no tick inside its own. IBM's BIOS has it so, too. */
void tick_from_apic(struct regs *regs)
{
	/* While the timer counts, it is a tick that came just before the silence. */
	if (probing && !lapic_timer_count())
		tick_resume();
	realmode_continue(regs, call_tick);
}

void tick_from_apic_done(struct regs *regs)
{
	(void)regs;
	lapic_end_of_interrupt();
}

void tick_done(struct regs *regs)
{
	(void)regs;
	pic_end_of_timer();
}

/* --- the count --------------------------------------------------------------- */

static void start_counting(void)
{
	struct date_time now;

	counting = true;
	counted_ns = clock_ns();
	if (wallclock_get(&now))
		return;
	/* 18.2065 Hz: 1092 23/60 a minute, 18.20 a second. */
	bda()->ticks = now.hour * TICKS_PER_HOUR + now.minute * TICKS_PER_MINUTE +
		       now.minute * 23 / 60 + now.second * 1820 / 100;
}

static void add_ticks(uint32_t count)
{
	struct bda *b = bda();

	b->ticks += count;
	while (b->ticks >= TICKS_PER_DAY) {
		b->ticks -= TICKS_PER_DAY;
		b->midnight++;
	}
}

/* A tick counts from half a tick before its time, since interrupts are not exactly as far
 * apart as ticks. */
void tick_catch_up(void)
{
	uint64_t now = clock_ns(), due;

	if (!counting || now + TICK_NS < counted_ns) /* the clock began again */
		start_counting();
	if (now + TICK_NS / 2 < counted_ns + TICK_NS)
		return;
	due = now + TICK_NS / 2 - counted_ns;
	divide_u64(&due, TICK_NS);
	counted_ns += due * TICK_NS;
	add_ticks(due);
}

void int08_timer(struct regs *regs)
{
	tick_catch_up();
	if (realmode_time_is_over()) {
		pic_end_of_timer();
		if (from_apic)
			lapic_end_of_interrupt();
		realmode_give_up(regs);
	}
	int15_tick();
	realmode_continue(regs, call_user_tick);
	int16_tick(regs);
	vbe_tick();
}
