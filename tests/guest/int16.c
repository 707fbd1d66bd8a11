// SPDX-License-Identifier: LGPL-3.0-or-later
/*
 * INT 16h with a keyboard that is the serial line. Before each group of keys
 * the program says "ready: NAME" and the harness sends one byte, which the
 * program takes off the UART itself, and then the keys.
 *
 * References: Ralf Brown's Interrupt List (RBIL), INTERRUP.B, INT 16, its
 * table 00006 "keyboard scan codes"; MEMORY.LST for 40:17-40:3D.
 */

#include "guest.h"

static u16 key(u8 function)
{
	return intr_ax(0x16, function << 8).ax;
}

/* Is a key waiting? RBIL 16/01: ZF set if not. */
static bool waiting(u8 function)
{
	return !(intr_ax(0x16, function << 8).eflags & ZF);
}

/* Until the harness's bytes have made their way. Bounded, not to hang. */
static bool comes(u8 function)
{
	u32 tries;

	for (tries = 0; tries < 20000000; tries++)
		if (waiting(function))
			return true;
	return false;
}

static void no_key(void)
{
	struct regs r = intr_ax(0x16, 0x0100);

	/* RBIL 16/01, 16/11: ZF set if no key */
	ok(r.eflags & ZF);
	r = intr_ax(0x16, 0x1100);
	ok(r.eflags & ZF);
	/* RBIL 16/02: AL = shift flags, also at 40:17 */
	r = intr_ax(0x16, 0x0200);
	ok(r.al == 0 && peek8(0x417) == 0);
	/* RBIL 16/12: AL the same, AH the extended flags */
	r = intr_ax(0x16, 0x1200);
	ok(r.ax == 0);
	/* MEMORY.LST 40:1A, 40:1C: an empty ring; 40:80, 40:82: its bounds */
	ok(peek16(0x41a) == peek16(0x41c));
	ok(peek16(0x480) == 0x1e && peek16(0x482) == 0x3e);
}

static void peek_and_take(void)
{
	struct regs r;

	rendezvous("a");
	ok(comes(0x01));
	r = intr_ax(0x16, 0x0100);
	ok(!(r.eflags & ZF) && r.ax == 0x1e61);
	/* RBIL 16/01: the key stays */
	r = intr_ax(0x16, 0x0100);
	ok(!(r.eflags & ZF) && r.ax == 0x1e61);
	ok(key(0x00) == 0x1e61);
	ok(!waiting(0x01));

	/* enhanced: the same key by 10h and 11h */
	rendezvous("b");
	ok(comes(0x11));
	ok(key(0x10) == 0x3062);
	ok(!waiting(0x11));
}

/* RBIL table 00006: scan code and character of each key. */
static void characters(void)
{
	static const u16 expected[] = {
		0x1e41, 0x2c7a, 0x0231, 0x0b30, 0x0221, 0x3920, 0x1c0d,
		0x0f09, 0x0e08, 0x352f, 0x0c2d, 0x2960, 0x2b5c, 0x2e03,
	};
	u32 i;

	rendezvous("characters"); /* A z 1 0 ! space CR TAB BS / - ` \ ^C */
	for (i = 0; i < ARRAY_SIZE(expected); i++) {
		u16 got = key(0x00);

		if (got != expected[i])
			say("key %u: %x, expected %x\n", i, got, expected[i]);
		ok(got == expected[i]);
	}
	ok(!waiting(0x01));
}

static void escape_sequences(void)
{
	/* both forms a terminal may send: ESC [ A and ESC O A */
	rendezvous("arrows");
	/* RBIL 16/00: cursor keys have character 00 */
	ok(key(0x00) == 0x4800);
	ok(key(0x00) == 0x5000);
	ok(key(0x00) == 0x4d00);
	ok(key(0x00) == 0x4b00);
	ok(key(0x00) == 0x4800);
	ok(key(0x00) == 0x5000);

	/* RBIL 16/10: the grey ones have E0 */
	rendezvous("enhanced arrow");
	ok(key(0x10) == 0x48e0);

	/* ESC alone is a key, after the BIOS has waited for more */
	rendezvous("escape");
	ok(key(0x00) == 0x011b);
	rendezvous("after escape");
	ok(key(0x00) == 0x1071);
}

static void stuff(u16 value, u8 expected)
{
	struct regs r = regs();

	r.ax = 0x0500;
	r.cx = value;
	intr(0x16, &r);
	ok(r.al == expected);
}

static void buffer(void)
{
	u32 i;

	/* RBIL 16/05: CH = scan code, CL = character; AL = 00 stored, 01 full */
	for (i = 0; i < 15; i++)
		stuff(0x1e61 + i, 0);
	stuff(0x1234, 1);
	for (i = 0; i < 15; i++)
		ok(key(0x00) == 0x1e61 + i);
	ok(!waiting(0x01));

	/* what a program puts into the ring itself counts too */
	poke16(0x400 + peek16(0x41c), 0x3920);
	poke16(0x41c, peek16(0x41c) + 2 == 0x3e ? 0x1e : peek16(0x41c) + 2);
	ok(waiting(0x01));
	ok(key(0x00) == 0x3920);
}

/* More keys than the UART's FIFO and the ring hold: none may be lost. */
static void burst(void)
{
	u32 i, wrong = 0;

	rendezvous("burst");
	for (i = 0; i < 256; i++)
		if ((key(0x00) & 0xff) != 'a' + i % 26)
			wrong++;
	ok(wrong == 0);
}

void test(void)
{
	no_key();
	peek_and_take();
	characters();
	escape_sequences();
	buffer();
	burst();
}
