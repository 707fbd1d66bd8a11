// SPDX-License-Identifier: LGPL-3.0-or-later
/*
 * What `make bench` counts of a VGA BIOS: teletype, scrolling, dots and setting modes. Each
 * lies between the lines "begin NAME" and "end NAME ..." on the result port, as in bench.c.
 */

#include "guest.h"

#define IRET        0xcf
#define IRET_AT     0x600
#define IRET_VECTOR 0x60

static u8 vector;
static u32 calls;

static void call(u16 ax, u16 bx, u16 cx, u16 dx)
{
	struct regs r = regs();

	r.ax = ax;
	r.bx = bx;
	r.cx = cx;
	r.dx = dx;
	intr(vector, &r);
	calls++;
}

static void teletype(u16 lines)
{
	u32 line, column;

	for (line = 0; line < lines; line++)
		for (column = 0; column < 81; column++)
			call(0x0e00 | (column == 79 ? '\r' :
				       column == 80 ? '\n' :
						      '!' + column),
			     7, 0, 0);
}

/* And a look for a key, at which what is drawn late must be there. */
static void seen(u16 lines)
{
	teletype(lines);
	if (vector == 0x10)
		intr_ax(0x16, 0x0100);
}

static void scroll(u16 times)
{
	while (times--)
		call(0x0601, 0x0700, 0x0000, 0x184f);
}

static void window(u16 times)
{
	while (times--)
		call(0x0701, 0x0700, 0x0202, 0x1640);
}

static void modes(u16 mode)
{
	u32 i;

	for (i = 0; i < 10; i++)
		call(mode, 0, 0, 0);
}

static void vesa(u16 mode)
{
	u32 i;

	for (i = 0; i < 10; i++)
		call(0x4f02, mode, 0, 0);
}

static void dots(u16 count)
{
	u32 i;

	for (i = 0; i < count; i++)
		call(0x0c07, 0, i % 320, i / 320);
}

static const struct workload {
	const char *name;
	void (*run)(u16 argument);
	u16 argument, mode;
} workloads[] = {
	/* These for framebuffers, too: bench.py */
	{"text-teletype", seen, 250, 0x03},      {"text-scroll", scroll, 250, 0x03},
	{"vga-teletype", teletype, 250, 0x03},   {"vga-scroll", scroll, 250, 0x03},
	{"vga-window", window, 100, 0x03},       {"vga-mode-3", modes, 0x03, 0x03},
	{"vga-mode-12", modes, 0x12, 0x03},      {"vga-mode-13", modes, 0x13, 0x03},
	{"vga-vesa", vesa, 0x118, 0x03},         {"vga-teletype-12", teletype, 35, 0x12},
	{"vga-teletype-13", teletype, 30, 0x13}, {"vga-dots", dots, 2000, 0x12},
};

static u64 measure(const struct workload *w, u8 by)
{
	u64 start;

	vector = by;
	calls = 0;
	start = rdtsc();
	w->run(w->argument);
	return rdtsc() - start;
}

void test(void)
{
	const struct workload *w;
	u64 own, took;

	poke8(IRET_AT, IRET);
	poke32(IRET_VECTOR * 4, IRET_AT);
	for (w = workloads; w < workloads + ARRAY_SIZE(workloads); w++) {
		own = measure(w, IRET_VECTOR);
		intr_ax(0x10, w->mode);
		say("begin %s\n", w->name);
		took = measure(w, 0x10);
		say("end %s %q %q %u\n", w->name, took, own, calls);
	}
	intr_ax(0x10, 0x0003);
	ok(peek8(0x449) == 3);
}
