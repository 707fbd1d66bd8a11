// SPDX-License-Identifier: LGPL-3.0-or-later
/*
 * The workloads of `make bench` that a boot program can run: the disk read and
 * written by INT 13h in different patterns, and screens by INT 10h teletype. Each
 * lies between the lines "begin NAME" and "end NAME ..." on the result port, by
 * which tests/bench/bench.py finds it in the trace. INT 13h AH=00 comes before
 * each, so that none profits from the one before.
 *
 * "own" is what a call costs this program itself, measured with an interrupt
 * that only returns: bench.py subtracts it from the instructions.
 */

#include "guest.h"

#define BUFFER       0x20000
#define MIB          2048u /* sectors */
#define PATTERN_FROM 256u  /* tests/guest/mkimage.py */
#define PATTERN_TO   65536u
#define SECTORS      (64u * MIB) /* what is read and written of the disk */
#define SCREENS      10
#define IRET         0xcf
#define IRET_AT      0x600
#define IRET_VECTOR  0x60

static struct {
	u8 size, reserved;
	u16 count, offset, segment;
	u64 lba;
} PACKED dap = {16, 0, 0, 0, BUFFER >> 4, 0};

enum { READ = 0x4200, WRITE = 0x4300 };

static u32 calls, errors, wrong, random_state;
static u8 vector; /* IRET_VECTOR while "own" is measured */

static void transfer(u16 function, u32 lba, u16 count)
{
	struct regs r = regs();

	dap.count = count;
	dap.lba = lba;
	r.ax = function;
	r.dl = entry.edx;
	r.si = (u32)&dap;
	intr(vector, &r);
	calls++;
	errors += carry(&r);
}

/* A read of known sectors has to bring them. */
static void check(u32 lba, u16 count)
{
	if (lba < PATTERN_FROM || lba + count > PATTERN_TO)
		return;
	wrong += peek32(BUFFER) != lba;
	wrong += peek32(BUFFER + 512 * count - 4) != lba + count - 1;
}

static void grub(u16 function)
{
	u32 lba;

	for (lba = 0; lba < SECTORS; lba += 64) {
		transfer(function, lba, 63);
		transfer(function, lba + 63, 1);
	}
}

static void forward(u16 function, u32 sectors, u16 count)
{
	u32 lba;

	for (lba = 0; lba + count <= sectors; lba += count)
		transfer(function, lba, count);
	if (lba < sectors)
		transfer(function, lba, sectors - lba);
}

static void by_127(u16 function)
{
	forward(function, SECTORS, 127);
}

static void by_8(u16 function)
{
	forward(function, SECTORS, 8);
}

static void by_1(u16 function)
{
	forward(function, 16 * MIB, 1);
}

static void backward(u16 function)
{
	u32 lba;

	for (lba = 16 * MIB; lba; lba -= 8)
		transfer(function, lba - 8, 8);
}

static void random(u16 function)
{
	u32 i;

	random_state = 1;
	for (i = 0; i < 16 * MIB / 8; i++) {
		random_state = random_state * 1664525 + 1013904223;
		transfer(function, (random_state >> 8) % (SECTORS / 8) * 8, 8);
	}
}

/* Lines of 79 characters, 25 of them a screen. */
static void teletype(u16 unused)
{
	u32 line, column;

	(void)unused;
	for (line = 0; line < SCREENS * 25; line++) {
		struct regs r;

		for (column = 0; column < 81; column++) {
			r = regs();
			r.ax = 0x0e00 | (column == 79 ? '\r' : column == 80 ? '\n' : '!' + column);
			r.bx = 7;
			intr(vector, &r);
			calls++;
		}
	}
}

static const struct workload {
	const char *name;
	void (*run)(u16 function);
	u8 vector;
	u16 function;
} workloads[] = {
	{"read-63+1", grub, 0x13, READ},
	{"read-127", by_127, 0x13, READ},
	{"read-8", by_8, 0x13, READ},
	{"read-1", by_1, 0x13, READ},
	{"read-backward", backward, 0x13, READ},
	{"read-random", random, 0x13, READ},
	{"teletype", teletype, 0x10, 0},
	{"write-63+1", grub, 0x13, WRITE},
	{"write-127", by_127, 0x13, WRITE},
	{"write-8", by_8, 0x13, WRITE},
	{"write-1", by_1, 0x13, WRITE},
	{"write-backward", backward, 0x13, WRITE},
	{"write-random", random, 0x13, WRITE},
};

/* Calls one by one, so that the last is known to have brought its own sectors. */
static void sample(void)
{
	static const u32 lbas[] = {256, 511, 4096, 300, 60000, 32768};
	u32 i;

	vector = 0x13;
	for (i = 0; i < ARRAY_SIZE(lbas); i++) {
		transfer(READ, lbas[i], 8);
		check(lbas[i], 8);
	}
	forward(READ, 8 * MIB, 63);
	transfer(READ, 8 * MIB, 63);
	check(8 * MIB, 63);
}

static u64 measure(const struct workload *w, u8 by_vector)
{
	u64 start;

	vector = by_vector;
	calls = 0;
	start = rdtsc();
	w->run(w->function);
	return rdtsc() - start;
}

/* Memory above 1 MiB that the memory map gives away, in KiB. */
static u32 usable_kib(void)
{
	u64 sum = 0;
	u32 next = 0;

	do {
		struct regs r = regs();

		r.eax = 0xe820;
		r.ebx = next;
		r.ecx = 20;
		r.edx = 0x534d4150;
		r.es = BUFFER >> 4;
		intr(0x15, &r);
		if (carry(&r) || r.eax != 0x534d4150)
			break;
		if (peek32(BUFFER + 16) == 1 && (peek32(BUFFER) >= 0x100000 || peek32(BUFFER + 4)))
			sum += (u64)peek32(BUFFER + 12) << 32 | peek32(BUFFER + 8);
		next = r.ebx;
	} while (next);
	return sum >> 10;
}

void test(void)
{
	const struct workload *w;
	u64 own, took;

	say("usable %u\n", usable_kib());
	sample();
	ok(errors == 0);
	ok(wrong == 0);
	poke8(IRET_AT, IRET);
	poke32(IRET_VECTOR * 4, IRET_AT);
	for (w = workloads; w < workloads + ARRAY_SIZE(workloads); w++) {
		own = measure(w, IRET_VECTOR);
		intr_ax_dx(0x13, 0x0000, (u8)entry.edx);
		errors = 0;
		say("begin %s\n", w->name);
		took = measure(w, w->vector);
		say("end %s %q %q %u\n", w->name, took, own, calls);
		ok(errors == 0);
	}
}
