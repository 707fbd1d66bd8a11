/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * The clock on processors and hypervisors of all kinds: time passes here, in cycles of
 * the TSC, with each look at it; the local APIC's timer counts with it.
 */
#include "hw/clock.h"

#include <stdlib.h>
#include <string.h>

#include "alone.h"
#include "fake_io.h"
#include "hw/lapic.h"
#include "lib/memory.h"
#include "layout.h"

enum {
	LOOK_CYCLES = 30, /* what RDTSC takes */
	PAUSE_CYCLES = 400,
	APIC_CYCLES = 9000, /* an access to it leaves the guest */
	TIMER_STEP_NS = 128,
	MSR_SYSTEM_TIME = 0x4b564d01,
	MSR_WALL_CLOCK = 0x4b564d00,
};

/* --- the machine ------------------------------------------------------------------ */

static struct {
	uint64_t tsc;
	uint64_t hz; /* of the TSC */
	bool tsc_stands;
	bool no_hypervisor, kvm, kvmclock;
	uint32_t leaf_khz; /* by the timing leaf; 0: there is none */
	uint64_t boot_ns;  /* what KVM's clock was when the TSC was 0 */
	uint32_t epoch;    /* when KVM's clock was 0, and the nanoseconds of that */
	uint32_t epoch_ns;
	uint32_t page; /* where KVM writes */
	unsigned apic_accesses;
	/* The timer: counts down from `initial` since `since`, and stops or goes on. */
	bool periodic;
	uint32_t initial;
	uint64_t since_ns;
	unsigned pauses_of_host; /* so many looks at the timer are interrupted for long ... */
	uint64_t pauses_from_ns; /* ... from here on */
} m;

/* True time, whatever the firmware thinks. */
static uint64_t now_ns(void)
{
	return (long double)m.tsc * 1e9L / m.hz;
}

uint64_t rdtsc(void)
{
	m.tsc += LOOK_CYCLES;
	return m.tsc_stands ? 12345678 : m.tsc;
}

void cpu_pause(void)
{
	m.tsc += PAUSE_CYCLES;
}

struct cpuid_registers cpuid(uint32_t leaf)
{
	switch (leaf) {
	case 1:
		return (struct cpuid_registers){.ecx = m.no_hypervisor ? 0 : 1u << 31};
	case 0x40000000:
		ok(!m.no_hypervisor);
		if (!m.kvm)
			return (struct cpuid_registers){0x40000001, 0x54474354, 0x43544743,
							0x47435447};
		return (struct cpuid_registers){m.leaf_khz ? 0x40000010 : 0x40000001, 0x4b4d564b,
						0x564b4d56, 0x4d};
	case 0x40000001:
		ok(m.kvm);
		return (struct cpuid_registers){.eax = m.kvmclock ? 1 << 3 : ~(1u << 3)};
	case 0x40000010:
		ok(m.kvm && m.leaf_khz);
		return (struct cpuid_registers){.eax = m.leaf_khz};
	default:
		abort();
	}
}

/* What KVM writes: the TSC's rate as a fraction of 2^32, and shifted. */
static void fill_kvm_page(uint32_t address)
{
	uint8_t *page = phys_ptr(address);
	long double ns_per_tick = 1e9L / m.hz;
	uint64_t system_time = m.boot_ns + now_ns();
	int8_t shift = 0;
	uint32_t multiplier;

	for (; ns_per_tick >= 1; ns_per_tick /= 2)
		shift++;
	for (; ns_per_tick < 0.5L; ns_per_tick *= 2)
		shift--;
	multiplier = ns_per_tick * 4294967296.0L;
	memcpy(page + 8, &m.tsc, 8);
	memcpy(page + 16, &system_time, 8);
	memcpy(page + 24, &multiplier, 4);
	memcpy(page + 28, &shift, 1);
}

void wrmsr(uint32_t index, uint64_t value)
{
	uint32_t address = value & ~1u;

	ok(m.kvm && m.kvmclock);
	if (!value) {
		ok(index == MSR_SYSTEM_TIME);
		m.page = 0;
		return;
	}
	/* Both lie in memory that no operating system uses, and cross no page. */
	ok(address >= EBDA_BASE && address + 32 <= EBDA_BASE + 1024 && address % 4 == 0);
	if (index == MSR_SYSTEM_TIME) {
		ok(value & 1 && address % 32 == 0);
		m.page = address;
		fill_kvm_page(address);
	} else {
		ok(index == MSR_WALL_CLOCK);
		memcpy((uint8_t *)phys_ptr(address) + 4, &m.epoch, 4);
		memcpy((uint8_t *)phys_ptr(address) + 8, &m.epoch_ns, 4);
	}
}

uint32_t lapic_timer_count(void)
{
	uint64_t steps;

	m.apic_accesses++;
	m.tsc += APIC_CYCLES;
	if (m.pauses_of_host && now_ns() >= m.pauses_from_ns) {
		m.pauses_of_host--;
		m.tsc += m.hz / 2;
	}
	steps = (now_ns() - m.since_ns) / TIMER_STEP_NS;
	m.tsc += APIC_CYCLES;
	if (!m.initial || (steps >= m.initial && !m.periodic))
		return 0;
	return m.initial - steps % m.initial;
}

void lapic_timer_start(uint32_t count)
{
	m.apic_accesses++;
	m.periodic = false;
	m.initial = count;
	m.since_ns = now_ns();
}

/* --- the tests ---------------------------------------------------------------------- */

static void begin(uint64_t hz)
{
	machine_reset();
	memset(&m, 0, sizeof(m));
	m.hz = hz;
	m.tsc = 12345678;
}

static void pass(long double seconds)
{
	m.tsc += seconds * m.hz;
}

/* The clock has run for as long as the world since it said `before` at `then`, within a
 * thousandth and what a look at it takes. */
static bool agrees(uint64_t before, uint64_t then)
{
	int64_t said = clock_ns() - before, passed = now_ns() - then;
	int64_t difference = said > passed ? said - passed : passed - said;

	return said >= 0 && difference <= passed / 1000 + 60000;
}

/* Over microseconds and hours; never backwards. */
static void runs_true(void)
{
	static const long double steps[] = {1e-6L, 1e-4L, 1e-3L, 0.01L, 0.02L, 0.1L, 1, 60, 3600};
	uint64_t start = clock_ns(), then = now_ns(), last = start;
	bool forward = true;

	ok(start < 1000000);
	for (unsigned i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		pass(steps[i]);
		ok(agrees(start, then));
		for (unsigned n = 0; n < 100; n++) {
			uint64_t now = clock_ns();

			forward &= now >= last;
			last = now;
		}
	}
	ok(forward);
}

static const uint64_t rates[] = {500000000, 1000000000, 1000000001, 2500000000, 5000000000};
static uint64_t rate;

static void by_kvmclock(void)
{
	uint32_t seconds = 0;

	begin(rate);
	m.kvm = m.kvmclock = true;
	m.epoch = 1700000000;
	m.epoch_ns = 900000000;
	m.boot_ns = 86400ull * 1000000000 + 200000000;
	runs_true();
	ok(!m.apic_accesses && !m.page); /* and KVM does not go on writing */
	ok(clock_epoch_seconds(&seconds));
	ok(seconds == m.epoch + (uint32_t)((m.epoch_ns + m.boot_ns + now_ns()) / 1000000000));
}

static void by_timing_leaf(void)
{
	uint32_t seconds;

	begin(rate);
	m.kvm = true;
	m.leaf_khz = rate / 1000;
	runs_true();
	ok(!m.apic_accesses && !clock_epoch_seconds(&seconds));
}

/* TCG, or no hypervisor at all: the APIC's timer until it tells the rate. */
static void by_lapic(void)
{
	uint32_t seconds;

	begin(rate);
	m.no_hypervisor = rate & 1;
	runs_true();
	m.apic_accesses = 0;
	for (unsigned i = 0; i < 100; i++)
		clock_ns();
	ok(!m.apic_accesses); /* by the TSC from now on */
	ok(!clock_epoch_seconds(&seconds));
}

/* KVM without a clock page and without the leaf, or with rates of 0. */
static void by_lapic_under_kvm(void)
{
	begin(rate);
	m.kvm = true;
	runs_true();
	ok(m.apic_accesses);
}

static void give_tick_the_timer(void)
{
	m.initial = 429230;
	m.periodic = true;
	m.since_ns = now_ns();
	clock_release_lapic();
}

/* The tick takes the timer before the clock was asked, while it runs by it, or when the
 * rate is known; the timer begins again every 55 ms. */
static void lapic_ticks_first(void)
{
	for (unsigned offset = 0; offset < 3; offset++) {
		begin(rate);
		give_tick_the_timer();
		pass(0.054L * offset / 2); /* soon it begins again */
	}
	runs_true();
	ok(m.periodic);
}

static void lapic_ticks_later(void)
{
	uint64_t start, then;

	begin(rate);
	start = clock_ns();
	then = now_ns();
	pass(0.003L);
	clock_release_lapic(); /* which measures while the timer is the clock's */
	m.initial = 429230;
	m.periodic = true;
	m.since_ns = now_ns();
	m.apic_accesses = 0;
	for (unsigned i = 0; i < 10; i++) {
		pass(0.04L);
		ok(agrees(start, then));
	}
	ok(!m.apic_accesses);
}

/* A tick that is silent has stopped the timer. */
static void lapic_is_silent(void)
{
	begin(rate);
	give_tick_the_timer();
	m.initial = 0;
	runs_true();
}

/* The host runs something else between two looks that belong together. */
static void disturbed(void)
{
	begin(rate);
	m.pauses_of_host = 3;
	m.pauses_from_ns = now_ns() + 20000000; /* as the rate is computed */
	runs_true();
}

/* An INIT sets the timer to 0: a clock that runs by it begins again. */
static void lapic_reset(void)
{
	uint64_t before;

	begin(rate);
	clock_ns();
	pass(0.01L);
	m.initial = 0;
	clock_lapic_was_reset();
	runs_true();
	before = clock_ns();
	m.initial = 0;
	clock_lapic_was_reset();
	ok(clock_ns() >= before); /* not one that runs by the TSC */
	pass(1);
	ok(clock_ns() - before > 999000000);
}

/* A counter that does not count is no reason to divide by zero. */
static void no_tsc(void)
{
	begin(rate);
	clock_ns();
	m.tsc_stands = true;
	for (unsigned i = 0; i < 100; i++) {
		pass(0.01L);
		clock_ns();
	}
	ok(true);
}

static void deadlines(void)
{
	static const uint32_t times[] = {0, 1, 20, 300, 1000};

	/* Polls in which nobody looks at the clock, of up to 16 pauses. */
	const uint64_t free = 2 * 10001ull * 16 * (PAUSE_CYCLES + 100) * 1000 / (rate / 1000000);

	begin(rate);
	for (unsigned i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		struct deadline deadline = deadline_in_ms(times[i]);
		uint64_t then, passed;
		unsigned polls;

		clock_ns();
		m.apic_accesses = 0;
		for (polls = 0; polls < 10000; polls++)
			ok(!deadline_passed(&deadline));
		ok(!m.apic_accesses); /* most waits cost none */
		then = now_ns();
		while (!deadline_passed(&deadline))
			;
		passed = now_ns() - then;
		ok(passed >= times[i] * 1000000ull && passed < times[i] * 1002000ull + free);
	}
}

/* Nobody asks between the first question and the next: the APIC's timer stops after 549 s. */
static const long double silences[] = {548, 550, 2000, 86400};
static long double silence;

static void asked_rarely(void)
{
	uint64_t start, then;

	begin(rate);
	start = clock_ns();
	then = now_ns();
	pass(silence);
	ok(agrees(start, then));
	pass(1);
	ok(agrees(start, then));
}

/* 30 s by polls. The machine is paused meanwhile, for longer than that: its clock goes on,
 * as it does under KVM, but what is waited for was paused as well. */
static void deadline_and_pauses(void)
{
	static const long double pauses[] = {0.2L, 30, 31, 3600};
	struct deadline deadline = deadline_in_ms(30000);
	uint64_t then, paused = 0, polled;

	begin(rate);
	m.kvm = m.kvmclock = true;
	pass(100);                                       /* before the first poll */
	for (unsigned polls = 0; polls < 25000; polls++) /* the clock is looked at from 20,000 on */
		ok(!deadline_passed(&deadline));
	then = now_ns();
	for (unsigned i = 0; i < 100; i++) {
		long double pause = pauses[i % 4];

		pass(pause);
		paused += pause * 1e9L;
		for (unsigned polls = 0; polls < 100; polls++)
			ok(!deadline_passed(&deadline));
	}
	while (!deadline_passed(&deadline))
		;
	polled = now_ns() - then - paused;
	/* Each pause is taken for 50 ms. */
	ok(polled >= 24500000000ull && polled <= 30000000000ull);
}

static void waits(void)
{
	static const uint32_t times[] = {0, 1, 50, 3000, 100000};

	begin(rate);
	for (unsigned i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		uint64_t then = now_ns(), passed;

		clock_wait_us(times[i]);
		passed = now_ns() - then;
		ok(passed + 200 >= times[i] * 999ull && passed < times[i] * 1001ull + 200000);
	}
}

int main(void)
{
	static void (*const parts[])(void) = {
		by_kvmclock,
		by_timing_leaf,
		by_lapic,
		by_lapic_under_kvm,
		lapic_ticks_first,
		lapic_ticks_later,
		lapic_is_silent,
		disturbed,
		lapic_reset,
		no_tsc,
		deadlines,
		waits,
		deadline_and_pauses,
	};

	for (unsigned i = 0; i < sizeof(rates) / sizeof(rates[0]); i++)
		for (unsigned n = 0; n < sizeof(parts) / sizeof(parts[0]); n++) {
			rate = rates[i];
			alone(parts[n]);
		}
	for (unsigned i = 0; i < sizeof(silences) / sizeof(silences[0]); i++) {
		silence = silences[i];
		alone(asked_rarely);
	}
	return done();
}
