/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * The MP table: found and walked through as MP 1.4 says a system does it.
 */
#include "fw/mptable.h"

#include <string.h>

#include "alone.h"
#include "entry.h"
#include "fw/acpi.h"
#include "hw/io.h"
#include "lib/memory.h"
#include "unit.h"

uint32_t smp_apic_ids[8];

static bool have_acpi, have_apic, have_second;
static uint32_t own_id, selected;

uint32_t acpi_rsdp(void)
{
	return have_acpi ? 0xf4000 : 0;
}

struct cpuid_registers cpuid(uint32_t leaf)
{
	ok(leaf == 1);
	return (struct cpuid_registers){0x663, own_id << 24 | 0x20800, 0, have_apic ? 0x201 : 1};
}

void writel(uint32_t address, uint32_t value)
{
	ok(address == 0xfec10000);
	selected = value;
}

uint32_t readl(uint32_t address)
{
	ok(address == 0xfec10010 && selected == 1);
	return have_second ? 0x170020 : 0;
}

static uint8_t sum(const uint8_t *bytes, unsigned size)
{
	uint8_t total = 0;

	while (size--)
		total += *bytes++;
	return total;
}

static const uint8_t *find_table(void)
{
	const uint8_t *found = NULL, *p;
	uint32_t table;

	machine_end_of_post();
	for (p = machine_memory + MACHINE_FSEG; p < machine_memory + MACHINE_FSEG_END; p += 16)
		if (!memcmp(p, "_MP_", 4)) {
			ok(!found && p[8] == 1 && p[9] == 4 && !sum(p, 16) && !p[11]);
			found = p;
		}
	if (!found)
		return NULL;
	memcpy(&table, found + 4, 4);
	return phys_ptr(table);
}

static unsigned processors, boot_processor, io_apics, isa, local; /* what the table has */
static uint8_t ids[256];

static void walk(const uint8_t *table)
{
	const uint8_t *p = table + 44, *end = table + (table[4] | table[5] << 8);
	unsigned entries = 0, last = 0;

	processors = io_apics = isa = local = 0;
	boot_processor = 999;
	ok(!memcmp(table, "PCMP", 4) && table[6] == 4 && !sum(table, end - table));
	ok(!memcmp(table + 36, "\0\0\xe0\xfe", 4));
	for (; p < end; p += p[0] ? 8 : 20, entries++) {
		ok(p[0] >= last && p[0] <= 4); /* in the order of their types */
		last = p[0];
		if (p[0] == 0) {
			ids[processors++] = p[1];
			ok(p[2] == 0x14 && p[3] & 1 && p[4] == 0x63 && p[8] == 1 && p[9] == 2);
			if (p[3] & 2)
				boot_processor = p[1];
		} else if (p[0] == 1) {
			ok(!memcmp(p, "\1\0ISA   ", 8));
		} else if (p[0] == 2) {
			ok(p[1] == io_apics && p[3] == 1 && p[6] == 0xc0 + io_apics &&
			   p[7] == 0xfe);
			io_apics++;
		} else if (p[0] == 3) {
			ok(p[1] == 0 && !p[2] && !p[4] && p[5] != 2 && !p[6] &&
			   p[7] == (p[5] ? p[5] : 2));
			isa |= 1 << p[5];
		} else {
			ok(p[6] == 0xff && p[7] == local && p[1] == (local ? 1 : 3));
			local++;
		}
	}
	ok(p == end && entries == (unsigned)(table[34] | table[35] << 8));
	ok(isa == 0xfffb && local == 2);
}

static void make(void)
{
	machine_reset();
	mptable_make();
	mptable_make(); /* the second time it is there */
	ok(machine_was_silent());
}

static void one_processor(void)
{
	have_apic = true;
	make();
	walk(find_table());
	ok(processors == 1 && ids[0] == 0 && boot_processor == 0 && io_apics == 1);
}

static void several(void)
{
	have_apic = have_acpi = have_second = true;
	own_id = 33;
	smp_apic_ids[0] = 1u << 31 | 1;
	smp_apic_ids[7] = 1u << 31 | 1 << 30; /* 255 is nobody's */
	make();
	walk(find_table());
	ok(processors == 4 && ids[0] == 0 && ids[1] == 31 && ids[2] == 33 && ids[3] == 254);
	ok(boot_processor == 33 && io_apics == 2);
}

static void all_ids(void)
{
	have_apic = have_acpi = true;
	memset(smp_apic_ids, 0xff, sizeof(smp_apic_ids));
	make();
	walk(find_table());
	ok(processors == 255 && io_apics == 1);
}

static void no_apic(void)
{
	make();
	ok(!find_table());
}

static void no_room(void)
{
	have_apic = true;
	machine_reset();
	memory_alloc_fseg(MACHINE_FSEG_END - MACHINE_FSEG - 100, 1);
	mptable_make();
	ok(!find_table());
}

int main(void)
{
	alone(one_processor);
	alone(several);
	alone(all_ids);
	alone(no_apic);
	alone(no_room);
	return done();
}
