// SPDX-License-Identifier: LGPL-3.0-or-later
/*
 * INT 13h on a hard disk of DISK_SECTORS sectors: every function that boot
 * loaders use, with good and with bad parameters.
 *
 * References:
 *   RBIL  Ralf Brown's Interrupt List, release 61, INTERRUP.B, INT 13; status
 *         codes are its table 00234
 *   EDD   T13 1572D, BIOS Enhanced Disk Drive Services 3
 *   PS/2  IBM PS/2 and PC BIOS Interface Technical Reference, INT 13h
 *   AT    IBM PC AT Technical Reference, hard disk BIOS
 */

#include "guest.h"

#define SECTOR       512
#define PATTERN_FROM 256 /* tests/guest/mkimage.py */
#define LAST         (DISK_SECTORS - 1)

/* Buffers: linear addresses in memory that the program does not use. */
#define BUFFER      0x20000
#define ROM         0xff000
#define SEG(linear) ((linear) >> 4)

/* Status codes of RBIL's table 00234. */
#define BAD_PARAMETER 0x01
#define NOT_FOUND     0x04
#define DMA_BOUNDARY  0x09

/* EDD, disk address packet. */
struct dap {
	u8 size;
	u8 reserved;
	u16 count;
	u16 offset;
	u16 segment;
	u64 lba;
	u64 flat;
} PACKED;

/* EDD, result of function 48h. */
struct parameters {
	u16 size;
	u16 flags;
	u32 cylinders, heads, sectors;
	u64 total;
	u16 sector_size;
	u32 dpte;
	u16 key;
	u8 path_length;
	u8 path[41];
} PACKED;

static u8 drive;
static u32 heads, track; /* geometry from function 08h */
static u32 cylinders;

/* Are these count sectors at address what the image holds from lba on? */
static bool holds(u32 address, u32 lba, u32 count)
{
	u32 i;

	for (i = 0; i < count * (SECTOR / 4); i++)
		if (peek32(address + 4 * i) != lba + i / (SECTOR / 4))
			return false;
	return true;
}

static void soil(u32 address, u32 count)
{
	fill(address, 0xee, count * SECTOR);
}

static bool untouched(u32 address, u32 size)
{
	return filled_with(address, 0xee, size);
}

static struct regs chs(u8 function, u32 lba, u8 count, u16 es, u16 bx)
{
	u32 cylinder = lba / (heads * track);
	struct regs r = regs();

	r.ah = function;
	r.al = count;
	r.ch = cylinder;
	r.cl = (lba % track + 1) | (cylinder >> 2 & 0xc0);
	r.dh = lba / track % heads;
	r.dl = drive;
	r.es = es;
	r.bx = bx;
	intr(0x13, &r);
	return r;
}

static struct dap packet(u64 lba, u16 count, u32 buffer)
{
	struct dap d = {16, 0, count, buffer & 15, SEG(buffer), lba, 0};

	return d;
}

static struct regs edd(u16 ax, struct dap *d)
{
	struct regs r = regs();

	r.ax = ax;
	r.dl = drive;
	r.si = (u32)d;
	intr(0x13, &r);
	return r;
}

static bool fine(const struct regs *r)
{
	return !carry(r) && r->ah == 0;
}

static bool refused(const struct regs *r)
{
	return carry(r) && r->ah == BAD_PARAMETER;
}

/* Out of the disk: RBIL has 01h "invalid parameter" and 04h "sector not found". */
static bool off_the_disk(const struct regs *r)
{
	return carry(r) && (r->ah == BAD_PARAMETER || r->ah == NOT_FOUND);
}

static void reset_and_status(void)
{
	struct regs r;

	/* RBIL 13/00: CF clear and AH=00 if successful */
	r = intr_ax_dx(0x13, 0x0000, drive);
	ok(fine(&r));
	/* PS/2, fixed disk data area: 40:74 is the status of the last operation */
	ok(peek8(0x474) == 0);

	/* RBIL 13/01: AH = status of the previous operation, CF set unless 00 */
	r = intr_ax_dx(0x13, 0x0100, drive);
	ok(fine(&r));
	r = intr_ax_dx(0x13, 0x7f00, drive);
	ok(refused(&r));
	ok(peek8(0x474) == BAD_PARAMETER);
	r = intr_ax_dx(0x13, 0x0100, drive);
	ok(carry(&r) && r.ah == BAD_PARAMETER);
	r = intr_ax_dx(0x13, 0x0000, drive);
	ok(fine(&r));
	r = intr_ax_dx(0x13, 0x0100, drive);
	ok(fine(&r));

	/* RBIL 13/0C, 0D, 10, 11: seek, reset, ready test, recalibrate succeed */
	r = intr_ax_dx(0x13, 0x0d00, drive);
	ok(fine(&r));
	r = intr_ax_dx(0x13, 0x1000, drive);
	ok(fine(&r));
	r = intr_ax_dx(0x13, 0x1100, drive);
	ok(fine(&r));
}

static void geometry(void)
{
	struct regs r = intr_ax_dx(0x13, 0x0800, drive);
	u32 size;

	/* RBIL 13/08: CH, CL highest cylinder and sector, DH highest head */
	ok(fine(&r));
	track = r.cl & 0x3f;
	heads = r.dh + 1;
	cylinders = (r.ch | (r.cl & 0xc0) << 2) + 1;
	say("geometry: %u cylinders, %u heads, %u sectors\n", cylinders, heads, track);
	ok(track >= 1);
	/* RBIL: DOS fails with 256 heads, so no BIOS gives more than 255 */
	ok(heads >= 1 && heads <= 255);
	/* DL = number of drives, the same as 40:75 (PS/2, BIOS data area) */
	ok(r.dl == peek8(0x475));
	say("disks: %u\n", r.dl);
	/*
	 * No sector beyond the end can be named, and at most the partial last
	 * cylinder and the one that AT reserves for diagnostics are out of reach.
	 */
	size = cylinders * heads * track;
	ok(size <= DISK_SECTORS);
	ok(size + 2 * heads * track > DISK_SECTORS);

	/* RBIL 13/15: AH=03 fixed disk, CX:DX = number of 512-byte sectors */
	r = intr_ax_dx(0x13, 0x1500, drive);
	ok(!carry(&r) && r.ah == 0x03);
	size = (u32)r.cx << 16 | r.dx;
	ok(size <= DISK_SECTORS);
	ok(size + 2 * heads * track > DISK_SECTORS);
}

static void read_chs(void)
{
	u32 lba, far_lba = cylinders * heads * track - 1;
	struct regs r;

	/* RBIL 13/02: CF clear, AH = 00, AL = sectors transferred */
	soil(BUFFER, 3);
	r = chs(0x02, PATTERN_FROM, 1, SEG(BUFFER), SECTOR);
	ok(fine(&r));
	ok(r.al == 1);
	ok(holds(BUFFER + SECTOR, PATTERN_FROM, 1));
	ok(untouched(BUFFER, SECTOR));
	ok(untouched(BUFFER + 2 * SECTOR, SECTOR));

	/* the boot sector is cylinder 0, head 0, sector 1 */
	r = chs(0x02, 0, 1, SEG(BUFFER), 0);
	ok(fine(&r));
	ok(peek16(BUFFER + 510) == 0xaa55);
	ok(peek32(BUFFER) == peek32(0x7c00));

	/* over tracks, heads and a cylinder's end */
	lba = heads * track - 5;
	r = chs(0x02, lba, 63, SEG(BUFFER), 0);
	ok(fine(&r) && r.al == 63);
	ok(holds(BUFFER, lba, 63));

	/* RBIL: at most 80h, what fits into 64 KiB */
	soil(BUFFER, 129);
	r = chs(0x02, 1000, 128, SEG(BUFFER), 0);
	ok(fine(&r) && r.al == 128);
	ok(holds(BUFFER, 1000, 128));
	ok(untouched(BUFFER + 0x10000, SECTOR));

	/* the last sector that CHS can name */
	r = chs(0x02, far_lba, 1, SEG(BUFFER), 0);
	ok(fine(&r));
	ok(holds(BUFFER, far_lba, 1));

	/* an odd segment, an odd offset, the end of a segment, over 64 KiB */
	r = chs(0x02, 300, 2, SEG(BUFFER) + 1, 3);
	ok(fine(&r) && holds(BUFFER + 19, 300, 2));
	r = chs(0x02, 301, 1, SEG(BUFFER), 0xfe00);
	ok(fine(&r) && holds(BUFFER + 0xfe00, 301, 1));
	r = chs(0x02, 302, 4, SEG(BUFFER + 0xfc00), 0);
	ok(fine(&r) && holds(BUFFER + 0xfc00, 302, 4));
}

static void read_chs_errors(void)
{
	struct regs r;

	/* RBIL 13/02: "number of sectors to read (must be nonzero)" */
	soil(BUFFER, 2);
	r = chs(0x02, 300, 0, SEG(BUFFER), 0);
	ok(refused(&r));
	ok(r.al == 0);
	/* sectors count from 1 */
	r = regs();
	r.ax = 0x0201;
	r.dx = drive;
	r.es = SEG(BUFFER);
	intr(0x13, &r);
	ok(off_the_disk(&r));
	/* a head and a cylinder that the geometry does not have */
	r = regs();
	r.ax = 0x0201;
	r.cx = 0x0001;
	r.dl = drive;
	r.dh = heads;
	r.es = SEG(BUFFER);
	intr(0x13, &r);
	ok(off_the_disk(&r));
	r = regs();
	r.ax = 0x0201;
	r.cx = 0xffc1;
	r.dx = drive;
	r.es = SEG(BUFFER);
	intr(0x13, &r);
	ok(off_the_disk(&r));
	ok(untouched(BUFFER, 2 * SECTOR));

	/*
	 * A buffer that leaves its segment: AT calls it a DMA boundary error
	 * (09h); going on in linear memory is fine too, wrapping is not.
	 */
	soil(BUFFER, 1);
	r = chs(0x02, 300, 1, SEG(BUFFER), 0xff00);
	ok((carry(&r) && r.ah == DMA_BOUNDARY) || (fine(&r) && holds(BUFFER + 0xff00, 300, 1)));
	ok(untouched(BUFFER, SECTOR));
}

static void write_chs(void)
{
	struct regs r;

	/* RBIL 13/03: CF clear, AH = 00, AL = sectors transferred */
	fill(BUFFER, 0x5a, 2 * SECTOR);
	r = chs(0x03, 500, 2, SEG(BUFFER), 0);
	ok(fine(&r) && r.al == 2);
	ok(filled_with(BUFFER, 0x5a, 2 * SECTOR));
	r = chs(0x02, 499, 4, SEG(BUFFER), 0);
	ok(fine(&r));
	ok(holds(BUFFER, 499, 1));
	ok(filled_with(BUFFER + SECTOR, 0x5a, 2 * SECTOR));
	ok(holds(BUFFER + 3 * SECTOR, 502, 1));

	/* 128 sectors at once, from an odd address */
	fill(BUFFER, 0xa5, 128 * SECTOR + 1);
	r = chs(0x03, 600, 127, SEG(BUFFER), 1);
	ok(fine(&r) && r.al == 127);
	soil(BUFFER, 128);
	r = chs(0x02, 600, 128, SEG(BUFFER), 0);
	ok(fine(&r));
	ok(filled_with(BUFFER, 0xa5, 127 * SECTOR));
	ok(holds(BUFFER + 127 * SECTOR, 727, 1));

	r = chs(0x03, 500, 0, SEG(BUFFER), 0);
	ok(refused(&r));

	/* RBIL 13/04: verify, no data moved */
	soil(BUFFER, 2);
	r = chs(0x04, 500, 2, SEG(BUFFER), 0);
	ok(fine(&r));
	ok(untouched(BUFFER, 2 * SECTOR));
}

static void bad_drives(void)
{
	static const u8 absent[] = {0x81, 0x8f, 0xff};
	struct dap d = packet(0, 1, BUFFER);
	struct regs r;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(absent); i++) {
		if (absent[i] < 0x80 + peek8(0x475))
			continue;
		/* RBIL table 00234: 01h invalid function or parameter (drive) */
		r = intr_ax_dx(0x13, 0x0000, absent[i]);
		ok(carry(&r) && r.ah);
		r = regs();
		r.ax = 0x0201;
		r.cx = 1;
		r.dx = absent[i];
		r.es = SEG(BUFFER);
		intr(0x13, &r);
		ok(carry(&r) && r.ah);
		/* RBIL 13/08: CF set, AH = status (07h or 01h) */
		r = intr_ax_dx(0x13, 0x0800, absent[i]);
		ok(carry(&r) && (r.ah == 0x07 || r.ah == BAD_PARAMETER));
		/* RBIL 13/15: AH = 00 no such drive, or an error */
		r = intr_ax_dx(0x13, 0x1500, absent[i]);
		ok(carry(&r) || r.ah == 0);
		/* EDD 41h: CF set, AH = 01 */
		r = regs();
		r.ax = 0x4100;
		r.bx = 0x55aa;
		r.dx = absent[i];
		intr(0x13, &r);
		ok(refused(&r));
		r = regs();
		r.ax = 0x4200;
		r.dx = absent[i];
		r.si = (u32)&d;
		intr(0x13, &r);
		ok(carry(&r) && r.ah);
	}

	/* no diskette: RBIL 13/08 gives an error or no drives; reads fail */
	r = intr_ax_dx(0x13, 0x0800, 0x00);
	ok(carry(&r) || r.dl == 0);
	r = regs();
	r.ax = 0x0201;
	r.cx = 1;
	r.es = SEG(BUFFER);
	intr(0x13, &r);
	ok(carry(&r) && r.ah);
}

static void bad_functions(void)
{
	static const u8 unknown[] = {0x1f, 0x3f, 0x4f, 0x7f, 0xfe};
	struct regs r;
	u32 i;

	/* RBIL table 00234: 01h invalid function */
	for (i = 0; i < ARRAY_SIZE(unknown); i++) {
		r = intr_ax_dx(0x13, unknown[i] << 8, drive);
		ok(refused(&r));
	}
	/* RBIL 13/4B01: no CD emulation, and 80h is no CD */
	r = intr_ax_dx(0x13, 0x4b01, drive);
	ok(carry(&r));
}

static void edd_present(void)
{
	struct regs r = regs();

	/* EDD 41h: BX=AA55, AH = version (30h: EDD-3), CX bit 0: 42h-44h, 47h, 48h */
	r.ax = 0x4100;
	r.bx = 0x55aa;
	r.dx = drive;
	intr(0x13, &r);
	ok(!carry(&r));
	ok(r.bx == 0xaa55);
	ok(r.ah == 0x30 || r.ah == 0x21 || r.ah == 0x20 || r.ah == 0x01);
	ok(r.cx & 1);
	ok(!(r.cx & ~0xfu));
}

static void read_edd(void)
{
	struct dap d = packet(400, 1, BUFFER + SECTOR);
	struct regs r;

	/* EDD 42h: CF clear, AH = 00, the packet's count = blocks transferred */
	soil(BUFFER, 3);
	r = edd(0x4200, &d);
	ok(fine(&r));
	ok(d.count == 1);
	ok(d.lba == 400 && d.size == 16);
	ok(holds(BUFFER + SECTOR, 400, 1));
	ok(untouched(BUFFER, SECTOR));
	ok(untouched(BUFFER + 2 * SECTOR, SECTOR));

	/* EDD: up to 127 blocks; the last block of the disk; both at once */
	d = packet(2000, 127, BUFFER);
	soil(BUFFER, 128);
	r = edd(0x4200, &d);
	ok(fine(&r) && d.count == 127);
	ok(holds(BUFFER, 2000, 127));
	ok(untouched(BUFFER + 127 * SECTOR, SECTOR));
	d = packet(LAST, 1, BUFFER);
	r = edd(0x4200, &d);
	ok(fine(&r) && holds(BUFFER, LAST, 1));
	d = packet(LAST - 126, 127, BUFFER);
	r = edd(0x4200, &d);
	ok(fine(&r) && holds(BUFFER, LAST - 126, 127));

	/* CHS and LBA mean the same sectors */
	r = chs(0x02, 3000, 1, SEG(BUFFER), 0);
	ok(holds(BUFFER, 3000, 1));

	/* odd buffers, the end of a segment, over 64 KiB */
	d = packet(401, 2, BUFFER);
	d.segment += 1;
	d.offset = 5;
	r = edd(0x4200, &d);
	ok(fine(&r) && holds(BUFFER + 21, 401, 2));
	d = packet(402, 1, BUFFER);
	d.offset = 0xfe00;
	r = edd(0x4200, &d);
	ok(fine(&r) && holds(BUFFER + 0xfe00, 402, 1));
	d = packet(403, 4, BUFFER + 0xfc08);
	r = edd(0x4200, &d);
	ok(fine(&r) && holds(BUFFER + 0xfc08, 403, 4));
	/* the highest memory below the extended BIOS data area */
	d = packet(404, 1, 0x9f000);
	r = edd(0x4200, &d);
	ok(fine(&r) && holds(0x9f000, 404, 1));

	/* EDD: a block count of 0 transfers nothing */
	d = packet(400, 0, BUFFER);
	soil(BUFFER, 1);
	r = edd(0x4200, &d);
	ok(fine(&r));
	ok(untouched(BUFFER, SECTOR));
}

/*
 * EDD-3: with FFFF:FFFF as buffer and a packet of at least 24 bytes, the
 * buffer's address is the flat 64-bit one behind the block number.
 */
static void read_edd_flat(void)
{
	struct dap d = packet(405, 2, 0);
	struct regs r;

	d.size = 24;
	d.segment = d.offset = 0xffff;
	d.flat = BUFFER + 7;
	soil(BUFFER, 3);
	r = edd(0x4200, &d);
	ok(fine(&r));
	ok(holds(BUFFER + 7, 405, 2));

	/* a longer packet with an ordinary buffer is an ordinary packet */
	d = packet(406, 1, BUFFER);
	d.size = 24;
	r = edd(0x4200, &d);
	ok(fine(&r) && holds(BUFFER, 406, 1));
}

static void read_edd_errors(void)
{
	struct dap d;
	struct regs r;

	soil(BUFFER, 130);

	/* EDD: a packet of less than 16 bytes is refused with AH = 01 */
	d = packet(400, 1, BUFFER);
	d.size = 15;
	r = edd(0x4200, &d);
	ok(refused(&r));
	d.size = 0;
	r = edd(0x4200, &d);
	ok(refused(&r));
	ok(untouched(BUFFER, 130 * SECTOR));

	/* past the end, with 32 and with 64 bits, and around the 64-bit wrap */
	soil(BUFFER, 130);
	d = packet(DISK_SECTORS, 1, BUFFER);
	r = edd(0x4200, &d);
	ok(off_the_disk(&r));
	ok(d.count == 0);
	d = packet(0x100000000ull, 1, BUFFER);
	r = edd(0x4200, &d);
	ok(off_the_disk(&r));
	d = packet(0x800000000000000ull, 1, BUFFER); /* byte 0 after a wrap */
	r = edd(0x4200, &d);
	ok(off_the_disk(&r));
	d = packet(0xffffffffffffffffull, 2, BUFFER);
	r = edd(0x4200, &d);
	ok(off_the_disk(&r));
	ok(untouched(BUFFER, 130 * SECTOR));

	/* EDD: on an error the count says how many blocks were transferred */
	d = packet(LAST, 2, BUFFER);
	r = edd(0x4200, &d);
	ok(off_the_disk(&r));
	ok(d.count == 0 || (d.count == 1 && holds(BUFFER, LAST, 1)));
	ok(untouched(BUFFER + SECTOR, SECTOR));

	/* EDD: more than 127 blocks is an error; to do all of it is no harm */
	soil(BUFFER, 130);
	d = packet(400, 128, BUFFER);
	r = edd(0x4200, &d);
	ok(refused(&r) || (fine(&r) && holds(BUFFER, 400, 128)));
	ok(untouched(BUFFER + 128 * SECTOR, 2 * SECTOR));

	/* as for function 02h: no wrap in the segment */
	soil(BUFFER, 1);
	d = packet(400, 1, BUFFER);
	d.offset = 0xff00;
	r = edd(0x4200, &d);
	ok((carry(&r) && (r.ah == DMA_BOUNDARY || r.ah == BAD_PARAMETER)) ||
	   (fine(&r) && holds(BUFFER + 0xff00, 400, 1)));
	ok(untouched(BUFFER, SECTOR));
}

/* The ROM is memory like any other to who writes it to a disk. */
static void write_rom(void)
{
	struct dap d = packet(710, 3, ROM);
	struct regs r = edd(0x4300, &d);
	u32 i;

	ok(fine(&r) && d.count == 3);
	soil(BUFFER, 3);
	d = packet(710, 3, BUFFER);
	r = edd(0x4200, &d);
	ok(fine(&r));
	for (i = 0; i < 3 * SECTOR && peek8(BUFFER + i) == peek8(ROM + i); i++)
		;
	ok(i == 3 * SECTOR);
}

static void write_edd(void)
{
	struct dap d = packet(700, 2, BUFFER + 1);
	struct regs r;

	/* EDD 43h, AL = 0: write without verify */
	fill(BUFFER, 0x3c, 2 * SECTOR + 1);
	r = edd(0x4300, &d);
	ok(fine(&r) && d.count == 2);
	d = packet(700, 3, BUFFER);
	r = edd(0x4200, &d);
	ok(fine(&r));
	ok(filled_with(BUFFER, 0x3c, 2 * SECTOR));
	ok(holds(BUFFER + 2 * SECTOR, 702, 1) || filled_with(BUFFER + 2 * SECTOR, 0xa5, SECTOR));

	/* AL = 1 is the same; AL = 2 verifies or is refused */
	fill(BUFFER, 0x3d, SECTOR);
	d = packet(703, 1, BUFFER);
	r = edd(0x4301, &d);
	ok(fine(&r));
	d = packet(704, 1, BUFFER);
	r = edd(0x4302, &d);
	ok(fine(&r) || refused(&r));
	d = packet(703, 1, BUFFER);
	soil(BUFFER, 1);
	r = edd(0x4200, &d);
	ok(fine(&r) && filled_with(BUFFER, 0x3d, SECTOR));

	/* the last sector can be written, the one behind it cannot */
	d = packet(LAST, 1, BUFFER);
	r = edd(0x4300, &d);
	ok(fine(&r));
	d = packet(DISK_SECTORS, 1, BUFFER);
	r = edd(0x4300, &d);
	ok(off_the_disk(&r));

	/* EDD 44h: verify, no data moved; 47h: seek */
	soil(BUFFER, 1);
	d = packet(400, 1, BUFFER);
	r = edd(0x4400, &d);
	ok(fine(&r));
	ok(untouched(BUFFER, SECTOR));
	d = packet(DISK_SECTORS, 1, BUFFER);
	r = edd(0x4400, &d);
	ok(off_the_disk(&r));
	d = packet(400, 1, BUFFER);
	r = edd(0x4700, &d);
	ok(fine(&r));
}

static struct regs get_parameters(struct parameters *p, u16 size)
{
	struct regs r = regs();

	memset(p, 0xee, sizeof(*p));
	p->size = size;
	p->flags = 0; /* RBIL 13/48: some BIOSes want 0 here */
	r.ax = 0x4800;
	r.dl = drive;
	r.si = (u32)p;
	intr(0x13, &r);
	return r;
}

static void parameters_edd(void)
{
	struct parameters p;
	struct regs r;
	u8 sum = 0;
	u32 i;

	/* EDD 48h: 26 bytes are version 1.x */
	r = get_parameters(&p, 26);
	ok(fine(&r));
	ok(p.size == 26);
	ok(p.total == DISK_SECTORS);
	ok(p.sector_size == 512);
	ok(p.dpte == 0xeeeeeeee);
	/* flag bit 1: the geometry is valid; it then covers no more than the disk */
	ok(!(p.flags & 2) ||
	   (p.heads && p.sectors && p.cylinders * p.heads * p.sectors <= DISK_SECTORS + 0u));
	/* flag bit 2: removable medium. This one is not. */
	ok(!(p.flags & 4));

	/* less than 26 bytes: AH = 01 */
	r = get_parameters(&p, 25);
	ok(refused(&r));
	r = get_parameters(&p, 0);
	ok(refused(&r));

	/* 30 bytes are version 2.x: a DPTE pointer, FFFF:FFFF where there is none */
	r = get_parameters(&p, 30);
	ok(fine(&r));
	ok(p.size == 26 || p.size == 30);
	ok(p.key == 0xeeee);
	ok(p.total == DISK_SECTORS);

	/* 66 or 74 bytes are version 3: a device path with a checksum */
	r = get_parameters(&p, 74);
	ok(fine(&r));
	ok(p.size == 26 || p.size == 30 || p.size == 66 || p.size == 74);
	ok(p.total == DISK_SECTORS);
	if (p.size >= 66 && p.key == 0xbedd) {
		for (i = 30; i < p.size; i++)
			sum += ((u8 *)&p)[i];
		ok(sum == 0);
		ok(p.path_length == 36 || p.path_length == 44);
	}
	/* larger than all versions: the size that is returned says what is there */
	r = get_parameters(&p, 0x100);
	ok(fine(&r));
	ok(p.size >= 26 && p.size <= 74);
}

/* What a fixed disk refuses, and what it accepts without doing anything. */
static void other_functions(void)
{
	static const u8 harmless[] = {0x09, 0x14, 0x19};
	static const u8 refused_here[] = {0x05, 0x06, 0x0a, 0x0b, 0x16, 0x18, 0x45, 0x46};
	struct dap d = packet(400, 1, 0);
	struct regs r;
	u32 i, table;

	/* RBIL 13/09, 14, 19: CF clear, AH = 00 */
	for (i = 0; i < ARRAY_SIZE(harmless); i++) {
		r = intr_ax_dx(0x13, harmless[i] << 8, drive);
		ok(fine(&r));
	}
	/* RBIL table 00234: 01 for functions of diskettes and of removable media
	 * (EDD 41h: CX bit 1 is clear), and for formatting */
	for (i = 0; i < ARRAY_SIZE(refused_here); i++) {
		r = intr_ax_dx(0x13, refused_here[i] << 8 | 1, drive);
		ok(refused(&r));
	}
	/* EDD 49h: a fixed disk has not changed; 4Eh: to disable is possible */
	r = intr_ax_dx(0x13, 0x4900, drive);
	ok(fine(&r));
	r = intr_ax_dx(0x13, 0x4e01, drive);
	ok(fine(&r));
	r = intr_ax_dx(0x13, 0x4e00, drive);
	ok(refused(&r));
	/* PS/2, INT 41h: cylinders, heads and sectors of the first disk */
	table = peek16(0x41 * 4) + peek16(0x41 * 4 + 2) * 16u;
	ok(peek16(table) == cylinders && peek8(table + 2) == heads && peek8(table + 14) == track);
	/* RBIL table 00234: 09 for memory that a disk cannot be read to. The
	 * firmware lies in F0000-FFFFF, beyond 7FFFFFFF there is no RAM. */
	d.segment = 0xf000;
	r = edd(0x4200, &d);
	ok(carry(&r) && r.ah == DMA_BOUNDARY && d.count == 0);
	d = packet(400, 1, 0);
	d.size = 24;
	d.segment = d.offset = 0xffff;
	d.flat = 0xd0000000;
	r = edd(0x4200, &d);
	ok(carry(&r) && r.ah == DMA_BOUNDARY);
	d.count = 1;
	d.flat = 0x1234567800000000ull;
	r = edd(0x4200, &d);
	ok(carry(&r) && r.ah == DMA_BOUNDARY);
	/* and it goes on working */
	d = packet(400, 1, BUFFER);
	r = edd(0x4200, &d);
	ok(fine(&r) && holds(BUFFER, 400, 1));
}

void test(void)
{
	drive = entry.edx;
	reset_and_status();
	geometry();
	if (!track || !heads)
		return;
	read_chs();
	read_chs_errors();
	bad_drives();
	bad_functions();
	edd_present();
	read_edd();
	read_edd_flat();
	read_edd_errors();
	parameters_edd();
	other_functions();
	write_chs();
	write_edd();
	write_rom();
}
