/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * INT 13h and INT 40h as a caller sees them: registers and memory, on disks that
 * are not there.
 */
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include "bda.h"
#include "bios/bootstrap.h"
#include "bios/drive.h"
#include "bios/int13_common.h"
#include "bios/regs.h"
#include "bios/service.h"
#include "bios/tick.h"
#include "block/disks.h"
#include "block/floppy.h"
#include "fake_disk.h"
#include "lib/error.h"
#include "lib/memmap.h"
#include "unit.h"

enum {
	STACK = 0x7000,
	PACKET = 0x6000,
	BUFFER = 0x20000,
	BUFFER_SEG = BUFFER >> 4,
	HEAP_SEG = 0xe800, /* memory of the firmware's own */
	HD = 0x80,         /* hard disk of 100000 sectors of 512 bytes */
	HD_4K = 0x81,      /* of 1000 blocks of 4096 bytes */
	HD_LARGE = 0x82,   /* of 2^40 sectors */
	NO_DISK = 0x83,
	CD = 0xe0,     /* 5000 blocks of 2048 bytes */
	FLOPPY = 0x00, /* 1.44 MB */
};

static struct fake_disk hd, hd_4k, hd_large, cd, floppy;
static struct regs regs;
static jmp_buf booted; /* for INT 13h 4Ch, which never returns */

/* --- what INT 13h leans on ------------------------------------------------ */

void tick_resume(void)
{
}

void bootstrap_enter(uint16_t cs, uint16_t ip, uint8_t drive)
{
	(void)cs, (void)ip, (void)drive;
	longjmp(booted, 1);
}

/* --- calling -------------------------------------------------------------- */

static bool carry(void)
{
	return caller_frame(&regs)->flags & FLAG_CF;
}

static uint64_t field(const void *memory, unsigned size)
{
	uint64_t value = 0;

	memcpy(&value, memory, size);
	return value;
}

/* Registers of a caller that expects the opposite of what it will get. */
static void prepare(uint16_t ax, uint8_t drive)
{
	memset(&regs, 0, sizeof(regs));
	regs.esp = STACK;
	regs.eax = 0xabcd0000 | ax;
	regs.dl = drive;
	regs.si = PACKET;
	regs.es = BUFFER_SEG;
}

/* INT 13h ends with this status, in all the places where it shows. */
static bool gives(uint8_t status)
{
	uint8_t drive = regs.dl;

	set_cf(&regs, !status);
	int13_disk(&regs);
	return regs.ah == status && carry() == !!status && regs.eax >> 16 == 0xabcd &&
	       (drive < 0x80 ? bda()->diskette_state[3] : bda()->disk_status) == status;
}

static bool simple(uint16_t ax, uint8_t drive, uint8_t status)
{
	prepare(ax, drive);
	return gives(status);
}

static void set_chs(unsigned cylinder, unsigned head, unsigned sector)
{
	regs.ch = cylinder;
	regs.cl = (cylinder >> 2 & 0xc0) | sector;
	regs.dh = head;
}

static bool chs(uint16_t ax, uint8_t drive, unsigned cylinder, unsigned head, unsigned sector,
		uint8_t status)
{
	prepare(ax, drive);
	set_chs(cylinder, head, sector);
	return gives(status);
}

/* --- by cylinder, head and sector ----------------------------------------- */

static void chs_read(void)
{
	ok(chs(0x0201, HD, 0, 0, 1, STATUS_OK) && regs.al == 1);
	ok(fake_disk_holds(&hd, 0, 1, BUFFER));
	ok(chs(0x0280, HD, 3, 5, 7, STATUS_OK) && regs.al == 128);
	ok(fake_disk_holds(&hd, (3 * 16 + 5) * 63 + 6, 128, BUFFER));
	ok(chs(0x0202, HD, 0, 15, 63, STATUS_OK) && fake_disk_holds(&hd, 1007, 2, BUFFER));
	ok(chs(0x0200, HD, 0, 0, 1, STATUS_INVALID) && regs.al == 0);
	ok(chs(0x0281, HD, 0, 0, 1, STATUS_INVALID) && regs.al == 0);
	ok(chs(0x0201, HD, 0, 0, 0, STATUS_INVALID));
	ok(chs(0x0201, HD, 0, 16, 1, STATUS_INVALID));
	ok(chs(0x0201, HD, 1023, 15, 63, STATUS_NOT_FOUND) && regs.al == 0);
	ok(chs(0x0201, HD_LARGE, 1023, 254, 63, STATUS_OK));
	ok(hd_large.lba == 1024 * 255 * 63 - 1);
	ok(chs(0x0201, HD_LARGE, 0, 255, 1, STATUS_INVALID));
	ok(chs(0x0201, HD_4K, 0, 0, 1, STATUS_INVALID));
	ok(chs(0x0201, NO_DISK, 0, 0, 1, STATUS_INVALID));
}

static void chs_write(void)
{
	hd.writes = 0;
	ok(chs(0x0305, HD, 0, 1, 1, STATUS_OK) && regs.al == 5);
	ok(hd.writes == 1 && hd.lba == 63 && hd.count == 5 && hd.address == BUFFER);
	hd.disk.read_only = true;
	ok(chs(0x0301, HD, 0, 0, 1, STATUS_WRITE_PROTECTED) && regs.al == 0);
	hd.disk.read_only = false;
	ok(hd.writes == 1);
	ok(chs(0x0405, HD, 0, 0, 1, STATUS_OK) && regs.al == 5);
	ok(chs(0x0401, HD, 1023, 15, 63, STATUS_NOT_FOUND));
	ok(chs(0x0c00, HD, 3, 3, 3, STATUS_OK));
	ok(chs(0x0c00, HD, 3, 16, 3, STATUS_INVALID));
	ok(chs(0x0501, HD, 0, 0, 1, STATUS_INVALID)); /* nobody formats our tracks */
}

/* What the disk says is what the caller hears. */
static void errors(void)
{
	static const struct {
		int error;
		uint8_t reading, writing;
	} codes[] = {
		{ERR_IO, STATUS_BAD_DATA, STATUS_WRITE_FAULT},
		{ERR_TIMEOUT, STATUS_TIMEOUT, STATUS_TIMEOUT},
		{ERR_NOMEM, STATUS_CONTROLLER, STATUS_CONTROLLER},
		{ERR_NOMEDIUM, STATUS_NO_MEDIUM, STATUS_NO_MEDIUM},
	};

	hd.bad_lba = 10;
	for (unsigned i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		hd.error = codes[i].error;
		ok(chs(0x0214, HD, 0, 0, 1, codes[i].reading) && regs.al == 0);
		ok(chs(0x0314, HD, 0, 0, 1, codes[i].writing) && regs.al == 0);
		ok(chs(0x0414, HD, 0, 0, 1, codes[i].reading));
		ok(chs(0x020a, HD, 0, 0, 1, STATUS_OK));
	}
	hd.disk.max_blocks = 4; /* a part arrives */
	ok(chs(0x0214, HD, 0, 0, 1, STATUS_NO_MEDIUM) && regs.al == 8);
	hd.disk.max_blocks = 128;
	hd.error = 0;
	machine_said("");
}

/* Reads over the firmware, or where there is no memory, do not happen. */
static void buffers(void)
{
	unsigned reads = hd.reads;

	prepare(0x0201, HD);
	set_chs(0, 0, 1);
	regs.es = HEAP_SEG;
	ok(gives(STATUS_DMA_BOUNDARY) && regs.al == 0);
	prepare(0x0202, HD);
	set_chs(0, 0, 1);
	regs.es = 0xdfe0; /* one sector before, one within */
	ok(gives(STATUS_DMA_BOUNDARY));
	ok(hd.reads == reads);
	prepare(0x0301, HD); /* a dump of the firmware is the caller's right */
	set_chs(0, 0, 1);
	regs.es = HEAP_SEG;
	ok(gives(STATUS_OK));
	prepare(0x0201, HD);
	set_chs(0, 0, 1);
	regs.es = 0xffff; /* the high memory area */
	regs.bx = 0x10;
	ok(gives(STATUS_OK) && hd.address == 0x100000);
}

/* --- parameters ------------------------------------------------------------- */

static void parameters(void)
{
	prepare(0x08ff, HD);
	ok(gives(STATUS_OK));
	ok(regs.ch == 98 && regs.cl == 63 && regs.dh == 15 && regs.dl == 3 && !regs.al && !regs.bl);
	prepare(0x0800, HD_LARGE);
	ok(gives(STATUS_OK) && regs.ch == 0xff && regs.cl == 0xff && regs.dh == 254);
	ok(simple(0x0800, HD_4K, STATUS_INVALID));
	ok(simple(0x0800, NO_DISK, STATUS_INVALID));
	prepare(0x1500, HD);
	int13_disk(&regs);
	ok(!carry() && regs.ah == 3 && regs.cx == 1 && regs.dx == 100000 - 65536);
	prepare(0x1500, HD_LARGE);
	int13_disk(&regs);
	ok(regs.ah == 3 && regs.cx == 0xffff && regs.dx == 0xffff);
	prepare(0x1500, NO_DISK);
	int13_disk(&regs);
	ok(!carry() && regs.ah == 0);
}

static void other_functions(void)
{
	static const uint8_t good[] = {0x00, 0x09, 0x0d, 0x10, 0x11, 0x14, 0x19};

	for (unsigned i = 0; i < sizeof(good); i++) {
		ok(simple(good[i] << 8, HD, STATUS_OK));
		ok(simple(good[i] << 8, NO_DISK, STATUS_INVALID));
	}
	for (unsigned function = 0x4f; function < 0x100; function++)
		ok(simple(function << 8, HD, STATUS_INVALID));
	ok(simple(0x0a00, HD, STATUS_INVALID));
	ok(simple(0x4500, HD, STATUS_INVALID));
	ok(simple(0x4600, HD, STATUS_INVALID));
	ok(simple(0x4b01, HD, STATUS_INVALID));
	/* The status of the last call, once. */
	ok(simple(0xff00, HD, STATUS_INVALID));
	prepare(0x0100, HD);
	int13_disk(&regs);
	ok(regs.ah == STATUS_INVALID && carry());
	ok(simple(0x0100, HD, STATUS_OK));
}

/* --- Enhanced Disk Drive ------------------------------------------------------ */

struct packet {
	uint8_t size, reserved;
	uint16_t count, offset, segment;
	uint64_t lba, flat;
	uint32_t flat_count, reserved_2;
} __attribute__((packed));

static struct packet *packet(uint64_t lba, uint16_t count)
{
	struct packet *p = phys_ptr(PACKET);

	*p = (struct packet){.size = 16, .count = count, .segment = BUFFER_SEG, .lba = lba};
	return p;
}

static void edd_check(void)
{
	prepare(0x4100, HD);
	regs.bx = 0x55aa;
	int13_disk(&regs);
	ok(!carry() && regs.ah == 0x30 && regs.bx == 0xaa55 && (regs.cx & 5) == 5);
	prepare(0x4100, HD);
	regs.bx = 0x1234;
	ok(gives(STATUS_INVALID) && regs.bx == 0x1234);
	prepare(0x4100, NO_DISK);
	regs.bx = 0x55aa;
	ok(gives(STATUS_INVALID) && regs.bx == 0x55aa);
}

/* The packet gets a result, so it must not lie in the firmware's memory; nor may
 * what 48h returns. */
static void packet_of_ours(void)
{
	struct packet *ours = seg_ptr(HEAP_SEG, 0);

	*ours = *packet(0, 1);
	for (unsigned ah = 0x42; ah <= 0x43; ah++) {
		prepare(ah << 8, HD);
		regs.ds = HEAP_SEG;
		regs.si = 0;
		hd.count = 0;
		ok(gives(STATUS_INVALID) && ours->count == 1 && !hd.count);
	}
}

static void edd_read(void)
{
	struct packet *p = packet(1234, 127);

	ok(simple(0x4200, HD, STATUS_OK) && p->count == 127);
	ok(fake_disk_holds(&hd, 1234, 127, BUFFER));
	p = packet(99999, 1);
	ok(simple(0x4200, HD, STATUS_OK) && p->count == 1);
	p = packet(99999, 2);
	ok(simple(0x4200, HD, STATUS_NOT_FOUND) && p->count == 0);
	p = packet(UINT64_MAX, 1);
	ok(simple(0x4200, HD, STATUS_NOT_FOUND) && p->count == 0);
	p = packet(1ull << 32, 1);
	ok(simple(0x4200, HD_LARGE, STATUS_OK) && hd_large.lba == 1ull << 32);
	p = packet(5, 0);
	ok(simple(0x4200, HD, STATUS_OK) && p->count == 0);
	p = packet(0, 1);
	p->size = 15;
	ok(simple(0x4200, HD, STATUS_INVALID));
	p = packet(0, 1);
	p->segment = HEAP_SEG;
	ok(simple(0x4200, HD, STATUS_DMA_BOUNDARY) && p->count == 0);
	hd.bad_lba = 200;
	hd.error = ERR_IO;
	p = packet(0, 300);
	ok(simple(0x4200, HD, STATUS_BAD_DATA) && p->count == 128);
	hd.error = 0;
	machine_said("");
}

static void edd_flat(void)
{
	struct packet *p = packet(7, 1);

	p->size = 24;
	p->offset = p->segment = 0xffff;
	p->flat = BUFFER + 1;
	ok(simple(0x4200, HD, STATUS_OK) && hd.address == BUFFER + 1);
	p = packet(7, 1);
	p->size = 16; /* too short to have a flat address */
	p->offset = p->segment = 0xffff;
	p->flat = BUFFER;
	ok(simple(0x4200, HD, STATUS_OK) && hd.address == 0xffff0 + 0xffff);
	p = packet(7, 1);
	p->size = 24;
	p->offset = p->segment = 0xffff;
	p->flat = UINT64_MAX - 100;
	ok(simple(0x4200, HD, STATUS_DMA_BOUNDARY));
	p->count = 1;
	p->flat = 1ull << 32; /* no RAM there */
	ok(simple(0x4200, HD, STATUS_DMA_BOUNDARY));
	p->count = 1;
	p->flat = MACHINE_MEMORY - 511;
	ok(simple(0x4200, HD, STATUS_DMA_BOUNDARY));
	p = packet(7, 0xff);
	p->size = 32;
	p->flat = BUFFER;
	p->flat_count = 200;
	ok(simple(0x4200, HD, STATUS_OK) && p->flat_count == 200 && p->count == 0xff);
	ok(fake_disk_holds(&hd, 7, 200, BUFFER));
	p->flat_count = UINT32_MAX;
	ok(simple(0x4200, HD, STATUS_DMA_BOUNDARY) && p->flat_count == 0 && p->count == 0xff);
	p->flat_count = UINT32_MAX;
	ok(simple(0x4300, HD, STATUS_DMA_BOUNDARY));
	p->flat_count = 0xff;
	p->flat = HEAP_SEG << 4;
	ok(simple(0x4200, HD, STATUS_DMA_BOUNDARY) && p->flat_count == 0 && p->count == 0xff);
}

/* RAM above 4 GiB, which only the disk reaches. */
static void edd_above_4_gib(void)
{
	struct packet *p = packet(7, 8);

	memmap_set(1ull << 32, 8 * 512, MEMMAP_RAM);
	p->size = 24;
	p->offset = p->segment = 0xffff;
	p->flat = 1ull << 32;
	ok(simple(0x4200, HD, STATUS_OK) && hd.address == 1ull << 32 && hd.count == 8);
	p->flat++;
	hd.count = 0;
	ok(simple(0x4200, HD, STATUS_DMA_BOUNDARY) && !hd.count);
	memmap_set(1ull << 32, 8 * 512, MEMMAP_RESERVED);
	p->count = 8;
	p->flat = 1ull << 32;
	ok(simple(0x4200, HD, STATUS_DMA_BOUNDARY));
}

/* A packet at the end of a segment, and at an odd address. */
static void edd_odd_packets(void)
{
	struct packet *p = packet(77, 1);

	memcpy(phys_ptr(0x3fff1), p, 16);
	prepare(0x4200, HD);
	regs.ds = 0x3000;
	regs.esi = 0x1234fff1; /* of ESI, SI counts */
	ok(gives(STATUS_OK) && fake_disk_holds(&hd, 77, 1, BUFFER));
	memcpy(phys_ptr(0x3fff8), p, 16);
	prepare(0x4200, HD);
	regs.ds = 0x3000;
	regs.si = 0xfff8;
	ok(gives(STATUS_OK));
}

/* AH=4Eh: prefetch (0, 1), PIO (2, 3) and DMA (4-6): what is off can be switched off. */
static void edd_hardware(void)
{
	for (unsigned al = 0; al < 256; al++) {
		bool off = al == 1 || al == 3 || al == 4 || al == 6;

		ok(simple(0x4e00 | al, HD, off ? STATUS_OK : STATUS_INVALID));
		ok(regs.al == (off ? 0 : al));
	}
}

static void edd_write_and_verify(void)
{
	struct packet *p = packet(50, 3);

	hd.writes = 0;
	ok(simple(0x4300, HD, STATUS_OK) && hd.writes == 1 && p->count == 3);
	ok(simple(0x4301, HD, STATUS_OK) && simple(0x4302, HD, STATUS_OK) && hd.writes == 3);
	ok(simple(0x4303, HD, STATUS_INVALID) && hd.writes == 3);
	hd.disk.read_only = true;
	ok(simple(0x4300, HD, STATUS_WRITE_PROTECTED) && p->count == 0);
	((uint8_t *)phys_ptr(PACKET))[0] = 26;
	ok(simple(0x4800, HD, STATUS_OK) && !(((uint8_t *)phys_ptr(PACKET))[2] & 8));
	hd.disk.read_only = false;
	packet(99998, 2);
	ok(simple(0x4400, HD, STATUS_OK) && simple(0x4700, HD, STATUS_OK));
	packet(99998, 3);
	ok(simple(0x4400, HD, STATUS_NOT_FOUND) && simple(0x4700, HD, STATUS_OK));
	packet(100000, 1);
	ok(simple(0x4700, HD, STATUS_NOT_FOUND));
	p = packet(0, 0xff);
	p->size = 32;
	p->flat_count = 8001; /* more than there is, in whatever blocks */
	ok(simple(0x4400, HD_4K, STATUS_NOT_FOUND));
	hd_4k.disk.knows_size = false; /* now they are rounded up to its blocks */
	ok(simple(0x4400, HD_4K, STATUS_NOT_FOUND));
	p->flat_count = 8000;
	ok(simple(0x4400, HD_4K, STATUS_OK));
}

/* A call ends, however much there is to verify. */
static void verify_much(void)
{
	struct packet *p = packet(0, 0xff);

	p->size = 32;
	hd_large.reads = 0;
	p->flat_count = 0xffff;
	ok(simple(0x4400, HD_LARGE, STATUS_OK) && hd_large.reads);
	hd_large.reads = 0;
	p->flat_count = 0x10000;
	ok(simple(0x4400, HD_LARGE, STATUS_INVALID));
	p->flat_count = UINT32_MAX;
	ok(simple(0x4400, HD_LARGE, STATUS_INVALID));
	ok(simple(0x4400, HD_4K, STATUS_INVALID) && !hd_large.reads);
}

static void edd_parameters(void)
{
	uint8_t *p = phys_ptr(PACKET), sum = 0;

	memset(p, 0xee, 128);
	p[0] = 25, p[1] = 0;
	ok(simple(0x4800, HD, STATUS_INVALID));
	for (unsigned size = 26; size < 100; size++) {
		unsigned expected = size >= 74 ? 74 : size >= 66 ? 66 : size >= 30 ? 30 : 26;

		memset(p, 0xee, 128);
		p[0] = size, p[1] = 0;
		ok(simple(0x4800, HD, STATUS_OK));
		ok(p[0] == expected && p[1] == 0 && p[expected] == 0xee && p[expected + 1] == 0xee);
	}
	ok(field(p + 4, 4) == 99 && field(p + 8, 4) == 16 && field(p + 12, 4) == 63);
	ok(field(p + 16, 8) == 100000 && field(p + 24, 2) == 512);
	ok(field(p + 26, 4) == 0xffffffff && field(p + 30, 2) == 0xbedd);
	ok(!memcmp(p + 36, "FAKEFAKEDISK", 12) && field(p + 48, 8) == 0x1234);
	for (unsigned i = 30; i < 74; i++)
		sum += p[i];
	ok(!sum);
	p[0] = 26, p[1] = 0;
	ok(simple(0x4800, HD_LARGE, STATUS_OK) && field(p + 16, 8) == 1ull << 40);
	ok(!(p[2] & 2)); /* too large for its geometry to mean anything */
	ok(p[2] == 8);   /* AH=43h AL=02h is there */
	p[0] = 26, p[1] = 0;
	ok(simple(0x4800, HD, STATUS_OK) && field(p + 2, 2) == 0x0a);
	hd.disk.blocks = 15482880; /* EDD-3, 8.22.2: up to here CHS tells something */
	ok(simple(0x4800, HD, STATUS_OK) && field(p + 2, 2) == 0x0a);
	hd.disk.blocks++;
	ok(simple(0x4800, HD, STATUS_OK) && field(p + 2, 2) == 8);
	hd.disk.blocks = 100000;
	p[0] = 26, p[1] = 0; /* removable, tells of a change, can be locked; no geometry */
	ok(simple(0x4800, CD, STATUS_OK) && field(p + 2, 2) == 0x3c); /* can be written */
	ok(!field(p + 4, 8) && !field(p + 12, 4) && field(p + 16, 8) == 5000);
	ok(field(p + 24, 2) == 2048);
	p = phys_ptr(HEAP_SEG << 4); /* results over the firmware */
	p[0] = 74;
	prepare(0x4800, HD);
	regs.ds = HEAP_SEG;
	regs.si = 0;
	ok(gives(STATUS_INVALID));
}

/* Who has not asked for the block size takes it for 512 bytes; GRUB's first
 * sectors do. */
static void large_blocks(void)
{
	uint8_t *p = phys_ptr(PACKET);

	packet(9, 3);
	ok(simple(0x4200, HD_4K, STATUS_OK));
	ok(field(phys_ptr(BUFFER), 8) == 9 * 512 && field(phys_ptr(BUFFER + 1024), 8) == 11 * 512);
	packet(7999, 1);
	ok(simple(0x4200, HD_4K, STATUS_OK));
	packet(8000, 1);
	ok(simple(0x4200, HD_4K, STATUS_NOT_FOUND));
	p[0] = 26, p[1] = 0;
	ok(simple(0x4800, HD_4K, STATUS_OK) && field(p + 24, 2) == 4096);
	ok(field(p + 16, 8) == 1000);
	packet(9, 3);
	ok(simple(0x4200, HD_4K, STATUS_OK) && fake_disk_holds(&hd_4k, 9, 3, BUFFER));
	packet(1000, 1);
	ok(simple(0x4200, HD_4K, STATUS_NOT_FOUND));
}

/* The image of one on a disk has no tray. */
static void cd_without_tray(void)
{
	const struct disk_ops *ops = cd.disk.ops;
	struct disk_ops fixed = *ops;
	uint8_t *p = phys_ptr(PACKET);

	fixed.eject = NULL;
	cd.disk.ops = &fixed;
	ok(simple(0x4500, CD, STATUS_INVALID) && simple(0x4600, CD, STATUS_INVALID));
	ok(simple(0x4900, CD, STATUS_OK) && simple(0x1000, CD, STATUS_OK));
	p[0] = 26, p[1] = 0;
	ok(simple(0x4800, CD, STATUS_OK) && !(p[2] & 0x34) && field(p + 24, 2) == 2048);
	cd.disk.ops = ops;
	p[0] = 26, p[1] = 0;
	ok(simple(0x4800, CD, STATUS_OK) && (p[2] & 0x34) == 0x34);
}

static void cds(void)
{
	packet(16, 4);
	ok(simple(0x4200, CD, STATUS_OK) && fake_disk_holds(&cd, 16, 4, BUFFER));
	packet(5000, 1);
	ok(simple(0x4200, CD, STATUS_NOT_FOUND));
	ok(chs(0x0201, CD, 0, 0, 1, STATUS_INVALID));
	ok(simple(0x0800, CD, STATUS_INVALID));
	ok(simple(0x4501, CD, STATUS_NOT_LOCKED));
	ok(simple(0x4500, CD, STATUS_OK) && regs.al == 1);
	ok(simple(0x4502, CD, STATUS_OK) && regs.al == 1);
	ok(simple(0x4600, CD, STATUS_LOCKED) && !cd.ejects);
	ok(simple(0x4501, CD, STATUS_OK) && regs.al == 0);
	ok(simple(0x4503, CD, STATUS_INVALID));
	ok(simple(0x4600, CD, STATUS_OK) && cd.ejects == 1);
	ok(simple(0x4601, CD, STATUS_INVALID));
	cd.error = ERR_IO;
	ok(simple(0x4600, CD, STATUS_EJECT_FAILED));
	cd.error = 0;
	for (unsigned i = 0; i < 255; i++)
		ok(simple(0x4500, CD, STATUS_OK));
	ok(simple(0x4500, CD, STATUS_LOCK_COUNT));
	ok(simple(0x4900, CD, STATUS_OK));
	cd.disk.changes++;
	ok(simple(0x4900, CD, STATUS_CHANGED));
	ok(simple(0x4900, CD, STATUS_OK));
	ok(simple(0x4200, CD + 1, STATUS_INVALID));
}

/* What software older than AH=08h reads: IBM's table of a fixed disk, by its vector. */
static bool has_table(uint8_t vector, unsigned cylinders, unsigned heads, uint8_t control)
{
	uint32_t target = field(phys_ptr(4 * vector), 4);
	const uint8_t *table = phys_ptr((target >> 16 << 4) + (uint16_t)target);

	return target && field(table, 2) == cylinders && table[2] == heads &&
	       field(table + 3, 2) == 0 && field(table + 5, 2) == 0xffff && table[7] == 0 &&
	       table[8] == control && !table[9] && !table[10] && !table[11] &&
	       field(table + 12, 2) == cylinders && table[14] == 63 && !table[15];
}

static void fixed_disk_tables(void)
{
	struct geometry kept = hd.disk.geometry;

	ok(has_table(0x41, 99, 16, 8));
	ok(!field(phys_ptr(4 * 0x46), 4)); /* the second one's blocks are no sectors */
	hd.disk.geometry.heads = 8;
	drive_publish();
	ok(has_table(0x41, 99, 8, 0));
	hd.disk.geometry.heads = 9;
	drive_lead(DISK_HARD, &hd_large.disk);
	drive_publish();
	ok(has_table(0x41, 1024, 255, 8) && has_table(0x46, 99, 9, 8));
	ok(drive_disk(0x80) == &hd_large.disk && drive_disk(0x81) == &hd.disk &&
	   drive_disk(0x82) == &hd_4k.disk && !drive_disk(0x83));
	hd.disk.geometry = kept;
	drive_lead(DISK_HARD, NULL);
	drive_publish();
	ok(has_table(0x41, 99, 16, 8) && bda()->disk_count == 3);
}

/* The equipment word, and where the diskette's parameters are. */
static void published_diskettes(void)
{
	static struct fake_disk more[5];
	uint32_t table;

	bda()->disk_count = 3;
	drive_publish();
	ok((bda()->equipment & 0xc1) == 0x01);
	ok(bda()->diskette_media[0] == floppy.disk.floppy->state && !bda()->diskette_media[1]);
	table = field(phys_ptr(4 * 0x1e), 4);
	ok(table == fseg_pointer(floppy.disk.floppy->table));
	drive_init();
	bda()->equipment = 0xffff;
	drive_publish();
	ok(bda()->equipment == 0xff3e);
	bda()->equipment = 0;
	drive_publish();
	ok(!bda()->equipment && !bda()->diskette_media[0] && !bda()->disk_count);
	ok(field(phys_ptr(4 * 0x1e), 4) == fseg_pointer(&diskette_table));
	ok(!field(phys_ptr(4 * 0x41), 4));
	for (unsigned i = 0; i < 5; i++) {
		fake_disk_init(&more[i], 720, 512);
		disk_register(&more[i].disk);
		drive_add(&more[i].disk);
		drive_publish();
		ok((bda()->equipment & 0xc1) == (0x01 | (i < 4 ? i : 3) << 6));
		ok(bda()->diskette_media[1] == (i ? more[1].disk.floppy->state : 0));
	}
	ok(field(phys_ptr(4 * 0x1e), 4) == fseg_pointer(more[0].disk.floppy->table));
}

/* --- diskettes ---------------------------------------------------------------- */

static void diskettes(void)
{
	ok(chs(0x0212, FLOPPY, 0, 1, 1, STATUS_OK) && fake_disk_holds(&floppy, 18, 18, BUFFER));
	ok(chs(0x0201, FLOPPY, 79, 1, 18, STATUS_OK) && floppy.lba == 2879);
	ok(chs(0x0201, FLOPPY, 80, 0, 1, STATUS_NOT_FOUND));
	ok(chs(0x0201, FLOPPY, 0, 0, 19, STATUS_INVALID));
	ok(chs(0x0201, FLOPPY, 0, 2, 1, STATUS_INVALID));
	prepare(0x0800, FLOPPY);
	ok(gives(STATUS_OK) && regs.ch == 79 && regs.cl == 18 && regs.dh == 1 && regs.dl == 1);
	ok(regs.bl == 4);
	prepare(0x1500, FLOPPY);
	int13_disk(&regs);
	ok(!carry() && regs.ah == 2);
	prepare(0x1500, FLOPPY + 1);
	int13_disk(&regs);
	ok(!carry() && regs.ah == 0);
	ok(simple(0x1600, FLOPPY, STATUS_OK));
	ok(simple(0x1703, FLOPPY, STATUS_OK) && simple(0x1709, FLOPPY, STATUS_INVALID));
	ok(chs(0x1800, FLOPPY, 79, 0, 18, STATUS_OK));
	ok(chs(0x1800, FLOPPY, 39, 0, 9, STATUS_MEDIA_TYPE));
	ok(simple(0x0000, FLOPPY, STATUS_OK) && simple(0x0000, FLOPPY + 1, STATUS_OK));
	ok(chs(0x0201, FLOPPY + 1, 0, 0, 1, STATUS_INVALID));
	prepare(0x0100, FLOPPY);
	int13_disk(&regs);
	ok(regs.ah == STATUS_INVALID && carry());
	ok(simple(0x4200, FLOPPY, STATUS_INVALID));
}

static void format_track(void)
{
	uint8_t *fields = phys_ptr(BUFFER);

	for (unsigned i = 0; i < 18; i++)
		memcpy(fields + 4 * i, (uint8_t[]){5, 1, i + 1, 2}, 4);
	floppy.writes = 0;
	ok(chs(0x0512, FLOPPY, 5, 1, 1, STATUS_OK));
	ok(floppy.writes == 18 && floppy.lba == 5 * 36 + 18 + 17);
	ok(chs(0x0512, FLOPPY, 6, 1, 1, STATUS_INVALID));
	ok(chs(0x0512, FLOPPY, 5, 0, 1, STATUS_INVALID));
	ok(chs(0x0500, FLOPPY, 5, 1, 1, STATUS_INVALID));
	memcpy(fields + 4 * 18, (uint8_t[]){5, 1, 1, 2}, 4);
	ok(chs(0x0513, FLOPPY, 5, 1, 1, STATUS_INVALID));
	fields[4 * 3 + 2] = 19;
	ok(chs(0x0512, FLOPPY, 5, 1, 1, STATUS_INVALID));
	memcpy(fields, (uint8_t[]){80, 0, 1, 2}, 4);
	ok(chs(0x0501, FLOPPY, 80, 0, 1, STATUS_INVALID));
}

/* Any registers at all: the call comes back, and no driver is asked for what is
 * not on its disk. */
static void random_calls(void)
{
	static const uint8_t drives[] = {0, 1, HD, HD_4K, HD_LARGE, NO_DISK, CD, 0xff};

	srand(3);
	for (volatile unsigned i = 0; i < 200000; i++) {
		uint8_t *bytes = phys_ptr(PACKET);

		for (unsigned n = 0; n < 40; n++)
			bytes[n] = rand() % 3 ? 0 : rand();
		prepare(rand() & 0x4fff, drives[rand() % sizeof(drives)]);
		regs.ebx = rand();
		regs.ecx = rand();
		regs.dh = rand();
		regs.es = BUFFER_SEG + (rand() & 0x3fff);
		if (regs.ah == 0x48) /* which writes where DS:SI says */
			continue;
		if (!setjmp(booted))
			int13_disk(&regs);
	}
	machine_said("");
	ok(!memcmp(&hd.device.name, "fake disk", 10));
}

static void add(struct fake_disk *fake, uint64_t blocks, uint32_t block_size, bool is_cd)
{
	fake_disk_init(fake, blocks, block_size);
	if (is_cd)
		fake->disk.kind = DISK_CD;
	disk_register(&fake->disk);
	drive_add(&fake->disk);
}

int main(void)
{
	machine_reset();
	add(&hd, 100000, 512, false);
	add(&hd_4k, 1000, 4096, false);
	add(&hd_large, 1ull << 40, 512, false);
	add(&cd, 5000, 2048, true);
	add(&floppy, 2880, 512, false);
	drive_publish();
	machine_end_of_post();
	chs_read();
	chs_write();
	errors();
	buffers();
	parameters();
	other_functions();
	edd_check();
	packet_of_ours();
	edd_read();
	edd_flat();
	edd_above_4_gib();
	edd_odd_packets();
	edd_hardware();
	edd_write_and_verify();
	verify_much();
	edd_parameters();
	large_blocks();
	cds();
	cd_without_tray();
	diskettes();
	format_track();
	fixed_disk_tables();
	random_calls();
	published_diskettes();
	return done();
}
