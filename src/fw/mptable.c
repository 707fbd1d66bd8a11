/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * The multiprocessor table: without ACPI (acpi=off, of the machine or of Linux) it is the
 * only thing that tells a system of other processors and of the I/O APICs. The processors
 * are those that have started (entry.S notes their APIC ids), the I/O APICs are where QEMU
 * has them. ISA interrupts are wired to the first one, pin by
 * pin; but the timer's is at the cascade's pin. The PIC's output is local interrupt 0.
 *
 * Specification: Intel MultiProcessor Specification 1.4, chapter 4 "MP Configuration
 * Table"; for the wiring QEMU, hw/i386/microvm.c and hw/intc/ioapic.c.
 */
#include "fw/mptable.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "entry.h"
#include "fw/acpi.h"
#include "hw/io.h"
#include "lib/checksum.h"
#include "lib/log.h"
#include "lib/memory.h"
#include "lib/util.h"

/* 4.1 */
struct floating_pointer {
	char signature[4]; /* "_MP_" */
	uint32_t table;
	uint8_t length; /* in paragraphs */
	uint8_t revision, checksum;
	uint8_t features[5]; /* all 0: there is a table, and it is used as it stands */
} __attribute__((packed));

/* 4.2 */
struct header {
	char signature[4]; /* "PCMP" */
	uint16_t length;
	uint8_t revision, checksum;
	char oem[8], product[12];
	uint32_t oem_table;
	uint16_t oem_size, entries;
	uint32_t local_apic;
	uint16_t extended_length;
	uint8_t extended_checksum, reserved;
} __attribute__((packed));

/* 4.3.1 */
struct processor {
	uint8_t type, apic_id, apic_version, flags;
	uint32_t signature, features;
	uint32_t reserved[2];
} __attribute__((packed));

/* 4.3.2 */
struct bus {
	uint8_t type, id;
	char name[6];
} __attribute__((packed));

/* 4.3.3 */
struct io_apic {
	uint8_t type, id, version, flags;
	uint32_t address;
} __attribute__((packed));

/* 4.3.4 and 4.3.5: of an I/O APIC, or of all local ones */
struct interrupt {
	uint8_t type, kind;
	uint16_t flags; /* 0: as the bus has it; ISA's are edges, active high */
	uint8_t bus, irq;
	uint8_t apic_id, pin;
} __attribute__((packed));

_Static_assert(sizeof(struct floating_pointer) == 16, "MP 4.1");
_Static_assert(sizeof(struct header) == 44, "MP 4.2");
_Static_assert(sizeof(struct processor) == 20, "MP 4.3.1");
_Static_assert(sizeof(struct bus) == 8 && sizeof(struct io_apic) == 8, "MP 4.3.2");
_Static_assert(sizeof(struct interrupt) == 8, "MP 4.3.4");

#define LOCAL_APIC     0xfee00000u
#define FIRST_IO_APIC  0xfec00000u
#define SECOND_IO_APIC 0xfec10000u

enum {
	REVISION_1_4 = 4,

	PROCESSOR = 0,
	BUS = 1,
	IO_APIC = 2,
	IO_INTERRUPT = 3,
	LOCAL_INTERRUPT = 4,

	ENABLED = 1 << 0, /* of processors and I/O APICs */
	BOOT_PROCESSOR = 1 << 1,
	LOCAL_APIC_VERSION = 0x14, /* of QEMU's and of KVM's */
	ALL_LOCAL_APICS = 255,

	INTERRUPT_INT = 0,
	INTERRUPT_NMI = 1,
	INTERRUPT_EXTINT = 3,
	IO_APICS_MAX = 2,
	IO_APIC_VERSION = 0x11,
	IO_SELECT = 0x00, /* two registers in memory, by which there are others: */
	IO_WINDOW = 0x10,
	IO_REGISTER_VERSION = 1,

	CPUID_1_EDX_APIC = 1 << 9,
};

static bool made;

/* Where the next entry goes. */
struct writer {
	struct header *header;
	uint8_t *next;
};

static void *add(struct writer *w, uint32_t size)
{
	void *entry = w->next;

	w->next += size;
	w->header->entries++;
	return entry;
}

static void add_processor(struct writer *w, const struct cpuid_registers *first, unsigned id)
{
	/* All are of one kind, which is what the first is. */
	*(struct processor *)add(w, sizeof(struct processor)) = (struct processor){
		.type = PROCESSOR,
		.apic_id = id,
		.apic_version = LOCAL_APIC_VERSION,
		.flags = id == first->ebx >> 24 ? ENABLED | BOOT_PROCESSOR : ENABLED,
		.signature = first->eax,
		.features = first->edx,
	};
}

static void add_processors(struct writer *w, const struct cpuid_registers *first)
{
	for (unsigned word = 0; word < ARRAY_SIZE(smp_apic_ids); word++)
		for (uint32_t ids = smp_apic_ids[word]; ids; ids &= ids - 1)
			add_processor(w, first, word * 32 + __builtin_ctz(ids));
}

static void add_io_apic(struct writer *w, unsigned id, uint32_t address)
{
	*(struct io_apic *)add(w, sizeof(struct io_apic)) = (struct io_apic){
		.type = IO_APIC,
		.id = id,
		.version = IO_APIC_VERSION,
		.flags = ENABLED,
		.address = address,
	};
}

/* Every microvm has the first. The second only comes together with ACPI tables. */
static void add_io_apics(struct writer *w)
{
	add_io_apic(w, 0, FIRST_IO_APIC);
	if (!acpi_rsdp())
		return;
	writel(SECOND_IO_APIC + IO_SELECT, IO_REGISTER_VERSION);
	if (readl(SECOND_IO_APIC + IO_WINDOW) + 1 > 1) /* neither 0 nor all bits set */
		add_io_apic(w, 1, SECOND_IO_APIC);
}

#define ISA_TO(number, to)                                                                         \
	{                                                                                          \
		.type = IO_INTERRUPT, .kind = INTERRUPT_INT, .irq = number, .pin = to              \
	}
#define ISA(number) ISA_TO(number, number)
#define LOCAL(what, to)                                                                            \
	{                                                                                          \
		.type = LOCAL_INTERRUPT, .kind = what, .apic_id = ALL_LOCAL_APICS, .pin = to       \
	}

/* IRQ 2 is the second PIC's, and no device has it. */
static const struct interrupt interrupts[] = {
	ISA_TO(0, 2),
	ISA(1),
	ISA(3),
	ISA(4),
	ISA(5),
	ISA(6),
	ISA(7),
	ISA(8),
	ISA(9),
	ISA(10),
	ISA(11),
	ISA(12),
	ISA(13),
	ISA(14),
	ISA(15),
	LOCAL(INTERRUPT_EXTINT, 0),
	LOCAL(INTERRUPT_NMI, 1),
};

static unsigned count_processors(void)
{
	unsigned count = 0;

	for (unsigned word = 0; word < ARRAY_SIZE(smp_apic_ids); word++)
		for (uint32_t ids = smp_apic_ids[word]; ids; ids &= ids - 1)
			count++;
	return count;
}

static uint32_t size_at_most(void)
{
	return sizeof(struct header) + count_processors() * sizeof(struct processor) +
	       sizeof(struct bus) + IO_APICS_MAX * sizeof(struct io_apic) + sizeof(interrupts);
}

static const struct header empty = {
	.signature = "PCMP",
	.revision = REVISION_1_4,
	.oem = "QEMU    ",
	.product = "microvm     ",
	.local_apic = LOCAL_APIC,
};

static void finish(struct writer *w, struct floating_pointer *pointer)
{
	struct header *header = w->header;

	header->length = w->next - (uint8_t *)header;
	header->checksum -= checksum_bytes(header, header->length);
	*pointer = (struct floating_pointer){
		.signature = "_MP_",
		.table = ptr_phys(header),
		.length = sizeof(*pointer) / 16,
		.revision = REVISION_1_4,
	};
	pointer->checksum -= checksum_bytes(pointer, sizeof(*pointer));
}

void mptable_make(void)
{
	const struct cpuid_registers first = cpuid(1);
	struct floating_pointer *pointer;
	struct writer w;

	if (made || !(first.edx & CPUID_1_EDX_APIC))
		return;
	made = true;
	smp_apic_ids[first.ebx >> 24 >> 5] |= 1u << (first.ebx >> 24 & 31);
	smp_apic_ids[ALL_LOCAL_APICS / 32] &= ~(1u << ALL_LOCAL_APICS % 32); /* nobody's id */
	pointer = memory_alloc_fseg(sizeof(*pointer), 16);
	w.header = memory_alloc_fseg(size_at_most(), 16);
	if (!pointer || !w.header) {
		log_line(LOG_INFO, "no room for an MP table");
		return;
	}
	*w.header = empty;
	w.next = (uint8_t *)(w.header + 1);
	add_processors(&w, &first);
	*(struct bus *)add(&w, sizeof(struct bus)) = (struct bus){.type = BUS, .name = "ISA   "};
	add_io_apics(&w);
	memcpy(w.next, interrupts, sizeof(interrupts));
	w.next += sizeof(interrupts);
	w.header->entries += ARRAY_SIZE(interrupts);
	finish(&w, pointer);
}
