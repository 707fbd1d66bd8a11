/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * Option ROMs: files that the host gives and what is in memory, with any header,
 * any chain of expansion headers, and code that changes its own image and calls the
 * POST memory manager. An input is struct header, the calls, and the ROMs' bytes.
 * Only what is inside a ROM's image is read, and only addresses inside C0000-DFFFF
 * are called.
 */
#include <sanitizer/asan_interface.h>
#include <stdlib.h>
#include <string.h>

#include "bda.h"
#include "bios/bootstrap.h"
#include "bios/pmm.h"
#include "bios/realmode.h"
#include "bios/regs.h"
#include "boot/bootorder.h"
#include "boot/candidate.h"
#include "boot/fw_cfg_kernel.h"
#include "boot/optionrom.h"
#include "entry.h"
#include "fake_fw_cfg.h"
#include "layout.h"
#include "lib/memory.h"

#pragma clang section bss = ""

enum {
	ROMS = 0xc0000,
	ROMS_SIZE = DATA_BASE - ROMS,
	FILES = 3,
	STACK = 0x7000,
	MAX_ENTRIES = 1000,
};

struct header {
	uint8_t flags;
	uint16_t sizes[FILES]; /* of the files, in 16 bytes */
	uint8_t in_memory;     /* so many KiB of the rest are there before */
} __attribute__((packed));

enum header_flags { CHECK_SUMS = 1, IS_KERNEL = 2, STRICT = 4, AGAIN = 8 };

static const struct header *header;
static const uint8_t *input;
static size_t left;
static struct candidate *entries[MAX_ENTRIES];
static unsigned entry_count;

#define must(condition)                                                                            \
	do {                                                                                       \
		if (!(condition))                                                                  \
			abort();                                                                   \
	} while (0)

const uint8_t pnp_structure[33];

static void take(void *to, size_t size)
{
	size_t have = size < left ? size : left;

	memset(to, 0, size);
	memcpy(to, input, have);
	input += have;
	left -= have;
}

static uint8_t take8(void)
{
	uint8_t value;

	take(&value, 1);
	return value;
}

/* A call of the memory manager, as entry.S passes it on. */
static void call_pmm(void)
{
	struct regs regs = {.esp = STACK};

	take(phys_ptr(STACK + 10), 12);
	pmm_call(&regs);
}

/* The ROM's code: what it does is in the input. */
bool realmode_call(struct regs *regs, uint16_t cs, uint16_t ip)
{
	uint32_t address = ((uint32_t)cs << 4) + ip;
	uint8_t what = take8();

	must(cs >= ROMS >> 4 && cs < DATA_BASE >> 4 && regs->es == ROM_SEG);
	for (unsigned i = what & 3; i; i--)
		call_pmm();
	if (what & 4) /* writes to its image, or any other */
		take(phys_ptr(ROMS + take8() * 512), take8() & 63);
	if (what & 8)
		bda()->disk_count += take8();
	if (what & 16) /* shrinks */
		*(uint8_t *)phys_ptr((address & ~0x7ff) + 2) = take8();
	if (what & 32)
		bda()->memory_kib = take8() << 2;
	regs->ax = what;
	return !(what & 64);
}

void realmode_jump(const struct regs *wanted, uint16_t cs, uint16_t ip)
{
	(void)wanted, (void)cs, (void)ip;
	abort();
}

bool display_start(void)
{
	return true;
}

uint16_t realmode_int(struct regs *regs, uint8_t vector)
{
	(void)regs, (void)vector;
	abort();
}

void bootstrap_enter(uint16_t cs, uint16_t ip, uint8_t drive)
{
	(void)cs, (void)ip, (void)drive;
	abort();
}

void candidate_add(struct candidate *entry)
{
	must(entry_count < MAX_ENTRIES && strlen(entry->name) < 64 && entry->start);
	entries[entry_count++] = entry;
}

uint32_t bootorder_place_of_path(const char *path)
{
	must(strlen(path) < 80);
	return path[5] & 1 ? BOOTORDER_UNLISTED : 3;
}

uint32_t bootorder_place_below(const struct device *device)
{
	(void)device;
	abort(); /* these ROMs are files */
}

bool bootorder_is_strict(void)
{
	return header->flags & STRICT;
}

bool fw_cfg_kernel_given(void)
{
	return header->flags & IS_KERNEL;
}

void pmm_entry(void)
{
}

static void add_files(void)
{
	static uint8_t content[UINT16_MAX * 16];
	static const char *const names[FILES] = {"vgaroms/vga.bin", "genroms/linuxboot_dma.bin",
						 "genroms/other.rom"};
	uint8_t check_sums = header->flags & CHECK_SUMS;

	fake_fw_cfg_add("etc/optionroms-checksum", &check_sums, sizeof(check_sums));
	for (unsigned i = 0; i < FILES; i++) {
		uint32_t size = header->sizes[i] * 16;
		size_t part = left / (FILES - i + 1);

		memset(content, 0, size);
		take(content, part < size ? part : size);
		fake_fw_cfg_add(names[i], content, size);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t in_memory;

	if (size < sizeof(*header))
		return 0;
	header = (const struct header *)data;
	input = data + sizeof(*header);
	left = size - sizeof(*header);
	entry_count = 0;
	fake_fw_cfg_reset();
	renew_firmware();
	memset(phys_ptr(ROMS), 0, ROMS_SIZE);
	bda()->memory_kib = EBDA_BASE >> 10;
	bda()->disk_count = 1;
	__asan_poison_memory_region(phys_ptr(DATA_BASE), 0x40); /* behind the last ROM */
	in_memory = (size_t)(header->in_memory % (ROMS_SIZE >> 10)) << 10;
	take(phys_ptr(ROMS), in_memory < left / 2 ? in_memory : left / 2);
	add_files();
	optionrom_init(NULL);
	if (header->flags & AGAIN) /* a reset leaves copies in memory */
		optionrom_init(NULL);
	for (unsigned i = 0; i < entry_count; i++)
		must(entries[i]->name[0] || entries[i]->place);
	machine_said("");
	return 0;
}
