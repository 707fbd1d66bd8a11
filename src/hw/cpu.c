/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * Memory type range registers: everything is write-back but the last GiB below
 * 4 GiB, where devices are, and the VGA window. And IA32_FEATURE_CONTROL, where
 * the host wants it set. OSes warn or do without PAT when firmware leaves the
 * MTRRs off, and expect the same values on all processors.
 *
 * Specification: Intel SDM volume 3, 12.11 "Memory Type Range Registers".
 */
#include "hw/cpu.h"

#include "fw/fw_cfg.h"
#include "fw/smp.h"
#include "hw/io.h"

enum {
	MSR_FEATURE_CONTROL = 0x3a,
	MSR_MTRR_CAP = 0xfe,
	MSR_MTRR_BASE0 = 0x200,
	MSR_MTRR_MASK0 = 0x201,
	MSR_MTRR_FIX_00000 = 0x250,
	MSR_MTRR_FIX_80000 = 0x258,
	MSR_MTRR_FIX_A0000 = 0x259,
	MSR_MTRR_FIX_C0000 = 0x268, /* eight of 32 KiB, up to 26F */
	MSR_MTRR_DEF_TYPE = 0x2ff,

	MTRR_CAP_FIXED = 1 << 8,
	MTRR_ENABLE = 1 << 11,
	MTRR_FIXED_ENABLE = 1 << 10,
	MTRR_MASK_VALID = 1 << 11,
	TYPE_UC = 0,
	TYPE_WB = 6,

	CPUID_EXTENDED = 0x80000000,
	CPUID_ADDRESS_SIZES = 0x80000008,
};

#define DEVICES_START 0xc0000000u /* up to 4 GiB; microvm's RAM ends below it */
#define ALL_WB        0x0606060606060606ull

static void set_everywhere(uint32_t index, uint64_t value)
{
	if (smp_msr_count < SMP_MSRS)
		smp_msrs[smp_msr_count++] = (struct smp_msr){index, value};
	wrmsr(index, value);
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
		return 36;
	return cpuid(CPUID_ADDRESS_SIZES).eax & 0xff;
}

static void set_memory_types(void)
{
	uint64_t cap = rdmsr(MSR_MTRR_CAP);
	uint64_t mask = (1ull << physical_address_bits()) - 1;

	if (cap & MTRR_CAP_FIXED) {
		set_everywhere(MSR_MTRR_FIX_00000, ALL_WB);
		set_everywhere(MSR_MTRR_FIX_80000, ALL_WB);
		set_everywhere(MSR_MTRR_FIX_A0000, 0);
		for (unsigned i = 0; i < 8; i++)
			set_everywhere(MSR_MTRR_FIX_C0000 + i, ALL_WB);
	}
	if (cap & 0xff) {
		set_everywhere(MSR_MTRR_BASE0, DEVICES_START | TYPE_UC);
		set_everywhere(MSR_MTRR_MASK0,
			       (mask & ~(uint64_t)(0xffffffff - DEVICES_START)) | MTRR_MASK_VALID);
	}
	set_everywhere(MSR_MTRR_DEF_TYPE, MTRR_ENABLE | MTRR_FIXED_ENABLE | TYPE_WB);
}

void cpu_init(void)
{
	uint64_t feature_control;

	smp_msr_count = 0;
	if (have_mtrr())
		set_memory_types();
	if (!fw_cfg_integer("etc/msr_feature_control", &feature_control))
		set_everywhere(MSR_FEATURE_CONTROL, feature_control);
}
