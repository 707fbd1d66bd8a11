/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * Option ROMs: the host's files vgaroms/ and genroms/ and the images that devices carry
 * are put at C0000-DFFFF, and what is there in steps of 2 KiB is verified and initialised. A ROM with a Plug
 * and Play header can offer a bootstrap entry (BEV), which is a candidate of its
 * own, and a boot connection (BCV), which adds drives to INT 13h; so do ROMs that
 * hook INT 13h without asking. Each such drive becomes a candidate too.
 *
 * Specifications: Plug and Play BIOS Specification 1.0A, 3 "Option ROM Support";
 * BIOS Boot Specification 1.01, 3 "IPL Devices and Boot Connection".
 */
#include "boot/optionrom.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "bda.h"
#include "bios/bootstrap.h"
#include "bios/display.h"
#include "bios/drive.h"
#include "bios/int13_common.h"
#include "bios/pmm.h"
#include "bios/realmode.h"
#include "block/mbr.h"
#include "boot/bootorder.h"
#include "boot/candidate.h"
#include "boot/fw_cfg_kernel.h"
#include "fw/fw_cfg.h"
#include "fw/fw_cfg_drivers.h"
#include "layout.h"
#include "lib/checksum.h"
#include "lib/device.h"
#include "lib/format.h"
#include "lib/log.h"
#include "lib/memmap.h"
#include "lib/memory.h"
#include "lib/romimage.h"
#include "lib/section.h"
#include "lib/util.h"

enum {
	ROMS_START = ROMS_BASE,
	ROMS_END = DATA_BASE,
	STEP = 2 << 10,
	STEPS = (ROMS_END - ROMS_START) / STEP,
	BLOCK = 512, /* the unit of a ROM's length */

	SIGNATURE = 0xaa55,
	INIT_OFFSET = 3,
	NONE = 0xffff,        /* BX and DX: no ISA Plug and Play card */
	CONNECT_IPL = 1 << 2, /* AX for a BCV: hook INT 13h */
	MAX_HEADERS = 8,      /* of a ROM's chain */
	NAME_SIZE = 40,
	MAX_NEW_DRIVES = 8, /* of one ROM */
};

struct rom {
	uint16_t signature;
	uint8_t blocks;
	uint8_t entry[23];
	uint16_t header; /* 1A: offset of the first expansion header */
} __attribute__((packed));

/* Where a ROM comes from. */
struct rom_source {
	const char *name;            /* for messages; of a file, its name */
	const struct device *device; /* that carries it; NULL: a file, or memory */
	uint16_t address;            /* of the device on its bus */
};

struct expansion_header {
	char signature[4]; /* "$PnP" */
	uint8_t revision;
	uint8_t paragraphs;
	uint16_t next;
	uint8_t reserved, checksum;
	uint32_t device;
	uint16_t manufacturer, product;
	uint8_t type[3];
	uint8_t indicators;
	uint16_t bcv, disconnect, bev;
	uint16_t reserved_1c;
	uint16_t resources;
} __attribute__((packed));

_Static_assert(offsetof(struct rom, header) == 0x1a, "option ROM header");
_Static_assert(sizeof(struct expansion_header) == 32, "expansion header");

/* A candidate that a ROM offers: a routine, or a drive of INT 13h. */
struct rom_entry {
	struct candidate boot; /* first, so that it can be found from this */
	char name[NAME_SIZE];
	uint16_t segment, offset; /* the BEV; an offset of 0: a drive */
	uint8_t drive;
};

static bool verify_checksums; /* unless etc/optionroms-checksum is 0 */
/* The ROMs that have been initialised, by the step where they start. */
static bool initialised[STEPS] NOINIT;

_Static_assert(STEPS == sizeof(((struct rom_copies *)0)->placed), "EBDA layout");

/* "RMop", in front of the list of copies. */
#define COPIES_MARK 0x706f4d52

static uint32_t rom_size(uint32_t address)
{
	const struct rom *rom = phys_ptr(address);

	if (rom->signature != SIGNATURE || rom->blocks * BLOCK > ROMS_END - address)
		return 0;
	return rom->blocks * BLOCK;
}

static bool rom_valid(uint32_t address, const char *name)
{
	uint32_t size = rom_size(address);

	if (!size)
		say("Option ROM %s: no signature (55AA), or a length that does not fit\n", name);
	else if (verify_checksums && checksum_bytes(phys_ptr(address), size))
		say("Option ROM %s: wrong checksum\n", name);
	else
		return true;
	return false;
}

/* --- calling ROMs --------------------------------------------------------- */

static struct regs rom_registers(uint16_t ax)
{
	struct regs regs = {.ss = 0, .esp = BOOT_SECTOR};

	regs.ax = ax;
	regs.bx = regs.dx = NONE;
	regs.es = fseg_pointer(pnp_structure) >> 16;
	regs.di = fseg_pointer(pnp_structure);
	return regs;
}

/* False, and says so, if the ROM does not come back. One that hangs with interrupts off is
 * beyond help; the line before its call is then the log's last one. */
static bool rom_call(uint32_t address, uint16_t offset, uint16_t ax, const char *name)
{
	struct regs regs = rom_registers(ax);

	if (realmode_call(&regs, address >> 4, offset))
		return true;
	say("Option ROM %s: has not returned within %u s, given up\n", name, REALMODE_CALL_SECONDS);
	return false;
}

/* --- what can be booted --------------------------------------------------- */

static void optionrom_start_routine(struct candidate *boot)
{
	struct rom_entry *entry = (struct rom_entry *)boot;
	struct regs regs = rom_registers(0);

	log_line(LOG_INFO, "%s: starting at %04x:%04x", boot->name, entry->segment, entry->offset);
	realmode_jump(&regs, entry->segment, entry->offset);
}

/* The sector comes by the interrupt, since it is the ROM that can read it. */
static void optionrom_start_drive(struct candidate *boot)
{
	struct rom_entry *entry = (struct rom_entry *)boot;
	uint8_t *sector = phys_ptr(BOOT_SECTOR);
	struct regs regs = {.ss = 0, .esp = BOOT_SECTOR};

	regs.ah = INT13_READ;
	regs.al = 1; /* sector: that of cylinder 0, head 0, sector 1 */
	regs.cx = 1;
	regs.dl = entry->drive;
	regs.bx = BOOT_SECTOR;
	if (realmode_int(&regs, 0x13) & FLAG_CF)
		say("%s: cannot read sector 0, status %02xh\n", boot->name, regs.ah);
	else if (mbr_signature(sector) != MBR_SIGNATURE_VALUE)
		say("%s: no boot signature (55AA) in sector 0\n", boot->name);
	else
		bootstrap_enter(0, BOOT_SECTOR, entry->drive);
}

static uint32_t place_of(const struct rom_source *source)
{
	char path[FW_CFG_NAME_SIZE + 8];

	if (source->device)
		return bootorder_place_below(source->device);
	format(path, sizeof(path), "/rom@%s", source->name);
	return bootorder_place_of_path(path);
}

/* A new candidate; the caller says what it is. NULL if there is no memory. */
static struct rom_entry *add_entry(const char *name, const struct rom_source *source,
				   uint32_t class)
{
	struct rom_entry *entry = memory_alloc(sizeof(*entry), 4);

	if (!entry) {
		say("Option ROM %s: no memory left to boot from it\n", name);
		return NULL;
	}
	format(entry->name, sizeof(entry->name), "%s", name);
	entry->boot.name = entry->name;
	entry->boot.place = place_of(source);
	if (entry->boot.place == BOOTORDER_UNLISTED) {
		if (bootorder_is_strict())
			return NULL;
		entry->boot.place = class;
	}
	return entry;
}

static void add_routine(uint32_t address, uint16_t offset, const char *name,
			const struct rom_source *source)
{
	struct rom_entry *entry = add_entry(name, source, CANDIDATE_NETWORK);

	if (!entry)
		return;
	entry->segment = address >> 4;
	entry->offset = offset;
	entry->boot.start = optionrom_start_routine;
	candidate_add(&entry->boot);
}

/* Adds the drives that have appeared since there were `before`. */
static void add_drives(uint8_t before, const char *name, const struct rom_source *source)
{
	uint8_t now = bda()->disk_count;

	for (uint8_t i = before; i < now && i < before + MAX_NEW_DRIVES; i++) {
		struct rom_entry *entry = add_entry(name, source, CANDIDATE_DISK);

		if (!entry)
			return;
		entry->drive = DRIVE_HARD + i;
		entry->boot.start = optionrom_start_drive;
		candidate_add(&entry->boot);
	}
}

/* --- one ROM -------------------------------------------------------------- */

/* A ROM's string; NULL if it is not wholly inside. */
static const char *rom_string(uint32_t address, uint16_t offset)
{
	const char *string = phys_ptr(address + offset);
	uint32_t size = rom_size(address);

	for (uint32_t i = 0; offset && offset + i < size && i < NAME_SIZE; i++)
		if (!string[i])
			return i ? string : NULL;
	return NULL;
}

/* Offers what the Plug and Play headers name. Their checksums are not looked at:
 * QEMU's own ROMs leave them out. */
static void read_headers(uint32_t address, const struct rom_source *source)
{
	uint16_t offset = ((const struct rom *)phys_ptr(address))->header;

	for (unsigned n = 0; n < MAX_HEADERS && offset; n++) {
		const struct expansion_header *h = phys_ptr(address + offset);
		uint8_t drives = bda()->disk_count;
		const char *name;

		if (offset + sizeof(*h) > rom_size(address) || memcmp(h->signature, "$PnP", 4))
			return;
		name = rom_string(address, h->product);
		if (h->bcv) {
			if (rom_call(address, h->bcv, CONNECT_IPL, source->name))
				add_drives(drives, name ? name : source->name, source);
		} else if (h->bev) {
			add_routine(address, h->bev, name ? name : source->name, source);
		}
		offset = h->next;
	}
}

static void initialise_rom(uint32_t address, const struct rom_source *source)
{
	uint8_t drives = bda()->disk_count;

	initialised[(address - ROMS_START) / STEP] = true;
	if (!rom_valid(address, source->name))
		return;
	log_line(LOG_INFO, "option ROM %s at %x, %u bytes", source->name, address,
		 rom_size(address));
	if (!rom_call(address, INIT_OFFSET, source->address, source->name))
		return;
	add_drives(drives, source->name, source);
	read_headers(address, source);
}

/* --- all ROMs ------------------------------------------------------------- */

/* Free space for a ROM; 0 if there is none. One that has shrunk is counted as it
 * now is. */
static uint32_t find_room(uint32_t size)
{
	uint32_t start = ROMS_START, address = ROMS_START;

	while (address < ROMS_END) {
		uint32_t there = rom_size(address);

		address += there ? align_up(there, STEP) : STEP;
		if (there)
			start = address;
		else if (address - start >= size)
			return start;
	}
	return 0;
}

/* Where a kernel is given, QEMU adds a ROM that would load it, which fw_cfg_kernel.c has
 * tried already. */
static bool is_kernel_loader(const char *name)
{
	static const char *const loaders[] = {
		"genroms/linuxboot.bin", "genroms/linuxboot_dma.bin", "genroms/pvh.bin",
		"genroms/multiboot.bin", "genroms/multiboot_dma.bin",
	};

	for (size_t i = 0; i < ARRAY_SIZE(loaders); i++)
		if (!strcmp(name, loaders[i]))
			return fw_cfg_kernel_given();
	return false;
}

/* Room for a ROM's copy, which is noted, so that the next POST can forget it; 0, which is
 * said, if there is none. */
static uint32_t make_room(const char *name, uint32_t size)
{
	uint32_t address = size ? find_room(align_up(size, STEP)) : 0;

	if (address)
		ebda()->rom_copies.placed[(address - ROMS_START) / STEP] = true;
	else
		say("Option ROM %s: no room for its %u bytes\n", name, size);
	return address;
}

/* The length of a file's first image: behind it there may be others, for EFI, say, as in
 * the ROMs of QEMU's network cards, which rombar=0 makes files of. */
static uint32_t image_size(const struct fw_cfg_file *file)
{
	struct rom *rom = memory_alloc_scratch(sizeof(*rom), 4);

	if (!rom || fw_cfg_read(file->key, rom, sizeof(*rom)) || rom->signature != SIGNATURE)
		return file->size;
	return rom->blocks ? min_u32(file->size, rom->blocks * BLOCK) : file->size;
}

static void run_file(const struct fw_cfg_file *file)
{
	const struct rom_source source = {.name = file->name};
	uint32_t address, size;

	if (is_kernel_loader(file->name) || fw_cfg_replaces_rom(file->name))
		return;
	size = image_size(file);
	address = make_room(file->name, size);
	if (address && !fw_cfg_read(file->key, phys_ptr(address), align_up(size, STEP)))
		initialise_rom(address, &source);
}

static void run_image(const struct rom_image *image)
{
	const struct rom_source source = {
		.name = image->device->name, .device = image->device, .address = image->address};
	uint32_t address = make_room(source.name, image->size);

	if (!address)
		return;
	image->copy(image, phys_ptr(address));
	initialise_rom(address, &source);
}

static void run_files(const char *prefix)
{
	const struct fw_cfg_file *file = NULL;

	while ((file = fw_cfg_next(file, prefix)))
		run_file(file);
}

/* Initialises what was in memory before us. */
static void run_memory(void)
{
	char name[16];
	const struct rom_source source = {.name = name};

	for (uint32_t address = ROMS_START; address < ROMS_END;) {
		uint32_t size = rom_size(address);

		if (size && !initialised[(address - ROMS_START) / STEP]) {
			format(name, sizeof(name), "at %x", address);
			initialise_rom(address, &source);
			size = rom_size(address);
		}
		address += size ? align_up(size, STEP) : STEP;
	}
}

/* Forgets the copies that the last POST has made: after a reset, memory still has them. */
static void forget_copies(void)
{
	struct rom_copies *copies = &ebda()->rom_copies;

	if (copies->mark == COPIES_MARK && !checksum_bytes(copies, sizeof(*copies)))
		for (unsigned i = 0; i < STEPS; i++)
			if (copies->placed[i])
				memset(phys_ptr(ROMS_START + i * STEP), 0, sizeof(uint16_t));
	memset(copies, 0, sizeof(*copies));
}

static void note_copies(void)
{
	struct rom_copies *copies = &ebda()->rom_copies;

	copies->mark = COPIES_MARK;
	copies->checksum = -checksum_bytes(copies, sizeof(*copies));
}

static bool any_rom(void)
{
	for (uint32_t address = ROMS_START; address < ROMS_END; address += STEP)
		if (*(uint16_t *)phys_ptr(address) == SIGNATURE)
			return true;
	return fw_cfg_next(NULL, "vgaroms/") || fw_cfg_next(NULL, "genroms/");
}

/* What ROMs have taken from the top of conventional memory is not the OS's. */
static void reserve_taken_memory(void)
{
	uint32_t end = bda()->memory_kib << 10;

	if (end < EBDA_BASE)
		memmap_set(end, EBDA_BASE - end, MEMMAP_RESERVED);
}

bool optionrom_init(const struct rom_image *images)
{
	uint64_t enforce;
	bool shows = true;

	if (!images && !any_rom())
		return true;
	forget_copies();
	memset(initialised, 0, sizeof(initialised));
	verify_checksums = fw_cfg_integer("etc/optionroms-checksum", &enforce) || enforce;
	pmm_init(!fw_cfg_kernel_given()); /* an ELF kernel is above 1 MiB since the reset */
	if (fw_cfg_has_display_rom()) {
		run_files("vgaroms/");
		shows = display_start();
	}
	run_memory();
	for (; images; images = images->next)
		run_image(images);
	run_files("genroms/");
	pmm_end();
	reserve_taken_memory();
	note_copies();
	return shows;
}
