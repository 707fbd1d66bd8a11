// SPDX-License-Identifier: LGPL-3.0-or-later
/*
 * Prints more than a console whose reader has stopped can hold, draws a menu, and reports
 * the keys that come then, each with "key: AX", until a '.'.
 *
 * Reference: Ralf Brown's Interrupt List (RBIL), INTERRUP.A, INT 10 and INT 16.
 */

#include "guest.h"

enum { LINES = 400 };

static void type(const char *s)
{
	for (; *s; s++)
		intr_ax(0x10, 0x0e00 | (u8)*s);
}

static void put(u8 row, u8 column, u8 c, u8 attribute, u16 count)
{
	struct regs r = regs();

	r.ax = 0x0200;
	r.dx = row << 8 | column;
	intr(0x10, &r);
	r.ax = 0x0900 | c;
	r.bx = attribute;
	r.cx = count;
	intr(0x10, &r);
}

static void menu(void)
{
	u8 row;

	intr_ax(0x10, 0x0003);
	put(0, 0, 0xcd, 0x1f, 80);
	for (row = 1; row < 24; row++)
		put(row, row, 'A' + row, 0x07 + row, 20 + row);
	put(24, 0, 0xcd, 0x1f, 79);
}

void test(void)
{
	u16 key = 0;
	u32 i;

	say("ready\n");
	intr_ax(0x16, 0x0000);
	for (i = 0; i < LINES; i++)
		type("a line that nobody reads while it is printed\r\n");
	menu();
	say("drawn\n");
	while ((key & 0xff) != '.') {
		key = intr_ax(0x16, 0x1000).ax;
		say("key: %x\n", key);
	}
	ok(1);
}
