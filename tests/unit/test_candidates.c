/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * What is booted, in which order and as which drive, and what is said of what cannot be.
 * A boot sector that is entered is noted; it may give up by INT 18h.
 */
#include "boot/boot.h"

#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include "alone.h"
#include "bda.h"
#include "bios/bootstrap.h"
#include "bios/drive.h"
#include "bios/eltorito.h"
#include "bios/idle.h"
#include "bios/realmode.h"
#include "bios/tick.h"
#include "block/disks.h"
#include "boot/bootorder.h"
#include "boot/candidate.h"
#include "boot/direct.h"
#include "boot/entry.h"
#include "boot/menu.h"
#include "fake_disk.h"
#include "fake_fw_cfg.h"
#include "layout.h"
#include "lib/device.h"
#include "lib/error.h"

enum { DISKS = 6, MAX_STARTED = 16 };

/* --- what a boot leans on --------------------------------------------------------------- */

static jmp_buf ended;
static enum { NOTHING, ENTERED, IDLE, HOOKED } end;
static uint8_t entered_drive;
static uint32_t idle_ms;
static const char *booting;
static int eltorito_result;
static struct disk *eltorito_tried;
static unsigned emulations_ended;
static bool hook_18;
static struct candidate *menu_choice, *menu_offered;
static struct entry *menu_entry;

void bootstrap_name(const char *name)
{
	booting = name;
}

void bootstrap_enter(uint16_t cs, uint16_t ip, uint8_t drive)
{
	ok(!cs && ip == BOOT_SECTOR);
	entered_drive = drive;
	end = ENTERED;
	longjmp(ended, 1);
}

void idle_start(uint32_t milliseconds)
{
	idle_ms = milliseconds;
	end = IDLE;
	longjmp(ended, 1);
}

int eltorito_boot(struct disk *cd)
{
	eltorito_tried = cd;
	if (!eltorito_result) {
		entered_drive = drive_first(cd->kind);
		end = ENTERED;
		longjmp(ended, 1);
	}
	return eltorito_result;
}

void eltorito_end_emulation(void)
{
	emulations_ended++;
}

void realmode_enter_hook(uint8_t vector)
{
	ok(vector == 0x18);
	if (!hook_18)
		return;
	end = HOOKED;
	longjmp(ended, 1);
}

void realmode_reset_stack(void)
{
}

void tick_resume(void)
{
}

bool menu_choose(struct candidate *first, struct menu_choice *choice)
{
	menu_offered = first;
	*choice = (struct menu_choice){menu_choice, menu_entry, NULL};
	return menu_choice;
}

/* --- entries of disks ------------------------------------------------------------------ */

/* What was started, in order: 'a' the chosen entry of a disk and those behind it, 'n' the
 * named one, 'm' the menu's. */
static char started[MAX_STARTED];
static struct entry entry;
static struct entry_list entries;
static const struct disk *with_entries, *with_named;
static bool entries_first;
static const char *named;
static unsigned count_downs, forgotten;

static void note(char what)
{
	started[strlen(started)] = what;
}

void direct_init(void)
{
}

bool direct_is_first(void)
{
	return entries_first;
}

const char *direct_wanted(void)
{
	return named;
}

void direct_forget(void)
{
	forgotten++;
}

struct entry_list *direct_entries(struct disk *disk)
{
	return disk == with_entries ? &entries : NULL;
}

struct entry *direct_find_wanted(struct disk *disk)
{
	return disk == with_named ? &entry : NULL;
}

uint32_t direct_wait_ms(const struct entry_list *list)
{
	return list->timeout_ms;
}

char *direct_command_line(struct disk *disk, const struct entry *of)
{
	static char line[] = "line";

	(void)disk;
	ok(of == &entry);
	return line;
}

void direct_start(const struct entry *of, const char *line)
{
	ok(of == &entry && !strcmp(line, "line"));
	note(count_downs || menu_entry ? 'm' : 'n');
}

void direct_start_disk(struct disk *disk)
{
	ok(disk == with_entries);
	note('a');
}

bool menu_count_down(struct candidate *first, struct entry *of, uint32_t wait_ms,
		     struct menu_choice *choice)
{
	ok(first == candidate_first() && of == &entry && wait_ms == entries.timeout_ms);
	*choice = (struct menu_choice){menu_choice, menu_entry, NULL};
	return menu_choice && !count_downs++;
}

/* --- the machine --------------------------------------------------------------------------- */

static struct fake_disk disks[DISKS];
static uint8_t sectors[DISKS][512];
static unsigned disk_count;

static void begin(void)
{
	machine_reset();
	machine_end_of_post();
	fake_fw_cfg_reset();
	memset(bda(), 0, sizeof(struct bda));
	end = NOTHING;
	eltorito_result = ERR_NOENT;
}

/* A disk that boots. */
static struct disk *add(enum disk_kind kind, uint64_t blocks)
{
	unsigned n = disk_count++;
	struct fake_disk *fake = &disks[n];

	fake_disk_init(fake, blocks, kind == DISK_CD ? 2048 : 512);
	fake->disk.kind = kind;
	fake->device.address = n;
	snprintf(fake->device.name, sizeof(fake->device.name), "disk-%u", n);
	memset(sectors[n], 0, sizeof(sectors[n]));
	sectors[n][0] = 0xfa;
	sectors[n][510] = 0x55;
	sectors[n][511] = 0xaa;
	if (kind != DISK_CD)
		fake->special = sectors[n];
	ok(!disk_register(&fake->disk));
	return &fake->disk;
}

static struct disk *hard(void)
{
	return add(DISK_HARD, 100000);
}

static void order(const char *text)
{
	fake_fw_cfg_add("bootorder", text, strlen(text));
}

static void call(void (*start)(void))
{
	end = NOTHING;
	if (!setjmp(ended))
		start();
}

static void give_up(void)
{
	boot_int18(NULL);
}

static void int19(void)
{
	boot_int19(NULL);
}

/* What is entered next is this disk, as the first of its kind. */
static bool enters(void (*start)(void), const struct disk *disk)
{
	call(start);
	return end == ENTERED && !strcmp(booting, disk_name(disk)) &&
	       drive_disk(entered_drive) == disk && entered_drive == drive_first(disk->kind) &&
	       !memcmp(phys_ptr(BOOT_SECTOR), sectors[disk->device->address], 512);
}

static bool gives_up(void (*start)(void))
{
	call(start);
	return end == IDLE;
}

/* --- the list of candidates ------------------------------------------------------------- */

static void list(void)
{
	static const uint32_t places[] = {
		CANDIDATE_DISK, 3, CANDIDATE_NETWORK, CANDIDATE_CD, CANDIDATE_DISK, 0, 3};
	static const unsigned sorted[] = {5, 1, 6, 0, 4, 3, 2};
	static struct candidate candidates[7];
	const struct candidate *candidate;

	ok(!candidate_first());
	for (unsigned i = 0; i < 7; i++) {
		candidates[i].place = places[i];
		candidate_add(&candidates[i]);
	}
	candidate = candidate_first();
	for (unsigned i = 0; i < 7; i++, candidate = candidate->next)
		ok(candidate == &candidates[sorted[i]]);
	ok(!candidate);
}

/* --- order and numbers ------------------------------------------------------------------------ */

/* Disks, then CDs; a diskette is a disk. */
static void usual_order(void)
{
	struct disk *cd, *first, *floppy, *second;

	begin();
	cd = add(DISK_CD, 5000);
	first = hard();
	floppy = add(DISK_HARD, 2880);
	second = hard();
	boot_init();
	ok(drive_disk(0x80) == first && drive_disk(0x81) == second && drive_disk(0) == floppy);
	ok(drive_disk(0xe0) == cd && bda()->disk_count == 2);
	ok(enters(boot_start, first) && drive_disk(0x81) == second);
	ok(enters(give_up, floppy) && entered_drive == 0);
	ok(enters(give_up, second) && drive_disk(0x81) == first);
	ok(machine_said("disk-1: its boot sector gave up (INT 18h)\n"
			"disk-2: its boot sector gave up (INT 18h)\n"));
	ok(gives_up(give_up) && eltorito_tried == cd);
	ok(machine_said("disk-0: no boot record (El Torito) on the CD\n"
			"No bootable device: tried disk-1, disk-2, disk-3, disk-0\n"));
	ok(idle_ms == IDLE_FOR_EVER && emulations_ended == 4);
	ok(enters(int19, first) && drive_disk(0x80) == first); /* all over again */
}

static void users_order(void)
{
	struct disk *cd, *first, *second, *third;

	begin();
	first = hard();
	second = hard();
	third = hard();
	cd = add(DISK_CD, 5000);
	order("/fake@3\n/fake@2\n/fake@77");
	boot_init();
	ok(drive_disk(0x80) == third && drive_disk(0x81) == first && drive_disk(0x82) == second);
	ok(gives_up(boot_start) == false && eltorito_tried == cd && end == ENTERED);
	ok(!strcmp(booting, "disk-2"));
	ok(enters(give_up, first) && enters(give_up, second));
	eltorito_result = 0;
	call(int19);
	ok(end == ENTERED && entered_drive == 0xe0 && !strcmp(booting, "disk-3"));
}

/* Nothing but what is listed; the rest can be read all the same. */
static void strict_order(void)
{
	struct disk *first, *second;

	begin();
	first = hard();
	second = hard();
	order("/fake@1\nHALT");
	boot_init();
	ok(drive_disk(0x80) == second && drive_disk(0x81) == first);
	ok(enters(boot_start, second) && gives_up(give_up));
	ok(machine_said("No bootable device: tried disk-1\n"));
}

static void strict_without_order(void)
{
	begin();
	hard();
	order("HALT");
	boot_init();
	ok(gives_up(boot_start) && machine_said("No bootable device: no disk found\n"));
	ok(drive_disk(0x80) == &disks[0].disk);
}

static void geometry_of_the_user(void)
{
	struct disk *disk;

	begin();
	disk = hard();
	fake_fw_cfg_add("bios-geometry", "/fake@0 100 9 17", 17);
	boot_init();
	ok(disk->geometry.cylinders == 100 && disk->geometry.heads == 9 &&
	   disk->geometry.sectors == 17);
}

/* The one from the menu first, then all in order. */
static void chosen(void)
{
	struct disk *first, *second;

	begin();
	first = hard();
	second = hard();
	boot_init();
	menu_choice = candidate_first()->next;
	boot_choose();
	ok(menu_offered == candidate_first());
	ok(enters(boot_start, second) && drive_disk(0x81) == first);
	ok(enters(give_up, first) && enters(give_up, second) && gives_up(give_up));
	ok(enters(int19, first)); /* the choice is for once */
}

/* A disk's entries, where it has no boot loader, or before that. */
static void entries_of_disks(void)
{
	struct disk *first, *second, *cd;

	begin();
	first = hard();
	second = hard();
	cd = add(DISK_CD, 5000);
	boot_init();
	entries = (struct entry_list){&entry, &entry, 7};
	with_entries = first;
	ok(enters(boot_start, first) && !*started); /* it boots by itself */
	sectors[0][0] = sectors[0][1] = 0;
	ok(enters(boot_start, second) && !strcmp(started, "a"));
	ok(machine_said("disk-0: no boot code in sector 0\n"));
	ok(forgotten == 2);
	sectors[0][0] = 0xfa;
	entries_first = true;
	ok(enters(boot_start, first) && !strcmp(started, "aa"));
	entries_first = false;
	with_entries = cd;
	ok(enters(boot_start, first) && enters(give_up, second) && gives_up(give_up));
	ok(!strcmp(started, "aaa"));
	ok(machine_said("disk-2: no boot record (El Torito) on the CD\n"));
}

/* The one that the user has named is tried before all disks, once. */
static void named_entry(void)
{
	struct disk *first;

	begin();
	first = hard();
	with_named = hard();
	boot_init();
	named = "x";
	ok(enters(boot_start, first) && !strcmp(started, "n") && machine_was_silent());
	ok(enters(int19, first) && !strcmp(started, "n"));
}

static void named_entry_that_is_not_there(void)
{
	struct disk *first;

	begin();
	first = hard();
	boot_init();
	named = "x";
	ok(enters(boot_start, first) && !*started);
	ok(machine_said("No boot entry is called 'x'\n"));
}

/* An entry from the menu is started at once, and its disk is tried first if that fails. */
static void chosen_entry(void)
{
	struct disk *second;

	begin();
	hard();
	second = hard();
	boot_init();
	menu_choice = candidate_first()->next;
	menu_entry = &entry;
	boot_choose();
	ok(!strcmp(started, "m"));
	ok(enters(boot_start, second));
}

/* From the menu that ends a countdown: an entry, or another disk. */
static void interrupted(void)
{
	struct disk *second;

	begin();
	with_entries = hard();
	second = hard();
	boot_init();
	entries = (struct entry_list){&entry, &entry, 3000};
	entries_first = true;
	menu_choice = candidate_first()->next;
	ok(enters(boot_start, second) && !*started && count_downs == 1);
	count_downs = 0;
	menu_choice = candidate_first();
	menu_entry = &entry;
	call(give_up);
	ok(end == ENTERED && !strcmp(started, "ma"));
}

static void no_disks(void)
{
	begin();
	fake_fw_cfg_add("etc/boot-fail-wait", "\x88\x13\0\0", 4);
	boot_init();
	ok(gives_up(boot_start) && idle_ms == 5000);
	ok(machine_said("No bootable device: no disk found\nReboot in 5000 ms\n"));
}

/* Who hooks INT 18h is entered when nothing boots, once. */
static void hooked(void)
{
	begin();
	hook_18 = true;
	boot_init();
	call(boot_start);
	ok(end == HOOKED && machine_was_silent());
	ok(gives_up(give_up) && machine_said("No bootable device"));
}

static void no_memory(void)
{
	begin();
	hard();
	while (memory_alloc(4096, 1) || memory_alloc(4, 4))
		;
	boot_init();
	ok(machine_said("disk-0: no memory left to boot from it\n") && !candidate_first());
	ok(drive_disk(0x80) == &disks[0].disk);
}

/* --- sector 0 --------------------------------------------------------------------------------- */

static uint8_t *begin_sector(void)
{
	begin();
	hard();
	boot_init();
	return sectors[0];
}

/* It is not entered, and this is said. */
static bool refused(const char *why)
{
	char line[100];

	snprintf(line, sizeof(line), "disk-0: %s in sector 0\n", why);
	disks[0].disk.geometry_final = false;
	call(boot_start);
	return end == IDLE && machine_said(line);
}

static bool accepted(void)
{
	call(boot_start);
	return end == ENTERED && machine_was_silent();
}

static void no_boot_code(void)
{
	static const char mkfs[] = "This is not a bootable disk. Please insert";
	static const uint8_t mformat[] = {0xba, 0x80, 0x00, 0xb9, 0x01, 0x00, 0xcd, 0x13};
	uint8_t *sector = begin_sector();

	ok(accepted());
	sector[511] = 0;
	ok(refused("no boot signature (55AA)"));
	sector[0] = 0xeb; /* enough for a diskette, not for a hard disk */
	ok(refused("no boot signature (55AA)"));
	sector[511] = 0xaa;
	ok(accepted());
	sector[0] = 0;
	ok(refused("no boot code"));
	sector[1] = 1;
	ok(accepted());
	sector[0] = 0xeb;
	for (unsigned at = 2; at <= 510 - sizeof(mkfs); at += 97) {
		memcpy(sector + at, mkfs, sizeof(mkfs) - 1);
		ok(refused("only a formatter's placeholder for boot code"));
		memset(sector + at, 0, sizeof(mkfs));
		memcpy(sector + at, mformat, sizeof(mformat));
		ok(refused("only a formatter's placeholder for boot code"));
		sector[at + 7]++;
		ok(accepted());
		memset(sector + at, 0, sizeof(mformat));
	}
	ok(accepted());
	sector[511] = 0;
	eltorito_result = ERR_IO; /* the image of a CD, which has said what is wrong */
	call(boot_start);
	ok(end == IDLE && eltorito_tried == &disks[0].disk);
	ok(machine_said_only("No bootable device: tried disk-0\n"));
	eltorito_result = 0;
	call(boot_start);
	ok(end == ENTERED);
}

static void old_diskettes(void)
{
	begin();
	add(DISK_HARD, 720);
	boot_init();
	memset(sectors[0], 0, 512);
	ok(refused("no boot signature (55AA)"));
	sectors[0][0] = 0xeb;
	ok(accepted() && entered_drive == 0);
	sectors[0][0] = 0xe9;
	ok(accepted());
	sectors[0][0] = 0xfa;
	ok(refused("no boot signature (55AA)"));
}

static void unreadable(void)
{
	begin_sector();
	disks[0].error = ERR_IO;
	call(boot_start);
	ok(end == IDLE && machine_said("disk-0: read error, sector 0, 1 sectors\n"));
	disks[0].error = 0;
	disks[0].disk.blocks = 0;
	call(boot_start);
	ok(end == IDLE && machine_said("disk-0: the disk is empty\n"));
}

static int no_medium(struct disk *disk)
{
	(void)disk;
	return ERR_NOMEDIUM;
}

static void empty_cd(void)
{
	struct disk_ops ops;
	struct disk *cd;

	begin();
	cd = add(DISK_CD, 5000);
	boot_init();
	ops = *cd->ops;
	ops.load = no_medium;
	cd->ops = &ops;
	cd->blocks = 0;
	call(boot_start);
	ok(end == IDLE && !eltorito_tried && machine_said("disk-0: no medium\n"));
}

/* --- partitions --------------------------------------------------------------------------------- */

static void put_partition(unsigned n, uint8_t status, uint8_t type, uint32_t start, uint32_t count)
{
	uint8_t *p = sectors[0] + 446 + 16 * (n - 1);

	p[0] = status;
	p[4] = type;
	memcpy(p + 8, &start, 4);
	memcpy(p + 12, &count, 4);
}

static bool says(const char *line)
{
	call(boot_start);
	return end == ENTERED && machine_said_once(line);
}

static void partitions(void)
{
	begin_sector(); /* of 100000 sectors */
	put_partition(1, 0x80, 0x83, 2048, 97952);
	put_partition(4, 0, 0x83, 99999, 1); /* in the first one */
	ok(accepted());
	put_partition(3, 0, 0x83, 100000, 1);
	ok(says("disk-0: partition 3 ends at sector 100001, the disk has only 100000\n"));
	put_partition(3, 0, 0, 99999, 2); /* it is not used */
	ok(accepted());
	put_partition(3, 0, 0xee, 1, UINT32_MAX); /* a protective one */
	ok(accepted());
	put_partition(3, 0, 0x83, UINT32_MAX, 1);
	ok(says("disk-0: partition 3 ends at sector 4294967296, the disk has only 100000\n"));
	put_partition(2, 0x81, 0x83, 5, 6); /* this is no table */
	ok(accepted());
}

/* One partition is beyond the end, but another entry says that this is no table. */
static void no_table(void)
{
	begin_sector();
	put_partition(1, 0, 0x83, 2048, 200000);
	ok(says("disk-0: partition 1 ends at sector 202048, the disk has only 100000\n"));
	put_partition(2, 0, 0x83, 300000, 0); /* of no size */
	ok(accepted());
	put_partition(2, 0, 0x83, UINT32_MAX, 2); /* beyond what a table can name */
	ok(accepted());
	put_partition(2, 0, 0x83, 100000, 200000); /* half in the first one */
	ok(accepted());
	put_partition(2, 0, 0x83, 300000, 5);
	sectors[0][446 + 16 + 1] = 1; /* head 1, but sector 0 */
	ok(accepted());
	put_partition(2, 0x80, 0x83, 300000, 5);
	sectors[0][446 + 16 + 1] = 0;
	ok(says("disk-0: partition 2 ends at sector 300005, the disk has only 100000\n"));
	put_partition(3, 0x80, 0x83, 400000, 5); /* a second active one */
	ok(accepted());
}

/* Code where the table would be, as in games that fill the sector: lea, int, jmp. */
static void code_for_a_table(void)
{
	static const uint8_t code[] = {0x00, 0xd8, 0x8d, 0x36, 0x12, 0x7d, 0xac, 0x3c,
				       0x00, 0x74, 0x06, 0xb4, 0x0e, 0xcd, 0x10, 0xeb};
	uint8_t *sector = begin_sector();

	for (unsigned i = 0; i < 4; i++)
		memcpy(sector + 446 + 16 * i, code, sizeof(code));
	ok(accepted());
	for (unsigned i = 0; i < 64; i++)
		sector[446 + i] = i % 16 ? i : 0;
	ok(accepted());
}

/* What a diskette has there is none whatever it looks like. */
static void diskette_has_no_table(void)
{
	begin();
	add(DISK_HARD, 2880);
	boot_init();
	put_partition(1, 0x80, 0x83, 2048, 97952);
	ok(accepted());
}

int main(void)
{
	static void (*const parts[])(void) = {
		list,
		usual_order,
		users_order,
		strict_order,
		strict_without_order,
		chosen,
		entries_of_disks,
		named_entry,
		named_entry_that_is_not_there,
		chosen_entry,
		interrupted,
		no_disks,
		hooked,
		no_memory,
		geometry_of_the_user,
		no_boot_code,
		old_diskettes,
		unreadable,
		empty_cd,
		partitions,
		no_table,
		code_for_a_table,
		diskette_has_no_table,
	};

	for (unsigned i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		alone(parts[i]);
	return done();
}
