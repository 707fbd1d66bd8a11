/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * SMBIOS: both entry points, completed, and all that makes one be left out; our own
 * structures for machines of any size.
 */
#include "fw/smbios.h"

#include <string.h>

#include "fake_fw_cfg.h"
#include "fw/smbios_machine.h"
#include "hw/io.h"
#include "layout.h"
#include "lib/memmap.h"
#include "lib/memory.h"
#include "lib/util.h"
#include "unit.h"

static struct smbios_facts facts = {
	.version = "1.2.3",
	.version_length = 5,
	.date = "12/31/2030",
	.processors = 1,
};

enum { OLD_SIZE = 0x1f, NEW_SIZE = 0x18, TABLE_SIZE = 300 };

static uint8_t anchor[32], table[TABLE_SIZE];

static void put(unsigned at, uint32_t value, unsigned size)
{
	memcpy(anchor + at, &value, size);
}

/* As QEMU gives it: everything but address and checksums. */
static void begin_old(void)
{
	memset(anchor, 0, sizeof(anchor));
	memcpy(anchor, "_SM_", 4);
	anchor[5] = OLD_SIZE;
	memcpy(anchor + 0x10, "_DMI_", 5);
	put(0x16, TABLE_SIZE, 2);
	memset(table, 0xa5, sizeof(table));
}

static void begin_new(void)
{
	memset(anchor, 0, sizeof(anchor));
	memcpy(anchor, "_SM3_", 5);
	anchor[6] = NEW_SIZE;
	put(0x0c, TABLE_SIZE, 4);
	memset(anchor + 0x14, 0xff, 4); /* the address's upper half is ours to say, too */
	memset(table, 0xa5, sizeof(table));
}

static void load(void)
{
	machine_reset();
	memset(machine_memory + MACHINE_FSEG - 64, 0, 64);
	fake_fw_cfg_reset();
	fake_fw_cfg_add("etc/smbios/smbios-anchor", anchor, anchor[3] == '3' ? NEW_SIZE : OLD_SIZE);
	fake_fw_cfg_add("etc/smbios/smbios-tables", table, sizeof(table));
	smbios_load(&facts);
}

static uint8_t sum(const uint8_t *bytes, unsigned size)
{
	uint8_t total = 0;

	while (size--)
		total += *bytes++;
	return total;
}

static bool has_table(uint32_t address)
{
	return address % 16 == 0 && address >= memory_arena().start &&
	       address + TABLE_SIZE <= memory_arena().end &&
	       !memcmp(phys_ptr(address), table, TABLE_SIZE);
}

/* Nothing is left in segment F000 that looks like an entry point. */
static bool left_out(void)
{
	return *(uint8_t *)phys_ptr(MACHINE_FSEG) != '_' &&
	       machine_said_once("SMBIOS: wrong entry point; left out\n");
}

static void good(void)
{
	const uint8_t *e = phys_ptr(MACHINE_FSEG);
	uint64_t address = 0;

	begin_old();
	load();
	memcpy(&address, e + 0x18, 4);
	ok(!memcmp(e, "_SM_", 4) && has_table(address));
	ok(!sum(e, OLD_SIZE) && !sum(e + 0x10, OLD_SIZE - 0x10));
	ok(machine_was_silent());
	begin_new();
	load();
	memcpy(&address, e + 0x10, 8);
	ok(!memcmp(e, "_SM3_", 5) && has_table(address) && address < MACHINE_MEMORY);
	ok(!sum(e, NEW_SIZE));
	ok(machine_was_silent());
	begin_new();
	put(0x0c, 1, 4); /* a maximum: may be less than there is */
	load();
	ok(machine_was_silent());
}

static void wrong(void)
{
	begin_old();
	anchor[0] = 'x';
	load();
	ok(left_out());
	begin_old();
	anchor[5]--;
	load();
	ok(left_out());
	begin_old();
	put(0x16, TABLE_SIZE + 1, 2);
	load();
	ok(left_out());
	begin_new();
	anchor[6]++;
	load();
	ok(left_out());
	begin_new();
	put(0x0c, TABLE_SIZE + 1, 4);
	load();
	ok(left_out());
	begin_new();
	put(0x0c, UINT32_MAX, 4);
	load();
	ok(left_out());
}

static void failing(void)
{
	begin_old();
	machine_reset();
	fake_fw_cfg_reset();
	fake_fw_cfg_add("etc/smbios/smbios-anchor", anchor, OLD_SIZE);
	fake_fw_cfg_add("etc/smbios/smbios-tables", table, sizeof(table));
	fake_fw_cfg_read_fails = true;
	smbios_load(&facts);
	ok(left_out());
	machine_reset();
	fake_fw_cfg_read_fails = false;
	memory_alloc_fseg(MACHINE_FSEG_END - MACHINE_FSEG - 31, 1);
	smbios_load(&facts);
	ok(machine_said_once("SMBIOS: wrong entry point; left out\n"));
	machine_reset();
	fake_fw_cfg_reset();
	fake_fw_cfg_add("etc/smbios/smbios-anchor", anchor, OLD_SIZE);
	fake_fw_cfg_add("etc/smbios/smbios-tables", NULL, UINT32_MAX);
	smbios_load(&facts);
	ok(left_out());
}

/* --- our own structures ------------------------------------------------------------- */

static struct {
	unsigned threads_of_a_socket, threads_of_a_core;
	bool long_mode;
	const char *brand; /* 47 characters at most, or NULL */
} processor;

struct cpuid_registers cpuid(uint32_t leaf)
{
	struct cpuid_registers r = {0};
	char brand[48] = "";

	switch (leaf) {
	case 0:
		r.eax = processor.threads_of_a_core ? 0xb : 2;
		memcpy(&r.ebx, "Fake", 4);
		memcpy(&r.edx, "Proc", 4);
		memcpy(&r.ecx, "essr", 4);
		break;
	case 1:
		r.eax = 0x12345;
		r.ebx = processor.threads_of_a_socket << 16;
		r.edx = processor.threads_of_a_socket ? 0x10000201 : 0x201;
		break;
	case 0xb:
		r.ebx = processor.threads_of_a_core;
		break;
	case 0x80000000:
		r.eax = processor.brand ? 0x80000008 : 0x80000001;
		break;
	case 0x80000001:
		r.edx = processor.long_mode << 29;
		break;
	case 0x80000002 ... 0x80000004:
		strcpy(brand, processor.brand);
		memcpy(&r, brand + 16 * (leaf - 0x80000002), 16);
		break;
	}
	return r;
}

static const uint8_t *structures[300]; /* those found, in their order */
static unsigned found;

static const uint8_t *next_structure(const uint8_t *s)
{
	for (s += s[1]; s[0] || s[1]; s++)
		continue;
	return s + 2;
}

/* The how many-th of a type. */
static const uint8_t *get(uint8_t type, unsigned number)
{
	static const uint8_t none[64];

	for (unsigned i = 0; i < found; i++)
		if (structures[i][0] == type && !number--)
			return structures[i];
	return none;
}

/* The string whose number is at that place in a structure; "" if that is 0. */
static const char *string(const uint8_t *s, unsigned at)
{
	const char *text = (const char *)s + s[1];

	if (!s[at])
		return "";
	for (unsigned n = s[at]; n > 1; n--)
		text += strlen(text) + 1;
	return text;
}

static uint64_t number(const uint8_t *s, unsigned at, unsigned size)
{
	uint64_t value = 0;

	memcpy(&value, s + at, size);
	return value;
}

/* Makes tables for a machine with `low` and `high` bytes of memory, and finds them as an
 * OS does: all that the entry point says of them must be right. */
static void describe(uint32_t low, uint64_t high, unsigned processors)
{
	const uint8_t *e = NULL, *start, *s;
	unsigned largest = 0;

	machine_reset();
	machine_end_of_post();
	memset(machine_memory + MACHINE_FSEG, 0xaa, MACHINE_FSEG_END - MACHINE_FSEG);
	machine_reset();
	memory_set_end(low);
	memmap_init();
	memmap_set(0, low, MEMMAP_RAM);
	memmap_set(CODE_BASE, IMAGE_SIZE, MEMMAP_RESERVED);
	memmap_set(FOUR_GIB, high, MEMMAP_RAM);
	facts.processors = processors;
	smbios_load(&facts);
	memory_set_end(MACHINE_MEMORY); /* what the array has */
	machine_end_of_post();
	found = 0;
	for (unsigned at = MACHINE_FSEG; at < MACHINE_FSEG_END; at += 16)
		if (!memcmp(machine_memory + at, "_SM_", 4))
			e = machine_memory + at;
	ok(e);
	if (!e)
		return;
	ok(!sum(e, OLD_SIZE) && !sum(e + 0x10, OLD_SIZE - 0x10));
	start = s = phys_ptr(number(e, 0x18, 4));
	do {
		structures[found++] = s;
		s = next_structure(s);
		if (s - structures[found - 1] > (int)largest)
			largest = s - structures[found - 1];
	} while (structures[found - 1][0] != 127 && found < ARRAY_SIZE(structures));
	ok(number(e, 0x16, 2) == (uint64_t)(s - start));
	ok(number(e, 0x1c, 2) == found);
	ok(number(e, 8, 2) == largest);
	ok(machine_was_silent());
}

static void own(void)
{
	static const uint8_t uuid[16] = {3, 2, 1, 0, 5, 4, 7, 6},
			     types[] = {0, 1, 3, 16, 17, 32, 19, 4, 127};
	const uint8_t *s;

	fake_fw_cfg_reset();
	fake_fw_cfg_read_fails = false;
	fake_fw_cfg_set_number(FW_CFG_UUID, 0x0706050403020100);
	processor.brand = "A processor of forty-seven characters, no more.";
	processor.long_mode = true;
	describe(128 * MIB, 0, 1);
	ok(found == ARRAY_SIZE(types));
	for (unsigned i = 0; i < found; i++)
		ok(structures[i][0] == types[i]);
	s = get(0, 0);
	ok(!strcmp(string(s, 4), "Petrel") && !strcmp(string(s, 5), "1.2.3"));
	ok(!strcmp(string(s, 8), "12/31/2030"));
	ok(!(s[0x12] & 1)); /* no ACPI */
	s = get(1, 0);
	ok(!strcmp(string(s, 4), "QEMU") && !strcmp(string(s, 5), "microvm"));
	ok(!memcmp(s + 8, uuid, 16));
	s = get(4, 0);
	ok(!strcmp(string(s, 4), "CPU 0") && !strcmp(string(s, 7), "FakeProcessr"));
	ok(!strcmp(string(s, 0x10), processor.brand));
	ok(number(s, 8, 8) == 0x20100012345);
	ok(s[0x23] == 1 && s[0x24] == 1 && s[0x25] == 1 && number(s, 0x26, 2) == 4);
	s = get(17, 0);
	ok(!strcmp(string(s, 0x10), "DIMM 0") && number(s, 0xc, 2) == 128);
	ok(number(get(16, 0), 7, 4) == 128 * 1024);
	s = get(19, 0);
	ok(number(s, 4, 4) == 0 && number(s, 8, 4) == 128 * 1024 - 1);
	facts.acpi = true;
	describe(128 * MIB, 0, 0); /* a host that does not tell */
	ok(get(0, 0)[0x12] & 1 && found == ARRAY_SIZE(types));
	facts.acpi = false;
	fake_fw_cfg_read_fails = true;
	describe(128 * MIB, 0, 1);
	fake_fw_cfg_read_fails = false;
	ok(number(get(1, 0), 8, 8) == 0);
}

static void large(void)
{
	const uint8_t *s;

	describe(3 * GIB, 5ull * GIB, 1);
	ok(number(get(17, 0), 0xc, 2) == 8192 && number(get(16, 0), 7, 4) == 8 << 20);
	s = get(19, 1);
	ok(number(s, 4, 4) == 4 << 20 && number(s, 8, 4) == (9 << 20) - 1);
	describe(3 * GIB, (8ull << 40) - 3ull * GIB, 1);
	s = get(17, 0);
	ok(number(s, 0xc, 2) == 0x7fff && number(s, 0x1c, 4) == 8 << 20);
	s = get(16, 0);
	ok(number(s, 7, 4) == 0x80000000 && number(s, 0xf, 8) == 8ull << 40);
	s = get(19, 1);
	ok(number(s, 4, 4) == UINT32_MAX && number(s, 0xf, 8) == FOUR_GIB);
	ok(number(s, 0x17, 8) == (8ull << 40) + GIB - 1);
}

static unsigned sockets(void)
{
	unsigned count = 0;

	for (unsigned i = 0; i < found; i++)
		count += structures[i][0] == 4;
	return count;
}

static void processors(void)
{
	processor.brand = NULL;
	processor.long_mode = false;
	describe(128 * MIB, 0, 2);
	ok(sockets() == 2 && get(4, 1)[0x23] == 1 && get(4, 1)[0x25] == 1);
	ok(!strcmp(string(get(4, 1), 4), "CPU 1") && !get(4, 1)[0x10]);
	ok(number(get(4, 1), 2, 2) == 0x401 && number(get(4, 1), 0x26, 2) == 0);
	processor.threads_of_a_socket = 8;
	processor.threads_of_a_core = 2;
	describe(128 * MIB, 0, 16);
	ok(sockets() == 2 && get(4, 0)[0x23] == 4 && get(4, 0)[0x25] == 8);
	describe(128 * MIB, 0, 3); /* the others can be plugged in */
	ok(sockets() == 1 && get(4, 0)[0x23] == 1 && get(4, 0)[0x25] == 3);
	processor.threads_of_a_socket = processor.threads_of_a_core = 0;
	describe(128 * MIB, 0, 255);
	ok(sockets() == 255 && !strcmp(string(get(4, 254), 4), "CPU 254"));
	describe(128 * MIB, 0, 511);
	ok(sockets() == 255);
	describe(128 * MIB, 0, 110);
	ok(!strcmp(string(get(4, 109), 4), "CPU 109") && !strcmp(string(get(4, 99), 4), "CPU 99"));
}

/* Where segment F000 is full there are none, and nothing that looks like an entry point. */
static void no_room(void)
{
	for (unsigned left = 0; left < 700; left += 100) {
		machine_reset();
		memory_alloc_fseg(MACHINE_FSEG_END - MACHINE_FSEG - left, 1);
		facts.processors = 1;
		smbios_load(&facts);
		ok(machine_was_silent());
	}
}

int main(void)
{
	good();
	wrong();
	failing();
	own();
	large();
	processors();
	no_room();
	return done();
}
