/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * Option ROMs: which are called and how, what they offer, and under which name and at
 * which place of the boot order that stands.
 */
#include "boot/optionrom.h"

#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include "alone.h"
#include "bda.h"
#include "bios/bootstrap.h"
#include "bios/realmode.h"
#include "bios/regs.h"
#include "boot/bootorder.h"
#include "boot/candidate.h"
#include "boot/fw_cfg_kernel.h"
#include "entry.h"
#include "fake_fw_cfg.h"
#include "fw/fw_cfg_drivers.h"
#include "hw/driver.h"
#include "layout.h"
#include "lib/device.h"
#include "lib/error.h"
#include "lib/log.h"
#include "lib/memmap.h"
#include "lib/memory.h"
#include "lib/romimage.h"
#include "lib/util.h"

enum { ROMS = 0xc0000, ROMS_SIZE = 0x20000, MAX_CALLS = 20, MAX_ENTRIES = 40, STEP = 2048 };
enum { BCV = 0x100, BEV = 0x200, HEADER = 0x40, PRODUCT = 0x80, SECOND = 0x60 };

const uint8_t pnp_structure[33];

/* --- what a ROM's code does, and what it was called with ----------------------------------- */

static struct {
	uint32_t at; /* linear */
	struct regs regs;
} calls[MAX_CALLS];
static unsigned call_count;
static void (*code)(uint32_t at); /* what the next ones do */

static bool hangs; /* a ROM does not return in time */

bool realmode_call(struct regs *regs, uint16_t cs, uint16_t ip)
{
	ok(call_count < MAX_CALLS && !regs->ss && (uint16_t)regs->esp == BOOT_SECTOR);
	calls[call_count].at = (cs << 4) + ip;
	calls[call_count++].regs = *regs;
	ok(regs->bx == 0xffff && regs->dx == 0xffff);
	ok(regs->es == fseg_pointer(pnp_structure) >> 16);
	ok(regs->di == (uint16_t)fseg_pointer(pnp_structure));
	if (code)
		code((cs << 4) + ip);
	return !hangs;
}

static jmp_buf left;
static struct {
	uint16_t cs, ip, ax;
	uint8_t drive;
} jumped;

void realmode_jump(const struct regs *wanted, uint16_t cs, uint16_t ip)
{
	jumped.cs = cs;
	jumped.ip = ip;
	jumped.ax = wanted->ax;
	longjmp(left, 1);
}

void bootstrap_enter(uint16_t cs, uint16_t ip, uint8_t drive)
{
	jumped.cs = cs;
	jumped.ip = ip;
	jumped.drive = drive;
	longjmp(left, 1);
}

static unsigned display_after; /* calls */

bool display_start(void)
{
	display_after = call_count;
	return true;
}

static bool read_fails, no_signature;

uint16_t realmode_int(struct regs *regs, uint8_t vector)
{
	uint8_t *sector = phys_ptr(BOOT_SECTOR);

	ok(vector == 0x13 && regs->ax == 0x0201 && regs->cx == 1 && !regs->dh && !regs->es &&
	   regs->bx == BOOT_SECTOR && !regs->ss && (uint16_t)regs->esp == BOOT_SECTOR);
	jumped.ax = regs->dl;
	sector[510] = 0x55;
	sector[511] = no_signature ? 0 : 0xaa;
	regs->ah = 0x20;
	return read_fails ? FLAG_CF | FLAG_IF : FLAG_IF | FLAG_ZF;
}

/* --- the boot's side ------------------------------------------------------------------------- */

static struct candidate *entries[MAX_ENTRIES];
static unsigned entry_count;
static bool kernel_given, strict;
static const char *listed; /* a path that is in the boot order */

void candidate_add(struct candidate *entry)
{
	ok(entry_count < MAX_ENTRIES);
	entries[entry_count++] = entry;
}

uint32_t bootorder_place_of_path(const char *path)
{
	return listed && !strcmp(path, listed) ? 7 : BOOTORDER_UNLISTED;
}

static const struct device *listed_device;

uint32_t bootorder_place_below(const struct device *device)
{
	return device == listed_device ? 5 : BOOTORDER_UNLISTED;
}

bool bootorder_is_strict(void)
{
	return strict;
}

bool fw_cfg_kernel_given(void)
{
	return kernel_given;
}

void pmm_entry(void)
{
}

/* --- ROMs ------------------------------------------------------------------------------------- */

static uint8_t rom[0x10000];

/* The bytes add up to zero. */
static void seal(uint32_t size)
{
	uint8_t sum = 0;

	rom[size - 1] = 0;
	for (uint32_t i = 0; i < size; i++)
		sum += rom[i];
	rom[size - 1] = -sum;
}

static void make(uint32_t size)
{
	memset(rom, 0, sizeof(rom));
	memcpy(rom, "\x55\xaa", 2);
	rom[2] = size / 512;
	seal(size);
}

static void put16(unsigned at, uint16_t value)
{
	memcpy(rom + at, &value, 2);
}

static void header(unsigned at, uint16_t product, uint16_t bcv, uint16_t bev, uint16_t next)
{
	memcpy(rom + at, "$PnP\1\2", 6);
	put16(at + 6, next);
	put16(at + 0x10, product);
	put16(at + 0x16, bcv);
	put16(at + 0x1a, bev);
}

static void add(const char *name, uint32_t size)
{
	seal(rom[2] ? rom[2] * 512 : 512);
	fake_fw_cfg_add(name, rom, size);
}

static void begin(void)
{
	machine_reset();
	say("\n"); /* behind which the banner is */
	machine_said("");
	fake_fw_cfg_reset();
	memset(phys_ptr(ROMS), 0, ROMS_SIZE);
	bda()->memory_kib = EBDA_BASE >> 10;
	bda()->disk_count = 1;
	call_count = entry_count = 0;
	code = NULL;
	hangs = kernel_given = strict = read_fails = no_signature = false;
	listed = NULL;
	make(STEP);
}

/* Starts a candidate; whether that has led somewhere. */
static bool starts(struct candidate *entry)
{
	memset(&jumped, 0, sizeof(jumped));
	if (setjmp(left))
		return true;
	entry->start(entry);
	return false;
}

/* --- tests ------------------------------------------------------------------------------------ */

static void one(void)
{
	begin();
	add("genroms/a.rom", STEP);
	optionrom_init(NULL);
	ok(call_count == 1 && calls[0].at == ROMS + 3 && !calls[0].regs.ax);
	ok(!memcmp(phys_ptr(ROMS), rom, STEP) && !entry_count && machine_was_silent());
	begin();
	optionrom_init(NULL);
	ok(!call_count && machine_was_silent());
}

/* Displays first, then what is in memory, then the others. */
static void order(void)
{
	begin();
	memcpy(phys_ptr(ROMS + 0x8000), rom, STEP);
	add("genroms/a.rom", STEP);
	make(3 * 512);
	add("vgaroms/v.bin", 3 * 512);
	make(512);
	add("genroms/b.rom", 512);
	optionrom_init(NULL);
	ok(call_count == 4 && calls[0].at == ROMS + 3 && calls[1].at == ROMS + 0x8003);
	ok(calls[2].at == ROMS + STEP + 3 && calls[3].at == ROMS + 2 * STEP + 3);
	ok(display_after == 1);
	ok(machine_was_silent());
}

static void only_in_memory(void)
{
	begin();
	memcpy(phys_ptr(ROMS + 31 * STEP), rom, STEP);
	memcpy(phys_ptr(ROMS + 63 * STEP), rom, STEP);          /* the last place */
	memcpy(phys_ptr(ROMS + 5 * STEP + 512), rom, STEP / 2); /* no place for a ROM */
	optionrom_init(NULL);
	ok(call_count == 2 && calls[0].at == ROMS + 31 * STEP + 3 &&
	   calls[1].at == ROMS + 63 * STEP + 3);
}

static void damaged(void)
{
	static const char no_rom[] =
		"Option ROM genroms/a.rom: no signature (55AA), or a length that does not fit\n";

	begin();
	rom[1] = 0xab;
	add("genroms/a.rom", STEP);
	optionrom_init(NULL);
	ok(!call_count && machine_said_only(no_rom));
	begin();
	rom[2] = 0;
	add("genroms/a.rom", STEP);
	optionrom_init(NULL);
	ok(!call_count && machine_said_only(no_rom));
	begin();
	rom[10]++;
	fake_fw_cfg_add("genroms/a.rom", rom, STEP);
	optionrom_init(NULL);
	ok(!call_count && machine_said_only("Option ROM genroms/a.rom: wrong checksum\n"));
	begin(); /* the user does not mind */
	rom[10]++;
	fake_fw_cfg_add("genroms/a.rom", rom, STEP);
	fake_fw_cfg_add("etc/optionroms-checksum", "\0", 1);
	optionrom_init(NULL);
	ok(call_count == 1 && machine_was_silent());
	begin();
	rom[10]++;
	fake_fw_cfg_add("genroms/a.rom", rom, STEP);
	fake_fw_cfg_add("etc/optionroms-checksum", "\1", 1);
	optionrom_init(NULL);
	ok(!call_count && machine_said("wrong checksum"));
	begin();
	fake_fw_cfg_add("genroms/a.rom", rom, 0);
	optionrom_init(NULL);
	ok(!call_count && machine_said_only("Option ROM genroms/a.rom: no room for its 0 bytes\n"));
	begin();
	fake_fw_cfg_add("genroms/a.rom", NULL, ROMS_SIZE + 1);
	optionrom_init(NULL);
	ok(!call_count &&
	   machine_said_only("Option ROM genroms/a.rom: no room for its 131073 bytes\n"));
	begin();
	add("genroms/a.rom", STEP);
	fake_fw_cfg_read_fails = true;
	optionrom_init(NULL);
	ok(!call_count);
}

/* All of C0000-DFFFF, and not a byte more. */
static void room(void)
{
	begin();
	make(0x10000);
	rom[2] = 0x80;
	add("genroms/a.rom", 0x10000);
	make(64000); /* which counts as 64 KiB */
	add("genroms/b.rom", 64000);
	make(512);
	add("genroms/c.rom", 512);
	optionrom_init(NULL);
	ok(call_count == 2 && calls[1].at == ROMS + 0x10003);
	ok(machine_said_only("Option ROM genroms/c.rom: no room for its 512 bytes\n"));
}

static void shrink(uint32_t at)
{
	if (at == ROMS + 3)
		*(uint8_t *)phys_ptr(ROMS + 2) = 1;
}

/* A ROM that has shrunk makes room for the next one. */
static void shrinking(void)
{
	begin();
	make(8 * STEP);
	add("genroms/a.rom", 8 * STEP);
	make(512);
	add("genroms/b.rom", 512);
	code = shrink;
	optionrom_init(NULL);
	ok(call_count == 2 && calls[1].at == ROMS + STEP + 3);
}

/* A boot routine under its product's name. */
static void routines(void)
{
	begin();
	put16(0x1a, HEADER);
	header(HEADER, PRODUCT, 0, BEV, 0);
	strcpy((char *)rom + PRODUCT, "A product of ours");
	add("genroms/a.rom", STEP);
	header(HEADER, 0, 0, BEV + 1, 0); /* one without a name */
	add("genroms/b.rom", STEP);
	listed = "/rom@genroms/b.rom";
	optionrom_init(NULL);
	ok(call_count == 2 && entry_count == 2);
	ok(!strcmp(entries[0]->name, "A product of ours"));
	ok(entries[0]->place == CANDIDATE_NETWORK && !entries[0]->disk);
	ok(!strcmp(entries[1]->name, "genroms/b.rom") && entries[1]->place == 7);
	ok(starts(entries[0]) && jumped.cs == ROMS >> 4 && jumped.ip == BEV && !jumped.ax);
	ok(starts(entries[1]) && jumped.cs == (ROMS + STEP) >> 4 && jumped.ip == BEV + 1);
	ok(machine_was_silent());
}

/* Names that are no strings inside the image are not used. */
static void names(void)
{
	static const uint16_t places[] = {0xffff, STEP - 4, STEP, PRODUCT + 1, PRODUCT + 2};

	for (unsigned i = 0; i < 5; i++) {
		begin();
		put16(0x1a, HEADER);
		header(HEADER, places[i], 0, BEV, 0);
		memset(rom + PRODUCT + 2, 'x', 39); /* 39 and the NUL fit */
		memcpy(rom + STEP - 4, "abc", 3);
		for (unsigned last = 1; last; last = rom[STEP - 1] == 0) { /* not a NUL by chance */
			rom[0x300]++;
			seal(STEP);
		}
		fake_fw_cfg_add("genroms/a.rom", rom, STEP);
		optionrom_init(NULL);
		ok(entry_count == 1 && !strncmp(entries[0]->name, i == 4 ? "xxxx" : "genroms", 4));
		ok(i < 4 || strlen(entries[0]->name) == 39);
	}
	begin();
	put16(0x1a, HEADER);
	header(HEADER, PRODUCT, 0, BEV, 0);
	memset(rom + PRODUCT, 'x', 40);
	add("genroms/a.rom", STEP);
	optionrom_init(NULL);
	ok(entry_count == 1 && !strcmp(entries[0]->name, "genroms/a.rom"));
}

static uint8_t new_drives;

static void hook_drives(uint32_t at)
{
	if (at % STEP != 3)
		bda()->disk_count += new_drives;
}

static void hook_drives_at_once(uint32_t at)
{
	if (at % STEP == 3)
		bda()->disk_count += new_drives;
}

/* Drives that a ROM adds to INT 13h, by its connection vector or without asking. */
static void drives(void)
{
	begin();
	put16(0x1a, HEADER);
	header(HEADER, PRODUCT, BCV, BEV, 0); /* the connection comes before the routine */
	strcpy((char *)rom + PRODUCT, "controller");
	add("genroms/a.rom", STEP);
	new_drives = 2;
	code = hook_drives;
	optionrom_init(NULL);
	ok(call_count == 2 && calls[1].at == ROMS + BCV && calls[1].regs.ax == 4);
	ok(entry_count == 2 && !strcmp(entries[0]->name, "controller"));
	ok(entries[0]->place == CANDIDATE_DISK && entries[1]->place == CANDIDATE_DISK);
	ok(starts(entries[0]) && jumped.drive == 0x81 && !jumped.cs && jumped.ip == BOOT_SECTOR);
	ok(starts(entries[1]) && jumped.drive == 0x82 && jumped.ax == 0x82);
	ok(machine_was_silent());
	read_fails = true;
	ok(!starts(entries[0]) &&
	   machine_said_only("controller: cannot read sector 0, status 20h\n"));
	read_fails = false;
	no_signature = true;
	ok(!starts(entries[0]) &&
	   machine_said_only("controller: no boot signature (55AA) in sector 0\n"));

	begin();
	add("genroms/a.rom", STEP);
	code = hook_drives_at_once;
	new_drives = 100; /* more than anybody has */
	optionrom_init(NULL);
	ok(entry_count == 8 && !strcmp(entries[7]->name, "genroms/a.rom"));
	ok(starts(entries[7]) && jumped.drive == 0x88);
}

static void chains(void)
{
	begin();
	put16(0x1a, HEADER);
	header(HEADER, 0, 0, BEV, SECOND);
	header(SECOND, 0, 0, BEV + 4, 0);
	add("genroms/a.rom", STEP);
	optionrom_init(NULL);
	ok(entry_count == 2 && starts(entries[1]) && jumped.ip == BEV + 4);
	begin(); /* without an end */
	put16(0x1a, HEADER);
	header(HEADER, 0, 0, BEV, HEADER);
	add("genroms/a.rom", STEP);
	optionrom_init(NULL);
	ok(entry_count == 8);
	begin(); /* the last place for one, and the first that is none */
	put16(0x1a, STEP - 33);
	header(STEP - 33, 0, 0, BEV, 0);
	add("genroms/a.rom", STEP);
	optionrom_init(NULL);
	ok(entry_count == 1);
	begin();
	put16(0x1a, STEP - 31);
	header(STEP - 31, 0, 0, BEV, 0);
	add("genroms/a.rom", STEP);
	optionrom_init(NULL);
	ok(!entry_count && call_count == 1);
	begin();
	put16(0x1a, HEADER);
	header(HEADER, 0, 0, BEV, 0);
	rom[HEADER + 3] = 'Q';
	add("genroms/a.rom", STEP);
	optionrom_init(NULL);
	ok(!entry_count);
	begin(); /* neither vector */
	put16(0x1a, HEADER);
	header(HEADER, 0, 0, 0, 0);
	add("genroms/a.rom", STEP);
	optionrom_init(NULL);
	ok(!entry_count && call_count == 1);
}

static void strict_order(void)
{
	begin();
	put16(0x1a, HEADER);
	header(HEADER, 0, 0, BEV, 0);
	add("genroms/a.rom", STEP);
	strict = true;
	optionrom_init(NULL);
	ok(!entry_count);
	begin();
	put16(0x1a, HEADER);
	header(HEADER, 0, 0, BEV, 0);
	add("genroms/a.rom", STEP);
	strict = true;
	listed = "/rom@genroms/a.rom";
	optionrom_init(NULL);
	ok(entry_count == 1 && entries[0]->place == 7);
}

/* QEMU's own loaders of kernels are left out where we have started that kernel. */
static void kernel_loaders(void)
{
	static const char *const loaders[] = {
		"genroms/linuxboot.bin", "genroms/linuxboot_dma.bin", "genroms/pvh.bin",
		"genroms/multiboot.bin", "genroms/multiboot_dma.bin", "genroms/other.bin",
	};

	for (unsigned given = 0; given < 2; given++) {
		begin();
		for (unsigned i = 0; i < 6; i++)
			add(loaders[i], STEP);
		kernel_given = given;
		optionrom_init(NULL);
		ok(call_count == (given ? 1 : 6));
	}
}

static unsigned probes;

static int probe_display(const struct fw_cfg_file *file)
{
	ok(file->size == STEP);
	return probes++ ? ERR_NOMEM : 0;
}

FW_CFG_DRIVER(display) = {.file = "etc/display",
			  .size = sizeof("etc/display"),
			  .rom = "vgaroms/display.bin",
			  .probe = probe_display};

/* A ROM that does what a driver of ours does is left out. */
static void replaced(void)
{
	begin();
	fw_cfg_probe_devices();
	ok(!probes);
	add("vgaroms/display.bin", STEP);
	add("vgaroms/display.bin2", STEP);
	add("etc/display", STEP);
	optionrom_init(NULL);
	ok(call_count == 1);
	fw_cfg_probe_devices();
	ok(probes == 1 && machine_said_only(""));
	fw_cfg_probe_devices();
	ok(machine_said_only("etc/display: cannot be used, error -3\n"));
}

/* After a reset that leaves memory as it is, our copies are not taken for ROMs. */
static void again(void)
{
	begin();
	add("genroms/a.rom", STEP);
	add("genroms/b.rom", STEP);
	optionrom_init(NULL);
	ok(call_count == 2);
	fake_fw_cfg_reset();
	add("genroms/c.rom", STEP);
	optionrom_init(NULL);
	ok(call_count == 3 && calls[2].at == ROMS + 3);
	fake_fw_cfg_reset();
	optionrom_init(NULL);
	ok(call_count == 3);
	memcpy(phys_ptr(ROMS), rom, STEP);
	optionrom_init(NULL); /* somebody else's, now */
	ok(call_count == 4);
	fake_fw_cfg_reset();
	begin();
	add("genroms/a.rom", STEP);
	optionrom_init(NULL);
	ebda()->rom_copies.placed[5]++; /* a list that is damaged is not believed */
	fake_fw_cfg_reset();
	optionrom_init(NULL);
	ok(call_count == 2);
	begin();
	add("genroms/a.rom", STEP);
	optionrom_init(NULL);
	ebda()->rom_copies.mark++;
	ebda()->rom_copies.checksum--;
	fake_fw_cfg_reset();
	optionrom_init(NULL);
	ok(call_count == 2);
}

static void take_memory(uint32_t at)
{
	(void)at;
	bda()->memory_kib = 600;
}

static void taken_memory(void)
{
	begin();
	add("genroms/a.rom", STEP);
	optionrom_init(NULL);
	ok(memmap_ram_from(0, MIB) == EBDA_BASE);
	begin();
	add("genroms/a.rom", STEP);
	code = take_memory;
	optionrom_init(NULL);
	ok(memmap_ram_from(0, MIB) == 600 << 10);
}

static void copy_rom(const struct rom_image *image, void *to)
{
	memcpy(to, rom, image->size);
}

/* ROMs that devices carry: after those in memory, before other files; each is told which
 * device is its own, and stands where that does. */
static void devices(void)
{
	static const struct device first = {.name = "pci 00:03.0"},
				   second = {.name = "pci 01:00.0"};
	struct rom_image images[] = {
		{.device = &first, .address = 0x0018, .size = STEP, .copy = copy_rom},
		{.device = &second, .address = 0x0100, .size = STEP, .copy = copy_rom},
	};

	begin();
	images[0].next = &images[1];
	add("genroms/a.rom", STEP);
	put16(0x1a, HEADER);
	header(HEADER, 0, 0, BEV, 0);
	seal(STEP);
	listed_device = &second;
	optionrom_init(images);
	ok(call_count == 3 && calls[0].regs.ax == 0x0018 && calls[1].regs.ax == 0x0100);
	ok(calls[1].at == ROMS + STEP + 3 && !calls[2].regs.ax);
	ok(entry_count == 2 && entries[0]->place == CANDIDATE_NETWORK && entries[1]->place == 5);
	ok(!strcmp(entries[1]->name, "pci 01:00.0") && machine_was_silent());
}

/* Only the first image of a file counts. */
static void two_images(void)
{
	begin();
	make(512);
	rom[STEP] = 0x77;
	fake_fw_cfg_add("genroms/a.rom", rom, sizeof(rom));
	optionrom_init(NULL);
	ok(call_count == 1 && machine_was_silent() && !*(uint8_t *)phys_ptr(ROMS + STEP));
}

/* One that does not come back is named, and offers nothing. */
static void hanging(void)
{
	begin();
	put16(0x1a, HEADER);
	header(HEADER, 0, 0, BEV, 0);
	add("genroms/a.rom", STEP);
	hangs = true;
	optionrom_init(NULL);
	ok(call_count == 1 && !entry_count);
	ok(machine_said_only("Option ROM genroms/a.rom: has not returned within 60 s, given up\n"));
}

static void no_memory(void)
{
	begin();
	put16(0x1a, HEADER);
	header(HEADER, 0, 0, BEV, 0);
	add("genroms/a.rom", STEP);
	while (memory_alloc_raw(16, 1))
		;
	while (memory_alloc_raw(1, 1))
		;
	optionrom_init(NULL);
	ok(!entry_count &&
	   machine_said("Option ROM genroms/a.rom: no memory left to boot from it\n"));
	begin();
	add("genroms/a.rom", STEP);
	new_drives = 2;
	code = hook_drives_at_once;
	while (memory_alloc_raw(16, 1))
		;
	while (memory_alloc_raw(1, 1))
		;
	optionrom_init(NULL);
	ok(!entry_count && machine_said_once("no memory left to boot from it\n"));
}

int main(void)
{
	static void (*const parts[])(void) = {
		one,          order,          only_in_memory, damaged, room,
		shrinking,    routines,       names,          drives,  chains,
		strict_order, kernel_loaders, replaced,       again,   taken_memory,
		no_memory,    devices,        two_images,     hanging,
	};

	for (unsigned i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		alone(parts[i]);
	return done();
}
