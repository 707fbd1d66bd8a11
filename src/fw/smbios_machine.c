/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * SMBIOS structures of our own. QEMU gives none to a microvm, but people and programs
 * look there for what machine this is: its UUID, that it is a virtual one, how many
 * processors and how much memory it has (dmidecode, cloud-init, hdt.c32). They say
 * what fw_cfg, the processor and the memory map say; what nobody knows is unknown.
 *
 * Specification: DMTF DSP0134 2.8, chapter 7 "Structure definitions".
 */
#include "fw/smbios_machine.h"

#include <stddef.h>
#include <string.h>

#include "fw/fw_cfg.h"
#include "hw/io.h"
#include "layout.h"
#include "lib/memmap.h"
#include "lib/memory.h"
#include "lib/util.h"

struct header {
	uint8_t type, length;
	uint16_t handle;
} __attribute__((packed));

#define CPUID_EXTENDED    0x80000000u
#define CPUID_LONG        0x80000001u
#define CPUID_BRAND       0x80000002u /* ... and the two behind it */
#define CAPACITY_EXTENDED 0x80000000u
#define ADDRESS_EXTENDED  0xffffffffu

/* Strings are numbers from 1 on: the how many-th behind the structure. */

struct bios {
	struct header header;
	uint8_t vendor, version;
	uint16_t segment;
	uint8_t date;
	uint8_t rom_size; /* in 64 KiB, less 1 */
	uint64_t characteristics;
	uint8_t extension[2];
	uint8_t major, minor, controller_major, controller_minor;
} __attribute__((packed));

struct system {
	struct header header;
	uint8_t manufacturer, product, version, serial;
	uint8_t uuid[16];
	uint8_t wake_up, sku, family;
} __attribute__((packed));

struct chassis {
	struct header header;
	uint8_t manufacturer, type, version, serial, asset;
	uint8_t boot_state, power_state, thermal_state, security;
	uint32_t oem;
	uint8_t height, power_cords, elements, element_length, sku;
} __attribute__((packed));

struct processor {
	struct header header;
	uint8_t socket, type, family, manufacturer;
	uint32_t id[2];
	uint8_t version, voltage;
	uint16_t clock, max_speed, speed; /* MHz */
	uint8_t status, upgrade;
	uint16_t caches[3];
	uint8_t serial, asset, part, cores, cores_enabled, threads;
	uint16_t characteristics, family_2;
} __attribute__((packed));

struct memory_array {
	struct header header;
	uint8_t location, use, correction;
	uint32_t capacity; /* KiB */
	uint16_t error, devices;
	uint64_t extended_capacity; /* bytes */
} __attribute__((packed));

struct memory_device {
	struct header header;
	uint16_t array, error, total_width, data_width;
	uint16_t size; /* MiB */
	uint8_t form, set, locator, bank, type;
	uint16_t detail, speed;
	uint8_t manufacturer, serial, asset, part, attributes;
	uint32_t extended_size; /* MiB */
	uint16_t configured_speed, min_voltage, max_voltage, voltage;
} __attribute__((packed));

struct mapped_address {
	struct header header;
	uint32_t start, end; /* KiB; the end is the last one */
	uint16_t array;
	uint8_t width;
	uint64_t extended_start, extended_end; /* bytes */
} __attribute__((packed));

struct boot_information {
	struct header header;
	uint8_t reserved[6];
	uint8_t status;
} __attribute__((packed));

_Static_assert(sizeof(struct bios) == 0x18, "type 0");
_Static_assert(sizeof(struct system) == 0x1b, "type 1");
_Static_assert(sizeof(struct chassis) == 0x16, "type 3");
_Static_assert(sizeof(struct processor) == 0x2a, "type 4");
_Static_assert(sizeof(struct memory_array) == 0x17, "type 16");
_Static_assert(sizeof(struct memory_device) == 0x28, "type 17");
_Static_assert(sizeof(struct mapped_address) == 0x1f, "type 19");
_Static_assert(sizeof(struct boot_information) == 0x0b, "type 32");

enum {
	TYPE_BIOS = 0,
	TYPE_SYSTEM = 1,
	TYPE_CHASSIS = 3,
	TYPE_PROCESSOR = 4,
	TYPE_MEMORY_ARRAY = 16,
	TYPE_MEMORY_DEVICE = 17,
	TYPE_MAPPED_ADDRESS = 19,
	TYPE_BOOT_INFORMATION = 32,
	TYPE_END = 127,

	/* The two values that many fields have. */
	OTHER = 1,
	UNKNOWN = 2,

	BIOS_ISA = 1 << 4,
	BIOS_BOOT_FROM_CD = 1 << 15,
	BIOS_SELECTABLE_BOOT = 1 << 16,
	BIOS_EDD = 1 << 19,
	BIOS_SERIAL_SERVICES = 1 << 28,
	BIOS_EXT0_ACPI = 1 << 0,
	BIOS_EXT1_BBS = 1 << 0,
	BIOS_EXT1_VIRTUAL_MACHINE = 1 << 4,
	NO_RELEASE = 0xff,

	WAKE_UP_POWER_SWITCH = 6,

	PROCESSOR_CENTRAL = 3,
	PROCESSOR_POPULATED = 1 << 6 | 1, /* ... and enabled */
	PROCESSOR_64_BIT = 1 << 2,
	/* MHz: nobody knows them; QEMU says so of all its processors, and its
	 * bios-tables-test expects it. */
	PROCESSOR_SPEED = 2000,
	NO_CACHE = 0xffff,
	MAX_SOCKETS = 255, /* structures that segment F000 has room for */

	ARRAY_SYSTEM_MEMORY = 3,
	NO_ERROR_HANDLE = 0xfffe, /* errors are not told of at all */

	WIDTH_UNKNOWN = 0xffff,
	DEVICE_DIMM = 9,
	DEVICE_RAM = 7,
	SIZE_EXTENDED = 0x7fff,

	/* Bytes of the BIOS's structure, and of a processor's, at most. */
	SIZE_BIOS = 192,
	SIZE_PROCESSOR = 128,
	VERSION_MAX = 128,

	CPUID_TOPOLOGY = 0x0b,
	CPUID_1_EDX_HTT = 1 << 28,
	CPUID_LONG_EDX_LM = 1 << 29,
};

/*
 * All but the BIOS and the processors, whose strings differ in length, as far as it is
 * the same on every machine: copied at once, so that it costs a kernel next to nothing.
 */
struct fixed {
	struct system system;
	char system_strings[sizeof("QEMU\0microvm\0")];
	struct chassis chassis;
	char chassis_strings[sizeof("QEMU\0")];
	struct memory_array array;
	char no_array_strings[2];
	struct memory_device device;
	char device_strings[sizeof("DIMM 0\0QEMU\0")];
	struct boot_information boot;
	char no_boot_strings[2];
	struct mapped_address low;
	char no_low_strings[2];
	struct mapped_address high;
	char no_high_strings[2];
} __attribute__((packed));

enum {
	FIXED_COUNT = 7,
	SMALLEST_PROCESSOR = sizeof(struct processor) + sizeof("CPU 0") + sizeof("GenuineIntel"),
};

/* So that only the others need to be asked which is the largest. */
_Static_assert(sizeof(struct memory_device) + sizeof("DIMM 0\0QEMU\0") < SMALLEST_PROCESSOR,
	       "a structure of fixed size may be the largest");

#define HEADER(type, structure, number)                                                            \
	{                                                                                          \
		type, sizeof(structure), (type) << 8 | (number)                                    \
	}

static const struct fixed fixed = {
	.system =
		{
			.header = HEADER(TYPE_SYSTEM, struct system, 0),
			.manufacturer = 1,
			.product = 2,
			.wake_up = WAKE_UP_POWER_SWITCH,
		},
	.system_strings = "QEMU\0microvm\0",
	.chassis =
		{
			.header = HEADER(TYPE_CHASSIS, struct chassis, 0),
			.manufacturer = 1,
			.type = OTHER,
			.boot_state = UNKNOWN,
			.power_state = UNKNOWN,
			.thermal_state = UNKNOWN,
			.security = UNKNOWN,
		},
	.chassis_strings = "QEMU\0",
	.array =
		{
			.header = HEADER(TYPE_MEMORY_ARRAY, struct memory_array, 0),
			.location = OTHER,
			.use = ARRAY_SYSTEM_MEMORY,
			.correction = UNKNOWN,
			.error = NO_ERROR_HANDLE,
			.devices = 1,
		},
	.device =
		{
			.header = HEADER(TYPE_MEMORY_DEVICE, struct memory_device, 0),
			.array = TYPE_MEMORY_ARRAY << 8,
			.error = NO_ERROR_HANDLE,
			.total_width = WIDTH_UNKNOWN,
			.data_width = WIDTH_UNKNOWN,
			.form = DEVICE_DIMM,
			.locator = 1,
			.type = DEVICE_RAM,
			.detail = 1 << OTHER,
			.manufacturer = 2,
		},
	.device_strings = "DIMM 0\0QEMU\0",
	.boot = {.header = HEADER(TYPE_BOOT_INFORMATION, struct boot_information, 0)},
	.low =
		{
			.header = HEADER(TYPE_MAPPED_ADDRESS, struct mapped_address, 0),
			.array = TYPE_MEMORY_ARRAY << 8,
			.width = 1,
		},
	.high =
		{
			.header = HEADER(TYPE_MAPPED_ADDRESS, struct mapped_address, 1),
			.array = TYPE_MEMORY_ARRAY << 8,
			.width = 1,
		},
};

/* What all sockets have in common. */
struct topology {
	unsigned sockets, threads, cores; /* the last two are of a socket */
};

static void add_string(uint8_t **next, const char *string, size_t length)
{
	memcpy(*next, string, length);
	*next += length;
	*(*next)++ = '\0';
}

/* Ends a structure behind its strings. */
static void end(struct smbios_structures *all, const void *structure, uint8_t *next)
{
	*next++ = '\0';
	all->count++;
	all->largest = next - (const uint8_t *)structure > all->largest ?
			       next - (const uint8_t *)structure :
			       all->largest;
	all->size = next - all->table;
}

static void describe_bios(struct smbios_structures *all, const struct smbios_facts *facts)
{
	struct bios *s = (struct bios *)(all->table + all->size);
	uint8_t *next = (uint8_t *)(s + 1);

	*s = (struct bios){
		.header = HEADER(TYPE_BIOS, struct bios, 0),
		.vendor = 1,
		.version = 2,
		.segment = DATA_SEG,
		.date = 3,
		.rom_size = IMAGE_SIZE / SEGMENT_SIZE - 1,
		.characteristics = BIOS_ISA | BIOS_BOOT_FROM_CD | BIOS_SELECTABLE_BOOT | BIOS_EDD |
				   BIOS_SERIAL_SERVICES,
		.extension = {facts->acpi ? BIOS_EXT0_ACPI : 0,
			      BIOS_EXT1_BBS | BIOS_EXT1_VIRTUAL_MACHINE},
		.major = NO_RELEASE,
		.minor = NO_RELEASE,
		.controller_major = NO_RELEASE,
		.controller_minor = NO_RELEASE,
	};
	add_string(&next, "Petrel", strlen("Petrel"));
	add_string(&next, facts->version, min_u32(facts->version_length, VERSION_MAX));
	add_string(&next, facts->date, strlen("MM/DD/YYYY"));
	end(all, s, next);
}

/* At any address. */
typedef uint32_t __attribute__((aligned(1), may_alias)) any_word;

/* QEMU has the UUID as RFC 4122 writes it; SMBIOS wants three of its fields as numbers. */
static void read_uuid(uint8_t uuid[16])
{
	any_word *words = (any_word *)uuid;

	if (fw_cfg_read(FW_CFG_UUID, uuid, 16)) {
		memset(uuid, 0, 16); /* there is none */
		return;
	}
	words[0] = __builtin_bswap32(words[0]); /* of 32 bits, and two of 16 */
	words[1] = __builtin_bswap32(words[1] << 16 | words[1] >> 16);
}

static void set_mapping(struct mapped_address *s, uint64_t start, uint64_t end)
{
	if (end >> 10 <= ADDRESS_EXTENDED) {
		s->start = start >> 10;
		s->end = (end >> 10) - 1;
	} else {
		s->start = s->end = ADDRESS_EXTENDED;
		s->extended_start = start;
		s->extended_end = end - 1;
	}
}

static uint64_t high_memory(void)
{
	unsigned count;
	const struct memmap_entry *map = memmap_entries(&count);

	if (!count || map[count - 1].start < FOUR_GIB)
		return 0;
	return memmap_ram_from(FOUR_GIB, UINT64_MAX);
}

/* The memory is one piece, or two with a hole below 4 GiB. */
static void describe_rest(struct smbios_structures *all)
{
	struct fixed *f = (struct fixed *)(all->table + all->size);
	uint64_t high = high_memory(), size = high + memory_arena().end;

	memcpy(f, &fixed, sizeof(fixed));
	read_uuid(f->system.uuid);
	f->array.capacity = size >> 10 < CAPACITY_EXTENDED ? size >> 10 : CAPACITY_EXTENDED;
	if (f->array.capacity == CAPACITY_EXTENDED)
		f->array.extended_capacity = size;
	f->device.size = size >> 20 < SIZE_EXTENDED ? size >> 20 : SIZE_EXTENDED;
	if (f->device.size == SIZE_EXTENDED)
		f->device.extended_size = size >> 20;
	set_mapping(&f->low, 0, memory_arena().end);
	all->size += high ? sizeof(*f) : offsetof(struct fixed, high);
	all->count += high ? FIXED_COUNT : FIXED_COUNT - 1;
	if (high)
		set_mapping(&f->high, FOUR_GIB, FOUR_GIB + high);
}

/* "CPU 0"; three digits at most. */
static void add_socket_name(uint8_t **next, unsigned socket)
{
	char name[] = "CPU 000", *p = name + 4;

	if (socket >= 100)
		*p++ = '0' + socket / 100;
	if (socket >= 10)
		*p++ = '0' + socket / 10 % 10;
	*p++ = '0' + socket % 10;
	add_string(next, name, p - name);
}

/* Adds the processor's own name for itself; false if it has none. */
static bool add_brand(uint8_t **next)
{
	struct cpuid_registers brand[3] = {{0}};

	if (cpuid(CPUID_EXTENDED).eax < CPUID_BRAND + 2)
		return false;
	for (unsigned i = 0; i < ARRAY_SIZE(brand); i++)
		brand[i] = cpuid(CPUID_BRAND + i);
	brand[2].edx &= 0xffffff; /* its NUL */
	if (!(uint8_t)brand[0].eax)
		return false;
	add_string(next, (const char *)brand, strlen((const char *)brand));
	return true;
}

/* Processors are of one kind: what the first says holds for all. */
static void describe_processor(struct smbios_structures *all, const struct topology *t,
			       unsigned socket)
{
	struct processor *s = (struct processor *)(all->table + all->size);
	struct cpuid_registers first = cpuid(0), id = cpuid(1);
	uint32_t vendor[] = {first.ebx, first.edx, first.ecx};
	uint8_t *next = (uint8_t *)(s + 1);

	*s = (struct processor){
		.header = HEADER(TYPE_PROCESSOR, struct processor, socket),
		.socket = 1,
		.type = PROCESSOR_CENTRAL,
		.family = OTHER,
		.manufacturer = 2,
		.id = {id.eax, id.edx},
		.max_speed = PROCESSOR_SPEED,
		.speed = PROCESSOR_SPEED,
		.status = PROCESSOR_POPULATED,
		.upgrade = OTHER,
		.caches = {NO_CACHE, NO_CACHE, NO_CACHE},
		.cores = t->cores,
		.cores_enabled = t->cores,
		.threads = t->threads,
		.family_2 = OTHER,
	};
	if (cpuid(CPUID_LONG).edx & CPUID_LONG_EDX_LM)
		s->characteristics = PROCESSOR_64_BIT;
	add_socket_name(&next, socket);
	add_string(&next, (const char *)vendor, sizeof(vendor));
	if (add_brand(&next))
		s->version = 3;
	end(all, s, next);
}

/* SDM volume 2, CPUID: logical processors of a package; of a core, in leaf 0Bh. */
static struct topology get_topology(unsigned processors)
{
	struct cpuid_registers id = cpuid(1);
	struct topology t = {.threads = id.edx & CPUID_1_EDX_HTT ? id.ebx >> 16 & 0xff : 1};
	unsigned of_a_core = 1;

	if (cpuid(0).eax >= CPUID_TOPOLOGY)
		of_a_core = cpuid(CPUID_TOPOLOGY).ebx & 0xffff;
	if (!processors)
		processors = 1; /* a host that does not tell */
	if (!t.threads || t.threads > processors)
		t.threads = processors < 0xff ? processors : 0xff;
	t.cores = of_a_core && of_a_core <= t.threads ? t.threads / of_a_core : t.threads;
	t.sockets = min_u32((processors + t.threads - 1) / t.threads, MAX_SOCKETS);
	return t;
}

bool smbios_describe(const struct smbios_facts *facts, struct smbios_structures *all)
{
	static const struct {
		struct header header;
		char no_strings[2];
	} last = {.header = HEADER(TYPE_END, struct header, 0)};
	struct topology t = get_topology(facts->processors);

	*all = (struct smbios_structures){
		.table = memory_alloc_fseg(SIZE_BIOS + sizeof(struct fixed) +
						   t.sockets * SIZE_PROCESSOR + sizeof(last),
					   16),
	};
	if (!all->table)
		return false;
	describe_bios(all, facts);
	describe_rest(all);
	for (unsigned socket = 0; socket < t.sockets; socket++)
		describe_processor(all, &t, socket);
	memcpy(all->table + all->size, &last, sizeof(last));
	all->size += sizeof(last);
	all->count++;
	return true;
}
