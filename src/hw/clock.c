/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * The clock is the processor's time-stamp counter wherever its rate can be
 * known. KVM tells the rate: by its clock page, or by the hypervisor's timing
 * leaf. Elsewhere the local APIC timer, which QEMU runs at 1 GHz, is the clock
 * until enough of it has passed to compute the rate, so that nobody waits for a
 * calibration; only where that timer gives the tick, the first question takes some
 * milliseconds. Nothing here runs before the first question.
 *
 * Specifications: Linux, Documentation/virt/kvm/x86/{cpuid,msr}.rst; Intel SDM
 * volume 3, 11.5.4 "APIC Timer".
 */
#include "hw/clock.h"

#include <string.h>

#include "bda.h"
#include "hw/cpu.h"
#include "hw/io.h"
#include "hw/lapic.h"
#include "lib/memory.h"
#include "lib/util.h"

enum {
	CPUID_HYPERVISOR = 0x40000000,
	CPUID_KVM_FEATURES = 0x40000001,
	CPUID_TIMING = 0x40000010,      /* EAX: the TSC's rate in kHz */
	KVM_SIGNATURE_EBX = 0x4b4d564b, /* "KVMKVMKVM" */
	KVM_SIGNATURE_ECX = 0x564b4d56,
	KVM_SIGNATURE_EDX = 0x4d,
	KVM_FEATURE_CLOCKSOURCE2 = 1 << 3,
	KVM_PAGE_SIZE = 32,
	MSR_KVM_WALL_CLOCK_NEW = 0x4b564d00,
	MSR_KVM_SYSTEM_TIME_NEW = 0x4b564d01,

	FIRST_TURNS = 64, /* of a wait, between two looks at the clock */
	MAX_TURNS = 1 << 18,

	LAPIC_STEP_NS = (uint64_t)LAPIC_TIMER_DIVIDER * NS_PER_SECOND / LAPIC_TIMER_HZ,
	CALIBRATION_NS = 20000000,
	CALIBRATION_CYCLES = 5000000,
	SAMPLE_CYCLES = 25000, /* a look at the APIC's timer takes less ... */
	SAMPLE_TRIES = 4,      /* ... unless the host runs something else meanwhile */
	CALIBRATION_TRIES = 16,
	QUICK_POLLS = 64,
	SLOW_POLL_PAUSES = 16,
	LONGEST_STEP_NS = 50000000,
	FREE_POLLS = 20000, /* some milliseconds, in which most disks answer */
};

/* What KVM writes for a guest's clock. */
struct kvm_time {
	uint32_t version, padding;
	uint64_t tsc, system_time;
	uint32_t multiplier;
	int8_t shift;
	uint8_t flags[3];
} __attribute__((packed, aligned(4)));

/* ... and the time of day at which its system_time was 0. */
struct kvm_wall_clock {
	uint32_t version, seconds, nanoseconds;
} __attribute__((packed, aligned(4)));

/* The TSC, and the count of the APIC's timer, which goes down. */
struct moment {
	uint64_t tsc;
	uint32_t count;
};

/* ns = ((ticks << shift or >> -shift) * multiplier) >> 32, as kvmclock has it. */
static struct {
	bool started;
	bool have_rate;
	bool have_kvmclock;
	bool lapic_ticks; /* the APIC's timer is periodic, and not ours */
	int8_t shift;
	uint32_t multiplier;
	struct moment start; /* ns == 0 */
	uint64_t kvm_start;  /* KVM's system_time then */
} clock;

static uint64_t multiply_shift(uint64_t value, uint32_t factor)
{
	return (value >> 32) * factor + (((value & 0xffffffff) * factor) >> 32);
}

static uint64_t ticks_to_ns(uint64_t ticks)
{
	ticks = clock.shift < 0 ? ticks >> -clock.shift : ticks << clock.shift;
	return multiply_shift(ticks, clock.multiplier);
}

/* 2^32 * a / b for a < b, by long division. */
static uint32_t fraction(uint32_t a, uint32_t b)
{
	uint32_t quotient, remainder;

	asm("divl %4" : "=a"(quotient), "=d"(remainder) : "0"(0), "1"(a), "rm"(b) : "cc");
	return quotient;
}

/* Sets the rate to `ns` nanoseconds for `ticks` ticks. */
static void set_rate(uint64_t ns, uint64_t ticks)
{
	ticks |= !ticks; /* a counter that stands still must not divide by zero */
	while ((ns | ticks) >> 31) {
		ns >>= 1;
		ticks >>= 1;
	}
	for (clock.shift = 0; ns >= ticks && clock.shift < 31; clock.shift++)
		ns >>= 1;
	clock.multiplier = fraction(ns, ticks);
	clock.have_rate = true;
}

static bool hypervisor_is_kvm(uint32_t *max_leaf)
{
	struct cpuid_registers id;

	if (!(cpuid(1).ecx & CPUID_1_ECX_HYPERVISOR))
		return false;
	id = cpuid(CPUID_HYPERVISOR);
	*max_leaf = id.eax;
	return id.ebx == KVM_SIGNATURE_EBX && id.ecx == KVM_SIGNATURE_ECX &&
	       id.edx == KVM_SIGNATURE_EDX;
}

/* Lets KVM fill in its clock page once, for the rate, and takes the page back. */
static bool rate_from_kvmclock(void)
{
	volatile struct kvm_time *page = (void *)ebda()->clock_page;

	if (!(cpuid(CPUID_KVM_FEATURES).eax & KVM_FEATURE_CLOCKSOURCE2))
		return false;
	wrmsr(MSR_KVM_SYSTEM_TIME_NEW, ptr_phys(page) | 1);
	clock.multiplier = page->multiplier;
	clock.shift = page->shift;
	wrmsr(MSR_KVM_SYSTEM_TIME_NEW, 0);
	clock.have_rate = clock.have_kvmclock = clock.multiplier != 0;
	if (clock.have_kvmclock)
		clock.kvm_start = page->system_time + ticks_to_ns(rdtsc() - page->tsc);
	return clock.have_rate;
}

static bool rate_from_hypervisor(void)
{
	uint32_t max_leaf, khz;

	if (!hypervisor_is_kvm(&max_leaf))
		return false;
	if (rate_from_kvmclock())
		return true;
	if (max_leaf < CPUID_TIMING)
		return false;
	khz = cpuid(CPUID_TIMING).eax;
	if (!khz)
		return false;
	set_rate(1000000, khz);
	return true;
}

static void take_sample(struct moment *now)
{
	unsigned tries = SAMPLE_TRIES;

	do {
		now->tsc = rdtsc();
		now->count = lapic_timer_count();
	} while (rdtsc() - now->tsc > SAMPLE_CYCLES && --tries);
}

/* Nanoseconds from one moment to another by the APIC's timer. */
static uint64_t lapic_ns(const struct moment *then, const struct moment *now)
{
	return (uint64_t)(then->count - now->count) * LAPIC_STEP_NS;
}

static void learn_rate(const struct moment *then, const struct moment *now)
{
	set_rate(lapic_ns(then, now), now->tsc - then->tsc);
}

/* Measures the rate where the timer gives the tick, or has run out. The timer starts over
 * from its initial count with each tick, or stops at 0; a measurement across that is
 * repeated: it gives an absurdly long time, or its end is not known. */
static void measure_rate(void)
{
	struct moment then, now;
	unsigned tries = CALIBRATION_TRIES;

	do {
		take_sample(&then);
		if (!then.count) { /* the tick is silent */
			lapic_timer_start(UINT32_MAX);
			take_sample(&then);
		}
		while (rdtsc() - then.tsc < CALIBRATION_CYCLES)
			cpu_pause();
		take_sample(&now);
	} while ((!now.count || lapic_ns(&then, &now) > NS_PER_SECOND) && --tries);
	learn_rate(&then, &now);
}

static void start_clock(void)
{
	clock.started = true;
	if (!rate_from_hypervisor()) {
		if (clock.lapic_ticks)
			measure_rate();
		else
			lapic_timer_start(UINT32_MAX);
	}
	if (clock.have_rate)
		clock.start.tsc = rdtsc();
	else
		take_sample(&clock.start);
}

void clock_lapic_was_reset(void)
{
	clock.started = clock.have_rate;
}

/* By the APIC's timer, until it has run long enough for the rate. It stops at 0, after nine
 * minutes in which nobody asked: then it tells nothing, but the TSC has gone on. */
static uint64_t ns_without_rate(void)
{
	struct moment now;

	take_sample(&now);
	if (now.count && lapic_ns(&clock.start, &now) < CALIBRATION_NS)
		return lapic_ns(&clock.start, &now);
	if (now.count)
		learn_rate(&clock.start, &now);
	else
		measure_rate();
	return ticks_to_ns(now.tsc - clock.start.tsc);
}

uint64_t clock_ns(void)
{
	if (!clock.started)
		start_clock();
	if (!clock.have_rate)
		return ns_without_rate();
	return ticks_to_ns(rdtsc() - clock.start.tsc);
}

bool clock_epoch_seconds(uint32_t *seconds)
{
	volatile struct kvm_wall_clock *wall = (void *)(ebda()->clock_page + KVM_PAGE_SIZE);
	uint64_t ns = clock_ns() + clock.kvm_start;

	if (!clock.have_kvmclock)
		return false;
	wrmsr(MSR_KVM_WALL_CLOCK_NEW, ptr_phys(wall));
	ns += wall->nanoseconds;
	divide_u64(&ns, NS_PER_SECOND);
	*seconds = wall->seconds + (uint32_t)ns;
	return true;
}

void clock_release_lapic(void)
{
	clock.lapic_ticks = true;
	if (clock.started && !clock.have_rate)
		measure_rate();
}

bool deadline_passed(struct deadline *deadline)
{
	uint64_t now, step;
	/* An answer that did not come at once will take a while: poll less often. */
	unsigned pauses = deadline->polls < QUICK_POLLS ? 1 : SLOW_POLL_PAUSES;

	while (pauses--)
		cpu_pause();
	if (deadline->polls++ < FREE_POLLS)
		return false;
	now = clock_ns() + 1; /* not 0 */
	step = now - deadline->last;
	if (deadline->last)
		deadline->waited += step < LONGEST_STEP_NS ? step : LONGEST_STEP_NS;
	deadline->last = now;
	if (!clock.have_rate)
		deadline->polls = FREE_POLLS / 2;
	return deadline->waited >= deadline->duration_ms * NS_PER_MS;
}

/* A look at the clock may cost an access to a device. So it is not looked at all the time:
 * the first turns say how many more there are in the rest, most of which are made then. */
void clock_wait_us(uint64_t microseconds)
{
	uint64_t last = clock_ns(), end = last + microseconds * NS_PER_US, turns = FIRST_TURNS;

	while (last < end) {
		uint64_t before = last;
		uint32_t step;

		for (uint64_t i = 0; i < turns; i++)
			cpu_pause();
		last = clock_ns();
		if (last >= end)
			break;
		step = last - before < UINT32_MAX ? last - before : UINT32_MAX;
		turns *= end - last < UINT32_MAX ? end - last : UINT32_MAX;
		divide_u64(&turns, step ? step : 1);
		turns -= turns / 8;
		turns = turns < FIRST_TURNS ? FIRST_TURNS : turns < MAX_TURNS ? turns : MAX_TURNS;
	}
}
