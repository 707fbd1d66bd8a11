/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * What disks hold, and what INT 13h is asked: any partition table, FAT parameter
 * block, El Torito boot record and catalogue, and any calls. An input is struct
 * header, so many struct call, and then what is in the sectors of all disks, of
 * which there are so few that a catalogue is found wherever it is said to be.
 * A driver must not be asked for what is not on its disk or not in memory.
 */
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include "boot.h"
#include "cdrom.h"
#include "drive.h"
#include "error.h"
#include "fw/e820.h"
#include "hw/legacy.h"
#include "interrupt.h"
#include "memory.h"
#include "service.h"

enum { DISKS = 4, DISTINCT_SECTORS = 7, STACK = 0x7000, PACKET = 0x6000, BUFFER_SEG = 0x2000 };

struct header {
	uint8_t calls, flags;
	uint16_t blocks; /* of hard disks and the CD, 1 to 4096 */
} __attribute__((packed));

struct call {
	uint16_t ax, bx, cx, dx;
	uint8_t packet[32];
} __attribute__((packed));

enum { READ_ERRORS = 1, BOOT_CD = 2 };

static struct disk disks[DISKS];
static uint8_t content[DISTINCT_SECTORS * SECTOR_SIZE];
static uint8_t flags;
static jmp_buf booting;

void tick_resume(void)
{
}

void boot_enter_image(const struct cdrom_start *start)
{
	(void)start;
	longjmp(booting, 1);
}

static void check(const struct disk *disk, uint64_t lba, uint32_t count, uint64_t address)
{
	if (!count || count > disk->max_blocks || lba >= disk->blocks ||
	    count > disk->blocks - lba ||
	    address + (uint64_t)count * disk->block_size > MACHINE_MEMORY)
		abort();
}

static int fuzz_read(struct disk *disk, uint64_t lba, uint32_t count, uint64_t address)
{
	uint32_t per_block = disk->block_size / SECTOR_SIZE;

	check(disk, lba, count, address);
	if (flags & READ_ERRORS && lba % 5 == 4)
		return ERR_IO;
	for (uint32_t i = 0; i < count * per_block; i++)
		memcpy(phys_ptr(address + i * SECTOR_SIZE),
		       content + (lba * per_block + i) % DISTINCT_SECTORS * SECTOR_SIZE,
		       SECTOR_SIZE);
	return 0;
}

static int fuzz_write(struct disk *disk, uint64_t lba, uint32_t count, uint64_t address)
{
	check(disk, lba, count, address);
	return 0;
}

static int fuzz_eject(struct disk *disk)
{
	(void)disk;
	return ERR_IO;
}

/* The disks are registered once and renewed for each input. */
static void set_up(void)
{
	static const struct disk_ops ops = {
		.read = fuzz_read, .write = fuzz_write, .eject = fuzz_eject};
	static const uint16_t sizes[DISKS] = {512, 4096, 2048, 512};

	machine_reset();
	e820_init();
	for (unsigned i = 0; i < DISKS; i++) {
		disks[i] = (struct disk){
			.ops = &ops,
			.kind = sizes[i] == CD_SECTOR_SIZE ? DISK_CD : DISK_HARD,
			.blocks = i == 3 ? 2880 : 1000,
			.block_size = sizes[i],
			.max_blocks = 64,
			.name = "disk",
		};
		disk_register(&disks[i]);
	}
	machine_end_of_post();
}

static void renew(const struct header *header)
{
	cdrom_end_emulation();
	drive_init();
	flags = header->flags;
	for (unsigned i = 0; i < DISKS; i++) {
		if (disks[i].kind != DISK_FLOPPY) {
			disks[i].blocks = 1 + header->blocks % 4096;
			disks[i].geometry_final = false;
		}
		disks[i].knows_size = false;
		disks[i].locks = 0;
		drive_add(&disks[i]);
	}
	drive_publish();
}

static void call(const struct call *c)
{
	struct regs regs = {.esp = STACK};

	memcpy(phys_ptr(PACKET), c->packet, sizeof(c->packet));
	regs.eax = c->ax;
	regs.ebx = c->bx;
	regs.ecx = c->cx;
	regs.edx = c->dx;
	regs.si = PACKET;
	regs.es = BUFFER_SEG;
	int13_disk(&regs);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct header *header = (const struct header *)data;
	const struct call *calls = (const struct call *)(header + 1);
	struct cdrom_start start;
	size_t calls_size;

	if (!disks[0].ops)
		set_up();
	if (size < sizeof(*header))
		return 0;
	calls_size = header->calls % 16 * sizeof(struct call);
	if (size - sizeof(*header) < calls_size)
		return 0;
	size -= sizeof(*header) + calls_size;
	memset(content, 0, sizeof(content));
	memcpy(content, data + sizeof(*header) + calls_size,
	       size < sizeof(content) ? size : sizeof(content));
	renew(header);
	for (unsigned i = 0; i < DISKS; i++) {
		const struct geometry *g = disk_geometry(&disks[i]);

		if (!g->cylinders || !g->heads || g->heads > 255 || !g->sectors || g->sectors > 63)
			abort();
	}
	if (setjmp(booting))
		return 0;
	if (flags & BOOT_CD)
		cdrom_load(&disks[2], &start);
	for (unsigned i = 0; i < header->calls % 16u; i++)
		call(&calls[i]);
	machine_said("");
	return 0;
}
