/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * Memory type range registers. Everything is write-back, except the VGA window and the
 * last GiB below 4 GiB, where devices are; of that, the last 16 MiB are write-back again,
 * because the firmware is there. OSes warn or do without PAT when firmware leaves the
 * MTRRs off, and expect the same values on all processors. IA32_FEATURE_CONTROL is set
 * where the host asks for it (fw_cfg etc/msr_feature_control).
 *
 * Specification: Intel SDM volume 3, 12.11 "Memory Type Range Registers".
 */
#include "hw/cpu.h"

#include "entry.h"
#include "hw/io.h"

enum {
	MSR_FEATURE_CONTROL = 0x3a,
	MSR_MTRR_CAP = 0xfe,
	MSR_MTRR_BASE0 = 0x200, /* then its mask, then the next pair */
	MSR_MTRR_FIX_00000 = 0x250,
	MSR_MTRR_FIX_80000 = 0x258,
	MSR_MTRR_FIX_A0000 = 0x259,
	MSR_MTRR_FIX_C0000 = 0x268, /* the first of those for 32 KiB each */
	FIX_C0000_COUNT = 8,
	MSR_MTRR_DEF_TYPE = 0x2ff,

	MTRR_CAP_COUNT = 0xff,
	MTRR_CAP_FIXED = 1 << 8,
	MTRR_ENABLE = 1 << 11,
	MTRR_FIXED_ENABLE = 1 << 10,
	MTRR_MASK_VALID = 1 << 11,
	TYPE_UC = 0,
	TYPE_WB = 6,

	CPUID_EXTENDED = 0x80000000,
	CPUID_ADDRESS_SIZES = 0x80000008,
	ADDRESS_BITS_UNSAID = 36, /* where CPUID does not tell */
};

#define DEVICES_START 0xc0000000u
#define DEVICES_END   0xff000000u
#define DEVICES_FIRST 0x20000000u /* the size of the first range; each other is half as large */
#define ALL_UC        0ull        /* eight ranges of TYPE_UC, or of TYPE_WB */
#define ALL_WB        0x0606060606060606ull

enum { DEVICE_RANGES = 6 };

static void set_everywhere(uint32_t index, uint64_t value)
{
	/* A value that is refused here is not passed on: the other processors write the
	 * list in real mode, where they could not handle the exception. */
	if (try_wrmsr(index, value) && smp_msr_count < SMP_MSRS)
		smp_msrs[smp_msr_count++] = (struct smp_msr){index, value};
}

static bool have_mtrr(void)
{
	return cpuid(1).edx & CPUID_1_EDX_MTRR;
}

bool cpu_is_set_up(void)
{
	return have_mtrr() && rdmsr(MSR_MTRR_DEF_TYPE) & MTRR_ENABLE;
}

static unsigned physical_address_bits(void)
{
	if (cpuid(CPUID_EXTENDED).eax < CPUID_ADDRESS_SIZES)
		return ADDRESS_BITS_UNSAID;
	return cpuid(CPUID_ADDRESS_SIZES).eax & 0xff;
}

/* Uncached from C0000000, the end of a microvm's low RAM, up to FF000000: a range for
 * each power of two, as the registers want them. The last 16 MiB are the flash's, where
 * this code is executed in place, and stay cached. */
static void set_device_range(void)
{
	uint64_t mask = (1ull << physical_address_bits()) - 1;
	uint32_t base = DEVICES_START, index = MSR_MTRR_BASE0;

	for (uint32_t size = DEVICES_FIRST; base < DEVICES_END; size /= 2, index += 2) {
		set_everywhere(index, base | TYPE_UC);
		set_everywhere(index + 1, (mask & ~(uint64_t)(size - 1)) | MTRR_MASK_VALID);
		base += size;
	}
}

static void set_memory_types(void)
{
	uint64_t cap = rdmsr(MSR_MTRR_CAP);

	if (cap & MTRR_CAP_FIXED) {
		set_everywhere(MSR_MTRR_FIX_00000, ALL_WB);
		set_everywhere(MSR_MTRR_FIX_80000, ALL_WB);
		set_everywhere(MSR_MTRR_FIX_A0000, ALL_UC);
		for (unsigned i = 0; i < FIX_C0000_COUNT; i++)
			set_everywhere(MSR_MTRR_FIX_C0000 + i, ALL_WB);
	}
	if ((cap & MTRR_CAP_COUNT) >= DEVICE_RANGES)
		set_device_range();
	set_everywhere(MSR_MTRR_DEF_TYPE, MTRR_ENABLE | MTRR_FIXED_ENABLE | TYPE_WB);
}

void cpu_init(void)
{
	smp_msr_count = 0;
	if (have_mtrr())
		set_memory_types();
}

void cpu_set_feature_control(uint64_t value)
{
	set_everywhere(MSR_FEATURE_CONTROL, value);
}
