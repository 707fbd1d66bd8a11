// SPDX-License-Identifier: LGPL-3.0-or-later
/*
 * INT 10h as far as a boot loader on a serial console needs it: teletype,
 * cursor, mode, string. What arrives on the serial line is checked by
 * test_guest.py, which looks for the lines written here.
 *
 * Reference: Ralf Brown's Interrupt List (RBIL), INTERRUP.A, INT 10; its
 * MEMORY.LST for 40:49-40:84.
 */

#include "guest.h"

static struct regs teletype(u8 c)
{
	struct regs r = regs();

	r.ah = 0x0e;
	r.al = c;
	r.bx = 0x0007;
	intr(0x10, &r);
	return r;
}

static void type(const char *s)
{
	while (*s)
		teletype(*s++);
}

static void set_cursor(u8 row, u8 column)
{
	struct regs r = regs();

	r.ah = 0x02;
	r.dh = row;
	r.dl = column;
	intr(0x10, &r);
}

/* Row and column as DH and DL. */
static u16 cursor(void)
{
	return intr_ax(0x10, 0x0300).dx;
}

static void mode(void)
{
	struct regs r = intr_ax(0x10, 0x0f00);

	/* RBIL 10/0F: AH = columns, AL = mode, BH = active page */
	ok(r.ah == 80);
	ok((r.al & 0x7f) == 3 || (r.al & 0x7f) == 2);
	ok(r.bh == 0);
	/* MEMORY.LST 40:49, 40:4A, 40:84: mode, columns, rows - 1 */
	ok(peek8(0x449) == (r.al & 0x7f));
	ok(peek16(0x44a) == 80);
	ok(peek8(0x484) == 24);
	/* RBIL 10/00: mode 3 is 80x25 text; the cursor goes home */
	intr_ax(0x10, 0x0003);
	r = intr_ax(0x10, 0x0f00);
	ok((r.al & 0x7f) == 3 && r.ah == 80);
	ok(cursor() == 0);
}

static void cursor_moves(void)
{
	struct regs r;

	/* RBIL 10/02, 10/03: DH = row, DL = column; kept in 40:50 */
	set_cursor(5, 10);
	ok(cursor() == 0x050a);
	ok(peek16(0x450) == 0x050a);
	/* RBIL 10/0E: a character moves the cursor, AL stays */
	r = teletype('x');
	ok(r.al == 'x');
	ok(cursor() == 0x050b);
	/* BS, LF, CR, BEL are acted upon */
	teletype('\b');
	ok(cursor() == 0x050a);
	teletype('\n');
	ok(cursor() == 0x060a);
	teletype('\r');
	ok(cursor() == 0x0600);
	teletype('\a');
	ok(cursor() == 0x0600);
	/* no way left of column 0 */
	teletype('\b');
	ok(cursor() == 0x0600);
	/* the line wraps after column 79 */
	set_cursor(7, 79);
	teletype('y');
	ok(cursor() == 0x0800);
	/* the last row scrolls */
	set_cursor(24, 3);
	teletype('\n');
	ok(cursor() == 0x1803);
	set_cursor(24, 79);
	teletype('z');
	ok(cursor() == 0x1800);
	teletype('\r');
	teletype('\n');
}

static void string(void)
{
	static const char text[] = "string of INT 10h/13h";
	struct regs r = regs();

	/* RBIL 10/13: AL = 01: characters only, cursor moves */
	set_cursor(10, 0);
	r.ax = 0x1301;
	r.bx = 0x0007;
	r.cx = sizeof(text) - 1;
	r.dx = 0x0a00;
	r.bp = (u32)text;
	intr(0x10, &r);
	ok(cursor() == 0x0a00 + sizeof(text) - 1);
	/* AL = 00: the cursor stays */
	r = regs();
	r.ax = 0x1300;
	r.bx = 0x0007;
	r.cx = 6;
	r.dx = 0x0c05;
	r.bp = (u32)text;
	intr(0x10, &r);
	ok(cursor() == 0x0a00 + sizeof(text) - 1);
	set_cursor(13, 0);
}

static void unknown(void)
{
	struct regs in = regs(), r;

	/* functions that no video BIOS has change nothing */
	in.eax = 0x1111fe22;
	in.ebx = 0x22223333;
	in.ecx = 0x44445555;
	in.edx = 0x66667777;
	r = in;
	intr(0x10, &r);
	ok(same_but(&in, &r, 0));
}

void test(void)
{
	mode();
	cursor_moves();
	string();
	unknown();
	type("\r\nteletype line\r\n");
	type("last character:X");
	rendezvous("last character");
}
