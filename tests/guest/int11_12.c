// SPDX-License-Identifier: LGPL-3.0-or-later
/*
 * INT 11h and 12h and what they report: the equipment word and the size of
 * conventional memory, with the extended BIOS data area that lies above it.
 *
 * References: Ralf Brown's Interrupt List (RBIL) INT 11, INT 12; its MEMORY.LST
 * for 40:0E, 40:10, 40:13; DESIGN section 2 for the numbers.
 */

#include "guest.h"

void test(void)
{
	struct regs in = regs(), r = in;

	/* RBIL INT 11: AX = 40:10 */
	r.eax = in.eax = 0x12345678;
	intr(0x11, &r);
	ok(r.ax == peek16(0x410));
	ok(same_but(&in, &r, R_EAX));
	ok(r.eax >> 16 == 0x1234);
	/* bit 0: diskette drives installed (no: microvm has none) */
	ok(!(r.ax & 0x0001));
	/* bits 9-11: serial ports. The list is 40:00, four words, without gaps. */
	ok((r.ax >> 9 & 7) == (peek16(0x400) != 0) + (peek16(0x402) != 0) + (peek16(0x404) != 0) +
				      (peek16(0x406) != 0));
	/* bits 14-15: parallel ports; no microvm has one */
	ok(!(r.ax & 0xc000));

	/* RBIL INT 12: AX = KiB of contiguous memory from 0 = 40:13 */
	r = in;
	intr(0x12, &r);
	ok(r.ax == peek16(0x413));
	ok(r.ax == 639);
	ok(same_but(&in, &r, R_EAX));
	ok(r.eax >> 16 == 0x1234);

	/* RBIL MEMORY.LST 40:0E: segment of the EBDA; its byte 0 is its size in KiB */
	ok(peek16(0x40e) == 0x9fc0);
	ok(peek8(0x9fc00) == 1);
	ok(((u32)peek16(0x40e) << 4) == 639 * 1024u);
}
