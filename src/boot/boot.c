/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * INT 19h and INT 18h: the list of candidates, and starting one after the other
 * until one does not come back. A candidate that cannot be booted gets its line on
 * the console; a boot sector that gives up by INT 18h makes way for the next one.
 *
 * The order is the user's (bootindex) first; then disks as they were given, then
 * CDs. Whatever is being tried is the first drive of its kind: boot sectors of
 * old take theirs for 80h without asking.
 *
 * References: BIOS Boot Specification 1.01, 6 "Booting".
 */
#include "boot/boot.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "bios/bootstrap.h"
#include "bios/drive.h"
#include "bios/eltorito.h"
#include "bios/idle.h"
#include "bios/realmode.h"
#include "bios/tick.h"
#include "block/disks.h"
#include "block/mbr.h"
#include "block/transfer.h"
#include "boot/bootorder.h"
#include "boot/candidate.h"
#include "boot/direct.h"
#include "boot/entry.h"
#include "boot/menu.h"
#include "fw/fw_cfg.h"
#include "layout.h"
#include "lib/error.h"
#include "lib/log.h"
#include "lib/memory.h"

static struct candidate *current; /* the one being tried, NULL after the last */
static struct candidate *chosen;  /* in the menu: tried before all others, once */
static bool named_tried;          /* the entry that the user has named */
static uint32_t fail_wait_ms;     /* before the machine is reset, or IDLE_FOR_EVER */
static bool gave_up;              /* INT 18h was called, since nothing boots */

/* --- the list ------------------------------------------------------------ */

static void boot_start_disk(struct candidate *entry);

static void add_disk(struct disk *disk, bool strict)
{
	uint32_t place = bootorder_place(disk->device);
	struct candidate *entry;

	bootorder_set_geometry(disk);
	if (place == BOOTORDER_UNLISTED && strict) {
		log_line(LOG_INFO, "%s: not in the boot order, not tried", disk_name(disk));
		return;
	}
	entry = memory_alloc(sizeof(*entry), 4);
	if (!entry) {
		say("%s: no memory left to boot from it\n", disk_name(disk));
		return;
	}
	if (place == BOOTORDER_UNLISTED)
		place = disk->kind == DISK_CD ? CANDIDATE_CD : CANDIDATE_DISK;
	*entry = (struct candidate){
		.name = disk_name(disk), .place = place, .start = boot_start_disk, .disk = disk};
	candidate_add(entry);
}

/* Numbers follow the boot order; disks that are not to be booted come last. */
static void number_disks(void)
{
	drive_init();
	for (struct candidate *entry = candidate_first(); entry; entry = entry->next)
		if (entry->disk)
			drive_add(entry->disk);
	for (struct disk *disk = disk_first(); disk; disk = disk->next) {
		struct candidate *entry = candidate_first();

		while (entry && entry->disk != disk)
			entry = entry->next;
		if (!entry)
			drive_add(disk);
	}
	drive_publish();
}

void boot_init(void)
{
	uint64_t wait;
	bool strict;

	bootorder_init();
	strict = bootorder_is_strict();
	for (struct disk *disk = disk_first(); disk; disk = disk->next)
		add_disk(disk, strict);
	number_disks();
	direct_init();
	fail_wait_ms = fw_cfg_integer("etc/boot-fail-wait", &wait) ? IDLE_FOR_EVER : wait;
}

/* --- entries of disks ------------------------------------------------------------------ */

/* Starts an entry from the menu; any other candidate is left to try_all(), to be tried
 * before the others. */
static void take_choice(const struct menu_choice *choice)
{
	const char *line = choice->line;

	chosen = choice->candidate;
	if (!choice->entry)
		return;
	if (!line)
		line = direct_command_line(chosen->disk, choice->entry);
	if (line)
		direct_start(choice->entry, line);
}

void boot_choose(void)
{
	struct menu_choice choice;

	if (menu_choose(candidate_first(), &choice))
		take_choice(&choice);
}

/* The entry that the user has named, of the first disk that has it; once. */
static void start_named(void)
{
	const char *name = direct_wanted();
	struct entry *entry = NULL;

	if (!name || named_tried)
		return;
	named_tried = true;
	for (struct candidate *c = candidate_first(); c && !entry; c = c->next) {
		const char *line;

		entry = c->disk ? direct_find_wanted(c->disk) : NULL;
		line = entry ? direct_command_line(c->disk, entry) : NULL;
		if (line)
			direct_start(entry, line);
	}
	if (!entry)
		say("No boot entry is called '%s'\n", name);
}

/* The entries of a disk, from its default on; the menu, if the user stops that. Returns if
 * none of them can be started. */
static void start_entries(struct candidate *candidate)
{
	struct entry_list *list = direct_entries(candidate->disk);
	struct menu_choice choice;

	if (!list)
		return;
	if (list->chosen &&
	    menu_count_down(candidate_first(), list->chosen, direct_wait_ms(list), &choice)) {
		take_choice(&choice);
		if (!choice.entry)
			boot_start();
	}
	direct_start_disk(candidate->disk);
}

/* --- disks ----------------------------------------------------------------- */

/* A truncated image has partitions beyond its end; its boot loader will fail in
 * its own words, so the cause is said here. */
static void check_partitions(const struct disk *disk, const uint8_t *sector)
{
	const struct mbr_partition *p = mbr_table(sector);

	if (!p || disk->kind == DISK_FLOPPY)
		return;
	for (unsigned i = 1; i <= MBR_PARTITIONS; i++, p++) {
		uint64_t last = (uint64_t)p->start + p->count;

		/* A protective MBR may claim everything that 32 bits can count. */
		if (!p->type || p->count == UINT32_MAX || last <= disk->blocks)
			continue;
		say("%s: partition %u ends at sector %llu, the disk has only %llu\n",
		    disk_name(disk), i, last, disk->blocks);
	}
}

static bool contains(const uint8_t *sector, const char *bytes, size_t length)
{
	const uint8_t *end = sector + SECTOR_SIZE - length + 1;
	const uint8_t *found = sector - 1;

	while ((found = memchr(found + 1, *bytes, end - found - 1)))
		if (!memcmp(found, bytes, length))
			return true;
	return false;
}

/*
 * Why a sector with a signature is no boot sector, or NULL. Disks that hold only
 * data, such as cloud-init's seed, would otherwise stop the boot at a prompt: zeros
 * are what GPT tools leave, mkfs.fat writes code that says "This is not a bootable
 * disk" and waits for a key, mformat writes code that loads sector 0 of drive 80h,
 * which is itself.
 */
static const char *no_boot_code(const struct disk *disk, const uint8_t *sector)
{
	static const char mkfs_fat[] = "not a bootable disk";
	/* mov dx, 0080; mov cx, 0001; int 13 */
	static const char mformat[] = "\xba\x80\x00\xb9\x01\x00\xcd\x13";
	bool signature = mbr_signature(sector) == MBR_SIGNATURE_VALUE;
	bool jumps = sector[0] == BPB_JUMP_SHORT || sector[0] == BPB_JUMP_NEAR;

	/* Diskettes of DOS 1 have no signature, but begin with a jump. */
	if (!signature && !(disk->kind == DISK_FLOPPY && jumps))
		return "no boot signature (55AA) in sector 0";
	if (!sector[0] && !sector[1])
		return "no boot code in sector 0";
	if (contains(sector, mkfs_fat, sizeof(mkfs_fat) - 1) ||
	    contains(sector, mformat, sizeof(mformat) - 1))
		return "only a formatter's placeholder for boot code in sector 0";
	return NULL;
}

/* Starts what a disk has for a BIOS. Returns, if it has nothing, why; NULL if something
 * failed, which has been said. */
static const char *start_boot_loader(struct disk *disk)
{
	const char *reason = "no boot record (El Torito) on the CD";
	uint8_t *sector = phys_ptr(BOOT_SECTOR);
	uint32_t done;

	if (disk->kind != DISK_CD) {
		if (disk_transfer_sectors(disk, DISK_READ, 0, 1, BOOT_SECTOR, &done))
			return NULL;
		reason = no_boot_code(disk, sector);
		if (!reason) {
			check_partitions(disk, sector);
			disk_learn_geometry(disk, sector);
			bootstrap_enter(0, BOOT_SECTOR, drive_first(disk->kind));
		}
	}
	/* A disk may hold the image of a CD. */
	return eltorito_boot(disk) == ERR_NOENT ? reason : NULL;
}

static void boot_start_disk(struct candidate *candidate)
{
	struct disk *disk = candidate->disk;
	const char *reason;

	drive_lead(disk->kind, disk);
	if (!disk->blocks && (disk->kind != DISK_CD || disk->ops->load(disk))) {
		say("%s: %s\n", disk_name(disk),
		    disk->kind == DISK_CD ? "no medium" : "the disk is empty");
		return;
	}
	if (direct_is_first())
		start_entries(candidate);
	reason = start_boot_loader(disk);
	if (!reason)
		return;
	if (!direct_is_first())
		start_entries(candidate);
	say("%s: %s\n", disk_name(disk), reason);
}

/* --- trying them all ------------------------------------------------------ */

static void __attribute__((noreturn)) give_up(void)
{
	/* Once: a ROM that has hooked the interrupt may pass it on to us. */
	if (!gave_up) {
		gave_up = true;
		realmode_enter_hook(0x18);
	}
	if (!candidate_first()) {
		say("No bootable device: no disk found\n");
	} else {
		say("No bootable device: tried");
		for (struct candidate *entry = candidate_first(); entry; entry = entry->next)
			say("%s %s", entry == candidate_first() ? "" : ",", entry->name);
		say("\n");
	}
	if (fail_wait_ms != IDLE_FOR_EVER)
		say("Reboot in %u ms\n", fail_wait_ms);
	idle_start(fail_wait_ms);
}

/* From one candidate to the next: after the one from the menu, all in order. */
static void advance(void)
{
	current = current == chosen ? candidate_first() : current->next;
	chosen = NULL;
}

static void __attribute__((noreturn)) try_all(void)
{
	realmode_reset_stack();
	tick_resume();
	direct_forget();
	start_named();
	for (; current; advance()) {
		eltorito_end_emulation();
		for (unsigned kind = 0; kind < DISK_KINDS; kind++)
			drive_lead(kind, NULL);
		drive_hide(NULL);
		bootstrap_name(current->name);
		current->start(current);
	}
	give_up();
}

void boot_start(void)
{
	current = chosen ? chosen : candidate_first();
	try_all();
}

void boot_int19(struct regs *regs)
{
	(void)regs;
	boot_start();
}

void boot_int18(struct regs *regs)
{
	(void)regs;
	if (current) {
		say("%s: its boot sector gave up (INT 18h)\n", current->name);
		advance();
	}
	try_all();
}
