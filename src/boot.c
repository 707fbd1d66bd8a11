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
#include "boot.h"

#include <stddef.h>
#include <string.h>

#include "bootorder.h"
#include "cdrom.h"
#include "disk.h"
#include "drive.h"
#include "error.h"
#include "fw/fw_cfg.h"
#include "hw/clock.h"
#include "hw/legacy.h"
#include "hw/reset.h"
#include "interrupt.h"
#include "mbr.h"
#include "memory.h"
#include "menu.h"
#include "print.h"
#include "service.h"

enum { NEVER = 0xffffffff };

static struct boot_entry *entries; /* the candidates in order */
static struct boot_entry *current; /* the one being tried, NULL after the last */
static struct boot_entry *chosen;  /* in the menu: tried before all others, once */
static uint32_t fail_wait_ms;      /* before the machine is reset, or NEVER */
static uint64_t fail_time;         /* when the last candidate had failed, ns */
static bool gave_up;               /* INT 18h was called, since nothing boots */

/* --- the list ------------------------------------------------------------ */

void boot_add(struct boot_entry *entry)
{
	struct boot_entry **slot = &entries;

	while (*slot && (*slot)->place <= entry->place)
		slot = &(*slot)->next;
	entry->next = *slot;
	*slot = entry;
}

static void start_disk(struct boot_entry *entry);

static void add_disk(struct disk *disk, bool strict)
{
	uint32_t place = bootorder_of_disk(disk);
	struct boot_entry *entry = heap_alloc(sizeof(*entry), 4);

	bootorder_set_geometry(disk);
	if (place == BOOTORDER_UNLISTED && strict) {
		log_line(LOG_INFO, "%s: not in the boot order, not tried", disk->name);
		return;
	}
	if (!entry) {
		say("%s: no memory left to boot from it\n", disk->name);
		return;
	}
	if (place == BOOTORDER_UNLISTED)
		place = disk->kind == DISK_CD ? BOOT_CLASS_CD : BOOT_CLASS_DISK;
	*entry = (struct boot_entry){
		.name = disk->name, .place = place, .start = start_disk, .disk = disk};
	boot_add(entry);
}

/* Numbers follow the boot order; disks that are not to be booted come last. */
static void number_disks(void)
{
	drive_init();
	for (struct boot_entry *entry = entries; entry; entry = entry->next)
		if (entry->disk)
			drive_add(entry->disk);
	for (struct disk *disk = disk_first(); disk; disk = disk->next) {
		struct boot_entry *entry = entries;

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
	fail_wait_ms = fw_cfg_integer("etc/boot-fail-wait", &wait) ? NEVER : wait;
}

void boot_choose(void)
{
	chosen = menu_choose(entries);
}

/* --- disks ----------------------------------------------------------------- */

/* A truncated image has partitions beyond its end; its boot loader will fail in
 * its own words, so the cause is said here. */
static void check_partitions(const struct disk *disk, const uint8_t *sector)
{
	const struct mbr_partition *p = mbr_partitions(sector);
	const struct mbr_partition *end = p + MBR_PARTITIONS;

	/* The code of a FAT volume's boot sector is no table. */
	for (const struct mbr_partition *q = p; q < end; q++)
		if (q->status & ~MBR_ACTIVE)
			return;
	for (unsigned i = 1; p < end; i++, p++) {
		uint64_t last = (uint64_t)p->start + p->count;

		/* A protective MBR may claim everything that 32 bits can count. */
		if (!p->type || p->count == UINT32_MAX || last <= disk->blocks)
			continue;
		say("%s: partition %u ends at sector %llu, the disk has only %llu\n", disk->name, i,
		    last, disk->blocks);
	}
}

static bool contains(const uint8_t *sector, const char *bytes, size_t length)
{
	for (size_t i = 0; i + length <= SECTOR_SIZE; i++)
		if (sector[i] == (uint8_t)*bytes && !memcmp(sector + i, bytes, length))
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
	static const char mformat[] = "\xba\x80\x00\xb9\x01\x00\xcd\x13";
	bool signature = mbr_signature(sector) == MBR_SIGNATURE_VALUE;

	/* Diskettes of DOS 1 have no signature, but begin with a jump. */
	if (!signature && !(disk->kind == DISK_FLOPPY && (sector[0] == 0xeb || sector[0] == 0xe9)))
		return "no boot signature (55AA)";
	if (!sector[0] && !sector[1])
		return "no boot code";
	if (contains(sector, mkfs_fat, sizeof(mkfs_fat) - 1) ||
	    contains(sector, mformat, sizeof(mformat) - 1))
		return "only a formatter's placeholder for boot code";
	return NULL;
}

/* Returns ERR_NOENT if there is no boot record; all else has been said. */
static int start_cd(struct disk *disk)
{
	struct cdrom_start start;
	int error = cdrom_load(disk, &start);

	if (!error)
		boot_enter_image(&start);
	return error;
}

static void start_hard_disk(struct disk *disk)
{
	uint8_t *sector = phys_ptr(BOOT_SECTOR);
	const char *reason;
	uint32_t done;

	if (disk_transfer_sectors(disk, DISK_READ, 0, 1, BOOT_SECTOR, &done))
		return;
	reason = no_boot_code(disk, sector);
	if (!reason) {
		check_partitions(disk, sector);
		disk_learn_geometry(disk, sector);
		boot_enter(0, BOOT_SECTOR, drive_first(disk->kind));
	}
	if (start_cd(disk) == ERR_NOENT) /* it may hold the image of a CD */
		say("%s: %s in sector 0\n", disk->name, reason);
}

static void start_disk(struct boot_entry *entry)
{
	struct disk *disk = entry->disk;

	drive_lead(disk->kind, disk);
	if (disk->kind != DISK_CD) {
		if (disk->blocks)
			start_hard_disk(disk);
		else
			say("%s: the disk is empty\n", disk->name);
		return;
	}
	if (!disk->blocks && disk->ops->load(disk)) {
		say("%s: no medium\n", disk->name);
		return;
	}
	if (start_cd(disk) == ERR_NOENT)
		say("%s: no boot record (El Torito) on the CD\n", disk->name);
}

/* --- trying them all ------------------------------------------------------ */

void boot_enter(uint16_t cs, uint16_t ip, uint8_t drive)
{
	struct regs *regs;

	log_line(LOG_INFO, "%s: booting as drive %xh", current->name, drive);
	for (struct disk *disk = disk_first(); disk; disk = disk->next)
		disk->knows_size = false;
	drive_publish();
	regs = real_mode_frame(BOOT_SECTOR, cs, ip, FLAG_IF);
	regs->dl = drive;
	enter_real(regs);
}

void boot_enter_image(const struct cdrom_start *start)
{
	/* The usual place by another name: some loaders expect CS = 0. */
	if (start->segment == BOOT_SECTOR >> 4)
		boot_enter(0, BOOT_SECTOR, start->drive);
	boot_enter(start->segment, 0, start->drive);
}

static void __attribute__((noreturn)) give_up(void)
{
	/* Once: a ROM that has hooked the interrupt may pass it on to us. */
	if (!gave_up) {
		gave_up = true;
		interrupt_enter_hook(0x18);
	}
	if (!entries) {
		say("No bootable device: no disk found\n");
	} else {
		say("No bootable device: tried");
		for (struct boot_entry *entry = entries; entry; entry = entry->next)
			say("%s %s", entry == entries ? "" : ",", entry->name);
		say("\n");
	}
	if (fail_wait_ms != NEVER)
		say("Reboot in %u ms\n", fail_wait_ms);
	fail_time = clock_ns();
	boot_wait();
}

void boot_wait(void)
{
	if (fail_wait_ms != NEVER && clock_ns() - fail_time >= fail_wait_ms * NS_PER_MS)
		reset_machine();
	interrupt_reset_stack();
	enter_real(real_mode_frame(BOOT_SECTOR, ROM_SEG, rom_offset(wait_boot_hlt), 0));
}

/* From one candidate to the next: after the one from the menu, all in order. */
static void advance(void)
{
	current = current == chosen ? entries : current->next;
	chosen = NULL;
}

static void __attribute__((noreturn)) try_entries(void)
{
	interrupt_reset_stack();
	tick_resume();
	for (; current; advance()) {
		cdrom_end_emulation();
		for (unsigned kind = 0; kind < DISK_KINDS; kind++)
			drive_lead(kind, NULL);
		current->start(current);
	}
	give_up();
}

void boot_start(void)
{
	current = chosen ? chosen : entries;
	try_entries();
}

void int19_bootstrap(struct regs *regs)
{
	(void)regs;
	boot_start();
}

void int18_boot_failed(struct regs *regs)
{
	(void)regs;
	if (current) {
		say("%s: its boot sector gave up (INT 18h)\n", current->name);
		advance();
	}
	try_entries();
}
