/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * The tick, the alarm and interrupts that nobody handles, on machines with and without
 * interrupt controllers, interval timer and real-time clock. Those are here, behind their
 * ports; so is the local APIC, by its registers.
 */
#include "bios/tick.h"
#include "bios/vbe.h"

#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include "alone.h"
#include "bda.h"
#include "bios/irq.h"
#include "bios/realmode.h"
#include "bios/regs.h"
#include "bios/service.h"
#include "bios/wallclock.h"
#include "fake_io.h"
#include "hw/clock.h"
#include "hw/pic.h"
#include "layout.h"
#include "lib/error.h"

enum { MASTER, SLAVE };

/* --- the chips ------------------------------------------------------------------- */

static struct {
	bool have_pic, have_pit;
	struct {
		unsigned icw; /* initialisation words that are still to come */
		uint8_t vector, cascade, mode, mask, in_service, read;
		unsigned ends; /* of interrupts */
	} pic[2];
	struct {
		uint8_t control, bytes[2];
		unsigned count;
	} pit;
	struct {
		uint32_t spurious, lint0, lvt, initial, current, ends, divide;
	} apic;
} m;

static void write_command(unsigned n, uint8_t value)
{
	if (value & 0x10) {
		ok(value == 0x11); /* edges, a cascade, a fourth word */
		m.pic[n].icw = 3;
		m.pic[n].mask = m.pic[n].in_service = 0;
	} else if (value & 0x08) {
		m.pic[n].read = value & 3;
	} else if (value == 0x60) { /* IRQ 0 and no other */
		m.pic[n].ends++;
		m.pic[n].in_service &= ~1;
	} else {
		ok(value == 0x20); /* the highest in service */
		m.pic[n].ends++;
		m.pic[n].in_service &= m.pic[n].in_service - 1;
	}
}

static void write_data(unsigned n, uint8_t value)
{
	switch (m.pic[n].icw ? m.pic[n].icw-- : 0) {
	case 3:
		m.pic[n].vector = value;
		break;
	case 2:
		m.pic[n].cascade = value;
		break;
	case 1:
		m.pic[n].mode = value;
		break;
	default:
		m.pic[n].mask = value;
	}
}

void outb(uint16_t port, uint8_t value)
{
	unsigned n = port >= 0xa0;

	switch (port) {
	case 0x20:
	case 0xa0:
		if (m.have_pic)
			write_command(n, value);
		break;
	case 0x21:
	case 0xa1:
		if (m.have_pic)
			write_data(n, value);
		break;
	case 0x43:
		m.pit.control = value;
		break;
	case 0x40:
		if (m.have_pit)
			m.pit.bytes[m.pit.count++ % 2] = value;
		break;
	default:
		abort();
	}
}

uint8_t inb(uint16_t port)
{
	unsigned n = port >= 0xa0;

	switch (port) {
	case 0x20:
	case 0xa0:
		ok(m.pic[n].read == 3); /* nothing but what is in service */
		return m.have_pic ? m.pic[n].in_service : 0xff;
	case 0x21:
	case 0xa1:
		return m.have_pic ? m.pic[n].mask : 0xff;
	case 0x40:
		ok(m.pit.control == 0xe2);
		return m.have_pit ? 0x54 : 0xff;
	default:
		abort();
	}
}

uint32_t readl(uint32_t address)
{
	ok(address == 0xfee00390);
	return m.apic.current;
}

void writel(uint32_t address, uint32_t value)
{
	switch (address) {
	case 0xfee000f0:
		m.apic.spurious = value;
		break;
	case 0xfee00350:
		m.apic.lint0 = value;
		break;
	case 0xfee00320:
		m.apic.lvt = value;
		break;
	case 0xfee00380:
		m.apic.initial = m.apic.current = value;
		break;
	case 0xfee003e0:
		m.apic.divide = value;
		break;
	case 0xfee000b0:
		ok(!value);
		m.apic.ends++;
		break;
	case 0xfee00080:
		ok(!value);
		break;
	default:
		abort();
	}
}

/* --- what the tick leans on ----------------------------------------------------------- */

static uint64_t now;
static bool released_lapic;
static void (*continued)(void);
static unsigned int15_ticks, int16_ticks;

uint64_t clock_ns(void)
{
	return now;
}

bool clock_epoch_seconds(uint32_t *seconds)
{
	(void)seconds;
	return false;
}

void clock_release_lapic(void)
{
	ok(!m.apic.initial); /* before the tick takes the timer */
	released_lapic = true;
}

void realmode_continue(struct regs *regs, void (*routine)(void))
{
	ok(regs != NULL);
	continued = routine;
}

static bool time_is_over;
static jmp_buf given_up;

bool realmode_time_is_over(void)
{
	return time_is_over;
}

void realmode_give_up(struct regs *regs)
{
	ok(regs != NULL);
	longjmp(given_up, 1);
}

void call_tick(void)
{
}

void call_user_tick(void)
{
}

void call_alarm(void)
{
}

void int15_tick(void)
{
	int15_ticks++;
}

void int16_tick(struct regs *regs)
{
	ok(regs != NULL);
	int16_ticks++;
}

void vbe_tick(void)
{
}

const struct table_register gdt_pointer = {0x2f, 0x1234, 0xffff, 0};

/* --- the tests --------------------------------------------------------------------- */

/* Callers of E820 with the descriptor table that they were given, and with their own. */
static const struct regs program = {.gdtr = {0x2f, 0x1234, 0xffff, 7}},
			 loader = {.gdtr = {0x17, 0x1234, 0xffff, 7}};

static void begin(bool have_pic, bool have_pit)
{
	machine_reset();
	memset(bda(), 0, sizeof(struct bda));
	memset(&m, 0, sizeof(m));
	m.have_pic = have_pic;
	m.have_pit = have_pit;
	now = 1000;
	tick_init();
}

/* The timer's interrupts reach the processor by LINT0, or the APIC makes its own. */
static bool pic_is_connected(void)
{
	return m.apic.lint0 == 0x700;
}

static bool apic_ticks(void)
{
	return m.apic.lvt == (1 << 17 | VECTOR_APIC_TICK) && m.apic.divide == 0xa &&
	       m.apic.initial == 429105; /* of 128 ns: 54.925 ms */
}

static void from_the_timer(void)
{
	begin(true, true);
	ok(pic_present() && m.pit.control == 0x36 && m.pit.count == 2);
	ok(!m.pit.bytes[0] && !m.pit.bytes[1]); /* 65536 */
	ok(m.pic[MASTER].vector == 0x08 && m.pic[SLAVE].vector == 0x70);
	ok(m.pic[MASTER].cascade == 1 << 2 && m.pic[SLAVE].cascade == 2);
	ok(m.pic[MASTER].mode == 1 && m.pic[SLAVE].mode == 1);
	ok(m.pic[MASTER].mask == 0xf8 && m.pic[SLAVE].mask == 0xff);
	ok(m.apic.spurious == 0x1ff && pic_is_connected());
	ok(!m.apic.lvt && !m.apic.initial && !released_lapic);
	tick_silence(&loader);
	ok(m.apic.lint0 == 0x10700);
	tick_resume();
	ok(pic_is_connected() && !m.apic.lvt);
}

static void from_the_apic(void)
{
	for (unsigned chips = 0; chips < 3; chips++) {
		released_lapic = false;
		begin(chips & 1, chips & 2);
		ok(pic_present() == (chips & 1) && released_lapic && apic_ticks());
		ok(!(chips & 1) || m.pic[MASTER].mask == 0xf9);
		tick_silence(&loader);
		ok(m.apic.lvt == 1 << 16 && !m.apic.initial);
		m.apic.lvt = 7; /* nobody touches it a second time */
		tick_silence(&loader);
		ok(m.apic.lvt == 7);
		tick_resume();
		ok(apic_ticks());
		m.apic.lvt = 7;
		tick_resume();
		ok(m.apic.lvt == 7);
		memset(&m.apic, 0, sizeof(m.apic)); /* an INIT */
		tick_restart();
		ok(apic_ticks() && m.apic.spurious == 0x1ff);
	}
}

/* One interrupt, a second after the map was asked for, tells of a program that waits. */
static bool apic_probes(void)
{
	return m.apic.lvt == VECTOR_APIC_TICK && m.apic.divide == 0xa &&
	       m.apic.initial == 7812500; /* of 128 ns */
}

static void program_waits(void)
{
	struct regs regs = {0};

	for (unsigned chips = 0; chips < 2; chips++) {
		begin(chips, chips);
		tick_silence(&program);
		ok(apic_probes() && !pic_is_connected() && released_lapic);
		m.apic.lvt = 7; /* asking again puts nothing off */
		tick_silence(&program);
		ok(m.apic.lvt == 7);
		continued = NULL;
		tick_from_apic(&regs); /* a tick that was on its way */
		ok(continued == call_tick && m.apic.lvt == 7 && !pic_is_connected());
		m.apic.current = 0;
		tick_from_apic(&regs);
		ok(pic_is_connected());
		ok(chips ? m.apic.lvt == 1 << 16 && !m.apic.initial : apic_ticks());
		m.apic.lvt = 7; /* the rest is as ever */
		tick_resume();
		ok(m.apic.lvt == 7);
	}
}

/* It calls the BIOS before the second is over, or becomes a loader. */
static void program_goes_on(void)
{
	begin(true, true);
	tick_silence(&program);
	tick_resume();
	ok(pic_is_connected() && m.apic.lvt == 1 << 16 && !m.apic.initial);
	for (unsigned chips = 0; chips < 2; chips++) {
		begin(chips, chips);
		tick_silence(&program);
		tick_silence(&loader);
		ok(!pic_is_connected() && m.apic.lvt == 1 << 16 && !m.apic.initial);
		m.apic.lvt = 7;
		tick_silence(&program); /* silence is silence */
		ok(m.apic.lvt == 7);
	}
}

/* What a program had to load differs from what it was given in any of these. */
static void loaders(void)
{
	for (unsigned i = 0; i < 3; i++) {
		struct regs regs = program;

		(&regs.gdtr.limit)[i] ^= 0x10;
		begin(true, true);
		tick_silence(&regs);
		ok(!m.apic.lvt && !pic_is_connected());
	}
}

/* The interrupts that brought the tick are over when nobody returns to them. */
static void routine_given_up(void)
{
	static struct regs regs;

	for (volatile unsigned chips = 0; chips < 2; chips++) {
		begin(chips, chips);
		time_is_over = true;
		continued = NULL;
		if (!setjmp(given_up)) {
			int08_timer(&regs);
			ok(false);
		}
		ok(!continued && !int16_ticks);
		ok(m.pic[MASTER].ends == chips && m.apic.ends == !chips);
	}
}

static void interrupts(void)
{
	struct regs regs = {0};

	begin(true, true);
	m.pic[MASTER].in_service = 1 | 1 << 4;
	int08_timer(&regs);
	ok(!m.pic[MASTER].ends && continued == call_user_tick); /* first the hook */
	ok(int15_ticks == 1 && int16_ticks == 1);
	tick_done(&regs);
	ok(m.pic[MASTER].ends == 1 && m.pic[MASTER].in_service == 1 << 4);
	tick_done(&regs); /* that has ended it, too: no other interrupt ends with it */
	ok(m.pic[MASTER].in_service == 1 << 4);
	begin(false, false);
	int08_timer(&regs);
	tick_done(&regs);
	ok(!m.pic[MASTER].ends && int15_ticks == 2);
	continued = NULL;
	tick_from_apic(&regs);
	ok(!m.apic.ends && continued == call_tick);
	tick_from_apic_done(&regs);
	ok(m.apic.ends == 1);
}

/* --- the count --- */

static int get_time(struct date_time *time)
{
	*time = (struct date_time){2026, 11, 21, 13, 30, 15, false};
	return 0;
}

static int get_end_of_day(struct date_time *time)
{
	*time = (struct date_time){2026, 11, 21, 23, 59, 59, false};
	return 0;
}

static int get_nothing(struct date_time *time)
{
	(void)time;
	return ERR_TIMEOUT;
}

static const struct wallclock_ops afternoon = {.get = get_time},
				  end_of_day = {.get = get_end_of_day},
				  broken = {.get = get_nothing};

static void pass_ms(uint64_t milliseconds)
{
	now += milliseconds * 1000000;
	tick_catch_up();
}

static void counting(void)
{
	begin(true, true);
	wallclock_register(&afternoon);
	tick_catch_up();
	/* 48615 seconds of the day, at 1193182 / 65536 Hz */
	ok(bda()->ticks >= 885104 - 20 && bda()->ticks <= 885104 + 20);
	bda()->ticks = 1000;
	pass_ms(0);
	ok(bda()->ticks == 1000);
	pass_ms(20);
	ok(bda()->ticks == 1000);
	pass_ms(10); /* an interrupt that is early counts, once */
	ok(bda()->ticks == 1001);
	pass_ms(10);
	ok(bda()->ticks == 1001);
	pass_ms(3600000); /* interrupts were off for an hour */
	ok(bda()->ticks - 1001 >= 65542 && bda()->ticks - 1001 <= 65545);
	for (unsigned i = 0; i < 1000; i++)
		pass_ms(1); /* a program that speeds the timer up */
	ok(bda()->ticks - 1001 >= 65560 && bda()->ticks - 1001 <= 65564);
	ok(!bda()->midnight);
}

static void midnight(void)
{
	begin(true, true);
	wallclock_register(&end_of_day);
	tick_catch_up();
	ok(bda()->ticks < 0x1800b0 && bda()->ticks > 0x1800b0 - 60 && !bda()->midnight);
	pass_ms(4000);
	ok(bda()->ticks < 80 && bda()->midnight == 1);
	pass_ms(2 * 86400000ull);
	ok(bda()->midnight == 3 && bda()->ticks < 100);
	bda()->ticks = UINT32_MAX - 5; /* by a program that writes there */
	pass_ms(100);
	ok(bda()->ticks < 0x1800b0);
}

static void no_time_of_day(void)
{
	begin(true, true);
	tick_catch_up();
	pass_ms(1000);
	ok(bda()->ticks == 18);
}

static void time_that_fails(void)
{
	begin(true, true);
	wallclock_register(&broken);
	bda()->ticks = 5;
	tick_catch_up();
	pass_ms(1000);
	ok(bda()->ticks == 5 + 18);
}

/* The clock begins again after an INIT: the time of day counts. */
static void clock_begins_again(void)
{
	begin(true, true);
	wallclock_register(&afternoon);
	pass_ms(100000);
	bda()->ticks = 0;
	now = 500;
	tick_catch_up();
	ok(bda()->ticks > 885000);
	pass_ms(1000);
	ok(bda()->ticks <= 885104 + 40);
}

/* --- interrupts that nobody handles --- */

static void unhandled(void)
{
	struct regs regs = {0};

	begin(true, true);
	m.pic[MASTER].in_service = 1 << 3;
	regs.vector = 0x0b;
	irq_unhandled(&regs);
	ok(m.pic[MASTER].ends == 1 && !m.pic[SLAVE].ends && !m.pic[MASTER].in_service);
	regs.vector = 0x0f; /* spurious */
	irq_unhandled(&regs);
	ok(m.pic[MASTER].ends == 1);
	m.pic[MASTER].in_service = 1 << 2;
	m.pic[SLAVE].in_service = 1 << 4;
	regs.vector = 0x74;
	irq_unhandled(&regs);
	ok(m.pic[MASTER].ends == 2 && m.pic[SLAVE].ends == 1);
	m.pic[MASTER].in_service = 1 << 2;
	regs.vector = 0x77; /* the second one was spurious, the first one's cascade is not */
	irq_unhandled(&regs);
	ok(m.pic[MASTER].ends == 3 && m.pic[SLAVE].ends == 1 && !m.pic[MASTER].in_service);
	begin(false, false);
	regs.vector = 0x70;
	irq_unhandled(&regs);
	ok(!m.pic[MASTER].ends && !m.pic[SLAVE].ends);
}

/* --- the alarm --- */

static uint8_t alarm_at[3];
static int alarm_result;
static bool alarm_is_it;
static unsigned alarms_set, alarms_cancelled, alarms_taken;

static int set_alarm(uint8_t hour, uint8_t minute, uint8_t second)
{
	memcpy(alarm_at, (uint8_t[]){hour, minute, second}, 3);
	alarms_set++;
	return alarm_result;
}

static void cancel_alarm(void)
{
	alarms_cancelled++;
}

static bool take_alarm(void)
{
	alarms_taken++;
	return alarm_is_it;
}

static const struct wallclock_ops with_alarm = {.get = get_time,
						.set_alarm = set_alarm,
						.cancel_alarm = cancel_alarm,
						.take_alarm = take_alarm};

static void alarm_calls(void)
{
	struct regs regs = {.ah = 6, .ch = 0x12, .cl = 0x34, .dh = 0x56};

	begin(true, true);
	ok(!int1a_alarm(&regs) && m.pic[SLAVE].mask == 0xff); /* there is no clock */
	int70_clock(&regs);
	ok(!continued && !alarms_taken);
	m.pic[MASTER].ends = m.pic[SLAVE].ends = 0;
	wallclock_register(&with_alarm);
	ok(int1a_alarm(&regs) && m.pic[SLAVE].mask == 0xfe);
	ok(alarm_at[0] == 0x12 && alarm_at[1] == 0x34 && alarm_at[2] == 0x56);
	alarm_result = ERR_INVAL;
	ok(!int1a_alarm(&regs) && !alarms_cancelled);
	m.pic[MASTER].in_service = 1 << 2;
	m.pic[SLAVE].in_service = 1;
	int70_clock(&regs);
	ok(alarms_taken == 1 && !continued); /* it was something else */
	ok(m.pic[MASTER].ends == 1 && m.pic[SLAVE].ends == 1);
	alarm_is_it = true;
	int70_clock(&regs);
	ok(continued == call_alarm);
	regs.ah = 7;
	ok(int1a_alarm(&regs) && alarms_cancelled == 1 && alarms_set == 2);
}

/* An alarm that could never interrupt is none. */
static void alarm_without_controller(void)
{
	struct regs regs = {.ah = 6};

	begin(false, false);
	wallclock_register(&with_alarm);
	ok(!int1a_alarm(&regs) && !alarms_set);
}

int main(void)
{
	alone(from_the_timer);
	alone(from_the_apic);
	alone(program_waits);
	alone(program_goes_on);
	alone(loaders);
	alone(routine_given_up);
	alone(interrupts);
	alone(counting);
	alone(midnight);
	alone(no_time_of_day);
	alone(time_that_fails);
	alone(clock_begins_again);
	alone(unhandled);
	alone(alarm_calls);
	alone(alarm_without_controller);
	return done();
}
