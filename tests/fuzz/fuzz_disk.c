/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * What disks hold, and what INT 13h is asked: any partition table, FAT parameter
 * block, El Torito boot record and catalogue, and any calls. An input is struct
 * header, so many struct call, and then what is in the sectors of all disks, of
 * which there are so few that a catalogue is found wherever it is said to be.
 * A driver must not be asked for what is not on its disk or not in memory.
 */
#include <sanitizer/asan_interface.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include "bios/bootstrap.h"
#include "bios/drive.h"
#include "bios/eltorito.h"
#include "bios/regs.h"
#include "bios/service.h"
#include "bios/tick.h"
#include "block/disks.h"
#include "lib/device.h"
#include "lib/error.h"
#include "lib/format.h"
#include "lib/memory.h"
#include "lib/util.h"

enum { DISKS = 4, DISTINCT_SECTORS = 7, STACK = 0x7000, PACKET = 0x6000, BUFFER_SEG = 0x2000 };

struct header {
	uint8_t calls, flags;
	uint16_t blocks; /* of hard disks and the CD, 1 to 4096 */
} __attribute__((packed));

struct call {
	uint16_t ax, bx, cx, dx;
	uint8_t packet[32];
} __attribute__((packed));

enum { READ_ERRORS = 1, BOOT_CD = 2, ON_SCSI = 4 };

static struct disk disks[DISKS];
static uint8_t content[DISTINCT_SECTORS * SECTOR_SIZE];
static uint8_t flags;
static jmp_buf booting;

void tick_resume(void)
{
}

void bootstrap_enter(uint16_t cs, uint16_t ip, uint8_t drive)
{
	(void)cs, (void)ip, (void)drive;
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

static size_t fuzz_path(const struct device *device, char *to, size_t size)
{
	return format(to, size, "/fuzz@%llx", device->address);
}

static void fuzz_edd(const struct device *device, struct edd_path *edd)
{
	memcpy(edd->interface, flags & ON_SCSI ? "SCSI    " : "VIRTIO  ", 8);
	edd->device_path[0] = device->address;
}

static const struct device_bus bus = {.path = fuzz_path, .edd = fuzz_edd};
static struct device device = {.bus = &bus, .address = 0x12340007, .name = "disk"};

/* The disks are registered once and renewed for each input. */
static void set_up(void)
{
	static const struct disk_ops ops = {
		.read = fuzz_read, .write = fuzz_write, .eject = fuzz_eject};
	static const uint16_t sizes[DISKS] = {512, 4096, 2048, 512};

	machine_reset();
	for (unsigned i = 0; i < DISKS; i++) {
		disks[i] = (struct disk){
			.ops = &ops,
			.kind = sizes[i] == CD_SECTOR_SIZE ? DISK_CD : DISK_HARD,
			.blocks = i == 3 ? 2880 : 1000,
			.block_size = sizes[i],
			.max_blocks = 64,
			.device = &device,
		};
		disk_register(&disks[i]);
	}
	machine_end_of_post();
	/* A disk may be written from any memory, the gap at the arena's start too. */
	__asan_unpoison_memory_region(phys_ptr(memory_arena().start), PAGE_SIZE);
}

static void renew(const struct header *header)
{
	eltorito_end_emulation();
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
		eltorito_boot(&disks[2]);
	for (unsigned i = 0; i < header->calls % 16u; i++)
		call(&calls[i]);
	machine_said("");
	return 0;
}
