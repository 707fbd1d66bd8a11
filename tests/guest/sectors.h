/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * Sectors of the boot program's own disk, by the functions 42h and 43h of EDD, whose
 * reference is T13 1572D. Each sector from 256 on holds its own number.
 */
#ifndef SECTORS_H
#define SECTORS_H

#include "guest.h"

static struct {
	u8 size, reserved;
	u16 count, offset, segment;
	u64 lba;
} PACKED sectors_packet;

/* AX 4200h reads, 4300h writes; `buffer` is a linear address. */
static inline struct regs sectors_transfer(u16 ax, u32 lba, u16 count, u32 buffer)
{
	struct regs r = regs();

	sectors_packet.size = 16;
	sectors_packet.count = count;
	sectors_packet.segment = buffer >> 4;
	sectors_packet.lba = lba;
	r.ax = ax;
	r.dl = entry.edx;
	r.si = (u32)&sectors_packet;
	intr(0x13, &r);
	return r;
}

/* Reads to a buffer that held something else. */
static inline struct regs sectors_read(u32 lba, u16 count, u32 buffer)
{
	fill(buffer, 0xee, count * 512);
	return sectors_transfer(0x4200, lba, count, buffer);
}

/* Whether these sectors are in the buffer. */
static inline bool sectors_hold(u32 buffer, u32 lba, u16 count)
{
	u32 i;

	for (i = 0; i < count; i++)
		if (peek32(buffer + i * 512) != lba + i)
			return false;
	return true;
}

#endif
