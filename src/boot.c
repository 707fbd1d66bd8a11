/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * INT 19h and INT 18h: loading the boot sector of one candidate after the
 * other. A candidate that cannot be booted gets its line on the console; a boot
 * sector that gives up by INT 18h makes way for the next one.
 *
 * References: BIOS Boot Specification 1.01, 6 "Booting"; UEFI 2.10, 5.2 "MBR"
 * for the partition table.
 */
#include "boot.h"

#include <stddef.h>

#include "bda.h"
#include "disk.h"
#include "error.h"
#include "fw/fw_cfg.h"
#include "hw/clock.h"
#include "hw/legacy.h"
#include "hw/reset.h"
#include "interrupt.h"
#include "print.h"
#include "service.h"

enum {
	SIGNATURE_OFFSET = 510,
	SIGNATURE = 0xaa55,
	PARTITION_TABLE = 446,
	PARTITIONS = 4,
	FIRST_HARD_DISK = 0x80,
	NEVER = 0xffffffff,
};

struct partition {
	uint8_t status;
	uint8_t first_chs[3];
	uint8_t type;
	uint8_t last_chs[3];
	uint32_t start, count;
} __attribute__((packed));

static struct disk *candidate;	/* the one being tried, NULL after the last */
static uint8_t drive;		/* its number */
static uint32_t fail_wait_ms;	/* before the machine is reset, or NEVER */
static uint64_t fail_time;	/* when the last candidate had failed, ns */

void boot_init(void)
{
	uint64_t wait;
	unsigned count = 0;

	for (struct disk *disk = disk_first(); disk; disk = disk->next)
		count++;
	bda()->disk_count = count;
	fail_wait_ms = fw_cfg_integer("etc/boot-fail-wait", &wait) ? NEVER : wait;
}

/* A truncated image has partitions beyond its end; its boot loader will fail in
 * its own words, so the cause is said here. */
static void check_partitions(const struct disk *disk, const uint8_t *sector)
{
	const struct partition *p = (const void *)(sector + PARTITION_TABLE);

	for (unsigned i = 0; i < PARTITIONS; i++, p++) {
		uint64_t end = (uint64_t)p->start + p->count;

		/* A protective MBR may claim everything that 32 bits can count. */
		if (!p->type || p->status & 0x7f || p->count == UINT32_MAX || end <= disk->blocks)
			continue;
		say("%s: partition %u ends at sector %llu, the disk has only %llu\n", disk->name,
		    i + 1, end, disk->blocks);
	}
}

static bool load_boot_sector(struct disk *disk)
{
	uint8_t *sector = phys_ptr(BOOT_SECTOR);
	uint32_t done;

	if (!disk->blocks) {
		say("%s: the disk is empty\n", disk->name);
		return false;
	}
	if (disk_transfer(disk, DISK_READ, 0, 1, BOOT_SECTOR, &done))
		return false;
	if (*(uint16_t *)(sector + SIGNATURE_OFFSET) != SIGNATURE) {
		say("%s: no boot signature (55AA) in sector 0\n", disk->name);
		return false;
	}
	check_partitions(disk, sector);
	return true;
}

static void __attribute__((noreturn)) enter_boot_sector(void)
{
	struct regs *regs = real_mode_frame(BOOT_SECTOR, 0, BOOT_SECTOR, FLAG_IF);

	log_line(LOG_INFO, "%s: booting as drive %xh", candidate->name, drive);
	regs->dl = drive;
	enter_real(regs);
}

static void __attribute__((noreturn)) give_up(void)
{
	if (!disk_first()) {
		say("No bootable device: no disk found\n");
	} else {
		say("No bootable device: tried");
		for (struct disk *disk = disk_first(); disk; disk = disk->next)
			say("%s %s", disk == disk_first() ? "" : ",", disk->name);
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

static void __attribute__((noreturn)) try_candidates(void)
{
	interrupt_reset_stack();
	tick_resume();
	for (; candidate; candidate = candidate->next, drive++)
		if (load_boot_sector(candidate))
			enter_boot_sector();
	give_up();
}

void boot_start(void)
{
	candidate = disk_first();
	drive = FIRST_HARD_DISK;
	try_candidates();
}

void int19_bootstrap(struct regs *regs)
{
	(void)regs;
	boot_start();
}

void int18_boot_failed(struct regs *regs)
{
	(void)regs;
	if (candidate) {
		say("%s: its boot sector gave up (INT 18h)\n", candidate->name);
		candidate = candidate->next;
		drive++;
	}
	try_candidates();
}
