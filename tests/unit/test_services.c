/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * The INT services as callers reach them, by their vectors: every function there is and
 * every one there is not, with any registers. Each call returns, gives back what it does
 * not answer with, refuses what it does not know in the way its interface says, and writes
 * to no memory but the caller's buffers and what a BIOS keeps its state in.
 */
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "bda.h"
#include "bios/bootstrap.h"
#include "bios/drive.h"
#include "bios/idle.h"
#include "bios/realmode.h"
#include "bios/regs.h"
#include "bios/tick.h"
#include "bios/vectors.h"
#include "bios/wallclock.h"
#include "block/disks.h"
#include "boot/boot.h"
#include "console/console.h"
#include "console/keyboard.h"
#include "console/screen.h"
#include "entry.h"
#include "fake_disk.h"
#include "fake_io.h"
#include "hw/clock.h"
#include "hw/reset.h"
#include "interrupt.h"
#include "layout.h"
#include "lib/error.h"
#include "lib/memmap.h"
#include "lib/util.h"
#include "unit.h"

enum {
	STACK_SEG = 0x0700,
	STACK = 0x0f00,
	BUFFERS = 0x20000, /* the caller's, 64 KiB from each segment */
	COM1 = 0x3f8,
	VIDEO = 0xb8000,
	VIDEO_END = 0xc0000,
	MAX_DISK_BLOCKS = 5000,
	ROUNDS = 2, /* calls of each function */
};

/* --- what the services lean on ------------------------------------------------------------ */

const char petrel_version[] = "Petrel";
const uint8_t font_stand_in[1];
const uint8_t pnp_structure[1];
const struct table_register gdt_pointer;
uint32_t private_stack[2];
uint8_t fseg_tables_start[1], fseg_tables_end[1];

static uint64_t now;
static jmp_buf left; /* where a call goes that does not return to its caller */
static const char *left_to;
static struct fake_disk hard, cd, floppy;
static uint8_t uart[8];

uint64_t clock_ns(void)
{
	return now += 1000;
}

bool clock_epoch_seconds(uint32_t *seconds)
{
	(void)seconds;
	return false;
}

void clock_release_lapic(void)
{
}

void clock_wait_us(uint64_t microseconds)
{
	now += microseconds * 1000;
}

bool deadline_passed(struct deadline *deadline)
{
	return ++deadline->polls > 10;
}

void outb(uint16_t port, uint8_t value)
{
	if (port >= COM1 && port < COM1 + 8)
		uart[port - COM1] = value;
}

uint8_t inb(uint16_t port)
{
	return port >= COM1 && port < COM1 + 8 ? uart[port - COM1] :
						 0xff; /* there is no other chip */
}

uint32_t readl(uint32_t address)
{
	(void)address;
	return 0;
}

void writel(uint32_t address, uint32_t value)
{
	ok(address - 0xfee00000 < 4096 && (value || true)); /* the local APIC */
}

void cpu_pause(void)
{
}

static void __attribute__((noreturn)) leave(const char *where)
{
	left_to = where;
	longjmp(left, 1);
}

void bootstrap_enter(uint16_t cs, uint16_t ip, uint8_t drive)
{
	(void)cs, (void)ip, (void)drive;
	leave("boot image");
}

void boot_int18(struct regs *regs)
{
	ok(regs->vector == 0x18);
	leave("INT 18h");
}

void boot_int19(struct regs *regs)
{
	ok(regs->vector == 0x19);
	leave("INT 19h");
}

void idle_tick(struct regs *regs)
{
	ok(regs->vector == VECTOR_IDLE);
	leave("idle");
}

void reset_machine(void)
{
	leave("reset");
}

void reset_by_triple_fault(void)
{
	leave("reset");
}

/* In place of realmode.c's, by the linker's --wrap. */
void __attribute__((noreturn)) __wrap_realmode_halt(void);
void __wrap_realmode_halt(void)
{
	leave("halt");
}

void enter_real(struct regs *regs)
{
	(void)regs;
	abort();
}

void real_call(struct regs *regs)
{
	(void)regs;
	abort();
}

static unsigned real_calls_done;

void real_call_done(struct regs *regs)
{
	ok(regs->vector == VECTOR_REAL_RETURN);
	real_calls_done++;
}

/* Routines of entry.S: nothing but addresses here. */
#define ROUTINE(name)                                                                              \
	void name(void)                                                                            \
	{                                                                                          \
		abort();                                                                           \
	}
ROUTINE(real_return)
ROUTINE(pmm_entry)
ROUTINE(wait_key_hlt)
ROUTINE(wait_key_spin)
ROUTINE(call_tick)
ROUTINE(call_user_tick)
ROUTINE(call_break)
ROUTINE(call_print_screen)
ROUTINE(call_alarm)
ROUTINE(fixed_e2c3)
ROUTINE(fixed_e3fe)
ROUTINE(fixed_e6f2)
ROUTINE(fixed_ff53)
ROUTINE(int_05)
ROUTINE(int_08)
ROUTINE(int_09)
ROUTINE(int_0e)
ROUTINE(int_10)
ROUTINE(int_11)
ROUTINE(int_12)
ROUTINE(int_14)
ROUTINE(int_15)
ROUTINE(int_16)
ROUTINE(int_17)
ROUTINE(int_18)
ROUTINE(int_1a)
ROUTINE(int_40)
ROUTINE(int_70)
ROUTINE(int_apic_tick)
ROUTINE(int_irq_master)
ROUTINE(int_irq_slave)

/* --- a clock chip ----------------------------------------------------------------------------- */

static struct date_time chip_time;
static int chip_error;

static int chip_get(struct date_time *time)
{
	*time = chip_time;
	return chip_error;
}

static int chip_set(const struct date_time *time)
{
	chip_time = *time;
	return chip_error;
}

static int chip_set_alarm(uint8_t hour, uint8_t minute, uint8_t second)
{
	(void)hour, (void)minute, (void)second;
	return 0;
}

static void chip_cancel_alarm(void)
{
}

static bool chip_take_alarm(void)
{
	return true;
}

static const struct wallclock_ops chip = {.get = chip_get,
					  .set = chip_set,
					  .set_alarm = chip_set_alarm,
					  .cancel_alarm = chip_cancel_alarm,
					  .take_alarm = chip_take_alarm};

/* --- calling ------------------------------------------------------------------------------- */

static struct regs regs, given;
static uint16_t flags_given;

static void add_disk(struct fake_disk *fake, uint64_t blocks, enum disk_kind kind)
{
	fake_disk_init(fake, blocks, kind == DISK_CD ? 2048 : 512);
	fake->disk.kind = kind;
	ok(!disk_register(&fake->disk));
	drive_add(&fake->disk);
}

static void begin(void)
{
	machine_reset();
	memset(bda(), 0, sizeof(struct bda));
	bda()->com_port[0] = COM1;
	bda()->com_timeout[0] = 1;
	bda()->ebda_segment = EBDA_BASE >> 4;
	chip_time = (struct date_time){2026, 11, 21, 13, 30, 15, true};
	vectors_init();
	keyboard_init();
	screen_init();
	tick_init();
	add_disk(&hard, MAX_DISK_BLOCKS, DISK_HARD);
	add_disk(&cd, MAX_DISK_BLOCKS, DISK_CD);
	add_disk(&floppy, 2880, DISK_HARD);
	drive_publish();
	machine_end_of_post();
}

/* A caller with these registers; all others hold what they should keep. */
static void prepare(uint8_t vector, uint16_t ax)
{
	memset(&regs, 0, sizeof(regs));
	regs.eax = 0xa5a50000 | ax;
	regs.ebx = 0xb5b50000;
	regs.ecx = 0xc5c50000;
	regs.edx = 0xd5d50000;
	regs.esi = 0x51510000;
	regs.edi = 0xd1d10000;
	regs.ebp = 0xb9b90000;
	regs.ds = regs.es = BUFFERS >> 4;
	regs.fs = 0xf5f5;
	regs.gs = 0x6565;
	regs.ss = STACK_SEG;
	regs.esp = 0xe5e50000 | STACK;
	regs.vector = vector;
	*caller_frame(&regs) = (struct caller_frame){0x1234, 0x5678, FLAG_IF | FLAG_ALWAYS};
}

/* Returns true if it has come back. */
static bool call(void)
{
	given = regs;
	flags_given = caller_frame(&regs)->flags;
	left_to = NULL;
	if (!setjmp(left))
		interrupt(&regs);
	return !left_to;
}

static bool carry(void)
{
	return caller_frame(&given)->flags & FLAG_CF;
}

static bool nothing_changed(void)
{
	return !memcmp(&regs, &given, sizeof(regs)) && caller_frame(&regs)->flags == flags_given;
}

/* --- any registers ---------------------------------------------------------------------------- */

static uint8_t before[MIB];

/* What a call may write to beside the caller's buffers. */
static bool is_bios_state(uint32_t at)
{
	uint32_t stack = (STACK_SEG << 4) + STACK;

	return at < 0x501 || /* vectors, BIOS data area, the print screen's status */
	       (at >= stack - 32 && at < stack + 6) ||
	       (at >= BOOT_SECTOR && at < BOOT_SECTOR + 2048) || /* El Torito's 4Ah, 4Ch */
	       (at >= EBDA_BASE && at < VGA_BASE) || (at >= VIDEO && at < VIDEO_END);
}

static bool is_in(uint32_t at, uint16_t segment)
{
	return at - ((uint32_t)segment << 4) < 0x10000;
}

/* Whether memory below 1 MiB is as it was, but for what may be written to. */
static bool memory_is_as_before(void)
{
	bool kept = true;

	if (!memcmp(before, machine_memory, sizeof(before)))
		return true;
	for (uint32_t at = 0; at < sizeof(before) && kept; at++) {
		if (before[at] == machine_memory[at] || is_bios_state(at))
			continue;
		/* A caller may say that its buffer is where the firmware's memory is. */
		kept = at < DATA_BASE && (is_in(at, given.es) || is_in(at, given.ds));
		if (!kept)
			printf("INT %02x, AX %04x has written to %x\n", given.vector & 0xff,
			       given.ax, at);
	}
	memcpy(before, machine_memory, sizeof(before));
	return kept;
}

/* Segments, the stack, and the upper halves of all registers are the caller's. */
static bool others_are_kept(void)
{
	bool wide = (given.ax == 0xe820 || given.ax == 0xe881) && (given.vector & 0xff) == 0x15;
	uint16_t moved = given.esp - regs.esp; /* goes on somewhere before it returns */

	return !memcmp(&regs, &given, offsetof(struct regs, edi)) && regs.ss == given.ss &&
	       regs.ds == given.ds && regs.fs == given.fs && regs.gs == given.gs &&
	       regs.esp >> 16 == given.esp >> 16 && moved % 6 == 0 && moved <= 12 &&
	       regs.esi >> 16 == given.esi >> 16 && regs.edi >> 16 == given.edi >> 16 &&
	       regs.ebp >> 16 == given.ebp >> 16 &&
	       (wide || (regs.eax >> 16 == given.eax >> 16 && regs.ebx >> 16 == given.ebx >> 16 &&
			 regs.ecx >> 16 == given.ecx >> 16 && regs.edx >> 16 == given.edx >> 16));
}

/* Numbers of all sizes, small ones more often. */
static uint16_t any(void)
{
	uint16_t value = rand();

	return rand() % 2 ? value >> rand() % 16 : value;
}

/* INT 13h and 15h 87h are told addresses in memory: these lead to the caller's. */
static void fill_buffers(void)
{
	uint8_t *buffer = machine_memory + BUFFERS;

	for (unsigned i = 0; i < 256; i++)
		buffer[i] = rand() % 3 ? 0 : rand();
	buffer[0] = rand() % 2 ? 16 : rand() % 40;
	buffer[3] = 0;
	buffer[6] = BUFFERS >> 4 & 0xff; /* the segment of a disk address packet */
	buffer[7] = BUFFERS >> 12;
	buffer[0x14] = BUFFERS >> 16; /* bits 16-31 of two descriptors' bases */
	buffer[0x1c] = BUFFERS >> 16;
	buffer[0x17] = buffer[0x1f] = 0;
	buffer[10] = buffer[11] = 0;
	memcpy(before + BUFFERS, buffer, 256);
}

static void any_registers(uint8_t vector, uint8_t ah)
{
	static const uint8_t drives[] = {0x80, 0xe0, 0x00, 0x81, 0x7f, 0xff};
	static const uint16_t segments[] = {BUFFERS >> 4, 0x3000, 0x8000, DATA_SEG, 0xf000};

	prepare(vector, ah << 8 | (any() & 0xff));
	regs.bx = any();
	regs.cx = any();
	regs.dx = any();
	regs.si = regs.di = regs.bp = 0;
	if (vector == 0x13 || vector == 0x40)
		regs.dl = drives[rand() % 6];
	else if (rand() % 4 == 0)
		regs.es = segments[rand() % 5];
	if (vector == 0x10 && ah == 0x13)
		regs.cx %= 100; /* each character may scroll the screen */
	if (rand() % 2)
		caller_frame(&regs)->flags |= FLAG_CF | FLAG_ZF;
}

static void random_calls(uint8_t vector)
{
	bool memory_kept = true, registers_kept = true;

	srand(vector);
	memcpy(before, machine_memory, sizeof(before));
	for (unsigned i = 0; i < 256 * ROUNDS; i++) {
		fill_buffers();
		any_registers(vector, i);
		if (!call()) {
			ok(!strcmp(left_to, "boot image") && vector == 0x13 && given.ah == 0x4c);
			continue;
		}
		memory_kept &= memory_is_as_before();
		if (!others_are_kept()) {
			printf("INT %02x, AX %04x, DL %02x has changed other registers\n", vector,
			       given.ax, given.dl);
			registers_kept = false;
		}
		machine_said("");
	}
	ok(memory_kept);
	ok(registers_kept);
}

/* Buffers that are the firmware's memory are not written to. */
static void firmware_memory(void)
{
	static const uint16_t functions[][2] = {
		{0x10, 0x1009}, {0x10, 0x1b00}, {0x13, 0x4800}, {0x13, 0x4b01}, {0x15, 0xe820}};

	for (unsigned i = 0; i < sizeof(functions) / sizeof(functions[0]); i++) {
		prepare(functions[i][0], functions[i][1]);
		regs.es = regs.ds = DATA_SEG;
		regs.dx = functions[i][0] == 0x13 ? 0x80 : 0;
		regs.ecx = 20;
		regs.edx = functions[i][0] == 0x15 ? 0x534d4150 : regs.edx;
		*(uint8_t *)phys_ptr(DATA_BASE) = 26; /* the size of 4800h's buffer */
		memcpy(before, machine_memory, sizeof(before));
		ok(call() && memory_is_as_before());
	}
}

/* --- functions that there are not ----------------------------------------------------------- */

static bool is_known(const uint8_t *known, unsigned count, uint8_t function)
{
	while (count--)
		if (*known++ == function)
			return true;
	return false;
}

#define KNOWN(function, ...)                                                                       \
	is_known((const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__}), function)

/* Each with the carry flag as it should not be afterwards. */
static void unknown_functions(void)
{
	for (unsigned ah = 0; ah < 256; ah++) {
		prepare(0x10, ah << 8 | 0xee);
		ok(call());
		if (!KNOWN(ah, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0xa, 0xb, 0xe, 0xf, 0x10, 0x11, 0x12,
			   0x13, 0x1a, 0x1b, 0x4f))
			ok(nothing_changed());
		prepare(0x13, ah << 8 | 0xee);
		regs.dl = 0x80;
		ok(call());
		if (!KNOWN(ah, 0, 1, 2, 3, 4, 8, 9, 0xc, 0xd, 0x10, 0x11, 0x14, 0x15, 0x19, 0x41,
			   0x42, 0x43, 0x44, 0x47, 0x48, 0x49, 0x4a, 0x4b, 0x4c, 0x4d, 0x4e))
			ok(regs.ah == 1 && carry() && bda()->disk_status == 1);
		prepare(0x40, ah << 8 | 0xee);
		ok(call());
		if (!KNOWN(ah, 0, 1, 2, 3, 4, 5, 8, 0x15, 0x16, 0x17, 0x18))
			ok(regs.ah == 1 && carry() && bda()->diskette_state[3] == 1);
		prepare(0x14, ah << 8 | 0xee);
		ok(call());
		if (ah > 5)
			ok(regs.ah == 0x80 && regs.al == 0xee);
		prepare(0x15, ah << 8 | 0xee);
		ok(call());
		if (!KNOWN(ah, 0x24, 0x4f, 0x80, 0x81, 0x82, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88,
			   0x89, 0x8a, 0x90, 0x91, 0xc0, 0xc1, 0xc2))
			ok(regs.ah == 0x86 && carry());
		prepare(0x16, ah << 8 | 0xee);
		ok(call());
		if (!KNOWN(ah, 0, 1, 2, 5, 9, 0xa, 0x10, 0x11, 0x12, 0x20, 0x21, 0x22))
			ok(nothing_changed());
		prepare(0x17, ah << 8 | 0xee);
		ok(call() && regs.ah == 1 && regs.al == 0xee);
		prepare(0x1a, ah << 8 | 0xee);
		ok(call());
		if (ah == 0xb1)
			ok(regs.ah == 0x81 && carry());
		else if (ah > 7)
			ok(regs.ax == (ah << 8 | 0xee) && carry());
	}
	machine_said("");
}

/* --- vectors --------------------------------------------------------------------------------- */

static void dispatch(void)
{
	static const uint8_t ours[] = {0x02,        0x05,
				       0x08,        0x09,
				       0x0e,        0x0f,
				       0x10,        0x13,
				       0x14,        0x15,
				       0x16,        0x17,
				       0x18,        0x19,
				       0x1a,        0x40,
				       0x70,        0x77,
				       VECTOR_PMM,  VECTOR_REAL_RETURN,
				       VECTOR_IDLE, VECTOR_APIC_TICK};

	for (unsigned vector = 0; vector < 256; vector++) {
		if (is_known(ours, sizeof(ours), vector))
			continue;
		prepare(vector, 0x1234);
		ok(call() && nothing_changed());
	}
	ok(machine_was_silent());
	prepare(0x02, 0);
	ok(call() && machine_said("Petrel: non-maskable interrupt at 5678:1234\n"));
	prepare(0x18, 0);
	ok(!call() && !strcmp(left_to, "INT 18h"));
	prepare(0x19, 0);
	ok(!call() && !strcmp(left_to, "INT 19h"));
	prepare(VECTOR_IDLE, 0);
	ok(!call() && !strcmp(left_to, "idle"));
	prepare(VECTOR_REAL_RETURN, 0);
	ok(call() && real_calls_done == 1);
	prepare(0x05, 0);
	*(uint8_t *)phys_ptr(0x500) = 0;
	ok(call() && *(uint8_t *)phys_ptr(0x500) == 0xff);
}

/* On the private stack, at a place where nothing more fits. */
static void nested_too_deeply(void)
{
	uint8_t *page = mmap((void *)DATA_BASE, 4096, PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
	struct regs *deep = (struct regs *)(page + 0x100);

	ok(page == (uint8_t *)DATA_BASE);
	deep->vector = 0x10;
	if (!setjmp(left))
		interrupt(deep);
	ok(left_to && !strcmp(left_to, "halt"));
	ok(machine_said("Petrel: interrupts nested too deeply (INT 10h)\n"));
}

static void exceptions(void)
{
	const struct exception_frame frame = {
		.vector = 13, .error = 0x18, .eip = 0xfffc1234, .eflags = 0x246, .eax = 0x12345678};

	left_to = NULL;
	if (!setjmp(left))
		interrupt_exception(&frame);
	ok(left_to && !strcmp(left_to, "halt"));
	ok(machine_said(
		"Petrel: exception 13, error 18, at fffc1234, flags 246\neax 12345678 ebx"));
}

/* --- what some functions answer --------------------------------------------------------------- */

static void memory_sizes(void)
{
	const struct memmap_entry *entry = phys_ptr(BUFFERS + 0x100);
	unsigned count = 0;
	uint32_t next = 0;
	uint64_t end = 0;

	prepare(0x15, 0x8800);
	ok(call() && !carry() && regs.ax == (memory_arena().start - MIB) >> 10);
	prepare(0x15, 0x8a00);
	ok(call() && !carry() && regs.ax == (memory_arena().start - MIB) >> 10 && !regs.dx);
	prepare(0x15, 0xe801);
	ok(call() && !carry() && regs.ax == regs.cx && !regs.bx && !regs.dx);
	ok(regs.ax == (memory_arena().start - MIB) >> 10);
	prepare(0x15, 0xe881);
	ok(call() && !carry() && regs.eax == regs.ecx && !regs.ebx && !regs.edx);
	prepare(0x15, 0xda88);
	ok(call() && !carry() && !regs.cl && regs.bx == (memory_arena().start - MIB) >> 10);
	do {
		prepare(0x15, 0xe820);
		regs.edx = 0x534d4150;
		regs.ecx = 20 + count;
		regs.ebx = next;
		regs.di = 0x100;
		ok(call() && !carry() && regs.eax == 0x534d4150 && regs.ecx == 20);
		ok(entry->start >= end && entry->length);
		end = entry->start + entry->length;
		next = regs.ebx;
		count++;
	} while (next && count < 100);
	ok(count == 5 && end == MACHINE_MEMORY); /* with the arena */
	for (unsigned i = 0; i < 4; i++) {
		prepare(0x15, 0xe820);
		regs.edx = 0x534d4150 + (i == 0);
		regs.ecx = i == 1 ? 19 : 20;
		regs.ebx = i == 2 ? 5 : 0;
		regs.es = i == 3 ? DATA_SEG : BUFFERS >> 4;
		ok(call() && carry() && regs.ah == 0x86);
	}
}

static void set_descriptor(unsigned at, uint32_t base, uint32_t limit, bool pages)
{
	uint8_t *d = machine_memory + BUFFERS + at;

	d[0] = limit;
	d[1] = limit >> 8;
	d[2] = base;
	d[3] = base >> 8;
	d[4] = base >> 16;
	d[5] = 0x93;
	d[6] = (limit >> 16 & 0xf) | (pages ? 0x80 : 0);
	d[7] = base >> 24;
}

static bool moves(uint16_t words, uint8_t status)
{
	prepare(0x15, 0x8700);
	regs.cx = words;
	set_cf(&regs, !status);
	return call() && regs.ah == status && carry() == !!status;
}

static void moving_blocks(void)
{
	uint8_t *from = machine_memory + 0x200000, *to = machine_memory + 0x300000;

	for (unsigned i = 0; i < 0x10000; i++)
		from[i] = i * 7;
	memset(to, 0, 0x10001);
	set_descriptor(0x10, 0x200000, 0xffff, false);
	set_descriptor(0x18, 0x300000, 0xffff, false);
	ok(moves(0, 0) && !*to);
	ok(moves(0x8000, 0) && !memcmp(from, to, 0x10000) && !to[0x10000]);
	ok(caller_frame(&regs)->flags & FLAG_ZF);
	ok(moves(0x8001, 2));
	set_descriptor(0x18, 0x300000, 99, false);
	ok(moves(50, 0) && moves(51, 2));
	set_descriptor(0x18, 0x300000, 0, true); /* one page */
	ok(moves(2048, 0) && moves(2049, 2));
	set_descriptor(0x10, 0x200000, 97, false);
	ok(moves(49, 0) && moves(50, 2));
	set_descriptor(0x18, DATA_BASE, 0xffff, false); /* the firmware's */
	ok(moves(1, 2));
	set_descriptor(0x18, memory_arena().start - 2, 0xffff, false);
	ok(moves(1, 0) && moves(2, 2));
}

static void events(void)
{
	uint8_t *flag = machine_memory + BUFFERS + 0x50;

	*flag = 0x01;
	prepare(0x15, 0x8300);
	regs.bx = 0x50;
	regs.cx = 1; /* 65.536 ms */
	ok(call() && !carry() && !regs.ah && *flag == 0x01);
	prepare(0x15, 0x8300);
	ok(call() && carry()); /* one at a time */
	prepare(0x08, 0);
	ok(call() && *flag == 0x01);
	now += 70000000;
	prepare(0x08, 0);
	ok(call() && *flag == 0x81);
	prepare(0x15, 0x8300);
	regs.bx = 0x50;
	ok(call() && !carry());
	prepare(0x15, 0x8301);
	ok(call() && !carry());
	*flag = 0;
	now += 1000000;
	prepare(0x08, 0);
	ok(call() && !*flag); /* never mind */
	prepare(0x15, 0x8600);
	regs.cx = 0x000f;
	regs.dx = 0x4240; /* a second */
	now = 0;
	ok(call() && !carry() && now >= 1000000000 && now < 1001000000);
}

static void other_system_services(void)
{
	prepare(0x15, 0x2402);
	ok(call() && !carry() && regs.ax == 0x0001);
	prepare(0x15, 0x2400);
	ok(call() && carry() && regs.ah == 0x86); /* it cannot be switched off */
	prepare(0x15, 0x2401);
	ok(call() && !carry());
	prepare(0x15, 0x2403);
	regs.bx = 0xffff;
	ok(call() && !carry() && !regs.bx);
	prepare(0x15, 0x4f1e);
	ok(call() && carry() && regs.ax == 0x4f1e);
	prepare(0x15, 0xc100);
	ok(call() && !carry() && regs.es == EBDA_BASE >> 4);
	prepare(0x15, 0xc205);
	ok(call() && carry() && regs.ah == 3);
	prepare(0x15, 0xc209);
	ok(call() && carry() && regs.ah == 1);
	prepare(0x15, 0x8900);
	ok(call() && carry() && regs.ah == 0xff);
	prepare(0x15, 0x8400);
	regs.dx = 1;
	regs.bx = regs.cx = 9;
	ok(call() && !carry() && !regs.ax && !regs.bx && !regs.cx && !regs.dx);
	prepare(0x15, 0x8400);
	regs.dx = 2;
	ok(call() && carry() && regs.ah == 0x86);
}

static void time_of_day(void)
{
	prepare(0x1a, 0x0200);
	ok(call() && !carry() && regs.cx == 0x1330 && regs.dx == 0x1501);
	prepare(0x1a, 0x0400);
	ok(call() && !carry() && regs.cx == 0x2026 && regs.dx == 0x1121);
	prepare(0x1a, 0x0300);
	regs.cx = 0x2359;
	regs.dx = 0x5800;
	ok(call() && !carry());
	ok(chip_time.hour == 23 && chip_time.minute == 59 && chip_time.second == 58 &&
	   !chip_time.daylight_saving && chip_time.year == 2026 && chip_time.day == 21);
	for (unsigned i = 0; i < 6; i++) {
		static const uint16_t wrong[6][2] = {{0x2400, 0}, {0x0a00, 0}, {0x0060, 0},
						     {0x000a, 0}, {0, 0x6000}, {0, 0xa000}};

		prepare(0x1a, 0x0300);
		regs.cx = wrong[i][0];
		regs.dx = wrong[i][1];
		ok(call() && carry() && chip_time.hour == 23);
	}
	prepare(0x1a, 0x0500);
	regs.cx = 0x1999;
	regs.dx = 0x1231;
	ok(call() && !carry());
	ok(chip_time.year == 1999 && chip_time.month == 12 && chip_time.day == 31 &&
	   chip_time.hour == 23);
	for (unsigned i = 0; i < 6; i++) {
		static const uint16_t wrong[6][2] = {{0x2026, 0x0001}, {0x2026, 0x1301},
						     {0x2026, 0x0100}, {0x2026, 0x0132},
						     {0x20a6, 0x0101}, {0xa026, 0x0101}};

		prepare(0x1a, 0x0500);
		regs.cx = wrong[i][0];
		regs.dx = wrong[i][1];
		ok(call() && carry() && chip_time.year == 1999);
	}
	chip_error = ERR_TIMEOUT;
	for (unsigned ah = 2; ah < 6; ah++) {
		prepare(0x1a, ah << 8);
		regs.cx = 0x2020;
		regs.dx = 0x0101;
		ok(call() && carry());
	}
	prepare(0x1a, 0x0600); /* no interrupt controller here */
	ok(call() && carry());
	prepare(0x1a, 0x0700);
	ok(call() && !carry());
	chip_error = 0;
}

static void ticks(void)
{
	prepare(0x1a, 0x0100);
	regs.cx = 0x0012;
	regs.dx = 0x3456;
	ok(call() && !carry() && !regs.ah);
	bda()->midnight = 2;
	prepare(0x1a, 0x0000);
	ok(call() && !carry() && regs.cx == 0x12 && regs.dx == 0x3456 && regs.ax == 2);
	prepare(0x1a, 0x0000);
	ok(call() && !regs.ax);
}

static void serial_line(void)
{
	uart[5] = 0x60;
	uart[6] = 0xb0;
	prepare(0x14, 0x00e3);
	ok(call() && regs.ax == 0x60b0 && uart[0] == 12 && !uart[1] && uart[3] == 0x03);
	prepare(0x14, 0x0003);
	ok(call() && uart[0] == (1047 & 0xff) && uart[1] == 1047 >> 8);
	prepare(0x14, 0x0400); /* 19200 baud, 8 bits, a parity of 3, 2 stop bits */
	regs.bx = 0x0301;
	regs.cx = 0x0308;
	ok(call() && uart[0] == 6 && !uart[1] && uart[3] == 0x1f);
	prepare(0x14, 0x0400);
	regs.cx = 0x0309;
	ok(call() && regs.ah == 0x80);
	prepare(0x14, 0x0141);
	ok(call() && regs.ax == 0x6041 && uart[0] == 'A');
	uart[5] = 0;
	prepare(0x14, 0x0142);
	ok(call() && regs.ax == 0x8042 && uart[0] == 'A');
	prepare(0x14, 0x0200);
	ok(call() && regs.ah == 0x80);
	uart[5] = 0x61 | 0x04;
	prepare(0x14, 0x0200);
	ok(call() && regs.ax == 0x0441);
	prepare(0x14, 0x0501);
	regs.bl = 3;
	ok(call() && uart[4] == 3 && regs.ax == 0x65b0);
	prepare(0x14, 0x0500);
	ok(call() && regs.bl == 3);
	for (unsigned port = 1; port < 6; port++) {
		prepare(0x14, 0x0300);
		regs.dx = port;
		ok(call() && regs.ax == 0x8000);
	}
}

static void vector_table(void)
{
	const uint32_t *ivt = phys_ptr(0);

	vectors_init();
	ok(ivt[0x10] == fseg_pointer(int_10) && ivt[0x13] == fseg_pointer(fixed_e3fe));
	ok(ivt[0x19] == fseg_pointer(fixed_e6f2) && ivt[0x77] == fseg_pointer(int_irq_slave));
	ok(ivt[0x00] == fseg_pointer(fixed_ff53) && ivt[0x4a] == fseg_pointer(fixed_ff53));
	ok(!ivt[0x41] && !ivt[0x46] && !ivt[0x60] && !ivt[0x67] && ivt[0x5f] && ivt[0x68]);
	ok(ivt[VECTOR_APIC_TICK] == fseg_pointer(int_apic_tick) && !ivt[0x78] && !ivt[0xff]);
	for (unsigned i = 0; i < 256; i++)
		ok(!ivt[i] || ivt[i] >> 16 == ROM_SEG);
	drive_publish();
}

int main(void)
{
	static const uint8_t services[] = {0x10, 0x13, 0x14, 0x15, 0x16, 0x17, 0x1a, 0x40};

	begin();
	vector_table();
	dispatch();
	prepare(0x1a, 0x0200);
	ok(call() && carry()); /* no clock yet */
	prepare(0x1a, 0x0600);
	ok(call() && carry());
	wallclock_register(&chip);
	memory_sizes();
	moving_blocks();
	events();
	other_system_services();
	time_of_day();
	ticks();
	serial_line();
	unknown_functions();
	firmware_memory();
	for (unsigned i = 0; i < sizeof(services); i++)
		random_calls(services[i]);
	nested_too_deeply();
	exceptions();
	return done();
}
