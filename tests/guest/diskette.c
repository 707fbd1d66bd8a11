// SPDX-License-Identifier: LGPL-3.0-or-later
/*
 * INT 13h and INT 40h on a diskette: a disk of 2880 sectors, or the same image
 * as El Torito emulates it from a CD, where the functions for CDs are there too.
 *
 * References:
 *   RBIL  Ralf Brown's Interrupt List, release 61, INTERRUP.B, INT 13
 *   PS/2  IBM PS/2 and PC BIOS Interface Technical Reference, INT 13h, diskette
 *   ELT   El Torito Bootable CD-ROM Format Specification 1.0, section 6
 *   EDD4  T13 2132D, BIOS Enhanced Disk Drive Services 4
 */

#include "guest.h"

#define SECTOR      512
#define BUFFER      0x20000
#define SEG(linear) ((linear) >> 4)
#define CD          0xe0 /* Petrel's first number for CDs */

struct specification {
	u8 size, media, drive, controller;
	u32 image;
	u16 device, cache, segment, sectors;
	u8 cylinder, sector, head;
} PACKED;

struct command {
	u8 size, count;
	u16 offset, segment, first;
} PACKED;

struct dap {
	u8 size, reserved;
	u16 count, offset, segment;
	u64 lba;
} PACKED;

static u8 drive;
static bool emulated;

static bool fine(const struct regs *r)
{
	return !carry(r) && r->ah == 0;
}

static bool refused(const struct regs *r)
{
	return carry(r) && r->ah == 0x01;
}

static bool holds(u32 address, u32 lba)
{
	return peek32(address) == lba && peek32(address + SECTOR - 4) == lba;
}

static struct regs chs(u8 vector, u8 function, u32 lba, u8 count, u16 es, u16 bx)
{
	struct regs r = regs();

	r.ah = function;
	r.al = count;
	r.ch = lba / 36;
	r.dh = lba / 18 % 2;
	r.cl = lba % 18 + 1;
	r.dl = drive;
	r.es = es;
	r.bx = bx;
	intr(vector, &r);
	return r;
}

static void parameters(void)
{
	struct regs r = intr_ax_dx(0x13, 0x0800, drive);
	u32 table;

	/* RBIL 13/08: BL = 4 for 1.44M, ES:DI the parameter table */
	ok(fine(&r));
	ok(r.bl == 4 && r.bh == 0 && r.al == 0);
	ok(r.ch == 79 && r.cl == 18 && r.dh == 1);
	ok(r.dl == 1);
	/* PS/2, diskette parameters: 2 is 512 bytes, then the sectors of a track */
	table = r.es * 16 + r.di;
	ok(peek8(table + 3) == 2 && peek8(table + 4) == 18);
	ok(peek32(0x1e * 4) == ((u32)r.es << 16 | r.di));
	/* PS/2, INT 11h: bit 0 diskettes, 7-6 how many less one */
	r = intr_ax(0x11, 0);
	ok((r.ax & 0xc1) == 0x01);
	/* RBIL 13/15: 01 without, 02 with change-line; 13/16: 00 unchanged */
	r = intr_ax_dx(0x13, 0x1500, drive);
	ok(!carry(&r) && (r.ah == 1 || r.ah == 2));
	r = intr_ax_dx(0x13, 0x1600, drive);
	ok(fine(&r));
	/* RBIL 13/18: a format that the drive has; one that it has not is 0C */
	r = regs();
	r.ax = 0x1800;
	r.cx = 79 << 8 | 18;
	r.dx = drive;
	intr(0x13, &r);
	ok(fine(&r));
	ok(peek8(r.es * 16 + r.di + 4) == 18);
	r = regs();
	r.ax = 0x1800;
	r.cx = 79 << 8 | 21;
	r.dx = drive;
	intr(0x13, &r);
	ok(carry(&r) && r.ah == 0x0c);
	r = intr_ax_dx(0x13, 0x1704, drive);
	ok(fine(&r));
	r = intr_ax_dx(0x13, 0x1709, drive);
	ok(refused(&r));
}

static void read(void)
{
	struct regs r = chs(0x13, 0x02, 300, 3, SEG(BUFFER), 0);

	/* RBIL 13/02 */
	ok(fine(&r) && r.al == 3);
	ok(holds(BUFFER, 300) && holds(BUFFER + 2 * SECTOR, 302));
	/* over a track and a cylinder; the last sector; the same by INT 40h */
	r = chs(0x13, 0x02, 359, 2, SEG(BUFFER), 0);
	ok(fine(&r) && holds(BUFFER, 359) && holds(BUFFER + SECTOR, 360));
	r = chs(0x40, 0x02, 2879, 1, SEG(BUFFER), 0);
	ok(fine(&r) && holds(BUFFER, 2879));
	/* RBIL table 00234: 01 bad parameter or 04 not found */
	r = chs(0x13, 0x02, 2879, 2, SEG(BUFFER), 0);
	ok(carry(&r) && (r.ah == 0x01 || r.ah == 0x04));
	/* PS/2: 40:41 is the diskettes' status, and what 01h returns */
	ok(peek8(0x441) == r.ah);
	r = intr_ax_dx(0x13, 0x0100, drive);
	ok(carry(&r) && r.ah == peek8(0x441));
	r = intr_ax_dx(0x13, 0x0000, drive);
	ok(fine(&r));
	ok(peek8(0x441) == 0);
	r = chs(0x13, 0x02, 300, 0, SEG(BUFFER), 0);
	ok(refused(&r));
	/* 04h reads and moves nothing */
	fill(BUFFER, 0xee, SECTOR);
	r = chs(0x13, 0x04, 300, 1, SEG(BUFFER), 0);
	ok(fine(&r) && filled_with(BUFFER, 0xee, SECTOR));
	/* neither EDD nor hard disk functions on a diskette */
	r = intr_ax_dx(0x13, 0x0d00, drive);
	ok(refused(&r));
	r = regs();
	r.ax = 0x4100;
	r.bx = 0x55aa;
	r.dx = drive;
	intr(0x13, &r);
	ok(refused(&r));
}

static void write(void)
{
	static const u8 fields[] = {10, 0, 1, 2, 10, 0, 2, 2};
	struct regs r;

	fill(BUFFER, 0x5a, SECTOR);
	r = chs(0x13, 0x03, 400, 1, SEG(BUFFER), 0);
	if (emulated) {
		/* RBIL table 00234: 03 write-protected */
		ok(carry(&r) && r.ah == 0x03 && r.al == 0);
		return;
	}
	ok(fine(&r) && r.al == 1);
	fill(BUFFER, 0, SECTOR);
	r = chs(0x13, 0x02, 400, 1, SEG(BUFFER), 0);
	ok(fine(&r) && filled_with(BUFFER, 0x5a, SECTOR));
	/* RBIL 13/05: the address fields C, H, R, N; PS/2: F6 fills */
	r = chs(0x13, 0x05, 360, 2, 0, (u32)fields);
	ok(fine(&r));
	r = chs(0x13, 0x02, 360, 3, SEG(BUFFER), 0);
	ok(fine(&r) && filled_with(BUFFER, 0xf6, 2 * SECTOR));
	ok(holds(BUFFER + 2 * SECTOR, 362));
	/* fields of another track are refused */
	r = chs(0x13, 0x05, 396, 2, 0, (u32)fields);
	ok(carry(&r) && r.ah);
}

static struct regs packet(u16 ax, u8 dl, void *at)
{
	struct regs r = regs();

	r.ax = ax;
	r.dl = dl;
	r.si = (u32)at;
	intr(0x13, &r);
	return r;
}

static void el_torito(void)
{
	struct specification s = {.size = 0};
	struct command c = {8, 1, 0, SEG(BUFFER), 0};
	struct dap d = {16, 0, 1, 0, SEG(BUFFER), 16};
	struct regs r;

	/* ELT 6.2: AL = 1 returns the specification packet and ends nothing */
	r = packet(0x4b01, drive, &s);
	ok(fine(&r));
	ok(s.size == 0x13 && (s.media & 0x0f) == 2 && s.drive == drive);
	ok(s.cylinder == 79 && s.sector == 18 && s.head == 1);
	/* ELT 6.4: the catalogue begins with its validation entry (2.1) */
	r = packet(0x4d00, drive, &c);
	ok(fine(&r));
	ok(peek8(BUFFER) == 1 && peek16(BUFFER + 30) == 0xaa55 && peek8(BUFFER + 32) == 0x88);
	ok(peek32(BUFFER + 32 + 8) == s.image);
	c.count = 0;
	r = packet(0x4d00, drive, &c);
	ok(carry(&r));
	/* The CD itself: ISO 9660, 8.1, the volume descriptor in sector 16 */
	r = packet(0x4200, CD, &d);
	ok(fine(&r));
	ok(peek32(BUFFER + 1) == 0x30304443);
	/* EDD4 8.18: locks are counted, B0 when there are none */
	r = intr_ax_dx(0x13, 0x4500, CD);
	ok(fine(&r) && r.al == 1);
	r = intr_ax_dx(0x13, 0x4502, CD);
	ok(fine(&r) && r.al == 1);
	r = intr_ax_dx(0x13, 0x4600, CD);
	ok(carry(&r) && r.ah == 0xb1);
	r = intr_ax_dx(0x13, 0x4501, CD);
	ok(fine(&r) && r.al == 0);
	r = intr_ax_dx(0x13, 0x4501, CD);
	ok(carry(&r) && r.ah == 0xb0);
	/* EDD4 8.21: 00 unchanged */
	r = intr_ax_dx(0x13, 0x4900, CD);
	ok(fine(&r));
	/* ELT 6.2: AL = 0 ends the emulation; then there is none */
	r = packet(0x4b00, drive, &s);
	ok(fine(&r));
	r = packet(0x4b01, drive, &s);
	ok(carry(&r));
	r = chs(0x13, 0x02, 300, 1, SEG(BUFFER), 0);
	ok(carry(&r));
	r = packet(0x4200, CD, &d);
	ok(fine(&r));
	/* ELT 6.1: 4A starts it again */
	r = packet(0x4a00, 0, &s);
	ok(fine(&r));
	r = chs(0x13, 0x02, 300, 1, SEG(BUFFER), 0);
	ok(fine(&r) && holds(BUFFER, 300));
}

void test(void)
{
	struct specification s;
	struct regs r;

	drive = entry.edx;
	say("drive: %x\n", drive);
	ok(drive == 0);
	r = packet(0x4b01, drive, &s);
	emulated = !carry(&r);
	say("emulated: %u\n", emulated);
	parameters();
	read();
	write();
	if (emulated)
		el_torito();
}
